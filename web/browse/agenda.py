"""Days that matter as pages show them: an agenda by month, and the year ahead as a chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import url_for

from policies.dates import Milestone, Occasion
from web.charts import Event, Mark, Timeline, timeline

MOST_DRAWN = 20
"""So many events at most are drawn in one chart; the list below it has them all."""

NOTES = {
    Occasion.LAST_DAY: "这是政策的有效期，不是申报截止日；具体受理时间以通知为准。",
    Occasion.IN_FORCE: "这是政策开始施行的日子；具体受理时间以通知为准。",
}
"""What has to be said of a document's days, which are no dates to apply by."""


@dataclass(frozen=True)
class Shown:
    """A milestone on a page: where it leads, how far off it is, and what has to be said beside it."""

    milestone: Milestone
    address: str
    away: str
    urgent: bool
    note: str


@dataclass(frozen=True)
class Month:
    """What happens in a month, by day."""

    first: date
    shown: tuple[Shown, ...]

    @property
    def label(self) -> str:
        return f"{self.first.year}年{self.first.month}月"


def by_month(milestones: Iterable[Milestone], on: date) -> tuple[Month, ...]:
    """Milestones in the order of days as pages show them on the day ``on``, month by month."""
    shown = (shown_on(each, on) for each in milestones)
    groups = groupby(shown, key=lambda each: each.milestone.day.replace(day=1))
    return tuple(Month(first, tuple(group)) for first, group in groups)


def shown_on(milestone: Milestone, on: date) -> Shown:
    """One milestone, seen from the day ``on``."""
    left = (milestone.day - on).days
    last = milestone.occasion is Occasion.LAST_DAY
    return Shown(
        milestone,
        address_of(milestone),
        ("就是今天" if left == 0 else "明天" if left == 1 else f"还有 {left} 天") if left >= 0 else "",
        urgent=last and left in (0, 1),
        note="" if milestone.own else NOTES.get(milestone.occasion, ""),
    )


def address_of(milestone: Milestone, external: bool = False) -> str:
    """The page of the item, or the document, whose day it is."""
    if milestone.own:
        return url_for("items.show", item_id=milestone.items[0].id, _external=external)
    return url_for("documents.show", document_id=milestone.document.id, _external=external)


def year_from(on: date) -> date:
    """The day a year later; of 29 February it is 28 February."""
    try:
        return on.replace(year=on.year + 1)
    except ValueError:
        return on.replace(year=on.year + 1, day=28)


def year_ahead(milestones: Sequence[Milestone], on: date) -> Timeline | None:
    """The year from ``on`` as a chart; ``None`` where nothing happens in it."""
    end = year_from(on)
    soon = [each for each in milestones if on <= each.day <= end]
    if not soon:
        return None
    more = len(soon) - MOST_DRAWN
    note = f"只画最近的 {MOST_DRAWN} 个，其余 {more} 个见列表。" if more > 0 else ""
    return timeline("今后一年的日子", on, end, list(_events(soon[:MOST_DRAWN])), note)


def _events(milestones: Iterable[Milestone]) -> Iterator[Event]:
    for each in milestones:
        count = f"，涉及 {len(each.items)} 个事项" if not each.own else ""
        mark = Mark.ENDS if each.occasion is Occasion.LAST_DAY else Mark.BEGINS
        yield Event(each.title, each.day, f"{each.label}{count}", mark)
