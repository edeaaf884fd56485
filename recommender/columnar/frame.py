"""The rows of a part of the population, or of the records in it, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.population import ROW, Part, Population

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Figures, or days since 1970, by row; what stands where ``known`` is false means nothing."""

    values: Integers
    known: Flags

    def take(self, rows: npt.NDArray[Any]) -> Numbers:
        return Numbers(self.values[rows], self.known[rows])


@dataclass(frozen=True, slots=True)
class Codes:
    """By row the index of its cell in ``cells``; -1 where it is not known."""

    indices: npt.NDArray[np.int32]
    cells: Sequence[Any]


@dataclass(frozen=True, slots=True)
class RecordLists:
    """The records of a kind; ``parents`` are the rows that they belong to, ascending. ``known``: whose lists are."""

    known: Flags
    parents: npt.NDArray[np.int32]
    records: Frame


class Frame:
    """Some rows, their columns by name. A column that is absent, or null throughout, is ``None``: nothing is known."""

    def __init__(
        self, columns: Mapping[str, pa.Array], rows: int, records: Mapping[str, pa.Table] | None = None
    ) -> None:
        """``records``: those of each kind, with the ``ROW`` that they belong to; else they are lists in ``columns``."""
        self.rows = rows
        self._columns, self._records = columns, records or {}
        self._numbers: dict[str, Numbers | None] = {}
        self._lists: dict[str, RecordLists | None] = {}

    @classmethod
    def of(cls, table: pa.Table) -> Frame:
        """The rows of a table."""
        return cls(_columns(table), table.num_rows)

    @classmethod
    def of_part(cls, population: Population, part: Part, facts: Collection[str]) -> Frame:
        """The rows of a part of a population: of all columns those that begin with one of ``facts`` and record kinds,
        and none that says where a value is from."""
        table = population.columns(part, lambda name: name.partition(".")[0] in facts and not _is_source(name))
        records = {kind: population.records(part, kind, lambda name: not _is_source(name)) for kind in facts}
        return cls(_columns(table), part.rows, {kind: found for kind, found in records.items() if found is not None})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    def numbers(self, name: str) -> Numbers | None:
        """A column of figures or days."""
        if name not in self._numbers:
            column = self._column(name)
            self._numbers[name] = None if column is None else _numbers(column)
        return self._numbers[name]

    def codes(self, name: str) -> Codes | None:
        """A column of texts or of yes and no."""
        column = self._column(name)
        if column is None:
            return None
        if pa.types.is_boolean(column.type):
            flags = column.cast(pa.int32())
            return Codes(_filled(flags, -1, np.int32), (False, True))
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return Codes(_filled(coded.indices, -1, np.int32), coded.dictionary.to_pylist())

    def texts(self, name: str) -> pa.Array:
        """A column of texts as it is. Raises ``KeyError`` where there is none."""
        return self._columns[name]

    def lists(self, name: str) -> RecordLists | None:
        """The records of a kind."""
        if name not in self._lists:
            column = self._column(name)
            self._lists[name] = None if column is None else _lists(column, self._records.get(name))
        return self._lists[name]

    def _column(self, name: str) -> pa.Array | None:
        column = self._columns.get(name)
        return None if column is None or column.null_count == self.rows else column


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.unify_dictionaries().chunks) if column.num_chunks else pa.array([], column.type)


def _numbers(column: pa.Array) -> Numbers:
    known = column.is_valid().to_numpy(zero_copy_only=False)
    width = np.dtype(f"i{column.type.bit_width // 8}")
    # As they lie in memory: what stands where nothing is known is never looked at.
    values = np.frombuffer(column.buffers()[1], width, len(column), column.offset * width.itemsize)
    return Numbers(values.astype(np.int64, copy=False), known)


def _filled(column: pa.Array, null: int, type_: type[np.generic]) -> npt.NDArray[Any]:
    plain = column.fill_null(null) if column.null_count else column
    return np.asarray(plain.to_numpy(zero_copy_only=False)).astype(type_, copy=False)


def _lists(column: pa.Array, apart: pa.Table | None) -> RecordLists:
    known = column.is_valid().to_numpy(zero_copy_only=False)
    if not pa.types.is_list(column.type):
        if apart is None:
            return RecordLists(known, np.zeros(0, np.int32), Frame({}, 0))
        return RecordLists(known, apart.column(ROW).to_numpy(), Frame.of(apart))
    records = column.flatten()  # without what may lie under null lists
    lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    fields = {field.name: records.field(index) for index, field in enumerate(records.type)}
    return RecordLists(known, np.repeat(np.arange(len(column), dtype=np.int32), lengths), Frame(fields, len(records)))


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: _whole(table.column(name)) for name in table.column_names}


def _is_source(column: str) -> bool:
    return column.endswith(".source")
