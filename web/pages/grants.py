"""Grants (免申即享): what waits for the enterprise's yes, what is under way, what has been paid; and saying yes or no.

Everybody of the enterprise sees them, owners decide. What is past its last day is over, also where nobody has written
that down yet; looking changes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from enterprises.calendar import SHANGHAI, format_day
from recommender.grants.account import BadAccount, read_account
from recommender.grants.grants import Grant, grants_of, load_grant
from recommender.grants.states import TRANSITIONS, AccountChanged, Deed, NoAccount, NoSuchGrant, Refused
from recommender.grants.sums import totals
from recommender.grants.wording import steps
from web.grants.forms import NOTHING, REASONS, Typed, read_reason, read_words
from web.grants.proofs import Proof, read_proof
from web.grants.shown import Shown, account_of, in_groups, is_possible, show_grant
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.grants.deeds import By

pages = Blueprint("grants", __name__, url_prefix="/mine/<credit_code>/grants")
decisions = Blueprint("grant_decisions", __name__, url_prefix="/mine/<credit_code>/grants")


@pages.get("")
def show_list(credit_code: str) -> str:
    """All grants of the enterprise: what waits for its answer first."""
    on = settings().day()
    with stored().reading() as database:
        grants = grants_of(database, credit_code, settings().seal)
        shown = [_shown(database, grant, on) for grant in grants]
    groups = in_groups(shown, on)
    return render_template(
        "grants.html",
        credit_code=credit_code,
        groups=groups,
        shown=[each for _, _, some in groups for each in some],
        totals=totals(grants, on),
        near=[each for _, _, some in groups for each in some if each.near],
    )


@pages.get("/<grant_id>")
def show(credit_code: str, grant_id: str) -> str:
    """One grant: what, why, how much, to which account, and what happens next."""
    return _page(credit_code, grant_id)


@decisions.post("/<grant_id>/accept")
def accept(credit_code: str, grant_id: str) -> Response | tuple[str, int]:
    """Say yes, to the account that was shown. A second tap gets the same answer."""
    from recommender.grants.deeds import accept as say_yes

    try:
        with stored().writing() as database:
            grant = _own(database, credit_code, grant_id)
            if grant.is_open(settings().day()) and request.form.get("seen", "") != grant.seen:
                raise AccountChanged
            say_yes(database, grant_id, _by(), settings().seal)
    except NoAccount:
        return _to("grant_decisions.ask_account", credit_code, grant_id)
    except Refused as refusal:
        return _page(credit_code, grant_id, str(refusal)), 409
    return _to("grants.show", credit_code, grant_id, done="accepted")


@decisions.get("/<grant_id>/decline")
def ask_decline(credit_code: str, grant_id: str) -> str | tuple[str, int]:
    """Ask once more before money is given up."""
    return _form("grant_decline.html", credit_code, grant_id, Deed.DECLINE)


@decisions.post("/<grant_id>/decline")
def decline(credit_code: str, grant_id: str) -> Response | str | tuple[str, int]:
    """Say no, with a reason."""
    from recommender.grants.deeds import decline as say_no

    typed = read_reason(request.form)
    if typed.mistakes:
        return _form("grant_decline.html", credit_code, grant_id, Deed.DECLINE, typed)
    reason, words = typed.values["reason"], typed.values["words"]
    try:
        with stored().writing() as database:
            _own(database, credit_code, grant_id)
            say_no(database, grant_id, f"{reason}：{words}" if words else reason, _by(), settings().seal)
    except Refused as refusal:
        return _page(credit_code, grant_id, str(refusal)), 409
    return _to("grants.show", credit_code, grant_id, done="declined")


@decisions.get("/<grant_id>/account")
def ask_account(credit_code: str, grant_id: str) -> str | tuple[str, int]:
    """What to do about an account that is wrong or missing."""
    return _form("grant_account.html", credit_code, grant_id, Deed.CHANGE_ACCOUNT)


@decisions.post("/<grant_id>/account")
def change_account(credit_code: str, grant_id: str) -> Response | str | tuple[str, int]:
    """Take another account, which has to be typed as a whole; nothing of the old one is kept in it."""
    from recommender.grants import deeds

    values = {field: request.form.get(field, "") for field in ("holder", "bank", "number")}
    try:
        account = read_account(**values)
    except BadAccount as error:
        typed = Typed(values, error.mistakes)
        return _form("grant_account.html", credit_code, grant_id, Deed.CHANGE_ACCOUNT, typed)
    try:
        with stored().writing() as database:
            _own(database, credit_code, grant_id)
            deeds.change_account(database, grant_id, account, _by(), settings().seal)
    except Refused as refusal:
        return _page(credit_code, grant_id, str(refusal)), 409
    return _to("grants.show", credit_code, grant_id, done="account")


@decisions.post("/<grant_id>/account/wrong")
def report_account(credit_code: str, grant_id: str) -> Response | str | tuple[str, int]:
    """Say that the account is wrong, and leave it to the office."""
    from recommender.grants import deeds

    typed = read_words(request.form)
    if typed.mistakes:
        return _form("grant_account.html", credit_code, grant_id, Deed.CHANGE_ACCOUNT, typed)
    try:
        with stored().writing() as database:
            _own(database, credit_code, grant_id)
            deeds.report_account(database, grant_id, typed.values["words"], _by(), settings().seal)
    except Refused as refusal:
        return _page(credit_code, grant_id, str(refusal)), 409
    return _to("grants.show", credit_code, grant_id, done="reported")


def _own(database: Session, credit_code: str, grant_id: str) -> Grant:
    """A grant of this enterprise that it may see; anything else is not there."""
    try:
        grant = load_grant(database, grant_id, settings().seal)
    except NoSuchGrant:
        abort(404)
    if grant.credit_code != credit_code or not grant.shown:
        abort(404)
    return grant


def _page(credit_code: str, grant_id: str, refusal: str = "") -> str:
    on = settings().day()
    with stored().reading() as database:
        grant = _own(database, credit_code, grant_id)
        shown, proof = _shown(database, grant, on), _proof(database, grant)
    account = account_of(grant, settings().seal)
    return render_template(
        "grant.html",
        credit_code=credit_code,
        shown=shown,
        grant=grant,
        refusal=refusal,
        done=_done(grant),
        account=account,
        mistyped=account is not None and account.may_be_mistyped,
        may_change=is_possible(grant, Deed.CHANGE_ACCOUNT, on),
        proof=proof,
        steps=list(steps(grant, on)),
        history=[(event, format_day(event.moment.astimezone(SHANGHAI).date())) for event in reversed(grant.history)],
        parties={event.deed: TRANSITIONS[event.deed].by.label for event in grant.history},
    )


def _form(template: str, credit_code: str, grant_id: str, deed: Deed, typed: Typed = NOTHING) -> str | tuple[str, int]:
    """A page that asks; where there is nothing left to ask, the grant's own page, which says so."""
    on = settings().day()
    with stored().reading() as database:
        shown = _shown(database, _own(database, credit_code, grant_id), on)
    if not is_possible(shown.grant, deed, on):
        return _page(credit_code, grant_id, "这笔现在不能这样办了。请看下面的状态"), 409
    page = render_template(
        template,
        credit_code=credit_code,
        shown=shown,
        grant=shown.grant,
        account=account_of(shown.grant, settings().seal),
        typed=typed.values,
        mistakes=typed.mistakes,
        reasons=REASONS,
    )
    return (page, 422) if typed.mistakes else page


def _shown(database: Session, grant: Grant, on: date) -> Shown:
    return show_grant(database, grant, on, library().dictionary)


def _proof(database: Session, grant: Grant) -> Proof:
    from recommender.tables import load_explanation

    return read_proof(load_explanation(database, grant.explanation_id), grant.item_id)


def _done(grant: Grant) -> str | None:
    """What the address says was done, if it really was: anybody can type an address."""
    said = request.args.get("done", "")
    return said if said in _DONE and grant.last(_DONE[said]) is not None else None


_DONE = {
    "accepted": Deed.ACCEPT,
    "declined": Deed.DECLINE,
    "account": Deed.CHANGE_ACCOUNT,
    "reported": Deed.REPORT_ACCOUNT,
}


def _by() -> By:
    from recommender.grants.deeds import By

    account = visitor().account
    assert account is not None
    return By(account, settings().now(), settings().day())


def _to(endpoint: str, credit_code: str, grant_id: str, done: str | None = None) -> Response:
    return redirect(url_for(endpoint, credit_code=credit_code, grant_id=grant_id, done=done), 303)
