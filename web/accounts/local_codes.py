"""The codes that the local provider gives out: in the database, so that each works once whichever worker is asked.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from web.accounts.tables import AuthorizationCodeRow

VALID = timedelta(seconds=60)
"""How long a code can be redeemed."""


def give_out(session: Session, content: str, moment: datetime) -> str:
    """A new code for ``content``. Codes that are too old are removed. The caller commits."""
    session.execute(delete(AuthorizationCodeRow).where(col(AuthorizationCodeRow.until) < moment))
    code = secrets.token_urlsafe(32)
    session.add(AuthorizationCodeRow(digest=_digest(code), content=content, until=moment + VALID))
    session.flush()
    return code


def redeem(session: Session, code: str, moment: datetime) -> str | None:
    """What a code stands for; ``None`` where it is wrong, too old or used. It is used up. The caller commits."""
    row = AuthorizationCodeRow
    taken = delete(row).where(col(row.digest) == _digest(code)).returning(col(row.content), col(row.until))
    found = session.connection().execute(taken).one_or_none()
    return found[0] if found is not None and moment <= found[1] else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
