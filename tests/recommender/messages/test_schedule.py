"""When something is told: each due day once, on the first day from it on that is not quiet."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.messages.schedule import (
    LAST_OF_MONTH,
    Frequency,
    Quiet,
    Schedule,
    next_telling,
    occasion,
)

FIRST = date(2023, 12, 1)
"""The days that are gone through hold two ends of a year and a 29 February."""

SPAN = 460
DAYS = [FIRST + timedelta(days=number) for number in range(SPAN)]
FEBRUARY_29 = date(2024, 2, 29)

schedules = st.builds(Schedule, st.sampled_from(Frequency), st.integers(0, 6), st.integers(1, LAST_OF_MONTH))
quiets = st.builds(
    Quiet,
    weekends=st.booleans(),
    days=st.frozensets(st.sampled_from(DAYS[:-80]), max_size=60),
    until=st.none() | st.sampled_from(DAYS[:300]),
)


def is_due(schedule: Schedule, day: date) -> bool:
    """By the calendar alone."""
    match schedule.frequency:
        case Frequency.WEEKLY:
            return day.weekday() == schedule.weekday
        case Frequency.MONTHLY:
            last = (day + timedelta(days=1)).day == 1
            return day.day == schedule.month_day or (last and day.day < schedule.month_day)
        case _:
            return True


def told_on(schedule: Schedule, quiet: Quiet, since: date, days: Sequence[date] = DAYS) -> Iterator[date]:
    """The days on which a command that runs on ``days`` tells."""
    done = None
    for day in days:
        due = occasion(schedule, quiet, since, done, day)
        if due is not None:
            yield day
            done = due


@given(schedules, quiets, st.sampled_from(DAYS[:200]))
@example(Schedule(Frequency.MONTHLY, month_day=31), Quiet(weekends=True), FIRST)
@example(Schedule(Frequency.MONTHLY, month_day=29), Quiet(days=frozenset({FEBRUARY_29})), FIRST)
@example(Schedule(Frequency.WEEKLY, weekday=0), Quiet(until=date(2024, 1, 1)), date(2023, 12, 25))
def test_each_due_day_is_told_once_on_the_first_day_that_is_not_quiet(
    schedule: Schedule, quiet: Quiet, since: date
) -> None:
    due = [day for day in DAYS if day >= since and is_due(schedule, day)]
    free = [next((each for each in DAYS if each >= day and not quiet.covers(each)), None) for day in due]
    assert list(told_on(schedule, quiet, since)) == sorted({day for day in free if day is not None})


@given(schedules, quiets, st.sampled_from(DAYS[:200]))
def test_the_next_telling_is_foreseen(schedule: Schedule, quiet: Quiet, since: date) -> None:
    told = list(told_on(schedule, quiet, since))
    assert [next_telling(schedule, quiet, day) for day in told[:-1]] == told[1:]


@given(schedules, quiets, st.sampled_from(DAYS[:200]), st.sets(st.sampled_from(DAYS), min_size=1))
def test_what_falls_to_days_without_a_run_is_told_in_the_next_one(
    schedule: Schedule, quiet: Quiet, since: date, runs: set[date]
) -> None:
    days = sorted(runs)
    told = list(told_on(schedule, quiet, since, days))
    open_since = since
    for day in days:
        due = any(is_due(schedule, each) for each in DAYS if open_since <= each <= day)
        assert (day in told) == (due and not quiet.covers(day))
        if day in told:
            open_since = day + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "latest", "following"),
    [
        ("2024-02-28", "2024-01-31", "2024-02-29"),
        ("2024-02-29", "2024-02-29", "2024-03-31"),
        ("2023-02-28", "2023-02-28", "2023-03-31"),
        ("2023-12-31", "2023-12-31", "2024-01-31"),
        ("2024-01-01", "2023-12-31", "2024-01-31"),
    ],
)
def test_the_31st_is_the_last_day_of_every_month(day: str, latest: str, following: str) -> None:
    schedule = Schedule(Frequency.MONTHLY, month_day=LAST_OF_MONTH)
    assert schedule.latest(date.fromisoformat(day)) == date.fromisoformat(latest)
    assert schedule.following(date.fromisoformat(day)) == date.fromisoformat(following)


@pytest.mark.parametrize(
    ("utc_hour", "silent"),
    [(13, False), (14, True), (15, True), (23, True), (0, False), (1, False)],  # 21, 22, 23, 7, 8 and 9 in Shanghai
)
def test_quiet_hours_go_over_midnight_in_shanghai(utc_hour: int, silent: bool) -> None:
    quiet = Quiet(first_hour=22, last_hour=8)
    assert quiet.silences(datetime(2024, 6, 28, utc_hour, tzinfo=UTC)) is silent


def test_a_quiet_day_is_silent_by_the_calendar_of_shanghai() -> None:
    quiet = Quiet(weekends=True)
    assert quiet.silences(datetime(2024, 6, 28, 16, tzinfo=UTC))  # Saturday, 0:00
    assert not quiet.silences(datetime(2024, 6, 30, 16, tzinfo=UTC))  # Monday, 0:00


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Schedule(Frequency.WEEKLY, weekday=0), "每周一"),
        (Schedule(Frequency.MONTHLY, month_day=5), "每月 5 日"),
        (Schedule(Frequency.MONTHLY, month_day=31), "每月最后一天"),
        (Schedule(Frequency.DAILY), "每天"),
        (Schedule(Frequency.AT_ONCE), "有新情况的当天"),
    ],
)
def test_a_schedule_in_words(schedule: Schedule, text: str) -> None:
    assert schedule.text() == text
