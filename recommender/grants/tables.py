"""Grants in the database: a row a grant with the state it is in, and every change as a row that is only added.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime
from policies.tables import ItemVersionRow
from recommender.tables import ExplanationRow

_ITEM = ItemVersionRow.__tablename__


class GrantRow(Row, table=True):
    """One payment that an enterprise is due: of an item, once for each ``occasion`` (a year, a batch, or ``once``).

    ``amount`` in 分; ``due``: what it would be had the budget not run short, and ``budget_rule``: by which rule it was
    cut, ``None`` where it was not; ``steps``: how it was computed, as a JSON list; ``office``: who stated it, ``None``
    where the item's formula gives it. ``explanation_id``: the stored explanation that proves it. ``account``: sealed;
    ``account_tail``: its last four digits. ``confirm_by``: the last day for saying yes or no, in Asia/Shanghai.
    ``events``: how many there are.
    """

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("item_id", "credit_code", "occasion"),
        ForeignKeyConstraint(["item_id", "item_version"], [f"{_ITEM}.item_id", f"{_ITEM}.version"]),
        CheckConstraint("amount > 0", name="ck_grants_amount"),
        CheckConstraint("state <> 'offered' OR confirm_by IS NOT NULL", name="ck_grants_offered"),
        CheckConstraint("state <> 'paid' OR paid_on IS NOT NULL", name="ck_grants_paid"),
        Index("ix_grants_credit_code", "credit_code", "state"),
        Index("ix_grants_state", "state", "confirm_by"),
    )

    id: str = Field(primary_key=True, max_length=32)
    item_id: str
    item_version: int
    credit_code: str = Field(max_length=18)
    occasion: str = Field(max_length=32)
    amount: int = Field(sa_type=BigInteger)
    due: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    budget_rule: str | None = Field(default=None, max_length=16)
    steps: str = Field(sa_type=Text)
    office: str | None = Field(default=None, sa_type=Text)
    explanation_id: str = Field(foreign_key=f"{ExplanationRow.__tablename__}.id", max_length=32)
    state: str = Field(max_length=16)
    consent: str = Field(max_length=16)
    confirm_by: date | None = None
    account: str | None = Field(default=None, sa_type=Text)
    account_tail: str | None = Field(default=None, max_length=4)
    paid_on: date | None = None
    events: int
    created_at: datetime = Field(sa_type=UtcDateTime)


class GrantEventRow(Row, table=True):
    """What somebody did with a grant, ``number`` from 1 for each; ``note``: the reason, sealed, since people write
    anything there. ``before`` and ``after``: the states; ``before`` is ``None`` of the first one."""

    __tablename__ = "grant_events"

    grant_id: str = Field(primary_key=True, foreign_key="grants.id", max_length=32)
    number: int = Field(primary_key=True)
    deed: str = Field(max_length=16)
    before: str | None = Field(default=None, max_length=16)
    after: str = Field(max_length=16)
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)
