"""A rulebook gives what judging rule by rule gives, less the rules that are false, and asks no more than it must."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.rules import ON, make_profiles, make_rules
from enterprises import industries, regions
from enterprises.dictionary import Dictionary, bundled
from enterprises.profiles import EMPTY, Observation, Profile, read_facts
from enterprises.readings import EnterpriseOn, Reading
from policies.library import bundled_library
from policies.rules import All, Any, Cite, Condition, Not, Operator, Rule
from recommender.evaluation import Evidence, judge
from recommender.rulebook import Rulebook
from tests import strategies

DAY = date(2024, 6, 30)
YANAN, BAOTA, XIAN, SHAANXI = "610600", "610602", "610100", "610000"
ENTERPRISE = Condition("entity_kind", Operator.IS, ("企业",))
DISHONEST = Condition("seriously_dishonest", Operator.IS, (True,))

_FACTS = ("region", "industry", "entity_kind", "registered_on", "revenue", "rd_intensity", "size", "zones")
FEW = Dictionary(
    {name: bundled().facts[name] for name in (*_FACTS, "employees", "total_assets", "rd_expense")},
    {"project": bundled().records["project"]},
)
"""Few facts, so that random rules ask the same things."""


def one_by_one(rules: Mapping[str, Rule], subject: EnterpriseOn) -> list[tuple[str, Evidence]]:
    judged = [(name, judge(rule, subject)) for name, rule in rules.items()]
    return [(name, evidence) for name, evidence in judged if evidence.truth is not False]


def within(fact: str, *codes: str) -> Condition:
    return Condition(fact, Operator.WITHIN, codes)


def firm(**facts: object) -> Profile:
    return Profile(facts={name: Observation(value) for name, value in facts.items()})  # type: ignore[arg-type]


def names(rules: Mapping[str, Rule], profile: Profile) -> list[str]:
    return [name for name, _ in Rulebook(rules).judge_all(EnterpriseOn(profile, DAY, bundled()))]


class Watched(EnterpriseOn):
    """An enterprise that counts what it is asked."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile, DAY, bundled())
        self.asked: Counter[str] = Counter()

    def read(self, name: str, year: int | None = None) -> Reading:
        self.asked[name] += 1
        return super().read(name, year)


# ------------------------------------------------------------------------------------------- the same as one by one


@st.composite
def books(draw: st.DrawFn) -> dict[str, Rule]:
    """Rules made of few parts, many of them shared; some rules are one big ``all``, as real ones are."""
    parts = draw(st.lists(strategies.rules(FEW, most=3), min_size=1, max_size=5))
    some = st.lists(st.sampled_from(parts), min_size=1, max_size=4).map(tuple)
    nested = some.map(All).flatmap(lambda rule: some.map(lambda others: All((rule, *others))))
    rules = draw(st.lists(some.map(All) | nested | some.map(Any) | st.sampled_from(parts), max_size=8))
    return {str(number): rule for number, rule in enumerate(rules)}


@given(data=st.data(), rules=books(), on=strategies.days)
def test_it_gives_what_judging_rule_by_rule_gives(data: st.DataObject, rules: dict[str, Rule], on: date) -> None:
    everything = {name for name, fact in FEW.facts.items() if fact.formula is None}
    complete = data.draw(strategies.complete_profiles(FEW, everything, set(FEW.records)))
    partial = data.draw(strategies.partial(complete, FEW).flatmap(strategies.observed))
    book = Rulebook(rules)
    for profile in (complete, partial, EMPTY):
        subject = EnterpriseOn(profile, on, FEW)
        assert book.judge_all(subject) == one_by_one(rules, subject)


@pytest.mark.parametrize("fact", ["region", "industry"])
def test_no_code_strikes_out_more_or_less_than_it_must(fact: str) -> None:
    codes = {
        "region": [region.code for region in regions.regions()] + ["440305"],
        "industry": [each.code for each in industries.industries() if each.level != "group" or each.code[0] == "7"],
    }[fact]
    rules: dict[str, Rule] = {code: within(fact, code) for code in codes}
    rules |= {f"{one} or {other}": within(fact, one, other) for one, other in zip(codes, codes[7:], strict=False)}
    book = Rulebook(rules)
    for code in [*codes, None]:
        subject = EnterpriseOn(firm(**{fact: code}) if code else EMPTY, DAY, bundled())
        assert book.judge_all(subject) == one_by_one(rules, subject)


def test_it_agrees_on_the_bundled_library_for_the_enterprises_of_its_examples() -> None:
    library = bundled_library()
    rules = {item.id: item.rule for item in library.published}
    book = Rulebook(rules)
    for item in library.published:
        example = item.examples[0]
        subject = EnterpriseOn(read_facts(example.given, library.dictionary), example.on, library.dictionary)
        assert book.judge_all(subject) == one_by_one(rules, subject)


def test_it_agrees_on_the_library_that_is_measured() -> None:
    rules = make_rules(bundled())
    book = Rulebook(rules)
    for profile in make_profiles(bundled(), 8):
        subject = EnterpriseOn(profile, ON, bundled())
        assert book.judge_all(subject) == one_by_one(rules, subject)


# ------------------------------------------------------------------------------------------------------- what is left


def test_what_is_true_or_unknown_is_left_in_the_order_of_the_book() -> None:
    rules: dict[str, Rule] = {
        "unknown": All((within("region", YANAN), Not(DISHONEST))),
        "false": All((within("region", XIAN), Not(DISHONEST))),
        "true": All((ENTERPRISE, within("region", YANAN))),
    }
    left = Rulebook(rules).judge_all(EnterpriseOn(firm(region=BAOTA, entity_kind="企业"), DAY, bundled()))
    assert [(name, evidence.truth) for name, evidence in left] == [("unknown", None), ("true", True)]


def test_a_code_too_coarse_to_tell_strikes_out_only_what_it_rules_out() -> None:
    rules: dict[str, Rule] = {code: within("region", code) for code in (SHAANXI, YANAN, BAOTA, XIAN, "610102")}
    assert names(rules, firm(region=YANAN)) == [SHAANXI, YANAN, BAOTA]


def test_an_enterprise_of_which_nothing_is_known_keeps_every_rule_that_asks_something() -> None:
    rules = make_rules(bundled(), 200)
    assert names(rules, EMPTY) == list(rules)


def test_a_book_without_rules_leaves_nothing() -> None:
    assert names({}, firm(region=BAOTA)) == []


def test_each_rule_shows_its_own_place_in_the_paper() -> None:
    cited = replace(ENTERPRISE, cite=Cite("二（三）", 12))
    left = Rulebook({"one": ENTERPRISE, "other": cited}).judge_all(EnterpriseOn(EMPTY, DAY, bundled()))
    assert [evidence.rule for _, evidence in left] == [ENTERPRISE, cited]


def test_nothing_is_remembered_of_the_enterprise_before() -> None:
    book = Rulebook({"rule": All((ENTERPRISE, Not(DISHONEST)))})
    first, second = firm(entity_kind="企业", seriously_dishonest=False), firm(entity_kind="企业")
    for profile, truth in ((first, True), (second, None), (first, True)):
        ((_, evidence),) = book.judge_all(EnterpriseOn(profile, DAY, bundled()))
        assert evidence.truth is truth


# ------------------------------------------------------------------------------------------------------ what it asks


def test_what_many_rules_demand_is_asked_once() -> None:
    thresholds = range(1, 101)
    rules: dict[str, Rule] = {
        str(number): All((Not(DISHONEST), ENTERPRISE, Condition("employees", Operator.AT_LEAST, (number,))))
        for number in thresholds
    }
    subject = Watched(firm(entity_kind="企业", employees=1000, seriously_dishonest=False))
    assert len(Rulebook(rules).judge_all(subject)) == len(thresholds)
    assert subject.asked == {"entity_kind": 1, "seriously_dishonest": 1, "employees": len(thresholds)}


def test_what_one_rule_says_and_another_implies_is_asked_once() -> None:
    subject = Watched(firm(region=BAOTA))
    book = Rulebook({code: within("region", code) for code in (BAOTA, YANAN, SHAANXI)})
    assert [name for name, _ in book.judge_all(subject)] == [BAOTA, YANAN, SHAANXI]
    assert subject.asked == {"region": 3}


def test_an_enterprise_from_elsewhere_is_asked_once_where_it_is_and_nothing_else() -> None:
    counties = [county.code for city in regions.children(SHAANXI) for county in regions.children(city.code)]
    rules: dict[str, Rule] = {
        county: All((Condition("employees", Operator.AT_LEAST, (number,)), within("region", county)))
        for number, county in enumerate(counties)
    }
    subject = Watched(firm(region="440305", employees=1000))
    assert Rulebook(rules).judge_all(subject) == []
    assert subject.asked == {"region": 1}
