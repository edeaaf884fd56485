"""The report on a month (政策落实): figures by item and county, for whoever they belong to; they add up either way.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from recommender.reports.figures import Figures, total
from recommender.reports.gathering import Cell, gather, newest_matching
from recommender.reports.month import Month
from recommender.reports.subjects import Subject, subjects

Covers = Callable[[str | None, Collection[str]], bool]
"""Whether something of a region and of these departments may be shown."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The pass over the snapshot that the eligible are counted by."""

    on: date
    rows: int
    made_up: bool


@dataclass(frozen=True)
class Report:
    """``cells``: the figures by item and county. ``matched``: ``None`` where nobody was counted yet."""

    month: Month
    subjects: Mapping[str, Subject]
    cells: Mapping[Cell, Figures]
    matched: Matched | None

    @property
    def total(self) -> Figures:
        return total(list(self.cells.values()))

    @property
    def by_item(self) -> tuple[tuple[Subject, Figures], ...]:
        """The items, those with the most paid first, then the most eligible."""
        found = self._by(0)
        ranked = sorted(found, key=lambda key: (-found[key].paid_sum, -found[key].told, -found[key].eligible, key))
        return tuple((self.subjects[key], found[key]) for key in ranked)

    @property
    def by_county(self) -> tuple[tuple[str, Figures], ...]:
        """The counties by code; those of whom it is not known last."""
        found = self._by(1)
        return tuple((key, found[key]) for key in sorted(found, key=lambda key: (not key, key)))

    def _by(self, place: int) -> dict[str, Figures]:
        parts: dict[str, list[Figures]] = defaultdict(list)
        for cell, figures in self.cells.items():
            parts[cell[place]].append(figures)
        return {key: total(some) for key, some in parts.items()}


def report(session: Session, month: Month, covers: Covers = lambda _region, _departments: True) -> Report:
    """The report on a month, as far as it may be shown; where a county is not known, the item's region counts."""
    known = subjects(session)
    newest = newest_matching(session)
    cells = {
        (item, county): figures
        for (item, county), figures in gather(session, month).items()
        if item in known and not figures.is_empty and covers(county or known[item].region, known[item].departments)
    }
    matched = None if newest is None else Matched(newest.as_of, newest.rows, newest.made_up)
    return Report(month, known, cells, matched)
