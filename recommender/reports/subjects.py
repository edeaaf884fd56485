"""The items that reports name: as their newest version says, be it retired.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from policies.items import Delivery
from policies.tables import ItemVersionRow

NO_ITEM = ""
"""In the place of an item's id where an appeal is about none."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An item: what it is called, whose it is, and of which region its document is."""

    item_id: str
    title: str
    departments: tuple[str, ...]
    region: str | None
    delivery: Delivery | None


UNNAMED = Subject(NO_ITEM, "没有指明事项", (), None, None)


def subjects(session: Session) -> Mapping[str, Subject]:
    """Every item that was ever stored, by id."""
    newest = (
        select(col(ItemVersionRow.item_id).label("item_id"), func.max(col(ItemVersionRow.version)).label("version"))
        .group_by(col(ItemVersionRow.item_id))
        .subquery()
    )
    wanted = select(ItemVersionRow.item_id, ItemVersionRow.content, ItemVersionRow.document).join(
        newest,
        (col(ItemVersionRow.item_id) == newest.c.item_id) & (col(ItemVersionRow.version) == newest.c.version),
    )
    found = {item_id: _subject(item_id, content, document) for item_id, content, document in session.exec(wanted)}
    return {**found, NO_ITEM: UNNAMED}


def _subject(item_id: str, content: str, document: str) -> Subject:
    item = json.loads(content)
    region = str(json.loads(document)["region"])
    return Subject(item_id, item["title"], tuple(item["departments"]), region, Delivery(item["delivery"]))
