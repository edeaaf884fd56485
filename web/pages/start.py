"""The first page: what this is, and two ways in."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.pages import library, settings, stored

pages = Blueprint("start", __name__)


@pages.get("/")
def show() -> str:
    """What this is, the sample enterprises where there are any, and the way to the form."""
    loaded = library()
    on = settings().day()
    return render_template(
        "start.html",
        on=on,
        samples=stored().samples() if settings().sample else (),
        documents=len(loaded.documents),
        items=len(loaded.published),
        open_items=sum(item.window.state(on).is_open for item in loaded.published),
    )
