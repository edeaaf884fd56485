"""A threshold curve as a chart of lines with one threshold chosen, laid out from a kept simulation's JSON.

As in ``web.charts`` positions across are percentages and those downwards are em; the lines are points in a square of
100 that is stretched between them. How a line is drawn says which it is, never its colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import log10
from typing import Any

from web.printed.simulation_words import money

Point = Mapping[str, Any]
"""A threshold and a cost."""

HEIGHT = 9
"""Em from the bottom of a panel to its top."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure over the threshold. ``text``: what it is at the chosen threshold; ``down``: where that is, in em."""

    label: str
    dashed: bool
    points: str
    text: str
    down: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over the same thresholds. ``most``: what the top of the panel stands for; ``across``: where the chosen
    threshold is, ``now``: where the present one is, in per cent."""

    title: str
    most: str
    lines: tuple[Line, ...]
    across: str
    now: str
    first: str
    last: str

    @property
    def description(self) -> str:
        """What the chart says of the chosen threshold."""
        return "；".join(f"{line.label}：{line.text}" for line in self.lines)


_Measure = tuple[str, bool, str]
"""A label, whether it is dashed, and the field of the cost."""

_PANELS: tuple[tuple[str, Callable[[int], str], tuple[_Measure, ...]], ...] = (
    ("户数", lambda number: f"{number:,} 户", (("符合", False, "eligible"), ("待补充", True, "undetermined"))),
    ("符合的金额", money, (("最少", False, "low"), ("最多", True, "high"))),
    ("待补充的最多再加", money, (("最多再加", True, "could_add"),)),
)


def panels(curve: Mapping[str, Any], chosen: int) -> tuple[Panel, ...]:
    """The panels in which there is anything to see, with the point of this number chosen."""
    points: Sequence[Point] = curve["points"]
    across = _scale([_number(point["value"]) for point in points])
    places = [across(_number(point["value"])) for point in points]
    now = across(_number(curve["present"]))
    return tuple(
        _panel(title, show, measures, points, places, chosen, now)
        for title, show, measures in _PANELS
        if any(point[field] for _, _, field in measures for point in points)
    )


def chosen_point(curve: Mapping[str, Any], wanted: str | None) -> int:
    """The number of the point that is asked for, or else of the present threshold."""
    points = curve["points"]
    if wanted is not None and wanted.isascii() and wanted.isdigit() and int(wanted) < len(points):
        return int(wanted)
    return next((number for number, point in enumerate(points) if point["value"] == curve["present"]), 0)


def _panel(
    title: str,
    show: Callable[[int], str],
    measures: Sequence[_Measure],
    points: Sequence[Point],
    places: Sequence[float],
    chosen: int,
    now: float,
) -> Panel:
    most = max(point[field] for _, _, field in measures for point in points)
    drawn = [_line(measure, show, points, places, chosen, most) for measure in measures]
    if len(drawn) > 1 and drawn[0].points == drawn[1].points:
        drawn = [Line(title, False, drawn[0].points, drawn[0].text, drawn[0].down)]
    return Panel(
        title=title,
        most=show(most),
        lines=tuple(drawn),
        across=_say(places[chosen]),
        now=_say(now),
        first=points[0]["words"],
        last=points[-1]["words"],
    )


def _line(
    measure: _Measure,
    show: Callable[[int], str],
    points: Sequence[Point],
    places: Sequence[float],
    chosen: int,
    most: int,
) -> Line:
    label, dashed, field = measure
    heights = [100 - 100 * point[field] / most for point in points]
    path = " ".join(f"{_say(x)},{_say(y)}" for x, y in zip(places, heights, strict=True))
    return Line(label, dashed, path, show(points[chosen][field]), _say(heights[chosen] * HEIGHT / 100))


def _number(value: int | str) -> float:
    """Days are ``2024-06-30``, fractions ``1/10``, as ``recommender.simulation.as_json`` writes them."""
    if isinstance(value, int):
        return float(value)
    return float(date.fromisoformat(value).toordinal()) if value.count("-") == 2 else float(Fraction(value))


_MARGIN = 2
"""Per cent of the width left free at either side, so that no mark is cut off."""


def _scale(numbers: Sequence[float]) -> Callable[[float], float]:
    """Where a threshold stands: evenly, or by its order of magnitude where they are far apart."""
    low, high = min(numbers), max(numbers)
    wide = low > 0 and high / low > 20
    begin, end = (log10(low), log10(high)) if wide else (low, high)
    span = (end - begin) or 1.0
    return lambda number: _MARGIN + (100 - 2 * _MARGIN) * ((log10(number) if wide else number) - begin) / span


def _say(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
