"""How campaigns fare: progress, deliveries with their reasons, what came of it; nothing is changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template, request, url_for

from enterprises.calendar import format_moment
from recommender.campaigns.states import Deed, DeliveryState, State
from recommender.campaigns.tallies import DEFINITIONS, Tally
from web.accounts.visitor import Duty
from web.campaigns import outcomes, scope
from web.campaigns.channels import label
from web.campaigns.shown import DELIVERY_LOOKS, place, show_campaign, show_summaries
from web.pages import library, settings, stored

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.campaigns.campaigns import Campaign, Summary

pages = Blueprint("campaign_runs", __name__, url_prefix="/office/campaign-runs")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BEGUN = (State.APPROVED, State.PLANNING, State.RUNNING, State.PAUSED, State.FINISHED, State.CANCELLED)
"""The states from approval on."""

DEEDS = (Deed.START, Deed.PAUSE, Deed.RESUME, Deed.CANCEL, Deed.RETRY, Deed.REOPEN)
"""What may be done with a campaign here, by its operators."""


@pages.get("")
def show_list() -> str:
    """The campaigns that were approved, each with its reach."""
    from recommender.campaigns.statistics import by_campaign

    with stored().reading() as database:
        found = _visible(database)
        tallies = by_campaign(database, [each.id for each in found])
    rows = [(row, tallies.get(row.summary.id)) for row in show_summaries(found)]
    return render_template("campaign_runs.html", rows=rows, rate=outcomes.say_rate)


@pages.get("/statistics")
def show_all_statistics() -> str:
    """What became of all campaigns that the visitor may see."""
    with stored().reading() as database:
        found = _visible(database)
        shown = _outcomes(database, {each.id: each.title for each in found})
    return _statistics_page(shown, "所有推送", url_for("campaign_runs.download_all"), None)


@pages.get("/statistics.xlsx")
def download_all() -> Response:
    """The same as a workbook."""
    with stored().reading() as database:
        found = _visible(database)
        shown = _outcomes(database, {each.id: each.title for each in found})
    return _workbook(shown, "所有推送", "您负责的范围", "campaigns")


@pages.get("/<int:campaign_id>")
def show(campaign_id: int) -> str:
    """How far a campaign has come, what can be done, and what was."""
    with stored().reading() as database:
        return page(database, scope.load(database, campaign_id, *scope.ALL_DUTIES))


def page(database: Session, campaign: Campaign, *, refusal: str = "", mistake: str = "", reason: str = "") -> str:
    """The page of a running campaign, also where something that was asked for could not be done."""
    from recommender.campaigns.campaigns import progress, workers

    content = campaign.content
    operator = scope.covers(content.region, content.department, Duty.OPERATOR)
    come = progress(database, campaign.id)
    of_no_use = set() if come.by_state[DeliveryState.DEAD] else {Deed.RETRY, Deed.REOPEN}
    return render_template(
        "campaign_run.html",
        campaign=campaign,
        shown=show_campaign(database, campaign),
        possible={deed.name for deed in DEEDS if operator and deed in campaign.possible - of_no_use},
        operator=operator,
        by_channel=[(name, label(name), counts) for name, counts in sorted(come.by_channel.items())],
        total=come.by_state,
        left=come.left,
        next_at=come.next_at,
        delivery_states=list(DeliveryState),
        looks=DELIVERY_LOOKS,
        workers=[each for each in workers(database) if (settings().now() - each.seen_at).total_seconds() < _AT_WORK],
        refusal=refusal,
        mistake=mistake,
        reason=reason,
        done=request.args.get("done", ""),
        count=request.args.get("count", type=int),
        State=State,
        DeliveryState=DeliveryState,
        moment=format_moment,
    )


_AT_WORK = 60
"""Seconds: a worker that was heard of within them is at work."""


@pages.get("/<int:campaign_id>/deliveries")
def show_deliveries(campaign_id: int) -> str:
    """The deliveries of a campaign, those of a state where one is asked for, with the reason for where they are."""
    from enterprises.tables import EnterpriseRow
    from recommender.campaigns.campaigns import PAGE, deliveries

    state, after = request.args.get("state", ""), request.args.get("after") or None
    if state and state not in list(DeliveryState):
        abort(404)
    with stored().reading() as database:
        from sqlmodel import col, select

        campaign = scope.load(database, campaign_id, *scope.ALL_DUTIES)
        found = deliveries(database, campaign_id, DeliveryState(state) if state else None, after=after, limit=PAGE + 1)
        wanted = select(EnterpriseRow.credit_code, EnterpriseRow.name, EnterpriseRow.region)
        codes = [row.credit_code for row in found]
        known = {
            code: (name, region)
            for code, name, region in database.exec(wanted.where(col(EnterpriseRow.credit_code).in_(codes)))
        }
    content = campaign.content

    def name(code: str) -> str:
        told, region = known.get(code, (None, ""))
        return (told or code) if scope.may_name(region, content.department, *scope.ALL_DUTIES) else ""

    return render_template(
        "campaign_deliveries.html",
        campaign=campaign,
        rows=[(row, name(row.credit_code), label(row.channel), DeliveryState(row.state)) for row in found[:PAGE]],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        state=state,
        after=after,
        states=list(DeliveryState),
        looks=DELIVERY_LOOKS,
        can_retry=scope.covers(content.region, content.department, Duty.OPERATOR)
        and bool({Deed.RETRY, Deed.REOPEN} & campaign.possible),
        DeliveryState=DeliveryState,
        moment=format_moment,
    )


@pages.get("/<int:campaign_id>/statistics")
def show_statistics(campaign_id: int) -> str:
    """What became of a campaign."""
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, *scope.ALL_DUTIES)
        shown = _outcomes(database, {campaign_id: campaign.content.title})
    address = url_for("campaign_runs.download", campaign_id=campaign_id)
    return _statistics_page(shown, campaign.content.title, address, campaign)


@pages.get("/<int:campaign_id>/statistics.xlsx")
def download(campaign_id: int) -> Response:
    """The same as a workbook."""
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, *scope.ALL_DUTIES)
        shown = _outcomes(database, {campaign_id: campaign.content.title})
    content = campaign.content
    return _workbook(shown, content.title, place(content.region, content.department), f"campaign-{campaign_id}")


def _visible(database: Session) -> list[Summary]:
    from recommender.campaigns.campaigns import list_campaigns

    return [
        each
        for each in list_campaigns(database, BEGUN)
        if scope.covers(each.region, each.department, *scope.ALL_DUTIES)
    ]


def _outcomes(database: Session, titles: dict[int, str]) -> outcomes.Outcomes:
    from recommender.campaigns.statistics import statistics

    return outcomes.show(statistics(database, titles), library(), titles)


def _statistics_page(shown: outcomes.Outcomes, title: str, address: str, campaign: Campaign | None) -> str:
    return render_template(
        "campaign_statistics.html",
        outcomes=shown,
        tables=[(table, list(outcomes.lines_of(table))) for table in shown.tables],
        counts=outcomes.COUNTS,
        rates=outcomes.RATES,
        definitions=DEFINITIONS,
        title=title,
        address=address,
        campaign=campaign,
        rate=outcomes.say_rate,
        planned=shown.total != Tally(),
        operator=campaign and scope.covers(campaign.content.region, campaign.content.department, Duty.OPERATOR),
        new=request.args.get("new", type=int),
    )


def _workbook(shown: outcomes.Outcomes, title: str, where: str, name: str) -> Response:
    content = outcomes.workbook(shown, title, where, settings().day())
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, mimetype=XLSX, headers=headers)
