"""The population (企业库快照): all enterprises as columns in Parquet files, which the batch decides and Spark reads.

A folder with ``population.json``, the manifest, and parts of at most ``PART_ROWS`` rows, sorted over the whole
population by region, then by industry. One row is one enterprise:

- ``credit_code``, ``name``;
- a fact ``ownership`` and where it is from, ``ownership.source``; a yearly one ``revenue.2023``, and for all years
  before the first one ``revenue.before`` and ``revenue.before_year``, each with its ``.source``;
- a record kind ``project``: a list of structs with the fields and their ``.source``. A null list is not known, an empty
  one is known to be empty. On disk the column only says whether the list is known, and the records of a part are in a
  file of their own by kind, with the number of their ``row`` in the part: most enterprises have none of most kinds.

Null is unknown. Money is in 分, dates are days, codes and options are dictionary-coded texts, the options of a set
stand in one text with ``SEPARATOR`` between them, ratios are texts (``3/20``). Derived facts have no column, and the
day on which a value was observed is not carried: the database has it. A part may lack a column that is null throughout.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind, Source, Value, bundled
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.whole_files import write_whole

PART_ROWS = 2**17
"""The most rows of a part; a part is decided as a whole, so that it bounds the memory that deciding takes."""

SEPARATOR = "|"
MANIFEST = "population.json"
FORMAT = 2

_CODES = pa.dictionary(pa.int32(), pa.string())


class DamagedPopulation(RuntimeError):
    """A folder that is no population, or whose files do not fit together; the message says in Chinese what is wrong."""


# ------------------------------------------------------------------ columns


def schema(dictionary: Dictionary, years: Mapping[str, Sequence[int]]) -> pa.Schema:
    """Every column there can be, with these years of the yearly facts. Raises ``ValueError`` for a repeated year."""
    fields = [pa.field("credit_code", pa.string()), pa.field("name", pa.string())]
    for fact in dictionary.facts.values():
        if fact.formula is not None:
            continue
        if not fact.yearly:
            fields += _with_source(fact.name, _type(fact))
            continue
        if len(set(years.get(fact.name, ()))) != len(years.get(fact.name, ())):
            raise ValueError(f"a year of {fact.name} is listed twice")
        for year in sorted(years.get(fact.name, ())):
            fields += _with_source(f"{fact.name}.{year}", _type(fact))
        fields += _with_source(f"{fact.name}.before", _type(fact))
        fields.append(pa.field(f"{fact.name}.before_year", pa.int16()))
    fields += [pa.field(kind.name, pa.list_(_struct(kind))) for kind in dictionary.records.values()]
    return pa.schema(fields)


def _with_source(name: str, type_: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, type_), pa.field(f"{name}.source", _CODES)]


def _struct(kind: RecordKind) -> pa.StructType:
    return pa.struct([field for fact in kind.fields.values() for field in _with_source(fact.name, _type(fact))])


def _type(fact: Fact) -> pa.DataType:
    if any(SEPARATOR in option for option in fact.values):
        raise ValueError(f"an option of {fact.name} contains {SEPARATOR!r}, which stands between options")
    match fact.kind:
        case Kind.MONEY | Kind.COUNT:
            return pa.int64()
        case Kind.DATE:
            return pa.date32()
        case Kind.FLAG:
            return pa.bool_()
        case _:
            return _CODES


def to_cell(fact: Fact, value: Value) -> Any:
    """``value`` as its column holds it."""
    match fact.kind:
        case Kind.SET:
            assert isinstance(value, frozenset)
            return SEPARATOR.join(sorted(value))
        case Kind.RATIO:
            return str(value)
        case _:
            return value


def from_cell(fact: Fact, cell: Any) -> Value:
    """The value that a column holds as ``cell``."""
    match fact.kind:
        case Kind.SET:
            return frozenset(cell.split(SEPARATOR)) if cell else frozenset()
        case Kind.RATIO:
            return Fraction(cell)
        case _:
            value: Value = cell
            return value


# ----------------------------------------------------- profiles and tables


def years_of(profiles: Iterable[Profile]) -> dict[str, list[int]]:
    """The years that any of the profiles has figures of, by fact."""
    years: dict[str, set[int]] = {}
    for profile in profiles:
        for name, series in profile.series.items():
            years.setdefault(name, set()).update(series.years)
    return {name: sorted(some) for name, some in years.items()}


def table_of(
    profiles: Sequence[Profile], dictionary: Dictionary, years: Mapping[str, Sequence[int]] | None = None
) -> pa.Table:
    """The profiles as rows, in their order; what was only inferred is left out, since no rule may go by it.

    Raises ``ValueError`` where a number is too large for its column.

    ``years``: the years of yearly facts that get a column, by default those which a profile has; it must not lack one.
    """
    present = years_of(profiles)
    if years is not None:
        if lacking := [name for name, some in present.items() if set(some) - set(years.get(name, ()))]:
            raise ValueError(f"there are figures of years without a column: {', '.join(lacking)}")
        present = {name: list(some) for name, some in years.items()}
    shape = schema(dictionary, present)
    columns: dict[str, list[Any]] = {name: [None] * len(profiles) for name in shape.names}
    for row, profile in enumerate(profiles):
        for name, cell in _cells(profile.without_inferred(), dictionary):
            columns[name][row] = cell
    try:
        return pa.table([pa.array(columns[field.name], field.type) for field in shape], schema=shape)
    except (OverflowError, pa.ArrowInvalid) as error:
        raise ValueError(f"a value does not fit into its column: {error}") from None


def _cells(profile: Profile, dictionary: Dictionary) -> Iterator[tuple[str, Any]]:
    yield "credit_code", profile.credit_code
    yield "name", profile.name
    for name, seen in profile.facts.items():
        yield from _observed(name, dictionary.facts[name], seen)
    for name, series in profile.series.items():
        fact = dictionary.facts[name]
        for year, seen in series.years.items():
            yield from _observed(f"{name}.{year}", fact, seen)
        if series.before is not None:
            yield from _observed(f"{name}.before", fact, series.before)
            yield f"{name}.before_year", series.before_year
    for name, records in profile.records.items():
        fields = dictionary.records[name].fields
        yield name, [dict(_fields(record, fields)) for record in records]


def _fields(record: Record, fields: Mapping[str, Fact]) -> Iterator[tuple[str, Any]]:
    for name, seen in record.fields.items():
        yield from _observed(name, fields[name], seen)


def _observed(column: str, fact: Fact, seen: Observation) -> Iterator[tuple[str, Any]]:
    yield column, to_cell(fact, seen.value)
    yield f"{column}.source", seen.source.value


def profiles_of(table: pa.Table, dictionary: Dictionary) -> Iterator[Profile]:
    """The rows as profiles."""
    names = set(table.column_names)
    cells = {name: table.column(name).to_pylist() for name in table.column_names}
    years = {
        fact.name: sorted(int(tail) for tail in _tails(fact.name, names) if tail.isdigit())
        for fact in dictionary.facts.values()
        if fact.yearly
    }
    points = [fact for fact in dictionary.facts.values() if not fact.yearly and fact.name in names]
    yearly = [
        fact for fact in dictionary.facts.values() if fact.yearly and (years[fact.name] or _before(fact) in names)
    ]
    kinds = [kind for kind in dictionary.records.values() if kind.name in names]
    for row in range(table.num_rows):
        facts = {fact.name: _observation(fact, cells, fact.name, row) for fact in points}
        series = {fact.name: _series(fact, cells, years[fact.name], row) for fact in yearly}
        yield Profile(
            credit_code=cells["credit_code"][row] if "credit_code" in cells else None,
            name=cells["name"][row] if "name" in cells else None,
            facts={name: seen for name, seen in facts.items() if seen is not None},
            series={name: one for name, one in series.items() if one.years or one.before},
            records={
                kind.name: tuple(_record(kind, given) for given in cells[kind.name][row])
                for kind in kinds
                if cells[kind.name][row] is not None
            },
        )


def _tails(name: str, columns: Iterable[str]) -> Iterator[str]:
    return (column.removeprefix(f"{name}.") for column in columns if column.startswith(f"{name}."))


def _before(fact: Fact) -> str:
    return f"{fact.name}.before"


def _observation(fact: Fact, cells: Mapping[str, list[Any]], column: str, row: int) -> Observation | None:
    cell = cells[column][row]
    return None if cell is None else Observation(from_cell(fact, cell), Source(cells[f"{column}.source"][row]))


def _series(fact: Fact, cells: Mapping[str, list[Any]], years: Sequence[int], row: int) -> Series:
    seen = {year: _observation(fact, cells, f"{fact.name}.{year}", row) for year in years}
    known = {year: one for year, one in seen.items() if one is not None}
    before = _observation(fact, cells, _before(fact), row) if _before(fact) in cells else None
    return Series(known) if before is None else Series(known, before, cells[f"{_before(fact)}_year"][row])


def _record(kind: RecordKind, given: Mapping[str, Any]) -> Record:
    return Record(
        kind.name,
        {
            name: Observation(from_cell(fact, given[name]), Source(given[f"{name}.source"]))
            for name, fact in kind.fields.items()
            if given[name] is not None
        },
    )


# -------------------------------------------------------------------- files


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a population: its file, the files of its records by kind, and the number of its first row.

    ``digest`` is the SHA-256 of the bytes of all of them.
    """

    file: str
    rows: int
    start: int
    digest: str
    records: Mapping[str, str]


@dataclass(frozen=True)
class Population:
    """A population on disk. ``made_up``: of sample enterprises, which nobody may take for real ones."""

    folder: Path
    parts: tuple[Part, ...]
    made_up: bool
    dictionary: Dictionary
    _checked: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def digest(self) -> str:
        """What differs whenever a value does."""
        return hashlib.sha256(" ".join(part.digest for part in self.parts).encode()).hexdigest()

    @classmethod
    def open(cls, folder: Path, dictionary: Dictionary | None = None) -> Population:
        """The population in ``folder``, of the facts of the bundled dictionary unless another is given.

        Raises ``DamagedPopulation``.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT:
                raise DamagedPopulation(f"{folder} 的格式是 {manifest['format']}，这里只认 {FORMAT}；请重新导出快照")
            parts = tuple(Part(**part) for part in manifest["parts"])
            made_up = bool(manifest["made_up"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DamagedPopulation(f"{folder} 不是企业库快照：读不出 {MANIFEST}（{error}）") from None
        for file in (file for part in parts for file in (part.file, *part.records.values())):
            if not (folder / file).is_file():
                raise DamagedPopulation(f"{folder} 缺少文件 {file}，请重新导出快照")
        return cls(folder, parts, made_up, dictionary or bundled())

    def columns(self, part: Part, wanted: Callable[[str], bool]) -> pa.Table:
        """The columns of a part's own file that are wanted; of a record kind whether its list is known.

        Raises ``DamagedPopulation``, also where a single bit of the part's files is not what was written.
        """
        self._check(part)
        return self._read(part.file, wanted, part.rows)

    def records(self, part: Part, kind: str, wanted: Callable[[str], bool]) -> pa.Table | None:
        """The wanted fields of the part's records of a kind, with their ``row``; ``None`` where there are none."""
        file = part.records.get(kind)
        return None if file is None else self._read(file, lambda name: name == ROW or wanted(name))

    def read(self, part: Part, columns: Iterable[str] | None = None) -> pa.Table:
        """These columns of a part, or all, records as lists; a column that the part lacks is left out.

        Raises ``DamagedPopulation``.
        """
        names = None if columns is None else set(columns)
        table = self.columns(part, lambda name: names is None or name in names)
        for kind in self.dictionary.records.values():
            if kind.name in table.column_names:
                lists = _lists(table.column(kind.name), self.records(part, kind.name, lambda _name: True), kind)
                table = table.set_column(table.column_names.index(kind.name), kind.name, lists)
        return table

    def _check(self, part: Part) -> None:
        """Compare the part's files with the manifest, the first time that they are read."""
        if part.file not in self._checked:
            if _digest(self.folder / file for file in (part.file, *part.records.values())) != part.digest:
                raise DamagedPopulation(f"{self.folder / part.file} 已损坏（它或它的明细与清单不符），请重新导出快照")
            self._checked.add(part.file)

    def _read(self, file: str, wanted: Callable[[str], bool], rows: int | None = None) -> pa.Table:
        path = self.folder / file
        try:
            with pq.ParquetFile(path, memory_map=True) as opened:
                if rows is not None and opened.metadata.num_rows != rows:
                    raise DamagedPopulation(f"{path} 有 {opened.metadata.num_rows} 行，快照清单说是 {rows} 行")
                return opened.read([name for name in opened.schema_arrow.names if wanted(name)], use_threads=False)
        except (OSError, pa.ArrowInvalid) as error:
            raise DamagedPopulation(f"{path} 已损坏（{error}），请重新导出快照") from None

    def credit_codes(self) -> pa.Array:
        """The credit code of every enterprise, in the order of the rows. Raises ``DamagedPopulation``."""
        columns = [self.read(part, ["credit_code"]).column("credit_code") for part in self.parts]
        return pa.concat_arrays([pa.array([], pa.string()), *(chunk for column in columns for chunk in column.chunks)])

    def profiles(self) -> Iterator[Profile]:
        """Every enterprise, part by part."""
        for part in self.parts:
            yield from profiles_of(self.read(part), self.dictionary)


class PopulationWriter:
    """Writes a population, rows coming sorted by region and industry; the manifest comes last, so that a folder whose
    writing broke off is no population. Use as a context manager. Raises ``FileExistsError`` where there is one.
    """

    def __init__(self, folder: Path, *, made_up: bool, part_rows: int = PART_ROWS) -> None:
        self._folder, self._made_up, self._part_rows = folder, made_up, part_rows
        self._parts: list[Part] = []
        self._waiting: list[pa.Table] = []

    def __enter__(self) -> PopulationWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        if (self._folder / MANIFEST).exists():
            raise FileExistsError(f"{self._folder} 里已有企业库快照，请换一个文件夹，或先删去它")
        return self

    def write(self, table: pa.Table) -> None:
        """Add rows, which follow the ones before in the order of the population."""
        self._waiting.append(table)
        while sum(waiting.num_rows for waiting in self._waiting) >= self._part_rows:
            rows = pa.concat_tables(self._waiting, promote_options="default")
            self._write_part(rows.slice(0, self._part_rows))
            rest = rows.slice(self._part_rows)
            self._waiting = [rest] if rest.num_rows else []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            return
        if any(waiting.num_rows for waiting in self._waiting):
            self._write_part(pa.concat_tables(self._waiting, promote_options="default"))
        manifest = {
            "format": FORMAT,
            "made_up": self._made_up,
            "rows": sum(part.rows for part in self._parts),
            "parts": [
                {
                    "file": part.file,
                    "rows": part.rows,
                    "start": part.start,
                    "digest": part.digest,
                    "records": part.records,
                }
                for part in self._parts
            ],
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        write_whole(self._folder / MANIFEST, lambda path: path.write_text(text, encoding="utf-8"))

    def _write_part(self, rows: pa.Table) -> None:
        path = self._folder / f"part-{len(self._parts):05}.parquet"
        records: dict[str, str] = {}
        for number, column in enumerate(rows.schema):
            if pa.types.is_list(column.type):
                of_kind = self._folder / f"{path.stem}.{column.name}.parquet"
                if _write_records(rows.column(number).combine_chunks(), of_kind):
                    records[column.name] = of_kind.name
                rows = rows.set_column(number, column.name, _known(rows.column(number)))
        _write_table(rows, path)
        start = sum(part.rows for part in self._parts)
        digest = _digest(self._folder / file for file in (path.name, *records.values()))
        self._parts.append(Part(path.name, rows.num_rows, start, digest, records))


ROW = "row"
"""The column of a record that says which row of the part it belongs to."""


def _known(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where a list is known, null elsewhere."""
    known = lists.is_valid()
    return pc.if_else(known, known, pa.scalar(None, pa.bool_()))


def _write_records(lists: pa.Array, path: Path) -> bool:
    """Write the records, if there are any, with the rows that they belong to."""
    lists = lists if isinstance(lists, pa.Array) else pa.concat_arrays(lists.chunks)
    records = lists.flatten()
    if not len(records):
        return False
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(lists), dtype=np.int32), lengths)
    fields = {field.name: records.field(number) for number, field in enumerate(records.type)}
    _write_table(pa.table({ROW: rows, **fields}), path)
    return True


def _lists(known: pa.ChunkedArray, records: pa.Table | None, kind: RecordKind) -> pa.Array:
    """The lists that ``_known`` and ``_write_records`` took apart."""
    type_ = _struct(kind)
    count = 0 if records is None else records.num_rows
    rows = np.zeros(0, np.int32) if records is None else records.column(ROW).to_numpy()
    names = set() if records is None else set(records.column_names)
    fields = [
        _single(records.column(field.name)).cast(field.type)
        if records is not None and field.name in names
        else pa.nulls(count, field.type)
        for field in type_
    ]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(known))))).astype(np.int32)
    struct = pa.StructArray.from_arrays(fields, fields=list(type_))
    return pa.ListArray.from_arrays(pa.array(offsets), struct, mask=_single(known.is_null()))


def _single(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _write_table(table: pa.Table, path: Path) -> None:
    # A part without any column would have no rows either.
    kept = [
        field.name
        for field in table.schema
        if field.name == "credit_code" or table.column(field.name).null_count < table.num_rows
    ]
    whole = table.select(kept).combine_chunks().unify_dictionaries()
    write_whole(path, lambda draft: write_parquet(whole, draft))


def write_parquet(table: pa.Table, path: Path) -> None:
    """The table as one row group, quick to read."""
    pq.write_table(table, path, compression="lz4", row_group_size=max(table.num_rows, 1))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
