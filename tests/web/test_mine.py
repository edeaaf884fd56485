"""The enterprises of somebody who has signed in, and joining one by a code."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from enterprises.calendar import SHANGHAI
from enterprises.credit_code import complete
from enterprises.database import connect, migrate
from enterprises.dictionary import bundled
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.pages.mine import HOME
from web.settings import Settings
from web.stored import Database

FIRM, OTHER = complete("91610602766305271"), complete("91610602766305272")


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2024, 6, 30, 9, 30, tzinfo=SHANGHAI)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory, clock: Hands) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('mine') / 'huiqi.db'}"
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    stored = Database(url, bundled())
    yield create_app(Settings(url, clock=clock, posts="1000 per minute"), stored)
    stored.close()


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def join(client: FlaskClient, code: str) -> TestResponse:
    token = page(client.get("/mine/join")).select_one("[name=csrf_token]")
    assert token is not None
    return client.post("/mine/join", data={"csrf_token": str(token["value"]), "code": code})


def test_who_has_not_signed_in_is_sent_there_and_comes_back(app: Flask) -> None:
    response = app.test_client().get("/mine")
    assert (response.status_code, response.location) == (303, "/sign-in?next=/mine")


def test_who_has_no_enterprise_is_told_what_to_do(app: Flask) -> None:
    shown = signed_in(app, {}).get("/mine").get_data(as_text=True)
    assert "还没有绑定企业" in shown
    assert 'href="/mine/join"' in shown


def test_who_has_one_enterprise_is_sent_to_it_and_can_still_see_the_list(app: Flask) -> None:
    client = signed_in(app, {FIRM: Role.CLERK})
    response = client.get("/mine")
    if HOME in app.view_functions:
        assert (response.status_code, response.location) == (303, f"/mine/{FIRM}")
    assert FIRM in client.get("/mine?all=1").get_data(as_text=True)


def test_who_has_several_sees_them_with_their_roles(app: Flask) -> None:
    client = signed_in(app, {FIRM: Role.CLERK, OTHER: Role.OWNER})
    panels = {panel.get_text(" ", strip=True) for panel in page(client.get("/mine")).select("section.panel")}
    assert any(FIRM in text and "经办人" in text for text in panels)
    assert any(OTHER in text and "负责人" in text and "成员" in text for text in panels)


@pytest.mark.parametrize(("code", "words"), [("", "请填写邀请码"), ("  ", "请填写邀请码"), ("12345", "10 位")])
def test_what_cannot_be_a_code_is_said_and_stays_typed(app: Flask, code: str, words: str) -> None:
    response = join(signed_in(app, {}), code)
    assert response.status_code == 422
    field = page(response).select_one("#code")
    assert field is not None
    assert field["value"] == code
    assert words in response.get_data(as_text=True)
    assert page(response).select_one('#mistakes a[href="#code"]') is not None


def test_wrong_codes_are_counted_and_then_one_waits(app: Flask, clock: Hands) -> None:
    client = signed_in(app, {})
    assert "还可以试 4 次" in join(client, "ACDEF-34679").get_data(as_text=True)
    for _ in range(3):
        assert join(client, "ACDEF-34679").status_code == 422
    locked = join(client, "ACDEF-34679")
    assert locked.status_code == 429
    assert "请在 2024年6月30日 09:45 之后再试" in locked.get_data(as_text=True)
    clock.now += timedelta(minutes=15)
    assert join(client, "ACDEF-34679").status_code == 422


def test_joining_takes_a_form_of_ours(app: Flask) -> None:
    assert signed_in(app, {}).post("/mine/join", data={"code": "ACDEF-34679"}).status_code == 400


def test_who_has_not_signed_in_cannot_join(app: Flask) -> None:
    assert app.test_client().post("/mine/join").status_code in (400, 401)
