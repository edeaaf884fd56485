"""Tables in files, row by row with the place of each: CSV, Excel (.xlsx), JSON Lines and Parquet.

Whatever is wrong with a file as a whole is a ``Problem``: it is cut off, in another encoding, promises more than it can
hold. What is wrong with one row comes with that row. No reader holds more than a few rows at a time.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Any, NoReturn, Protocol

from enterprises.imports.cells import Cell, alike, text_of
from enterprises.imports.workbooks import MOST_COLUMNS, Range, Workbook
from enterprises.source_text import BadText, Problem

LONGEST_LINE = 2**20
"""The most characters of a line of CSV or JSON."""

ENDINGS = (".csv", ".tsv", ".xlsx", ".jsonl", ".ndjson", ".parquet")
"""How the names of files end that can be read."""

TOP_ROWS = 24
"""How far down a header is looked for."""

HEADER_HEIGHT = 4
"""The most rows that a header is made of."""

JOINT = " / "
"""What joins the rows of a header: 营业收入 / 2023."""

_CHUNK = 2**20
_BATCH = 4096
_MIN_BYTES_PER_ROW = 2  # of a Parquet file: every row has a credit code of its own, which no encoding makes smaller
_MOST_GROUP_BYTES = 4 * 2**30
_SURELY_UTF8 = 20  # so many characters outside ASCII that are well formed are no accident of another encoding
_ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030"}
_RESEND = "文件可能没有传完；请重新取得或重新导出"

Progress = Callable[[int], None]
"""Is told how much of a sheet's ``size`` has been read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table is within its file; ``None`` and empty: to be found out. Rows of the header count from 1."""

    sheet: str | None = None
    header: tuple[int, ...] = ()
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, in the order that was asked for, and the row's number as the file's readers see it."""

    number: int
    cells: Sequence[Cell]
    problem: BadText | None = None


class Sheet(Protocol):
    """One table. ``size``: what progress counts up to. ``escaped``: whether ``'`` before a text protects it."""

    file: str
    columns: tuple[str, ...]
    size: int
    escaped: bool

    @property
    def name(self) -> str | None:
        """What the sheet is called within its file."""

    def rows(self, wanted: Sequence[int], progress: Progress | None = None) -> Iterator[Row]:
        """Every row, with the cells of the ``wanted`` columns (from 0); as often as it is called."""


Score = Callable[[Sequence[str]], int]
"""How well the names of columns fit what is looked for."""


@contextmanager
def open_sheet(path: Path, layout: Layout, score: Score) -> Iterator[Sheet]:
    """The table in a file; where its header is not given, it is the rows that ``score`` best. Raises ``Problem``."""
    with ExitStack() as opened:
        try:
            sheet = _open(path, layout, score, opened)
        except OSError as error:
            _fail(path, f"文件读不出来（{error.strerror or error}）", "请核对文件名与读取权限")
        yield sheet


def _open(path: Path, layout: Layout, score: Score, opened: ExitStack) -> Sheet:
    kind = path.suffix.lower()
    if kind not in ENDINGS:
        remedy = "请用 Excel 打开后另存为 .xlsx" if kind == ".xls" else f"可以导入 {'、'.join(ENDINGS)}"
        _fail(path, f"“{path.suffix}”文件读不了", remedy)
    if kind in (".csv", ".tsv"):
        return _Csv(path, layout, score)
    if kind == ".xlsx":
        return _Excel(path, opened.enter_context(closing(Workbook(path))), layout, score)
    return _Parquet(path) if kind == ".parquet" else _JsonLines(path, layout)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises ``Problem`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        _fail(path, f"文件读不出来（{error.strerror}）", "请核对文件名与读取权限")


def positions(sheet: Sheet) -> dict[str, list[int]]:
    """The places of columns by their names, spelled ``alike``; more than one where a name is repeated."""
    found: dict[str, list[int]] = {}
    for position, name in enumerate(sheet.columns):
        if name:
            found.setdefault(alike(name), []).append(position)
    return found


# ------------------------------------------------------------------- header


def find_header(top: Sequence[tuple[int, Sequence[Cell]]], score: Score, merged: Sequence[Range] | None) -> Header:
    """The header within the first rows: the rows, one under the other, whose joined names score best.

    ``merged``: the merged ranges, where the file knows them; else a blank continues the cell to its left in all rows
    of the header but the last. Of equal scores the lowest header wins, then the first.
    """
    spans = range(1, HEADER_HEIGHT + 1)
    headers = (_header(top[at : at + high], merged) for high in spans for at in range(len(top) - high + 1))
    return max(headers, key=lambda header: (score(header.columns), -header.height), default=Header(0, 0, ()))


@dataclass(frozen=True, slots=True)
class Header:
    """The names of columns, from rows ``first`` to ``last`` (from 1)."""

    first: int
    last: int
    columns: tuple[str, ...]

    @property
    def height(self) -> int:
        return self.last - self.first + 1


def _header(rows: Sequence[tuple[int, Sequence[Cell]]], merged: Sequence[Range] | None) -> Header:
    width = max(len(cells) for _, cells in rows)
    lines = [[*map(_header_text, cells), *[""] * (width - len(cells))] for _, cells in rows]
    if merged is None:
        lines = [*map(_continued, lines[:-1]), lines[-1]]
    else:
        _spread(lines, [number - 1 for number, _ in rows], merged)
    return Header(rows[0][0], rows[-1][0], tuple(_joined(parts) for parts in zip(*lines, strict=True)))


def _header_text(cell: Cell) -> str:
    try:
        return " ".join(text_of(cell).split())
    except BadText:
        return ""


def _continued(texts: Sequence[str]) -> list[str]:
    line: list[str] = []
    for text in texts:
        line.append(text or (line[-1] if line else ""))
    return line


def _spread(lines: list[list[str]], numbers: Sequence[int], merged: Sequence[Range]) -> None:
    """Write what stands in the first cell of a merged range into the others."""
    at = dict(zip(numbers, lines, strict=True))
    for (top, left), (bottom, right) in merged:
        text = at[top][left] if top in at and left < len(at[top]) else ""
        for line in (at[row] for row in range(top, min(bottom, top + HEADER_HEIGHT) + 1) if row in at):
            for column in range(left, min(right + 1, len(line))):
                line[column] = text or line[column]


def _joined(parts: Sequence[str]) -> str:
    distinct = [part for number, part in enumerate(parts) if part and part not in parts[:number]]
    return JOINT.join(distinct)


def _found_header(
    path: Path, rows: Iterator[tuple[int, Sequence[Cell]]], layout: Layout, score: Score, merged: Sequence[Range] | None
) -> Header:
    last = max(layout.header, default=0)
    if last:
        lines = [row for row in _until(rows, last) if row[0] in layout.header]
        if not lines:
            _fail(path, f"第 {last} 行是空的，没有表头", "请核对映射文件里的 header_row")
        return _header(lines, merged)
    header = find_header(list(islice(rows, TOP_ROWS)), score, merged)
    if not header.columns:
        _fail(path, "文件是空的", "请核对文件内容")
    if len(header.columns) > MOST_COLUMNS:
        _fail(path, f"有 {len(header.columns)} 列，最多 {MOST_COLUMNS} 列", "请核对分隔符")
    return header


def _until(rows: Iterator[tuple[int, Sequence[Cell]]], last: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    for row in rows:
        if row[0] > last:
            return
        yield row


# ---------------------------------------------------------------------- CSV


class _Csv:
    """Comma-separated (or, as .tsv, tab-separated) values."""

    escaped = True
    name = None

    def __init__(self, path: Path, layout: Layout, score: Score) -> None:
        self._path, self.file, self.size = path, path.name, path.stat().st_size
        self._encoding = find_encoding(path, layout.encoding)
        self._separator = "\t" if path.suffix.lower() == ".tsv" else ","
        header = _found_header(path, self._records(None), layout, score, None)
        self.columns, self._header_end = header.columns, header.last

    def rows(self, wanted: Sequence[int], progress: Progress | None = None) -> Iterator[Row]:
        width = len(self.columns)
        cut_off = not self._ends_with_newline()
        records = (record for record in self._records(progress) if record[0] > self._header_end)
        for (number, cells), following in _with_next(records):
            if len(cells) == width:
                problem = _CUT if cut_off and following is None else None
                yield Row(number, [cells[column] for column in wanted], problem)
            elif cut_off and following is None:
                _fail(self._path, f"在第 {number} 行中间断了", _RESEND)
            elif any(map(str.strip, cells)):
                yield Row(number, (), _wrong_width(len(cells), width))

    def _records(self, progress: Progress | None) -> Iterator[tuple[int, list[str]]]:
        """The records with their numbers from 1; blank lines count, as they do in a spreadsheet."""
        reader = csv.reader(_lines(self._path, self._encoding, progress), delimiter=self._separator, strict=True)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if cells:
                    yield number, cells
        except csv.Error as error:
            what = "引号没有成对，或文件在中间断了" if "end of data" in str(error) else "不合 CSV 的写法"
            what = "有一格过长，可能是引号没有成对" if "field larger" in str(error) else what
            _fail(self._path, what, "请检查这一行前后的引号；格子里的引号要写两次", reader.line_num or number)

    def _ends_with_newline(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(max(self.size - 1, 0))
            return file.read() in (b"\n", b"\r", b"")


_CUT = BadText("文件末尾没有换行，这最后一行可能不完整", "请核对这一行；完整的话，在文件末尾加一个换行")


def _wrong_width(cells: int, width: int) -> BadText:
    return BadText(f"这一行有 {cells} 格，表头有 {width} 格", "请检查这一行的分隔符和引号，空格子也要留出位置")


def _with_next(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[tuple[int, list[str]], object]]:
    """Each with the one after it, ``None`` after the last."""
    before = next(rows, None)
    for row in chain(rows, (None,)):
        if before is not None:
            yield before, row
        before = row


def _lines(path: Path, encoding: str, progress: Progress | None) -> Iterator[str]:
    """The lines of a text file, each with its end. Raises ``Problem`` for a line that is too long."""
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                _fail(path, f"这一行超过 {LONGEST_LINE} 个字符", "请核对文件是不是文本，换行是否正确", number)
            if progress is not None and number % _BATCH == 0:
                progress(raw.tell())
            yield line


def find_encoding(path: Path, wanted: str | None = None) -> str:
    """``utf-8-sig`` or ``gb18030``, in which all of the file is well formed. Raises ``Problem`` with the place."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        _fail(path, "文件是 UTF-16 编码", "请另存为 UTF-8 编码的 CSV")
    if wanted is not None:
        bad = _first_bad_byte(path, wanted)
        if bad is not None:
            _fail(
                path, f"第 {bad[0]} 个字节起不是 {_ENCODINGS[wanted]} 编码", "请核对映射文件里的 encoding，或重新导出"
            )
        return _python_encoding(wanted)
    bad_utf8 = _first_bad_byte(path, "utf-8")
    if bad_utf8 is None:
        return _python_encoding("utf-8")
    place, foreign = bad_utf8
    if start.startswith(codecs.BOM_UTF8) or foreign >= _SURELY_UTF8 or place > path.stat().st_size - 3:
        _fail(path, f"第 {place} 个字节起不是 UTF-8 编码", _RESEND)
    bad_chinese = _first_bad_byte(path, "gb18030")
    if bad_chinese is not None:
        _fail(
            path,
            f"既不是 UTF-8 编码（第 {place} 个字节起），也不是 GB18030 编码（第 {bad_chinese[0]} 个字节起）",
            "请另存为 UTF-8 编码的 CSV；" + _RESEND,
        )
    return _python_encoding("gb18030")


def _python_encoding(name: str) -> str:
    return "utf-8-sig" if name == "utf-8" else name


def _first_bad_byte(path: Path, encoding: str) -> tuple[int, int] | None:
    """The place of the first byte (from 1) that is not of ``encoding``, and how many characters before are no ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = foreign = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            kept = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                start: bytes = error.object[: error.start]
                foreign += _outside_ascii(start.decode(encoding, "ignore"))
                return done - kept + error.start + 1, foreign
            if not chunk:
                return None
            if foreign < _SURELY_UTF8:
                foreign += _outside_ascii(text)
            done += len(chunk)


def _outside_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


# -------------------------------------------------------------------- Excel


class _Excel:
    """A sheet of a workbook, by default the first."""

    escaped = False

    def __init__(self, path: Path, workbook: Workbook, layout: Layout, score: Score) -> None:
        self.file = path.name
        self._workbook = workbook
        self.name: str = layout.sheet or workbook.sheets[0]
        workbook.check_sheet(self.name)
        self.size = workbook.size(self.name)
        header = _found_header(path, workbook.rows(self.name), layout, score, workbook.merged(self.name))
        self.columns, self._header_end = header.columns, header.last

    def rows(self, wanted: Sequence[int], progress: Progress | None = None) -> Iterator[Row]:
        most = max(wanted, default=-1) + 1
        for number, cells in self._workbook.rows(self.name, progress, frozenset(wanted)):
            if number > self._header_end:
                padded = [*cells, *[None] * (most - len(cells))]
                yield Row(number, [padded[column] for column in wanted])


# --------------------------------------------------------------- JSON Lines


class _JsonLines:
    """One object a line, in UTF-8; its columns are all names that any of the objects has."""

    escaped = False
    name = None

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path, self.file, self.size = path, path.name, path.stat().st_size
        self._encoding = find_encoding(path, layout.encoding or "utf-8")
        names: dict[str, None] = {}
        for _, content in self._objects(None):
            if isinstance(content, dict):
                names.update(dict.fromkeys(content))
                if len(names) > MOST_COLUMNS:
                    _fail(path, f"超过 {MOST_COLUMNS} 种名称", "请核对文件：每行一个对象，名称就是列名")
        if not names:
            _fail(path, "文件里一个对象也没有", '请每行写一个 JSON 对象，例如 {"统一社会信用代码": "…"}')
        self.columns = tuple(names)

    def rows(self, wanted: Sequence[int], progress: Progress | None = None) -> Iterator[Row]:
        names = [self.columns[column] for column in wanted]
        for number, content in self._objects(progress):
            if isinstance(content, BadText):
                yield Row(number, (), content)
            else:
                yield Row(number, [content.get(name) for name in names])

    def _objects(self, progress: Progress | None) -> Iterator[tuple[int, dict[str, Any] | BadText]]:
        for number, line in enumerate(_lines(self._path, self._encoding, progress), start=1):
            if line.isspace():
                continue
            content = _read_object(line)
            if isinstance(content, BadText) and not line.endswith(("\n", "\r")):
                _fail(self._path, "在这一行中间断了", _RESEND, number)
            yield number, content


def _read_object(line: str) -> dict[str, Any] | BadText:
    try:
        content = json.loads(line, parse_float=Decimal, object_pairs_hook=_unique_names)
    except (ValueError, RecursionError):
        return BadText("不合 JSON 的写法，或名称写了两次", "请每行写一个完整的 JSON 对象，标点要用半角")
    if not isinstance(content, dict):
        return BadText("这一行不是 JSON 对象", '请写成 {"列名": 值, …}')
    return content


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name is repeated")
    return names


# ------------------------------------------------------------------ Parquet


class _Parquet:
    """A Parquet file, a few thousand rows of the wanted columns at a time."""

    escaped = False
    name = None

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self.file = path, path.name
        self._wrong = (pa.ArrowException, OSError, MemoryError, ValueError, OverflowError)
        try:
            with pq.ParquetFile(path) as file:
                self.columns = tuple(file.schema_arrow.names)
                self.size = file.metadata.num_rows
                groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
                promised = [(group.num_rows, group.total_byte_size) for group in groups]
        except self._wrong:
            self._broken()
        if self.size > path.stat().st_size // _MIN_BYTES_PER_ROW or self.size < 0:
            _fail(path, f"文件头说有 {self.size} 行，文件却只有 {path.stat().st_size} 个字节", _RESEND)
        if any(not 0 <= size <= _MOST_GROUP_BYTES for _, size in promised) or sum(n for n, _ in promised) != self.size:
            _fail(path, "文件头说的大小不可信，或一个行组过大", "请重新导出，每个行组不超过 1,000,000 行")

    def rows(self, wanted: Sequence[int], progress: Progress | None = None) -> Iterator[Row]:
        import pyarrow.parquet as pq

        names = [self.columns[column] for column in wanted]
        number = 0
        try:
            with pq.ParquetFile(self._path, buffer_size=_CHUNK) as file:
                for batch in file.iter_batches(_BATCH, columns=names):
                    columns = [batch.column(name).to_pylist() for name in names]
                    for cells in zip(*columns, strict=True):
                        number += 1
                        yield Row(number, cells)
                    if progress is not None:
                        progress(number)
        except self._wrong:
            self._broken()
        if number != self.size:
            _fail(self._path, f"文件头说有 {self.size} 行，实际有 {number} 行", _RESEND)

    def _broken(self) -> NoReturn:
        _fail(self._path, "不是完整的 Parquet 文件", _RESEND)


def _fail(path: Path, message: str, remedy: str, line: int | None = None) -> NoReturn:
    raise Problem(path.name, line, "", message, remedy)
