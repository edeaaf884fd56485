"""What an item gives (优惠内容), as typed formulas.

``policies.benefit_text`` reads them, ``recommender.awards`` computes them.

Money is in integer 分, ratios are exact fractions. The kinds follow how policies word them; "amount set by separate
rules" (细则另定) is a kind of its own, so that nobody has to guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from enterprises.dictionary import Value
from policies.rules import Operator, RelativeYear


@dataclass(frozen=True, slots=True)
class Quantity:
    """The number that a formula works on: a fact, or a record's field, and its year."""

    fact: str
    year: RelativeYear | int | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A sum."""

    amount: int


class Bound(StrEnum):
    """Whether a text gives a rate exactly, only as a ceiling (不超过 10%), or only as a minimum (不低于 1.5%)."""

    EXACT = "exact"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a basis, within ``floor`` and ``cap``."""

    rate: Fraction
    of: Quantity
    floor: int | None = None
    cap: int | None = None
    bound: Bound = Bound.EXACT


class Pay(StrEnum):
    """Whether several tiers reached pay the highest, or each."""

    HIGHEST = "highest"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Tiers:
    """An amount for each threshold, ascending. ``operator``: ``at_least``, ``more_than`` or ``first_reaches``."""

    on: Quantity
    operator: Operator
    steps: tuple[tuple[int, int], ...]
    pay: Pay = Pay.HIGHEST


@dataclass(frozen=True, slots=True)
class Cases:
    """A benefit for each value of an enumerated fact; other values get nothing."""

    on: Quantity
    values: tuple[tuple[Value, Benefit], ...]


@dataclass(frozen=True, slots=True)
class Brackets:
    """Each slice of the basis at its own rate: ``(upper end of the slice or None, rate)``, ascending."""

    on: Quantity
    slices: tuple[tuple[int | None, Fraction], ...]
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Per:
    """An amount for each head or unit of a count, up to ``cap`` in all."""

    unit: str
    amount: int
    of: Quantity
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Years:
    """One payment a year, in order."""

    payments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Between ``low`` and ``high`` at the authority's discretion."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Waived:
    """A fee or tax that is not charged; ``amount`` where the text gives it."""

    what: str
    amount: int | None = None


class Unpriced(StrEnum):
    """What has no price."""

    SERVICE = "service"
    RIGHT = "right"
    PRIORITY = "priority"
    FASTER = "faster"


@dataclass(frozen=True, slots=True)
class Support:
    """A service, right, priority or faster procedure; ``within`` is the time that the text promises."""

    kind: Unpriced
    what: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class SetElsewhere:
    """An amount that separate rules set (细则另定), and which ones if known."""

    what: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ForEach:
    """``benefit`` for every record of a kind that the item's rule accepts; its names are the record's fields."""

    kind: str
    benefit: Benefit


@dataclass(frozen=True, slots=True)
class Sum:
    """All of them."""

    parts: tuple[Benefit, ...]


@dataclass(frozen=True, slots=True)
class HighestOf:
    """Only the one that is worth most."""

    parts: tuple[Benefit, ...]


Benefit = (
    Fixed
    | Rate
    | Tiers
    | Cases
    | Brackets
    | Per
    | Years
    | Range
    | Waived
    | Support
    | SetElsewhere
    | ForEach
    | Sum
    | HighestOf
)


def quantities(benefit: Benefit) -> Iterator[tuple[str | None, Quantity]]:
    """Every quantity that a benefit works on, with the record kind that it is a field of."""
    match benefit:
        case Rate(_, of) | Per(_, _, of):
            yield None, of
        case Tiers(on) | Brackets(on):
            yield None, on
        case Cases(on, values):
            yield None, on
            for _, part in values:
                yield from quantities(part)
        case ForEach(kind, part):
            for _, quantity in quantities(part):
                yield kind, quantity
        case Sum(parts) | HighestOf(parts):
            for part in parts:
                yield from quantities(part)
        case _:
            return


def formulas(benefit: Benefit) -> Iterator[Benefit]:
    """A benefit and every benefit inside it."""
    yield benefit
    match benefit:
        case Cases(_, values):
            inner = [part for _, part in values]
        case ForEach(_, part):
            inner = [part]
        case Sum(parts) | HighestOf(parts):
            inner = list(parts)
        case _:
            inner = []
    for part in inner:
        yield from formulas(part)


LABELS: Mapping[Unpriced, str] = {
    Unpriced.SERVICE: "服务",
    Unpriced.RIGHT: "权利",
    Unpriced.PRIORITY: "优先",
    Unpriced.FASTER: "提速",
}
