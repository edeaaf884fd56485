"""The queue of deliveries: taken by one worker at a time for a while, then put where they belong.

A lease is the row itself, with who holds it and until when: what a worker that was killed held, is due again when its
time is over. On PostgreSQL workers pass over what others are just taking; on SQLite one writes at a time.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, func, update
from sqlmodel import Session, col, select

from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.deeds import WORKER, By, perform, start
from recommender.campaigns.states import OPEN, Deed, DeliveryState, State
from recommender.campaigns.tables import CampaignRow, DeliveryRow

MOST_TAKEN = 50
"""A delivery that was taken so often without an end breaks its workers: it is set aside."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this worker holds."""

    id: str
    credit_code: str
    channel: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries of one campaign, held by one worker."""

    campaign_id: int
    owner: str
    deliveries: tuple[Leased, ...]

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.deliveries]

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(each.credit_code for each in self.deliveries))


def claim(session: Session, owner: str, now: datetime, lease: timedelta, limit: int) -> Batch | None:
    """Take up to ``limit`` deliveries that are due, of the first running campaign that has any. The caller commits."""
    running = select(CampaignRow.id).where(CampaignRow.state == State.RUNNING.value).order_by(col(CampaignRow.id))
    for campaign_id in session.exec(running).all():
        assert campaign_id is not None
        due = (
            select(DeliveryRow.id)
            .where(
                DeliveryRow.campaign_id == campaign_id,
                DeliveryRow.state == DeliveryState.DUE.value,
                col(DeliveryRow.due_at) <= now,
            )
            .order_by(col(DeliveryRow.due_at))
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = (
            update(DeliveryRow)
            .where(col(DeliveryRow.id).in_(select(due.c.id)))
            .values(
                state=DeliveryState.LEASED.value,
                lease_owner=owner,
                due_at=now + lease,
                taken=col(DeliveryRow.taken) + 1,
            )
            .returning(
                col(DeliveryRow.id), col(DeliveryRow.credit_code), col(DeliveryRow.channel), col(DeliveryRow.attempts)
            )
        )
        rows = session.connection().execute(taken).all()
        if rows:
            return Batch(campaign_id, owner, tuple(Leased(*row) for row in rows))
    return None


def renew(session: Session, batch: Batch, ids: Collection[str], until: datetime) -> None:
    """Hold on to what is still being worked at. The caller commits."""
    _change(session, _mine(batch.owner, ids), due_at=until)


def release(session: Session, owner: str, ids: Collection[str], due_at: datetime, reason: str | None = None) -> None:
    """Put deliveries back as they were, to be taken from ``due_at`` on. The caller commits."""
    _change(session, _mine(owner, ids), **_LOOSE, state=DeliveryState.DUE.value, due_at=due_at, reason=reason)


def hold(session: Session, owner: str, ids: Collection[str], until: datetime, reason: str) -> None:
    """Put deliveries aside until a moment. The caller commits."""
    _change(session, _mine(owner, ids), **_LOOSE, state=DeliveryState.HELD.value, due_at=until, reason=reason)


def skip(session: Session, owner: str, ids: Collection[str], reason: str) -> None:
    """Send deliveries never. The caller commits."""
    _change(session, _mine(owner, ids), **_LOOSE, state=DeliveryState.SKIPPED.value, reason=reason)


def bury(session: Session, owner: str, ids: Collection[str], attempts: int, reason: str) -> None:
    """Put deliveries among those that cannot be sent. The caller commits."""
    _change(session, _mine(owner, ids), **_LOOSE, state=DeliveryState.DEAD.value, attempts=attempts, reason=reason)


def try_again(session: Session, owner: str, ids: Collection[str], attempts: int, due_at: datetime, reason: str) -> None:
    """Have deliveries tried again later. The caller commits."""
    changes = {"state": DeliveryState.DUE.value, "attempts": attempts, "due_at": due_at, "reason": reason}
    _change(session, _mine(owner, ids), **_LOOSE, **changes)


def mark_sent(session: Session, ids: Collection[str], moment: datetime, reference: str) -> None:
    """Note that deliveries were taken over by their channel, whoever holds them by now. The caller commits."""
    changes = {"state": DeliveryState.SENT.value, "sent_at": moment, "reference": reference or None, "reason": None}
    which = update(DeliveryRow).where(col(DeliveryRow.id).in_(ids), col(DeliveryRow.state) != DeliveryState.SENT.value)
    _change(session, which, **_LOOSE, **changes)


_LOOSE: dict[str, Any] = {"lease_owner": None}


def _mine(owner: str, ids: Collection[str]) -> Update:
    """Only what this worker still holds: what it lost, another one has by now, or has done with."""
    return update(DeliveryRow).where(
        col(DeliveryRow.id).in_(ids),
        col(DeliveryRow.state) == DeliveryState.LEASED.value,
        col(DeliveryRow.lease_owner) == owner,
    )


def _change(session: Session, which: Update, **values: Any) -> None:
    session.connection().execute(which.values(values))


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was put right: deliveries whose worker was not heard of any more, that were held long enough, that broke
    every worker; campaigns that began by their schedule, and that were done."""

    recovered: int = 0
    woken: int = 0
    buried: int = 0
    started: int = 0
    finished: int = 0


def reconcile(session: Session, now: datetime) -> Reconciled:
    """Put right what is stuck, and move on what is due. Any worker may do so at any time. The caller commits."""
    running = select(CampaignRow.id).where(
        col(CampaignRow.state).in_([State.RUNNING.value, State.PAUSED.value]),
    )
    counts = dict.fromkeys(("recovered", "woken", "buried"), 0)
    for campaign_id in session.exec(running.order_by(col(CampaignRow.id))).all():
        over = (col(DeliveryRow.campaign_id) == campaign_id, col(DeliveryRow.due_at) <= now)
        leased, held = (col(DeliveryRow.state) == state.value for state in (DeliveryState.LEASED, DeliveryState.HELD))
        counts["buried"] += _moved(
            session,
            *(*over, leased, col(DeliveryRow.taken) >= MOST_TAKEN),
            values=_LOOSE | {"state": DeliveryState.DEAD.value, "reason": f"发送了 {MOST_TAKEN} 次都中断，没有结果"},
        )
        due = {"state": DeliveryState.DUE.value, "due_at": now}
        counts["recovered"] += _moved(session, *over, leased, values=_LOOSE | due)
        counts["woken"] += _moved(session, *over, held, values={**due, "reason": None})
    return Reconciled(**counts, started=_start_scheduled(session, now), finished=_finish(session, now))


def _moved(session: Session, *which: Any, values: dict[str, Any]) -> int:
    # Ids first, without those that somebody is just working at: nobody waits for anybody.
    stuck = select(DeliveryRow.id).where(*which).with_for_update(skip_locked=True)
    return (
        session.connection().execute(update(DeliveryRow).where(col(DeliveryRow.id).in_(stuck)).values(values)).rowcount
    )


def _start_scheduled(session: Session, now: datetime) -> int:
    due = (
        select(CampaignRow.id)
        .where(CampaignRow.state == State.APPROVED.value, col(CampaignRow.not_before) <= now)
        .order_by(col(CampaignRow.id))
        .with_for_update(skip_locked=True)
    )
    found = session.exec(due).all()
    for campaign_id in found:
        assert campaign_id is not None
        start(session, campaign_id, By(WORKER, now))
    return len(found)


def _finish(session: Session, now: datetime) -> int:
    """End the running campaigns of which nothing is to come."""
    running = select(CampaignRow.id).where(CampaignRow.state == State.RUNNING.value).order_by(col(CampaignRow.id))
    done = 0
    for campaign_id in session.exec(running).all():
        assert campaign_id is not None
        # First a look without a lock; then again with it, since dead letters may just be put back.
        if _is_open(session, campaign_id):
            continue
        locked = select(CampaignRow.id).where(CampaignRow.id == campaign_id).with_for_update(skip_locked=True)
        if session.exec(locked).first() is None or _is_open(session, campaign_id):
            continue
        if load_campaign(session, campaign_id).state is State.RUNNING:
            perform(session, campaign_id, Deed.FINISH, By(WORKER, now))
            done += 1
    return done


def _is_open(session: Session, campaign_id: int) -> bool:
    left = select(DeliveryRow.id).where(
        DeliveryRow.campaign_id == campaign_id, col(DeliveryRow.state).in_([state.value for state in OPEN])
    )
    return session.exec(left.limit(1)).first() is not None


def count_due(session: Session, campaign_ids: Sequence[int]) -> int:
    """How many deliveries of these campaigns wait or are being sent."""
    left = select(func.count()).where(
        col(DeliveryRow.campaign_id).in_(campaign_ids), col(DeliveryRow.state).in_([state.value for state in OPEN])
    )
    return session.exec(left).one()
