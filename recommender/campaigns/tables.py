"""Campaigns in the database.

A push is one item version told to one enterprise by one campaign: millions of rows, so a row is its key, what it is
worth and, where it was left out, why; what became of it is what became of the deliveries that it goes with. Its key
follows from what it is and is there before anything is sent, so that there is never a second one.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime
from policies.tables import ItemVersionRow

_ITEM = ItemVersionRow.__tablename__


class CampaignRow(Row, table=True):
    """A campaign. ``content``: ``Content`` as JSON, from which other columns repeat what is asked for.

    ``revision`` grows with every deed. ``secret`` goes into the ids of its deliveries, so that nobody can guess them.
    ``approved_digest``: of the content that was approved. ``estimate``: JSON, as it was when it was submitted.
    ``as_of`` and ``snapshot``: the day and the revision of all enterprises that it is planned by. ``part`` and
    ``after_code``: how far planning has come; ``planner`` and ``planner_until``: who plans, and until when others wait.
    """

    __tablename__ = "campaigns"
    __table_args__ = (Index("ix_campaigns_state", "state", "not_before"),)

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=80)
    region: str = Field(max_length=6, index=True)
    department: str = Field(max_length=120)
    content: str = Field(sa_type=Text)
    state: str = Field(max_length=16)
    revision: int
    secret: str = Field(max_length=32)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str = Field(max_length=64)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    submitted_by: str | None = Field(default=None, max_length=64)
    approved_by: str | None = Field(default=None, max_length=64)
    approved_digest: str | None = Field(default=None, max_length=64)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    estimate: str | None = Field(default=None, sa_type=Text)
    as_of: date | None = None
    snapshot: int | None = None
    part: int = 0
    after_code: str = Field(default="", max_length=18)
    planner: str | None = Field(default=None, max_length=64)
    planner_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    enterprises: int = 0
    pushes: int = 0
    deliveries: int = 0


class CampaignItemRow(Row, table=True):
    """An item version of a campaign, ``number`` from 1."""

    __tablename__ = "campaign_items"
    __table_args__ = (
        UniqueConstraint("campaign_id", "item_id"),
        ForeignKeyConstraint(["item_id", "version"], [f"{_ITEM}.item_id", f"{_ITEM}.version"]),
        Index("ix_campaign_items_item_id", "item_id"),
    )

    campaign_id: int = Field(primary_key=True, foreign_key="campaigns.id")
    number: int = Field(primary_key=True)
    item_id: str
    version: int
    digest: str = Field(max_length=64)


class CampaignEventRow(Row, table=True):
    """What somebody did with a campaign, ``number`` from 1 for each."""

    __tablename__ = "campaign_events"

    campaign_id: int = Field(primary_key=True, foreign_key="campaigns.id")
    number: int = Field(primary_key=True)
    deed: str = Field(max_length=16)
    before: str | None = Field(default=None, max_length=16)
    after: str = Field(max_length=16)
    actor: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = Field(default=None, sa_type=Text)


class DeliveryRow(Row, table=True):
    """One letter of a campaign to one enterprise by one channel. ``id`` is that of the letter, fixed when planned.

    ``due_at``: when somebody may take it next; of one that is leased, when the lease ends. ``attempts``: how many times
    it failed; ``taken``: how many times somebody took it. ``reason``: why it is where it is, in Chinese. ``reference``:
    what the other side calls it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("campaign_id", "credit_code", "channel"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="ck_deliveries_sent"),
        CheckConstraint("state <> 'leased' OR lease_owner IS NOT NULL", name="ck_deliveries_leased"),
        Index("ix_deliveries_state", "campaign_id", "state", "due_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    campaign_id: int = Field(foreign_key="campaigns.id")
    credit_code: str = Field(max_length=18)
    channel: str = Field(max_length=32)
    state: str = Field(max_length=8)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    taken: int = 0
    lease_owner: str | None = Field(default=None, max_length=64)
    reason: str | None = Field(default=None, sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reference: str | None = Field(default=None, sa_type=Text)


class PushRow(Row, table=True):
    """One item version for an enterprise; ``item``: its number in the campaign. Amounts in 分 as in a run's matches.

    ``reason``: why it was left out of the letter, in Chinese; ``None``: it goes with the deliveries of its enterprise.
    """

    __tablename__ = "pushes"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "item"], ["campaign_items.campaign_id", "campaign_items.number"]),
        {"sqlite_with_rowid": False},
    )

    campaign_id: int = Field(primary_key=True)
    credit_code: str = Field(primary_key=True, max_length=18)
    item: int = Field(primary_key=True)
    kind: str = Field(max_length=12)
    amount_low: int | None = Field(default=None, sa_type=BigInteger)
    amount_high: int | None = Field(default=None, sa_type=BigInteger)
    reason: str | None = Field(default=None, sa_type=Text)


class ContactRow(Row, table=True):
    """That a campaign tells, or is about to tell, an enterprise something in a week: ``number`` from 1 to the cap.

    ``week``: its Monday. That no two rows have the same number is what keeps two workers from exceeding the cap.
    """

    __tablename__ = "campaign_contacts"
    __table_args__ = (UniqueConstraint("campaign_id", "credit_code", "week"), {"sqlite_with_rowid": False})

    credit_code: str = Field(primary_key=True, max_length=18)
    week: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    campaign_id: int = Field(foreign_key="campaigns.id")


class RefusalRow(Row, table=True):
    """That an enterprise wants no messages of campaigns: who said so, and since when."""

    __tablename__ = "campaign_refusals"

    credit_code: str = Field(primary_key=True, max_length=18)
    account_id: str = Field(max_length=64)
    since: datetime = Field(sa_type=UtcDateTime)


class WorkerRow(Row, table=True):
    """A worker that has been at work, when it was last heard of and what it was doing then, in Chinese."""

    __tablename__ = "campaign_workers"

    name: str = Field(primary_key=True, max_length=64)
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    doing: str = Field(sa_type=Text)
