"""Receipts (回执): what came back of a letter. Each kind is noted once, the first time; nothing is ever taken back.

They name letters and pushes only, no person and no address. Importing this module loads SQLModel:
import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from recommender.channels.tables import ReceiptRow

_CHUNK = 500


class Kind(StrEnum):
    """How far it came: it arrived, was opened, the item in it was looked at, or applied for."""

    DELIVERED = "delivered"
    OPENED = "opened"
    FOLLOWED = "followed"
    APPLIED = "applied"

    @property
    def label(self) -> str:
        return {"delivered": "送达", "opened": "打开", "followed": "查看事项", "applied": "申请"}[self]


@dataclass(frozen=True, slots=True)
class Receipt:
    """``push``: of one push in the letter, empty: of the letter. ``source``: who says so, such as ``inbox``."""

    letter: str
    kind: Kind
    moment: datetime
    source: str
    push: str = ""


def note_receipt(
    session: Session, letter_id: str, kind: Kind, moment: datetime, source: str, push_id: str = ""
) -> bool:
    """Note what came back of a letter; whether that is new. The caller commits."""
    return note_receipts(session, [Receipt(letter_id, kind, moment, source, push_id)]) == 1


def note_receipts(session: Session, receipts: Iterable[Receipt]) -> int:
    """Note receipts; how many are new. The caller commits."""
    rows = [
        {
            "letter": each.letter,
            "push": each.push,
            "kind": each.kind.value,
            "source": each.source,
            "moment": each.moment,
        }
        for each in receipts
    ]
    # In one order, so that two who note the same at once do not wait for each other.
    rows.sort(key=lambda row: (row["letter"], row["push"], row["kind"]))
    return sum(_add_new(session, rows[start : start + _CHUNK]) for start in range(0, len(rows), _CHUNK))


def _add_new(session: Session, rows: list[dict[str, Any]]) -> int:
    database = session.connection()
    insert = postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert
    new = insert(ReceiptRow).values(rows).on_conflict_do_nothing().returning(literal(1))
    return len(database.execute(new).all())


def counts(session: Session, letters: Select[Any]) -> Mapping[Kind, int]:
    """How many different letters came how far. ``letters``: a SELECT of their ids."""
    wanted = (
        select(ReceiptRow.kind, func.count(col(ReceiptRow.letter).distinct()))
        .where(col(ReceiptRow.letter).in_(letters))
        .group_by(col(ReceiptRow.kind))
    )
    found = dict(session.exec(wanted).all())
    return {kind: found.get(kind.value, 0) for kind in Kind}


def receipts_of(session: Session, letter_id: str) -> tuple[Receipt, ...]:
    """What came back of one letter, in the order of time."""
    wanted = select(ReceiptRow).where(ReceiptRow.letter == letter_id).order_by(col(ReceiptRow.moment))
    return tuple(Receipt(row.letter, Kind(row.kind), row.moment, row.source, row.push) for row in session.exec(wanted))
