"""Working days: weekends and holidays do not count, the last day does."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.appeals.deadlines import is_working_day, working_day_after, working_days_late

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2024, 6, 28) + timedelta(days=n) for n in range(4))
NATIONAL_DAY = frozenset(date(2024, 10, day) for day in (1, 2, 3, 4, 7))
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
HOLIDAYS = st.frozensets(st.dates(date(2020, 1, 1), date(2021, 1, 1)), max_size=30)


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (MONDAY, 1, date(2024, 7, 2)),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 1, MONDAY),
        (SUNDAY, 1, MONDAY),
        (FRIDAY, 5, date(2024, 7, 5)),
        (SUNDAY, 5, date(2024, 7, 5)),
        (MONDAY, 5, date(2024, 7, 8)),
    ],
)
def test_weekends_do_not_count(day: date, number: int, expected: date) -> None:
    assert working_day_after(day, number) == expected


def test_holidays_do_not_count() -> None:
    assert working_day_after(date(2024, 9, 30), 1) == date(2024, 10, 1)
    assert working_day_after(date(2024, 9, 30), 1, NATIONAL_DAY) == date(2024, 10, 8)
    assert working_day_after(date(2024, 9, 30), 5, NATIONAL_DAY) == date(2024, 10, 14)


def test_a_deadline_lies_ahead() -> None:
    with pytest.raises(ValueError, match="at least one"):
        working_day_after(MONDAY, 0)


@given(DAYS, st.integers(1, 30), HOLIDAYS)
def test_there_are_just_so_many_working_days_up_to_a_deadline(
    day: date, number: int, holidays: frozenset[date]
) -> None:
    due = working_day_after(day, number, holidays)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(is_working_day(each, holidays) for each in between) == number
    assert is_working_day(due, holidays)


@pytest.mark.parametrize(
    ("today", "late"), [(FRIDAY - timedelta(days=1), 0), (FRIDAY, 0), (SATURDAY, 1), (MONDAY, 1), (date(2024, 7, 2), 2)]
)
def test_the_last_day_counts_and_the_next_is_late(today: date, late: int) -> None:
    assert working_days_late(FRIDAY, today) == late
