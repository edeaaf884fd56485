"""Texts as words: what the lexical score counts, in the index and in questions alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enterprises.dictionary import Kind, bundled
from enterprises.plain_text import normalise
from enterprises.source_text import read_file

if TYPE_CHECKING:
    from rjieba import Jieba

LONGEST_WORD: Final = 5
"""Names of facts and their values up to this length are words; longer ones are phrases."""

_LATIN = re.compile(r"[a-z0-9]+(?:[&.+/_-][a-z0-9]+|,[0-9]{3}(?![0-9]))+", re.ASCII)
"""Latin words and figures with signs inside, which are one word: r&d, 1.5, 2023-12-31, 5,000."""

_CHINESE = re.compile(r"[\u3400-\u9fff\u3007]+")
_WORD = re.compile(r"\w")


def tokens(text: str) -> list[str]:
    """The words of a normalised text in their order, stop words left out, a long word after the words inside it.

    高新技术企业 gives 高新, 技术, 企业, 高新技术 and itself. What no dictionary knows falls into characters.
    """
    return [part for word in words(text) for part in _parts(word)]


def words(text: str) -> list[str]:
    """The words of a normalised text: all of it in its order, blanks and punctuation included."""
    jieba = segmenter()
    if _LATIN.search(text) is None:
        return jieba.cut(text, False)
    found: list[str] = []
    place = 0
    for match in _LATIN.finditer(text):
        found += jieba.cut(text[place : match.start()], False)
        found.append(match[0])
        place = match.end()
    return found + jieba.cut(text[place:], False)


def is_word(text: str) -> bool:
    """Whether ``text`` is a word of common Chinese, or of policies."""
    return segmenter().has_word(text)


@cache
def stop_words() -> frozenset[str]:
    """The words that say nothing that one could search for."""
    return frozenset(_listed("stop"))


@cache
def particles() -> tuple[str, ...]:
    """The stop words of one character, the most usual first."""
    return tuple(word for word in _listed("stop") if len(word) == 1)


def is_stop_word(text: str) -> bool:
    """Whether ``text`` says nothing that one could search for."""
    return text in stop_words()


@cache
def policy_words() -> frozenset[str]:
    """The words that policies are about: a list of them, and the short names of facts and their values."""
    return frozenset((*_listed("policy"), *_of_facts()))


@cache
def digest() -> str:
    """SHA-256 of the words by which texts are cut: an index that was made by others has to be made anew."""
    return hashlib.sha256(" ".join((*sorted(policy_words()), "", *sorted(stop_words()))).encode()).hexdigest()


@cache
def segmenter() -> Jieba:
    """rjieba with the words of policies. It is filled here and never again, so that threads may share it."""
    from rjieba import Jieba

    jieba = Jieba()
    for word in (*policy_words(), *stop_words()):
        if not jieba.has_word(word):
            jieba.add_word(word, None, None)
    return jieba


@lru_cache(maxsize=1 << 16)
def _parts(word: str) -> tuple[str, ...]:
    """The words inside ``word``, short ones first, and itself; nothing for a stop word or a sign."""
    if word in stop_words() or _WORD.search(word) is None:
        return ()
    if len(word) < 3 or _CHINESE.fullmatch(word) is None:
        return (word.replace(",", ""),)
    inside = (word[start : start + size] for size in range(2, len(word)) for start in range(len(word) - size + 1))
    return (*(part for part in inside if is_word(part) and not is_stop_word(part)), word)


def _of_facts() -> Iterable[str]:
    """The short names of facts, and of the values that they can have."""
    declared = bundled()
    facts = [*declared.facts.values(), *(field for kind in declared.records.values() for field in kind.fields.values())]
    for fact in facts:
        options = fact.values if fact.kind in (Kind.ENUM, Kind.SET) else ()
        for word in (fact.label, *options):
            if 2 <= len(word) <= LONGEST_WORD and _CHINESE.fullmatch(word):
                yield normalise(word)


@cache
def _listed(name: str) -> tuple[str, ...]:
    """The words of one list of ``words.yaml``, in its order. Raises ``Problem``."""
    path = Path(str(files("recommender.search") / "words.yaml"))
    return tuple(read_file(path, path.name).fields(("policy", "stop"))[name].text().split())
