"""Days in Asia/Shanghai. The clock is asked once, at the edge; everything else is given its day."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from enterprises.source_text import BadText

SHANGHAI = ZoneInfo("Asia/Shanghai")

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|年(\d{1,2})月(\d{1,2})日)", re.ASCII)


class Clock(Protocol):
    """What tells the time: returns an aware ``datetime``."""

    def __call__(self) -> datetime: ...


def system_clock() -> datetime:
    """The machine's time, aware, in Asia/Shanghai."""
    return datetime.now(SHANGHAI)


def today(clock: Clock = system_clock) -> date:
    """The day it is in Asia/Shanghai, whatever the machine's own time zone. Raises ``ValueError`` on naive time."""
    now = clock()
    if now.tzinfo is None:
        raise ValueError("the clock must return an aware datetime")
    return now.astimezone(SHANGHAI).date()


def parse_day(text: str) -> date:
    """The day in ``text``: ``2024-06-30`` or ``2024年6月30日``. Raises ``BadText``."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise BadText(f"“{text}”不是日期", "请写成 2024-06-30")
    year, *parts = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, *parts)
    except ValueError:
        raise BadText(f"“{text}”这一天日历上没有", "请核对年月日") from None


def format_day(day: date) -> str:
    """``day`` in Chinese, e.g. 2024年6月30日."""
    return f"{day.year}年{day.month}月{day.day}日"


def format_moment(moment: datetime) -> str:
    """An aware ``moment`` in Asia/Shanghai, in Chinese, e.g. 2024年6月30日 09:05."""
    local = moment.astimezone(SHANGHAI)
    return f"{format_day(local.date())} {local:%H:%M}"


def full_years_between(start: date, end: date) -> int:
    """Whole years from ``start`` to ``end``; a year is full on its anniversary (29 February: on 1 March).

    Negative differences give 0. Source: Civil Code, articles 200-202.
    """
    years = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    return max(years, 0)
