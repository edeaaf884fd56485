"""Corrections in the database: which appeal led to which draft, what was compared, and who was misjudged.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime
from policies.tables import ItemVersionRow
from recommender.appeals.tables import AppealRow

_ITEM = ItemVersionRow.__tablename__


class AppealDraftRow(Row, table=True):
    """That an appeal led to a draft (``recommender.publishing``) of the item that it is about."""

    __tablename__ = "appeal_drafts"
    __table_args__ = (Index("ix_appeal_drafts_draft_id", "draft_id"),)

    appeal_id: str = Field(primary_key=True, max_length=32, foreign_key=f"{AppealRow.__tablename__}.id")
    draft_id: str = Field(primary_key=True, max_length=32)
    linked_by: str = Field(max_length=64)
    linked_at: datetime = Field(sa_type=UtcDateTime)


class CorrectionRow(Row, table=True):
    """A comparison of two versions of an item, as of a day, over the snapshot with this revision of ``rows``
    enterprises. ``made_at`` is ``None`` until it is made; then its list is whole and never changes."""

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("item_id", "old_version", "new_version", "as_of", "revision"),
        ForeignKeyConstraint(
            ["item_id", "old_version"],
            [f"{_ITEM}.item_id", f"{_ITEM}.version"],
            name="fk_corrections_old_version",
        ),
        ForeignKeyConstraint(
            ["item_id", "new_version"],
            [f"{_ITEM}.item_id", f"{_ITEM}.version"],
            name="fk_corrections_new_version",
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    item_id: str
    old_version: int
    new_version: int
    as_of: date
    revision: int
    rows: int
    asked_by: str = Field(max_length=64)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MisjudgedRow(Row, table=True):
    """An enterprise that the old version misjudged; amounts in 分 as in a run's matches."""

    __tablename__ = "misjudged"
    __table_args__ = (Index("ix_misjudged_wrong", "correction_id", "wrong", "credit_code"),)

    correction_id: str = Field(primary_key=True, max_length=32, foreign_key="corrections.id")
    credit_code: str = Field(primary_key=True, max_length=18)
    wrong: str = Field(max_length=16)
    before: str = Field(max_length=16)
    after: str = Field(max_length=16)
    low_before: int | None = Field(default=None, sa_type=BigInteger)
    high_before: int | None = Field(default=None, sa_type=BigInteger)
    low_after: int | None = Field(default=None, sa_type=BigInteger)
    high_after: int | None = Field(default=None, sa_type=BigInteger)
