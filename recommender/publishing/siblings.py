"""The other items of a document: when the document changes, each of them gets a new version with it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem, from_plain
from policies.items import Item, Status, read_item
from policies.publication import newest_version
from policies.tables import ItemRow, ItemVersionRow


def siblings_under(session: Session, item: Item, dictionary: Dictionary) -> Iterator[tuple[str, Item | Problem]]:
    """The next version of every other item in the library under this item's document, or what is wrong with it there.

    Without those that say the same already: whose document differs in ``left_out`` at most.
    """
    wanted = select(ItemRow.id).where(
        ItemRow.document_id == item.document.id, ItemRow.id != item.id, ~col(ItemRow.retired)
    )
    for item_id in session.exec(wanted.order_by(col(ItemRow.position), col(ItemRow.id))).all():
        row = session.get(ItemVersionRow, (item_id, newest_version(session, item_id)))
        if row is None or row.status != Status.PUBLISHED or _alike(json.loads(row.document), item.document.source):
            continue
        plain = {**json.loads(row.content), "version": str(row.version + 1)}
        try:
            yield item_id, read_item(from_plain(plain, item_id), item.document, dictionary)
        except Problem as problem:
            yield item_id, problem


def _alike(one: object, other: object) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    names = (one.keys() | other.keys()) - {"left_out"}
    return all(one.get(name) == other.get(name) for name in names)
