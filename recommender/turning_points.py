"""Where answers and amounts can turn as one number of an enterprise moves: thresholds, tiers, caps, floors of a size.

Asked is every open item on its own; the numbers are exact. What is listed is all that can turn anything, and some that
turns nothing: who needs to know looks (``recommender.what_if``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from enterprises import scale, size
from enterprises.amounts import FEN_PER_WAN
from enterprises.codes import rows
from enterprises.readings import EnterpriseOn, FactRef, Reading
from policies.benefits import Benefit, Brackets, Cases, ForEach, HighestOf, Per, Quantity, Rate, Sum, Tiers
from policies.items import Item
from policies.rules import Operator, RelativeYear, conditions, record_conditions, resolve_year

_INDICATORS = (None, "employees", "revenue", "assets")
"""What the inputs of ``size_class`` are called in the size standard's table."""


class Turns(StrEnum):
    """What turns at a point: the answer to a rule, the case that a benefit is of, or its tier, cap or slice."""

    RULE = "rule"
    CASE = "case"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class Point:
    """A number at or just beyond which something turns. ``case``: the fact whose value a benefit goes by.

    ``reached``: a tier is reached at the number itself (以上), or only beyond it (超过).
    """

    number: Fraction
    turns: Turns
    case: Quantity | None = None
    reached: bool = True


@dataclass(frozen=True, slots=True)
class _Compared:
    """A fact that is compared with numbers."""

    fact: str
    numbers: tuple[Fraction, ...] = ()
    year: RelativeYear | int | None = None
    operator: Operator = Operator.AT_LEAST


def turning_points(item: Item, ref: FactRef, subject: EnterpriseOn) -> Iterator[Point]:
    """The points at which, as the number ``ref`` moves, something about the item may turn."""
    if ref.record is None:
        asked = list(conditions(item.rule))
    else:
        asked = [
            each for one in record_conditions(item.rule) if one.kind == ref.record for each in conditions(one.where)
        ]
    for each in asked:
        compared = _Compared(each.fact, tuple(_numbers(each.operands)), each.year, each.operator)
        yield from (Point(number, Turns.RULE) for number in _points(compared, ref, subject))
    for kind, step in _steps(item.benefit, None):
        if kind == ref.record:
            compared, turns, case = step
            reached = compared.operator is not Operator.MORE_THAN
            yield from (Point(number, turns, case, reached) for number in _points(compared, ref, subject))


_Step = tuple[_Compared, Turns, Quantity | None]


def _steps(benefit: Benefit, kind: str | None) -> Iterator[tuple[str | None, _Step]]:
    """What a benefit compares, with the record kind whose field it is of."""

    def tier(
        of: Quantity, *numbers: Fraction | int, operator: Operator = Operator.AT_LEAST
    ) -> tuple[str | None, _Step]:
        compared = _Compared(of.fact, tuple(map(Fraction, numbers)), of.year, operator)
        return kind, (compared, Turns.TIER, None)

    match benefit:
        case Tiers(on, operator, steps):
            yield tier(on, *(threshold for threshold, _ in steps), operator=operator)
        case Rate(rate, of, floor, cap) if rate > 0:
            yield tier(of, *(limit / rate for limit in (floor, cap) if limit is not None))
        case Per(_, amount, of, cap) if cap is not None and amount > 0:
            yield tier(of, Fraction(cap, amount))
        case Brackets(on, slices, cap):
            yield tier(on, *(upper for upper, _ in slices if upper is not None), *_where_slices_pay(cap, slices))
        case Cases(on, values):
            yield kind, (_Compared(on.fact, tuple(_numbers(value for value, _ in values)), on.year), Turns.CASE, on)
            for _, part in values:
                yield from _steps(part, kind)
        case ForEach(of_kind, part):
            yield from _steps(part, of_kind)
        case Sum(parts) | HighestOf(parts):
            for part in parts:
                yield from _steps(part, kind)
        case _:
            return


def _where_slices_pay(cap: int | None, slices: tuple[tuple[int | None, Fraction], ...]) -> Iterator[Fraction]:
    """The basis from which on slices pay ``cap`` together; nothing where they never do."""
    paid, start = Fraction(0), 0
    for upper, rate in slices:
        if cap is not None and rate > 0 and (upper is None or paid + (upper - start) * rate >= cap):
            yield start + (cap - paid) / rate
            return
        if upper is not None:
            paid, start = paid + (upper - start) * rate, upper


def _points(compared: _Compared, ref: FactRef, subject: EnterpriseOn) -> Iterator[Fraction]:
    """Where the comparison may turn, be it of the number itself or of a fact derived from it."""
    if ref.record is not None:
        return iter(compared.numbers if compared.fact == ref.name else ())
    year = resolve_year(compared.year, subject.on.year)
    if compared.fact != ref.name:
        return _derived(compared, year, ref, subject)
    match compared.operator:
        case Operator.GREW_BY:
            return _grown(compared.numbers, year, ref, subject)
        case Operator.FIRST_REACHES:  # every year of the history has its say; what is more than nothing begins it
            return iter((*compared.numbers, Fraction(1)))
        case _:
            return iter(compared.numbers if year == ref.year else ())


def _derived(compared: _Compared, year: int | None, ref: FactRef, subject: EnterpriseOn) -> Iterator[Fraction]:
    formula = subject.fact(compared.fact).formula
    if formula is None or ref.name not in formula.inputs:
        return
    last = subject.on.year - 1
    year = last if year is None else year
    match formula.name:
        case "growth_of":
            yield from _grown(compared.numbers, year, ref, subject)
        case "share" if ref.year == year:
            above, below = (subject.read(name, year) for name in formula.inputs)
            if ref.name == formula.inputs[0] and below.known:
                yield from (rate * _number(below) for rate in compared.numbers)
            if ref.name == formula.inputs[1]:
                yield Fraction(1)  # over nothing there is no share
                if above.known:
                    yield from (_number(above) / rate for rate in compared.numbers if rate)
        case "above_scale" if ref.year in (None, last):
            yield from (Fraction(least) for least, _ in scale.FLOORS)
        case "size_class" if ref.year in (None, last):
            industry = subject.read(formula.inputs[0])
            yield from _size_floors(industry, _INDICATORS[formula.inputs.index(ref.name)])
        case _:
            return


def _grown(rates: Iterable[Fraction], year: int | None, ref: FactRef, subject: EnterpriseOn) -> Iterator[Fraction]:
    """Growth turns with the figure of the year, and with that of the year before."""
    if year is None or not isinstance(ref.year, int):
        return
    if ref.year == year:
        base = subject.read(ref.name, year - 1)
        yield from ((1 + rate) * _number(base) for rate in rates if base.known)
    if ref.year == year - 1:
        yield Fraction(1)  # over a base of nothing there is no growth
        figure = subject.read(ref.name, year)
        yield from (_number(figure) / (1 + rate) for rate in rates if figure.known and rate > -1)


def _size_floors(industry: Reading, indicator: str | None) -> Iterator[Fraction]:
    categories = size.categories(str(industry.value) if industry.known else None)
    unit = 1 if indicator == "employees" else FEN_PER_WAN
    for row in rows("sizes"):
        if row["indicator"] == indicator and row["category"] in categories:
            yield from (Fraction(row[name]) * unit for name in ("small", "medium", "large"))


def _numbers(values: Iterable[Any]) -> Iterator[Fraction]:
    return (Fraction(value) for value in values if isinstance(value, (int, Fraction)) and not isinstance(value, bool))


def _number(reading: Reading) -> Fraction:
    assert isinstance(reading.value, (int, Fraction))
    return Fraction(reading.value)
