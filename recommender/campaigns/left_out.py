"""Who is not told of an item: who was told of it before, or is about to be, and who has it or has applied for it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, and_, col, or_, select

from recommender.campaigns.content import Selection
from recommender.campaigns.states import OPEN, DeliveryState, State
from recommender.campaigns.tables import CampaignItemRow, CampaignRow, DeliveryRow, PushRow
from recommender.grants import states as grants
from recommender.grants.tables import GrantRow
from recommender.ranking.feedback import Event
from recommender.ranking.tables import FeedbackRow

Pair = tuple[str, str]
"""Credit code and item id."""

_GOING = (State.PLANNING.value, State.RUNNING.value, State.PAUSED.value)
_GRANTED = tuple(
    state.value
    for state in (
        *(grants.State.OFFERED, grants.State.ACCEPTED, grants.State.PAYING),
        *(grants.State.PAID, grants.State.RETURNED),
    )
)


class LeftOut:
    """Who is left out of a campaign. What is asked once for all of it is asked when this is made.

    ``campaign_id``: the campaign itself, which leaves out nobody; ``None`` where it is not stored yet.
    """

    def __init__(
        self, session: Session, campaign_id: int | None, item_ids: Collection[str], selection: Selection
    ) -> None:
        self._item_ids, self._campaign_id = tuple(item_ids), campaign_id
        self._earlier = _earlier(session, campaign_id, self._item_ids) if selection.only_new else ()
        self._done = selection.leave_out_done

    def among(self, session: Session, credit_codes: Sequence[str]) -> set[Pair]:
        """Of these enterprises, a few hundred, who is left out of what."""
        return self._told(session, credit_codes, col(CampaignRow.state).in_(_GOING)) | self.done(session, credit_codes)

    def told(self, session: Session, credit_codes: Sequence[str]) -> set[Pair]:
        """Who, at the last moment, was told or is about to be: of two campaigns that were planned at the same time, and
        could not see each other's lists, the later one leaves it to the earlier one."""
        before_us = col(CampaignRow.id) < self._campaign_id
        return self._told(session, credit_codes, and_(col(CampaignRow.state).in_(_GOING), before_us))

    def done(self, session: Session, credit_codes: Sequence[str]) -> set[Pair]:
        """Who has applied, or has been granted it."""
        return self._has(session, credit_codes) if self._done else set()

    def _told(self, session: Session, credit_codes: Sequence[str], goes_on: ColumnElement[bool]) -> set[Pair]:
        # Of a cancelled campaign what was sent counts; of one that goes on also what is still to come.
        if not self._earlier:
            return set()
        delivered = exists().where(
            col(DeliveryRow.campaign_id) == col(PushRow.campaign_id),
            col(DeliveryRow.credit_code) == col(PushRow.credit_code),
            or_(
                col(DeliveryRow.state) == DeliveryState.SENT.value,
                and_(goes_on, col(DeliveryRow.state).in_([state.value for state in OPEN])),
            ),
        )
        wanted = (
            select(PushRow.credit_code, CampaignItemRow.item_id)
            .join(
                CampaignItemRow,
                and_(
                    col(CampaignItemRow.campaign_id) == col(PushRow.campaign_id),
                    col(CampaignItemRow.number) == col(PushRow.item),
                ),
            )
            .join(CampaignRow, col(CampaignRow.id) == col(PushRow.campaign_id))
            .where(
                col(PushRow.campaign_id).in_(self._earlier),
                col(PushRow.credit_code).in_(credit_codes),
                col(CampaignItemRow.item_id).in_(self._item_ids),
                col(PushRow.reason).is_(None),
                delivered,
            )
        )
        return set(session.exec(wanted))

    def _has(self, session: Session, credit_codes: Sequence[str]) -> set[Pair]:
        applied = select(FeedbackRow.credit_code, FeedbackRow.item_id).where(
            col(FeedbackRow.credit_code).in_(credit_codes),
            col(FeedbackRow.item_id).in_(self._item_ids),
            col(FeedbackRow.event).in_([Event.APPLIED.value, Event.GRANTED.value]),
        )
        granted = select(GrantRow.credit_code, GrantRow.item_id).where(
            col(GrantRow.credit_code).in_(credit_codes),
            col(GrantRow.item_id).in_(self._item_ids),
            col(GrantRow.state).in_(_GRANTED),
        )
        found = {(code, item) for code, item in session.exec(applied) if code is not None}
        return found | set(session.exec(granted))


def _earlier(session: Session, campaign_id: int | None, item_ids: Collection[str]) -> tuple[int, ...]:
    """The other campaigns that tell, or told, of one of these items."""
    wanted = (
        select(CampaignItemRow.campaign_id)
        .join(CampaignRow, col(CampaignRow.id) == col(CampaignItemRow.campaign_id))
        .where(
            col(CampaignItemRow.item_id).in_(item_ids),
            col(CampaignRow.id) != campaign_id if campaign_id is not None else col(CampaignRow.id).is_not(None),
            col(CampaignRow.pushes) > 0,
        )
        .distinct()
    )
    return tuple(session.exec(wanted))
