"""Scopes as licences print them come apart into activities; names lose their place and their legal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.industry.wording import MOST_ACTIVITIES, MOST_CHARACTERS, activities, features, trade

LICENCE = (
    "一般项目：新鲜水果批发；低温仓储（不含危险化学品等需许可审批的项目）；货物进出口（除依法须经批准的项目外，"
    "凭营业执照依法自主开展经营活动）许可项目：食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动，"
    "具体经营项目以审批结果为准）"
)


def test_a_licence_is_its_activities_in_their_order() -> None:
    assert activities(LICENCE) == ("新鲜水果批发", "低温仓储", "货物进出口", "食品销售")


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("前置许可经营项目：无\n一般经营项目：***五金销售***", ("五金销售",)),
        ("餐飲服務，食品銷售。", ("餐饮服务", "食品销售")),
        ("依法须经批准的项目，经相关部门批准后方可开展经营活动", ()),
        ("水果零售；水果零售;水果零售", ("水果零售",)),
        ("水泥、砂石的生产、销售", ("水泥、砂石的生产、销售",)),
        (
            "技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广",
            ("技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广",),
        ),
    ],
)
def test_older_licences_and_other_characters(scope: str, found: tuple[str, ...]) -> None:
    assert activities(scope) == found


def test_in_a_long_list_what_is_done_to_the_last_thing_is_done_to_all() -> None:
    scope = "初级农产品、工程机械设备、机电设备、金属制品、摩托车、家用电器、文化用品的批发及零售"
    assert activities(scope)[0] == "初级农产品的批发及零售"
    assert {each[-5:] for each in activities(scope)} == {"批发及零售"}


@pytest.mark.parametrize("scope", ["", "   ", "😀🎉", "hello world, trading of goods", "无", "***", "1；2；3"])
def test_a_scope_without_chinese_words_lists_nothing(scope: str) -> None:
    assert activities(scope) == ()


def test_what_stands_far_behind_is_not_looked_at() -> None:
    assert activities("；" * (MOST_CHARACTERS - 4) + "水果零售") == ("水果零售",)
    assert activities("；" * (MOST_CHARACTERS - 3) + "水果零售") == ("水果零",)
    assert activities("；" * MOST_CHARACTERS + "水果零售") == ()


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_so_many_activities_are_taken(more: int) -> None:
    listed = [
        f"经营{'甲乙丙丁戊己庚'[number % 7]}{'子丑寅卯辰巳午'[number // 7]}" for number in range(MOST_ACTIVITIES + more)
    ]
    assert len(activities("；".join(listed))) == min(MOST_ACTIVITIES, MOST_ACTIVITIES + more)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("延安宏源石油技术服务有限公司", "宏源石油技术服务"),
        ("陕西宏源石油技术服务股份有限公司志丹分公司", "宏源石油技术服务"),
        ("西安市未央区胖嫂快餐店", "胖嫂快餐店"),
        ("洛川县塬上红苹果专业合作社", "塬上红苹果专业合作社"),
        ("西安科创股权投资合伙企业（有限合伙）", "科创股权投资合伙企业"),
        ("", ""),
    ],
)
def test_a_name_without_its_place_and_form_is_its_trade(name: str, left: str) -> None:
    assert trade(name) == left


def test_how_an_activity_ends_counts() -> None:
    assert {"零售$", "器械$", "=零售", "五金零"} <= set(features("医疗器械、五金零售"))
    assert features("abc 123") == []


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for each in activities(text):
        assert each == each.strip("、:.*-")
        assert features(each)
    assert isinstance(trade(text), str)
