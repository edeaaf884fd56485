"""Take-up (同类企业申报): how many enterprises like this one went on to apply, of those that an item was shown to.

Enterprises are alike that have the division of industry, the city and the size in common, else at least the division. A
group of fewer than ``LEAST`` enterprises is not used: its rate would say what single ones of them did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from enterprises import regions
from enterprises.readings import EnterpriseOn
from recommender.shortlist import known_text

LEAST = 5
"""Enterprises that a group must have had the item shown to, the one that is ranked for not counted."""

PRIOR_TAKERS, PRIOR_OTHERS = 1, 9
"""The Beta prior: as if of ten others one had applied, so that a few enterprises do not move the rate far."""

NEUTRAL = PRIOR_TAKERS / (PRIOR_TAKERS + PRIOR_OTHERS)
"""What is taken for the rate where nothing is known."""


class Cell(NamedTuple):
    """A group of like enterprises: GB/T 4754 division, city, size class. City and size are empty in a coarse one."""

    division: str
    city: str = ""
    size: str = ""

    @property
    def coarse(self) -> Cell:
        return Cell(self.division)


class Count(NamedTuple):
    """Of ``shown`` enterprises, ``takers`` applied or were granted."""

    shown: int
    takers: int


def cell_of(subject: EnterpriseOn) -> Cell | None:
    """The group that an enterprise is in, the finest that is known of it; ``None`` where its division is not known."""
    industry = known_text(subject.profile, "industry") or ""
    if not industry[:2].isdigit():
        return None
    fine = Cell(industry[:2], _city(subject), _size(subject))
    return fine if fine.city and fine.size else fine.coarse


def _city(subject: EnterpriseOn) -> str:
    code = known_text(subject.profile, "region")
    return "" if code is None or regions.region(code).level == "province" else f"{code[:4]}00"


def _size(subject: EnterpriseOn) -> str:
    if "size" not in subject.dictionary.facts:
        return ""
    size = subject.read("size")
    return str(size.value) if size.known else ""


@dataclass(frozen=True, slots=True)
class TakeUp:
    """The counts of every item in every cell, coarse ones included, from the feedback up to row ``until``."""

    counts: Mapping[tuple[str, Cell], Count] = field(default_factory=dict)
    until: int = 0

    def rate(self, item: str, cell: Cell | None, own: Count | None = None) -> float:
        """The share of takers among like enterprises, drawn to ``NEUTRAL`` by the prior.

        ``own``: what the enterprise itself has in the counts, which is left out, lest it follow its own example.
        """
        if cell is None:
            return NEUTRAL
        for group in dict.fromkeys((cell, cell.coarse)):
            shown, takers = self.counts.get((item, group), Count(0, 0))
            if own is not None:
                shown, takers = shown - own.shown, max(0, takers - own.takers)
            if shown >= LEAST:
                return (takers + PRIOR_TAKERS) / (shown + PRIOR_TAKERS + PRIOR_OTHERS)
        return NEUTRAL


NOBODY = TakeUp()
"""Where there is no feedback."""
