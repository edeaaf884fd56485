"""The figures of a month, by item and county, from what is stored: campaigns, receipts, feedback, grants, the ledger,
appeals. Each source gives figures of its own; together they are the sum.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import distinct, func, select
from sqlmodel import Session, col

from enterprises.calendar import SHANGHAI
from enterprises.tables import EnterpriseRow
from recommender.appeals.states import Deed as AppealDeed
from recommender.appeals.states import Grade
from recommender.appeals.tables import AppealEventRow, AppealRow
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.channels.receipts import Kind
from recommender.channels.tables import ReceiptRow
from recommender.grants.tables import GrantRow
from recommender.payments.ledger import LedgerKind
from recommender.payments.tables import LedgerRow
from recommender.ranking.feedback import Event
from recommender.ranking.tables import FeedbackRow
from recommender.reports.figures import Figures, total
from recommender.reports.month import Month
from recommender.reports.subjects import NO_ITEM
from recommender.reports.tables import MatchingCountRow, MatchingRow

Cell = tuple[str, str]
"""An item's id, and the code of a county (empty: not known)."""

Found = Iterator[tuple[Cell, Figures]]

_ENTERPRISE = col(EnterpriseRow.credit_code)
_REGION = func.coalesce(col(EnterpriseRow.region), "")


def gather(session: Session, month: Month) -> Mapping[Cell, Figures]:
    """The figures of a month by cell; cells without any are left out."""
    parts: dict[Cell, list[Figures]] = defaultdict(list)
    for source in (_matched, _told, _opened, _reported, _nominated, _booked, _took, _begun_appeals, _appeal_deeds):
        for cell, figures in source(session, month):
            parts[cell].append(figures)
    return {cell: total(some) for cell, some in parts.items()}


def newest_matching(session: Session) -> MatchingRow | None:
    """The last pass over a snapshot; ``None`` where there was none."""
    found: MatchingRow | None = session.execute(
        select(MatchingRow).order_by(col(MatchingRow.id).desc()).limit(1)
    ).scalar()
    return found


# ---------------------------------------------------------------------- sources


def _matched(session: Session, _month: Month) -> Found:
    newest = newest_matching(session)
    if newest is None:
        return
    wanted = select(MatchingCountRow).where(col(MatchingCountRow.matching_id) == newest.id)
    for row in session.scalars(wanted):
        yield _cell(row.item_id, row.region), Figures(eligible=row.eligible, undetermined=row.undetermined)


def _told(session: Session, month: Month) -> Found:
    for item, region, count in session.execute(_letters(month)):
        yield _cell(item, region), Figures(told=count)


def _opened(session: Session, month: Month) -> Found:
    wanted = _letters(month).where(
        select(col(ReceiptRow.letter))
        .where(col(ReceiptRow.letter) == col(DeliveryRow.id), col(ReceiptRow.kind) == Kind.OPENED.value)
        .exists()
    )
    for item, region, count in session.execute(wanted):
        yield _cell(item, region), Figures(opened=count)


def _letters(month: Month) -> Any:
    """By item and region the enterprises to which a message about it was sent."""
    return (
        select(col(CampaignItemRow.item_id), _REGION, func.count(distinct(col(PushRow.credit_code))))
        .select_from(DeliveryRow)
        .join(
            PushRow,
            (col(PushRow.campaign_id) == col(DeliveryRow.campaign_id))
            & (col(PushRow.credit_code) == col(DeliveryRow.credit_code)),
        )
        .join(
            CampaignItemRow,
            (col(CampaignItemRow.campaign_id) == col(PushRow.campaign_id))
            & (col(CampaignItemRow.number) == col(PushRow.item)),
        )
        .outerjoin(EnterpriseRow, col(PushRow.credit_code) == _ENTERPRISE)
        .where(col(PushRow.reason).is_(None), _within(DeliveryRow.sent_at, month))
        .group_by(col(CampaignItemRow.item_id), _REGION)
    )


_REPORTED = {Event.OPENED: "followed", Event.APPLIED: "applied", Event.GRANTED: "recognised"}


def _reported(session: Session, month: Month) -> Found:
    wanted = (
        select(
            *(col(FeedbackRow.item_id), _REGION, col(FeedbackRow.event)),
            func.count(distinct(col(FeedbackRow.credit_code))),
        )
        .select_from(FeedbackRow)
        .outerjoin(EnterpriseRow, col(FeedbackRow.credit_code) == _ENTERPRISE)
        .where(
            _within(FeedbackRow.received_at, month),
            col(FeedbackRow.credit_code).is_not(None),
            col(FeedbackRow.event).in_([event.value for event in _REPORTED]),
        )
        .group_by(col(FeedbackRow.item_id), _REGION, col(FeedbackRow.event))
    )
    for item, region, event, count in session.execute(wanted):
        yield _cell(item, region), Figures(**{_REPORTED[Event(event)]: count})


def _nominated(session: Session, month: Month) -> Found:
    wanted = (
        select(col(GrantRow.item_id), _REGION, func.count(distinct(col(GrantRow.credit_code))))
        .select_from(GrantRow)
        .outerjoin(EnterpriseRow, col(GrantRow.credit_code) == _ENTERPRISE)
        .where(_within(GrantRow.created_at, month))
        .group_by(col(GrantRow.item_id), _REGION)
    )
    for item, region, count in session.execute(wanted):
        yield _cell(item, region), Figures(nominated=count)


def _booked(session: Session, month: Month) -> Found:
    key = (col(LedgerRow.item_id), col(LedgerRow.region), col(LedgerRow.kind))
    wanted = (
        select(*key, func.count(), func.sum(col(LedgerRow.amount)))
        .where(col(LedgerRow.day) >= month.first, col(LedgerRow.day) <= month.last)
        .group_by(*key)
    )
    for item, region, kind, count, amount in session.execute(wanted):
        yield _cell(item, region), _entry(LedgerKind(kind), count, int(amount))


def _entry(kind: LedgerKind, count: int, amount: int) -> Figures:
    match kind:
        case LedgerKind.PAID:
            return Figures(paid=count, paid_sum=amount)
        case LedgerKind.RETURNED:
            return Figures(returned=count, returned_sum=amount)
        case LedgerKind.RECOVERED:
            return Figures(recovered_sum=amount)
        case LedgerKind.CORRECTED:
            return Figures(recovered_sum=-amount)


def _took(session: Session, month: Month) -> Found:
    wanted = (
        select(col(LedgerRow.item_id), col(LedgerRow.region), col(LedgerRow.day), col(GrantRow.created_at))
        .join(GrantRow, col(GrantRow.id) == col(LedgerRow.grant_id))
        .where(
            col(LedgerRow.kind) == LedgerKind.PAID.value,
            col(LedgerRow.day) >= month.first,
            col(LedgerRow.day) <= month.last,
        )
    )
    for item, region, day, created_at in session.execute(wanted):
        yield _cell(item, region), Figures(days=(max((day - _day(created_at)).days, 0),))


def _begun_appeals(session: Session, month: Month) -> Found:
    wanted = (
        select(col(AppealRow.item_id), _REGION, func.count())
        .select_from(AppealRow)
        .outerjoin(EnterpriseRow, col(AppealRow.credit_code) == _ENTERPRISE)
        .where(col(AppealRow.day) >= month.first, col(AppealRow.day) <= month.last)
        .group_by(col(AppealRow.item_id), _REGION)
    )
    for item, region, count in session.execute(wanted):
        yield _cell(item, region), Figures(appeals=count)


def _appeal_deeds(session: Session, month: Month) -> Found:
    wanted = (
        select(col(AppealRow.item_id), _REGION, col(AppealEventRow.deed), col(AppealEventRow.grade))
        .select_from(AppealEventRow)
        .join(AppealRow, col(AppealRow.id) == col(AppealEventRow.appeal_id))
        .outerjoin(EnterpriseRow, col(AppealRow.credit_code) == _ENTERPRISE)
        .where(_within(AppealEventRow.moment, month))
    )
    for item, region, deed, grade in session.execute(wanted):
        match deed:
            case AppealDeed.ANSWER:
                yield _cell(item, region), Figures(answered=1)
            case AppealDeed.REOPEN:
                yield _cell(item, region), Figures(reopened=1)
            case AppealDeed.RATE if grade is not None and Grade(grade).is_bad:
                yield _cell(item, region), Figures(bad=1)
            case _:
                continue


# ------------------------------------------------------------------------ parts


def _cell(item: str | None, region: str | None) -> Cell:
    """What lies below a county counts for it."""
    return item or NO_ITEM, (region or "")[:6]


def _within(moment: Any, month: Month) -> Any:
    return (col(moment) >= month.begins) & (col(moment) < month.next.begins)


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
