"""Policy documents: the list, and one with its items and what was left out of it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from web.checkup.cards import show_deadline, show_window
from web.pages import library, settings

pages = Blueprint("documents", __name__)


@pages.get("/documents")
def show_list() -> str:
    """All documents, with how many items each has."""
    loaded = library()
    counts = {
        document_id: sum(item.document.id == document_id for item in loaded.published)
        for document_id in loaded.documents
    }
    return render_template(
        "documents.html",
        documents=loaded.documents.values(),
        counts=counts,
        on=settings().day(),
        show_window=show_window,
    )


@pages.get("/documents/<document_id>")
def show(document_id: str) -> str:
    """One document: how long it holds and how that was read, its items, and the clauses that are no items, with why."""
    loaded, on = library(), settings().day()
    document = loaded.documents.get(document_id)
    if document is None:
        abort(404)
    return render_template(
        "document.html",
        document=document,
        items=[item for item in loaded.published if item.document.id == document_id],
        on=on,
        window=show_window(document.validity, on),
        state=document.validity.state(on),
        show_deadline=show_deadline,
    )
