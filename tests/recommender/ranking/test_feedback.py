"""What events come to, and their lines."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.source_text import Problem, Problems
from recommender.ranking.feedback import GRADES, LONGEST_ID, Event, Feedback, standing, standings
from recommender.ranking.feedback_lines import EARLIEST, read_feedback, write_feedback

NOW = datetime(2024, 7, 1, 4, tzinfo=UTC)
CODE = complete("91610602MAHQ60000")
SEEN, OPENED, APPLIED, GRANTED, NOT_FOR_ME, WITHDRAWN = Event


def told(event: Event, number: int = 1, item: str = "d.1", position: int | None = None) -> Feedback:
    return Feedback(f"e{number}", CODE, item, 1, event, position, "stated-1", NOW, "测试")


def grade(*events: Event) -> int | None:
    return standing(told(event) for event in events).grade


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([SEEN], 0),
        ([SEEN, OPENED], 2),
        ([OPENED, SEEN], 2),
        ([APPLIED], 3),
        ([APPLIED, GRANTED], 4),
        ([GRANTED, APPLIED], 4),
        ([SEEN, NOT_FOR_ME], -1),
        ([NOT_FOR_ME], -1),
        ([NOT_FOR_ME, SEEN, OPENED], -1),
        ([SEEN, NOT_FOR_ME, WITHDRAWN], 0),
        ([SEEN, WITHDRAWN, NOT_FOR_ME], -1),
        ([NOT_FOR_ME, WITHDRAWN], None),
        ([WITHDRAWN], None),
        ([NOT_FOR_ME, APPLIED], 3),
        ([APPLIED, NOT_FOR_ME], -1),
        ([GRANTED, NOT_FOR_ME], 4),
    ],
)
def test_events_come_to_a_grade(events: Sequence[Event], expected: int | None) -> None:
    assert grade(*events) == expected


@given(st.lists(st.sampled_from(list(Event)), max_size=8))
def test_coming_further_is_never_worth_less(events: list[Event]) -> None:
    before = grade(*events)
    assert grade(*events, GRANTED) == max(GRADES.values())
    assert before is None or (grade(*events, APPLIED) or 0) >= before
    assert grade(*events, events[-1]) == before if events else True


def test_what_was_granted_may_still_be_ranked_last() -> None:
    reached = standing([told(GRANTED), told(NOT_FOR_ME)])
    assert (reached.grade, reached.dismissed) == (4, True)


def test_the_place_is_the_last_that_is_known_and_items_are_told_apart() -> None:
    events = [told(SEEN, 1, position=7), told(OPENED, 2, position=3), told(APPLIED, 3), told(SEEN, 4, "d.2")]
    reached = standings(events)
    assert (reached["d.1"].position, reached["d.1"].grade) == (3, 3)
    assert (reached["d.2"].position, reached["d.2"].grade) == (None, 0)


# -------------------------------------------------------------------- lines

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
ANY = st.builds(
    Feedback,
    event_id=WORDS,
    credit_code=st.sampled_from([CODE, None]),
    item=WORDS,
    version=st.integers(1, 10**6),
    event=st.sampled_from(list(Event)),
    position=st.none() | st.integers(1, 100_000),
    ranking=st.none() | WORDS,
    received_at=st.datetimes(datetime(2000, 1, 1), datetime(2024, 6, 30)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
    origin=WORDS,
)


@given(st.lists(ANY, max_size=5))
def test_feedback_comes_back_from_its_lines(tmp_path_factory: pytest.TempPathFactory, events: list[Feedback]) -> None:
    path = tmp_path_factory.mktemp("lines") / "feedback.jsonl"
    path.write_text("\n".join(write_feedback(events)), encoding="utf-8")  # empty lines between are skipped
    assert list(read_feedback(path, NOW).values()) == events


GOOD = {
    "event_id": "e1",
    "credit_code": CODE,
    "item": "d.1",
    "version": 1,
    "event": "applied",
    "position": 2,
    "received_at": "2024-06-30T09:30:00+08:00",
    "origin": "窗口",
}


def lines(tmp_path: Path, *some: object) -> Path:
    path = tmp_path / "feedback.jsonl"
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in some)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_moments_are_kept_in_utc(tmp_path: Path) -> None:
    (one,) = read_feedback(lines(tmp_path, GOOD), NOW).values()
    assert one.received_at == datetime(2024, 6, 30, 1, 30, tzinfo=UTC)
    assert one.received_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"event": "liked"}, "event", "不认识的取值"),
        ({"version": 0}, "version", "不小于 1"),
        ({"position": 0}, "position", "1 到 100000"),
        ({"position": 100_001}, "position", "1 到 100000"),
        ({"credit_code": CODE[:-1]}, "credit_code", "不写 credit_code"),
        ({"received_at": "2024-06-30T09:30:00"}, "received_at", "没有写时区"),
        ({"received_at": "昨天"}, "received_at", "不是时间"),
        ({"received_at": "0001-01-01T00:00:00+08:00"}, "received_at", "太早"),
        ({"received_at": "0001-06-01T00:00:00+08:00"}, "received_at", "太早"),
        ({"received_at": (EARLIEST - timedelta(seconds=1)).isoformat()}, "received_at", "太早"),
        ({"received_at": "9999-12-31T23:59:59-08:00"}, "received_at", "在将来"),
        ({"received_at": (NOW + timedelta(seconds=1)).isoformat()}, "received_at", "在将来"),
        ({"event_id": "x" * (LONGEST_ID + 1)}, "event_id", "太长"),
        ({"origin": " "}, "origin", "空"),
        ({"colour": "red"}, "colour", "不认识的字段"),
        ({"item": "\x07"}, "item", "控制字符"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(
    tmp_path: Path, change: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(Problems, match=words) as raised:
        read_feedback(lines(tmp_path, GOOD, "", {**GOOD, **change}), NOW)
    (problem,) = raised.value.problems
    assert (problem.line, problem.field) == (3, field)


def test_bounds_are_kept_on_this_side(tmp_path: Path) -> None:
    edge = {**GOOD, "event_id": "x" * LONGEST_ID, "position": 100_000, "received_at": NOW.isoformat()}
    (one,) = read_feedback(lines(tmp_path, edge), NOW).values()
    assert one.received_at == NOW
    (one,) = read_feedback(lines(tmp_path, {**edge, "received_at": EARLIEST.isoformat()}), NOW).values()
    assert one.received_at == EARLIEST
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5))).isoformat()
    assert read_feedback(lines(tmp_path, {**edge, "received_at": elsewhere}), NOW)[1].received_at == NOW


def test_every_wrong_line_is_named_up_to_a_hundred(tmp_path: Path) -> None:
    with pytest.raises(Problems) as raised:
        read_feedback(lines(tmp_path, "{", GOOD, "[1]", '{"event_id": "a", "event_id": "b"}', {"event": "seen"}), NOW)
    assert [problem.line for problem in raised.value.problems] == [1, 3, 4, 5]
    with pytest.raises(Problems, match="错误太多") as raised:
        read_feedback(lines(tmp_path, *["{"] * 500), NOW)
    assert len(raised.value.problems) == 101


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    with pytest.raises(Problem, match="读不出来"):
        read_feedback(path, NOW)
    path.write_bytes(json.dumps(GOOD).encode() + b"\n\xff\xfe\n")
    with pytest.raises(Problem, match="UTF-8"):
        read_feedback(path, NOW)
