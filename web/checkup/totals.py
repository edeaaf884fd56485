"""Totals in words: what several supports come to, and what that rests on. Pages and the command line say the same."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.amounts import format_money
from recommender.combination import Combination
from recommender.explanation import Explanation


@dataclass(frozen=True)
class Total:
    """What several supports come to. ``words``: it is no figure; ``note`` says what it rests on, or leaves out."""

    text: str
    words: bool
    note: str


def certain_total(explanation: Explanation) -> Total:
    """What can be had by what is known now, and how much of that is known from more than the enterprise itself."""
    total, confirmed = explanation.certain.total, explanation.confirmed_total
    if not total:
        return _total(explanation.certain, "")
    if confirmed == total:
        return _total(explanation.certain, "依据的信息都已核实")
    said = f"其中已核实 {format_money(confirmed)}，其余" if confirmed else "全部"
    return _total(explanation.certain, f"{said}依据企业填报，须主管部门核实")


def possible_total(explanation: Explanation) -> Total:
    """What can be had at most, once what is missing is known."""
    return _total(explanation.possible, "")


def _total(combination: Combination, note: str) -> Total:
    if combination.total:
        more = "另有金额取决于未填信息的事项" if combination.unbounded else ""
        return Total(format_money(combination.total), False, "；".join(part for part in (note, more) if part))
    return Total("金额取决于未填的信息" if combination.unbounded else "暂无可计入的金额", True, note)
