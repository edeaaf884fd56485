"""Shared results (企业码): a result that its enterprise lets others open by a link that cannot be guessed.

A share keeps the explanation itself, compressed and sealed, since it must stay what it was when it was shared and go as
a whole when its time is over. The link's secret is kept sealed, to be shown again, and as a digest, to be found.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import LargeBinary, Text, delete
from sqlmodel import Field, Session, col, select

from enterprises.calendar import SHANGHAI
from enterprises.database import Row, UtcDateTime
from enterprises.sealing import CannotOpen, Seal

DAYS = 30
"""A share holds until the end of the day so many days after the one on which it was made."""


class ShareRow(Row, table=True):
    """A share, of a stored enterprise or (``credit_code`` is ``None``) of what somebody typed.

    ``until``: the last day on which it can be opened. ``content``: the explanation's JSON, compressed and sealed.
    """

    __tablename__ = "shares"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=64, unique=True)
    token: str = Field(sa_type=Text)
    credit_code: str | None = Field(default=None, max_length=18, index=True)
    made_by: str | None = Field(default=None, max_length=64)
    as_of: date
    made_at: datetime = Field(sa_type=UtcDateTime)
    until: date = Field(index=True)
    content: bytes = Field(sa_type=LargeBinary)


@dataclass(frozen=True, slots=True)
class Share:
    """A share as it is listed: ``as_of`` is the day that its result is for, ``until`` its last day.

    ``token`` is ``None`` where it was sealed with a key that is no longer ours.
    """

    id: int
    token: str | None
    as_of: date
    made_at: datetime
    until: date


def share(
    session: Session,
    text: str,
    *,
    as_of: date,
    moment: datetime,
    seal: Seal,
    credit_code: str | None = None,
    made_by: str | None = None,
) -> str:
    """Share the JSON ``text`` of an explanation; the secret of its link, 128 bits. The caller commits."""
    token = secrets.token_urlsafe(16)
    session.add(
        ShareRow(
            digest=_digest(token),
            token=seal.close(token),
            credit_code=credit_code,
            made_by=made_by,
            as_of=as_of,
            made_at=moment,
            until=_day(moment) + timedelta(days=DAYS),
            content=seal.close_bytes(zlib.compress(text.encode(), 6)),
        )
    )
    session.flush()
    return token


def find_share(session: Session, token: str, moment: datetime, seal: Seal) -> tuple[Share, str] | None:
    """The share with this secret and its explanation's JSON; ``None`` where there is none, or none any more.

    Raises ``CannotOpen`` where it was sealed with a key that is no longer ours.
    """
    wanted = select(ShareRow).where(ShareRow.digest == _digest(token), col(ShareRow.until) >= _day(moment))
    row = session.exec(wanted).one_or_none()
    return None if row is None else (_share(row, seal), zlib.decompress(seal.open_bytes(row.content)).decode())


def shares_of(session: Session, credit_code: str, moment: datetime, seal: Seal) -> tuple[Share, ...]:
    """The shares of an enterprise that can be opened, the newest first."""
    wanted = (
        select(ShareRow)
        .where(ShareRow.credit_code == credit_code, col(ShareRow.until) >= _day(moment))
        .order_by(col(ShareRow.id).desc())
    )
    return tuple(_share(row, seal) for row in session.exec(wanted))


def end_share(session: Session, share_id: int, credit_code: str) -> bool:
    """Delete a share of this enterprise; whether there was one. The caller commits."""
    gone = delete(ShareRow).where(col(ShareRow.id) == share_id, col(ShareRow.credit_code) == credit_code)
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def end_share_of_nobody(session: Session, token: str) -> bool:
    """Delete a share of what somebody typed, by its secret; whether there was one. The caller commits."""
    gone = delete(ShareRow).where(col(ShareRow.digest) == _digest(token), col(ShareRow.credit_code).is_(None))
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def forget_old(session: Session, moment: datetime) -> int:
    """Delete the shares whose last day is over; how many there were. The caller commits."""
    old = session.execute(delete(ShareRow).where(col(ShareRow.until) < _day(moment)))
    return int(old.rowcount)  # type: ignore[attr-defined]


def _share(row: ShareRow, seal: Seal) -> Share:
    try:
        token: str | None = seal.open(row.token)
    except CannotOpen:
        token = None
    return Share(row.id or 0, token, row.as_of, row.made_at, row.until)


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
