"""When something may be sent: the first moment at which nobody wants to be left in peace, and when to try again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Protocol

from enterprises.calendar import SHANGHAI
from recommender.channels.quiet import NeverFree
from recommender.messages.schedule import Quiet

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

FARTHEST = timedelta(days=366)
"""Who wants to be left in peace for longer than this is not told at all."""


class Calendar(Protocol):
    """When everybody is left in peace, by the configuration; ``weekly_cap``: so many campaigns a week at most."""

    @property
    def weekly_cap(self) -> int: ...

    def first_free(self, moment: datetime, rings: bool = True) -> datetime:
        """The first moment from ``moment`` on that is free; ``rings``: hours count, too. May raise ``NeverFree``."""


class Always:
    """A calendar on which every moment is free."""

    weekly_cap = 7

    def first_free(self, moment: datetime, rings: bool = True) -> datetime:
        return moment


def first_free(calendar: Calendar, quiets: Sequence[Quiet], moment: datetime, *, rings: bool) -> datetime | None:
    """The first moment from ``moment`` (aware) on at which none of them is quiet; ``None`` where that is too far.

    ``rings``: hours count, too; what lies in an inbox only waits for the day.
    """
    at = moment.astimezone(SHANGHAI)
    last = at + FARTHEST
    while at <= last:
        try:
            free = calendar.first_free(at, rings)
        except NeverFree:
            return None
        if free > at:
            at = free.astimezone(SHANGHAI)
            continue
        if any(quiet.covers(at.date()) for quiet in quiets):
            at = _midnight(at.date() + _DAY)
        elif rings and any(quiet.silences(at) for quiet in quiets):
            at = at.replace(minute=0, second=0, microsecond=0) + _HOUR
        else:
            return at
    return None


def monday_of(moment: datetime) -> date:
    """The first day of the calendar week of a moment, in Asia/Shanghai."""
    day = moment.astimezone(SHANGHAI).date()
    return day - timedelta(days=day.weekday())


def next_monday(moment: datetime) -> datetime:
    """When the week after that of a moment begins."""
    return _midnight(monday_of(moment) + timedelta(days=7))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


# ------------------------------------------------------------------ trying again

MOST_ATTEMPTS = 8
"""After so many failures a delivery is dead: with the waits below that is after half a day to a day."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)


def wait_after(attempts: int, chance: Random, at_least: int | None = None) -> timedelta:
    """How long to wait after so many failures in a row, from 1: twice as long each time, up to ``LONGEST_WAIT``.

    Between half of that and all of it by ``chance``, so that what failed together does not come back together.
    ``at_least``: seconds that the other side asked for, of which up to a day are granted.
    """
    doubled: int = 2 ** min(attempts - 1, 20)
    full = min(FIRST_WAIT * doubled, LONGEST_WAIT)
    wait = full * (0.5 + chance.random() / 2)
    return wait if at_least is None else max(wait, min(timedelta(seconds=at_least), _DAY))
