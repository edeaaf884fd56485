"""Deciding all enterprises against all items: counts, and the matches as Parquet files.

The population is decided part by part, by several threads. What is found of a part goes to a file of its own, whole or
not at all, so that memory does not grow with the population and a run that was broken off goes on where it stopped.
The files are the same bytes however many threads there are and however often it was broken off.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Dictionary
from enterprises.population import Part, Population
from policies.benefits import Benefit
from policies.items import Item
from policies.rules import Rule
from recommender.columnar.amounts import Formula, Worth
from recommender.columnar.decision import Decision, decide
from recommender.columnar.frame import Frame
from recommender.columnar.program import Barred, Program
from recommender.match import GONE, Verdict, bars_the_gone
from recommender.runs import SCHEMA, Count, Counts, Run, counts_in, write_matches

T = TypeVar("T")

TABLE_ROWS = 2**21
"""About how many matches are held at a time, by each thread."""

_VERDICTS = (Verdict.ELIGIBLE, Verdict.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class Offer:
    """An item as it stands on a day: whom it is for and what it gives. ``version`` is the digest of its content."""

    id: str
    version: str
    rule: Rule
    benefit: Benefit


@dataclass(frozen=True)
class Offers:
    """What is offered on a day, ready to be decided for many enterprises at once."""

    offers: tuple[Offer, ...]
    on: date
    dictionary: Dictionary

    @classmethod
    def of(cls, items: Iterable[Item], on: date, dictionary: Dictionary) -> Offers:
        """The items that are open on the day; nothing is offered before its first or after its last one."""
        return cls(
            tuple(
                Offer(item.id, item.digest, item.rule, item.benefit) for item in items if item.window.state(on).is_open
            ),
            on,
            dictionary,
        )

    @cached_property
    def program(self) -> Program:
        """The rules, made ready."""
        rules = [Barred(offer.rule, GONE) if bars_the_gone(offer.rule) else offer.rule for offer in self.offers]
        return Program(rules, self.on, self.dictionary)

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        return tuple(Formula(offer.benefit, offer.rule, self.program) for offer in self.offers)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts and record kinds that decisions and amounts look at."""
        return self.program.columns.union(*(formula.facts for formula in self.formulas))

    @property
    def digest(self) -> str:
        """What differs whenever an answer may."""
        said = [self.on.isoformat(), *(f"{offer.id} {offer.version}" for offer in self.offers)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


Progress = Callable[[int], object]
"""Told how many more rows are done."""


def unheard(_rows: int) -> None:
    """Progress that nobody watches."""


def count(
    offers: Offers, population: Population, *, workers: int | None = None, progress: Progress = unheard
) -> Counts:
    """How many enterprises are eligible and undetermined, by item, without listing them or adding up amounts."""
    counts = count_rules(offers.program, population, workers=workers, progress=progress)
    return {
        offer.id: Count(int(eligible), int(undetermined))
        for offer, (eligible, undetermined) in zip(offers.offers, counts, strict=True)
    }


def count_rules(
    program: Program, population: Population, *, workers: int | None = None, progress: Progress = unheard
) -> npt.NDArray[np.int64]:
    """How many enterprises are eligible, and undetermined, by the rules of a program, in their order."""

    def one(part: Part) -> npt.NDArray[np.int64]:
        counts = decide(program, Frame.of_part(population, part, program.columns), keep=False).counts
        progress(part.rows)
        return counts

    return sum(each_part(one, population.parts, workers), np.zeros((program.rules, 2), np.int64))


def run(
    offers: Offers,
    population: Population,
    folder: Path,
    *,
    undetermined: bool = False,
    workers: int | None = None,
    progress: Progress = unheard,
) -> Run:
    """Decide all and write the matches to ``folder``; parts that an earlier, broken run has written are kept.

    ``undetermined``: also the matches of those for whom something is unknown; they are always counted. Raises
    ``AnotherRun``, ``DamagedPopulation``, and ``OverflowError`` for amounts beyond all reason.
    """
    asked = {offer.id: offer.version for offer in offers.offers}
    started = Run(folder, offers.on, population.digest, asked, population.made_up, undetermined).begin()

    def one(part: Part) -> Counts:
        path = folder / f"matches-{part.start:010}.parquet"
        counts = counts_in(path, started)
        if counts is None:
            frame = frame_of(population, part, offers)
            counts = write_matches(matches(offers, frame, undetermined=undetermined), path, started)
        progress(part.rows)
        return counts

    return started.finish(each_part(one, population.parts, workers))


def each_part(work: Callable[[Part], T], parts: Sequence[Part], workers: int | None) -> Iterator[T]:
    """The results of ``work``, in the order of the parts; after an error no further part is begun."""
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        try:
            yield from pool.map(work, parts)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def frame_of(population: Population, part: Part, offers: Offers) -> Frame:
    """What of a part is looked at to find matches."""
    return Frame.of_part(population, part, offers.facts | {"credit_code"})


def matches(offers: Offers, frame: Frame, *, undetermined: bool) -> Iterator[tuple[pa.Table, Counts]]:
    """The matches in a frame that has the column ``credit_code``, item after item, and how many they are.

    They come in tables of some ``TABLE_ROWS``, each of several whole items, as a million enterprises may match a
    thousand items. Items that reach nobody are not counted.
    """
    decision = decide(offers.program, frame, keep=True)
    sizes = decision.counts.sum(axis=1) if undetermined else decision.counts[:, 0]
    reaching = np.flatnonzero(decision.counts.any(axis=1))  # most of a nation's items reach nobody in a part
    for some in _groups(sizes[reaching]):
        numbers = reaching[some.start : some.stop].tolist()
        asked = Offers(tuple(offers.offers[number] for number in numbers), offers.on, offers.dictionary)
        found = [_found(offers.formulas[number], number, decision, frame, undetermined) for number in numbers]
        counts = {offer.id: one.count for offer, one in zip(asked.offers, found, strict=True)}
        yield table_of_matches(asked, found, frame), counts


def _groups(sizes: npt.NDArray[np.int64]) -> Iterator[range]:
    """Neighbours that have at most ``TABLE_ROWS`` together, or one that has more."""
    start, total = 0, 0
    for number, size in enumerate(sizes.tolist()):
        if total and total + size > TABLE_ROWS:
            yield range(start, number)
            start, total = number, 0
        total += size
    yield range(start, len(sizes))


def find(offers: Offers, frame: Frame, *, undetermined: bool) -> list[Found]:
    """The matches of each offer in a frame, all at once."""
    decision = decide(offers.program, frame, keep=True)
    return [_found(formula, number, decision, frame, undetermined) for number, formula in enumerate(offers.formulas)]


def _found(formula: Formula, number: int, decision: Decision, frame: Frame, undetermined: bool) -> Found:
    rows, eligible = decision.rows_of(number, undetermined=undetermined)
    if not len(rows):
        return Found(rows, eligible, Worth.same(0, 0, False, 0), int(decision.counts[number, 1]))
    constant = formula.constant
    worth = Worth.same(*constant, len(rows)) if constant is not None else formula.worth(frame, rows)
    return Found(rows, eligible, worth, int(decision.counts[number, 1]))


def table_of_matches(offers: Offers, found: Sequence[Found], frame: Frame) -> pa.Table:
    """What was found of each offer, as rows."""
    sizes = [len(one.rows) for one in found]
    rows = _joined([one.rows for one in found], np.int64).astype(np.int32)
    return pa.table(
        [
            _coded(np.repeat(np.arange(len(found), dtype=np.int32), sizes), [offer.id for offer in offers.offers]),
            pa.DictionaryArray.from_arrays(pa.array(rows), frame.texts("credit_code")),
            _coded(_joined([~one.eligible for one in found], np.bool_).astype(np.int8), list(_VERDICTS)),
            _amounts([one.worth.low for one in found], [one.worth.priced for one in found]),
            _amounts([one.worth.high for one in found], [one.worth.priced & one.worth.bounded for one in found]),
        ],
        schema=SCHEMA,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The matches of one offer: their rows, which are eligible, and what they are worth.

    ``undetermined``: how many are, whether they are among the rows or not.
    """

    rows: npt.NDArray[np.int64]
    eligible: npt.NDArray[np.bool_]
    worth: Worth
    undetermined: int

    @property
    def count(self) -> Count:
        sure, bounded = self.eligible, self.worth.bounded
        low, high = self.worth.low[sure], np.where(bounded, self.worth.high, self.worth.low)[sure]
        unbounded = int((sure & self.worth.priced & ~bounded).sum())
        return Count(int(sure.sum()), self.undetermined, _total(low), _total(high), unbounded)


def _total(amounts: npt.NDArray[np.int64]) -> int:
    """The sum, which may need more than 63 bits."""
    high, low = amounts >> 32, amounts & (2**32 - 1)
    return (int(high.sum()) << 32) + int(low.sum())


def _joined(arrays: Sequence[npt.NDArray[Any]], type_: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, type_), *arrays])


def _coded(codes: npt.NDArray[Any], texts: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([str(text) for text in texts], pa.string()))


def _amounts(amounts: Sequence[npt.NDArray[Any]], known: Sequence[npt.NDArray[Any]]) -> pa.Array:
    return pa.array(_joined(amounts, np.int64), mask=~_joined(known, np.bool_))
