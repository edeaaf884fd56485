"""The day that somebody wants something judged on, as it was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enterprises.calendar import parse_day
from enterprises.source_text import BadText
from web.pages import settings

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Day:
    """The day that was asked for: ``on``, as it was typed, and what is wrong with it."""

    on: date
    typed: str
    error: str = ""

    @property
    def kept(self) -> str:
        """What a draft keeps of it: nothing where it is the day that pages open on, since that moves on."""
        return "" if not self.error and self.on == settings().day() else self.typed


def read_day(text: str) -> Day:
    """The day in a text; the day that pages open on where it is empty or wrong."""
    typed = text.strip()
    default = settings().day()
    if not typed:
        return Day(default, default.isoformat())
    try:
        on = parse_day(typed[:20])
    except BadText as error:
        return Day(default, typed, str(error))
    if not FIRST_DAY <= on <= LAST_DAY:
        return Day(default, typed, f"只能查 {FIRST_DAY.year} 年到 {LAST_DAY.year} 年之间的日期")
    return Day(on, on.isoformat())
