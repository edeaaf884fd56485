"""Lists of records, drawn for a block of rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Fact, Kind, RecordKind
from enterprises.sample_population import figures
from enterprises.sample_population.columns import Columns
from enterprises.sample_population.known import Choice, DrawnRecord, Here, Span
from enterprises.samples import SAMPLE_DAY

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_TODAY = int(np.datetime64(SAMPLE_DAY, "D").astype(int))
_UNIT = 1_000_000  # amounts of records are whole 万元, in 分
_PLACES = tuple(place.code for place in figures.places())


@dataclass(frozen=True, slots=True)
class Owners:
    """The enterprises whose lists are drawn: whether each list is known, from where (a number in ``SOURCES``), the
    number of the enterprise's place, and the day since 1970 before which nothing happened to it."""

    known: Mask
    source: Ints
    place: Ints
    registered_on: Ints


def lists(
    kind: RecordKind,
    type_: pa.ListType,
    drawn: Sequence[DrawnRecord],
    having: Sequence[Ints],
    owners: Owners,
    random: np.random.Generator,
) -> pa.ListArray:
    """The column of a kind. ``having``: by record of ``drawn``, the rows of the enterprises that have it."""
    owner = np.concatenate(having)
    order = np.argsort(owner, kind="stable")
    columns = Columns(len(owner))
    for name, fact in kind.fields.items():
        given = [(one.fields.get(name), rows) for one, rows in zip(drawn, having, strict=True)]
        options = _options([values for values, _ in given])
        values = np.concatenate([_values(values, fact, options, rows, owners, random) for values, rows in given])
        is_given = np.concatenate([np.full(len(rows), values is not None) for values, rows in given])
        _put(columns, fact, values[order], is_given[order], options, owners.source[owner[order]])
    fields = list(type_.value_type)
    structs = pa.StructArray.from_arrays([columns.made[field.name] for field in fields], fields=fields)
    ends = np.cumsum(np.bincount(owner, minlength=len(owners.known)))
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=type_, mask=pa.array(~owners.known))


def _options(given: Sequence[Choice | Span | Here | None]) -> tuple[str, ...]:
    """What a column of codes can hold."""
    if any(isinstance(values, Here) for values in given):
        return _PLACES
    return tuple(sorted({str(cell) for values in given if isinstance(values, Choice) for cell in values.cells}))


def _values(
    values: Choice | Span | Here | None,
    fact: Fact,
    options: Sequence[str],
    rows: Ints,
    owners: Owners,
    random: np.random.Generator,
) -> Ints:
    """One value for each of ``rows``: numbers, days since 1970, 0 or 1, or the number of a code in ``options``."""
    match values:
        case None:
            return np.zeros(len(rows), np.int64)
        case Here():
            return owners.place[rows]
        case Span(low, high) if fact.kind is Kind.DATE:
            day = random.integers(low, high, len(rows), endpoint=True)
            return np.clip(day, owners.registered_on[rows], _TODAY)
        case Span(low, high):
            amount = np.exp(random.uniform(np.log(low), np.log(high), len(rows)))
            return np.rint(amount / _UNIT).astype(np.int64) * _UNIT
        case Choice(cells, cumulated):
            as_numbers = [options.index(cell) if isinstance(cell, str) else int(cell) for cell in cells]
            return np.array(as_numbers)[np.searchsorted(cumulated, random.random(len(rows)), side="right")]


def _put(columns: Columns, fact: Fact, values: Ints, known: Mask, options: Sequence[str], source: Ints) -> None:
    match fact.kind:
        case Kind.MONEY | Kind.COUNT:
            columns.numbers(fact.name, values, known, source)
        case Kind.DATE:
            columns.days(fact.name, values, known, source)
        case Kind.FLAG:
            columns.flags(fact.name, values.astype(bool), known, source)
        case _:
            columns.options(fact.name, values, known, options, source)
