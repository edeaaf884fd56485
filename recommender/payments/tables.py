"""Rounds, payment batches and the ledger in the database. What must not happen twice, the database itself refuses.

Money is in 分. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime
from policies.tables import ItemVersionRow
from recommender.grants.tables import GrantRow
from recommender.tables import ExplanationRow

_ITEM, _GRANT = ItemVersionRow.__tablename__, f"{GrantRow.__tablename__}.id"


class RoundRow(Row, table=True):
    """A round: one item version, one occasion. ``plan``: as JSON; ``judged_on``: the day of the comparison, over the
    snapshot of the revision ``snapshot``, of whose ``rows`` as many as ``position`` were looked at.

    ``revision`` grows with every change. ``changed_by``: who changed it last, or had it checked.
    """

    __tablename__ = "rounds"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "item_version"], [f"{_ITEM}.item_id", f"{_ITEM}.version"]),
        CheckConstraint("checked_by IS NULL OR checked_by <> made_by", name="ck_rounds_two_people"),
    )

    id: str = Field(primary_key=True, max_length=32)
    item_id: str
    item_version: int
    occasion: str = Field(max_length=32)
    region: str = Field(max_length=6)
    department: str = Field(max_length=60)
    state: str = Field(max_length=16)
    revision: int
    plan: str = Field(sa_type=Text)
    judged_on: date | None = None
    snapshot: int | None = Field(default=None, sa_type=BigInteger)
    position: int = Field(default=0, sa_type=BigInteger)
    rows: int | None = Field(default=None, sa_type=BigInteger)
    stated_digest: str | None = Field(default=None, max_length=64)
    stated_count: int = 0
    stated_total: int = Field(default=0, sa_type=BigInteger)
    notice_from: date | None = None
    notice_until: date | None = None
    confirm_by: date | None = None
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    changed_by: str = Field(max_length=64)
    checked_by: str | None = Field(default=None, max_length=64)


class RoundEventRow(Row, table=True):
    """What was done with a round, ``number`` from 1; ``note``: the reason, sealed."""

    __tablename__ = "round_events"

    round_id: str = Field(primary_key=True, foreign_key="rounds.id", max_length=32)
    number: int = Field(primary_key=True)
    deed: str = Field(max_length=16)
    before: str | None = Field(default=None, max_length=16)
    after: str = Field(max_length=16)
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)


class StatedRow(Row, table=True):
    """An amount that an office set for one enterprise of a round; ``position``: its place in the list, from 1."""

    __tablename__ = "round_stated"
    __table_args__ = (CheckConstraint("amount > 0", name="ck_round_stated_amount"),)

    round_id: str = Field(primary_key=True, foreign_key="rounds.id", max_length=32)
    credit_code: str = Field(primary_key=True, max_length=18)
    position: int
    amount: int = Field(sa_type=BigInteger)
    steps: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    day: date | None = None


class CandidateRow(Row, table=True):
    """An enterprise that a round looked at: how it stands and, in words, why. ``amount``: what is left of ``due``."""

    __tablename__ = "round_candidates"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND amount <= due", name="ck_round_candidates_amount"),
        CheckConstraint("standing <> 'due' OR explanation_id IS NOT NULL", name="ck_round_candidates_explained"),
        UniqueConstraint("grant_id"),
        Index("ix_round_candidates_standing", "round_id", "standing", "position"),
    )

    round_id: str = Field(primary_key=True, foreign_key="rounds.id", max_length=32)
    credit_code: str = Field(primary_key=True, max_length=18)
    position: int = Field(sa_type=BigInteger)
    region: str = Field(max_length=12)
    standing: str = Field(max_length=16)
    words: str = Field(sa_type=Text)
    due: int = Field(default=0, sa_type=BigInteger)
    amount: int = Field(default=0, sa_type=BigInteger)
    day: date | None = None
    explanation_id: str | None = Field(default=None, foreign_key=f"{ExplanationRow.__tablename__}.id", max_length=32)
    grant_id: str | None = Field(default=None, foreign_key=_GRANT, max_length=32)


class BatchRow(Row, table=True):
    """A payment batch. ``digest``: SHA-256 of the payment file as CSV, which follows from the lines alone."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        CheckConstraint("count > 0 AND total > 0", name="ck_payment_batches_total"),
        CheckConstraint("released_by IS NULL OR released_by <> made_by", name="ck_payment_batches_two_people"),
        CheckConstraint(
            "state IN ('drafted', 'withdrawn') OR released_by IS NOT NULL", name="ck_payment_batches_released"
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    number: str = Field(max_length=16, unique=True)
    region: str = Field(max_length=6)
    department: str = Field(max_length=60)
    state: str = Field(max_length=16)
    revision: int
    count: int
    total: int = Field(sa_type=BigInteger)
    digest: str = Field(max_length=64)
    made_by: str = Field(max_length=64)
    made_on: date
    made_at: datetime = Field(sa_type=UtcDateTime)
    released_by: str | None = Field(default=None, max_length=64)
    released_on: date | None = None
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)


_STANDING_LINE = text("state IN ('open', 'paid')")


class LineRow(Row, table=True):
    """One payment of a batch, frozen when it was made: the account is the sealed one that the grant had then.

    A grant is in at most one line that is open or paid, whatever anybody does at the same time.
    """

    __tablename__ = "payment_lines"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_payment_lines_amount"),
        CheckConstraint("state <> 'paid' OR paid_on IS NOT NULL", name="ck_payment_lines_paid"),
        Index(
            "uq_payment_lines_standing",
            "grant_id",
            unique=True,
            sqlite_where=_STANDING_LINE,
            postgresql_where=_STANDING_LINE,
        ),
    )

    batch_id: str = Field(primary_key=True, foreign_key="payment_batches.id", max_length=32)
    line: int = Field(primary_key=True)
    reference: str = Field(max_length=24, unique=True)
    grant_id: str = Field(foreign_key=_GRANT, max_length=32)
    credit_code: str = Field(max_length=18)
    amount: int = Field(sa_type=BigInteger)
    account: str = Field(sa_type=Text)
    account_tail: str = Field(max_length=4)
    purpose: str = Field(sa_type=Text)
    state: str = Field(max_length=16)
    paid_on: date | None = None


class ResultRow(Row, table=True):
    """A file of the bank's that was taken for a batch, by the digest of its bytes."""

    __tablename__ = "payment_results"

    batch_id: str = Field(primary_key=True, foreign_key="payment_batches.id", max_length=32)
    digest: str = Field(primary_key=True, max_length=64)
    count: int
    total: int = Field(sa_type=BigInteger)
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)


_PAID = text("kind = 'paid'")


class LedgerRow(Row, table=True):
    """One entry of the ledger; rows are only added, each bound to the one before by its digest.

    ``change``: what it changes in what the treasury has paid, ``balance``: the sum of all changes up to here.
    ``corrects``: the entry that it takes back. A grant is paid once for ever: there is one ``paid`` row of it.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_ledger_amount"),
        CheckConstraint(
            "change = CASE kind WHEN 'paid' THEN amount WHEN 'returned' THEN 0 WHEN 'recovered' THEN -amount"
            " ELSE amount END",
            name="ck_ledger_change",
        ),
        Index("uq_ledger_paid", "grant_id", unique=True, sqlite_where=_PAID, postgresql_where=_PAID),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(max_length=16)
    grant_id: str = Field(foreign_key=_GRANT, max_length=32, index=True)
    item_id: str
    credit_code: str = Field(max_length=18, index=True)
    region: str = Field(max_length=12)
    department: str = Field(max_length=60)
    amount: int = Field(sa_type=BigInteger)
    change: int = Field(sa_type=BigInteger)
    balance: int = Field(sa_type=BigInteger)
    day: date = Field(index=True)
    corrects: int | None = Field(default=None, foreign_key="ledger.number", unique=True)
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    note: str | None = Field(default=None, sa_type=Text)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


_STANDING_RECOVERY = text("state IN ('proposed', 'demanded')")


class RecoveryRow(Row, table=True):
    """A demand for money back, and what has come of it. One at a time for each grant."""

    __tablename__ = "recoveries"
    __table_args__ = (
        CheckConstraint("amount > 0 AND received >= 0 AND received <= amount", name="ck_recoveries_amount"),
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="ck_recoveries_two_people"),
        Index(
            "uq_recoveries_standing",
            "grant_id",
            unique=True,
            sqlite_where=_STANDING_RECOVERY,
            postgresql_where=_STANDING_RECOVERY,
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    grant_id: str = Field(foreign_key=_GRANT, max_length=32)
    state: str = Field(max_length=16)
    amount: int = Field(sa_type=BigInteger)
    received: int = Field(sa_type=BigInteger)
    due: date
    reason: str = Field(sa_type=Text)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    approved_by: str | None = Field(default=None, max_length=64)
    note: str | None = Field(default=None, sa_type=Text)
