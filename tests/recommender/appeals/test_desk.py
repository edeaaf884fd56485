"""Appeals in the database, on SQLite and PostgreSQL: numbers, limits, history, and two who act at once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.sealing import CannotOpen, Seal, new_key
from policies.library import bundled_library
from policies.tables import load_item, store_library
from recommender.appeals.desk import LONGEST_REASON, LONGEST_TEXT, Act, Incomplete, act, clean_text, mark_read
from recommender.appeals.files import CheckedFile
from recommender.appeals.history import (
    answered_unread,
    appeals_of,
    count_of,
    desk_list,
    find,
    find_by_number,
    load_file,
    open_count,
    read,
)
from recommender.appeals.states import Deed, Grade, Kind, NotPossible, Side, State
from recommender.appeals.subjects import subject
from recommender.appeals.submission import MOST_A_DAY, MOST_OPEN, NewAppeal, TooMany, begin
from recommender.appeals.tables import AppealEventRow, AppealFileRow, AppealRow
from recommender.explanation import explain
from recommender.explanation_json import recompute, to_text
from recommender.tables import ExplanationRow, load_explanation

FRIDAY = datetime(2024, 6, 28, 23, 30, tzinfo=SHANGHAI)
CODE, OTHER = "91610602MAHQ0001X1", "91610602MAHQ0002X8"
SEAL = Seal([new_key()])
LIBRARY = bundled_library()
SECRET = "本企业 2023 年营业收入应为 2,345 万元"
OFFICER = "desk-7"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def new(number: int = 0, account: str = "a", code: str = CODE, **more: Any) -> NewAppeal:
    return NewAppeal(code, account, f"{number:032x}", Kind.JUDGEMENT, SECRET, **more)


def begun(engine: Engine, number: int = 0, moment: datetime = FRIDAY, **more: Any) -> str:
    with writing(engine) as session:
        return begin(session, SEAL, new(number, **more), moment).id


def do(
    engine: Engine, appeal_id: str, deed: Deed, side: Side = Side.OFFICE, moment: datetime = FRIDAY, **more: Any
) -> None:
    with writing(engine) as session:
        row = session.get(AppealRow, appeal_id)
        assert row is not None
        act(session, SEAL, row, Act(side, deed, OFFICER, moment, **more))


def answered(engine: Engine, number: int = 0) -> str:
    appeal_id = begun(engine, number)
    do(engine, appeal_id, Deed.ACCEPT)
    do(engine, appeal_id, Deed.ASSIGN, department="延安市工业和信息化局")
    do(engine, appeal_id, Deed.ANSWER, text="已按年报更正", note="与税务核对过")
    return appeal_id


def row_of(engine: Engine, appeal_id: str) -> AppealRow:
    with reading(engine) as session:
        row = session.get(AppealRow, appeal_id)
        assert row is not None
        session.expunge(row)
        return row


# ------------------------------------------------------------------- beginning


def test_an_appeal_begins_with_a_number_a_deadline_and_one_event(engine: Engine) -> None:
    appeal_id = begun(engine)
    row = row_of(engine, appeal_id)
    assert re.fullmatch("[0-9a-f]{32}", appeal_id)
    assert row.number == "SQ-20240628-0001"
    assert (row.state, row.due, row.revision) == ("submitted", date(2024, 7, 1), 1)
    with reading(engine) as session:
        case = read(session, SEAL, row)
        (noted,) = session.exec(select(AuditRow)).all()
    assert case.text == SECRET
    assert [(each.number, each.deed, each.side) for each in case.events] == [(1, "begin", "enterprise")]
    assert (noted.action, noted.about, noted.actor) == ("appeal.begun", CODE, "a")
    assert noted.detail == '{"appeal":"SQ-20240628-0001"}'


def test_numbers_count_by_the_day_in_asia_shanghai(engine: Engine) -> None:
    midnight = FRIDAY.replace(hour=0, minute=0) + timedelta(days=1)
    ids = [
        begun(engine, 1, midnight - timedelta(seconds=1)),
        begun(engine, 2, midnight),
        begun(engine, 3, midnight.astimezone(tz=None)),
    ]
    numbers = [row_of(engine, each).number for each in ids]
    assert numbers == ["SQ-20240628-0001", "SQ-20240629-0001", "SQ-20240629-0002"]
    with reading(engine) as session:
        for number, appeal_id in zip(numbers, ids, strict=True):
            found = find_by_number(session, f" {number.lower()} ")
            assert found is not None
            assert found.id == appeal_id
        for wrong in ("SQ-20240628-0002", "SQ-20241328-0001", "SQ-20240628-1", "x", ""):
            assert find_by_number(session, wrong) is None


def test_the_same_form_sent_twice_is_one_appeal(engine: Engine) -> None:
    assert begun(engine, 1) == begun(engine, 1, FRIDAY + timedelta(days=3))
    assert begun(engine, 2) != begun(engine, 1)
    assert begun(engine, 1, code=OTHER) != begun(engine, 1)
    with writing(engine) as session:
        changed = begin(session, SEAL, replace(new(1), text="另一段话"), FRIDAY).number
    assert changed == "SQ-20240628-0004"


def test_many_who_begin_at_once_get_numbers_of_their_own(engine: Engine) -> None:
    start = Barrier(8)

    def one(number: int) -> str:
        start.wait()
        return row_of(engine, begun(engine, number, account=f"account {number}", code=f"{number:018}")).number

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(one, range(8)))
    assert numbers == [f"SQ-20240628-{number:04}" for number in range(1, 9)]


def test_the_same_form_sent_twice_at_once_is_one_appeal(engine: Engine) -> None:
    start = Barrier(4)

    def one(_: int) -> str:
        start.wait()
        return begun(engine, 1)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(one, range(4)))) == 1
    with reading(engine) as session:
        assert count_of(session, CODE) == 1
        assert len(session.exec(select(AppealEventRow)).all()) == 1


@pytest.mark.parametrize(("length", "taken"), [(0, False), (1, True), (LONGEST_TEXT, True), (LONGEST_TEXT + 1, False)])
def test_the_limits_of_a_text(engine: Engine, length: int, taken: bool) -> None:
    with writing(engine) as session:
        wanted = replace(new(), text=f" \r\n{'字' * length}\u202e\n ")
        if taken:
            assert read(session, SEAL, begin(session, SEAL, wanted, FRIDAY)).text == "字" * length
        else:
            with pytest.raises(Incomplete) as caught:
                begin(session, SEAL, wanted, FRIDAY)
            assert caught.value.field == "text"


def test_an_account_begins_five_a_day(engine: Engine) -> None:
    for number in range(MOST_A_DAY):
        begun(engine, number, code=f"{number:018}")
    with pytest.raises(TooMany, match="每天最多 5 件"):
        begun(engine, 90)
    begun(engine, 91, account="b")
    begun(engine, 92, FRIDAY + timedelta(days=1))
    assert begun(engine, 0, code=f"{0:018}")  # sent again: it is there already


def test_an_enterprise_has_ten_open_and_a_place_is_free_when_one_is_closed(engine: Engine) -> None:
    ids = [begun(engine, number, account=f"{number}") for number in range(MOST_OPEN)]
    with pytest.raises(TooMany, match="10 件诉求还在办理"):
        begun(engine, 90, account="x")
    begun(engine, 91, account="x", code=OTHER)
    do(engine, ids[0], Deed.WITHDRAW, Side.ENTERPRISE)
    begun(engine, 92, account="x")
    with reading(engine) as session:
        assert open_count(session, CODE) == MOST_OPEN
        assert count_of(session, CODE) == MOST_OPEN + 1


def test_limits_hold_for_those_who_begin_at_once(engine: Engine) -> None:
    start = Barrier(8)

    def one(number: int) -> bool:
        start.wait()
        try:
            begun(engine, number)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == MOST_A_DAY


# ------------------------------------------------------------ what is kept of it


def test_nothing_that_was_written_or_attached_can_be_read_in_the_database(engine: Engine) -> None:
    file = CheckedFile("张三的合同.pdf", "application/pdf", SECRET.encode() * 10)
    appeal_id = begun(engine, files=[file])
    do(engine, appeal_id, Deed.ACCEPT, text="已受理的话", note="内部的话")
    with engine.connect() as connection:
        for table in ("appeals", "appeal_events", "appeal_files", "audit"):
            for stored in connection.execute(text(f"SELECT * FROM {table}")):
                for secret in (SECRET, "张三", "已受理的话", "内部的话"):
                    assert secret not in str(stored)
                    assert secret.encode() not in b"".join(bytes(each) for each in stored if isinstance(each, bytes))
    with reading(engine) as session:
        row = session.get(AppealRow, appeal_id)
        assert row is not None
        loaded = load_file(session, SEAL, row, 1)
        assert loaded is not None
        assert (loaded[0].name, loaded[0].size, loaded[1]) == (file.name, len(file.content), file.content)
        assert load_file(session, SEAL, row, 2) is None
        with pytest.raises(CannotOpen):
            read(session, Seal([new_key()]), row)


def test_what_was_shown_is_kept_and_can_be_judged_again(engine: Engine) -> None:
    with writing(engine) as session:
        store_library(session, LIBRARY)
    profile, item = samples()[0], LIBRARY.items["yanan-2023-private-economy.15"]
    about = subject(item, "0", profile, SAMPLE_DAY, LIBRARY.dictionary)
    shown = explain(LIBRARY, profile, SAMPLE_DAY)
    appeal_id = begun(engine, subject=about, explanation=shown)
    begun(engine, subject=about, explanation=shown)
    row = row_of(engine, appeal_id)
    assert (row.item_id, row.item_version, row.condition) == (item.id, item.version, "0")
    assert row.condition_text == about.text
    with reading(engine) as session:
        assert read(session, SEAL, row).judged == about.judged
        assert len(session.exec(select(ExplanationRow)).all()) == 1
        assert row.explanation_id is not None
        kept = load_explanation(session, row.explanation_id)
        assert kept == to_text(shown)

        def version(item_id: str, number: int) -> Any:
            return load_item(session, item_id, number, bundled())

        assert recompute(kept, version, bundled()) == kept


def test_an_appeal_is_found_by_its_own_enterprise_only(engine: Engine) -> None:
    appeal_id = begun(engine)
    with reading(engine) as session:
        assert find(session, CODE, appeal_id) is not None
        assert find(session, OTHER, appeal_id) is None
        assert find(session, CODE, "0" * 32) is None
        assert appeals_of(session, OTHER, 10) == []


# ------------------------------------------------------------------- the deeds


def test_the_way_of_an_appeal(engine: Engine) -> None:
    appeal_id = begun(engine)
    monday = FRIDAY + timedelta(days=3)
    do(engine, appeal_id, Deed.ACCEPT, moment=monday)
    assert row_of(engine, appeal_id).due == date(2024, 7, 8)
    do(engine, appeal_id, Deed.ASSIGN, department=" 市\n工信局 ")
    assert row_of(engine, appeal_id).department == "市 工信局"
    do(engine, appeal_id, Deed.ANSWER, text="已更正", note="核对过")
    row = row_of(engine, appeal_id)
    assert (row.state, row.due, row.unread) == ("answered", None, True)
    do(engine, appeal_id, Deed.RATE, Side.ENTERPRISE, grade=Grade.DISSATISFIED, text="没有说清楚")
    row = row_of(engine, appeal_id)
    assert (row.state, row.grade, row.unread) == ("rated", 2, False)
    do(engine, appeal_id, Deed.REOPEN, Side.ENTERPRISE, text="还是不对", moment=monday)
    row = row_of(engine, appeal_id)
    assert (row.state, row.grade, row.reopenings, row.due) == ("accepted", None, 1, date(2024, 7, 8))
    with reading(engine) as session:
        case = read(session, SEAL, row)
        noted = [each.action for each in session.exec(select(AuditRow).order_by("number"))]
    told = [(each.number, each.deed, each.after, each.side, each.text, each.note, each.grade) for each in case.events]
    assert told == [
        (1, "begin", "submitted", "enterprise", "", "", None),
        (2, "accept", "accepted", "office", "", "", None),
        (3, "assign", "assigned", "office", "", "", None),
        (4, "answer", "answered", "office", "已更正", "核对过", None),
        (5, "rate", "rated", "enterprise", "没有说清楚", "", 2),
        (6, "reopen", "accepted", "enterprise", "还是不对", "", None),
    ]
    deeds = ("begun", "accepted", "assigned", "answered", "rated", "reopened")
    assert noted == [f"appeal.{deed}" for deed in deeds]


@pytest.mark.parametrize(
    ("deed", "side", "more", "field"),
    [
        (Deed.RATE, Side.ENTERPRISE, {}, "grade"),
        (Deed.RATE, Side.ENTERPRISE, {"grade": Grade.DISSATISFIED}, "text"),
        (Deed.RATE, Side.ENTERPRISE, {"grade": Grade.VERY_DISSATISFIED, "text": " \u200b "}, "text"),
        (Deed.REOPEN, Side.ENTERPRISE, {}, "text"),
        (Deed.REOPEN, Side.ENTERPRISE, {"text": "字" * (LONGEST_REASON + 1)}, "text"),
        (Deed.REOPEN, Side.OFFICE, {"text": "x", "note": "字" * (LONGEST_TEXT + 1)}, "note"),
    ],
)
def test_a_deed_that_lacks_something_changes_nothing(
    engine: Engine, deed: Deed, side: Side, more: dict[str, Any], field: str
) -> None:
    appeal_id = answered(engine)
    before = row_of(engine, appeal_id).model_dump()
    with pytest.raises(Incomplete) as caught:
        do(engine, appeal_id, deed, side, **more)
    assert caught.value.field == field
    assert row_of(engine, appeal_id).model_dump() == before


@pytest.mark.parametrize("department", ["", " ", "字" * 61])
def test_an_appeal_is_given_to_somebody(engine: Engine, department: str) -> None:
    appeal_id = begun(engine)
    do(engine, appeal_id, Deed.ACCEPT)
    with pytest.raises(Incomplete, match="哪个部门"):
        do(engine, appeal_id, Deed.ASSIGN, department=department)


def test_of_two_deeds_at_once_one_counts(engine: Engine) -> None:
    appeal_id = answered(engine)
    start = Barrier(4)
    deeds = [
        Act(Side.ENTERPRISE, Deed.RATE, "a", FRIDAY, grade=Grade.SATISFIED),
        Act(Side.ENTERPRISE, Deed.RATE, "b", FRIDAY, "差", grade=Grade.DISSATISFIED),
        Act(Side.ENTERPRISE, Deed.REOPEN, "a", FRIDAY, "不对"),
        Act(Side.ENTERPRISE, Deed.REOPEN, "b", FRIDAY, "不对"),
    ]

    def one(deed: Act) -> bool:
        # Read first, all of them, and only then act on what was read.
        with reading(engine) as session:
            row = session.get(AppealRow, appeal_id)
            assert row is not None
            session.expunge(row)
        start.wait()
        try:
            with writing(engine) as session:
                session.add(row)
                act(session, SEAL, row, deed)
        except NotPossible:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, deeds)) == 1
    row = row_of(engine, appeal_id)
    assert row.revision == 5
    with reading(engine) as session:
        assert [event.number for event in read(session, SEAL, row).events] == [1, 2, 3, 4, 5]


def test_what_waits_for_whom_is_counted(engine: Engine) -> None:
    first = answered(engine, 1)
    begun(engine, 2)
    with reading(engine) as session:
        assert (open_count(session, CODE), answered_unread(session, CODE)) == (1, 1)
        assert (open_count(session, OTHER), answered_unread(session, OTHER)) == (0, 0)
    with writing(engine) as session:
        row = session.get(AppealRow, first)
        assert row is not None
        mark_read(session, row)
    with reading(engine) as session:
        assert answered_unread(session, CODE) == 0


def test_the_desk_sees_first_what_is_due_first(engine: Engine) -> None:
    late = begun(engine, 1, FRIDAY - timedelta(days=7))
    accepted = begun(engine, 2)
    do(engine, accepted, Deed.ACCEPT)
    fresh = begun(engine, 3)
    done = answered(engine, 4)

    def listed(session: Session, *states: State, **more: Any) -> list[str]:
        return [row.id for row in desk_list(session, states or tuple(State), **more)]

    with reading(engine) as session:
        assert listed(session) == [late, fresh, accepted, done]
        assert listed(session, State.SUBMITTED) == [late, fresh]
        assert listed(session, late_on=date(2024, 6, 24)) == []
        assert listed(session, late_on=date(2024, 6, 25)) == [late]
        assert len(listed(session, limit=2)) == 2
        assert len(session.exec(select(AppealFileRow)).all()) == 0


def test_texts_are_kept_without_what_cannot_be_seen() -> None:
    assert clean_text("  一\r\n二\r三\t四\x00\u202e\ufeff\n ") == "一\n二\n三 四"
