"""What to show of a text that was found: its best stretch, with what was asked for marked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from enterprises.plain_text import aligned
from recommender.search.tokens import words

WIDTH: Final = 80
"""How many characters are shown; most screens have room for two lines of forty."""

CUT: Final = "…"
"""What stands where the text goes on."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the text as it was written, and whether it was asked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """The parts of a text that are shown, in their order; ``…`` where it goes on before or behind."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All of it, unmarked."""
        return "".join(part.text for part in self.parts)


_STRONG = re.compile(r"[。;!?\n](?!$)|(?<=\s)\s")
_WEAK = re.compile(r"(?<!\d)[,、:]|[,、:](?!\d)")
_UNIT = re.compile(r"[%‰万亿千百十元年月日号个人户家项倍]|工作日|千瓦|平方米")
_NUMBER_ENDS = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿]$")

Span = tuple[int, int]


def snippet(text: str, terms: Mapping[str, float], width: int = WIDTH) -> Snippet:
    """The stretch of ``text`` that says most of the weighted ``terms``, of about ``width`` characters.

    ``terms`` are as ``Query.terms`` has them, and find traditional and full-width characters too. The stretch begins
    and ends with a clause where there is room, else with a word; a number keeps its unit. Only a word longer than
    ``width`` is cut. Takes time linear in the text.
    """
    there = aligned(text)
    hits = _hits(there.plain, terms)
    start, end = _window(there.plain, hits, terms, width)
    shown = _joined([hit for hit in hits if start <= hit[0] and hit[1] <= end])
    return Snippet(tuple(_parts(text, there.origins, (start, end), shown)))


def _hits(plain: str, terms: Mapping[str, float]) -> list[Span]:
    """The places of terms; single characters only where no longer term is there, since they are in too many words."""
    return _found(plain, [term for term in terms if len(term) > 1]) or _found(plain, [t for t in terms if len(t) == 1])


def _found(plain: str, terms: Sequence[str]) -> list[Span]:
    if not terms:
        return []
    longest_first = sorted(terms, key=len, reverse=True)
    pattern = "|".join(_whole(term) if term[-1:].isascii() else re.escape(term) for term in longest_first)
    return [match.span() for match in re.finditer(pattern, plain)]


def _whole(term: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(term)}(?![a-z0-9])"


def _joined(hits: Sequence[Span]) -> list[Span]:
    """Hits that touch are one: 技术 and 改造 in 技术改造."""
    joined: list[Span] = []
    for start, end in hits:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _window(plain: str, hits: Sequence[Span], terms: Mapping[str, float], width: int) -> Span:
    """Where the stretch begins and ends."""
    if len(plain) <= width:
        return 0, len(plain)
    first, last = _densest(plain, hits, terms, width) if hits else (0, 0)
    edges = _Edges(plain)
    start = edges.before(first, max(0, last - width)) if last > width else 0
    if start + width >= len(plain):
        return start, len(plain)
    return start, edges.after(last, start, max(start + width, last))


def _densest(plain: str, hits: Sequence[Span], terms: Mapping[str, float], width: int) -> Span:
    """The hits within ``width`` characters that weigh most, each term counted once: their first and last place."""
    said: Counter[str] = Counter()
    weight = best_weight = 0.0
    best = hits[0]
    left = 0
    for start, end in hits:
        term = plain[start:end]
        weight += terms[term] * len(term) if not said[term] else 0.0
        said[term] += 1
        while end - hits[left][0] > width and hits[left][0] < start:
            gone = plain[slice(*hits[left])]
            said[gone] -= 1
            weight -= terms[gone] * len(gone) if not said[gone] else 0.0
            left += 1
        if weight > best_weight + 1e-9:
            best_weight, best = weight, (hits[left][0], end)
    return best


class _Edges:
    """Where a text may be cut."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.strong = [match.end() for match in _STRONG.finditer(plain)]
        self.weak = [match.end() for match in _WEAK.finditer(plain)]

    def before(self, place: int, earliest: int) -> int:
        """The beginning of the clause that ``place`` is in, not before ``earliest``; else that of a word."""
        for edges in (self.strong, self.weak):
            at = bisect_right(edges, place) - 1
            if at >= 0 and edges[at] >= earliest:
                return edges[at]
        words_between = [edge for edge in self._words() if (earliest + place) // 2 <= edge <= place]
        return words_between[0] if words_between else place

    def after(self, place: int, start: int, latest: int) -> int:
        """Where the last clause till ``latest`` ends if that leaves half of the room, else the last word."""
        for edges in (self.strong, self.weak):
            at = bisect_right(edges, latest) - 1
            if at >= 0 and edges[at] >= max(place, (start + latest) // 2):
                return edges[at]
        edges = self._words()
        at = bisect_right(edges, latest) - 1
        return max(place, edges[at]) if edges[at] > start else latest  # one word, longer than all that may be shown

    def _words(self) -> list[int]:
        """The places between words; none between a number and its unit."""
        edges, place, before = [0], 0, ""
        for word in words(self.plain):
            if place and not (_NUMBER_ENDS.search(before) and (_UNIT.match(word) or word[0].isdigit())):
                edges.append(place)
            place += len(word)
            before = word
        return [*edges, place]


def _parts(text: str, origins: Sequence[int], window: Span, hits: Sequence[Span]) -> Iterator[Part]:
    """The parts of the original, where ``window`` and ``hits`` are places in the plain text."""
    start, end = window
    if start == end:
        return
    place = origins[start] if start else 0
    stop = origins[end - 1] + 1 if end < len(origins) else len(text)
    other = CUT if start else ""
    for hit_start, hit_end in hits:
        other += text[place : origins[hit_start]]
        if other:
            yield Part(other, hit=False)
        first, place = max(place, origins[hit_start]), origins[hit_end - 1] + 1
        yield Part(text[first:place], hit=True)
        other = ""
    other += text[place:stop] + (CUT if end < len(origins) else "")
    if other:
        yield Part(other, hit=False)
