"""One guarded change of a round's row, one event, one line in the audit log, or nothing at all.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.sealing import Seal
from recommender.grants.deeds import LONGEST_REASON, By
from recommender.grants.states import NoReason, Refused
from recommender.payments.round_states import (
    ROUND_TRANSITIONS,
    RoundChanged,
    RoundDeed,
    RoundNotNow,
    RoundState,
    follow_round,
)
from recommender.payments.rounds import Round, load_round
from recommender.payments.tables import RoundEventRow, RoundRow


def advance(
    session: Session,
    round_id: str,
    deed: RoundDeed,
    by: By,
    seal: Seal,
    revision: int | None = None,
    reason: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
) -> Round:
    """Do a deed, with what else changes by it. ``revision``: as it was looked at; ``None``: whatever it is now.

    Raises ``NoSuchRound``, ``RoundNotNow``, ``RoundChanged`` and ``NoReason``.
    """
    round_, reason = load_round(session, round_id, seal), reason.strip()
    after = follow_round(deed, round_.state, round_.plan)
    if ROUND_TRANSITIONS[deed].needs_reason and not reason:
        raise NoReason(f"“{deed.label}”要写明原因")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    seen = round_.revision if revision is None else revision
    looked_on = deed in (RoundDeed.SEND_BACK, RoundDeed.CHECK)
    values = {**(changes or {}), "state": after.value, "revision": col(RoundRow.revision) + 1}
    changed = session.connection().execute(
        update(RoundRow)
        .where(col(RoundRow.id) == round_id, col(RoundRow.state) == round_.state.value, col(RoundRow.revision) == seen)
        .values(**values, **({} if looked_on else {"changed_by": by.actor}))
    )
    if changed.rowcount != 1:
        now = load_round(session, round_id, seal)
        raise RoundChanged if now.state is round_.state else RoundNotNow(deed, now.state)
    write_down(session, round_id, deed, round_.state, after, by, seal.close(reason) if reason else None)
    return load_round(session, round_id, seal)


def write_down(
    session: Session,
    round_id: str,
    deed: RoundDeed,
    before: RoundState | None,
    after: RoundState,
    by: By,
    sealed_note: str | None,
) -> None:
    """Add a line to a round's history, and one to the audit log."""
    number = session.exec(select(func.max(RoundEventRow.number)).where(RoundEventRow.round_id == round_id)).one() or 0
    row = {
        "round_id": round_id,
        "number": number + 1,
        "deed": deed.value,
        "before": None if before is None else before.value,
        "after": after.value,
        "actor": by.actor,
        "moment": by.moment,
        "note": sealed_note,
    }
    session.connection().execute(insert(RoundEventRow), row)
    where = session.exec(select(RoundRow.region, RoundRow.department).where(RoundRow.id == round_id)).one()
    detail = dict(zip(("region", "department"), where, strict=True))
    action, about = f"round.{deed.value}", f"round:{round_id}"
    note(session, actor=by.actor, action=action, about=about, moment=by.moment, detail=detail)
