"""What goes out comes back the same; and no spreadsheet takes what an enterprise is called for a formula."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from enterprises.dictionary import Kind, bundled
from enterprises.imports import exports, workbooks
from enterprises.imports.cells import UNKNOWN_CELLS, alike
from enterprises.imports.exports import export, full_mapping
from enterprises.imports.mapping import TableMapping
from enterprises.imports.reading import RowReader, Table, score_by
from enterprises.imports.sheets import open_sheet
from enterprises.profiles import Observation, Profile, Record, Series, exceeding_years
from enterprises.source_text import Problem
from tests.any_profiles import any_profiles
from tests.made_up_tables import ENDINGS, code, mapping

LAST_DAY = date.max
DANGEROUS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''", "=cmd|' /C calc'!A0"]


def read(path: Path, by: TableMapping) -> list[Profile]:
    with open_sheet(path, by.layout, score_by(by)) as sheet:
        table = Table(by, sheet, LAST_DAY)
        reader = RowReader(table)
        readings = [reader.read(row) for row in sheet.rows(table.wanted)]
    assert [list(reading.rejects) for reading in readings] == [[] for _ in readings]
    return [reading.profile for reading in readings if reading.profile is not None]


def returned(path: Path, profiles: Sequence[Profile]) -> list[Profile]:
    by = mapping(full_mapping(profiles, bundled()))
    assert export(profiles, path, by) == len(profiles)
    return read(path, by)


def _says_nothing_else(profile: Profile) -> bool:
    """Whether no text of it is one that tables use for what nobody knows, or has blanks around it, which they lose."""
    texts = [profile.name or "x"]
    texts += [str(seen.value) for name, seen in profile.facts.items() if bundled().facts[name].kind is Kind.TEXT]
    for name, listed in profile.records.items():
        fields = bundled().records[name].fields
        texts += [
            str(seen.value)
            for record in listed
            for field, seen in record.fields.items()
            if fields[field].kind is Kind.TEXT
        ]
    return all(text == text.strip() and alike(text).lower() not in UNKNOWN_CELLS for text in texts)


def _plain(profile: Profile) -> Profile:
    """The same profile without series that say nothing."""
    series = {name: one for name, one in profile.series.items() if one.years or one.before is not None}
    return Profile(profile.credit_code, profile.name, dict(profile.facts), series, dict(profile.records))


@pytest.mark.parametrize("ending", ENDINGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.data())
def test_importing_an_export_gives_the_same_profiles(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    found = [_plain(one) for one in data.draw(st.lists(any_profiles([code(0)]), min_size=1, max_size=3))]
    assume(all(map(_says_nothing_else, found)))
    assume(not any(exceeding_years(one) for profile in found for one in profile.series.values()))
    numbered = [Profile(code(number), one.name, one.facts, one.series, one.records) for number, one in enumerate(found)]
    assert returned(tmp_path / f"a{ending}", numbered) == numbered


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("text", DANGEROUS, ids=repr)
def test_nothing_that_is_written_is_a_formula(tmp_path: Path, ending: str, text: str) -> None:
    record = Record("project", {"name": Observation(text.strip())})
    profile = Profile(code(1), text.strip(), records={"project": (record,)})
    path = tmp_path / f"a{ending}"
    assert returned(path, [profile]) == [profile]
    if ending == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {*"=+-@\t\r＝"}]
    if ending == ".xlsx":
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        assert text.strip() in sheet[1]
        import zipfile

        with zipfile.ZipFile(path) as archive:
            assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


TABLE = """
source: register
columns:
  代码: credit_code
  名称: name
  类型: {fact: entity_kind, values: {有限公司: 企业, 股份公司: 企业}}
  成立: {fact: registered_on, dates: [月/日/年]}
  园区: {fact: zones, separator: +, values: {QCY: 秦创原}}
  收入: {fact: revenue, year: 2023, unit: 亿元}
  五上: {fact: five_above, values: {入统: 是, 未入统: 否}}
records:
  recognition:
    complete: 是
    each:
      - {title: 认定一, level: {value: 省级}}
      - {title: 认定二}
"""


def _enterprise(**records: Any) -> Profile:
    return Profile(
        code(1),
        "示例",
        {
            "entity_kind": Observation("企业"),
            "registered_on": Observation(date(2023, 4, 5)),
            "zones": Observation(frozenset({"秦创原", "县域园区"})),
            "five_above": Observation(False),
        },
        {"revenue": Series({2023: Observation(123)})},
        records,
    )


def test_a_mapping_of_ones_own_is_followed_backwards(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    award = Record("recognition", {"title": Observation("高新技术企业")})
    export([_enterprise(recognition=(award,)), Profile(code(2))], path, mapping(TABLE))
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, first, second = csv.reader(file)
    assert header == ["代码", "名称", "类型", "成立", "园区", "收入", "五上", "认定一", "认定二"]
    assert first == [
        code(1),
        "示例",
        "有限公司",
        "04/05/2023",
        "县域园区+QCY",
        "0.0000000123",
        "未入统",
        "高新技术企业",
        "",
    ]
    assert second == [code(2), "", "", "", "", "", "", "不详", ""]
    one, other = read(path, mapping(TABLE))
    assert one.series["revenue"].years[2023].value == 123
    assert one.facts["zones"].value == {"秦创原", "县域园区"}
    assert "recognition" not in other.records


def test_no_record_is_lost_for_lack_of_room(tmp_path: Path) -> None:
    awards = tuple(Record("recognition", {"title": Observation("绿色工厂")}) for _ in range(3))
    export([_enterprise(recognition=awards[:2])], tmp_path / "a.csv", mapping(TABLE))
    with pytest.raises(Problem, match="3 条“资质认定”，映射里只有 2 组"):
        export([_enterprise(recognition=awards)], tmp_path / "b.csv", mapping(TABLE))
    assert not list(tmp_path.glob("*b.csv*"))


@pytest.mark.parametrize("room", [2, 3, 4])
def test_excel_holds_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", room)
    profiles = [Profile(code(number)) for number in range(2)]
    if room < 3:
        with pytest.raises(Problem, match="分开导出"):
            export(profiles, tmp_path / "a.xlsx", mapping(TABLE))
    else:
        assert export(profiles, tmp_path / "a.xlsx", mapping(TABLE)) == 2
    assert workbooks.MOST_ROWS == 2**20


def test_so_many_columns_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in (8, 9, 10):
        monkeypatch.setattr(exports, "MOST_COLUMNS", most)
        if most < 9:
            with pytest.raises(Problem, match="9 列"):
                export([], tmp_path / "a.csv", mapping(TABLE))
        else:
            export([], tmp_path / "a.csv", mapping(TABLE))


def test_a_file_that_cannot_be_written_is_a_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="写不出来"):
        export([], tmp_path / "missing" / "a.csv", mapping(TABLE))
    with pytest.raises(Problem, match=r"\.parquet"):
        export([], tmp_path / "a.doc", mapping(TABLE))
