"""Excel files: what another reader sees too, in bounded memory, and no harm from files made to do harm."""

import resource
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from enterprises.imports import workbooks
from enterprises.imports.workbooks import MOST_COLUMNS, MOST_ROWS, Workbook
from enterprises.source_text import Problem
from tests.made_up_tables import write_excel

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def rows(path: Path, sheet: str | None = None) -> list[tuple[int, list[Any]]]:
    book = Workbook(path)
    try:
        return list(book.rows(sheet or book.sheets[0]))
    finally:
        book.close()


def make(path: Path, sheet: str, *, parts: dict[str, str] | None = None) -> Path:
    """A workbook whose only sheet has this XML."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    content = {
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{relations}">'
        '<sheets><sheet name="甲" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        '<Relationship Id="rId1" Target="worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": sheet,
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def sheet_of(data: str, before: str = "") -> str:
    return f'<worksheet xmlns="{NAMESPACE}">{before}<sheetData>{data}</sheetData></worksheet>'


CELLS = (
    st.none()
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20)
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.booleans()
    | st.dates(date(1950, 1, 1), date(2100, 1, 1))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_another_reader_sees_the_same(tmp_path: Path, table: list[list[Any]]) -> None:
    path = tmp_path / "a.xlsx"
    write_excel(path, ["甲", "乙", "丙"], table)
    mine = dict(rows(path))
    theirs = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    for number, cells in enumerate(theirs, start=1):
        found = [*mine.get(number, []), None, None, None][:3]
        assert found == [None if cell == "" else cell for cell in cells]


def test_dates_are_what_their_cells_are_formatted_as(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    formats = ["yyyy-mm-dd", "m/d/yyyy", 'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "mm-dd-yy", "d-mmm"]
    others = ["0.00", "#,##0.00_);[Red](#,##0.00)", '0"元/day"', "General", "h:mm:ss", "0.00E+00", "@"]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for column, code in enumerate(formats + others):
            sheet.write_number(0, column, 45045.5, book.add_format({"num_format": code}))
    ((_, cells),) = rows(path)
    assert cells == [date(2023, 4, 29)] * len(formats) + [45045.5] * len(others)


def test_the_other_calendar_of_excel(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet().write_datetime(0, 0, datetime(2023, 4, 29), form)
    assert rows(path) == [(1, [date(2023, 4, 29)])]


def test_texts_of_several_styles_prefixes_and_inline_texts(tmp_path: Path) -> None:
    text = "<x:r><x:t>甲</x:t></x:r><x:r><x:t>乙</x:t></x:r><x:rPh><x:t>仮</x:t></x:rPh>"
    shared = f'<x:sst xmlns:x="{NAMESPACE}"><x:si>{text}</x:si></x:sst>'
    inline = '<x:c r="D2" t="inlineStr"><x:is><x:t>丙</x:t></x:is></x:c>'
    others = '<x:c t="b"><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c>'
    data = (
        f'<x:row r="2"><x:c r="B2" t="s"><x:v>0</x:v></x:c>{inline}</x:row>'
        f'<x:row><x:c t="str"><x:f>A1</x:f><x:v>丁</x:v></x:c>{others}</x:row>'
    )
    xml = f'<x:worksheet xmlns:x="{NAMESPACE}"><x:sheetData>{data}</x:sheetData></x:worksheet>'
    path = make(tmp_path / "a.xlsx", xml, parts={"xl/sharedStrings.xml": shared})
    assert rows(path) == [(2, [None, "甲乙", None, "丙"]), (3, ["丁", True, "#N/A"])]


def test_merged_ranges_are_found_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("甲")
        for row in range(0, 600, 3):
            sheet.merge_range(row, 0, row + 1, 3, "并")
    expected = [((row, 0), (row + 1, 3)) for row in range(0, 600, 3)]
    for chunk in (2**16, 7, 40):
        monkeypatch.setattr(workbooks, "_CHUNK", chunk)
        book_read = Workbook(path)
        assert book_read.merged("甲") == expected
        book_read.close()


@pytest.mark.parametrize("row", [MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1])
def test_no_sheet_has_more_rows_than_excel(tmp_path: Path, row: int) -> None:
    for before, data in (
        (f'<dimension ref="A1:B{row}"/>', '<row r="1"><c r="A1"><v>1</v></c></row>'),
        ("", f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>'),
    ):
        path = make(tmp_path / "a.xlsx", sheet_of(data, before))
        if row <= MOST_ROWS:
            assert rows(path)
        else:
            with pytest.raises(Problem, match=str(MOST_ROWS)):
                rows(path)


def test_two_cells_at_opposite_corners_cost_nothing(tmp_path: Path) -> None:
    last = f'<row r="{MOST_ROWS}"><c r="XFD{MOST_ROWS}"><v>1</v></c></row>'
    path = make(tmp_path / "a.xlsx", sheet_of(f'<row r="1"><c r="A1"><v>1</v></c></row>{last}'))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = rows(path)
    assert [number for number, _ in found] == [1, MOST_ROWS]
    assert len(found[1][1]) == MOST_COLUMNS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "列号"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "次序"),
        ('<row r="2"/><row r="2"/>', "之后又是"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "不存在的文字"),
        ('<row r="1"><c r="A1"><v>1元</v></c></row>', "数字"),
        ('<row r="1"><c r="A1" t="inlineStr"><is><t>' + "长" * 200_000 + "</t></is></c></row>", "字符"),
        ('<row r="1"><c r="A1"><v>1</v></row>', "损坏"),
        ('<row r="99999999999999999999"/>', "超过"),
    ],
    ids=range(8),
)
def test_what_excel_would_not_write_is_refused(tmp_path: Path, data: str, words: str) -> None:
    with pytest.raises(Problem, match=words):
        rows(make(tmp_path / "a.xlsx", sheet_of(data)))


def test_entities_that_would_multiply_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(Problem, match="DOCTYPE"):
        rows(make(tmp_path / "a.xlsx", bomb + sheet_of('<row><c t="str"><v>&b;</v></c></row>')))


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.xlsx", sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 10_000))
    size = zipfile.ZipFile(path).getinfo("xl/worksheets/s.xml").file_size
    for limit, is_refused in ((size - 1, True), (size, False), (size + 1, False)):
        monkeypatch.setattr(workbooks, "MOST_SHEET_BYTES", limit)
        if is_refused:
            with pytest.raises(Problem, match="解压后过大"):
                rows(path)
        else:
            assert rows(path)


def test_a_size_that_is_a_lie_does_not_help(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", sheet_of("<row/>" * 100_000))
    content = bytearray(path.read_bytes())
    real = zipfile.ZipFile(path).getinfo("xl/worksheets/s.xml").file_size.to_bytes(4, "little")
    assert content.count(real) == 2
    path.write_bytes(content.replace(real, (500).to_bytes(4, "little")))
    with pytest.raises(Problem, match="损坏"):
        rows(path)


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/s.xml"])
def test_missing_parts_are_named(tmp_path: Path, missing: str) -> None:
    whole = make(tmp_path / "a.xlsx", sheet_of("<row/>"))
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name != missing:
                new.writestr(name, old.read(name))
    with pytest.raises(Problem, match=r"缺少|没有工作表"):
        rows(path)


def _every_tenth_cut(content: bytes) -> list[bytes]:
    return [content[:length] for length in range(0, len(content), max(len(content) // 60, 1))]


def _every_tenth_byte_changed(content: bytes) -> list[bytes]:
    places = range(0, len(content), max(len(content) // 60, 1))
    return [content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :] for place in places]


@pytest.mark.parametrize("harm", [_every_tenth_cut, _every_tenth_byte_changed], ids=["cut", "changed"])
def test_a_harmed_file_is_a_clear_problem_and_never_another_content(
    tmp_path: Path, harm: Callable[[bytes], list[bytes]]
) -> None:
    path = tmp_path / "a.xlsx"
    write_excel(path, ["甲", "乙"], [[f"文字{number}", number] for number in range(50)])
    whole = rows(path)
    for content in harm(path.read_bytes()):
        path.write_bytes(content)
        try:
            assert rows(path) == whole
        except Problem as problem:
            assert problem.file == "a.xlsx"
            assert problem.remedy


def test_sheets_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_excel(path, ["甲"], [])
    book = Workbook(path)
    assert book.sheets == ("台账",)
    with pytest.raises(Problem, match="台账"):
        book.check_sheet("台帐")
    book.close()
