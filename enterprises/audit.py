"""The audit log: who did what with whose data. Rows are only added, each bound to the one before by its digest.

What is noted about a person or an enterprise names them by account and credit code; values, texts and accounts at banks
have no place here.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Text, func, text
from sqlmodel import Field, Session, col, select

from enterprises.database import Row, UtcDateTime

FIRST = "0" * 64
"""What stands in the place of the digest before the first row."""

_WRITERS = 0x68756974
"""The lock of those who add to the log on PostgreSQL: any number that no other program takes."""


class AuditRow(Row, table=True):
    """One deed. ``actor``: an account, or who else acted; ``about``: whose data; ``detail``: JSON.

    ``digest`` is that of all other columns with ``previous``, the digest of the row before: a row that is changed,
    taken out or put in between shows.
    """

    __tablename__ = "audit"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    moment: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=64)
    action: str = Field(max_length=64, index=True)
    about: str = Field(max_length=128, index=True)
    detail: str = Field(sa_type=Text)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


def note(
    session: Session,
    *,
    actor: str,
    action: str,
    about: str,
    moment: datetime,
    detail: Mapping[str, str | int | bool | None] | None = None,
) -> None:
    """Add what somebody did to the log, in the transaction in which it is done. The caller commits."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
    last = session.scalar(select(func.max(col(AuditRow.number)))) or 0
    previous = session.exec(select(AuditRow.digest).where(AuditRow.number == last)).one() if last else FIRST
    row = AuditRow(
        number=last + 1,
        moment=moment,
        actor=actor,
        action=action,
        about=about,
        detail=json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        previous=previous,
        digest="",
    )
    row.digest = digest(row)
    session.add(row)
    session.flush()


def digest(row: AuditRow) -> str:
    """SHA-256 of a row with the digest of the one before, in hexadecimal."""
    moment = row.moment.astimezone(UTC).isoformat(timespec="microseconds")
    said = [row.number, moment, row.actor, row.action, row.about, row.detail, row.previous]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def deeds_about(session: Session, about: str, limit: int) -> tuple[AuditRow, ...]:
    """The last deeds about somebody's data, the newest first."""
    wanted = select(AuditRow).where(AuditRow.about == about).order_by(col(AuditRow.number).desc()).limit(limit)
    return tuple(session.exec(wanted))


def detail_of(row: AuditRow) -> dict[str, str | int | bool | None]:
    """What was noted of a deed besides who, what and when."""
    found: dict[str, str | int | bool | None] = json.loads(row.detail)
    return found


@dataclass(frozen=True)
class Verdict:
    """Whether the log is whole. ``rows`` were looked at, the last with ``digest``.

    ``wrong``: the number of the first row that is not as it was noted, and ``why``, in Chinese.
    """

    rows: int
    digest: str
    wrong: int | None = None
    why: str = ""


def verify(session: Session, known: tuple[int, str] | None = None) -> Verdict:
    """Follow the chain of digests from the first row to the last.

    ``known``: number and digest of a row as they were once written down elsewhere. Only that can show that rows are
    missing at the end, or that the whole log was written anew.
    """
    rows = session.exec(select(AuditRow).order_by(col(AuditRow.number)).execution_options(yield_per=1000))
    with closing(rows):
        return _follow(rows, known)


def _follow(rows: Iterable[AuditRow], known: tuple[int, str] | None) -> Verdict:
    number, before = 0, FIRST
    for row in rows:
        number += 1
        if row.number != number:
            return Verdict(number - 1, before, number, f"缺第 {number} 条")
        if row.previous != before:
            return Verdict(number - 1, before, number, f"第 {number} 条与前一条接不上")
        if digest(row) != row.digest:
            return Verdict(number - 1, before, number, f"第 {number} 条被改动过")
        if known is not None and known[0] == number and known[1] != row.digest:
            return Verdict(number - 1, before, number, f"第 {number} 条与记下的摘要不同，日志在它之前被重写过")
        before = row.digest
    if known is not None and known[0] > number:
        return Verdict(number, before, number + 1, f"末尾缺了：记下的有 {known[0]} 条，现在只有 {number} 条")
    return Verdict(number, before)
