"""A made-up encoder for tests that need one, and not a good one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


class CharacterPairs:
    """Counts pairs of characters in 512 places: equal texts have equal vectors, and alike ones are alike."""

    name, digest, dimension = "character-pairs", "0" * 64, 512

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row a text, of length 1, or all 0 for a text of one character or none."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for first, second in pairwise(text):
                row[(ord(first) * 31 + ord(second)) % self.dimension] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(np.divide(rows, lengths, out=rows, where=lengths > 0), np.float32)
