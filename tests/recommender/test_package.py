"""Policy packages: the figures of ``check``, nothing expired, whole regions in bounded memory."""

import gc
import weakref
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.codes import UnknownCode
from enterprises.dictionary import bundled
from enterprises.profiles import Observation, Profile, read_profile
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import from_plain
from policies.items import WindowState
from policies.library import bundled_library
from recommender.explanation import explain
from recommender.match import Verdict
from recommender.package import HalfYear, RegionPackage, package_of, region_package
from recommender.shortlist import Shortlist

YANAN, BAOTA = "610600", "610602"
LIBRARY = bundled_library()
YANAN_PLAN = date(2023, 4, 29), date(2026, 4, 29)


def profile(**facts: Any) -> Profile:
    return read_profile(from_plain({"facts": facts}, "test"), bundled())


# ---------------------------------------------------------------------------------- half-years


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2024, 1, 1), "2024年上半年"),
        (date(2024, 6, 30), "2024年上半年"),
        (date(2024, 7, 1), "2024年下半年"),
        (date(2024, 12, 31), "2024年下半年"),
        (date(2025, 1, 1), "2025年上半年"),
    ],
)
def test_a_day_belongs_to_its_half_year(day: date, label: str) -> None:
    assert HalfYear.of(day).label == label


@given(st.dates(date(1990, 1, 1), date(2100, 12, 30)))
def test_half_years_meet_without_a_gap(day: date) -> None:
    half = HalfYear.of(day)
    assert half.first <= day <= half.last
    assert HalfYear.of(half.first) == HalfYear.of(half.last) == half
    assert HalfYear.of(half.last + timedelta(1)).first == half.last + timedelta(1)


# ------------------------------------------------------------------------------ one enterprise


@given(st.sampled_from(samples()), st.dates(date(2022, 12, 1), date(2026, 12, 31)))
def test_a_package_offers_nothing_that_is_not_in_force(who: Profile, on: date) -> None:
    package = package_of(LIBRARY, who, on)
    explanation = package.explanation
    for match in (*explanation.eligible, *explanation.undetermined, *explanation.close):
        window = match.item.window
        assert window.opens <= on
        assert window.closes is None or on <= window.closes
    opening = [match.item.window.opens for match in package.upcoming]
    assert all(day > on for day in opening)
    assert opening == sorted(opening)
    assert all(match.verdict is not Verdict.INELIGIBLE for match in package.upcoming)


@pytest.mark.parametrize(
    ("on", "offered", "upcoming"),
    [
        (YANAN_PLAN[0] - timedelta(1), False, True),
        (YANAN_PLAN[0], True, False),
        (YANAN_PLAN[1], True, False),
        (YANAN_PLAN[1] + timedelta(1), False, False),
    ],
    ids=["the day before", "the first day", "the last day", "the day after"],
)
def test_both_ends_of_an_items_days_count(on: date, offered: bool, upcoming: bool) -> None:
    package = package_of(LIBRARY, samples()[0], on)
    plan = "yanan-2023-private-economy.15"
    assert (plan in {match.item.id for match in package.explanation.eligible}) is offered
    assert (plan in {match.item.id for match in package.upcoming}) is upcoming


@pytest.mark.parametrize(("on", "ends"), [(date(2025, 12, 31), False), (date(2026, 1, 1), True)])
def test_an_item_that_ends_in_the_half_year_is_known(on: date, ends: bool) -> None:
    item = LIBRARY.items["yanan-2023-private-economy.15"]
    assert package_of(LIBRARY, samples()[0], on).ends_within(item) is ends


def test_who_is_gone_is_offered_nothing() -> None:
    gone = samples()[0].with_fact("operating_status", Observation("注销"))
    package = package_of(LIBRARY, gone, YANAN_PLAN[0] - timedelta(1))
    assert not package.upcoming
    assert not package_of(LIBRARY, gone, SAMPLE_DAY).explanation.eligible


# ------------------------------------------------------------------------------------ a region


def figures(package: RegionPackage) -> object:
    """Everything that a region's package says."""
    lists = (package.eligible, package.undetermined, package.close, package.unplaced)
    return (
        package.sums,
        (package.gone, package.elsewhere),
        package.items,
        package.upcoming,
        [(each.rows, each.count) for each in lists],
    )


def test_a_region_comes_to_what_its_enterprises_come_to() -> None:
    package = region_package(LIBRARY, YANAN, samples(), SAMPLE_DAY)
    there = [who for who in samples() if str(who.facts["region"].value).startswith("6106")]
    each = [explain(LIBRARY, who, SAMPLE_DAY) for who in there]
    assert package.sums.enterprises == package.sums.made_up == len(there) == 9
    assert package.elsewhere == len(samples()) - len(there)
    assert package.sums.certain == sum(one.certain.total for one in each) > 0
    assert package.sums.confirmed == sum(one.confirmed_total for one in each)
    assert package.sums.possible == sum(one.possible.total for one in each) > package.sums.certain
    assert package.sums.unbounded == sum(one.possible.unbounded for one in each)
    # The items' parts add up to the totals: nothing is counted twice, nothing is lost.
    assert sum(reach.certain for reach in package.items) == package.sums.certain
    assert sum(reach.possible for reach in package.items) == package.sums.possible
    for reach in package.items:
        assert reach.eligible == sum(reach.item in [match.item for match in one.eligible] for one in each)
        assert reach.undetermined == sum(reach.item in [match.item for match in one.undetermined] for one in each)
        assert reach.close == sum(reach.item in [match.item for match in one.close] for one in each)


def test_a_region_lists_what_applies_there_and_nothing_expired() -> None:
    package = region_package(LIBRARY, BAOTA, [], SAMPLE_DAY)
    regions = {reach.item.document.region for reach in package.items}
    assert regions == {"610000", "610600"}, "the province's and the city's, nobody else's"
    assert all(reach.item.window.state(SAMPLE_DAY).is_open for reach in package.items)
    early = region_package(LIBRARY, BAOTA, [], date(2023, 4, 20))
    assert all(reach.item.window.state(early.on) is WindowState.NOT_YET for reach in early.upcoming)
    opening = [reach.item.window.opens for reach in early.upcoming]
    assert opening == sorted(opening)
    assert YANAN_PLAN[0] in opening
    assert not {reach.item.id for reach in early.items} & {reach.item.id for reach in early.upcoming}


def test_an_item_that_is_not_in_force_brings_no_money() -> None:
    package = region_package(LIBRARY, BAOTA, samples(), YANAN_PLAN[0] - timedelta(1))
    assert package.upcoming
    assert any(reach.eligible for reach in package.upcoming)
    assert all(reach.certain == reach.possible == 0 for reach in package.upcoming)


@settings(max_examples=12)  # each judges the samples twice
@given(st.permutations(samples()), st.integers(1, 20))
def test_the_order_of_enterprises_changes_nothing(some: list[Profile], most: int) -> None:
    expected = region_package(LIBRARY, YANAN, samples(), SAMPLE_DAY, most)
    assert figures(region_package(LIBRARY, YANAN, some, SAMPLE_DAY, most)) == figures(expected)


def test_lists_are_bounded_and_figures_are_not() -> None:
    full = region_package(LIBRARY, YANAN, samples(), SAMPLE_DAY)
    short = region_package(LIBRARY, YANAN, samples(), SAMPLE_DAY, most=2)
    assert short.sums == full.sums
    assert short.items == full.items
    assert short.eligible.rows == full.eligible.rows[:2]
    assert short.eligible.count == full.eligible.count == 7
    assert (short.eligible.left_out, full.eligible.left_out) == (5, 0)
    assert [row.certain for row in full.eligible.rows[:2]] == [80_0000_00, 10_0000_00]


def test_whom_it_is_not_known_of_is_listed_apart() -> None:
    some = [
        profile(entity_kind="企业"),
        profile(region="610600"),
        profile(region="610000"),
        profile(region="610603"),
        profile(region="610602", operating_status="注销"),
        profile(region="610602"),
    ]
    package = region_package(LIBRARY, BAOTA, some, SAMPLE_DAY)
    assert (package.unplaced.count, package.elsewhere, package.gone, package.sums.enterprises) == (3, 1, 1, 1)
    assert {who.region for who in package.unplaced.rows} == {None, "610600", "610000"}


def test_a_region_that_does_not_exist_is_refused_before_anybody_is_judged() -> None:
    def nobody() -> Iterator[Profile]:
        pytest.fail("an enterprise was asked for")
        yield

    with pytest.raises(UnknownCode):
        region_package(LIBRARY, "619999", nobody(), SAMPLE_DAY)


def test_no_enterprise_is_held_once_it_is_counted() -> None:
    held: list[weakref.ref[Profile]] = []

    def stream() -> Iterator[Profile]:
        for number in range(60):
            one = profile(region=BAOTA, employees=str(number))
            held.append(weakref.ref(one))
            yield one
            del one
            if number % 20 == 19:
                gc.collect()
                assert sum(ref() is not None for ref in held) <= 2

    package = region_package(LIBRARY, BAOTA, stream(), SAMPLE_DAY, most=3)
    assert package.sums.enterprises == 60


# --------------------------------------------------------------------------------- shortlists


@given(st.lists(st.integers(0, 30)), st.integers(1, 12))
def test_a_shortlist_holds_the_first_of_all(numbers: list[int], most: int) -> None:
    shortlist: Shortlist[int] = Shortlist(most, lambda number: (-number,))
    for number in numbers:
        shortlist.add(number)
    assert shortlist.rows == tuple(sorted(numbers, reverse=True)[:most])
    assert shortlist.count == len(numbers)
    assert shortlist.left_out == max(0, len(numbers) - most)


def test_a_shortlist_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Shortlist(0, lambda number: (number,))
