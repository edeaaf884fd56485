"""Comparing two versions of an item over all enterprises, by column.

Importing this module loads numpy and pyarrow: it is for a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Dictionary
from enterprises.population import Population
from policies.items import Item
from recommender.batch import Found, Offer, Offers, find, frame_of, unheard
from recommender.corrections.judged import Answer, Misjudged
from recommender.match import Verdict

_VERDICTS = (Verdict.INELIGIBLE, Verdict.UNDETERMINED, Verdict.ELIGIBLE)
_NONE = -1
"""In the place of an amount that there is not."""

_BEFORE, _AFTER = "before", "after"


@dataclass(frozen=True)
class _Answers:
    """The answers of one version, by row."""

    verdicts: npt.NDArray[np.int8]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]

    @classmethod
    def of(cls, found: Found | None, rows: int) -> _Answers:
        """``found`` ``None``: the version is not open on the day, so nobody is eligible."""
        made = cls(np.zeros(rows, np.int8), np.full(rows, _NONE, np.int64), np.full(rows, _NONE, np.int64))
        if found is not None and len(found.rows):
            worth = found.worth
            made.verdicts[found.rows] = np.where(found.eligible, 2, 1)
            made.low[found.rows] = np.where(worth.priced, worth.low, _NONE)
            made.high[found.rows] = np.where(worth.priced & worth.bounded, worth.high, _NONE)
        return made

    def differ(self, other: _Answers) -> npt.NDArray[np.bool_]:
        answer: npt.NDArray[np.bool_] = (
            (self.verdicts != other.verdicts) | (self.low != other.low) | (self.high != other.high)
        )
        return answer

    def answer(self, row: int) -> Answer:
        low, high = int(self.low[row]), int(self.high[row])
        verdict = _VERDICTS[int(self.verdicts[row])]
        return Answer(verdict, None if low == _NONE else low, None if high == _NONE else high)


def compare(
    before: Item,
    after: Item,
    population: Population,
    on: date,
    dictionary: Dictionary,
    done: Callable[[int], object] = unheard,
) -> Iterator[Misjudged]:
    """Everybody of whom the two versions say something else as of a day, part by part in the population's order.

    Raises ``DamagedPopulation``, and ``OverflowError`` for amounts beyond all reason.
    """
    wanted = [(name, item) for name, item in ((_BEFORE, before), (_AFTER, after)) if item.window.state(on).is_open]
    offers = Offers(tuple(Offer(name, item.digest, item.rule, item.benefit) for name, item in wanted), on, dictionary)
    for part in population.parts if wanted else ():
        frame = frame_of(population, part, offers)
        found = dict(zip((name for name, _ in wanted), find(offers, frame, undetermined=True), strict=True))
        old, new = (_Answers.of(found.get(name), frame.rows) for name in (_BEFORE, _AFTER))
        rows = np.flatnonzero(old.differ(new))
        codes = frame.texts("credit_code").take(pa.array(rows)).to_pylist()
        for code, row in zip(codes, rows.tolist(), strict=True):
            yield Misjudged(code, old.answer(row), new.answer(row))
        done(part.rows)
