"""The quiet calendar (无事不扰): on which days and at which hours no enterprise of the installation is disturbed.

Holidays and the weekends that are worked instead (调休) are announced each year by the General Office of the State
Council; they are entered by an office, and offices count working days by them, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from enterprises.calendar import SHANGHAI, parse_day
from enterprises.source_text import BadText, is_one_line

FARTHEST = timedelta(days=366)
"""So far ahead a free moment is looked for."""

_SATURDAY = 5
_DAY = timedelta(days=1)


class Special(StrEnum):
    """What a day is, other than its weekday says."""

    HOLIDAY = "holiday"
    WORKING = "working"
    QUIET = "quiet"

    @property
    def label(self) -> str:
        return {"holiday": "放假", "working": "调休上班", "quiet": "不打扰"}[self]


class NeverFree(ValueError):
    """No moment within a year is free; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``special``: days that are not as their weekday says. ``weekends``: whether nothing is sent on these.

    From ``first_hour`` to ``last_hour`` (0 to 23, the end left out; 22 to 8 goes over midnight; the same twice: never)
    nothing that rings is sent. ``weekly_cap``: so many campaigns at most tell an enterprise anything in a week.
    """

    special: Mapping[date, Special] = field(default_factory=dict)
    first_hour: int = 22
    last_hour: int = 8
    weekends: bool = True
    weekly_cap: int = 2

    @property
    def holidays(self) -> frozenset[date]:
        """The days on which offices are closed, whatever their weekday."""
        return frozenset(day for day, kind in self.special.items() if kind is Special.HOLIDAY)

    def is_working(self, day: date) -> bool:
        """Whether offices work."""
        kind = self.special.get(day)
        if kind is Special.HOLIDAY:
            return False
        return kind is Special.WORKING or day.weekday() < _SATURDAY

    def is_quiet(self, day: date) -> bool:
        """Whether nothing is sent on ``day``."""
        kind = self.special.get(day)
        if kind is not None:
            return kind is not Special.WORKING
        return self.weekends and day.weekday() >= _SATURDAY

    def silences(self, moment: datetime, rings: bool = True) -> bool:
        """Whether nothing (that rings) is sent at ``moment``, which is aware."""
        here = moment.astimezone(SHANGHAI)
        return self.is_quiet(here.date()) or (rings and self._hour_is_quiet(here.hour))

    def first_free(self, moment: datetime, rings: bool = True) -> datetime:
        """The first moment from ``moment`` on at which something (that rings) may be sent; ``moment`` itself if it may.

        Raises ``NeverFree``.
        """
        if not self.silences(moment, rings):
            return moment
        here = moment.astimezone(SHANGHAI)
        hour = datetime.combine(here.date(), time(here.hour), SHANGHAI)
        last = here + FARTHEST
        while hour <= last:
            if self.is_quiet(hour.date()):
                hour = datetime.combine(hour.date() + _DAY, time(), SHANGHAI)
            elif rings and self._hour_is_quiet(hour.hour):
                hour += timedelta(hours=1)
            else:
                return hour
        raise NeverFree("往后一年每天都设成了不打扰，什么也发不出去。请检查“不打扰的日子”")

    def _hour_is_quiet(self, hour: int) -> bool:
        if self.first_hour <= self.last_hour:
            return self.first_hour <= hour < self.last_hour
        return hour >= self.first_hour or hour < self.last_hour


LONGEST_LIST = 400
"""Special days that can be kept at once: three years of holidays are half as many."""

LONGEST_NAME = 40
"""Characters of what a special day is called."""

_LINE = re.compile(r"\s*(?P<first>[\d年月日-]+)(?:\s*(?:至|到|~|～|—)\s*(?P<last>[\d年月日-]+))?\s+(?P<rest>\S.*?)\s*")


@dataclass(frozen=True, slots=True)
class Named:
    """What a day is, and what it is called, such as 国庆节."""

    kind: Special
    name: str = ""


def read_days(text: str) -> dict[date, Named]:
    """Special days as people write them, one or a span a line: ``2024-10-01 至 2024-10-07 放假 国庆节``.

    Raises ``BadText`` that names the first line which cannot be understood.
    """
    found: dict[date, Named] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            days, named = _read_line(line)
            if twice := [day for day in days if day in found]:
                raise BadText(f"{twice[0]} 写了两次", "每一天只写一次")
        except BadText as error:
            raise BadText(f"第 {number} 行：{error.message}", error.remedy) from None
        found |= dict.fromkeys(days, named)
        if len(found) > LONGEST_LIST:
            raise BadText(f"超过了 {LONGEST_LIST} 天", "请删去已经过去的")
    return found


def write_days(days: Mapping[date, Named]) -> str:
    """Special days as ``read_days`` reads them, those that follow each other and are alike as spans."""
    spans: list[tuple[date, date, Named]] = []
    for day in sorted(days):
        if spans and spans[-1][1] + _DAY == day and spans[-1][2] == days[day]:
            spans[-1] = (spans[-1][0], day, days[day])
        else:
            spans.append((day, day, days[day]))
    return "\n".join(
        f"{first}{f' 至 {last}' if last > first else ''} {named.kind.label}{f' {named.name}' if named.name else ''}"
        for first, last, named in spans
    )


def _read_line(line: str) -> tuple[list[date], Named]:
    match = _LINE.fullmatch(line)
    kinds = {kind.label: kind for kind in Special}
    word, _, name = match["rest"].partition(" ") if match else ("", "", "")
    if match is None or word not in kinds:
        raise BadText(
            f"看不懂“{line.strip()[:40]}”", "请写成“2024-10-01 至 2024-10-07 放假 国庆节”，或“调休上班”“不打扰”"
        )
    first = parse_day(match["first"])
    last = parse_day(match["last"]) if match["last"] else first
    if not 0 <= (last - first).days < LONGEST_LIST:
        raise BadText("前后颠倒，或者太长", f"请先写早的一天，一段最多 {LONGEST_LIST} 天")
    if not is_one_line(name):
        raise BadText("名称里有看不见的控制字符", "请删去，必要时重新输入")
    if len(name.strip()) > LONGEST_NAME:
        raise BadText("名称太长", f"最多 {LONGEST_NAME} 个字")
    return [first + timedelta(days=more) for more in range((last - first).days + 1)], Named(kinds[word], name.strip())
