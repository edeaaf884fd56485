"""Tables in files: the header, wherever it is; the encoding, whatever it is; nothing from files cut off."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprises.imports import sheets
from enterprises.imports.cells import alike, text_of
from enterprises.imports.sheets import HEADER_HEIGHT, TOP_ROWS, Layout, Row, open_sheet
from enterprises.source_text import Problem
from tests.made_up_tables import ENDINGS, write, write_csv

HEADER = ["统一社会信用代码", "企业名称", "从业人数"]
ROWS = [["91A", "甲公司", "12"], ["91B", "乙，公司", ""], ["91C", '丙"公司"', "3"]]


def read(
    path: Path, layout: Layout | None = None, wanted: list[str] | None = None
) -> tuple[tuple[str, ...], list[Row]]:
    """The columns of a file and its rows, with the cells of all columns."""
    names = {alike(name) for name in wanted or HEADER}
    with open_sheet(path, layout or Layout(), lambda columns: len(names & set(map(alike, columns)))) as sheet:
        return sheet.columns, list(sheet.rows(range(len(sheet.columns))))


def texts(rows: list[Row]) -> list[list[str]]:
    return [[text_of(cell) for cell in row.cells] for row in rows]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    columns, rows = read(write(tmp_path / f"a{ending}", HEADER, ROWS))
    assert columns == tuple(HEADER)
    assert texts(rows) == ROWS
    first = {".csv": 2, ".xlsx": 2, ".jsonl": 1, ".parquet": 1}[ending]
    assert [row.number for row in rows] == [first, first + 1, first + 2]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_sheet_is_read_as_often_as_one_likes_and_only_what_is_wanted(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"a{ending}", HEADER, ROWS)
    with open_sheet(path, Layout(), len) as sheet:
        assert texts(list(sheet.rows([2, 0]))) == [[row[2], row[0]] for row in ROWS]
        assert texts(list(sheet.rows([1]))) == [[row[1]] for row in ROWS]


# ------------------------------------------------------------------- header


@pytest.mark.parametrize("above", [0, 1, TOP_ROWS - 1])
def test_a_header_is_found_below_titles(tmp_path: Path, above: int) -> None:
    path = tmp_path / "a.csv"
    titles = [["某县台账", "", ""], *[["", "", ""]] * above][:above]
    lines: list[list[str]] = [*titles, HEADER, *ROWS]
    write_csv(path, lines[0], lines[1:])
    columns, rows = read(path)
    assert columns == tuple(HEADER)
    assert texts(rows) == ROWS


def test_a_header_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, ["甲", "乙", "丙"], [HEADER, *ROWS])
    assert read(path, Layout(header=(1,)))[0] == ("甲", "乙", "丙")
    assert read(path, Layout(header=(2,)))[0] == tuple(HEADER)
    assert read(path, Layout(header=(1, 2)))[0] == tuple(f"{a} / {b}" for a, b in zip("甲乙丙", HEADER, strict=True))
    path.write_text("甲\n\n\n", encoding="utf-8")
    with pytest.raises(Problem, match="header_row"):
        read(path, Layout(header=(2,)))


JOINED = ("统一社会信用代码", "营业收入 / 2022", "营业收入 / 2023", "备注")


def test_headers_of_several_rows_with_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, form = book.add_worksheet(), book.add_format()
        sheet.merge_range(0, 0, 0, 3, "台账", form)
        sheet.merge_range(1, 0, 2, 0, "统一社会信用代码", form)
        sheet.merge_range(1, 1, 1, 2, "营业收入", form)
        sheet.write_row(2, 1, [2022, "2023"])
        sheet.write_string(2, 3, "备注")  # above it is a blank that belongs to nothing
        sheet.write_row(3, 0, ["91A", 1, 2])
    columns, rows = read(path, wanted=list(JOINED))
    assert columns == JOINED
    assert [(row.number, row.cells) for row in rows] == [(4, ["91A", 1.0, 2.0, None])]


def test_headers_of_several_rows_without_merging(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, ["统一社会信用代码", "营业收入", "", "备注"], [["", "2022", "2023", ""], ["91A", "1", "2", ""]])
    columns, rows = read(path, wanted=list(JOINED))
    assert columns == JOINED
    assert len(rows) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.integers(1, HEADER_HEIGHT), st.integers(0, 5), st.integers(0, 4))
def test_a_header_of_any_height_is_found(tmp_path: Path, height: int, above: int, below: int) -> None:
    lines = [[f"第{row}层之{column}" for column in range(3)] for row in range(height)]
    table = [["标题", "", ""]] * above + lines + [["x", "y", "z"]] * below
    path = tmp_path / "a.csv"
    write_csv(path, table[0], table[1:])
    names = [" / ".join(parts) for parts in zip(*lines, strict=True)]
    columns, rows = read(path, wanted=names)
    assert list(columns) == names
    assert len(rows) == below


# ----------------------------------------------------------------- encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, HEADER, ROWS, encoding)
    assert read(path)[0] == tuple(HEADER)
    named = "utf-8" if encoding.startswith("utf") else "gb18030"
    assert texts(read(path, Layout(encoding=named))[1]) == ROWS


def test_a_wrong_encoding_is_said_with_the_place_of_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, HEADER, ROWS, "gb18030")
    with pytest.raises(UnicodeDecodeError) as caught:
        path.read_bytes().decode()
    with pytest.raises(Problem, match=f"第 {caught.value.start + 1} 个字节起不是 UTF-8"):
        read(path, Layout(encoding="utf-8"))
    long = ("统一社会信用代码,企业名称,从业人数\n" + "甲,乙,1\n" * 10).encode()
    path.write_bytes(long + b"\xff\xff,1,2\n" + "甲,乙,1\n".encode() * 10)
    with pytest.raises(Problem, match=f"第 {len(long) + 1} 个字节起不是 UTF-8"):
        read(path)
    path.write_bytes(b"a,b\n\xff\xff\xff\n" + b"x,y\n" * 10)
    with pytest.raises(Problem, match="既不是 UTF-8 编码（第 5 个字节起），也不是 GB18030 编码（第 5 个字节起）"):
        read(path)
    path.write_bytes("甲,乙\n".encode("utf-16"))
    with pytest.raises(Problem, match="UTF-16"):
        read(path)


def test_a_character_cut_at_a_chunk_is_no_wrong_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    for encoding in ("utf-8", "gb18030"):
        write_csv(path, HEADER, ROWS * 20, encoding)
        for chunk in (1, 2, 3, 5):
            monkeypatch.setattr(sheets, "_CHUNK", chunk)
            assert len(read(path)[1]) == len(ROWS) * 20


# ------------------------------------------------------------- broken files


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_is_cut_off_anywhere_gives_no_row_that_is_not_whole(tmp_path: Path, ending: str) -> None:
    rows = [[f"91{number:03}", f"示例企业{number}有限公司", str(number * 1234567)] for number in range(40)]
    path = write(tmp_path / f"a{ending}", HEADER, rows)
    content = path.read_bytes()
    for length in range(0, len(content), max(len(content) // 300, 1)):
        path.write_bytes(content[:length])
        try:
            _, found = read(path)
        except Problem as problem:
            assert problem.file == path.name
            assert problem.remedy
        else:
            whole = [row for row in found if row.problem is None]
            assert texts(whole) == rows[: len(whole)]


def test_a_row_of_another_width_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("甲,乙\n1,2\n3\n4,5,6\n\n7,8\n", encoding="utf-8")
    _, rows = read(path, wanted=["甲", "乙"])
    assert [(row.number, row.problem is None) for row in rows] == [(2, True), (3, False), (4, False), (6, True)]
    assert "3 格，表头有 2 格" in str(rows[2].problem)


def test_a_last_row_without_its_end_may_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("甲,乙\n1,2\n3,45", encoding="utf-8")
    _, rows = read(path, wanted=["甲", "乙"])
    assert [row.problem is None for row in rows] == [True, False]
    path.write_text("甲,乙\n1,2\n3", encoding="utf-8")
    with pytest.raises(Problem, match="第 3 行中间断了"):
        read(path, wanted=["甲", "乙"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('甲,乙\n1,"2\n3,4\n', "引号没有成对"),
        ('甲,乙\n"1"x,2\n', "CSV"),
        ('甲,乙\n1,"' + "长" * 200_000, "引号|过长"),
        ("", "空的"),
    ],
    ids=["quote", "after quote", "endless", "empty"],
)
def test_csv_that_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=words):
        read(path, wanted=["甲", "乙"])


@pytest.mark.parametrize("length", [-1, 0, 1])
def test_lines_have_a_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    line = '{"甲": "' + "x" * 100 + '"}\n'
    monkeypatch.setattr(sheets, "LONGEST_LINE", len(line) + length)
    path = tmp_path / "a.jsonl"
    path.write_text('{"甲": "1"}\n' + line, encoding="utf-8")
    if length < 0:
        with pytest.raises(Problem, match="超过") as caught:
            read(path)
        assert caught.value.line == 2
    else:
        assert len(read(path)[1]) == 2


@pytest.mark.parametrize(
    "line",
    ['{"甲": 1', "[1]", '{"甲": 1, "甲": 2}', "甲", '{"甲": ' + "9" * 5000 + "}", "[" * 100_000],
    ids=["open", "list", "twice", "text", "huge", "deep"],
)
def test_a_line_that_is_no_object_is_refused_and_the_others_stand(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"甲": 1}\n' + line + '\n\n{"乙": 2, "甲": 0.10}\n', encoding="utf-8")
    columns, rows = read(path)
    assert columns == ("甲", "乙")
    assert [(row.number, row.problem is None) for row in rows] == [(1, True), (2, False), (4, True)]
    assert [text_of(cell) for cell in rows[2].cells] == ["0.1", "2"]


def test_json_lines_that_end_within_a_line_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"甲": 1}\n{"甲": 2}', encoding="utf-8")
    assert len(read(path)[1]) == 2
    path.write_text('{"甲": 1}\n{"甲": 2', encoding="utf-8")
    with pytest.raises(Problem, match="中间断了") as caught:
        read(path)
    assert caught.value.line == 2


def test_a_header_that_promises_more_rows_than_the_file_can_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"甲": pa.nulls(50_000_000, pa.string())}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(Problem, match="50000000 行，文件却只有"):
        read(path)


def test_parquet_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table: dict[str, Any] = {
        "甲": pa.array(["x", None]).dictionary_encode(),
        "乙": pa.array([1, None], pa.int64()),
        "丙": pa.array([[1], None], pa.list_(pa.int8())),
        "丁": pa.array([b"\xff", None]),
    }
    pq.write_table(pa.table(table), path)
    _, rows = read(path)
    assert [list(row.cells) for row in rows] == [["x", 1, [1], b"\xff"], [None] * 4]


@pytest.mark.parametrize(("name", "words"), [("a.xls", "另存为 .xlsx"), ("a.pdf", ".csv"), ("a", ".csv")])
def test_other_files_are_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(Problem, match=words):
        read(tmp_path / name)


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_that_are_something_else_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"\x00\x01\x02" * 100)
    if ending in (".xlsx", ".parquet"):
        with pytest.raises(Problem):
            read(path)
    path.write_bytes(b"")
    with pytest.raises(Problem):
        read(path)
    with pytest.raises(Problem, match=r"读不出来|不是完整"):
        read(tmp_path / f"missing{ending}")


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers() | st.text(max_size=5), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_json_lines_hold_what_json_holds(tmp_path: Path, content: dict[str, Any]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"甲": 1, **content}) + "\n", encoding="utf-8")
    columns, rows = read(path)
    assert dict(zip(columns, rows[0].cells, strict=True)) == {"甲": 1, **content}
