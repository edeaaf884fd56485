"""A simulation as one HTML file: figures, tables, and a chart for each threshold, drawn as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Any

from enterprises.amounts import YUAN
from enterprises.calendar import format_day
from recommender.simulation.costs import Cost
from recommender.simulation.curves import Curve
from recommender.simulation.reach import Simulation
from web.printed import simulation_words as words
from web.printed.booklets import render


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel: ``kind`` is its class in the style sheet; ``points`` are in the chart's own units."""

    kind: str
    label: str
    path: str
    end: tuple[float, float]
    marks: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line at ``at``, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure over the threshold. ``top`` is where it begins in the drawing."""

    title: str
    top: float
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The panels of a curve, one below the other over the same thresholds; ``present``: where the present one is."""

    title: str
    label: str
    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]
    present: float
    present_label: str
    height: float
    rows: tuple[tuple[str, ...], ...]


WIDTH, LEFT, RIGHT = 720.0, 84.0, 132.0
"""Of a drawing: the right margin holds what the lines are called."""

PANEL, GAP, HEAD = 110.0, 48.0, 34.0
"""The height of a panel, of what is between two, and of what is above the first."""


def simulation_page(simulation: Simulation, curves: Sequence[Curve], dimensions: Sequence[str]) -> str:
    """The page; of the groups it lists the given dimensions, sizes, ownership and kinds."""
    tables: list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]] = [
        (words.DIMENSIONS[dimension], words.GROUP_HEADINGS, words.groups(simulation, dimension))
        for dimension in dict.fromkeys((*dimensions, "size", "ownership", "kind"))
    ]
    tables.append(("条件漏斗：逐个加上条件，还剩多少户", words.FUNNEL_HEADINGS, words.funnel(simulation)))
    overlaps = words.overlaps(simulation)
    tables.append((f"与现行事项的重叠：{len(overlaps)} 项", words.OVERLAP_HEADINGS, overlaps))
    if simulation.change is not None:
        title = f"与政策库第 {simulation.change.before.version} 版相比"
        tables.append((title, words.CHANGE_HEADINGS, words.change(simulation)))
    return render(
        "simulation.html",
        item=simulation.item,
        day=format_day(simulation.on),
        about=words.about(simulation),
        result=words.result(simulation),
        remarks=words.remarks(simulation),
        charts=[_chart(simulation, curve) for curve in curves if curve.points],
        tables=tables,
        curve_headings=words.CURVE_HEADINGS,
        caveat=words.CAVEAT,
        size={"width": WIDTH, "left": LEFT, "right": WIDTH - RIGHT, "panel": PANEL},
    )


# ------------------------------------------------------------------ charts


def _chart(simulation: Simulation, curve: Curve) -> Chart:
    across = _scale([_number(point.value) for point in curve.points])
    figure = curve.lever.figure(simulation.dictionary)
    exact = all(point.cost.low == point.cost.high for point in curve.points)
    measures: list[tuple[str, list[_Measured], Callable[[int], str], int]] = [
        ("符合", [("sure", "符合", lambda cost: cost.eligible)], _households, 1),
        ("待补充", [("maybe", "待补充", lambda cost: cost.undetermined)], _households, 1),
        (
            "符合的金额",
            [("sure", "金额" if exact else "最少", lambda cost: cost.low)]
            + ([] if exact else [("most", "最多", lambda cost: cost.high)]),
            words.money,
            YUAN,
        ),
        ("待补充的最多再加", [("maybe", "最多再加", lambda cost: cost.could_add)], words.money, YUAN),
    ]
    panels: list[Panel] = []
    for title, lines, show, unit in measures:
        if any(measure(point.cost) for _, _, measure in lines for point in curve.points):
            panels.append(_panel(title, len(panels), curve, across, lines, show, unit))
    ticks = [Tick(across(_number(value)), figure.show(value)) for value in _labelled(curve, across)]
    return Chart(
        title=curve.lever.say(simulation.dictionary),
        label=figure.label,
        panels=tuple(panels),
        ticks=tuple(ticks),
        present=across(_number(curve.lever.present)),
        present_label=f"现在：{figure.show(curve.lever.present)}",
        height=HEAD + len(panels) * (PANEL + GAP),
        rows=tuple(words.point(simulation, curve, point) for point in curve.points),
    )


_Measure = Callable[[Cost], int]
_Measured = tuple[str, str, _Measure]
"""The kind of a line, its label, and what it shows."""


def _households(number: int) -> str:
    return f"{number:,} 户"


def _panel(
    title: str,
    number: int,
    curve: Curve,
    across: Callable[[float], float],
    measures: Sequence[_Measured],
    show: Callable[[int], str],
    unit: int,
) -> Panel:
    top = HEAD + number * (PANEL + GAP)
    most = max(measure(point.cost) for _, _, measure in measures for point in curve.points)
    step = _step(most, unit)
    highest = max(ceil(most / step), 1) * step

    def up(amount: int) -> float:
        return top + PANEL - PANEL * amount / highest

    lines = [_line(kind, label, measure, curve, across, up, show) for kind, label, measure in measures]
    ticks = [Tick(up(at), show(at)) for at in range(0, highest + 1, step)]
    return Panel(title, top, _apart(lines), tuple(ticks))


def _line(
    kind: str,
    label: str,
    measure: _Measure,
    curve: Curve,
    across: Callable[[float], float],
    up: Callable[[int], float],
    show: Callable[[int], str],
) -> Line:
    places = [(across(_number(point.value)), up(measure(point.cost)), measure(point.cost)) for point in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    marks = tuple((x, y, f"{label}：{show(amount)}") for x, y, amount in places)
    return Line(kind, label, path, (places[-1][0], places[-1][1]), marks)


_LINE_HEIGHT = 15.0


def _apart(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with their labels so far from each other that they can be read, in the order of the lines' ends."""
    placed: list[Line] = []
    lowest = float("-inf")
    for line in sorted(lines, key=lambda line: line.end[1]):
        lowest = max(line.end[1], lowest + _LINE_HEIGHT)
        placed.append(Line(line.kind, line.label, line.path, (line.end[0], lowest), line.marks))
    return tuple(placed)


def _step(most: int, unit: int) -> int:
    """A round step of which about four reach ``most``; of money whole 元."""
    rough = max(most / 4, unit) / unit
    power = 10 ** floor(log10(rough))
    return int(next(times for times in (1, 2, 5, 10) if times * power >= rough) * power) * unit


def _number(value: Any) -> float:
    return float(value.toordinal() if isinstance(value, date) else value)


def _scale(numbers: Sequence[float]) -> Callable[[float], float]:
    """Where a threshold stands: evenly, or by its order of magnitude where they are far apart."""
    low, high = min(numbers), max(numbers)
    wide = low > 0 and high / low > 20
    begin, end = (log10(low), log10(high)) if wide else (low, high)
    span = (end - begin) or 1.0
    width = WIDTH - LEFT - RIGHT
    return lambda number: LEFT + width * ((log10(number) if wide else number) - begin) / span


_APART = 84.0
"""Between two labels below the chart."""


def _labelled(curve: Curve, across: Callable[[float], float]) -> list[Any]:
    """The thresholds that bear a label: the ends, and as many others as there is room for."""
    chosen: list[Any] = []
    for point in curve.points:
        at = across(_number(point.value))
        if not chosen or at - across(_number(chosen[-1])) >= _APART:
            chosen.append(point.value)
    return chosen
