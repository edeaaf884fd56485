from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import Dictionary, Fact, Kind, bundled, load
from enterprises.source_text import BadText, Problem
from tests import strategies

FACTS = [
    *bundled().facts.values(),
    *(field for kind in bundled().records.values() for field in kind.fields.values()),
]


@given(st.data(), st.sampled_from(FACTS))
def test_a_value_survives_being_written(data: st.DataObject, fact: Fact) -> None:
    value = data.draw(strategies.values(fact))
    written = fact.write(value)
    if isinstance(written, list):
        assert frozenset(str(fact.parse(option)) for option in written) == value
    else:
        assert fact.parse(written) == value
        assert type(fact.parse(written)) is type(value)
    assert fact.show(value)


@given(st.sampled_from(FACTS), st.text())
def test_whatever_is_typed_is_a_value_or_bad_text(fact: Fact, text: str) -> None:
    try:
        fact.parse(text)
    except BadText as error:
        assert error.message
        assert error.remedy


def test_what_is_asked_for_has_a_question_and_what_is_computed_has_inputs() -> None:
    dictionary = bundled()
    for fact in dictionary.facts.values():
        assert (fact.formula is None) == bool(fact.question), fact.name
        for name in fact.formula.inputs if fact.formula else ():
            assert dictionary.facts[name].formula is None
    for kind in dictionary.records.values():
        assert kind.question
        assert all(field.question for field in kind.fields.values())


def test_every_kind_has_a_name_for_people() -> None:
    assert len({kind.label for kind in Kind}) == len(Kind)


def test_money_is_never_negative_where_an_award_is_computed_from_it() -> None:
    assert all(fact.low == 0 for fact in FACTS if fact.kind is Kind.MONEY)


def read(tmp_path: Path, text: str) -> Dictionary:
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    return load([path])


GOOD = "employees: {label: 人数, type: count, unit: 人, question: 几人？, range: [0, 10]}"


def test_plausible_values(tmp_path: Path) -> None:
    fact = read(tmp_path, f"facts:\n  {GOOD}\n").facts["employees"]
    assert [fact.parse(text) for text in ("0", "10人")] == [0, 10]
    with pytest.raises(BadText) as caught:
        fact.parse("11人")
    assert str(caught.value) == "“11人”大于“人数”的合理范围（10人）。请核对数字与单位，或日期"


def test_options_may_stand_under_headings_each_under_one(tmp_path: Path) -> None:
    fact = read(
        tmp_path, "facts:\n  a: {label: 甲, type: set, question: 甲？, groups: {子: [一, 二], 丑: [三]}}\n"
    ).facts["a"]
    assert fact.values == ("一", "二", "三")
    assert fact.groups == (("子", ("一", "二")), ("丑", ("三",)))
    for each in FACTS:
        if each.groups:
            assert each.values == tuple(value for _, options in each.groups for value in options)
            assert len(set(each.values)) == len(each.values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "facts:\n  a: {label: 甲, type: set, question: 甲？, groups: {子: [一], 丑: [一]}}\n",
            "选项“一”写了两次",
        ),
        (
            "facts:\n  a: {label: 甲, type: set, question: 甲？, values: [一], groups: {子: [一]}}\n",
            "values 与 groups 不能都写",
        ),
        (f"facts:\n  {GOOD}\nderived:\n  {GOOD}\n", "“employees”已经定义过"),
        ("facts:\n  a: {label: 甲, type: enum, question: 甲？}\n", "只有 enum 与 set 类型有 values"),
        ("facts:\n  a: {label: 甲, type: money, values: [一], question: 甲？}\n", "只有 enum 与 set 类型有 values"),
        ("facts:\n  a: {label: 甲, type: money}\n", "没有 question"),
        ("facts:\n  a: {label: 甲, type: number, question: 甲？}\n", "不认识的取值“number”"),
        ("facts:\n  a: {label: 甲, type: money, question: 甲？, range: [0元]}\n", "range 须有两端"),
        ("derived:\n  a: {label: 甲, type: ratio, formula: {}}\n", "公式是空的"),
        ("derived:\n  a: {label: 甲, type: ratio, formula: {ratio: b}}\n", "不认识的公式“ratio”"),
        ("derived:\n  a: {label: 甲, type: ratio, formula: {share: b}}\n", "公式“share”要 2 个指标"),
        ("derived:\n  a: {label: 甲, type: ratio, formula: {growth_of: b}}\n", "公式用到的“b”不是填报的指标"),
        ("records:\n  a: {label: 甲, object: project, question: 甲？, fields: {}}\n", "明细一个字段也没有"),
        (
            "records:\n  a: {label: 甲, object: project, question: 甲？,"
            " fields: {b: {label: 乙, type: money, period: year, question: 乙？}}}\n",
            "明细的字段不分年份，也不由公式得出",
        ),
    ],
)
def test_a_mistake_in_a_dictionary_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(tmp_path, text)
    assert caught.value.message == message
    assert caught.value.file == "facts.yaml"
