"""The most useful question comes first, and asking goes on until nothing is undetermined."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any as Plain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind
from enterprises.profiles import EMPTY, Observation, Profile, Record, read_facts
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.source_text import read_yaml
from policies.items import Item, Window
from policies.rule_text import read_rule
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some
from recommender.match import Match, Verdict, match
from recommender.question import Question, questions
from tests.made_up_item import made_up_item

ON = date(2024, 6, 30)


def _fact(name: str, label: str, kind: Kind, question: str, **more: Plain) -> Fact:
    return Fact(name, label, kind, question=question, **more)


_FACTS = (
    _fact("registered_on", "成立日期", Kind.DATE, "成立日期是哪一天？"),
    _fact("ownership", "所有制", Kind.ENUM, "企业是民营还是国有？", values=("民营", "国有")),
    _fact("employees", "从业人数", Kind.COUNT, "现在有多少从业人员？", unit="人"),
    _fact("revenue", "营业收入", Kind.MONEY, "这一年的营业收入是多少？", yearly=True),
    _fact("audited", "经过审计", Kind.FLAG, "报表经过审计吗？", yearly=True),
    _fact("zones", "园区", Kind.SET, "在哪些园区？", values=("高新区", "经开区")),
)
_FIELDS = (
    _fact("name", "项目名称", Kind.TEXT, "项目叫什么名字？"),
    _fact("kind", "类型", Kind.ENUM, "项目是技改还是新建？", values=("技改", "新建")),
    _fact("investment", "固定资产投资", Kind.MONEY, "项目的固定资产投资是多少？"),
)
DICTIONARY = Dictionary(
    {fact.name: fact for fact in _FACTS},
    {"project": RecordKind("project", "投资项目", "project", "有哪些项目？", {field.name: field for field in _FIELDS})},
)


def _item(rule: Rule, benefit: str) -> Item:
    return made_up_item(rule, benefit, DICTIONARY)


def _match(rule: str, benefit: str = "{fixed: 10万元}", profile: Profile = EMPTY) -> Match:
    item = _item(read_rule(read_yaml(rule, "test"), DICTIONARY), benefit)
    return match(item, EnterpriseOn(profile, ON, DICTIONARY))


def _profile(facts: str) -> Profile:
    return read_facts(read_yaml(facts, "test"), DICTIONARY)


_PRIVATE = "{ownership: {is: 民营}}"
_MANY = "{employees: {at_least: 10}}"
_IN_ZONE = "{zones: {has: 高新区}}"


def _names(found: tuple[Question, ...]) -> list[str]:
    return [question.ref.name for question in found]


def test_money_first_shared_among_what_an_item_misses() -> None:
    found = questions(
        [
            _match(f"{{all: [{_PRIVATE}, {_MANY}]}}", "{fixed: 10万元}"),
            _match(_PRIVATE, "{service: 培训}"),
            _match(_IN_ZONE, "{fixed: 6万元}"),
        ],
        DICTIONARY,
    )
    assert [(q.ref.name, q.settles, q.helps, q.money, q.unbounded) for q in found] == [
        ("zones", 1, 1, 6_000_000, False),
        ("ownership", 1, 2, 5_000_000, False),
        ("employees", 0, 1, 5_000_000, False),
    ]


def test_then_what_settles_more_then_what_helps_more_then_what_is_unbounded_then_the_name() -> None:
    free, rate = "{service: 培训}", "{rate: 1%, of: revenue}"
    both = f"{{all: [{_PRIVATE}, {_MANY}]}}"
    assert _names(questions([_match(both, free), _match(both, free), _match(_IN_ZONE, free)], DICTIONARY)) == [
        "zones",
        "employees",
        "ownership",
    ]
    three = [_match(both, free), _match(f"{{all: [{_IN_ZONE}, {_PRIVATE}]}}", free)]
    assert _names(questions(three, DICTIONARY)) == ["ownership", "employees", "zones"]
    unbounded = [_match(_IN_ZONE, rate), _match(_MANY, free)]
    assert [(q.ref.name, q.unbounded) for q in questions(unbounded, DICTIONARY)] == [
        ("zones", True),
        ("employees", False),
    ]


def test_the_order_of_the_matches_does_not_matter() -> None:
    matches = [_match(f"{{all: [{_PRIVATE}, {_MANY}]}}"), _match(_IN_ZONE, "{fixed: 5万元}"), _match(_MANY)]
    assert questions(matches, DICTIONARY) == questions(matches[::-1], DICTIONARY)


def test_nothing_is_asked_for_what_is_settled_or_not_on_offer() -> None:
    settled = _match(_PRIVATE, profile=_profile("{ownership: 国有}"))
    waiting = _match(_PRIVATE)
    over = replace(waiting, window=Window(date(2020, 1, 1), date(2021, 1, 1)).state(ON))
    assert questions([settled, over], DICTIONARY) == ()


@pytest.mark.parametrize(
    ("rule", "facts", "label", "text"),
    [
        (_PRIVATE, "{}", "所有制", "企业是民营还是国有？"),
        (
            "{revenue: {at_least: 1亿元, year: 2022}}",
            "{}",
            "2022 年营业收入",
            "2022 年的营业收入是多少？",
        ),
        ("{audited: {is: 是}}", "{}", "2023 年经过审计", "2023 年：报表经过审计吗？"),
        (
            "{revenue: {first_reaches: 1亿元}}",
            "{revenue: {2021: 5000万元, 2022: 6000万元, 2023: 2亿元}}",
            "2021 年以前营业收入的最高值",
            "2021 年以前，营业收入最高的一年是多少？（当时还没有成立请填 0）",
        ),
        ("{any_record: {of: project, where: {kind: {is: 技改}}}}", "{}", "投资项目", "有哪些项目？"),
        (
            "{any_record: {of: project, where: {kind: {is: 技改}}}}",
            "{project: [{kind: 新建}, {name: 二期}]}",
            "投资项目 2 的类型",
            "投资项目 2（二期）：项目是技改还是新建？",
        ),
        (
            "{any_record: {of: project, where: {investment: {at_least: 100万元}}}}",
            "{project: [{kind: 新建}]}",
            "投资项目 1 的固定资产投资",
            "投资项目 1：项目的固定资产投资是多少？",
        ),
    ],
)
def test_what_is_asked(rule: str, facts: str, label: str, text: str) -> None:
    profile = _profile(facts)
    (question,) = questions([_match(rule, profile=profile)], DICTIONARY, profile)
    assert (question.label, question.text) == (label, text)


# ---------------------------------------------- asking until everything is settled

_amount = st.integers(1, 12).map(lambda number: number * 100_000_000)
_answers: dict[str, st.SearchStrategy[Plain]] = {
    "registered_on": st.dates(date(2019, 1, 1), date(2021, 12, 31)),  # not after a year whose figure is asked for
    "ownership": st.sampled_from(["民营", "国有"]),
    "employees": st.integers(0, 20),
    "revenue": _amount,
    "audited": st.booleans(),
    "zones": st.frozensets(st.sampled_from(["高新区", "经开区"])),
    "kind": st.sampled_from(["技改", "新建"]),
    "investment": _amount,
}
_years = st.sampled_from([RelativeYear.LAST, 2022])


def _condition(
    name: str, operator: Operator, values: st.SearchStrategy[Plain], **more: st.SearchStrategy[Plain]
) -> st.SearchStrategy[Rule]:
    return st.builds(Condition, st.just(name), st.just(operator), values.map(lambda value: (value,)), **more)


_invested = _condition("investment", Operator.AT_LEAST, _amount)
_technical = _condition("kind", Operator.IS, _answers["kind"])
_leaves = st.one_of(
    _condition("ownership", Operator.IS, _answers["ownership"]),
    _condition("employees", Operator.AT_LEAST, _answers["employees"]),
    _condition("zones", Operator.HAS, st.sampled_from(["高新区", "经开区"])),
    _condition("registered_on", Operator.SINCE, _answers["registered_on"]),
    _condition("revenue", Operator.MORE_THAN, _amount, year=_years),
    _condition("revenue", Operator.FIRST_REACHES, _amount, year=_years),
    _condition("revenue", Operator.GREW_BY, st.fractions(0, 1, max_denominator=10), year=_years),
    st.builds(
        AnyRecord,
        st.just("project"),
        st.one_of(_invested, st.tuples(_invested, _technical).map(All)),
        st.integers(1, 2),
    ),
)


def _grow(parts: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        several.map(All),
        several.map(Any),
        parts.map(Not),
        several.flatmap(lambda chosen: st.builds(Some, st.integers(1, len(chosen)), st.just(chosen))),
    )


_libraries = st.lists(
    st.tuples(
        st.recursive(_leaves, _grow, max_leaves=5),
        st.sampled_from(["{fixed: 10万元}", "{service: 培训}", "{rate: 1%, of: revenue, cap: 50万元}"]),
    ),
    min_size=1,
    max_size=5,
)


def _answered(data: st.DataObject, ref: FactRef, profile: Profile) -> Profile:
    """The profile with any answer to the question, which for a record kind may leave fields open."""
    if ref.record is not None and ref.number is not None:
        return profile.with_record_field(ref.record, ref.number, ref.name, Observation(data.draw(_answers[ref.name])))
    if ref.name in DICTIONARY.records:
        fields = {name: _answers[name].map(Observation) for name in ("kind", "investment")}
        listed = data.draw(st.lists(st.fixed_dictionaries({}, optional=fields), max_size=2))
        records = tuple(Record(ref.name, given_fields) for given_fields in listed)
        return replace(profile, records={**profile.records, ref.name: records})
    return profile.with_fact(ref.name, Observation(data.draw(_answers[ref.name])), ref.year)


@settings(max_examples=60)
@given(_libraries, st.data())
def test_answers_settle_and_never_unsettle(library: list[tuple[Rule, str]], data: st.DataObject) -> None:
    items = [_item(rule, benefit) for rule, benefit in library]

    def matches(profile: Profile) -> list[Match]:
        subject = EnterpriseOn(profile, ON, DICTIONARY)
        return [match(item, subject) for item in items]

    profile = EMPTY
    found = matches(profile)
    asked: set[FactRef] = set()
    while waiting := questions(found, DICTIONARY, profile):
        ref = waiting[0].ref
        assert ref not in asked
        asked.add(ref)
        profile = _answered(data, ref, profile)
        after = matches(profile)
        assert _undetermined(after) <= _undetermined(found)
        found = after
    assert not _undetermined(found)


def _undetermined(matches: list[Match]) -> set[int]:
    return {number for number, match in enumerate(matches) if match.verdict is Verdict.UNDETERMINED}
