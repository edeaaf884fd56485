"""The first page: what this is, the ways in, and what is coming up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, url_for

from enterprises import regions
from policies.items import Document, Item
from policies.library import Library
from web.checkup.cards import show_deadline, show_window
from web.pages import library, settings, stored

pages = Blueprint("start", __name__)

SHOWN = 3
"""Deadlines, and new documents."""


@pages.get("/")
def show() -> str:
    """What this is, the field to look oneself up, the other ways in, what ends soon and what is new."""
    loaded = library()
    on = settings().day()
    return render_template(
        "start.html",
        on=on,
        samples=stored().samples() if settings().sample else (),
        documents=len(loaded.documents),
        items=len(loaded.published),
        open_items=sum(item.window.state(on).is_open for item in loaded.published),
        ending=ending_next(loaded.published, on)[:SHOWN],
        newest=newest(loaded, on)[:SHOWN],
        cities=regions.children(regions.SHAANXI),
    )


@dataclass(frozen=True)
class Ending:
    """What ends on a day: an item with dates of its own, or a document with all its items that have none."""

    closes: date
    title: str
    address: str
    said: str


def ending_next(items: Iterable[Item], on: date) -> list[Ending]:
    """What is open on a day and ends, the soonest first."""
    found: dict[str, Ending] = {}
    for item in items:
        closes = item.window.closes
        if closes is None or not item.window.state(on).is_open:
            continue
        if item.window == item.document.validity:
            address = url_for("documents.show", document_id=item.document.id)
            found[address] = Ending(closes, item.document.title, address, show_window(item.window, on))
        else:
            address = url_for("items.show", item_id=item.id)
            found[address] = Ending(closes, item.title, address, show_deadline(item, on))
    return sorted(found.values(), key=lambda each: (each.closes, each.address))


def newest(loaded: Library, on: date) -> list[Document]:
    """The documents by the day on which they were published, the latest first."""
    known = [document for document in loaded.documents.values() if document.published_on <= on]
    return sorted(known, key=lambda document: (document.published_on, document.id), reverse=True)
