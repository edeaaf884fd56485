"""Appeals in the database: each with its history, which is only added to, and its attachments.

What an enterprise writes or attaches is sealed, and so is what an office answers. Importing this module loads SQLModel:
import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime


class AppealRow(Row, table=True):
    """An appeal as it stands. ``id`` cannot be guessed; ``day`` and ``day_number`` are its public number.

    ``digest``: of what was sent, so that the same form sent twice is one appeal. ``condition``: the path of the part of
    the item's rule that it is about, empty for the item as a whole; ``condition_text``: that part in words.
    ``judged`` (sealed JSON): how it was answered, and from which values. ``explanation_id``: all of the answer.
    ``due``: by when an office has to act, ``None`` where none has. ``reopenings``: by the enterprise. ``unread``: an
    answer that nobody of the enterprise has looked at. ``revision``: the number of its last event.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("day", "day_number"),
        UniqueConstraint("credit_code", "digest"),
        ForeignKeyConstraint(["item_id", "item_version"], ["item_versions.item_id", "item_versions.version"]),
        Index("ix_appeals_credit_code", "credit_code", "opened_at"),
        Index("ix_appeals_state", "state", "due"),
        Index("ix_appeals_item_id", "item_id", "item_version"),
        Index("ix_appeals_opened_by", "opened_by", "day"),
    )

    id: str = Field(primary_key=True, max_length=32)
    credit_code: str = Field(max_length=18)
    day: date
    day_number: int
    digest: str = Field(max_length=64)
    kind: str
    state: str
    item_id: str | None = None
    item_version: int | None = None
    condition: str = Field(default="", max_length=100)
    condition_text: str = Field(default="", sa_type=Text)
    judged: str | None = Field(default=None, sa_type=Text)
    explanation_id: str | None = Field(default=None, max_length=32, foreign_key="explanations.id")
    text: str = Field(sa_type=Text)
    department: str = Field(default="", max_length=120)
    due: date | None = None
    reopenings: int = 0
    grade: int | None = None
    unread: bool = False
    revision: int = 1
    opened_by: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def number(self) -> str:
        """The public number, e.g. SQ-20240630-0007."""
        return f"SQ-{self.day:%Y%m%d}-{self.day_number:04}"


class AppealEventRow(Row, table=True):
    """One thing that happened to an appeal, ``number`` from 1.

    ``text`` (sealed) is for the enterprise to read, ``note`` (sealed) only for offices. ``before`` is ``None`` at its
    beginning. ``actor``: an account, or who acted for an office.
    """

    __tablename__ = "appeal_events"

    appeal_id: str = Field(primary_key=True, max_length=32, foreign_key="appeals.id")
    number: int = Field(primary_key=True)
    deed: str
    before: str | None = None
    after: str
    side: str
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    department: str = Field(default="", max_length=120)
    grade: int | None = None
    text: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)


class AppealFileRow(Row, table=True):
    """An attachment, ``number`` from 1; ``name`` and ``content`` are sealed, ``size`` is in bytes before that."""

    __tablename__ = "appeal_files"

    appeal_id: str = Field(primary_key=True, max_length=32, foreign_key="appeals.id")
    number: int = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    media_type: str = Field(max_length=100)
    size: int
    content: bytes = Field(sa_type=LargeBinary)
