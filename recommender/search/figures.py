"""The amounts of money that entries name, so that a question's amounts find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enterprises.plain_text import normalise
from recommender.search.amounts import AmountHint, amounts_in
from recommender.search.entries import Entry


@dataclass(frozen=True, slots=True)
class Figures:
    """``owners[n]``, ascending, is the entry that names ``amounts[n]``, in 分."""

    owners: NDArray[np.int32]
    amounts: NDArray[np.int64]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Figures:
        """The amounts that ``entries`` name."""
        named = [(owner, amount) for owner, entry in enumerate(entries) for amount in _named(entry)]
        pairs = np.array(named, np.int64).reshape(-1, 2)
        return cls(pairs[:, 0].astype(np.int32), pairs[:, 1])

    def of_entry(self, number: int) -> list[int]:
        """The amounts that the entry ``number`` names."""
        first, last = np.searchsorted(self.owners, [number, number + 1])
        return [int(amount) for amount in self.amounts[first:last]]

    def naming(self, hint: AmountHint, size: int) -> NDArray[np.bool_]:
        """Which of ``size`` entries name an amount that the question means."""
        mask = np.zeros(size, np.bool_)
        mask[self.owners[(self.amounts >= (hint.low or 0)) & (self.amounts <= (hint.high or _MOST))]] = True
        return mask


def _named(entry: Entry) -> tuple[int, ...]:
    """The amounts that an entry names, in 分, each once, ascending; of 以上 and 以下 the limit."""
    hints = amounts_in(normalise(f"{entry.title}。{entry.summary}。{entry.text}"))
    return tuple(sorted({limit for hint in hints for limit in (hint.low, hint.high) if limit is not None}))


_MOST = np.iinfo(np.int64).max
