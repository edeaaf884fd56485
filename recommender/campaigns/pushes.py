"""Pushes as they are read: which one is which, what an enterprise is told, what became of each item of a campaign.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, and_, col, select

from recommender.campaigns.content import Kind
from recommender.campaigns.states import DeliveryState
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow


def pushes_of(session: Session, campaign_id: int, credit_code: str) -> Sequence[PushRow]:
    """What a campaign tells an enterprise, in the order of its items."""
    wanted = select(PushRow).where(PushRow.campaign_id == campaign_id, PushRow.credit_code == credit_code)
    return session.exec(wanted.order_by(col(PushRow.item))).all()


@dataclass(frozen=True, slots=True)
class OfPinned:
    """What became of one item of a campaign: pushes that were planned, sent by at least one channel, left out."""

    item_id: str
    version: int
    kinds: Mapping[Kind, int]
    planned: int
    sent: int
    left_out: int


def by_item(session: Session, campaign_id: int) -> tuple[OfPinned, ...]:
    """What became of a campaign's pushes, item by item in their order."""
    sent = (
        select(DeliveryRow.credit_code)
        .where(DeliveryRow.campaign_id == campaign_id, DeliveryRow.state == DeliveryState.SENT.value)
        .distinct()
        .subquery()
    )
    counted = (
        session.connection()
        .execute(
            select_columns(
                col(PushRow.item),
                col(PushRow.kind),
                func.count(),
                func.sum(case((and_(sent.c.credit_code.is_not(None), col(PushRow.reason).is_(None)), 1), else_=0)),
                func.count(col(PushRow.reason)),
            )
            .outerjoin(sent, sent.c.credit_code == col(PushRow.credit_code))
            .where(col(PushRow.campaign_id) == campaign_id)
            .group_by(col(PushRow.item), col(PushRow.kind))
        )
        .all()
    )
    items = session.exec(
        select(CampaignItemRow).where(CampaignItemRow.campaign_id == campaign_id).order_by(col(CampaignItemRow.number))
    )
    return tuple(
        OfPinned(
            item.item_id,
            item.version,
            {Kind(row[1]): row[2] for row in counted if row[0] == item.number},
            *(sum(int(row[place]) for row in counted if row[0] == item.number) for place in (2, 3, 4)),
        )
        for item in items
    )


def push_id(campaign_id: int, credit_code: str, item: int) -> str:
    """The identity of a push: it follows from what it is."""
    return f"{campaign_id}-{credit_code}-{item}"


def read_push_id(text: str) -> tuple[int, str, int]:
    """Campaign, credit code and number of the item of a push. Raises ``ValueError``."""
    campaign_id, credit_code, item = text.split("-")
    return int(campaign_id), credit_code, int(item)
