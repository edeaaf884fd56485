"""The page of the quiet calendar: who sees it, who changes it, and what is said of mistakes."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from recommender.channels.quiet import Special
from recommender.channels.quiet_days import load
from tests.web.signing_in import official
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

PAGE = "/office/quiet-days"
FORM = {"weekends": "1", "first_hour": "21", "last_hour": "9", "weekly_cap": "3", "revision": "0"}
DAYS = "2024-10-01 至 2024-10-07 放假 国庆节\n2024-09-29 调休上班"


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('quiet') / 'huiqi.db'}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    app = create_app(Settings(url, sample=True, posts="1000 per minute"), stored)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    stored.close()


def everywhere(app: Flask, duty: Duty = Duty.ADMINISTRATOR) -> FlaskClient:
    return official(app, Post(duty, "610000"), subject=f"everywhere {duty}")


def test_it_is_changed_and_shown(app: Flask) -> None:
    client = everywhere(app)
    assert "22 点到次日 8 点" in client.get(PAGE).get_data(as_text=True)
    answer = client.post(PAGE, data={**FORM, "days": DAYS})
    assert answer.headers["Location"] == f"{PAGE}?done=saved"
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    for said in ("已保存", "21 点到次日 9 点", "2024-10-01 至 2024-10-07 放假 国庆节", "最多 3 次"):
        assert said in page
    with app.extensions["huiqi"].reading() as database:
        kept = load(database)
    assert kept.calendar.special[date(2024, 9, 29)] is Special.WORKING
    assert kept.revision == 1


def test_mistakes_stand_beside_what_was_typed(app: Flask) -> None:
    client = everywhere(app)
    answer = client.post(PAGE, data={**FORM, "weekly_cap": "8", "days": "国庆节放假"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "有 2 处需要改正" in page
    assert "第 1 行" in page
    assert "国庆节放假" in page
    assert '<option value="21" selected' in page


def test_nobody_overwrites_another_s_change(app: Flask) -> None:
    client = everywhere(app)
    client.post(PAGE, data={**FORM, "days": DAYS})
    late = everywhere(app, Duty.OPERATOR).post(PAGE, data={**FORM, "days": "2024-12-31 不打扰"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "刚才有人先改了" in page
    assert "2024-12-31 不打扰" in page
    assert 'name="revision" value="1"' in page


def test_who_works_for_one_place_sees_it_only(app: Flask) -> None:
    for post in (
        Post(Duty.OPERATOR, "610600"),
        Post(Duty.APPROVER, "610000"),
        Post(Duty.ADMINISTRATOR, "610000", "市人社局"),
    ):
        client = official(app, post, subject=f"{post}")
        assert "<button>保存</button>" not in client.get(PAGE).get_data(as_text=True)
        assert client.post(PAGE, data={**FORM, "days": ""}).status_code == 403
    assert official(app, Post(Duty.FINANCE, "610000"), subject="finance").get(PAGE).status_code == 403
