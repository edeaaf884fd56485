"""What the channels keep: receipts, codes that prove addresses, proven addresses, and the days that are special.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime
from recommender.channels.quiet import LONGEST_NAME


class ReceiptRow(Row, table=True):
    """The first time that something came back of a letter: of one push in it, or, where ``push`` is empty, of all.

    ``source``: who says so. Nothing here names a person.
    """

    __tablename__ = "receipts"

    letter: str = Field(primary_key=True, max_length=64)
    push: str = Field(primary_key=True, max_length=64, default="")
    kind: str = Field(primary_key=True, max_length=16)
    source: str = Field(max_length=32)
    moment: datetime = Field(sa_type=UtcDateTime)


class AddressCodeRow(Row, table=True):
    """A code that was sent to an address. ``address`` is sealed; ``digest``: of the code, which is kept nowhere.

    ``attempts``: how often it was tried. ``used_at``: when it proved the address, or a newer code took its place.
    """

    __tablename__ = "address_codes"
    __table_args__ = (
        Index("ix_address_codes_account_id", "account_id", "made_at"),
        Index("ix_address_codes_credit_code", "credit_code", "made_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=32)
    credit_code: str = Field(max_length=18)
    channel: str = Field(max_length=16)
    address: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ProvenAddressRow(Row, table=True):
    """An address (sealed) that an account proved to read, for one enterprise and channel."""

    __tablename__ = "proven_addresses"

    account_id: str = Field(primary_key=True, max_length=32)
    credit_code: str = Field(primary_key=True, max_length=18)
    channel: str = Field(primary_key=True, max_length=16)
    address: str = Field(sa_type=Text)
    proved_at: datetime = Field(sa_type=UtcDateTime)


class SpecialDayRow(Row, table=True):
    """A day that is not as its weekday says (``recommender.channels.quiet.Special``); ``name``: what it is called."""

    __tablename__ = "special_days"

    day: date = Field(primary_key=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=LONGEST_NAME)


class QuietTimeRow(Row, table=True):
    """The quiet hours and the cap of the whole installation: one row, or none where nobody changed what is usual."""

    __tablename__ = "quiet_time"
    __table_args__ = (CheckConstraint("id = 1", name="ck_quiet_time_one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_hour: int
    last_hour: int
    weekends: bool
    weekly_cap: int
    revision: int
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=UtcDateTime)
