"""Beginning an appeal: its number, its limits, and that the same form sent twice is one appeal.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from uuid import uuid4

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from enterprises.calendar import today
from enterprises.sealing import Seal
from recommender.appeals.deadlines import ACCEPT_WITHIN, HOLIDAYS, working_day_after
from recommender.appeals.desk import LONGEST_TEXT, Act, checked, remember
from recommender.appeals.files import CheckedFile
from recommender.appeals.states import OPEN, Deed, Kind, Side, after
from recommender.appeals.subjects import Subject
from recommender.appeals.tables import AppealFileRow, AppealRow
from recommender.explanation import Explanation
from recommender.explanation_json import to_text
from recommender.tables import store_explanation

MOST_OPEN = 10
"""Appeals of one enterprise that may be open at once."""

MOST_A_DAY = 5
"""Appeals that one account may begin on one day."""

_WRITERS = 0x68756978
"""The lock of those who begin appeals on PostgreSQL: any number that no other program takes."""


class TooMany(ValueError):
    """An appeal too many; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """What an enterprise sends. ``account``: whose; ``form``: a mark of the form that it was written in.

    ``explanation``: everything that the enterprise was shown, where we know it; it is stored with the appeal.
    """

    credit_code: str
    account: str
    form: str
    kind: Kind
    text: str
    subject: Subject | None = None
    explanation: Explanation | None = None
    files: Sequence[CheckedFile] = ()

    @property
    def digest(self) -> str:
        """The same form with the same contents: the same appeal."""
        about = (self.subject.item.id, self.subject.path) if self.subject else ("", "")
        hashes = [hashlib.sha256(each.content).hexdigest() for each in self.files]
        said = [self.form, self.kind.value, *about, self.text, *hashes]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()


def sent_before(session: Session, new: NewAppeal) -> AppealRow | None:
    """The appeal that the same form made when it was sent before, if it was."""
    same = select(AppealRow).where(AppealRow.credit_code == new.credit_code, AppealRow.digest == new.digest)
    return session.exec(same).one_or_none()


def begin(
    session: Session, seal: Seal, new: NewAppeal, moment: datetime, holidays: Collection[date] = HOLIDAYS
) -> AppealRow:
    """Begin an appeal, or find it where the same form was sent before. The caller commits.

    Raises ``TooMany``, and ``Incomplete`` for a text that is missing or too long.
    """
    words = checked(new.text, "text", LONGEST_TEXT, "请写明理由")
    _wait_for_turn(session)
    before = sent_before(session, new)
    if before is not None:
        return before
    day = today(lambda: moment)
    _refuse_too_many(session, new, day)
    row = AppealRow(
        id=uuid4().hex,
        credit_code=new.credit_code,
        day=day,
        day_number=1 + (session.scalar(select(func.max(col(AppealRow.day_number))).where(AppealRow.day == day)) or 0),
        digest=new.digest,
        kind=new.kind.value,
        state=after(Side.ENTERPRISE, Deed.BEGIN, None).value,
        explanation_id=_keep(session, new.explanation, moment),
        text=seal.close(words),
        due=working_day_after(day, ACCEPT_WITHIN, holidays),
        opened_by=new.account,
        opened_at=moment,
    )
    if new.subject is not None:
        row.item_id, row.item_version = new.subject.item.id, new.subject.item.version
        row.condition, row.condition_text = new.subject.path, new.subject.text
        row.judged = seal.close(new.subject.judged.write())
    session.add(row)
    session.flush()
    for number, file in enumerate(new.files, start=1):
        session.add(
            AppealFileRow(
                appeal_id=row.id,
                number=number,
                name=seal.close(file.name),
                media_type=file.media_type,
                size=len(file.content),
                content=seal.close_bytes(file.content),
            )
        )
    remember(session, seal, row, Act(Side.ENTERPRISE, Deed.BEGIN, new.account, moment), None)
    return row


def _keep(session: Session, explanation: Explanation | None, moment: datetime) -> str | None:
    if explanation is None:
        return None
    return store_explanation(
        session,
        to_text(explanation),
        as_of=explanation.on,
        engine_version=version("huiqi"),
        created_at=moment,
        credit_code=explanation.profile.credit_code,
    )


def _wait_for_turn(session: Session) -> None:
    """One begins at a time, so that numbers and limits are exact; on SQLite who writes is alone from the beginning."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})


def _refuse_too_many(session: Session, new: NewAppeal, day: date) -> None:
    states = [state.value for state in OPEN]
    open_ones = select(func.count()).where(AppealRow.credit_code == new.credit_code, col(AppealRow.state).in_(states))
    if session.exec(open_ones).one() >= MOST_OPEN:
        raise TooMany(f"贵企业有 {MOST_OPEN} 件诉求还在办理。请等其中一件办完，或撤回不再需要的，再提新的")
    today_s = select(func.count()).where(AppealRow.opened_by == new.account, AppealRow.day == day)
    if session.exec(today_s).one() >= MOST_A_DAY:
        raise TooMany(
            f"您今天已经提了 {MOST_A_DAY} 件诉求，每个账号每天最多 {MOST_A_DAY} 件。请明天再提，或并入已提的一件"
        )
