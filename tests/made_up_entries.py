"""Entries for the tests of search, short to write down."""

from __future__ import annotations

from datetime import date
from typing import Any

from recommender.search.entries import Entry, Kind

ON = date(2024, 6, 30)


def entry(name: str, title: str, summary: str = "", **more: Any) -> Entry:
    """An item of the province, always in force, that pays nothing, apart from what is said."""
    plain: dict[str, Any] = {
        "id": name,
        "kind": Kind.ITEM,
        "document": "shaanxi",
        "number": None,
        "title": title,
        "summary": summary or title,
        "text": "",
        "clause": "一",
        "region": "610000",
        "category": "money",
        "delivery": "on-application",
        "opens": date(2023, 1, 1),
        "closes": None,
        "low": None,
        "high": None,
    }
    return Entry(**(plain | more))
