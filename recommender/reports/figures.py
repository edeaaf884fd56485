"""What a report counts. Figures of parts add up to those of the whole, days included; nothing is rounded on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from heapq import merge
from math import ceil


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of an item among some enterprises. Enterprises are counted once for each item; money is in 分.

    ``eligible``, ``undetermined``: by the newest matching, whatever the month. ``told``: a message about the item was
    sent in the month; ``opened``: of these, the message was opened. ``followed``, ``applied``, ``recognised``: looked
    at the item, applied, and were granted it in the month, by what was reported of them. ``nominated``: candidates for
    a grant without application. ``paid``, ``returned``: payments that arrived, and that the bank sent back, with their
    sums; ``recovered_sum``: what was recovered, less what was corrected. ``appeals``: begun; then ``answered``,
    ``reopened``, and rated badly (``bad``). ``days``: from being matched (a candidate) to the payment, ascending.
    """

    eligible: int = 0
    undetermined: int = 0
    told: int = 0
    opened: int = 0
    followed: int = 0
    applied: int = 0
    recognised: int = 0
    nominated: int = 0
    paid: int = 0
    paid_sum: int = 0
    returned: int = 0
    returned_sum: int = 0
    recovered_sum: int = 0
    appeals: int = 0
    answered: int = 0
    reopened: int = 0
    bad: int = 0
    days: tuple[int, ...] = ()

    def __add__(self, other: Figures) -> Figures:
        numbers = {name: getattr(self, name) + getattr(other, name) for name in NUMBERS}
        return Figures(**numbers, days=tuple(merge(self.days, other.days)))

    @property
    def net(self) -> int:
        """What was paid less what was recovered, in 分; below zero where more was recovered than paid."""
        return self.paid_sum - self.recovered_sum

    @property
    def median_days(self) -> Fraction | None:
        """Half of the payments took at most so many days."""
        if not self.days:
            return None
        middle = len(self.days) // 2
        both = self.days[middle - (len(self.days) % 2 == 0)] + self.days[middle]
        return Fraction(both, 2)

    @property
    def p90_days(self) -> int | None:
        """Nine of ten payments took at most so many days."""
        return self.days[ceil(len(self.days) * Fraction(9, 10)) - 1] if self.days else None

    @property
    def is_empty(self) -> bool:
        return self == NOTHING

    @property
    def active(self) -> bool:
        """Whether anything happened in the month."""
        return any(getattr(self, name) for name in NUMBERS if name not in ("eligible", "undetermined"))


NUMBERS = tuple(field.name for field in fields(Figures) if field.name != "days")
"""The figures that are numbers."""

NOTHING = Figures()


def total(some: Sequence[Figures]) -> Figures:
    """What all come to."""
    numbers = {name: sum(getattr(each, name) for each in some) for name in NUMBERS}
    return Figures(**numbers, days=tuple(sorted(day for each in some for day in each.days)))
