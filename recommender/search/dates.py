"""Days and years in questions: 今年底前, 2024年, 12月31日前, 上半年, 20240630, 月底."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DateHint:
    """A time that a question names: from ``first`` to ``last``, both included, ``None`` where it is open; ``start`` and
    ``end``: its place in the plain text."""

    said: str
    first: date | None
    last: date | None
    start: int
    end: int


_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_CHINESE = "零〇一二三四五六七八九"
_YEARS = {"今": 0, "本": 0, "当": 0, "这一": 0, "去": -1, "上一": -1, "前": -2, "明": 1, "来": 1, "下一": 1, "后": 2}
_MONTHS = {"本": 0, "这个": 0, "当": 0, "上个": -1, "上": -1, "下个": 1, "下": 1}
_NUMBER = r"\d{1,2}|十[一二]?|[一二三四五六七八九]"
_DAY = r"\d{1,2}|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九]"
_END = r"底(?![层线薪价气部子盘蕴])|末"
_COUNTED = r"家(?![电具政庭])|个(?!人)|[平方米㎡吨千百万亿元块人名户台件套亩度斤克瓦次天小只条张辆%]"
"""What makes four digits a number of something, no year."""

_YEAR = (
    rf"(?:(?P<year>(?:19|20)\d\d(?=年)|20[123]\d(?!\d|\s?(?:{_COUNTED}))|(?:二[零〇]|一九)[{_CHINESE}]{{2}})年?+度?"
    rf"|(?P<relative>{'|'.join(_YEARS)})年度?|(?P<short>2\d)年)"
)
_PART = (
    r"(?P<half>[上下])半年|(?P<quarter>[一二三四1234])季度|(?P<yearend>年末|年终(?![于止身端])|年底(?![层线薪价气部子盘蕴]))"
    rf"|(?P<month>{_NUMBER})月份?(?:(?P<day>{_DAY})[日号]|(?P<monthend>{_END}))?"
)
_PART_OF_YEAR = re.sub(r"年(?=[末终底])", "年?", _PART.replace("(?P<", "(?P<of_"))
_TIME = re.compile(
    r"(?<![\da-z.])(?:"
    r"(?P<iso>(?:19|20)\d\d(?:[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))(?![\da-z])"
    rf"|(?P<nearmonth>{'|'.join(_MONTHS)})月(?P<nearend>{_END})?"
    rf"|(?<![每个各正腊岁])月(?P<thisend>{_END})"
    rf"|{_YEAR}的?第?(?:{_PART_OF_YEAR})?"
    rf"|第?(?:{_PART}))"
    r"(?P<bound>之?以?前|截止|之?以?后|起|以来)?(?!间|代|级|人)"
)
_LASTED_BEFORE = re.compile(r"(?:[了满近约超达过有干开办做整共第]|经营|营业|成立|从业|期限)\s?$")
_LASTED_AFTER = re.compile(r"的?\s?(?:[老多来内间期店厂]|以[上下内]|历史|经验)|的")
"""What stands beside 20年 where it says how long something lasts."""


def dates_in(text: str, on: date) -> tuple[DateHint, ...]:
    """The times named in a normalised text, in their order. What has no year is of the year of the day ``on``."""
    return tuple(_hints(text, on))


def _hints(text: str, on: date) -> Iterator[DateHint]:
    for match in _TIME.finditer(text):
        span = None if _lasts(match) else _span(match, on)
        if span is None:
            continue
        first, last = span
        bound = match["bound"] or ""
        if bound.endswith(("前", "截止")):
            yield DateHint(match[0], None, last, *match.span())
        elif bound:
            yield DateHint(match[0], first, None, *match.span())
        else:
            yield DateHint(match[0], first, last, *match.span())


def _lasts(match: re.Match[str]) -> bool:
    """Whether a year of two digits, such as 20年, is 20 years and not the year 2020."""
    if not match["short"] or any(value for name, value in match.groupdict().items() if name.startswith("of_")):
        return False
    beside = _LASTED_BEFORE.search(match.string, 0, match.start()) or _LASTED_AFTER.match(match.string, match.end())
    return beside is not None or (match["bound"] or "").endswith(("前", "后")) or match[0].endswith("的")


def _span(match: re.Match[str], on: date) -> tuple[date, date] | None:
    """The first and the last day that were named; ``None`` where the calendar has no such day."""
    try:
        if match["iso"]:
            parts = re.split(r"[-/.]", match["iso"])
            day = date(*map(int, parts)) if len(parts) == 3 else date.fromisoformat(match["iso"])
            return day, day
        if match["thisend"]:
            return _month(on.year, on.month, its_end=True)
        if match["nearmonth"]:
            months = on.year * 12 + on.month - 1 + _MONTHS[match["nearmonth"]]
            return _month(months // 12, months % 12 + 1, match["nearend"] is not None)
        year, prefix = _year(match, on), ""
        if year is not None:
            prefix = "of_"
        return _part(match, prefix, on.year if year is None else year)
    except ValueError:  # the 31st of a month of 30 days
        return None


def _year(match: re.Match[str], on: date) -> int | None:
    if match["year"]:
        return int(match["year"].translate(_DIGITS))
    if match["relative"]:
        return on.year + _YEARS[match["relative"]]
    return 2000 + int(match["short"]) if match["short"] else None


def _part(match: re.Match[str], prefix: str, year: int) -> tuple[date, date]:
    """What part of ``year`` was named: all of it where none was."""
    if match[f"{prefix}half"]:
        first = 1 if match[f"{prefix}half"] == "上" else 7
        return date(year, first, 1), _month(year, first + 5)[1]
    if match[f"{prefix}quarter"]:
        last = 3 * ("一二三四".find(match[f"{prefix}quarter"]) + 1 or int(match[f"{prefix}quarter"]))
        return date(year, last - 2, 1), _month(year, last)[1]
    if match[f"{prefix}yearend"]:
        return date(year, 12, 1), date(year, 12, 31)
    if match[f"{prefix}month"] is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = _count(match[f"{prefix}month"])
    if match[f"{prefix}day"]:
        day = date(year, month, _count(match[f"{prefix}day"]))
        return day, day
    return _month(year, month, match[f"{prefix}monthend"] is not None)


def _month(year: int, month: int, its_end: bool = False) -> tuple[date, date]:
    last = date(year, month, monthrange(year, month)[1])
    return (last.replace(day=21) if its_end else date(year, month, 1)), last


def _count(text: str) -> int:
    """The number of a month or a day: 12, 十二, 三十一."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * int((tens or "一").translate(_DIGITS)) if ten else 0) + int((ones or "零").translate(_DIGITS))
