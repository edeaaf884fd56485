"""Excel workbooks (.xlsx) row by row: only the shared texts are held, however many rows a sheet has.

Readers that load a whole sheet need gigabytes for a million rows, and allocate as much as two cells at opposite corners
promise. This one takes the rows as they come, believes no size that the file states, and gives what Excel holds:
numbers as they are stored, dates where the cell is formatted as one. Source: ECMA-376, part 1, section 18.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from enterprises.imports.cells import Cell
from enterprises.source_text import Problem, suggest

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_SHARED_BYTES = 512 * 2**20
MOST_SHEET_BYTES = 4 * 2**30
MOST_MERGES = 10_000
_MOST_TEXT = 100_000  # characters of a cell; Excel itself allows 32,767
_MOST_SMALL_PART = 16 * 2**20
_CHUNK = 2**16

Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell (row, column), from 0."""

_BUILT_IN_DATES = {str(number) for number in (14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59))}
_FORMAT_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+\d+):([A-Z]+\d+)[\"']")
_MERGE_OVERLAP = 200  # bytes: longer than any such element
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Workbook:
    """A workbook that is open. Whatever is wrong with the file is a ``Problem``."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except _BAD_ZIP:
            self._fail("不是完整的 .xlsx 文件", "文件可能没有传完，或只是改了扩展名；请用 Excel 打开后另存为 .xlsx")
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._check_sizes()
        targets = self._relations()
        sheets: dict[str, str] = {}
        self._from_1904 = False

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                sheets[attributes.get("name", "")] = targets.get(relation, "")
            elif name == "workbookPr":
                self._from_1904 = attributes.get("date1904") in ("1", "true")

        self._parse("xl/workbook.xml", start)
        self._parts = {name: part for name, part in sheets.items() if "worksheets/" in part}
        if not self._parts:
            self._fail("里面没有工作表", "请用 Excel 打开后另存为 .xlsx")
        self._is_date = self._date_styles()
        self._shared = self._shared_texts()

    def close(self) -> None:
        self._zip.close()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets, in their order."""
        return tuple(self._parts)

    def check_sheet(self, sheet: str) -> None:
        """Raises ``Problem`` where there is no such sheet."""
        if sheet not in self._parts:
            self._fail(f"没有工作表“{sheet}”", suggest(sheet, self.sheets))

    def size(self, sheet: str) -> int:
        """The bytes of a sheet once unpacked, for progress."""
        return self._zip.getinfo(self._parts[sheet]).file_size

    def rows(
        self, sheet: str, progress: Callable[[int], None] | None = None, only: Collection[int] | None = None
    ) -> Iterator[tuple[int, list[Cell]]]:
        """The rows that hold anything, with their numbers from 1; ``only`` the cells of these columns, from 0.

        ``progress`` is told the bytes read so far.
        """
        epoch = date(1904, 1, 1) if self._from_1904 else _EPOCH
        rows = _Rows(self._shared, self._is_date, epoch, only, self._fail)
        with self._xml(self._parts[sheet], rows.start, rows.end, rows.text) as chunks:
            for read in chunks:
                yield from rows.take()
                if progress is not None:
                    progress(read)

    def merged(self, sheet: str) -> list[Range]:
        """The ranges of merged cells, which the file lists after all rows."""
        found: list[Range] = []
        tail = b""
        try:
            with self._zip.open(self._parts[sheet]) as part:
                while chunk := part.read(_CHUNK * 16):
                    text, done = tail + chunk, 0
                    for match in _MERGE.finditer(text):
                        found.append((_place(match[1].decode()), _place(match[2].decode())))
                        done = match.end()  # what has been found must not be found again
                    tail = text[max(done, len(text) - _MERGE_OVERLAP) :]
                    if len(found) > MOST_MERGES:
                        self._fail("合并的单元格过多", f"请取消数据行里的合并，最多 {MOST_MERGES} 处")
        except _BAD_ZIP:
            self._broken()
        return found

    def _check_sizes(self) -> None:
        for part in self._zip.infolist():
            most = MOST_SHEET_BYTES if "worksheets/" in part.filename else MOST_SHARED_BYTES
            if part.file_size > most:
                self._fail(
                    f"解压后过大（{part.filename} 有 {part.file_size // 2**20} MB，最多 {most // 2**20} MB）",
                    "请拆成几个文件，或另存为 CSV",
                )
            if part.flag_bits & 1:
                self._fail("加了密码", "请先去掉打开密码")

    def _relations(self) -> dict[str, str]:
        targets: dict[str, str] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                target = attributes.get("Target", "")
                targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

        self._parse("xl/_rels/workbook.xml.rels", start)
        return targets

    def _date_styles(self) -> list[bool]:
        """Of each cell style, whether it shows a number as a day."""
        formats: dict[str, str] = {}
        styles: list[bool] = []
        inside: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            inside.append(name)
            if name == "numFmt":
                formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name == "xf" and "cellXfs" in inside:
                number = attributes.get("numFmtId", "0")
                code = formats.get(number)
                styles.append(_shows_day(code) if code is not None else number in _BUILT_IN_DATES)

        if "xl/styles.xml" in self._zip.namelist():
            self._parse("xl/styles.xml", start, lambda _name: inside.pop())
        return styles

    def _shared_texts(self) -> Sequence[str]:
        part = next((name for name in self._zip.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
        if part is None:
            return ()
        texts = _Texts()
        self._parse(part, texts.start, texts.end, texts.text, most=MOST_SHARED_BYTES)
        return texts.found

    def _parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], object] | None = None,
        text: Callable[[str], None] | None = None,
        most: int = _MOST_SMALL_PART,
    ) -> None:
        with self._xml(part, start, end, text) as chunks:
            for read in chunks:
                if read > most:
                    self._fail(f"里面的 {part} 过大", "请用 Excel 打开后另存为 .xlsx")

    @contextmanager
    def _xml(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], object] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[Iterator[int]]:
        """Chunk by chunk, what ``part`` holds is told to the three; the bytes read so far are given after each."""
        parser = expat.ParserCreate()
        local = _LocalNames()

        def first(name: str, attributes: dict[str, str]) -> None:
            # Hardly any file writes its names with a prefix; the others are not made to pay for it.
            if ":" in name:
                parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
                parser.EndElementHandler = None if end is None else lambda name: end(local[name])
            else:
                parser.StartElementHandler, parser.EndElementHandler = start, end
            start(local[name], attributes)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._no_doctype
        parser.buffer_text = True

        def chunks(file: IO[bytes]) -> Iterator[int]:
            read = 0
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
                read += len(chunk)
                yield read
            parser.Parse(b"", True)
            yield read

        try:
            with self._zip.open(part) as file:
                yield chunks(file)
        except KeyError:
            self._fail(f"里面缺少 {part}", "请用 Excel 打开后另存为 .xlsx")
        except Problem:
            raise
        except (expat.ExpatError, *_BAD_ZIP):
            self._broken()

    def _no_doctype(self, *_details: object) -> None:
        self._fail("里面有 Excel 不会写的内容（DOCTYPE）", "请用 Excel 打开后另存为 .xlsx")

    def _broken(self) -> NoReturn:
        self._fail("内容损坏或不完整", "文件可能没有传完；请重新取得文件，或用 Excel 打开后另存为 .xlsx")

    def _fail(self, message: str, remedy: str) -> NoReturn:
        raise Problem(self._file, None, "", message, remedy)


class _LocalNames(dict[str, str]):
    """Names of elements without the prefix of their name space."""

    def __missing__(self, name: str) -> str:
        self[name] = _local(name)
        return self[name]


class _Texts:
    """Collects the shared texts; the reading aids of Japanese (``rPh``) are no part of them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._wanted, self._aside = False, 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._aside += 1
        elif name == "t":
            self._wanted = self._aside == 0

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self._parts or ()))
            self._parts = None
        elif name == "rPh":
            self._aside -= 1
        elif name == "t":
            self._wanted = False

    def text(self, text: str) -> None:
        if self._wanted and self._parts is not None:
            self._parts.append(text)


class _Rows:
    """Collects the rows of a sheet as its XML is parsed."""

    def __init__(
        self,
        shared: Sequence[str],
        is_date: Sequence[bool],
        epoch: date,
        only: Collection[int] | None,
        fail: Callable[[str, str], NoReturn],
    ) -> None:
        self._shared, self._is_date, self._epoch, self._only, self._fail = shared, is_date, epoch, only, fail
        self._columns = _Columns()
        self._done: list[tuple[int, list[Cell]]] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._column = -1
        self._type = self._style = ""
        self._parts: list[str] = []
        self._length = 0
        self._wanted, self._aside, self._holds_anything = False, 0, False

    def take(self) -> list[tuple[int, list[Cell]]]:
        """The rows that are complete, once."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._holds_anything = True
            self._wanted = self._aside == 0 and (self._only is None or self._column in self._only)
        elif name == "row":
            self._start_row(attributes.get("r"))
        elif name == "rPh":
            self._aside += 1
        elif name == "dimension":
            self._check_dimension(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._wanted = False
        elif name == "c":
            if self._parts:
                value = self._value("".join(self._parts))
                # Each cell adds at most what a sheet is wide, and a row is gone before the next one comes.
                self._cells += [None] * (self._column - len(self._cells))
                self._cells.append(value)
        elif name == "row":
            if self._holds_anything:
                self._done.append((self._number, self._cells))
            self._cells, self._holds_anything = [], False
        elif name == "rPh":
            self._aside -= 1

    def text(self, text: str) -> None:
        if self._wanted:
            self._parts.append(text)
            self._length += len(text)
            if self._length > _MOST_TEXT:
                self._fail(f"第 {self._number} 行有一格超过 {_MOST_TEXT} 个字符", "请缩短这一格")

    def _start_row(self, number: str | None) -> None:
        before = self._number
        self._number = int(number) if number and number.isdecimal() else before + 1
        if self._number > MOST_ROWS:
            self._fail(
                f"行号 {self._number} 超过 Excel 的 {MOST_ROWS} 行", "请用 Excel 打开后另存为 .xlsx，或另存为 CSV"
            )
        if self._number <= before:
            self._fail(f"第 {before} 行之后又是第 {self._number} 行", "请用 Excel 打开后另存为 .xlsx")
        self._cells, self._column = [], -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        before = self._column
        self._column = before + 1 if reference is None else self._columns[reference.rstrip("0123456789")]
        if not before < self._column < MOST_COLUMNS:
            self._fail(f"第 {self._number} 行的单元格 {reference} 次序或列号有误", "请用 Excel 打开后另存为 .xlsx")
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._parts.clear()
        self._length = 0

    def _value(self, text: str) -> Cell:
        match self._type:
            case "n":
                return self._number_or_day(text)
            case "s":
                return self._shared[self._index(text)]
            case "b":
                return text == "1"
            case _:  # str and inlineStr (texts), d (a day as text), e (the name of an error)
                return text

    def _number_or_day(self, text: str) -> Cell:
        try:
            number = float(text)
        except ValueError:
            self._fail(f"第 {self._number} 行的数字“{text[:20]}”有误", "请用 Excel 打开后另存为 .xlsx")
        style = int(self._style) if self._style.isdecimal() else 0
        if style < len(self._is_date) and self._is_date[style] and 0 < number < _LAST_SERIAL:
            return self._epoch + timedelta(days=int(number))
        return number

    def _index(self, text: str) -> int:
        index = int(text) if text.isdecimal() else -1
        if not 0 <= index < len(self._shared):
            self._fail(f"第 {self._number} 行引用了不存在的文字", "请用 Excel 打开后另存为 .xlsx")
        return index

    def _check_dimension(self, reference: str) -> None:
        last = re.search(r"(\d+)$", reference, re.ASCII)
        if last and int(last[1][:20]) > MOST_ROWS:
            self._fail(f"声称有 {last[1][:20]} 行，Excel 最多 {MOST_ROWS} 行", "请用 Excel 打开后另存为 .xlsx")


class _Columns(dict[str, int]):
    """Numbers of columns, from 0, by their letters; -1 for what is no column."""

    def __missing__(self, letters: str) -> int:
        number = 0
        known = 1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha()
        for letter in letters.upper() if known else "":
            number = number * 26 + ord(letter) - ord("A") + 1
        self[letters] = number - 1
        return number - 1


_EPOCH = date(1899, 12, 30)  # of serial numbers from 61 on; earlier ones count a day that never was
_LAST_SERIAL = 2_958_466  # the day after 31 December 9999


def _shows_day(code: str) -> bool:
    """Whether a format shows a year or a day; one that shows hours only, or 元, does not."""
    shown = _FORMAT_TEXT.sub("", code.partition(";")[0]).lower()
    return "y" in shown or "d" in shown or "e" in shown.replace("general", "").replace("e+", "").replace("e-", "")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference)
    return (int(match[2]) - 1, _Columns()[match[1]]) if match else (0, 0)
