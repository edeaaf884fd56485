"""Who looked at the result of a simulation: nothing is published whose effect nobody looked at.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from enterprises.sealing import CannotOpen, Seal
from recommender.simulation.tables import SimulationLookRow, SimulationRow

LONGEST = 500
"""Characters that a judgement may have."""


class Refused(ValueError):
    """What cannot be done with a simulation; the message says in Chinese why, and what can be done."""


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody looked at a result, and over which snapshot it was made."""

    simulation_id: str
    by: str
    moment: datetime
    on: date
    revision: int
    rows: int
    made_up: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody thought of a result. ``text`` is ``None`` where it was sealed with a key that is no longer ours."""

    account: str
    moment: datetime
    text: str | None


def look(session: Session, simulation_id: str, account: str, judgement: str, seal: Seal, moment: datetime) -> None:
    """Note that somebody looked at a result, and what they think of it. The caller commits.

    Raises ``Refused`` where there is no result, or nothing or too much is said of it, and ``LookupError``.
    """
    row = session.exec(select(SimulationRow).where(SimulationRow.id == simulation_id).with_for_update()).one_or_none()
    if row is None:
        raise LookupError(simulation_id)
    if row.made_at is None:
        raise Refused("仿真还没有结果，看过结果才能写意见")
    said = judgement.strip()
    if not said:
        raise Refused("请写一句看了结果以后的意见，例如“户数和金额与预算相符”")
    if len(said) > LONGEST:
        raise Refused(f"意见最多写 {LONGEST} 个字，现在有 {len(said)} 个字")
    last = session.scalar(
        select(func.max(col(SimulationLookRow.number))).where(SimulationLookRow.simulation_id == simulation_id)
    )
    session.add(
        SimulationLookRow(
            simulation_id=simulation_id,
            number=(last or 0) + 1,
            account=account,
            moment=moment,
            judgement=seal.close(said),
        )
    )
    session.flush()


def looked_at(session: Session, item_digest: str, by: str | None = None) -> Look | None:
    """When somebody (the account ``by``) last looked at what exactly this content does; ``None``: nobody ever did."""
    wanted = (
        select(SimulationLookRow, SimulationRow)
        .join(SimulationRow)
        .where(SimulationRow.item_digest == item_digest)
        .order_by(col(SimulationLookRow.moment).desc(), col(SimulationLookRow.number).desc())
        .limit(1)
    )
    if by is not None:
        wanted = wanted.where(SimulationLookRow.account == by)
    found = session.exec(wanted).one_or_none()
    if found is None:
        return None
    seen, of = found
    return Look(of.id, seen.account, seen.moment, of.as_of, of.revision, of.rows, of.made_up)


def judgements(session: Session, simulation_id: str, seal: Seal) -> tuple[Judgement, ...]:
    """What was thought of a result, in the order in which it was."""
    wanted = (
        select(SimulationLookRow)
        .where(SimulationLookRow.simulation_id == simulation_id)
        .order_by(col(SimulationLookRow.number))
    )
    return tuple(Judgement(row.account, row.moment, _opened(row.judgement, seal)) for row in session.exec(wanted))


def _opened(sealed: str, seal: Seal) -> str | None:
    try:
        return seal.open(sealed)
    except CannotOpen:
        return None
