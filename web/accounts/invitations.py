"""Invitations: how an owner lets somebody else act for the enterprise.

An invitation is a code that is shown once and told the invited by the owner. It works once, for seven days, and only
while the one who made it is an owner. Wrong codes are counted, and lock joining for a while.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import text
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from enterprises.audit import note
from enterprises.deeds import Deed
from web.accounts.codes import digest, new_code, note_wrong, read_code
from web.accounts.failures import forget_failures, of_account
from web.accounts.memberships import bind, roles_of
from web.accounts.tables import AccountRow, InvitationRow
from web.accounts.visitor import Role

VALID = timedelta(days=7)
"""How long an invitation works."""

MOST_OPEN = 20
"""How many invitations of an enterprise may be open at once."""

_PURPOSE = "invitation"

_WRITERS = 0x68756977
"""The first part of the lock under which an enterprise's invitations are made on PostgreSQL."""


@dataclass(frozen=True)
class Invitation:
    """An invitation that is open: not used, not withdrawn, not too old."""

    number: int
    role: Role
    made_by: str
    made_at: datetime
    until: datetime


class Answer(Enum):
    """What became of a code that somebody typed."""

    JOINED = auto()
    MALFORMED = auto()
    WRONG = auto()
    LOCKED = auto()
    ALREADY = auto()


@dataclass(frozen=True)
class Joining:
    """``credit_code`` and ``role`` where somebody joined, or has long; ``until`` where joining is locked;
    ``left``: how many more wrong codes there may be."""

    answer: Answer
    credit_code: str = ""
    role: Role | None = None
    until: datetime | None = None
    left: int = 0


def invite(session: Session, credit_code: str, role: Role, made_by: str, moment: datetime) -> str | None:
    """A new invitation by an owner; its code, or ``None`` where there are too many open ones. The caller commits."""
    _wait_for_turn(session, credit_code)
    code = new_code()
    row = InvitationRow(
        digest=digest(code, _PURPOSE),
        credit_code=credit_code,
        role=role.value,
        made_by=made_by,
        made_at=moment,
        until=moment + VALID,
    )
    if len(open_invitations(session, credit_code, moment)) >= MOST_OPEN:
        return None
    session.add(row)
    session.flush()
    detail = {"number": row.id, "role": role.value}
    note(session, actor=made_by, action=Deed.INVITATION_MADE, about=credit_code, moment=moment, detail=detail)
    return code


def open_invitations(session: Session, credit_code: str, moment: datetime) -> tuple[Invitation, ...]:
    """The open invitations of an enterprise, the newest first."""
    wanted = _open(moment).where(InvitationRow.credit_code == credit_code).order_by(col(InvitationRow.id).desc())
    return tuple(
        Invitation(row.id or 0, Role(row.role), row.made_by, row.made_at, row.until) for row in session.exec(wanted)
    )


def withdraw(session: Session, credit_code: str, number: int, actor: str, moment: datetime) -> bool:
    """Take an open invitation of an enterprise back; whether there was one. The caller commits."""
    wanted = _open(moment).where(InvitationRow.credit_code == credit_code, InvitationRow.id == number)
    row = session.exec(wanted.with_for_update()).one_or_none()
    if row is None:
        return False
    row.withdrawn_at = moment
    session.flush()
    detail = {"number": number}
    note(session, actor=actor, action=Deed.INVITATION_WITHDRAWN, about=credit_code, moment=moment, detail=detail)
    return True


def join(session: Session, account_id: str, typed: str, moment: datetime) -> Joining:
    """Make an account what the invitation with this code says. The caller commits, whatever the answer.

    A code that gives no more than the account has stays unused. What cannot be a code at all is not counted as wrong.
    """
    code = read_code(typed)
    wanted = digest(code, _PURPOSE) if code else ""  # takes a while: before anything is locked
    account = session.get_one(AccountRow, account_id, with_for_update=True)
    if account.locked_until is not None and moment < account.locked_until:
        return Joining(Answer.LOCKED, until=account.locked_until)
    if code is None:
        return Joining(Answer.MALFORMED)
    row = session.exec(_open(moment).where(InvitationRow.digest == wanted).with_for_update()).one_or_none()
    if row is None or roles_of(session, row.made_by).get(row.credit_code) is not Role.OWNER:
        wrong = note_wrong(session, account, moment)
        return Joining(Answer.LOCKED if wrong.until else Answer.WRONG, until=wrong.until, left=wrong.left)
    role = Role(row.role)
    standing = roles_of(session, account_id).get(row.credit_code)
    if standing is not None and standing.higher(role) is standing:
        return Joining(Answer.ALREADY, row.credit_code, standing)
    bind(session, account_id, row.credit_code, role, row.made_by, moment)
    row.used_by, row.used_at = account_id, moment
    forget_failures(session, of_account(account_id))
    detail = {"number": row.id, "account": account_id, "role": role.value}
    note(session, actor=account_id, action=Deed.INVITATION_USED, about=row.credit_code, moment=moment, detail=detail)
    return Joining(Answer.JOINED, row.credit_code, role)


def _wait_for_turn(session: Session, credit_code: str) -> None:
    """Owners of an enterprise invite one after the other, so that the limit is exact."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key, hashtext(:code))"), {"key": _WRITERS, "code": credit_code}
        )


def _open(moment: datetime) -> SelectOfScalar[InvitationRow]:
    return select(InvitationRow).where(
        col(InvitationRow.used_at).is_(None),
        col(InvitationRow.withdrawn_at).is_(None),
        col(InvitationRow.until) >= moment,
    )
