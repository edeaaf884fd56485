"""The measures, against brute force, scipy and scikit-learn, and worked examples."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import ndcg_score

from recommender.quality.metrics import average_precision, bootstrap, first_right, ndcg, spearman

NUMBERS = st.integers(-3, 3).map(float)
IDS = "abcdefgh"


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=40))
def test_spearman_is_scipys_also_with_ties(pairs: list[tuple[float, float]]) -> None:
    first, second = zip(*pairs, strict=True)
    found = spearman(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(first, second).statistic)


def test_spearman_of_ranks_in_order_and_against_it() -> None:
    assert spearman([1, 2, 30], [0.1, 0.2, 0.25]) == pytest.approx(1)
    assert spearman([1, 2, 30], [3, 2, 1]) == pytest.approx(-1)


@given(st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), min_size=1), st.permutations(IDS), st.integers(1, 10))
def test_ndcg_is_scikit_learns_with_exponential_gains(grades: dict[str, int], ranked: list[str], most: int) -> None:
    if not any(grades.values()):
        with pytest.raises(ValueError, match="nothing is right"):
            ndcg(ranked, grades, most)
        return
    gains = [2 ** grades.get(each, 0) - 1 for each in ranked]
    expected = ndcg_score([gains], [list(range(len(ranked), 0, -1))], k=most)
    assert ndcg(ranked, grades, most) == pytest.approx(expected)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 2), min_size=1))
def test_no_order_has_a_higher_ndcg_than_the_one_by_grade(grades: dict[str, int]) -> None:
    best = sorted(grades, key=lambda each: -grades[each])
    assert ndcg(best, grades) == pytest.approx(1)
    assert max(ndcg(order, grades) for order in permutations("abcd")) == pytest.approx(1)


def test_ndcg_counts_the_places_that_are_looked_at_and_no_more() -> None:
    ranked = ["x"] * 9 + ["a"]
    assert ndcg(ranked, {"a": 1}, 10) == pytest.approx(1 / math.log2(11))
    assert ndcg(ranked, {"a": 1}, 9) == 0
    assert ndcg([], {"a": 1}) == 0


@given(st.permutations(IDS), st.sets(st.sampled_from(IDS)))
def test_the_first_right_place_is_the_smallest_one(ranked: list[str], right: set[str]) -> None:
    places = [ranked.index(each) + 1 for each in right]
    assert first_right(ranked, right) == (min(places) if places else None)


@given(st.permutations(IDS), st.sets(st.sampled_from(f"{IDS}yz"), min_size=1))
def test_average_precision_is_the_mean_precision_where_right_ones_stand(ranked: list[str], right: set[str]) -> None:
    by_hand = [
        len(right & set(ranked[: at + 1])) / (at + 1) if each in right else 0.0 for at, each in enumerate(ranked)
    ]
    assert average_precision(ranked, right) == pytest.approx(sum(by_hand) / len(right))


def test_average_precision_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing is right"):
        average_precision(["a"], set())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_bootstrap_interval_holds_the_mean_and_lies_within_the_values(values: list[float]) -> None:
    found = bootstrap(values)
    assert min(values) - 1e-9 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= max(values) + 1e-9
    assert found == bootstrap(values)


def test_a_bootstrap_interval_is_as_wide_as_the_normal_one_and_of_other_draws_with_another_seed() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = bootstrap(values)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 2 / math.sqrt(400), rel=0.15)
    assert bootstrap(values, seed=1) != found
    with pytest.raises(ValueError, match="nothing"):
        bootstrap([])
