"""Pinyin in questions: jishugaizao, zhuan jing te xin, 技术gaizao, and initials such as jsgz."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from recommender.search.typos import Correction
from recommender.search.vocabulary import LONGEST, SHORTEST_OF_INITIALS, Vocabulary

MOST_WORDS: Final = 8
"""So many words with blanks between are tried together, such as zhuan jing te xin."""

LONGEST_SYLLABLE: Final = 6
MOST_LETTERS: Final = 64
"""What is longer is no pinyin that anybody typed."""

_RUN = re.compile(r"(?<![a-z0-9&.+/_-])[a-z]+(?:(?: |')[a-z]+)*(?![a-z0-9&.+/_-])")
_WORD = re.compile(r"[a-z]+")
_CHINESE_BEFORE = re.compile(r"[\u3400-\u9fff]{1,3}$")
_CHINESE_AFTER = re.compile(r"[\u3400-\u9fff]{1,3}")
_READINGS = 8
_SINGLE = 6.0
"""How much less likely a single character is than its frequency says: most of what is typed are words of two."""

_CLEARLY = 2
"""How many times as frequent the likeliest word must be as the next, where initials fit several."""


def spelled_in(text: str, vocabulary: Vocabulary, taken: frozenset[int] = frozenset()) -> tuple[Correction, ...]:
    """The pinyin in a normalised text, in its order, save for what lies at the places ``taken``."""
    return tuple(
        correction
        for run in _RUN.finditer(text)
        for correction in _in_run(text, _words(text, run, vocabulary, taken), vocabulary)
    )


def _words(text: str, run: re.Match[str], vocabulary: Vocabulary, taken: frozenset[int]) -> list[tuple[int, int]]:
    """The places of the words of a run which nobody knows otherwise."""
    spans = (word.span() for word in _WORD.finditer(text, *run.span()))
    return [span for span in spans if span[0] not in taken and text[slice(*span)] not in vocabulary.counts]


def _in_run(text: str, words: Sequence[tuple[int, int]], vocabulary: Vocabulary) -> Iterator[Correction]:
    first = 0
    while first < len(words):
        mixed = _mixed(text, *words[first], vocabulary)
        if mixed is not None:
            yield mixed
            first += 1
            continue
        for last in range(min(first + MOST_WORDS, len(words)), first, -1):
            start, end = words[first][0], words[last - 1][1]
            meant = _decoded("".join(text[slice(*word)] for word in words[first:last]), vocabulary)
            if meant is not None:
                yield Correction(text[start:end], meant, "拼音", 1.0, start, end)
                break
        else:
            last = first + 1
            start, end = words[first]
            word = _of_initials(text[start:end], vocabulary)
            if word is not None:
                yield Correction(text[start:end], word, "拼音首字母", 0.9, start, end)
        first = last


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read letters: how likely it is (a logarithm), and how many of them single characters stand for."""

    likely: float
    text: str
    by_singles: int


def _decoded(letters: str, vocabulary: Vocabulary) -> str | None:
    """The likeliest words that ``letters`` spell from end to end; ``None`` where they spell none.

    Words of several characters must make up half of them: any English word may happen to be made of syllables.
    """
    if len(letters) > MOST_LETTERS:
        return None
    best: list[_Way | None] = [_Way(0.0, "", 0), *[None] * len(letters)]
    for start in range(len(letters)):
        so_far = best[start]
        if so_far is None:
            continue
        for end in range(start + 1, min(len(letters), start + LONGEST * LONGEST_SYLLABLE) + 1):
            word = _likeliest(letters[start:end], vocabulary)
            if word is None:
                continue
            likely = so_far.likely + math.log((vocabulary.counts.get(word, 0) + 1) / (10 * len(vocabulary.counts) + 10))
            single = end - start if len(word) == 1 else 0
            held = best[end]
            likely -= _SINGLE if single else 0
            if held is None or likely > held.likely:
                best[end] = _Way(likely, so_far.text + word, so_far.by_singles + single)
    whole = best[-1]
    return whole.text if whole and whole.by_singles * 2 <= len(letters) else None


def _likeliest(letters: str, vocabulary: Vocabulary) -> str | None:
    """The most frequent word that is spelled so; a single character only where no longer word is."""
    spelled = vocabulary.spelled.get(letters, ())
    return next((word for word in spelled if len(word) > 1), spelled[0] if spelled else None)


def _mixed(text: str, start: int, end: int, vocabulary: Vocabulary) -> Correction | None:
    """The longest word that letters at this place make together with the characters beside them."""
    before, after = _CHINESE_BEFORE.search(text, max(start - 3, 0), start), _CHINESE_AFTER.match(text, end)
    left, right = before[0] if before else "", after[0] if after else ""
    sizes = ((one, other) for one in range(len(left), -1, -1) for other in range(len(right), -1, -1) if one + other)
    for one, other in sorted(sizes, key=sum, reverse=True):
        head, tail = left[len(left) - one :], right[:other]
        for word in _sounding(head, text[start:end], tail, vocabulary):
            return Correction(text[start - one : end + other], word, "拼音", 1.0, start - one, end + other)
    return None


def _sounding(head: str, letters: str, tail: str, vocabulary: Vocabulary) -> Iterator[str]:
    ways = [vocabulary.readings.get(character, "").split() for character in head], [letters.split()]
    ends = [vocabulary.readings.get(character, "").split() for character in tail]
    for syllables in islice(product(*ways[0], *ways[1], *ends), _READINGS):
        for word in vocabulary.spelled.get("".join(syllables), ()):
            if len(word) > len(head) + len(tail) and word.startswith(head) and word.endswith(tail):
                yield word


def _of_initials(letters: str, vocabulary: Vocabulary) -> str | None:
    words = vocabulary.initials.get(letters, ()) if len(letters) >= SHORTEST_OF_INITIALS else ()
    counts = [vocabulary.counts.get(word, 0) + 1 for word in words]
    return words[0] if len(words) == 1 or (words and counts[0] >= _CLEARLY * counts[1]) else None
