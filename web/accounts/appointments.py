"""Appointments: how an administrator gives a post to somebody, whose account they need not know.

An appointment is a code that is shown once and told the official by the administrator. It works once, for seven days,
for that post, never for the administrator themselves, and only while they still govern where the post is. Wrong codes
are counted with those of invitations.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from enterprises.audit import note
from enterprises.deeds import Deed
from web.accounts.codes import digest, new_code, note_wrong, read_code
from web.accounts.failures import forget_failures, of_account
from web.accounts.posts import appoint, detail_of_post, governs, posts_of
from web.accounts.tables import AccountRow, AppointmentRow
from web.accounts.visitor import Duty, Post

VALID = timedelta(days=7)
"""How long an appointment can be taken up."""

INSTALLATION = "operator"
"""Who appoints where somebody uses the command line: they need no post."""

_PURPOSE = "appointment"


@dataclass(frozen=True)
class Appointment:
    """An appointment that is open: not taken up, not withdrawn, not too old."""

    number: int
    post: Post
    made_by: str
    made_at: datetime
    until: datetime


class NotYours(ValueError):
    """The post lies outside the scope of who wants to give it."""


class Answer(Enum):
    """What became of a code that somebody typed."""

    APPOINTED = auto()
    MALFORMED = auto()
    WRONG = auto()
    LOCKED = auto()
    ALREADY = auto()
    OWN = auto()


@dataclass(frozen=True)
class Taking:
    """``post`` where somebody has it now; ``until`` where trying is locked; ``left``: how many more wrong codes there
    may be."""

    answer: Answer
    post: Post | None = None
    until: datetime | None = None
    left: int = 0


def offer(session: Session, post: Post, made_by: str, moment: datetime) -> str:
    """A new appointment; its code. Raises ``NotYours``. The caller commits."""
    if not _may_give(session, made_by, post):
        raise NotYours
    code = new_code()
    row = AppointmentRow(
        digest=digest(code, _PURPOSE),
        duty=post.duty.value,
        region=post.region,
        department=post.department,
        made_by=made_by,
        made_at=moment,
        until=moment + VALID,
    )
    session.add(row)
    session.flush()
    _note(session, Deed.APPOINTMENT_MADE, row, made_by, moment)
    return code


def open_appointments(session: Session, moment: datetime) -> tuple[Appointment, ...]:
    """All open appointments, the newest first."""
    wanted = _open(moment).order_by(col(AppointmentRow.id).desc())
    return tuple(
        Appointment(row.id or 0, _post(row), row.made_by, row.made_at, row.until) for row in session.exec(wanted)
    )


def withdraw(session: Session, number: int, actor: str, moment: datetime) -> bool:
    """Take an open appointment back; whether there was one. Raises ``NotYours``. The caller commits."""
    row = session.exec(_open(moment).where(AppointmentRow.id == number).with_for_update()).one_or_none()
    if row is None:
        return False
    if not _may_give(session, actor, _post(row)):
        raise NotYours
    row.withdrawn_at = moment
    session.flush()
    _note(session, Deed.APPOINTMENT_WITHDRAWN, row, actor, moment)
    return True


def take_up(session: Session, account_id: str, typed: str, moment: datetime) -> Taking:
    """Give an account the post of the appointment with this code. The caller commits, whatever the answer.

    A code that gives nothing new stays unused. What cannot be a code at all is not counted as wrong.
    """
    code = read_code(typed)
    wanted = digest(code, _PURPOSE) if code else ""  # takes a while: before anything is locked
    account = session.get_one(AccountRow, account_id, with_for_update=True)
    if account.locked_until is not None and moment < account.locked_until:
        return Taking(Answer.LOCKED, until=account.locked_until)
    if code is None:
        return Taking(Answer.MALFORMED)
    row = session.exec(_open(moment).where(AppointmentRow.digest == wanted).with_for_update()).one_or_none()
    if row is None or not _may_give(session, row.made_by, _post(row)):
        wrong = note_wrong(session, account, moment)
        return Taking(Answer.LOCKED if wrong.until else Answer.WRONG, until=wrong.until, left=wrong.left)
    post = _post(row)
    if row.made_by == account_id:
        return Taking(Answer.OWN, post)
    if post in posts_of(session, account_id):
        return Taking(Answer.ALREADY, post)
    appoint(session, account_id, post, row.made_by, moment)
    row.used_by, row.used_at = account_id, moment
    forget_failures(session, of_account(account_id))
    _note(session, Deed.APPOINTMENT_USED, row, account_id, moment)
    return Taking(Answer.APPOINTED, post)


def _may_give(session: Session, actor: str, post: Post) -> bool:
    if actor == INSTALLATION:
        return True
    account = session.get(AccountRow, actor)
    return account is not None and not account.disabled and governs(session, actor, post)


def _note(session: Session, deed: Deed, row: AppointmentRow, actor: str, moment: datetime) -> None:
    detail = {"number": row.id, **detail_of_post(_post(row))}
    note(session, actor=actor, action=deed, about=row.used_by or actor, moment=moment, detail=detail)


def _post(row: AppointmentRow) -> Post:
    return Post(Duty(row.duty), row.region, row.department)


def _open(moment: datetime) -> SelectOfScalar[AppointmentRow]:
    return select(AppointmentRow).where(
        col(AppointmentRow.used_at).is_(None),
        col(AppointmentRow.withdrawn_at).is_(None),
        col(AppointmentRow.until) >= moment,
    )
