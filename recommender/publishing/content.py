"""What a draft says: an item and its document as plain data, which may still have mistakes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enterprises import regions
from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem, Problems, from_plain
from policies.items import Item, Status, read_document, read_item
from recommender.publishing.states import Refused

DOCUMENT = "政策文件"
ITEM = "政策事项"
"""What problems name in the place of a file: which of the two parts is meant."""

MOST_BYTES = 512 * 1024
"""Of a draft, as JSON: many times the longest item."""

Plain = dict[str, Any]
Content = Mapping[str, Plain]
"""``item`` and ``document``, each as its file would say it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose an item is: the region of its document (``None``: not said yet) and its departments."""

    region: str | None
    departments: tuple[str, ...]


def settled(content: Mapping[str, object], item_id: str, document_id: str, version: int) -> dict[str, Plain]:
    """The content as it is kept: texts only, under the ids and the version that the draft has, and published.

    What is not for the editor to say is put right; everything else stays, mistakes included. Raises ``Problem`` where
    a text holds what no text may hold, and ``Refused`` where a part is no mapping or all of it is too long.
    """
    item, document = _mapping(content, "item", ITEM), _mapping(content, "document", DOCUMENT)
    own = {"id": item_id, "version": str(version), "status": Status.PUBLISHED.value}
    kept = {"item": {**item, **own}, "document": {**document, "id": document_id}}
    if len(json.dumps(kept, ensure_ascii=False).encode()) > MOST_BYTES:
        raise Refused(f"内容太多了，最多 {MOST_BYTES // 1024} KB。请删去用不着的部分")
    return kept


def _mapping(content: Mapping[str, object], name: str, place: str) -> Plain:
    plain = from_plain(content.get(name), place).plain()
    if not isinstance(plain, dict):
        raise Refused(f"{place}的内容应是“名称: 值”的映射")
    return plain


def read(content: Content, dictionary: Dictionary) -> Item | Problems:
    """The item that a content says, or what is wrong with it: the first mistake of its document, or of itself."""
    try:
        document = read_document(from_plain(content["document"], DOCUMENT))
        return read_item(from_plain(content["item"], ITEM), document, dictionary)
    except Problem as problem:
        return Problems([problem])


def scope_of(content: Mapping[str, Any]) -> Scope | None:
    """Whose the item would be by this content; ``None`` where that cannot be told."""
    document, item = content.get("document"), content.get("item")
    region = document.get("region") if isinstance(document, Mapping) else None
    departments = item.get("departments") if isinstance(item, Mapping) else None
    if not isinstance(region, str) or not regions.is_region_code(region):
        return None
    if not isinstance(departments, list) or not all(isinstance(each, str) and each for each in departments):
        return None
    return Scope(region, tuple(departments)) if departments else None
