import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profiles import EMPTY, Observation, Profile, Series, read_facts, read_profile, write_profile
from enterprises.source_text import Problem, from_plain, read_json
from tests import strategies

DICTIONARY = bundled()
CODE = complete("91610131MA6TXEQ37")
DECLARED = {name for name, fact in DICTIONARY.facts.items() if fact.formula is None}


def facts(**plain: Any) -> Profile:
    return read_facts(from_plain(plain, "x"), DICTIONARY)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    names = draw(st.sets(st.sampled_from(sorted(DECLARED)), max_size=5))
    kinds = draw(st.sets(st.sampled_from(sorted(DICTIONARY.records)), max_size=2))
    whole = draw(strategies.complete_profiles(DICTIONARY, names, kinds))
    return draw(strategies.observed(draw(strategies.partial(whole, DICTIONARY))))


@given(profiles())
def test_a_profile_survives_being_written(profile: Profile) -> None:
    plain = write_profile(profile, DICTIONARY)
    assert read_profile(from_plain(plain, "x"), DICTIONARY) == profile
    assert read_profile(read_json(json.dumps(plain), "x.json"), DICTIONARY) == profile


def test_identity() -> None:
    profile = read_profile(from_plain({"credit_code": CODE, "name": "示例公司", "facts": {}}, "x"), DICTIONARY)
    assert (profile.credit_code, profile.name) == (CODE, "示例公司")


def test_what_is_said_to_be_unknown_is_not_there() -> None:
    known = facts(region=None, ownership="不清楚", revenue={"2022": "未知", "2023": None}, project="unknown")
    assert known == Profile(series={"revenue": Series({})})
    assert facts(project=[]).records == {"project": ()}
    assert facts(project=[{"kind": "不清楚"}]).records["project"][0].fields == {}


def test_before_is_the_highest_of_all_years_before_the_first_one_listed() -> None:
    series = facts(revenue={"before": "1元", "2022": "2元"}).series["revenue"]
    assert (series.before, series.before_year) == (Observation(100), 2022)
    assert facts(revenue={"before_2020": "1元"}).series["revenue"].before_year == 2020


def test_an_observation_may_have_a_source_and_a_day() -> None:
    seen = {"value": "10人", "source": "register", "observed_on": "2024-06-30"}
    assert facts(employees=seen).facts["employees"].source is Source.REGISTER


@pytest.mark.parametrize(
    ("plain", "field", "message"),
    [
        ({"revenu": {"2023": "1元"}}, "revenu", "指标词典里没有“revenu”"),
        ({"size": "小型"}, "size", "“企业规模”由系统按公式计算，不能填报"),
        ({"revenue": "1元"}, "revenue", f"“{DICTIONARY.facts['revenue'].label}”要分年份填写"),
        ({"revenue": {"23": "1元"}}, "revenue.23", "“23”不是年份"),
        ({"revenue": {"before": "1元"}}, "revenue", "before 指所列年份之前，这里一年也没有列"),
        (
            {"revenue": {"before": "1元", "before_2020": "1元", "2023": "1元"}},
            "revenue.before_2020",
            "“before_2020”不是年份",
        ),
        (
            {"revenue": {"before_2023": "1元", "2022": "2元"}},
            "revenue",
            "2022 年高于 before_2023 所写的最高值（1元）",
        ),
        ({"employees": "-1"}, "employees", "“-1”不是整数"),
        ({"employees": {"value": "1", "source": "听说"}}, "employees.source", "不认识的取值“听说”"),
        ({"project": {"kind": "新建"}}, "project", "这里应是列表，却是映射"),
        ({"project": [{"sort": "新建"}]}, "project[0].sort", "“投资项目”没有字段“sort”"),
        ({"zones": "秦创原"}, "zones", "这里应是列表，却是一个值"),
        ({"region": "610699"}, "region", "“610699”不是行政区划代码"),
        ({"registered_on": "1900-01-01"}, "registered_on", "“1900-01-01”小于“成立日期”的合理范围（1949年10月1日）"),
    ],
)
def test_a_mistake_is_named_with_its_place(plain: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        facts(**plain)
    assert (caught.value.field, caught.value.message) == (field, message)


def test_a_wrong_credit_code() -> None:
    with pytest.raises(Problem) as caught:
        read_profile(
            from_plain({"credit_code": CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "facts": {}}, "x"), DICTIONARY
        )
    assert "校验码" in caught.value.message


PLAIN = st.recursive(
    st.none()
    | st.sampled_from(["1元", "2023", "新建", "不清楚", "9" * 5000, ""])
    | st.integers()
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["2023", "before", "value", "source", "kind", "before_2020"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*sorted(DECLARED), *sorted(DICTIONARY.records), "size", "x"]), PLAIN, max_size=3)
)
def test_whatever_is_sent_is_a_profile_or_a_problem(plain: dict[str, Any]) -> None:
    try:
        profile = facts(**plain)
    except Problem as problem:
        assert problem.message
        assert problem.remedy
    else:
        assert read_profile(from_plain(write_profile(profile, DICTIONARY), "x"), DICTIONARY).facts == profile.facts


def test_learning_leaves_the_old_profile_as_it_was() -> None:
    learnt = EMPTY.with_fact("employees", Observation(3)).with_fact("revenue", Observation(5), "before_2020")
    assert not EMPTY.facts
    assert not EMPTY.series
    assert learnt.series["revenue"] == Series({}, Observation(5), 2020)


@given(profiles())
def test_without_what_was_inferred_all_else_stays(profile: Profile) -> None:
    told = profile.without_inferred()
    assert Source.INFERRED not in {seen.source for seen in strategies.observations(told)}
    kept = [seen for seen in strategies.observations(profile) if seen.source is not Source.INFERRED]
    assert strategies.observations(told) == kept
    assert told.records.keys() == profile.records.keys()
    assert [len(some) for some in told.records.values()] == [len(some) for some in profile.records.values()]
    assert told.without_inferred() is told


def test_what_nobody_inferred_is_the_same_profile() -> None:
    profile = facts(region="610602", revenue={"2023": "1亿元", "before": "9亿元"}, project=[{"kind": "新建"}])
    assert profile.without_inferred() is profile
