"""Versions of items that the office publishes, one by one, and items that it ends.

What was published or ended here is the office's own: no library that is loaded as a whole touches it from then on.
Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, func, select

from policies.items import Item
from policies.tables import (
    DocumentRow,
    ItemRow,
    ItemVersionRow,
    Origin,
    VersionConflict,
    plain_json,
    version_row,
    wait_for_others,
)


def publish_item(session: Session, item: Item, on: date) -> None:
    """Store one version of an item, with its document, as the office's own: from then on no loading touches them.

    An item that had been retired is in the library again. The caller commits. Raises ``VersionConflict`` unless the
    version is the one after the newest.
    """
    wait_for_others(session)
    newest = newest_version(session, item.id)
    if item.version != newest + 1:
        raise VersionConflict(
            f"事项 {item.id} 现在是第 {newest} 版，下一版只能是第 {newest + 1} 版，不是 {item.version}"
        )
    document = session.get(DocumentRow, item.document.id, populate_existing=True)
    row = session.get(ItemRow, item.id, populate_existing=True)
    content, office = plain_json(item.document.source), Origin.OFFICE.value
    if document is None:
        position = _next_position(session, DocumentRow)
        session.add(DocumentRow(id=item.document.id, content=content, position=position, origin=office))
    elif document.content != content or document.retired:
        document.content, document.retired, document.origin = content, False, office
    session.flush()
    if row is None:
        position = _next_position(session, ItemRow)
        session.add(ItemRow(id=item.id, document_id=item.document.id, position=position, origin=office))
    else:
        row.retired, row.retired_on, row.origin = False, None, office
    session.flush()
    session.add(version_row(item, on))
    session.flush()


def retire_item(session: Session, item_id: str, on: date) -> None:
    """Take an item out of the library; its versions stay. The caller commits. Raises ``LookupError``."""
    row = session.get(ItemRow, item_id, populate_existing=True)
    if row is None:
        raise LookupError(item_id)
    row.retired, row.retired_on, row.origin = True, on, Origin.OFFICE.value
    session.flush()


def newest_version(session: Session, item_id: str) -> int:
    """The number of the newest version of an item that is stored; 0 where there is none."""
    newest = select(func.max(ItemVersionRow.version)).where(ItemVersionRow.item_id == item_id)
    return session.exec(newest).one() or 0


def _next_position(session: Session, table: type[DocumentRow] | type[ItemRow]) -> int:
    """Behind all others. Items are ordered within their document."""
    last: int | None = session.exec(select(func.max(table.position))).one()
    return 0 if last is None else last + 1
