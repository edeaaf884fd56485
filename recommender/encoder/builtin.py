"""The model of this project, read and applied with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.encoder import BUILTIN
from recommender.encoder.features import CHARACTERS, VOCABULARY, Features
from recommender.encoder.manifest import checked_digest

TABLE: Final = "table.safetensors"


@dataclass(frozen=True, slots=True)
class Builtin:
    """A text's vector is the sum of the rows of its features, brought to length 1."""

    name: str
    digest: str
    features: Features
    table: NDArray[np.float32]

    @classmethod
    def read(cls, folder: Path, name: str = BUILTIN) -> Builtin:
        """The model in ``folder``. Raises ``BadModel`` where a file is missing or damaged."""
        digest = checked_digest(folder, (TABLE, VOCABULARY, CHARACTERS))
        return cls(name, digest, Features.read(folder), read_table(folder))

    @property
    def dimension(self) -> int:
        return int(self.table.shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``. A text gets the same vector whatever stands beside it."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            if rows := self.features.rows(text):
                self.table[rows].sum(axis=0, out=vector)
        return _unit(vectors)


def read_table(folder: Path) -> NDArray[np.float32]:
    """A row a feature. Kept as a byte a number and a scale a row."""
    from safetensors.numpy import load_file

    kept = load_file(folder / TABLE)
    table: NDArray[np.float32] = kept["rows"].astype(np.float32) * kept["scales"].astype(np.float32)[:, None]
    return table


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    vectors /= lengths
    return vectors
