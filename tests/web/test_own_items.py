"""One item as it stands for one enterprise, and what the enterprise says of it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.samples import samples
from recommender.ranking.feedback import Event
from recommender.ranking.tables import feedback_of
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE = str(samples()[0].credit_code)
ITEM = "yanan-2023-private-economy.15"
PATH = f"/mine/{CODE}/items/{ITEM}"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that each test gets a copy of."""
    path = tmp_path_factory.mktemp("prepared") / "huiqi.db"
    setup(f"sqlite:///{path}", sample=True)
    return path


@pytest.fixture
def app(prepared: Path, tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{copy(prepared, tmp_path / 'huiqi.db')}"
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, {CODE: Role.CLERK})


def soup(client: FlaskClient, path: str = PATH) -> BeautifulSoup:
    return BeautifulSoup(client.get(path).text, "html.parser")


def events(app: Flask) -> list[Event]:
    with app.extensions["huiqi"].reading() as database:
        return [one.event for one in feedback_of(database, CODE)]


def tell(client: FlaskClient, event: str) -> int:
    token = soup(client).select_one("[name=csrf_token]")
    assert token is not None
    return client.post(f"{PATH}/feedback", data={"csrf_token": token["value"], "event": event}).status_code


def test_the_answer_comes_with_its_evidence(clerk: FlaskClient) -> None:
    found = soup(clerk)
    assert "80万元" in found.text
    assert found.select(".evidence li.yes")
    assert "第 1526 页" in found.text or found.select(".place")


def test_opening_it_is_noted_once_a_day(app: Flask, clerk: FlaskClient) -> None:
    for _ in range(3):
        soup(clerk)
    assert events(app) == [Event.OPENED]


def test_what_the_enterprise_says_is_kept_and_shown(app: Flask, clerk: FlaskClient) -> None:
    assert tell(clerk, "not_for_me") == 303
    assert "不会藏起来" in soup(clerk).text
    assert tell(clerk, "withdrawn") == 303
    assert "不会藏起来" not in soup(clerk).text
    assert tell(clerk, "applied") == 303
    assert "已经申报" in soup(clerk).select_one("#told .success").text  # type: ignore[union-attr]
    assert events(app) == [Event.OPENED, Event.NOT_FOR_ME, Event.WITHDRAWN, Event.APPLIED]


@pytest.mark.parametrize("event", ["granted", "opened", "seen", "", "x"])
def test_nothing_else_can_be_said(app: Flask, clerk: FlaskClient, event: str) -> None:
    assert tell(clerk, event) == 400
    assert events(app) == [Event.OPENED]


def test_an_item_that_is_not_there_is_not_found(clerk: FlaskClient) -> None:
    assert clerk.get(f"/mine/{CODE}/items/nothing").status_code == 404
