"""What may be had where only a place, or only an industry, is known: the evaluator's answers, sorted."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises import industries, regions
from enterprises.codes import UnknownCode
from enterprises.dictionary import bundled
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from policies.items import Window
from policies.library import Library, bundled_library
from policies.rules import All, Any, Condition, Not, Operator
from recommender.match import Verdict, match_all
from recommender.prospects import Aim, aim_of, in_industry, in_region, tallies
from tests.made_up_item import made_up_item

DAY = date(2024, 6, 30)
PLACES = sorted(region.code for region in regions.regions() if region.code.startswith("61"))
TRADES = sorted(industry.code for industry in industries.industries())


def possible(**facts: str) -> set[str]:
    """The items that the evaluator does not rule out for an enterprise of which this is known."""
    profile = Profile(facts={name: Observation(value) for name, value in facts.items()})
    matches = match_all(bundled_library(), EnterpriseOn(profile, DAY, bundled()))
    return {match.item.id for match in matches if match.verdict is not Verdict.INELIGIBLE}


@given(st.sampled_from(TRADES))
def test_an_industry_has_what_the_evaluator_does_not_rule_out(code: str) -> None:
    found = in_industry(bundled_library(), code, DAY)
    open_ = [item.id for prospects in found.aims.values() for item in prospects.open]
    assert len(open_) == len(set(open_))
    expected = {name for name in possible(industry=code) if bundled_library().items[name].window.state(DAY).is_open}
    assert set(open_) == expected


@given(st.sampled_from(PLACES))
def test_a_place_has_its_own_and_what_the_levels_above_give(code: str) -> None:
    found = in_region(bundled_library(), code, DAY)
    assert {item.id for item in found.items} <= possible(region=code)
    assert all(regions.nested(code, item.document.region) for item in found.items)
    parent = regions.region(code).parent
    if parent is not None:
        assert {item.id for item in in_region(bundled_library(), parent, DAY).open} <= {item.id for item in found.open}


def test_what_only_a_part_of_a_place_offers_is_not_among_it() -> None:
    province = {item.document.region for item in in_region(bundled_library(), "610000", DAY).open}
    assert province == {"610000"}


BUILDING = Condition("industry", Operator.WITHIN, ("E",))
MINING_AND = Condition("industry", Operator.WITHIN, ("B", "3011"))
LISTED = Condition("entity_kind", Operator.IS, ("企业",))


@pytest.mark.parametrize(
    ("rule", "industry", "aim"),
    [
        (BUILDING, "E", Aim.AT_IT),
        (BUILDING, "47", Aim.AT_IT),
        (MINING_AND, "30", Aim.AT_A_PART),
        (MINING_AND, "C", Aim.AT_A_PART),
        (MINING_AND, "3011", Aim.AT_IT),
        (Any((BUILDING, LISTED)), "C", Aim.AT_OTHERS),
        (LISTED, "C", Aim.AT_ALL),
        (Not(BUILDING), "C", Aim.AT_ALL),
        (All((LISTED, Any((BUILDING, MINING_AND)))), "B", Aim.AT_IT),
    ],
)
def test_how_a_rule_speaks_to_an_industry(rule: Condition, industry: str, aim: Aim) -> None:
    assert aim_of(rule, industry) is aim


def test_the_last_day_counts_and_what_is_over_is_only_counted() -> None:
    item = made_up_item(LISTED, "fixed: 1万元", bundled())
    windows = {
        "a": Window(DAY, DAY),
        "b": Window(date(2024, 7, 1), None),
        "c": Window(date(2024, 1, 1), date(2024, 6, 29)),
    }
    items = {name: replace(item, id=name, window=window) for name, window in windows.items()}
    found = in_region(Library({}, items, bundled()), "610602", DAY)
    assert ([each.id for each in found.open], [each.id for each in found.not_yet], found.expired) == (["a"], ["b"], 1)


def test_tallies_name_the_highest_single_amount_and_add_up_nothing() -> None:
    written = ("fixed: 1万元", "fixed: 3万元", "{rate: 1%, of: revenue, year: last}", "{set_elsewhere: 奖励}")
    items = [replace(made_up_item(LISTED, each, bundled()), id=str(place)) for place, each in enumerate(written)]
    (tally,) = tallies(items)
    assert (tally.count, tally.highest, tally.unlimited, tally.unpriced) == (4, 3_000_000, 1, 1)
    assert tally.top is items[1]
    assert tallies([]) == ()


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(UnknownCode):
        in_region(bundled_library(), "619999", DAY)
    with pytest.raises(UnknownCode):
        in_industry(bundled_library(), "ZZ", DAY)


def test_what_was_found_out_is_remembered_for_a_library_and_a_day() -> None:
    library = bundled_library()
    assert in_industry(library, "E47", DAY) is in_industry(library, "47", DAY)
    assert in_region(library, "610602", DAY) is in_region(library, "610602", DAY)
    other = Library(library.documents, {}, library.dictionary)
    assert in_region(other, "610602", DAY).open == ()
    assert in_region(library, "610602", date(2030, 1, 1)).open != in_region(library, "610602", DAY).open
