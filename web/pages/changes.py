"""What changed in a month: what was issued, opened, had its last day or ran out; and items that say something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, render_template, request, url_for

from policies.dates import Milestone, Occasion, history, months
from policies.library import Library
from web.browse.agenda import Shown, shown_on
from web.browse.canonical import canonical
from web.pages import library, settings, stored

if TYPE_CHECKING:
    from policies.revisions import Revisions

pages = Blueprint("changes", __name__)

_MONTH = re.compile(r"(?!0000)(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@pages.get("/changes")
def show() -> tuple[str, int, dict[str, str]]:
    """One month, day by day, with the revisions of that month; those without a date stand in the month that it is."""
    loaded, on = library(), settings().day()
    typed = request.args.get("month", "").strip()
    asked = _read_month(typed)
    this = on.replace(day=1)
    month = asked or this
    always = history(loaded)
    found = [each for each in always if each.day.replace(day=1) == month]
    revisions = _revisions(loaded)
    eventful = sorted({*months(always), *revisions.months})
    page = render_template(
        "changes.html",
        on=on,
        month=_link(month, this),
        this=this == month,
        mistake=f"“{typed}”不是月份，下面是这个月的。请写成 {_key(this)}" if typed and not asked else "",
        days=_by_day(found, on),
        tally=[*_tally(found), *_tally_of(revisions.of(month))],
        before=_link(_shifted(month, -1), this),
        after=_link(_shifted(month, 1), this),
        nearest=[
            _link(max((each for each in eventful if each < month), default=None), this),
            _link(min((each for each in eventful if each > month), default=None), this),
        ],
        choices=[_link(each, this) for each in sorted({*eventful, this, month}, reverse=True)],
        revisions=revisions.of(month),
        undated=revisions.undated if month == this else None,
    )
    return page, 200, canonical("changes.show", month="" if month == this else _key(month))


def _read_month(text: str) -> date | None:
    """The first day of the month in ``text``, e.g. 2024-06; ``None`` where it is none."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _key(month: date) -> str:
    return month.isoformat()[:7]


def _shifted(month: date, by: int) -> date | None:
    """The first day of the month before or after; ``None`` beyond the calendar's ends."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1) if date.min.year <= number // 12 <= date.max.year else None


@dataclass(frozen=True)
class Link:
    """A month as a link: ``key`` as addresses have it."""

    key: str
    label: str
    address: str


def _link(month: date | None, this: date) -> Link | None:
    if month is None:
        return None
    key = _key(month)
    return Link(key, f"{month.year}年{month.month}月", url_for("changes.show", month=None if month == this else key))


@dataclass(frozen=True)
class Day:
    """What happens on one day."""

    day: date
    shown: tuple[Shown, ...]


def _by_day(milestones: Sequence[Milestone], on: date) -> tuple[Day, ...]:
    days = groupby(milestones, key=lambda each: each.day)
    return tuple(Day(day, tuple(shown_on(each, on) for each in group)) for day, group in days)


def _tally(milestones: Sequence[Milestone]) -> list[str]:
    """The month in a few figures; what did not happen is not said."""
    issued = [each for each in milestones if each.occasion is Occasion.ISSUED]
    said = {
        "新文件 {} 份": len(issued),
        "新事项 {} 个": sum(len(each.items) for each in issued),
        "开始受理 {} 个": _count(milestones, Occasion.OPENS),
        "到最后一天 {} 个": _count(milestones, Occasion.LAST_DAY),
        "到期 {} 个": _count(milestones, Occasion.EXPIRED),
    }
    return [words.format(count) for words, count in said.items() if count]


def _tally_of(revisions: Revisions) -> list[str]:
    said = {"改过内容 {} 次": len(revisions.revised), "不再提供 {} 个": len(revisions.retired)}
    return [words.format(count) for words, count in said.items() if count]


def _count(milestones: Sequence[Milestone], occasion: Occasion) -> int:
    return sum(len(each.items) for each in milestones if each.occasion is occasion)


_KEPT = "huiqi_revisions"


def _revisions(loaded: Library) -> Revisions:
    """What the database knows of versions, read once for each library."""
    from policies.revisions import load_revisions

    kept: tuple[Library, Revisions] | None = current_app.extensions.get(_KEPT)
    if kept is None or kept[0] is not loaded:
        with stored().reading() as database:
            kept = loaded, load_revisions(database, loaded.dictionary)
        current_app.extensions[_KEPT] = kept
    return kept[1]
