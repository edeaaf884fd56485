"""企业码: a result as a page to print, with a QR code that opens the same result on another device.

Whoever has the code sees the result: that is what it is for. So only owners make one, it holds for some days, it can be
ended at any time, and what is shown is the result as it was, computed again from its stored input and item versions.
"""

from __future__ import annotations

import logging
import re
from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug import Response

from enterprises.calendar import format_day
from enterprises.sealing import CannotOpen
from recommender.explanation import Explanation, explain
from recommender.explanation_json import reproduce, to_text
from web.checkup.cards import cards
from web.checkup.charts import amounts_by_kind
from web.checkup.totals import certain_total, possible_total
from web.checkup.typed import read_typed
from web.pages import library, settings, stored, stored_profile, visitor
from web.qr import draw

pages = Blueprint("shares", __name__, url_prefix="/mine/<credit_code>/codes")
decisions = Blueprint("share_decisions", __name__, url_prefix="/mine/<credit_code>/codes")
shared = Blueprint("shared", __name__)

MADE_HERE = "shared"
"""Where the browser's cookie keeps what was shared from it by somebody who had not signed in: they may end it."""

_log = logging.getLogger(__name__)

_MOST_HERE = 5
"""So many are remembered in the cookie, which has little room."""

_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}
"""A page that only those who were given its address should come to."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@pages.get("")
def show_list(credit_code: str) -> str:
    """The codes of an enterprise that open something."""
    from recommender.shares import DAYS, shares_of

    with stored().reading() as database:
        found = shares_of(database, credit_code, settings().now(), settings().seal)
    done = request.args.get("done")
    return render_template("shares.html", credit_code=credit_code, shares=found, days=DAYS, done=done)


@decisions.post("")
def make(credit_code: str) -> Response:
    """Share the enterprise's result as it is today."""
    from enterprises.audit import note
    from recommender.shares import forget_old, share

    explanation, now = explain(library(), stored_profile(credit_code), settings().day()), settings().now()
    account = visitor().account
    assert account is not None
    with stored().writing() as database:
        forget_old(database, now)
        token = share(
            database,
            to_text(explanation),
            as_of=explanation.on,
            moment=now,
            seal=settings().seal,
            credit_code=credit_code,
            made_by=account,
        )
        note(database, actor=account, action="share.made", about=credit_code, moment=now)
    return redirect(url_for("shared.show", token=token), 303)


@decisions.post("/<int:share_id>/end")
def end(credit_code: str, share_id: int) -> Response:
    """End a code: from now on it opens nothing."""
    from enterprises.audit import note
    from recommender.shares import end_share

    account = visitor().account
    assert account is not None
    with stored().writing() as database:
        if not end_share(database, share_id, credit_code):
            abort(404)
        note(database, actor=account, action="share.ended", about=credit_code, moment=settings().now())
    return redirect(url_for("shares.show_list", credit_code=credit_code, done="ended"), 303)


@shared.get("/r/<token>")
def show(token: str) -> tuple[str, int, dict[str, str]]:
    """The result that was shared, as it was."""
    from policies.tables import load_item
    from recommender.shares import find_share

    loaded = library()
    with stored().reading() as database:
        try:
            found = find_share(database, token, settings().now(), settings().seal) if _TOKEN.fullmatch(token) else None
        except CannotOpen:
            _log.error("a shared result was sealed with a key that is not ours: check HUIQI_DATA_KEYS")
            found = None
        if found is None:
            return render_template("share_over.html"), 404, _UNLISTED
        share, text = found
        explanation = reproduce(text, partial(load_item, database, dictionary=loaded.dictionary), loaded.dictionary)
    if to_text(explanation) != text:
        # The program judges otherwise than when this was shared: what was shown then can no longer be stood by.
        return render_template("share_over.html", changed=format_day(share.as_of)), 410, _UNLISTED
    return _report(explanation, token, share.until), 200, _UNLISTED


@shared.post("/codes")
def make_of_typed() -> Response | str | tuple[str, int]:
    """Share what somebody typed without signing in: asked for consent first, since it is stored."""
    from recommender.shares import DAYS, forget_old, share

    typed = read_typed()
    if request.form.get("consent") != "1":
        refused = "asked" in request.form
        page = render_template("share_consent.html", typed=typed, days=DAYS, refused=refused)
        return (page, 422) if refused else page
    explanation, now = explain(library(), typed.profile, typed.on), settings().now()
    with stored().writing() as database:
        forget_old(database, now)
        token = share(database, to_text(explanation), as_of=explanation.on, moment=now, seal=settings().seal)
    session[MADE_HERE] = [*session.get(MADE_HERE, []), token][-_MOST_HERE:]
    return redirect(url_for("shared.show", token=token), 303)


@shared.post("/r/<token>/end")
def end_of_nobody(token: str) -> Response:
    """End a code that was made from this browser without signing in."""
    from recommender.shares import end_share_of_nobody

    mine = session.get(MADE_HERE, [])
    if token not in mine:
        abort(403)
    with stored().writing() as database:
        end_share_of_nobody(database, token)
    session[MADE_HERE] = [each for each in mine if each != token]
    return redirect(url_for("shared.show", token=token), 303)


def _report(explanation: Explanation, token: str, until: object) -> str:
    order = stored().ranker().order(explanation)
    groups = {name: cards((one.match for one in getattr(order, name)), explanation) for name in _GROUPS}
    address = url_for("shared.show", token=token, _external=True)
    return render_template(
        "report.html",
        explanation=explanation,
        groups=groups,
        titles=_GROUPS,
        certain=certain_total(explanation),
        possible=possible_total(explanation),
        chart=amounts_by_kind(explanation),
        code=draw(address),
        address=address,
        token=token,
        until=until,
        mine=token in session.get(MADE_HERE, []),
    )


_GROUPS = {"eligible": "可以享受", "undetermined": "还差信息", "close": "差一点"}
