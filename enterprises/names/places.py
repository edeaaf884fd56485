"""Places as names of enterprises and those who look for them write them: 延安市宝塔区…, 延安宝塔…, yanan…."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from enterprises import regions
from enterprises.names.spelling import readings
from enterprises.plain_text import normalise
from enterprises.samples import NAME_PREFIX

MOST_WAYS: Final = 12
"""In so many ways at most the beginning of a text is read as places."""

_OTHERS = {"杨凌": "610403", "杨凌示范区": "610403", "西咸新区": "610100", "西咸": "610100"}
"""What names say instead of a division of GB/T 2260, and the division that it lies in or is run with."""

_SUFFIX = re.compile(r"(?<=..)(?:省|市|区|县|(?:壮族|回族|维吾尔)?自治区)$")
_OF_A_WORD = re.compile(r"(?<=市)[政场容民郊]|(?<=[区县])域")
"""What makes a word with the last character of a division: 西安|市政工程, not 西安市|政工程."""


@dataclass(frozen=True, slots=True)
class Place:
    """``short`` is its name without 省, 市, 区 or 县; ``code`` that of GB/T 2260, ``None`` for the mark of samples."""

    short: str
    code: str | None

    def holds(self, credit_code: str, plain_name: str) -> bool:
        """Whether an enterprise says in its name that it is here, or is registered here."""
        if self.short in plain_name:
            return True
        return self.code is not None and credit_code[2:8].startswith(self.code.removesuffix("00").removesuffix("00"))


def without_places(plain_name: str) -> tuple[str, ...]:
    """A normalised name from its beginning, and from after each of the places that it begins with.

    At least two characters are always left.
    """
    found = [plain_name]
    while (end := _end_of_place(found[-1])) and len(found[-1]) - end >= 2:
        found.append(found[-1][end:])
    return tuple(found)


def is_places(text: str) -> bool:
    """Whether a normalised text is nothing but places."""
    while end := _end_of_place(text):
        text = text[end:]
    return not text


def ways(text: str) -> tuple[tuple[tuple[Place, ...], str], ...]:
    """How a normalised text without blanks can be read as one or more places, by their names or pinyin, and
    something else; the latter is empty where it is places only."""
    found: list[tuple[tuple[Place, ...], str]] = []
    for way in _ways(text):
        if way not in found:
            found.append(way)
        if len(found) == MOST_WAYS:
            break
    return tuple(found)


def _ways(text: str) -> Iterator[tuple[tuple[Place, ...], str]]:
    known = _said() if text[:1] > "z" else _spelled()
    for end in range(min(len(text), _longest()), 1, -1):
        for place in known.get(text[:end], ()):
            yield (place,), text[end:]
            for more, rest in _ways(text[end:]):
                yield (place, *more), rest


def _end_of_place(text: str) -> int:
    """Where the place ends with which a normalised text begins, the longest one; 0 where it begins with none."""
    for place in _by_beginning().get(text[:2], ()):
        if text.startswith(place) and _OF_A_WORD.match(text, len(place)) is None:
            return len(place)
    return 0


@cache
def _by_beginning() -> dict[str, list[str]]:
    """Places by their first two characters, the longest first."""
    found: dict[str, list[str]] = {}
    for text in sorted(_said(), key=len, reverse=True):
        found.setdefault(text[:2], []).append(text)
    return found


@cache
def _said() -> dict[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    names = {region.name: region.code for region in regions.regions()} | _OTHERS
    for name, code in names.items():
        plain = normalise(name)
        place = Place(_SUFFIX.sub("", plain), code)
        for text in dict.fromkeys((plain, place.short)):
            found[text] = (*found.get(text, ()), place)
    mark = _letters_only(normalise(NAME_PREFIX))
    return found | {mark: (Place(mark, None),)}


@cache
def _spelled() -> dict[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    for text, places in _said().items():
        for sound, _ in readings(text):
            found[sound] = tuple(dict.fromkeys((*found.get(sound, ()), *places)))
    return found


@cache
def _longest() -> int:
    return max(map(len, _spelled()))


def _letters_only(text: str) -> str:
    return "".join(filter(str.isalnum, text))
