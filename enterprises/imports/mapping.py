"""Mapping files: which column of somebody's table is which fact, in which unit, from whom and of which day.

One YAML file for each kind of table. ``docs/imports.md`` describes it, ``mapping.schema.json`` is for editors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from enterprises.calendar import parse_day
from enterprises.dictionary import WHERE_LISTED, Dictionary, Fact, Kind, RecordKind, Source, Value
from enterprises.imports.cells import UNITS, Manner, day_pattern, reader
from enterprises.imports.sheets import HEADER_HEIGHT, Layout
from enterprises.profiles import is_year
from enterprises.source_text import BadText, Entry, parse_flag, read_file, suggest

CREDIT_CODE = "credit_code"
NAME = "name"

SCHEMA = Path(str(files("enterprises.imports") / "mapping.schema.json"))
"""Where the JSON Schema of mapping files is."""

MAPPING_FIELDS = ("source", "columns")
MAPPING_OPTIONS = ("title", "observed_on", "sheet", "header_row", "encoding", "unknown", "dates", "records")
COLUMN_OPTIONS = ("year", "before", "unit", "dates", "values", "separator", "required", "source", "observed_on")
RECORD_OPTIONS = ("complete", "count")
FIELD_OPTIONS = ("column", "value", "unit", "dates", "values", "separator", "source", "observed_on")
ENCODINGS = ("auto", "utf-8", "gb18030")

_RATIO_UNITS = ("%", "‰")
_MOST_GROUPS = 200
_NO_DATE_TOO_LATE = date.max


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the values of a column are from, and of which day: the same for all rows, or as a column says."""

    source: Source
    observed_on: date | None = None
    source_column: str | None = None
    observed_on_column: str | None = None

    @property
    def is_constant(self) -> bool:
        return self.source_column is None and self.observed_on_column is None


@dataclass(frozen=True, slots=True)
class Column:
    """What a column says of an enterprise, or of a record (then ``column`` is ``None`` where ``constant`` is said).

    ``period``: the year, or ``before_2021``, of a yearly fact. ``entry``: where the mapping says so.
    """

    fact: Fact
    column: str | None
    provenance: Provenance
    period: str = ""
    constant: Value | None = None
    unit: str | None = None
    dates: tuple[str, ...] = ()
    values: Mapping[str, str | None] = field(default_factory=dict)
    separator: str | None = None
    required: bool = False
    entry: Entry | None = field(default=None, compare=False, repr=False)

    def manner(self, unknown: frozenset[str], escaped: bool, day: date) -> Manner:
        """How its cells are read."""
        return Manner(day, self.unit, self.dates, self.values, self.separator, unknown, escaped)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a kind in one row: so many groups of columns, each a record where one of its cells says anything.

    All records there are must be told: either ``complete`` says that each row has them all, so that none are none; or
    the column ``count`` says how many there are, blank where nobody knows.
    """

    kind: RecordKind
    groups: tuple[Mapping[str, Column], ...]
    complete: bool = False
    count: str | None = None
    entry: Entry | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping file. ``digest`` tells mappings apart, together with the dictionary they were read with."""

    file: str
    title: str
    provenance: Provenance
    layout: Layout
    code_column: str
    name_column: str | None
    columns: tuple[Column, ...]
    records: tuple[Records, ...] = ()
    unknown: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    digest: str = ""
    entry: Entry | None = field(default=None, compare=False, repr=False)

    def needed(self) -> Iterator[tuple[str, Entry | None]]:
        """The names of all columns that the table must have, with the place in the mapping."""
        yield self.code_column, self.entry
        if self.name_column is not None:
            yield self.name_column, self.entry
        yield from _of_provenance(self.provenance, self.entry)
        for records in self.records:
            if records.count is not None:
                yield records.count, records.entry
        fields = (column for records in self.records for group in records.groups for column in group.values())
        for column in (*self.columns, *fields):
            if column.column is not None:
                yield column.column, column.entry
            yield from _of_provenance(column.provenance, column.entry)


def _of_provenance(provenance: Provenance, entry: Entry | None) -> Iterator[tuple[str, Entry | None]]:
    for name in (provenance.source_column, provenance.observed_on_column):
        if name is not None:
            yield name, entry


def read_mapping(path: Path, dictionary: Dictionary) -> TableMapping:
    """The mapping in a YAML or JSON file. Raises ``Problem`` with file and line."""
    return mapping_of(read_file(path), dictionary)


def mapping_of(entry: Entry, dictionary: Dictionary) -> TableMapping:
    """The mapping that an entry holds. Raises ``Problem``."""
    fields = entry.fields(MAPPING_FIELDS, MAPPING_OPTIONS)
    provenance = _provenance(fields, None)
    dates = _dates(fields)
    columns: list[Column] = []
    identity: dict[str, str] = {}
    for name, content in fields["columns"].mapping().items():
        for each in content.items() if isinstance(content.value, list) else [content]:
            if each.value in (CREDIT_CODE, NAME):
                if each.value in identity:
                    each.fail(f"{each.value} 已经是“{identity[str(each.value)]}”列", "请只写一列")
                identity[str(each.value)] = name
            else:
                columns.append(_column(name, each, dictionary, provenance, dates))
    if CREDIT_CODE not in identity:
        fields["columns"].fail("没有说哪一列是统一社会信用代码", f"请写成“列名: {CREDIT_CODE}”")
    _check_distinct(columns)
    kinds = fields["records"].mapping() if "records" in fields else {}
    return TableMapping(
        file=entry.file,
        title=fields["title"].text() if "title" in fields else "",
        provenance=provenance,
        layout=_layout(fields),
        code_column=identity[CREDIT_CODE],
        name_column=identity.get(NAME),
        columns=tuple(columns),
        records=tuple(_records(kind, each, dictionary, provenance, dates) for kind, each in kinds.items()),
        unknown=frozenset(word.text() for word in fields["unknown"].items()) if "unknown" in fields else frozenset(),
        dates=dates,
        digest=_digest(entry, dictionary),
        entry=fields["columns"],
    )


def _digest(entry: Entry, dictionary: Dictionary) -> str:
    """The same for mappings that say the same, whatever their comments, read with the same dictionary."""
    plain = json.dumps(entry.plain(), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{plain}\n{dictionary!r}".encode()).hexdigest()


def _layout(fields: Mapping[str, Entry]) -> Layout:
    header: tuple[int, ...] = ()
    if "header_row" in fields:
        entry = fields["header_row"]
        listed = entry.items() if isinstance(entry.value, list) else [entry]
        header = tuple(each.number(most=10_000) for each in listed)
        if not header or len(header) > HEADER_HEIGHT or list(header) != list(range(header[0], header[-1] + 1)):
            entry.fail("表头的行号有误", f"请写一个行号，或从上到下写出相连的至多 {HEADER_HEIGHT} 行，例如 [2, 3]")
    encoding = fields["encoding"].one_of(ENCODINGS) if "encoding" in fields else "auto"
    sheet = fields["sheet"].text() if "sheet" in fields else None
    return Layout(sheet, header, None if encoding == "auto" else encoding)


def _provenance(fields: Mapping[str, Entry], inherited: Provenance | None) -> Provenance:
    source, source_column = (inherited.source, inherited.source_column) if inherited else (Source.DECLARED, None)
    day, day_column = (inherited.observed_on, inherited.observed_on_column) if inherited else (None, None)
    if "source" in fields:
        source_column = _column_named(fields["source"])
        if source_column is None:
            source = Source(fields["source"].one_of([each.value for each in Source]))
    if "observed_on" in fields:
        day_column = _column_named(fields["observed_on"])
        day = fields["observed_on"].read(parse_day) if day_column is None else None
    return Provenance(source, day, source_column, day_column)


def _column_named(entry: Entry) -> str | None:
    """The name in ``{column: 列名}``; ``None`` for a plain value."""
    return entry.fields(("column",))["column"].text() if isinstance(entry.value, dict) else None


def _column(name: str, entry: Entry, dictionary: Dictionary, inherited: Provenance, dates: tuple[str, ...]) -> Column:
    """``列名: 指标``, or ``列名: {fact: 指标, year: 2023, unit: 万元, …}``."""
    fields = {"fact": entry} if isinstance(entry.value, str) else entry.fields(("fact",), COLUMN_OPTIONS)
    fact = _fact(fields["fact"], dictionary)
    column = Column(
        fact=fact,
        column=name,
        provenance=_provenance(fields, inherited),
        period=_period(fact, entry, fields),
        required="required" in fields and fields["required"].read(parse_flag),
        entry=entry,
        **_reading(fact, fields, dates),
    )
    _check_values(column, fields)
    return column


def _fact(entry: Entry, dictionary: Dictionary) -> Fact:
    name = entry.text()
    if name in dictionary.records:
        entry.fail(f"“{name}”是明细，不是指标", f"请写在 records 下：{name}: {{complete: 是, each: [{{字段: 列名}}]}}")
    fact = dictionary.facts.get(name)
    if fact is None:
        known = [*dictionary.facts, CREDIT_CODE, NAME]
        entry.fail(f"指标词典里没有“{name}”", suggest(name, known, WHERE_LISTED))
    if fact.formula is not None:
        entry.fail(f"“{fact.label}”由系统按公式计算，不能导入", f"请改为导入：{'、'.join(fact.formula.inputs)}")
    return fact


def _period(fact: Fact, entry: Entry, fields: Mapping[str, Entry]) -> str:
    given = [name for name in ("year", "before") if name in fields]
    if not fact.yearly:
        if given:
            fields[given[0]].fail(f"“{fact.label}”不分年份", f"请删去 {given[0]}")
        return ""
    if len(given) != 1:
        entry.fail(
            f"“{fact.label}”分年份，要说是哪一年的", "请写 year: 2023；更早各年的最高值写 before: 2021（不含 2021 年）"
        )
    year = fields[given[0]].text()
    if not is_year(year):
        fields[given[0]].fail(f"“{year}”不是年份", "请写四位年份")
    return year if given == ["year"] else f"before_{year}"


def _reading(fact: Fact, fields: Mapping[str, Entry], dates: tuple[str, ...]) -> dict[str, Any]:
    """The options that say how cells are read, each only where it fits the kind of fact."""
    for option, kinds in _FITTING.items():
        if option in fields and fact.kind not in kinds:
            fields[option].fail(f"“{fact.label}”是{fact.kind.label}，没有 {option}", f"请删去 {option}")
    units = _RATIO_UNITS if fact.kind is Kind.RATIO else tuple(UNITS)
    return {
        "unit": fields["unit"].one_of(units) if "unit" in fields else None,
        "dates": (_dates(fields) or dates) if fact.kind is Kind.DATE else (),
        "values": _translations(fields["values"]) if "values" in fields else {},
        "separator": _separator(fact, fields["separator"]) if "separator" in fields else None,
    }


_FITTING = {
    "unit": (Kind.MONEY, Kind.RATIO),
    "dates": (Kind.DATE,),
    "separator": (Kind.SET,),
}


def _dates(fields: Mapping[str, Entry]) -> tuple[str, ...]:
    orders = tuple(each.text() for each in fields["dates"].items()) if "dates" in fields else ()
    for order, each in zip(orders, fields["dates"].items() if orders else (), strict=True):
        try:
            day_pattern(order)
        except BadText as error:
            each.fail(error.message, error.remedy)
    return orders


def _translations(entry: Entry) -> dict[str, str | None]:
    return {text: None if meaning.is_null else meaning.text() for text, meaning in entry.mapping().items()}


def _separator(fact: Fact, entry: Entry) -> str:
    text = entry.value if isinstance(entry.value, str) else entry.text()
    inside = next((option for option in fact.values if text and text in option), None)
    if not text or inside is not None:
        entry.fail(f"分隔符“{text}”不能用" + (f"，选项“{inside}”里就有" if inside else ""), "请换一个分隔符，例如 、")
    return text


def _check_values(column: Column, fields: Mapping[str, Entry]) -> None:
    """What a translation means must be something that the fact can be."""
    read = reader(column.fact, Manner(_NO_DATE_TOO_LATE, separator=column.separator), _itself)
    for text, meaning in column.values.items():
        found = None if meaning is None else read(meaning)
        if isinstance(found, BadText):
            fields["values"].mapping()[text].fail(found.message, found.remedy)


def _itself(value: Value) -> Value:
    return value


def _check_distinct(columns: list[Column]) -> None:
    seen: dict[tuple[str, str], str | None] = {}
    for column in columns:
        key = (column.fact.name, column.period)
        if key in seen and column.entry is not None:
            period = f"（{column.period}）" if column.period else ""
            column.entry.fail(
                f"“{column.fact.label}”{period}已经取自“{seen[key]}”列", "一个指标只能取自一列，请删去其中一个"
            )
        seen[key] = column.column


def _records(name: str, entry: Entry, dictionary: Dictionary, inherited: Provenance, dates: tuple[str, ...]) -> Records:
    """``{complete: 是, each: [{title: 列名, level: {value: 省级}}]}``, or with ``count: 列名`` for ``complete``."""
    if name not in dictionary.records:
        entry.fail(f"没有明细“{name}”", suggest(name, list(dictionary.records), WHERE_LISTED))
    kind = dictionary.records[name]
    fields = entry.fields(("each",), RECORD_OPTIONS)
    complete = "complete" in fields and fields["complete"].read(parse_flag)
    count = fields["count"].text() if "count" in fields else None
    if complete == (count is not None):
        entry.fail(
            f"要知道这份表是不是列全了每家企业的“{kind.label}”",
            "列全了的（空着就是没有）写 complete: 是；有一列写着条数的写 count: 列名；没有列全的不能导入，"
            "那样会把没有列出的当成没有",
        )
    groups = tuple(_group(kind, each, inherited, dates) for each in fields["each"].items())
    if len(groups) > _MOST_GROUPS or (not groups and count is None):
        fields["each"].fail(f"有 {len(groups)} 组列", f"请写 1 到 {_MOST_GROUPS} 组")
    return Records(kind, groups, complete, count, entry)


def _group(kind: RecordKind, entry: Entry, inherited: Provenance, dates: tuple[str, ...]) -> Mapping[str, Column]:
    group: dict[str, Column] = {}
    for name, content in entry.mapping().items():
        if name not in kind.fields:
            content.fail(f"“{kind.label}”没有字段“{name}”", suggest(name, list(kind.fields)))
        group[name] = _field(kind.fields[name], content, inherited, dates)
    if all(column.column is None for column in group.values()):
        entry.fail("这一组没有一列", "请至少有一个字段取自表里的列")
    return group


def _field(fact: Fact, entry: Entry, inherited: Provenance, dates: tuple[str, ...]) -> Column:
    fields = {"column": entry} if isinstance(entry.value, str) else entry.fields((), FIELD_OPTIONS)
    if ("column" in fields) == ("value" in fields):
        entry.fail("字段要么取自一列，要么是固定的值", "请写 column: 列名，或 value: 值（只写一个）")
    column = Column(
        fact=fact,
        column=fields["column"].text() if "column" in fields else None,
        provenance=_provenance(fields, inherited),
        constant=_constant(fact, fields["value"]) if "value" in fields else None,
        entry=entry,
        **_reading(fact, fields, dates),
    )
    _check_values(column, fields)
    return column


def _constant(fact: Fact, entry: Entry) -> Value:
    def parse(text: str) -> Value:
        found = reader(fact, Manner(_NO_DATE_TOO_LATE), _itself)(text)
        if found is None:
            raise BadText(f"“{text}”什么也没有说", "请写上值，或删去这个字段")
        if isinstance(found, BadText):
            raise found
        return found

    return entry.read(parse)
