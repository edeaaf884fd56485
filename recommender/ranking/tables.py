"""Feedback in the database: events are added, never changed or taken away.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, and_, case, func, insert, select, text
from sqlmodel import Field, Session, col

from enterprises.calendar import SHANGHAI
from enterprises.database import Row, UtcDateTime
from enterprises.dictionary import Dictionary
from enterprises.readings import EnterpriseOn
from enterprises.source_text import Problem, Problems
from enterprises.tables import load_profile
from policies.tables import ItemVersionRow
from recommender.ranking.feedback import LONGEST_ID, Event, Feedback
from recommender.ranking.take_up import Cell, Count, TakeUp, cell_of

_CHUNK = 500
_PAGE = 1000

_WRITERS = 0x68756973
"""The lock of those who add feedback or versions on PostgreSQL: any number that no other program takes."""

_TAKERS = (Event.APPLIED.value, Event.GRANTED.value)


class FeedbackRow(Row, table=True):
    """An event. ``division``, ``city`` and ``size``: the enterprise's group as it was known then; empty: unknown."""

    __tablename__ = "feedback"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "item_version"], ["item_versions.item_id", "item_versions.version"]),
        Index("ix_feedback_credit_code", "credit_code", "item_id"),
        Index("ix_feedback_item_id", "item_id", "division", "city", "size"),
    )

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(max_length=LONGEST_ID, unique=True)
    credit_code: str | None = Field(default=None, max_length=18)
    item_id: str
    item_version: int
    event: str
    position: int | None = None
    ranking: str | None = None
    received_at: datetime = Field(sa_type=UtcDateTime)
    origin: str
    division: str = ""
    city: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """How many events were new, and how many were there already."""

    added: int
    unchanged: int


def add_feedback(session: Session, events: Mapping[int, Feedback], dictionary: Dictionary, file: str = "反馈") -> Added:
    """Add events, by line; one that is there already, the same under the same id, changes nothing. The caller commits.

    All or nothing. Raises ``Problems``, by line of ``file``, where an event id stands for two different events or an
    item version is not stored.
    """
    wait_for_turn(session)
    known = _known(session, [one.event_id for one in events.values()])
    versions = _versions(session)
    found: list[Problem] = []
    new: list[Feedback] = []
    for line, one in events.items():
        before = known.setdefault(one.event_id, one)
        if before != one:
            said = f"编号 {one.event_id} 已有另一条不同的反馈"
            found.append(Problem(file, line, "event_id", said, "反馈只增不改；请换一个编号，或核对内容"))
        elif (one.item, one.version) not in versions:
            said = f"数据库里没有事项 {one.item} 的第 {one.version} 版"
            found.append(Problem(file, line, "item", said, "请核对事项编号和版本，或先运行 huiqi setup"))
        elif before is one:
            new.append(one)
    if found:
        raise Problems(found)
    if new:
        cells = _cells(session, new, dictionary)
        session.connection().execute(insert(FeedbackRow), [_row(one, cells.get(one.credit_code or "")) for one in new])
    return Added(len(new), len(events) - len(new))


def wait_for_turn(session: Session) -> None:
    """One adds at a time, so that rows are committed in the order of their numbers, and none appears below the last."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})


def _known(session: Session, ids: Sequence[str]) -> dict[str, Feedback]:
    known: dict[str, Feedback] = {}
    for start in range(0, len(ids), _CHUNK):
        wanted = select(FeedbackRow).where(col(FeedbackRow.event_id).in_(ids[start : start + _CHUNK]))
        known |= {row.event_id: _feedback(row) for row in session.scalars(wanted)}
    return known


def _versions(session: Session) -> set[tuple[str, int]]:
    rows = session.connection().execute(select(col(ItemVersionRow.item_id), col(ItemVersionRow.version)))
    return {(row.item_id, row.version) for row in rows}


def _cells(session: Session, events: Sequence[Feedback], dictionary: Dictionary) -> dict[str, Cell | None]:
    """The group of each enterprise by what is known of it; ``None`` of one that is not stored."""
    last: dict[str, datetime] = {}
    for one in events:
        if one.credit_code is not None:
            last[one.credit_code] = max(last.get(one.credit_code, one.received_at), one.received_at)
    return {code: _cell(session, code, moment, dictionary) for code, moment in last.items()}


def _cell(session: Session, code: str, moment: datetime, dictionary: Dictionary) -> Cell | None:
    profile = load_profile(session, code, dictionary)
    if profile is None:
        return None
    return cell_of(EnterpriseOn(profile, moment.astimezone(SHANGHAI).date(), dictionary))


def _row(one: Feedback, cell: Cell | None) -> dict[str, object]:
    return {
        "event_id": one.event_id,
        "credit_code": one.credit_code,
        "item_id": one.item,
        "item_version": one.version,
        "event": one.event.value,
        "position": one.position,
        "ranking": one.ranking,
        "received_at": one.received_at,
        "origin": one.origin,
        **(cell or Cell(""))._asdict(),
    }


def _feedback(row: FeedbackRow) -> Feedback:
    return Feedback(
        row.event_id,
        row.credit_code,
        row.item_id,
        row.item_version,
        Event(row.event),
        row.position,
        row.ranking,
        row.received_at,
        row.origin,
    )


# ------------------------------------------------------------------ reading


def newest_version(session: Session, item: str) -> int | None:
    """The newest stored version of an item; ``None`` where there is none."""
    return session.scalar(select(func.max(col(ItemVersionRow.version))).where(col(ItemVersionRow.item_id) == item))


def last_row(session: Session) -> int:
    """The number of the last event; 0 where there is none. Numbers only grow."""
    return session.scalar(select(func.max(col(FeedbackRow.id)))) or 0


def find_feedback(session: Session, event_id: str) -> Feedback | None:
    """The event of that id. Waits for its turn, so that nobody adds it meanwhile."""
    wait_for_turn(session)
    return _known(session, [event_id]).get(event_id)


def stream_feedback(session: Session, until: int | None = None) -> Iterator[Feedback]:
    """All events in the order in which they were added, up to a row."""
    wanted = select(FeedbackRow).order_by(col(FeedbackRow.id))
    if until is not None:
        wanted = wanted.where(col(FeedbackRow.id) <= until)
    for row in session.scalars(wanted.execution_options(yield_per=_PAGE)):
        yield _feedback(row)


def feedback_of(session: Session, credit_code: str, until: int | None = None) -> tuple[Feedback, ...]:
    """The events of one enterprise in the order in which they were received."""
    wanted = select(FeedbackRow).where(col(FeedbackRow.credit_code) == credit_code)
    if until is not None:
        wanted = wanted.where(col(FeedbackRow.id) <= until)
    return tuple(_feedback(row) for row in session.scalars(wanted.order_by(*_AS_RECEIVED)))


def enterprises_with_feedback(session: Session, until: int) -> tuple[str, ...]:
    """The credit codes that events up to a row are about, in order."""
    wanted = select(col(FeedbackRow.credit_code)).where(
        col(FeedbackRow.credit_code).is_not(None), col(FeedbackRow.id) <= until
    )
    return tuple(code for code in session.scalars(wanted.distinct().order_by(col(FeedbackRow.credit_code))) if code)


_AS_RECEIVED = (col(FeedbackRow.received_at), col(FeedbackRow.id))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events of a kind there are, of how many enterprises, and how many of visitors who did not say who."""

    events: int
    enterprises: int
    anonymous: int


def count_feedback(session: Session) -> dict[Event, Tally]:
    """The tally of every kind of event."""
    code = col(FeedbackRow.credit_code)
    wanted = select(col(FeedbackRow.event), func.count(), func.count(code.distinct()), func.count(code)).group_by(
        col(FeedbackRow.event)
    )
    rows = {row[0]: row for row in session.connection().execute(wanted)}
    return {
        one: Tally(rows[one][1], rows[one][2], rows[one][1] - rows[one][3]) if one in rows else Tally(0, 0, 0)
        for one in Event
    }


def load_take_up(session: Session, until: int | None = None) -> TakeUp:
    """What like enterprises took up, from the events up to a row, by default all."""
    last = last_row(session) if until is None else until
    division, city, size = col(FeedbackRow.division), col(FeedbackRow.city), col(FeedbackRow.size)
    counts: dict[tuple[str, Cell], Count] = {}
    # Those whose city and size are not known are in the count of their division already.
    for columns, counted in (((division,), division != ""), ((division, city, size), city != "")):
        code = col(FeedbackRow.credit_code)
        taker = case((col(FeedbackRow.event).in_(_TAKERS), code))
        wanted = (
            select(col(FeedbackRow.item_id), func.count(code.distinct()), func.count(taker.distinct()), *columns)
            .where(and_(col(FeedbackRow.id) <= last, code.is_not(None), counted))
            .group_by(col(FeedbackRow.item_id), *columns)
        )
        counts |= {(item, Cell(*group)): Count(shown, takers) for item, shown, takers, *group in _rows(session, wanted)}
    return TakeUp(counts, last)


def _rows(session: Session, wanted: object) -> Iterator[tuple[str, int, int, str]]:
    yield from session.connection().execute(wanted)  # type: ignore[call-overload]
