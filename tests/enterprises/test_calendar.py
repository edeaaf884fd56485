from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.calendar import SHANGHAI, format_day, full_years_between, parse_day, system_clock, today
from enterprises.source_text import BadText
from policies.items import Window, WindowState


def at(moment: datetime) -> date:
    return today(lambda: moment)


def test_the_day_turns_at_midnight_in_shanghai_wherever_the_machine_is() -> None:
    assert at(datetime(2024, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC)) == date(2024, 6, 30)
    assert at(datetime(2024, 6, 30, 16, 0, tzinfo=UTC)) == date(2024, 7, 1)
    assert at(datetime(2024, 6, 30, 12, 0, tzinfo=timezone(timedelta(hours=-4)))) == date(2024, 7, 1)
    assert at(datetime(2024, 7, 1, 0, 0, tzinfo=SHANGHAI)) == date(2024, 7, 1)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        at(datetime(2024, 6, 30, 12, 0))


def test_the_machines_clock_is_aware() -> None:
    assert system_clock().utcoffset() == timedelta(hours=8)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_a_window_is_open_on_its_first_and_its_last_day_and_not_beyond(opens: date, length: int) -> None:
    """Asked by a clock in UTC, a second before and at midnight in Shanghai."""
    closes = opens + timedelta(days=length)
    window = Window(opens, closes)

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)

    second, day = timedelta(seconds=1), timedelta(days=1)
    on_the_first = WindowState.OPEN if length else WindowState.LAST_DAY
    assert window.state(at(midnight(opens) - second)) is WindowState.NOT_YET
    assert window.state(at(midnight(opens))) is on_the_first
    assert window.state(at(midnight(closes + day) - second)) is WindowState.LAST_DAY
    assert window.state(at(midnight(closes + day))) is WindowState.EXPIRED
    assert window.state(at(midnight(opens))).is_open
    assert not window.state(at(midnight(closes + day))).is_open


def test_a_window_without_an_end_stays_open() -> None:
    assert Window(date(2024, 1, 1), None).state(date(9999, 12, 31)) is WindowState.OPEN


@pytest.mark.parametrize("text", ["2024-06-30", "2024-6-30", "2024年6月30日", " 2024年06月30日 "])
def test_day(text: str) -> None:
    assert parse_day(text) == date(2024, 6, 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-06",
        "2024/06/30",
        "2024.06.30",
        "24-06-30",
        "2023-02-29",
        "2024-13-01",
        "0000-01-01",
        "２０２４-06-30",
    ],
)
def test_no_day(text: str) -> None:
    with pytest.raises(BadText):
        parse_day(text)


@given(st.dates())
def test_a_day_survives_being_written(day: date) -> None:
    assert parse_day(day.isoformat()) == day
    assert day.year < 1000 or parse_day(format_day(day)) == day


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2021, 6, 15), date(2024, 6, 14), 2),
        (date(2021, 6, 15), date(2024, 6, 15), 3),
        (date(2020, 2, 29), date(2021, 2, 28), 0),
        (date(2020, 2, 29), date(2021, 3, 1), 1),
        (date(2020, 2, 29), date(2024, 2, 29), 4),
        (date(2024, 1, 1), date(2023, 1, 1), 0),
    ],
)
def test_full_years(start: date, end: date, years: int) -> None:
    assert full_years_between(start, end) == years
