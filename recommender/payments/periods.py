"""Until when a public notice or an answer runs: the first day is not counted, and the last one is a working day.

Source: Civil Code, articles 201 (the day of the beginning is not counted) and 203 (a last day that is a holiday moves
to the day after it).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

LONGEST = 366
"""The most days of a period."""

Free = Callable[[date], bool]
"""Whether nobody works on a day."""

_SATURDAY = 5


def weekends(day: date) -> bool:
    """Saturdays and Sundays: what is known of free days without the yearly list of public holidays."""
    return day.weekday() >= _SATURDAY


def last_day(begins: date, days: int, *, working: bool, free: Free = weekends) -> date:
    """The last day of a period of ``days`` (working days, or days of the calendar) that begins on a day.

    0 days end on the first one. Raises ``ValueError`` beyond ``LONGEST``, and where nobody ever works.
    """
    if not 0 <= days <= LONGEST:
        raise ValueError(f"a period of {days} days")
    if days == 0:
        return begins
    day = begins if working else begins + timedelta(days=days)
    if not working:
        return _next_working(day, free)
    for _ in range(days):
        day = _next_working(day + timedelta(days=1), free)
    return day


def _next_working(day: date, free: Free) -> date:
    for later in range(LONGEST):
        found = day + timedelta(days=later)
        if not free(found):
            return found
    raise ValueError("nobody works for a year")
