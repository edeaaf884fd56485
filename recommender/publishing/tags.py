"""Tags: words such as 重点 that officials find items by.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from enterprises.audit import note
from enterprises.source_text import is_one_line
from policies.tables import ItemRow
from recommender.publishing.states import By, Refused
from recommender.publishing.tables import ItemTagRow

LONGEST = 20
"""Characters of a tag."""

MOST = 12
"""Tags of an item."""


def tags_of(session: Session) -> dict[str, tuple[str, ...]]:
    """The tags of every item that has any, by its id, in the order of their characters."""
    found: dict[str, tuple[str, ...]] = {}
    for row in session.exec(select(ItemTagRow).order_by(ItemTagRow.item_id, ItemTagRow.tag)):
        found[row.item_id] = (*found.get(row.item_id, ()), row.tag)
    return found


def tag(session: Session, item_id: str, name: str, by: By) -> None:
    """Put a tag on an item; one that it has already stays. The caller commits. Raises ``Refused``, ``LookupError``."""
    name = name.strip()
    if not name or len(name) > LONGEST or not is_one_line(name):
        raise Refused(f"标签请写 1 到 {LONGEST} 个字，不换行")
    if session.get(ItemRow, item_id) is None:
        raise LookupError(item_id)
    count = select(func.count()).select_from(ItemTagRow).where(ItemTagRow.item_id == item_id)
    if session.get(ItemTagRow, (item_id, name)) is not None:
        return
    if session.exec(count).one() >= MOST:
        raise Refused(f"一个事项最多 {MOST} 个标签，请先去掉用不着的")
    try:
        with session.begin_nested():
            session.add(ItemTagRow(item_id=item_id, tag=name, by=by.account))
            session.flush()
    except IntegrityError:
        return  # somebody else just did the same
    _note(session, item_id, "item.tagged", name, by)


def untag(session: Session, item_id: str, name: str, by: By) -> None:
    """Take a tag off an item; one that it has not stays away. The caller commits."""
    found = session.exec(
        select(ItemTagRow).where(col(ItemTagRow.item_id) == item_id, col(ItemTagRow.tag) == name)
    ).one_or_none()
    if found is not None:
        session.delete(found)
        session.flush()
        _note(session, item_id, "item.untagged", name, by)


def _note(session: Session, item_id: str, action: str, name: str, by: By) -> None:
    note(session, actor=by.account, action=action, about=item_id, moment=by.moment, detail={"tag": name})
