"""Corrections as they are asked for, stored and read. Reading one needs no numpy.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.tables import EnterpriseRow
from recommender.corrections.judged import Answer, Misjudged, Wrong
from recommender.corrections.tables import CorrectionRow, MisjudgedRow
from recommender.match import Verdict

ASKED = "correction.asked"
"""What is noted in the audit log."""

PAGE = 50
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Correction:
    """A comparison. ``made_at`` is ``None`` until it is made."""

    id: str
    item_id: str
    old_version: int
    new_version: int
    on: date
    revision: int
    rows: int
    asked_by: str
    asked_at: datetime
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One who was misjudged, with the name as far as it is stored; ``region``: code, empty where it is not known."""

    misjudged: Misjudged
    name: str | None
    region: str


def ask(
    session: Session,
    item_id: str,
    versions: tuple[int, int],
    on: date,
    snapshot: tuple[int, int],
    by: str,
    moment: datetime,
) -> str:
    """Note that two versions are to be compared, unless they were; its id, which follows from what is compared.

    ``versions``: the wrong one and the corrected one; ``snapshot``: its revision and how many enterprises it has. The
    caller commits.
    """
    said = "\n".join(map(str, (item_id, *versions, on.isoformat(), snapshot[0])))
    correction_id = hashlib.sha256(said.encode()).hexdigest()[:32]
    if session.get(CorrectionRow, correction_id) is not None:
        return correction_id
    row = CorrectionRow(
        id=correction_id,
        item_id=item_id,
        old_version=versions[0],
        new_version=versions[1],
        as_of=on,
        revision=snapshot[0],
        rows=snapshot[1],
        asked_by=by,
        asked_at=moment,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return correction_id  # somebody else asked for the same at the same moment
    detail: dict[str, str | int | bool | None] = {
        "old": versions[0],
        "new": versions[1],
        "correction": correction_id,
    }
    note(session, actor=by, action=ASKED, about=item_id, moment=moment, detail=detail)
    return correction_id


def store(session: Session, correction_id: str, misjudged: Iterable[Misjudged], moment: datetime) -> None:
    """Keep what came of a comparison; one that is there already stays. The caller commits."""
    claimed = session.connection().execute(
        update(CorrectionRow)
        .where(col(CorrectionRow.id) == correction_id, col(CorrectionRow.made_at).is_(None))
        .values(made_at=moment)
    )
    if claimed.rowcount != 1:
        return
    left = (_row(correction_id, each) for each in misjudged)
    while rows := list(islice(left, _BATCH)):
        session.connection().execute(insert(MisjudgedRow), rows)


def load_correction(session: Session, correction_id: str) -> Correction | None:
    """A comparison by its id."""
    row = session.get(CorrectionRow, correction_id, populate_existing=True)
    return None if row is None else _correction(row)


def corrections_of(session: Session, item_id: str, new_version: int | None = None) -> tuple[Correction, ...]:
    """The comparisons of an item (with one corrected version), the newest first."""
    wanted = select(CorrectionRow).where(CorrectionRow.item_id == item_id)
    if new_version is not None:
        wanted = wanted.where(CorrectionRow.new_version == new_version)
    return tuple(map(_correction, session.exec(wanted.order_by(col(CorrectionRow.asked_at).desc()))))


Stems = Collection[str]
"""Beginnings of codes of regions; an empty one begins all."""


def counts(session: Session, correction_id: str, stems: Stems = ("",)) -> Mapping[Wrong, int]:
    """How many were misjudged in which way, of those in some regions."""
    wanted = _within(
        select(MisjudgedRow.wrong, func.count()).where(MisjudgedRow.correction_id == correction_id), stems
    ).group_by(col(MisjudgedRow.wrong))
    found = dict(session.execute(wanted).all())
    return {each: found.get(each.value, 0) for each in Wrong}


def misjudged(
    session: Session,
    correction_id: str,
    stems: Stems = ("",),
    wrong: Wrong | None = None,
    *,
    codes: Collection[str] | None = None,
    after: str = "",
    limit: int | None = PAGE,
) -> tuple[Listed, ...]:
    """Who was misjudged, by credit code from the one after ``after`` on, of those in some regions; ``codes``: only
    these."""
    wanted = _within(
        select(MisjudgedRow, EnterpriseRow.name, EnterpriseRow.region).where(
            MisjudgedRow.correction_id == correction_id, col(MisjudgedRow.credit_code) > after
        ),
        stems,
    )
    if wrong is not None:
        wanted = wanted.where(col(MisjudgedRow.wrong) == wrong.value)
    if codes is not None:
        wanted = wanted.where(col(MisjudgedRow.credit_code).in_(codes))
    rows = session.execute(wanted.order_by(col(MisjudgedRow.credit_code)).limit(limit))
    return tuple(Listed(_misjudged(row), name, region or "") for row, name, region in rows)


def found_of(session: Session, correction_id: str, credit_code: str) -> Misjudged | None:
    """What a comparison says of one enterprise; ``None`` where it was not misjudged."""
    row = session.get(MisjudgedRow, (correction_id, credit_code))
    return None if row is None else _misjudged(row)


def _within(wanted: Any, stems: Stems) -> Any:
    joined = wanted.outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == col(MisjudgedRow.credit_code))
    if "" in stems:
        return joined
    return joined.where(or_(*(col(EnterpriseRow.region).startswith(stem, autoescape=True) for stem in sorted(stems))))


def _correction(row: CorrectionRow) -> Correction:
    return Correction(
        row.id,
        row.item_id,
        row.old_version,
        row.new_version,
        row.as_of,
        row.revision,
        row.rows,
        row.asked_by,
        row.asked_at,
        row.made_at,
    )


def _row(correction_id: str, each: Misjudged) -> dict[str, object]:
    return {
        "correction_id": correction_id,
        "credit_code": each.credit_code,
        "wrong": each.wrong.value,
        "before": each.before.verdict.value,
        "after": each.after.verdict.value,
        "low_before": each.before.low,
        "high_before": each.before.high,
        "low_after": each.after.low,
        "high_after": each.after.high,
    }


def _misjudged(row: MisjudgedRow) -> Misjudged:
    return Misjudged(
        row.credit_code,
        Answer(Verdict(row.before), row.low_before, row.high_before),
        Answer(Verdict(row.after), row.low_after, row.high_after),
    )
