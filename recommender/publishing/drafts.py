"""Drafts in the database: beginning one, changing it, reading it. What is decided of it is in ``deeds``.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problems
from policies.items import Item
from policies.tables import plain_json
from recommender.publishing.bases import Base, base_now, base_of, base_of_new, merged
from recommender.publishing.content import Plain, Scope, read, scope_of, settled
from recommender.publishing.events import change, note_deed
from recommender.publishing.states import OPEN, By, Deed, Kind, NoReason, NoSuchDraft, State, Taken
from recommender.publishing.tables import DraftRow


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was read. ``scopes``: whose it is, all of which whoever handles it must cover: where its item is
    now, and where the draft puts it. ``base``: what it began from; ``None`` for what is new."""

    id: str
    item_id: str
    document_id: str
    kind: Kind
    state: State
    base_version: int
    base_item: Plain | None
    base_document: Plain | None
    revision: int
    item: Plain
    document: Plain
    scopes: tuple[Scope, ...]
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    reviewed_by: str | None
    published_version: int | None

    @property
    def content(self) -> dict[str, Plain]:
        """The two parts, as ``save`` takes them."""
        return {"item": self.item, "document": self.document}

    @property
    def version(self) -> int:
        """What publishing it makes, or, of an item that is to end, has made."""
        return self.base_version + (self.kind is Kind.VERSION)

    @property
    def title(self) -> str:
        """The item's title as far as it is written."""
        title = self.item.get("title")
        return title if isinstance(title, str) and title else self.item_id


def begin(session: Session, item_id: str, by: By) -> Draft:
    """A draft of the next version of an item, with what the newest says. The caller commits.

    Raises ``LookupError`` where there is no such item, and ``Taken`` where it has an open draft already.
    """
    return _add(session, base_of(session, item_id), Kind.VERSION, State.DRAFT, Deed.BEGIN, by)


def begin_new(session: Session, item: Mapping[str, Any], document: Mapping[str, Any], by: By) -> Draft:
    """A draft of an item that does not exist yet, under a stored document or under one that is new as well.

    Both must say their ids; all else may follow. What is stored of a document counts before what is given. The caller
    commits. Raises ``Refused`` where an id will not do, and ``Taken``.
    """
    base = base_of_new(session, item, document)
    content = settled({"item": item, "document": base.document or document}, base.item_id, base.document_id, 1)
    return _add(session, base, Kind.VERSION, State.DRAFT, Deed.BEGIN, by, content=content)


def propose_retirement(session: Session, item_id: str, reason: str, by: By) -> Draft:
    """Propose to end an item; somebody else confirms it. Raises ``LookupError``, ``NoReason``, and ``Taken``."""
    if not reason.strip():
        raise NoReason(Deed.PROPOSE)
    base = base_of(session, item_id)
    return _add(session, base, Kind.RETIREMENT, State.SUBMITTED, Deed.PROPOSE, by, reason=reason)


def save(session: Session, draft_id: str, revision: int, content: Mapping[str, object], by: By) -> Draft:
    """Put another content, mistakes and all, in the place of that of ``revision``, unless it is the same.

    The caller commits. Raises ``NoSuchDraft``, ``Stale`` where somebody else was first,
    ``NotNow`` where it is under review, ``Problem`` and ``Refused`` for what cannot be kept at all.
    """
    draft = load_draft(session, draft_id)
    new = settled(content, draft.item_id, draft.document_id, draft.version)
    if new == draft.content and revision == draft.revision and draft.state is State.DRAFT:
        return draft
    change(session, draft_id, Deed.SAVE, by, revision, values=_contents(new))
    return load_draft(session, draft_id)


def renew(session: Session, draft_id: str, revision: int, by: By) -> Draft:
    """Take over, field by field, what was published since the draft began; its own changes stay. Raises as ``save``."""
    draft = load_draft(session, draft_id)
    base = base_now(session, draft.item_id, draft.document_id)
    parts = {
        "item": merged(draft.base_item or {}, base.item or draft.item, draft.item),
        "document": merged(draft.base_document or {}, base.document or draft.document, draft.document),
    }
    values = _contents(settled(parts, draft.item_id, draft.document_id, base.version + 1)) | base.columns
    change(session, draft_id, Deed.RENEW, by, revision, values=values)
    return load_draft(session, draft_id)


def is_outdated(session: Session, draft: Draft) -> bool:
    """Whether its item or its document has come to say something else since the draft began."""
    base = base_now(session, draft.item_id, draft.document_id)
    return base.version != draft.base_version or base.document != draft.base_document


def load_draft(session: Session, draft_id: str) -> Draft:
    """A draft by its id. Raises ``NoSuchDraft``."""
    row = session.get(DraftRow, draft_id, populate_existing=True)
    if row is None:
        raise NoSuchDraft(draft_id)
    return _draft(session, row)


def item_of(session: Session, draft_id: str, dictionary: Dictionary) -> Item:
    """What publishing a draft would store. Raises ``NoSuchDraft``, and ``Problem`` where it has mistakes."""
    found = read(load_draft(session, draft_id).content, dictionary)
    if isinstance(found, Problems):
        raise found.problems[0]
    return found


def open_draft(session: Session, item_id: str) -> Draft | None:
    """The draft of an item that may still come to something."""
    found = list_drafts(session, item_id=item_id, states=OPEN)
    return found[0] if found else None


def open_drafts(session: Session) -> dict[str, str]:
    """The ids of the open drafts, by the ids of their items."""
    wanted = select(DraftRow.item_id, DraftRow.id).where(col(DraftRow.state).in_([state.value for state in OPEN]))
    return dict(session.exec(wanted).all())


def list_drafts(
    session: Session, *, item_id: str | None = None, states: Collection[State] = tuple(State), limit: int = 500
) -> tuple[Draft, ...]:
    """Drafts in these states (of an item), the last changed first."""
    wanted = select(DraftRow).where(col(DraftRow.state).in_([state.value for state in states]))
    if item_id is not None:
        wanted = wanted.where(DraftRow.item_id == item_id)
    rows = session.exec(wanted.order_by(col(DraftRow.changed_at).desc(), DraftRow.id).limit(limit))
    return tuple(_draft(session, row) for row in rows.all())


def _scopes_now(session: Session, row: DraftRow) -> Iterator[Scope]:
    """Whose the item is now, or would be under the document as it is now."""
    base = base_now(session, row.item_id, row.document_id)
    if base.document is not None:
        item = base.item or {"departments": json.loads(row.departments)}
        yield from filter(None, [scope_of({"item": item, "document": base.document})])


def _add(
    session: Session,
    base: Base,
    kind: Kind,
    state: State,
    deed: Deed,
    by: By,
    *,
    content: dict[str, Plain] | None = None,
    reason: str = "",
) -> Draft:
    said = content or base.content
    scope = scope_of(said) or Scope(None, ())
    row = DraftRow(
        id=uuid4().hex,
        item_id=base.item_id,
        document_id=base.document_id,
        kind=kind.value,
        state=state.value,
        revision=1,
        made_by=by.account,
        made_at=by.moment,
        changed_by=by.account,
        changed_at=by.moment,
        content=plain_json(said),
        region=scope.region,
        departments=json.dumps(scope.departments, ensure_ascii=False),
        **base.columns,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        taken = open_draft(session, base.item_id)
        raise Taken(taken.id if taken else None) from None
    note_deed(session, row, deed, by, reason)
    return _draft(session, row)


def _contents(content: dict[str, Plain]) -> dict[str, Any]:
    """The columns that a content fills; whose the item is, stays while the content does not say it."""
    values: dict[str, Any] = {"content": plain_json(content)}
    scope = scope_of(content)
    if scope is not None:
        values |= {"region": scope.region, "departments": json.dumps(scope.departments, ensure_ascii=False)}
    return values


def _draft(session: Session, row: DraftRow) -> Draft:
    content = json.loads(row.content)
    own = Scope(row.region, tuple(json.loads(row.departments)))
    return Draft(
        id=row.id,
        item_id=row.item_id,
        document_id=row.document_id,
        kind=Kind(row.kind),
        state=State(row.state),
        base_version=row.base_version,
        base_item=None if row.base_item is None else json.loads(row.base_item),
        base_document=None if row.base_document is None else json.loads(row.base_document),
        revision=row.revision,
        item=content["item"],
        document=content["document"],
        scopes=tuple(dict.fromkeys((own, *_scopes_now(session, row)))),
        made_by=row.made_by,
        made_at=row.made_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        reviewed_by=row.reviewed_by,
        published_version=row.published_version,
    )
