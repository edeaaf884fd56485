"""A workbook that came back: what somebody changed in it, as items that have been read again.

A cell counts only where it says something else than the export of what is there now, so that what nobody touched never
changes, however a program writes it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from enterprises.dictionary import Dictionary
from enterprises.imports.cells import Cell
from enterprises.imports.workbooks import Workbook
from enterprises.source_text import Entry, Problem, Problems, from_plain, suggest
from policies.exchange.columns import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIGURES,
    ITEM_COLUMNS,
    ITEMS,
    Column,
    copied,
    figures,
    put_figures,
)
from policies.exchange.workbook_out import LONGEST_CELL
from policies.exchange.written import Written, unpacked
from policies.items import Document, Item, read_document, read_item


@dataclass
class _Changes:
    """What is different in one item or document, and in which cell (row, heading) each place was changed."""

    plain: dict[str, Any]
    cells: dict[str, tuple[str, int, str]] = field(default_factory=dict)


def read_workbook(
    data: bytes, name: str, items: Mapping[str, Item], documents: Mapping[str, Document], dictionary: Dictionary
) -> tuple[Written, ...]:
    """The items that somebody changed, themselves or by their document. Raises ``Problems``.

    ``items`` and ``documents``: as they are now.
    """
    unpacked(data, name).close()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "政策库.xlsx")
        path.write_bytes(data)
        try:
            with closing(Workbook(path)) as book:
                reading = _Reading(book, name, items, documents, dictionary)
                return reading.written()
        except Problem as problem:
            raise Problems([problem]) from None


class _Reading:
    """One workbook as it is read; every mistake is collected."""

    def __init__(
        self,
        book: Workbook,
        name: str,
        items: Mapping[str, Item],
        documents: Mapping[str, Document],
        dictionary: Dictionary,
    ) -> None:
        self._book, self._name, self._dictionary = book, name, dictionary
        self._items, self._documents = items, documents
        self._found: list[Problem] = []
        self._changed_items: dict[str, _Changes] = {}
        self._changed_documents: dict[str, _Changes] = {}

    def written(self) -> tuple[Written, ...]:
        self._read_documents()
        self._read_items()
        self._read_figures()
        read = list(self._read_again()) if not self._found else []
        if self._found:
            raise Problems(self._found)
        return tuple(read)

    def _read_documents(self) -> None:
        for row, cells in self._rows(DOCUMENTS, ("编号", *(column.heading for column in DOCUMENT_COLUMNS))):
            document = self._documents.get(cells["编号"])
            if document is None:
                self._fail(
                    DOCUMENTS, row, "编号", f"没有文件“{cells['编号']}”", self._near(cells["编号"], self._documents)
                )
                continue
            changes = self._compare(DOCUMENTS, row, cells, DOCUMENT_COLUMNS, document.source)
            if changes.cells:
                self._changed_documents[document.id] = changes

    def _read_items(self) -> None:
        for row, cells in self._rows(ITEMS, ("编号", "版本", *(column.heading for column in ITEM_COLUMNS))):
            item = self._items.get(cells["编号"])
            if item is None:
                self._fail(ITEMS, row, "编号", f"没有事项“{cells['编号']}”", self._near(cells["编号"], self._items))
                continue
            if cells["版本"] != str(item.version):
                remedy = "请重新导出，在新的表上改"
                self._fail(ITEMS, row, "版本", f"表里是第 {cells['版本']} 版，库里已经是第 {item.version} 版", remedy)
                continue
            self._changed_items[item.id] = self._compare(ITEMS, row, cells, ITEM_COLUMNS, item.source)

    def _read_figures(self) -> None:
        known = {
            name: {each.locator: each for each in figures(self._items[name], self._dictionary)}
            for name in self._changed_items
        }
        wanted: dict[str, dict[str, str]] = {}
        for row, cells in self._rows(FIGURES, ("事项编号", "现在的值", "位置")):
            figure = known.get(cells["事项编号"], {}).get(cells["位置"])
            if figure is None:
                if not any(problem.line for problem in self._found):
                    remedy = "灰色的列不要改；请重新导出，在新的表上改"
                    self._fail(FIGURES, row, "位置", "对不上是哪个事项的哪一处", remedy)
                continue
            if _same(cells["现在的值"], figure.value):
                continue
            wanted.setdefault(cells["事项编号"], {})[figure.locator] = cells["现在的值"]
            path = figure.path[:-1] if figure.is_name else figure.path
            self._changed_items[cells["事项编号"]].cells[_path(path)] = (FIGURES, row, "现在的值")
        for item_id, changes in wanted.items():
            put_figures(self._changed_items[item_id].plain, changes)

    def _read_again(self) -> Iterator[Written]:
        documents: dict[str, Document] = {}
        for document_id, changes in self._changed_documents.items():
            try:
                documents[document_id] = read_document(self._entry(changes.plain, DOCUMENTS))
            except Problem as problem:
                self._found.append(self._placed(problem, changes, DOCUMENTS))
        for item_id, changes in self._changed_items.items():
            document = documents.get(self._items[item_id].document.id)
            if not changes.cells and document is None:
                continue
            under = document or self._documents.get(self._items[item_id].document.id, self._items[item_id].document)
            try:
                item = read_item(self._entry(changes.plain, ITEMS), under, self._dictionary)
            except Problem as problem:
                self._found.append(self._placed(problem, changes, ITEMS))
                continue
            yield Written(item.source, under.source, f"{self._name} {item_id}")

    def _compare(
        self, sheet: str, row: int, cells: Mapping[str, str], columns: tuple[Column, ...], source: Any
    ) -> _Changes:
        changes = _Changes(copied(source))
        for column in columns:
            if not _same(cells[column.heading], column.show(source)):
                column.put(changes.plain, cells[column.heading])
                changes.cells[_path(column.path)] = (sheet, row, column.heading)
        return changes

    def _rows(self, sheet: str, headings: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a sheet by the headings of its first row, wherever somebody moved the columns."""
        self._book.check_sheet(sheet)
        places: dict[str, int] | None = None
        for number, row in self._book.rows(sheet):
            texts = [_text(cell) for cell in row]
            if places is None:
                places = {heading: position for position, heading in enumerate(texts)}
                missing = [heading for heading in headings if heading not in places]
                if missing:
                    raise self._problem(sheet, number, "", f"缺少“{'”“'.join(missing)}”列", "请重新导出，不要改第一行")
                continue
            cells = {heading: _at(texts, places[heading]) for heading in headings}
            if any(cells.values()):
                yield number, cells

    def _entry(self, plain: Mapping[str, Any], sheet: str) -> Entry:
        return from_plain(plain, f"{self._name} 工作表“{sheet}”")

    def _placed(self, problem: Problem, changes: _Changes, sheet: str) -> Problem:
        """The problem at the cell that was changed there, or, where that cannot be told, as it is."""
        for path, (where, row, heading) in changes.cells.items():
            if (
                problem.field == path
                or problem.field.startswith((f"{path}.", f"{path}["))
                or path.startswith(problem.field or "\0")
            ):
                return self._problem(where, row, heading, problem.message, problem.remedy)
        return Problem(problem.file, None, f"{changes.plain['id']} {problem.field}", problem.message, problem.remedy)

    def _problem(self, sheet: str, row: int, heading: str, message: str, remedy: str) -> Problem:
        return Problem(f"{self._name} 工作表“{sheet}”", row, heading, message, remedy)

    def _fail(self, sheet: str, row: int, heading: str, message: str, remedy: str) -> None:
        self._found.append(self._problem(sheet, row, heading, message, remedy))

    def _near(self, typed: str, known: Mapping[str, object]) -> str:
        return suggest(typed, list(known), "编号是灰色的列，不要改") if known else "请重新导出"


def _path(path: tuple[str | int, ...]) -> str:
    """A path as problems write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _at(texts: list[str], position: int) -> str:
    return texts[position] if position < len(texts) else ""


def _text(cell: Cell) -> str:
    """What a cell says, however Excel holds it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _same(typed: str, exported: str) -> bool:
    return _plain(typed) == _plain(exported[:LONGEST_CELL])


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.replace("\r\n", "\n").strip().split("\n"))
