"""After a change only what it touches is decided again: enterprises that differ, and items that say something else.

The new run is a layer on the one before. It holds the new matches of what was decided again, names what it takes the
place of, and lists the differences: who became eligible, ceased to be, or may have another amount. Reading a layer's
matches leaves out of the run below what was replaced; the result is that of a run over everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.population import Part, Population
from enterprises.population_delta import Delta
from policies.benefits import quantities
from policies.rules import conditions
from recommender.batch import Found, Offer, Offers, each_part, find, table_of_matches
from recommender.columnar.amounts import Worth
from recommender.columnar.frame import Frame
from recommender.match import Verdict
from recommender.runs import (
    SUPERSEDED,
    AnotherRun,
    Count,
    Counts,
    Run,
    counts_in,
    is_written,
    write_matches,
    write_own,
)

DIFFERENCES = pa.schema(
    [
        pa.field("item", pa.string()),
        pa.field("enterprise", pa.string()),
        pa.field("before", pa.string()),
        pa.field("after", pa.string()),
        pa.field("amount_low_before", pa.int64()),
        pa.field("amount_high_before", pa.int64()),
        pa.field("amount_low_after", pa.int64()),
        pa.field("amount_high_after", pa.int64()),
    ]
)
"""A difference: the verdict before and after (null: no match of the run) and the amounts in 分 (as in matches)."""


def update(
    previous: Run,
    before: Offers,
    delta: Delta,
    population: Population,
    after: Offers,
    folder: Path,
    *,
    workers: int | None = None,
) -> Run:
    """The run of ``after`` over ``population``, as a layer on ``previous``, which was one of ``before``.

    ``delta``: what differs between the population of ``previous`` and ``population``. Raises ``AnotherRun`` where these
    do not fit together, and whatever ``recommender.batch.run`` does.
    """
    _must_fit(previous, before, delta, population)
    affected = _affected(before, after)
    run = Run(
        folder=folder,
        on=after.on,
        population=population.digest,
        offers={offer.id: offer.version for offer in after.offers},
        made_up=population.made_up,
        undetermined=previous.undetermined,
        base=str(previous.folder.resolve()),
        base_digest=previous.digest,
        replaced=affected,
    ).begin()
    _supersede(delta, run)
    work = _Work(run, before, after, delta, frozenset(affected))
    inherited = {name: one for name, one in (previous.counts or {}).items() if name not in affected}
    parts = population.parts if affected else ()
    redone = [
        *map(work.of_enterprises, range(work.pieces)),
        *each_part(partial(work.of_items, population), parts, workers),
    ]
    return run.finish([inherited, *redone])


def differences(run: Run) -> Iterator[pa.Table]:
    """What a complete layer changed, table by table. Raises ``AnotherRun`` where a file is not what it was."""
    return run.own("differences-")


def _must_fit(previous: Run, before: Offers, delta: Delta, population: Population) -> None:
    asked = {offer.id: offer.version for offer in before.offers}
    if not previous.complete:
        raise AnotherRun(f"{previous.folder} 里的批量判断还没有完成，请先把它做完")
    if previous.offers != asked or previous.on != before.on:
        raise AnotherRun(f"{previous.folder} 里的批量判断不是按这些事项和这一天（{before.on}）做的")
    if previous.population != delta.old:
        raise AnotherRun(f"{previous.folder} 里的批量判断不是对 {delta.folder} 的旧快照做的")
    if population.digest != delta.new:
        raise AnotherRun(f"{delta.folder} 不是与 {population.folder} 比较的结果")


def _affected(before: Offers, after: Offers) -> tuple[str, ...]:
    """The items that are new, or gone, or say something else on the new day."""
    old, new = ({offer.id: _meaning(offer, offers) for offer in offers.offers} for offers in (before, after))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _meaning(offer: Offer, offers: Offers) -> object:
    """What an item's answers depend on besides the enterprise: years are counted from the day's, ages from the day."""
    facts = {asked.fact for asked in conditions(offer.rule)}
    facts |= {quantity.fact for kind, quantity in quantities(offer.benefit) if kind is None}
    formulas = (offers.dictionary.facts[name].formula for name in facts)
    by_day = any(formula is not None and formula.name == "years_since" for formula in formulas)
    return offer.version, offers.on if by_day else offers.on.year


def _supersede(delta: Delta, run: Run) -> None:
    codes = pa.concat_arrays([side.credit_codes() for side in (delta.before, delta.after)])
    write_own(pa.table({"enterprise": codes}), run.folder / SUPERSEDED, run)


@dataclass(frozen=True)
class _Work:
    """What is decided again. ``affected``: the items that are, for everybody."""

    run: Run
    before: Offers
    after: Offers
    delta: Delta
    affected: frozenset[str]

    @property
    def pieces(self) -> int:
        return max(len(self.delta.before.parts), len(self.delta.after.parts))

    def of_enterprises(self, piece: int) -> Counts:
        """All items, before and after, for those who changed, came or went; the affected ones only for differences."""
        path = self.run.folder / f"matches-changed-{piece:05}.parquet"
        done = self._done(path)
        if done is not None:
            return done
        with ThreadPoolExecutor(2) as pool:
            old, new = pool.map(
                lambda offers, population: _Side.of(offers, population, piece, self.run.undetermined),
                (self.before, self.after),
                (self.delta.before, self.delta.after),
            )
        shared = min(max(self.delta.changed - old.start, 0), old.rows, new.rows)
        self._write_differences(old, new, shared, path)
        kept = Offers(
            tuple(o for o in self.after.offers if o.id not in self.affected), self.after.on, self.after.dictionary
        )
        counts = {
            offer.id: new.found[offer.id].count - (old.found[offer.id].count if offer.id in old.found else Count())
            for offer in kept.offers
        }
        table = table_of_matches(kept, [new.found[offer.id] for offer in kept.offers], new.frame)
        return write_matches([(table, counts)], path, self.run)

    def of_items(self, population: Population, part: Part) -> Counts:
        """The affected items, before and after, for everybody; differences for those who are the same."""
        path = self.run.folder / f"matches-items-{part.start:010}.parquet"
        done = self._done(path)
        if done is not None:
            return done
        old_offers, new_offers = (self._affected_of(offers) for offers in (self.before, self.after))
        frame = Frame.of_part(population, part, old_offers.facts | new_offers.facts | {"credit_code"})
        old, new = (
            _Side.found_in(offers, frame, part.start, self.run.undetermined) for offers in (old_offers, new_offers)
        )
        first, last = part.start, part.start + part.rows
        again = self.delta.rows[(self.delta.rows >= first) & (self.delta.rows < last)] - first
        self._write_differences(old.without(again), new.without(again), part.rows, path)
        found = [new.found[offer.id] for offer in new_offers.offers]
        counts = {offer.id: one.count for offer, one in zip(new_offers.offers, found, strict=True)}
        return write_matches([(table_of_matches(new_offers, found, frame), counts)], path, self.run)

    def _done(self, matches: Path) -> Counts | None:
        """What was counted, where both the matches and their differences are written."""
        return counts_in(matches, self.run) if is_written(_differences_beside(matches), self.run) else None

    def _affected_of(self, offers: Offers) -> Offers:
        return Offers(tuple(o for o in offers.offers if o.id in self.affected), offers.on, offers.dictionary)

    def _write_differences(self, old: _Side, new: _Side, shared: int, matches: Path) -> None:
        items = dict.fromkeys([*old.found, *new.found])
        tables = [_differences(item, old, new, shared) for item in items]
        whole = pa.concat_tables([DIFFERENCES.empty_table(), *tables])
        write_own(whole, _differences_beside(matches), self.run)


def _differences_beside(matches: Path) -> Path:
    return matches.with_name(matches.name.replace("matches-", "differences-"))


@dataclass(frozen=True)
class _Side:
    """What was found in a frame, by item."""

    found: Mapping[str, Found]
    frame: Frame
    start: int

    @property
    def rows(self) -> int:
        return self.frame.rows

    @classmethod
    def of(cls, offers: Offers, population: Population, piece: int, undetermined: bool) -> _Side:
        """What is found in a part, or, where there is none of this number, nothing."""
        if piece >= len(population.parts):
            empty = Frame({"credit_code": pa.array([], pa.string())}, 0)
            return cls.found_in(offers, empty, population.rows, undetermined)
        part = population.parts[piece]
        frame = Frame.of_part(population, part, offers.facts | {"credit_code"})
        return cls.found_in(offers, frame, part.start, undetermined)

    @classmethod
    def found_in(cls, offers: Offers, frame: Frame, start: int, undetermined: bool) -> _Side:
        found = find(offers, frame, undetermined=undetermined)
        return cls({offer.id: one for offer, one in zip(offers.offers, found, strict=True)}, frame, start)

    def without(self, rows: npt.NDArray[Any]) -> _Side:
        """The same without these rows."""
        left_out = np.zeros(self.rows, np.bool_)
        left_out[rows] = True
        return _Side(
            {name: _where(one, ~left_out[one.rows]) for name, one in self.found.items()}, self.frame, self.start
        )


def _where(found: Found, kept: npt.NDArray[np.bool_]) -> Found:
    worth = Worth(found.worth.low[kept], found.worth.high[kept], found.worth.bounded[kept], found.worth.priced[kept])
    return Found(found.rows[kept], found.eligible[kept], worth, found.undetermined)


def _differences(item: str, old: _Side, new: _Side, shared: int) -> pa.Table:
    """The differences of one item. The first ``shared`` rows are the same enterprises on both sides, all others not."""
    before, after = _States.of(old.found.get(item), 0, 0), _States.of(new.found.get(item), shared, old.rows)
    places = np.union1d(before.places, after.places)
    was, now = before.at(places), after.at(places)
    differs = np.logical_or.reduce([one != other for one, other in zip(was, now, strict=True)])
    codes = pa.concat_arrays([old.frame.texts("credit_code"), new.frame.texts("credit_code")])
    return pa.table(
        [
            pa.array([item] * int(differs.sum()), pa.string()),
            codes.take(pa.array(places[differs])),
            *(_verdicts(side[0][differs]) for side in (was, now)),
            *(pa.array(column[differs], mask=column[differs] < 0) for side in (was, now) for column in side[1:]),
        ],
        schema=DIFFERENCES,
    )


_NO_MATCH, _ELIGIBLE, _UNDETERMINED = 0, 1, 2


def _verdicts(codes: npt.NDArray[Any]) -> pa.Array:
    names = pa.array([None, Verdict.ELIGIBLE.value, Verdict.UNDETERMINED.value], pa.string())
    return names.take(pa.array(codes))


@dataclass(frozen=True, slots=True)
class _States:
    """What was found of an item by place, ascending: verdict and amounts, -1 where there is none."""

    places: npt.NDArray[np.int64]
    columns: tuple[npt.NDArray[np.int64], ...]

    @classmethod
    def of(cls, found: Found | None, shared: int, further: int) -> _States:
        """The place of a row is its number; from ``shared`` on, ``further`` than that."""
        if found is None:
            return cls(np.zeros(0, np.int64), (np.zeros(0, np.int64),) * 3)
        worth = found.worth
        return cls(
            np.where(found.rows < shared, found.rows, found.rows + further),
            (
                np.where(found.eligible, _ELIGIBLE, _UNDETERMINED),
                np.where(worth.priced, worth.low, -1),
                np.where(worth.priced & worth.bounded, worth.high, -1),
            ),
        )

    def at(self, places: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
        """The columns at all of these places."""
        here = np.searchsorted(places, self.places)
        whole = [np.full(len(places), nothing, np.int64) for nothing in (_NO_MATCH, -1, -1)]
        for column, values in zip(whole, self.columns, strict=True):
            column[here] = values
        return whole
