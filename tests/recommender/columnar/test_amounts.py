"""Amounts by column are the amounts that the readable evaluator computes one by one."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.population import table_of
from enterprises.profiles import Observation, Profile, Series
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from policies.benefits import Benefit, Brackets, Fixed, ForEach, HighestOf, Per, Quantity, Rate, Sum
from policies.library import bundled_library
from policies.rules import All, Any, Rule
from recommender.awards import award
from recommender.columnar.amounts import Formula
from recommender.columnar.frame import Frame
from recommender.columnar.program import Program
from tests.strategies import any_records, benefits, complete_profiles, days, partial, rules

DICTIONARY = bundled()
FACTS = sorted(name for name, fact in DICTIONARY.facts.items() if fact.formula is None)
KINDS = sorted(DICTIONARY.records)

Amounts = list[tuple[int, int | None, bool]]


def columnar(benefit: Benefit, rule: Rule, profiles: Sequence[Profile], on: date) -> Amounts:
    frame = Frame.of(table_of(profiles, DICTIONARY))
    # Backwards, as the rows that are asked for are any of the frame's.
    rows = np.arange(len(profiles))[::-1]
    worth = Formula(benefit, rule, Program((rule,), on, DICTIONARY)).worth(frame, rows)
    found = zip(worth.low, worth.high, worth.bounded, worth.priced, strict=True)
    return [(int(low), int(high) if bounded else None, bool(priced)) for low, high, bounded, priced in found][::-1]


def readable(benefit: Benefit, rule: Rule, profiles: Sequence[Profile], on: date) -> Amounts:
    awards = [award(benefit, rule, EnterpriseOn(profile, on, DICTIONARY)) for profile in profiles]
    return [(one.low, one.high, one.priced) for one in awards]


@given(st.data())
def test_both_compute_the_same_amounts(data: st.DataObject) -> None:
    kind = DICTIONARY.records[data.draw(st.sampled_from(KINDS))]
    benefit, rule = data.draw(benefits(DICTIONARY.facts)), data.draw(rules(DICTIONARY))
    on = data.draw(days)
    profiles = data.draw(known_in_part({kind.name}))
    assert columnar(benefit, rule, profiles, on) == readable(benefit, rule, profiles, on)


@given(st.data())
def test_both_compute_the_same_amounts_for_records(data: st.DataObject) -> None:
    kind = DICTIONARY.records[data.draw(st.sampled_from(KINDS))]
    asked = data.draw(any_records(kind))
    each = ForEach(kind.name, data.draw(benefits(kind.fields)))
    other = Fixed(data.draw(st.integers(0, 10**9)))
    several: list[Benefit] = [each, Sum((each, other)), HighestOf((each, other))]
    shapes: list[Rule] = [asked, All((asked,)), Any((asked, All(())))]
    benefit, rule = data.draw(st.sampled_from(several)), data.draw(st.sampled_from(shapes))
    on = data.draw(days)
    profiles = data.draw(known_in_part({kind.name}))
    assert columnar(benefit, rule, profiles, on) == readable(benefit, rule, profiles, on)


@st.composite
def known_in_part(draw: st.DrawFn, kinds: set[str]) -> list[Profile]:
    """Enterprises of which all is known, the same known in part, and one of which nothing is."""
    facts = draw(st.sets(st.sampled_from(FACTS))) | {"revenue", "industry", "employees"}
    whole = [draw(complete_profiles(DICTIONARY, facts, kinds)) for _ in range(draw(st.integers(1, 3)))]
    return [*whole, *(draw(partial(profile, DICTIONARY)) for profile in whole), Profile()]


def test_they_agree_on_the_library_and_the_samples() -> None:
    for item in bundled_library().published:
        profiles = [*samples(), Profile()]
        found = columnar(item.benefit, item.rule, profiles, SAMPLE_DAY)
        assert found == readable(item.benefit, item.rule, profiles, SAMPLE_DAY), item.id


def test_constants_are_what_every_row_has() -> None:
    for item in bundled_library().published:
        constant = Formula(item.benefit, item.rule, Program((item.rule,), SAMPLE_DAY, DICTIONARY)).constant
        if constant is not None:
            assert set(readable(item.benefit, item.rule, samples(), SAMPLE_DAY)) == {constant}


@pytest.mark.parametrize(
    "benefit",
    [
        Rate(DICTIONARY.facts["revenue_growth"].parse("99.9999999%"), Quantity("revenue", 2023)),  # type: ignore[arg-type]
        Brackets(Quantity("revenue", 2023), ((None, DICTIONARY.facts["revenue_growth"].parse("99.9999999%")),)),  # type: ignore[arg-type]
        Per("元", 10**10, Quantity("power_capacity")),
    ],
    ids=["rate", "brackets", "per"],
)
def test_large_figures_are_exact_or_refused_and_never_cut_off(benefit: Benefit) -> None:
    def profile(figure: int) -> Profile:
        seen = Observation(figure)
        return Profile(facts={"power_capacity": seen}, series={"revenue": Series({2023: seen})})

    for figure in (10**6, 10**8, 2**61, 2**62):
        exact = readable(benefit, All(()), [profile(figure)], SAMPLE_DAY)
        try:
            assert columnar(benefit, All(()), [profile(figure)], SAMPLE_DAY) == exact
        except OverflowError:
            assert figure > 10**6
