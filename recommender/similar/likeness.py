"""How much items are alike: six likenesses of 0 to 1 for each pair, as matrices, and their stated weights."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from enterprises.dictionary import Dictionary
from policies.items import Item
from recommender.similar.traits import Term, bigrams, traits

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder

WEIGHTS: Mapping[str, float] = {
    **{"meaning": 0.20, "words": 0.40, "name": 0.10, "conditions": 0.15, "benefit": 0.10, "form": 0.05},
}
"""What each likeness counts for: of the texts by the encoder and by rare words, names, conditions, benefits, and form.

Set by hand on the judged pairs of the bundled library, which are also those that ``huiqi evaluate`` measures with.
"""

_ENOUGH = 20
"""From so many items on, half the pairs are unlike each other, and show which likeness of texts means nothing."""

_SAMPLE = 1000
_HIGHEST_FLOOR = 0.9
_ROWS = 256


class Likeness:
    """Items beside each other, by blocks of rows: 2,000 items take seconds, and memory grows with their number."""

    def __init__(self, items: Sequence[Item], dictionary: Dictionary, encoder: Encoder) -> None:
        self.traits = [traits(item, dictionary) for item in items]
        self.rarity: Mapping[Term, float] = _rarity([each.terms for each in self.traits])
        self._vectors = encoder.encode([each.text for each in self.traits])
        self._floor = _floor(self._vectors)
        texts = [bigrams(each.text) for each in self.traits]
        self._words = _Sets(texts, _rarity(texts))
        self._names = _Sets([bigrams(each.item.title) for each in self.traits])
        self._gives = _Sets([bigrams(each.gives) for each in self.traits])
        self._terms = _Sets([each.terms for each in self.traits], self.rarity)
        self._forms = _Sets([{(0, each.item.category), (1, each.item.delivery)} for each in self.traits])

    def above(self, least: float, rows: Iterable[int] | None = None) -> Iterator[tuple[int, int, dict[str, float]]]:
        """The pairs of these rows (of all) with later items whose score is at least ``least``, and their likenesses."""
        wanted = np.arange(len(self.traits)) if rows is None else np.fromiter(rows, np.int64)
        for start in range(0, len(wanted), _ROWS):
            block = wanted[start : start + _ROWS]
            parts = self._parts(block)
            scores = sum(weight * parts[name] for name, weight in WEIGHTS.items())
            for at, other in np.argwhere(scores >= least):
                if other > block[at]:
                    yield int(block[at]), int(other), {name: float(parts[name][at, other]) for name in WEIGHTS}

    def _parts(self, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """The likenesses of these rows with all items, each (len(rows), number of items)."""
        meaning = (self._vectors[rows] @ self._vectors.T - self._floor) / (1 - self._floor)
        return {
            "meaning": np.clip(meaning.astype(np.float64), 0, 1),
            "words": self._words.dice(rows),
            "name": self._names.dice(rows),
            "conditions": self._terms.jaccard(rows),
            "benefit": self._gives.dice(rows),
            "form": self._forms.dice(rows),
        }


def score(parts: Mapping[str, float]) -> float:
    """The weighted sum of the likenesses of a pair, of 0 to 1."""
    return sum(weight * parts[name] for name, weight in WEIGHTS.items())


def _floor(vectors: NDArray[np.float32]) -> float:
    """The likeness that any two texts of a library have, the median pair's: it differs from encoder to encoder."""
    if len(vectors) < _ENOUGH:
        return 0.0
    sample = vectors[:: math.ceil(len(vectors) / _SAMPLE)]
    pairs = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return min(_HIGHEST_FLOOR, max(0.0, float(np.median(pairs))))


def _rarity(sets: Sequence[Iterable[Any]]) -> dict[Any, float]:
    """How much an element says: the logarithm of how many sets there are to one that has it (IDF)."""
    counts = Counter(each for row in sets for each in row)
    return {element: math.log((len(sets) + 1) / count) for element, count in counts.items()}


class _Sets:
    """Sets as rows of a sparse matrix of zeros and ones; elements have weights, 1 unless given."""

    def __init__(self, sets: Sequence[Iterable[Any]], weights: Mapping[Any, float] | None = None) -> None:
        from scipy.sparse import csr_array

        elements = sorted({each for row in sets for each in row}, key=str)
        columns = {element: at for at, element in enumerate(elements)}
        filled = [[columns[each] for each in row] for row in sets]
        indices = np.array([column for row in filled for column in row], np.int64)
        starts = np.cumsum([0, *map(len, filled)])
        self._has = csr_array((np.ones(len(indices)), indices, starts), shape=(len(sets), max(1, len(elements))))
        weighted = [1.0 if weights is None else weights[element] for element in elements]
        self._weights = np.array(weighted or [0.0])
        self._sizes: NDArray[np.float64] = self._has @ self._weights

    def jaccard(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weight of what two sets share, over that of what either has; 0 where neither has anything."""
        shared, sizes = self._shared(rows)
        return _share(shared, sizes - shared)

    def dice(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Twice the weight of what two sets share, over the sum of theirs; 0 where neither has anything."""
        shared, sizes = self._shared(rows)
        return _share(2 * shared, sizes)

    def _shared(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shared = (self._has[rows].multiply(self._weights[None, :]) @ self._has.T).toarray()
        return shared, self._sizes[rows][:, None] + self._sizes[None, :]


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), 0, 1)
