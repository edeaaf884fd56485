"""Enterprises out of the database into a table: the inverse of an import, so that importing it again changes nothing.

By a mapping file, or by a mapping of everything that is known, which is made from a first look at the profiles.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, Protocol

from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind, Source, Value
from enterprises.imports.cells import UNITS, Cell, Manner, alike, reader
from enterprises.imports.mapping import CREDIT_CODE, Column, Records, TableMapping
from enterprises.imports.rejects import escaped
from enterprises.imports.sheets import JOINT
from enterprises.imports.workbooks import MOST_COLUMNS, MOST_ROWS
from enterprises.profiles import Observation, Profile, Record
from enterprises.source_text import Problem
from enterprises.whole_files import whole_file

NOBODY_KNOWS = "不详"
"""What stands where a list of records is not known, and a blank would say that there are none."""

NONE_OF_THEM = "无"
"""What stands for a set without options."""

ENDINGS = (".csv", ".xlsx", ".jsonl", ".parquet")
"""How the names of files end that can be written."""

_BATCH = 5000
_EXACT_IN_EXCEL = 15  # digits
_FIRST_DAY_OF_EXCEL = date(1900, 3, 1)  # earlier ones it counts wrongly or not at all
_MONEY_PLACES = {"元": 2, "千元": 5, "万元": 6, "百万元": 8, "亿元": 10}

Watch = Callable[[int], None]
"""Is told how many enterprises have been written."""


def export(profiles: Iterable[Profile], path: Path, mapping: TableMapping, watch: Watch | None = None) -> int:
    """Write profiles to a .csv, .xlsx, .jsonl or .parquet file by a mapping; how many there were.

    The file appears once it is complete. Raises ``Problem`` where it cannot be written or cannot hold all there is.
    """
    columns = _outputs(mapping)
    _check_names(path, columns)
    count = 0
    with _opened(path, columns) as sink:
        for count, profile in enumerate(profiles, start=1):
            _check_room(profile, mapping, path)
            sink.write([column.cell(profile) for column in columns])
            if watch is not None and count % _BATCH == 0:
                watch(count)
    return count


# ------------------------------------------------------------------ columns


@dataclass(frozen=True, slots=True)
class _Output:
    """One column of what is written, and what of a profile stands in it. ``kind``: of the values, text otherwise."""

    name: str
    cell: Callable[[Profile], Cell]
    kind: Kind = Kind.TEXT
    unit: str | None = None


def _outputs(mapping: TableMapping) -> list[_Output]:
    """The columns that the mapping reads, each once."""
    outputs = [_Output(mapping.code_column, lambda profile: profile.credit_code)]
    if mapping.name_column is not None:
        outputs.append(_Output(mapping.name_column, lambda profile: profile.name))
    for column in mapping.columns:
        outputs += _of_value(column, _finder(column.fact.name, column.period))
    for records in mapping.records:
        outputs += _of_records(records)
    return list({alike(output.name): output for output in reversed(outputs)}.values())[::-1]


def _of_value(column: Column, find: Callable[[Profile], Observation | None], blank: Cell = None) -> Iterator[_Output]:
    """The column of a value, and those of its source and its day where it has any."""
    assert column.column is not None
    write = _writer(column)
    source, day = column.provenance.source_column, column.provenance.observed_on_column

    def value(profile: Profile) -> Cell:
        seen = find(profile)
        return blank if seen is None else write(seen.value)

    def source_of(profile: Profile) -> Cell:
        seen = find(profile)
        return None if seen is None else seen.source.label

    def day_of(profile: Profile) -> Cell:
        seen = find(profile)
        return None if seen is None else seen.observed_on

    translated = bool(column.values or (column.dates and column.fact.kind is Kind.DATE))
    yield _Output(column.column, value, Kind.TEXT if translated else column.fact.kind, column.unit)
    if source is not None:
        yield _Output(source, source_of)
    if day is not None:
        yield _Output(day, day_of, Kind.DATE)


def _of_records(records: Records) -> Iterator[_Output]:
    kind = records.kind.name
    if records.count is not None:
        yield _Output(records.count, lambda profile: _length(profile, kind), Kind.COUNT)
    for number, group in enumerate(records.groups):
        for name, column in group.items():
            if column.column is not None:
                output, *provenance = _of_value(column, _field_finder(kind, number, name))
                if records.complete and number == 0:
                    output = _Output(output.name, _or_nobody_knows(output.cell, kind), Kind.TEXT)
                yield output
                yield from provenance


def _or_nobody_knows(cell: Callable[[Profile], Cell], kind: str) -> Callable[[Profile], Cell]:
    def told(profile: Profile) -> Cell:
        found = cell(profile) if kind in profile.records else NOBODY_KNOWS
        return "是" if found is True else "否" if found is False else found

    return told


def _length(profile: Profile, kind: str) -> int | None:
    return len(profile.records[kind]) if kind in profile.records else None


def _finder(fact: str, period: str) -> Callable[[Profile], Observation | None]:
    if not period:
        return lambda profile: profile.facts.get(fact)
    if period.isdecimal():
        return lambda profile: profile.series[fact].years.get(int(period)) if fact in profile.series else None

    def highest(profile: Profile) -> Observation | None:
        one = profile.series.get(fact)
        return one.before if one is not None and period == f"before_{one.before_year}" else None

    return highest


def _field_finder(kind: str, number: int, name: str) -> Callable[[Profile], Observation | None]:
    def find(profile: Profile) -> Observation | None:
        listed: Sequence[Record] = profile.records.get(kind, ())
        return listed[number].fields.get(name) if number < len(listed) else None

    return find


def _writer(column: Column) -> Callable[[Value], Cell]:
    """What turns a value into what the column's reader reads back."""
    fact = column.fact
    read = reader(fact, Manner(date.max), _itself)
    meant = {read(meaning): text for text, meaning in [*column.values.items()][::-1] if meaning is not None}
    write = _plain_writer(column)

    def translated(value: Value) -> Cell:
        if isinstance(value, frozenset):
            options = [str(meant.get(frozenset((option,)), option)) for option in sorted(value)]
            return (column.separator or "、").join(options) or NONE_OF_THEM
        return str(meant[value]) if value in meant else write(value)

    return translated if meant else write


def _itself(value: Value) -> Value:
    return value


def _plain_writer(column: Column) -> Callable[[Value], Cell]:
    match column.fact.kind:
        case Kind.MONEY:
            unit = UNITS[column.unit or "元"]
            after = "" if column.unit else "元"
            return lambda value: _money(value, unit, after)
        case Kind.RATIO:
            return str  # 3/20, exactly
        case Kind.SET:
            separator = column.separator or "、"
            return lambda value: separator.join(sorted(_options(value))) or NONE_OF_THEM
        case Kind.DATE if column.dates:
            order = column.dates[0]
            return lambda value: _dated(order, value)
        case _:
            return _as_it_is


def _as_it_is(value: Any) -> Cell:
    return value  # type: ignore[no-any-return]


def _options(value: Value) -> frozenset[str]:
    assert isinstance(value, frozenset)
    return value


def _money(value: Value, unit: int, after: str) -> Cell:
    """So many units, exactly: a number, or a text with its unit."""
    assert isinstance(value, int)
    exact = Decimal(value) / unit  # a power of ten: the decimals end
    return f"{exact:f}{after}" if after else exact


def _dated(order: str, value: Value) -> str:
    assert isinstance(value, date)
    text = order.replace("年", f"{value.year:04}")
    return text.replace("月", f"{value.month:02}").replace("日", f"{value.day:02}")


def _check_names(path: Path, columns: Sequence[_Output]) -> None:
    if len(columns) > MOST_COLUMNS:
        _fail(path, f"有 {len(columns)} 列，最多 {MOST_COLUMNS} 列", "请用映射文件只选需要的列")


def _check_room(profile: Profile, mapping: TableMapping, path: Path) -> None:
    """No record may be lost because the mapping has too few groups for it."""
    for records in mapping.records:
        listed = profile.records.get(records.kind.name, ())
        if len(listed) > len(records.groups):
            what = f"企业 {profile.credit_code} 有 {len(listed)} 条“{records.kind.label}”"
            room = f"映射里只有 {len(records.groups)} 组列"
            _fail(path, f"{what}，{room}", "请在映射文件的 each 里补上其余的列")


# -------------------------------------------------------------------- files


class _Sink(Protocol):
    """A file that rows are written to."""

    def write(self, cells: Sequence[Cell]) -> None:
        """One more row."""

    def close(self) -> None:
        """Nothing more will come."""


@contextmanager
def _opened(path: Path, columns: Sequence[_Output]) -> Iterator[_Sink]:
    kind = _SINKS.get(path.suffix.lower())
    if kind is None:
        _fail(path, f"不能写成“{path.suffix}”文件", f"可以写：{'、'.join(_SINKS)}")
    try:
        with whole_file(path) as draft:
            sink = kind(draft, columns)
            try:
                yield sink
            finally:
                sink.close()
    except OSError as error:
        _fail(path, f"文件写不出来（{error.strerror or error}）", "请换一个能写的位置")


class _Csv:
    """UTF-8 with BOM, which is what Excel expects; texts that begin like a formula are made harmless."""

    def __init__(self, path: Path, columns: Sequence[_Output]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([escaped(column.name) for column in columns])

    def write(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([escaped(cell) if isinstance(cell, str) else _text(cell) for cell in cells])

    def close(self) -> None:
        self._file.close()


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else "" if cell is None else str(cell)


class _Excel:
    """Texts are typed as texts, whatever they begin with; numbers that Excel cannot hold exactly are texts too."""

    def __init__(self, path: Path, columns: Sequence[_Output]) -> None:
        import xlsxwriter

        self._path, self._row = path, 0
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._sheet = self._book.add_worksheet("企业")
        self._sheet.freeze_panes(1, 2)
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        bold = self._book.add_format({"bold": True})
        for number, column in enumerate(columns):
            self._sheet.write_string(0, number, column.name, bold)

    def write(self, cells: Sequence[Cell]) -> None:
        self._row += 1
        if self._row >= MOST_ROWS:
            _fail(self._path, f"企业多于 Excel 的 {MOST_ROWS - 1} 行", "请导出为 .csv 或 .parquet，或按地区分开导出")
        for column, cell in enumerate(cells):
            if cell is None:
                continue
            if isinstance(cell, date) and cell >= _FIRST_DAY_OF_EXCEL:
                self._sheet.write_datetime(self._row, column, cell, self._day)
            elif isinstance(cell, (int, Decimal)) and not isinstance(cell, bool) and _fits_excel(cell):
                self._sheet.write_number(self._row, column, cell)
            else:
                self._sheet.write_string(self._row, column, _text(cell))

    def close(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from None


def _fits_excel(number: int | Decimal) -> bool:
    return len(Decimal(number).normalize().as_tuple().digits) <= _EXACT_IN_EXCEL


class _JsonLines:
    """One object a line; what is not known is left out, but for the first, which names all columns."""

    def __init__(self, path: Path, columns: Sequence[_Output]) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._names = [column.name for column in columns]
        self._is_first = True

    def write(self, cells: Sequence[Cell]) -> None:
        named = zip(self._names, map(_json, cells), strict=True)
        said = {name: cell for name, cell in named if cell is not None or self._is_first}
        self._is_first = False
        self._file.write(json.dumps(said, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


def _json(cell: Cell) -> Any:
    return _text(cell) if isinstance(cell, (Decimal, date)) else cell


class _Parquet:
    """Typed columns: counts and flags as such, days as days, money as decimals."""

    def __init__(self, path: Path, columns: Sequence[_Output]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._pa = pa
        self._schema = pa.schema([(column.name, _arrow_type(pa, column)) for column in columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Sequence[Cell]] = []

    def write(self, cells: Sequence[Cell]) -> None:
        self._rows.append(cells)
        if len(self._rows) >= _BATCH * 4:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [()] * len(self._schema)
        arrays = [self._pa.array(values, type=each.type) for values, each in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))
        self._rows = []


def _arrow_type(pa: Any, column: _Output) -> Any:
    if column.kind is Kind.MONEY and column.unit is not None:
        return pa.decimal128(38, _MONEY_PLACES[column.unit])
    simple = {Kind.COUNT: pa.int64(), Kind.DATE: pa.date32(), Kind.FLAG: pa.bool_()}
    return simple.get(column.kind, pa.string())


_SINKS: dict[str, Callable[[Path, Sequence[_Output]], _Sink]] = {
    ".csv": _Csv,
    ".xlsx": _Excel,
    ".jsonl": _JsonLines,
    ".parquet": _Parquet,
}


def _fail(path: Path, message: str, remedy: str) -> NoReturn:
    raise Problem(path.name, None, "", message, remedy)


# -------------------------------------------------- a mapping of everything


@dataclass(slots=True)
class _Origins:
    """From whom, and of which days, the values of one column are: as many as tell whether they are all the same."""

    sources: set[Source] = field(default_factory=set)
    days: set[date | None] = field(default_factory=set)

    def add(self, seen: Observation) -> None:
        self.sources.add(seen.source)
        if len(self.days) < 2:
            self.days.add(seen.observed_on)


def full_mapping(profiles: Iterable[Profile], dictionary: Dictionary) -> str:
    """A mapping file, as text, of everything that is known in ``profiles``: importing by it loses nothing.

    Source and day are columns of their own where they are not the same for all enterprises. A name and a list of
    records do not say where they are from: they count as declared.
    """
    values: dict[tuple[str, str], _Origins] = {}
    fields: dict[tuple[str, int, str], _Origins] = {}
    lengths: dict[str, int] = {}
    for profile in profiles:
        for key, seen in _all_values(profile):
            values.setdefault(key, _Origins()).add(seen)
        for kind, listed in profile.records.items():
            lengths[kind] = max(lengths.get(kind, 0), len(listed))
            for number, record in enumerate(listed):
                for name, seen in record.fields.items():
                    fields.setdefault((kind, number, name), _Origins()).add(seen)
    order = {name: number for number, name in enumerate(dictionary.facts)}
    columns = [
        line
        for name, period in sorted(values, key=lambda key: (order[key[0]], key[1]))
        for line in _value_lines(dictionary.facts[name], period, values[name, period])
    ]
    records = [
        line
        for kind in dictionary.records.values()
        if kind.name in lengths
        for line in _record_lines(kind, lengths[kind.name], fields)
    ]
    head = ["source: declared", "columns:", f"  统一社会信用代码: {CREDIT_CODE}", "  企业名称: name"]
    return "\n".join([*head, *columns, *(["records:"] if records else []), *records]) + "\n"


def _all_values(profile: Profile) -> Iterator[tuple[tuple[str, str], Observation]]:
    for name, seen in profile.facts.items():
        yield (name, ""), seen
    for name, one in profile.series.items():
        for year, seen in one.years.items():
            yield (name, str(year)), seen
        if one.before is not None:
            yield (name, f"before_{one.before_year}"), one.before


def _value_lines(fact: Fact, period: str, origins: _Origins) -> Iterator[str]:
    heading = f"{fact.label}（元）" if fact.kind is Kind.MONEY else fact.label
    when = ""
    if period:
        year = period.removeprefix("before_")
        heading += f"{JOINT}{year}年以前最高" if period != year else f"{JOINT}{year}"
        when = f", before: {year}" if period != year else f", year: {year}"
    unit = ", unit: 元" if fact.kind is Kind.MONEY else ""
    yield f"  {quoted(heading)}: {{fact: {fact.name}{when}{unit}{_origin_text(heading, origins)}}}"


def _record_lines(kind: RecordKind, length: int, fields: dict[tuple[str, int, str], _Origins]) -> Iterator[str]:
    yield f"  {kind.name}:"
    yield f"    count: {quoted(f'{kind.label}{JOINT}条数')}"
    yield "    each:" if length else "    each: []"
    for number in range(length):
        found = {name: fields[kind.name, number, name] for name in kind.fields if (kind.name, number, name) in fields}
        # A record of which nothing is known still counts; the group needs a column to be one.
        for position, name in enumerate(found or [next(iter(kind.fields))]):
            fact = kind.fields[name]
            heading = f"{kind.label}{number + 1}{JOINT}{fact.label}" + ("（元）" if fact.kind is Kind.MONEY else "")
            unit = ", unit: 元" if fact.kind is Kind.MONEY else ""
            origin = _origin_text(heading, found[name]) if name in found else ""
            start = "      - " if position == 0 else "        "
            yield f"{start}{name}: {{column: {quoted(heading)}{unit}{origin}}}"


def quoted(text: str) -> str:
    """``text`` as YAML that means just this text, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _origin_text(heading: str, origins: _Origins) -> str:
    """Source and day of a column, as the options of a mapping."""
    if len(origins.sources) == 1:
        text = f", source: {next(iter(origins.sources)).value}"
    else:
        text = f", source: {{column: {quoted(f'{heading}{JOINT}来源')}}}"
    if len(origins.days) > 1:
        return f"{text}, observed_on: {{column: {quoted(f'{heading}{JOINT}日期')}}}"
    (day,) = origins.days
    return text if day is None else f"{text}, observed_on: {day.isoformat()}"
