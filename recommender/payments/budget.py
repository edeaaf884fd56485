"""Sharing out a budget that may run short: integer 分, by a stated rule, the same however the claims come.

Pure. What is shared out never exceeds the budget, and nobody gets more than is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Rule(StrEnum):
    """What happens where the budget does not suffice for everybody."""

    STOP = "stop"
    PRO_RATA = "pro-rata"
    BY_DATE = "by-date"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Rule.STOP: "按名单次序足额发放，用完为止",
    Rule.PRO_RATA: "所有人按同一比例发放",
    Rule.BY_DATE: "按日期先后足额发放，用完为止",
}


class NoDay(ValueError):
    """A claim without a day, where the order goes by days; ``key`` says whose."""

    def __init__(self, key: str) -> None:
        super().__init__(f"“{key}”没有用来排先后的日期。请在核定金额清单里补上，或换一个办法")
        self.key = key


@dataclass(frozen=True, slots=True)
class Claim:
    """What is due to whom, in 分. ``position``: the place in the list; ``day``: what ``BY_DATE`` goes by."""

    key: str
    due: int
    position: int
    day: date | None = None


def share(claims: Iterable[Claim], budget: int | None, rule: Rule) -> dict[str, int]:
    """What each claim gets, by its key; ``budget`` ``None``: there is no limit.

    With ``PRO_RATA`` the sum is the budget to the 分: each gets the whole 分 of its share, and those with the largest
    remainders one more, equal ones in the order of their keys. Otherwise the claims are met in full in their order
    (equal days by key) until one does not fit: nobody after it gets anything, even where it would. Raises ``NoDay``,
    and ``ValueError`` for two claims with one key.
    """
    some = sorted(claims, key=lambda claim: claim.key)
    if len({claim.key for claim in some}) < len(some):
        raise ValueError("two claims have one key")
    if rule is Rule.BY_DATE:
        _check_days(some)
    if budget is None or sum(claim.due for claim in some) <= budget:
        return {claim.key: claim.due for claim in some}
    return _RULES[rule](some, max(budget, 0))


def _check_days(claims: Iterable[Claim]) -> None:
    for claim in claims:
        if claim.day is None:
            raise NoDay(claim.key)


def _by_position(claims: list[Claim], budget: int) -> dict[str, int]:
    return _in_order(sorted(claims, key=lambda claim: (claim.position, claim.key)), budget)


def _by_day(claims: list[Claim], budget: int) -> dict[str, int]:
    return _in_order(sorted(claims, key=lambda claim: (claim.day or date.max, claim.key)), budget)


def _in_order(claims: list[Claim], budget: int) -> dict[str, int]:
    left, over, shares = budget, False, dict[str, int]()
    for claim in claims:
        over = over or claim.due > left
        shares[claim.key] = 0 if over else claim.due
        left -= shares[claim.key]
    return shares


def _pro_rata(claims: list[Claim], budget: int) -> dict[str, int]:
    total = sum(claim.due for claim in claims)
    parts = {claim.key: divmod(claim.due * budget, total) for claim in claims}
    shares = {key: whole for key, (whole, _) in parts.items()}
    left = budget - sum(shares.values())
    for key in sorted(parts, key=lambda key: (-parts[key][1], key))[:left]:
        shares[key] += 1
    return shares


_RULES: Mapping[Rule, Callable[[list[Claim], int], dict[str, int]]] = {
    Rule.STOP: _by_position,
    Rule.PRO_RATA: _pro_rata,
    Rule.BY_DATE: _by_day,
}
