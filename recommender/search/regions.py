"""Places that questions name: 延安, 宝塔区, 陕西省延安市."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from enterprises import regions


@dataclass(frozen=True, slots=True)
class RegionHint:
    """A place that a question names, and all regions (GB/T 2260) of that name; ``start`` and ``end``: its place in the
    plain text."""

    said: str
    codes: tuple[str, ...]
    start: int
    end: int


_ENDINGS: Final = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "区", "县")
_OTHER_MEANINGS: Final = frozenset({"延长", "武功", "新城", "平利", "白水", "镇安"})
"""Names that are common words where 县 or 区 is left off: 延长期限, 武功."""


def regions_in(text: str, words: Sequence[str]) -> tuple[RegionHint, ...]:
    """The places named in a normalised text, of which ``words`` are all the words. A name begins and ends with a word
    (新|城镇化 is not 新城)."""
    names, longest = _names(), max(map(len, _names()))
    edges = _edges(words)
    found: list[RegionHint] = []
    place = 0
    while place < len(text):
        ends = (end for end in range(min(len(text), place + longest), place + 1, -1) if end in edges)
        end = next((end for end in ends if text[place:end] in names), None) if place in edges else None
        if end is not None:
            found.append(RegionHint(text[place:end], names[text[place:end]], place, end))
        place = end or place + 1
    return tuple(found)


def finest(hints: Sequence[RegionHint]) -> tuple[RegionHint, ...]:
    """The places that contain no other one of them: of 延安市 and 宝塔区, 宝塔区."""
    return tuple(hint for hint in hints if not any(_contains(hint, other) for other in hints))


def _contains(hint: RegionHint, other: RegionHint) -> bool:
    return all(any(code != inner and regions.nested(inner, code) for inner in other.codes) for code in hint.codes)


def _edges(words: Sequence[str]) -> set[int]:
    edges, place = {0}, 0
    for word in words:
        place += len(word)
        edges.add(place)
    return edges


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Names with and without 省, 市, 区 or 县, and the codes that go by them."""
    names: dict[str, tuple[str, ...]] = {}
    for region in regions.regions():
        short = next((region.name.removesuffix(end) for end in _ENDINGS if region.name.endswith(end)), region.name)
        for name in {region.name, short} - _OTHER_MEANINGS:
            if len(name) >= 2:
                names[name] = (*names.get(name, ()), region.code)
    return names
