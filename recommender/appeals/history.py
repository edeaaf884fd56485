"""Appeals as they are read: by the enterprise that they belong to, and by the offices that answer them.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from enterprises.sealing import Seal
from recommender.appeals.states import OPEN, Grade, Kind, Side, State
from recommender.appeals.subjects import Judged
from recommender.appeals.tables import AppealEventRow, AppealFileRow, AppealRow

_NUMBER = re.compile(r"SQ-(\d{4})(\d{2})(\d{2})-(\d{4,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``note`` is for offices only; ``department``: to which it was given."""

    number: int
    deed: str
    after: State
    side: Side
    actor: str
    moment: datetime
    department: str
    grade: Grade | None
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment without its content; ``size`` in bytes."""

    number: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Case:
    """An appeal with all that belongs to it, readable. ``answers``: the events that are answers, in their order."""

    row: AppealRow
    text: str
    judged: Judged | None
    events: tuple[Event, ...]
    files: tuple[File, ...]

    @property
    def state(self) -> State:
        return State(self.row.state)

    @property
    def kind(self) -> Kind:
        return Kind(self.row.kind)

    @property
    def grade(self) -> Grade | None:
        return None if self.row.grade is None else Grade(self.row.grade)


def find(session: Session, credit_code: str, appeal_id: str) -> AppealRow | None:
    """An appeal of this enterprise; ``None`` where it has none of this id."""
    wanted = select(AppealRow).where(AppealRow.id == appeal_id, AppealRow.credit_code == credit_code)
    return session.exec(wanted).one_or_none()


def find_by_number(session: Session, number: str) -> AppealRow | None:
    """The appeal with a public number; ``None`` where there is none, or it is no number."""
    match = _NUMBER.fullmatch(number.strip().upper())
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return session.exec(
        select(AppealRow).where(AppealRow.day == day, AppealRow.day_number == int(match[4]))
    ).one_or_none()


def read(session: Session, seal: Seal, row: AppealRow) -> Case:
    """An appeal with its history and the list of its attachments. Raises ``CannotOpen``."""
    events = session.exec(
        select(AppealEventRow).where(AppealEventRow.appeal_id == row.id).order_by(col(AppealEventRow.number))
    )
    files = session.exec(
        select(AppealFileRow.number, AppealFileRow.name, AppealFileRow.media_type, AppealFileRow.size)
        .where(AppealFileRow.appeal_id == row.id)
        .order_by(col(AppealFileRow.number))
    )
    return Case(
        row,
        seal.open(row.text),
        None if row.judged is None else Judged.read(seal.open(row.judged)),
        tuple(_event(each, seal) for each in events),
        tuple(File(number, seal.open(name), media_type, size) for number, name, media_type, size in files),
    )


def load_file(session: Session, seal: Seal, row: AppealRow, number: int) -> tuple[File, bytes] | None:
    """An attachment with its content; ``None`` where there is none of this number. Raises ``CannotOpen``."""
    found = session.get(AppealFileRow, (row.id, number))
    if found is None:
        return None
    file = File(found.number, seal.open(found.name), found.media_type, found.size)
    return file, seal.open_bytes(found.content)


def appeals_of(session: Session, credit_code: str, limit: int, offset: int = 0) -> Sequence[AppealRow]:
    """The appeals of an enterprise, the newest first."""
    wanted = select(AppealRow).where(AppealRow.credit_code == credit_code)
    newest = wanted.order_by(col(AppealRow.opened_at).desc(), col(AppealRow.day_number).desc())
    return session.exec(newest.offset(offset).limit(limit)).all()


def count_of(session: Session, credit_code: str) -> int:
    """How many appeals an enterprise has made."""
    return session.exec(select(func.count()).where(AppealRow.credit_code == credit_code)).one()


def open_count(session: Session, credit_code: str) -> int:
    """How many appeals of an enterprise an office still has to answer."""
    states = [state.value for state in OPEN]
    wanted = select(func.count()).where(AppealRow.credit_code == credit_code, col(AppealRow.state).in_(states))
    return session.exec(wanted).one()


def answered_unread(session: Session, credit_code: str) -> int:
    """How many appeals of an enterprise have an answer that nobody there has looked at."""
    wanted = select(func.count()).where(AppealRow.credit_code == credit_code, col(AppealRow.unread))
    return session.exec(wanted).one()


def desk_list(
    session: Session, states: Collection[State] = OPEN, *, late_on: date | None = None, limit: int = 200
) -> Sequence[AppealRow]:
    """The appeals in these states, what is due first; ``late_on``: only those that are late on this day."""
    wanted = select(AppealRow).where(col(AppealRow.state).in_([state.value for state in states]))
    if late_on is not None:
        wanted = wanted.where(col(AppealRow.due) < late_on)
    first = wanted.order_by(
        col(AppealRow.due).is_(None), col(AppealRow.due), col(AppealRow.day), col(AppealRow.day_number)
    )
    return session.exec(first.limit(limit)).all()


def _event(row: AppealEventRow, seal: Seal) -> Event:
    return Event(
        row.number,
        row.deed,
        State(row.after),
        Side(row.side),
        row.actor,
        row.moment,
        row.department,
        None if row.grade is None else Grade(row.grade),
        seal.open(row.text) if row.text else "",
        seal.open(row.note) if row.note else "",
    )
