"""How well similar items are found: against pairs that a person judged, beside likeness of titles and words alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from enterprises.source_text import read_file
from policies.items import Item
from policies.library import Library
from recommender.quality.baselines import TfidfSvd, dice
from recommender.quality.metrics import average_precision
from recommender.similar.pairs import Kind, is_nested, similar_pairs
from recommender.similar.traits import traits

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder

FILE = Path(__file__).with_name("item_pairs.yaml")
"""The pairs of the bundled library."""

NONE = "none"
_KINDS = (*(kind.value for kind in Kind), NONE)
_ONE_SUPPORT = (Kind.SAME, Kind.DUPLICATE)

PairKey = frozenset[str]


@dataclass(frozen=True, slots=True)
class PairsFound:
    """How well pairs that are one support (同一扶持 or 疑似重复) were found.

    ``named``: what we call so, ``right_named`` of them rightly, ``kinds_right`` with the right one of the two kinds;
    ``lookalikes_named`` were judged to be something else. ``average_precision``: by method, each ranking the same
    ``candidates``, which are the pairs of different documents whose places lie in each other.
    """

    judged: int
    candidates: int
    right: int
    named: int
    right_named: int
    kinds_right: int
    lookalikes_named: int
    average_precision: Mapping[str, float]

    @property
    def precision(self) -> float:
        return self.right_named / self.named if self.named else 0.0

    @property
    def recall(self) -> float:
        return self.right_named / self.right


def read_pairs(path: Path) -> Mapping[PairKey, str]:
    """The kind of each judged pair, ``none`` for what only looks alike. Raises ``Problem``."""
    judged: dict[PairKey, str] = {}
    for kind, entry in read_file(path).fields((), _KINDS).items():
        for pair in entry.items():
            ids = frozenset(each.text() for each in pair.items())
            if len(pair.items()) != 2 or len(ids) != 2:
                pair.fail("一对要写两个不同的事项", "请写成 [甲, 乙]")
            if ids in judged:
                pair.fail("这一对已经写过", "请删去其中一处")
            judged[ids] = kind
    return judged


def one_support(judged: Mapping[PairKey, str]) -> set[PairKey]:
    """The pairs that are one support, at two levels or twice."""
    return {pair for pair, kind in judged.items() if kind in _ONE_SUPPORT}


def measure(library: Library, encoder: Encoder, judged: Mapping[PairKey, str]) -> PairsFound:
    """Our pairs against the judged ones. Raises ``ValueError`` where none of those is one support."""
    right = one_support(judged)
    found = [pair for pair in similar_pairs(library, encoder, least=0.0) if _is_candidate(*pair.items)]
    named = {_key(pair.items): pair.kind for pair in found if pair.kind in _ONE_SUPPORT}
    items = library.published
    texts = [traits(item, library.dictionary).text for item in items]
    titles = np.array([[dice(one.title, two.title) for two in items] for one in items])
    rankings = {
        "hints": [_key(pair.items) for pair in sorted(found, key=lambda pair: (not pair.compatible, -pair.score))],
        "encoder": _ranked(items, _cosines(encoder.encode(texts))),
        "tfidf_svd": _ranked(items, _cosines(TfidfSvd(texts).encode(texts))),
        "titles": _ranked(items, titles),
    }
    return PairsFound(
        judged=len(judged),
        candidates=len(rankings["titles"]),
        right=len(right),
        named=len(named),
        right_named=len(right & named.keys()),
        kinds_right=sum(judged[pair] == named[pair] for pair in right & named.keys()),
        lookalikes_named=sum(judged.get(pair) in (NONE, Kind.RELATED) for pair in named),
        average_precision={name: average_precision(ranked, right) for name, ranked in rankings.items()},
    )


def _ranked(items: Sequence[Item], likeness: NDArray[np.float64]) -> list[PairKey]:
    places = [pair for pair in combinations(range(len(items)), 2) if _is_candidate(*(items[at] for at in pair))]
    best_first = sorted(places, key=lambda pair: -float(likeness[pair]))
    return [_key((items[one], items[two])) for one, two in best_first]


def _is_candidate(first: Item, second: Item) -> bool:
    return first.document.id != second.document.id and is_nested(first, second)


def _key(items: tuple[Item, Item]) -> PairKey:
    return frozenset(item.id for item in items)


def _cosines(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    return (vectors @ vectors.T).astype(np.float64)
