"""Runs on disk: a folder with what was asked, what was counted, and the matches in files that are checked when read.

A match is a row of

``item``, ``enterprise``            the item's id and the enterprise's credit code
``verdict``                         ``eligible`` or ``undetermined``; all others are ineligible
``amount_low``, ``amount_high``     分; null where the benefit has no price, the high one also where nothing bounds it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enterprises.population import MANIFEST
from enterprises.whole_files import file_digest, write_whole

RUN = "run.json"
SUPERSEDED = "superseded.parquet"

SCHEMA = pa.schema(
    [
        pa.field("item", pa.dictionary(pa.int32(), pa.string())),
        pa.field("enterprise", pa.dictionary(pa.int32(), pa.string())),
        pa.field("verdict", pa.dictionary(pa.int8(), pa.string())),
        pa.field("amount_low", pa.int64()),
        pa.field("amount_high", pa.int64()),
    ]
)

_COUNTS = b"huiqi.counts"
_RUN = b"huiqi.run"


class AnotherRun(RuntimeError):
    """The folder holds a run of other items, of another day or population; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many enterprises an offer reaches, and what the eligible ones may have in all, in 分.

    Of the ``unbounded`` enterprises, whose amount nothing bounds, ``amount_high`` holds the least that it can be.
    """

    eligible: int = 0
    undetermined: int = 0
    amount_low: int = 0
    amount_high: int = 0
    unbounded: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(one + more for one, more in zip(_numbers(self), _numbers(other), strict=True)))

    def __sub__(self, other: Count) -> Count:
        return Count(*(one - less for one, less in zip(_numbers(self), _numbers(other), strict=True)))


Counts = Mapping[str, Count]
"""By item id."""


@dataclass(frozen=True)
class Run:
    """A run on disk: what was asked of which population, and, once it is complete, what came of it.

    It may be a layer on the run in the folder ``base``: then it has the matches of that one, but for those of the items
    ``replaced`` and of the enterprises in the file ``SUPERSEDED``, and its own. ``files``: the SHA-256 of each file of
    its own, from when it was complete.
    """

    folder: Path
    on: date
    population: str
    offers: Mapping[str, str]
    made_up: bool
    undetermined: bool
    base: str | None = None
    base_digest: str | None = None
    replaced: tuple[str, ...] = ()
    complete: bool = False
    counts: Counts | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What differs whenever a match may."""
        said = [self.on.isoformat(), self.population, str(self.undetermined), *map(str, sorted(self.offers.items()))]
        said += [f"base {self.base} {self.base_digest}", *self.replaced] if self.base else []
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    @classmethod
    def open(cls, folder: Path) -> Run:
        """The run in ``folder``. Raises ``AnotherRun`` where there is none."""
        try:
            said = json.loads((folder / RUN).read_text(encoding="utf-8"))
            counts = said.pop("counts")
            return cls(
                folder=folder,
                on=date.fromisoformat(said.pop("on")),
                replaced=tuple(said.pop("replaced")),
                counts=None if counts is None else {name: Count(**one) for name, one in counts.items()},
                files=said.pop("files"),  # without them it would have no matches
                **said,
            )
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise AnotherRun(f"{folder} 里没有批量判断的结果：读不出 {RUN}（{error}）") from None

    def begin(self) -> Run:
        """This run, begun in its folder, or the same one there that was broken off. Raises ``AnotherRun``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / MANIFEST).exists():
            raise AnotherRun(f"{self.folder} 里是企业库快照，请给批量判断的结果另外指定一个文件夹")
        begun = self
        if (self.folder / RUN).exists():
            there = Run.open(self.folder)
            if there.digest != self.digest:
                raise AnotherRun(
                    f"{self.folder} 里是另一次批量判断（日期、事项或企业库快照不同），请换一个文件夹，或先删去它"
                )
            begun = replace(self, files=there.files)  # what a file was tells whether it still is
        begun._save()
        return begun

    def finish(self, counts: Iterable[Counts]) -> Run:
        """The complete run, whose counts are the sum of these."""
        total = dict.fromkeys(self.offers, Count())
        for some in counts:
            total = {name: one + some.get(name, Count()) for name, one in total.items()}
        done = replace(self, complete=True, counts=total, files=self._written())
        done._save()
        return done

    def tables(self) -> Iterator[pa.Table]:
        """All matches of a complete run, table by table, each in one only.

        Raises ``AnotherRun`` where one of its files, or the run that it is a layer on, is not what it was.
        """
        if self.base is not None:
            (superseded,) = self.own(SUPERSEDED)
            for table in self._opened_base().tables():
                yield _without(table, self.replaced, superseded.column("enterprise"))
        yield from self.own("matches-")

    def own(self, prefix: str) -> Iterator[pa.Table]:
        """What is in the complete run's own files whose names begin so.

        Raises ``AnotherRun`` where one of them is not what it was.
        """
        if not self.complete:
            raise AnotherRun(f"{self.folder} 里的批量判断还没有完成，请先把它做完")
        if self.base is not None and SUPERSEDED not in self.files:
            raise AnotherRun(f"{self.folder / RUN} 没有列全这次判断的文件；请再运行一次同样的命令，把它补全")
        for name, digest in self.files.items():
            if name.startswith(prefix):
                yield _read(self.folder / name, digest)

    def _opened_base(self) -> Run:
        try:
            base = Run.open(Path(str(self.base)))
        except AnotherRun as error:
            raise AnotherRun(f"{self.folder} 叠在另一次判断上，那一次的结果不在了：{error}") from None
        if base.digest != self.base_digest:
            raise AnotherRun(f"{self.folder} 是在 {self.base} 的结果之上更新的，那里现在是另一次批量判断；请重新更新")
        return base

    def _written(self) -> dict[str, str]:
        """The files that this run has written; others beside them are not its own."""
        kinds = ("matches-*.parquet", "differences-*.parquet", SUPERSEDED)
        paths = sorted(path for kind in kinds for path in self.folder.glob(kind))
        return {path.name: file_digest(path) for path in paths if _mark(pq.read_metadata(path)) == self.digest}

    def _save(self) -> None:
        counts = None if self.counts is None else {name: asdict(one) for name, one in self.counts.items()}
        said = {
            "on": self.on.isoformat(),
            "population": self.population,
            "made_up": self.made_up,
            "undetermined": self.undetermined,
            "base": self.base,
            "base_digest": self.base_digest,
            "replaced": list(self.replaced),
            "offers": dict(self.offers),
            "complete": self.complete,
            "counts": counts,
            "files": dict(self.files),
        }
        text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
        write_whole(self.folder / RUN, lambda draft: draft.write_text(text, encoding="utf-8"))


def _read(path: Path, digest: str) -> pa.Table:
    """What is in a file, which must be as it was written."""
    try:
        if file_digest(path) != digest:
            raise AnotherRun(f"{path} 已损坏，或不是这次批量判断写的；请再运行一次同样的命令，把它补上")
        return pq.read_table(path)
    except FileNotFoundError:
        raise AnotherRun(f"缺少文件 {path}；请再运行一次同样的命令，把它补上") from None
    except OSError as error:
        raise AnotherRun(f"{path} 读不出来（{error.strerror or error}）；请删去它，再运行一次同样的命令") from None


def _without(table: pa.Table, items: Sequence[str], enterprises: pa.ChunkedArray) -> pa.Table:
    """The matches that are neither of these items nor of these enterprises."""
    mask = np.zeros(table.num_rows, np.bool_)
    for name, values in (("item", pa.array(items, pa.string())), ("enterprise", enterprises)):
        for chunk, start in _chunks(table.column(name)):
            hit = pc.is_in(chunk.dictionary, value_set=values).to_numpy(zero_copy_only=False)
            mask[start : start + len(chunk)] |= hit[chunk.indices.to_numpy()]
    return table.filter(pa.array(~mask)) if mask.any() else table


def _chunks(column: pa.ChunkedArray) -> Iterator[tuple[pa.DictionaryArray, int]]:
    """The chunks, each with the number of its first row."""
    start = 0
    for chunk in column.chunks:
        yield chunk, start
        start += len(chunk)


def write_matches(tables: Iterable[tuple[pa.Table, Counts]], path: Path, run: Run) -> Counts:
    """Write matches of ``run``, whole or not at all, with what was counted, so that it need not be done again."""
    total: dict[str, Count] = {}

    def write(draft: Path) -> None:
        with pq.ParquetWriter(
            draft,
            SCHEMA,
            compression="lz4",
            dictionary_pagesize_limit=2**26,
            write_statistics=["item", "verdict"],
        ) as writer:
            for table, counts in tables:
                total.update(counts)
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
            # Most of a nation's items reach nobody in a part: only the others are said.
            counted = {name: _numbers(one) for name, one in total.items() if one != Count()}
            writer.add_key_value_metadata({_RUN: run.digest, _COUNTS: json.dumps(counted)})

    write_whole(path, write)
    return total


def write_own(table: pa.Table, path: Path, run: Run) -> None:
    """Write what ``run`` found besides its matches, whole or not at all."""
    marked = table.replace_schema_metadata({_RUN: run.digest})
    write_whole(path, lambda draft: pq.write_table(marked, draft, compression="lz4"))


def counts_in(path: Path, run: Run) -> Counts | None:
    """What ``run`` has counted for this file of matches; ``None`` where it must write it, or write it again."""
    found = _footer(path, run)
    if found is None:
        return None
    return {name: Count(*numbers) for name, numbers in json.loads(found.metadata[_COUNTS]).items()}


def is_written(path: Path, run: Run) -> bool:
    """Whether ``run`` has written this file and need not do so again."""
    return _footer(path, run) is not None


def _footer(path: Path, run: Run) -> pq.FileMetaData | None:
    """The footer of a file that ``run`` has written; ``None`` where it did not come so far, or where the file cannot
    be read or is not what it was."""
    digest = run.files.get(path.name)
    try:
        if digest is not None and file_digest(path) != digest:
            return None
        found = pq.read_metadata(path)
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    return found if _mark(found) == run.digest else None


def _mark(found: pq.FileMetaData) -> str:
    """The digest of the run that wrote a file."""
    return str((found.metadata or {}).get(_RUN, b"").decode())


def _numbers(counted: Count) -> tuple[int, ...]:
    return counted.eligible, counted.undetermined, counted.amount_low, counted.amount_high, counted.unbounded
