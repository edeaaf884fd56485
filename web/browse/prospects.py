"""Prospects as pages show them: items by category, and two charts of them that add up nothing that may not be added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from enterprises.amounts import format_money
from policies.ceilings import Ceiling, ceiling_of
from policies.items import Category, Item
from recommender.prospects import Tally, tallies
from web.charts import Bar, Bars, bars
from web.checkup.cards import show_deadline


@dataclass(frozen=True)
class Listed:
    """An item in a list: what it gives at most (empty where no amount is named), and until when."""

    item: Item
    amount: str
    deadline: str


@dataclass(frozen=True)
class Kind:
    """The items of one category. ``top``: the one that names the highest single amount."""

    tally: Tally
    listed: tuple[Listed, ...]

    @property
    def category(self) -> Category:
        return self.tally.category

    @property
    def top(self) -> Item | None:
        return self.tally.top


def kinds_of(items: Iterable[Item], on: date) -> tuple[Kind, ...]:
    """Items by category, seen from the day ``on``."""
    found = tuple(items)
    return tuple(
        Kind(tally, tuple(_listed(item, on) for item in found if item.category is tally.category))
        for tally in tallies(found)
    )


def _listed(item: Item, on: date) -> Listed:
    return Listed(item, say_ceiling(ceiling_of(item.benefit)), show_deadline(item, on))


def say_ceiling(ceiling: Ceiling | None) -> str:
    """What one claim brings at most, in Chinese; empty where no amount is named."""
    if ceiling is None:
        return ""
    each = "每项" if ceiling.each else ""
    return f"{each}最高 {format_money(ceiling.amount)}" if ceiling.amount is not None else "按比例给，没有写明上限"


def count_chart(kinds: Iterable[Kind]) -> Bars:
    """How many items there are of each category."""
    rows = [Bar(kind.category.label, kind.tally.count, f"{kind.tally.count} 个") for kind in kinds]
    return bars("各类事项有多少个", rows, heads=("类别", "事项"))


def amount_chart(kinds: Iterable[Kind]) -> Bars | None:
    """The highest single amount of each category that names one; ``None`` where none does.

    Sums would mislead: nobody receives everything, much excludes each other, and most items name no amount.
    """
    known = tuple(kinds)
    rows = [
        Bar(kind.category.label, kind.tally.highest, _most(kind.tally))
        for kind in known
        if kind.tally.highest is not None or kind.tally.unlimited
    ]
    if not rows:
        return None
    unpriced = sum(kind.tally.unpriced for kind in known)
    note = "每类里写明金额最高的一个事项，一次最多给多少。不同事项不能直接相加。"
    more = f"另有 {unpriced} 个事项没有写明金额（服务、便利，或细则另定），不在图里。" if unpriced else ""
    return bars("各类事项一次最高给多少", rows, note + more, heads=("类别", "一次最高"))


def _most(tally: Tally) -> str:
    return format_money(tally.highest) if tally.highest is not None else "没有写明上限"
