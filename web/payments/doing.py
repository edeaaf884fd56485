"""What every deed with rounds and payments takes: who, when, what was looked at, and where one goes afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from web.pages import settings, visitor

if TYPE_CHECKING:
    from recommender.grants.deeds import By


def by() -> By:
    """Who does it, when, and on which day it is judged."""
    from recommender.grants.deeds import By

    return By(visitor().account or "", settings().now(), settings().day())


def on(round_id: str, done: str, left: int = 0) -> Response:
    """To the page of a round, which says what was done, and for how many grants it is left to be."""
    return redirect(url_for("rounds.show", round_id=round_id, done=done, left=left or None), 303)


def revision() -> int:
    """The revision that was looked at, as the form has it."""
    typed = request.form.get("revision", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len("999999999")):
        abort(400)
    return int(typed)
