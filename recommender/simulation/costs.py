"""How many enterprises an item reaches and what they may receive, by groups of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any as Plain

import numpy as np
import numpy.typing as npt
from numba import njit

from recommender.columnar.amounts import Formula, Worth
from recommender.columnar.decision import Rails
from recommender.columnar.frame import Frame

Codes = npt.NDArray[np.uint8]
"""By row ``OUT``, ``OPEN`` or ``IN``."""

Sums = npt.NDArray[np.int64]
"""By group the numbers of a ``Cost``, in the order of its fields."""

OUT, OPEN, IN = 0, 1, 2
"""Ineligible, undetermined, eligible."""

_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Cost:
    """What an item comes to. Money is in 分.

    ``low`` to ``high``: what the eligible may have in all. For ``unbounded`` of them nothing bounds the amount, and
    ``high`` holds only the least that they may have; ``unpriced`` of them get what has no price, or a sum that other
    rules set, and are in neither. ``could_add``: the most that the undetermined could add, with the same two remarks.
    """

    eligible: int = 0
    low: int = 0
    high: int = 0
    unbounded: int = 0
    unpriced: int = 0
    undetermined: int = 0
    could_add: int = 0
    could_unbounded: int = 0
    could_unpriced: int = 0

    @classmethod
    def of(cls, sums: Sums) -> Cost:
        return cls(*(int(number) for number in sums))

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(one + more for one, more in zip(_numbers(self), _numbers(other), strict=True)))


FIELDS = 9


def _numbers(cost: Cost) -> tuple[int, ...]:
    return (
        *(cost.eligible, cost.low, cost.high, cost.unbounded, cost.unpriced),
        *(cost.undetermined, cost.could_add, cost.could_unbounded, cost.could_unpriced),
    )


@dataclass(frozen=True, slots=True)
class Amounts:
    """What rows may have: by row, or the ``same`` for all of them, then given once."""

    worth: Worth
    same: bool

    @classmethod
    def of(cls, formula: Formula, frame: Frame, rows: npt.NDArray[Plain]) -> Amounts:
        constant = formula.constant
        if constant is None:
            return cls(formula.worth(frame, rows), False)
        return cls(Worth.same(*constant, 1), True)

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in (self.worth.low, self.worth.high, self.worth.bounded, self.worth.priced))

    def take(self, rows: npt.NDArray[Plain] | slice) -> Amounts:
        if self.same:
            return self
        worth = self.worth
        return Amounts(Worth(worth.low[rows], worth.high[rows], worth.bounded[rows], worth.priced[rows]), False)


def joined(amounts: Sequence[Amounts]) -> Amounts:
    """The amounts of several parts of the population, one after the other; all by one formula."""
    if not amounts or amounts[0].same:
        return amounts[0] if amounts else Amounts(Worth.same(0, 0, False, 1), True)
    worths = [one.worth for one in amounts]
    return Amounts(
        Worth(
            np.concatenate([worth.low for worth in worths]),
            np.concatenate([worth.high for worth in worths]),
            np.concatenate([worth.bounded for worth in worths]),
            np.concatenate([worth.priced for worth in worths]),
        ),
        False,
    )


def codes_of(rails: Rails, rows: int) -> Codes:
    """The verdicts in two bitmaps, by row."""
    true, maybe = (_unpacked(each, rows) for each in (rails.true, rails.maybe))
    return np.asarray(true + maybe, np.uint8)


def _unpacked(bitmap: npt.NDArray[np.uint64], rows: int) -> Codes:
    return np.unpackbits(bitmap.view(np.uint8), count=rows, bitorder="little")


def tally(groups: npt.NDArray[Plain], codes: Codes, amounts: Amounts, size: int) -> Sums:
    """The sums by group, of which there are ``size``. Raises ``OverflowError`` where a sum may not fit into 63 bits."""
    sums = np.zeros((size, FIELDS), np.int64)
    if not len(codes):
        return sums
    worth = amounts.worth
    largest = max(int(worth.low.max(initial=0)), int(worth.high.max(initial=0)))
    if largest * len(codes) >= _LIMIT:
        raise OverflowError("the amounts of all enterprises do not fit into 63 bits: check the formula and the figures")
    _tally(groups, codes, worth.low, worth.high, worth.bounded, worth.priced, amounts.same, sums)
    return sums


def _compiled(function: Plain) -> Plain:
    return njit(cache=True, nogil=True)(function)


@_compiled
def _tally(groups, codes, low, high, bounded, priced, same, sums):  # type: ignore[no-untyped-def]
    for row in range(codes.shape[0]):
        code = codes[row]
        if code == 0:
            continue
        group = groups[row]
        at = 0 if same else row
        if code == 2:
            sums[group, 0] += 1
            if not priced[at]:
                sums[group, 4] += 1
            elif bounded[at]:
                sums[group, 1] += low[at]
                sums[group, 2] += high[at]
            else:
                sums[group, 1] += low[at]
                sums[group, 2] += low[at]
                sums[group, 3] += 1
        else:
            sums[group, 5] += 1
            if not priced[at]:
                sums[group, 8] += 1
            elif bounded[at]:
                sums[group, 6] += high[at]
            else:
                sums[group, 6] += low[at]
                sums[group, 7] += 1
