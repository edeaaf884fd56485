"""The matches of a batch, and what an update changed in them, as files: for people (CSV, Excel) or programs (Parquet).

CSV and Excel have Chinese headings, titles beside ids, and amounts in 元; Parquet has the columns of the batch, with
amounts in 分. A file appears once it is complete. However long a list is, memory stays the same.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enterprises.amounts import YUAN
from enterprises.imports.rejects import escaped
from enterprises.imports.workbooks import MOST_ROWS
from enterprises.source_text import Problem
from enterprises.whole_files import whole_file
from recommender.changes import DIFFERENCES
from recommender.match import Verdict
from recommender.runs import SCHEMA
from web.printed.package_sheets import UNLIMITED

ENDINGS = (".csv", ".xlsx", ".parquet")
"""How the names of files end that can be written."""

NO_MATCH = "不在结果里"
"""What stands for the verdict where a run has no match."""

Cell = str | Decimal | None
Titles = Mapping[str, str]
"""What items are called, by id."""

_ROWS = 10_000
"""How many rows become cells at once."""

_EXACT_IN_EXCEL = 15  # digits


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the cells under it for some rows."""

    heading: str
    width: int
    cells: Callable[[pa.Table], Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is of; ``schema``: of its rows."""

    title: str
    schema: pa.Schema
    columns: tuple[Column, ...]


def matches_listing(titles: Titles) -> Listing:
    """How matches are listed."""
    amounts = (
        Column("金额下限（元）", 18, lambda rows: _yuan(rows, "amount_low")),
        Column("金额上限（元）", 18, lambda rows: _at_most(rows, "amount_low", "amount_high")),
    )
    verdict = Column("判断结果", 10, lambda rows: _verdicts(rows, "verdict"))
    return Listing("匹配结果", SCHEMA, (*_of_whom(titles), verdict, *amounts))


def differences_listing(titles: Titles) -> Listing:
    """How differences are listed."""
    columns = [Column("变化", 12, lambda rows: pc.choose(kinds_of(rows), *map(pa.scalar, CHANGES)).to_pylist())]
    for when, word in (("before", "之前"), ("after", "之后")):
        columns += _side(when, word)
    return Listing("变化", DIFFERENCES, (*_of_whom(titles), *columns))


def _side(when: str, word: str) -> Iterator[Column]:
    low, high = f"amount_low_{when}", f"amount_high_{when}"
    yield Column(word, 12, lambda rows: _verdicts(rows, when))
    yield Column(f"{word}金额下限（元）", 18, lambda rows: _yuan(rows, low))
    yield Column(f"{word}金额上限（元）", 18, lambda rows: _at_most(rows, low, high))


def _of_whom(titles: Titles) -> tuple[Column, ...]:
    return (
        Column("事项编号", 36, lambda rows: _texts(rows, "item")),
        Column("事项", 40, lambda rows: [titles.get(item) for item in _texts(rows, "item")]),
        Column("统一社会信用代码", 22, lambda rows: _texts(rows, "enterprise")),
    )


def _texts(rows: pa.Table, name: str) -> list[str]:
    texts: list[str] = rows.column(name).to_pylist()
    return texts


def _verdicts(rows: pa.Table, name: str) -> list[Cell]:
    return [NO_MATCH if verdict is None else Verdict(verdict).label for verdict in rows.column(name).to_pylist()]


def _yuan(rows: pa.Table, name: str) -> list[Cell]:
    return [None if fen is None else Decimal(fen) / YUAN for fen in rows.column(name).to_pylist()]


def _at_most(rows: pa.Table, low: str, high: str) -> list[Cell]:
    """The upper amounts; what has a price but no bound says so."""
    priced = rows.column(low).is_valid().to_pylist()
    return [UNLIMITED if cell is None and has else cell for cell, has in zip(_yuan(rows, high), priced, strict=True)]


# -------------------------------------------------------------- differences

CHANGES = ("新符合", "不再符合", "金额有变", "其他")
"""Who became eligible, ceased to be, may have another amount; and what changed among those who are not eligible."""


def kinds_of(rows: pa.Table) -> pa.ChunkedArray:
    """Which of ``CHANGES`` each difference is, as its number."""
    was, now = (
        pc.fill_null(pc.equal(rows.column(when), Verdict.ELIGIBLE.value), False) for when in ("before", "after")
    )
    ceased, stayed = pc.and_(was, pc.invert(now)), pc.and_(was, now)
    return pc.if_else(pc.and_(now, pc.invert(was)), 0, pc.if_else(ceased, 1, pc.if_else(stayed, 2, 3)))


# -------------------------------------------------------------------- files


def only(tables: Iterable[pa.Table], wanted: Mapping[str, str | None]) -> Iterator[pa.Table]:
    """The rows whose columns have these values; of a column for which ``None`` is wanted all."""
    for table in tables:
        rows = table
        for name, value in wanted.items():
            if value is not None:
                rows = rows.filter(pc.equal(rows.column(name), value))
        yield rows


def save(listing: Listing, tables: Iterable[pa.Table], path: Path) -> int:
    """Write a list to a .csv, .xlsx or .parquet file; how many rows it has.

    Raises ``Problem`` where the file cannot be written or cannot hold so many.
    """
    count = 0
    with _opened(listing, path) as sink:
        for table in tables:
            count += table.num_rows
            sink.write(table)
    return count


def check_room(path: Path, rows: int) -> None:
    """Raises ``Problem`` where a file of this ending cannot hold so many rows."""
    if path.suffix.lower() == ".xlsx" and rows >= MOST_ROWS:
        remedy = "请存成 .csv 或 .parquet，或用 --item 按事项分开"
        _fail(path, f"多于 Excel 的 {MOST_ROWS - 1:,} 行", remedy)


def cells(listing: Listing, table: pa.Table) -> Iterator[tuple[Cell, ...]]:
    """The rows of a table as cells."""
    for start in range(0, table.num_rows, _ROWS):
        rows = table.slice(start, _ROWS)
        yield from zip(*(column.cells(rows) for column in listing.columns), strict=True)


class _Sink(Protocol):
    def write(self, table: pa.Table) -> None:
        """More rows."""

    def close(self) -> None:
        """Nothing more will come."""


@contextmanager
def _opened(listing: Listing, path: Path) -> Iterator[_Sink]:
    kind = _SINKS.get(path.suffix.lower())
    if kind is None:
        _fail(path, f"不能写成“{path.suffix}”文件", f"文件名请以 {'、'.join(ENDINGS)} 结尾")
    try:
        with whole_file(path) as draft:
            sink = kind(listing, draft, path)
            try:
                yield sink
            finally:
                sink.close()
    except OSError as error:
        _fail(path, f"文件写不出来（{error.strerror or error}）", "请换一个能写的位置，或先关闭打开着的文件")


class _Csv:
    """UTF-8 with BOM, which is what Excel expects; texts that begin like a formula are made harmless."""

    def __init__(self, listing: Listing, draft: Path, _path: Path) -> None:
        self._listing = listing
        self._file = draft.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([column.heading for column in listing.columns])

    def write(self, table: pa.Table) -> None:
        self._writer.writerows([_written(cell) for cell in row] for row in cells(self._listing, table))

    def close(self) -> None:
        self._file.close()


def _written(cell: Cell) -> str:
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else escaped(cell)


class _Excel:
    """Texts are typed as texts, whatever they begin with; numbers that Excel cannot hold exactly are texts too."""

    def __init__(self, listing: Listing, draft: Path, path: Path) -> None:
        import xlsxwriter

        self._listing, self._path, self._row = listing, path, 0
        self._book = xlsxwriter.Workbook(str(draft), {"constant_memory": True})
        self._sheet = self._book.add_worksheet(listing.title)
        self._sheet.freeze_panes(1, 0)
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        bold = self._book.add_format({"bold": True})
        for number, column in enumerate(listing.columns):
            self._sheet.set_column(number, number, column.width)
            self._sheet.write_string(0, number, column.heading, bold)

    def write(self, table: pa.Table) -> None:
        for row in cells(self._listing, table):
            self._row += 1
            check_room(self._path, self._row)
            for number, cell in enumerate(row):
                self._write(number, cell)

    def _write(self, number: int, cell: Cell) -> None:
        if isinstance(cell, Decimal) and len(cell.normalize().as_tuple().digits) <= _EXACT_IN_EXCEL:
            self._sheet.write_number(self._row, number, cell, self._money)
        elif cell is not None:
            self._sheet.write_string(self._row, number, cell if isinstance(cell, str) else f"{cell:f}")

    def close(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from None


class _Parquet:
    """The rows as they are, with plain texts: each table may number its items and enterprises in its own way."""

    def __init__(self, listing: Listing, draft: Path, _path: Path) -> None:
        self._schema = pa.schema([(field.name, _plain(field.type)) for field in listing.schema])
        self._writer = pq.ParquetWriter(draft, self._schema, compression="zstd")

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        self._writer.close()


def _plain(type_: Any) -> Any:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


_SINKS: dict[str, Callable[[Listing, Path, Path], _Sink]] = {".csv": _Csv, ".xlsx": _Excel, ".parquet": _Parquet}


def _fail(path: Path, message: str, remedy: str) -> NoReturn:
    raise Problem(str(path), None, "", message, remedy)
