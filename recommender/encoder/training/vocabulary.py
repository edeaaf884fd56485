"""Which features get a row: the most frequent ones of the pairs and titles, then those of the laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.features import Features, features

_OF_SENTENCES = 48_000
_OF_LAWS = 10_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the features of many texts: those of text ``i`` are ``rows[begins[i] : begins[i + 1]]``."""

    rows: NDArray[np.int32]
    begins: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str], known: Features) -> Rows:
        """The rows of ``texts``."""
        rows: list[int] = []
        begins = [0]
        for text in texts:
            rows.extend(known.rows(text))
            begins.append(len(rows))
        return cls(np.array(rows, np.int32), np.array(begins, np.int64))


def choose(sentences: Iterable[str], laws: Iterable[str], simplified: Mapping[int, str]) -> Features:
    """The features of a model that has seen ``sentences`` and ``laws``."""
    chosen = set(_most_frequent(sentences, simplified)[:_OF_SENTENCES])
    more = [feature for feature in _most_frequent(laws, simplified) if feature not in chosen]
    chosen.update(more[:_OF_LAWS])
    return Features({feature: row for row, feature in enumerate(sorted(chosen))}, simplified)


def simplified_characters() -> dict[int, str]:
    """The simplified character of each traditional one, by the tables of OpenCC (Apache-2.0)."""
    import opencc

    table = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in table.read_text("utf-8").splitlines())
    first = ((old, new.split(" ")[0]) for old, new in pairs)
    return {ord(old): new for old, new in first if len(old) == len(new) == 1 and old != new}


def _most_frequent(texts: Iterable[str], simplified: Mapping[int, str]) -> list[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(features(text, simplified))
    return sorted(counts, key=lambda feature: (-counts[feature], feature))
