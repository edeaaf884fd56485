"""Dials: nothing changes between two positions, everything that changes is a position, and nothing is kept."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import EMPTY, Observation, Profile, Record, Series
from enterprises.samples import SAMPLE_DAY, samples
from policies.benefits import Brackets, Per, Range, Rate, formulas
from policies.library import Library, bundled_library
from recommender.effect import effect
from recommender.explanation import Explanation, explain
from recommender.match import Match
from recommender.what_if import MOST_ABOVE, MOST_BELOW, Dial, assume, dials

WAN = 10**6
"""1 万元, in 分."""


@cache
def library() -> Library:
    return bundled_library()


@cache
def explained(number: int) -> tuple[Explanation, tuple[Dial, ...]]:
    explanation = explain(library(), samples()[number], SAMPLE_DAY)
    return explanation, dials(explanation)


TURNED = [number for number in range(len(samples())) if explained(number)[1]]


def at(explanation: Explanation, dial: Dial, value: int | Fraction) -> Explanation:
    return explain(library(), assume(explanation.profile, {dial.ref: value}), explanation.on)


def state(explanation: Explanation) -> dict[str, object]:
    """What may not change between two positions: what is eligible or open, and amounts that go by no rate."""
    return {match.item.id: (match.verdict, _amount(match)) for match in explanation.matches if match.offered}


def _amount(match: Match) -> object:
    moving = (Rate, Brackets, Per, Range)
    if match.award is None or any(isinstance(part, moving) for part in formulas(match.item.benefit)):
        return None
    return match.award.low, match.award.high


@given(st.data())
def test_nothing_changes_between_two_positions(data: st.DataObject) -> None:
    explanation, turned = explained(data.draw(st.sampled_from(TURNED)))
    dial = data.draw(st.sampled_from(turned))
    place = data.draw(st.integers(0, len(dial.positions) - 2))
    low, high = (int(str(each.value)) for each in dial.positions[place : place + 2])
    between = data.draw(st.integers(low, high - 1) | st.sampled_from([high - 1]))
    assert state(at(explanation, dial, between)) == state(at(explanation, dial, low))


@pytest.mark.parametrize("number", TURNED)
def test_every_position_but_the_present_one_changes_something(number: int) -> None:
    explanation, turned = explained(number)
    for dial in turned:
        assert len(dial.positions) - 1 <= MOST_ABOVE + MOST_BELOW
        values = [each.value for each in dial.positions]
        assert values == sorted(set(values))
        for place, position in enumerate(dial.positions):
            if place == dial.present:
                assert (position.gained, position.lost) == (frozenset(), frozenset())
                continue
            here, below = (at(explanation, dial, value) for value in (position.value, dial.before(position)))  # type: ignore[arg-type]
            assert effect(below, here).is_nothing is False or state(here) != state(below)


@pytest.mark.parametrize("number", TURNED)
def test_what_a_position_says_is_gained_is_gained(number: int) -> None:
    explanation, turned = explained(number)
    for dial in turned:
        for position in dial.positions:
            found = effect(explanation, at(explanation, dial, position.value))  # type: ignore[arg-type]
            assert {match.item.id for match in found.gained} == position.gained
            assert {match.item.id for match in found.lost} == position.lost


def renovation(investment: int, revenue: int = 0) -> Profile:
    facts: dict[str, int | str] = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "30"}
    project = {"kind": Observation("技术改造"), "fixed_asset_investment": Observation(investment)}
    series = {"revenue": Series({2021: Observation(revenue)})} if revenue else {}
    told = {name: Observation(value) for name, value in facts.items()}
    return replace(EMPTY, facts=told, records={"project": (Record("project", project),)}, series=series)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_threshold_is_a_position_from_both_sides(off: int) -> None:
    """一百万元以上: 1 分 below it is a position away, at it and above it is there."""
    item, on = "yanan-2023-private-economy.15", date(2024, 6, 30)
    explanation = explain(library(), renovation(100 * WAN + off), on)
    dial = next(each for each in dials(explanation) if each.ref.name == "fixed_asset_investment")
    position = next(each for each in dial.positions if each.value == 100 * WAN)
    assert (item in position.gained) is (off < 0)
    assert not position.beyond
    assert (100 * WAN - 1 in {each.value for each in dial.positions}) is (off < 0)
    cap = next(each for each in dial.positions if each.value == 1000 * WAN)
    worth = {match.item.id: match.award for match in at(explanation, dial, int(str(cap.value))).eligible}[item]
    assert worth is not None
    assert worth.low == 100 * WAN


def test_the_past_and_the_unknown_have_no_dial() -> None:
    explanation = explain(library(), renovation(500 * WAN, revenue=10**9 * 100), date(2024, 6, 30))
    assert {dial.ref.name for dial in dials(explanation)} == {"fixed_asset_investment"}
    assert dials(explain(library(), EMPTY, date(2024, 6, 30))) == ()


def test_a_dial_ends_where_its_positions_end() -> None:
    _, turned = explained(TURNED[0])
    for dial in turned:
        assert dial.at(0) == dial.positions[dial.present]
        assert dial.at(99) == dial.positions[-1]
        assert dial.at(-99) == dial.positions[0]


def test_only_changeable_numbers_are_dials() -> None:
    dictionary = bundled()
    for number in TURNED:
        for dial in explained(number)[1]:
            assert dictionary.fact(dial.ref.name, dial.ref.record).changeable


def test_an_effect_says_what_is_different() -> None:
    on = date(2024, 6, 30)
    few, many = (explain(library(), renovation(each * WAN), on) for each in (50, 800))
    found = effect(few, many)
    assert "多了 1 项可以享受" in found.text
    assert "合计增加 80万元" in found.text
    back = effect(many, few)
    assert "少了 1 项可以享受" in back.text
    assert "合计减少 80万元" in back.text
    assert back.certain == -found.certain
    assert effect(many, many).is_nothing
    assert effect(many, many).text == "结果没有变化。"
