"""What drafts begin from: an item as its newest version says it, and its document as it is now.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from enterprises.source_text import BadText
from policies.items import parse_id
from policies.publication import newest_version
from policies.tables import DocumentRow, ItemVersionRow, plain_json
from recommender.publishing.content import Plain, settled
from recommender.publishing.states import Refused


@dataclass(frozen=True, slots=True)
class Base:
    """``version`` 0: there is no such item yet, and ``item`` is ``None``; ``document`` likewise where it is new."""

    item_id: str
    document_id: str
    version: int
    item: Plain | None
    document: Plain | None

    @property
    def content(self) -> dict[str, Plain]:
        """What a draft of the next version says at first."""
        parts = {"item": self.item or {}, "document": self.document or {}}
        return settled(parts, self.item_id, self.document_id, self.version + 1)

    @property
    def columns(self) -> dict[str, Any]:
        """How a draft's row remembers what it began from."""
        return {
            "base_version": self.version,
            "base_item": None if self.item is None else plain_json(self.item),
            "base_document": None if self.document is None else plain_json(self.document),
        }


def base_of(session: Session, item_id: str) -> Base:
    """The base of an item that there is. Raises ``LookupError``."""
    version = newest_version(session, item_id)
    row = session.get(ItemVersionRow, (item_id, version))
    if row is None:
        raise LookupError(item_id)
    past: Plain = json.loads(row.document)
    return Base(item_id, past["id"], version, json.loads(row.content), stored_document(session, past["id"]) or past)


def base_now(session: Session, item_id: str, document_id: str) -> Base:
    """The base of an item, be there one yet or not."""
    if newest_version(session, item_id):
        return base_of(session, item_id)
    return Base(item_id, document_id, 0, None, stored_document(session, document_id))


def base_of_new(session: Session, item: Mapping[str, Any], document: Mapping[str, Any]) -> Base:
    """The base of an item that is to be, by the ids of both. Raises ``Refused`` where these will not do."""
    item_id, document_id = _id(item, "事项"), _id(document, "文件")
    if not item_id.startswith(f"{document_id}."):
        raise Refused(f"事项编号“{item_id}”不属于文件“{document_id}”。请以“{document_id}.”开头")
    if newest_version(session, item_id):
        raise Refused(f"已经有编号为“{item_id}”的事项。请打开它，从它现在的版本起草")
    return Base(item_id, document_id, 0, None, stored_document(session, document_id))


def stored_document(session: Session, document_id: str) -> Plain | None:
    """A document as it is now; ``None`` where there is none."""
    row = session.get(DocumentRow, document_id, populate_existing=True)
    if row is None:
        return None
    found: Plain = json.loads(row.content)
    return found


def merged(base: Plain, newest: Plain, draft: Plain) -> Plain:
    """What the draft changed against its base, on top of the newest; in the draft's order, what is new behind."""
    names = dict.fromkeys((*draft, *newest))
    chosen = {name: draft if draft.get(name) != base.get(name) else newest for name in names}
    return {name: source[name] for name, source in chosen.items() if name in source}


def _id(plain: Mapping[str, Any], what: str) -> str:
    given = plain.get("id")
    if not isinstance(given, str) or not given:
        raise Refused(f"{what}还没有编号。请写一个，例如 yanan-2023-private-economy")
    try:
        return parse_id(given)
    except BadText as error:
        raise Refused(f"{what}编号：{error}") from None
