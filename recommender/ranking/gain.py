"""How good an order is: nDCG, from the grades of its items in the order in which they stand.

Gain 2^grade - 1, discount 1 / log2(1 + position), cut off after ``k`` positions and divided by what the best order has
(Järvelin and Kekäläinen, ACM TOIS 20(4), 2002; the exponential gain after Burges et al., ICML 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

K = 5
"""Positions that count: what somebody looks at before leaving."""


def ndcg(grades: Sequence[int], k: int = K) -> float | None:
    """From 0 to 1 for the grades in their order; a grade below 0 brings nothing. ``None`` where there is no gain."""
    best = dcg(sorted(grades, reverse=True), k)
    return None if best == 0 else dcg(grades, k) / best


def ndcg_at_random(grades: Sequence[int], k: int = K) -> float | None:
    """The expected value over all orders: every item stands at each position equally often."""
    best = dcg(sorted(grades, reverse=True), k)
    if best == 0:
        return None
    mean = math.fsum(map(_gain, grades)) / len(grades)
    return mean * math.fsum(_discount(position) for position in range(1, min(k, len(grades)) + 1)) / best


def dcg(grades: Sequence[int], k: int = K) -> float:
    """Discounted cumulative gain of the first ``k``."""
    return math.fsum(_gain(grade) * _discount(position) for position, grade in enumerate(grades[:k], start=1))


def _gain(grade: int) -> float:
    return 2.0 ** max(0, grade) - 1


def _discount(position: int) -> float:
    return 1 / math.log2(1 + position)
