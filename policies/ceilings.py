"""What a benefit can pay at most for one claim: the ceiling that the paper itself names, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.benefits import (
    Benefit,
    Brackets,
    Cases,
    Fixed,
    ForEach,
    HighestOf,
    Pay,
    Per,
    Range,
    Rate,
    Sum,
    Tiers,
    Waived,
    Years,
    formulas,
)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that one claim pays, in 分; ``None``: money, but the paper names no limit.

    ``each``: it is paid for every record of a kind (each project, each recognition), so that an enterprise with several
    may have more.
    """

    amount: int | None
    each: bool


def ceiling_of(benefit: Benefit) -> Ceiling | None:
    """The ceiling of a benefit; ``None`` where it has no price, or separate rules set its amount (细则另定)."""
    if not any(_is_money(part) for part in formulas(benefit)):
        return None
    return Ceiling(_most(benefit), any(isinstance(part, ForEach) for part in formulas(benefit)))


def _is_money(benefit: Benefit) -> bool:
    if isinstance(benefit, Waived):
        return benefit.amount is not None
    return isinstance(benefit, Fixed | Rate | Tiers | Brackets | Per | Years | Range)


def _most(benefit: Benefit) -> int | None:
    match benefit:
        case Fixed(amount) | Waived(_, amount):
            return amount or 0
        case Rate(_, _, _, cap) | Per(_, _, _, cap) | Brackets(_, _, cap):
            return cap
        case Tiers(_, _, steps, pay):
            amounts = [amount for _, amount in steps]
            return sum(amounts) if pay is Pay.EACH else max(amounts)
        case Years(payments):
            return sum(payments)
        case Range(_, high):
            return high
        case Cases(_, values):
            return _highest(_most(part) for _, part in values)
        case ForEach(_, part):
            return _most(part)
        case Sum(parts):
            amounts_ = [_most(part) for part in parts]
            return None if None in amounts_ else sum(amount for amount in amounts_ if amount is not None)
        case HighestOf(parts):
            return _highest(_most(part) for part in parts)
        case _:
            return 0  # no price: it adds nothing, and limits nothing


def _highest(amounts: Iterable[int | None]) -> int | None:
    """The highest; nothing bounds it where nothing bounds one of them."""
    known = list(amounts)
    return None if None in known else max((amount for amount in known if amount is not None), default=0)
