"""The words that can be found at all, and how each of them sounds: what pinyin and slips are held against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from enterprises.plain_text import common_characters, normalise
from recommender.search.tokens import particles, policy_words, tokens

LONGEST: Final = 8
"""Words of more characters are not looked for behind pinyin or slips."""

SHORTEST_OF_INITIALS: Final = 4
"""Of how many letters initials must be to stand for a word: jsgz, not zc."""

OPEN: Final = "?"
"""What stands for the character that is left open in a gap."""

_CHINESE = re.compile(rf"[\u3400-\u9fff]{{1,{LONGEST}}}")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Immutable; made when an index is built, and stored with it.

    ``counts``: how many texts say each word. ``sounds``: the syllables, parted by blanks, of each Chinese word of at
    most ``LONGEST`` characters that the texts, or policies elsewhere, use, and of particles. ``readings``: how a
    character may sound, the usual way first. The others follow from these, and name the most frequent word first:
    ``spelled`` by pinyin run together (jishugaizao), ``initials`` by the first letters of syllables, ``gaps`` words of
    policies of three characters and more with any one left open (专?特新).
    """

    counts: Mapping[str, int]
    sounds: Mapping[str, str]
    readings: Mapping[str, str]
    spelled: Mapping[str, Words]
    initials: Mapping[str, Words]
    gaps: Mapping[str, Words]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The vocabulary of ``texts``, as they were written."""
        return cls.counting(set(tokens(normalise(text))) for text in texts)

    @classmethod
    def counting(cls, said: Iterable[Iterable[str]]) -> Vocabulary:
        """The vocabulary of texts of which each is given as its different words."""
        counts: Counter[str] = Counter()
        for words in said:
            counts.update(words)
        ordered = dict(counts.most_common())
        spoken = dict.fromkeys([*particles(), *ordered, *sorted(policy_words())])
        return cls._of(ordered, {word: _sound(word) for word in spoken if _CHINESE.fullmatch(word)}, _readings())

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> Vocabulary:
        """The vocabulary that ``to_plain`` gave. Raises ``KeyError`` or ``TypeError`` where it did not."""
        counts, sounds, readings = plain["counts"], plain["sounds"], plain["readings"]
        if not (isinstance(counts, dict) and isinstance(sounds, dict) and isinstance(readings, dict)):
            raise TypeError("a vocabulary is three mappings")
        return cls._of(counts, sounds, readings)

    def to_plain(self) -> dict[str, object]:
        """The same as JSON holds it; the order of the words counts."""
        return {"counts": dict(self.counts), "sounds": dict(self.sounds), "readings": dict(self.readings)}

    @classmethod
    def _of(cls, counts: Mapping[str, int], sounds: Mapping[str, str], readings: Mapping[str, str]) -> Vocabulary:
        spelled: dict[str, Words] = {}
        initials: dict[str, Words] = {}
        gaps: dict[str, Words] = {}
        for word, sound in sounds.items():
            _add(spelled, sound.replace(" ", ""), word)
            if len(word) >= SHORTEST_OF_INITIALS:
                _add(initials, "".join(syllable[0] for syllable in sound.split()), word)
        for word in sounds.keys() & policy_words():
            for gap in with_gaps(word) if len(word) >= 3 else ():
                _add(gaps, gap, word)
        return cls(counts, sounds, readings, spelled, initials, gaps)


def _add(words: dict[str, Words], key: str, word: str) -> None:
    held = words.get(key)
    words[key] = (word,) if held is None else (*held, word)


def with_gaps(word: str) -> Iterator[str]:
    """``word`` with each of its characters left open in turn."""
    return (word[:place] + OPEN + word[place + 1 :] for place in range(len(word)))


@lru_cache(maxsize=1 << 16)
def _sound(word: str) -> str:
    """The syllables of a Chinese word without tones; ü is v."""
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(word, errors=lambda _: OPEN))


@cache
def _readings() -> dict[str, str]:
    """How each character of GB 2312 may sound."""
    from pypinyin import Style, pinyin

    return {
        character: " ".join(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]))
        for character in sorted(common_characters())
    }
