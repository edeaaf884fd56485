"""Having money back: an operator demands it with a reason, an approver approves, a finance clerk books what comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from enterprises.calendar import parse_day
from enterprises.imports.cells import parse_money
from enterprises.source_text import BadText
from recommender.grants.states import Refused
from web.accounts.visitor import Duty
from web.office.ledger import grant_page, seen_grant
from web.pages import settings, stored
from web.payments.doing import by
from web.payments.scope import has

if TYPE_CHECKING:
    from sqlmodel import Session

pages = Blueprint("recoveries", __name__, url_prefix="/office/ledger/grants")
"""What operators do."""

approvals = Blueprint("recovery_approvals", __name__, url_prefix="/office/ledger/grants")
"""What approvers do."""

receipts = Blueprint("recovery_receipts", __name__, url_prefix="/office/ledger/grants")
"""What finance clerks do."""

UNPROCESSABLE, CONFLICT = 422, 409

Deed = Callable[["Session"], object]


@pages.post("/<grant_id>/demand")
def demand(grant_id: str) -> Response | tuple[str, int]:
    """Propose to have money back."""
    from recommender.payments.recovery import demand as propose

    amount, due, mistakes = _amount_and_day("due")
    reason = request.form.get("reason", "")
    if not reason.strip():
        mistakes["reason"] = "请写明原因"
    return _do(
        grant_id,
        Duty.OPERATOR,
        mistakes,
        lambda database: propose(database, grant_id, amount, reason, due, by(), settings().seal),
        "demanded",
    )


@approvals.post("/<grant_id>/recoveries/<recovery_id>/approve")
def approve(grant_id: str, recovery_id: str) -> Response | tuple[str, int]:
    """Have the demand made: for another account than the one that proposed it."""
    from recommender.payments.recovery import approve as agree

    return _do(
        grant_id,
        Duty.APPROVER,
        {},
        _of(grant_id, recovery_id, lambda database: agree(database, recovery_id, by(), settings().seal)),
        "approved",
    )


@approvals.post("/<grant_id>/recoveries/<recovery_id>/lift")
def lift(grant_id: str, recovery_id: str) -> Response | tuple[str, int]:
    """Give up what has not come back, with a reason."""
    from recommender.payments.recovery import lift as give_up

    reason = request.form.get("reason", "")
    return _do(
        grant_id,
        Duty.APPROVER,
        {},
        _of(grant_id, recovery_id, lambda database: give_up(database, recovery_id, reason, by(), settings().seal)),
        "lifted",
    )


@receipts.post("/<grant_id>/recoveries/<recovery_id>/receive")
def receive(grant_id: str, recovery_id: str) -> Response | tuple[str, int]:
    """Book what came back on a day."""
    from recommender.payments.recovery import receive as book

    amount, on, mistakes = _amount_and_day("on")
    return _do(
        grant_id,
        Duty.FINANCE,
        mistakes,
        _of(grant_id, recovery_id, lambda database: book(database, recovery_id, amount, on, by(), settings().seal)),
        "received",
    )


@receipts.post("/<grant_id>/entries/<int:number>/correct")
def correct(grant_id: str, number: int) -> Response | tuple[str, int]:
    """Take back a receipt that was booked by mistake."""
    from recommender.payments.ledger import entries
    from recommender.payments.recovery import correct as take_back

    reason = request.form.get("reason", "")

    def do(database: Session) -> None:
        if not any(entry.number == number for entry in entries(database, settings().seal, grant_id=grant_id)):
            abort(404)
        take_back(database, number, reason, by(), settings().seal)

    return _do(grant_id, Duty.FINANCE, {}, do, "corrected")


def _do(grant_id: str, duty: Duty, mistakes: dict[str, str], deed: Deed, done: str) -> Response | tuple[str, int]:
    grant, about = seen_grant(grant_id)
    if not has(duty, about.region, about.department):
        abort(403)
    if mistakes:
        return grant_page(grant, about, mistakes=mistakes), UNPROCESSABLE
    try:
        with stored().writing() as database:
            deed(database)
    except Refused as refusal:
        return grant_page(grant, about, str(refusal)), CONFLICT
    return redirect(url_for("ledger.show_grant", grant_id=grant_id, done=done), 303)


def _of(grant_id: str, recovery_id: str, deed: Deed) -> Deed:
    """The deed, if the demand is one of this grant."""

    def do(database: Session) -> object:
        from recommender.payments.recovery import recoveries

        if recovery_id not in [one.id for one in recoveries(database, settings().seal, grant_id=grant_id)]:
            abort(404)
        return deed(database)

    return do


def _amount_and_day(day_name: str) -> tuple[int, date, dict[str, str]]:
    mistakes = {}
    amount, day = 0, settings().day()
    try:
        amount = parse_money(request.form.get("amount", "").strip()[:100], "元")
    except BadText as error:
        mistakes["amount"] = str(error)
    try:
        day = parse_day(request.form.get(day_name, "")[:100])
    except BadText as error:
        mistakes[day_name] = str(error)
    return amount, day, mistakes
