"""More money, a sooner deadline, less effort and more certainty never rank an item lower."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import FEN_PER_WAN
from policies.items import Category, Delivery
from recommender.match import Match, Verdict
from recommender.ranking.features import EASES, HALF_LIFE, KINDS, Feature, days_left, features
from recommender.ranking.weights import Weights, stated
from tests.recommender.ranking.made_up import ON, made_up_match

WEIGHTS = stated().weights
FEN = st.integers(0, 10**15)
EFFORT = [Delivery.NO_APPLICATION, Delivery.INSTANT, Delivery.ON_APPLICATION, Delivery.SERVICE]
ANY_WEIGHTS = st.builds(
    lambda values: Weights("any-1", dict(zip(Feature, values, strict=True))),
    st.lists(st.floats(0, 10), min_size=len(Feature), max_size=len(Feature)),
)


def score(match: Match, weights: Weights = WEIGHTS, on: date = ON) -> float:
    return weights.score(features(match, on, 0.3, 0.1))


@given(st.tuples(FEN, FEN).map(sorted), st.tuples(FEN, FEN).map(sorted), ANY_WEIGHTS)
def test_more_money_never_ranks_lower(one: list[int], other: list[int], weights: Weights) -> None:
    (low, less), (more_low, more) = sorted([one, other], key=sum)
    assert score(made_up_match(low=low, high=less), weights) <= score(made_up_match(low=more_low, high=more), weights)


@given(FEN, FEN)
def test_more_money_that_nothing_bounds_never_ranks_lower(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert score(made_up_match(low=less, high=None)) <= score(made_up_match(low=more, high=None))


@given(st.integers(0, 3000), st.integers(0, 3000), ANY_WEIGHTS)
def test_a_sooner_deadline_never_ranks_lower(one: int, other: int, weights: Weights) -> None:
    sooner, later = (made_up_match(closes=ON + timedelta(days)) for days in sorted((one, other)))
    assert score(made_up_match(closes=None), weights) <= score(later, weights) <= score(sooner, weights)


@pytest.mark.parametrize("easier", EFFORT[:-1])
def test_less_effort_ranks_higher(easier: Delivery) -> None:
    harder = EFFORT[EFFORT.index(easier) + 1]
    assert score(made_up_match(delivery=easier)) > score(made_up_match(delivery=harder))


def test_what_is_more_certain_ranks_higher() -> None:
    in_order = [
        made_up_match(),
        made_up_match(unconfirmed=True),
        made_up_match(verdict=Verdict.UNDETERMINED, missing=1),
        made_up_match(verdict=Verdict.UNDETERMINED, missing=2),
        made_up_match(verdict=Verdict.INELIGIBLE),
    ]
    found = [features(match, ON, 0, 0)[Feature.CERTAINTY] for match in in_order]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def test_a_person_has_to_decide_where_no_fact_is_missing_and_that_counts_like_one() -> None:
    nothing, one = (made_up_match(verdict=Verdict.UNDETERMINED, missing=count) for count in (0, 1))
    assert score(nothing) == score(one)


@given(
    st.integers(0, 10**18), st.sampled_from(list(Category)), st.sampled_from(list(Delivery)), st.integers(-400, 40000)
)
def test_every_feature_lies_between_0_and_1(low: int, category: Category, delivery: Delivery, days: int) -> None:
    match = made_up_match(low=low, high=None, category=category, delivery=delivery, closes=ON + timedelta(days))
    found = features(match, ON, 1.0, 1.0)
    assert list(found) == list(Feature)
    assert all(0 <= value <= 1 for value in found.values())


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 1.0), (1, 2 ** (-1 / HALF_LIFE)), (HALF_LIFE, 0.5), (2 * HALF_LIFE, 0.25)]
)
def test_a_deadline_presses_half_as_much_a_month_earlier(days: int, expected: float) -> None:
    match = made_up_match(closes=ON + timedelta(days))
    assert features(match, ON, 0, 0)[Feature.DEADLINE] == pytest.approx(expected)
    assert days_left(match, ON) == days


def test_money_is_counted_by_its_powers_of_ten_and_without_a_price_not_at_all() -> None:
    def amount(low: int, high: int | None = None, priced: bool = True) -> float:
        return features(made_up_match(low=low, high=high, priced=priced), ON, 0, 0)[Feature.AMOUNT]

    wan = FEN_PER_WAN
    assert amount(0) == 0
    assert amount(10**6 * wan, priced=False) == 0
    assert amount(10_000 * wan) == amount(10**6 * wan) == 1
    assert amount(9_999 * wan) < 1
    assert amount(0, 20 * wan) == amount(10 * wan)  # an interval counts by its middle


def test_what_is_no_claim_has_no_amount() -> None:
    match = replace(made_up_match(low=10**9, high=None), award=None)
    assert features(match, ON, 0, 0)[Feature.AMOUNT] == 0


def test_every_category_and_delivery_has_its_place() -> None:
    assert set(KINDS) == set(Category)
    assert set(EASES) == set(Delivery)
    assert [EASES[one] for one in EFFORT] == sorted(EASES.values(), reverse=True)
