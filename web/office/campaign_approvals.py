"""Approving campaigns: a second person sees exactly what was previewed, goes through a list, and decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from recommender.campaigns.states import Refused, State
from web.accounts.visitor import Duty
from web.campaigns import previews, scope
from web.campaigns.acting import acting, revision_in
from web.campaigns.shown import show_campaign, show_summaries
from web.office.waiting import Waiting
from web.pages import library, stored, visitor

if TYPE_CHECKING:
    from recommender.campaigns.campaigns import Campaign, Summary

pages = Blueprint("campaign_approvals", __name__, url_prefix="/office/campaign-approvals")

CONFLICT, UNPROCESSABLE = 409, 422

CHECKLIST: Mapping[str, str] = {
    "items": "事项都该推送：仍然有效，版本对，部门知情",
    "people": "对象合适：地区、行业、规模和人数与目的相符",
    "money": "金额上下限与预算相称，不会让企业空等",
    "message": "消息看过样例：没有错话，没有承诺办不到的事",
    "timing": "渠道、时间和每周次数不会打扰企业",
}
"""What the approver confirms, point by point."""

Answer = str | Response | tuple[str, int]


@pages.get("")
def show_list() -> str:
    """The campaigns that wait for the visitor."""
    return render_template(
        "campaign_approvals.html", campaigns=show_summaries(_waiting()), done=request.args.get("done", "")
    )


@pages.get("/<int:campaign_id>")
def show(campaign_id: int) -> str:
    """What is to be approved."""
    with stored().reading() as database:
        return _page(scope.load(database, campaign_id, Duty.APPROVER))


@pages.post("/<int:campaign_id>/approve")
def approve(campaign_id: int) -> Answer:
    """Approve what the form showed, and nothing that came after."""
    from recommender.campaigns.deeds import approve

    missing = [name for name in CHECKLIST if name not in request.form.getlist("checked")]
    with stored().writing() as database:
        campaign = scope.load(database, campaign_id, Duty.APPROVER)
        if missing:
            return _page(campaign, {"checked": f"还有 {len(missing)} 项没有勾：逐项看过再批准"}), UNPROCESSABLE
        try:
            approve(database, campaign_id, acting(), revision_in(request.form))
        except Refused as error:
            return _page(campaign, refusal=str(error)), CONFLICT
    return redirect(url_for("campaign_approvals.show_list", done="approved"), 303)


@pages.post("/<int:campaign_id>/send-back")
def send_back(campaign_id: int) -> Answer:
    """Back to whoever made it, with what is to be changed."""
    from recommender.campaigns.deeds import send_back

    with stored().writing() as database:
        campaign = scope.load(database, campaign_id, Duty.APPROVER)
        if not request.form.get("reason", "").strip():
            return _page(campaign, {"reason": "请写明要改什么"}), UNPROCESSABLE
        try:
            send_back(database, campaign_id, request.form["reason"], acting())
        except Refused as error:
            return _page(campaign, refusal=str(error)), CONFLICT
    return redirect(url_for("campaign_approvals.show_list", done="sent-back"), 303)


def waiting() -> Iterator[Waiting]:
    """How many campaigns wait for the visitor."""
    if visitor().posts_of(Duty.APPROVER):
        count = len([each for each in _waiting() if not _own(each)])
        yield Waiting(Duty.APPROVER, count, "次推送待审批", url_for("campaign_approvals.show_list"))


def _waiting() -> list[Summary]:
    from recommender.campaigns.campaigns import list_campaigns

    with stored().reading() as database:
        found = list_campaigns(database, [State.SUBMITTED])
    return [each for each in found if scope.covers(each.region, each.department, Duty.APPROVER)]


def _own(summary: Summary) -> bool:
    return summary.made_by == visitor().account


def _page(campaign: Campaign, mistakes: Mapping[str, str] | None = None, refusal: str = "") -> str:
    with stored().reading() as database:
        shown = show_campaign(database, campaign)
    estimate = campaign.estimate
    return render_template(
        "campaign_approval.html",
        campaign=campaign,
        shown=shown,
        checklist=CHECKLIST,
        checked=request.form.getlist("checked"),
        reason=request.form.get("reason", ""),
        mistakes=mistakes or {},
        refusal=refusal,
        own=visitor().account in (campaign.made_by, campaign.changed_by, campaign.submitted_by),
        preview=estimate and previews.show(campaign.content, library(), estimate, Duty.APPROVER),
        State=State,
    )
