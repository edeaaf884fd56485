"""The package of an enterprise as it is downloaded and printed."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from python_calamine import CalamineWorkbook

from enterprises.dictionary import bundled
from enterprises.samples import samples
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE = str(samples()[0].credit_code)
TYPED = {
    "on": "2024-06-30",
    "name": "甲公司",
    "f.region": "610602",
    "f.entity_kind": "企业",
    "f.ownership": "民营",
    "f.industry": "30",
    "f.project.0.kind": "技术改造",
    "f.project.0.fixed_asset_investment": "800万元",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('packages') / Path('huiqi.db')}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="1000 per minute"), stored)
    stored.close()


def test_a_clerk_takes_the_package_of_the_enterprise_along(app: Flask) -> None:
    client = signed_in(app, {CODE: Role.CLERK})
    excel = client.get(f"/mine/{CODE}/package.xlsx")
    assert excel.headers["Content-Disposition"] == "attachment; filename=huiqi-package-2024-1.xlsx"
    first = CalamineWorkbook.from_filelike(BytesIO(excel.data)).get_sheet_by_index(0).to_python()
    assert any(CODE in row for row in first)
    printed = client.get(f"/mine/{CODE}/package")
    assert CODE in printed.text
    assert printed.headers.getlist("Content-Security-Policy") == [printed.headers["Content-Security-Policy"]]
    assert "script" not in printed.headers["Content-Security-Policy"]


@pytest.mark.parametrize("form", ["excel", "print"])
def test_what_was_typed_comes_as_a_package_too_and_nothing_of_it_is_stored(app: Flask, form: str) -> None:
    client = app.test_client()
    soup = BeautifulSoup(client.get("/check").text, "html.parser")
    token = soup.select_one("[name=csrf_token]")
    assert token is not None
    sent = {**TYPED, "csrf_token": str(token["value"]), "form": form}
    response = client.post("/check/package", data=sent)
    assert response.status_code == 200
    if form == "print":
        assert "甲公司" in response.text
        assert "80万元" in response.text
    else:
        assert CalamineWorkbook.from_filelike(BytesIO(response.data)).sheet_names
    for wrong in ({"form": "pdf"}, {"on": "gestern"}, {"on": "9999-12-31"}, {"f.employees": "-1"}, {"f.nothing": "1"}):
        assert client.post("/check/package", data={**sent, **wrong}).status_code == 400
