"""What the model sees of a text: its characters, pairs of characters and words, as far as the vocabulary has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VOCABULARY: Final = "vocabulary.txt"
CHARACTERS: Final = "characters.txt"

_BREAK = re.compile(r"[\W_]+")
_UNIT = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Features:
    """``vocabulary`` gives the row of each feature, ``simplified`` the simplified character of each traditional one."""

    vocabulary: Mapping[str, int]
    simplified: Mapping[int, str]

    @classmethod
    def read(cls, folder: Path) -> Features:
        """The features of the model in ``folder``."""
        vocabulary = (folder / VOCABULARY).read_text("utf-8").splitlines()
        traditional, simplified = (folder / CHARACTERS).read_text("utf-8").splitlines()
        return cls(
            {feature: row for row, feature in enumerate(vocabulary)},
            {ord(old): new for old, new in zip(traditional, simplified, strict=True)},
        )

    def rows(self, text: str) -> list[int]:
        """The rows of the features of ``text``, in order, as often as they occur."""
        known = self.vocabulary.get
        return [row for feature in features(text, self.simplified) if (row := known(feature)) is not None]


def features(text: str, simplified: Mapping[int, str]) -> Iterator[str]:
    """All features of a text, whether known or not."""
    import rjieba

    plain = normalise(text, simplified)
    for stretch in _BREAK.split(plain):
        units = _UNIT.findall(stretch)
        for place, unit in enumerate(units):
            yield unit
            if place:
                yield units[place - 1] + unit
    for word in rjieba.cut(plain):
        if len(word) > 2 and not word.isascii() and _BREAK.search(word) is None:
            yield word


def normalise(text: str, simplified: Mapping[int, str]) -> str:
    """Full-width forms narrowed, letters in lower case, traditional characters simplified."""
    sound = text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs are no characters
    return unicodedata.normalize("NFKC", sound).lower().translate(simplified)
