"""When somebody wants to be told: how often, and on which days not.

What falls on a quiet day is told on the first day after it that is not quiet; several such days come to one telling.
Days are days in Asia/Shanghai.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from enterprises.calendar import SHANGHAI

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
"""By ``date.weekday()``."""

LAST_OF_MONTH = 31
"""As ``month_day``: the last day, however long the month is."""

_DAY = timedelta(days=1)
_SATURDAY = 5


class Frequency(StrEnum):
    """How often."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        return {"at-once": "有新情况当天就说", "daily": "每天一次", "weekly": "每周一次", "monthly": "每月一次"}[self]


@dataclass(frozen=True, slots=True)
class Schedule:
    """``weekday`` (0 is Monday) counts for a weekly one, ``month_day`` (1 to 31) for a monthly one.

    A month that lacks the day has it on its last one: the 31st falls on 29 February in a leap year.
    """

    frequency: Frequency = Frequency.WEEKLY
    weekday: int = 0
    month_day: int = 1

    @property
    def at_once(self) -> bool:
        return self.frequency is Frequency.AT_ONCE

    def latest(self, day: date) -> date:
        """The last day, ``day`` included, on which a telling was due."""
        match self.frequency:
            case Frequency.WEEKLY:
                return day - timedelta(days=(day.weekday() - self.weekday) % 7)
            case Frequency.MONTHLY:
                due = self._in_month_of(day)
                return due if due <= day else self._in_month_of(day.replace(day=1) - _DAY)
            case _:
                return day

    def following(self, day: date) -> date:
        """The first day after ``day`` on which a telling is due."""
        match self.frequency:
            case Frequency.WEEKLY:
                return self.latest(day) + timedelta(days=7)
            case Frequency.MONTHLY:
                due = self._in_month_of(day)
                return due if due > day else self._in_month_of(_last_of_month(day) + _DAY)
            case _:
                return day + _DAY

    def text(self) -> str:
        """In Chinese, as a sentence begins: 每周一."""
        match self.frequency:
            case Frequency.AT_ONCE:
                return "有新情况的当天"
            case Frequency.DAILY:
                return "每天"
            case Frequency.WEEKLY:
                return f"每{WEEKDAYS[self.weekday]}"
            case _:
                return "每月最后一天" if self.month_day == LAST_OF_MONTH else f"每月 {self.month_day} 日"

    def _in_month_of(self, day: date) -> date:
        return day.replace(day=min(self.month_day, _last_of_month(day).day))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Days on which nothing is told: weekends, single days, and all days up to ``until``, that day included.

    ``first_hour`` to ``last_hour``: hours of any day (0 to 24, the end left out; 22 to 8 goes over midnight) at which
    nothing that rings may be sent; what lies in the inbox rings nowhere.
    """

    weekends: bool = False
    days: frozenset[date] = frozenset()
    until: date | None = None
    first_hour: int | None = None
    last_hour: int | None = None

    def covers(self, day: date) -> bool:
        """Whether nothing is told on ``day``."""
        return (
            (self.until is not None and day <= self.until)
            or day in self.days
            or (self.weekends and day.weekday() >= _SATURDAY)
        )

    def silences(self, moment: datetime) -> bool:
        """Whether nothing that rings may be sent at ``moment``, which is aware."""
        here = moment.astimezone(SHANGHAI)
        if self.covers(here.date()):
            return True
        if self.first_hour is None or self.last_hour is None:
            return False
        if self.first_hour <= self.last_hour:
            return self.first_hour <= here.hour < self.last_hour
        return here.hour >= self.first_hour or here.hour < self.last_hour

    def first_free(self, day: date) -> date:
        """The first day from ``day`` on that is not quiet."""
        if self.until is not None and day <= self.until:
            day = self.until + _DAY
        while self.covers(day):
            day += _DAY
        return day


def occasion(schedule: Schedule, quiet: Quiet, since: date, done: date | None, day: date) -> date | None:
    """The due day whose telling falls to ``day``; ``None`` where none does.

    ``since``: the day on which the schedule was chosen, nothing was due before; ``done``: the last due day that was
    dealt with. A due day that was quiet, or on which nobody ran the command, falls to the next day that is not quiet.
    """
    due = schedule.latest(day)
    if quiet.covers(day) or due < since:
        return None
    return due if schedule.at_once or done is None or due > done else None


def next_telling(schedule: Schedule, quiet: Quiet, day: date) -> date:
    """The first day after ``day`` on which something is told: what ends before it has to be told on ``day``."""
    return quiet.first_free(schedule.following(day))


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
