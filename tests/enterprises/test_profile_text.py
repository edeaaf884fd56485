"""The text that a profile is kept as: it comes back, it is always the same, and nothing unreadable is ever written."""

import json
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profile_text import ProfileText
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.samples import samples
from enterprises.source_text import Problem
from tests.any_profiles import any_profiles

DICTIONARY = bundled()
CODE = complete("91610602MAHQ90000")
TEXTS = ProfileText(DICTIONARY)


@given(any_profiles([CODE]))
def test_every_profile_comes_back_as_it_was_written(profile: Profile) -> None:
    assert TEXTS.read(CODE, TEXTS.write(profile)) == profile


@given(any_profiles([CODE]), st.randoms())
def test_equal_profiles_are_written_alike_in_whatever_order_they_were_built(profile: Profile, chance: Any) -> None:
    def shuffled(mapping: Any) -> Any:
        return {name: mapping[name] for name in chance.sample(sorted(mapping), len(mapping))}

    other = replace(
        profile,
        facts=shuffled(profile.facts),
        series={name: replace(one, years=shuffled(one.years)) for name, one in shuffled(profile.series).items()},
        records={
            kind: tuple(Record(kind, shuffled(record.fields)) for record in listed)
            for kind, listed in shuffled(profile.records).items()
        },
    )
    assert ProfileText(DICTIONARY).write(other) == TEXTS.write(profile)


def test_the_text_is_compact_and_a_person_can_read_it() -> None:
    tax, register = (Source.TAX, date(2024, 5, 31)), (Source.REGISTER, None)
    profile = Profile(
        CODE,
        "示例",
        {"zones": Observation(frozenset(["秦创原"]), *register), "employees": Observation(3, *tax)},
        {"revenue": Series({2023: Observation(2, *tax)}, Observation(1, *tax), 2022), "rd_expense": Series({})},
        {"violation": (), "project": (Record("project", {"name": Observation("一号", *register)}),)},
    )
    assert TEXTS.write(profile) == (
        '{"facts":{"register":{"zones":["秦创原"]},'
        '"tax 2024-05-31":{"employees":3,"revenue":{"2023":2,"before_2022":1}}},'
        '"name":"示例","records":{"project":[{"register":{"name":"一号"}}],"violation":[]}}'
    )


def test_a_fraction_that_no_decimal_can_say_comes_back() -> None:
    """No declared fact of the bundled dictionary is a ratio, so one is declared here."""
    ratio = replace(DICTIONARY.facts["revenue_growth"], name="ratio", yearly=False, formula=None)
    texts = ProfileText(replace(DICTIONARY, facts={"ratio": ratio}))
    profile = Profile(CODE, facts={"ratio": Observation(Fraction(1, 3))})
    assert texts.read(CODE, texts.write(profile)) == profile


def test_samples_are_far_shorter_than_the_files_they_ship_in() -> None:
    assert max(len(TEXTS.write(profile)) for profile in samples()) < 2500


def fact(name: str, value: Any, **about: Any) -> Profile:
    return Profile(CODE, facts={name: Observation(value, **about)})


def named_project(name: str) -> Profile:
    return Profile(CODE, records={"project": (Record("project", {"name": Observation(name)}),)})


@pytest.mark.parametrize(
    ("profile", "error", "message"),
    [
        (Profile(name="无名"), ValueError, "credit code"),
        (Profile(CODE[:17] + "?"), ValueError, "第18位"),
        (Profile(CODE, "无\0名"), Problem, "控制字符"),
        (Profile(CODE, " "), Problem, "这里是空的"),
        (fact("altitude", 1), KeyError, "altitude"),
        (fact("size", "小型"), Problem, "由系统按公式计算"),
        (fact("revenue", 1), Problem, "要分年份填写"),
        (Profile(CODE, series={"employees": Series({2023: Observation(1)})}), Problem, "不分年份填写"),
        (fact("employees", True), ValueError, "employees"),
        (fact("employees", -1), Problem, "employees"),
        (fact("employees", 2_000_001), Problem, "合理范围"),
        (fact("employees", 1.0), ValueError, "employees"),
        (fact("total_assets", "1元"), ValueError, "total_assets"),
        (fact("ownership", "联营"), Problem, "联营"),
        (fact("zones", {"秦创原"}), ValueError, "zones"),
        (fact("zones", frozenset(["秦岭"])), Problem, "秦岭"),
        (fact("five_above", 1), ValueError, "five_above"),
        (fact("region", "610699"), Problem, "610699"),
        (fact("industry", "C13"), ValueError, "industry"),
        (fact("registered_on", date(1949, 9, 30)), Problem, "合理范围"),
        (fact("registered_on", datetime(2020, 1, 1)), ValueError, "registered_on"),
        (fact("employees", 1, observed_on=datetime(2020, 1, 1)), ValueError, "a day"),
        (Profile(CODE, series={"revenue": Series({1899: Observation(1)})}), ValueError, "1899 is no year"),
        (Profile(CODE, series={"revenue": Series({}, Observation(1), 2100)}), ValueError, "2100 is no year"),
        (Profile(CODE, series={"revenue": Series({}, Observation(1))}), ValueError, "before which year"),
        (
            Profile(CODE, series={"revenue": Series({2020: Observation(2)}, Observation(1), 2021)}),
            Problem,
            "2020 年高于 before_2021",
        ),
        (Profile(CODE, records={"project": (Record("violation", {}),)}), ValueError, "among those of project"),
        (Profile(CODE, records={"project": (Record("project", {"sort": Observation(1)}),)}), KeyError, "sort"),
        (Profile(CODE, records={"projects": ()}), KeyError, "projects"),
        (
            Profile(CODE, records={"project": (Record("project", {"name": Observation("\ud800")}),)}),
            Problem,
            "控制字符",
        ),
        (Profile(CODE, records={"project": (Record("project", {"name": Observation(" ")}),)}), Problem, "这里是空的"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(profile: Profile, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TEXTS.write(profile)


@pytest.mark.parametrize(
    ("facts", "records", "message"),
    [
        ({"declared": {"altitude": 1}}, {}, "指标词典里没有“altitude”"),
        ({"declared": {"size": "小型"}}, {}, "指标词典里没有“size”"),
        ({"declared": {"ownership": "联营"}}, {}, "联营"),
        ({"declared": {"employees": "10"}}, {}, "employees"),
        ({"declared": {"employees": None}}, {}, "employees"),
        ({"declared": {"employees": {"2023": 10}}}, {}, "“从业人数”是否分年份"),
        ({"declared": {"revenue": 10}}, {}, "“营业收入”是否分年份"),
        ({"declared": {"registered_on": 20200101}}, {}, "registered_on"),
        ({"declared": {"registered_on": "2020-02-30"}}, {}, "2020-02-30"),
        ({"declared": {"zones": 3}}, {}, "zones"),
        ({"rumour": {"employees": 1}}, {}, "rumour"),
        ({}, {"patents": []}, "指标词典里没有“patents”"),
        ({}, {"project": [{"declared": {"sort": "新建"}}]}, "指标词典里没有“sort”"),
        ({}, {"project": [{"declared": {"kind": "旧建"}}]}, "旧建"),
    ],
)
def test_what_the_dictionary_does_not_understand_is_an_error_when_read(
    facts: dict[str, Any], records: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TEXTS.read(CODE, json.dumps({"facts": facts, "records": records}))
