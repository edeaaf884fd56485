"""Narrowing down, and counting what each choice would leave."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.search.entries import Entry, Kind
from recommender.search.filters import Choice, Columns, Filters
from tests.made_up_entries import ON, entry

WAN = 10_000 * 100
DAY = timedelta(days=1)


def passing(entries: list[Entry], filters: Filters, on: date = ON) -> list[str]:
    mask = Columns(entries).mask(filters, on)
    return [each.id for each, passes in zip(entries, mask, strict=True) if passes]


def test_nothing_asked_narrows_nothing() -> None:
    assert passing([entry("a", "甲"), entry("b", "乙", category=None, delivery=None)], Filters()) == ["a", "b"]


def test_both_ends_of_a_window_count() -> None:
    days = [ON - DAY, ON, ON + DAY, ON + 2 * DAY]
    assert [bool(passing([entry("a", "甲", opens=ON, closes=ON + DAY)], Filters(open=True), day)) for day in days] == [
        *(False, True, True, False)
    ]


@pytest.mark.parametrize(
    ("region", "found"),
    [
        ("610602", ["province", "yanan", "baota"]),
        ("610600", ["province", "yanan", "baota"]),  # who is only known to be in 延安 may be in 宝塔
        ("610802", ["province"]),
        ("110000", []),
    ],
)
def test_a_region_lets_pass_what_may_apply_there(region: str, found: list[str]) -> None:
    places = {"province": "610000", "yanan": "610600", "baota": "610602"}
    entries = [entry(name, name, region=code) for name, code in places.items()]
    assert passing(entries, Filters(region=region)) == found


@pytest.mark.parametrize(("amount", "found"), [(WAN - 1, True), (WAN, True), (WAN + 1, False)])
def test_an_amount_asks_for_at_least_so_much(amount: int, found: bool) -> None:
    assert bool(passing([entry("a", "甲", low=0, high=WAN)], Filters(amount=amount))) is found


def test_what_nothing_bounds_may_pay_any_amount_and_what_pays_no_money_none() -> None:
    entries = [entry("unbounded", "甲", low=0, high=None), entry("service", "乙")]
    assert passing(entries, Filters(amount=10**15)) == ["unbounded"]
    assert passing(entries, Filters(amount=0)) == ["unbounded"]


def test_facets_count_beside_the_other_filters_and_not_beside_their_own() -> None:
    entries = [
        entry("a", "甲", category="money", delivery="instant"),
        entry("b", "乙", category="money", delivery="service"),
        entry("c", "丙", category="right", delivery="service"),
        entry("d", "丁", kind=Kind.CLAUSE, category=None, delivery=None),
    ]
    facets = Columns(entries).facets(np.ones(4, np.bool_), Filters(category="money"), ON)
    assert facets["category"] == (Choice("money", 2), Choice("right", 1))
    assert facets["delivery"] == (Choice("instant", 1), Choice("service", 1))
    assert facets["kind"] == (Choice("item", 2),)


@given(
    st.lists(st.tuples(st.sampled_from(["money", "right", None]), st.sampled_from(["610000", "610602", "610802"]))),
    st.sampled_from(["money", "right", None]),
    st.sampled_from(["610000", "610600", "610602", None]),
)
def test_a_choice_leaves_as_many_as_its_count_says(
    drawn: list[tuple[str | None, str]], category: str | None, region: str | None
) -> None:
    entries = [entry(str(n), "甲", category=kind, region=place) for n, (kind, place) in enumerate(drawn)]
    filters = Filters(category=category, region=region)
    facets = Columns(entries).facets(np.ones(len(entries), np.bool_), filters, ON)
    for choice in facets["category"]:
        assert len(passing(entries, Filters(category=choice.value, region=region))) == choice.count
