"""Campaigns as they are read: one with its history, lists of them, how far one has come, what could not be sent.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from recommender.campaigns.content import Content
from recommender.campaigns.reckoning import Estimate
from recommender.campaigns.states import OPEN, Deed, DeliveryState, NoSuchCampaign, State, possible
from recommender.campaigns.tables import (
    CampaignEventRow,
    CampaignRow,
    DeliveryRow,
    WorkerRow,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did with a campaign."""

    deed: Deed
    before: State | None
    after: State
    actor: str
    moment: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What was planned: by which day and which revision of all enterprises, and how many rows that are so far."""

    as_of: date
    revision: int
    enterprises: int
    pushes: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; ``items`` of its content are numbered from 1 in their order."""

    id: int
    content: Content
    state: State
    revision: int
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    submitted_by: str | None
    approved_by: str | None
    approved_digest: str | None
    estimate: Estimate | None
    planned: Planned | None
    history: tuple[Event, ...]

    @property
    def possible(self) -> frozenset[Deed]:
        return possible(self.state)

    @property
    def reason(self) -> str | None:
        """The last reason that somebody gave."""
        return next((event.reason for event in reversed(self.history) if event.reason), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A campaign in a list."""

    id: int
    title: str
    region: str
    department: str
    state: State
    made_by: str
    changed_at: datetime
    not_before: datetime | None
    enterprises: int
    pushes: int
    deliveries: int


def load_campaign(session: Session, campaign_id: int) -> Campaign:
    """One campaign as it is now. Raises ``NoSuchCampaign``."""
    row = session.get(CampaignRow, campaign_id, populate_existing=True)
    if row is None:
        raise NoSuchCampaign(f"there is no campaign {campaign_id}")
    events = session.exec(
        select(CampaignEventRow)
        .where(CampaignEventRow.campaign_id == campaign_id)
        .order_by(col(CampaignEventRow.number))
    )
    return Campaign(
        id=campaign_id,
        content=Content.of_text(row.content),
        state=State(row.state),
        revision=row.revision,
        made_by=row.made_by,
        made_at=row.made_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        submitted_by=row.submitted_by,
        approved_by=row.approved_by,
        approved_digest=row.approved_digest,
        estimate=None if row.estimate is None else Estimate.of_text(row.estimate),
        planned=_planned(row),
        history=tuple(map(_event, events)),
    )


def _planned(row: CampaignRow) -> Planned | None:
    if row.as_of is None or row.snapshot is None:
        return None
    return Planned(row.as_of, row.snapshot, row.enterprises, row.pushes, row.deliveries)


def _event(row: CampaignEventRow) -> Event:
    before = None if row.before is None else State(row.before)
    return Event(Deed(row.deed), before, State(row.after), row.actor, row.moment, row.reason)


def list_campaigns(session: Session, states: Collection[State] | None = None) -> tuple[Summary, ...]:
    """Campaigns, those changed last first: all, or those in some states."""
    wanted = select(CampaignRow).order_by(col(CampaignRow.changed_at).desc(), col(CampaignRow.id).desc())
    if states is not None:
        wanted = wanted.where(col(CampaignRow.state).in_([state.value for state in states]))
    return tuple(
        Summary(
            row.id or 0,
            row.title,
            row.region,
            row.department,
            State(row.state),
            row.made_by,
            row.changed_at,
            row.not_before,
            row.enterprises,
            row.pushes,
            row.deliveries,
        )
        for row in session.exec(wanted)
    )


Counted = Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many deliveries are in which state, by channel; ``next_at``: when the first of those that wait is due."""

    by_channel: Mapping[str, Counted]
    next_at: datetime | None

    @property
    def by_state(self) -> Counted:
        return {state: sum(each.get(state, 0) for each in self.by_channel.values()) for state in DeliveryState}

    @property
    def left(self) -> int:
        """From which something is still to come."""
        return sum(self.by_state[state] for state in OPEN)


def progress(session: Session, campaign_id: int) -> Progress:
    """How far a campaign has come."""
    found: dict[str, dict[DeliveryState, int]] = {}
    counted = session.exec(
        select(DeliveryRow.channel, DeliveryRow.state, func.count())
        .where(DeliveryRow.campaign_id == campaign_id)
        .group_by(col(DeliveryRow.channel), col(DeliveryRow.state))
    )
    for channel, state, count in counted:
        found.setdefault(channel, {})[DeliveryState(state)] = count
    waiting = select(func.min(DeliveryRow.due_at)).where(
        DeliveryRow.campaign_id == campaign_id, col(DeliveryRow.state).in_([DeliveryState.DUE, DeliveryState.HELD])
    )
    return Progress(found, session.exec(waiting).one())


def deliveries(
    session: Session,
    campaign_id: int,
    state: DeliveryState | None = None,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> Sequence[DeliveryRow]:
    """Deliveries in the order of their ids, from the one after ``after`` on: all, or those in a state."""
    wanted = select(DeliveryRow).where(DeliveryRow.campaign_id == campaign_id)
    if state is not None:
        wanted = wanted.where(DeliveryRow.state == state.value)
    if after is not None:
        wanted = wanted.where(col(DeliveryRow.id) > after)
    return session.exec(wanted.order_by(col(DeliveryRow.id)).limit(limit)).all()


def workers(session: Session) -> Sequence[WorkerRow]:
    """The workers that were ever at work, those last heard of first."""
    return session.exec(select(WorkerRow).order_by(col(WorkerRow.seen_at).desc())).all()
