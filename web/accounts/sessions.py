"""Sessions: who has signed in, in which browser, and for how long.

A session is a row, not only a signed cookie: it can be ended, here and at once, whatever the browser keeps. The row
holds a digest of the secret in the cookie, so that who reads the database cannot take a session over.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from enterprises.sealing import CannotOpen, Seal
from web.accounts.memberships import roles_of
from web.accounts.posts import posts_of
from web.accounts.tables import AccountRow, SessionRow
from web.accounts.visitor import Visitor

IDLE = timedelta(hours=2)
"""A session that nobody uses for so long has ended."""

LONGEST = timedelta(hours=12)
"""A session ends after so long even if it is used."""

_SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use is kept: not every page has to write."""


@dataclass(frozen=True, slots=True)
class Found:
    """A visitor who has a session, and whether its last use should be noted anew."""

    visitor: Visitor
    stale: bool


def begin_session(session: Session, account_id: str, moment: datetime) -> str:
    """A new session; the secret that the browser is to keep. The caller commits."""
    secret = secrets.token_urlsafe(32)
    session.add(SessionRow(digest=_digest(secret), account_id=account_id, began_at=moment, seen_at=moment))
    session.flush()
    return secret


def find_visitor(session: Session, secret: str, seal: Seal, moment: datetime) -> Found | None:
    """Who has the session of this secret; ``None`` where it has ended, or the account may not sign in any more.

    Also ``None`` where the name cannot be opened: signing in again seals it anew.
    """
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
    try:
        name = seal.open(account.name)
    except CannotOpen:
        return None
    visitor = Visitor(account.id, name, roles_of(session, account.id), posts_of(session, account.id))
    return Found(visitor, moment - row.seen_at > _SEEN_EVERY)


def note_use(session: Session, secret: str, moment: datetime) -> None:
    """Note that a session is in use. The caller commits."""
    session.execute(update(SessionRow).where(col(SessionRow.digest) == _digest(secret)).values(seen_at=moment))


def end_session(session: Session, secret: str, moment: datetime) -> None:
    """End one session. The caller commits."""
    session.execute(
        update(SessionRow)
        .where(col(SessionRow.digest) == _digest(secret), col(SessionRow.ended_at).is_(None))
        .values(ended_at=moment)
    )


def end_sessions(session: Session, account_id: str, moment: datetime) -> None:
    """End all sessions of an account. The caller commits."""
    session.execute(
        update(SessionRow)
        .where(col(SessionRow.account_id) == account_id, col(SessionRow.ended_at).is_(None))
        .values(ended_at=moment)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
