"""Who is meant: an enterprise by its credit code, or by what somebody typed of its name.

A name is found by its beginning, by the beginning of what follows its places, or of any word after that, in characters,
pinyin or initials, or by several parts of it in any order. Each is a range of keys with a limit, so that a search takes
as long in a small database as in a large one. Slips are not corrected: another enterprise is worse than none.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, literal, select
from sqlmodel import Session, col

from enterprises.names import keys
from enterprises.names.keys import Kind, key, spelled, written
from enterprises.names.places import Place, ways
from enterprises.names.question import Question, is_spelled, understand
from enterprises.names.spelling import MOST_READINGS, readings
from enterprises.names.tables import NameKeyRow
from enterprises.tables import EnterpriseName, EnterpriseRow

SHOWN: Final = 20
"""The most enterprises that are found at once."""

_MOST_COUNTED: Final = 6
"""Of so many parts it is looked which one is the rarest."""

_LOOKED_THROUGH: Final = 4000
"""So many names at most are compared where a key alone does not decide."""


@dataclass(frozen=True, slots=True)
class Found:
    """Enterprises that may be meant, the likeliest first; ``more``: there may be others, and the text is too short."""

    enterprises: tuple[EnterpriseName, ...] = ()
    more: bool = False


def find(session: Session, text: str) -> Found:
    """The enterprises that have a name and that ``text`` may mean.

    First the one that is called exactly so, then those whose name begins so, those whose name does after its places,
    those in which a later word does; each by their names. Raises ``BadText``, in Chinese, for what is no question: too
    short, too long, or a credit code that is wrong or not whole.
    """
    question = understand(text)
    return _by_code(session, question.code) if question.code else _by_name(session, question)


def _by_code(session: Session, code: str) -> Found:
    # A code without a name is answered like one that is not there, by the same look into the same index.
    wanted = select(col(EnterpriseRow.name)).where(
        col(EnterpriseRow.credit_code) == code, col(EnterpriseRow.name).is_not(None)
    )
    name = session.scalar(wanted)
    return Found(() if name is None else (EnterpriseName(code, name),))


# --------------------------------------------------------------------- names


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that a name must say, where it does not begin with it."""

    text: str
    places: tuple[Place, ...] = ()

    def is_in(self, enterprise: EnterpriseName) -> bool:
        name = enterprise.name or ""
        if self.places:
            return all(place.holds(enterprise.credit_code, written(name)[0]) for place in self.places)
        if _is_written(self.text, name):
            return True
        # Letters may run from one syllable into the next: an is no part of dian.
        return is_spelled(self.text) and _is_read(self.text, name) and _begins_a_syllable(self.text, name)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to look: by the keys of some kinds that begin with a text, of names that say all the parts too."""

    kinds: tuple[Kind, ...]
    text: str
    parts: tuple[_Part, ...] = ()


_WRITTEN: tuple[tuple[Kind, ...], ...] = ((keys.FULL,), (keys.CORE,), (keys.WORD,))
_SPELLED: tuple[tuple[Kind, ...], ...] = ((keys.SOUND, keys.CORE_SOUND), (keys.INITIALS, keys.CORE_INITIALS))


def _by_name(session: Session, question: Question) -> Found:
    """Look in one way after the other, until there is enough."""
    whole, words = question.whole, question.words
    found: dict[str, EnterpriseName] = {}
    more = False
    for way in _ways(whole):
        more |= _look(session, way, found)
        if len(found) > SHOWN:
            break
    else:
        # 恒泰公司 without blanks may be what is called 恒泰 and 公司, but only where nobody is called that.
        parts = words if len(words) > 1 or found else question.cut()
        for way in _in_parts(session, parts):
            more |= _look(session, way, found)
    return Found(tuple(found.values())[:SHOWN], more or len(found) > SHOWN)


def _ways(whole: str) -> Iterator[_Way]:
    kinds = (*_WRITTEN, *_SPELLED) if is_spelled(whole) else _WRITTEN
    for some in kinds:
        yield _Way(some, whole)
        for places, rest in ways(whole) if some != (keys.FULL,) else ():
            if len(rest) > 1:
                yield _Way(_from_the_beginning(some), rest, (_Part("", places),))


def _from_the_beginning(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """A name without a place at its beginning has its core there."""
    return (keys.FULL, keys.CORE) if kinds == (keys.CORE,) else kinds


def _in_parts(session: Session, words: Sequence[str]) -> Iterator[_Way]:
    """By the part with the fewest keys, of names that say the others too."""
    if len(words) < 2:
        return
    parts = [_part(word) for word in words]
    counted = _counted(session, [part for part in parts if not part.places])
    if not counted or min(count for count, _ in counted) >= _LOOKED_THROUGH:
        counted = _counted(session, parts)  # by all who are called by the place, rather than by some of the others
    if counted:
        _, rarest = min(counted, key=lambda each: each[0])
        others = tuple(part for part in parts if part is not rarest)
        for some in (*_WRITTEN, *_SPELLED) if is_spelled(rarest.text) else _WRITTEN:
            yield _Way(some, rarest.text, others)


def _counted(session: Session, parts: Sequence[_Part]) -> list[tuple[int, _Part]]:
    """The parts with which anything begins, and how many keys do; a single character begins too much."""
    some = sorted(([part for part in parts if len(part.text) > 1] or parts), key=lambda part: -len(part.text))
    return [(count, part) for part in some[:_MOST_COUNTED] if (count := _count(session, part.text))]


def _part(word: str) -> _Part:
    return _Part(word, next((places for places, rest in ways(word) if not rest), ()))


def _look(session: Session, way: _Way, found: dict[str, EnterpriseName]) -> bool:
    """Add whom a way finds, in the order of the keys, until there is enough; whether there may be more."""
    # An enterprise may have been found before, and has a key for each way to read its name.
    limit = _LOOKED_THROUGH if way.parts else MOST_READINGS * (SHOWN + 1 + len(found))
    for kind in way.kinds:
        rows = _named(session, kind, way.text, limit)
        for enterprise in rows:
            if enterprise.credit_code not in found and _says(enterprise, kind, way):
                found[enterprise.credit_code] = enterprise
                if len(found) > SHOWN:
                    return True
        if len(rows) == limit:
            return True
    return False


def _says(enterprise: EnterpriseName, kind: Kind, way: _Way) -> bool:
    """Whether the name that stands says what was typed: a key may be of an older name, and is cut at some length."""
    name = enterprise.name or ""
    said = _is_written(way.text, name) if kind in (keys.FULL, keys.CORE, keys.WORD) else _is_read(way.text, name)
    return said and all(part.is_in(enterprise) for part in way.parts)


def _is_written(text: str, name: str) -> bool:
    return any(text in form for form in written(name))


def _is_read(letters: str, name: str) -> bool:
    return any(letters in form for reading in spelled(name) for form in reading)


def _begins_a_syllable(letters: str, name: str) -> bool:
    whole = written(name)[0]
    endings = (whole[start : start + len(letters)] for start in range(len(whole)))
    return any(form.startswith(letters) for ending in endings for reading in readings(ending) for form in reading)


def _named(session: Session, kind: Kind, text: str, limit: int) -> Sequence[EnterpriseName]:
    wanted = (
        select(col(EnterpriseRow.credit_code), col(EnterpriseRow.name))
        .join(NameKeyRow, col(NameKeyRow.enterprise_id) == col(EnterpriseRow.id))
        .where(*_begins(kind, text))
        .order_by(col(NameKeyRow.key), col(NameKeyRow.enterprise_id))
        .limit(limit)
    )
    return [EnterpriseName(*row) for row in session.connection().execute(wanted)]


def _begins(kind: Kind, text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The keys of a kind that begin with a text: no byte of GB 18030 is 255."""
    beginning = key(kind, text)
    return col(NameKeyRow.key) >= beginning, col(NameKeyRow.key) < beginning + b"\xff"


def _count(session: Session, text: str) -> int:
    """How many keys begin with a text, as far as it matters."""
    kinds = (*_WRITTEN, *_SPELLED) if is_spelled(text) else _WRITTEN
    total = 0
    for kind in (kind for some in kinds for kind in some):
        some = select(literal(1)).where(*_begins(kind, text)).limit(_LOOKED_THROUGH).subquery()
        total += session.scalar(select(func.count()).select_from(some)) or 0
    return total
