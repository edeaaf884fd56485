"""What operators do with a campaign that was approved: start, pause, resume, cancel, send again what failed, and bring
its figures up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from recommender.campaigns.states import NoReason, Refused
from web.accounts.visitor import Duty
from web.campaigns import scope
from web.campaigns.acting import acting
from web.office import campaign_runs
from web.pages import stored

if TYPE_CHECKING:
    from sqlmodel import Session

pages = Blueprint("campaign_deeds", __name__, url_prefix="/office/campaign-runs")

CONFLICT, UNPROCESSABLE = 409, 422

Answer = Response | tuple[str, int]


@pages.post("/<int:campaign_id>/start")
def start(campaign_id: int) -> Answer:
    """Begin now."""
    from recommender.campaigns.deeds import start

    return _do(campaign_id, "started", lambda database: start(database, campaign_id, acting()))


@pages.post("/<int:campaign_id>/pause")
def pause(campaign_id: int) -> Answer:
    """Send no further batch."""
    from recommender.campaigns.deeds import pause

    return _do(campaign_id, "paused", lambda database: pause(database, campaign_id, acting()))


@pages.post("/<int:campaign_id>/resume")
def resume(campaign_id: int) -> Answer:
    """Go on."""
    from recommender.campaigns.deeds import resume

    return _do(campaign_id, "resumed", lambda database: resume(database, campaign_id, acting()))


@pages.post("/<int:campaign_id>/cancel")
def cancel(campaign_id: int) -> Answer:
    """End it, for a reason; what was not sent never is."""
    from recommender.campaigns.deeds import cancel

    reason = request.form.get("reason", "")
    return _do(campaign_id, "cancelled", lambda database: cancel(database, campaign_id, reason, acting()))


@pages.post("/<int:campaign_id>/retry")
def retry(campaign_id: int) -> Answer:
    """Send what failed again: one message where it is named, else all."""
    from recommender.campaigns.deeds import retry

    one = request.form.get("delivery", "")
    return _do(campaign_id, "retried", lambda database: retry(database, campaign_id, acting(), [one] if one else None))


@pages.post("/<int:campaign_id>/receipts")
def gather(campaign_id: int) -> Answer:
    """Note what is known by now of what enterprises did, and was not noted when they did it."""
    from recommender.channels.gathering import gather

    with stored().writing() as database:
        scope.load(database, campaign_id, Duty.OPERATOR)
        new = gather(database, campaign_id)
    return redirect(url_for("campaign_runs.show_statistics", campaign_id=campaign_id, new=new), 303)


def _do(campaign_id: int, done: str, deed: Callable[[Session], object]) -> Answer:
    """All of it or nothing; where it cannot be done, the page says why."""
    try:
        with stored().writing() as database:
            scope.load(database, campaign_id, Duty.OPERATOR)
            found = deed(database)
    except Refused as error:
        return _refuse(campaign_id, error)
    count = found if isinstance(found, int) else None
    return redirect(url_for("campaign_runs.show", campaign_id=campaign_id, done=done, count=count), 303)


def _refuse(campaign_id: int, error: Refused) -> tuple[str, int]:
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
        if isinstance(error, NoReason):
            return campaign_runs.page(database, campaign, mistake=str(error)), UNPROCESSABLE
        reason = request.form.get("reason", "")
        return campaign_runs.page(database, campaign, refusal=str(error), reason=reason), CONFLICT
