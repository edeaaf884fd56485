"""nDCG by hand, and what shuffling comes to."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.gain import ndcg, ndcg_at_random

GRADES = st.lists(st.integers(-1, 4), min_size=1, max_size=6)


def test_it_is_what_one_computes_by_hand() -> None:
    expected = (3 + 15 / math.log2(4)) / (15 + 3 / math.log2(3))
    assert ndcg([2, 0, 4]) == pytest.approx(expected)
    assert ndcg([4, 2, 0]) == 1
    assert ndcg([0, 4], k=1) == 0
    assert ndcg([0, -1]) is ndcg([]) is ndcg_at_random([]) is None


@given(GRADES)
def test_the_best_order_has_1_and_none_has_more(grades: list[int]) -> None:
    found = ndcg(grades)
    if found is None:
        assert max(grades) <= 0
    else:
        assert 0 <= found <= 1
        assert ndcg(sorted(grades, reverse=True)) == 1


@given(GRADES, st.integers(1, 6))
def test_at_random_is_the_mean_of_all_orders(grades: list[int], k: int) -> None:
    every = [ndcg(order, k) for order in permutations(grades)]
    expected = ndcg_at_random(grades, k)
    if expected is None:
        assert set(every) == {None}
    else:
        known = [value for value in every if value is not None]
        assert expected == pytest.approx(sum(known) / len(every))
