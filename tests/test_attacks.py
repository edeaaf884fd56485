"""What once got through: answers that were too kind, ways that led nowhere, and mistakes that ended in a traceback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from flask.testing import FlaskClient

from enterprises.database import connect, migrate, writing
from enterprises.dictionary import bundled
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.source_text import Problem, from_plain
from policies.items import read_item
from policies.library import bundled_library
from policies.rule_text import read_rule
from policies.tables import Summary, store_library
from recommender.combination import best_combination
from recommender.evaluation import Evidence, judge
from recommender.explanation import explain
from recommender.match import Match, Verdict, match
from web.app import create_app
from web.checkup.fact_form import read_form
from web.cli.main import main
from web.settings import Settings
from web.setup import setup
from web.stored import Database

DAY = date(2024, 6, 30)
PLATFORM_AWARD = "yanan-2023-private-economy.23"
FIRST = {"revenue": {"first_reaches": "10亿元"}}


def an_enterprise(**facts: Any) -> EnterpriseOn:
    return EnterpriseOn(read_facts(from_plain(facts, "facts"), bundled()), DAY, bundled())


def asked(rule: dict[str, Any], **facts: Any) -> Evidence:
    return judge(read_rule(from_plain(rule, "rule"), bundled()), an_enterprise(**facts))


def matched(who: dict[str, Any], benefit: dict[str, Any], **facts: Any) -> Match:
    """The match of an item of the bundled library with another rule and benefit."""
    item = bundled_library().items["yanan-2023-private-economy.15"]
    source = from_plain({**item.source, "who": who, "benefit": benefit}, "item")
    return match(read_item(source, item.document, bundled()), an_enterprise(**facts))


def registered(value: str) -> dict[str, str]:
    """A value from a register, on which money may be granted."""
    return {"value": value, "source": "register"}


# ------------------------------------------------------------------------------------------------ a wrong yes


@pytest.mark.parametrize("unknown", ["不清楚", None])
def test_the_highest_figure_before_says_nothing_of_a_year_that_is_listed_as_unknown(unknown: str | None) -> None:
    found = asked(FIRST, revenue={"before": "5亿元", "2021": unknown, "2022": "9亿元", "2023": "11亿元"})
    assert (found.truth, found.missing()) == (None, (FactRef("revenue", 2021),))


def test_the_day_of_registration_does_not_vouch_for_a_predecessor() -> None:
    figures = {"2022": "9亿元", "2023": "11亿元"}
    found = asked(FIRST, revenue=figures, registered_on="2024-01-02")
    assert (found.truth, found.missing()) == (None, (FactRef("revenue", "before_2022"),))
    assert asked(FIRST, revenue={**figures, "before": "0"}, registered_on="2024-01-02").truth is True
    assert asked(FIRST, revenue={"2021": "0", **figures}, registered_on="2022-12-31").truth is True


GREEN = {"any_record": {"of": "recognition", "where": {"all": [{"title": {"is": "绿色工厂"}}]}}}


def test_money_for_each_record_is_confirmed_only_if_each_record_is() -> None:
    benefit = {"for_each": "recognition", "fixed": "20万元"}
    sure, typed = {"title": registered("绿色工厂")}, {"title": "绿色工厂"}
    one, both = (matched(GREEN, benefit, recognition=records) for records in ([sure], [sure, typed]))
    assert one.verdict is both.verdict is Verdict.ELIGIBLE
    assert (one.unconfirmed, both.unconfirmed) == (False, True)
    # What the rule turns down is not paid for, and one is enough for what is paid once.
    assert not matched(GREEN, benefit, recognition=[sure, {"title": "高新技术企业"}]).unconfirmed
    assert not matched(GREEN, {"fixed": "20万元"}, recognition=[sure, typed]).unconfirmed


def test_a_tier_reached_for_the_first_time_is_confirmed_only_with_its_history() -> None:
    here = {"region": {"within": "610600"}}
    benefit = {"tiers": {"on": "revenue", "first_reaches": {"10亿元": "10万元"}}}
    for past, unconfirmed in (("5亿元", True), (registered("5亿元"), False)):
        figures = {"2023": registered("11亿元"), "before_2023": past}
        found = matched(here, benefit, region=registered("610602"), revenue=figures)
        assert (found.verdict, found.unconfirmed) == (Verdict.ELIGIBLE, unconfirmed)


@pytest.mark.parametrize(
    "written",
    [
        PLATFORM_AWARD,
        f" {PLATFORM_AWARD}\u3000",
        PLATFORM_AWARD.replace(".", "．"),
        PLATFORM_AWARD.replace("economy", "ecnomy"),
        "延安民营经济方案三（六）第 23 条。平台奖励 v1.0",
        "中小企业服务平台、小微双创基地认定奖励",
    ],
)
def test_however_what_was_received_is_written_it_is_not_promised_again(written: str) -> None:
    award = "中小企业公共服务示范平台"
    facts = {
        "region": "610602",
        "recognition": [{"title": award, "level": "省级", "recognized_on": "2024-03-01", "first_time": "是"}],
        "received": [{"item": written, "amount": "10万元", "paid_on": "2024-04-01", "object": award}],
    }
    explanation = explain(bundled_library(), an_enterprise(**facts).profile, DAY)
    assert PLATFORM_AWARD in {found.item.id for found in explanation.eligible}
    assert explanation.certain.total == 0


RENOVATION = "yanan-2023-private-economy.15"
MILESTONES = "yanan-2023-private-economy.33"
PRIVATE_INDUSTRY = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "3011"}
LINE_ONE = {"kind": "技术改造", "fixed_asset_investment": "800万元", "name": "一号线 A"}


@pytest.mark.parametrize(
    ("received", "certain", "possible"),
    [
        ({}, False, True),
        ({"object": "一号线ａ"}, False, False),
        ({"object": "二号线"}, True, True),
        ({"object": "一号线a", "paid_on": "2024-07-01"}, True, True),
    ],
    ids=["not said for which project", "for this one", "for another one", "only later"],
)
def test_what_may_have_been_paid_already_is_not_certain(
    received: dict[str, str], certain: bool, possible: bool
) -> None:
    facts = {**PRIVATE_INDUSTRY, "project": [LINE_ONE], "received": [{"item": RENOVATION, **received}]}
    explanation = explain(bundled_library(), an_enterprise(**facts).profile, DAY)
    kept = [
        RENOVATION in {one.claim.item.id for one in combination.kept}
        for combination in (explanation.certain, explanation.possible)
    ]
    assert kept == [certain, possible]


@pytest.mark.parametrize(
    ("paid_on", "total"), [(None, 0), ("2024-01-01", 0), ("2023-12-31", 10**7), ("2024-07-01", 10**7)]
)
def test_what_is_paid_once_a_year_counts_for_its_year(paid_on: str | None, total: int) -> None:
    revenue = {"before": "8亿元", "2022": "9.5亿元", "2023": "10亿元"}
    facts = {**PRIVATE_INDUSTRY, "revenue": revenue, "received": [{"item": MILESTONES, "paid_on": paid_on}]}
    assert explain(bundled_library(), an_enterprise(**facts).profile, DAY).certain.total == total


def test_a_statement_about_others_says_nothing_of_the_item_itself() -> None:
    """Less what other levels paid, and yet not twice."""
    item = bundled_library().items[RENOVATION]
    stacking = [{"operator": "net", "object": "project", "reach": "other_levels"}]
    net = read_item(from_plain({**item.source, "stacking": stacking}, "item"), item.document, bundled())
    facts = {**PRIVATE_INDUSTRY, "project": [LINE_ONE], "received": [{"item": RENOVATION, "object": "一号线A"}]}
    subject = an_enterprise(**facts)
    certain, possible = best_combination([match(net, subject)], subject)
    assert (certain.total, possible.total) == (0, 0)


# ------------------------------------------------------------------------------------------------ two at once


def test_two_who_store_the_library_at_once_wait_for_each_other(database_url: str) -> None:
    engine, library = connect(database_url), bundled_library()

    def store() -> Summary:
        with writing(engine) as session:
            return store_library(session, library)

    try:
        migrate(engine)
        with ThreadPoolExecutor(1) as other:
            with writing(engine) as session:
                first = store_library(session, library)
                second = other.submit(store)
                wait([second], timeout=0.5)
            assert (first.added, second.result().unchanged) == (len(library.items), len(library.items))
    finally:
        engine.dispose()


# --------------------------------------------------------------------------------- ways that led nowhere, pages


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    url = f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'huiqi.db'}"
    setup(url, sample=False)
    stored = Database(url, bundled())
    yield create_app(Settings(url, posts="1000 per minute"), stored).test_client()
    stored.close()


def sent_by(page: BeautifulSoup) -> dict[str, list[str]]:
    """What a browser sends of the form that carries the next question."""
    sent: dict[str, list[str]] = {}
    for each in page.select("#state input, input[form=state], select[form=state]"):
        for value in _values(each):
            sent.setdefault(str(each["name"]), []).append(value)
    return sent


def _values(element: Tag) -> list[str]:
    if element.name == "select":
        return [str(option["value"]) for option in element.select("option[selected]")]
    ticked = element.get("type") not in ("checkbox", "radio") or element.has_attr("checked")
    return [str(element.get("value", ""))] if ticked else []


def test_a_coarse_answer_can_be_made_finer_in_the_question(client: FlaskClient) -> None:
    first = BeautifulSoup(client.get("/check").text, "html.parser").select_one("[name=csrf_token]")
    assert first is not None
    answers = {
        **{
            "f.region": "610000",
            "f.entity_kind": "企业",
            "f.ownership": "民营",
            "f.industry": "30",
            "on": "2024-06-30",
        },
        **{"f.project.0.kind": "技术改造", "f.project.0.fixed_asset_investment": "800万元"},
    }
    told = client.post("/check", data={"csrf_token": first["value"], **answers}, follow_redirects=True)
    page = BeautifulSoup(told.text, "html.parser")
    assert page.select_one("#next select[name='f.region']") is not None
    sent = sent_by(page)
    assert {name: sent[name] for name in answers} == {name: [value] for name, value in answers.items()}
    finer = client.post("/check", data={**sent, "f.region": ["610602"]}, follow_redirects=True)
    assert finer.status_code == 200
    found = BeautifulSoup(finer.text, "html.parser")
    assert found.select_one(".card.eligible a[href$='yanan-2023-private-economy.15']") is not None


@pytest.mark.parametrize(
    ("typed", "shown"), [("2024年6月3日", "2024-06-03"), ("2024-6-3", "2024-06-03"), ("去年", "去年")]
)
def test_a_day_is_shown_as_browsers_take_it(client: FlaskClient, typed: str, shown: str) -> None:
    """They show any other text as nothing, and send nothing in its place."""
    first = BeautifulSoup(client.get("/check").text, "html.parser").select_one("[name=csrf_token]")
    assert first is not None
    sent = {"csrf_token": first["value"], "f.registered_on": typed, "on": "2024-06-30"}
    page = BeautifulSoup(client.post("/check/edit", data=sent, follow_redirects=True).text, "html.parser")
    field = page.select_one("input[name='f.registered_on']")
    assert field is not None
    assert (field["value"], field["type"]) == (shown, "text" if shown == typed else "date")


@pytest.mark.parametrize("year", ["0000", "0203", "9999", "before_0000"])
def test_no_enterprise_has_figures_of_a_year_that_is_none(year: str) -> None:
    with pytest.raises(Problem):
        an_enterprise(revenue={year: "5元"})
    assert read_form([(f"f.revenue.{year}", ["5元"])], bundled()).unknown == (f"f.revenue.{year}",)


@pytest.mark.parametrize("name", ["name", "f.project.0.name", "f.received.0.object"])
def test_what_no_file_may_hold_no_form_may_say(name: str) -> None:
    """Else the file of the result could not be computed again."""
    for text in ("甲\x00乙", "甲\x1b[31m乙", "甲\ud800乙"):
        assert list(read_form([(name, [text])], bundled()).errors) == [name]
    assert not read_form([(name, ["甲乙"])], bundled()).errors


# ------------------------------------------------------------------------------------------------ the terminal


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "某 企业.json"
    path.write_text('{"name": "某企业", "facts": {"region": "610602"}}', encoding="utf-8")
    return path


def test_a_result_that_cannot_be_saved_says_so(profile: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["check", str(profile), "--save", str(tmp_path / "没有" / "结果.json")])
    assert (found.exit_code, type(found.exception)) == (1, SystemExit)
    assert "结果存不到" in found.output


def test_a_saved_result_in_another_encoding_is_refused(tmp_path: Path) -> None:
    saved = tmp_path / "结果.json"
    saved.write_bytes("惠企".encode("gbk"))
    found = CliRunner().invoke(main, ["recheck", str(saved)])
    assert (found.exit_code, type(found.exception)) == (2, SystemExit)
    assert "不是 UTF-8 编码" in found.output


def test_what_is_no_saved_result_is_refused_in_words(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = CliRunner().invoke(main, ["recheck", "a" * 300])
    assert (found.exit_code, type(found.exception)) == (2, SystemExit)
    assert "没有文件" in found.output

    def unreadable(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", unreadable)
    found = CliRunner().invoke(main, ["recheck", str(profile)])
    assert (found.exit_code, type(found.exception)) == (2, SystemExit)
    assert "读不出来" in found.output


def test_a_command_with_a_dot_is_named_whole() -> None:
    assert "没有命令 'profile.json'。" in CliRunner().invoke(main, ["profile.json"]).output


@pytest.mark.parametrize("charset", ["ascii", "gbk"])
def test_a_terminal_without_our_characters_loses_nothing(profile: Path, charset: str) -> None:
    runner = CliRunner(charset=charset)
    assert runner.invoke(main, ["check", str(profile), "--on", "2024-06-30"]).exit_code == 0
    assert runner.invoke(main, ["check", str(profile), "--on", "2024-06-30", "--json"]).exit_code == 0
