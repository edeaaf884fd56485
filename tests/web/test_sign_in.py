"""Signing in: by a provider that is right, and by one that lies, fails or is slow; and out again."""

import base64
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from sqlmodel import select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

import web.accounts.provider
from enterprises.audit import AuditRow, verify
from enterprises.calendar import SHANGHAI
from enterprises.credit_code import complete
from enterprises.dictionary import bundled
from tests.web.made_up_provider import CLIENT, SECRET, MadeUpProvider, serving_provider
from web.accounts.addresses import local_path
from web.accounts.claims import BadClaims, read_person
from web.accounts.provider_settings import BadProvider, ProviderSettings, local_provider, provider_of
from web.accounts.tables import AccountRow, FailureRow, SessionRow
from web.accounts.troubles import TROUBLES
from web.accounts.visitor import Role
from web.app import create_app
from web.pages import SESSION
from web.pages.sign_in import MOST_FAILED, PATIENCE
from web.settings import Settings
from web.setup import setup
from web.stored import Database, is_sample

FIRM, OTHER = complete("91610602766305271"), complete("91610602766305272")
NOON = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
def server(clock: Hands) -> Iterator[MadeUpProvider]:
    with serving_provider(clock) as provider:
        yield provider


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('sign-in') / 'huiqi.db'}"
    setup(url, sample=True)
    return url


@pytest.fixture
def provider(server: MadeUpProvider, clock: Hands) -> MadeUpProvider:
    server.reset()
    clock.now += timedelta(days=1)  # nothing of one test counts in the next
    return server


@pytest.fixture
def app(url: str, provider: MadeUpProvider, clock: Hands) -> Iterator[Flask]:
    configured = ProviderSettings(
        provider.issuer, CLIENT, SECRET, "秦务员", enterprise_claim="corp", role_claim="corp_role"
    )
    yield from serving(Settings(url, clock=clock, posts="1000 per minute", provider=configured))


@pytest.fixture
def sample_app(url: str, provider: MadeUpProvider, clock: Hands) -> Iterator[Flask]:
    yield from serving(Settings(url, sample=True, clock=clock, posts="1000 per minute"))


def serving(settings: Settings) -> Iterator[Flask]:
    stored = Database(settings.database_url, bundled())
    yield create_app(settings, stored)
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def begin(client: FlaskClient, onwards: str = "") -> str:
    response = client.get("/sign-in/begin", query_string={"next": onwards} if onwards else {})
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.location


def state_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["state"][0]


def sign_in(client: FlaskClient, provider: MadeUpProvider, onwards: str = "") -> TestResponse:
    location = begin(client, onwards)
    return come_back(client, provider.allow(location), state_of(location))


def come_back(client: FlaskClient, code: str, state: str) -> TestResponse:
    return client.get("/sign-in/callback", query_string={"code": code, "state": state})


def heading(response: TestResponse) -> str:
    found = BeautifulSoup(response.get_data(as_text=True), "html.parser").h1
    return found.get_text() if found else ""


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/mine?all=1").status_code == 200


def token(client: FlaskClient) -> str:
    page = BeautifulSoup(client.get("/sign-in").get_data(as_text=True), "html.parser")
    return str(page.select_one("[name=csrf_token]")["value"])  # type: ignore[index]


def roles(client: FlaskClient) -> dict[str, str]:
    page = BeautifulSoup(client.get("/mine?all=1").get_data(as_text=True), "html.parser")
    panels = [panel.get_text(" ", strip=True) for panel in page.select("section.panel") if panel.select_one(".tag")]
    return {code: text for text in panels for code in (FIRM, OTHER) if code in text}


# ------------------------------------------------------------- all is right


def test_a_person_signs_in_and_comes_to_where_they_were_going(client: FlaskClient, provider: MadeUpProvider) -> None:
    sent = client.get("/mine?all=1")
    assert sent.status_code == 303
    assert sent.location == "/sign-in?next=/mine?all%3D1"
    page = BeautifulSoup(client.get(sent.location).get_data(as_text=True), "html.parser")
    button = page.select_one("main a.button")
    assert button is not None
    assert button.get_text() == "用秦务员登录"
    response = client.get(str(button["href"]))
    code = provider.allow(response.location)
    assert come_back(client, code, state_of(response.location)).location == "/mine?all=1"
    assert is_signed_in(client)


def test_the_enterprises_that_the_provider_names_are_bound_with_their_roles(
    client: FlaskClient, provider: MadeUpProvider
) -> None:
    provider.claims = {"corp": [{"credit_code": FIRM, "role": "法定代表人"}, {"credit_code": OTHER, "role": "agent"}]}
    sign_in(client, provider)
    shown = roles(client)
    assert "负责人" in shown[FIRM]
    assert "经办人" in shown[OTHER]
    assert client.get(f"/mine/{FIRM}/members").status_code == 200
    assert client.get(f"/mine/{OTHER}/members").status_code == 403


def test_what_the_provider_no_longer_says_ends_at_the_next_sign_in(app: Flask, provider: MadeUpProvider) -> None:
    provider.claims = {"sub": "renewed", "corp": [FIRM, OTHER], "corp_role": "legal"}
    first = app.test_client()
    sign_in(first, provider)
    assert set(roles(first)) == {FIRM, OTHER}
    provider.claims = {"sub": "renewed", "corp": OTHER, "corp_role": "经办人"}
    second = app.test_client()
    sign_in(second, provider)
    assert set(roles(second)) == {OTHER}
    assert "经办人" in roles(second)[OTHER]
    assert first.get(f"/mine/{FIRM}/members").status_code == 403  # in the other browser too, at its next request


def test_what_the_id_token_leaves_out_is_asked_of_the_user_info(client: FlaskClient, provider: MadeUpProvider) -> None:
    provider.described = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.claims = {"sub": "asked"}
    provider.userinfo = {"sub": "asked", "corp": FIRM, "corp_role": "法定代表人"}
    sign_in(client, provider)
    assert set(roles(client)) == {FIRM}


def test_user_info_of_somebody_else_is_refused(client: FlaskClient, provider: MadeUpProvider) -> None:
    provider.described = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.userinfo = {"sub": "somebody else", "corp": FIRM, "corp_role": "法定代表人"}
    assert heading(sign_in(client, provider)) == TROUBLES["unusable"].title
    assert not is_signed_in(client)


def test_a_role_that_is_none_of_ours_binds_nobody_and_is_said(client: FlaskClient, provider: MadeUpProvider) -> None:
    provider.claims = {"sub": "shareholder", "corp": FIRM, "corp_role": "股东"}
    response = sign_in(client, provider)
    assert response.location == "/mine?left_out=1"
    assert "不是负责人或经办人" in client.get(response.location).get_data(as_text=True)
    assert roles(client) == {}


def test_signing_in_makes_a_new_session_and_forgets_all_that_the_cookie_held(
    app: Flask, provider: MadeUpProvider
) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session[SESSION] = "a secret that somebody else knows"
    client.set_cookie("draft", "what was typed")
    sign_in(client, provider)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session[SESSION] != "a secret that somebody else knows"
    assert client.get_cookie("draft") is not None


def test_signing_in_again_ends_the_session_before(app: Flask, provider: MadeUpProvider) -> None:
    client, before = app.test_client(), app.test_client()
    sign_in(client, provider)
    with client.session_transaction() as session, before.session_transaction() as kept:
        kept[SESSION] = session[SESSION]
    sign_in(client, provider)
    assert is_signed_in(client)
    assert not is_signed_in(before)


def test_two_tabs_can_sign_in_beside_each_other(client: FlaskClient, provider: MadeUpProvider) -> None:
    first, second = begin(client, "/mine?tab=1"), begin(client, "/mine?tab=2")
    assert come_back(client, provider.allow(first), state_of(first)).location == "/mine?tab=1"
    assert state_of(first) != state_of(second)


def test_the_description_of_the_provider_is_kept_but_new_keys_are_fetched(
    client: FlaskClient, provider: MadeUpProvider
) -> None:
    sign_in(client, provider)
    sign_in(client, provider)
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    assert provider.asked.count("/keys") == 1
    provider.key = provider.signing_key = ECKey.generate_key("P-256", {"kid": "two"})
    assert sign_in(client, provider).status_code == 303
    assert provider.asked.count("/keys") == 2


# ------------------------------------------------------------ tokens that lie


def unsigned(claims: Mapping[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://somebody.else"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": ["another client", "a third"]},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": int(NOON.timestamp()) - 1000},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=repr,
)
def test_a_token_that_is_not_for_us_now_proves_nothing(
    client: FlaskClient, provider: MadeUpProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    response = sign_in(client, provider)
    assert heading(response) == TROUBLES["unusable"].title
    assert response.status_code == 502
    assert not is_signed_in(client)


def test_a_token_that_expires_now_is_good_within_the_leeway_only(
    client: FlaskClient, provider: MadeUpProvider, clock: Hands
) -> None:
    now = int(clock().timestamp())
    provider.claims = {"exp": now - web.accounts.provider.LEEWAY + 1}
    assert sign_in(client, provider).status_code == 303
    provider.claims = {"exp": now - web.accounts.provider.LEEWAY}
    assert sign_in(client, provider).status_code == 502


def test_a_token_signed_with_another_key_proves_nothing(client: FlaskClient, provider: MadeUpProvider) -> None:
    provider.signing_key = ECKey.generate_key("P-256", {"kid": "one"})
    assert heading(sign_in(client, provider)) == TROUBLES["unusable"].title
    assert not is_signed_in(client)


def test_an_unsigned_token_proves_nothing_even_if_the_provider_offers_that(
    client: FlaskClient, provider: MadeUpProvider, clock: Hands
) -> None:
    provider.described = {"id_token_signing_alg_values_supported": ["none"]}
    location = begin(client)
    nonce = parse_qs(urlsplit(location).query)["nonce"][0]
    now = int(clock().timestamp())
    right = {"iss": provider.issuer, "aud": CLIENT, "sub": "person", "iat": now, "exp": now + 300, "nonce": nonce}
    provider.token = unsigned(right)
    assert heading(come_back(client, provider.allow(location), state_of(location))) == TROUBLES["unusable"].title
    assert not is_signed_in(client)


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "..", "é.é.é", "e30.e30.e30"])
def test_rubbish_for_a_token_proves_nothing(client: FlaskClient, provider: MadeUpProvider, token: str) -> None:
    provider.token = token
    assert heading(sign_in(client, provider)) == TROUBLES["unusable"].title


# ------------------------------------------------------ providers that fail


@pytest.mark.parametrize(
    ("path", "answer", "trouble"),
    [
        ("/.well-known/openid-configuration", (500, "oh"), "unreachable"),
        ("/.well-known/openid-configuration", (404, "{}"), "unreachable"),
        ("/.well-known/openid-configuration", (200, "<html>"), "unusable"),
        ("/.well-known/openid-configuration", (200, "[]"), "unusable"),
        ("/.well-known/openid-configuration", (200, "{}"), "unusable"),
    ],
)
def test_a_provider_that_does_not_describe_itself_is_said_to_be_at_fault(
    client: FlaskClient, provider: MadeUpProvider, path: str, answer: tuple[int, str], trouble: str
) -> None:
    provider.answers = {path: answer}
    response = client.get("/sign-in/begin")
    assert (response.status_code, heading(response)) == (502, TROUBLES[trouble].title)


@pytest.mark.parametrize(
    ("path", "answer", "trouble"),
    [
        ("/token", (500, "oh"), "unreachable"),
        ("/token", (200, "<html>"), "unusable"),
        ("/token", (200, "[]"), "unusable"),
        ("/token", (200, "{}"), "unusable"),
        ("/token", (401, '{"error": "invalid_client"}'), "unusable"),
        ("/token", (400, '{"error": ["strange"]}'), "unusable"),
        ("/token", (400, '{"error": "invalid_grant"}'), "refused"),
        ("/keys", (503, "oh"), "unreachable"),
        ("/keys", (200, "[]"), "unusable"),
        ("/keys", (200, "{}"), "unusable"),
        ("/keys", (200, '{"keys": 7}'), "unusable"),
        ("/keys", (200, '{"keys": [{"kty": "EC", "crv": "P-256", "x": "?", "y": "?"}]}'), "unusable"),
    ],
)
def test_a_provider_that_fails_half_way_signs_nobody_in(
    client: FlaskClient, provider: MadeUpProvider, path: str, answer: tuple[int, str], trouble: str
) -> None:
    provider.answers = {path: answer}
    assert heading(sign_in(client, provider)) == TROUBLES[trouble].title
    assert not is_signed_in(client)
    provider.answers = {}
    assert sign_in(client, provider).status_code == 303  # as soon as it is well again


def test_a_description_of_another_issuer_is_not_believed(client: FlaskClient, provider: MadeUpProvider) -> None:
    provider.described = {"issuer": "https://somebody.else"}
    assert heading(client.get("/sign-in/begin")) == TROUBLES["unusable"].title


def test_a_slow_provider_is_not_waited_for_and_others_do_not_wait_again(
    client: FlaskClient, provider: MadeUpProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.accounts.provider, "TIMEOUT", (0.2, 0.2))
    provider.delay = 0.6
    assert heading(client.get("/sign-in/begin")) == TROUBLES["unreachable"].title
    assert heading(client.get("/sign-in/begin")) == TROUBLES["unreachable"].title
    assert len(provider.asked) == 1


def test_a_provider_that_is_slow_with_the_token_signs_nobody_in(
    client: FlaskClient, provider: MadeUpProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = begin(client)
    monkeypatch.setattr(web.accounts.provider, "TIMEOUT", (0.2, 0.2))
    provider.delay = 0.6
    response = come_back(client, provider.allow(location), state_of(location))
    assert heading(response) == TROUBLES["unreachable"].title


def test_a_provider_that_is_down_is_said_to_be(url: str, clock: Hands) -> None:
    nobody = ProviderSettings("http://127.0.0.1:9", CLIENT, SECRET)
    for app in serving(Settings(url, clock=clock, provider=nobody)):
        response = app.test_client().get("/sign-in/begin")
        assert (response.status_code, heading(response)) == (502, TROUBLES["unreachable"].title)
        assert app.test_client().get("/signed-out").status_code == 200


# -------------------------------------------------------- callbacks that fail


def test_who_cancels_at_the_provider_is_told_so_and_may_try_again(
    client: FlaskClient, provider: MadeUpProvider
) -> None:
    state = state_of(begin(client, "/mine?all=1"))
    response = client.get("/sign-in/callback", query_string={"error": "access_denied", "state": state})
    assert (response.status_code, heading(response)) == (403, TROUBLES["denied"].title)
    link = BeautifulSoup(response.get_data(as_text=True), "html.parser").select_one("main a.button")
    assert link is not None
    assert link["href"] == "/sign-in?next=/mine?all%3D1"


@pytest.mark.parametrize("query", ["", "code=x", "code=x&state=of-somebody-else", "error=access_denied&state=other"])
def test_a_callback_that_nobody_waits_for_does_nothing(
    client: FlaskClient, provider: MadeUpProvider, query: str
) -> None:
    begin(client)
    response = client.get(f"/sign-in/callback?{query}")
    assert (response.status_code, heading(response)) == (400, TROUBLES["unknown"].title)
    assert not is_signed_in(client)


def test_a_callback_that_failed_cannot_be_tried_again(client: FlaskClient, provider: MadeUpProvider) -> None:
    location = begin(client)
    code = provider.allow(location)
    provider.answers = {"/token": (500, "oh")}
    assert heading(come_back(client, code, state_of(location))) == TROUBLES["unreachable"].title
    provider.answers = {}
    assert heading(come_back(client, code, state_of(location))) == TROUBLES["unknown"].title


def test_a_callback_in_another_browser_does_nothing(app: Flask, provider: MadeUpProvider) -> None:
    victim, location = app.test_client(), begin(app.test_client())
    begin(victim)
    response = come_back(victim, provider.allow(location), state_of(location))
    assert heading(response) == TROUBLES["unknown"].title
    assert not is_signed_in(victim)


def test_a_callback_works_once(client: FlaskClient, provider: MadeUpProvider) -> None:
    location = begin(client)
    code = provider.allow(location)
    assert come_back(client, code, state_of(location)).status_code == 303
    again = come_back(client, code, state_of(location))
    assert heading(again) == TROUBLES["unknown"].title
    assert "您其实已经登录了" in again.get_data(as_text=True)


@pytest.mark.parametrize(("more", "late"), [(-1, False), (0, False), (1, True)])
def test_who_takes_too_long_starts_anew(
    client: FlaskClient, provider: MadeUpProvider, clock: Hands, more: int, late: bool
) -> None:
    location = begin(client)
    clock.now += PATIENCE + timedelta(seconds=more)
    response = come_back(client, provider.allow(location), state_of(location))
    assert (heading(response) == TROUBLES["late"].title) is late
    assert is_signed_in(client) is not late


def test_an_answer_in_the_name_of_another_issuer_is_not_taken(client: FlaskClient, provider: MadeUpProvider) -> None:
    location = begin(client)
    query = {"code": provider.allow(location), "state": state_of(location), "iss": "https://somebody.else"}
    assert heading(client.get("/sign-in/callback", query_string=query)) == TROUBLES["unusable"].title


def test_a_wrong_credit_code_is_refused_and_nothing_is_half_done(
    app: Flask, client: FlaskClient, provider: MadeUpProvider
) -> None:
    wrong = FIRM[:-1] + ("A" if FIRM[-1] != "A" else "C")
    provider.claims = {"sub": "wrong code", "corp": [OTHER, wrong], "corp_role": "legal"}
    response = sign_in(client, provider)
    assert response.status_code == 422
    assert "校验码不符" in response.get_data(as_text=True)
    assert not is_signed_in(client)
    with app.extensions["huiqi"].reading() as session:
        assert session.exec(select(AccountRow).where(AccountRow.subject == "wrong code")).one_or_none() is None


def test_a_disabled_account_is_told_so_and_stays_out(app: Flask, provider: MadeUpProvider) -> None:
    from web.accounts.people import disable

    provider.claims = {"sub": "disabled", "corp": FIRM, "corp_role": "legal"}
    client = app.test_client()
    sign_in(client, provider)
    with app.extensions["huiqi"].writing() as session:
        account = session.exec(select(AccountRow).where(AccountRow.subject == "disabled")).one()
        disable(session, account.id, True, "tests", provider.clock())
        number = account.id
    assert not is_signed_in(client)
    assert heading(sign_in(client, provider)) == TROUBLES["disabled"].title
    with app.extensions["huiqi"].writing() as session:
        standing = session.exec(select(SessionRow).where(SessionRow.account_id == number)).all()
        assert len(standing) == 1  # no second one was begun
        disable(session, number, False, "tests", provider.clock())
    assert sign_in(client, provider).status_code == 303


def test_after_too_many_failures_an_address_waits_and_then_may_again(
    app: Flask, provider: MadeUpProvider, clock: Hands
) -> None:
    for _ in range(MOST_FAILED):
        assert heading(app.test_client().get("/sign-in/callback?state=guess")) == TROUBLES["unknown"].title
    assert app.test_client().get("/sign-in/callback?state=guess").status_code == 429
    assert heading(app.test_client().get("/sign-in/begin")) == TROUBLES["wait"].title
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert app.test_client().get("/sign-in/begin", environ_base=elsewhere).status_code == 303
    with app.extensions["huiqi"].reading() as session:
        assert all("127.0.0.1" not in row.who for row in session.exec(select(FailureRow)))
    clock.now += timedelta(minutes=15)
    assert sign_in(app.test_client(), provider).status_code == 303


def test_nothing_secret_is_logged(app: Flask, provider: MadeUpProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = app.test_client()
    provider.claims = {"nonce": "another"}
    location = begin(client)
    code = provider.allow(location)
    come_back(client, code, state_of(location))
    provider.claims = {}
    sign_in(client, provider)
    secrets = [code, state_of(location), SECRET, "王小明", "opens the user info"]
    assert caplog.records
    assert not [text for text in secrets if text in caplog.text]


# ------------------------------------------------------------- where one goes


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\x00/evil.example",
        "\t//evil.example",
        " //evil.example",
        "http:evil.example",
        "http://evil.example",
        "https://evil.example/mine",
        "javascript:alert(1)",
        "evil.example",
        "/mine\r\nSet-Cookie: a=b",
        "/" + "a" * 600,
    ],
    ids=range(17),
)
def test_after_signing_in_nobody_is_sent_to_another_site(
    client: FlaskClient, provider: MadeUpProvider, evil: str
) -> None:
    assert local_path(evil) is None
    assert sign_in(client, provider, evil).location == "/mine"


@given(st.text(max_size=40))
@example("/%2f/evil")
@example("/mine?next=//evil.example")
def test_a_local_path_stays_on_this_site_however_a_browser_reads_it(text: str) -> None:
    path = local_path(text)
    if path is not None:
        seen = path.translate({9: None, 10: None, 13: None}).replace("\\", "/")  # as browsers do
        assert seen.startswith("/")
        assert not seen.startswith("//")


# ------------------------------------------------------------------- and out


def test_signing_out_ends_the_session_in_the_database(app: Flask, provider: MadeUpProvider) -> None:
    client, thief = app.test_client(), app.test_client()
    sign_in(client, provider)
    with client.session_transaction() as session, thief.session_transaction() as stolen:
        stolen[SESSION] = session[SESSION]
    assert is_signed_in(thief)
    response = client.post("/sign-out", data={"csrf_token": token(client)})
    assert response.location == "/signed-out"
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_one_can_sign_out_at_the_provider_too(client: FlaskClient, provider: MadeUpProvider) -> None:
    page = BeautifulSoup(client.get("/signed-out").get_data(as_text=True), "html.parser")
    link = page.select_one("main a.button")
    assert link is not None
    back = urlencode({"client_id": CLIENT, "post_logout_redirect_uri": "http://localhost/"})
    assert link["href"] == f"{provider.issuer}/bye?lang=zh&{back}"


def test_signing_out_everywhere_ends_all_sessions_of_the_account_and_of_no_other(
    app: Flask, provider: MadeUpProvider
) -> None:
    phone, desk, other = app.test_client(), app.test_client(), app.test_client()
    sign_in(phone, provider)
    sign_in(desk, provider)
    provider.claims = {"sub": "other"}
    sign_in(other, provider)
    desk.post("/sign-out/everywhere", data={"csrf_token": token(desk)})
    assert [is_signed_in(each) for each in (phone, desk, other)] == [False, False, True]


def test_signing_out_takes_a_form_of_ours(client: FlaskClient, provider: MadeUpProvider) -> None:
    sign_in(client, provider)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert is_signed_in(client)


def test_signing_in_and_out_is_noted_without_names(app: Flask, provider: MadeUpProvider) -> None:
    client = app.test_client()
    provider.claims = {"sub": "noted", "corp": FIRM, "corp_role": "legal"}
    sign_in(client, provider)
    client.post("/sign-out", data={"csrf_token": token(client)})
    with app.extensions["huiqi"].reading() as session:
        account = session.exec(select(AccountRow).where(AccountRow.subject == "noted")).one()
        rows = session.exec(select(AuditRow).where(AuditRow.about == account.id)).all()
        assert [row.action for row in rows] == ["account.signed_in", "account.signed_out"]
        assert "王小明" not in account.name
        assert verify(session).wrong is None
        assert "王小明" not in "".join(row.detail for row in session.exec(select(AuditRow)))


def test_who_signs_in_twice_at_once_for_the_first_time_has_one_account(app: Flask, provider: MadeUpProvider) -> None:
    provider.claims = {"sub": "twice", "corp": FIRM, "corp_role": "clerk"}
    clients = [app.test_client() for _ in range(4)]
    threads = [threading.Thread(target=sign_in, args=(client, provider)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(is_signed_in(client) for client in clients)
    with app.extensions["huiqi"].reading() as session:
        assert len(session.exec(select(AccountRow).where(AccountRow.subject == "twice")).all()) == 1


# -------------------------------------------------------------- what claims say

QIN = ProviderSettings("https://id.example", CLIENT, enterprise_claim="corp", role_claim="corp_role")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({}, {}),
        ({"corp": ""}, {}),
        ({"corp": []}, {}),
        ({"corp": f" {FIRM.lower()} ", "corp_role": "legal"}, {FIRM: Role.OWNER}),
        ({"corp": FIRM, "corp_role": ["股东", "经办人"]}, {FIRM: Role.CLERK}),
        ({"corp": {"credit_code": FIRM, "role": "legal"}, "corp_role": "agent"}, {FIRM: Role.OWNER}),
        ({"corp": [FIRM, {"credit_code": FIRM, "role": "legal"}], "corp_role": "agent"}, {FIRM: Role.OWNER}),
        ({"corp": FIRM}, {}),
    ],
)
def test_the_enterprises_in_claims_are_read(claims: dict[str, Any], said: dict[str, Role]) -> None:
    assert read_person({"sub": "1", **claims}, QIN).roles == said


def test_a_provider_that_knows_no_roles_makes_clerks_only() -> None:
    assert read_person({"sub": "1", "corp": FIRM}, replace(QIN, role_claim="")).roles == {FIRM: Role.CLERK}


@pytest.mark.parametrize(
    "corp", [7, True, {"name": "无代码"}, [None], ["6"], [FIRM] * 201, {"credit_code": 7}], ids=str
)
def test_enterprises_that_cannot_be_read_are_refused(corp: object) -> None:
    with pytest.raises(BadClaims):
        read_person({"sub": "1", "corp": corp, "corp_role": "legal"}, QIN)


def test_the_local_provider_speaks_for_made_up_enterprises_only() -> None:
    with pytest.raises(BadClaims, match="虚构"):
        read_person({"sub": "1", "enterprises": [FIRM]}, local_provider("http://localhost/"))


@given(st.text())
def test_a_name_is_short_and_printable_whatever_was_said(name: str) -> None:
    read = read_person({"sub": "1", "name": name}, QIN).name
    assert 0 < len(read) <= 60
    assert read.isprintable()


# ------------------------------------------------------------------- settings

RIGHT = {"HUIQI_OIDC_ISSUER": "https://id.example", "HUIQI_OIDC_CLIENT_ID": "huiqi"}


def test_without_a_word_of_a_provider_there_is_none() -> None:
    assert provider_of({}, sample=False) is None


def test_the_provider_comes_from_the_environment() -> None:
    words = {"HUIQI_OIDC_NAME": "秦务员", "HUIQI_OIDC_OWNER_WORDS": "老板，掌柜", "HUIQI_OIDC_CLIENT_SECRET": SECRET}
    found = provider_of({**RIGHT, **words}, sample=False)
    assert found is not None
    assert (found.name, found.owner_words, found.client_secret) == ("秦务员", ("老板", "掌柜"), SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"HUIQI_OIDC_CLIENT_ID": ""}, "还缺 HUIQI_OIDC_CLIENT_ID"),
        ({"HUIQI_OIDC_ISSUER": ""}, "还缺 HUIQI_OIDC_ISSUER"),
        ({"HUIQI_OIDC_ISSUER": "id.example"}, "应是登录服务的地址"),
        ({"HUIQI_OIDC_ISSUER": "https://[id"}, "应是登录服务的地址"),
        ({"HUIQI_OIDC_ISSUER": "https://id.example?x=1"}, "应是登录服务的地址"),
        ({"HUIQI_OIDC_ISSUER": "http://id.example"}, "要用 https"),
        ({"HUIQI_OIDC_ISSUER": "https://demo.example/local-provider"}, "示例环境"),
        ({"HUIQI_OIDC_ISSUER": "http://127.0.0.1:8000/local-provider"}, "示例环境"),
        ({"HUIQI_OIDC_CLIENTID": "x"}, "不认识设置 HUIQI_OIDC_CLIENTID"),
        ({"HUIQI_OIDC_SCOPE": "profile"}, "要有 openid"),
    ],
)
def test_a_provider_that_is_named_badly_is_refused_at_the_start(changed: dict[str, str], words: str) -> None:
    with pytest.raises(BadProvider, match=words):
        provider_of({**RIGHT, **changed}, sample=False)
    with pytest.raises(ValueError, match=words):
        Settings.from_environment(False, {**RIGHT, **changed, "HUIQI_DATA_KEYS": Settings().data_keys[0]})


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://localhost/realms/a", "http://[::1]:9"])
def test_plain_http_is_taken_from_this_machine_itself(issuer: str) -> None:
    found = provider_of({**RIGHT, "HUIQI_OIDC_ISSUER": issuer}, sample=False)
    assert found is not None
    assert found.issuer == issuer


def test_without_a_provider_the_page_says_so_and_what_can_be_done_without(url: str) -> None:
    for app in serving(Settings(url)):
        client = app.test_client()
        page = client.get("/sign-in?next=/mine").get_data(as_text=True)
        assert "本站还没有开通登录" in page
        assert 'href="/check"' in page
        for address in ("/sign-in/begin", "/sign-in/callback?code=x&state=y"):
            assert client.get(address).location == "/sign-in"
        assert client.get("/signed-out").status_code == 200


def test_the_application_starts_without_authlib() -> None:
    script = (
        "import sys; from web.app import create_app; from web.settings import Settings\n"
        "create_app(Settings('sqlite:///never.db'))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('authlib', 'joserfc', 'requests')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


# --------------------------------------------------------- the local provider


def made_up(app: Flask) -> str:
    code: str = app.extensions["huiqi"].samples()[0].credit_code
    return code


def choose(client: FlaskClient, location: str, **answer: str) -> TestResponse:
    """Send the form of the local provider's page at ``location``."""
    page = BeautifulSoup(client.get(location).get_data(as_text=True), "html.parser")
    form = page.select_one("main form")
    assert form is not None
    hidden = {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}
    return client.post(str(form["action"]), data={**hidden, **answer})


def test_in_a_sample_set_up_one_signs_in_as_a_made_up_person(sample_app: Flask) -> None:
    client, code = sample_app.test_client(), made_up(sample_app)
    response = choose(client, begin(client, "/mine?all=1"), person=f"owner-{code}")
    assert response.status_code == 303
    assert client.get(response.location).location == "/mine?all=1"
    assert client.get(f"/mine/{code}/members").status_code == 200


def test_one_can_be_anybody_of_any_made_up_enterprise_and_of_no_other(sample_app: Flask) -> None:
    client, made = sample_app.test_client(), complete("91610602MAHQ99990")
    assert is_sample(made)
    response = choose(client, begin(client), person="clerk", credit_code=f" {made.lower()} ")
    assert client.get(response.location).location == "/mine"
    assert client.get(f"/mine/{made}/leave").status_code == 200
    refused = choose(client, begin(client), person="owner", credit_code=FIRM)
    assert refused.status_code == 422
    assert "虚构" in refused.get_data(as_text=True)
    assert FIRM in refused.get_data(as_text=True)  # what was typed is still there
    assert choose(client, begin(client), person="owner", credit_code="").status_code == 422
    assert choose(client, begin(client), person="king").status_code == 400


def test_one_can_be_nobody_or_cancel(sample_app: Flask) -> None:
    client = sample_app.test_client()
    response = choose(client, begin(client), person="")
    assert heading(client.get(response.location)) == TROUBLES["denied"].title
    response = choose(client, begin(client), person="nobody")
    client.get(response.location)
    assert "还没有绑定企业" in client.get("/mine").get_data(as_text=True)


PROVIDER_ROUTES = ["/.well-known/openid-configuration", "/keys", "/authorize", "/end-session"]


@pytest.mark.parametrize("route", PROVIDER_ROUTES)
def test_outside_sample_set_ups_there_is_no_local_provider(client: FlaskClient, route: str) -> None:
    assert client.get(f"/local-provider{route}").status_code == 404


def test_outside_sample_set_ups_no_local_token_is_given(client: FlaskClient) -> None:
    assert client.post("/local-provider/token", data={"grant_type": "authorization_code"}).status_code == 404


def test_where_a_sample_set_up_names_a_provider_the_local_one_is_not_there(url: str, provider: MadeUpProvider) -> None:
    configured = ProviderSettings(provider.issuer, CLIENT, SECRET)
    for app in serving(Settings(url, sample=True, provider=configured)):
        assert app.test_client().get("/local-provider/keys").status_code == 404


def changed(location: str, **parameters: str | None) -> str:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()} | parameters
    return "/local-provider/authorize?" + urlencode({name: value for name, value in asked.items() if value is not None})


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "http://evil.example/sign-in/callback"},
        {"redirect_uri": "http://localhost/sign-in/callback?x=1"},
        {"redirect_uri": "http://localhost/sign-in/callback/"},
        {"redirect_uri": None},
        {"client_id": "another"},
        {"client_id": None},
    ],
    ids=repr,
)
def test_the_local_provider_sends_nobody_elsewhere(sample_app: Flask, wrong: dict[str, str | None]) -> None:
    client = sample_app.test_client()
    assert client.get(changed(begin(client), **wrong)).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_the_local_provider_says_what_it_does_not_do(
    sample_app: Flask, wrong: dict[str, str | None], error: str
) -> None:
    client = sample_app.test_client()
    response = client.get(changed(begin(client), **wrong))
    assert f"error={error}" in response.location


def redeem(handed: tuple[FlaskClient, str, str], **wrong: str) -> TestResponse:
    client, code, verifier = handed
    right = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "huiqi",
        "redirect_uri": "http://localhost/sign-in/callback",
        "code_verifier": verifier,
    }
    return client.post("/local-provider/token", data={**right, **wrong})


@pytest.fixture
def handed(sample_app: Flask) -> tuple[FlaskClient, str, str]:
    """A client, a code that was given out to it, and its verifier."""
    client = sample_app.test_client()
    location = begin(client)
    with client.session_transaction() as session:
        verifier = session["attempts"][state_of(location)][1]
    response = choose(client, location, person="nobody")
    return client, parse_qs(urlsplit(response.location).query)["code"][0], verifier


def test_a_local_code_works_once(handed: tuple[FlaskClient, str, str]) -> None:
    assert redeem(handed).status_code == 200
    assert redeem(handed).get_json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "another"},
        {"client_id": "another"},
        {"redirect_uri": "http://localhost/"},
        {"code": "another"},
    ],
    ids=repr,
)
def test_a_local_code_is_bound_to_whom_it_was_given(
    handed: tuple[FlaskClient, str, str], wrong: dict[str, str]
) -> None:
    assert redeem(handed, **wrong).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 200), (61, 400)])
def test_a_local_code_lives_for_a_minute(
    handed: tuple[FlaskClient, str, str], clock: Hands, seconds: int, status: int
) -> None:
    clock.now += timedelta(seconds=seconds)
    assert redeem(handed).status_code == status


def test_the_local_key_is_the_same_in_every_worker_and_another_for_another_secret() -> None:
    from web.accounts.local_keys import signing_key

    one = signing_key("one").as_dict(private=True)
    signing_key.cache_clear()
    assert signing_key("one").as_dict(private=True) == one
    assert signing_key("two").kid != one["kid"]


def test_a_visitor_who_names_another_server_sends_this_one_nowhere(sample_app: Flask, provider: MadeUpProvider) -> None:
    elsewhere = urlsplit(provider.issuer).netloc
    response = sample_app.test_client().get("/sign-in/begin", headers={"Host": elsewhere})
    assert response.status_code == 303
    assert provider.asked == []


def test_the_whole_way_with_a_real_server_and_a_browser_that_keeps_cookies(url: str) -> None:
    for app in serving(Settings(url, sample=True, posts="1000 per minute")):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}"
            with requests.Session() as browser:
                browser.trust_env = False
                walk(browser, base, made_up(app))
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def walk(browser: requests.Session, base: str, code: str) -> None:
    page = browser.get(f"{base}/mine/{code}/members", timeout=20)
    button = BeautifulSoup(page.text, "html.parser").select_one("main a.button")
    assert button is not None
    page = browser.get(base + str(button["href"]), timeout=20)
    form = BeautifulSoup(page.text, "html.parser").select_one("main form")
    assert form is not None
    hidden = {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}
    page = browser.post(base + str(form["action"]), data={**hidden, "person": f"owner-{code}"}, timeout=20)
    assert page.url == f"{base}/mine/{code}/members"
    assert "邀请同事" in page.text
    form = BeautifulSoup(browser.get(f"{base}/sign-in", timeout=20).text, "html.parser").select_one("main form")
    assert form is not None
    csrf = str(form.select_one("input")["value"])  # type: ignore[index]
    page = browser.post(f"{base}/sign-out", data={"csrf_token": csrf}, timeout=20)
    assert page.url == f"{base}/signed-out"
    assert "/sign-in" in browser.get(f"{base}/mine", timeout=20).url
