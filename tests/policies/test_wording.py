"""Rules in Chinese: flags as sentences, denials that read like denials, brackets only where they are needed."""

import pytest

from enterprises.dictionary import Dictionary, bundled
from enterprises.source_text import read_yaml
from policies.library import bundled_library
from policies.rule_text import read_rule
from policies.rules import Not
from policies.wording import say, say_flag, say_reading

WORDS = {
    "seriously_dishonest: {is: 否}": "未列入严重失信主体名单",
    "has_bank_credit: {is: 否}": "没有银行贷款或授信",
    "five_above: {is: 是}": "“五上”企业",
    "five_above: {is: 否}": "并非“五上”企业",
    "not: {five_above: {is: 否}}": "“五上”企业",
    "not: {categories: {has: 上市后备企业}}": "企业类别不包括上市后备企业",
    "not: {employees: {at_least: 20}}": "从业人数低于20人",
    "not: {revenue: {between: [1万元, 2万元]}}": "上一年度营业收入不在1万元到2万元之间（含两端）",
    "not: {industry: {within: [C, D]}}": ("行业不属于制造业（C）、电力、热力、燃气及水生产和供应业（D）中的任何一个"),
    "not: {any: [{ownership: {is: 民营}}, {employees: {at_most: 9}}]}": "所有制不是民营，且从业人数超过9人",
    "not: {all: [{ownership: {is: 民营}}, {employees: {at_most: 9}}]}": "所有制不是民营，或从业人数超过9人",
    "not: {any_record: {of: permit, where: {conditions_unchanged: {is: 是}}}}": (
        "没有这样的许可证（经营条件未发生变化）"
    ),
    "any: [{ownership: {is: 民营}}, {all: [{five_above: {is: 是}}, {employees: {at_most: 9}}]}]": (
        "所有制为民营；或者“五上”企业，且从业人数不超过9人"
    ),
    "all: [{ownership: {is: 民营}}, {any: [{five_above: {is: 是}}, {employees: {at_most: 9}}]}]": (
        "所有制为民营，且（“五上”企业，或从业人数不超过9人）"
    ),
    "any_record: {of: violation, where: {all: [{corrected: {is: 是}}, {safety_related: {is: 否}}]}}": (
        "至少有一个违法行为，已及时改正，且未触碰安全底线"
    ),
    "all: [{ownership: {is: 民营}}, {any_record: {of: violation, where: {corrected: {is: 否}}, at_least: 2}}]": (
        "所有制为民营，且至少有 2 个违法行为（未及时改正）"
    ),
}


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return bundled()


@pytest.mark.parametrize("text", WORDS)
def test_a_rule_is_said_as_people_say_it(text: str, dictionary: Dictionary) -> None:
    assert say(read_rule(read_yaml(text, "rule"), dictionary), dictionary) == WORDS[text]


def test_every_rule_of_the_library_and_its_opposite_differ() -> None:
    library = bundled_library()
    for item in library.items.values():
        said = say(item.rule, library.dictionary)
        assert "为是" not in said
        assert "为否" not in said
        assert "（（" not in said
        assert say(Not(item.rule), library.dictionary) != said
        assert say(Not(Not(item.rule)), library.dictionary) == said


def test_no_flag_reads_the_same_denied(dictionary: Dictionary) -> None:
    fields = [field for kind in dictionary.records.values() for field in kind.fields.values()]
    for fact in (*dictionary.facts.values(), *fields):
        assert say_flag(fact, True) != say_flag(fact, False)


@pytest.mark.parametrize(
    ("reading", "confirm", "said"),
    [
        ("按首次认定理解。", False, "按首次认定理解。"),
        ("按首次认定理解", True, "按首次认定理解。以主管部门解释为准。"),
        ("是否适用以主管部门解释为准。", True, "是否适用以主管部门解释为准。"),
    ],
)
def test_a_reading_is_reserved_once(reading: str, confirm: bool, said: str) -> None:
    assert say_reading(reading, confirm) == said
