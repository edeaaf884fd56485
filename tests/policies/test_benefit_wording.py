"""Benefits in Chinese: every kind says its figures, its limits and its basis."""

import pytest

from enterprises.dictionary import Dictionary, bundled
from enterprises.source_text import read_yaml
from policies.benefit_text import read_benefit
from policies.benefit_wording import say_benefit
from policies.library import bundled_library
from policies.rule_text import read_rule

RULE = "any_record: {of: project, where: {kind: {is: 技术改造}}}"

WORDS = {
    "fixed: 20万元": ["定额 20万元"],
    "{rate: 10%, of: rd_expense, floor: 1万元, cap: 100万元}": [
        "按上一年度研发费用的 10% 给予，最低 1万元，最高 100万元"
    ],
    "{rate: 10%, of: total_assets, at_most: true}": ["按资产总额不超过 10% 给予"],
    "{rate: 1.5%, of: total_assets, at_least: true}": ["按资产总额不低于 1.5% 给予"],
    "tiers: {on: revenue, first_reaches: {10亿元: 10万元, 30亿元: 30万元}, pay: highest}": [
        "上一年度营业收入首次达到 10亿元：10万元",
        "上一年度营业收入首次达到 30亿元：30万元",
        "达到多档的，只取最高一档",
    ],
    "tiers: {on: employees, more_than: {10: 1万元, 20: 2万元}, pay: each}": [
        "从业人数超过 10人：1万元",
        "从业人数超过 20人：2万元",
        "达到几档，各档金额相加",
    ],
    "tiers: {on: revenue, year: 2022, at_least: {10亿元: 10万元}}": ["2022 年营业收入达到 10亿元：10万元"],
    "cases: {on: ownership, values: {民营: 20万元, 国有: 10万元}}": [
        "所有制为民营：定额 20万元",
        "所有制为国有：定额 10万元",
    ],
    "brackets: {on: revenue, rates: {500万元: 1%, 1000万元: 2%, 以上: 3%}}": [
        "按上一年度营业收入分段计算，各段金额相加",
        "不超过 500万元 的部分：1%",
        "超过 500万元 至 1000万元 的部分：2%",
        "超过 1000万元 的部分：3%",
    ],
    "{per: 人, amount: 1000元, of: employees, cap: 50万元}": ["按从业人数，每人 1000元，最高 50万元"],
    "years: [50万元, 30万元]": ["第 1 年 50万元", "第 2 年 30万元", "合计 80万元"],
    "range: [10万元, 100万元]": ["10万元 至 100万元，由主管部门裁量"],
    "waived: 换证费用": ["免收换证费用"],
    "{waived: 换证费用, amount: 100元}": ["免收换证费用 100元"],
    "service: 一对一包抓帮扶": ["服务：一对一包抓帮扶"],
    "{faster: 办电全过程, within: 15 个工作日}": ["提速：办电全过程（15 个工作日）"],
    "{set_elsewhere: 绿色工厂奖励金额, by: 市级奖补细则}": ["绿色工厂奖励金额：金额细则另定（市级奖补细则）"],
    "{for_each: project, rate: 10%, of: fixed_asset_investment, cap: 100万元}": [
        "每个符合条件的投资项目：按固定资产投资的 10% 给予，最高 100万元"
    ],
    "all: [{fixed: 20万元}, {service: 培训}]": ["定额 20万元", "服务：培训"],
    "highest_of: [{fixed: 20万元}, {fixed: 30万元}]": [
        "以下只取金额最高的一项",
        "定额 20万元",
        "定额 30万元",
    ],
}


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return bundled()


@pytest.mark.parametrize("text", WORDS)
def test_each_kind_of_benefit_is_said_with_its_figures(text: str, dictionary: Dictionary) -> None:
    rule = read_rule(read_yaml(RULE, "rule"), dictionary)
    benefit = read_benefit(read_yaml(text, "benefit"), dictionary, rule)
    assert say_benefit(benefit, dictionary) == WORDS[text]


def test_every_benefit_of_the_library_can_be_said() -> None:
    library = bundled_library()
    for item in library.items.values():
        assert all(say_benefit(item.benefit, library.dictionary)), item.id
