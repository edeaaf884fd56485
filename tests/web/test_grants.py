"""Grants as an enterprise meets them: what waits, one tap to accept, nothing lost, nothing twice, nothing of others."""

import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY
from enterprises.sealing import Seal, new_key
from recommender.grants.account import open_account
from recommender.grants.grants import Grant, load_grant, replay
from recommender.grants.offers import find_grant
from recommender.grants.samples import CERAMICS, HIRING, PACKAGING, RETENTION
from recommender.grants.states import Deed, State
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

KEYS = (new_key(),)
NOW = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the samples, to copy: the pages change what they are given."""
    path = tmp_path_factory.mktemp("grants") / "huiqi.db"
    setup(f"sqlite:///{path}", sample=True, seal=Seal(KEYS))
    return path


@pytest.fixture
def app(ready: Path, tmp_path: Path) -> Iterator[Flask]:
    """The samples on their day, in a database of their own."""
    path = shutil.copy(ready, tmp_path / "huiqi.db")
    settings = Settings(f"sqlite:///{path}", clock=lambda: NOW, posts="1000 per minute", data_keys=KEYS)
    stored = Database(settings.database_url, bundled())
    yield create_app(settings, stored)
    stored.close()


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    return signed_in(app, {PACKAGING: Role.OWNER})


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, {PACKAGING: Role.CLERK}, "clerk")


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(soup: BeautifulSoup) -> str:
    return re.sub(r"\s+", "", soup.get_text())


def found(app: Flask, occasion: str, item: str = HIRING, credit_code: str = PACKAGING) -> str:
    with app.extensions["huiqi"].reading() as database:
        grant_id = find_grant(database, item, credit_code, occasion)
    assert grant_id is not None
    return grant_id


def grant(app: Flask, grant_id: str) -> Grant:
    with app.extensions["huiqi"].reading() as database:
        return load_grant(database, grant_id, app.extensions["huiqi_settings"].seal)


def address(grant_id: str = "", deed: str = "", credit_code: str = PACKAGING) -> str:
    return "/".join(part for part in (f"/mine/{credit_code}/grants", grant_id, deed) if part)


@cache
def token(client: FlaskClient) -> str:
    """What guards the forms of this client's session: one for all of them."""
    hidden = page(client.get("/documents")).select_one("[name=csrf_token]")
    assert hidden is not None
    return str(hidden["value"])


def send(client: FlaskClient, at: str, **typed: str) -> TestResponse:
    return client.post(at, data={"csrf_token": token(client), **seen(client, at), **typed})


def seen(client: FlaskClient, at: str) -> dict[str, str]:
    """The account that the page showed before somebody accepts, as its form has it."""
    shown = page(client.get(at.removesuffix("/accept"))).select_one("[name=seen]") if at.endswith("/accept") else None
    return {} if shown is None else {"seen": str(shown["value"])}


class TestTheList:
    def test_what_waits_comes_first_with_its_alarm_and_totals(self, owner: FlaskClient) -> None:
        soup = page(owner.get(address()))
        assert [each["id"] for each in soup.select("section.group[id]")] == ["waiting", "under_way", "paid", "ended"]
        said = words(soup)
        assert "有1笔快要过期" in said
        assert "还有2天" in said
        assert [each.get_text() for each in soup.select(".totals dd")] == ["4500元", "3000元", "1.4904万元"]
        assert "已发放，1.4904万元已于2024年6月6日转入尾号9128的账户。" in said
        assert "到期没有确认，已经作废" in said
        assert len(soup.select("table tbody tr")) == 4

    def test_fifteen_days_before_the_last_day_nothing_is_an_alarm(self, app: Flask) -> None:
        soup = page(signed_in(app, {CERAMICS: Role.OWNER}).get(address(credit_code=CERAMICS)))
        assert soup.select_one(".alert") is None
        assert "还有15天" in words(soup)

    def test_without_any_it_says_so_and_what_to_do(self, app: Flask) -> None:
        other = "91610602MAHQ0001X1"
        soup = page(signed_in(app, {other: Role.OWNER}).get(address(credit_code=other)))
        assert soup.select_one(".empty a") is not None

    @pytest.mark.parametrize(
        ("day", "alarm", "said"),
        [
            (date(2024, 6, 24), False, "还有8天"),
            (date(2024, 6, 25), True, "还有7天"),
            (date(2024, 7, 1), True, "还有1天"),
            (date(2024, 7, 2), True, "今天（2024年7月2日）是最后一天"),
            (date(2024, 7, 3), False, "最后一天是2024年7月2日，到期没有确认，已经作废"),
        ],
    )
    def test_the_alarm_begins_a_week_before_and_the_last_day_counts(
        self, app: Flask, owner: FlaskClient, day: date, alarm: bool, said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("web.settings.Settings.day", lambda _self: day)
        for at in (address(), address(found(app, "2024年5月"))):
            soup = page(owner.get(at))
            assert said in words(soup)
            assert (soup.select_one(".state.alarm") is not None) is alarm


class TestOneGrant:
    def test_it_says_what_why_how_much_where_to_and_what_is_next(self, app: Flask, owner: FlaskClient) -> None:
        soup = page(owner.get(address(found(app, "2024年5月"))))
        said = words(soup)
        assert soup.select_one("h1") is not None
        assert soup.select_one("h1").get_text() == "扩岗补助免申即享"  # type: ignore[union-attr]
        assert "3人×每人1,500元=4,500元" in said
        assert "经核实符合的条件" in said
        assert "三（十七）8，第1555页" in said
        assert "尾号9128" in said
        assert "02610203000019128" not in said
        assert [step.get_text(strip=True) for step in soup.select(".progress [aria-current=step]")] == ["等您确认"]
        assert "确认领取4500元" in said

    def test_a_clerk_sees_all_of_it_and_no_button(self, app: Flask, clerk: FlaskClient) -> None:
        soup = page(clerk.get(address(found(app, "2024年5月"))))
        assert "请负责人确认" in words(soup)
        assert soup.select("main form, main a[href*=decline], main a[href*=account]") == []

    def test_what_lapsed_has_no_button(self, app: Flask, owner: FlaskClient) -> None:
        soup = page(owner.get(address(found(app, "2024年3月"))))
        assert soup.select("main form") == []
        assert "不能再领取" in words(soup)

    def test_an_account_that_cannot_be_opened_is_known_by_its_last_digits(self, app: Flask) -> None:
        settings: Settings = app.extensions["huiqi_settings"]
        other = Settings(settings.database_url, clock=settings.clock, data_keys=(new_key(),))
        stored = Database(other.database_url, bundled())
        client = signed_in(create_app(other, stored), {PACKAGING: Role.OWNER}, "another key")
        said = words(page(client.get(address(found(app, "2024年5月")))))
        stored.close()
        assert "尾号9128" in said
        assert "现在读不出来" in said

    def test_others_learn_nothing(self, app: Flask) -> None:
        grant_id = found(app, "2024年5月")
        other = signed_in(app, {CERAMICS: Role.OWNER}, "other")
        assert other.get(address(grant_id)).status_code == 403
        assert other.get(address(grant_id, credit_code=CERAMICS)).status_code == 404
        assert send(other, address(grant_id, "accept", CERAMICS)).status_code == 404
        assert other.get(address("0" * 32, credit_code=CERAMICS)).status_code == 404
        assert app.test_client().get(address(grant_id)).status_code in (303, 401, 404)
        assert grant(app, grant_id).state is State.OFFERED

    def test_looking_changes_nothing(self, app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        grant_id = found(app, "2024年5月")
        monkeypatch.setattr("web.settings.Settings.day", lambda _self: date(2024, 8, 1))
        before = grant(app, grant_id)
        for deed in ("", "account", "decline"):
            owner.get(address(grant_id, deed))
        owner.get(address())
        assert grant(app, grant_id) == before
        assert owner.get(address(grant_id, "accept")).status_code == 405


class TestAccepting:
    def test_one_tap_is_enough_and_two_are_harmless(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        for _ in range(2):
            response = send(owner, address(grant_id, "accept"))
            assert response.status_code == 303
            said = words(page(owner.get(response.headers["Location"])))
            assert "已经确认。" in said
            assert "等待付款，会转入尾号9128的账户" in said
        after = grant(app, grant_id)
        assert after.state is State.ACCEPTED
        assert [event.deed for event in after.history].count(Deed.ACCEPT) == 1
        assert replay(after.history) is State.ACCEPTED

    def test_a_yes_counts_for_the_account_that_was_shown_only(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        shown = seen(owner, address(grant_id, "accept"))
        other = {"holder": "印台纸箱包装有限公司", "bank": "另一家银行", "number": "6222020200112233441"}
        assert send(owner, address(grant_id, "account"), **other).status_code == 303
        for said in (shown, {"seen": ""}):
            response = send(owner, address(grant_id, "accept"), **said)
            assert response.status_code == 409
            assert "账户在您打开本页之后改过" in response.text
        assert grant(app, grant_id).state is State.OFFERED
        assert send(owner, address(grant_id, "accept")).status_code == 303

    def test_it_is_in_the_audit_log_without_amounts(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        send(owner, address(grant_id, "accept"))
        with app.extensions["huiqi"].reading() as database:
            (row,) = database.exec(
                select(AuditRow).where(AuditRow.action == "grant.accepted", AuditRow.actor != "示例")
            ).all()
        assert row.about == PACKAGING
        assert grant_id in row.detail
        assert "4500" not in row.detail

    @pytest.mark.parametrize("deed", ["accept", "decline", "account", "account/wrong"])
    def test_past_the_last_day_it_is_refused_on_a_page_that_helps(
        self, app: Flask, owner: FlaskClient, deed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grant_id = found(app, "2024年5月")
        typed = {"reason": "不需要这笔资金", "words": "销户了", "holder": "甲", "bank": "乙", "number": "123456"}
        monkeypatch.setattr("web.settings.Settings.day", lambda _self: date(2024, 7, 3))
        response = send(owner, address(grant_id, deed), **typed)
        assert response.status_code == 409
        soup = page(response)
        assert "没有办成" in words(soup)
        assert soup.select("main form") == []
        assert grant(app, grant_id).state is State.OFFERED

    @pytest.mark.parametrize("occasion", ["2024年3月", "2024年5月"])
    def test_a_clerk_cannot(self, app: Flask, clerk: FlaskClient, occasion: str) -> None:
        grant_id = found(app, occasion)
        before = grant(app, grant_id)
        for deed in ("accept", "decline", "account", "account/wrong"):
            assert send(clerk, address(grant_id, deed)).status_code == 403
        assert grant(app, grant_id) == before

    def test_what_has_lapsed_cannot_be_accepted(self, app: Flask, owner: FlaskClient) -> None:
        response = send(owner, address(found(app, "2024年3月"), "accept"))
        assert response.status_code == 409
        assert "不能“确认领取”" in response.get_data(as_text=True)

    def test_what_is_paid_stays_so_whatever_is_tapped(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2023年度", RETENTION)
        assert send(owner, address(grant_id, "accept")).status_code == 303
        assert send(owner, address(grant_id, "decline"), reason="不需要这笔资金").status_code == 409
        assert grant(app, grant_id).state is State.PAID

    def test_without_the_token_nothing_is_done(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        assert owner.post(address(grant_id, "accept")).status_code == 400
        assert grant(app, grant_id).state is State.OFFERED

    def test_an_address_alone_claims_nothing(self, app: Flask, owner: FlaskClient) -> None:
        for done in ("accepted", "declined", "account", "reported", "<b>"):
            soup = page(owner.get(address(found(app, "2024年5月")) + f"?done={done}"))
            assert soup.select_one(".success") is None


class TestDeclining:
    def test_it_asks_once_more_and_takes_a_reason(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        assert "确定不要这4500元吗" in words(page(owner.get(address(grant_id, "decline"))))
        response = send(owner, address(grant_id, "decline"), reason="其他原因", words="已经享受别的补贴")
        assert response.status_code == 303
        after = grant(app, grant_id)
        assert after.state is State.DECLINED
        assert after.history[-1].note == "其他原因：已经享受别的补贴"
        assert "已经放弃这一笔" in words(page(owner.get(response.headers["Location"])))

    @pytest.mark.parametrize(
        ("typed", "mistake"),
        [
            ({"reason": "", "words": "就是不要"}, "请选一个原因"),
            ({"reason": "胡说", "words": "就是不要"}, "请选一个原因"),
            ({"reason": "其他原因", "words": " "}, "请写一句是什么原因"),
            ({"reason": "其他原因", "words": "长" * 301}, "太长了"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
        self, app: Flask, owner: FlaskClient, typed: dict[str, str], mistake: str
    ) -> None:
        grant_id = found(app, "2024年5月")
        response = send(owner, address(grant_id, "decline"), **typed)
        assert response.status_code == 422
        soup = page(response)
        assert mistake in soup.select_one("#mistakes").get_text()  # type: ignore[union-attr]
        assert soup.select_one("textarea").get_text().strip() == typed["words"].strip()  # type: ignore[union-attr]
        assert grant(app, grant_id).state is State.OFFERED


class TestTheAccount:
    TYPED = {"holder": "示例·印台区纸箱包装有限公司", "bank": "示例银行王益支行", "number": "０２６１ 0203-0000 77777"}  # noqa: RUF012

    def test_another_one_takes_its_place_sealed_and_the_state_stays(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        response = send(owner, address(grant_id, "account"), **self.TYPED)
        assert response.status_code == 303
        assert "7777" not in response.headers["Location"]
        after, seal = grant(app, grant_id), app.extensions["huiqi_settings"].seal
        assert after.state is State.OFFERED
        assert after.account_tail == "7777"
        assert after.account is not None
        assert "0261" not in after.account
        assert open_account(after.account, seal).number == "0261020300007" + "7777"
        assert "尾号7777" in words(page(owner.get(response.headers["Location"])))

    @pytest.mark.parametrize(
        ("field", "value", "mistake"),
        [
            ("holder", "", "请填写户名"),
            ("bank", " ", "请填写开户行"),
            ("bank", "银" * 81, "太长了"),
            ("number", "", "请填写账号"),
            ("number", "12345", "6 到 32 位"),
            ("number", "6222x", "只能有数字"),
            ("number", "1" * 33, "6 到 32 位"),
        ],
    )
    def test_a_wrong_one_changes_nothing_and_stays_on_the_page(
        self, app: Flask, owner: FlaskClient, field: str, value: str, mistake: str
    ) -> None:
        grant_id = found(app, "2024年5月")
        before = grant(app, grant_id)
        response = send(owner, address(grant_id, "account"), **{**self.TYPED, field: value})
        assert response.status_code == 422
        soup = page(response)
        assert mistake in soup.select_one("#mistakes").get_text()  # type: ignore[union-attr]
        for name, typed in {**self.TYPED, field: value}.items():
            assert soup.select_one(f"#{name}")["value"] == typed  # type: ignore[index]
        assert grant(app, grant_id) == before

    def test_a_card_number_that_looks_mistyped_is_a_hint_not_a_refusal(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        for number, hinted in (("4111111111111112", True), ("4111111111111111", False)):
            assert send(owner, address(grant_id, "account"), **{**self.TYPED, "number": number}).status_code == 303
            assert ("末位校验对不上" in words(page(owner.get(address(grant_id))))) is hinted

    def test_saying_that_it_is_wrong_changes_no_state_and_no_account(self, app: Flask, owner: FlaskClient) -> None:
        grant_id = found(app, "2024年5月")
        before = grant(app, grant_id)
        assert send(owner, address(grant_id, "account/wrong"), words=" ").status_code == 422
        response = send(owner, address(grant_id, "account/wrong"), words="这个账户销户了")
        assert response.status_code == 303
        after = grant(app, grant_id)
        assert (after.state, after.account) == (before.state, before.account)
        assert (after.history[-1].deed, after.history[-1].note) == (Deed.REPORT_ACCOUNT, "这个账户销户了")
        assert "已经告诉主管部门" in words(page(owner.get(response.headers["Location"])))


def test_in_the_sample_set_up_the_pages_judge_by_its_day(app: Flask) -> None:
    settings: Settings = app.extensions["huiqi_settings"]
    sample = Settings(settings.database_url, sample=True, data_keys=KEYS)
    assert sample.day() == SAMPLE_DAY
    stored = Database(sample.database_url, bundled())
    client = signed_in(create_app(sample, stored), {PACKAGING: Role.OWNER}, "sample")
    said = words(page(client.get(address())))
    stored.close()
    assert "还有2天" in said
