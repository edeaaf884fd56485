"""The days that matter (日程): when items open and close, and when documents are issued, come into force and run out.

How long a document is valid is no date to apply by, so the two are told apart throughout: an item has dates of its own,
or it shares its document's and is listed under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from policies.items import Document, Item
from policies.library import Library


class Occasion(StrEnum):
    """What happens on a day. ``OPENS`` is only said of items, ``ISSUED`` and ``IN_FORCE`` only of documents."""

    ISSUED = "issued"
    IN_FORCE = "in_force"
    OPENS = "opens"
    LAST_DAY = "last_day"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day that matters. ``own``: to one item, whose own day it is; else to a document and those ``items`` of it
    that have no dates of their own.
    """

    day: date
    occasion: Occasion
    document: Document
    items: tuple[Item, ...]
    own: bool

    @property
    def title(self) -> str:
        """Whose day it is."""
        return self.items[0].title if self.own else f"《{self.document.title}》"

    @property
    def label(self) -> str:
        """What happens, in Chinese."""
        if self.occasion is Occasion.ISSUED and self.document.validity.opens == self.day:
            return "印发，当天起施行"
        return _LABELS[self.occasion, self.own]


_LABELS = {
    (Occasion.ISSUED, False): "印发",
    (Occasion.IN_FORCE, False): "开始施行",
    (Occasion.OPENS, True): "开始受理",
    (Occasion.LAST_DAY, True): "受理最后一天",
    (Occasion.EXPIRED, True): "已截止受理",
    (Occasion.LAST_DAY, False): "政策有效期最后一天",
    (Occasion.EXPIRED, False): "政策已到期",
}


def has_own_dates(item: Item) -> bool:
    """Whether an item says when it can be applied for; else all that is known is how long its document is valid."""
    return item.window != item.document.validity


def agenda(items: Iterable[Item], first: date, last: date = date.max) -> tuple[Milestone, ...]:
    """When these items open and when they close, from ``first`` to ``last``, both included; in the order of days.

    Items that share their document's dates share one milestone. What is over before ``first`` is not in it.
    """
    bound: dict[str, list[Item]] = {}
    found: list[Milestone] = []
    for item in items:
        if has_own_dates(item):
            found += _of_item(item)
        else:
            bound.setdefault(item.document.id, []).append(item)
    for theirs in bound.values():
        found += _of_validity(theirs[0].document, tuple(theirs))
    wanted = (Occasion.IN_FORCE, Occasion.OPENS, Occasion.LAST_DAY)
    return _between((each for each in found if each.occasion in wanted), first, last)


def without_end(items: Iterable[Item]) -> tuple[Item, ...]:
    """Those of which nothing says until when they can be had."""
    return tuple(item for item in items if item.window.closes is None)


def history(library: Library) -> tuple[Milestone, ...]:
    """All that happens, and ever happened, by the documents of a library and their published items, by day.

    A document that comes into force on the day of its issue has one milestone for both.
    """
    return _between(_all(library), date.min, date.max)


def months(milestones: Iterable[Milestone]) -> tuple[date, ...]:
    """The first days of the months in which something happens, ascending."""
    return tuple(sorted({each.day.replace(day=1) for each in milestones}))


def _all(library: Library) -> Iterator[Milestone]:
    by_document: dict[str, list[Item]] = {}
    for item in library.published:
        by_document.setdefault(item.document.id, []).append(item)
    for document in library.documents.values():
        theirs = by_document.get(document.id, ())
        yield Milestone(document.published_on, Occasion.ISSUED, document, tuple(theirs), own=False)
        for each in _of_validity(document, tuple(item for item in theirs if not has_own_dates(item))):
            if each.occasion is not Occasion.IN_FORCE or each.day != document.published_on:
                yield each
        for item in filter(has_own_dates, theirs):
            yield from _of_item(item)


def _of_item(item: Item) -> Iterator[Milestone]:
    return _of_window(Occasion.OPENS, item.document, (item,), own=True)


def _of_validity(document: Document, items: tuple[Item, ...]) -> Iterator[Milestone]:
    return _of_window(Occasion.IN_FORCE, document, items, own=False)


def _of_window(begins: Occasion, document: Document, items: tuple[Item, ...], own: bool) -> Iterator[Milestone]:
    window = items[0].window if own else document.validity
    yield Milestone(window.opens, begins, document, items, own)
    if window.closes is not None:
        yield Milestone(window.closes, Occasion.LAST_DAY, document, items, own)
        if window.closes < date.max:
            yield Milestone(window.closes + timedelta(days=1), Occasion.EXPIRED, document, items, own)


_ORDER = {occasion: number for number, occasion in enumerate(Occasion)}


def _between(milestones: Iterable[Milestone], first: date, last: date) -> tuple[Milestone, ...]:
    """By day; on a day what is an item's own comes first, then by what happens, then in the library's order."""
    wanted = (each for each in milestones if first <= each.day <= last)
    return tuple(sorted(wanted, key=lambda each: (each.day, not each.own, _ORDER[each.occasion])))
