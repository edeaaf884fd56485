"""The appeals that offices have before them, by where the enterprises are and by what is due.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from enterprises.tables import EnterpriseRow
from recommender.appeals.states import OPEN, Grade, State
from recommender.appeals.tables import AppealRow

MOST = 500
"""Appeals in a list: more than an office has open, and all that one page can show."""


@dataclass(frozen=True, slots=True)
class Case:
    """An appeal with whose it is; ``region``: empty, ``name``: ``None`` where nothing is stored of the enterprise."""

    row: AppealRow
    name: str | None
    region: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``late_on``: only what should have been dealt with before this day; ``bad``: only what was rated badly."""

    states: Collection[State] = tuple(OPEN)
    late_on: date | None = None
    bad: bool = False
    item_id: str | None = None


def worklist(session: Session, wanted: Filter, limit: int = MOST) -> Iterator[Case]:
    """The appeals that pass the filter, what is due first, then the newest."""
    found = _all().where(col(AppealRow.state).in_([state.value for state in wanted.states]))
    if wanted.late_on is not None:
        found = found.where(col(AppealRow.due) < wanted.late_on)
    if wanted.bad:
        found = found.where(col(AppealRow.grade) <= Grade.DISSATISFIED)
    if wanted.item_id is not None:
        found = found.where(AppealRow.item_id == wanted.item_id)
    first = found.order_by(
        col(AppealRow.due).is_(None), col(AppealRow.due), col(AppealRow.opened_at).desc(), col(AppealRow.id)
    )
    for row, name, region in session.exec(first.limit(limit)):
        yield Case(row, name, region or "")


def find_case(session: Session, appeal_id: str) -> Case | None:
    """One appeal; ``None`` where there is none."""
    found = session.exec(_all().where(AppealRow.id == appeal_id)).one_or_none()
    return None if found is None else Case(found[0], found[1], found[2] or "")


def count_others(session: Session, row: AppealRow) -> int:
    """How many other appeals are about the same item."""
    if row.item_id is None:
        return 0
    wanted = select(func.count()).where(AppealRow.item_id == row.item_id, AppealRow.id != row.id)
    return session.exec(wanted).one()


def _all() -> Any:
    return select(AppealRow, EnterpriseRow.name, EnterpriseRow.region).outerjoin(
        EnterpriseRow, col(EnterpriseRow.credit_code) == col(AppealRow.credit_code)
    )
