"""Grants as they are read: with their history, and as of a day.

A grant whose last day for confirming has passed has lapsed (or counts as agreed to), whether or not anybody has written
that down yet: what is shown depends on the day, not on when a command ran. Functions that read the database import its
tables where they need them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from enterprises.sealing import CannotOpen, Seal
from recommender.grants.states import Consent, Deed, NoSuchGrant, State

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.grants.tables import GrantEventRow, GrantRow

NEAR = 7
"""From so many days before the last day on, a grant that waits is an alarm."""

SEALED = "（这段说明现在打不开）"
"""Stands in the place of a note that was sealed with a key we do not have."""

_SHOWN = (State.NOTICED, State.OFFERED)
"""An enterprise sees a grant once it has been in one of these: before, an office may still find it to be wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a grant's history; ``note`` is the reason, in the words of whoever gave it."""

    number: int
    deed: Deed
    before: State | None
    after: State
    actor: str
    moment: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """One payment that an enterprise is due, with its history. ``state``: as it was last written down.

    ``due``: what ``amount`` would be without a budget that ran short; ``budget_rule``: the rule that was applied then.
    """

    id: str
    item_id: str
    item_version: int
    credit_code: str
    occasion: str
    amount: int
    due: int
    budget_rule: str | None
    steps: tuple[str, ...]
    office: str | None
    explanation_id: str
    state: State
    consent: Consent
    confirm_by: date | None
    account: str | None
    account_tail: str | None
    paid_on: date | None
    created_at: datetime
    history: tuple[Event, ...]

    @property
    def seen(self) -> str:
        """What differs whenever the account does: whoever says yes says it to the account that was shown."""
        return hashlib.sha256(self.account.encode()).hexdigest()[:16] if self.account else ""

    def state_on(self, on: date) -> State:
        """The state on a day: whatever waits for an answer is over once the last day has passed."""
        if self.state is not State.OFFERED or self.days_left(on) >= 0:
            return self.state
        return State.LAPSED if self.consent is Consent.EXPLICIT else State.ACCEPTED

    def days_left(self, on: date) -> int:
        """Days from ``on`` to the last day for answering: 0 on that day, negative after it. For what is offered."""
        assert self.confirm_by is not None
        return (self.confirm_by - on).days

    def waits(self, on: date) -> bool:
        """Whether the enterprise has to say yes, and still can."""
        return self.is_open(on) and self.consent is Consent.EXPLICIT

    def is_open(self, on: date) -> bool:
        """Whether the enterprise can still say yes or no."""
        return self.state_on(on) is State.OFFERED

    def is_near(self, on: date) -> bool:
        """Whether it will soon be forfeited."""
        return self.waits(on) and self.days_left(on) <= NEAR

    @property
    def shown(self) -> bool:
        """Whether the enterprise sees it."""
        return any(event.after in _SHOWN for event in self.history)

    def last(self, *deeds: Deed) -> Event | None:
        """The last time that one of these was done."""
        return next((event for event in reversed(self.history) if event.deed in deeds), None)


def load_grant(session: Session, grant_id: str, seal: Seal) -> Grant:
    """One grant. Raises ``NoSuchGrant``."""
    from sqlmodel import select

    from recommender.grants.tables import GrantRow

    found = _read(session, select(GrantRow).where(GrantRow.id == grant_id), seal)
    if not found:
        raise NoSuchGrant(grant_id)
    return found[0]


def grants_of(session: Session, credit_code: str, seal: Seal) -> tuple[Grant, ...]:
    """What an enterprise sees, in the order in which they were made."""
    from sqlmodel import col, select

    from recommender.grants.tables import GrantRow

    wanted = select(GrantRow).where(GrantRow.credit_code == credit_code)
    found = _read(session, wanted.order_by(col(GrantRow.created_at), col(GrantRow.id)), seal)
    return tuple(grant for grant in found if grant.shown)


def list_grants(
    session: Session, seal: Seal, credit_code: str | None = None, state: State | None = None, limit: int | None = None
) -> tuple[Grant, ...]:
    """What an office sees, the last made first; of one enterprise, in a state as written down, at most so many."""
    from sqlmodel import col, select

    from recommender.grants.tables import GrantRow

    wanted = select(GrantRow).order_by(col(GrantRow.created_at).desc(), col(GrantRow.id)).limit(limit)
    if credit_code is not None:
        wanted = wanted.where(GrantRow.credit_code == credit_code)
    if state is not None:
        wanted = wanted.where(GrantRow.state == state.value)
    return _read(session, wanted, seal)


def replay(history: Sequence[Event]) -> State:
    """The state that a history leads to. Raises ``ValueError`` where it contradicts itself."""
    state = None
    for number, event in enumerate(history, start=1):
        if event.number != number or event.before != state:
            raise ValueError(f"event {event.number} does not follow")
        state = event.after
    if state is None:
        raise ValueError("there is no history")
    return state


def _read(session: Session, wanted: Any, seal: Seal) -> tuple[Grant, ...]:
    from sqlmodel import col, select

    from recommender.grants.tables import GrantEventRow

    rows = session.exec(wanted.execution_options(populate_existing=True)).all()
    ids = [row.id for row in rows]
    events: dict[str, list[GrantEventRow]] = {}
    for start in range(0, len(ids), _CHUNK):
        some = col(GrantEventRow.grant_id).in_(ids[start : start + _CHUNK])
        for event in session.exec(select(GrantEventRow).where(some).order_by(col(GrantEventRow.number))):
            events.setdefault(event.grant_id, []).append(event)
    return tuple(_grant(row, events[row.id], seal) for row in rows)


_CHUNK = 500


def _grant(row: GrantRow, events: Sequence[GrantEventRow], seal: Seal) -> Grant:
    return Grant(
        id=row.id,
        item_id=row.item_id,
        item_version=row.item_version,
        credit_code=row.credit_code,
        occasion=row.occasion,
        amount=row.amount,
        due=row.due,
        budget_rule=row.budget_rule,
        steps=tuple(json.loads(row.steps)),
        office=row.office,
        explanation_id=row.explanation_id,
        state=State(row.state),
        consent=Consent(row.consent),
        confirm_by=row.confirm_by,
        account=row.account,
        account_tail=row.account_tail,
        paid_on=row.paid_on,
        created_at=row.created_at,
        history=tuple(_event(event, seal) for event in events),
    )


def _event(row: GrantEventRow, seal: Seal) -> Event:
    return Event(
        number=row.number,
        deed=Deed(row.deed),
        before=None if row.before is None else State(row.before),
        after=State(row.after),
        actor=row.actor,
        moment=row.moment,
        note="" if row.note is None else open_note(row.note, seal),
    )


def open_note(note: str, seal: Seal) -> str:
    """A note that was sealed; that it cannot be opened, where we lack its key."""
    try:
        return seal.open(note)
    except CannotOpen:
        return SEALED
