"""The policy library in the database: every version of every item that was ever stored, and which ones count now.

A version never changes once it is stored, so that an answer given from it can be computed again; whatever an item or
its document says differently is a new version, its status included. Only ``left_out`` of the document may change
without one: it says what is *not* an item.

Items and documents come from a library that was loaded as a whole, or are kept by the office, one by one; what the
office keeps no loading touches. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, text
from sqlmodel import Field, Session, col, select

from enterprises.database import Row
from enterprises.dictionary import Dictionary
from enterprises.source_text import from_plain
from policies.items import Document, Item, Status, read_document, read_item
from policies.library import Library


class Origin(StrEnum):
    """Who keeps an item or a document: a library that is loaded as a whole, or the office, draft by draft."""

    BUNDLED = "bundled"
    OFFICE = "office"


_AS_BEFORE = {"server_default": Origin.BUNDLED.value}
"""What was stored before there was a choice."""


class DocumentRow(Row, table=True):
    """A document as it was last stored. ``position`` keeps the library's order; ``retired``: no longer in it."""

    __tablename__ = "documents"

    id: str = Field(primary_key=True)
    content: str = Field(sa_type=Text)
    position: int
    retired: bool = False
    origin: str = Field(default=Origin.BUNDLED.value, max_length=16, sa_column_kwargs=_AS_BEFORE)


class ItemRow(Row, table=True):
    """What the versions of an item have in common. ``retired``: no longer in the library, so never offered.

    ``retired_on``: since when; ``None`` also where that was not recorded.
    """

    __tablename__ = "items"

    id: str = Field(primary_key=True)
    document_id: str = Field(foreign_key="documents.id", index=True)
    position: int
    retired: bool = False
    retired_on: date | None = None
    origin: str = Field(default=Origin.BUNDLED.value, max_length=16, sa_column_kwargs=_AS_BEFORE)


class ItemVersionRow(Row, table=True):
    """One version of an item: its plain content and its document's as JSON, as they were when it was stored.

    ``stored_on``: the day of that, ``None`` where it was not recorded.
    """

    __tablename__ = "item_versions"

    item_id: str = Field(primary_key=True, foreign_key="items.id")
    version: int = Field(primary_key=True)
    digest: str = Field(max_length=64)
    status: str
    content: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)
    stored_on: date | None = None


class VersionConflict(ValueError):
    """Item versions that contradict what is stored; the message names every one, in Chinese."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What storing a library did: how many items were new, got a new version, were unchanged or left the library.

    ``kept``: how many the office keeps, which were left as they are.
    """

    documents: int
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0
    kept: int = 0

    @property
    def items(self) -> int:
        """Items that are in the library now, without those that the office keeps."""
        return self.added + self.updated + self.unchanged


def store_library(session: Session, library: Library, on: date | None = None) -> Summary:
    """Store what is new in ``library`` on a day; storing it again changes nothing. The caller commits.

    Items that the library no longer has are retired, never deleted; what the office keeps stays as it is. Raises
    ``VersionConflict``, before anything is written, where an item says something else under the same version number or
    comes with an older one.
    """
    wait_for_others(session)
    newest = {row.item_id: row for row in session.exec(select(ItemVersionRow).order_by(col(ItemVersionRow.version)))}
    rows = {row.id: row for row in session.exec(select(ItemRow))}
    kept = {row.id for row in rows.values() if row.origin == Origin.OFFICE}
    items = [item for item in library.items.values() if item.id not in kept]
    _refuse_conflicts(items, newest)
    _store_documents(session, library)
    session.flush()
    for position, item in enumerate(library.items.values()):
        if item.id not in kept:
            session.merge(ItemRow(id=item.id, document_id=item.document.id, position=position))
    session.flush()
    fresh = [item for item in items if item.id not in newest or newest[item.id].version < item.version]
    session.add_all(version_row(item, on) for item in fresh)
    gone = [row for row in rows.values() if row.id not in library.items and not row.retired and row.id not in kept]
    for row in gone:
        row.retired, row.retired_on = True, on
    session.flush()
    added = sum(item.id not in newest for item in fresh)
    return Summary(
        documents=len(library.documents),
        added=added,
        updated=len(fresh) - added,
        unchanged=len(items) - len(fresh),
        retired=len(gone),
        kept=len(kept),
    )


def load_library(session: Session, dictionary: Dictionary) -> Library:
    """The library that counts now: of each item the newest version that is no draft, if that one is published.

    Raises ``Problem`` where the dictionary no longer knows what a stored item names.
    """
    documents = session.exec(select(DocumentRow).where(~col(DocumentRow.retired)).order_by(col(DocumentRow.position)))
    settled = (
        select(ItemVersionRow)
        .join(ItemRow)
        .join(DocumentRow)
        .where(~col(ItemRow.retired), col(ItemVersionRow.status).in_([Status.PUBLISHED.value, Status.RETIRED.value]))
        .order_by(col(DocumentRow.position), col(ItemRow.position), col(ItemRow.id), col(ItemVersionRow.version))
    )
    newest = {row.item_id: row for row in session.exec(settled)}
    return Library(
        {row.id: _read_document(row.content, row.id) for row in documents},
        {row.item_id: _read(row, dictionary) for row in newest.values() if row.status == Status.PUBLISHED},
        dictionary,
    )


def load_item(session: Session, item_id: str, version: int, dictionary: Dictionary) -> Item:
    """One version of an item, as it was when it was stored, be it retired since. Raises ``LookupError``."""
    found = select(ItemVersionRow).where(ItemVersionRow.item_id == item_id, ItemVersionRow.version == version)
    row = session.exec(found).one_or_none()
    if row is None:
        raise LookupError(f"{item_id} has no version {version}")
    return _read(row, dictionary)


def wait_for_others(session: Session) -> None:
    """Two stores of a library never mix: here on PostgreSQL; on SQLite one waits for the other when it begins."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE"))


def _refuse_conflicts(items: Iterable[Item], newest: Mapping[str, ItemVersionRow]) -> None:
    conflicts = [conflict for item in items if item.id in newest and (conflict := _conflict(item, newest[item.id]))]
    if conflicts:
        raise VersionConflict("\n".join(conflicts))


def _conflict(item: Item, stored: ItemVersionRow) -> str | None:
    if item.version < stored.version:
        return f"事项 {item.id} 的版本号是 {item.version}，库里已有第 {stored.version} 版。请用更大的版本号"
    if item.version > stored.version or item.digest == stored.digest:
        return None
    return f"事项 {item.id}：内容变了而版本号没变（第 {item.version} 版，也可能是所属文件变了）。请把 version 加一"


def _store_documents(session: Session, library: Library) -> None:
    rows = session.exec(select(DocumentRow)).all()
    kept = {row.id for row in rows if row.origin == Origin.OFFICE}
    for row in rows:
        row.retired = row.id not in library.documents and row.id not in kept and not _has_kept(session, row.id)
    for position, document in enumerate(library.documents.values()):
        if document.id not in kept:
            session.merge(DocumentRow(id=document.id, content=plain_json(document.source), position=position))


def _has_kept(session: Session, document_id: str) -> bool:
    """Whether the office keeps an item of this document: the document then stays in the library with it."""
    wanted = select(ItemRow.id).where(ItemRow.document_id == document_id, ItemRow.origin == Origin.OFFICE.value)
    return session.exec(wanted.limit(1)).first() is not None


def version_row(item: Item, on: date | None) -> ItemVersionRow:
    """A version of an item as it is stored on a day."""
    return ItemVersionRow(
        item_id=item.id,
        version=item.version,
        digest=item.digest,
        status=item.status.value,
        content=plain_json(item.source),
        document=plain_json(item.document.source),
        stored_on=on,
    )


def plain_json(plain: Mapping[str, Any]) -> str:
    """JSON in the file's own order: tiers and brackets must be read back in theirs."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _read(row: ItemVersionRow, dictionary: Dictionary) -> Item:
    place = f"{row.item_id}（第 {row.version} 版）"
    return read_item(from_plain(json.loads(row.content), place), _read_document(row.document, place), dictionary)


def _read_document(content: str, place: str) -> Document:
    return read_document(from_plain(json.loads(content), place))
