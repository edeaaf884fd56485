"""Rounds (批次) as they are read: the plan, how far it has come, and the enterprises that it looked at.

Functions that read the database import its tables where they need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from enterprises.sealing import Seal
from recommender.grants.grants import open_note
from recommender.payments.plans import Plan, read_plan
from recommender.payments.round_states import NoSuchRound, RoundDeed, RoundState
from recommender.payments.standings import Standing

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.payments.tables import RoundRow


@dataclass(frozen=True, slots=True)
class RoundEvent:
    """One line of a round's history; ``note`` is the reason, in the words of whoever gave it."""

    number: int
    deed: RoundDeed
    before: RoundState | None
    after: RoundState
    actor: str
    moment: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One item version for one occasion, in a region, by a department.

    ``judged_on``: the day of the comparison over the snapshot of the revision ``snapshot``; of its ``rows`` as many as
    ``position`` have been looked at. ``stated_count``, ``stated_total`` (分): of the list of stated amounts, whose
    digest is ``stated_digest``.
    """

    id: str
    item_id: str
    item_version: int
    occasion: str
    region: str
    department: str
    state: RoundState
    revision: int
    plan: Plan
    judged_on: date | None
    snapshot: int | None
    position: int
    rows: int | None
    stated_digest: str | None
    stated_count: int
    stated_total: int
    notice_from: date | None
    notice_until: date | None
    confirm_by: date | None
    made_by: str
    made_at: datetime
    changed_by: str
    checked_by: str | None
    history: tuple[RoundEvent, ...]

    @property
    def authors(self) -> frozenset[str]:
        """Who made the round or had a hand in it, and therefore cannot check it."""
        others = (RoundDeed.SEND_BACK, RoundDeed.CHECK)
        return frozenset({self.made_by, *(event.actor for event in self.history if event.deed not in others)})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise that a round looked at. ``due`` and, as far as the budget goes, ``amount`` in 分."""

    credit_code: str
    name: str | None
    region: str
    standing: Standing
    words: str
    position: int
    due: int
    amount: int
    day: date | None
    explanation_id: str | None
    grant_id: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many stand so, and what they come to in 分."""

    count: int
    due: int
    amount: int


NOBODY = Count(0, 0, 0)


def load_round(session: Session, round_id: str, seal: Seal) -> Round:
    """One round with its history. Raises ``NoSuchRound``."""
    from recommender.payments.tables import RoundRow

    row = session.get(RoundRow, round_id, populate_existing=True)
    if row is None:
        raise NoSuchRound(round_id)
    return _round(row, tuple(_history(session, round_id, seal)))


def list_rounds(session: Session, seal: Seal, limit: int | None = None) -> tuple[Round, ...]:
    """All rounds, the last made first."""
    from sqlmodel import col, select

    from recommender.payments.tables import RoundRow

    rows = session.exec(select(RoundRow).order_by(col(RoundRow.made_at).desc(), RoundRow.id).limit(limit)).all()
    return tuple(_round(row, tuple(_history(session, row.id, seal))) for row in rows)


def counts(session: Session, round_id: str) -> Mapping[Standing, Count]:
    """How many of a round's enterprises stand how; what nobody does is left out."""
    from sqlmodel import col, func, select

    from recommender.payments.tables import CandidateRow

    found = session.exec(
        select(CandidateRow.standing, func.count(), func.sum(CandidateRow.due), func.sum(CandidateRow.amount))
        .where(CandidateRow.round_id == round_id)
        .group_by(col(CandidateRow.standing))
    ).all()
    by_standing = {Standing(name): Count(many, int(due), int(amount)) for name, many, due, amount in found}
    return {standing: by_standing[standing] for standing in Standing if standing in by_standing}


def candidates(
    session: Session,
    round_id: str,
    standing: Standing | None = None,
    *,
    credit_code: str | None = None,
    offset: int = 0,
    limit: int | None = 50,
) -> tuple[Candidate, ...]:
    """A round's enterprises in the order of its list; only those that stand so, or one of them."""
    from sqlalchemy import select
    from sqlmodel import col

    from enterprises.tables import EnterpriseRow
    from recommender.payments.tables import CandidateRow

    wanted = (
        select(CandidateRow, col(EnterpriseRow.name))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == col(CandidateRow.credit_code))
        .where(col(CandidateRow.round_id) == round_id)
        .order_by(col(CandidateRow.position), col(CandidateRow.credit_code))
        .offset(offset)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    if standing is not None:
        wanted = wanted.where(col(CandidateRow.standing) == standing.value)
    if credit_code is not None:
        wanted = wanted.where(col(CandidateRow.credit_code) == credit_code)
    return tuple(_candidate(row, name) for row, name in session.execute(wanted))


def round_of(session: Session, grant_id: str) -> str | None:
    """The id of the round that made a grant; ``None`` where none did."""
    from sqlmodel import select

    from recommender.payments.tables import CandidateRow

    return session.exec(select(CandidateRow.round_id).where(CandidateRow.grant_id == grant_id)).one_or_none()


def _history(session: Session, round_id: str, seal: Seal) -> Iterator[RoundEvent]:
    from sqlmodel import col, select

    from recommender.payments.tables import RoundEventRow

    wanted = select(RoundEventRow).where(RoundEventRow.round_id == round_id).order_by(col(RoundEventRow.number))
    for row in session.exec(wanted):
        before = None if row.before is None else RoundState(row.before)
        note = "" if row.note is None else open_note(row.note, seal)
        yield RoundEvent(row.number, RoundDeed(row.deed), before, RoundState(row.after), row.actor, row.moment, note)


def _round(row: RoundRow, history: tuple[RoundEvent, ...]) -> Round:
    said = {name: value for name, value in row.model_dump().items() if name not in ("plan", "state")}
    return Round(**said, plan=read_plan(row.plan), state=RoundState(row.state), history=history)


def _candidate(row, name: str | None) -> Candidate:  # type: ignore[no-untyped-def]
    return Candidate(
        credit_code=row.credit_code,
        name=name,
        region=row.region,
        standing=Standing(row.standing),
        words=row.words,
        position=row.position,
        due=row.due,
        amount=row.amount,
        day=row.day,
        explanation_id=row.explanation_id,
        grant_id=row.grant_id,
    )
