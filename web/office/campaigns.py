"""Making a campaign (批量推送), a step a page: each is kept when it is in order, and nothing typed is lost when not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises.regions import full_name
from recommender.campaigns.content import Content
from recommender.campaigns.states import Changed, Deed, NotReady, Refused, State
from web.accounts.visitor import Duty
from web.campaigns import previews, scope
from web.campaigns.acting import acting, revision_in
from web.campaigns.forms import Form, Step, Typed, read_step, read_title, write_step
from web.campaigns.shown import FIELD_STEPS, show_campaign, show_summaries
from web.campaigns.step_pages import choices_of, kept, mistakes_of, snapshot_now, step_form, steps
from web.office.waiting import Waiting
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from recommender.campaigns.campaigns import Campaign

pages = Blueprint("campaigns", __name__, url_prefix="/office/campaigns")

CONFLICT, UNPROCESSABLE = 409, 422

Answer = str | Response | tuple[str, int]


@pages.get("")
def show_list() -> str:
    """The campaigns that the visitor may change, those of a state where one is asked for."""
    from recommender.campaigns.campaigns import list_campaigns

    state = request.args.get("state", "")
    if state and state not in list(State):
        abort(404)
    with stored().reading() as database:
        found = list_campaigns(database, [State(state)] if state else None)
    own = [each for each in found if scope.covers(each.region, each.department, Duty.OPERATOR)]
    return render_template("campaigns.html", campaigns=show_summaries(own), state=state, states=list(State))


@pages.get("/new")
def begin() -> str:
    """The first form: what it is called, and whose it is."""
    return _first_form(Typed(), {})


@pages.post("")
def create() -> Answer:
    """Make a draft, and go on to its items."""
    from recommender.campaigns.deeds import create

    mistakes: dict[str, str] = {}
    title = read_title(request.form, mistakes)
    region, _, department = request.form.get("place", "").partition(" ")
    department = department or " ".join(request.form.get("department", "").split())
    if (region, "") not in set(scope.places()) and (region, department) not in set(scope.places()):
        mistakes["place"] = "请选一个您负责的地区"
    if mistakes:
        return _first_form(request.form, mistakes), UNPROCESSABLE
    with stored().writing() as database:
        campaign_id = create(database, Content(title, region, department), acting())
    return redirect(url_for("campaigns.step", campaign_id=campaign_id, step=Step.ITEMS.value), 303)


@pages.get("/<int:campaign_id>")
def show(campaign_id: int) -> str:
    """A campaign as it stands: what it is, what is still to be done, and what was done with it."""
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
        shown = show_campaign(database, campaign)
    return render_template(
        "campaign.html",
        campaign=campaign,
        shown=shown,
        steps=steps(campaign),
        mistakes=mistakes_of(campaign.content),
        editable=Deed.SAVE in campaign.possible,
        done=request.args.get("done", ""),
        State=State,
    )


@pages.get("/<int:campaign_id>/<step>")
def step(campaign_id: int, step: str) -> Answer:
    """The form of a step."""
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
    if Deed.SAVE not in campaign.possible:
        return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)
    at = _step(step)
    return step_form(campaign, at, Form(write_step(at, campaign.content), campaign.content))


@pages.post("/<int:campaign_id>/<step>")
def save(campaign_id: int, step: str) -> Answer:
    """Keep a step and go on, or show it again with all that was typed; ``narrow`` only narrows the list of items."""
    from recommender.campaigns.deeds import save

    at, typed = _step(step), request.form
    with stored().writing() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
        form = read_step(at, typed, campaign.content, choices_of(campaign.content))
        if "narrow" in typed:
            return step_form(campaign, at, Form(typed, campaign.content))
        if form.mistakes:
            return step_form(campaign, at, form), UNPROCESSABLE
        try:
            save(database, campaign_id, revision_in(request.form), form.wanted, acting())
        except NotReady as error:
            return step_form(campaign, at, Form(typed, campaign.content, error.mistakes)), UNPROCESSABLE
        except Changed:
            return step_form(campaign, at, form, stale=True), CONFLICT
        except Refused as error:
            return step_form(campaign, at, form, refusal=str(error)), CONFLICT
    if "stay" in typed:
        return redirect(url_for("campaigns.show", campaign_id=campaign_id, done="saved"), 303)
    if at.following is Step.PREVIEW:
        return redirect(url_for("campaigns.preview", campaign_id=campaign_id), 303)
    return redirect(url_for("campaigns.step", campaign_id=campaign_id, step=at.following.value), 303)


@pages.get("/<int:campaign_id>/preview")
def preview(campaign_id: int) -> str:
    """Whom it reaches, at what cost, in which words; where nobody has asked yet, the button that asks."""
    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
    return _preview_page(campaign)


@pages.post("/<int:campaign_id>/preview")
def reckon(campaign_id: int) -> Answer:
    """Make the preview."""
    from recommender.campaigns.estimates import estimate

    with stored().reading() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
        snapshot = snapshot_now()
        if snapshot is None or mistakes_of(campaign.content):
            return _preview_page(campaign), CONFLICT
        on = settings().day()
        try:
            found = estimate(database, snapshot, campaign.content, on, campaign_id=campaign_id)
        except Refused as error:
            return _preview_page(campaign, str(error)), UNPROCESSABLE
    key = previews.key_of(campaign.content, snapshot.revision, on)
    previews.keep(settings().files, campaign_id, key, found)
    return redirect(url_for("campaigns.preview", campaign_id=campaign_id), 303)


@pages.post("/<int:campaign_id>/submit")
def submit(campaign_id: int) -> Answer:
    """Ask a second person, with the preview that was looked at."""
    from recommender.campaigns.deeds import submit

    with stored().writing() as database:
        campaign = scope.load(database, campaign_id, Duty.OPERATOR)
        found = kept(campaign)
        if found is None:
            return _preview_page(campaign, "内容或企业数据有变化，请重新估算，看过之后再提交"), CONFLICT
        try:
            submit(database, campaign_id, found, acting(), revision_in(request.form))
        except Refused as error:
            return _preview_page(campaign, str(error)), CONFLICT
    return redirect(url_for("campaigns.show", campaign_id=campaign_id, done="submitted"), 303)


def waiting() -> Iterator[Waiting]:
    """Campaigns that wait for an operator: to be begun, to go on, and their own that were not submitted."""
    from recommender.campaigns.campaigns import list_campaigns

    with stored().reading() as database:
        found = list_campaigns(database, [State.DRAFT, State.APPROVED, State.PAUSED])
    found = tuple(each for each in found if scope.covers(each.region, each.department, Duty.OPERATOR))

    def of(state: State) -> int:
        return sum(each.state is state and each.not_before is None for each in found)

    own = sum(each.state is State.DRAFT and each.made_by == visitor().account for each in found)
    at = url_for("campaign_runs.show_list")
    yield Waiting(Duty.OPERATOR, of(State.APPROVED), "次推送已批准，等您开始", at)
    yield Waiting(Duty.OPERATOR, of(State.PAUSED), "次推送暂停着", at)
    yield Waiting(Duty.OPERATOR, own, "次自己的推送还没提交", url_for("campaigns.show_list", state=State.DRAFT.value))


def _step(name: str) -> Step:
    """A step that has a form; the preview has a page of its own."""
    if name not in list(Step) or name == Step.PREVIEW:
        abort(404)
    return Step(name)


def _first_form(typed: Typed, mistakes: dict[str, str]) -> str:
    return render_template(
        "campaign_new.html",
        typed=typed,
        mistakes=mistakes,
        places=[(f"{code} {department}".strip(), _place(code, department)) for code, department in scope.places()],
        departments=sorted({name for item in library().published for name in item.departments}),
        any_department=any(not department for _, department in scope.places()),
    )


def _place(code: str, department: str) -> str:
    return f"{full_name(code)}（{department}）" if department else full_name(code)


def _preview_page(campaign: Campaign, refusal: str = "") -> str:
    content, snapshot = campaign.content, snapshot_now()
    found = kept(campaign)
    return render_template(
        "campaign_preview.html",
        campaign=campaign,
        at=Step.PREVIEW,
        steps=steps(campaign),
        refusal=refusal,
        snapshot=snapshot,
        mistakes=[(message, FIELD_STEPS.get(name, Step.BASICS)) for name, message in mistakes_of(content).items()],
        preview=found and previews.show(content, library(), found, Duty.OPERATOR),
        can_submit=Deed.SUBMIT in campaign.possible,
    )
