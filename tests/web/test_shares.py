"""企业码: made by owners, opened by whoever has it, the same as long as it holds, and nothing without consent."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, func, select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.dictionary import bundled
from enterprises.samples import samples
from recommender.shares import DAYS, ShareRow
from tests.web.signing_in import signed_in
from tests.web.test_packages import TYPED
from web.accounts.visitor import Role
from web.app import create_app
from web.qr import QUIET, draw
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, OTHER = (str(sample.credit_code) for sample in samples()[:2])


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that each test gets a copy of."""
    path = tmp_path_factory.mktemp("prepared") / "huiqi.db"
    setup(f"sqlite:///{path}", sample=True)
    return path


@pytest.fixture
def app(prepared: Path, tmp_path: Path, time: Time) -> Iterator[Flask]:
    url = f"sqlite:///{copy(prepared, tmp_path / 'huiqi.db')}"
    stored = Database(url, bundled())
    yield create_app(Settings(url, clock=time, posts="1000 per minute"), stored)
    stored.close()


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def post(client: FlaskClient, path: str, **sent: str) -> TestResponse:
    token = page(client.get("/check")).select_one("[name=csrf_token]")
    assert token is not None
    return client.post(path, data={"csrf_token": str(token["value"]), **sent})


def shared(client: FlaskClient) -> str:
    """The path of a new share of the enterprise."""
    response = post(client, f"/mine/{CODE}/codes")
    assert response.status_code == 303
    return str(response.location)


def count(app: Flask) -> int:
    with app.extensions["huiqi"].reading() as database:
        return int(database.scalar(select(func.count()).select_from(ShareRow)))


def test_whoever_has_the_code_sees_the_result_as_it_was(app: Flask) -> None:
    path = shared(signed_in(app, {CODE: Role.OWNER}))
    response = app.test_client().get(path)
    assert response.status_code == 200
    soup = page(response)
    assert CODE in soup.text
    assert "80万元" in soup.select("#eligible")[0].text
    drawn = soup.select_one("svg.qr path")
    assert drawn is not None
    assert drawn["d"] == draw(f"http://localhost{path}").path
    assert not soup.select("form[action$='/end']")


def test_it_ends_with_its_last_day(app: Flask, time: Time) -> None:
    path = shared(signed_in(app, {CODE: Role.OWNER}))
    time.now = time.now.replace(hour=23, minute=59) + timedelta(days=DAYS)
    assert app.test_client().get(path).status_code == 200
    time.now += timedelta(minutes=1)
    response = app.test_client().get(path)
    assert response.status_code == 404
    assert "打不开" in response.text
    assert CODE not in response.text
    assert count(app) == 1
    shared(signed_in(app, {CODE: Role.OWNER}))
    assert count(app) == 1, "what is over is deleted when another one is made"


def test_an_owner_ends_it_at_once_and_both_deeds_are_noted(app: Flask) -> None:
    owner, clerk = signed_in(app, {CODE: Role.OWNER}), signed_in(app, {CODE: Role.CLERK}, "clerk")
    path = shared(owner)
    assert post(clerk, f"/mine/{CODE}/codes/1/end").status_code == 403
    assert post(clerk, f"/mine/{CODE}/codes").status_code == 403
    assert path in clerk.get(f"/mine/{CODE}/codes").text
    other = signed_in(app, {OTHER: Role.OWNER}, "other")
    assert post(other, f"/mine/{OTHER}/codes/1/end").status_code == 404
    assert owner.get(path).status_code == 200
    assert post(owner, f"/mine/{CODE}/codes/1/end").status_code == 303
    assert owner.get(path).status_code == 404
    with app.extensions["huiqi"].reading() as database:
        deeds = select(AuditRow.action).where(col(AuditRow.action).startswith("share.")).order_by(col(AuditRow.number))
        assert list(database.exec(deeds)) == ["share.made", "share.ended"]


def test_a_result_that_comes_out_otherwise_by_now_is_not_shown(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shared(signed_in(app, {CODE: Role.OWNER}))
    monkeypatch.setattr("web.pages.shares.to_text", lambda _: "otherwise")
    response = app.test_client().get(path)
    assert response.status_code == 410
    assert "80万元" not in response.text


@pytest.mark.parametrize("token", ["x", "x" * 22, "x" * 500, "%00" * 22, "..%2F..%2Fmine"])
def test_what_is_no_code_opens_nothing(app: Flask, token: str) -> None:
    assert app.test_client().get(f"/r/{token}").status_code == 404


def test_what_was_typed_is_kept_with_consent_only_and_deleted_by_whoever_typed_it(app: Flask) -> None:
    client = app.test_client()
    asked = post(client, "/codes", **TYPED)
    assert asked.status_code == 200
    assert page(asked).select_one("input[name='f.region'][value='610602']")
    assert post(client, "/codes", **TYPED, asked="1").status_code == 422
    assert count(app) == 0
    path = str(post(client, "/codes", **TYPED, asked="1", consent="1").location)
    assert count(app) == 1
    stranger = app.test_client()
    assert "甲公司" in stranger.get(path).text
    assert post(stranger, f"{path}/end").status_code == 403
    assert count(app) == 1
    assert post(client, f"{path}/end").status_code == 303
    assert count(app) == 0
    assert client.get(path).status_code == 404


def test_a_code_says_its_address_and_has_its_margin() -> None:
    drawing = draw("https://huiqi.example/r/0123456789012345678901")
    modules = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", drawing.path)}
    assert {x for x, _ in modules} | {y for _, y in modules} == set(range(QUIET, drawing.size - QUIET))
    corner = {(QUIET + step, QUIET) for step in range(7)}
    assert corner <= modules, "the finder pattern stands in the corner"
    assert drawing != draw("https://huiqi.example/r/0123456789012345678902")
