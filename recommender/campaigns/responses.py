"""What enterprises do with the messages of campaigns in this application, noted as receipts as soon as they do it.

``recommender.channels.gathering`` notes the same from what is stored, whatever was missed here. Importing this module
loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func
from sqlmodel import Session, and_, col, select

from recommender.campaigns.pushes import push_id
from recommender.campaigns.states import DeliveryState
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.channels.inbox import PREFIX
from recommender.channels.receipts import Kind, Receipt, note_receipts
from recommender.channels.tables import ReceiptRow
from recommender.messages.tables import MessageReadRow, MessageRow

_LETTER = func.substr(col(MessageRow.identity), len(PREFIX) + 1)
_OF_LETTERS = col(MessageRow.identity).startswith(PREFIX)


def items_of(session: Session, message_id: str) -> tuple[tuple[str, int], ...]:
    """The id and version of each item that a message of a campaign tells of; none where it is of no campaign."""
    wanted = (
        select(CampaignItemRow.item_id, CampaignItemRow.version)
        .join(
            PushRow,
            and_(
                col(PushRow.campaign_id) == col(CampaignItemRow.campaign_id),
                col(PushRow.item) == col(CampaignItemRow.number),
            ),
        )
        .join(
            DeliveryRow,
            and_(
                col(DeliveryRow.campaign_id) == col(PushRow.campaign_id),
                col(DeliveryRow.credit_code) == col(PushRow.credit_code),
            ),
        )
        .join(MessageRow, col(DeliveryRow.id) == _LETTER)
        .where(MessageRow.id == message_id, _OF_LETTERS, col(PushRow.reason).is_(None))
        .order_by(col(CampaignItemRow.number))
    )
    return tuple(session.exec(wanted).all())


def note_read(session: Session, credit_code: str, moment: datetime) -> int:
    """Note that messages of campaigns were opened which somebody of an enterprise has read; how many are new.

    The caller commits.
    """
    noted = exists().where(col(ReceiptRow.letter) == _LETTER, col(ReceiptRow.kind) == Kind.OPENED.value)
    wanted = (
        select(_LETTER)
        .join(MessageReadRow, col(MessageReadRow.message_id) == col(MessageRow.id))
        .where(MessageRow.credit_code == credit_code, _OF_LETTERS, ~noted)
        .distinct()
    )
    return note_receipts(session, [Receipt(letter, Kind.OPENED, moment, "inbox") for letter in session.exec(wanted)])


def note_response(session: Session, credit_code: str, item_id: str, kind: Kind, moment: datetime) -> int:
    """Note that an enterprise looked at an item, or applied for it, of which a campaign has told it before ``moment``;
    with how many letters that is new. The caller commits.
    """
    # From the item to its campaigns, and from these to the enterprise: each by an index.
    wanted = (
        select(DeliveryRow.id, DeliveryRow.campaign_id, PushRow.item)
        .select_from(CampaignItemRow)
        .join(DeliveryRow, col(DeliveryRow.campaign_id) == col(CampaignItemRow.campaign_id))
        .join(
            PushRow,
            and_(
                col(PushRow.campaign_id) == col(CampaignItemRow.campaign_id),
                col(PushRow.credit_code) == col(DeliveryRow.credit_code),
                col(PushRow.item) == col(CampaignItemRow.number),
            ),
        )
        .where(
            CampaignItemRow.item_id == item_id,
            DeliveryRow.credit_code == credit_code,
            DeliveryRow.state == DeliveryState.SENT.value,
            col(DeliveryRow.sent_at) <= moment,
            col(PushRow.reason).is_(None),
        )
    )
    return note_receipts(
        session,
        [
            Receipt(letter, kind, moment, "pages", push_id(campaign, credit_code, item))
            for letter, campaign, item in session.exec(wanted)
        ],
    )
