"""What persons decided about items that look alike, and what is still to be decided.

A ruling is on two versions of two items. Once either changes, the question is open again; what was said stays on
record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from enterprises.source_text import BadText, is_one_line
from policies.items import Item
from policies.library import Library
from recommender.similar.pairs import Kind, Pair

if TYPE_CHECKING:
    from sqlmodel import Session

LONGEST = 500
"""Characters of a note, or of a name."""


class Verdict(StrEnum):
    """What a person said."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class State(StrEnum):
    """Where the question about two items stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REOPENED = "reopened"

    @property
    def label(self) -> str:
        return {"open": "待确认", "confirmed": "已确认", "rejected": "已否定", "reopened": "内容已变，待重新确认"}[self]


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision, on the ``versions`` (id and digest) of two items by id; ``kind`` is ``None`` where rejected."""

    versions: tuple[tuple[str, str], tuple[str, str]]
    verdict: Verdict
    kind: Kind | None
    by: str
    at: datetime
    note: str = ""

    @property
    def ids(self) -> tuple[str, str]:
        return self.versions[0][0], self.versions[1][0]


@dataclass(frozen=True, slots=True)
class Question:
    """Two items, where the question about them stands, and the last ruling on them, if any, be it outdated."""

    items: tuple[Item, Item]
    state: State
    kind: Kind
    pair: Pair | None
    ruling: Ruling | None


def rule(
    items: tuple[Item, Item], verdict: Verdict, kind: Kind | None, *, by: str, at: datetime, note: str = ""
) -> Ruling:
    """A ruling on two items as they are now. Raises ``BadText`` on an item with itself, nobody's name or bad text."""
    if items[0].id == items[1].id:
        raise BadText(f"两个编号都是“{items[0].id}”", "请写两个不同的事项")
    if (verdict is Verdict.CONFIRMED) != (kind is not None):
        raise ValueError("a confirmation says as what, a rejection does not")
    if not by.strip():
        raise BadText("没有写是谁确认的", "请写姓名或工号")
    for text in (by, note):
        if len(text) > LONGEST or not is_one_line(text):
            raise BadText("文字太长，或有换行、看不见的字符", f"请写 {LONGEST} 字以内的一行文字")
    first, second = sorted((item.id, item.digest) for item in items)
    return Ruling((first, second), verdict, kind, by.strip(), at, note.strip())


def questions(library: Library, pairs: Sequence[Pair], rulings: Iterable[Ruling]) -> tuple[Question, ...]:
    """All pairs that were found, in their order, then those that were only ruled on, by id.

    Rulings are given in the order in which they were made. One on the present versions counts, the last of several.
    """
    ruled: dict[tuple[str, str], list[Ruling]] = {}
    for ruling in rulings:
        if all(item_id in library.items for item_id in ruling.ids):
            ruled.setdefault(ruling.ids, []).append(ruling)
    found = [_question(pair.items, pair, ruled.pop(_key(pair.items), [])) for pair in pairs]
    rest = [(library.items[one], library.items[two]) for one, two in sorted(ruled)]
    return (*found, *(_question(items, None, ruled[_key(items)]) for items in rest))


def _key(items: tuple[Item, Item]) -> tuple[str, str]:
    one, two = sorted(item.id for item in items)
    return one, two


def _question(items: tuple[Item, Item], pair: Pair | None, rulings: Sequence[Ruling]) -> Question:
    digests: Mapping[str, str] = {item.id: item.digest for item in items}
    current = [each for each in rulings if all(digests[item] == digest for item, digest in each.versions)]
    last = [*rulings, *current][-1] if rulings else None
    state = State.OPEN if last is None else State(last.verdict) if current else State.REOPENED
    return Question(items, state, _kind(state, pair, last), pair, last)


def _kind(state: State, pair: Pair | None, last: Ruling | None) -> Kind:
    """What a person confirmed counts before what was computed, and that before what was confirmed of older versions."""
    confirmed = last.kind if last is not None else None
    if pair is None or (state is State.CONFIRMED and confirmed is not None):
        return confirmed or Kind.RELATED
    return pair.kind


# --------------------------------------------------------------------------------------------------- in the database


def store_ruling(session: Session, ruling: Ruling) -> None:
    """Add a ruling; none is ever changed or removed. The caller commits."""
    from recommender.tables import SimilarRulingRow

    (first, first_digest), (second, second_digest) = ruling.versions
    session.add(
        SimilarRulingRow(
            first=first,
            second=second,
            first_digest=first_digest,
            second_digest=second_digest,
            verdict=ruling.verdict.value,
            kind=None if ruling.kind is None else ruling.kind.value,
            decided_by=ruling.by,
            decided_at=ruling.at,
            note=ruling.note,
        )
    )
    session.flush()


def load_rulings(session: Session) -> tuple[Ruling, ...]:
    """All rulings, in the order in which they were made."""
    from sqlmodel import col, select

    from recommender.tables import SimilarRulingRow

    return tuple(
        Ruling(
            ((row.first, row.first_digest), (row.second, row.second_digest)),
            Verdict(row.verdict),
            None if row.kind is None else Kind(row.kind),
            row.decided_by,
            row.decided_at,
            row.note,
        )
        for row in session.exec(select(SimilarRulingRow).order_by(col(SimilarRulingRow.id)))
    )
