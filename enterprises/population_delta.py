"""What differs between two populations: the enterprises that changed, came or went, as they were and as they are.

A folder with two small populations, ``before`` and ``after``. Enterprises that are in both come first and in the same
order, so that row ``i`` of the one is row ``i`` of the other; then, before, who went, and after, who came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enterprises.population import ROW, DamagedPopulation, Part, Population, PopulationWriter
from enterprises.whole_files import write_whole

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_DELTA = "delta.json"


@dataclass(frozen=True)
class Delta:
    """``old`` and ``new`` are the digests of the populations, ``changed`` how many enterprises are in both and differ.

    ``rows`` are the numbers in the new population of those who changed, and then of those who came.
    """

    folder: Path
    old: str
    new: str
    changed: int
    before: Population
    after: Population
    rows: Rows

    @classmethod
    def open(cls, folder: Path) -> Delta:
        """The delta in ``folder``. Raises ``DamagedPopulation``."""
        try:
            said = json.loads((folder / _DELTA).read_text(encoding="utf-8"))
            old, new, changed = str(said["old"]), str(said["new"]), int(said["changed"])
            rows = np.load(folder / "rows.npy", allow_pickle=False)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DamagedPopulation(f"{folder} 里没有两份快照的差异（{error}）") from None
        before, after = (Population.open(folder / name) for name in ("before", "after"))
        if len(rows) != after.rows or changed > min(before.rows, after.rows):
            raise DamagedPopulation(f"{folder} 里的差异不完整，请重新比较")
        return cls(folder, old, new, changed, before, after, rows)


def compare(old: Population, new: Population, folder: Path) -> Delta:
    """Write to ``folder`` what differs. Values differ also where only their source does.

    Rows are compared by 64-bit hashes: the chance to miss one of a million changes is less than one in 10^13. Raises
    ``FileExistsError`` and ``DamagedPopulation``, also where a credit code is there twice.
    """
    if (folder / _DELTA).exists():
        raise FileExistsError(f"{folder} 里已有两份快照的差异，请换一个文件夹，或先删去它")
    old_codes, new_codes = _codes(old), _codes(new)
    at = pc.index_in(new_codes, old_codes)
    known = at.is_valid().to_numpy(zero_copy_only=False)
    place = at.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    differs = known.copy()
    if old.rows and new.rows:
        differs[known] = _digests(old)[place[known]] != _digests(new)[known]
    changed, came = np.flatnonzero(differs), np.flatnonzero(~known)
    stays = np.zeros(old.rows, np.bool_)
    stays[place[known]] = True
    went = np.flatnonzero(~stays)
    folder.mkdir(parents=True, exist_ok=True)
    _write(old, np.concatenate([place[changed], went]), folder / "before")
    _write(new, np.concatenate([changed, came]), folder / "after")
    rows = np.concatenate([changed, came]).astype(np.int64)
    write_whole(folder / "rows.npy", lambda draft: _save(rows, draft))
    said = {"old": old.digest, "new": new.digest, "changed": len(changed)}
    write_whole(folder / _DELTA, lambda draft: draft.write_text(json.dumps(said) + "\n", encoding="utf-8"))
    return Delta.open(folder)


def _save(rows: Rows, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, rows)


def _codes(population: Population) -> pa.Array:
    """All credit codes, each there once."""
    codes = population.credit_codes()
    if len(pc.unique(codes)) != len(codes):
        raise DamagedPopulation(f"{population.folder} 里有重复的统一社会信用代码，不能比较；请重新导出快照")
    return codes


def _write(population: Population, rows: Rows, folder: Path) -> None:
    """These rows, in their order, as a population."""
    order = np.argsort(rows, kind="stable")
    with PopulationWriter(folder, made_up=population.made_up) as writer:
        tables = [
            population.read(part).take(pa.array(some - part.start)) for part, some in _by_part(population, rows[order])
        ]
        if tables:
            place = np.empty(len(rows), np.int64)
            place[order] = np.arange(len(rows))
            writer.write(pa.concat_tables(tables, promote_options="default").take(pa.array(place)))


def _by_part(population: Population, rows: Rows) -> Iterator[tuple[Part, Rows]]:
    """Ascending rows, part by part."""
    for part in population.parts:
        first, last = np.searchsorted(rows, [part.start, part.start + part.rows])
        if first < last:
            yield part, rows[first:last]


# ------------------------------------------------------------------ digests


def _digests(population: Population) -> Hashes:
    """A hash of all values of each row; a column that is absent counts as one that is null throughout."""
    return np.concatenate([_of_part(population, part) for part in population.parts])


def _of_part(population: Population, part: Part) -> Hashes:
    table = population.columns(part, lambda name: name != "credit_code")
    total = np.zeros(part.rows, np.uint64)
    for name in table.column_names:
        _add(total, name, table.column(name))
    for kind in part.records:
        records = population.records(part, kind, lambda _name: True)
        assert records is not None
        rows = records.column(ROW).to_numpy()
        of_record = _mixed(_place(rows) + _salt(f"{kind}#"))
        for name in records.column_names:
            if name != ROW:
                _add(of_record, f"{kind}.{name}", records.column(name))
        np.add.at(total, rows, _mixed(of_record))
    return total


def _place(rows: npt.NDArray[Any]) -> Hashes:
    """The number of each record in its list; rows ascend."""
    return (np.arange(len(rows)) - np.searchsorted(rows, rows)).astype(np.uint64)


def _add(total: Hashes, name: str, column: pa.ChunkedArray) -> None:
    """Add to each row the hash of its value, if there is one."""
    known = np.flatnonzero(column.is_valid().to_numpy())
    total[known] += _mixed(_values(column)[known] ^ _salt(name))


def _values(column: pa.ChunkedArray) -> Hashes:
    """The values as 64 bits each; texts as a hash."""
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        coded = column.combine_chunks()
        coded = coded if pa.types.is_dictionary(coded.type) else coded.dictionary_encode()
        texts = np.array([hash(text) for text in [*coded.dictionary.to_pylist(), ""]], np.int64).view(np.uint64)
        hashes: Hashes = texts[coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
        return hashes
    plain = column.cast(pa.int32()) if pa.types.is_date(column.type) else column
    filled = plain.cast(pa.int64()).fill_null(0)
    return np.asarray(filled.to_numpy()).astype(np.int64).view(np.uint64)


def _salt(text: str) -> np.uint64:
    """Python's hash, which differs from process to process: digests are only compared, never kept."""
    return np.uint64(hash(text) & (2**64 - 1))


def _mixed(numbers: Hashes) -> Hashes:
    """Well mixed bits. Source: S. Vigna's splitmix64."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)
