"""Proving the addresses of a subscription, through the pages and a gateway that writes to a file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.samples import samples
from recommender.channels.allowed import Allowed
from recommender.channels.configured import ChannelSettings
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE = str(samples()[0].credit_code)
SUBSCRIPTION = f"/mine/{CODE}/subscriptions"
PAGE = f"{SUBSCRIPTION}/addresses"
NUMBER = "13812345678"
CHOSEN = {"topics": ["new"], "frequency": "weekly", "weekday": "0", "month_day": "1", "channels": ["sms"]}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('addresses') / 'huiqi.db'}"
    setup(url, sample=True)
    return url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sms.jsonl"


@pytest.fixture
def app(url: str, file: Path) -> Iterator[Flask]:
    stored = Database(url, bundled())
    channels = ChannelSettings(Allowed(recipients=frozenset({NUMBER})), "https://site", sms_file=file)
    app = create_app(Settings(url, sample=True, posts="1000 per minute", channels=channels), stored)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    stored.close()


@pytest.fixture
def client(app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    """Of a clerk whom no other test knows."""
    return signed_in(app, {CODE: Role.CLERK}, subject=request.node.name)


def choose(client: FlaskClient, number: str = NUMBER) -> None:
    answer = client.post(SUBSCRIPTION, data={**CHOSEN, "address.sms": number})
    assert answer.status_code == 303


def last_code(file: Path) -> str:
    text = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])["text"]
    found = re.search(r"验证码是 (\d{6})", text)
    assert found is not None
    return found[1]


def test_the_subscription_offers_what_there_is_and_leads_here(client: FlaskClient) -> None:
    text = client.get(SUBSCRIPTION).get_data(as_text=True)
    assert "短信" in text
    assert "电子邮件" not in text
    assert PAGE in text
    assert "还没有填写" in client.get(PAGE).get_data(as_text=True)


def test_a_number_is_proved_by_the_code_that_was_sent_to_it(app: Flask, client: FlaskClient, file: Path) -> None:
    choose(client)
    page = client.get(PAGE).get_data(as_text=True)
    assert "还没有验证" in page
    assert NUMBER not in page
    assert "13*******78" in page
    assert client.post(f"{PAGE}/sms/code").headers["Location"] == f"{PAGE}?done=sent"
    wrong = client.post(f"{PAGE}/sms/prove", data={"code": "12345"})
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.get_data(as_text=True)
    assert 'value="12345"' in wrong.get_data(as_text=True)
    assert client.post(f"{PAGE}/sms/prove", data={"code": last_code(file)}).status_code == 303
    assert "已验证" in client.get(PAGE).get_data(as_text=True)
    choose(client, "13900000000")
    assert "还没有验证" in client.get(PAGE).get_data(as_text=True)


def test_who_is_not_listed_gets_no_code_and_hears_why(client: FlaskClient, file: Path) -> None:
    choose(client, "13900000000")
    refused = client.post(f"{PAGE}/sms/code")
    assert refused.status_code == 422
    assert "HUIQI_ALLOWED_RECIPIENTS" in refused.get_data(as_text=True)
    assert not file.exists()


def test_only_one_code_a_minute(client: FlaskClient) -> None:
    choose(client)
    assert client.post(f"{PAGE}/sms/code").status_code == 303
    again = client.post(f"{PAGE}/sms/code")
    assert again.status_code == 422
    assert "一分钟" in again.get_data(as_text=True)


def test_a_code_of_somebody_else_proves_nothing(app: Flask, client: FlaskClient, file: Path) -> None:
    choose(client)
    client.post(f"{PAGE}/sms/code")
    other = signed_in(app, {CODE: Role.OWNER}, subject="somebody else")
    choose(other)
    assert other.post(f"{PAGE}/sms/prove", data={"code": last_code(file)}).status_code == 422


@pytest.mark.parametrize("channel", ["email", "inbox", "pigeon"])
def test_there_is_no_code_for_what_was_not_chosen(client: FlaskClient, channel: str) -> None:
    choose(client)
    assert client.post(f"{PAGE}/{channel}/code").status_code == 404


def test_nothing_of_it_is_for_others(app: Flask) -> None:
    stranger = signed_in(app, {}, subject="stranger")
    assert stranger.get(PAGE).status_code == 403
    assert stranger.post(f"{PAGE}/sms/code").status_code == 403
