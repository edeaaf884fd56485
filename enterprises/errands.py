"""Errands (后台任务): what the officials' console has done beside the web server, since it may take minutes.

An errand is one row by its name, with a heartbeat. It is never begun twice at a time; one whose heart has stopped may
be begun again, and what was left of the one before can then keep nothing. What an errand brings is stored in the
transaction that says that it is done: all of it or none.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, Text, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from enterprises.database import Row, UtcDateTime, writing

DEAD_AFTER = timedelta(seconds=60)
"""An errand without a sign of life for so long is dead."""

BEAT_EVERY = 5.0
"""Seconds between two signs of life."""

MOST = 2
"""So many errands run at a time: each takes processors and memory that the pages need too."""


class State(StrEnum):
    """Where an errand stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ErrandRow(Row, table=True):
    """An errand as it was last begun. ``attempt`` counts how often that was; ``done`` of ``total`` enterprises are
    through; ``trouble``: in Chinese, why it failed."""

    __tablename__ = "errands"

    name: str = Field(primary_key=True, max_length=80)
    attempt: int
    state: str = Field(max_length=16)
    done: int = 0
    total: int | None = None
    trouble: str | None = Field(default=None, sa_type=Text)
    begun_by: str = Field(max_length=64)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    beat_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as it stands. ``dead``: it says that it is running, and has not been heard of for long."""

    name: str
    attempt: int
    state: State
    dead: bool
    done: int
    total: int | None
    trouble: str | None
    begun_by: str
    begun_at: datetime
    ended_at: datetime | None

    @property
    def running(self) -> bool:
        return self.state is State.RUNNING and not self.dead


class Underway(RuntimeError):
    """An errand that cannot be begun now; the message says in Chinese why, and what can be done."""


class TakenOver(RuntimeError):
    """The errand was begun again by somebody else: what this attempt found counts for nothing."""


class Failed(RuntimeError):
    """Why an errand cannot be done, in Chinese; for what does it to raise."""


Progress = Callable[[int], object]
"""Told how many more enterprises are through."""

Work = Callable[[Progress], Callable[[Session], object]]
"""Does an errand, and gives back what stores the result. Raises ``Failed``."""


def begin(session: Session, name: str, by: str, moment: datetime, total: int | None = None) -> int:
    """Begin an errand and give the number of the attempt. The caller commits, and then has it done.

    Raises ``Underway`` where it runs already, or too many others do.
    """
    row = session.exec(select(ErrandRow).where(ErrandRow.name == name).with_for_update()).one_or_none()
    if row is not None and _alive(row, moment):
        raise Underway("正在计算，请等它算完")
    alive = select(func.count()).where(ErrandRow.state == State.RUNNING, col(ErrandRow.beat_at) > moment - DEAD_AFTER)
    if (session.scalar(alive) or 0) >= MOST:
        raise Underway(f"现在有 {MOST} 项计算正在进行，请过一会儿再试")
    attempt = 1 if row is None else row.attempt + 1
    fresh = ErrandRow(
        name=name, attempt=attempt, state=State.RUNNING, total=total, begun_by=by, begun_at=moment, beat_at=moment
    )
    try:
        with session.begin_nested():
            session.merge(fresh) if row is not None else session.add(fresh)
            session.flush()
    except IntegrityError:
        raise Underway("正在计算，请等它算完") from None
    return attempt


def errand(session: Session, name: str, moment: datetime) -> Errand | None:
    """How an errand stands; ``None`` where it was never begun."""
    row = session.get(ErrandRow, name)
    if row is None:
        return None
    state = State(row.state)
    return Errand(
        name=row.name,
        attempt=row.attempt,
        state=state,
        dead=state is State.RUNNING and not _alive(row, moment),
        done=row.done,
        total=row.total,
        trouble=row.trouble,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
    )


def beat(session: Session, name: str, attempt: int, done: int, moment: datetime) -> bool:
    """Give a sign of life; whether the attempt still counts. The caller commits."""
    return _change(session, name, attempt, beat_at=moment, done=done)


def finish(session: Session, name: str, attempt: int, moment: datetime) -> None:
    """It is done; what it brought is stored in the same transaction. Raises ``TakenOver``."""
    if not _change(session, name, attempt, state=State.DONE.value, beat_at=moment, ended_at=moment, trouble=None):
        raise TakenOver(name)


def fail(session: Session, name: str, attempt: int, trouble: str, moment: datetime) -> bool:
    """It cannot be done; whether the attempt still counted. The caller commits."""
    return _change(session, name, attempt, state=State.FAILED.value, beat_at=moment, ended_at=moment, trouble=trouble)


def perform(engine: Engine, name: str, attempt: int, work: Work, clock: Callable[[], datetime]) -> State:
    """Do an errand that was begun, with a sign of life now and then, and store what it brings; how it ended.

    An error that is no ``Failed`` fails the errand too, in plain words, and is raised.
    """
    try:
        with _living(engine, name, attempt, clock) as progress:
            store = work(progress)
        with writing(engine) as session:
            finish(session, name, attempt, clock())
            store(session)
    except TakenOver:
        return State.FAILED
    except Failed as failed:
        _note_failure(engine, name, attempt, str(failed), clock)
        return State.FAILED
    except BaseException:
        _note_failure(
            engine, name, attempt, "计算中出了错，没有留下结果。可以再试一次；如果还是这样，请联系系统管理员", clock
        )
        raise
    return State.DONE


@contextmanager
def _living(engine: Engine, name: str, attempt: int, clock: Callable[[], datetime]) -> Iterator[Progress]:
    """A thread that gives signs of life, with the progress that is told meanwhile."""
    done, over, lock = 0, threading.Event(), threading.Lock()

    def progress(more: int) -> None:
        nonlocal done
        with lock:
            done += more

    def live() -> None:
        while not over.wait(BEAT_EVERY):
            with writing(engine) as session:
                if not beat(session, name, attempt, done, clock()):
                    return

    thread = threading.Thread(target=live, name=f"{name} is alive", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()


def _note_failure(engine: Engine, name: str, attempt: int, trouble: str, clock: Callable[[], datetime]) -> None:
    with writing(engine) as session:
        fail(session, name, attempt, trouble, clock())


def _alive(row: ErrandRow, moment: datetime) -> bool:
    return row.state == State.RUNNING and moment - row.beat_at < DEAD_AFTER


def _change(session: Session, name: str, attempt: int, **values: object) -> bool:
    wanted = update(ErrandRow).where(
        col(ErrandRow.name) == name, col(ErrandRow.attempt) == attempt, col(ErrandRow.state) == State.RUNNING
    )
    return bool(session.execute(wanted.values(**values)).rowcount)  # type: ignore[attr-defined]
