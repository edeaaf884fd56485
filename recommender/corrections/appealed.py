"""What appeals led to: drafts of a corrected version, and the appeals that stand behind one.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from enterprises.audit import note
from recommender.appeals.tables import AppealRow
from recommender.corrections.corrections import Correction
from recommender.corrections.tables import AppealDraftRow
from recommender.publishing.tables import DraftRow

LINKED = "appeal.corrected"
"""What is noted in the audit log."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A draft that an appeal led to; ``published``: the version that came of it, ``None`` so far."""

    draft_id: str
    item_id: str
    state: str
    base_version: int
    published: int | None


def link(session: Session, appeal: AppealRow, draft_id: str, by: str, moment: datetime) -> bool:
    """Remember that an appeal led to a draft; whether that is new. The caller commits."""
    if session.get(AppealDraftRow, (appeal.id, draft_id)) is not None:
        return False
    session.add(AppealDraftRow(appeal_id=appeal.id, draft_id=draft_id, linked_by=by, linked_at=moment))
    session.flush()
    detail = {"appeal": appeal.number, "draft": draft_id}
    note(session, actor=by, action=LINKED, about=appeal.credit_code, moment=moment, detail=detail)
    return True


def linked(session: Session, appeal_id: str) -> tuple[Linked, ...]:
    """The drafts that an appeal led to, the newest first."""
    found = session.exec(
        select(DraftRow)
        .join(AppealDraftRow, col(AppealDraftRow.draft_id) == col(DraftRow.id))
        .where(AppealDraftRow.appeal_id == appeal_id)
        .order_by(col(AppealDraftRow.linked_at).desc())
    )
    return tuple(Linked(row.id, row.item_id, row.state, row.base_version, row.published_version) for row in found)


def appeals_behind(session: Session, correction: Correction) -> tuple[AppealRow, ...]:
    """The appeals that led to the corrected version, and others about the version that was wrong, the oldest first."""
    led = (
        select(AppealDraftRow.appeal_id)
        .join(DraftRow, col(DraftRow.id) == col(AppealDraftRow.draft_id))
        .where(DraftRow.item_id == correction.item_id, DraftRow.published_version == correction.new_version)
    )
    about = and_(col(AppealRow.item_id) == correction.item_id, col(AppealRow.item_version) <= correction.old_version)
    wanted = select(AppealRow).where(or_(col(AppealRow.id).in_(led), about))
    return tuple(session.exec(wanted.order_by(col(AppealRow.opened_at), AppealRow.id)))
