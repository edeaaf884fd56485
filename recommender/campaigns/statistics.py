"""What became of campaigns: how many were reached, opened, followed and applied, by campaign, item, region and channel.

Three things are counted, and each table counts one of them only, so that its rows add up to its total:

- *enterprises* (by campaign and by region): an enterprise once, whatever the number of its messages;
- *messages* (by channel): one letter to one enterprise by one channel;
- *pushes* (by item): one item told to one enterprise.

What is counted of each:

- ``planned``: on the list; it is ``sent``, still ``waiting``, ``skipped`` at the last moment, or ``failed``. Of an
  enterprise the best of its messages counts.
- ``delivered``: sent, and a receipt says that it arrived; who opened or followed it has got it, too.
- ``opened``: delivered, and a person has read it, or followed it.
- ``followed``: delivered, and somebody opened the page of an item from it, or after it.
- ``applied``: delivered, and the enterprise has applied for the item since.

Of an item, ``delivered`` and ``opened`` are those of the letter that it stood in; ``followed`` and ``applied`` are of
this very item. The rates (``Tally``): reach (触达率) is delivered by planned, opening, following and uptake are by
delivered. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, Subquery, and_, case, cast, func, literal, select
from sqlmodel import Session, col

from enterprises.tables import EnterpriseRow
from recommender.campaigns.states import OPEN, DeliveryState
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.campaigns.tallies import Tally
from recommender.channels.tables import ReceiptRow


@dataclass(frozen=True, slots=True)
class OfOne:
    """The tally of one campaign, item, region or channel. ``key``: its id, code or name; an empty code: not known."""

    key: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Statistics:
    """What became of some campaigns. Rows are in the order of their keys."""

    by_campaign: tuple[OfOne, ...]
    by_region: tuple[OfOne, ...]
    by_channel: tuple[OfOne, ...]
    by_item: tuple[OfOne, ...]

    @property
    def enterprises(self) -> Tally:
        """An enterprise that several campaigns told counts once for each."""
        return total(self.by_campaign)

    @property
    def messages(self) -> Tally:
        return total(self.by_channel)

    @property
    def pushes(self) -> Tally:
        return total(self.by_item)


def total(rows: Iterable[OfOne]) -> Tally:
    """The sum of rows."""
    return sum((row.tally for row in rows), Tally())


def statistics(session: Session, campaign_ids: Collection[int]) -> Statistics:
    """What became of these campaigns, by what is known now."""
    ids = tuple(campaign_ids)
    deliveries = _deliveries(ids)
    enterprises = _enterprises(deliveries)
    pushes = _pushes(ids, enterprises)
    region = func.coalesce(col(EnterpriseRow.region), "")
    placed = enterprises.outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == enterprises.c.credit_code)
    return Statistics(
        by_campaign=_grouped(session, cast(enterprises.c.campaign_id, String), enterprises, enterprises),
        by_region=_grouped(session, region, enterprises, placed),
        by_channel=_grouped(session, deliveries.c.channel, deliveries, deliveries),
        by_item=_grouped(session, pushes.c.item_id, pushes, pushes),
    )


def by_campaign(session: Session, campaign_ids: Collection[int]) -> dict[int, Tally]:
    """The tally of enterprises of each of these campaigns; one that is not planned yet is left out."""
    enterprises = _enterprises(_deliveries(tuple(campaign_ids)))
    rows = _grouped(session, cast(enterprises.c.campaign_id, String), enterprises, enterprises)
    return {int(row.key): row.tally for row in rows}


_STATES = ("sent", "waiting", "failed")
"""Whatever is none of these was skipped."""
_STEPS = ("delivered", "opened", "followed", "applied")
_ARRIVED = {
    "delivered": ("delivered", "opened", "followed"),
    "opened": ("opened", "followed"),
    "followed": ("followed",),
    "applied": ("applied",),
}
"""The receipts of which one is enough for each step."""


def _deliveries(campaign_ids: Sequence[int]) -> Subquery:
    """A row a message: where it stands, and what came back of it, as 0 and 1."""
    ours = select(col(DeliveryRow.id)).where(col(DeliveryRow.campaign_id).in_(campaign_ids))
    back = (
        select(
            col(ReceiptRow.letter),
            *(_any(col(ReceiptRow.kind).in_(kinds)).label(step) for step, kinds in _ARRIVED.items()),
        )
        .where(col(ReceiptRow.letter).in_(ours))
        .group_by(col(ReceiptRow.letter))
        .subquery()
    )
    came = {step: func.coalesce(back.c[step], 0) for step in _STEPS}
    state = col(DeliveryRow.state)
    sent = _flag((state == DeliveryState.SENT.value) | (came["delivered"] == 1))
    return (
        select(
            col(DeliveryRow.campaign_id),
            col(DeliveryRow.credit_code),
            col(DeliveryRow.channel),
            sent.label("sent"),
            _flag((sent == 0) & state.in_([each.value for each in OPEN])).label("waiting"),
            _flag((sent == 0) & (state == DeliveryState.DEAD.value)).label("failed"),
            came["delivered"].label("delivered"),
            *(_both(came["delivered"], came[step]).label(step) for step in _STEPS[1:]),
        )
        .outerjoin(back, back.c.letter == col(DeliveryRow.id))
        .where(col(DeliveryRow.campaign_id).in_(campaign_ids))
        .subquery()
    )


def _enterprises(deliveries: Subquery) -> Subquery:
    """A row an enterprise and campaign: the best of its messages."""
    best = {name: func.max(deliveries.c[name]) for name in (*_STATES, *_STEPS)}
    return (
        select(
            deliveries.c.campaign_id,
            deliveries.c.credit_code,
            best["sent"].label("sent"),
            _flag((best["sent"] == 0) & (best["waiting"] == 1)).label("waiting"),
            _flag((best["sent"] == 0) & (best["waiting"] == 0) & (best["failed"] == 1)).label("failed"),
            *(best[step].label(step) for step in _STEPS),
        )
        .group_by(deliveries.c.campaign_id, deliveries.c.credit_code)
        .subquery()
    )


def _pushes(campaign_ids: Sequence[int], enterprises: Subquery) -> Subquery:
    """A row a push: as its enterprise, but for what was left out of the letter, and what is of this item alone."""
    ours = select(col(DeliveryRow.id)).where(col(DeliveryRow.campaign_id).in_(campaign_ids))
    back = (
        select(
            col(ReceiptRow.push),
            *(_any(col(ReceiptRow.kind) == step).label(step) for step in ("followed", "applied")),
        )
        .where(col(ReceiptRow.letter).in_(ours), col(ReceiptRow.push) != "")
        .group_by(col(ReceiptRow.push))
        .subquery()
    )
    dash = literal("-")
    push_id = (
        cast(col(PushRow.campaign_id), String)
        + dash
        + col(PushRow.credit_code)
        + dash
        + cast(col(PushRow.item), String)
    )
    told = _flag(col(PushRow.reason).is_(None))
    states = {name: _both(told, enterprises.c[name]) for name in (*_STATES, "delivered", "opened")}
    return (
        select(
            col(CampaignItemRow.item_id),
            *(states[name].label(name) for name in (*_STATES, "delivered", "opened")),
            *(
                _both(states["delivered"], func.coalesce(back.c[step], 0)).label(step)
                for step in ("followed", "applied")
            ),
        )
        .select_from(PushRow)
        .join(
            CampaignItemRow,
            and_(
                col(CampaignItemRow.campaign_id) == col(PushRow.campaign_id),
                col(CampaignItemRow.number) == col(PushRow.item),
            ),
        )
        .join(
            enterprises,
            and_(
                enterprises.c.campaign_id == col(PushRow.campaign_id),
                enterprises.c.credit_code == col(PushRow.credit_code),
            ),
        )
        .outerjoin(back, back.c.push == push_id)
        .where(col(PushRow.campaign_id).in_(campaign_ids))
        .subquery()
    )


def _grouped(session: Session, key: Any, flags: Subquery, rows: Any) -> tuple[OfOne, ...]:
    sums = [func.coalesce(func.sum(flags.c[name]), 0) for name in (*_STATES, *_STEPS)]
    found = session.connection().execute(select(key, func.count(), *sums).select_from(rows).group_by(key).order_by(key))
    return tuple(OfOne(str(row[0]), _tally(*map(int, row[1:]))) for row in found)


def _tally(planned: int, sent: int, waiting: int, failed: int, *steps: int) -> Tally:
    return Tally(planned, sent, waiting, planned - sent - waiting - failed, failed, *steps)


def _flag(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _any(condition: Any) -> Any:
    return func.max(_flag(condition))


def _both(one: Any, other: Any) -> Any:
    return _flag((one == 1) & (other == 1))
