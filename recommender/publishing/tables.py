"""Drafts, what was done with each, and the tags of items in the database.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime

_STILL_OPEN = text("state IN ('draft', 'submitted', 'reviewed')")


class DraftRow(Row, table=True):
    """A version of an item that is to be (or, ``kind`` retirement, an item that is to end); one open one an item.

    ``item_id`` may be that of an item that does not exist yet. ``base_version``: the version that it began from, 0 for
    a new item; ``base_item`` and ``base_document``: what these said then, as JSON, ``None`` where they are new.
    ``revision`` goes up with every change. ``content``: JSON. ``region`` and ``departments`` (JSON): whose it is, as it
    was last said without a mistake. ``reviewed_by``: who accepted what is there now.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        Index("uq_drafts_open", "item_id", unique=True, sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
    )

    id: str = Field(primary_key=True, max_length=32)
    item_id: str = Field(max_length=120, index=True)
    document_id: str = Field(max_length=120)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16)
    base_version: int
    base_item: str | None = Field(default=None, sa_type=Text)
    base_document: str | None = Field(default=None, sa_type=Text)
    revision: int
    content: str = Field(sa_type=Text)
    region: str | None = Field(default=None, max_length=6)
    departments: str = Field(sa_type=Text)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_by: str | None = Field(default=None, max_length=64)
    published_version: int | None = None


class DraftEventRow(Row, table=True):
    """What somebody did with a draft, ``number`` from 1 for each. ``revision``: that of the draft by then."""

    __tablename__ = "draft_events"

    draft_id: str = Field(primary_key=True, foreign_key="drafts.id", max_length=32)
    number: int = Field(primary_key=True)
    deed: str = Field(max_length=24)
    revision: int
    state: str = Field(max_length=16)
    account: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)


class ItemTagRow(Row, table=True):
    """A word that officials find an item by."""

    __tablename__ = "item_tags"

    item_id: str = Field(primary_key=True, foreign_key="items.id")
    tag: str = Field(primary_key=True, max_length=20)
    by: str = Field(max_length=64)
