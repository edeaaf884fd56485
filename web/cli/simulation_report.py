"""A simulation on the terminal, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from enterprises.calendar import format_day
from recommender.simulation.curves import Curve, Point
from recommender.simulation.reach import Simulation
from web.printed import simulation_words as words

_LEAST_WIDTH = 100
"""Columns; a narrower output (a pipe, a log) would cut the tables to pieces."""

_SHOWN = 12
"""So many rows of a table; the rest is in the JSON and in the HTML."""


def print_simulation(simulation: Simulation, curves: Sequence[Curve], dimensions: Sequence[str]) -> None:
    """Who and how much, then what stands out, then the curves."""
    console = Console()
    console = console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)
    item = simulation.item
    console.print(f"[bold]{escape(item.title)}[/bold]（{item.id}），按 {format_day(simulation.on)} 仿真")
    for line in words.about(simulation):
        console.print(escape(line))
    console.print()
    for label, text in words.result(simulation):
        console.print(f"{label}：[bold]{escape(text)}[/bold]")
    for remark in words.remarks(simulation):
        console.print(f"[yellow]注意[/yellow]：{escape(remark)}")
    for dimension in dict.fromkeys((*dimensions, "size", "ownership", "kind")):
        _print_groups(console, simulation, dimension)
    _print_funnel(console, simulation)
    _print_overlaps(console, simulation)
    _print_change(console, simulation)
    for curve in curves:
        _print_curve(console, simulation, curve)
    console.print(f"\n{words.CAVEAT}")


def _table(console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console.print(f"\n[bold]{escape(title)}[/bold]")
    table = Table(expand=True)
    for number, heading in enumerate(headings):
        table.add_column(
            heading, justify="left" if number == 0 else "right", ratio=3 if number == 0 else 2, overflow="fold"
        )
    for row in rows[:_SHOWN]:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    if len(rows) > _SHOWN:
        console.print(f"另有 {len(rows) - _SHOWN} 行，见 --json 或 --out")


def _print_groups(console: Console, simulation: Simulation, dimension: str) -> None:
    rows = words.groups(simulation, dimension, most_first=True)
    if rows:
        _table(console, words.DIMENSIONS[dimension], words.GROUP_HEADINGS, rows)


def _print_funnel(console: Console, simulation: Simulation) -> None:
    _table(console, "条件漏斗：逐个加上条件，还剩多少户", words.FUNNEL_HEADINGS, words.funnel(simulation))


def _print_overlaps(console: Console, simulation: Simulation) -> None:
    rows = words.overlaps(simulation)
    if rows:
        _table(console, "与现行事项重叠最多的", words.OVERLAP_HEADINGS, rows)


def _print_change(console: Console, simulation: Simulation) -> None:
    if simulation.change is not None:
        title = f"与政策库第 {simulation.change.before.version} 版相比"
        _table(console, title, words.CHANGE_HEADINGS, words.change(simulation))


def _print_curve(console: Console, simulation: Simulation, curve: Curve) -> None:
    rows = [words.point(simulation, curve, point) for point in _thinned(curve)]
    console.print(f"\n[bold]门槛曲线：{escape(curve.lever.say(simulation.dictionary))}[/bold]")
    table = Table(expand=True)
    for number, heading in enumerate(words.CURVE_HEADINGS):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        present = row[0].endswith(words.PRESENT)
        table.add_row(*(escape(cell) for cell in row), style="bold" if present else "")
    console.print(table)


def _thinned(curve: Curve) -> list[Point]:
    """Some points, evenly chosen, with the first, the last and the present one."""
    step = max(len(curve.points) // _SHOWN, 1)
    last = len(curve.points) - 1
    return [
        point
        for number, point in enumerate(curve.points)
        if number % step == 0 or number == last or point.value == curve.lever.present
    ]
