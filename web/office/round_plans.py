"""Making a round of an item, changing its plan, and the list of stated amounts that it may need."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises.source_text import BadText
from recommender.grants.states import Refused
from recommender.payments.plans import Plan
from recommender.payments.round_states import RoundDeed, RoundState
from recommender.payments.rounds import Round
from web.accounts.visitor import Duty
from web.office.rounds import item_of, round_page
from web.pages import settings, stored, visitor
from web.payments.doing import by, on, revision
from web.payments.plan_form import CONSENTS, LABELS, RULES, WORKING, PlanForm, fill_in, read_plan_form
from web.payments.scope import Offer, own_round, payable_items, places_of
from web.payments.uploads import control_figures, let_a_file_in, sent_table

pages = Blueprint("round_plans", __name__, url_prefix="/office/rounds")
pages.url_value_preprocessor(let_a_file_in)

UNPROCESSABLE, CONFLICT = 422, 409

HEAD = {"occasion": "哪一次", "region": "地区", "department": "部门"}


@pages.get("/new/<item_id>")
def ask_new(item_id: str) -> str:
    """The form of a new round of an item."""
    return _new_page(_offer(item_id), fill_in(Plan()))


@pages.post("/new/<item_id>")
def make(item_id: str) -> Response | tuple[str, int]:
    """Make a round, as yet a draft."""
    from recommender.payments.round_deeds import BadPlan, make_round

    offer, form = _offer(item_id), read_plan_form(request.form)
    typed = {name: request.form.get(name, "").strip()[:100] for name in HEAD}
    mistakes = dict(form.mistakes)
    if typed["region"] not in [code for code, _ in places_of(offer.item)]:
        mistakes = {"region": "请从列表里选一个地区", **mistakes}
    elif typed["department"] not in offer.departments or not visitor().may(
        Duty.OPERATOR, typed["region"], [typed["department"]]
    ):
        mistakes = {"department": "您没有这个部门的职责，请从列出的部门里选", **mistakes}
    if form.plan is None or mistakes:
        return _new_page(offer, form, typed, mistakes), UNPROCESSABLE
    try:
        with stored().writing() as database:
            head = (typed["occasion"], typed["region"], typed["department"])
            made = make_round(database, offer.item, *head, form.plan, by(), settings().seal)
    except BadPlan as error:
        return _new_page(offer, form, typed, dict(error.mistakes)), UNPROCESSABLE
    return redirect(url_for("rounds.show", round_id=made.id, done=RoundDeed.MAKE.value), 303)


@pages.get("/<round_id>/plan")
def ask_plan(round_id: str) -> str:
    """The plan of a draft, to be changed."""
    found = own_round(round_id, Duty.OPERATOR)
    return _plan_page(found, fill_in(found.plan))


@pages.post("/<round_id>/plan")
def change_plan(round_id: str) -> Response | tuple[str, int]:
    """Have a draft go on otherwise."""
    from recommender.payments.round_deeds import change_plan as change

    found, form = own_round(round_id, Duty.OPERATOR), read_plan_form(request.form)
    if form.plan is None:
        return _plan_page(found, form), UNPROCESSABLE
    try:
        with stored().writing() as database:
            change(database, round_id, revision(), form.plan, by(), settings().seal)
    except Refused as refusal:
        return _plan_page(found, form, str(refusal)), CONFLICT
    return on(round_id, RoundDeed.CHANGE.value)


@pages.post("/<round_id>/stated")
def take_stated(round_id: str) -> Response | tuple[str, int]:
    """Take a list of stated amounts, in the place of the one before."""
    from recommender.payments.round_deeds import set_stated
    from recommender.payments.sheets import BadList
    from recommender.payments.stated import read_stated

    found = own_round(round_id, Duty.OPERATOR)
    try:
        count, total = control_figures()
        with sent_table() as path:
            stated = read_stated(path, count, total)
        with stored().writing() as database:
            set_stated(database, round_id, revision(), stated, by(), settings().seal)
    except BadList as error:
        return round_page(found, mistakes={"file": "；".join(map(str, error.problems[:20]))}), UNPROCESSABLE
    except BadText as error:
        return round_page(found, mistakes={"file": str(error)}), UNPROCESSABLE
    except Refused as refusal:
        return round_page(found, str(refusal)), CONFLICT
    return on(round_id, RoundDeed.STATE.value)


def _offer(item_id: str) -> Offer:
    offer = next((each for each in payable_items() if each.item.id == item_id), None)
    if offer is None:
        abort(404)
    return offer


def _new_page(
    offer: Offer, form: PlanForm, typed: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> str:
    places = places_of(offer.item)
    usual = {"region": places[0][0] if places else "", "department": offer.departments[0] if offer.departments else ""}
    return render_template(
        "office_round_plan.html",
        round=None,
        item=offer.item,
        places=places,
        departments=[(name, name) for name in offer.departments],
        form=form,
        typed={**form.typed, **(usual if typed is None else typed)},
        mistakes=form.mistakes if mistakes is None else mistakes,
        labels={**HEAD, **LABELS},
        consents=CONSENTS,
        rules=RULES,
        working=WORKING,
    )


def _plan_page(found: Round, form: PlanForm, refusal: str = "") -> str:
    if found.state is not RoundState.DRAFT and not refusal:
        abort(404)
    return render_template(
        "office_round_plan.html",
        round=found,
        item=item_of(found),
        form=form,
        typed=form.typed,
        mistakes={"": refusal} if refusal else form.mistakes,
        labels=LABELS,
        consents=CONSENTS,
        rules=RULES,
        working=WORKING,
    )
