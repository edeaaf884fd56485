"""The check of a stored enterprise: by what is stored, with what its people add, who save it or do not."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Record
from enterprises.statements import Statement
from enterprises.tables import load_profile, load_statements, record
from tests.web.checking import ITEM, filled_in, find, offered, page, press, send_form
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, EMPTY_CODE = complete("91610602766305271"), complete("91610602766305272")
DAY = date(2024, 6, 30)
HERE = f"/mine/{CODE}"


def profile(investment: int | None = None) -> Profile:
    """A private industrial enterprise as registers have it, with a declared number of employees and project."""
    facts: dict[str, Observation] = {
        name: Observation(value, Source.REGISTER, date(2024, 6, 3))
        for name, value in {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "30"}.items()
    }
    facts["employees"] = Observation(40, Source.STATISTICS, date(2024, 3, 20))
    fields = {"kind": Observation("技术改造", Source.DECLARED, date(2024, 6, 18))}
    if investment is not None:
        fields["fixed_asset_investment"] = Observation(investment, Source.DECLARED, date(2024, 6, 18))
    return Profile(CODE, "真实机械有限公司", facts, {}, {"project": (Record("project", fields),)})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the library, to be copied: that takes less than making one."""
    file = tmp_path_factory.mktemp("own") / "huiqi.db"
    setup(f"sqlite:///{file}", sample=False)
    return file


@pytest.fixture
def app(tmp_path: Path, prepared: Path) -> Iterator[Flask]:
    url = f"sqlite:///{copyfile(prepared, tmp_path / 'huiqi.db')}"
    now = [datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)]
    stored = Database(url, bundled())
    with stored.writing() as database:
        record(database, [Statement(profile(), Source.DECLARED, date(2024, 6, 18), "登记")], bundled())
    app = create_app(Settings(url, clock=lambda: now[0], posts="1000 per minute"), stored)
    app.extensions["now"] = now
    yield app
    stored.close()


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, {CODE: Role.CLERK, EMPTY_CODE: Role.OWNER})


def open_(client: FlaskClient, path: str = HERE) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return page(answer)


def add(client: FlaskClient, **changes: str) -> BeautifulSoup:
    return page(press(client, open_(client, f"{HERE}/check/facts"), "facts", **changes))


def stored_now(app: Flask, code: str = CODE) -> Profile | None:
    with app.extensions["huiqi"].reading() as database:
        found: Profile | None = load_profile(database, code, bundled())
        return found


def test_it_is_judged_at_once_by_what_is_stored(clerk: FlaskClient) -> None:
    soup = open_(clerk)
    assert find(soup, "h1").text == "真实机械有限公司"
    assert ITEM in offered(soup, "undetermined")
    assert "登记信息，2024年6月3日" in soup.text
    assert not soup.select("#unsaved")


def test_the_form_is_filled_with_what_is_known_and_says_from_where(clerk: FlaskClient) -> None:
    soup = open_(clerk, f"{HERE}/check/facts")
    typed = filled_in(soup, "facts")
    assert typed["f.region"] == ["610602"]
    assert typed["f.project.0.kind"] == ["技术改造"]
    assert "已有：登记信息，2024年6月3日" in soup.text
    assert "已有：统计，2024年3月20日" in soup.text
    assert "credit_code" not in typed


def test_what_is_added_counts_at_once_and_is_stored_nowhere(clerk: FlaskClient, app: Flask) -> None:
    before = stored_now(app)
    soup = add(clerk, f__project__0__fixed_asset_investment="800万元")
    assert ITEM in offered(soup, "eligible")
    assert "投资项目" in find(soup, "#unsaved").text
    assert ITEM in offered(open_(clerk), "eligible"), "a refresh loses nothing"
    assert stored_now(app) == before
    again = page(press(clerk, open_(clerk), "clear"))
    assert ITEM in offered(again, "undetermined")
    assert not again.select("#unsaved")


def test_the_next_question_adds_to_a_stored_project(clerk: FlaskClient) -> None:
    soup = open_(clerk)
    for _ in range(80):
        name = str(find(soup, "#state [name=question]")["value"])
        if name == "f.project.0.fixed_asset_investment":
            break
        soup = page(press(clerk, soup, "state", skip=name))
    after = page(press(clerk, soup, "state", f__project__0__fixed_asset_investment="800万元"))
    assert ITEM in offered(after, "eligible")
    assert "多了 1 项可以享受，合计增加 80万元" in find(after, "#changed").text
    assert find(after, '#state [name="f.project.0.kind"]')["value"] == "技术改造"


def test_questions_one_at_a_time_and_what_if(clerk: FlaskClient) -> None:
    soup = open_(clerk, f"{HERE}/check/questions")
    first = str(find(soup, "#state [name=question]")["value"])
    soup = page(press(clerk, soup, "state", skip=first))
    assert find(soup, "#state [name=question]")["value"] != first
    assert find(soup, f'a[href="{HERE}/check/questions?at=0"]')
    add(clerk, f__project__0__fixed_asset_investment="50万元")
    what_if = open_(clerk, f"{HERE}/check/what-if")
    assert "100万元（多 1 项）" in what_if.text


def test_nothing_is_saved_without_consent(clerk: FlaskClient, app: Flask) -> None:
    before = stored_now(app)
    soup = add(clerk, f__project__0__fixed_asset_investment="800万元")
    answer = press(clerk, soup, "unsaved-form")
    assert answer.status_code == 422
    refused = page(answer)
    assert "没有您的同意" in find(refused, "#unsaved .alert").text
    assert ITEM in offered(refused, "eligible")
    assert stored_now(app) == before


def test_what_is_saved_is_a_statement_of_the_enterprise_itself(clerk: FlaskClient, app: Flask) -> None:
    soup = add(clerk, f__project__0__fixed_asset_investment="800万元", f__total_assets="1亿元")
    after = page(press(clerk, soup, "unsaved-form", consent="1"))
    assert "已经保存到企业画像" in after.text
    assert ITEM in offered(after, "eligible")
    assert not after.select("#unsaved")
    found = stored_now(app)
    assert found is not None
    assert found.facts["total_assets"] == Observation(10**10, Source.DECLARED, DAY)
    assert found.facts["region"].source is Source.REGISTER
    with app.extensions["huiqi"].reading() as database:
        last = load_statements(database, CODE, bundled())[-1]
        assert (last.source, last.received_on) == (Source.DECLARED, DAY)
        assert last.origin.startswith("account:")
        assert set(last.profile.facts) == {"total_assets"}, "only what was added is said anew"
        (noted,) = [row for row in database.exec(select(AuditRow)) if row.action == "facts.saved"]
    assert noted.about == CODE
    assert noted.detail == '{"facts":"project total_assets"}'
    assert noted.actor == last.origin.removeprefix("account:")


@pytest.mark.parametrize("on", ["2099-12-31", "2023-06-30"])
def test_what_is_saved_was_said_today_whatever_day_it_was_judged_on(clerk: FlaskClient, app: Flask, on: str) -> None:
    """Dated by the day of the form, it could never be put right again, or would not count at all."""
    for typed, day in (("1亿元", on), ("2亿元", "2024-06-30"), ("3亿元", on)):
        soup = add(clerk, f__total_assets=typed, on=day)
        assert "已经保存" in page(press(clerk, soup, "unsaved-form", consent="1")).text
    found = stored_now(app)
    assert found is not None
    assert found.facts["total_assets"] == Observation(3 * 10**10, Source.DECLARED, DAY)


def test_a_register_outranks_what_was_typed_and_it_is_said(clerk: FlaskClient, app: Flask) -> None:
    soup = add(clerk, f__employees="400")
    said = "您填的是 400人，统计，2024年3月20日是 40人"
    assert said in soup.text
    assert said in open_(clerk, f"{HERE}/check/facts").text
    after = page(press(clerk, soup, "unsaved-form", consent="1"))
    found = stored_now(app)
    assert found is not None
    assert found.facts["employees"].value == 40
    assert "说法不一致的 1 处" in after.text
    assert "另说：400人（企业填报" in after.text


def test_what_was_only_inferred_can_be_said_and_is_not_said_unawares(app: Flask) -> None:
    facts = {**profile().facts, "industry": Observation("3011", Source.INFERRED, DAY)}
    project = {
        "kind": Observation("技术改造", Source.REGISTER, DAY),
        "fixed_asset_investment": Observation(800_000_000, Source.REGISTER, DAY),
    }
    guessed = Profile(EMPTY_CODE, "推断行业的厂", facts, {}, {"project": (Record("project", project),)})
    with app.extensions["huiqi"].writing() as database:
        record(database, [Statement(guessed, Source.REGISTER, DAY, "登记")], bundled())
    client, here = signed_in(app, {EMPTY_CODE: Role.OWNER}), f"/mine/{EMPTY_CODE}"
    form = open_(client, f"{here}/check/facts")
    assert "f.industry" not in filled_in(form, "facts")
    assert "系统推断是" in form.text
    unchanged = page(press(client, form, "facts"))
    assert not unchanged.select("#unsaved")
    assert ITEM in offered(unchanged, "undetermined")
    said = page(press(client, form, "facts", f__industry="30", **{"f__industry__code": "3011"}))
    assert ITEM in offered(said, "eligible")
    assert "须核实" in said.text
    assert "已经保存" in page(press(client, said, "unsaved-form", consent="1")).text
    found = stored_now(app, EMPTY_CODE)
    assert found is not None
    assert found.facts["industry"] == Observation("3011", Source.DECLARED, DAY)


def test_records_that_a_register_lists_go_on_to_count_in_the_browser(app: Flask) -> None:
    """A list is saved as a whole, and the register's stands: what was added to it would otherwise be lost."""
    with app.extensions["huiqi"].writing() as database:
        listed = Profile(EMPTY_CODE, "登记的厂", profile().facts, {}, profile().records)
        record(database, [Statement(listed, Source.REGISTER, DAY, "登记")], bundled())
    client, here = signed_in(app, {EMPTY_CODE: Role.OWNER}), f"/mine/{EMPTY_CODE}"
    form = open_(client, f"{here}/check/facts")
    soup = page(press(client, form, "facts", f__project__0__fixed_asset_investment="800万元"))
    after = page(press(client, soup, "unsaved-form", consent="1"))
    assert "已经保存" in after.text
    assert "暂时只在这个浏览器里" in after.text
    assert ITEM in offered(after, "eligible")


def test_what_cannot_be_true_is_not_saved_and_not_lost(clerk: FlaskClient, app: Flask) -> None:
    before = stored_now(app)
    soup = add(clerk, f__revenue__before_2021="1亿元", f__revenue__2020="")
    typed = {**filled_in(soup, "unsaved-form"), "f.revenue.2019": ["3亿元"], "consent": ["1"]}
    answer = clerk.post(f"{HERE}/check/save", data=typed)
    assert answer.status_code == 422
    assert "2019 年高于" in find(page(answer), "#unsaved .alert").text
    assert stored_now(app) == before


def test_an_enterprise_of_which_nothing_is_stored_can_begin(clerk: FlaskClient, app: Flask) -> None:
    here = f"/mine/{EMPTY_CODE}"
    soup = open_(clerk, here)
    assert f"还没有保存这家企业（{EMPTY_CODE}）" in soup.text
    form = open_(clerk, f"{here}/check/facts")
    after = page(press(clerk, form, "facts", name="新的厂", f__region="610602"))
    saved = page(press(clerk, after, "unsaved-form", consent="1"))
    assert find(saved, "h1").text == "新的厂"
    found = stored_now(app, EMPTY_CODE)
    assert found is not None
    assert (found.name, found.facts["region"].value) == ("新的厂", "610602")


def test_drafts_of_two_enterprises_and_two_accounts_stay_apart(clerk: FlaskClient, app: Flask) -> None:
    add(clerk, f__project__0__fixed_asset_investment="800万元")
    assert not open_(clerk, f"/mine/{EMPTY_CODE}").select("#unsaved")
    other = signed_in(app, {CODE: Role.OWNER}, subject="another")
    cookie = clerk.get_cookie("huiqi_draft_0", path=HERE)
    assert cookie is not None
    other.set_cookie("huiqi_draft_0", cookie.value, path=HERE)
    soup = open_(other)
    assert "没能恢复" in soup.text
    assert ITEM in offered(soup, "undetermined")


def test_what_was_typed_while_the_session_ended_waits_until_one_is_back(clerk: FlaskClient, app: Flask) -> None:
    form = open_(clerk, f"{HERE}/check/facts")
    app.extensions["now"][0] += timedelta(hours=13)
    answer = send_form(clerk, form, "facts", f__project__0__fixed_asset_investment="800万元")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert clerk.get(HERE).status_code == 303
    with clerk.session_transaction() as session:
        fresh = signed_in(app, {CODE: Role.CLERK})
        with fresh.session_transaction() as theirs:
            session["session"] = theirs["session"]
    assert ITEM in offered(open_(clerk), "eligible")


def test_a_forged_form_saves_nothing_and_loses_nothing(clerk: FlaskClient, app: Flask) -> None:
    before = stored_now(app)
    for path in ("check/facts", "check/edit", "check/save", "check/questions", "check/keep"):
        data = {"f.total_assets": "1亿元", "consent": "1", "csrf_token": "forged"}
        answer = clerk.post(f"{HERE}/{path}", data=data)
        assert answer.status_code == 400
        assert "请再提交一次" in answer.text
        assert filled_in(page(answer), "facts")["f.total_assets"] == ["1亿元"]
    assert stored_now(app) == before
    assert not open_(clerk).select("#unsaved")
    app.extensions["now"][0] += timedelta(hours=13)
    answer = clerk.post(f"{HERE}/check/facts", data={"f.total_assets": "1亿元", "csrf_token": "forged"})
    assert answer.status_code == 401
    assert "huiqi_draft" not in str(answer.headers)


def test_mistakes_come_back_beside_their_fields(clerk: FlaskClient) -> None:
    form = open_(clerk, f"{HERE}/check/facts")
    answer = press(clerk, form, "facts", f__total_assets="八百万")
    assert answer.status_code == 422
    soup = page(answer)
    assert find(soup, '#mistakes a[href="#f.total_assets"]')
    assert filled_in(soup, "facts")["f.region"] == ["610602"]
    assert clerk.get(HERE).status_code == 422, "the draft still has the mistake"


def test_the_file_is_the_explanation_with_what_was_added(clerk: FlaskClient) -> None:
    add(clerk, f__project__0__fixed_asset_investment="800万元")
    answer = clerk.get(f"{HERE}/check/result.json")
    assert answer.mimetype == "application/json"
    assert "80000000" in answer.text or "800万元" in answer.text


def test_every_condition_that_is_not_met_leads_to_an_appeal(clerk: FlaskClient) -> None:
    soup = open_(clerk)
    links = [str(each["href"]) for each in soup.select(".card .evidence a")]
    assert links
    assert all(link.startswith(f"{HERE}/appeals/new?item=") for link in links)
    assert any("&condition=all." in link for link in links)
    for link in links[:3]:
        assert clerk.get(link).status_code == 200


@pytest.mark.parametrize("path", ["", "/check/facts", "/check/questions", "/check/what-if", "/check/result.json"])
def test_nobody_else_sees_it(app: Flask, path: str) -> None:
    address = HERE + path
    assert app.test_client().get(address).status_code == 303
    stranger = signed_in(app, {EMPTY_CODE: Role.OWNER}, subject="stranger")
    answer = stranger.get(address)
    assert answer.status_code == 403
    assert "真实机械" not in answer.text
