"""Cultivation: exact limits, three answers, nobody dropped, and lists that hold what matches and gaps say."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises import industries, scale
from enterprises.dictionary import bundled
from enterprises.profiles import Observation, Profile, read_profile
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import from_plain, read_yaml
from enterprises.tiers import Tier, standings
from policies.items import Category
from policies.library import Library, bundled_library
from policies.rule_text import read_rule
from recommender.cultivation import (
    ABSENT,
    CATEGORIES,
    Cultivation,
    FiveList,
    Path,
    Scale,
    Standing,
    Threshold,
    cultivate,
    entry_of,
    is_near,
    near_thresholds,
    scale_of,
)
from recommender.explanation import explain
from recommender.package import region_package
from recommender.shortlist import Shortlist
from tests.made_up_item import made_up_item

BAOTA = "610602"
LIBRARY = bundled_library()
LAST = SAMPLE_DAY.year - 1
WAN = 10**6
PLACE = {"region": BAOTA, "entity_kind": "企业", "ownership": "民营"}
RENOVATION = "yanan-2023-private-economy.15"
BREAKTHROUGH = "yanan-2023-private-economy.33"


def profile(**facts: Any) -> Profile:
    return read_profile(from_plain({"facts": facts}, "test"), bundled())


def with_revenue(fen: int | None, industry: str | None = "3011", **facts: Any) -> Profile:
    known = {**({} if industry is None else {"industry": industry}), **PLACE, **facts}
    found = profile(**known)
    return found if fen is None else found.with_fact("revenue", Observation(fen), LAST)


def subject(found: Profile, on: date = SAMPLE_DAY) -> EnterpriseOn:
    return EnterpriseOn(found, on, bundled())


def scale_at(fen: int | None, industry: str | None = "3011", **facts: Any) -> Scale:
    return scale_of(subject(with_revenue(fen, industry, **facts)))


# ------------------------------------------------------------------------- within a fifth, exactly


@pytest.mark.parametrize(
    ("industry", "floor"),
    [("3011", 2000 * WAN), ("5112", 2000 * WAN), ("5211", 500 * WAN), ("6220", 200 * WAN), ("7221", 1000 * WAN)],
)
def test_the_watch_begins_at_four_fifths_of_the_floor_and_ends_at_the_floor(industry: str, floor: int) -> None:
    least = floor * 4 // 5
    standings = {fen: scale_at(fen, industry).standing for fen in (least - 1, least, least + 1, floor - 1, floor)}
    assert standings == {
        least - 1: Standing.FAR,
        least: Standing.NEAR,
        least + 1: Standing.NEAR,
        floor - 1: Standing.NEAR,
        floor: Standing.REACHED,
    }
    assert scale_at(least, industry).closeness == Fraction(1, 5)
    assert scale_at(floor - 1, industry).short == 1
    assert scale_at(floor, industry).short == 0


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_near_is_at_most_a_fifth_and_not_there_yet(now: int, threshold: int) -> None:
    lacking = Fraction(abs(threshold - now), threshold)
    assert is_near(now, threshold) is (0 < lacking <= Fraction(20, 100))


@given(st.integers(1, 10**12))
def test_near_is_exact_where_binary_fractions_are_not(fifth: int) -> None:
    assert is_near(4 * fifth, 5 * fifth)
    assert not is_near(4 * fifth - 1, 5 * fifth)
    assert is_near(6 * fifth, 5 * fifth), "a limit that has to be undercut"
    assert not is_near(6 * fifth + 1, 5 * fifth)


def test_the_revenue_is_that_of_the_last_full_year() -> None:
    older = profile(industry="3011", **PLACE, revenue={str(LAST - 1): "1900万元"})
    assert scale_of(subject(older)).standing is Standing.UNKNOWN
    assert scale_of(subject(older)).missing == (FactRef("revenue", LAST),)
    assert scale_of(subject(older, date(LAST, 12, 31))).standing is Standing.NEAR


# ------------------------------------------------------------------------------------ unknown is not no


@pytest.mark.parametrize(
    ("industry", "fen", "standing", "missing", "maybe"),
    [
        ("3011", None, Standing.UNKNOWN, ["revenue"], True),
        (None, None, Standing.UNKNOWN, ["industry", "revenue"], True),
        (None, 450 * WAN, Standing.UNKNOWN, ["industry"], True),
        ("F", 450 * WAN, Standing.UNKNOWN, ["industry"], True),
        ("F", 100 * WAN, Standing.FAR, [], False),
        ("F", 3000 * WAN, Standing.REACHED, [], False),
        ("K", 100 * WAN, Standing.UNKNOWN, ["industry"], False),
        ("E", 10**12, Standing.BY_QUALIFICATION, [], False),
        ("E", None, Standing.BY_QUALIFICATION, [], False),
        ("A", 10**12, Standing.NEVER, [], False),
        ("A", None, Standing.NEVER, [], False),
    ],
    ids=str,
)
def test_what_is_not_known_well_enough_says_what_is_missing(
    industry: str | None, fen: int | None, standing: Standing, missing: list[str], maybe: bool
) -> None:
    found = scale_at(fen, industry)
    assert found.standing is standing
    assert sorted(ref.name for ref in found.missing) == missing
    assert found.maybe_near is maybe


_CODES = st.sampled_from([None, *(industry.code for industry in industries.industries())])


@given(_CODES, st.none() | st.integers(0, 3000 * WAN))
def test_a_standing_never_contradicts_the_fact_above_scale(code: str | None, fen: int | None) -> None:
    answers = scale.possibly_above_scale(code, fen)
    standing = scale_at(fen, code).standing
    if standing is Standing.REACHED:
        assert answers == {True}
    if standing in (Standing.NEAR, Standing.FAR, Standing.NEVER):
        assert answers == {False}
    if len(answers) == 2:
        assert standing in (Standing.UNKNOWN, Standing.BY_QUALIFICATION)


@given(_CODES, st.integers(0, 3000 * WAN), st.data())
def test_a_finer_industry_never_takes_a_known_standing_back(code: str | None, fen: int, data: st.DataObject) -> None:
    finer = [i.code for i in industries.industries() if code is None or industries.nested(i.code, code) is True]
    coarse, fine = scale_at(fen, code), scale_at(fen, data.draw(st.sampled_from(finer)))
    if coarse.standing is Standing.FAR:
        assert fine.standing in (Standing.FAR, Standing.NEVER)
    elif coarse.standing is not Standing.UNKNOWN:
        assert fine.standing is coarse.standing
    elif not coarse.maybe_near:
        assert fine.standing not in (Standing.NEAR, Standing.REACHED)


@pytest.mark.parametrize(
    ("facts", "registered", "contradiction"),
    [
        ({}, None, False),
        ({"five_above": "是"}, True, False),
        ({"five_above": "否"}, False, False),
        ({"five_above_status": "在库"}, True, False),
        ({"five_above_status": "新入库"}, True, False),
        ({"five_above_status": "退库"}, False, False),
        ({"five_above_status": "准“五上”"}, False, False),
        ({"five_above": "是", "five_above_status": "在库"}, True, False),
        ({"five_above": "否", "five_above_status": "在库"}, None, True),
    ],
)
def test_who_is_in_the_registers_is_not_watched(
    facts: Mapping[str, str], registered: bool | None, contradiction: bool
) -> None:
    found = scale_at(1900 * WAN, **facts)
    assert (found.registered, found.contradiction) == (registered, contradiction)
    assert found.standing is (Standing.REGISTERED if registered else Standing.NEAR)
    assert found.below_in_register is (registered is True)


# ------------------------------------------------------------------------------- limits of items


def renovating(fen: int) -> tuple[Threshold, ...]:
    found = profile(
        industry="3011", **PLACE, project=[{"kind": "技术改造", "fixed_asset_investment": f"{fen / 100}元"}]
    )
    explanation = explain(LIBRARY, found, SAMPLE_DAY)
    return tuple(near for near in near_thresholds(explanation.matches, subject(found)) if near.item.id == RENOVATION)


@pytest.mark.parametrize(
    ("fen", "lacking", "worth", "before"),
    [
        (80 * WAN - 1, None, None, None),
        (80 * WAN, Fraction(1, 5), 10 * WAN, None),
        (100 * WAN - 1, Fraction(1, 100 * WAN), 10 * WAN, None),
        (100 * WAN, None, None, None),
        (800 * WAN - 1, None, None, None),
        (800 * WAN, Fraction(1, 5), 100 * WAN, 80 * WAN),
        (1000 * WAN - 1, Fraction(1, 1000 * WAN), 100 * WAN, 100 * WAN - 1),
        (1000 * WAN, None, None, None),
    ],
)
def test_the_limits_of_items_are_watched_from_a_fifth_below(
    fen: int, lacking: Fraction | None, worth: int | None, before: int | None
) -> None:
    found = renovating(fen)
    if lacking is None:
        assert not found
        return
    (near,) = found
    assert near.lacking == lacking
    assert near.worth.low == near.worth.high == worth
    assert (None if near.before is None else near.before.low) == before


def test_a_certificate_that_is_lacking_is_no_distance() -> None:
    some = [near for who in samples() for near in thresholds_of(who)]
    assert some
    for near in some:
        assert near.lacking <= Fraction(1, 5)
        assert all(isinstance(change.to, int | Fraction) and change.to is not True for change in near.changes)


def thresholds_of(who: Profile) -> tuple[Threshold, ...]:
    return near_thresholds(explain(LIBRARY, who, SAMPLE_DAY).matches, subject(who))


# --------------------------------------------------------------------------- what entering brings


def test_entering_the_registers_brings_what_asks_for_it_and_takes_nothing_else() -> None:
    who = with_revenue(1900 * WAN, five_above="否", recognition=[])
    explanation = explain(LIBRARY, who, SAMPLE_DAY)
    entry = entry_of(explanation.matches, subject(who), 2000 * WAN)
    gained = {gained.item.id for gained in entry.gained}
    assert {"yanan-2023-private-economy.20b", "yanan-2023-private-economy.22"} & gained
    then = (
        who.with_fact("revenue", Observation(2000 * WAN), LAST)
        .with_fact("five_above", Observation(True))
        .with_fact("five_above_status", Observation("新入库"))
    )
    after = {match.item.id for match in explain(LIBRARY, then, SAMPLE_DAY).eligible}
    before = {match.item.id for match in explanation.eligible}
    assert gained == after - before
    assert {item.id for item in entry.lost} == before - after


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{five_above: {is: 是}}", "gained"),
        ("{above_scale: {is: 是}}", "gained"),
        ("{all: [{five_above: {is: 是}}, {has_bank_credit: {is: 是}}]}", "opened"),
        ("{revenue: {less_than: 2000万元}}", "lost"),
        ("{five_above: {is: 否}}", "lost"),
        ("{ownership: {is: 民营}}", None),
        ("{ownership: {is: 国有}}", None),
        ("{has_bank_credit: {is: 是}}", None),
    ],
)
def test_what_changes_on_entering_is_gained_opened_or_lost(rule: str, expected: str | None) -> None:
    item = made_up_item(read_rule(read_yaml(rule, "test"), bundled()), "{fixed: 10万元}", bundled())
    library = Library({item.document.id: item.document}, {item.id: item}, bundled())
    who = with_revenue(1900 * WAN, five_above="否")
    entry = entry_of(explain(library, who, SAMPLE_DAY).matches, subject(who), 2000 * WAN)
    told = {"gained": entry.gained, "opened": entry.opened, "lost": entry.lost}
    assert [name for name, items in told.items() if items] == ([] if expected is None else [expected])
    assert entry.low == (10 * WAN if expected == "gained" else 0)


def test_what_entering_brings_in_money_is_added_up() -> None:
    who = with_revenue(9_9000 * WAN, five_above="否", registered_on=f"{LAST - 1}-01-01").with_fact(
        "revenue", Observation(1), LAST - 1
    )
    explanation = explain(LIBRARY, who, SAMPLE_DAY)
    entry = entry_of(explanation.matches, subject(who), 10_0000 * WAN)
    assert BREAKTHROUGH in {gained.item.id for gained in entry.gained}
    assert entry.low == entry.high == 10 * WAN


# ------------------------------------------------------------------------------------- the lists


def lists(made: Cultivation) -> object:
    """Everything that the lists say."""
    some: list[Shortlist[Any]] = [made.near, made.reached, made.unknown, made.thresholds, made.state]
    some += [*made.offers.values(), made.matters, made.unplaced]
    return [(each.rows, each.count) for each in some], made.assessment


def test_everybody_has_a_place() -> None:
    some = [
        *samples(),
        with_revenue(1900 * WAN),
        with_revenue(2100 * WAN),
        with_revenue(None),
        profile(entity_kind="企业"),
        profile(region=BAOTA, operating_status="注销"),
        profile(region="440305"),
    ]
    made = cultivate(LIBRARY, "610000", some, SAMPLE_DAY)
    judged = sum(row.sums.enterprises for row in made.assessment)
    assert judged + made.gone + made.elsewhere + made.unplaced.count == len(some)
    assert (made.gone, made.elsewhere, made.unplaced.count) == (1, 1, 1)
    assert made.state.count == judged
    by_standing = {standing: sum(row.standings[standing] for row in made.assessment) for standing in Standing}
    assert sum(by_standing.values()) == judged
    assert made.near.count == by_standing[Standing.NEAR] == 2
    assert made.reached.count == by_standing[Standing.REACHED] == 2
    assert made.unknown.count == by_standing[Standing.UNKNOWN] == 4
    assert all(row.missing for row in made.unknown.rows)


def test_the_sample_part_maker_has_reached_the_floor_and_is_not_in_the_registers() -> None:
    made = cultivate(LIBRARY, BAOTA, samples(), SAMPLE_DAY)
    (row,) = made.reached.rows
    assert row.who.name == "示例·宝塔区精密零部件有限公司"
    assert row.scale.status == "准“五上”"
    (state,) = [state for state in made.state.rows if state.who == row.who]
    assert Path.TO_SCALE in state.paths
    assert Path.SPECIALISED in state.paths
    assert {near.threshold.item.id for near in made.thresholds.rows} == {RENOVATION}


@pytest.mark.parametrize(
    ("facts", "fen", "paths"),
    [
        ({"entity_kind": "个体工商户"}, 160 * WAN, ()),
        ({"entity_kind": "个体工商户"}, 200 * WAN, (Path.TO_ENTERPRISE,)),
        ({"entity_kind": "个体工商户", "five_above": "否"}, 200 * WAN, (Path.TO_ENTERPRISE, Path.TO_SCALE)),
        ({"five_above": "否"}, 160 * WAN - 1, ()),
        ({"five_above": "否"}, 160 * WAN, (Path.TO_SCALE,)),
        ({"five_above": "是"}, 160 * WAN, ()),
        ({"five_above": "是"}, 8_0000 * WAN, (Path.GROWING,)),
        ({"five_above": "否"}, 8_0000 * WAN, (Path.TO_SCALE,)),
        ({"recognition": [{"title": "专精特新中小企业", "level": "市级", "in_force": "是"}]}, 1, (Path.SPECIALISED,)),
        ({"recognition": [{"title": "专精特新中小企业", "level": "市级", "in_force": "否"}]}, 1, ()),
    ],
)
def test_paths_are_those_of_the_tiers(facts: Mapping[str, Any], fen: int, paths: tuple[Path, ...]) -> None:
    who = with_revenue(fen, "6220", registered_on=f"{LAST}-01-01", **facts)
    made = cultivate(LIBRARY, BAOTA, [who], SAMPLE_DAY)
    assert [row.paths for row in made.state.rows] == [paths]


@given(_CODES, st.none() | st.integers(0, 3000 * WAN))
def test_the_watch_list_and_the_tier_are_of_one_mind(code: str | None, fen: int | None) -> None:
    who = with_revenue(fen, code, five_above_status="未入库")
    tier = next(one for one in standings(who, SAMPLE_DAY, bundled()) if one.tier is Tier.NEARLY_FIVE_ABOVE)
    found = scale_of(subject(who))
    on_the_list = found.standing in (Standing.NEAR, Standing.REACHED)
    if tier.answer is None:
        assert found.standing is Standing.UNKNOWN
    else:
        assert tier.answer is (on_the_list or found.maybe_near)


def test_every_category_of_items_is_on_one_of_the_lists() -> None:
    assert sorted(category for some in CATEGORIES.values() for category in some) == sorted(Category)
    assert set(ABSENT) == set(FiveList), "each list says what it lacks"


def test_the_lists_hold_what_the_matches_say() -> None:
    made = cultivate(LIBRARY, BAOTA, samples(), SAMPLE_DAY)
    there = [who for who in samples() if who.facts["region"].value == BAOTA]
    offered = sorted(
        (who.credit_code or "", match.item.id) for who in there for match in explain(LIBRARY, who, SAMPLE_DAY).eligible
    )
    listed = sorted(
        (row.who.credit_code or "", row.item.id)
        for offers in made.offers.values()
        for row in offers.rows
        if row.verdict == "eligible"
    )
    assert listed == offered


def test_assessment_and_package_agree() -> None:
    made = cultivate(LIBRARY, "610600", samples(), SAMPLE_DAY)
    package = region_package(LIBRARY, "610600", samples(), SAMPLE_DAY)
    for figure in ("enterprises", "certain", "confirmed", "possible", "unbounded"):
        assert sum(getattr(row.sums, figure) for row in made.assessment) == getattr(package.sums, figure)
    assert [row.region for row in made.assessment] == sorted(row.region for row in made.assessment)


HALF = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("receipts", "received", "undated", "unrecorded"),
    [
        (None, 0, 0, 1),
        ([], 0, 0, 0),
        ([{"amount": "3万元", "paid_on": HALF - timedelta(1)}], 0, 0, 0),
        ([{"amount": "3万元", "paid_on": HALF}], 3 * WAN, 0, 0),
        ([{"amount": "3万元", "paid_on": SAMPLE_DAY}, {"amount": "1万元", "paid_on": HALF}], 4 * WAN, 0, 0),
        ([{"amount": "3万元", "paid_on": SAMPLE_DAY + timedelta(1)}], 0, 0, 0),
        ([{"amount": "3万元"}, {"amount": "1万元", "paid_on": HALF}], 1 * WAN, 1, 0),
        ([{"paid_on": HALF}], 0, 1, 0),
    ],
)
def test_only_what_is_recorded_as_paid_in_the_half_year_counts_as_received(
    receipts: list[dict[str, Any]] | None, received: int, undated: int, unrecorded: int
) -> None:
    plain = [{key: str(value) for key, value in receipt.items()} for receipt in receipts or []]
    who = profile(**PLACE, **({} if receipts is None else {"received": plain}))
    (row,) = cultivate(LIBRARY, BAOTA, [who], SAMPLE_DAY).assessment
    assert (row.received, row.undated, row.unrecorded) == (received, undated, unrecorded)


@settings(max_examples=8)  # each judges the samples twice
@given(st.permutations(samples()), st.integers(1, 20))
def test_the_order_of_enterprises_changes_nothing(some: list[Profile], most: int) -> None:
    assert lists(cultivate(LIBRARY, "610600", some, SAMPLE_DAY, most)) == lists(
        cultivate(LIBRARY, "610600", samples(), SAMPLE_DAY, most)
    )


def test_the_nearest_come_first() -> None:
    some = [with_revenue(fen * WAN) for fen in (1700, 1999, 1600, 1850)]
    made = cultivate(LIBRARY, BAOTA, some, SAMPLE_DAY, most=3)
    assert [row.scale.revenue for row in made.near.rows] == [1999 * WAN, 1850 * WAN, 1700 * WAN]
    assert (made.near.count, made.near.left_out) == (4, 1)
