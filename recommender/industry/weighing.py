"""From what each activity of a scope and the name say of every group to one probability a group.

A conditional logit over all groups (McFadden 1974): what speaks for a group is ``clues``, the same few weights hold for
every group, and the probabilities are the softmax of the weighted clues.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLUES = ("first", "any_place", "name", "division")
"""What speaks for a group: the first activity that tells anything, all activities, the name, and how much the first
few speak for its division. Others were tried and got no weight, such as what stands under 许可项目."""

_EPSILON = 1e-3
"""A clue is the logarithm of a probability and this much, so that one silent clue does not rule a group out."""


def clues(activities: Floats, name: Floats | None, starts: Sequence[int]) -> Floats:
    """What speaks for each group, shape (groups, clues).

    ``activities``: shape (activities, groups + 1), the probability of each group for each activity; the last column is
    that it says nothing. ``name``: the same for the name, shape (groups + 1,), ``None`` where it says nothing.
    ``starts``: where each division begins among the groups.
    """
    groups = activities.shape[1] - 1
    telling = 1.0 - activities[:, -1]
    rank = np.cumsum(telling) - telling
    by_group = activities[:, :-1]
    flat = np.full(groups, 1.0 / groups)
    first, main, any_place = (_mean(by_group, telling * fading**rank, flat) for fading in _FADING)
    named = flat if name is None else name[:-1] + name[-1] * flat
    division = np.repeat(np.add.reduceat(main, starts), np.diff([*starts, groups]))
    return np.log(np.stack([first, any_place, named, division], axis=1) + _EPSILON)


_FADING = (0.02, 0.5, 0.9)
"""How much less each activity counts than the one before it: only the first one does, the first few, nearly all."""


def _mean(rows: Floats, weights: Floats, otherwise: Floats) -> Floats:
    """The weighted mean of ``rows``; of what carries little weight in all, mostly ``otherwise``."""
    total = float(weights.sum())
    known = min(1.0, total)
    if total <= 0:
        return otherwise
    return np.asarray((weights @ rows) / total * known + otherwise * (1.0 - known))


def softmax(scores: Floats) -> Floats:
    """The probabilities that scores stand for, along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
