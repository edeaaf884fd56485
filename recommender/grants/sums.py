"""What grants come to: what waits for the enterprise, what is on its way, what has arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from recommender.grants.grants import Grant
from recommender.grants.states import Consent, State

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in 分: what waits for the enterprise's answer, what it will get without doing anything, what it has got."""

    waiting: int
    on_the_way: int
    received: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for an enterprise's answer: how many, how much in 分, and until when the first of them."""

    count: int
    amount: int
    nearest: date | None


def waiting(session: Session, credit_code: str, on: date) -> Waiting:
    """What waits for an enterprise's answer on a day."""
    from sqlmodel import col, func, select

    from recommender.grants.tables import GrantRow

    count, amount, nearest = session.exec(
        select(func.count(), func.sum(GrantRow.amount), func.min(GrantRow.confirm_by)).where(
            GrantRow.credit_code == credit_code,
            GrantRow.state == State.OFFERED.value,
            GrantRow.consent == Consent.EXPLICIT.value,
            col(GrantRow.confirm_by) >= on,
        )
    ).one()
    return Waiting(count, int(amount or 0), nearest)


def totals(grants: Iterable[Grant], on: date) -> Totals:
    """What grants come to on a day."""
    sums = {State.OFFERED: 0, State.ACCEPTED: 0, State.PAID: 0}
    for grant in grants:
        if grant.waits(on):
            sums[State.OFFERED] += grant.amount
        elif grant.state_on(on) in (State.OFFERED, State.ACCEPTED, State.PAYING, State.RETURNED):
            sums[State.ACCEPTED] += grant.amount
        elif grant.state is State.PAID:
            sums[State.PAID] += grant.amount
    return Totals(*sums.values())
