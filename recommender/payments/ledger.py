"""The ledger (台账): what was paid, came back and was recovered. Rows are only added; each knows the sum so far and the
digest of the row before, so that one that is changed, left out or put in between shows.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, text
from sqlmodel import Session, col, select

from enterprises.sealing import Seal
from recommender.grants.grants import open_note
from recommender.payments.tables import LedgerRow

if TYPE_CHECKING:
    from recommender.grants.deeds import By

FIRST = "0" * 64
"""What stands in the place of the digest before the first row."""

_WRITERS = 0x68756970
"""The lock of those who add to the ledger on PostgreSQL: any number that no other program takes."""


class LedgerKind(StrEnum):
    """What an entry says. ``corrected`` takes back a ``recovered`` one that was a mistake."""

    PAID = "paid"
    RETURNED = "returned"
    RECOVERED = "recovered"
    CORRECTED = "corrected"

    @property
    def label(self) -> str:
        return {"paid": "发放", "returned": "银行退回", "recovered": "追回", "corrected": "更正"}[self]

    def change(self, amount: int) -> int:
        """What an entry of this amount changes in what has been paid."""
        return {"paid": amount, "returned": 0, "recovered": -amount, "corrected": amount}[self]


@dataclass(frozen=True, slots=True)
class About:
    """Which grant an entry is about, and under what it is added up."""

    grant_id: str
    item_id: str
    credit_code: str
    region: str
    department: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is read. ``balance``: the sum of all changes up to it, in 分."""

    number: int
    kind: LedgerKind
    about: About
    amount: int
    change: int
    balance: int
    day: date
    corrects: int | None
    actor: str
    moment: datetime
    reason: str


def add(
    session: Session,
    kind: LedgerKind,
    about: About,
    amount: int,
    day: date,
    by: By,
    sealed_reason: str | None = None,
    corrects: int | None = None,
) -> int:
    """Add an entry and give its number. A second payment of a grant is an ``IntegrityError``. The caller commits."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
    newest = select(LedgerRow).order_by(col(LedgerRow.number).desc()).limit(1)
    last = session.exec(newest.execution_options(populate_existing=True)).one_or_none()
    row = LedgerRow(
        number=1 if last is None else last.number + 1,
        kind=kind.value,
        grant_id=about.grant_id,
        item_id=about.item_id,
        credit_code=about.credit_code,
        region=about.region,
        department=about.department,
        amount=amount,
        change=kind.change(amount),
        balance=kind.change(amount) + (0 if last is None else last.balance),
        day=day,
        corrects=corrects,
        actor=by.actor,
        moment=by.moment,
        note=sealed_reason,
        previous=FIRST if last is None else last.digest,
        digest="",
    )
    row.digest = digest(row)
    session.add(row)
    session.flush()
    return row.number


def digest(row: LedgerRow) -> str:
    """SHA-256 of a row with the digest of the one before, in hexadecimal."""
    moment = row.moment.astimezone(UTC).isoformat(timespec="microseconds")
    said = [
        *(row.number, row.kind, row.grant_id, row.item_id, row.credit_code, row.region, row.department),
        *(row.amount, row.change, row.balance, row.day.isoformat(), row.corrects, row.actor, moment, row.note),
        row.previous,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def net(session: Session, grant_id: str) -> int:
    """What has been paid of a grant and is not back, in 分."""
    changes = select(func.sum(LedgerRow.change)).where(LedgerRow.grant_id == grant_id)
    return int(session.exec(changes).one() or 0)


def entries(
    session: Session,
    seal: Seal,
    *,
    item_id: str | None = None,
    region: str | None = None,
    department: str | None = None,
    grant_id: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[Entry, ...]:
    """Entries, the newest first; those with numbers below ``before``; of a region with all that lies in it."""
    wanted = _such(select(LedgerRow), region, department)
    if item_id is not None:
        wanted = wanted.where(LedgerRow.item_id == item_id)
    if grant_id is not None:
        wanted = wanted.where(LedgerRow.grant_id == grant_id)
    if before is not None:
        wanted = wanted.where(LedgerRow.number < before)
    rows = session.exec(wanted.order_by(col(LedgerRow.number).desc()).limit(limit))
    return tuple(_entry(row, seal) for row in rows)


class Key(StrEnum):
    """What sums are formed by."""

    ITEM = "item"
    DEPARTMENT = "department"
    REGION = "region"
    MONTH = "month"

    @property
    def label(self) -> str:
        return {"item": "事项", "department": "部门", "region": "地区", "month": "月份"}[self]


@dataclass(frozen=True, slots=True)
class Sum:
    """What was paid, came back by recovery, and is left of it, in 分; ``count``: how many payments."""

    key: str
    count: int
    paid: int
    recovered: int

    @property
    def net(self) -> int:
        return self.paid - self.recovered


def sums(
    session: Session,
    by: Key,
    *,
    region: str | None = None,
    department: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> tuple[Sum, ...]:
    """Sums over the days from ``since`` to ``until``, both included, by what they are formed by, in its order."""
    day = col(LedgerRow.day)
    key = {
        Key.ITEM: col(LedgerRow.item_id),
        Key.DEPARTMENT: col(LedgerRow.department),
        Key.REGION: col(LedgerRow.region),
        Key.MONTH: func.extract("year", day) * 100 + func.extract("month", day),
    }[by]
    count = func.sum(case((col(LedgerRow.kind) == LedgerKind.PAID.value, 1), else_=0))
    paid = func.sum(case((col(LedgerRow.kind) == LedgerKind.PAID.value, LedgerRow.change), else_=0))
    wanted = _such(select(key, count, paid, func.sum(LedgerRow.change)), region, department).group_by(key).order_by(key)
    if since is not None:
        wanted = wanted.where(day >= since)
    if until is not None:
        wanted = wanted.where(day <= until)
    found = session.exec(wanted)
    return tuple(Sum(_key(by, key), int(many), int(gone), int(gone) - int(left)) for key, many, gone, left in found)


def _key(by: Key, key: object) -> str:
    if by is not Key.MONTH:
        return str(key)
    year, month = divmod(int(str(key).partition(".")[0]), 100)
    return f"{year}-{month:02}"


def _such(wanted: Any, region: str | None, department: str | None) -> Any:
    """Only what belongs to a region and all that lies in it, and to a department."""
    if region is not None:
        stem = region.removesuffix("00").removesuffix("00")
        wanted = wanted.where(col(LedgerRow.region).startswith(stem))
    return wanted if department is None else wanted.where(LedgerRow.department == department)


def _entry(row: LedgerRow, seal: Seal) -> Entry:
    return Entry(
        number=row.number,
        kind=LedgerKind(row.kind),
        about=About(row.grant_id, row.item_id, row.credit_code, row.region, row.department),
        amount=row.amount,
        change=row.change,
        balance=row.balance,
        day=row.day,
        corrects=row.corrects,
        actor=row.actor,
        moment=row.moment,
        reason="" if row.note is None else open_note(row.note, seal),
    )
