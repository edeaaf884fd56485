"""Whether an enterprise reaches the statistical threshold "above designated size" (规模以上, 限额以上).

Source: National Bureau of Statistics, 一套表统计调查制度: industry with revenue of 2000万元 and more; wholesale
2000万元, retail 500万元, accommodation and catering 200万元; services by division 2000万元, 1000万元 or 500万元.
Construction and real-estate development enter by qualification or by having projects, whatever their revenue, so here
they stay open: whether such an enterprise is in the register is the fact ``five_above``.
"""

from __future__ import annotations

from functools import cache

from enterprises.amounts import FEN_PER_WAN
from enterprises.industries import industries, nested

FLOORS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (2000 * FEN_PER_WAN, ("B", "C", "D", "51", "G", "I", "N", "84")),
    (1000 * FEN_PER_WAN, ("L", "M", "P", "702", "703", "704", "709")),
    (500 * FEN_PER_WAN, ("52", "O", "R", "85")),
    (200 * FEN_PER_WAN, ("61", "62")),
)
"""Floors of yearly revenue in 分, inclusive, and the industries that they are for."""

BY_QUALIFICATION = ("E", "701")
"""Industries that are counted by qualification or projects, not by revenue."""


def possibly_above_scale(industry: str | None, revenue: int | None) -> frozenset[bool]:
    """The answers that what is known leaves open. ``revenue`` in 分, of the last full year."""
    answers: set[bool] = set()
    for floor in possible_floors(industry):
        if floor is None or (floor >= 0 and revenue is None):
            answers |= {True, False}
        else:
            answers.add(floor >= 0 and revenue is not None and revenue >= floor)
    return frozenset(answers)


_NEVER = -1


@cache
def possible_floors(industry: str | None) -> frozenset[int | None]:
    """The floors that may apply to an industry: one for each kind of group that its code may stand for.

    ``None`` where it goes by qualification, a negative one where it is never counted.
    """
    groups = (group.code for group in industries() if group.level == "group")
    return frozenset(_floor(group) for group in groups if industry is None or _related(group, industry))


def _related(group: str, industry: str) -> bool:
    return bool(nested(group, industry)) or bool(nested(industry, group))


def _floor(group: str) -> int | None:
    if any(nested(group, code) for code in BY_QUALIFICATION):
        return None
    return next((floor for floor, codes in FLOORS if any(nested(group, code) for code in codes)), _NEVER)
