"""When something may be sent, and when it is tried again."""

from datetime import date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enterprises.calendar import SHANGHAI
from recommender.campaigns.moments import (
    FIRST_WAIT,
    LONGEST_WAIT,
    Always,
    first_free,
    monday_of,
    next_monday,
    wait_after,
)
from recommender.messages.schedule import Quiet


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 6, day, hour, minute, tzinfo=SHANGHAI)


QUIETS = st.builds(
    Quiet,
    weekends=st.booleans(),
    days=st.frozensets(st.dates(date(2024, 6, 1), date(2024, 7, 31)), max_size=9),
    until=st.none() | st.dates(date(2024, 6, 1), date(2024, 7, 31)),
    first_hour=st.none() | st.integers(0, 24),
    last_hour=st.none() | st.integers(0, 24),
)
MOMENTS = st.datetimes(datetime(2024, 6, 1), datetime(2024, 7, 1), timezones=st.just(SHANGHAI))


@given(st.lists(QUIETS, max_size=3), MOMENTS, st.booleans())
def test_the_first_free_moment_is_free_and_there_is_none_before(
    quiets: list[Quiet], moment: datetime, rings: bool
) -> None:
    found = first_free(Always(), quiets, moment, rings=rings)

    def is_free(one: datetime) -> bool:
        if rings:
            return not any(quiet.silences(one) for quiet in quiets)
        return not any(quiet.covers(one.astimezone(SHANGHAI).date()) for quiet in quiets)

    if found is None:
        assert not is_free(moment)
        return
    assert found >= moment
    assert is_free(found)
    before = moment
    while before < found:
        assert not is_free(before)
        before += timedelta(hours=1)


def test_hours_only_count_for_what_rings() -> None:
    night = Quiet(first_hour=18, last_hour=9)
    assert first_free(Always(), [night], at(28, 20, 30), rings=False) == at(28, 20, 30)
    assert first_free(Always(), [night], at(28, 20, 30), rings=True) == at(29, 9)
    assert first_free(Always(), [night], at(28, 8, 59), rings=True) == at(28, 9)
    assert first_free(Always(), [night], at(28, 17, 59), rings=True) == at(28, 17, 59)
    assert first_free(Always(), [night, Quiet(weekends=True)], at(28, 18), rings=True) == datetime(
        2024, 7, 1, 9, tzinfo=SHANGHAI
    )


def test_who_is_never_free_is_found_to_be_so() -> None:
    assert first_free(Always(), [Quiet(first_hour=0, last_hour=24)], at(28, 12), rings=True) is None
    assert first_free(Always(), [Quiet(until=date(2026, 1, 1))], at(28, 12), rings=False) is None


def test_a_calendar_and_quiet_times_have_to_agree() -> None:
    class Holidays(Always):
        def first_free(self, moment: datetime, rings: bool = True) -> datetime:
            return at(30, 0) if moment < at(30, 0) else moment

    assert first_free(Holidays(), [Quiet(first_hour=18, last_hour=9)], at(28, 12), rings=True) == at(30, 9)


def test_weeks_begin_on_monday_in_shanghai() -> None:
    sunday = datetime(2024, 6, 30, 23, 59, tzinfo=SHANGHAI)
    assert monday_of(sunday) == date(2024, 6, 24)
    assert monday_of(sunday + timedelta(minutes=1)) == date(2024, 7, 1)
    assert next_monday(sunday) == datetime(2024, 7, 1, tzinfo=SHANGHAI)


@given(st.integers(1, 1000), st.integers(0, 10**6), st.none() | st.integers(0, 10**9))
def test_waits_double_up_to_a_bound_with_chance_in_them(attempts: int, seed: int, asked: int | None) -> None:
    wait = wait_after(attempts, Random(seed), asked)
    full = min(FIRST_WAIT * 2 ** min(attempts - 1, 30), LONGEST_WAIT)
    least = timedelta(0) if asked is None else min(timedelta(seconds=asked), timedelta(days=1))
    assert wait >= max(full / 2, least)
    assert wait <= max(full, least)
    assert wait_after(attempts, Random(seed)) != wait_after(attempts, Random(seed + 1))
