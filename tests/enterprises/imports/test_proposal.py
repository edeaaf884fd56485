"""Proposed mappings: what is certain is filled in, what is not is left to a person, and never a unit is guessed."""

from pathlib import Path

import pytest

from enterprises.dictionary import Kind, bundled
from enterprises.imports.mapping import TableMapping
from enterprises.imports.proposal import FILL_IN, header_score, propose
from enterprises.imports.sheets import Layout, open_sheet
from enterprises.source_text import Problem
from tests.made_up_tables import mapping, write_csv


def proposed(tmp_path: Path, header: list[str], above: list[list[str]] | None = None) -> str:
    path = tmp_path / "a.csv"
    lines = [*(above or []), header]
    write_csv(path, lines[0], [*lines[1:], ["x"] * len(header)])
    with open_sheet(path, Layout(), header_score(bundled())) as sheet:
        return propose(sheet, bundled())


def columns(found: TableMapping) -> list[tuple[str | None, str, str, str | None]]:
    return [(column.column, column.fact.name, column.period, column.unit) for column in found.columns]


def test_usual_headings_are_recognised(tmp_path: Path) -> None:
    text = proposed(
        tmp_path,
        [
            "序号",
            "统一社会信用代码",
            "单位详细名称",
            "行政区划代码",
            "行业代码",
            "成立时间",
            "2023年营业收入（万元）",
            "2020年以前最高营业收入(亿元)",
            "从业人员期末人数",
            "是否列入严重失信主体名单",
            "研发费用_2022（千元）",
            "备注: “无”",
        ],
        [["某县台账", *[""] * 11]],
    )
    found = mapping(text)
    assert (found.code_column, found.name_column) == ("统一社会信用代码", "单位详细名称")
    assert columns(found) == [
        ("行政区划代码", "region", "", None),
        ("行业代码", "industry", "", None),
        ("成立时间", "registered_on", "", None),
        ("2023年营业收入（万元）", "revenue", "2023", "万元"),
        ("2020年以前最高营业收入(亿元)", "revenue", "before_2020", "亿元"),
        ("从业人员期末人数", "employees", "", None),
        ("是否列入严重失信主体名单", "seriously_dishonest", "", None),
        ("研发费用_2022（千元）", "rd_expense", "2022", "千元"),
    ]
    assert '# "序号":  # 没有认出' in text
    assert "备注" in text


@pytest.mark.parametrize("spelling", ["label", "name"])
def test_every_label_and_name_of_the_dictionary_is_recognised(tmp_path: Path, spelling: str) -> None:
    facts = [fact for fact in bundled().facts.values() if fact.formula is None]
    years = ["2023年" if fact.yearly else "" for fact in facts]
    units = ["（元）" if fact.kind is Kind.MONEY else "" for fact in facts]
    words = [str(getattr(fact, spelling)) for fact in facts]
    names = ["".join(parts) for parts in zip(years, words, units, strict=True)]
    found = mapping(proposed(tmp_path, ["统一社会信用代码", *names]))
    assert [column.fact.name for column in found.columns] == [fact.name for fact in facts]


@pytest.mark.parametrize("heading", ["2023年营业收入", "营业收入（万元）", "营业收入"])
def test_what_is_not_said_is_left_to_a_person(tmp_path: Path, heading: str) -> None:
    text = proposed(tmp_path, ["统一社会信用代码", heading])
    assert FILL_IN in text
    with pytest.raises(Problem):
        mapping(text)


def test_without_a_credit_code_a_person_must_say_which_column_it_is(tmp_path: Path) -> None:
    assert f"{FILL_IN}统一社会信用代码的列名: credit_code" in proposed(tmp_path, ["企业名称", "行业"])


def test_a_repeated_column_is_proposed_once(tmp_path: Path) -> None:
    text = proposed(tmp_path, ["统一社会信用代码", "成立日期", "注册日期"])
    assert [column.column for column in mapping(text).columns] == ["成立日期"]
    assert "重复" in text
