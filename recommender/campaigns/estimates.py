"""The estimate of a campaign: what would be planned, counted and not written. It goes the way that planning goes.

Importing this module loads numpy and pyarrow: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from heapq import nsmallest

import numpy as np
import numpy.typing as npt
from sqlmodel import Session, col, select

from enterprises.snapshots import Snapshot
from enterprises.tables import EnterpriseRow
from policies.items import Item
from policies.tables import load_item
from recommender.campaigns.content import KINDS, Content, Kind
from recommender.campaigns.left_out import LeftOut
from recommender.campaigns.matches import Reach, Reached
from recommender.campaigns.reckoning import Estimate, OfItem, OfRegion, Sample, Sampled, joined

CHUNK = 500
"""Enterprises that the database is asked about, and that are written, at a time."""

SAMPLES = 10


def pinned_items(session: Session, content: Content, snapshot: Snapshot) -> tuple[Item, ...]:
    """The item versions of a campaign, in its order. Raises ``LookupError`` where one is not stored."""
    dictionary = snapshot.population.dictionary
    return tuple(load_item(session, each.item_id, each.version, dictionary) for each in content.items)


def estimate(
    session: Session, snapshot: Snapshot, content: Content, on: date, *, campaign_id: int | None = None
) -> Estimate:
    """What a campaign would come to on a day. ``campaign_id``: of one that is stored.

    Raises ``TooMany``, ``LookupError`` for item versions that are not stored, and ``DamagedPopulation``.
    """
    reach = Reach(content, pinned_items(session, content, snapshot), on, snapshot.population.dictionary)
    tally = _Tally(reach.items)
    for part in snapshot.population.parts:
        for chunk in told_of(session, reach.of_part(snapshot.population, part), content, campaign_id):
            tally.add(chunk)
    samples = [_sample(found, reach.items) for found in tally.samples]
    named = dict(
        session.exec(
            select(EnterpriseRow.credit_code, EnterpriseRow.name).where(
                col(EnterpriseRow.credit_code).in_([each.credit_code for each in samples])
            )
        ).all()
    )
    by_item = tuple(tally.by_item)
    return Estimate(
        on=on,
        revision=snapshot.revision,
        content_digest=content.digest,
        enterprises=tally.enterprises,
        pushes=sum(each.pushes for each in by_item),
        deliveries=tally.enterprises * len(content.channels),
        low=sum(each.low for each in by_item),
        high=sum(each.high for each in by_item),
        unbounded=sum(each.unbounded for each in by_item),
        by_item=by_item,
        by_region=tuple(
            OfRegion(code, *(int(number) for number in numbers)) for code, numbers in sorted(tally.by_region.items())
        ),
        samples=tuple(
            Sample(each.credit_code, named.get(each.credit_code), each.region, each.pushes) for each in samples
        ),
    )


def told_of(
    session: Session, reached: Reached, content: Content, campaign_id: int | None, after: str = ""
) -> Iterator[Reached]:
    """The enterprises of a part that are told of something, from the one after ``after`` on, ``CHUNK`` at a time."""
    items = [each.item_id for each in content.items]
    left_out = LeftOut(session, campaign_id, items, content.selection)
    first = int(np.searchsorted(np.array(reached.codes, dtype=object), after, side="right")) if reached.codes else 0
    for start in range(first, len(reached.codes), CHUNK):
        chunk = reached.chunk(start, start + CHUNK)
        pairs = left_out.among(session, chunk.codes)
        yield chunk.only(_kept(chunk, pairs, items)) if pairs else chunk


def _kept(chunk: Reached, left_out: set[tuple[str, str]], items: Sequence[str]) -> npt.NDArray[np.bool_]:
    owners = np.repeat(np.arange(len(chunk.codes)), np.diff(chunk.starts))
    pairs = zip(owners.tolist(), chunk.item.tolist(), strict=True)
    return np.array([(chunk.codes[owner], items[item - 1]) not in left_out for owner, item in pairs], np.bool_)


@dataclass
class _Found:
    """An enterprise of the sample, with the rows that it is told of."""

    order: str
    code: str
    region: str
    rows: list[Sampled]


@dataclass
class _Tally:
    """The sums so far."""

    items: Sequence[Item]
    enterprises: int = 0
    by_region: dict[str, list[int]] = field(default_factory=dict)
    samples: list[_Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_item = [OfItem(item.id) for item in self.items]

    def add(self, chunk: Reached) -> None:
        sure = chunk.kind == KINDS.index(Kind.ELIGIBLE)
        low = np.where(sure & (chunk.low >= 0), chunk.low, 0)
        high = np.where(chunk.high >= 0, chunk.high, chunk.low)
        high = np.where(sure & (high >= 0), high, 0)
        unbounded = sure & (chunk.low >= 0) & (chunk.high < 0)
        self.enterprises += len(chunk.codes)
        for number in np.unique(chunk.item).tolist():
            rows = chunk.item == number
            eligible, undetermined, near = np.bincount(chunk.kind[rows], minlength=len(KINDS)).tolist()
            sums = _sum(low[rows]), _sum(high[rows]), int(unbounded[rows].sum())
            more = OfItem(self.items[number - 1].id, eligible, undetermined, near, *sums)
            self.by_item[number - 1] = joined([self.by_item[number - 1], more])
        for enterprise, region in enumerate(chunk.regions):
            rows_of = slice(chunk.starts[enterprise], chunk.starts[enterprise + 1])
            so_far = self.by_region.setdefault(region, [0, 0, 0, 0])
            for place, further in enumerate((1, len(low[rows_of]), _sum(low[rows_of]), _sum(high[rows_of]))):
                so_far[place] += further
        self._sample(chunk)

    def _sample(self, chunk: Reached) -> None:
        """The same enterprises each time, and no certain ones: those whose codes hash to the least."""
        found = [
            _Found(sha256(code.encode()).hexdigest(), code, chunk.regions[number], [])
            for number, code in enumerate(chunk.codes)
        ]
        places = {code: number for number, code in enumerate(chunk.codes)}
        kept = nsmallest(SAMPLES, [*self.samples, *found], key=lambda each: each.order)
        for each in kept:
            if not each.rows:
                each.rows += [
                    Sampled(self.items[push.item - 1].id, push.kind, push.low, push.high)
                    for push in chunk.pushes(places[each.code])
                ]
        self.samples = kept


def _sum(amounts: npt.NDArray[np.int64]) -> int:
    """Exact, however large: amounts of a chunk may need more than 63 bits."""
    return sum(amounts.tolist())


def _sample(found: _Found, _items: Sequence[Item]) -> Sample:
    return Sample(found.code, None, found.region, tuple(found.rows))
