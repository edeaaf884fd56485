"""The keys under which a name is found: a kind, and what somebody may type of the name from its beginning.

A key is bytes, so that both databases order keys alike whatever their collation, in GB 18030: no character's bytes
begin those of another, so that texts that begin alike have keys that do, common characters take two bytes and not
three, and they are ordered by pinyin, which is how a list of names is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from enterprises.names.places import is_places, without_places
from enterprises.names.spelling import Reading, readings_of_words
from enterprises.plain_text import normalise

if TYPE_CHECKING:
    from rjieba import Jieba

LONGEST: Final = 40
"""So many bytes of a key are kept: a kind and 19 characters, or 39 letters."""

LONGEST_NAME: Final = 200
"""So many characters of a name are looked at; longer ones are not registered."""

_MOST_WORDS: Final = 8

Kind = Literal["f", "c", "w", "s", "t", "i", "j"]
"""Where in a name a key begins, and how it is written; it stands before the text."""

FULL: Final = "f"
CORE: Final = "c"
"""After a place with which the name begins: 恒泰机械… of 延安市恒泰机械…."""
WORD: Final = "w"
"""At a later word: 机械…."""
SOUND: Final = "s"
CORE_SOUND: Final = "t"
INITIALS: Final = "i"
CORE_INITIALS: Final = "j"

_BRACKETED = re.compile(r"\(([^()]*)\)")
_FORM = re.compile(
    r"(?:集团|股份|有限|责任|[总分子]?公司|普通|特殊|合伙|个人独资|企业|农民|专业|合作社|联合社|家庭农场|代表处|办事处"
    r"|个体工商户|[厂店部社行])++$"
)
"""The legal form at the end of a name, from where no word of its own begins."""


def key(kind: Kind, text: str) -> bytes:
    """The key, or the beginning of one, for a text in its plain form."""
    return (kind + text).encode("gb18030")[:LONGEST]


def keys(name: str) -> frozenset[bytes]:
    """All keys of a name; none for one that has neither letters nor figures."""
    return frozenset([key(kind, text) for kind, text in _texts(name)])


def written(name: str) -> tuple[str, ...]:
    """A name in its plain form, and without the places in brackets: 恒泰(延安)机械 is called 恒泰机械 too."""
    normal = normalise(name[:LONGEST_NAME])
    whole = _only_letters(normal)
    if "(" not in normal:
        return (whole,)
    bare = _only_letters(_BRACKETED.sub(lambda found: "" if is_places(found[1]) else found[0], normal))
    return (whole, bare) if bare and bare != whole else (whole,)


def spelled(name: str) -> tuple[Reading, ...]:
    """How a name may be read, with the places at its beginning and without them."""
    starts = without_places(written(name)[0])
    words = words_of(starts[-1])
    return (*_read(starts, words), *readings_of_words(words))


def _texts(name: str) -> Iterator[tuple[Kind, str]]:
    whole, *bare = written(name)
    if not whole:
        return
    starts = without_places(whole)
    core = starts[-1]
    words = words_of(core)
    yield FULL, whole
    for start in starts[1:]:
        yield CORE, start
    for text in bare:
        yield CORE, without_places(text)[-1]
    for start in islice(_later(words, core), _MOST_WORDS):
        yield WORD, start
    for sound, initials in readings_of_words(words):
        yield CORE_SOUND, sound
        yield CORE_INITIALS, initials
    for sound, initials in _read(starts, words):
        yield SOUND, sound
        yield INITIALS, initials


def _read(starts: Sequence[str], words: Sequence[str]) -> tuple[Reading, ...]:
    """The readings of a name with its places; none for one that begins with no place."""
    if len(starts) == 1:
        return ()
    # Its places are looked up as one word: there are few, so that they are all remembered.
    return readings_of_words([starts[0][: -len(starts[-1])], *words])


def _later(words: Sequence[str], core: str) -> Iterator[str]:
    """A name from each of its words but the first, as far as its legal form; single characters begin nothing."""
    form = _FORM.search(core)
    end = form.start() if form else len(core)
    place = 0
    for word in words:
        if 0 < place < end and len(word) > 1:
            yield core[place:]
        place += len(word)


def _only_letters(text: str) -> str:
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def words_of(text: str) -> list[str]:
    """A plain text in words, all of it."""
    return _segmenter().cut(text)


@cache
def _segmenter() -> Jieba:
    from rjieba import Jieba

    return Jieba()
