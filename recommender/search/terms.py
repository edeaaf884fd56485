"""What the lexical score counts: words, and beside them the characters that they are made of.

Chinese words that mean alike often share a character (设备, 装备; 补助, 补贴), and so do the words that one text is cut
into and another is not. Characters therefore count too, but less than a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from enterprises.plain_text import normalise
from recommender.search.entries import Entry
from recommender.search.tokens import tokens

TITLE = 3.0
"""How often a word of the title counts: who writes a title chooses each of its few words."""

TEXT = 0.5
"""How often a word counts that stands neither in the title nor in the summary."""

CHARACTER = 0.3
"""What a character counts beside the word that it is part of; chosen on the tuning questions (``huiqi evaluate``)."""

COMMON = 1 / 3
"""Characters that more than this share of all entries say are not looked for beside their words: they tell little."""


def words_of(entry: Entry) -> dict[str, float]:
    """How often, weighted, an entry says each word."""
    words: dict[str, float] = {}
    for text, weight in ((entry.title, TITLE), (entry.summary, 1.0), (entry.text, TEXT)):
        for word in _cut(text):
            words[word] = words.get(word, 0.0) + weight
    return words


def with_characters(words: Mapping[str, float]) -> dict[str, float]:
    """Words and their characters, each as often as they are said."""
    terms = dict(words)
    for word, often in words.items():
        for character in _characters(word):
            terms[character] = terms.get(character, 0.0) + often
    return terms


def asked_terms(words: Mapping[str, float], share: Callable[[str], float]) -> dict[str, float]:
    """The words asked for and their characters, each with the most that it counts; ``share`` of entries say a term."""
    terms = dict(words)
    for word, weight in words.items():
        for character in _characters(word):
            if share(character) <= COMMON:
                terms[character] = max(terms.get(character, 0.0), CHARACTER * weight)
    return terms


@lru_cache(maxsize=256)
def _cut(text: str) -> tuple[str, ...]:
    """The words of a text; the clauses of a document, which follow each other, share their title."""
    return tuple(tokens(normalise(text)))


@lru_cache(maxsize=1 << 16)
def _characters(word: str) -> str:
    """The Chinese characters that a longer word is made of."""
    return "".join(each for each in word if _FIRST <= each <= _LAST) if len(word) > 1 else ""


_FIRST, _LAST = "\u3400", "\u9fff"
