"""The library as officials list it: a row an item that the visitor's posts cover, with what narrows the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem
from policies.gaps import Gap, Kind, gaps
from policies.items import Category, Delivery, Item, WindowState
from policies.library import Library
from web.checkup.cards import show_deadline
from web.library.access import READERS, may, scope_of_item
from web.pages import library, settings, stored

if TYPE_CHECKING:
    from sqlmodel import Session

FILTERS = ("text", "document", "category", "delivery", "department", "status", "tag", "gap", "days")
"""What an address may ask for."""

STATUSES = {
    "published": "在库",
    "expired": "已过期",
    "drafted": "有草稿",
    "confirmation": "条文待确认",
    "retired": "已停用",
}


@dataclass(frozen=True)
class ItemRow:
    """An item in the list; ``draft``: the id of its open draft, ``deadline``: in words."""

    item: Item
    retired: bool
    tags: tuple[str, ...]
    draft: str | None
    gaps: tuple[Gap, ...]
    deadline: str
    state: WindowState

    @property
    def status(self) -> str:
        """Where it stands, as the list says it."""
        return "已停用" if self.retired else self.state.label


def rows() -> tuple[ItemRow, ...]:
    """Every item that the visitor's posts cover: what is in the library, then what was ended."""
    from recommender.publishing.drafts import open_drafts
    from recommender.publishing.tags import tags_of

    loaded, on = library(), settings().day()
    with stored().reading() as database:
        tags, drafts = tags_of(database), open_drafts(database)
        ended = list(_retired(database, loaded.dictionary))
    found = [*((item, False) for item in loaded.published), *((item, True) for item in ended)]
    return tuple(
        ItemRow(
            item,
            retired,
            tags.get(item.id, ()),
            drafts.get(item.id),
            () if retired else gaps(item, loaded.dictionary),
            show_deadline(item, on),
            item.window.state(on),
        )
        for item, retired in found
        if may([scope_of_item(item)], *READERS)
    )


def _retired(session: Session, dictionary: Dictionary) -> Iterator[Item]:
    from sqlmodel import col, select

    from policies.publication import newest_version
    from policies.tables import ItemRow as StoredItem
    from policies.tables import load_item

    ended = select(StoredItem.id).where(col(StoredItem.retired)).order_by(col(StoredItem.position), col(StoredItem.id))
    for item_id in session.exec(ended).all():
        try:
            yield load_item(session, item_id, newest_version(session, item_id), dictionary)
        except Problem:
            continue  # it names what the dictionary no longer knows


def wanted(found: Iterable[ItemRow], asked: Mapping[str, str], on: date) -> tuple[ItemRow, ...]:
    """The rows that an address asks for; what was ended only where that is asked for."""
    return tuple(row for row in found if _wanted(row, asked, on))


def _wanted(row: ItemRow, asked: Mapping[str, str], on: date) -> bool:
    item = row.item
    text = f"{item.title} {item.summary} {' '.join(item.departments)} {item.id} {' '.join(row.tags)}".casefold()
    return (
        all(word in text for word in asked["text"].casefold().split())
        and asked["document"] in ("", item.document.id)
        and asked["category"] in ("", item.category.value)
        and asked["delivery"] in ("", item.delivery.value)
        and asked["department"] in ("", *item.departments)
        and asked["tag"] in ("", *row.tags)
        and asked["gap"] in ("", *(gap.kind.value for gap in row.gaps))
        and _has_status(row, asked["status"])
        and (not asked["days"] or _ends_within(row, on, int(asked["days"])))
    )


def _has_status(row: ItemRow, status: str) -> bool:
    return {
        "": not row.retired,
        "published": not row.retired and row.state is not WindowState.EXPIRED,
        "expired": not row.retired and row.state is WindowState.EXPIRED,
        "drafted": row.draft is not None,
        "confirmation": not row.retired and row.item.needs_confirmation,
        "retired": row.retired,
    }.get(status, True)


def _ends_within(row: ItemRow, on: date, days: int) -> bool:
    closes = row.item.window.closes
    return not row.retired and closes is not None and on <= closes <= on + timedelta(days=days)


def asked_for(arguments: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for; days that are no number of days ask for nothing."""
    asked = {name: arguments.get(name, "").strip()[:120] for name in FILTERS}
    if asked["days"] not in ("30", "90"):
        asked["days"] = ""
    return asked


@dataclass(frozen=True)
class Choice:
    """What the list can be narrowed by, with its options: what an address says, and what people read."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


def choices(found: Iterable[ItemRow], loaded: Library) -> tuple[Choice, ...]:
    """Everything that these items can be narrowed by."""
    listed = tuple(found)
    named = {row.item.document.id: row.item.document.title for row in listed}
    order = {document_id: number for number, document_id in enumerate(loaded.documents)}
    documents = sorted(named.items(), key=lambda each: order.get(each[0], len(order)))
    departments = sorted({department for row in listed for department in row.item.departments})
    tags = sorted({tag for row in listed for tag in row.tags})
    return (
        Choice("document", "文件", tuple(documents)),
        Choice("department", "部门", tuple((each, each) for each in departments)),
        Choice("category", "类别", tuple((each.value, each.label) for each in Category)),
        Choice("delivery", "兑现方式", tuple((each.value, each.label) for each in Delivery)),
        Choice("status", "状态", tuple(STATUSES.items())),
        Choice("gap", "缺什么", tuple((each.value, each.label) for each in Kind)),
        Choice("days", "什么时候到期", (("30", "30 天内"), ("90", "90 天内"))),
        Choice("tag", "标签", tuple((each, each) for each in tags)),
    )
