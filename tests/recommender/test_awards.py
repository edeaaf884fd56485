"""Awards: exact where all is known, an interval that holds what comes out in the end where it is not."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from enterprises.dictionary import Kind, bundled
from enterprises.profiles import Observation, Profile, read_facts
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.source_text import from_plain
from policies.benefit_text import read_benefit
from policies.benefits import (
    Benefit,
    Bound,
    Brackets,
    Cases,
    ForEach,
    HighestOf,
    Per,
    Quantity,
    Range,
    Rate,
    Sum,
    Tiers,
    quantities,
)
from policies.rule_text import read_rule
from policies.rules import Operator, RelativeYear, Rule
from recommender.awards import Award, award
from recommender.evaluation import decide
from tests import strategies

DICTIONARY = bundled()
ON = date(2024, 6, 30)
ANYONE = {"not": {"operating_status": {"is": "注销"}}}


def worth(benefit: dict[str, Any], rule: dict[str, Any] | None = None, **facts: Any) -> Award:
    typed_rule = read_rule(from_plain(rule or ANYONE, "rule"), DICTIONARY)
    typed = read_benefit(from_plain(benefit, "benefit"), DICTIONARY, typed_rule)
    profile = read_facts(from_plain(facts, "facts"), DICTIONARY)
    return award(typed, typed_rule, EnterpriseOn(profile, ON, DICTIONARY))


def interval(benefit: dict[str, Any], rule: dict[str, Any] | None = None, **facts: Any) -> tuple[int, int | None]:
    found = worth(benefit, rule, **facts)
    return found.low, found.high


def parts(benefit: Benefit) -> Iterator[Benefit]:
    yield benefit
    match benefit:
        case Sum(several) | HighestOf(several):
            for part in several:
                yield from parts(part)
        case Cases(_, values):
            for _, part in values:
                yield from parts(part)
        case ForEach(_, part):
            yield from parts(part)


def discretionary(benefit: Benefit) -> bool:
    """Whether the text itself leaves the amount open."""
    return any(isinstance(p, Range) or (isinstance(p, Rate) and p.bound is not Bound.EXACT) for p in parts(benefit))


_OFTEN_INELIGIBLE = settings(
    max_examples=200, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
"""Many drawn enterprises are not eligible for the offer that was drawn."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rule, Benefit, Profile, Profile, date]:
    """An offer, a complete profile that is eligible for it, a part of that, and a day."""
    rule, benefit = draw(strategies.offers(DICTIONARY))
    on = draw(strategies.days)
    own = {quantity.fact for record, quantity in quantities(benefit) if record is None}
    complete = draw(strategies.complete_profiles(DICTIONARY, *strategies.names_of(rule, DICTIONARY, own)))
    assume(decide(rule, EnterpriseOn(complete, on, DICTIONARY)) is True)
    return rule, benefit, complete, draw(strategies.partial(complete, DICTIONARY)), on


@settings(_OFTEN_INELIGIBLE)
@given(cases())
def test_the_interval_holds_what_comes_out_in_the_end(case: tuple[Rule, Benefit, Profile, Profile, date]) -> None:
    rule, benefit, complete, partial, on = case
    final = award(benefit, rule, EnterpriseOn(complete, on, DICTIONARY))
    known = award(benefit, rule, EnterpriseOn(partial, on, DICTIONARY))
    (low, high), (final_low, final_high) = money(known), money(final)
    assert low <= final_low
    assert high is None or (final_high is not None and final_high <= high)


def money(found: Award) -> tuple[int, int | None]:
    """What an award brings in money; without a price, none."""
    return (found.low, found.high) if found.priced else (0, 0)


@settings(_OFTEN_INELIGIBLE)
@given(cases())
def test_an_award_is_exact_where_nothing_is_missing(case: tuple[Rule, Benefit, Profile, Profile, date]) -> None:
    rule, benefit, complete, partial, on = case
    for profile in (complete, partial):
        found = award(benefit, rule, EnterpriseOn(profile, on, DICTIONARY))
        assert {type(found.low), type(found.high)} <= {int, type(None)}
        assert found.high is None or 0 <= found.low <= found.high
        if found.priced and not found.missing and not discretionary(benefit):
            ratio = any(quantity.fact in ("revenue_growth", "rd_intensity") for _, quantity in quantities(benefit))
            assert found.exact or ratio  # growth and shares over nothing stay open, and nothing would settle them


@settings(_OFTEN_INELIGIBLE)
@given(st.data(), strategies.benefits({"revenue": DICTIONARY.facts["revenue"]}, depth=0), st.integers(0, 10**11))
def test_more_never_brings_less(data: st.DataObject, benefit: Benefit, less: int) -> None:
    """Rates, tiers and brackets grow with their basis."""
    assume(isinstance(benefit, (Rate, Brackets)) or (isinstance(benefit, Tiers) and not first_time(benefit)))
    amounts = [basis_pays(benefit, "revenue", figure) for figure in (less, less + data.draw(st.integers(0, 10**11)))]
    assert amounts == sorted(amounts)


def first_time(benefit: Tiers) -> bool:
    return benefit.operator is Operator.FIRST_REACHES


def basis_pays(benefit: Benefit, name: str, figure: int) -> int:
    year = None if DICTIONARY.facts[name].kind is Kind.COUNT else ON.year - 1
    profile = Profile().with_fact(name, Observation(figure), year)
    if DICTIONARY.facts[name].yearly:
        profile = profile.with_fact(name, Observation(figure), ON.year)
    return award(benefit, EVERYONE, EnterpriseOn(profile, ON, DICTIONARY)).low


EVERYONE = read_rule(from_plain(ANYONE, "rule"), DICTIONARY)


@given(st.integers(0, 10**8), st.integers(0, 10**4), st.none() | st.integers(0, 10**9), st.integers(0, 5000))
def test_more_heads_never_bring_less(amount: int, heads: int, cap: int | None, more: int) -> None:
    benefit = Per("人", amount, Quantity("employees"), cap)
    assert basis_pays(benefit, "employees", heads) <= basis_pays(benefit, "employees", heads + more)


@given(st.integers(0, 10**15), st.integers(1, 10**6), st.integers(1, 10**6))
def test_rates_are_exact_and_cut_off_to_the_fen(basis: int, above: int, below: int) -> None:
    rate = Fraction(above, below)
    benefit = Rate(rate, Quantity("revenue", RelativeYear.LAST))
    paid = basis_pays(benefit, "revenue", basis)
    assert paid <= basis * rate < paid + 1


# -------------------------------------------------------------------- the kinds, at their limits


@pytest.mark.parametrize(
    ("assets", "amount"),
    [
        ("0元", 100_00),
        ("999.99元", 100_00),
        ("1000元", 100_00),
        ("1000.09元", 100_00),
        ("1000.10元", 100_01),
        ("9999.99元", 999_99),
        ("1万元", 1000_00),
        ("10000.1元", 1000_00),
    ],
)
def test_rate_with_floor_and_cap(assets: str, amount: int) -> None:
    benefit = {"rate": "10%", "of": "total_assets", "floor": "100元", "cap": "1000元"}
    assert interval(benefit, total_assets=assets) == (amount, amount)
    assert interval(benefit) == (100_00, 1000_00)


@pytest.mark.parametrize(
    ("operator", "amounts"),
    [("at_least", (0, 1, 1, 1, 3, 3)), ("more_than", (0, 0, 1, 1, 1, 3))],
)
def test_tiers(operator: str, amounts: tuple[int, ...]) -> None:
    benefit = {"tiers": {"on": "employees", operator: {"10": "1元", "20": "3元"}}}
    found = tuple(worth(benefit, employees=count).low // 100 for count in (9, 10, 11, 19, 20, 21))
    assert found == amounts


def test_tiers_that_pay_each() -> None:
    benefit = {"tiers": {"on": "employees", "at_least": {"10": "1元", "20": "3元"}, "pay": "each"}}
    assert [worth(benefit, employees=count).low for count in (9, 10, 20)] == [0, 100, 400]
    assert interval(benefit) == (0, 400)


def test_tiers_on_growth_that_may_be_negative() -> None:
    """Unknown growth may be a fall: a tier at 0% is not reached for granted."""
    benefit = {"tiers": {"on": "revenue_growth", "at_least": {"0%": "1元", "10%": "2元"}}}
    assert interval(benefit) == (0, 200)
    assert interval(benefit, revenue={2022: "10元", 2023: "9元"}) == (0, 0)


def test_tiers_reached_for_the_first_time() -> None:
    benefit = {"tiers": {"on": "revenue", "first_reaches": {"10亿元": "10元", "30亿元": "30元"}}}
    assert interval(benefit, revenue={"before": "9亿元", 2023: "31亿元"}) == (3000, 3000)
    assert interval(benefit, revenue={"before": "11亿元", 2023: "31亿元"}) == (3000, 3000)
    assert interval(benefit, revenue={"before": "11亿元", 2023: "29亿元"}) == (0, 0)
    found = worth(benefit, revenue={2022: "11亿元", 2023: "31亿元"})
    assert (found.low, found.high, found.missing) == (0, 3000, (FactRef("revenue", "before_2022"),))


@pytest.mark.parametrize(
    ("revenue", "amount"),
    [("0元", 0), ("500万元", 50_000_00), ("500.01万元", 50_002_00), ("1000万元", 150_000_00), ("2000万元", 450_000_00)],
)
def test_brackets(revenue: str, amount: int) -> None:
    benefit = {"brackets": {"on": "revenue", "rates": {"500万元": "1%", "1000万元": "2%", "以上": "3%"}}}
    assert interval(benefit, revenue={2023: revenue}) == (amount, amount)
    assert interval(benefit) == (0, None)


def test_brackets_that_end() -> None:
    benefit = {"brackets": {"on": "revenue", "rates": {"500万元": "1%", "1000万元": "2%"}}}
    assert interval(benefit, revenue={2023: "2000万元"}) == (150_000_00, 150_000_00)
    assert interval(benefit) == (0, 150_000_00)


def test_a_rule_bounds_what_is_unknown() -> None:
    benefit = {"rate": "10%", "of": "total_assets"}
    rule = {"all": [{"total_assets": {"between": ["100元", "500元"]}}]}
    assert interval(benefit, rule) == (10_00, 50_00)
    assert interval(benefit, {"any": [{"total_assets": {"at_least": "100元"}}, {"employees": {"at_least": 1}}]}) == (
        0,
        None,
    )


def test_a_case_without_a_price_brings_no_money() -> None:
    benefit = {"cases": {"on": "ownership", "values": {"民营": "10元", "国有": {"service": "对接"}}}}
    assert interval(benefit) == (0, 1000)
    assert interval(benefit, ownership="民营") == (1000, 1000)
    assert interval(benefit, ownership="集体") == (0, 0)


def test_a_case_names_what_is_missing_inside_it_too() -> None:
    each = {"rate": "10%", "of": "total_assets", "cap": "10元"}
    benefit = {"cases": {"on": "size", "values": dict.fromkeys(("大型", "中型", "小型", "微型", "未划型"), each)}}
    assert FactRef("total_assets") in worth(benefit, industry="3011", employees=100).missing


PROJECT = {"any_record": {"of": "project", "where": {"fixed_asset_investment": {"at_least": "100元"}}}}
EACH = {"for_each": "project", "rate": "10%", "of": "fixed_asset_investment", "cap": "50元"}


def project(investment: str | None = None) -> dict[str, str]:
    return {"fixed_asset_investment": investment} if investment else {}


def test_for_each_record_that_is_accepted() -> None:
    assert interval(EACH, PROJECT, project=[project("99.99元"), project("100元"), project("1000元")]) == (6000, 6000)
    found = worth(EACH, PROJECT, project=[project("100元"), project("1000元")])
    assert [(share.low, share.high, share.record, share.number) for share in found.shares] == [
        (1000, 1000, "project", 0),
        (5000, 5000, "project", 1),
    ]


def test_for_each_record_of_which_something_is_unknown() -> None:
    assert interval(EACH, PROJECT, project=[project("100元"), project()]) == (1000, 6000)
    assert interval(EACH, PROJECT, project=[project()]) == (1000, 5000)
    assert interval(EACH, PROJECT) == (1000, None)
    two = {"any_record": {**PROJECT["any_record"], "at_least": 2}}
    assert interval(EACH, two) == (2000, None)


def test_what_leaves_a_record_open_is_missing_from_the_award() -> None:
    rule = {"any_record": {"of": "project", "where": {"kind": {"is": "新建"}}}}
    found = worth(EACH, rule, project=[{"kind": "新建", **project("100元")}, project("100元")])
    assert (found.low, found.high) == (1000, 2000)
    assert found.missing == (FactRef("kind", None, "project", 1),)


def test_no_record_of_what_has_no_price() -> None:
    either = {"any": [PROJECT, {"ownership": {"is": "民营"}}]}
    assert not worth({"for_each": "project", "service": "对接"}, either, project=[], ownership="民营").priced
    assert worth(EACH, either, project=[], ownership="民营").priced


def test_a_record_is_not_taken_for_granted_where_the_rule_does_not_demand_it() -> None:
    either = {"any": [PROJECT, {"ownership": {"is": "民营"}}]}
    assert interval(EACH, either, project=[project()], ownership="民营") == (0, 5000)
    assert interval(EACH, either, ownership="民营") == (0, None)


def test_a_record_that_must_not_be_is_not_paid_for() -> None:
    rule = {"all": [PROJECT, {"not": {"any_record": {"of": "project", "where": {"kind": {"is": "其他"}}}}}]}
    assert interval(EACH, rule, project=[{"kind": "新建", **project("200元")}]) == (2000, 2000)


def test_sums_and_the_highest() -> None:
    two = [{"fixed": "10元"}, {"range": ["5元", "20元"]}]
    assert interval({"all": two}) == (1500, 3000)
    assert interval({"highest_of": two}) == (1000, 2000)
    assert interval({"years": ["5元", "3元"]}) == (800, 800)


def test_what_has_no_price() -> None:
    for benefit in ({"service": "对接"}, {"waived": "工本费"}, {"set_elsewhere": "奖励金额", "by": "市级细则"}):
        found = worth(benefit)
        assert not found.priced
        assert found.unpriced
    assert worth({"all": [{"service": "对接"}, {"fixed": "1元"}]}).priced
