"""What once got through: answers that were too kind, ways that led nowhere, and mistakes that ended in a traceback."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.source_text import Problem, from_plain
from policies.items import read_item
from policies.library import bundled_library
from policies.rule_text import read_rule
from recommender.evaluation import Evidence, judge
from recommender.explanation import explain
from recommender.match import Match, Verdict, match
from web.app import create_app
from web.cli import main
from web.fact_form import read_form
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
    page = BeautifulSoup(client.post("/check", data={"csrf_token": first["value"], **answers}).text, "html.parser")
    assert page.select_one("#next select[name='f.region']") is not None
    sent = sent_by(page)
    assert {name: sent[name] for name in answers} == {name: [value] for name, value in answers.items()}
    finer = client.post("/check", data={**sent, "f.region": ["610602"]})
    assert finer.status_code == 200
    found = BeautifulSoup(finer.text, "html.parser")
    assert found.select_one(".card.eligible a[href$='yanan-2023-private-economy.15']") is not None


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


@pytest.mark.parametrize("charset", ["ascii", "gbk"])
def test_a_terminal_without_our_characters_loses_nothing(profile: Path, charset: str) -> None:
    runner = CliRunner(charset=charset)
    assert runner.invoke(main, ["check", str(profile), "--on", "2024-06-30"]).exit_code == 0
    assert runner.invoke(main, ["check", str(profile), "--on", "2024-06-30", "--json"]).exit_code == 0
