"""Whom a campaign reaches in a part of all enterprises: a row an enterprise and item, in order, ready to be written.

Importing this module loads numpy and pyarrow: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enterprises.dictionary import Dictionary
from enterprises.population import Part, Population, profiles_of
from enterprises.profiles import Profile
from enterprises.tiers import standings
from policies.items import Item
from recommender.batch import Offers, find
from recommender.campaigns.content import KINDS, Content, Kind
from recommender.campaigns.near import could_be_near, near_miss
from recommender.campaigns.states import TooMany
from recommender.columnar.decision import decide
from recommender.columnar.frame import Frame
from recommender.columnar.program import Program

MOST_ALONE = 20_000
"""So many enterprises of a part are looked at one by one, for tiers and near misses; for more the selection is too
wide: it would take hours, and what is left out silently could not be told from what does not match."""

_NONE = -1
_CODE = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Push:
    """One row. Amounts in 分 as in ``recommender.runs``; ``item``: its number in the campaign, from 1."""

    item: int
    kind: Kind
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Reached:
    """The rows of a part by credit code and item. ``codes``, ``regions``: of each enterprise; ``starts``: where its
    rows begin, with the end of the last one. ``low`` and ``high`` are negative where there are none."""

    codes: tuple[str, ...]
    regions: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]

    def pushes(self, enterprise: int) -> Iterator[Push]:
        """Of what an enterprise is told."""
        for row in range(self.starts[enterprise], self.starts[enterprise + 1]):
            yield Push(int(self.item[row]), KINDS[self.kind[row]], *map(_amount, (self.low[row], self.high[row])))

    def only(self, kept: npt.NDArray[np.bool_]) -> Reached:
        """The same with some of its rows alone; enterprises without any are gone."""
        owner = np.repeat(np.arange(len(self.codes)), np.diff(self.starts))[kept]
        enterprises, counts = np.unique(owner, return_counts=True)
        return Reached(
            tuple(self.codes[each] for each in enterprises),
            tuple(self.regions[each] for each in enterprises),
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            *(column[kept] for column in (self.item, self.kind, self.low, self.high)),
        )

    def chunk(self, first: int, last: int) -> Reached:
        """The enterprises from number ``first`` to before ``last``."""
        rows = slice(self.starts[first], self.starts[min(last, len(self.codes))])
        return Reached(
            self.codes[first:last],
            self.regions[first:last],
            self.starts[first : last + 1] - self.starts[first],
            *(column[rows] for column in (self.item, self.kind, self.low, self.high)),
        )


def _amount(number: np.int64) -> int | None:
    return None if number < 0 else int(number)


@dataclass(frozen=True)
class Reach:
    """Whom a campaign's items reach on a day. ``items``: in its order; what is not open is told to nobody."""

    content: Content
    items: Sequence[Item]
    on: date
    dictionary: Dictionary

    @cached_property
    def offers(self) -> Offers:
        return Offers.of(self.items, self.on, self.dictionary)

    @cached_property
    def _filter(self) -> Program:
        rule = self.content.selection.rule(self.content.region)
        return Program([rule], self.on, self.dictionary)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {item.id: number for number, item in enumerate(self.items, start=1)}

    def of_part(self, population: Population, part: Part) -> Reached:
        """The rows of a part. Raises ``TooMany``, and ``DamagedPopulation``."""
        facts = self.offers.facts | self._filter.columns | {"credit_code", "region"}
        frame = Frame.of_part(population, part, facts)
        allowed = self._allowed(frame)
        kinds, budget = self.content.selection.kinds, _Budget()
        rows = [
            self._found(number, found.rows, np.where(found.eligible, 0, 1), found.worth)
            for number, found in zip(
                (self._numbers[offer.id] for offer in self.offers.offers),
                find(self.offers, frame, undetermined=Kind.UNDETERMINED in kinds),
                strict=True,
            )
        ]
        told = np.isin(np.arange(len(KINDS)), [_CODE[kind] for kind in kinds])
        columns = _columns(rows)
        columns = columns[:, allowed[columns[0]] & told[columns[2]]]
        if Kind.NEAR in kinds:
            columns = np.concatenate([columns, self._near(population, part, frame, allowed, budget)], axis=1)
        if self.content.selection.tiers:
            columns = self._in_tiers(population, part, columns, budget)
        return _ordered(columns, frame)

    def _allowed(self, frame: Frame) -> npt.NDArray[np.bool_]:
        """The rows that the filters let through."""
        allowed = np.zeros(frame.rows, np.bool_)
        allowed[decide(self._filter, frame, keep=True).rows_of(0, undetermined=False)[0]] = True
        if self.content.selection.codes:
            listed = pc.is_in(frame.texts("credit_code"), pa.array(self.content.selection.codes, pa.string()))
            allowed &= listed.to_numpy(zero_copy_only=False)
        return allowed

    @staticmethod
    def _found(number: int, rows: npt.NDArray[Any], kinds: npt.NDArray[Any], worth: Any) -> npt.NDArray[np.int64]:
        return np.stack(
            [
                rows,
                np.full(len(rows), number),
                kinds,
                np.where(worth.priced, worth.low, _NONE),
                np.where(worth.priced & worth.bounded, worth.high, _NONE),
            ]
        ).astype(np.int64)

    def _near(
        self, population: Population, part: Part, frame: Frame, allowed: npt.NDArray[np.bool_], budget: _Budget
    ) -> npt.NDArray[np.int64]:
        """The near misses: who could be one by columns, then each looked at by itself."""
        wider = Program(
            [could_be_near(offer.rule, self.dictionary) for offer in self.offers.offers], self.on, self.dictionary
        )
        frame = Frame.of_part(population, part, wider.columns | self.offers.facts | {"credit_code"})
        exact, possible = decide(self.offers.program, frame, keep=True), decide(wider, frame, keep=True)
        candidates = [
            np.setdiff1d(possible.rows_of(number)[0], exact.rows_of(number)[0]) for number in range(wider.rules)
        ]
        candidates = [rows[allowed[rows]] for rows in candidates]
        alone = np.unique(np.concatenate([np.zeros(0, np.int64), *candidates]))
        profiles = dict(zip(alone.tolist(), budget.profiles(population, part, alone), strict=True))
        items = {item.id: item for item in self.items}
        found = []
        for offer, rows in zip(self.offers.offers, candidates, strict=True):
            for row in rows.tolist():
                near = near_miss(items[offer.id], profiles[row], self.on, self.dictionary)
                if near is not None:
                    low, high = (_NONE if each is None else each for each in (near.low, near.high))
                    found.append((row, self._numbers[offer.id], _CODE[Kind.NEAR], low, high))
        return np.array(found, np.int64).reshape(-1, 5).T

    def _in_tiers(
        self, population: Population, part: Part, columns: npt.NDArray[np.int64], budget: _Budget
    ) -> npt.NDArray[np.int64]:
        """The rows of enterprises that are known to belong to one of the wanted tiers."""
        alone, wanted = np.unique(columns[0]), set(self.content.selection.tiers)
        belongs = [
            any(one.answer is True and one.tier in wanted for one in standings(profile, self.on, self.dictionary))
            for profile in budget.profiles(population, part, alone)
        ]
        kept: npt.NDArray[np.int64] = columns[:, np.isin(columns[0], alone[np.array(belongs, np.bool_)])]
        return kept


class _Budget:
    """How many enterprises of a part may still be looked at one by one."""

    def __init__(self) -> None:
        self._left = MOST_ALONE

    def profiles(self, population: Population, part: Part, rows: npt.NDArray[np.int64]) -> Iterable[Profile]:
        self._left -= len(rows)
        if self._left < 0:
            raise TooMany(f"要逐家核对梯队或差距的企业超过 {MOST_ALONE:,} 家。请缩小地区、行业或规模，或者分几次推送")
        if not len(rows):
            return ()
        return profiles_of(population.read(part).take(pa.array(rows)), population.dictionary)


def _columns(rows: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros((5, 0), np.int64), *rows], axis=1)


def _ordered(columns: npt.NDArray[np.int64], frame: Frame) -> Reached:
    """Rows by credit code, so that they are written, and gone on with, in an order that depends on nothing else."""
    alone, inverse = np.unique(columns[0], return_inverse=True)
    codes = np.array(frame.texts("credit_code").take(pa.array(alone)).to_pylist(), dtype=object)
    order = np.argsort(codes, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    owner = place[inverse]
    by_owner = np.lexsort((columns[1], owner))
    counts = np.bincount(owner, minlength=len(alone))
    region = frame.codes("region")
    names = [""] * len(alone) if region is None else _names(region.indices[alone[order]], region.cells)
    return Reached(
        tuple(codes[order]),
        tuple(names),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        *(columns[number][by_owner] for number in range(1, 5)),
    )


def _names(indices: npt.NDArray[Any], cells: Sequence[Any]) -> list[str]:
    return ["" if index < 0 else str(cells[index]) for index in indices]
