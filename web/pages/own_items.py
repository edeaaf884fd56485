"""One item as it stands for one enterprise: the answer with all its evidence, and what the enterprise did with it.

Opening the page is noted, once a day, as feedback that the order of suggestions learns from; it changes no answer.
"""

from __future__ import annotations

import hashlib
from uuid import uuid4

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from policies.items import Item, Status
from recommender.explanation import explain
from recommender.ranking.feedback import Event, Feedback, Standing, standings
from web.checkup.cards import cards
from web.pages import library, settings, stored, stored_profile
from web.pages.items import alike

pages = Blueprint("own_items", __name__, url_prefix="/mine/<credit_code>/items")

TOLD = (Event.APPLIED, Event.NOT_FOR_ME, Event.WITHDRAWN)
"""What an enterprise may say of an item here."""


@pages.get("/<item_id>")
def show(credit_code: str, item_id: str) -> str:
    """The item's answer for the enterprise, by what is stored of it."""
    item = _item(item_id)
    explanation = explain(library(), stored_profile(credit_code), settings().day())
    (card,) = cards((match for match in explanation.matches if match.item.id == item.id), explanation)
    _note(credit_code, item, Event.OPENED, _once_a_day(credit_code, item))
    return render_template(
        "own_item.html",
        credit_code=credit_code,
        item=item,
        card=card,
        on=explanation.on,
        standing=_standing(credit_code, item),
        alike=alike().of(item.id, library()),
    )


@pages.post("/<item_id>/feedback")
def tell(credit_code: str, item_id: str) -> Response:
    """What became of it: applied for, not for us, or that taken back."""
    item, event = _item(item_id), request.form.get("event", "")
    if event not in TOLD:
        abort(400)
    _note(credit_code, item, Event(event), uuid4().hex)
    return redirect(url_for("own_items.show", credit_code=credit_code, item_id=item.id, _anchor="told"), 303)


def _item(item_id: str) -> Item:
    item = library().items.get(item_id)
    if item is None or item.status is not Status.PUBLISHED:
        abort(404)
    return item


def _note(credit_code: str, item: Item, event: Event, event_id: str) -> None:
    from recommender.campaigns.responses import note_response
    from recommender.channels.receipts import Kind
    from recommender.ranking.tables import add_feedback, find_feedback

    told = Feedback(event_id, credit_code, item.id, item.version, event, None, None, settings().now(), "web")
    with stored().writing() as database:
        if find_feedback(database, event_id) is None:
            add_feedback(database, {1: told}, library().dictionary)
        if event in (Event.OPENED, Event.APPLIED):
            kind = Kind.APPLIED if event is Event.APPLIED else Kind.FOLLOWED
            note_response(database, credit_code, item.id, kind, settings().now())


def _once_a_day(credit_code: str, item: Item) -> str:
    """The id of the event that the page was opened today: opened again, it is the same one."""
    said = f"opened {credit_code} {item.id} {item.version} {settings().now().date().isoformat()}"
    return hashlib.sha256(said.encode()).hexdigest()


def _standing(credit_code: str, item: Item) -> Standing | None:
    from recommender.ranking.tables import feedback_of

    with stored().reading() as database:
        return standings(feedback_of(database, credit_code)).get(item.id)
