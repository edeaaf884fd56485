"""The quiet calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.calendar import SHANGHAI
from enterprises.source_text import BadText
from recommender.channels.quiet import (
    FARTHEST,
    LONGEST_LIST,
    Calendar,
    Named,
    NeverFree,
    Special,
    read_days,
    write_days,
)

USUAL = Calendar()
FRIDAY = date(2024, 6, 28)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "free"),
    [
        (at(FRIDAY, 7, 59), at(FRIDAY, 8)),
        (at(FRIDAY, 8), at(FRIDAY, 8)),
        (at(FRIDAY, 21, 59), at(FRIDAY, 21, 59)),
        (at(FRIDAY, 22), at(date(2024, 7, 1), 8)),  # over the weekend
        (at(date(2024, 6, 29), 12), at(date(2024, 7, 1), 8)),
        (at(date(2024, 6, 30), 23, 59), at(date(2024, 7, 1), 8)),
    ],
)
def test_what_rings_waits_for_the_morning_of_a_day_that_is_not_quiet(moment: datetime, free: datetime) -> None:
    assert USUAL.first_free(moment) == free
    assert USUAL.first_free(moment.astimezone(UTC)) == free


def test_what_does_not_ring_waits_for_the_day_alone() -> None:
    assert USUAL.first_free(at(FRIDAY, 3), rings=False) == at(FRIDAY, 3)
    assert USUAL.first_free(at(date(2024, 6, 29), 3), rings=False) == at(date(2024, 7, 1), 0)


def test_holidays_are_quiet_and_weekends_that_are_worked_are_not() -> None:
    national = {date(2024, 10, day): Special.HOLIDAY for day in range(1, 8)} | {date(2024, 9, 29): Special.WORKING}
    calendar = Calendar(national)
    assert calendar.first_free(at(date(2024, 9, 28), 12)) == at(date(2024, 9, 29), 8)
    assert calendar.first_free(at(date(2024, 10, 1), 12)) == at(date(2024, 10, 8), 8)
    assert calendar.is_working(date(2024, 9, 29))
    assert not calendar.is_working(date(2024, 10, 1))
    assert calendar.holidays == {date(2024, 10, day) for day in range(1, 8)}


def test_a_quiet_day_is_a_working_day_all_the_same() -> None:
    calendar = Calendar({FRIDAY: Special.QUIET})
    assert calendar.is_quiet(FRIDAY)
    assert calendar.is_working(FRIDAY)
    assert calendar.holidays == frozenset()


def test_hours_within_a_day_and_none_at_all() -> None:
    noon = Calendar(first_hour=12, last_hour=14)
    assert noon.first_free(at(FRIDAY, 12)) == at(FRIDAY, 14)
    assert noon.first_free(at(FRIDAY, 11, 59)) == at(FRIDAY, 11, 59)
    assert Calendar(first_hour=5, last_hour=5).first_free(at(FRIDAY, 5)) == at(FRIDAY, 5)


def test_where_every_day_is_quiet_it_says_so() -> None:
    always = Calendar({FRIDAY + timedelta(days=more): Special.QUIET for more in range(FARTHEST.days + 2)})
    with pytest.raises(NeverFree):
        always.first_free(at(FRIDAY, 12))


days = st.dates(date(2024, 1, 1), date(2024, 12, 31))


@given(
    st.builds(
        Calendar,
        st.dictionaries(days, st.sampled_from(Special), max_size=40),
        st.integers(0, 23),
        st.integers(0, 23),
        st.booleans(),
    ),
    st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 1), timezones=st.just(SHANGHAI)),
    st.booleans(),
)
def test_the_first_free_moment_is_free_and_nothing_before_it_is(
    calendar: Calendar, moment: datetime, rings: bool
) -> None:
    free = calendar.first_free(moment, rings)
    assert not calendar.silences(free, rings)
    assert free >= moment
    earlier = moment
    while earlier < free:
        assert calendar.silences(earlier, rings)
        earlier += timedelta(minutes=59)


@given(
    st.dictionaries(
        days, st.builds(Named, st.sampled_from(Special), st.sampled_from(["", "国庆节", "设备 检修"])), max_size=60
    )
)
def test_days_are_read_as_they_are_written(special: dict[date, Named]) -> None:
    assert read_days(write_days(special)) == special


def test_days_as_people_write_them() -> None:
    read = read_days("2024年10月1日至2024年10月3日 放假 国庆节\n\n 2024-09-29  调休上班\n2024-12-31 不打扰 年终结账\n")
    assert read[date(2024, 10, 2)] == Named(Special.HOLIDAY, "国庆节")
    assert read[date(2024, 9, 29)] == Named(Special.WORKING)
    assert read[date(2024, 12, 31)] == Named(Special.QUIET, "年终结账")
    assert len(read) == 5


@pytest.mark.parametrize(
    "text",
    [
        "国庆节",
        "2024-10-01",
        "2024-10-01 休息",
        "2024-13-01 放假",
        "2024-10-07 至 2024-10-01 放假",
        "2024-01-01 至 2030-01-01 放假",
        f"2024-10-01 放假 {'长' * 41}",
        "2024-10-01 放假 国\x00庆",
        "2024-10-01 放假\n2024-10-01 不打扰",
    ],
)
def test_what_cannot_be_understood_names_its_line(text: str) -> None:
    with pytest.raises(BadText, match=r"第 \d 行"):
        read_days(text)


def test_no_more_days_than_there_is_room_for() -> None:
    last = date(2024, 1, 1) + timedelta(days=LONGEST_LIST - 1)
    assert len(read_days(f"2024-01-01 至 {last} 不打扰")) == LONGEST_LIST
    with pytest.raises(BadText):
        read_days(f"2024-01-01 至 {last} 不打扰\n{last + timedelta(days=1)} 不打扰")
