"""What was told, granted and paid to enterprises by an item before it was corrected, so that offices can put it right.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.corrections.corrections import Correction
from recommender.grants.states import State
from recommender.grants.tables import GrantRow
from recommender.messages.tables import ToldRow
from recommender.ranking.feedback import Event
from recommender.ranking.tables import FeedbackRow

_CHUNK = 500
_SENT = "sent"


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant by a version before the corrected one; ``amount`` in 分."""

    id: str
    state: State
    amount: int
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """``pushed``: when a campaign last told it; ``told``: whether a message that it asked for did; ``applied``: whether
    it said that it had applied."""

    pushed: datetime | None = None
    told: bool = False
    applied: bool = False
    grants: tuple[Granted, ...] = field(default=())

    @property
    def paid(self) -> int:
        """What it has received and keeps so far, in 分."""
        return sum(grant.amount for grant in self.grants if grant.state is State.PAID)

    @property
    def none(self) -> bool:
        return not (self.pushed or self.told or self.applied or self.grants)


def consequences(session: Session, correction: Correction, credit_codes: Sequence[str]) -> Mapping[str, Consequences]:
    """What became of these enterprises by versions before the corrected one."""
    found: dict[str, Consequences] = {}
    for start in range(0, len(credit_codes), _CHUNK):
        some = credit_codes[start : start + _CHUNK]
        pushed, told = _pushed(session, correction, some), _told(session, correction, some)
        applied, grants = _applied(session, correction, some), _grants(session, correction, some)
        for code in some:
            found[code] = Consequences(pushed.get(code), code in told, code in applied, grants.get(code, ()))
    return found


def _pushed(session: Session, correction: Correction, codes: Sequence[str]) -> dict[str, datetime]:
    wanted = (
        sa_select(col(PushRow.credit_code), func.max(DeliveryRow.sent_at))
        .join(
            CampaignItemRow,
            (col(CampaignItemRow.campaign_id) == col(PushRow.campaign_id))
            & (col(CampaignItemRow.number) == col(PushRow.item)),
        )
        .join(
            DeliveryRow,
            (col(DeliveryRow.campaign_id) == col(PushRow.campaign_id))
            & (col(DeliveryRow.credit_code) == col(PushRow.credit_code)),
        )
        .where(col(CampaignItemRow.item_id) == correction.item_id)
        .where(col(CampaignItemRow.version) < correction.new_version)
        .where(col(PushRow.reason).is_(None), col(DeliveryRow.state) == _SENT)
        .where(col(PushRow.credit_code).in_(codes))
        .group_by(col(PushRow.credit_code))
    )
    return {code: moment for code, moment in session.connection().execute(wanted) if moment is not None}


def _told(session: Session, correction: Correction, codes: Sequence[str]) -> frozenset[str]:
    wanted = (
        select(ToldRow.credit_code)
        .where(ToldRow.item_id == correction.item_id, ToldRow.item_version < correction.new_version)
        .where(col(ToldRow.credit_code).in_(codes))
    )
    return frozenset(session.exec(wanted.distinct()))


def _applied(session: Session, correction: Correction, codes: Sequence[str]) -> frozenset[str]:
    wanted = (
        select(FeedbackRow.credit_code)
        .where(FeedbackRow.item_id == correction.item_id, FeedbackRow.item_version < correction.new_version)
        .where(FeedbackRow.event == Event.APPLIED.value, col(FeedbackRow.credit_code).in_(codes))
    )
    return frozenset(filter(None, session.exec(wanted.distinct())))


def _grants(session: Session, correction: Correction, codes: Sequence[str]) -> dict[str, tuple[Granted, ...]]:
    wanted = (
        select(GrantRow)
        .where(GrantRow.item_id == correction.item_id, GrantRow.item_version < correction.new_version)
        .where(col(GrantRow.credit_code).in_(codes))
        .order_by(col(GrantRow.created_at), GrantRow.id)
    )
    found: dict[str, tuple[Granted, ...]] = {}
    for row in session.exec(wanted):
        one = Granted(row.id, State(row.state), row.amount, row.paid_on)
        found[row.credit_code] = (*found.get(row.credit_code, ()), one)
    return found
