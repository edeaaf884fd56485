"""Charts as figures: horizontal bars and a timeline, laid out here, drawn as SVG by ``templates/_charts.html``.

Positions across are percentages and those downwards are in em, so that a chart follows the width of its column and the
size of its reader's type, and needs no style of its own. Whatever is drawn also stands in words: beside its mark, and
in the table under the chart. A mark's shape says what it is, never its colour alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from enterprises.calendar import format_day

LINE = 18
"""Full-width characters that stand side by side on the narrowest phone."""

LONGEST = 60
"""Per cent of the width that the longest bar takes; beside it there is room for its figure."""

LEAST = Fraction(1, 2)
"""Per cent of the width that a bar which is not zero takes at least, lest it look like none."""

GAP, ROW = Fraction(5, 10), Fraction(17, 10)
"""Em between a label and its mark, and from there to the next label."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: ``value`` is what its length shows, ``text`` says it. ``None``: there is no figure, and no bar."""

    label: str
    value: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row where it is drawn. ``lines``: the label, broken; ``top`` and ``middle`` in em; ``length`` in per cent."""

    bar: Bar
    lines: tuple[str, ...]
    top: str
    middle: str
    length: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart. ``height`` in em; ``name`` is unique on a page as long as titles are."""

    title: str
    note: str
    heads: tuple[str, str]
    rows: tuple[Drawn, ...]
    height: str

    @property
    def name(self) -> str:
        return _name(self.title)

    @property
    def description(self) -> str:
        """The whole chart in words."""
        return "；".join(f"{row.bar.label}：{row.bar.text}" for row in self.rows)


def bars(title: str, rows: Sequence[Bar], note: str = "", heads: tuple[str, str] = ("类别", "数值")) -> Bars:
    """A bar for each row, in their order. ``note`` says what the figures are; ``heads`` are the table's headings.

    Raises ``ValueError`` for a value below zero, which no bar shows.
    """
    if any(row.value is not None and row.value < 0 for row in rows):
        raise ValueError("a bar shows no value below zero")
    most = max((row.value or 0 for row in rows), default=0)
    drawn, top = [], Fraction(0)
    for row in rows:
        lines = broken(row.label)
        middle = top + _em(len(lines)) + GAP
        drawn.append(Drawn(row, lines, _say(top), _say(middle), _say(_length(row.value, most))))
        top = middle + ROW
    return Bars(title, note, heads, tuple(drawn), _say(top))


def _length(value: int | None, most: int) -> Fraction:
    return max(LEAST, Fraction(value * LONGEST, most)) if value else Fraction(0)


class Mark(StrEnum):
    """What an event is; each has a shape of its own."""

    BEGINS = "begins"
    ENDS = "ends"
    LASTS = "lasts"


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a day, or from ``day`` to ``until``, both included. ``text``: what happens then."""

    label: str
    day: date
    text: str
    mark: Mark = Mark.ENDS
    until: date | None = None

    @property
    def when(self) -> str:
        """Its day or days, in Chinese."""
        return format_day(self.day) + (f"至{format_day(self.until)}" if self.until else "")


@dataclass(frozen=True, slots=True)
class Placed:
    """An event where it is drawn: ``left`` and ``width`` in per cent, ``top`` and ``middle`` in em."""

    event: Event
    lines: tuple[str, ...]
    top: str
    middle: str
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month on the axis; ``label`` is empty where there is no room for one."""

    left: str
    label: str

    @property
    def anchor(self) -> str:
        """Which end of the label stands at the tick: near the right edge it is the last one."""
        return "end" if float(self.left) > FULL else "start"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events on an axis of days. ``height`` in em."""

    title: str
    note: str
    ticks: tuple[Tick, ...]
    rows: tuple[Placed, ...]
    height: str

    @property
    def name(self) -> str:
        return _name(self.title)

    @property
    def description(self) -> str:
        """The whole chart in words."""
        return "；".join(f"{row.event.when}，{row.event.label}：{row.event.text}" for row in self.rows)


AXIS = Fraction(2)
"""Em that the axis and its labels take."""

WIDE = 96
"""Per cent of the width that the axis takes: the mark of its last day must not be cut off."""

LABELS = 3
"""So many months at most bear their names."""

FULL = 70
"""Per cent of the width beyond which a month's name would run over the right edge."""


def timeline(title: str, start: date, end: date, events: Sequence[Event], note: str = "") -> Timeline:
    """Events in the order of their days, on an axis from ``start`` to ``end``, both included.

    An event that lasts is cut off at the axis's ends. Raises ``ValueError`` where the axis has no length, where an
    event ends before it begins, or does not touch the axis.
    """
    if end <= start:
        raise ValueError("an axis needs at least two days")
    placed, top = [], AXIS
    for event in sorted(events, key=lambda each: (each.day, each.until or each.day)):
        last = event.until or event.day
        if last < event.day or last < start or event.day > end:
            raise ValueError(f"{event.label} is not on the axis")
        left, right = (_place(day, start, end) for day in (max(event.day, start), min(last, end)))
        lines = broken(f"{_short(event, start)}　{event.label}")
        middle = top + _em(len(lines)) + GAP
        placed.append(Placed(event, lines, _say(top), _say(middle), _say(left), _say(right - left)))
        top = middle + ROW
    return Timeline(title, note, tuple(_ticks(start, end)), tuple(placed), _say(top))


def _short(event: Event, start: date) -> str:
    """The day that matters, with its year where that is not the axis's first."""
    day = event.until or event.day
    return f"{f'{day.year}年' if day.year != start.year else ''}{day.month}月{day.day}日"


def _place(day: date, start: date, end: date) -> Fraction:
    """Where a day stands on the axis, in per cent of the width."""
    margin = Fraction(100 - WIDE, 2)
    return margin + Fraction((day - start).days * WIDE, (end - start).days)


def _ticks(start: date, end: date) -> Iterator[Tick]:
    months = _months(start, end)
    step = max(1, -(-len(months) // LABELS))
    for number, day in enumerate(months):
        named = number % step == 0
        year = f"{day.year}年" if number == 0 or day.month <= step else ""
        yield Tick(_say(_place(day, start, end)), f"{year}{day.month}月" if named else "")


def _months(start: date, end: date) -> list[date]:
    """The first days of months that are on the axis."""
    first, last = start.year * 12 + start.month - (start.day == 1), end.year * 12 + end.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]


def broken(text: str, width: int = LINE) -> tuple[str, ...]:
    """``text`` in lines of at most so many full-width characters; half-width ones count half. Never empty."""
    lines, line, used = [], "", 0
    for sign in text:
        needed = 1 if sign.isascii() else 2
        if used + needed > 2 * width:
            lines.append(line)
            line, used = "", 0
        line, used = line + sign, used + needed
    return (*lines, line)


def _em(lines: int) -> Fraction:
    return lines * Fraction(14, 10)


def _say(number: Fraction) -> str:
    """A number as an attribute of SVG has it: two places, which is less than a pixel."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _name(title: str) -> str:
    return f"chart-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
