"""What can be found: the items of a library, and the clauses of its documents that are no items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from enterprises import regions
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from policies.benefit_wording import say_benefit
from policies.items import Document, Item, LeftOut, canonical_json
from policies.library import Library
from policies.wording import say
from recommender.awards import award


class Kind(StrEnum):
    """What an entry is."""

    ITEM = "item"
    CLAUSE = "clause"

    @property
    def label(self) -> str:
        return {Kind.ITEM: "政策事项", Kind.CLAUSE: "政策条文"}[self]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found.

    ``id`` is the item's, or ``<document>#<clause>``; ``number`` the document's (陕政发〔2023〕5号). ``summary`` is
    what snippets are cut from; ``text`` is searched besides. ``opens`` and ``closes`` are days in Asia/Shanghai, both
    included. ``low`` and ``high``: what it can pay to anybody, in 分; both ``None`` where it pays no money, ``high``
    alone where nothing bounds it.
    """

    id: str
    kind: Kind
    document: str
    number: str | None
    title: str
    summary: str
    text: str
    clause: str
    region: str
    category: str | None
    delivery: str | None
    opens: date | None
    closes: date | None
    low: int | None
    high: int | None

    @property
    def passages(self) -> tuple[str, ...]:
        """The texts whose meaning is compared with the question's, each by itself: a title says more in few words."""
        return (self.title, self.summary) if self.kind is Kind.ITEM else (self.summary,)


def entries_of(library: Library) -> tuple[Entry, ...]:
    """Everything in ``library`` that can be found: its published items, and what its documents left out."""
    items = (_of_item(item, library.dictionary) for item in library.published)
    clauses = (entry for document in library.documents.values() for entry in _of_clauses(document))
    return (*items, *clauses)


def digest(entries: Sequence[Entry]) -> str:
    """SHA-256 of all that the entries say, in their order."""
    return hashlib.sha256(canonical_json([to_plain(entry) for entry in entries]).encode()).hexdigest()


def to_plain(entry: Entry) -> dict[str, object]:
    """An entry as JSON holds it."""
    plain = asdict(entry)
    return plain | {name: day.isoformat() if (day := plain[name]) else None for name in ("opens", "closes")}


def from_plain(plain: dict[str, object]) -> Entry:
    """The entry that ``to_plain`` gave. Raises ``TypeError`` or ``ValueError`` where it did not."""
    days = {name: date.fromisoformat(str(plain[name])) if plain[name] else None for name in ("opens", "closes")}
    return Entry(**(plain | days | {"kind": Kind(str(plain["kind"]))}))  # type: ignore[arg-type]


def _of_item(item: Item, dictionary: Dictionary) -> Entry:
    nobody = EnterpriseOn(Profile(), item.window.opens, dictionary)
    worth = award(item.benefit, item.rule, nobody)
    benefit = "；".join(say_benefit(item.benefit, dictionary))
    place = regions.full_name(item.document.region)
    labels = f"{item.category.label} {item.delivery.label} {place} {' '.join(item.departments)}"
    return Entry(
        id=item.id,
        kind=Kind.ITEM,
        document=item.document.id,
        number=item.document.number,
        title=item.title,
        summary=item.summary,
        text=f"{benefit}。{say(item.rule, dictionary)}。{labels}。{item.document.title}",
        clause=item.clause,
        region=item.document.region,
        category=item.category.value,
        delivery=item.delivery.value,
        opens=item.window.opens,
        closes=item.window.closes,
        low=worth.low if worth.priced else None,
        high=worth.high if worth.priced else None,
    )


def _of_clauses(document: Document) -> Iterator[Entry]:
    """The clauses that were left out. A clause may be left out twice, for two reasons: its parts are numbered then."""
    seen: dict[str, int] = {}
    for left_out in document.left_out:
        seen[left_out.clause] = number = seen.get(left_out.clause, 0) + 1
        yield _of_clause(document, left_out, f"{document.id}#{left_out.clause}" + (f"~{number}" if number > 1 else ""))


def _of_clause(document: Document, left_out: LeftOut, entry_id: str) -> Entry:
    return Entry(
        id=entry_id,
        kind=Kind.CLAUSE,
        document=document.id,
        number=document.number,
        title=f"{document.title}　{left_out.clause}",
        summary=left_out.what,
        text=f"{left_out.why} {regions.full_name(document.region)}",
        clause=left_out.clause,
        region=document.region,
        category=None,
        delivery=None,
        opens=document.validity.opens,
        closes=document.validity.closes,
        low=None,
        high=None,
    )
