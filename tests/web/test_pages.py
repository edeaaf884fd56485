"""The pages as a visitor meets them: forms sent and answered, nothing lost, nothing leaked, everything readable."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from click import ClickException
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from enterprises.amounts import format_money
from enterprises.calendar import SHANGHAI
from enterprises.credit_code import complete
from enterprises.dictionary import Kind, Source, bundled
from enterprises.profiles import EMPTY, Profile
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.statements import Statement
from policies.items import Window
from policies.library import Library
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.combination import Combination
from recommender.explanation import explain
from recommender.explanation_json import to_text
from web.app import HEADERS, PAGES, create_app
from web.checkup.cards import deadline_note, show_deadline
from web.checkup.fact_form import read_form, write_form
from web.checkup.form_layout import FIRST, MAIN_FIELDS, MORE, asked
from web.checkup.totals import possible_total
from web.pages.items import say_stacking
from web.rankers import stated_ranker
from web.server import greeting, must_be_free
from web.settings import Settings
from web.setup import setup
from web.stored import Database, Stored, is_sample

ITEM = "yanan-2023-private-economy.15"
DOCUMENT = "yanan-2023-private-economy"
REAL_CODE = complete("91610602766305271")
Answers = Mapping[str, str | Sequence[str]]

PRIVATE_INDUSTRY = {"f.region": "610602", "f.entity_kind": "企业", "f.ownership": "民营", "f.industry": "30"}


def renovation(investment: str) -> dict[str, str]:
    project = {"f.project.0.kind": "技术改造", "f.project.0.fixed_asset_investment": investment}
    return {**PRIVATE_INDUSTRY, **project}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the library, the samples, and one enterprise that is none of them."""
    from enterprises.database import connect, writing
    from enterprises.tables import record

    url = f"sqlite:///{tmp_path_factory.mktemp('pages') / 'huiqi.db'}"
    setup(url, sample=True)
    engine = connect(url)
    with writing(engine) as session:
        real = Profile(credit_code=REAL_CODE, name="真实企业有限公司")
        record(session, [Statement(real, Source.REGISTER, SAMPLE_DAY, "登记")], bundled())
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def sample_app(url: str) -> Iterator[Flask]:
    yield from serving(Settings(url, sample=True, posts="1000 per minute"))


@pytest.fixture(scope="module")
def plain_app(url: str) -> Iterator[Flask]:
    clock = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
    yield from serving(Settings(url, clock=lambda: clock, posts="1000 per minute"))


def serving(settings: Settings) -> Iterator[Flask]:
    stored = Database(settings.database_url, bundled())
    yield create_app(settings, stored)
    stored.close()


@pytest.fixture
def sample(sample_app: Flask) -> FlaskClient:
    return sample_app.test_client()


@pytest.fixture
def plain(plain_app: Flask) -> FlaskClient:
    return plain_app.test_client()


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def token(client: FlaskClient) -> str:
    return str(page(client.get("/check")).select_one("[name=csrf_token]")["value"])  # type: ignore[index]


def send(client: FlaskClient, answers: Answers, to: str = "/check", on: str = "2024-06-30") -> TestResponse:
    return client.post(to, data={"csrf_token": token(client), "on": on, **answers}, follow_redirects=True)


def filled_in(soup: BeautifulSoup, form: str = "form[method=post]") -> dict[str, list[str]]:
    """What a browser would send of a form, were it sent again."""
    found = soup.select_one(form)
    assert found is not None
    sent: dict[str, list[str]] = {}
    for each in found.select("input, select"):
        name = str(each.get("name", ""))
        for value in values_of(each):
            sent.setdefault(name, []).append(value)
    return {name: values for name, values in sent.items() if name not in ("", "csrf_token") and any(values)}


def values_of(element: Tag) -> list[str]:
    if element.name == "select":
        return [str(option["value"]) for option in element.select("option[selected]")]
    ticked = element.get("type") not in ("checkbox", "radio") or element.has_attr("checked")
    return [str(element.get("value", ""))] if ticked else []


def offered(soup: BeautifulSoup, group: str) -> dict[str, Tag]:
    """The cards of a group, by item."""
    links = {card: card.select_one("h3 a") for card in soup.select(f".card.{group}")}
    return {str(link["href"]).removeprefix("/items/"): card for card, link in links.items() if link is not None}


GROUPS = ("eligible", "undetermined", "close")


# -------------------------------------------------------------------- what is answered


@pytest.mark.parametrize(
    ("investment", "amount"),
    [
        ("800万元", "80万元"),
        ("8000000元", "80万元"),
        ("1200万元", "100万元"),
        ("1000万元", "100万元"),
        ("9999999元", "999999.9元"),
        ("100万元", "10万元"),
        ("1000001元", "100000.1元"),
    ],
)
def test_a_renovation_project_is_rewarded_with_a_tenth_up_to_a_million(
    plain: FlaskClient, investment: str, amount: str
) -> None:
    card = offered(page(send(plain, renovation(investment))), "eligible")[ITEM]
    shown = card.select_one(".amount")
    assert shown is not None
    assert shown.text == amount
    assert "须核实" in card.text
    assert "依据企业自报信息，须主管部门核实" in card.text
    assert "以主管部门解释为准" in card.text


def test_one_yuan_short_is_close_and_says_so(plain: FlaskClient) -> None:
    soup = page(send(plain, renovation("999999元")))
    assert ITEM not in offered(soup, "eligible")
    assert "1元" in offered(soup, "close")[ITEM].text


def test_without_the_investment_it_is_missing(plain: FlaskClient) -> None:
    answers = {**PRIVATE_INDUSTRY, "f.project.0.kind": "技术改造"}
    card = offered(page(send(plain, answers)), "undetermined")[ITEM]
    assert "固定资产投资" in card.text


def test_nothing_expired_is_offered(plain: FlaskClient) -> None:
    soup = page(send(plain, renovation("800万元"), on="2026-11-23"))
    shown = [item for group in GROUPS for item in offered(soup, group)]
    assert not [item for item in shown if item.startswith(DOCUMENT)]
    assert f'href="/items/{ITEM}"' in str(soup.select_one(".others"))


def test_the_last_day_is_alarming(plain: FlaskClient) -> None:
    card = offered(page(send(plain, renovation("800万元"), on="2026-04-29")), "eligible")[ITEM]
    assert "最后一天" in card.select_one(".urgent").text  # type: ignore[union-attr]


@pytest.mark.parametrize("profile", samples(), ids=lambda profile: profile.name)
def test_samples_get_the_groups_that_the_explanation_has(
    sample: FlaskClient, profile: Profile, library: Library
) -> None:
    response = sample.get(f"/check?sample={profile.credit_code}&on={SAMPLE_DAY}")
    assert response.status_code == 200
    soup, expected = page(response), explain(library, profile, SAMPLE_DAY)
    for group in GROUPS:
        assert set(offered(soup, group)) == {match.item.id for match in getattr(expected, group)}
    assert profile.name is not None
    assert soup.select_one("h1").text == profile.name  # type: ignore[union-attr]


@pytest.mark.parametrize("profile", samples(), ids=lambda profile: profile.name)
def test_cards_stand_in_the_order_of_the_ranking_and_promise_no_empty_amount(
    sample: FlaskClient, profile: Profile, library: Library
) -> None:
    soup = page(sample.get(f"/check?sample={profile.credit_code}&on={SAMPLE_DAY}"))
    expected = stated_ranker().order(explain(library, profile, SAMPLE_DAY))
    for group in GROUPS:
        assert list(offered(soup, group)) == [ranked.item.id for ranked in getattr(expected, group)]
    assert expected.basis.text in soup.text
    amounts = [shown.text for shown in soup.select(".amount, .totals dd")]
    assert amounts
    assert not [text for text in amounts if re.search(r"(^|\D)0元", text)]
    assert "。。" not in soup.text
    assert max((card.text.count("以主管部门解释为准") for card in soup.select(".card")), default=0) <= 3


def test_totals_say_what_they_rest_on(plain: FlaskClient, sample: FlaskClient, library: Library) -> None:
    certain, possible = page(send(plain, renovation("800万元"))).select(".totals dl > div")
    assert certain.select_one("dt").text == "按目前信息可以享受"  # type: ignore[union-attr]
    assert [each.text for each in certain.select("dd")] == ["80万元", "全部依据企业填报，须主管部门核实"]
    assert possible.select_one("dt").text == "补充信息后最多可达"  # type: ignore[union-attr]
    for profile in samples():
        expected = explain(library, profile, SAMPLE_DAY)
        told = page(sample.get(f"/check?sample={profile.credit_code}&on={SAMPLE_DAY}")).select_one(".totals .eligible")
        assert told is not None
        if 0 < expected.confirmed_total < expected.certain.total:
            assert f"其中已核实 {format_money(expected.confirmed_total)}，其余依据企业填报" in told.text
        assert ("暂无" in told.text) is (not expected.certain.total and not expected.certain.unbounded)


def combination(total: int, unbounded: bool) -> Combination:
    return Combination((), (), total, unbounded)


def test_a_total_without_a_limit_is_no_figure(library: Library) -> None:
    plain = explain(library, EMPTY, SAMPLE_DAY)
    open_, partly = combination(0, unbounded=True), combination(10**6, unbounded=True)
    assert possible_total(replace(plain, possible=open_)).text == "金额取决于未填的信息"
    total = possible_total(replace(plain, possible=partly))
    assert (total.text, total.note) == ("1万元", "另有金额取决于未填信息的事项")


def test_the_validity_of_a_document_is_no_date_to_apply_by(plain: FlaskClient, library: Library) -> None:
    soup = page(send(plain, renovation("800万元")))
    tag = offered(soup, "eligible")[ITEM].select_one(".tag")
    assert tag is not None
    assert tag.text == "政策有效期至 2026年4月29日（具体受理时间以通知为准）"
    assert "具体受理时间以通知为准" in page(plain.get(f"/items/{ITEM}")).text
    item = library.items[ITEM]
    own = replace(item, window=Window(item.window.opens, date(2024, 7, 10)))
    assert show_deadline(own, date(2024, 6, 30)) == "截至 2024年7月10日，还有 10 天"
    assert deadline_note(own, date(2024, 6, 30)) == ""
    for each in (item, own):
        assert each.window.closes is not None
        assert "最后一天" in show_deadline(each, each.window.closes)
        assert "到期" in show_deadline(each, each.window.closes + timedelta(days=1))
        assert "起" in show_deadline(item, item.window.opens - timedelta(days=1))


def test_a_reading_to_be_confirmed_stands_on_the_card(plain: FlaskClient, library: Library) -> None:
    card = offered(page(send(plain, renovation("800万元"))), "eligible")[ITEM]
    reading = library.items[ITEM].reading
    assert reading is not None
    told = [each for each in card.select(".caution") if reading.rstrip("。") in each.text]
    assert len(told) == 1
    assert told[0].find_parent("details") is None


def test_what_decided_is_named(plain: FlaskClient) -> None:
    reason = offered(page(send(plain, renovation("800万元"))), "eligible")[ITEM].select_one(".reason")
    assert reason is not None
    assert "固定资产投资 800万元" in reason.text
    assert "项目类型 技术改造" in reason.text


def test_what_is_demanded_and_what_was_given_stand_side_by_side(plain: FlaskClient) -> None:
    others = page(send(plain, renovation("800万元") | {"f.region": "610202"})).select_one(".others")
    assert others is not None
    reason = next(each.text for each in others.select("li") if f"/items/{ITEM}" in str(each))
    assert "要求：所在地区属于陕西省延安市；您的情况：陕西省铜川市王益区" in reason


def test_where_nothing_is_to_be_had_the_question_comes_first(plain: FlaskClient) -> None:
    empty = page(send(plain, {}))
    assert not offered(empty, "eligible")
    assert str(empty).index('id="next"') < str(empty).index('id="eligible"')
    some = page(send(plain, renovation("800万元")))
    assert str(some).index('id="next"') > str(some).index('id="eligible"')


def test_what_saying_none_excludes_is_true(plain: FlaskClient) -> None:
    soup = page(send(plain, PRIVATE_INDUSTRY))
    for _ in range(60):
        ask = soup.select_one("#next")
        assert ask is not None, "no kind of records was asked for"
        if none := ask.select_one('[name$=".none"]:not([type=checkbox])'):
            promised = re.search(r"答“没有”可以排除 (\d+) 个", ask.text)
            excluded = int(promised[1]) if promised else 0
            after = page(send(plain, {**filled_in(soup), str(none["name"]): "1"}))
            assert len(offered(soup, "undetermined")) - len(offered(after, "undetermined")) >= excluded
            assert "就能确定" not in ask.text
            return
        button = ask.select_one("[name=skip]")
        assert button is not None
        state = filled_in(soup)
        soup = page(send(plain, {**state, "skip": [*state.get("skip", []), str(button["value"])]}))


def test_a_sample_keeps_its_sources_when_a_question_is_answered(sample: FlaskClient) -> None:
    profile = next(each for each in samples() if each.facts)
    soup = page(sample.get(f"/check?sample={profile.credit_code}&on={SAMPLE_DAY}"))
    again = page(send(sample, filled_in(soup), on=str(SAMPLE_DAY)))
    assert again.select_one("#eligible").text == soup.select_one("#eligible").text  # type: ignore[union-attr]
    assert "登记信息" in again.text


def test_every_condition_shows_its_answer_its_value_its_source_and_its_clause(sample: FlaskClient) -> None:
    profile = next(each for each in samples() if each.name == "示例·宝塔区机械制造有限公司")
    soup = page(sample.get(f"/check?sample={profile.credit_code}&on={SAMPLE_DAY}"))
    evidence = offered(soup, "eligible")[ITEM].select(".evidence li")
    leaves = [line for line in evidence if not line.select("li")]
    assert leaves
    for line in leaves:
        assert line.select_one(".word").text == "符合"  # type: ignore[union-attr]
        assert "登记信息" in line.select_one(".value").text  # type: ignore[union-attr]
        assert line.select_one(".place").text == "三（四）15，第 1525 页"  # type: ignore[union-attr]


def test_the_next_question_can_be_answered_at_once(plain: FlaskClient) -> None:
    soup = page(send(plain, renovation("800万元") | {"f.ownership": ""}))
    for _ in range(60):
        ask = soup.select_one("#next")
        assert ask is not None, "asked everything but the ownership"
        choices = ask.select('[name="f.ownership"]')
        state = filled_in(soup)
        if choices:
            assert all(choice["form"] == "state" for choice in choices)
            soup = page(send(plain, state | {"f.ownership": "民营"}))
            break
        button = ask.select_one("[name=skip]")
        assert button is not None
        soup = page(send(plain, {**state, "skip": [*state.get("skip", []), str(button["value"])]}))
    assert ITEM in offered(soup, "eligible")


def test_a_kind_of_records_can_be_denied_in_the_question(plain: FlaskClient) -> None:
    answer = {**PRIVATE_INDUSTRY, "f.project.none": "1"}
    soup = page(send(plain, answer))
    assert ITEM not in {item for group in GROUPS for item in offered(soup, group)}


def test_the_file_is_the_explanation(plain: FlaskClient, library: Library) -> None:
    response = send(plain, renovation("800万元"), to="/check/download")
    assert response.mimetype == "application/json"
    assert response.headers["Content-Disposition"] == "attachment; filename=huiqi-2024-06-30.json"
    answers = [(name, [value]) for name, value in renovation("800万元").items()]
    profile = read_form(answers, bundled()).profile
    assert json.loads(response.data) == json.loads(to_text(explain(library, profile, date(2024, 6, 30))))


# ---------------------------------------------------------------------- nothing is lost


def test_mistakes_come_back_beside_their_fields_with_all_that_was_typed(plain: FlaskClient) -> None:
    answers = {
        **renovation("八百万"),
        "f.industry.code": "9999",
        "f.employees": "四十",
        "f.revenue.2023": "5000千",
        "f.revenue.2015": "1万元",
        "f.matters": ["融资", "投标"],
        "name": "某厂",
        "credit_code": "123",
        "f.registered_on": "去年",
    }
    response = send(plain, answers)
    assert response.status_code == 422
    soup, sent = page(response), {name: [v] if isinstance(v, str) else v for name, v in answers.items()}
    again = filled_in(soup)
    again.pop("on")
    assert again == sent
    wrong = ("f.project.0.fixed_asset_investment", "f.industry.code", "f.employees", "f.revenue.2023", "credit_code")
    for name in (*wrong, "f.registered_on"):
        field = soup.find(id=name)
        assert isinstance(field, Tag)
        assert field["aria-invalid"] == "true"
        described = str(field["aria-describedby"]).split()
        assert any("请改正" in soup.find(id=each).text for each in described)  # type: ignore[union-attr]
        assert soup.select_one(f'#mistakes a[href="#{name}"]')


def test_adding_a_block_and_going_back_keep_everything(plain: FlaskClient) -> None:
    answers = renovation("八百万") | {"f.matters": ["融资", "投标"], "f.zones.none": "1", "f.tech_fields": "新材料"}
    soup = page(send(plain, {**answers, "add": "project"}, to="/check/edit"))
    again = filled_in(soup)
    for name, value in answers.items():
        assert again[name] == ([value] if isinstance(value, str) else value)
    assert soup.find(id="f.project.1.fixed_asset_investment")
    result = page(send(plain, answers | {"f.project.0.fixed_asset_investment": "800万元"}))
    edited = page(send(plain, filled_in(result), to="/check/edit"))
    assert filled_in(edited)["f.project.0.fixed_asset_investment"] == ["800万元"]


def test_what_is_not_asked_on_another_day_travels_along(plain: FlaskClient) -> None:
    answers = renovation("800万元") | {"f.revenue.2021": "3亿元", "f.revenue.before_2021": "1亿元"}
    soup = page(send(plain, answers, to="/check/edit", on="2030-01-01"))
    again = filled_in(soup)
    assert {name: again[name] for name in answers} == {name: [value] for name, value in answers.items()}


def test_an_empty_block_between_two_closes_up(plain: FlaskClient) -> None:
    answers = [("f.project.0.kind", ["新建"]), ("f.project.1.kind", [""]), ("f.project.2.kind", ["扩建"])]
    form = read_form(answers, bundled())
    assert form.typed == {"f.project.0.kind": ("新建",), "f.project.1.kind": ("扩建",)}
    assert [record.fields["kind"].value for record in form.profile.records["project"]] == ["新建", "扩建"]


@pytest.mark.parametrize("profile", samples(), ids=lambda profile: profile.name)
def test_a_profile_survives_the_form(profile: Profile) -> None:
    typed = write_form(profile, bundled())
    form = read_form(typed.items(), bundled(), base=profile)
    assert not form.errors
    assert not form.unknown
    assert form.typed == typed
    assert form.profile == profile


def test_what_was_received_is_chosen_by_its_title_or_written(plain: FlaskClient, library: Library) -> None:
    soup = page(plain.get("/check"))
    choices = soup.find(id="f.received.0.item")
    assert isinstance(choices, Tag)
    assert library.items[ITEM].title in [option.text for option in choices.select(f'option[value="{ITEM}"]')]
    chosen = renovation("800万元") | {"f.received.0.item": ITEM}
    again = page(send(plain, chosen, to="/check/edit"))
    assert filled_in(again)["f.received.0.item"] == [ITEM]
    assert "没有收录" not in again.text
    assert "已收录" in again.text
    written = renovation("800万元") | {"f.received.0.item.other": "某市技改补贴"}
    for to in ("/check", "/check/edit"):
        told = page(send(plain, written, to=to))
        assert filled_in(told)["f.received.0.item.other"] == ["某市技改补贴"]
        assert "没有收录" in told.text
    form = read_form([(name, [value]) for name, value in written.items()], bundled())
    assert form.profile.records["received"][0].fields["item"].value == "某市技改补贴"
    assert send(plain, chosen | written).status_code == 422


def test_many_options_stand_under_headings_and_years_are_asked_together(plain: FlaskClient) -> None:
    soup = page(plain.get("/check"))
    matters, fact = soup.find(id="f.matters"), bundled().facts["matters"]
    assert isinstance(matters, Tag)
    assert [each.text for each in matters.select(".heading")] == [heading for heading, _ in fact.groups]
    values = [str(each["value"]) for each in matters.select('[name="f.matters"]')]
    assert values == list(fact.values)
    assert "各年的营业收入是多少？" in soup.text
    assert "这一年的" not in soup.text


def test_contradictions_are_mistakes() -> None:
    contradictory: dict[str, list[str]] = {
        "f.zones": ["秦创原"],
        "f.zones.none": ["1"],
        "f.project.none": ["1"],
        "f.project.0.kind": ["新建"],
        "f.industry": ["30"],
        "f.industry.code": ["5111"],
        "f.revenue.before_2020": ["1万元"],
        "f.revenue.before_2021": ["2万元"],
        "f.region": ["610602", "610603"],
    }
    errors = read_form(contradictory.items(), bundled()).errors
    assert set(errors) == {"f.zones", "f.project.none", "f.industry.code", "f.revenue.before_2021", "f.region"}


def test_unknown_is_unknown_and_none_is_none() -> None:
    said = {"f.zones.none": ["1"], "f.project.none": ["1"], "f.ownership": ["不清楚"], "f.revenue.2022": ["0"]}
    profile = read_form(said.items(), bundled()).profile
    assert profile.facts["zones"].value == frozenset()
    assert set(profile.facts) == {"zones"}
    assert profile.records == {"project": ()}
    assert profile.series["revenue"].years[2022].value == 0


# ---------------------------------------------------------------------- the other pages


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/check", 200),
        ("/check?on=2025-01-01", 200),
        ("/check?on=2024-02-30", 422),
        ("/check?on=9999-12-31", 422),
        ("/check?on=<script>", 422),
        ("/items", 200),
        ("/items?text=技改&category=money&document=yanan-2023-private-economy&open=1", 200),
        ("/items?text=%00&category=nonsense", 200),
        (f"/items/{ITEM}", 200),
        ("/items/no.such.item", 404),
        ("/items/..%2f..%2fetc%2fpasswd", 404),
        ("/documents", 200),
        (f"/documents/{DOCUMENT}", 200),
        ("/documents/nothing", 404),
        ("/nowhere", 404),
        ("/check/edit", 405),
        ("/static/style.css", 200),
        ("/static/../app.py", 404),
    ],
)
def test_every_address_answers(plain: FlaskClient, address: str, status: int) -> None:
    response = plain.get(address, buffered=True)
    assert response.status_code == status
    assert_guarded(response)
    if status >= 400:
        assert len(page(response).select_one("main").text) > 30  # type: ignore[union-attr]


def test_items_are_filtered(plain: FlaskClient) -> None:
    soup = page(plain.get(f"/items?document={DOCUMENT}&category=money"))
    links = {str(link["href"]) for link in soup.select(".plainlist a")}
    assert f"/items/{ITEM}" in links
    assert all(link.startswith(f"/items/{DOCUMENT}.") for link in links)
    found = page(plain.get("/items?text=技改"))
    assert f"/items/{ITEM}" in {str(link["href"]) for link in found.select(".plainlist a")}
    assert "没有符合的事项" in page(plain.get("/items?text=从来没有的词")).text


def test_an_item_page_says_everything(plain: FlaskClient, library: Library) -> None:
    item = library.items[ITEM]
    text = page(plain.get(f"/items/{ITEM}")).text
    for expected in (item.title, item.summary, item.clause, *item.departments, item.document.title, "1525"):
        assert expected in text
    assert "固定资产投资的 10% 给予，最高 100万元" in text
    assert "固定资产投资不低于100万元" in text
    for example in item.examples:
        assert example.name in text


def test_every_item_and_document_has_a_page(plain: FlaskClient, library: Library) -> None:
    for item in library.published:
        assert plain.get(f"/items/{item.id}").status_code == 200, item.id
    for document in library.documents:
        assert plain.get(f"/documents/{document}").status_code == 200, document


def test_no_item_page_says_anything_twice(plain: FlaskClient, library: Library) -> None:
    for item in library.published:
        soup = page(plain.get(f"/items/{item.id}"))
        tags = [tag.text for tag in soup.select(".lead + .tags .tag")]
        assert len(tags) == len(set(tags))
        assert "。。" not in soup.text
        own = (item.reading or "").count("以主管部门解释为准")
        assert soup.select_one("article").text.count("以主管部门解释为准") <= max(own, 1)  # type: ignore[union-attr]


def test_examples_after_the_last_day_say_nothing_but_that(plain: FlaskClient) -> None:
    cases = [row.select("td")[-1].text for row in page(plain.get(f"/items/{ITEM}")).select("table.stacked tbody tr")]
    assert "已过期" in cases
    assert not [case for case in cases if "已过期" in case and case != "已过期"]


def test_statements_say_of_which_supports_they_speak(library: Library) -> None:
    for reach in Reach:
        statement = Stacking(StackingOperator.HIGHEST, StackingObject.PROJECT, reach, (ITEM,), alike=True)
        said = say_stacking(replace(statement, items=(ITEM,) if reach is Reach.ITEMS else ()), library)
        assert said.endswith("：同一项目就高不重复")
        assert "同类型" in said
    assert library.items[ITEM].title in say_stacking(replace(statement, reach=Reach.ITEMS), library)


def test_a_document_says_what_was_left_out_and_why(plain: FlaskClient, library: Library) -> None:
    document = library.documents[DOCUMENT]
    text = page(plain.get(f"/documents/{DOCUMENT}")).text
    assert document.left_out
    for left in document.left_out:
        assert left.what in text
        assert left.why in text
    assert document.validity_words in text
    assert document.validity_reading is not None
    assert document.validity_reading in text


# ---------------------------------------------------------------------------------------- safety


def assert_guarded(response: TestResponse) -> None:
    for name, value in HEADERS.items():
        assert response.headers.get_all(name) == [value]
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/check", "/check/edit", "/check/download"])
def test_a_forged_form_is_not_judged_and_nothing_of_it_is_lost(plain: FlaskClient, path: str) -> None:
    for forged in ({}, {"csrf_token": "forged"}):
        response = plain.post(path, data={"on": "2024-06-30", **renovation("800万元"), **forged})
        assert response.status_code == 400
        assert_guarded(response)
        soup = page(response)
        assert not soup.select(".card")
        again = filled_in(soup)
        assert all(again[name] == [value] for name, value in renovation("800万元").items())


def test_what_is_typed_is_never_markup(plain: FlaskClient) -> None:
    attack = "\"><script>alert('名')</script>"
    attacked = ("name", "f.project.0.name", "f.employees", "f.region", "f.industry.code")
    typed = dict.fromkeys(attacked, attack)
    for answers in (typed, {"name": attack, **renovation("800万元"), "f.project.0.name": attack}):
        for to in ("/check", "/check/edit"):
            response = send(plain, answers, to=to)
            assert response.status_code in (200, 422)
            soup = page(response)
            assert not soup.select("script:not([src])")
            assert filled_in(soup)["name"] == [attack]


def test_unknown_names_are_said_and_dropped(plain: FlaskClient) -> None:
    answers = {
        **renovation("800万元"),
        "f.no_such_fact": "1",
        "f.project.0.nonsense": "1",
        "f.revenue.x": "1",
        "other": "1",
    }
    response = send(plain, answers)
    assert response.status_code == 422
    soup = page(response)
    for name in ("f.no_such_fact", "f.project.0.nonsense", "f.revenue.x"):
        assert name in soup.select_one("#mistakes").text  # type: ignore[union-attr]
    assert ITEM in offered(page(send(plain, filled_in(soup))), "eligible")


HOSTILE = [
    "9" * 190,
    "9" * 5000,
    "-1",
    "1e9",
    "NaN",
    "٣",
    "\x00",
    "１２３万元",
    "%s",
    "{{7*7}}",
    "'; DROP TABLE items; --",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_are_answered_in_every_field(text: str) -> None:
    names = [
        f"f.{name}" + (".2023" if fact.yearly else "") for name, fact in bundled().facts.items() if not fact.formula
    ]
    for kind, record in bundled().records.items():
        names += [f"f.{kind}.0.{field}" for field in record.fields]
    form = read_form([(name, [text]) for name in names], bundled())
    assert set(form.errors) <= set(names)
    assert not form.unknown


NAMES = (
    "f.region f.zones f.zones.none f.project.none f.project.0.kind f.project.77.kind f.project.x.kind f.revenue.2023 "
    "f.revenue.before_2021 f.revenue.before_ f.revenue. f. f.. name csrf_token f.industry f.industry.code credit_code "
    "f.project.999999999.kind f.project.0.plan_lists.none"
)
names = st.sampled_from(NAMES.split())


@given(
    st.dictionaries(names, st.lists(st.text(max_size=20) | st.sampled_from(["1", "610602", "C", "新建"]), max_size=3))
)
def test_reading_what_was_kept_reads_the_same(sent: dict[str, list[str]]) -> None:
    form = read_form(sent.items(), bundled())
    again = read_form(form.typed.items(), bundled())
    assert again == replace(form, unknown=())


def test_a_huge_body_is_refused(plain: FlaskClient) -> None:
    response = plain.post("/check", data={"name": "x" * 10_000_000})
    assert response.status_code == 413
    assert "提交的内容太多" in response.text
    assert_guarded(response)


def test_too_many_posts_are_refused_and_reading_goes_on(url: str) -> None:
    for app in serving(Settings(url, posts="2 per minute")):
        client = app.test_client()
        codes = [client.post("/check", data={}).status_code for _ in range(3)]
        assert codes == [400, 400, 429]
        response = client.post("/check/edit", data={})
        assert response.status_code == 429
        assert "提交得太频繁" in response.text
        assert_guarded(response)
        assert client.get("/check").status_code == 200


def test_without_sample_mode_no_enterprise_is_reachable(plain: FlaskClient, sample: FlaskClient) -> None:
    code = samples()[0].credit_code
    assert sample.get(f"/check?sample={code}").status_code == 200
    assert plain.get(f"/check?sample={code}").status_code == 404
    for response in (
        plain.get("/"),
        send(plain, {"sample": str(code)}),
        send(plain, {"sample": str(code)}, "/check/edit"),
    ):
        assert response.status_code == 200
        assert "示例" not in response.text
        assert str(code) not in response.text


def test_sample_mode_shows_made_up_enterprises_only(sample: FlaskClient) -> None:
    start = sample.get("/")
    assert {option["value"] for option in page(start).select("#sample option")} == {
        each.credit_code for each in samples()
    }
    assert "企业都是虚构的" in start.text
    assert not is_sample(REAL_CODE)
    assert sample.get(f"/check?sample={REAL_CODE}").status_code == 404
    assert "真实企业" not in send(sample, {"sample": REAL_CODE}).text


def test_every_blueprint_has_a_guard_and_nothing_is_shown_without(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(callable(guard) for _, guard in PAGES)
    unguarded = Blueprint("unguarded", __name__)
    unguarded.get("/unguarded")(lambda: "secret")
    for app in serving(Settings(url)):
        assert set(app.blueprints) == {blueprint.name for blueprint, _ in PAGES}
        assert {rule.endpoint for rule in app.url_map.iter_rules() if "." not in rule.endpoint} == {"static"}
        app.register_blueprint(unguarded)
        response = app.test_client().get("/unguarded")
        assert response.status_code == 403
        assert "secret" not in response.text


class Broken:
    """A store that fails, as databases do."""

    def library(self) -> Library | None:
        raise RuntimeError("the password is 1234")

    samples: Any = library
    sample: Any = library
    ranker: Any = library
    reading: Any = library
    writing: Any = library
    look_again: Any = library


def test_what_breaks_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    broken: Stored = Broken()
    response = create_app(Settings(), broken).test_client().get("/")
    assert response.status_code == 500
    assert "系统出了问题" in response.text
    assert "1234" not in response.text
    assert "unforeseen error" in caplog.text
    assert_guarded(response)


def test_a_false_host_is_refused_where_the_true_ones_are_named(url: str) -> None:
    for app in serving(Settings(url, hosts=("huiqi.example", ".gov.example"))):
        client = app.test_client()
        for host in ("huiqi.example", "a.gov.example"):
            assert client.get("/calendar.ics", base_url=f"http://{host}").status_code == 200
        for host in ("evil.example", "huiqi.example.evil.example", "localhost"):
            response = client.get("/calendar.ics", base_url=f"http://{host}")
            assert response.status_code == 400
            assert host not in response.text


def test_cookies_are_kept_from_scripts_and_other_sites(url: str) -> None:
    for https in (False, True):
        for app in serving(Settings(url, https=https)):
            cookie = app.test_client().get("/check").headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert ("Secure" in cookie) is https


def test_facts_never_stand_in_an_address(plain: FlaskClient) -> None:
    for soup in (page(plain.get("/check")), page(send(plain, renovation("800万元")))):
        for form in soup.select("main form"):
            assert form["method"] == "post"
        assert not [link for link in soup.select("a[href]") if "f." in str(link["href"]).partition("#")[0]]


# ---------------------------------------------------------------------------- the database


def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    for app in serving(Settings(f"sqlite:///{tmp_path / 'empty.db'}")):
        for address in ("/", "/check", "/items", f"/items/{ITEM}", "/documents"):
            response = app.test_client().get(address)
            assert response.status_code == 503
            assert "huiqi setup" in response.text


def test_a_changed_library_is_seen_within_seconds(tmp_path: Path, library: Library) -> None:
    from enterprises.database import connect, writing
    from policies.tables import store_library

    url, now = f"sqlite:///{tmp_path / 'huiqi.db'}", [0.0]
    stored = Database(url, bundled(), seconds=lambda: now[0])
    assert stored.library() is None
    setup(url, sample=False)
    assert stored.library() is None
    now[0] = 5.0
    first = stored.library()
    assert first is not None
    assert ITEM in first.items
    now[0] = 10.0
    assert stored.library() is first
    engine = connect(url)
    with writing(engine) as session:
        fewer = {name: item for name, item in library.items.items() if name != ITEM}
        store_library(session, Library(library.documents, fewer, library.dictionary))
    engine.dispose()
    assert stored.library() is first
    now[0] = 15.0
    second = stored.library()
    assert second is not None
    assert ITEM not in second.items
    stored.close()


def test_the_application_starts_without_what_it_does_not_need_yet() -> None:
    heavy = ("sqlmodel", "sqlalchemy", "pydantic", "alembic", "torch", "granian")
    program = f"import sys, web.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_come_from_the_environment() -> None:
    given_key = {
        "HUIQI_SECRET_KEY": "k" * 32,
        "DATABASE_URL": "sqlite:///x.db",
        "HUIQI_HTTPS": "1",
        "HUIQI_PROXIES": "2",
    }
    settings = Settings.from_environment(sample=False, environment=given_key)
    assert (settings.secret_key, settings.database_url) == ("k" * 32, "sqlite:///x.db")
    assert (settings.https, settings.proxies, settings.sample) == (True, 2, False)
    assert "k" * 32 not in repr(settings)
    one, other = (Settings.from_environment(sample=True, environment={}) for _ in range(2))
    assert one.secret_key != other.secret_key
    assert one.day() == SAMPLE_DAY
    with pytest.raises(ValueError, match="HUIQI_PROXIES"):
        Settings.from_environment(sample=False, environment={"HUIQI_PROXIES": "两个"})


def test_today_is_the_day_in_shanghai() -> None:
    late = datetime.fromisoformat("2024-12-31T20:00:00+00:00")
    assert Settings(clock=lambda: late).day() == date(2025, 1, 1)


def test_the_greeting_says_where_and_of_samples_what_day() -> None:
    assert "http://127.0.0.1:8000/" in greeting(Settings(), "127.0.0.1", 8000)
    assert "虚构" not in greeting(Settings(), "127.0.0.1", 8000)
    said = greeting(Settings(sample=True), "::1", 9000)
    assert "http://[::1]:9000/" in said
    assert "虚构" in said
    assert "2024年6月30日" in said


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server does, which lets two share it
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0"):
            with pytest.raises(ClickException, match=f"端口 {port} 已被占用"):
                must_be_free(host, port)
    must_be_free("127.0.0.1", port)
    with pytest.raises(ClickException, match=r"不能在 no\.such\.host\.invalid 的端口 8000 上提供服务"):
        must_be_free("no.such.host.invalid", 8000)


# ---------------------------------------------------------------------- for all to read


def test_the_form_asks_what_open_items_need_and_nothing_else(plain: FlaskClient, library: Library) -> None:
    on = date(2024, 6, 30)
    needed = asked([item for item in library.published if item.window.state(on).is_open], library.dictionary)
    soup = page(plain.get("/check"))
    inputs = [str(each["name"]) for each in soup.select("input[name], select[name]")]
    shown = {name.split(".")[1] for name in inputs if name.startswith("f.")}
    assert shown == needed.facts | set(needed.fields)
    assert all(library.dictionary.facts[name].formula is None for name in needed.facts)


def test_the_layout_names_what_the_dictionary_has() -> None:
    dictionary = bundled()
    placed = [name for _, names_ in (*FIRST, *MORE) for name in names_]
    assert len(placed) == len(set(placed))
    assert set(placed) <= {*dictionary.facts, *dictionary.records}
    for kind, fields in MAIN_FIELDS.items():
        assert set(fields) <= set(dictionary.records[kind].fields)


def test_no_region_or_industry_is_missing_from_its_list(plain: FlaskClient) -> None:
    soup = page(plain.get("/check"))
    regions = {str(option["value"]) for option in soup.select('[name="f.region"] option')}
    industries = {str(option["value"]) for option in soup.select('[name="f.industry"] option')}
    assert {"610000", "610100", "610602", "611026", "110000"} <= regions
    assert {"C", "13", "30", "T"} <= industries
    assert bundled().facts["region"].kind is Kind.REGION


ADDRESSES = (
    "/",
    "/check",
    "/check?on=bad",
    "/items",
    f"/items/{ITEM}",
    "/documents",
    f"/documents/{DOCUMENT}",
    "/nowhere",
)


@pytest.mark.parametrize("address", [*ADDRESSES, "result", "wrong"])
def test_pages_are_accessible_and_need_nothing_from_elsewhere(sample: FlaskClient, address: str) -> None:
    if address == "result":
        response = sample.get(f"/check?sample={samples()[0].credit_code}&on={SAMPLE_DAY}")
    elif address == "wrong":
        response = send(sample, renovation("八百万") | {"f.employees": "x"})
    else:
        response = sample.get(address)
    soup = page(response)
    assert soup.html is not None
    assert soup.html["lang"] == "zh-CN"
    assert soup.title is not None
    assert soup.title.text.strip()
    assert len(soup.select("h1")) == 1
    assert soup.select_one("a.skip")["href"] == "#main"  # type: ignore[index]
    assert all(soup.select_one(landmark) for landmark in ("header", "nav[aria-label]", "main#main", "footer"))
    ids = [str(each["id"]) for each in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for each in soup.select("input:not([type=hidden]), select"):
        assert each.find_parent("label") or soup.select_one(f'label[for="{each.get("id")}"]'), each
    for each in soup.select("th"):
        assert each.get("scope") in ("col", "row")
    for each in soup.select("[aria-describedby]"):
        assert all(soup.find(id=name) for name in str(each["aria-describedby"]).split()), each
    assert not soup.select("script:not([src]), style, [style], iframe, object")
    assert not re.search(r"\son[a-z]+=", str(soup))
    resources = [str(each.get("src") or each.get("href")) for each in soup.select("[src], link[href]")]
    assert all(each.startswith("/static/") for each in resources)
    assert "made up" not in response.text
    assert "虚构" in soup.select_one("[role=note]").text  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def library() -> Library:
    from policies.library import bundled_library

    return bundled_library()


def test_nothing_is_known_of_an_empty_form() -> None:
    assert read_form([], bundled()).profile == EMPTY
