"""The measures that rankings and scores are judged by, and how sure a mean is. Pure functions over plain numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recommender.ranking.gain import dcg

RESAMPLES = 2000
SEED = 4754


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the bounds that 95 % of bootstrap means lie within."""

    mean: float
    low: float
    high: float


def bootstrap(values: ArrayLike, seed: int = SEED) -> Interval:
    """The mean of ``values`` with its percentile bootstrap interval (Efron, 1979). Raises ``ValueError`` on none.

    The same number of values gives the same resamples: intervals of different measures are over the same questions.
    """
    sample = np.asarray(values, np.float64)
    if sample.size == 0:
        raise ValueError("the mean of nothing")
    drawn = np.random.default_rng(seed).integers(0, sample.size, (RESAMPLES, sample.size))
    low, high = np.percentile(sample[drawn].mean(axis=1), (2.5, 97.5))
    return Interval(float(sample.mean()), float(low), float(high))


def spearman(first: ArrayLike, second: ArrayLike) -> float | None:
    """Spearman's rank correlation, ties at their mean rank; ``None`` where either is all the same."""
    from scipy.stats import spearmanr

    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if min(np.unique(one).size, np.unique(two).size) < 2:
        return None
    return float(spearmanr(one, two).statistic)


def first_right(ranked: Sequence[str], right: Collection[str]) -> int | None:
    """The place, from 1, of the first of ``ranked`` that is ``right``; ``None`` where none is."""
    return next((place for place, each in enumerate(ranked, start=1) if each in right), None)


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], most: int = 10) -> float:
    """nDCG of the first ``most`` places: gain 2^grade - 1, discount log2(1 + place) (Burges and others, 2005).

    Raises ``ValueError`` where nothing has a grade above 0: the measure is not defined then.
    """
    ideal = dcg(sorted(grades.values(), reverse=True), most)
    if ideal <= 0:
        raise ValueError("nothing is right")
    return dcg([grades.get(each, 0) for each in ranked], most) / ideal


def average_precision(ranked: Sequence[object], right: Collection[object]) -> float:
    """The mean over all ``right`` ones of the precision where each is found, 0 for those that are not.

    Raises ``ValueError`` where nothing is right.
    """
    if not right:
        raise ValueError("nothing is right")
    found = [place for place, each in enumerate(ranked, start=1) if each in right]
    return sum(number / place for number, place in enumerate(found, start=1)) / len(right)
