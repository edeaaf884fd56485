"""The report of what was not taken: all of it, harmless in a spreadsheet, and there only once it is complete."""

import csv
import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from enterprises.imports import rejects
from enterprises.imports.rejects import HEADINGS, SHOWN, Reject, Rejects, escaped, opened_report, printable
from enterprises.source_text import Problem

CELL = Reject("a.xlsx", "台账", 7, "从业人数", "=1+1", "不是整数", "请写整数", is_row=False)
ROW = Reject("a.xlsx", None, 8, None, "x\x00\ud800" + "长" * 300, "缺列", "请补上", is_row=True)


@pytest.mark.parametrize("ending", [".xlsx", ".json", ".csv"])
@pytest.mark.parametrize("count", [0, 1, SHOWN - 1, SHOWN, SHOWN + 1])
def test_everything_is_reported_and_the_first_are_shown(tmp_path: Path, ending: str, count: int) -> None:
    path = tmp_path / f"未导入{ending}"
    with opened_report(path) as report:
        collected = Rejects(report)
        for number in range(count):
            collected.add(CELL if number % 2 else ROW)
        assert not path.exists()
    assert (collected.rows, collected.cells) == ((count + 1) // 2, count // 2)
    assert len(collected.first) == min(count, SHOWN)
    assert len(_read(path)) == count
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def _read(path: Path) -> list[list[str]]:
    if path.suffix == ".json":
        return [list(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]
    book = CalamineWorkbook.from_path(path)
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()[1:]]  # type: ignore[misc]


def test_what_was_written_is_no_formula_and_nothing_that_breaks_the_report(tmp_path: Path) -> None:
    for ending in (".xlsx", ".json", ".csv"):
        with opened_report(tmp_path / f"a{ending}") as report:
            assert report is not None
            report.add(CELL)
            report.add(ROW)
    first, second = _read(tmp_path / "a.xlsx")
    assert first == ["a.xlsx", "台账", "7", "从业人数", "=1+1", "不是整数", "请写整数", "这一格未导入"]
    assert second[4] == "x\ufffd\ufffd" + "长" * 197 + "…"
    assert _read(tmp_path / "a.csv")[0][4] == "'=1+1"
    one, other = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (one["row"], one["column"], one["written"], one["rejected"]) == (7, "从业人数", "=1+1", "cell")
    assert (other["column"], other["rejected"]) == (None, "row")


def test_a_sheet_that_is_full_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "_MOST_SHEET_ROWS", 10)
    path = tmp_path / "a.xlsx"
    with opened_report(path) as report:
        assert report is not None
        for _ in range(21):
            report.add(CELL)
    book = CalamineWorkbook.from_path(path)
    assert [book.get_sheet_by_name(name).height for name in book.sheet_names] == [11, 11, 2]
    assert book.get_sheet_by_index(2).to_python()[0] == list(HEADINGS)


def test_a_report_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    for ending in (".xlsx", ".json", ".csv"):
        with pytest.raises(KeyError), opened_report(tmp_path / f"a{ending}"):
            raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_a_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"\.json"), opened_report(tmp_path / "a.txt"):
        pass
    for ending in (".xlsx", ".json", ".csv"):
        with pytest.raises(Problem, match="报告写不出来"), opened_report(tmp_path / "missing" / f"a{ending}"):
            pass


def test_places_are_said_for_people() -> None:
    assert CELL.place == "a.xlsx［台账］ 第 7 行“从业人数”列"
    assert ROW.place == "a.xlsx 第 8 行"


@pytest.mark.parametrize(("length", "is_cut"), [(199, False), (200, False), (201, True)])
def test_long_contents_are_cut(length: int, is_cut: bool) -> None:
    assert printable("长" * length).endswith("…") == is_cut


def test_only_what_is_dangerous_is_escaped() -> None:
    assert [escaped(text) for text in ("", "甲", "1", "=1", "'", "＝1")] == ["", "甲", "1", "'=1", "''", "'＝1"]
