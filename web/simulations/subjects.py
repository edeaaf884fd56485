"""What officials can simulate: items of the library and open drafts that their posts cover, over the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from policies.items import Item
from web.accounts.visitor import Duty
from web.folders import snapshots_folder
from web.pages import library, settings, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from enterprises.snapshots import Snapshot
    from recommender.publishing.drafts import Draft

DUTIES = (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER)
"""Who simulates."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to simulate: ``value`` is ``item/…`` or ``draft/…``."""

    value: str
    label: str


def covers(region: str | None, departments: Iterable[str]) -> bool:
    """Whether something of this region and these departments is within a post of the visitor's."""
    some = tuple(departments)
    return any(visitor().may(duty, region, some) for duty in DUTIES)


def choices(database: Session) -> Iterator[tuple[str, list[Choice]]]:
    """What the visitor may simulate, under headings: the open drafts, then the published items by document."""
    from recommender.publishing.drafts import list_drafts
    from recommender.publishing.states import OPEN, Kind

    drafts = [
        Choice(f"draft/{draft.id}", f"{draft.title}（第 {draft.version} 版，{draft.state.label}）")
        for draft in list_drafts(database, states=OPEN)
        if draft.kind is Kind.VERSION and _covers_all(draft)
    ]
    if drafts:
        yield "草稿", drafts
    by_document: dict[str, list[Choice]] = {}
    for item in library().published:
        if covers(item.document.region, item.departments):
            by_document.setdefault(item.document.title, []).append(Choice(f"item/{item.id}", item.title))
    yield from by_document.items()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be simulated. ``before``: the published version that it would replace."""

    item: Item
    before: Item | None
    draft_id: str | None


def subject(database: Session, value: str) -> Subject:
    """What a choice stands for; aborts where it is not there, or not within a post of the visitor's.

    Raises ``Problem`` where a draft has mistakes.
    """
    kind, _, name = value.partition("/")
    published = {item.id: item for item in library().published}
    if kind == "item" and name in published:
        item = published[name]
        if not covers(item.document.region, item.departments):
            abort(403)
        return Subject(item, None, None)
    if kind != "draft":
        abort(404)
    return _of_draft(database, name, published)


def _of_draft(database: Session, draft_id: str, published: dict[str, Item]) -> Subject:
    from recommender.publishing.drafts import item_of, load_draft

    try:
        draft = load_draft(database, draft_id)
    except LookupError:
        abort(404)
    if not _covers_all(draft):
        abort(403)
    item = item_of(database, draft_id, library().dictionary)
    before = published.get(item.id)
    return Subject(item, before if before is not None and before.digest != item.digest else None, draft_id)


def _covers_all(draft: Draft) -> bool:
    return all(covers(scope.region, scope.departments) for scope in draft.scopes)


def snapshot() -> Snapshot | None:
    """The snapshot that counts; ``None`` also where what is there is damaged, and has to be made anew."""
    from enterprises.population import DamagedPopulation
    from enterprises.snapshots import newest

    try:
        return newest(snapshots_folder(settings().files), library().dictionary)
    except DamagedPopulation:
        return None
