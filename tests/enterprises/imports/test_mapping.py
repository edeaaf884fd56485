"""Mapping files: every mistake is said with its line and how to mend it; the schema allows what the reader does."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from enterprises.dictionary import Source, bundled
from enterprises.imports.mapping import SCHEMA, Column, Provenance, read_mapping
from enterprises.imports.sheets import Layout
from enterprises.source_text import Problem
from tests.made_up_tables import mapping

GROUPS = """complete: 是
    each:
      - {title: 认定, level: {value: 省级}, recognized_on: {column: 认定日, dates: [日.月.年]}}"""

VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))

FULL = """
title: 台账
source: register
observed_on: 2024-06-30
sheet: Sheet1
header_row: [2, 3]
encoding: gb18030
unknown: [待核实]
dates: [月/日/年]
columns:
  代码: credit_code
  名称: name
  区划: region
  类型: [{fact: entity_kind, values: {公司: 企业, 其他: null}}, {fact: ownership, values: {公司: 民营}}]
  成立: registered_on
  园区: {fact: zones, separator: +, values: {QCY: 秦创原}}
  收入: {fact: revenue, year: 2023, unit: 万元, source: tax, observed_on: {column: 日期}, required: 是}
  以前: {fact: revenue, before: 2021, unit: 亿元, source: {column: 来源}}
records:
  recognition:
    complete: 是
    each:
      - {title: 认定, level: {value: 省级}, recognized_on: {column: 认定日, dates: [日.月.年]}}
  project:
    count: 项目数
    each: []
"""


def test_a_full_mapping_says_everything() -> None:
    found = mapping(FULL)
    facts = bundled().facts
    assert found.title == "台账"
    assert (found.code_column, found.name_column) == ("代码", "名称")
    assert found.layout == Layout("Sheet1", (2, 3), "gb18030")
    assert found.unknown == {"待核实"}
    day = date(2024, 6, 30)
    common = Provenance(Source.REGISTER, day)
    assert found.columns == (
        Column(facts["region"], "区划", common),
        Column(facts["entity_kind"], "类型", common, values={"公司": "企业", "其他": None}),
        Column(facts["ownership"], "类型", common, values={"公司": "民营"}),
        Column(facts["registered_on"], "成立", common, dates=("月/日/年",)),
        Column(facts["zones"], "园区", common, separator="+", values={"QCY": "秦创原"}),
        Column(
            facts["revenue"], "收入", Provenance(Source.TAX, None, None, "日期"), "2023", unit="万元", required=True
        ),
        Column(facts["revenue"], "以前", Provenance(Source.REGISTER, day, "来源"), "before_2021", unit="亿元"),
    )
    recognition, project = found.records
    (group,) = recognition.groups
    assert recognition.complete
    assert group["level"].constant == "省级"
    assert group["recognized_on"].dates == ("日.月.年",)
    assert (project.count, project.groups, project.complete) == ("项目数", (), False)
    assert {name for name, _ in found.needed()} == {
        "代码",
        "名称",
        "区划",
        "类型",
        "成立",
        "园区",
        "收入",
        "日期",
        "以前",
        "来源",
        "认定",
        "认定日",
        "项目数",
    }


def test_the_schema_allows_the_full_mapping() -> None:
    VALIDATOR.validate(yaml.safe_load(FULL.replace("2024-06-30", "'2024-06-30'")))
    Draft202012Validator.check_schema(VALIDATOR.schema)


def test_comments_do_not_make_another_mapping_but_words_do() -> None:
    assert mapping(FULL).digest == mapping("# 说明\n" + FULL.replace("名称: name", "名称:   name  # 全称")).digest
    assert mapping(FULL).digest != mapping(FULL.replace("亿元", "万元")).digest


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("source: register", "source: 工商局", 3, "不认识的取值"),
        ("source: register\n", "", 2, "缺少字段“source”"),
        ("observed_on: 2024-06-30", "observed_on: 去年", 4, "不是日期"),
        ("header_row: [2, 3]", "header_row: [2, 4]", 6, "相连"),
        ("header_row: [2, 3]", "header_row: 0", 6, "不小于|之间"),
        ("encoding: gb18030", "encoding: big5", 7, "不认识的取值"),
        ("dates: [月/日/年]", "dates: [MM/DD/YYYY]", 9, "年、月、日"),
        ("代码: credit_code", "代码: name", 12, "name 已经是"),
        ("代码: credit_code", "代码: region", 10, "信用代码"),
        ("区划: region", "区划: regoin", 13, "是否想写“region”"),
        ("区划: region", "区划: project", 13, "写在 records 下"),
        ("区划: region", "区划: size", 13, "系统按公式计算"),
        ("区划: region", "区划: {fact: region, unit: 万元}", 13, "没有 unit"),
        ("区划: region", "区划: {fact: region, year: 2023}", 13, "不分年份"),
        ("区划: region", "区划: revenue", 13, "哪一年"),
        ("before: 2021", "before: 21", 18, "不是年份"),
        ("before: 2021", "year: 2023", 18, "已经取自“收入”列"),
        ("unit: 亿元", "unit: 美元", 18, "不认识的取值"),
        ("公司: 企业", "公司: 合伙", 14, "不是“主体类型”的选项"),
        ("separator: +", "separator: 创", 16, "秦创原"),
        ("required: 是", "required: 也许", 17, "是 或 否"),
        ("    complete: 是\n", "", 20, "列全"),
        ("complete: 是", "complete: 否", 20, "列全"),
        ("    complete: 是\n", "    complete: 是\n    count: 几项\n", 20, "列全"),
        ("  recognition:", "  recogniton:", 20, "是否想写“recognition”"),
        ("{title: 认定,", "{titel: 认定,", 23, "没有字段"),
        ("level: {value: 省级}", "level: {value: 宇宙级}", 23, "不是“级别”的选项"),
        ("level: {value: 省级}", "level: {value: 不详}", 23, "什么也没有说"),
        ("level: {value: 省级}", "level: {value: 省级, column: 级别}", 23, "只写一个"),
        (GROUPS, "complete: 是\n    each: []", 22, "0 组"),
        ("title: 台账", "titel: 台账", 2, "是否想写“title”"),
    ],
    ids=range(31),
)
def test_every_mistake_has_its_line_and_a_remedy(old: str, new: str, line: int, words: str) -> None:
    assert FULL.count(old) == 1
    with pytest.raises(Problem, match=words) as caught:
        mapping(FULL.replace(old, new))
    assert caught.value.file == "映射.yaml"
    assert caught.value.line == line
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("source: register", "source: 工商局"),
        ("header_row: [2, 3]", "header_row: 0"),
        ("encoding: gb18030", "encoding: big5"),
        ("before: 2021", "before: 21"),
        ("unit: 亿元", "unit: 美元"),
        ("before: 2021", "before: 2021, year: 2020"),
        ("    complete: 是\n", ""),
        ("level: {value: 省级}", "level: {value: 省级, column: 级别}"),
        ("title: 台账", "titel: 台账"),
    ],
)
def test_the_schema_refuses_what_it_can_see(old: str, new: str) -> None:
    content = yaml.safe_load(FULL.replace(old, new).replace("2024-06-30", "'2024-06-30'"))
    assert not VALIDATOR.is_valid(content)


def test_a_mapping_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"source": "tax", "columns": {"代码": "credit_code"}}), encoding="utf-8")
    assert read_mapping(path, bundled()).code_column == "代码"


def test_every_option_is_documented() -> None:
    from enterprises.imports import mapping as module

    text = (Path(__file__).parents[3] / "docs" / "imports.md").read_text(encoding="utf-8")
    options = {*module.MAPPING_FIELDS, *module.MAPPING_OPTIONS, *module.COLUMN_OPTIONS, *module.RECORD_OPTIONS}
    for option in options | set(module.FIELD_OPTIONS):
        assert f"`{option}`" in text, option
