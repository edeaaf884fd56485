"""The layers that officials use: each at its bounds, and never a no where somebody has only not been told."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import Observation, Profile, Series, read_facts
from enterprises.readings import FactRef
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import from_plain
from enterprises.tiers import NEAR, RegisterChange, Standing, Tier, register_change, standings
from tests import strategies

DICTIONARY = bundled()
ON = date(2024, 6, 30)


def facts(**plain: Any) -> Profile:
    return read_facts(from_plain(plain, "x"), DICTIONARY)


def standing(tier: Tier, **plain: Any) -> Standing:
    (found,) = (each for each in standings(facts(**plain), ON, DICTIONARY) if each.tier is tier)
    return found


def answer(tier: Tier, **plain: Any) -> bool | None:
    return standing(tier, **plain).answer


def test_of_an_enterprise_of_which_nothing_is_known_no_tier_is_known_and_all_say_what_is_missing() -> None:
    found = standings(Profile(), ON, DICTIONARY)
    assert [each.tier for each in found] == list(Tier)
    assert {each.answer for each in found} == {None}
    assert all(each.missing and each.reason for each in found)


def test_every_tier_says_who_belongs_to_it() -> None:
    assert all(tier.definition for tier in Tier)


# ----------------------------------------------------------------------- 五上

FIVE = Tier.FIVE_ABOVE


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"five_above": "是"}, True),
        ({"five_above": "否"}, False),
        ({"five_above_status": "在库"}, True),
        ({"five_above_status": "新入库"}, True),
        ({"five_above_status": "准“五上”"}, False),
        ({"five_above_status": "退库"}, False),
        ({"five_above_status": "未入库"}, False),
        ({"five_above": "是", "five_above_status": "在库"}, True),
        ({"five_above": "否", "five_above_status": "退库"}, False),
        ({"five_above": "是", "five_above_status": "退库"}, None),
        ({"five_above": "否", "five_above_status": "新入库"}, None),
    ],
)
def test_the_statistical_register_is_what_either_fact_says_unless_they_contradict(
    plain: dict[str, Any], expected: bool | None
) -> None:
    found = standing(FIVE, **plain)
    assert found.answer is expected
    assert found.missing == ((FactRef("five_above_status"), FactRef("five_above")) if expected is None else ())


def test_revenue_does_not_make_an_enterprise_registered() -> None:
    assert answer(FIVE, industry="3511", revenue={"2023": "10亿元"}) is None


NEARLY = Tier.NEARLY_FIVE_ABOVE
INDUSTRY = {"industry": "3511", "five_above_status": "未入库"}


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [("1599.9999万元", False), ("1600万元", True), ("1600.0001万元", True), ("2000万元", True), ("3亿元", True)],
)
def test_nearly_five_above_begins_a_fifth_below_the_floor_of_the_industry(revenue: str, expected: bool) -> None:
    assert NEAR * 2000 == 1600
    assert answer(NEARLY, **INDUSTRY, revenue={"2023": revenue}) is expected


def test_only_the_last_full_year_counts_and_without_it_the_answer_is_open() -> None:
    found = standing(NEARLY, **INDUSTRY, revenue={"2022": "3000万元"})
    assert (found.answer, found.missing) == (None, (FactRef("revenue", 2023),))


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"five_above_status": "准“五上”"}, True),
        ({"five_above_status": "准“五上”", "revenue": {"2023": "1元"}, "industry": "3511"}, True),
        ({"five_above_status": "在库", "revenue": {"2023": "1900万元"}, "industry": "3511"}, False),
        ({"five_above_status": "退库", "revenue": {"2023": "1900万元"}, "industry": "3511"}, True),
        ({"five_above": "否", "revenue": {"2023": "1900万元"}, "industry": "3511"}, True),
        ({"five_above": "否", "revenue": {"2023": "1万元"}, "industry": "3511"}, None),
        ({"revenue": {"2023": "1900万元"}, "industry": "3511"}, None),
        ({"five_above": "是"}, False),
        ({"five_above_status": "准“五上”", "operating_status": "注销"}, False),
        ({"five_above_status": "准“五上”", "operating_status": "存续"}, True),
    ],
)
def test_nearly_five_above_is_not_yet_in_and_either_listed_or_near(
    plain: dict[str, Any], expected: bool | None
) -> None:
    assert answer(NEARLY, **plain) is expected


@pytest.mark.parametrize(
    ("industry", "revenue", "expected", "missing"),
    [
        ("F", "1599万元", None, [FactRef("industry")]),  # wholesale from 2000万元, retail from 500万元
        ("F", "2000万元", True, []),
        ("F", "399万元", False, []),
        ("47", "1亿元", False, []),  # construction goes by qualification
        ("01", "1亿元", False, []),  # farming is never counted
    ],
)
def test_an_industry_may_leave_it_open_and_then_it_is_named(
    industry: str, revenue: str, expected: bool | None, missing: list[FactRef]
) -> None:
    known = {"five_above_status": "未入库", "industry": industry, "revenue": {"2023": revenue}}
    found = standing(NEARLY, **known)
    assert (found.answer, list(found.missing)) == (expected, missing)


def test_those_who_have_left_the_register_have_a_tier_of_their_own() -> None:
    assert answer(Tier.LEFT_FIVE_ABOVE, five_above_status="退库") is True
    assert answer(Tier.LEFT_FIVE_ABOVE, five_above_status="在库") is False
    assert answer(Tier.LEFT_FIVE_ABOVE, five_above="否") is None


# --------------------------------------------------------------------- 个转企

INDIVIDUAL = {"entity_kind": "个体工商户"}


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"entity_kind": "企业"}, False),
        ({"matters": ["个体工商户转企业"]}, None),
        ({**INDIVIDUAL, "matters": ["个体工商户转企业"]}, True),
        ({**INDIVIDUAL, "matters": ["融资"]}, None),
        ({**INDIVIDUAL, "matters": [], "industry": "62", "revenue": {"2023": "199.99万元"}}, False),
        ({**INDIVIDUAL, "matters": [], "industry": "62", "revenue": {"2023": "200万元"}}, True),
        ({**INDIVIDUAL, "industry": "62", "revenue": {"2023": "200万元"}}, True),
        ({**INDIVIDUAL, "industry": "62", "revenue": {"2023": "1万元"}}, None),
        ({**INDIVIDUAL, "matters": ["个体工商户转企业"], "operating_status": "吊销未注销"}, False),
    ],
)
def test_an_individual_business_becomes_an_enterprise_by_will_or_by_size(
    plain: dict[str, Any], expected: bool | None
) -> None:
    assert answer(Tier.BECOMING_ENTERPRISE, **plain) is expected


# ------------------------------------------------------------------- 专精特新

GIANT = {"title": "专精特新“小巨人”企业", "in_force": "是"}
SMALL = {"title": "专精特新中小企业", "in_force": "是"}


@pytest.mark.parametrize(
    ("tier", "records", "expected"),
    [
        (Tier.LITTLE_GIANT, [], False),
        (Tier.LITTLE_GIANT, [GIANT], True),
        (Tier.LITTLE_GIANT, [{**GIANT, "in_force": "否"}], False),
        (Tier.LITTLE_GIANT, [{"title": "专精特新“小巨人”企业"}], None),
        (Tier.LITTLE_GIANT, [{"in_force": "是"}], None),
        (Tier.LITTLE_GIANT, [{"in_force": "否"}], False),
        (Tier.LITTLE_GIANT, [SMALL], False),
        (Tier.LITTLE_GIANT, [SMALL, GIANT], True),
        (Tier.SPECIALISED, [GIANT], True),
        (Tier.SPECIALISED, [{**SMALL, "level": "省级"}], True),
        (Tier.SPECIALISED, [{**SMALL, "level": "市级"}], False),
        (Tier.SPECIALISED, [SMALL], None),
        (Tier.CITY_SPECIALISED, [{**SMALL, "level": "市级"}], True),
        (Tier.CITY_SPECIALISED, [{**SMALL, "level": "省级"}], False),
        (Tier.HIGH_TECHNOLOGY, [{"title": "高新技术企业", "in_force": "是"}], True),
        (Tier.TECHNOLOGY_SME, [{"title": "科技型中小企业", "in_force": "是"}], True),
        (Tier.TECHNOLOGY_SME, [{"title": "绿色工厂", "in_force": "是"}], False),
    ],
)
def test_a_recognition_counts_while_it_is_in_force_and_of_the_level(
    tier: Tier, records: list[dict[str, str]], expected: bool | None
) -> None:
    found = standing(tier, recognition=records)
    assert found.answer is expected
    assert bool(found.missing) is (expected is None)


def test_where_it_is_not_known_which_recognitions_there_are_the_list_is_missing() -> None:
    assert standing(Tier.LITTLE_GIANT).missing == (FactRef("recognition"),)


# -------------------------------------------------------------------- entering and leaving


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("未入库", "新入库", RegisterChange.ENTERED),
        ("准“五上”", "在库", RegisterChange.ENTERED),
        ("在库", "退库", RegisterChange.LEFT),
        ("在库", "在库", RegisterChange.NONE),
        ("退库", "未入库", RegisterChange.NONE),
        (None, "在库", RegisterChange.UNKNOWN),
        (None, "新入库", RegisterChange.ENTERED),
        (None, "退库", RegisterChange.LEFT),
        ("在库", None, RegisterChange.UNKNOWN),
    ],
)
def test_who_has_entered_or_left_the_register_between_two_days(
    before: str | None, after: str | None, expected: RegisterChange
) -> None:
    then, now = (None if status is None else facts(five_above_status=status) for status in (before, after))
    assert register_change(then, now, DICTIONARY) is expected
    assert register_change(then or Profile(), now or Profile(), DICTIONARY) is expected


# ----------------------------------------------------------------------- any profile

_FACTS = {"industry", "revenue", "entity_kind", "matters", "five_above_status", "operating_status", "five_above"}


@st.composite
def complete(draw: st.DrawFn) -> Profile:
    """A profile that leaves nothing open, and of which the register says the same in both places."""
    whole = draw(strategies.complete_profiles(DICTIONARY, set(_FACTS), {"recognition"}))
    is_in = whole.facts["five_above_status"].value in ("新入库", "在库")
    return whole.with_fact("five_above", Observation(is_in))


@given(complete(), st.data())
def test_what_is_decided_stays_decided_and_what_is_missing_settles_the_rest(
    whole: Profile, data: st.DataObject
) -> None:
    known = data.draw(strategies.partial(whole, DICTIONARY))
    # Whoever is gone is not on a list, but nobody is taken off one because it has not been said that he is there.
    known = known.with_fact("operating_status", whole.facts["operating_status"])
    final = {each.tier: each.answer for each in standings(whole, ON, DICTIONARY)}
    for each in standings(known, ON, DICTIONARY):
        assert each.answer in (None, final[each.tier])
        assert bool(each.missing) is (each.answer is None)
    for tier in Tier:
        _settle(known, whole, tier, final[tier])


def _settle(known: Profile, whole: Profile, tier: Tier, final: bool | None) -> None:
    """Telling what is missing, again and again, leads to the answer of the complete profile."""
    for _ in range(20):
        (now,) = (each for each in standings(known, ON, DICTIONARY) if each.tier is tier)
        if now.answer is not None:
            assert now.answer is final
            return
        told = known
        for ref in now.missing:
            told = strategies.learn(told, ref, whole)
        if told == known:
            assert final is None, now
            return
        known = told
    raise AssertionError(f"{tier} is still not settled")


def test_a_sample_stands_where_it_was_made_to() -> None:
    profile = next(each for each in samples() if each.name == "示例·宝塔区机械制造有限公司")
    found = standings(profile, SAMPLE_DAY, DICTIONARY)
    assert [each.tier for each in found if each.answer] == [Tier.FIVE_ABOVE, Tier.TECHNOLOGY_SME]
    assert [each.tier for each in found if each.answer is None] == []
    assert {each.tier: each.reason for each in found}[Tier.FIVE_ABOVE] == "入统状态：在库"


def test_series_without_the_year_is_open() -> None:
    profile = Profile(series={"revenue": Series({})})
    assert {each.answer for each in standings(profile, ON, DICTIONARY)} == {None}
