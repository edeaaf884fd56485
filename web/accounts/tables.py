"""Accounts, memberships and sessions in the database.

A session is a row, not only a signed cookie: it can be ended, here and at once, whatever the browser keeps. The row
holds a digest of the secret in the cookie, so that who reads the database cannot take a session over.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Index, Text, UniqueConstraint, update
from sqlmodel import Field, Session, col, select

from enterprises.database import Row, UtcDateTime
from enterprises.sealing import Seal
from web.accounts.visitor import Role, Visitor

IDLE = timedelta(hours=2)
"""A session that nobody uses for so long has ended."""

LONGEST = timedelta(hours=12)
"""A session ends after so long even if it is used."""

_SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use is kept: not every page has to write."""


class AccountRow(Row, table=True):
    """A person as a provider knows them: ``issuer`` and ``subject`` together never change. ``name`` is sealed."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: str = Field(primary_key=True, max_length=32)
    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    signed_in_at: datetime = Field(sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled: bool = False


class MembershipRow(Row, table=True):
    """What an account is to an enterprise since when; ``ended_at`` is ``None`` while it is."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("ix_memberships_account_id", "account_id"),
        Index("ix_memberships_credit_code", "credit_code"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    credit_code: str = Field(max_length=18)
    role: str
    granted_by: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SessionRow(Row, table=True):
    """A session of an account in one browser; ``digest`` of the secret that the browser's cookie holds."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", index=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Found:
    """A visitor who has a session, and whether its last use should be noted anew."""

    visitor: Visitor
    stale: bool


def account_of(session: Session, issuer: str, subject: str, name: str, seal: Seal, moment: datetime) -> AccountRow:
    """The account of a person as a provider knows them, made at the first sign-in. The caller commits."""
    wanted = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
    account = session.exec(wanted).one_or_none()
    if account is None:
        account = AccountRow(
            id=uuid4().hex, issuer=issuer, subject=subject, name="", created_at=moment, signed_in_at=moment
        )
        session.add(account)
    account.name, account.signed_in_at = seal.close(name), moment
    session.flush()
    return account


def bind(session: Session, account_id: str, credit_code: str, role: Role, granted_by: str, moment: datetime) -> bool:
    """Make an account owner or clerk of an enterprise; whether that is new. The caller commits."""
    standing = _standing(session, account_id, credit_code)
    if any(each.role == role for each in standing):
        return False
    for each in standing:
        each.ended_at = moment
    row = MembershipRow(
        account_id=account_id, credit_code=credit_code, role=role.value, granted_by=granted_by, began_at=moment
    )
    session.add(row)
    session.flush()
    return True


def unbind(session: Session, account_id: str, credit_code: str, moment: datetime) -> bool:
    """End what an account is to an enterprise; whether it was anything. The caller commits."""
    standing = _standing(session, account_id, credit_code)
    for each in standing:
        each.ended_at = moment
    session.flush()
    return bool(standing)


def begin_session(session: Session, account_id: str, moment: datetime) -> str:
    """A new session; the secret that the browser is to keep. The caller commits."""
    secret = secrets.token_urlsafe(32)
    session.add(SessionRow(digest=_digest(secret), account_id=account_id, began_at=moment, seen_at=moment))
    session.flush()
    return secret


def find_visitor(session: Session, secret: str, seal: Seal, moment: datetime) -> Found | None:
    """Who has the session of this secret; ``None`` where it has ended, or the account may not sign in any more."""
    wanted = (
        select(SessionRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == col(SessionRow.account_id))
        .where(SessionRow.digest == _digest(secret))
        .where(col(SessionRow.ended_at).is_(None), col(AccountRow.disabled).is_(False))
    )
    found = session.exec(wanted).one_or_none()
    if found is None:
        return None
    row, account = found
    if moment - row.seen_at > IDLE or moment - row.began_at > LONGEST:
        return None
    standing = session.exec(
        select(MembershipRow.credit_code, MembershipRow.role)
        .where(MembershipRow.account_id == account.id, col(MembershipRow.ended_at).is_(None))
        .order_by(col(MembershipRow.id))
    )
    roles = {credit_code: Role(role) for credit_code, role in standing}
    return Found(Visitor(account.id, seal.open(account.name), roles), moment - row.seen_at > _SEEN_EVERY)


def note_use(session: Session, secret: str, moment: datetime) -> None:
    """Note that a session is in use. The caller commits."""
    session.execute(update(SessionRow).where(col(SessionRow.digest) == _digest(secret)).values(seen_at=moment))


def end_session(session: Session, secret: str, moment: datetime) -> None:
    """End one session. The caller commits."""
    session.execute(update(SessionRow).where(col(SessionRow.digest) == _digest(secret)).values(ended_at=moment))


def end_sessions(session: Session, account_id: str, moment: datetime) -> None:
    """End all sessions of an account. The caller commits."""
    session.execute(
        update(SessionRow)
        .where(col(SessionRow.account_id) == account_id, col(SessionRow.ended_at).is_(None))
        .values(ended_at=moment)
    )


def _standing(session: Session, account_id: str, credit_code: str) -> list[MembershipRow]:
    wanted = select(MembershipRow).where(
        MembershipRow.account_id == account_id,
        MembershipRow.credit_code == credit_code,
        col(MembershipRow.ended_at).is_(None),
    )
    return list(session.exec(wanted))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
