"""What failed and may be a guess: counted in the database, so that all workers see it, and only as long as it counts.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from web.accounts.tables import FailureRow

WINDOW = timedelta(minutes=15)
"""How long a failure counts."""


def note_failure(session: Session, who: str, moment: datetime) -> int:
    """Add a failure; how many now count. The old ones, of whomever, are removed. The caller commits."""
    session.execute(delete(FailureRow).where(col(FailureRow.moment) <= moment - WINDOW))
    session.add(FailureRow(who=who, moment=moment))
    session.flush()
    return failures(session, who, moment)


def failures(session: Session, who: str, moment: datetime) -> int:
    """How many failures count now."""
    wanted = select(func.count()).select_from(FailureRow).where(FailureRow.who == who)
    return session.exec(wanted.where(col(FailureRow.moment) > moment - WINDOW)).one()


def forget_failures(session: Session, who: str) -> None:
    """Begin to count anew. The caller commits."""
    session.execute(delete(FailureRow).where(col(FailureRow.who) == who))


def of_account(account_id: str) -> str:
    """Whose failures those of an account are."""
    return f"account:{account_id}"


def of_address(address: str, key: str) -> str:
    """Whose failures those from a network address are: its keyed digest, as addresses are few enough to try."""
    return "address:" + hmac.digest(key.encode(), f"failures:{address}".encode(), hashlib.sha256).hex()
