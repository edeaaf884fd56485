"""The readable evaluator: no answer ever turns round as more becomes known; limits are where the law puts them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enterprises.dictionary import Kind, bundled
from enterprises.profiles import EMPTY, Observation, Profile, read_facts
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.source_text import from_plain
from policies.rule_text import read_rule
from policies.rules import Condition, Operator, Rule, conditions
from recommender.evaluation import check, decide, judge
from recommender.logic import Truth
from tests import strategies

DICTIONARY = bundled()
RULES = strategies.rules(DICTIONARY)
ON = date(2024, 6, 30)


def rule_of(plain: dict[str, Any]) -> Rule:
    return read_rule(from_plain(plain, "rule"), DICTIONARY)


def facts_of(**plain: Any) -> Profile:
    return read_facts(from_plain(plain, "facts"), DICTIONARY)


def asked(plain: dict[str, Any], on: date = ON, **facts: Any) -> Truth:
    """The answer to a rule for an enterprise of which just ``facts`` are known."""
    return decide(rule_of(plain), EnterpriseOn(facts_of(**facts), on, DICTIONARY))


def missing(plain: dict[str, Any], on: date = ON, **facts: Any) -> tuple[FactRef, ...]:
    return judge(rule_of(plain), EnterpriseOn(facts_of(**facts), on, DICTIONARY)).missing()


@st.composite
def complete_and_partial(draw: st.DrawFn, rule: Rule) -> tuple[Profile, Profile]:
    complete = draw(strategies.complete_profiles(DICTIONARY, *strategies.names_of(rule, DICTIONARY)))
    return complete, draw(strategies.partial(complete, DICTIONARY))


# -------------------------------------------------------------------- properties


@settings(max_examples=200)
@given(st.data(), RULES, strategies.days)
def test_learning_never_turns_an_answer_round(data: st.DataObject, rule: Rule, on: date) -> None:
    complete, partial = data.draw(complete_and_partial(rule))
    known = decide(rule, EnterpriseOn(partial, on, DICTIONARY))
    assert known is None or known is decide(rule, EnterpriseOn(complete, on, DICTIONARY))


@settings(max_examples=100)
@given(st.data(), RULES, strategies.days)
def test_the_short_answer_is_the_one_with_the_evidence(data: st.DataObject, rule: Rule, on: date) -> None:
    _, partial = data.draw(complete_and_partial(rule))
    subject = EnterpriseOn(partial, on, DICTIONARY)
    evidence = judge(rule, subject)
    assert decide(rule, subject) is evidence.truth
    assert evidence.rule == rule


@settings(max_examples=200)
@given(st.data(), RULES, strategies.days)
def test_what_is_missing_settles_the_answer(data: st.DataObject, rule: Rule, on: date) -> None:
    """Nothing is missing just where it is settled, and told all that is missing, again and again, it gets settled.

    Only growth or a share over nothing, and whether an enterprise counted by qualification is above scale, stay open.
    """
    complete, profile = data.draw(complete_and_partial(rule))
    for _ in range(60):
        evidence = judge(rule, EnterpriseOn(profile, on, DICTIONARY))
        if evidence.truth is not None:
            assert evidence.missing() == ()
        if not evidence.missing():
            break
        for ref in evidence.missing():
            profile = strategies.learn(profile, ref, complete)
    final = decide(rule, EnterpriseOn(profile, on, DICTIONARY))
    assert final is decide(rule, EnterpriseOn(complete, on, DICTIONARY))
    assert final is not None or any(may_stay_open(condition) for condition in conditions(rule))


def may_stay_open(condition: Condition) -> bool:
    formula = DICTIONARY.facts[condition.fact].formula
    quotient = formula is not None and formula.name in ("growth_of", "share", "above_scale")
    return quotient or condition.operator is Operator.GREW_BY


@settings(max_examples=200)
@given(st.data(), RULES, strategies.days)
def test_what_is_missing_is_not_known_yet_or_only_coarsely(data: st.DataObject, rule: Rule, on: date) -> None:
    _, partial = data.draw(complete_and_partial(rule))
    for ref in judge(rule, EnterpriseOn(partial, on, DICTIONARY)).missing():
        if ref.record is not None:
            known: Mapping[str, Observation] = partial.records[ref.record][ref.number or 0].fields
        else:
            known = partial.facts
        kind = DICTIONARY.fact(ref.name, ref.record).kind if ref.name not in DICTIONARY.records else None
        assert ref.name not in known or (kind is not None and kind in (Kind.REGION, Kind.INDUSTRY))


@given(st.data(), RULES, strategies.days)
def test_the_evidence_rests_only_on_what_is_known(data: st.DataObject, rule: Rule, on: date) -> None:
    _, partial = data.draw(complete_and_partial(rule))
    for used in judge(rule, EnterpriseOn(partial, on, DICTIONARY)).used():
        assert used.observation in strategies.observations(partial)


@settings(max_examples=50)
@given(RULES, strategies.days)
def test_of_nothing_known_anything_can_be_asked(rule: Rule, on: date) -> None:
    subject = EnterpriseOn(EMPTY, on, DICTIONARY)
    assert decide(rule, subject) is judge(rule, subject).truth


# -------------------------------------------------------------------- limits: one below, exactly, one above


@pytest.mark.parametrize(
    ("operator", "limit", "answers"),
    [
        ("at_least", "100万元", (False, True, True)),
        ("more_than", "100万元", (False, False, True)),
        ("at_most", "100万元", (True, True, False)),
        ("less_than", "100万元", (True, False, False)),
        ("is", "100万元", (False, True, False)),
        ("between", ["100万元", "200万元"], (False, True, True)),
        ("between", ["50万元", "100万元"], (True, True, False)),
    ],
)
def test_money(operator: str, limit: Any, answers: tuple[bool, ...]) -> None:
    three = ("999999.99元", "100万元", "1000000.01元")
    found = tuple(asked({"total_assets": {operator: limit}}, total_assets=assets) for assets in three)
    assert found == answers


@pytest.mark.parametrize(
    ("operator", "limit", "answers"),
    [
        ("at_least", 100, (False, True, True)),
        ("more_than", 100, (False, False, True)),
        ("at_most", 100, (True, True, False)),
        ("less_than", 100, (True, False, False)),
        ("is", 100, (False, True, False)),
        ("in", [100, 101], (False, True, True)),
        ("between", [100, 101], (False, True, True)),
        ("between", [98, 100], (True, True, False)),
    ],
)
def test_counts(operator: str, limit: Any, answers: tuple[bool, ...]) -> None:
    assert tuple(asked({"employees": {operator: limit}}, employees=count) for count in (99, 100, 101)) == answers


@pytest.mark.parametrize(
    ("operator", "limit", "answers"),
    [
        ("since", "2024-02-29", (False, True, True)),
        ("at_least", "2024-02-29", (False, True, True)),
        ("more_than", "2024-02-29", (False, False, True)),
        ("until", "2024-02-29", (True, True, False)),
        ("at_most", "2024-02-29", (True, True, False)),
        ("before", "2024-02-29", (True, False, False)),
        ("less_than", "2024-02-29", (True, False, False)),
        ("is", "2024-02-29", (False, True, False)),
        ("between", ["2024-02-29", "2024-03-01"], (False, True, True)),
    ],
)
def test_dates(operator: str, limit: Any, answers: tuple[bool, ...]) -> None:
    days = ("2024-02-28", "2024-02-29", "2024-03-01")
    assert tuple(asked({"registered_on": {operator: limit}}, registered_on=day) for day in days) == answers


@pytest.mark.parametrize(
    ("operator", "limit", "answers"),
    [
        ("at_least", "5%", (False, True, True)),
        ("more_than", "5%", (False, False, True)),
        ("at_most", "5%", (True, True, False)),
        ("less_than", "5%", (True, False, False)),
        ("is", "5%", (False, True, False)),
        ("between", ["5%", "6%"], (False, True, True)),
    ],
)
def test_ratios_are_exact(operator: str, limit: Any, answers: tuple[bool, ...]) -> None:
    """Research expense of 5% of the revenue, give or take one 分: no binary float could tell them apart."""
    rule = {"rd_intensity": {operator: limit}}
    spent = ("499999999.99元", "500000000元", "500000000.01元")
    found = tuple(asked(rule, revenue={2023: "100亿元"}, rd_expense={2023: expense}) for expense in spent)
    assert found == answers


@pytest.mark.parametrize(("figure", "answer"), [("11999.99元", False), ("12000元", True), ("12000.01元", True)])
def test_grew_by(figure: str, answer: bool) -> None:
    figures = {2022: "10000元", 2023: figure}
    assert asked({"revenue": {"grew_by": "20%"}}, revenue=figures) is answer
    assert asked({"revenue_growth": {"at_least": "20%"}}, revenue=figures) is answer


def test_growth_over_nothing_has_no_meaning() -> None:
    for rule in ({"revenue": {"grew_by": "20%"}}, {"revenue_growth": {"at_least": "20%"}}):
        assert asked(rule, revenue={2022: "0元", 2023: "1亿元"}) is None
        assert missing(rule, revenue={2022: "0元", 2023: "1亿元"}) == ()
        assert missing(rule, revenue={2023: "1亿元"}) == (FactRef("revenue", 2022),)


def test_a_year_is_counted_from_the_day_of_the_question() -> None:
    figures = {2022: "1元", 2023: "2元", 2024: "3元"}
    for year, figure in (("last", "2元"), ("this", "3元"), ("2022", "1元")):
        assert asked({"revenue": {"is": figure, "year": year}}, revenue=figures) is True
    assert asked({"revenue": {"is": "3元"}}, on=date(2025, 1, 1), revenue=figures) is True
    assert asked({"revenue": {"is": "2元"}}, on=date(2024, 12, 31), revenue=figures) is True


def test_years_since_registration_are_full_on_the_anniversary() -> None:
    rule = {"years_registered": {"at_least": 3}}
    answers = [asked(rule, on=date(2024, 6, day), registered_on="2021-06-15") for day in (14, 15, 16)]
    assert answers == [False, True, True]
    leap = [asked({"years_registered": {"at_least": 1}}, on=on, registered_on="2020-02-29") for on in LEAP]
    assert leap == [False, True]


LEAP = (date(2021, 2, 28), date(2021, 3, 1))


@pytest.mark.parametrize(("employees", "answer"), [(299, "小型"), (300, "中型"), (301, "中型")])
def test_size_class(employees: int, answer: str) -> None:
    known: dict[str, Any] = {"industry": "3011", "employees": employees, "revenue": {2023: "3亿元"}}
    assert asked({"size": {"is": answer}}, **known) is True


def test_size_class_is_known_as_soon_as_only_one_is_left() -> None:
    assert asked({"size": {"is": "微型"}}, industry="3011", employees=5) is True
    assert asked({"size": {"in": ["小型", "微型"]}}, industry="3011", employees=100) is True
    assert asked({"size": {"is": "微型"}}, industry="3011", employees=100) is None
    assert missing({"size": {"is": "微型"}}, industry="3011", employees=100) == (FactRef("revenue", 2023),)


@pytest.mark.parametrize(("revenue", "answer"), [("19999999.99元", False), ("2000万元", True), ("20000000.01元", True)])
def test_above_scale(revenue: str, answer: bool) -> None:
    assert asked({"above_scale": {"is": "是"}}, industry="3011", revenue={2023: revenue}) is answer


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ({"zones": {"has": "秦创原"}}, (True, False, None)),
        ({"zones": {"has_any": ["秦创原", "县域园区"]}}, (True, False, None)),
        ({"not": {"zones": {"has": "秦创原"}}}, (False, True, None)),
    ],
)
def test_sets(rule: dict[str, Any], answers: tuple[Truth, ...]) -> None:
    found = (asked(rule, zones=["秦创原", "自由贸易试验区"]), asked(rule, zones=[]), asked(rule))
    assert found == answers


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ({"five_above": {"is": "是"}}, (True, False, None)),
        ({"five_above": {"is": "否"}}, (False, True, None)),
    ],
)
def test_flags(rule: dict[str, Any], answers: tuple[Truth, ...]) -> None:
    assert (asked(rule, five_above="是"), asked(rule, five_above="否"), asked(rule)) == answers


# -------------------------------------------------------------------- codes that nest


@pytest.mark.parametrize(
    ("fact", "operand", "answers"),
    [
        (
            "region",
            {"within": "610602"},
            {"610602": True, "610603": False, "610600": None, "610000": None, "610800": False},
        ),
        ("region", {"within": "610600"}, {"610602": True, "610600": True, "610000": None, "440305": False}),
        ("region", {"within": ["610602", "610603"]}, {"610602": True, "610600": None, "610722": False}),
        ("industry", {"within": "13"}, {"1311": True, "13": True, "C": None, "14": False, "F": False}),
        ("industry", {"within": ["B", "C", "D"]}, {"1311": True, "C": True, "51": False}),
    ],
)
def test_codes(fact: str, operand: dict[str, Any], answers: dict[str, Truth]) -> None:
    """A code too coarse to tell leaves it open, and a finer one is what is missing."""
    for code, answer in answers.items():
        known: dict[str, Any] = {fact: code}
        assert asked({fact: operand}, **known) is answer, code
        assert missing({fact: operand}, **known) == ((FactRef(fact),) if answer is None else ()), code


def test_an_industry_too_coarse_for_a_size_class_or_the_scale_is_missing() -> None:
    known: dict[str, Any] = {"industry": "F", "employees": 15, "revenue": {2023: "600万元"}, "total_assets": "1亿元"}
    for rule in ({"size": {"is": "小型"}}, {"above_scale": {"is": "是"}}):
        assert asked(rule, **known) is None
        assert missing(rule, **known) == (FactRef("industry"),)


# -------------------------------------------------------------------- records


def test_one_record_must_meet_all_of_it() -> None:
    rule = {
        "any_record": {
            "of": "project",
            "where": {"all": [{"kind": {"is": "新建"}}, {"fixed_asset_investment": {"at_least": "100万元"}}]},
        }
    }
    small_new = {"kind": "新建", "fixed_asset_investment": "60万元"}
    large_old = {"kind": "其他", "fixed_asset_investment": "200万元"}
    assert asked(rule, project=[small_new, large_old]) is False
    assert asked(rule, project=[small_new, large_old, {"kind": "新建", "fixed_asset_investment": "100万元"}]) is True
    assert asked(rule, project=[small_new, {"kind": "新建"}]) is None
    assert missing(rule, project=[small_new, {"kind": "新建"}]) == (
        FactRef("fixed_asset_investment", None, "project", 1),
    )
    assert asked(rule, project=[]) is False
    assert missing(rule) == (FactRef("project"),)


def test_so_many_records() -> None:
    rule = {"any_record": {"of": "project", "where": {"kind": {"is": "新建"}}, "at_least": 2}}
    unknown: dict[str, str] = {}
    new, other = {"kind": "新建"}, {"kind": "其他"}
    assert [asked(rule, project=some) for some in ([new, new], [new, unknown], [new, other], [unknown, other])] == [
        True,
        None,
        False,
        False,
    ]


# -------------------------------------------------------------------- reached for the first time

FIRST = {"revenue": {"first_reaches": "10亿元"}}


def first(figures: dict[Any, str], on: date = ON, **facts: Any) -> Truth:
    return asked(FIRST, on=on, revenue=figures, **facts)


@pytest.mark.parametrize(("figure", "answer"), [("999999999.99元", False), ("10亿元", True), ("1000000000.01元", True)])
def test_reaching_it_is_enough(figure: str, answer: bool) -> None:
    assert first({"before": "9.9亿元", 2023: figure}) is answer
    assert first({"before": figure, 2023: "11亿元"}) is not answer


def test_it_counts_once() -> None:
    figures = {2021: "6亿元", 2022: "9.5亿元", 2023: "10.2亿元", 2024: "12亿元"}
    asked_in = {year: first(figures, date(year, 6, 30), registered_on="2021-03-01") for year in (2023, 2024, 2025)}
    assert asked_in == {2023: False, 2024: True, 2025: False}


def test_a_dip_and_a_return_do_not_count_again() -> None:
    figures = {2021: "11亿元", 2022: "9亿元", 2023: "12亿元"}
    assert first(figures, registered_on="2021-03-01") is False


def test_an_unknown_year_in_between_leaves_it_open_and_is_named() -> None:
    known: dict[str, Any] = {
        "revenue": {2020: "3亿元", 2022: "9.5亿元", 2023: "10.2亿元"},
        "registered_on": "2020-05-20",
    }
    assert asked(FIRST, **known) is None
    assert missing(FIRST, **known) == (FactRef("revenue", 2021),)


def test_years_before_the_first_one_known_leave_it_open_and_are_named() -> None:
    known: dict[str, Any] = {"revenue": {2022: "9亿元", 2023: "10.5亿元"}}
    assert missing(FIRST, **known) == (FactRef("revenue", "before_2022"),)
    assert missing(FIRST, **known, registered_on="2019-01-01") == (FactRef("revenue", "before_2022"),)
    assert missing(FIRST, registered_on="2019-01-01") == (FactRef("revenue", 2023), FactRef("revenue", "before_2023"))


@pytest.mark.parametrize(("registered", "answer"), [("2021-12-31", None), ("2022-01-01", True), ("2022-12-31", True)])
def test_an_enterprise_registered_in_the_first_year_known_has_no_years_before(registered: str, answer: Truth) -> None:
    assert first({2022: "9亿元", 2023: "10.5亿元"}, registered_on=registered) is answer


def test_registered_in_the_year_itself() -> None:
    assert first({2023: "11亿元"}, registered_on="2023-02-01") is True


def test_before_says_what_was_before() -> None:
    assert first({"before": "8亿元", 2022: "9亿元", 2023: "10.5亿元"}) is True
    assert first({"before": "12亿元", 2022: "9亿元", 2023: "10.5亿元"}) is False
    assert first({"before_2020": "8亿元", 2022: "9亿元", 2023: "10.5亿元"}) is None
    assert first({"before_2024": "8亿元"}) is False
    assert first({"before_2024": "12亿元"}) is None


def test_what_is_unknown_does_not_matter_where_it_is_settled_anyway() -> None:
    assert first({2023: "9亿元"}) is False
    assert first({2019: "10亿元"}) is False


def test_one_of_several_thresholds_is_enough() -> None:
    rule = {"revenue": {"first_reaches": ["10亿元", "30亿元"]}}
    assert asked(rule, revenue={"before": "12亿元", 2023: "31亿元"}) is True
    assert asked(rule, revenue={"before": "31亿元", 2023: "32亿元"}) is False
    assert asked(rule, revenue={"before": "12亿元", 2023: "15亿元"}) is False


@given(st.integers(0, 10**12), st.integers(1, 10**12))
@example(10**11, 10**11)
def test_reached_by_the_only_year_there_is(figure: int, threshold: int) -> None:
    profile = facts_of(registered_on="2023-01-01").with_fact("revenue", Observation(figure), 2023)
    condition = Condition("revenue", Operator.FIRST_REACHES, (threshold,), 2023)
    assert check(condition, EnterpriseOn(profile, ON, DICTIONARY)).truth is (figure >= threshold)
