"""Subscriptions and messages in the database. Messages and what they told are only ever added.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime

LONGEST_TITLE = 200
"""Characters."""


class SubscriptionRow(Row, table=True):
    """What an account wants to be told of an enterprise, as it is now; who changed it when is in the audit log.

    Lists are parted by commas; ``addresses`` is sealed. No row: nothing but service messages, in the inbox.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("account_id", "credit_code"),
        Index("ix_subscriptions_credit_code", "credit_code"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(max_length=32)
    credit_code: str = Field(max_length=18)
    topics: str = Field(max_length=200)
    categories: str = Field(max_length=200)
    regions: str = Field(sa_type=Text)
    frequency: str = Field(max_length=16)
    weekday: int
    month_day: int
    quiet_weekends: bool
    quiet_days: str = Field(sa_type=Text)
    quiet_until: date | None = None
    quiet_first_hour: int | None = None
    quiet_last_hour: int | None = None
    channels: str = Field(max_length=200)
    addresses: str = Field(sa_type=Text)
    plain: bool
    since: date
    done: date | None = None
    salt: str = Field(max_length=32)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class MessageRow(Row, table=True):
    """A message to an account, or, where ``account_id`` is ``None``, to everybody of the enterprise.

    ``identity`` says what it is about and was fixed before it was written: there is never a second one. ``kind``: a
    ``Topic``, or ``DIGEST`` for one on several. ``body``: lines of plain text. ``path``: a page of this application
    that goes with it. ``day``: the day that it is for.
    """

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "item_version"], ["item_versions.item_id", "item_versions.version"]),
        Index("ix_messages_credit_code", "credit_code", "created_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=32)
    identity: str = Field(max_length=64, unique=True)
    credit_code: str = Field(max_length=18)
    account_id: str | None = Field(default=None, max_length=32)
    kind: str = Field(max_length=16)
    title: str = Field(max_length=LONGEST_TITLE)
    body: str = Field(sa_type=Text)
    item_id: str | None = None
    item_version: int | None = None
    path: str | None = Field(default=None, max_length=255)
    day: date
    created_at: datetime = Field(sa_type=UtcDateTime)


class MessageReadRow(Row, table=True):
    """That an account has read a message; ``archived_at``: since when it lies in the archive."""

    __tablename__ = "message_reads"

    message_id: str = Field(primary_key=True, foreign_key="messages.id")
    account_id: str = Field(primary_key=True, max_length=32)
    read_at: datetime = Field(sa_type=UtcDateTime)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ToldRow(Row, table=True):
    """One piece of news that an account was told, by which message: it is never told again.

    ``occasion`` tells several pieces on the same item version apart; ``item_id`` is empty where it is about no item.
    """

    __tablename__ = "told"
    __table_args__ = (
        UniqueConstraint(
            *("account_id", "credit_code", "topic", "item_id", "item_version", "occasion"), name="uq_told_news"
        ),
        Index("ix_told_message_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(foreign_key="messages.id")
    account_id: str = Field(max_length=32)
    credit_code: str = Field(max_length=18)
    topic: str = Field(max_length=16)
    item_id: str
    item_version: int
    occasion: str = Field(max_length=64)
