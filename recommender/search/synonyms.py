"""What people say and what policies call it: a lexicon as data (``synonyms.yaml``), with a small English one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from enterprises.plain_text import normalise
from enterprises.source_text import read_file
from policies.items import Category, Delivery

_GAP: Final = "…"
_WIDEST: Final = 6
"""How many characters may stand where a saying has a gap."""

_ENGLISH_WORD = re.compile(r"[a-z][a-z&-]*[a-z]")
_LONGEST_PHRASE: Final = 3


@dataclass(frozen=True, slots=True)
class Expansion:
    """What was said, and the word of policies that it stands for; ``start`` and ``end``: its place in the text.

    ``same``: one is the other said otherwise, and not merely related to it.
    """

    said: str
    meant: str
    start: int
    end: int
    same: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``sayings``: what people say, to the words that policies have for it; ``gapped`` the same with a gap inside,
    ``same`` the pairs of these that are one thing said in two ways.

    ``wishes``: what people say to the categories and deliveries that they wish for. ``english``: words and phrases.
    """

    sayings: Mapping[str, tuple[str, ...]]
    gapped: tuple[tuple[re.Pattern[str], str, str], ...]
    wishes: Mapping[str, tuple[Category | Delivery, ...]]
    english: Mapping[str, str]
    same: frozenset[tuple[str, str]]

    def expansions(self, text: str) -> tuple[Expansion, ...]:
        """The words of policies for what a normalised text says, each once, in the order of the text."""
        found: dict[str, Expansion] = {}
        for expansion in sorted(self._found(text), key=lambda each: (each.start, -each.end)):
            if expansion.meant not in text:
                found.setdefault(expansion.meant, expansion)
        return tuple(found.values())

    def _found(self, text: str) -> Iterator[Expansion]:
        for said, meant in self.sayings.items():
            place = text.find(said)
            if place >= 0:
                end = place + len(said)
                yield from (Expansion(said, word, place, end, (said, word) in self.same) for word in meant)
        for pattern, first, word in self.gapped:
            match = pattern.search(text) if first in text else None
            if match:
                yield Expansion(match[0], word, *match.span())

    def wished(self, text: str) -> tuple[Category | Delivery, ...]:
        """The categories and deliveries that a normalised text speaks of."""
        return tuple(dict.fromkeys(wish for said, wishes in self.wishes.items() if said in text for wish in wishes))

    def translations(self, text: str) -> tuple[Expansion, ...]:
        """What the English words of a normalised text mean, the longest phrases first, in the order of the text."""
        words = [match.span() for match in _ENGLISH_WORD.finditer(text)]
        found: list[Expansion] = []
        first = 0
        while first < len(words):
            for last in range(min(first + _LONGEST_PHRASE, len(words)), first, -1):
                start, end = words[first][0], words[last - 1][1]
                meant = self.english.get(text[start:end])
                if meant is not None:
                    found.append(Expansion(text[start:end], meant, start, end))
                    break
            else:
                last = first + 1
            first = last
        return tuple(found)


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships with the package. Raises ``Problem``."""
    path = Path(str(files("recommender.search") / "synonyms.yaml"))
    parts = read_file(path, path.name).fields(("same", "meanings", "categories", "deliveries", "english"))
    sayings: dict[str, tuple[str, ...]] = {}
    gapped: list[tuple[re.Pattern[str], str, str]] = []
    same = [
        (normalise(each.text()), meant) for meant, entry in parts["same"].mapping().items() for each in entry.items()
    ]
    for said, meant in same:
        sayings[said] = (*sayings.get(said, ()), meant)
    for meant, entry in parts["meanings"].mapping().items():
        for said in (normalise(each.text()) for each in entry.items()):
            if _GAP in said or "..." in said:
                gapped.append((_pattern(said), said.partition("...")[0], meant))
            else:
                sayings[said] = (*sayings.get(said, ()), meant)
    wishes: dict[str, tuple[Category | Delivery, ...]] = {}
    for kind, part in ((Category, "categories"), (Delivery, "deliveries")):
        for wish, entry in parts[part].mapping().items():
            for said in (normalise(each.text()) for each in entry.items()):
                wishes[said] = (*wishes.get(said, ()), kind(wish))
    english = {normalise(said): entry.text() for said, entry in parts["english"].mapping().items()}
    return Lexicon(sayings, tuple(gapped), wishes, english, frozenset(same))


def _pattern(said: str) -> re.Pattern[str]:
    return re.compile(rf".{{0,{_WIDEST}}}?".join(map(re.escape, said.split("..."))))
