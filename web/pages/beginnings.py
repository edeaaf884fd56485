"""The check, begun from a page that is about a place or an industry: its form opens with what that page is about."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug import Response

from enterprises.industries import is_industry_code
from enterprises.regions import is_region_code
from web.checkup.draft import Draft, Drawer, Lost
from web.pages.check import DRAWER

pages = Blueprint("beginnings", __name__)

KNOWN = {"f.region": is_region_code, "f.industry": is_industry_code}
"""What may be known already, and what it has to be."""


@pages.post("/check/begin")
def begin() -> Response:
    """On to the form. What somebody has typed there before stands; only what is empty is filled in."""
    told = {name: value for name in KNOWN if (value := request.form.get(name, ""))}
    if not all(KNOWN[name](value) for name, value in told.items()):
        abort(400)
    draft = _found(DRAWER)
    typed = {**draft.typed, **{name: (value,) for name, value in told.items() if not any(draft.typed.get(name, ()))}}
    answer = redirect(url_for("check.show"), 303)
    if DRAWER.keep(answer, Draft(typed, draft.on, draft.sample, draft.skipped, draft.asked)):
        return answer
    return redirect(url_for("check.show"), 303)  # no room for more: what is there already is worth more


def _found(drawer: Drawer) -> Draft:
    try:
        return drawer.find() or Draft()
    except Lost:
        return Draft()
