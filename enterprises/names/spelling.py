"""How names of enterprises sound: 恒泰机械 as hengtaijixie, and by its initials, htjx.

A word is read as pypinyin's phrases have it, and, where a character has several readings that names use, also
otherwise: who types 长乐 may say changle, who reads a sign may say zhangle. Tones are left off, ü is v.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

Reading = tuple[str, str]
"""Pinyin run together, and the initials."""

MOST_READINGS: Final = 6
"""How many readings of a name are kept, the likeliest first."""

# fmt: off
_SEVERAL = {
    "长": "chang zhang", "行": "hang xing", "乐": "le yue", "重": "zhong chong", "都": "du dou", "厦": "sha xia",
    "朝": "chao zhao", "盛": "sheng cheng", "藏": "cang zang", "曾": "zeng ceng", "单": "dan shan", "查": "cha zha",
    "翟": "zhai di", "柏": "bai bo", "种": "zhong chong", "率": "lv shuai", "柞": "zha zuo", "卜": "bu bo",
    "解": "jie xie", "仇": "chou qiu", "尉": "wei yu", "蔚": "wei yu", "巷": "xiang hang", "薄": "bo bao",
    "露": "lu lou", "堡": "bao bu pu", "绿": "lv lu", "吕": "lv lu", "律": "lv lu", "旅": "lv lu", "铝": "lv lu",
    "女": "nv nu",
}
# fmt: on
"""The readings of characters that names of enterprises use, the usual one first; where ü is typed as u, that too."""

_RUN = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")


def readings(text: str) -> tuple[Reading, ...]:
    """The readings of a normalised text without blanks, at most ``MOST_READINGS``. What is no Chinese stays."""
    return readings_of_words(_RUN.findall(text))


def readings_of_words(words: Sequence[str]) -> tuple[Reading, ...]:
    """The readings of a text that has been cut into words: each is looked up once, and remembered.

    First all words in their first reading, and then each one of them in each of its others.
    """
    parts = [_readings(word) for word in words]
    if sum(map(len, parts)) == len(parts):  # most names can be read in one way only
        return (_joined([part[0] for part in parts]),)
    return tuple(dict.fromkeys(islice(_varied(parts), MOST_READINGS)))


def _varied(parts: Sequence[tuple[Reading, ...]]) -> Iterator[Reading]:
    first = [part[0] for part in parts]
    yield _joined(first)
    for place, part in enumerate(parts):
        for other in part[1:]:
            yield _joined([*first[:place], other, *first[place + 1 :]])


def _joined(parts: Sequence[Reading]) -> Reading:
    return "".join([sound for sound, _ in parts]), "".join([initials for _, initials in parts])


@lru_cache(maxsize=1 << 16)
def _readings(word: str) -> tuple[Reading, ...]:
    if not "\u3400" <= word[:1] <= "\u9fff":
        return ((word, word),)
    usual = [_others(character)[0] if character in _SEVERAL else _sound(character) for character in word]
    phrase = _syllables(word)
    if len(phrase) != len(word):  # characters that nobody knows how to read come in one piece
        phrase = usual
    ways = [phrase, usual]
    for place, character in enumerate(word):
        ways += ([*phrase[:place], sound, *phrase[place + 1 :]] for sound in _others(character))
    spelled = (("".join(way), "".join(syllable[0] for syllable in way)) for way in ways)
    return tuple(dict.fromkeys(spelled))[:MOST_READINGS]


def _others(character: str) -> list[str]:
    """All its readings, where several are plausible."""
    return _SEVERAL.get(character, "").split()


@lru_cache(maxsize=1 << 15)
def _sound(character: str) -> str:
    return _syllables(character)[0]


def _syllables(word: str) -> list[str]:
    """The syllables of a word as a phrase has them, else its characters; what has no reading stays."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin(word)
