"""What our own encoder and search are held against: character overlap, TF-IDF with SVD, and BM25 alone.

Each is as plain as its textbook form, and is given the same texts.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.similar.traits import bigrams

DIMENSION = 256
"""The most dimensions of TF-IDF with SVD, as many as a small static encoder has."""


def dice(first: str, second: str) -> float:
    """Dice's coefficient of the sets of neighbouring characters: 1 for equal texts, 0 for nothing in common."""
    one, two = bigrams(first), bigrams(second)
    return 2 * len(one & two) / (len(one) + len(two)) if one or two else 0.0


def words(text: str) -> list[str]:
    """The words of a text, in lower case, by jieba's dictionary; marks and blanks left out."""
    import rjieba

    return [word for word in rjieba.cut(text.lower()) if any(letter.isalnum() for letter in word)]


class TfidfSvd:
    """TF-IDF over characters and their pairs, reduced by SVD (latent semantic analysis), fitted on ``texts``."""

    def __init__(self, texts: Sequence[str], dimension: int = DIMENSION) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.utils.extmath import randomized_svd

        self._tfidf = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
        counted = self._tfidf.fit_transform(texts)
        most = max(1, min(dimension, min(counted.shape) - 1))
        self._axes = randomized_svd(counted, most, n_iter=5, random_state=0)[2].T

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text, or of zeros where it has nothing that was seen."""
        dense = self._tfidf.transform(texts) @ self._axes
        lengths = np.linalg.norm(dense, axis=1, keepdims=True)
        return np.asarray(np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0), np.float32)


class Bm25:
    """Okapi BM25 with the usual k1 and b, and an IDF that stays positive (Robertson and Zaragoza, 2009)."""

    K1, B = 1.2, 0.75

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        lengths = np.array([len(document) for document in documents], np.float64)
        self._norms = self.K1 * (1 - self.B + self.B * lengths / max(1.0, lengths.mean()))
        self._found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, document in enumerate(documents):
            for word, count in Counter(document).items():
                self._found[word].append((number, count))

    def scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score of every document, 0 where it has no word of the query; a word asked twice counts twice."""
        scores = np.zeros(len(self._norms))
        for word in query:
            found = self._found.get(word, [])
            rarity = math.log(1 + (len(scores) - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                scores[number] += rarity * count * (self.K1 + 1) / (count + self._norms[number])
        return scores
