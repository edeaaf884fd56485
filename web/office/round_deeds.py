"""Doing something with a round: comparing, striking, and every step that an operator or a checker takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from recommender.grants.states import Refused
from recommender.payments.round_states import RoundDeed
from recommender.payments.rounds import Round
from web.accounts.visitor import Duty
from web.office.rounds import CARRIED, candidate_page, round_page
from web.pages import settings, stored
from web.payments.doing import by, on, revision
from web.payments.scope import own_round, seen_round

pages = Blueprint("round_deeds", __name__, url_prefix="/office/rounds")
"""What operators do."""

checks = Blueprint("round_checks", __name__, url_prefix="/office/rounds")
"""What approvers do."""

works = Blueprint("round_works", __name__, url_prefix="/office/rounds")
"""Going on with what was decided: whoever decided."""

PORTION, PORTIONS = 200, 5
"""So many grants a transaction, and so many transactions a click."""

COMPARED, COMPARISONS = 500, 12
"""So many enterprises a transaction, and so many transactions a click."""

CONFLICT = 409


@pages.post("/<round_id>/compare")
def compare(round_id: str) -> Response | tuple[str, int]:
    """Look at the next enterprises, portion by portion; what is left, the next click does."""
    from recommender.payments.comparing import compare as look
    from web.folders import snapshots_folder

    found = own_round(round_id, Duty.OPERATOR)
    folder = snapshots_folder(settings().files)
    try:
        for _ in range(COMPARISONS):
            with stored().writing() as database:
                progress = look(database, round_id, folder, by(), settings().seal, COMPARED)
            if progress.done:
                return on(round_id, RoundDeed.LIST.value)
    except Refused as refusal:
        return round_page(found, str(refusal)), CONFLICT
    return redirect(url_for("rounds.show", round_id=round_id), 303)


@pages.post("/<round_id>/candidates/<credit_code>/strike")
def strike(round_id: str, credit_code: str) -> Response | tuple[str, int]:
    """Take an enterprise off the list, with a reason."""
    from recommender.payments.round_deeds import strike as take_off

    reason = request.form.get("reason", "")
    return _restand(
        round_id,
        credit_code,
        lambda database: take_off(database, round_id, credit_code, reason, by(), settings().seal),
        reason,
    )


@pages.post("/<round_id>/candidates/<credit_code>/restore")
def restore(round_id: str, credit_code: str) -> Response | tuple[str, int]:
    """Put an enterprise back on the list."""
    from recommender.payments.round_deeds import restore as put_back

    return _restand(
        round_id, credit_code, lambda database: put_back(database, round_id, credit_code, by(), settings().seal)
    )


# --------------------------------------------------------------- step by step


@pages.post("/<round_id>/go-on")
def go_on(round_id: str) -> Response | tuple[str, int]:
    """Take the step that the form names, for the round as it was looked at."""
    from recommender.payments import round_deeds as deeds

    reason = request.form.get("reason", "")
    ways: Mapping[str, Callable[..., Round]] = {
        RoundDeed.SUBMIT: deeds.submit,
        RoundDeed.AGAIN: deeds.start_again,
        RoundDeed.NOTICE: deeds.publish,
        RoundDeed.ASK: deeds.ask,
        RoundDeed.CLOSE: deeds.close,
        RoundDeed.CANCEL: lambda database, at, seen, *who: deeds.cancel(database, at, seen, reason, *who),
    }
    return _step(own_round(round_id, Duty.OPERATOR), ways)


@checks.post("/<round_id>/check")
def check(round_id: str) -> Response | tuple[str, int]:
    """Find the list right, or have it mended."""
    from recommender.payments import round_deeds as deeds

    reason = request.form.get("reason", "")
    ways: Mapping[str, Callable[..., Round]] = {
        RoundDeed.CHECK: deeds.check,
        RoundDeed.SEND_BACK: lambda database, at, seen, *who: deeds.send_back(database, at, seen, reason, *who),
    }
    return _step(own_round(round_id, Duty.APPROVER), ways)


@works.post("/<round_id>/carry-on")
def carry_on(round_id: str) -> Response | tuple[str, int]:
    """Do what was decided for the grants that are left."""
    found = own_round(round_id, Duty.OPERATOR, Duty.APPROVER)
    try:
        left = _carry(found)
    except Refused as refusal:
        return _refuse(round_id, refusal)
    return on(round_id, "carried", left)


def _step(found: Round, ways: Mapping[str, Callable[..., Round]]) -> Response | tuple[str, int]:
    deed = request.form.get("deed", "")
    if deed not in ways:
        abort(400)
    try:
        with stored().writing() as database:
            now = ways[deed](database, found.id, revision(), by(), settings().seal)
        left = _carry(now)
    except Refused as refusal:
        return _refuse(found.id, refusal)
    return on(found.id, deed, left)


def _refuse(round_id: str, refusal: Refused) -> tuple[str, int]:
    """The page of the round as it stands now: a step may have been taken before something was refused."""
    return round_page(seen_round(round_id), str(refusal)), CONFLICT


def _carry(found: Round) -> int:
    """Do what was decided, portion by portion; for how many grants it is left to be done."""
    from recommender.payments.carrying import carry_on as go

    left = 0
    if found.state in CARRIED:
        for _ in range(PORTIONS):
            with stored().writing() as database:
                left = go(database, found.id, by(), settings().seal, PORTION).left
            if not left:
                break
    return left


def _restand(round_id: str, credit_code: str, do: Callable[..., Round], reason: str = "") -> Response | tuple[str, int]:
    found = own_round(round_id, Duty.OPERATOR)
    try:
        with stored().writing() as database:
            do(database)
    except Refused as refusal:
        return candidate_page(found, credit_code, str(refusal), reason), CONFLICT
    return redirect(url_for("rounds.show_candidate", round_id=round_id, credit_code=credit_code), 303)
