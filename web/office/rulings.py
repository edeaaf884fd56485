"""Deciding about one grant: an objection in the public notice is right, or what was declined is taken up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from recommender.grants.states import Refused
from web.accounts.visitor import Duty
from web.office.ledger import grant_page, seen_grant
from web.pages import settings, stored
from web.payments.doing import by
from web.payments.scope import has

if TYPE_CHECKING:
    from sqlmodel import Session

pages = Blueprint("rulings", __name__, url_prefix="/office/ledger/grants")

CONFLICT = 409


@pages.post("/<grant_id>/uphold")
def uphold(grant_id: str) -> Response | tuple[str, int]:
    """Find an objection right: this grant ends, the others go on."""
    from recommender.payments.rulings import uphold as find_right

    reason = request.form.get("reason", "")
    return _do(grant_id, lambda database: find_right(database, grant_id, reason, by(), settings().seal), "upheld")


@pages.post("/<grant_id>/reopen")
def reopen(grant_id: str) -> Response | tuple[str, int]:
    """Take up again what was declined or has lapsed, and ask the enterprise once more."""
    from recommender.grants.deeds import reopen as take_up
    from recommender.payments.rulings import ask_again

    reason = request.form.get("reason", "")

    def do(database: Session) -> None:
        take_up(database, grant_id, reason, by(), settings().seal)
        ask_again(database, grant_id, by(), settings().seal)

    return _do(grant_id, do, "reopened")


def _do(grant_id: str, deed: Callable[[Session], object], done: str) -> Response | tuple[str, int]:
    grant, about = seen_grant(grant_id)
    if not has(Duty.OPERATOR, about.region, about.department):
        abort(403)
    try:
        with stored().writing() as database:
            deed(database)
    except Refused as refusal:
        return grant_page(grant, about, str(refusal)), CONFLICT
    return redirect(url_for("ledger.show_grant", grant_id=grant_id, done=done), 303)
