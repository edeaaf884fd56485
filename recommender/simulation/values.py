"""Which thresholds are worth a look: round numbers around the present one, and where the figures lie."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import floor, log10
from typing import Any as Plain

import numpy as np
import numpy.typing as npt

from enterprises.dictionary import Fact, Kind, Value

MOST = 50
"""So many points has a curve at most."""

_STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
"""Round numbers of one decade, in tenths of its beginning."""

_QUANTILES = np.arange(0.05, 1, 0.1)


def around(present: Value, figure: Fact, sample: npt.NDArray[np.float64]) -> tuple[Value, ...]:
    """At most ``MOST`` thresholds, ascending, the present one among them; only what the fact can plausibly be."""
    candidates: set[Plain] = set()
    seen = [float(number) for number in np.quantile(sample, _QUANTILES)] if len(sample) else []
    if isinstance(present, date):
        candidates = _days(present, seen)
    elif figure.kind is Kind.RATIO:
        candidates = _ratios(Fraction(present), seen)  # type: ignore[arg-type]
    else:
        assert isinstance(present, int)
        candidates = _numbers(present, seen)
    kept = {value for value in candidates if _plausible(value, figure)} | {present}
    return _nearest(sorted(kept), present)


def _numbers(present: int, seen: list[float]) -> set[Plain]:
    if abs(present) <= MOST // 2:
        return set(range(2 * max(present, 1) + 11))
    # In tenths, so that 1.2 and 1.5 of the decade are whole numbers too.
    decades = range(max(floor(log10(abs(present))) - 2, 1), floor(log10(abs(present))) + 3)
    steps = {step * 10 ** (decade - 1) for decade in decades for step in _STEPS}
    steps = {step for step in steps if abs(present) <= step * 20 <= abs(present) * 400}
    return steps | {_rounded(number) for number in seen if number > 0}


def _rounded(number: float) -> int:
    """To two digits."""
    digits = max(floor(log10(number)) - 1, 0) if number >= 1 else 0
    return int(round(number / 10**digits) * 10**digits)


def _ratios(present: Fraction, seen: list[float]) -> set[Plain]:
    """Whole per cents around the present rate, tenths of one where it is small."""
    unit = Fraction(1, 1000) if 0 < abs(present) < Fraction(1, 20) else Fraction(1, 100)
    return {present + unit * step for step in range(-20, 21)} | {Fraction(round(each * 100), 100) for each in seen}


def _days(present: date, seen: list[float]) -> set[Plain]:
    """The day in other years, and the first days of the years in which the figures lie."""
    years = {present.replace(year=present.year + step, day=min(present.day, 28)) for step in range(-15, 16)}
    lie = {date.fromordinal(int(day) + date(1970, 1, 1).toordinal()).replace(month=1, day=1) for day in seen}
    return set(years) | lie


def _plausible(value: Plain, figure: Fact) -> bool:
    low: Plain = figure.low
    high: Plain = figure.high
    return (low is None or value >= low) and (high is None or value <= high)


def _nearest(values: list[Plain], present: Value) -> tuple[Value, ...]:
    """The ones that stand nearest to the present one in their order."""
    place = values.index(present)
    first = max(min(place - MOST // 2, len(values) - MOST), 0)
    return tuple(values[first : first + MOST])
