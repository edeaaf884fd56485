"""Matchings in the database: whom the items of the library reached when the snapshot was looked through.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime


class MatchingRow(Row, table=True):
    """A pass over the snapshot of ``revision`` as of a day, with the items that were open then."""

    __tablename__ = "matchings"

    id: int | None = Field(default=None, primary_key=True)
    as_of: date
    revision: int
    population_digest: str = Field(max_length=64)
    rows: int
    made_up: bool
    made_at: datetime = Field(sa_type=UtcDateTime)


class MatchingCountRow(Row, table=True):
    """How many enterprises of a region an item reaches; ``region``: empty where it is not known."""

    __tablename__ = "matching_counts"

    matching_id: int = Field(primary_key=True, foreign_key="matchings.id")
    item_id: str = Field(primary_key=True)
    region: str = Field(primary_key=True, max_length=12)
    eligible: int
    undetermined: int


class EntitledRow(Row, table=True):
    """An enterprise that is eligible for an item without application. Amounts in 分; null where others set them."""

    __tablename__ = "entitled"
    __table_args__ = (Index("ix_entitled_credit_code", "credit_code"),)

    matching_id: int = Field(primary_key=True, foreign_key="matchings.id")
    item_id: str = Field(primary_key=True)
    credit_code: str = Field(primary_key=True, max_length=18)
    region: str = Field(max_length=12)
    amount_low: int | None = Field(default=None, sa_type=BigInteger)
    amount_high: int | None = Field(default=None, sa_type=BigInteger)
