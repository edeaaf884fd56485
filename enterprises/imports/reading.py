"""A row of somebody's table as a statement on an enterprise, with all of it that could not be taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from enterprises.calendar import format_day
from enterprises.dictionary import Source, Value
from enterprises.imports.cells import (
    UNKNOWN_CELLS,
    Cell,
    Read,
    alike,
    parse_count,
    parse_day,
    plain_text,
    read_code,
    reader,
    text_of,
)
from enterprises.imports.mapping import Column, Provenance, Records, TableMapping
from enterprises.imports.rejects import Reject
from enterprises.imports.sheets import JOINT, Row, Score, Sheet, positions
from enterprises.profiles import Observation, Profile, Record, Series, exceeding_years
from enterprises.source_text import BadText, Problem, Problems, suggest
from enterprises.statements import Statement

LONGEST_NAME = 200
"""The most characters of an enterprise's name."""

_SOURCES = {
    **{source.value: source for source in Source},
    **{source.label: source for source in Source},
}
_BEFORE = "before_"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row says, if anything can be taken of it, and what cannot."""

    profile: Profile | None
    rejects: Sequence[Reject] = ()


def score_by(mapping: TableMapping) -> Score:
    """How well names of columns fit a mapping: so many of its columns are among them."""
    wanted = {alike(name) for name, _ in mapping.needed()}
    return lambda columns: len(wanted & set(map(alike, columns)))


class Table:
    """A sheet under a mapping, as of a day: where everything stands. Raises ``Problems`` for columns that it lacks."""

    def __init__(self, mapping: TableMapping, sheet: Sheet, day: date) -> None:
        _check_days(mapping, day)
        places = _places(mapping, sheet)
        self.mapping, self.sheet, self.day = mapping, sheet, day
        self.wanted = sorted(set(places.values()))
        self._at = {name: self.wanted.index(place) for name, place in places.items()}
        self._unknown = UNKNOWN_CELLS | {alike(word).lower() for word in mapping.unknown}
        self.code_place = places[alike(mapping.code_column)]

    def position(self, column: str) -> int:
        """Where a column stands in the rows that hold what is ``wanted``."""
        return self._at[alike(column)]

    def text(self, cell: Cell) -> str:
        """A cell as text, empty where it says that nobody knows. Raises ``BadText``."""
        text = plain_text(text_of(cell), self.sheet.escaped)
        return "" if alike(text).lower() in self._unknown else text

    def says_unknown(self, cell: Cell) -> bool:
        """Whether a cell says that nobody knows, rather than that there is nothing."""
        return isinstance(cell, str) and alike(cell).lower() in self._unknown - _NOTHING_THERE

    def reader(self, column: Column, make: Callable[[Value], T]) -> Read[T]:
        """What reads a column's cells."""
        return reader(column.fact, column.manner(self.mapping.unknown, self.sheet.escaped, self.day), make)

    def column_of(self, fact: str, period: str) -> str | None:
        """The column that says a fact of a period."""
        found = (each.column for each in self.mapping.columns if (each.fact.name, each.period) == (fact, period))
        return next(found, None)

    def reject(self, row: Row, column: str | None, error: BadText, *, is_row: bool = False) -> Reject:
        """A cell that is rejected, or the whole row for it."""
        written = "" if column is None or row.problem else _shown(row.cells[self.position(column)])
        return Reject(
            self.sheet.file, self.sheet.name, row.number, column, written, error.message, error.remedy, is_row
        )


class RowReader:
    """Reads the rows of a table."""

    def __init__(self, table: Table) -> None:
        self._table, mapping = table, table.mapping
        self._code_column, self._name_column = mapping.code_column, mapping.name_column
        self._code = table.position(self._code_column)
        self._columns = [_Cell(table, column) for column in mapping.columns]
        self._records = [_Group(table, records) for records in mapping.records]

    def read(self, row: Row) -> Reading:
        """What a row says; nothing, and nothing rejected, for an empty one."""
        if row.problem is not None:
            return self._refused(row, None, row.problem)
        cells = row.cells
        if not _shown(cells[self._code]) and not any(map(_shown, cells)):
            return _NOTHING
        try:
            code = read_code(cells[self._code], escaped=self._table.sheet.escaped)
        except BadText as error:
            return self._refused(row, self._code_column, error)
        rejects: list[Reject] = []
        facts: dict[str, Observation] = {}
        years: dict[str, dict[int, Observation]] = {}
        earlier: dict[str, tuple[Observation, int]] = {}
        for column in self._columns:
            seen = column.see(cells)
            if type(seen) is Observation:
                if column.year is not None:
                    years.setdefault(column.fact, {})[column.year] = seen
                elif column.before is not None:
                    earlier[column.fact] = seen, column.before
                else:
                    facts[column.fact] = seen
            elif column.required:
                return self._refused(row, column.column, seen if isinstance(seen, BadText) else _REQUIRED)
            elif isinstance(seen, BadText):
                rejects.append(self._table.reject(row, column.column, seen))
        series = {fact: Series(figures, *earlier.pop(fact, ())) for fact, figures in years.items()}
        series |= {fact: Series({}, *highest) for fact, highest in earlier.items()}
        for fact, one in series.items():
            if one.before is not None and (exceeding := exceeding_years(one)):
                series[fact] = _without_contradiction(self._table, (row,), fact, one, exceeding, rejects)
        records = {group.kind: found for group in self._records if (found := group.read(row, rejects)) is not None}
        said = {fact: one for fact, one in series.items() if one.years or one.before is not None}
        return Reading(Profile(code, self._name(row, rejects), facts, said, records), rejects)

    def _name(self, row: Row, rejects: list[Reject]) -> str | None:
        if self._name_column is None:
            return None
        try:
            text = self._table.text(row.cells[self._table.position(self._name_column)])
            if len(text) > LONGEST_NAME:
                raise BadText(f"名称有 {len(text)} 个字符，过长", f"请缩短到 {LONGEST_NAME} 个字符以内")
        except BadText as error:
            rejects.append(self._table.reject(row, self._name_column, error))
            return None
        return text or None

    def _refused(self, row: Row, column: str | None, error: BadText) -> Reading:
        return Reading(None, (self._table.reject(row, column, error, is_row=True),))


def statement(table: Table, profile: Profile, rows: Sequence[int], received_on: date) -> Statement:
    """What rows say of an enterprise, as a statement."""
    sheet = f"［{table.sheet.name}］" if table.sheet.name else ""
    origin = f"{table.sheet.file}{sheet} 第 {'、'.join(map(str, rows))} 行"
    return Statement(profile, table.mapping.provenance.source, received_on, origin)


class _Cell:
    """One column, and how it is read."""

    __slots__ = ("_provenance", "_read", "before", "column", "fact", "position", "required", "year")

    def __init__(self, table: Table, column: Column) -> None:
        assert column.column is not None
        self.fact, self.required = column.fact.name, column.required
        is_year = bool(column.period) and not column.period.startswith(_BEFORE)
        self.year = int(column.period) if is_year else None
        self.before = int(column.period.removeprefix(_BEFORE)) if column.period and not is_year else None
        self.column, self.position = column.column, table.position(column.column)
        source, day = column.provenance.source, column.provenance.observed_on
        self._provenance = None if column.provenance.is_constant else _Provenance(table, column.provenance)
        self._read: Read[Observation] = table.reader(column, lambda value: Observation(value, source, day))

    def see(self, cells: Sequence[Cell]) -> Observation | BadText | None:
        """What the column says in a row."""
        seen = self._read(cells[self.position])
        return (
            seen if self._provenance is None or not isinstance(seen, Observation) else self._provenance.of(seen, cells)
        )


class _Provenance:
    """Source and day of the values of a column, where each row says them."""

    def __init__(self, table: Table, provenance: Provenance) -> None:
        self._table, self._provenance = table, provenance
        self._source, self._day = provenance.source_column, provenance.observed_on_column

    def of(self, seen: Observation, cells: Sequence[Cell]) -> Observation | BadText:
        """What was seen, with its source and day; a value is not taken where either is wrong."""
        source, day = self._provenance.source, self._provenance.observed_on
        try:
            if self._source is not None:
                source = _source(self._table.text(cells[self._table.position(self._source)]))
            if self._day is not None:
                text = self._table.text(cells[self._table.position(self._day)])
                day = _day(text, self._table) if text else None
        except BadText as error:
            return error
        return Observation(seen.value, source, day)


def _source(text: str) -> Source:
    if text not in _SOURCES:
        raise BadText(f"不知道这一格的来源（“{text}”）", f"请核对来源列；{suggest(text, list(_SOURCES))}")
    return _SOURCES[text]


def _day(text: str, table: Table) -> date:
    try:
        day = parse_day(text, table.mapping.dates)
    except BadText as error:
        raise BadText(f"数据日期有误：{error.message}", error.remedy) from None
    if day > table.day:
        raise BadText(f"数据日期“{text}”晚于 {format_day(table.day)}，还没有到", "请核对数据日期")
    return day


class _Group:
    """The groups of columns that tell the records of one kind."""

    def __init__(self, table: Table, records: Records) -> None:
        self._table, self._count, self.kind = table, records.count, records.kind.name
        self._groups = [
            (
                {name: _Cell(table, column) for name, column in group.items() if column.column is not None},
                {
                    name: Observation(column.constant, column.provenance.source, column.provenance.observed_on)
                    for name, column in group.items()
                    if column.constant is not None
                },
            )
            for group in records.groups
        ]

    def read(self, row: Row, rejects: list[Reject]) -> tuple[Record, ...] | None:
        """All records there are; ``None`` where the row does not tell."""
        count = self._read_count(row, rejects)
        if self._count is not None and count is None:
            return None
        found: list[Record] = []
        for number, (cells, constants) in enumerate(self._groups):
            fields = self._read_group(row, cells, rejects)
            if fields is None and self._count is None and self._says_unknown(row, cells):
                return None
            if fields is not None and self._count is not None and count is not None and number >= count:
                error = BadText(f"条数写的是 {count}，后面的列里却还有内容", "请核对条数，或清空多出的格子")
                rejects.append(self._table.reject(row, self._count, error))
                return None
            if fields is not None or (count is not None and number < count):
                found.append(Record(self.kind, {**constants, **(fields or {})}))
        return tuple(found)

    def _read_count(self, row: Row, rejects: list[Reject]) -> int | None:
        if self._count is None:
            return None
        try:
            text = self._table.text(row.cells[self._table.position(self._count)])
            if not text:
                return None
            count = parse_count(text, None)
            if count > len(self._groups):
                message = f"“{text}”条多于映射里的 {len(self._groups)} 组列"
                raise BadText(message, "请在映射文件的 each 里补上其余的列，否则列不全")
        except BadText as error:
            rejects.append(self._table.reject(row, self._count, error))
            return None
        return count

    def _read_group(self, row: Row, cells: Mapping[str, _Cell], rejects: list[Reject]) -> dict[str, Observation] | None:
        """The fields of one record; ``None`` where none of its cells says anything, so that there is none."""
        fields: dict[str, Observation] = {}
        says_anything = False
        for name, cell in cells.items():
            seen = cell.see(row.cells)
            if isinstance(seen, Observation):
                fields[name] = seen
            elif seen is not None:
                rejects.append(self._table.reject(row, cell.column, seen))
            says_anything = says_anything or seen is not None
        return fields if says_anything else None

    def _says_unknown(self, row: Row, cells: Mapping[str, _Cell]) -> bool:
        return any(self._table.says_unknown(row.cells[cell.position]) for cell in cells.values())


_NOTHING = Reading(None)
_NOTHING_THERE = frozenset(word for word in UNKNOWN_CELLS if not any(letter.isalpha() for letter in word))
_REQUIRED = BadText("这一格必须填写", "请补上；映射文件说没有它就不导入这一行（required）")


def _with(one: Series | None, period: str, seen: Observation) -> Series:
    years = {} if one is None else one.years
    highest, first = (None, None) if one is None else (one.before, one.before_year)
    if period.startswith(_BEFORE):
        return Series(years, seen, int(period.removeprefix(_BEFORE)))
    return Series({**years, int(period): seen}, highest, first)


def _check_days(mapping: TableMapping, day: date) -> None:
    """No constant day and no year of the mapping may be after the day of the import."""
    for column in (None, *mapping.columns):
        provenance = mapping.provenance if column is None else column.provenance
        entry = mapping.entry if column is None else column.entry
        if entry is None:
            continue
        if provenance.observed_on is not None and provenance.observed_on > day:
            entry.fail(
                f"数据日期 {format_day(provenance.observed_on)} 晚于导入的 {format_day(day)}", "请核对 observed_on"
            )
        if column is not None and column.period and int(column.period.removeprefix(_BEFORE)) > day.year:
            entry.fail(f"{column.period} 年还没有到（按 {format_day(day)} 导入）", "请核对年份")


def _places(mapping: TableMapping, sheet: Sheet) -> dict[str, int]:
    """Where each column that is needed stands. Raises ``Problems`` with all that are missing or there twice."""
    known = positions(sheet)
    shown = [name for name in sheet.columns if name]
    problems: dict[str, Problem] = {}
    found: dict[str, int] = {}
    for name, entry in mapping.needed():
        places = known.get(alike(name), [])
        if len(places) == 1:
            found[alike(name)] = places[0]
            continue
        what = f"“{sheet.file}”里没有列“{name}”" if not places else f"“{sheet.file}”里有 {len(places)} 列叫“{name}”"
        remedy = suggest(name, shown) if not places else "请把列名改成不同的"
        remedy += "；表头有几行的，列名用“ / ”相连" if not places and JOINT in "".join(shown) else ""
        line = entry.line if entry is not None else None
        problems.setdefault(alike(name), Problem(mapping.file, line, "columns", what, remedy))
    if problems:
        raise Problems(list(problems.values()))
    return found


def _shown(cell: Cell) -> str:
    try:
        return text_of(cell).strip()
    except BadText:
        return str(cell)


# ------------------------------------------------------------- several rows


def combined(readings: Sequence[tuple[Row, Profile]], table: Table) -> tuple[Profile, list[Reject]]:
    """What several rows on the same enterprise say together; of what they contradict each other in, nothing is taken.

    Every one of the rows concerned is rejected for that cell: which of them is right, a person must say.
    """
    rejects: list[Reject] = []
    numbers = "、".join(str(row.number) for row, _ in readings)
    error = BadText(f"第 {numbers} 行是同一家企业，这一项却不一致", "请核对后只保留正确的一个")
    said = [(row, _said(profile)) for row, profile in readings]
    agreed: dict[tuple[str, str], Any] = {}
    for key in dict.fromkeys(key for _, each in said for key in each):
        claims = [(row, each[key]) for row, each in said if key in each]
        if all(_value(each) == _value(claims[0][1]) for _, each in claims):
            agreed[key] = max((each for _, each in claims), key=_observed_on)
        else:
            rejects += [_contradicting(table, row, key, error) for row, _ in claims]
    series: dict[str, Series] = {}
    for (name, period), seen in agreed.items():
        if period not in (_POINT, _RECORDS, _NAME):
            series[name] = _with(series.get(name), period, seen)
    for fact, one in series.items():
        if years := exceeding_years(one):
            rows = [row for row, _ in readings]
            series[fact] = _without_contradiction(table, rows, fact, one, years, rejects)
    return (
        Profile(
            credit_code=readings[0][1].credit_code,
            name=agreed.get((_NAME, _NAME)),
            facts={name: seen for (name, period), seen in agreed.items() if period == _POINT},
            series={fact: one for fact, one in series.items() if one.years or one.before is not None},
            records={name: listed for (name, period), listed in agreed.items() if period == _RECORDS},
        ),
        rejects,
    )


_POINT, _RECORDS, _NAME = "", "records", "name"


def _said(profile: Profile) -> dict[tuple[str, str], Any]:
    """Every value by its fact and period."""
    said: dict[tuple[str, str], Any] = {(name, _POINT): seen for name, seen in profile.facts.items()}
    for name, one in profile.series.items():
        said |= {(name, str(year)): seen for year, seen in one.years.items()}
        if one.before is not None:
            said[name, f"{_BEFORE}{one.before_year}"] = one.before
    said |= {(kind, _RECORDS): listed for kind, listed in profile.records.items()}
    return said if profile.name is None else {**said, (_NAME, _NAME): profile.name}


def _value(said: Any) -> Any:
    """What can be compared: values without where they are from."""
    if isinstance(said, Observation):
        return said.value
    if isinstance(said, tuple):
        return [{name: seen.value for name, seen in record.fields.items()} for record in said]
    return said


def _observed_on(said: Any) -> date:
    return (said.observed_on if isinstance(said, Observation) else None) or date.min


def _contradicting(table: Table, row: Row, key: tuple[str, str], error: BadText) -> Reject:
    name, period = key
    column = table.mapping.name_column if period == _NAME else table.column_of(name, period)
    if column is not None:
        return table.reject(row, column, error)
    kind = next(each.kind for each in table.mapping.records if each.kind.name == name)
    return replace(table.reject(row, None, error), column=kind.label)


def _without_contradiction(
    table: Table, rows: Sequence[Row], fact: str, one: Series, years: Sequence[int], rejects: list[Reject]
) -> Series:
    """The series without the figures that are above the highest of all earlier years, and without that one."""
    message = f"{'、'.join(map(str, years))} 年的数高于 {one.before_year} 年以前的最高值"
    error = BadText(message, "请核对这几格的数字和单位")
    for period in (f"{_BEFORE}{one.before_year}", *map(str, years)):
        column = table.column_of(fact, period)
        if column is not None:
            rejects += [table.reject(row, column, error) for row in rows]
    return Series({year: seen for year, seen in one.years.items() if year not in years})
