"""Texts as they are compared: simplified, lower case, half width, without what cannot be searched for."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

_TONED_U = dict.fromkeys("üǖǘǚǜÜǕǗǙǛ", "v")
"""Pinyin's ü is typed as v; all other accents and tones are left off."""

_RADICALS = dict(
    zip(
        "⺠⺟⻁⻄⻅⻉⻋⻌⻓⻔⻘⻙⻚⻛⻜⻝⻢⻤⻥⻦⻧⻨⻩⻬⻮⻰",
        "民母虎西见贝车辶长门青韦页风飞食马鬼鱼鸟卤麦黄齐齿龙",
        strict=True,
    )
)
"""Radicals that PDF files put for characters, and for which Unicode knows no equivalent."""

_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"
_DROPPED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "So", "Sk"})
"""Categories that no search is about: control characters, accents by themselves, pictures, halves of pairs."""

_LAST_OF_BMP = 0xFFFF


class _Plain(dict[int, str]):
    """What each character becomes, found out when it is first met; as ``str.translate`` wants it."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if code <= _LAST_OF_BMP:  # all others, a million, are rare: remembering them would let texts fill the memory
            self[code] = plain
        return plain


def _plain(character: str) -> str:
    if character in _TONED_U:
        return _TONED_U[character]
    if character in _RADICALS:
        return _RADICALS[character]
    if character in _BLANKS:
        return " "
    parts = unicodedata.normalize("NFKD", character).lower()
    kept = (part for part in parts if unicodedata.category(part) not in _DROPPED)
    return "".join(" " if part.isspace() else part for part in kept)


_PLAIN = _Plain()


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text as it is compared, and of each of its characters where it came from in the original."""

    plain: str
    origins: Sequence[int]


def normalise(text: str) -> str:
    """``text`` as it is compared: NFKD (so Kangxi radicals, full width and ligatures fall together) without accents,
    lower case, simplified; control characters and pictures out, runs of blanks as one.

    The same again changes nothing. Never raises.
    """
    return simplified(" ".join(text.translate(_PLAIN).split()))


def aligned(text: str) -> Aligned:
    """``normalise(text)`` with the place of each character in ``text``."""
    plain = " ".join(text.translate(_PLAIN).split())
    if len(plain) == len(text) and all(len(_PLAIN[ord(character)]) == 1 for character in set(text)):
        return Aligned(simplified(plain), range(len(text)))  # nearly all texts: one for one
    pairs: list[tuple[str, int]] = []
    for place, character in enumerate(text):
        for part in _PLAIN[ord(character)]:
            if part == " " and (not pairs or pairs[-1][0] == " "):
                continue
            pairs.append((part, place))
    if pairs and pairs[-1][0] == " ":
        pairs.pop()
    plain = simplified("".join(part for part, _ in pairs))
    return Aligned(plain, tuple(place for _, place in pairs))


def simplified(text: str) -> str:
    """``text`` with traditional characters as simplified ones, character for character.

    OpenCC is asked only where there is a character beyond GB 2312, which holds the simplified ones. What is both,
    such as 著 and 乾, so stays as it is in a simplified text (著作权).
    """
    if not any("\u3400" <= character <= "\u9fff" for character in set(text) - common_characters()):
        return text
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        return converted
    return "".join(_one(character) for character in text)  # a phrase changed its length: places would no longer agree


def _one(character: str) -> str:
    converted = str(_converter().convert(character))
    return converted if len(converted) == 1 else character


@cache
def common_characters() -> frozenset[str]:
    """The 6,763 simplified characters of GB 2312."""
    rows = (bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return frozenset("".join(rows))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
