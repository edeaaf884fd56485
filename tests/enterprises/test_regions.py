from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.codes import UnknownCode
from enterprises.regions import Region, children, full_name, is_region_code, nested, region, regions

IN_TABLE = st.sampled_from(sorted(each.code for each in regions()))


def test_table_has_every_province_and_all_of_shaanxi() -> None:
    assert Counter(each.level for each in regions()) == {"province": 34, "city": 10, "county": 107}
    assert {each.code[:2] for each in regions() if each.level != "province"} == {"61"}


def test_table_is_in_the_order_of_codes_and_complete_upwards() -> None:
    codes = [each.code for each in regions()]
    assert codes == sorted(set(codes))
    assert all(each.parent in codes for each in regions() if each.parent is not None)


@pytest.mark.parametrize(
    ("code", "name", "level", "parent"),
    [
        ("610000", "陕西省", "province", None),
        ("610600", "延安市", "city", "610000"),
        ("610602", "宝塔区", "county", "610600"),
        ("610403", "杨陵区", "county", "610400"),
        ("610981", "旬阳市", "county", "610900"),
        ("820000", "澳门特别行政区", "province", None),
    ],
)
def test_region(code: str, name: str, level: str, parent: str | None) -> None:
    found = region(code)
    assert (found, found.level, found.parent) == (Region(code, name), level, parent)


@pytest.mark.parametrize(("code", "level", "parent"), [("440300", "city", "440000"), ("429004", "county", "429000")])
def test_other_provinces_are_known_by_form_and_bear_the_provinces_name(code: str, level: str, parent: str) -> None:
    found = region(code)
    assert found.name == region(code[:2] + "0000").name == full_name(code)
    assert (found.level, found.parent) == (level, parent)
    assert children(parent) == ()


@pytest.mark.parametrize(
    "code",
    [
        "",
        "61",
        "6101",
        "61010",
        "6101020",
        "610102 ",
        "610102\n",
        "６１０１０２",  # full-width digits
        "61O102",
        "000000",
        "100000",  # the whole country is no division
        "990000",
        "440001",  # a county without a city
        "610199",  # Shaanxi is in the table as a whole
        "611100",
    ],
)
def test_no_region(code: str) -> None:
    assert not is_region_code(code)
    for look_up in (region, children, full_name):
        with pytest.raises(UnknownCode) as caught:
            look_up(code)
        assert repr(code) in str(caught.value)
    for pair in ((code, "610000"), ("610000", code)):
        with pytest.raises(UnknownCode):
            nested(*pair)


@pytest.mark.parametrize(
    ("code", "ancestor", "answer"),
    [
        ("610602", "610600", True),
        ("610602", "610000", True),
        ("610602", "610602", True),
        ("610602", "610603", False),
        ("610602", "610700", False),
        ("610600", "610602", None),
        ("610000", "610602", None),
        ("610600", "610702", False),
        ("440305", "440300", True),
        ("440000", "440305", None),
        ("440305", "610000", False),
        ("440000", "610102", False),
    ],
)
def test_nested(code: str, ancestor: str, answer: bool | None) -> None:
    assert nested(code, ancestor) is answer


@given(IN_TABLE, IN_TABLE)
def test_nested_is_unknown_exactly_when_the_reverse_is_sure(one: str, other: str) -> None:
    assert (nested(one, other) is None) == (nested(other, one) is True and one != other)


@given(IN_TABLE, IN_TABLE, IN_TABLE)
def test_nested_is_transitive(one: str, two: str, three: str) -> None:
    assert not (nested(one, two) and nested(two, three)) or nested(one, three)


def test_children_are_one_level_below() -> None:
    assert [each.name for each in children("610200")] == ["王益区", "印台区", "耀州区", "宜君县"]
    assert len(children("610000")) == 10
    assert children("610602") == ()


def test_full_name() -> None:
    assert full_name("610602") == "陕西省延安市宝塔区"
    assert full_name("610600") == "陕西省延安市"
    assert full_name("610000") == "陕西省"
    assert full_name("440305") == "广东省"
