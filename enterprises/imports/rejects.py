"""The report of what was not taken: every rejected row and cell, what was written there, why, and how to mend it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, Protocol

from enterprises.imports.cells import ESCAPED_STARTS
from enterprises.source_text import Problem, is_usable
from enterprises.whole_files import whole_file

SHOWN = 20
"""How many rejects are kept to be shown on a terminal."""

HEADINGS = ("文件", "工作表", "行", "列", "所写内容", "问题", "怎样改", "结果")

_LONGEST = 200  # characters of what was written
_MOST_SHEET_ROWS = 1_000_000
_WHOLE_ROW, _CELL_ONLY = "整行未导入", "这一格未导入"


@dataclass(frozen=True, slots=True)
class Reject:
    """One row (``column`` is ``None``) or one cell that was not taken; ``row`` as the file's readers count."""

    file: str
    sheet: str | None
    row: int
    column: str | None
    written: str
    message: str
    remedy: str
    is_row: bool

    @property
    def place(self) -> str:
        """Where it is, in Chinese."""
        sheet = f"［{self.sheet}］" if self.sheet else ""
        column = f"“{self.column}”列" if self.column is not None else ""
        return f"{self.file}{sheet} 第 {self.row} 行{column}"

    @property
    def cells(self) -> tuple[str, ...]:
        """What the report says under each of its headings."""
        outcome = _WHOLE_ROW if self.is_row else _CELL_ONLY
        words = (self.column or "", printable(self.written), self.message, self.remedy, outcome)
        return (self.file, self.sheet or "", str(self.row), *words)


class Rejects:
    """Counts the rejects of an import, keeps the first, and passes all on to a report; none is held longer."""

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self.first: list[Reject] = []
        self.rows = self.cells = 0

    def add(self, reject: Reject) -> None:
        if reject.is_row:
            self.rows += 1
        else:
            self.cells += 1
        if len(self.first) < SHOWN:
            self.first.append(reject)
        if self._report is not None:
            self._report.add(reject)


class Report(Protocol):
    """Somewhere that rejects are written to."""

    def add(self, reject: Reject) -> None:
        """Write one more."""

    def close(self) -> None:
        """Nothing more will come."""


@contextmanager
def opened_report(path: Path | None) -> Iterator[Report | None]:
    """A report to ``path`` (.xlsx, .json or .csv), which appears there once it is complete. Raises ``Problem``."""
    if path is None:
        yield None
        return
    kind = _REPORTS.get(path.suffix.lower())
    if kind is None:
        _fail(path, f"报告不能写成“{path.suffix}”文件", f"可以写：{'、'.join(_REPORTS)}")
    try:
        with whole_file(path) as draft:
            report = kind(draft)
            try:
                yield report
            finally:
                report.close()
    except OSError as error:
        _fail(path, f"报告写不出来（{error.strerror or error}）", "请换一个能写的位置")


def printable(text: str) -> str:
    """``text`` as a report can hold it: what cannot be shown is marked, what is long is cut."""
    shown = text if is_usable(text) else "".join(each if is_usable(each) else "\ufffd" for each in text)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def escaped(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula when it opens a CSV file."""
    return f"'{text}" if text[:1] in ESCAPED_STARTS and text else text


class _Excel:
    """Every cell is a text, whatever it begins with."""

    def __init__(self, path: Path) -> None:
        import xlsxwriter

        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._bold = self._book.add_format({"bold": True})
        self._sheets = self._row = 0
        self._next_sheet()

    def add(self, reject: Reject) -> None:
        if self._row > _MOST_SHEET_ROWS:
            self._next_sheet()
        for column, text in enumerate(reject.cells):
            self._sheet.write_string(self._row, column, text)
        self._row += 1

    def close(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from None

    def _next_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet("未导入" if self._sheets == 1 else f"未导入{self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for column, (heading, width) in enumerate(zip(HEADINGS, (24, 12, 8, 24, 30, 48, 48, 14), strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, heading, self._bold)
        self._row = 1


class _Json:
    """A list of objects, one a line."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._before = "[\n"

    def add(self, reject: Reject) -> None:
        words = {"file": reject.file, "sheet": reject.sheet, "row": reject.row, "column": reject.column}
        words |= {"written": printable(reject.written), "message": reject.message, "remedy": reject.remedy}
        outcome = {"rejected": "row" if reject.is_row else "cell"}
        self._file.write(self._before + json.dumps(words | outcome, ensure_ascii=False))
        self._before = ",\n"

    def close(self) -> None:
        self._file.write("[]\n" if self._before == "[\n" else "\n]\n")
        self._file.close()


class _Csv:
    """UTF-8 with BOM, which is what Excel expects."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADINGS)

    def add(self, reject: Reject) -> None:
        self._writer.writerow([escaped(text) for text in reject.cells])

    def close(self) -> None:
        self._file.close()


_REPORTS: dict[str, Callable[[Path], Report]] = {".xlsx": _Excel, ".json": _Json, ".csv": _Csv}


def _fail(path: Path, message: str, remedy: str) -> NoReturn:
    raise Problem(str(path), None, "", message, remedy)
