"""By when an office has to act on an appeal, in working days; the last day counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

ACCEPT_WITHIN = 1
"""Working days after the day of an appeal within which it has to be accepted."""

ANSWER_WITHIN = 5
"""Working days after the day on which an appeal was accepted, or reopened, within which it has to be answered."""

HOLIDAYS: frozenset[date] = frozenset()
"""Days from Monday to Friday on which offices are closed, as the State Council announces them for each year.

Unless they are named here, a deadline falls early rather than late. Weekends that are worked instead do not count.
"""

_SATURDAY = 5


def working_day_after(day: date, number: int, holidays: Collection[date] = HOLIDAYS) -> date:
    """The working day that is the ``number``-th one after ``day``, in Asia/Shanghai; ``number`` is at least 1."""
    if number < 1:
        raise ValueError("a deadline lies at least one working day ahead")
    while number:
        day += timedelta(days=1)
        number -= is_working_day(day, holidays)
    return day


def is_working_day(day: date, holidays: Collection[date] = HOLIDAYS) -> bool:
    """Monday to Friday, and no holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def working_days_late(due: date, today: date, holidays: Collection[date] = HOLIDAYS) -> int:
    """How many working days ``today`` is after ``due``; 0 on the last day and before, at least 1 after it."""
    if today <= due:
        return 0
    days = (due + timedelta(days=step) for step in range(1, (today - due).days + 1))
    return max(1, sum(is_working_day(day, holidays) for day in days))
