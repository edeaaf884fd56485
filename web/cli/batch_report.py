"""What the command line says of a batch: how many each item reaches and what they may have, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from enterprises.calendar import format_day
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.runs import AnotherRun, Count, Run
from web.cli.batch_lists import CHANGES, Titles, kinds_of

MADE_UP = "企业全部是虚构的示例，不是真实数据"

_LEAST_WIDTH = 110
"""Columns; a narrower output (a pipe, a log) would cut the tables to pieces."""


def print_run(run: Run, titles: Titles, *, everything: bool) -> None:
    """What was decided and what came of it, item by item; unless ``everything``, of items that reach somebody."""
    console = _console()
    console.print(f"[bold]{escape(str(run.folder))}[/bold]：按 {format_day(run.on)} 判断，{len(run.offers)} 个事项")
    if run.made_up:
        console.print(f"[bold]{MADE_UP}[/bold]")
    for layer in layers(run)[1:]:
        console.print(escape(_say_layer(layer)))
    if run.counts is None:
        console.print("还没有判断完。用同样的命令再运行一次，会接着判断")
        return
    table = _table(("事项", 5), ("符合", 1), ("待补充", 1), ("符合者的金额", 3))
    shown = {item: count for item, count in run.counts.items() if count.eligible or everything}
    for item, count in shown.items():
        table.add_row(_item(item, titles), f"{count.eligible:,}", f"{count.undetermined:,}", amounts(count))
    if shown:
        console.print(table)
    if len(shown) < len(run.counts):
        hint = f"用 huiqi batch show {run.folder} 可以列出"
        console.print(escape(f"另有 {len(run.counts) - len(shown)} 个事项没有确定符合的企业，{hint}"))
    total = sum(run.counts.values(), Count())
    left_out = "" if run.undetermined else "；待补充的只计数，没有列出"
    console.print(f"符合的匹配共 {total.eligible:,} 个，待补充的 {total.undetermined:,} 个{left_out}。")
    console.print("金额按事项分别累计，没有扣除叠加规则不许同享的部分；以主管部门核定为准。")


def _say_layer(layer: Run | str) -> str:
    if isinstance(layer, str):
        return f"  更新自 {layer}，但那里的结果已经不在了，只剩计数"
    return f"  更新自 {layer.folder}（按 {format_day(layer.on)} 判断）"


def layers(run: Run) -> list[Run | str]:
    """The run, and those below it one after another; the folder of one that is gone ends them."""
    found: list[Run | str] = [run]
    base = run.base
    while base is not None:
        try:
            below = Run.open(Path(base))
        except AnotherRun:
            return [*found, base]
        found.append(below)
        base = below.base
    return found


def amounts(count: Count) -> str:
    """What the eligible ones may have in all; empty where nothing has a price."""
    if count.unbounded:
        return f"{show_amount(count.amount_low, None)}，{count.unbounded:,} 家没有上限"
    return show_amount(count.amount_low, count.amount_high) if count.amount_high else ""


def run_json(run: Run, titles: Titles) -> dict[str, Any]:
    """The same as plain data; amounts in 分. ``items`` is ``None`` where the run is not complete."""
    counts = run.counts
    below = [layer if isinstance(layer, str) else str(layer.folder) for layer in layers(run)[1:]]
    return {
        "on": run.on.isoformat(),
        "population": run.population,
        "made_up": run.made_up,
        "undetermined_listed": run.undetermined,
        "complete": run.complete,
        "layers": below,
        "items": None
        if counts is None
        else [
            {
                "item": item,
                "title": titles.get(item),
                "version": run.offers[item],
                "eligible": count.eligible,
                "undetermined": count.undetermined,
                "amount_low_fen": count.amount_low,
                "amount_high_fen": count.amount_high,
                "unbounded": count.unbounded,
            }
            for item, count in counts.items()
        ],
    }


# -------------------------------------------------------------- differences

Changes = Mapping[str, tuple[int, ...]]
"""How many of each of ``CHANGES`` there are, by item."""


def count_changes(tables: Iterable[pa.Table]) -> Changes:
    """How many differences of each kind there are, of the items that have any."""
    found: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
    for table in tables:
        kinds, items = kinds_of(table).to_numpy(), table.column("item").combine_chunks().dictionary_encode()
        codes = items.indices.to_numpy()
        counted = np.bincount(codes * len(CHANGES) + kinds, minlength=len(items.dictionary) * len(CHANGES))
        for item, numbers in zip(items.dictionary.to_pylist(), counted.reshape(-1, len(CHANGES)), strict=True):
            found[item] = found.get(item, np.zeros(len(CHANGES), np.int64)) + numbers
    return {item: tuple(int(number) for number in numbers) for item, numbers in found.items()}


def print_changes(run: Run, changes: Changes, titles: Titles) -> None:
    """How many became eligible, ceased to be, or may have another amount, item by item."""
    console = _console()
    if run.made_up:
        console.print(f"[bold]{MADE_UP}[/bold]")
    table = _table(("事项", 5), *((word, 1) for word in CHANGES))
    for item, numbers in sorted(changes.items()):
        table.add_row(_item(item, titles), *(f"{number:,}" for number in numbers))
    if changes:
        console.print(table)
    totals = [sum(numbers) for numbers in zip(*changes.values(), strict=True)] or [0] * len(CHANGES)
    console.print("，".join(f"{word} {number:,}" for word, number in zip(CHANGES, totals, strict=True)) + "。")
    console.print("“金额有变”只计前后都符合的；“其他”是前后都不符合的，例如从不符合变为待补充。")


# ------------------------------------------------------------------ matches


def print_matches(rows: pa.Table, total: int, titles: Titles) -> None:
    """The first matches of a list, one a line."""
    for row in rows.to_pylist():
        low, high = row["amount_low"], row["amount_high"]
        amount = "" if low is None else f"  {show_amount(low, high)}"
        title = titles.get(row["item"])
        item = row["item"] if title is None else f"{title}（{row['item']}）"
        click.echo(f"{row['enterprise']}  {Verdict(row['verdict']).label}  {item}{amount}")
    more = f"，列出前 {rows.num_rows} 条，用 --out 可以全部存成文件" if total > rows.num_rows else ""
    click.echo(f"共 {total:,} 条{more}。")


def _table(*headings: tuple[str, int]) -> Table:
    table = Table(expand=True)
    for heading, ratio in headings:
        table.add_column(heading, ratio=ratio, overflow="fold", justify="left" if ratio > 1 else "right")
    return table


def _item(item: str, titles: Titles) -> str:
    title = titles.get(item)
    return f"[dim]{escape(item)}[/dim]" if title is None else f"{escape(title)}\n[dim]{escape(item)}[/dim]"


def _console() -> Console:
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)
