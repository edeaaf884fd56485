"""Light or dark, and 关怀模式: a choice that is kept in the browser, and leads back to where it was made."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from enterprises.dictionary import bundled
from web.accounts.addresses import local_path
from web.app import create_app
from web.pages.display import COOKIE, THEMES, Display
from web.settings import Settings
from web.setup import setup
from web.stored import Database


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('display') / 'huiqi.db'}"
    setup(url, sample=False)
    stored = Database(url, bundled())
    yield create_app(Settings(url, https=True, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def send(client: FlaskClient, **chosen: str) -> TestResponse:
    token = page(client.get("/documents", base_url="https://localhost")).select_one("#display [name=csrf_token]")
    assert token is not None
    sent = {"csrf_token": str(token["value"]), **chosen}
    return client.post(
        "/display", data=sent, base_url="https://localhost", headers={"Referer": "https://localhost/documents"}
    )


def shown(client: FlaskClient, address: str = "/documents") -> dict[str, str]:
    html = page(client.get(address, base_url="https://localhost")).html
    assert html is not None
    return {name: str(value) for name, value in html.attrs.items() if name.startswith("data-")}


def test_each_button_changes_one_thing_and_leaves_the_other(client: FlaskClient) -> None:
    assert shown(client) == {}
    send(client, theme="dark")
    assert shown(client) == {"data-theme": "dark"}
    send(client, care="1")
    assert shown(client) == {"data-theme": "dark", "data-care": ""}
    send(client, theme="")
    assert shown(client) == {"data-care": ""}
    send(client, care="")
    assert shown(client) == {}


def test_the_buttons_stand_on_every_page_and_lead_back(client: FlaskClient) -> None:
    for address in ("/documents", "/items?category=money&text=%E6%8A%80%E6%94%B9", "/search"):
        form = page(client.get(address, base_url="https://localhost")).select_one("#display")
        assert form is not None
        back = str(form.select_one("[name=next]")["value"])  # type: ignore[index]
        answer = send(client, next=back, care="1")
        assert answer.status_code == 303
        there = client.get(answer.location, base_url="https://localhost")
        assert there.status_code == 200
        assert there.request.full_path.rstrip("?") == back
        assert "退出关怀模式" in there.text


def test_from_a_page_that_cannot_be_asked_for_again_one_goes_back_by_the_browser(client: FlaskClient) -> None:
    answer = send(client, care="1", next="")
    assert answer.location == "/display"
    assert "后退" in client.get("/display", base_url="https://localhost").text


def test_the_cookie_lasts_a_year_and_is_for_this_site_only(client: FlaskClient) -> None:
    cookies = [each for each in send(client, theme="dark").headers.getlist("Set-Cookie") if each.startswith(COOKIE)]
    assert len(cookies) == 1
    for said in ("Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert said in cookies[0]


@pytest.mark.parametrize("odd", ["", "purple.care", "dark", "dark.usual.care", ".", "auto.", "<script>", "dark.CARE"])
def test_an_odd_cookie_is_as_none(client: FlaskClient, odd: str) -> None:
    client.set_cookie(COOKIE, odd, domain="localhost")
    answer = client.get("/documents")
    assert answer.status_code == 200
    html = page(answer).html
    assert html is not None
    assert html.get("data-theme") in (None, "dark")
    assert ("data-care" in html.attrs) is (odd == "purple.care")


def test_what_is_no_theme_changes_nothing(client: FlaskClient) -> None:
    send(client, theme="dark")
    send(client, theme="purple", care="yes")
    assert shown(client) == {"data-theme": "dark"}


@given(st.sampled_from(sorted(THEMES)), st.booleans())
def test_the_cookie_says_what_was_chosen(theme: str, care: bool) -> None:
    from web.app import create_app as application

    with application(Settings()).test_request_context(headers={"Cookie": f"{COOKIE}={Display(theme, care)}"}):
        from web.pages.display import display

        assert display() == Display(theme, care)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/\t/evil.example",
        "/\n/evil",
        "javascript:1",
    ],
)
def test_nobody_is_sent_elsewhere(client: FlaskClient, elsewhere: str) -> None:
    assert local_path(elsewhere) is None
    assert send(client, theme="dark", next=elsewhere).location == "/display"


def test_without_a_token_nothing_changes(client: FlaskClient) -> None:
    assert client.post("/display", data={"care": "1"}).status_code == 400
    assert shown(client) == {}
