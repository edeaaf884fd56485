"""The meanings of all passages in FAISS, and which entry each belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.encoder import Encoder
from recommender.search.entries import Entry

_BATCH = 4096
_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Vectors:
    """``faiss`` holds a row a passage, of length 1 (0 for a passage without meaning); ``owners[row]`` is its entry.

    ``floor`` is what two passages have in common by chance (cosine, the mean of random pairs and one standard
    deviation): encoders differ in it, and only what exceeds it says anything.
    """

    faiss: Any
    owners: NDArray[np.int32]
    floor: float

    @classmethod
    def of(cls, entries: Sequence[Entry], encoder: Encoder, known: Mapping[str, NDArray[np.float32]]) -> Vectors:
        """Encode the passages of ``entries``, apart from those ``known`` already by their text."""
        passages = [passage for entry in entries for passage in entry.passages]
        matrix = np.zeros((len(passages), encoder.dimension), np.float32)
        fresh = [row for row, passage in enumerate(passages) if passage not in known]
        for start in range(0, len(fresh), _BATCH):
            rows = fresh[start : start + _BATCH]
            matrix[rows] = encoder.encode([passages[row] for row in rows])
        for row, passage in enumerate(passages):
            if passage in known:
                matrix[row] = known[passage]
        index = _faiss().IndexFlatIP(encoder.dimension)
        index.add(matrix)
        return cls(index, _owners(entries), _chance(matrix))

    @classmethod
    def read(cls, path: Path, entries: Sequence[Entry], floor: float) -> Vectors:
        """The vectors that ``write`` wrote. Raises ``RuntimeError``, or ``ValueError`` if not of ``entries``."""
        faiss = _faiss()
        index, owners = faiss.read_index(str(path)), _owners(entries)
        if index.ntotal != len(owners):
            raise ValueError(f"{path.name}: {index.ntotal} vectors for {len(owners)} passages")
        return cls(index, owners, floor)

    def write(self, path: Path) -> None:
        """Write what ``read`` reads, but for the floor."""
        _faiss().write_index(self.faiss, str(path))

    def rows(self) -> NDArray[np.float32]:
        """The vectors of all passages."""
        return np.asarray(self.faiss.reconstruct_n(0, self.faiss.ntotal), np.float32)

    def scores(self, meaning: NDArray[np.float32], size: int) -> NDArray[np.float32]:
        """How near each of ``size`` entries is by its nearest passage: 0 at or below chance, 1 for the same meaning."""
        _, similarities, rows = self.faiss.range_search(meaning[None], self.floor)
        scores = np.zeros(size, np.float32)
        np.maximum.at(scores, self.owners[rows], (similarities - self.floor) / (1 - self.floor))
        return scores


@cache
def _faiss() -> Any:
    """FAISS, told to answer a question by one thread: threads that wait for each other lose more than they gain where
    several questions come at once."""
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


def _owners(entries: Sequence[Entry]) -> NDArray[np.int32]:
    """Of each passage, the number of its entry."""
    return np.repeat(np.arange(len(entries), dtype=np.int32), [len(entry.passages) for entry in entries])


def _chance(matrix: NDArray[np.float32]) -> float:
    """Mean and one standard deviation of the cosines of random pairs; always the same pairs."""
    told = matrix[np.any(matrix != 0, axis=1)]
    if len(told) < 2:
        return 0.0
    drawn = np.random.default_rng(0).integers(len(told), size=(2, _PAIRS))
    drawn = drawn[:, drawn[0] != drawn[1]]
    cosines = np.einsum("ij,ij->i", told[drawn[0]], told[drawn[1]])
    return float(np.clip(cosines.mean() + cosines.std(), 0.0, 0.95))
