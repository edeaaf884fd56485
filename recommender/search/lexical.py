"""The lexical score of a question: BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SATURATION = 1.2
"""BM25's k1: how soon a word that is said again adds nothing."""

LENGTH = 0.6
"""BM25's b: how far a long text needs more of a word than a short one."""


@dataclass(frozen=True, slots=True)
class Lexical:
    """Which entry says which term, and how much that weighs.

    ``terms`` gives a term its number. The entries that say term ``t`` are ``entries[starts[t]:starts[t + 1]]`` (int32,
    ascending), and what each of them gains by it is at the same place in ``gains`` (float32). ``worth[t]`` is the most
    that an entry could gain by the term.
    """

    size: int
    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    entries: NDArray[np.int32]
    gains: NDArray[np.float32]
    worth: NDArray[np.float32]

    @classmethod
    def of(cls, counted: Iterable[Mapping[str, float]]) -> Lexical:
        """The index of texts, each given as how often (weighted) it says each of its terms."""
        terms: dict[str, int] = {}
        numbers: list[int] = []
        said: list[float] = []
        lengths: list[int] = []
        for counts in counted:
            numbers += [terms.setdefault(term, len(terms)) for term in counts]
            said += counts.values()
            lengths.append(len(counts))
        number, often = np.array(numbers, np.int32), np.array(said, np.float32)
        owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        spread = np.bincount(number, minlength=len(terms))
        rarity = np.log1p((len(lengths) - spread + 0.5) / (spread + 0.5)).astype(np.float32)
        words = np.bincount(owner, weights=often, minlength=len(lengths))
        length = (words / max(words.mean(), 1e-9) if lengths else words).astype(np.float32)
        held = often + SATURATION * (1 - LENGTH + LENGTH * length[owner])
        gains = rarity[number] * often * (SATURATION + 1) / held
        order = np.argsort(number, kind="stable")
        return cls(
            size=len(lengths),
            terms=terms,
            starts=np.concatenate(([0], np.cumsum(spread))).astype(np.int64),
            entries=owner[order],
            gains=gains[order].astype(np.float32),
            worth=rarity * (SATURATION + 1),
        )

    def share(self, term: str) -> float:
        """Of all entries, the share that says ``term``."""
        number = self.terms.get(term)
        return 0.0 if number is None else float(self.starts[number + 1] - self.starts[number]) / self.size

    def scores(self, asked: Mapping[str, float]) -> NDArray[np.float32]:
        """What each entry says of the weighted terms ``asked``, as a share (0 to 1) of all that could be said of them.

        A term that no entry says still counts in the whole: it is asked for and not found.
        """
        scores = np.zeros(self.size, np.float32)
        rarest = float(self.worth.max()) if len(self.worth) else 1.0
        whole = 0.0
        for term, weight in asked.items():
            number = self.terms.get(term)
            if number is None:
                whole += weight * rarest
                continue
            whole += weight * float(self.worth[number])
            found = slice(self.starts[number], self.starts[number + 1])
            # No entry is twice among those that say a term, so nothing is lost by adding in place.
            scores[self.entries[found]] += np.float32(weight) * self.gains[found]
        return scores / np.float32(whole) if whole else scores
