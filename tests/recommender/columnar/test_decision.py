"""Both evaluators give the same answer to every rule for every enterprise."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.rules import make_profiles, make_rules
from enterprises.dictionary import bundled
from enterprises.population import table_of
from enterprises.profiles import Observation, Profile, Series
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from policies.library import bundled_library
from policies.rules import All, Any, Condition, Not, Operator, Rule, Some
from recommender.columnar.decision import decide
from recommender.columnar.frame import Frame
from recommender.columnar.kernels import BLOCK_ROWS
from recommender.columnar.program import Barred, Program
from recommender.evaluation import decide as decide_one
from recommender.logic import Truth
from tests.strategies import complete_profiles, days, partial, rules

DICTIONARY = bundled()
FACTS = sorted(name for name, fact in DICTIONARY.facts.items() if fact.formula is None)


def columnar(asked: Sequence[Rule | Barred], profiles: Sequence[Profile], on: date) -> list[list[Truth]]:
    """The answers by rule and enterprise."""
    return answers_of(asked, table_of(profiles, DICTIONARY), on)


def answers_of(asked: Sequence[Rule | Barred], table: pa.Table, on: date) -> list[list[Truth]]:
    decision = decide(Program(asked, on, DICTIONARY), Frame.of(table), keep=True)
    answers: list[list[Truth]] = []
    for number in range(len(asked)):
        rows, true = decision.rows_of(number)
        assert list(rows) == sorted(rows)
        assert list(decision.rows_of(number, undetermined=False)[0]) == list(rows[true])
        assert list(decision.counts[number]) == [true.sum(), (~true).sum()]
        found = {int(row): True if sure else None for row, sure in zip(rows, true, strict=True)}
        answers.append([found.get(row, False) for row in range(table.num_rows)])
    return answers


def readable(asked: Sequence[Rule], profiles: Sequence[Profile], on: date) -> list[list[Truth]]:
    subjects = [EnterpriseOn(profile, on, DICTIONARY) for profile in profiles]
    return [[decide_one(rule, subject) for subject in subjects] for rule in asked]


@given(st.data())
def test_both_evaluators_agree(data: st.DataObject) -> None:
    asked = data.draw(st.lists(rules(DICTIONARY), min_size=1, max_size=6))
    on = data.draw(days)
    facts = data.draw(st.sets(st.sampled_from(FACTS))) | {"revenue", "industry", "employees"}
    kinds = data.draw(st.sets(st.sampled_from(sorted(DICTIONARY.records))))
    whole = [data.draw(complete_profiles(DICTIONARY, facts, kinds)) for _ in range(data.draw(st.integers(1, 3)))]
    profiles = [*whole, *(data.draw(partial(profile, DICTIONARY)) for profile in whole)]
    assert columnar(asked, profiles, on) == readable(asked, profiles, on)


def test_they_agree_on_the_library_and_the_samples() -> None:
    asked = [item.rule for item in bundled_library().published]
    assert columnar(asked, samples(), SAMPLE_DAY) == readable(asked, samples(), SAMPLE_DAY)


def test_they_agree_on_rules_that_repeat_each_other_over_several_blocks() -> None:
    asked = list(make_rules(DICTIONARY, 300).values())
    some = make_profiles(DICTIONARY, 30)
    times = 2 * BLOCK_ROWS // len(some) + 3
    table = pa.concat_tables([table_of(some, DICTIONARY)] * times).slice(0, 2 * BLOCK_ROWS + 65)
    answers = answers_of(asked, table, SAMPLE_DAY)
    for found, wanted in zip(answers, readable(asked, some, SAMPLE_DAY), strict=True):
        assert found == (wanted * times)[: table.num_rows]


def test_more_thresholds_than_a_byte_or_two_could_number() -> None:
    thresholds = [10**6 * number for number in range(1, 301)]
    asked = [Condition("revenue", Operator.FIRST_REACHES, (threshold,), 2023) for threshold in thresholds]
    asked += [Condition("revenue", Operator.AT_LEAST, (threshold,), 2023) for threshold in thresholds]
    born = {"registered_on": Observation(date(2022, 5, 1))}
    profiles = [
        Profile(facts=born, series={"revenue": Series({2022: Observation(past), 2023: Observation(now)})})
        for past, now in ((0, 10**6 - 1), (10**6, 299 * 10**6), (150 * 10**6, 10**9), (0, 300 * 10**6))
    ]
    assert columnar(asked, profiles, SAMPLE_DAY) == readable(asked, profiles, SAMPLE_DAY)


LOCAL = Condition("region", Operator.WITHIN, ("610600",))
PRIVATE = Condition("ownership", Operator.IS, ("民营",))
GONE = Condition("operating_status", Operator.IN, ("注销", "吊销未注销"))


@pytest.mark.parametrize(
    "rule",
    [All(()), Any(()), Some(3, (LOCAL, PRIVATE)), Not(All(())), All((Not(LOCAL), Any((Not(PRIVATE), All(())))))],
    ids=["all of none", "any of none", "three of two", "not all of none", "not in any"],
)
def test_rules_at_the_edge_of_sense(rule: Rule) -> None:
    assert columnar([rule], samples(), SAMPLE_DAY) == readable([rule], samples(), SAMPLE_DAY)


def test_who_is_known_to_be_gone_is_barred_and_nobody_else() -> None:
    options = DICTIONARY.facts["operating_status"].values
    profiles = [Profile(facts={"operating_status": Observation(option)}) for option in options] + [Profile()]
    (answers,) = columnar([Barred(All(()), GONE)], profiles, SAMPLE_DAY)
    assert answers == [option not in ("注销", "吊销未注销") for option in options] + [True]
    (undetermined,) = columnar([Barred(PRIVATE, GONE)], profiles, SAMPLE_DAY)
    assert undetermined == [None if answer else False for answer in answers]
