"""The columns of a table while they are being made, each beside where its values are from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Fact, Kind, Source

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SOURCES = tuple(Source)
REGISTER, TAX, STATISTICS, DECLARED, INFERRED = range(len(SOURCES))
"""The numbers of the sources in ``SOURCES``."""


class Columns:
    """Columns of ``rows`` rows. What is not known is null, and so is its source."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.made: dict[str, pa.Array] = {}

    def put(self, name: str, values: pa.Array, known: Mask, source: int | Ints) -> None:
        """A column of these values; ``source``: a number in ``SOURCES``, or one for each row."""
        self.made[name] = values
        self.made[f"{name}.source"] = coded(np.broadcast_to(source, self.rows), known, [one.value for one in SOURCES])

    def numbers(self, name: str, values: Ints, known: Mask, source: int | Ints) -> None:
        self.put(name, pa.array(values, pa.int64(), mask=~known), known, source)

    def flags(self, name: str, values: Mask, known: Mask, source: int | Ints) -> None:
        self.put(name, pa.array(values, pa.bool_(), mask=~known), known, source)

    def days(self, name: str, values: Ints, known: Mask, source: int | Ints) -> None:
        self.put(name, pa.array(values.astype(np.int32), pa.int32(), mask=~known).cast(pa.date32()), known, source)

    def options(self, name: str, picked: Ints, known: Mask, options: Sequence[str], source: int | Ints) -> None:
        """``picked``: the numbers of the values in ``options``."""
        self.put(name, coded(picked, known, options), known, source)

    def cells(self, fact: Fact, picked: Ints, known: Mask, cells: Sequence[Any], source: int | Ints) -> None:
        """``picked``: the numbers of the values in ``cells``, which are as the column of ``fact`` holds them."""
        match fact.kind:
            case Kind.MONEY | Kind.COUNT:
                self.numbers(fact.name, np.array(cells, np.int64)[picked], known, source)
            case Kind.FLAG:
                self.flags(fact.name, np.array(cells, bool)[picked], known, source)
            case _:
                self.options(fact.name, picked, known, cells, source)

    def table(self, shape: pa.Schema) -> pa.Table:
        """All columns of ``shape``; those that were not made are null."""
        arrays = [
            self.made[field.name] if field.name in self.made else pa.nulls(self.rows, field.type) for field in shape
        ]
        return pa.table(arrays, schema=shape)


def coded(picked: npt.NDArray[np.integer[Any]], known: Mask, options: Sequence[str]) -> pa.DictionaryArray:
    """The options with these numbers, null where not known."""
    indices = pa.array(np.where(known, picked, 0).astype(np.int32), mask=~known)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(options), pa.string()))
