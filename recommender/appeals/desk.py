"""The deeds: everything that either side does to an appeal that has begun.

Each deed is one update guarded by the state and the revision that it was decided on, one row of history and one of the
audit log, in the caller's transaction: of two deeds at once, one counts.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col

from enterprises import audit
from enterprises.calendar import today
from enterprises.sealing import Seal
from recommender.appeals.deadlines import ANSWER_WITHIN, HOLIDAYS, working_day_after
from recommender.appeals.states import Deed, Grade, NotPossible, Side, State, after
from recommender.appeals.tables import AppealEventRow, AppealRow

LONGEST_TEXT = 2000
"""Characters of an appeal, and of an answer."""

LONGEST_REASON = 500
"""Characters of the reason of a rating, a reopening or a withdrawal."""

LONGEST_DEPARTMENT = 60


class Incomplete(ValueError):
    """Something is missing or too long: which field, and what to do, in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Act:
    """One deed. ``actor``: an account, or who acts for an office; ``note`` is for offices only."""

    side: Side
    deed: Deed
    actor: str
    moment: datetime
    text: str = ""
    note: str = ""
    department: str = ""
    grade: Grade | None = None


def act(session: Session, seal: Seal, row: AppealRow, deed: Act, holidays: Collection[date] = HOLIDAYS) -> None:
    """Do a deed to an appeal as it was read in this session; ``row`` is up to date afterwards. The caller commits.

    Raises ``NotPossible`` where its state does not allow that, or somebody else was first, and ``Incomplete``.
    """
    before = State(row.state)
    grade = None if row.grade is None else Grade(row.grade)
    next_ = after(deed.side, deed.deed, before, row.reopenings, grade)
    complete = _completed(deed)
    changed = session.execute(
        update(AppealRow)
        .where(
            col(AppealRow.id) == row.id,
            col(AppealRow.state) == before.value,
            col(AppealRow.revision) == row.revision,
        )
        .values(state=next_.value, revision=row.revision + 1, **_consequences(row, complete, holidays))
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise NotPossible("刚才有人先办了一步，这次没有办成。请看最新的进展再决定")
    session.refresh(row)
    remember(session, seal, row, complete, before)


def mark_read(session: Session, row: AppealRow) -> None:
    """Note that the enterprise has looked at the answer. The caller commits."""
    row.unread = False
    session.flush()


def _completed(deed: Act) -> Act:
    """The deed with its texts cleaned. Raises ``Incomplete``."""
    wanted, longest = "", LONGEST_REASON
    match deed.deed:
        case Deed.ANSWER:
            wanted, longest = "请写明答复", LONGEST_TEXT
        case Deed.REOPEN:
            wanted = "请写明为什么要重新办理"
        case Deed.RATE:
            if deed.grade is None:
                raise Incomplete("grade", "请选一个评价")
            wanted = "请写明哪里不满意，以便改进" if deed.grade.is_bad else ""
    department = clean_text(deed.department).replace("\n", " ")
    if deed.deed is Deed.ASSIGN and not 0 < len(department) <= LONGEST_DEPARTMENT:
        raise Incomplete("department", f"请写明交给哪个部门，不超过 {LONGEST_DEPARTMENT} 个字")
    return Act(
        deed.side,
        deed.deed,
        deed.actor,
        deed.moment,
        checked(deed.text, "text", longest, wanted),
        checked(deed.note, "note", LONGEST_TEXT, ""),
        department if deed.deed is Deed.ASSIGN else "",
        deed.grade if deed.deed is Deed.RATE else None,
    )


def _consequences(row: AppealRow, deed: Act, holidays: Collection[date]) -> dict[str, object]:
    """What else a deed changes in the appeal's row."""
    answer_by = working_day_after(today(lambda: deed.moment), ANSWER_WITHIN, holidays)
    match deed.deed:
        case Deed.ACCEPT:
            return {"due": answer_by}
        case Deed.ASSIGN:
            return {"department": deed.department}
        case Deed.ANSWER:
            return {"due": None, "unread": True}
        case Deed.RATE:
            return {"grade": deed.grade, "unread": False}
        case Deed.REOPEN:
            own = deed.side is Side.ENTERPRISE
            return {"due": answer_by, "grade": None, "unread": False, "reopenings": row.reopenings + own}
        case _:
            return {"due": None}


def remember(session: Session, seal: Seal, row: AppealRow, deed: Act, before: State | None) -> None:
    """Add what happened to the history and to the audit log; of the latter, without any words."""
    session.add(
        AppealEventRow(
            appeal_id=row.id,
            number=row.revision,
            deed=deed.deed.value,
            before=None if before is None else before.value,
            after=row.state,
            side=deed.side.value,
            actor=deed.actor,
            moment=deed.moment,
            department=deed.department,
            grade=deed.grade,
            text=seal.close(deed.text) if deed.text else None,
            note=seal.close(deed.note) if deed.note else None,
        )
    )
    session.flush()
    audit.note(
        session,
        actor=deed.actor,
        action=f"appeal.{_AUDITED[deed.deed]}",
        about=row.credit_code,
        moment=deed.moment,
        detail={"appeal": row.number},
    )


_AUDITED = {
    Deed.BEGIN: "begun",
    Deed.ACCEPT: "accepted",
    Deed.ASSIGN: "assigned",
    Deed.ANSWER: "answered",
    Deed.RATE: "rated",
    Deed.REOPEN: "reopened",
    Deed.WITHDRAW: "withdrawn",
}


def checked(words: str, field: str, longest: int, wanted: str) -> str:
    """A text, cleaned; ``wanted``: what to say where it is empty and must not be. Raises ``Incomplete``."""
    cleaned = clean_text(words)
    if wanted and not cleaned:
        raise Incomplete(field, wanted)
    if len(cleaned) > longest:
        raise Incomplete(field, f"写了 {len(cleaned):,} 个字，最多 {longest:,} 个字。请写得简短些，细节可以放在附件里")
    return cleaned


def clean_text(words: str) -> str:
    """A text as it is kept: lines end alike, without control characters, direction marks and spaces around it."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (each for each in lines if each == "\n" or unicodedata.category(each) not in _UNSEEN)
    return "".join(kept).strip()


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
