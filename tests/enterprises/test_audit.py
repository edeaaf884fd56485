"""The audit log: rows are bound to each other, and whatever is done to one of them shows."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from enterprises.audit import FIRST, AuditRow, deeds_about, detail_of, note, verify
from enterprises.database import connect, migrate, reading, writing
from enterprises.deeds import Deed, say

NOON = datetime(2024, 6, 30, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine: Engine) -> Engine:
    """Five deeds about two enterprises."""
    with writing(engine) as session:
        for number in range(1, 6):
            about, moment = f"企业{number % 2}", NOON + timedelta(minutes=number)
            note(session, actor="甲", action="a.b", about=about, moment=moment, detail={"n": number, "词": "“引号”"})
    return engine


def change(engine: Engine, statement: str) -> None:
    with writing(engine) as session:
        session.connection().execute(text(statement))


def test_an_empty_log_is_whole(engine: Engine) -> None:
    with reading(engine) as session:
        assert verify(session).rows == 0
        assert verify(session).digest == FIRST


def test_what_was_noted_is_whole_and_ends_with_the_digest_of_the_last_row(log: Engine) -> None:
    with reading(log) as session:
        verdict = verify(session)
        last = session.get_one(AuditRow, 5)
        assert (verdict.rows, verdict.wrong, verdict.digest) == (5, None, last.digest)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'乙'"),
        ("action", "'a.c'"),
        ("about", "'企业9'"),
        ("detail", "'{}'"),
        ("moment", "'2024-06-30 04:03:00.123457'"),
        ("digest", f"'{'1' * 64}'"),
    ],
)
def test_a_row_that_was_changed_is_named(log: Engine, column: str, value: str) -> None:
    change(log, f"UPDATE audit SET {column} = {value} WHERE number = 3")
    with reading(log) as session:
        verdict = verify(session)
    assert verdict.wrong == 3
    assert verdict.rows == 2
    assert "第 3 条被改动过" in verdict.why


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_row_that_was_taken_out_is_named(log: Engine, number: int) -> None:
    change(log, f"DELETE FROM audit WHERE number = {number}")
    with reading(log) as session:
        verdict = verify(session)
    assert (verdict.wrong, verdict.why) == (number, f"缺第 {number} 条")


def test_rows_that_moved_up_to_close_a_gap_do_not_fit_the_one_before(log: Engine) -> None:
    change(log, "DELETE FROM audit WHERE number = 2")
    for number in (3, 4, 5):
        change(log, f"UPDATE audit SET number = {number - 1} WHERE number = {number}")
    with reading(log) as session:
        assert verify(session).wrong == 2


def test_a_row_put_in_shows(log: Engine) -> None:
    for number in (5, 4):
        change(log, f"UPDATE audit SET number = {number + 1} WHERE number = {number}")
    change(
        log,
        "INSERT INTO audit (number, moment, actor, action, about, detail, previous, digest) "
        "SELECT 4, moment, actor, action, about, detail, previous, digest FROM audit WHERE number = 3",
    )
    with reading(log) as session:
        assert verify(session).wrong == 4


def test_what_is_missing_at_the_end_shows_to_who_wrote_the_last_digest_down(log: Engine) -> None:
    with reading(log) as session:
        known = (5, verify(session).digest)
    change(log, "DELETE FROM audit WHERE number = 5")
    with reading(log) as session:
        assert verify(session).wrong is None  # nothing in the log itself can say so
        verdict = verify(session, known)
    assert verdict.wrong == 5
    assert "末尾缺了" in verdict.why


def test_a_log_that_was_written_anew_shows_to_who_wrote_a_digest_down(log: Engine) -> None:
    with reading(log) as session:
        known = (3, session.get_one(AuditRow, 3).digest)
        assert verify(session, known).wrong is None
    change(log, "DELETE FROM audit")
    with writing(log) as session:
        for _ in range(5):
            note(session, actor="乙", action="a.b", about="企业", moment=NOON)
    with reading(log) as session:
        assert verify(session).wrong is None
        assert verify(session, known).wrong == 3


def test_what_is_undone_leaves_no_row(log: Engine) -> None:
    with pytest.raises(RuntimeError), writing(log) as session:
        note(session, actor="甲", action="a.b", about="企业0", moment=NOON)
        raise RuntimeError
    with reading(log) as session:
        assert verify(session).rows == 5


def test_those_who_note_at_once_make_one_chain(engine: Engine) -> None:
    def deeds(who: str) -> None:
        for _ in range(10):
            with writing(engine) as session:
                note(session, actor=who, action="a.b", about="企业", moment=NOON)

    threads = [threading.Thread(target=deeds, args=(who,)) for who in "甲乙丙"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        verdict = verify(session)
    assert (verdict.rows, verdict.wrong) == (30, None)


def test_the_last_deeds_about_somebody_come_first_and_no_others(log: Engine) -> None:
    with reading(log) as session:
        rows = deeds_about(session, "企业1", 2)
    assert [row.number for row in rows] == [5, 3]
    assert detail_of(rows[0]) == {"n": 5, "词": "“引号”"}


def test_every_deed_is_said_in_chinese_and_unknown_ones_as_they_are() -> None:
    for deed in Deed:
        assert say(deed) == deed.label
        assert not deed.label.isascii()
    assert say("somebody.else") == "somebody.else"
