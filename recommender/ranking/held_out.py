"""Enterprises that are held out, and how good an order is on them: on what was learnt from, any order looks good.

One in five is held out, by the digest of its credit code: the same ones each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from recommender.ranking.gain import K, ndcg, ndcg_at_random
from recommender.ranking.lists import Judged, JudgedList
from recommender.ranking.weights import Weights

_HELD_OUT = 5
"""One in so many."""

LEAST_HELD_OUT = 5
"""Enterprises held out whose order can be good or bad, without which nothing can be said."""


def is_held_out(enterprise: str) -> bool:
    """Whether an enterprise is one of those that are never learnt from."""
    return hashlib.sha256(enterprise.encode()).digest()[0] % _HELD_OUT == 0


def can_tell(one: JudgedList) -> bool:
    """Whether an order of its items can be good or bad: something was wanted, and not everything alike."""
    grades = {judged.grade for judged in one.judged}
    return max(grades) > 0 and len(grades) > 1


Place = Callable[[Judged], tuple[float | int | str, ...]]
"""Where an item stands among those of its list: the least first."""


def by_weights(weights: Weights) -> Place:
    """The order that weights make."""
    return lambda judged: (-weights.score(judged.features), judged.item)


def by_worth(judged: Judged) -> tuple[float | int | str, ...]:
    """The order by worth alone: kind of support, amount, facts that are missing."""
    return (*judged.worth, judged.item)


def mean_ndcg(lists: Sequence[JudgedList], place: Place, k: int = K) -> float:
    """The mean nDCG of lists that each have some gain."""
    found = [ndcg([judged.grade for judged in sorted(one.judged, key=place)], k) for one in lists]
    return _mean(found)


def mean_at_random(lists: Sequence[JudgedList], k: int = K) -> float:
    """The nDCG that shuffling the lists gives on average."""
    return _mean([ndcg_at_random([judged.grade for judged in one.judged], k) for one in lists])


def _mean(found: Sequence[float | None]) -> float:
    known = [value for value in found if value is not None]
    if not known:
        raise ValueError("no list has any gain")
    return round(sum(known) / len(known), 6)
