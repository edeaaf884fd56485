"""What an item would do to a population: every number is what deciding each enterprise on its own gives."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any as Plain
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from enterprises.dictionary import Value, bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile, Series
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from policies.benefits import Benefit, Fixed, ForEach, HighestOf, Pay, Per, Quantity, Rate, SetElsewhere, Sum, Tiers
from policies.items import Category, Item
from policies.library import bundled_library
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.awards import award
from recommender.evaluation import decide
from recommender.match import GONE, bars_the_gone
from recommender.simulation import as_json, curves
from recommender.simulation.as_json import to_plain, to_text
from recommender.simulation.contradictions import contradictions
from recommender.simulation.costs import Cost
from recommender.simulation.levers import levers, moved
from recommender.simulation.overlaps import Said, excludes, said_of
from recommender.simulation.reach import Simulation, simulate
from tests.made_up_item import made_up_item
from tests.strategies import any_records, benefits, combined, complete_profiles, days, names_of, partial, rules

DICTIONARY = bundled()
LIBRARY = bundled_library()
WAN = 10**6
LAST = RelativeYear.LAST


def an_item(rule: Rule, benefit: Benefit) -> Item:
    return replace(made_up_item(rule, "{fixed: 1万元}", DICTIONARY), benefit=benefit)


def simulated(profiles: Sequence[Profile], item: Item, on: date = SAMPLE_DAY, **more: Plain) -> Simulation:
    """Over two parts, where there are enterprises for two."""
    with tempfile.TemporaryDirectory() as folder:
        with PopulationWriter(Path(folder), made_up=True, part_rows=max(len(profiles) // 2, 1)) as writer:
            writer.write(table_of([replace(profile, name="示例") for profile in profiles], DICTIONARY))
        return simulate(Population.open(Path(folder), DICTIONARY), item, on, workers=1, **more)


def one_by_one(profiles: Sequence[Profile], item: Item, on: date) -> Cost:
    """The cost as the readable evaluator has it."""
    total = Cost()
    for profile in profiles:
        subject = EnterpriseOn(profile, on, DICTIONARY)
        truth = decide(item.rule, subject)
        if truth is False or (bars_the_gone(item.rule) and decide(GONE, subject) is True):
            continue
        worth = award(item.benefit, item.rule, subject)
        high = worth.low if worth.high is None else worth.high
        unbounded, unpriced = int(worth.priced and worth.high is None), int(not worth.priced)
        low, high = (worth.low, high) if worth.priced else (0, 0)
        total += (
            Cost(1, low, high, unbounded, unpriced)
            if truth
            else Cost(undetermined=1, could_add=high, could_unbounded=unbounded, could_unpriced=unpriced)
        )
    return total


def near(value: Value) -> list[Value]:
    """A threshold, just below it and just above it."""
    if isinstance(value, date):
        return [value - timedelta(days=1), value, value + timedelta(days=1)]
    if isinstance(value, Fraction):
        return [value - Fraction(1, 1000), value, value + Fraction(1, 1000)]
    assert isinstance(value, int)
    return [max(value - 1, 1), value, value + 1]


@given(st.data())
def test_every_point_of_every_curve_is_a_full_decision_with_that_threshold(data: st.DataObject) -> None:
    rule = data.draw(rules(DICTIONARY, most=4))
    benefit = data.draw(benefits(DICTIONARY.facts))
    kind = DICTIONARY.records[data.draw(st.sampled_from(sorted(DICTIONARY.records)))]
    if data.draw(st.booleans()):
        asked = data.draw(any_records(kind))
        others = [part for part in (rule,) if not _asks(part, kind.name)]
        rule, each = All((*others, asked)), ForEach(kind.name, data.draw(benefits(kind.fields)))
        benefit = each if data.draw(st.booleans()) else Sum((each, benefit))
    item = an_item(rule, benefit)
    found = levers(item, DICTIONARY)
    assume(found)
    lever = data.draw(st.sampled_from(found))
    on = data.draw(days)
    # The lever's own figure, so that it is often known.
    facts, kinds = names_of(rule, DICTIONARY, ["revenue"])
    facts |= {lever.fact} if lever.record is None and DICTIONARY.facts[lever.fact].formula is None else set()
    whole = [data.draw(complete_profiles(DICTIONARY, facts, kinds)) for _ in range(data.draw(st.integers(1, 3)))]
    profiles = [*whole, *(data.draw(partial(profile, DICTIONARY)) for profile in whole), Profile()]
    simulation = simulated(profiles, item, on, levers=[lever])
    assert simulation.cost == one_by_one(profiles, item, on)
    values = set(near(lever.present))
    curve = simulation.warm.curve(lever, values | set(simulation.warm.values(lever)[::7]))
    for point in curve.points:
        wanted = one_by_one(profiles, moved(item, lever, point.value), on)
        assert point.cost == wanted, (lever, point.value)


def _asks(rule: Rule, kind: str) -> bool:
    match rule:
        case AnyRecord(of):
            return of == kind
        case All(parts) | Any(parts) | Some(_, parts):
            return any(_asks(part, kind) for part in parts)
        case Not(part):
            return _asks(part, kind)
        case _:
            return False


# What is compared in the rule is what the benefit is computed from, and the tier moves with the condition.
_THRESHOLDS = st.integers(1, 5)
_OPERATORS = st.sampled_from([Operator.AT_LEAST, Operator.MORE_THAN, Operator.FIRST_REACHES])
_REVENUE = Quantity("revenue", LAST)


@st.composite
def entangled(draw: st.DrawFn) -> Item:
    """An item whose rule and benefit look at the same few revenues."""
    steps = sorted(draw(st.sets(_THRESHOLDS, min_size=1, max_size=3)))
    operator = draw(_OPERATORS)
    tiers = Tiers(_REVENUE, operator, tuple((step, 10 * step) for step in steps), draw(st.sampled_from(Pay)))
    leaves: list[Rule] = [
        Condition("revenue", operator, tuple(steps) if operator is Operator.FIRST_REACHES else (steps[0],), LAST),
        Condition("revenue", Operator.AT_LEAST, (draw(_THRESHOLDS),), LAST),
        Condition("revenue", Operator.BETWEEN, (2, draw(st.integers(3, 5))), LAST),
        Condition("revenue", Operator.LESS_THAN, (draw(_THRESHOLDS),), LAST),
        Condition("ownership", Operator.IS, ("民营",)),
    ]
    rule = draw(combined(st.sampled_from(leaves), most=4))
    rate = Rate(Fraction(draw(st.integers(1, 20)), 10), _REVENUE, cap=draw(st.none() | st.integers(0, 9)))
    heads = Per("人", 3, Quantity("employees"))
    whole: list[Benefit] = [tiers, rate, Sum((tiers, rate)), HighestOf((rate, tiers)), Sum((rate, heads)), Fixed(7)]
    return an_item(rule, draw(st.sampled_from(whole)))


@st.composite
def small_profiles(draw: st.DrawFn) -> Profile:
    """Enterprises of a few years and small revenues, of whom more or less is known."""
    years = draw(st.dictionaries(st.integers(2021, 2023), st.integers(0, 6), max_size=3))
    before = draw(st.none() | st.integers(0, 6))
    series = Series(
        {year: Observation(revenue) for year, revenue in years.items()},
        None if before is None else Observation(before),
        None if before is None else min(years, default=2024),
    )
    known = {
        "registered_on": draw(st.none() | st.just(date(2021, 3, 1))),
        "ownership": draw(st.none() | st.sampled_from(["民营", "国有"])),
        "employees": draw(st.none() | st.integers(0, 9)),
        "operating_status": draw(st.sampled_from([None, None, None, "注销"])),
    }
    facts = {name: Observation(value) for name, value in known.items() if value is not None}
    return Profile(facts=facts, series={"revenue": series} if years or before is not None else {})


@given(entangled(), st.lists(small_profiles(), min_size=1, max_size=8))
def test_the_benefit_may_look_at_the_figure_that_moves(item: Item, profiles: Sequence[Profile]) -> None:
    found = levers(item, DICTIONARY)
    assume(found)
    with patch.object(curves, "_BLOCK", 2):
        simulation = simulated(profiles, item, levers=found)
        drawn = [simulation.warm.curve(lever, range(1, 8)) for lever in found]
    assert simulation.cost == one_by_one(profiles, item, SAMPLE_DAY)
    for lever, curve in zip(found, drawn, strict=True):
        for point in curve.points:
            wanted = one_by_one(profiles, moved(item, lever, point.value), SAMPLE_DAY)
            assert point.cost == wanted, (lever, point.value)


# ------------------------------------------------------------------------------------------ levers


PRIVATE = Condition("ownership", Operator.IS, ("民营",))
YANAN = Condition("region", Operator.WITHIN, ("610600",))


def revenue(operator: Operator, *limits: int) -> Condition:
    return Condition("revenue", operator, limits, LAST)


def test_a_number_in_the_rule_and_in_a_tier_is_one_lever_and_moves_as_one() -> None:
    item = LIBRARY.items["yanan-2023-private-economy.33"]
    first = levers(item, DICTIONARY)[0]
    assert [lever.present for lever in levers(item, DICTIONARY)] == [
        billions * 10**11 for billions in (1, 3, 5, 10)
    ]  # 10, 30, 50, 100 亿元
    lowered = moved(item, first, 8 * 10**10)
    assert lowered.rule.parts[-1].operands[0] == 8 * 10**10  # type: ignore[union-attr]
    assert lowered.benefit.steps[0] == (8 * 10**10, 10 * WAN)  # type: ignore[union-attr]
    assert moved(lowered, levers(lowered, DICTIONARY)[0], first.present) == item


def test_both_ends_of_between_and_fields_of_records_are_levers() -> None:
    investment = Condition("fixed_asset_investment", Operator.AT_LEAST, (100 * WAN,))
    rule = All((revenue(Operator.BETWEEN, 5, 9), AnyRecord("project", investment), PRIVATE))
    found = levers(an_item(rule, Fixed(1)), DICTIONARY)
    assert [(lever.name, lever.operator, lever.present) for lever in found] == [
        ("revenue", Operator.AT_LEAST, 5),
        ("revenue", Operator.AT_MOST, 9),
        ("project.fixed_asset_investment", Operator.AT_LEAST, 100 * WAN),
    ]


@pytest.mark.parametrize("lever_name", ["revenue", "project.fixed_asset_investment"])
def test_thresholds_worth_a_look_hold_the_present_one_and_are_at_most_fifty(lever_name: str) -> None:
    for item in LIBRARY.published:
        found = [lever for lever in levers(item, DICTIONARY) if lever.name == lever_name]
        simulation = simulated(samples(), item, levers=found)
        for lever in found:
            values = simulation.warm.values(lever)
            assert lever.present in values
            assert len(values) <= 50
            assert list(values) == sorted(set(values))


# ------------------------------------------------------------------------------- who, and how much


def profile(**facts: Plain) -> Profile:
    series = {"revenue": Series({2023: Observation(facts.pop("revenue"))})} if "revenue" in facts else {}
    return Profile(facts={name: Observation(value) for name, value in facts.items()}, series=series)


def test_groups_are_parts_of_the_whole_and_the_unknown_are_one_of_them() -> None:
    whole = simulated(samples(), LIBRARY.items["yanan-2023-private-economy.15"])
    for groups in whole.groups.values():
        assert sum((group.cost for group in groups), Cost()) == whole.cost
        assert sum(group.enterprises for group in groups) == whole.enterprises


def test_by_city_and_county_by_section_and_division() -> None:
    profiles = [
        profile(region="610602", industry="1311", ownership="民营"),
        profile(region="610600", industry="C", ownership="国有"),
        profile(ownership="民营"),
    ]
    groups = simulated(profiles, an_item(PRIVATE, Fixed(5))).groups
    found = {name: {group.key: (group.enterprises, group.cost.low) for group in groups[name]} for name in groups}
    assert found["city"] == {"610600": (2, 5), None: (1, 5)}
    assert found["county"] == {"610602": (1, 5), "610600": (1, 0), None: (1, 5)}
    assert found["section"] == {"C": (2, 5), None: (1, 5)}
    assert found["division"] == {"13": (1, 5), "C": (1, 0), None: (1, 5)}
    assert found["size"] == {None: (3, 10)}


def test_who_is_known_to_be_gone_is_in_no_number() -> None:
    profiles = [profile(ownership="民营", operating_status=status) for status in ("注销", "吊销未注销", "存续")]
    simulation = simulated(profiles, an_item(PRIVATE, Fixed(5)))
    assert (simulation.gone, simulation.enterprises, simulation.cost) == (2, 1, Cost(eligible=1, low=5, high=5))
    asked = an_item(GONE, Fixed(5))
    assert simulated(profiles, asked).cost == Cost(eligible=2, low=10, high=10)


def test_what_nothing_bounds_and_what_has_no_price_is_said() -> None:
    known, unknown = profile(ownership="民营", revenue=200), profile(ownership="民营")
    rate = Rate(Fraction(1, 10), _REVENUE)
    assert simulated([known, unknown], an_item(PRIVATE, rate)).cost == Cost(2, 20, 20, unbounded=1)
    elsewhere = simulated([known], an_item(PRIVATE, Sum((Fixed(5), SetElsewhere("奖励金额")))))
    assert elsewhere.set_elsewhere
    assert elsewhere.cost == Cost(1, 5, 5)
    assert simulated([known], an_item(PRIVATE, SetElsewhere("奖励金额"))).cost == Cost(1, unpriced=1)


def test_several_threads_find_the_same() -> None:
    item = LIBRARY.items["yanan-2023-private-economy.15"]
    with tempfile.TemporaryDirectory() as folder:
        with PopulationWriter(Path(folder), made_up=True, part_rows=2) as writer:
            writer.write(table_of(samples(), DICTIONARY))
        opened = Population.open(Path(folder), DICTIONARY)
        one, four = (simulate(opened, item, SAMPLE_DAY, library=LIBRARY, workers=workers) for workers in (1, 4))
        assert to_plain(one, ()) == to_plain(four, ())


# --------------------------------------------------------------------------------- funnel, overlap


def test_the_funnel_names_the_tightest_condition_and_what_nobody_meets() -> None:
    rich = revenue(Operator.AT_LEAST, 1000)
    nowhere = Condition("region", Operator.WITHIN, ("610800",))
    rule = All((PRIVATE, All((rich, Any((YANAN, nowhere))))))
    profiles = [profile(region="610602", ownership="民营", revenue=10) for _ in range(3)]
    profiles += [profile(region="610602", ownership="国有", revenue=1000)]
    funnel = simulated(profiles, an_item(rule, Fixed(1))).funnel
    assert [step.rule for step in funnel.steps] == [PRIVATE, rich, Any((YANAN, nowhere))]
    assert [step.left for step in funnel.steps] == [(3, 0), (0, 0), (0, 0)]
    assert [step.without for step in funnel.steps] == [(1, 0), (3, 0), (0, 0)]
    assert funnel.tightest is not None
    assert funnel.tightest.rule == rich
    assert nowhere in funnel.unmet
    assert rule in funnel.unmet
    assert rich not in funnel.unmet


def test_overlaps_are_those_who_are_eligible_for_both() -> None:
    item = LIBRARY.items["yanan-2023-private-economy.15"]
    subjects = [EnterpriseOn(each, SAMPLE_DAY, DICTIONARY) for each in samples()]
    found = {each.item.id: each for each in simulated(samples(), item, library=LIBRARY).overlaps}
    assert item.id not in found
    assert found
    for other in LIBRARY.published:
        pairs = [(decide(item.rule, subject), decide(other.rule, subject)) for subject in subjects]
        both = sum(pair == (True, True) for pair in pairs)
        possibly = sum(False not in pair for pair in pairs)
        if other.id != item.id and possibly and other.window.state(SAMPLE_DAY).is_open:
            assert (found[other.id].both, found[other.id].possibly) == (both, possibly)
        else:
            assert other.id not in found


def test_a_statement_of_either_item_that_covers_the_other_is_said() -> None:
    one, other = an_item(PRIVATE, Fixed(1)), replace(an_item(PRIVATE, Fixed(1)), id="d.2")
    highest = Stacking(StackingOperator.HIGHEST, StackingObject.ENTERPRISE, Reach.ITEMS, (one.id,))
    adds = Stacking(StackingOperator.SUM, StackingObject.ENTERPRISE, Reach.DOCUMENT)
    elsewhere = Stacking(StackingOperator.HIGHEST, StackingObject.ENTERPRISE, Reach.OTHER_DOCUMENTS)
    binding = replace(other, stacking=(highest, elsewhere))
    assert said_of(one, other) == ()
    assert said_of(one, binding) == (Said(binding, highest),)
    assert excludes(said_of(one, binding))
    assert not excludes(said_of(replace(one, stacking=(adds,)), other))
    alike = replace(adds, alike=True)
    assert said_of(replace(one, stacking=(alike,)), replace(other, category=Category.SERVICE)) == ()


# ------------------------------------------------------------------------------------------ change


def test_a_change_says_who_is_gained_and_who_is_lost_by_region_and_what_it_costs() -> None:
    before = an_item(All((PRIVATE, revenue(Operator.AT_LEAST, 10))), Fixed(5))
    after = an_item(All((YANAN, revenue(Operator.AT_LEAST, 8))), Fixed(4))
    profiles = [
        profile(region="610602", ownership="民营", revenue=10),
        profile(region="610602", ownership="国有", revenue=8),
        profile(region="610802", ownership="民营", revenue=10),
        profile(region="610802", ownership="民营", revenue=9),
        profile(region="610602", ownership="民营"),
    ]
    change = simulated(profiles, after, before=before).change
    assert change is not None
    assert (change.total.kept, change.total.gained, change.total.lost) == (1, 1, 1)
    assert change.total.before == one_by_one(profiles, before, SAMPLE_DAY)
    assert change.total.after == one_by_one(profiles, after, SAMPLE_DAY)
    by_county = {shift.key: (shift.kept, shift.gained, shift.lost) for shift in change.by_county}
    assert by_county == {"610602": (1, 1, 0), "610802": (0, 0, 1)}


# ---------------------------------------------------------------------------------- contradictions


def dead(rule: Rule) -> list[tuple[set[Rule], bool]]:
    findings = contradictions(rule, SAMPLE_DAY, DICTIONARY)
    assert findings.complete
    return [(set(each.parts), each.whole) for each in findings.found]


YULIN = Condition("region", Operator.WITHIN, ("610800",))
STATE = Condition("ownership", Operator.IS, ("国有",))
FARMING = Condition("industry", Operator.WITHIN, ("A",))


@pytest.mark.parametrize(
    "parts",
    [
        (PRIVATE, STATE),
        (YANAN, YULIN),
        (FARMING, Condition("industry", Operator.WITHIN, ("13",))),
        (revenue(Operator.AT_LEAST, 10), revenue(Operator.LESS_THAN, 10)),
        (revenue(Operator.MORE_THAN, 9), revenue(Operator.LESS_THAN, 10)),
        (PRIVATE, Not(PRIVATE)),
        (revenue(Operator.FIRST_REACHES, 10, 20), revenue(Operator.LESS_THAN, 10)),
        (
            Condition("years_registered", Operator.AT_LEAST, (5,)),
            Condition("registered_on", Operator.SINCE, (date(2019, 7, 1),)),
        ),
        (
            Condition("revenue", Operator.GREW_BY, (Fraction(1, 5),), LAST),
            Condition("revenue_growth", Operator.LESS_THAN, (Fraction(1, 5),), LAST),
        ),
    ],
    ids=str,
)
def test_what_excludes_each_other_is_found_and_nothing_else_is_named(parts: tuple[Rule, ...]) -> None:
    bystander = Condition("entity_kind", Operator.IS, ("企业",))
    assert dead(All((bystander, *parts))) == [(set(parts), True)]
    # As one of several ways it is only a dead branch.
    assert dead(Any((bystander, All(parts)))) == [(set(parts), False)]


@pytest.mark.parametrize(
    "rule",
    [
        All((revenue(Operator.AT_LEAST, 10), revenue(Operator.LESS_THAN, 11))),
        All((YANAN, Condition("region", Operator.WITHIN, ("610602",)))),
        All((revenue(Operator.AT_LEAST, 10), Condition("revenue", Operator.LESS_THAN, (10,), 2020))),
        All((Condition("zones", Operator.HAS, (DICTIONARY.facts["zones"].values[0],)), PRIVATE)),
        All(
            (
                Condition("years_registered", Operator.AT_LEAST, (5,)),
                Condition("registered_on", Operator.SINCE, (date(2019, 6, 30),)),
            )
        ),
        All((revenue(Operator.FIRST_REACHES, 10, 20), revenue(Operator.LESS_THAN, 11))),
    ],
    ids=str,
)
def test_what_only_just_goes_together_is_no_contradiction(rule: Rule) -> None:
    assert dead(rule) == []


def test_a_branch_that_contradicts_what_is_demanded_besides_is_dead() -> None:
    assert dead(All((YANAN, Any((YULIN, PRIVATE))))) == [({YANAN, YULIN}, False)]


def test_records_contradict_themselves_one_at_a_time() -> None:
    kind = DICTIONARY.records["project"].fields["kind"]
    new, old = (Condition("kind", Operator.IS, (value,)) for value in kind.values[:2])
    assert dead(All((AnyRecord("project", new), AnyRecord("project", old)))) == []
    (found,) = contradictions(AnyRecord("project", All((new, old))), SAMPLE_DAY, DICTIONARY).found
    assert (set(found.parts), found.record, found.whole) == ({new, old}, "project", True)


def test_more_than_the_dictionary_holds_for_plausible_is_out_of_reach() -> None:
    most = DICTIONARY.facts["employees"].high
    assert isinstance(most, int)
    assert dead(Condition("employees", Operator.AT_LEAST, (most,))) == []
    above = Condition("employees", Operator.MORE_THAN, (most,))
    assert dead(above) == [({above}, True)]


def test_no_published_item_contradicts_itself() -> None:
    for item in LIBRARY.published:
        assert dead(item.rule) == [], item.id


@given(st.data())
def test_what_somebody_meets_is_never_called_impossible(data: st.DataObject) -> None:
    rule = data.draw(rules(DICTIONARY, most=5))
    on = data.draw(days)
    someone = data.draw(complete_profiles(DICTIONARY, *names_of(rule, DICTIONARY)))
    if decide(rule, EnterpriseOn(someone, on, DICTIONARY)) is True:
        found = contradictions(rule, on, DICTIONARY).found
        assert not [each for each in found if each.whole]


def test_too_many_ways_are_said_to_be_undecided() -> None:
    pairs = [Any((revenue(Operator.IS, number), revenue(Operator.IS, number + 1))) for number in range(0, 60, 3)]
    findings = contradictions(All(tuple(pairs)), SAMPLE_DAY, DICTIONARY)
    assert findings.found or not findings.complete


# -------------------------------------------------------------------------------------------- JSON


def test_json_holds_whole_fen_and_every_key_that_is_documented() -> None:
    item = LIBRARY.items["yanan-2023-private-economy.15"]
    simulation = simulated(samples(), item, library=LIBRARY, levers=levers(item, DICTIONARY))
    plain = json.loads(to_text(simulation, [simulation.warm.curve(lever) for lever in simulation.warm.levers]))
    for name in plain.keys() - {"format"}:
        assert f"``{name}``" in (as_json.__doc__ or "")
    for name in plain["result"].keys() - {"set_elsewhere"}:
        assert f"``{name}``" in (as_json.__doc__ or "")
        assert type(plain["result"][name]) is int
    (curve,) = plain["curves"]
    assert curve["present"] == 100 * WAN
    (present,) = [point for point in curve["points"] if point["value"] == curve["present"]]
    assert {name: present[name] for name in Cost.__dataclass_fields__} == {
        name: plain["result"][name] for name in Cost.__dataclass_fields__
    }
