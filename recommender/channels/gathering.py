"""Receipts that follow from what this application knows already: messages that were read, items that were looked at or
applied for after a letter told of them.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from recommender.campaigns.pushes import push_id
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.channels.inbox import PREFIX
from recommender.channels.receipts import Kind, Receipt, note_receipts
from recommender.channels.tables import ReceiptRow
from recommender.messages.tables import MessageReadRow, MessageRow
from recommender.ranking.feedback import Event
from recommender.ranking.tables import FeedbackRow

_SENT = "sent"

_SAYS = {Kind.FOLLOWED: (Event.OPENED,), Kind.APPLIED: (Event.APPLIED, Event.GRANTED)}
"""By which feedback it is known. An enterprise that was granted something has applied, or did not need to."""


def gather(session: Session, campaign_id: int | None = None) -> int:
    """Note what nobody noted yet, of one campaign or of all; how many receipts are new. The caller commits."""
    return note_receipts(session, [*_opened(session, campaign_id), *_followed_up(session, campaign_id)])


def _opened(session: Session, campaign_id: int | None) -> Iterator[Receipt]:
    letter = func.substr(MessageRow.identity, len(PREFIX) + 1)
    wanted = (
        select(letter, func.min(MessageReadRow.read_at))
        .join(MessageReadRow, col(MessageReadRow.message_id) == col(MessageRow.id))
        .where(col(MessageRow.identity).startswith(PREFIX), ~_noted(letter, Kind.OPENED))
        .group_by(col(MessageRow.identity))
    )
    if campaign_id is not None:
        theirs = select(DeliveryRow.id).where(DeliveryRow.campaign_id == campaign_id)
        wanted = wanted.where(letter.in_(theirs))
    for letter_id, moment in session.exec(wanted):
        yield Receipt(letter_id, Kind.OPENED, moment, "inbox")


def _followed_up(session: Session, campaign_id: int | None) -> Iterator[Receipt]:
    for kind, events in _SAYS.items():
        wanted = (
            sa_select(
                col(DeliveryRow.id),
                col(PushRow.campaign_id),
                col(PushRow.credit_code),
                col(PushRow.item),
                func.min(FeedbackRow.received_at),
            )
            .select_from(FeedbackRow)
            .join(CampaignItemRow, col(CampaignItemRow.item_id) == col(FeedbackRow.item_id))
            .join(
                PushRow,
                and_(
                    col(PushRow.campaign_id) == col(CampaignItemRow.campaign_id),
                    col(PushRow.item) == col(CampaignItemRow.number),
                    col(PushRow.credit_code) == col(FeedbackRow.credit_code),
                ),
            )
            .join(
                DeliveryRow,
                and_(
                    col(DeliveryRow.campaign_id) == col(PushRow.campaign_id),
                    col(DeliveryRow.credit_code) == col(PushRow.credit_code),
                ),
            )
            .where(col(FeedbackRow.event).in_([event.value for event in events]))
            .where(col(PushRow.reason).is_(None), col(DeliveryRow.state) == _SENT)
            .where(col(FeedbackRow.received_at) >= col(DeliveryRow.sent_at))
            .group_by(col(DeliveryRow.id), col(PushRow.campaign_id), col(PushRow.credit_code), col(PushRow.item))
        )
        if campaign_id is not None:
            wanted = wanted.where(col(PushRow.campaign_id) == campaign_id)
        for letter, campaign, code, item, moment in session.connection().execute(wanted):
            yield Receipt(letter, kind, moment, "feedback", push_id(campaign, code, item))


def _noted(letter: ColumnElement[Any], kind: Kind) -> ColumnElement[bool]:
    return exists().where(col(ReceiptRow.letter) == letter, col(ReceiptRow.kind) == kind.value)
