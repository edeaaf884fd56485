"""Tables that an office or a bank sends: a few columns by their names, every mistake with its line, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from enterprises.imports.cells import Cell, alike, plain_text, text_of
from enterprises.imports.sheets import Layout, Sheet, digest, open_sheet, positions
from enterprises.source_text import BadText, Problem

T = TypeVar("T")

MOST_BYTES = 8 * 2**20
"""The largest file that is taken."""

MOST_LINES = 20_000
"""The most lines of a file."""

SHOWN = 200
"""So many mistakes are told; a file with more is another one than was meant."""

ENDINGS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A mistake in a line, as the file's readers count; 0: of the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.message}" if self.line else self.message


class BadList(ValueError):
    """A file of which nothing is taken, with all that is wrong with it."""

    def __init__(self, problems: Sequence[LineProblem]) -> None:
        super().__init__("；".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column by the names that it goes by, and how its cells are read. Not ``required``: blank cells say nothing."""

    names: tuple[str, ...]
    read: Callable[[str], T]
    required: bool = True


@dataclass(frozen=True, slots=True)
class TableLine:
    """What stands in a line, by the keys of the columns; ``None`` where nothing does."""

    number: int
    cells: Mapping[str, object]


def read_table(path: Path, columns: Mapping[str, Column[object]]) -> tuple[tuple[TableLine, ...], str]:
    """The lines of a table and the SHA-256 of the file. Blank lines are left out. Raises ``BadList``."""
    _check_file(path)
    try:
        with open_sheet(path, Layout(), lambda names: _score(names, columns)) as sheet:
            lines = tuple(_lines(sheet, columns))
        return lines, digest(path)
    except Problem as problem:
        raise BadList([LineProblem(problem.line or 0, f"{problem.message}。{problem.remedy}")]) from None


def _check_file(path: Path) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise BadList([LineProblem(0, f"只能用 {'、'.join(ENDINGS)} 文件。别的表格请先另存为 .xlsx")])
    if path.stat().st_size > MOST_BYTES:
        raise BadList([LineProblem(0, f"文件太大，最多 {MOST_BYTES // 2**20} MB")])


def _score(names: Sequence[str], columns: Mapping[str, Column[object]]) -> int:
    here = {alike(name) for name in names if name}
    return sum(any(alike(name) in here for name in column.names) for column in columns.values())


def _lines(sheet: Sheet, columns: Mapping[str, Column[object]]) -> Iterator[TableLine]:
    places = _places(sheet, columns)
    problems: list[LineProblem] = []
    found: list[TableLine] = []
    for row in sheet.rows(list(places.values())):
        if row.problem is not None:
            problems.append(LineProblem(row.number, str(row.problem)))
            continue
        texts = dict(zip(places, row.cells, strict=True))
        if all(_is_blank(cell) for cell in texts.values()):
            continue
        line, wrong = _line(row.number, texts, columns, sheet.escaped)
        found.append(line)
        problems += wrong
        if len(found) > MOST_LINES:
            raise BadList([LineProblem(0, f"超过 {MOST_LINES:,} 行，请分成几个文件")])
        if len(problems) > SHOWN:
            break
    if problems:
        raise BadList(problems[:SHOWN])
    if not found:
        raise BadList([LineProblem(0, "表里一行内容也没有")])
    yield from found


def _places(sheet: Sheet, columns: Mapping[str, Column[object]]) -> dict[str, int]:
    known, found, problems = positions(sheet), dict[str, int](), list[LineProblem]()
    for key, column in columns.items():
        places = [place for name in column.names for place in known.get(alike(name), [])]
        if len(places) == 1:
            found[key] = places[0]
        elif places:
            problems.append(LineProblem(0, f"有 {len(places)} 列都像是“{column.names[0]}”，请只留一列"))
        elif column.required:
            problems.append(LineProblem(0, f"缺少“{column.names[0]}”列"))
    if problems:
        raise BadList(problems)
    return found


def _line(
    number: int, cells: Mapping[str, Cell], columns: Mapping[str, Column[object]], escaped: bool
) -> tuple[TableLine, list[LineProblem]]:
    values: dict[str, object] = dict.fromkeys(columns)
    problems: list[LineProblem] = []
    for key, cell in cells.items():
        column = columns[key]
        try:
            text = plain_text(text_of(cell), escaped)
            if text:
                values[key] = column.read(text)
            elif column.required:
                raise BadText(f"没有写“{column.names[0]}”", "请补上")
        except BadText as error:
            problems.append(LineProblem(number, str(error)))
    return TableLine(number, values), problems


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def repeated(lines: Iterable[TableLine], key: str, what: str) -> list[LineProblem]:
    """Every line whose value was in a line before."""
    seen, problems = dict[object, int](), list[LineProblem]()
    for line in lines:
        first = seen.setdefault(line.cells[key], line.number)
        if first != line.number:
            problems.append(LineProblem(line.number, f"{what}与第 {first} 行重复"))
    return problems
