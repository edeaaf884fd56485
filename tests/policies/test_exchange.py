"""The library out and in again: nothing changes by itself, what somebody changed comes back, bad files say where."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.imports.workbooks import Workbook
from enterprises.source_text import Problems, is_usable, read_yaml
from policies.exchange import written as limits
from policies.exchange.archive import read_archive, read_one, write_archive
from policies.exchange.columns import DOCUMENTS, FIGURES, ITEMS, figures
from policies.exchange.workbook_in import read_workbook
from policies.exchange.workbook_out import write_workbook
from policies.exchange.yaml_text import to_yaml
from policies.library import bundled_library

DICTIONARY = bundled()
LIBRARY = bundled_library()
DOCUMENT = "yanan-2023-private-economy"
ITEM = f"{DOCUMENT}.15"
FEW = {name: LIBRARY.items[name] for name in (ITEM, f"{DOCUMENT}.3", f"{DOCUMENT}.6")}

TEXTS = st.text(max_size=30).filter(is_usable)
PLAIN = st.recursive(
    st.none() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, PLAIN, min_size=1, max_size=4))
def test_yaml_that_is_written_is_read_as_it_was(plain: dict[str, Any]) -> None:
    assert read_yaml(to_yaml(plain), "test").plain() == plain


def test_every_bundled_item_goes_out_as_yaml_and_comes_back_the_same() -> None:
    packed = write_archive(LIBRARY.items.values(), LIBRARY.documents)
    assert packed == write_archive(LIBRARY.items.values(), LIBRARY.documents)
    found = read_archive(packed, "库.zip", DICTIONARY)
    assert {each.id: (each.item, each.document) for each in found} == {
        item.id: (item.source, item.document.source) for item in LIBRARY.items.values()
    }


def test_the_workbook_of_every_bundled_item_comes_back_without_a_change() -> None:
    packed = write_workbook(LIBRARY.items.values(), LIBRARY.documents, DICTIONARY)
    assert len(packed) < limits.MOST_BYTES
    assert read_workbook(packed, "库.xlsx", LIBRARY.items, LIBRARY.documents, DICTIONARY) == ()


# ------------------------------------------------------------------ workbooks that somebody changed

Cells = dict[str, list[list[str]]]


def cells_of(packed: bytes, folder: Any) -> Cells:
    path = folder / "out.xlsx"
    path.write_bytes(packed)
    book = Workbook(path)
    try:
        return {sheet: [list(map(str, row)) for _, row in book.rows(sheet)] for sheet in (DOCUMENTS, ITEMS, FIGURES)}
    finally:
        book.close()


def packed_of(cells: Cells) -> bytes:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    for name, rows in cells.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, ["" if text == "None" else text for text in row])
    book.close()
    return packed.getvalue()


@pytest.fixture
def cells(tmp_path: Any) -> Cells:
    return cells_of(write_workbook(FEW.values(), LIBRARY.documents, DICTIONARY), tmp_path)


def come_back(cells: Cells) -> dict[str, Any]:
    found = read_workbook(packed_of(cells), "库.xlsx", FEW, LIBRARY.documents, DICTIONARY)
    return {each.id: each for each in found}


def put(cells: Cells, sheet: str, row: Callable[[list[str]], bool], heading: str, text: str) -> int:
    """Change a cell of the first row that is meant; its number as Excel counts."""
    head, *rows = cells[sheet]
    number = next(number for number, each in enumerate(rows, start=1) if row(each))
    line, column = cells[sheet][number], head.index(heading)
    line += ["None"] * (column + 1 - len(line))
    line[column] = text
    return number + 1


def of_item(row: list[str]) -> bool:
    return row[0] == ITEM


def test_texts_dates_and_lists_that_were_changed_come_back(cells: Cells) -> None:
    put(cells, ITEMS, of_item, "联系", "0911-1234567")
    put(cells, ITEMS, of_item, "主管部门", "延安市工业和信息化局\n延安市财政局\n延安市统计局")
    put(cells, ITEMS, of_item, "受理最后一天", "2025-12-31")
    put(cells, ITEMS, of_item, "要主管部门确认", "否")
    item = come_back(cells)[ITEM].item
    assert item["contact"] == "0911-1234567"
    assert item["departments"][-1] == "延安市统计局"
    assert item["window"] == {"closes": "2025-12-31"}
    assert "needs_confirmation" not in item
    assert item["who"] == FEW[ITEM].source["who"]


def test_a_threshold_that_was_changed_comes_back(cells: Cells) -> None:
    figure = next(each for each in figures(FEW[ITEM], DICTIONARY) if each.value == "100万元" and each.path[0] == "who")
    put(cells, FIGURES, lambda row: row[0] == ITEM and row[3] == figure.locator, "现在的值", "200万元")
    cap = next(each for each in figures(FEW[ITEM], DICTIONARY) if each.path == ("benefit", "cap"))
    put(cells, FIGURES, lambda row: row[0] == ITEM and row[3] == cap.locator, "现在的值", "50万元")
    item = come_back(cells)[ITEM].item
    assert item["benefit"]["cap"] == "50万元"
    assert item["who"]["all"][4]["any_record"]["where"]["all"][1] == {"fixed_asset_investment": {"at_least": "200万元"}}


def test_a_tier_that_was_changed_comes_back_in_its_place(tmp_path: Any) -> None:
    tiered = next(
        item for item in LIBRARY.items.values() if any(figure.is_name for figure in figures(item, DICTIONARY))
    )
    figure = next(each for each in figures(tiered, DICTIONARY) if each.is_name)
    some = {tiered.id: tiered}
    cells = cells_of(write_workbook(some.values(), LIBRARY.documents, DICTIONARY), tmp_path)
    put(cells, FIGURES, lambda row: row[3] == figure.locator, "现在的值", "1万元")
    (found,) = read_workbook(packed_of(cells), "库.xlsx", some, LIBRARY.documents, DICTIONARY)
    old, new = to_yaml(dict(tiered.source)), to_yaml(dict(found.item))
    assert new == old.replace(f"{figure.value}:", "1万元:", 1)


def test_a_document_that_was_changed_comes_back_with_its_items(cells: Cells) -> None:
    put(cells, DOCUMENTS, lambda row: row[0] == DOCUMENT, "名称", "新的名称")
    found = come_back(cells)
    assert set(found) == set(FEW)
    assert {each.document["title"] for each in found.values()} == {"新的名称"}
    assert all(each.document["left_out"] == LIBRARY.documents[DOCUMENT].source["left_out"] for each in found.values())


@pytest.mark.parametrize(
    ("sheet", "heading", "text", "said"),
    [
        (ITEMS, "类别", "没有", "不认识的取值“没有”"),
        (ITEMS, "页码", "9999", "不在文件的页码之内"),
        (ITEMS, "版本", "7", "表里是第 7 版，库里已经是第 1 版"),
        (ITEMS, "编号", "没有.1", "没有事项“没有.1”"),
        (ITEMS, "主管部门", "", "缺少字段"),
        (DOCUMENTS, "施行日期", "去年", "去年"),
        (DOCUMENTS, "编号", "没有", "没有文件“没有”"),
    ],
)
def test_a_mistake_is_said_with_sheet_line_and_column(
    cells: Cells, sheet: str, heading: str, text: str, said: str
) -> None:
    row = put(cells, sheet, lambda row: row[0] in (ITEM, DOCUMENT), heading, text)
    with pytest.raises(Problems) as caught:
        come_back(cells)
    problem = caught.value.problems[0]
    assert said in str(problem) and f"工作表“{sheet}”" in problem.file
    assert (problem.line, problem.field) == (row, heading) or said == "缺少字段"


def test_a_figure_that_is_none_is_said_at_its_cell(cells: Cells) -> None:
    cap = next(each for each in figures(FEW[ITEM], DICTIONARY) if each.path == ("benefit", "cap"))
    row = put(cells, FIGURES, lambda row: row[0] == ITEM and row[3] == cap.locator, "现在的值", "很多钱")
    with pytest.raises(Problems) as caught:
        come_back(cells)
    assert (caught.value.problems[0].line, caught.value.problems[0].field) == (row, "现在的值")


def test_columns_and_rows_may_be_moved_and_left_out(cells: Cells) -> None:
    put(cells, ITEMS, of_item, "联系", "电话")
    cells[ITEMS] = [list(reversed(row + ["None"] * (len(cells[ITEMS][0]) - len(row)))) for row in cells[ITEMS][:2]]
    cells[FIGURES] = cells[FIGURES][:1]
    assert {name: each.item["contact"] for name, each in come_back(cells).items()} == {ITEM: "电话"}


def test_a_sheet_or_a_column_that_is_missing_is_said(cells: Cells) -> None:
    cells[ITEMS][0][0] = "什么"
    with pytest.raises(Problems, match="缺少“编号”列"):
        come_back(cells)
    del cells[ITEMS]
    with pytest.raises(Problems, match="没有工作表“事项”"):
        come_back(cells)


# ------------------------------------------------------------------ files that are none


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


DOCUMENT_YAML = to_yaml(dict(LIBRARY.documents[DOCUMENT].source)).encode()
ITEM_YAML = to_yaml(dict(LIBRARY.items[ITEM].source)).encode()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "没有政策事项"),
        ({"readme.txt": b"x"}, "不是政策库的文件"),
        ({"../x/15.yaml": b"x"}, "不是政策库的文件"),
        ({"a/15.yaml": ITEM_YAML}, "缺少 document.yaml"),
        ({"a/document.yaml": DOCUMENT_YAML}, "与文件夹“a”不一致"),
        ({f"{DOCUMENT}/document.yaml": DOCUMENT_YAML, f"{DOCUMENT}/16.yaml": ITEM_YAML}, "与文件名不一致"),
        ({f"{DOCUMENT}/document.yaml": DOCUMENT_YAML, f"{DOCUMENT}/15.yaml": b"a: [1"}, "不合 YAML 的写法"),
        ({f"{DOCUMENT}/document.yaml": DOCUMENT_YAML, f"{DOCUMENT}/15.yaml": b"\xff\xfe"}, "不是 UTF-8"),
        ({f"{DOCUMENT}/document.yaml": DOCUMENT_YAML.replace(b"level: city", b"level: x")}, "不认识的取值"),
    ],
)
def test_a_bad_archive_says_which_file_is_wrong(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(Problems, match=said):
        read_archive(zipped(**files), "库.zip", DICTIONARY)


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    files = {f"{DOCUMENT}/document.yaml": DOCUMENT_YAML, f"{DOCUMENT}/15.yaml": ITEM_YAML}
    junk = {"__MACOSX/x": b"x", f"{DOCUMENT}/.DS_Store": b"x"}
    assert len(read_archive(zipped(**files, **junk), "库.zip", DICTIONARY)) == 1


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(**{"a/15.yaml": b"0" * (limits.MOST_UNPACKED + 1)})
    assert len(bomb) < 100_000
    with pytest.raises(Problems, match="解开后太大"):
        read_archive(bomb, "库.zip", DICTIONARY)
    with pytest.raises(Problems, match="解开后太大"):
        read_workbook(bomb, "库.xlsx", {}, {}, DICTIONARY)
    monkeypatch.setattr(limits, "MOST_PARTS", 3)
    read_names = {f"a/{number}.yaml": b"" for number in range(4)}
    with pytest.raises(Problems, match="解开后太大"):
        read_archive(zipped(**read_names), "库.zip", DICTIONARY)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip"], ids=["empty", "begun", "text"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(Problems, match="打不开"):
        read_archive(data, "库.zip", DICTIONARY)
    with pytest.raises(Problems, match="打不开"):
        read_workbook(data, "库.xlsx", {}, {}, DICTIONARY)


def test_bytes_that_were_damaged_on_the_way_are_refused() -> None:
    packed = bytearray(zipped(**{f"{DOCUMENT}/document.yaml": DOCUMENT_YAML}))
    packed[200] ^= 0xFF
    with pytest.raises(Problems, match=r"损坏|打不开"):
        read_archive(bytes(packed), "库.zip", DICTIONARY)


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    with pytest.raises(Problems, match="文件太大"):
        read_archive(b"x" * 11, "库.zip", DICTIONARY)


def test_a_yaml_file_of_many_bytes_is_not_even_read() -> None:
    full = ITEM_YAML + b"#" * (limits.MOST_YAML - len(ITEM_YAML))
    assert read_one(full, "15.yaml", LIBRARY.documents, DICTIONARY)
    with pytest.raises(Problems, match="文件太大"):
        read_one(full + b"#", "15.yaml", LIBRARY.documents, DICTIONARY)
    with pytest.raises(Problems, match="文件太大"):
        read_archive(zipped(**{f"{DOCUMENT}/document.yaml": full + b"#"}), "库.zip", DICTIONARY)


def test_a_single_item_comes_under_the_document_that_there_is() -> None:
    (found,) = read_one(ITEM_YAML, "15.yaml", LIBRARY.documents, DICTIONARY)
    assert found.item == LIBRARY.items[ITEM].source
    with pytest.raises(Problems, match=r"没有.*所属的文件"):
        read_one(ITEM_YAML, "15.yaml", {}, DICTIONARY)
    for data in (b"- x", b"title: x", b""):
        with pytest.raises(Problems):
            read_one(data, "15.yaml", LIBRARY.documents, DICTIONARY)
