from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.codes import UnknownCode
from enterprises.industries import (
    INDUSTRIAL_SECTIONS,
    Industry,
    canonical,
    children,
    full_name,
    industries,
    industry,
    is_industry_code,
    nested,
)

IN_TABLE = st.sampled_from(sorted(each.code for each in industries()))


def test_table_has_the_standards_numbers_of_each_level() -> None:
    assert Counter(each.level for each in industries()) == {"section": 20, "division": 97, "group": 473}


def test_industry_in_the_sense_of_policy_has_the_divisions_and_groups_which_are_published_for_it() -> None:
    divisions = [each for section in INDUSTRIAL_SECTIONS for each in children(section)]
    assert len(divisions) == 41
    assert sum(len(children(each.code)) for each in divisions) == 207


def test_table_is_in_order_and_complete_upwards() -> None:
    seen: set[str] = set()
    for each in industries():
        assert each.code not in seen
        assert each.parent is None or each.parent in seen
        seen.add(each.code)
    digits = [each.code for each in industries() if each.level != "section"]
    assert digits == sorted(digits)


@pytest.mark.parametrize(
    ("code", "name", "level", "parent"),
    [
        ("C", "制造业", "section", None),
        ("13", "农副食品加工业", "division", "C"),
        ("131", "谷物磨制", "group", "13"),
        ("1311", "谷物磨制", "class", "131"),  # a class bears its group's name
        ("T", "国际组织", "section", None),
        ("01", "农业", "division", "A"),
        ("596", "中药材仓储", "group", "59"),
    ],
)
def test_industry(code: str, name: str, level: str, parent: str | None) -> None:
    found = industry(code)
    assert (found, found.level, found.parent) == (Industry(code, name), level, parent)


@pytest.mark.parametrize(
    ("written", "code"),
    [("C", "C"), ("13", "13"), ("C13", "13"), ("C131", "131"), ("C1311", "1311"), ("1311", "1311"), ("A01", "01")],
)
def test_canonical(written: str, code: str) -> None:
    assert canonical(written) == code
    assert industry(written) == industry(code)


@given(IN_TABLE)
def test_canonical_codes_stay_as_they_are(code: str) -> None:
    assert canonical(code) == code


@pytest.mark.parametrize(
    "code",
    [
        "",
        "U",
        "c13",
        "1",
        "98",
        "00",
        "138",
        "1381",
        "13111",
        "C ",
        "13\n",
        "１３",
        "CC13",
        "C1",
        "13C",
        "A13",
        "C0111",
    ],
)
def test_no_industry(code: str) -> None:
    assert not is_industry_code(code)
    for look_up in (canonical, industry, children, full_name):
        with pytest.raises(UnknownCode) as caught:
            look_up(code)
        assert repr(code) in str(caught.value)
    for pair in ((code, "C"), ("C", code)):
        with pytest.raises(UnknownCode):
            nested(*pair)


def test_wrong_section_is_named() -> None:
    with pytest.raises(UnknownCode, match="'A13': 13 is of section C"):
        canonical("A13")


@pytest.mark.parametrize(
    ("code", "ancestor", "answer"),
    [
        ("1311", "C", True),
        ("1311", "13", True),
        ("C1311", "C131", True),
        ("13", "13", True),
        ("13", "14", False),
        ("13", "A", False),
        ("C", "13", None),
        ("13", "1311", None),
        ("C", "01", False),
        ("131", "1321", False),
        ("C", "D", False),
    ],
)
def test_nested(code: str, ancestor: str, answer: bool | None) -> None:
    assert nested(code, ancestor) is answer


@given(IN_TABLE, IN_TABLE)
def test_nested_is_unknown_exactly_when_the_reverse_is_sure(one: str, other: str) -> None:
    assert (nested(one, other) is None) == (nested(other, one) is True and one != other)


def test_children_are_one_level_below() -> None:
    assert [each.code for each in children("I")] == ["63", "64", "65"]
    assert [each.name for each in children("C36")][:2] == ["汽车整车制造", "汽车用发动机制造"]
    assert children("131") == children("1311") == ()


def test_full_name() -> None:
    assert full_name("131") == full_name("C1311") == "制造业/农副食品加工业/谷物磨制"
    assert full_name("120") == "采矿业/其他采矿业"
    assert full_name("C") == "制造业"
