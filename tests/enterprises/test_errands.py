"""Errands: one at a time by name, alive or dead, and nothing kept by who was taken over."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from enterprises import errands
from enterprises.database import connect, migrate, reading, writing
from enterprises.errands import DEAD_AFTER, Failed, Progress, State, TakenOver, Underway, begin, errand, perform

NOW = datetime(2024, 6, 30, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = connect(database_url)
    migrate(made)
    yield made
    made.dispose()


def begun(engine: Engine, name: str = "one", moment: datetime = NOW) -> int:
    with writing(engine) as session:
        return begin(session, name, "somebody", moment)


@pytest.mark.parametrize(("age", "allowed"), [(-SECOND, False), (timedelta(0), True), (SECOND, True)], ids=str)
def test_only_a_dead_one_is_begun_again(engine: Engine, age: timedelta, allowed: bool) -> None:
    assert begun(engine) == 1
    if allowed:
        assert begun(engine, moment=NOW + DEAD_AFTER + age) == 2
    else:
        with pytest.raises(Underway, match="正在计算"):
            begun(engine, moment=NOW + DEAD_AFTER + age)


def test_who_was_taken_over_keeps_nothing(engine: Engine) -> None:
    first = begun(engine)
    second = begun(engine, moment=NOW + DEAD_AFTER)
    kept: list[str] = []
    assert perform(engine, "one", first, lambda _: lambda _s: kept.append("first"), lambda: NOW) is State.FAILED
    assert perform(engine, "one", second, lambda _: lambda _s: kept.append("second"), lambda: NOW) is State.DONE
    assert kept == ["second"]
    with writing(engine) as session:
        with pytest.raises(TakenOver):
            errands.finish(session, "one", second, NOW)
        assert not errands.beat(session, "one", second, 1, NOW)


def test_why_one_failed_is_said_and_what_it_stored_is_undone(engine: Engine) -> None:
    def fails(progress: Progress) -> Callable[[Session], object]:
        raise Failed("没有数据")

    assert perform(engine, "one", begun(engine), fails, lambda: NOW) is State.FAILED
    assert _standing(engine).trouble == "没有数据"
    assert _standing(engine).state is State.FAILED

    def breaks(session: Session) -> None:
        begin(session, "another", "somebody", NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        perform(engine, "one", begun(engine), lambda _: breaks, lambda: NOW)
    with reading(engine) as session:
        assert errand(session, "another", NOW) is None
    assert "出了错" in str(_standing(engine).trouble)


def test_progress_and_signs_of_life_are_written_while_it_runs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "BEAT_EVERY", 0.02)
    beaten = threading.Event()
    later = NOW + DEAD_AFTER

    def work(progress: Progress) -> Callable[[Session], object]:
        progress(70)
        for _ in range(500):
            if _standing(engine, later).done == 70:
                beaten.set()
                assert _standing(engine, later).running
                break
            beaten.wait(0.02)
        return lambda _session: None

    assert perform(engine, "one", begun(engine), work, lambda: later) is State.DONE
    assert beaten.is_set()
    assert _standing(engine, later).state is State.DONE


def test_so_many_at_a_time(engine: Engine) -> None:
    for number in range(errands.MOST):
        begun(engine, str(number))
    with pytest.raises(Underway, match="过一会儿"):
        begun(engine, "more")
    assert begun(engine, "more", NOW + DEAD_AFTER) == 1


def _standing(engine: Engine, moment: datetime = NOW) -> errands.Errand:
    with reading(engine) as session:
        found = errand(session, "one", moment)
    assert found is not None
    return found
