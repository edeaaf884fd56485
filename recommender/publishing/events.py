"""Every change of a draft: one guarded change of its row, one event, one line in the audit log, or nothing at all.

The row is changed only where it still is in the state and the revision that were looked at; of two who do so at once,
the second is told. The caller commits. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.source_text import is_usable
from recommender.publishing.states import (
    CHANGING,
    TRANSITIONS,
    By,
    Deed,
    NoReason,
    NoSuchDraft,
    NotNow,
    Refused,
    SamePerson,
    Stale,
    State,
)
from recommender.publishing.tables import DraftEventRow, DraftRow

LONGEST_REASON = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did with a draft; ``state``: after it."""

    deed: Deed
    state: State
    revision: int
    account: str
    moment: datetime
    note: str | None


def change(
    session: Session,
    draft_id: str,
    deed: Deed,
    by: By,
    revision: int | None,
    *,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Do a deed with a draft as it was at ``revision`` (``None``: whichever it is), with what else changes by it.

    Raises ``NoSuchDraft``, ``NotNow``, ``Stale``, ``NoReason``, ``Refused`` for one that is too long, and
    ``SamePerson`` where whoever had a hand in the draft would judge it.
    """
    transition, reason = TRANSITIONS[deed], _reason(deed, reason)
    row = _lock(session, draft_id)
    if State(row.state) not in transition.before or transition.kind not in (None, row.kind):
        raise NotNow(deed, State(row.state))
    if revision not in (None, row.revision):
        raise Stale
    if transition.judges and by.account in hands(session, draft_id):
        raise SamePerson(deed)
    new = {"state": transition.after.value, **(values or {})}
    if transition.changes:
        new |= {"revision": row.revision + 1, "changed_by": by.account, "changed_at": by.moment, "reviewed_by": None}
    guarded = (
        update(DraftRow)
        .where(col(DraftRow.id) == draft_id, col(DraftRow.state) == row.state, col(DraftRow.revision) == row.revision)
        .values(**new)
    )
    if session.connection().execute(guarded).rowcount != 1:
        raise Stale
    session.refresh(row)
    note_deed(session, row, deed, by, reason)


def note_deed(session: Session, row: DraftRow, deed: Deed, by: By, reason: str = "") -> None:
    """Add a line to a draft's history, and one to the audit log."""
    last = session.scalar(select(func.max(DraftEventRow.number)).where(DraftEventRow.draft_id == row.id)) or 0
    event = {
        "draft_id": row.id,
        "number": last + 1,
        "deed": deed.value,
        "revision": row.revision,
        "state": row.state,
        "account": by.account,
        "moment": by.moment,
        "note": _reason(deed, reason) or None,
    }
    session.connection().execute(insert(DraftEventRow), event)
    note(
        session,
        actor=by.account,
        action=f"draft.{deed.value}",
        about=row.item_id,
        moment=by.moment,
        detail={"draft": row.id, "revision": row.revision, "region": row.region},
    )


def hands(session: Session, draft_id: str) -> frozenset[str]:
    """The accounts that had a hand in what a draft says."""
    wanted = select(DraftEventRow.account).where(
        DraftEventRow.draft_id == draft_id, col(DraftEventRow.deed).in_([deed.value for deed in CHANGING])
    )
    return frozenset(session.exec(wanted.distinct()))


def history(session: Session, draft_id: str) -> tuple[Event, ...]:
    """What was done with a draft, the last first."""
    wanted = select(DraftEventRow).where(DraftEventRow.draft_id == draft_id)
    rows = session.exec(wanted.order_by(col(DraftEventRow.number).desc()))
    return tuple(
        Event(Deed(row.deed), State(row.state), row.revision, row.account, row.moment, row.note) for row in rows
    )


def saves_together(events: tuple[Event, ...]) -> Iterator[tuple[Event, int]]:
    """A history with one person's changes in a row as one: the last of them, and how many there were."""
    kept, count = None, 0
    for event in events:
        if kept is not None and event.deed is kept.deed is Deed.SAVE and event.account == kept.account:
            count += 1
            continue
        if kept is not None:
            yield kept, count
        kept, count = event, 1
    if kept is not None:
        yield kept, count


def _lock(session: Session, draft_id: str) -> DraftRow:
    """The row as it is now; nobody else changes it before this transaction ends."""
    found = session.get(DraftRow, draft_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NoSuchDraft(draft_id)
    return found


def _reason(deed: Deed, reason: str) -> str:
    reason = reason.strip()
    if TRANSITIONS[deed].needs_reason and not reason:
        raise NoReason(deed)
    if not is_usable(reason):
        raise Refused("原因里有看不见的控制字符。请删去，必要时重新输入")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    return reason
