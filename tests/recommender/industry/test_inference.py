"""An inferred industry gives way to whoever says it, and never confirms anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from enterprises.credit_code import complete
from enterprises.dictionary import Kind, Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from enterprises.source_text import read_yaml
from enterprises.statements import RANKS, Statement, merge
from policies.items import Item
from policies.rule_text import read_rule
from recommender.industry.classifier import load_classifier
from recommender.industry.inference import infer_industry, percent
from recommender.match import Verdict, match
from recommender.question import questions
from tests.made_up_item import made_up_item

ON = date(2024, 6, 30)
SEEN = date(2023, 5, 4)
CODE = complete("91610602MAHQ90000")
DICTIONARY = bundled()
CLASSIFIER = load_classifier()
PHARMACY = "许可项目：药品零售；第三类医疗器械经营。一般项目：保健食品（预包装）销售"


def told(scope: str | None, source: Source = Source.REGISTER, name: str | None = "惠民大药房有限公司") -> Profile:
    facts = {} if scope is None else {"business_scope": Observation(scope, source, SEEN)}
    return Profile(CODE, name, facts)


def inferred(profile: Profile) -> Statement:
    statement = infer_industry(profile, CLASSIFIER, ON)
    assert statement is not None
    return statement


def merged(*statements: Statement) -> Profile:
    return merge([replace(each, number=number) for number, each in enumerate(statements, 1)], DICTIONARY).profile


def item(rule: str, benefit: str = "{fixed: 10万元}") -> Item:
    return made_up_item(read_rule(read_yaml(rule, "test"), DICTIONARY), benefit, DICTIONARY)


RETAIL = '{industry: {within: ["52"]}}'


def test_it_is_the_weakest_of_all_sources() -> None:
    assert min(RANKS.values()) == RANKS[Source.INFERRED]
    assert not Source.INFERRED.grants_money
    assert list(RANKS.values()).count(RANKS[Source.INFERRED]) == 1


def test_a_scope_gives_an_inferred_statement_with_its_probability() -> None:
    statement = inferred(told(PHARMACY))
    assert statement.profile == Profile(CODE, facts={"industry": Observation("525", Source.INFERRED, SEEN)})
    assert (statement.source, statement.received_on) == (Source.INFERRED, ON)
    assert CLASSIFIER.version in statement.origin
    assert "把握 9" in statement.origin


@pytest.mark.parametrize("source", [Source.REGISTER, Source.STATISTICS, Source.TAX, Source.DECLARED])
def test_where_somebody_says_it_nothing_is_inferred(source: Source) -> None:
    known = told(PHARMACY).with_fact("industry", Observation("62", source))
    assert infer_industry(known, CLASSIFIER, ON) is None


def test_what_was_inferred_before_may_be_inferred_anew() -> None:
    known = told(PHARMACY).with_fact("industry", Observation("62", Source.INFERRED))
    assert inferred(known) == inferred(told(PHARMACY))


@pytest.mark.parametrize(
    "profile", [told(None), told("😀"), told("trade", name="ABC"), replace(told(PHARMACY), credit_code=None)]
)
def test_without_a_telling_scope_nothing_is_inferred(profile: Profile) -> None:
    assert infer_industry(profile, CLASSIFIER, ON) is None


def test_the_day_on_which_it_is_inferred_makes_no_other_claim() -> None:
    one, other = inferred(told(PHARMACY)), infer_industry(told(PHARMACY), CLASSIFIER, date(2025, 1, 1))
    assert other is not None
    assert replace(other, received_on=ON) == one


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("source", [Source.REGISTER, Source.STATISTICS, Source.DECLARED])
def test_merged_it_fills_a_gap_and_gives_way(source: Source, first: bool) -> None:
    guess, scope = inferred(told(PHARMACY)), Statement(told(PHARMACY), Source.REGISTER, ON, "登记")
    assert merged(scope, guess).facts["industry"].source is Source.INFERRED
    better = Statement(Profile(CODE, facts={"industry": Observation("62", source)}), source, ON, "另一来源")
    order = (scope, better, guess) if first else (scope, guess, better)
    assert merged(*order).facts["industry"] == Observation("62", source)


def test_a_match_that_only_it_would_settle_is_undetermined() -> None:
    """Neither eligible nor ineligible: a guess decides nothing."""
    guessed = merged(Statement(told(PHARMACY), Source.REGISTER, ON, "登记"), inferred(told(PHARMACY)))
    registered = guessed.with_fact("industry", Observation("525", Source.REGISTER))
    for rule, settled in ((RETAIL, Verdict.ELIGIBLE), (f"{{not: {RETAIL}}}", Verdict.INELIGIBLE)):
        found = match(item(rule), EnterpriseOn(guessed, ON, DICTIONARY))
        assert (found.verdict, [ref.name for ref in found.missing]) == (Verdict.UNDETERMINED, ["industry"])
        assert match(item(rule), EnterpriseOn(registered, ON, DICTIONARY)).verdict is settled


@pytest.mark.parametrize(
    "rule",
    [
        RETAIL,
        '{not: {industry: {within: ["C"]}}}',
        '{any: [{industry: {within: ["52"]}}, {employees: {at_least: 1000}}]}',
        "{size: {in: [小型, 微型]}}",
        "{size: {in: [大型]}}",
    ],
)
def test_nothing_is_decided_otherwise_than_without_it(rule: str) -> None:
    """Neither directly nor by a negation, an alternative, or the size class that is derived from the industry."""
    figures = {"employees": Observation(10, Source.STATISTICS), "total_assets": Observation(10**8, Source.STATISTICS)}
    known = replace(told(PHARMACY), facts={**told(PHARMACY).facts, **figures})
    known = known.with_fact("revenue", Observation(10**9, Source.STATISTICS), 2023)
    guessed = known.with_fact("industry", Observation("525", Source.INFERRED))
    without, with_it = (match(item(rule), EnterpriseOn(profile, ON, DICTIONARY)) for profile in (known, guessed))
    assert with_it == without


def test_no_rule_asks_for_the_scope_itself() -> None:
    """It is what the industry is inferred from: a rule on its words would be a meaning that decides."""
    from policies.library import bundled_library
    from policies.rules import conditions

    assert DICTIONARY.facts["business_scope"].kind is Kind.TEXT
    asked = {asked.fact for one in bundled_library().items.values() for asked in conditions(one.rule)}
    assert "business_scope" not in asked
    assert "industry" in asked


def test_it_is_asked_for_and_the_question_says_what_was_inferred() -> None:
    guessed = merged(Statement(told(PHARMACY), Source.REGISTER, ON, "登记"), inferred(told(PHARMACY)))
    plain, hinted = (
        questions([match(item(RETAIL), EnterpriseOn(profile, ON, DICTIONARY))], DICTIONARY, profile)[0]
        for profile in (told(PHARMACY), guessed)
    )
    assert plain.ref == hinted.ref
    assert hinted.text.startswith(plain.text)
    assert "系统推断是" in hinted.text
    assert "医药" in hinted.text
    assert "请核对" in hinted.text


@pytest.mark.parametrize(
    ("probability", "said"), [(0.0, "1%"), (0.004, "1%"), (0.93, "93%"), (0.994, "99%"), (1.0, "99%")]
)
def test_nothing_inferred_is_said_to_be_certain(probability: float, said: str) -> None:
    assert percent(probability) == said
