"""Items that have come to say something else, or have left the library, as the database knows it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem
from policies.differences import Difference, differences
from policies.items import Item, Status
from policies.tables import ItemRow, ItemVersionRow, load_item


@dataclass(frozen=True, slots=True)
class Revision:
    """A version of an item, and in what it differs from the one before. ``before``: its number.

    ``on``: the day on which it was stored, ``None`` where that was not recorded.
    """

    item: Item
    before: int
    differences: tuple[Difference, ...]
    on: date | None


@dataclass(frozen=True, slots=True)
class Retirement:
    """The last version of an item that is no longer offered, and since when, as far as that was recorded."""

    item: Item
    on: date | None


@dataclass(frozen=True, slots=True)
class Revisions:
    """Every revision, and what was retired."""

    revised: tuple[Revision, ...] = ()
    retired: tuple[Retirement, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.revised or self.retired)

    def of(self, month: date) -> Revisions:
        """Those of the month that a day is in."""
        return self._such(lambda on: on is not None and (on.year, on.month) == (month.year, month.month))

    @property
    def undated(self) -> Revisions:
        """Those of which nobody knows when."""
        return self._such(lambda on: on is None)

    @property
    def months(self) -> set[date]:
        """The first days of the months that have any."""
        days = [each.on for each in self.revised] + [each.on for each in self.retired]
        return {day.replace(day=1) for day in days if day is not None}

    def _such(self, wanted: Callable[[date | None], bool]) -> Revisions:
        return Revisions(
            tuple(each for each in self.revised if wanted(each.on)),
            tuple(each for each in self.retired if wanted(each.on)),
        )


def load_revisions(session: Session, dictionary: Dictionary) -> Revisions:
    """What is stored of both, in the library's order, the newest version of an item first.

    A version that names what the dictionary no longer knows is left out: nobody could say any more what it demanded.
    """
    settled = (
        select(ItemVersionRow, ItemRow)
        .join(ItemRow)
        .where(col(ItemVersionRow.status).in_([Status.PUBLISHED.value, Status.RETIRED.value]))
        .order_by(col(ItemRow.retired), col(ItemRow.position), col(ItemRow.id), col(ItemVersionRow.version))
    )
    revised, retired = list[Revision](), list[Retirement]()
    for item_id, group in groupby(session.exec(settled).all(), key=lambda row: row[1].id):
        versions, owners = zip(*group, strict=True)
        published = [each for each in versions if each.status == Status.PUBLISHED]
        read = _readable(session, item_id, published, dictionary)
        last = versions[-1]
        if owners[0].retired or last.status == Status.RETIRED:
            # What it said when it could still be had; an item that was never published was never anybody's.
            since = owners[0].retired_on if owners[0].retired else last.stored_on
            retired += [Retirement(item, since) for item, _ in read[-1:]]
        for (before, _), (after, on) in reversed(list(pairwise(read))):
            revised.append(Revision(after, before.version, differences(before, after, dictionary), on))
    return Revisions(tuple(revised), tuple(retired))


def _readable(
    session: Session, item_id: str, versions: Sequence[ItemVersionRow], dictionary: Dictionary
) -> list[tuple[Item, date | None]]:
    """These versions with the days on which they were stored; none of them where one cannot be read."""
    try:
        return [(load_item(session, item_id, each.version, dictionary), each.stored_on) for each in versions]
    except Problem:
        return []
