"""From an appeal that shows a wrong rule to a draft of the corrected item, and to whom the wrong one misjudged."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, abort, redirect, url_for
from werkzeug import Response

from recommender.publishing.states import Taken
from web import errands
from web.accounts.visitor import Duty
from web.appeals.access import case_for
from web.appeals.corrected import drafts_of
from web.library.access import by
from web.pages import library, settings, stored, visitor
from web.simulations.subjects import snapshot

pages = Blueprint("appeal_drafts", __name__, url_prefix="/office/appeals")
comparisons = Blueprint("appeal_comparisons", __name__, url_prefix="/office/appeals")


@pages.post("/<appeal_id>/drafts")
def begin(appeal_id: str) -> Response:
    """Begin a draft of the item's next version for an appeal, or take the one that is open already."""
    from recommender.corrections.appealed import link
    from recommender.publishing.drafts import begin as begin_draft

    with stored().writing() as database:
        case = case_for(database, appeal_id)
        item = library().items.get(case.row.item_id) if case.row.item_id else None
        if item is None:
            abort(404)
        if not visitor().may(Duty.EDITOR, item.document.region, item.departments):
            abort(403)
        done = "draft-begun"
        try:
            draft_id = begin_draft(database, item.id, by()).id
        except Taken as taken:
            if taken.draft_id is None:
                abort(409)
            draft_id, done = taken.draft_id, "draft-taken"
        link(database, case.row, draft_id, visitor().account or "", settings().now())
    return redirect(url_for("appeals_desk.show", appeal_id=appeal_id, done=done, _anchor="corrected"), 303)


@comparisons.post("/<appeal_id>/drafts/<draft_id>/comparison")
def compare(appeal_id: str, draft_id: str) -> Response:
    """Compare the corrected version, once it is published, with the wrong one over all enterprises."""
    from enterprises.errands import Underway, begin
    from recommender.corrections.corrections import ask, load_correction

    newest, account, now = snapshot(), visitor().account or "", settings().now()
    if newest is None:
        return redirect(url_for("office_snapshot.show"), 303)
    attempt = None
    with stored().writing() as database:
        case = case_for(database, appeal_id)
        draft = next((each for each in drafts_of(database, case) if each.id == draft_id), None)
        if draft is None or draft.versions is None:
            abort(404)
        rows = newest.population.rows
        found = ask(database, draft.item_id, draft.versions, settings().day(), (newest.revision, rows), account, now)
        made = load_correction(database, found)
        if made is None or made.made_at is None:
            with suppress(Underway):  # its page says how far it has come, or offers to begin again
                attempt = begin(database, f"{errands.CORRECTION}{found}", account, now, rows)
    if attempt is not None:
        errands.send(settings(), f"{errands.CORRECTION}{found}", attempt)
    return redirect(url_for("corrections.show", correction_id=found), 303)
