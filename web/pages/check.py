"""Checking one enterprise by what somebody types: the form, one question at a time, the result, what if.

Nothing that is sent is stored here. It stands in every form of a page, and, sealed, in the browser
(``web.checkup.draft``), so that each page can be opened again.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug import Response as Answer

from enterprises.profiles import Profile
from recommender.explanation import explain
from recommender.explanation_json import to_text
from web.checkup.cards import cards
from web.checkup.case import Addresses, Case, go_on, keep, sent_draft
from web.checkup.draft import Draft, Drawer, Lost
from web.checkup.fact_form import read_form, write_form
from web.checkup.judged_day import read_day
from web.checkup.result import appeal_address, form_page, questions_page, result_page
from web.checkup.what_if import what_if_page
from web.pages import library, settings, stored
from web.pages.items import say_stacking

pages = Blueprint("check", __name__)

FORMS = frozenset({"check.judge", "check.edit", "check.download", "check.answer"})
"""The endpoints to which the form is sent."""

AT = Addresses("check")
DRAWER = Drawer("/check")

Page = str | tuple[str, int]


@pages.get("/check")
def show() -> Page:
    """The form, filled with what the browser has kept, or the result of a sample enterprise."""
    code = request.args.get("sample", "")
    if code:
        return _show_sample(code)
    case = _found()
    asked = request.args.get("on")
    if asked is not None:
        case = replace(case, day=read_day(asked))
    return form_page(case, more_of=request.args.get("add", ""))


@pages.post("/check")
def judge() -> Answer | Page:
    """On to the result, or the form again where something in it is wrong."""
    case = _case(sent_draft())
    if case.is_wrong:
        return keep(case, form_page(case))
    return go_on(case, AT("result"), lambda here: result_page(here, _case))


@pages.get("/check/result")
def result() -> Answer | Page:
    """The result of what the browser has kept."""
    case = _found()
    if case.is_wrong or not case.restored:
        return form_page(case, missing=not case.restored and not case.lost)
    return result_page(case, _case)


@pages.post("/check/edit")
def edit() -> Answer | Page:
    """On to the form with everything filled in, with one more empty block where that was wanted."""
    case, kind = _case(sent_draft()), request.form.get("add", "")
    if case.is_wrong:
        return keep(case, form_page(case, more_of=kind))
    more = {"add": kind} if kind in library().dictionary.records else {}
    return go_on(case, AT("show", f"f.{kind}" if more else None, **more), lambda here: form_page(here, more_of=kind))


@pages.post("/check/keep")
def keep_draft() -> Answer:
    """Keep what is typed in the browser while it is typed; with scripts only."""
    return keep(_case(sent_draft()), ("", 204))


@pages.post("/check/clear")
def clear() -> Answer:
    """Forget everything that was typed."""
    answer = redirect(AT("show"), 303)
    DRAWER.forget(answer)
    return answer


@pages.post("/check/download")
def download() -> Answer | Page:
    """The explanation as a JSON file."""
    case = _case(sent_draft())
    if case.is_wrong:
        return keep(case, form_page(case))
    text = to_text(explain(library(), case.form.profile, case.day.on))
    name = f"huiqi-{case.day.on.isoformat()}.json"
    return Response(text, mimetype="application/json", headers={"Content-Disposition": f"attachment; filename={name}"})


@pages.get("/check/questions")
def questions() -> Page:
    """One question at a time, the best one first."""
    case = _found()
    return form_page(case) if case.is_wrong else questions_page(case, _case, request.args.get("at", type=int))


@pages.post("/check/questions")
def answer() -> Answer | Page:
    """On to the next question; the same one again where the answer cannot be read."""
    case = _case(sent_draft())
    if case.is_wrong:
        return keep(case, mistaken(case))
    return go_on(case, AT("questions"), lambda here: questions_page(here, _case, None))


@pages.get("/check/what-if")
def what_if() -> Page:
    """What other figures would bring."""
    case = _found()
    if case.is_wrong or not case.restored:
        return form_page(case, missing=not case.restored and not case.lost)
    return what_if_page(case)


@pages.get("/check/items/<item_id>")
def item(item_id: str) -> Page:
    """One item with all the evidence, by what the browser has kept."""
    case = _found()
    explanation = explain(library(), case.form.profile, case.day.on)
    found = cards((match for match in explanation.matches if match.item.id == item_id), explanation)
    if not found:
        abort(404)
    return render_template(
        "check_item.html",
        case=case,
        at=AT,
        card=found[0],
        explanation=explanation,
        appeal=appeal_address(AT),
        say_stacking=say_stacking,
    )


def ask_again() -> tuple[str, int]:
    """The form with what was sent, unjudged: it did not prove that it came from one of our pages."""
    page = form_page(_case(sent_draft()), stale=True)
    return (page if isinstance(page, str) else page[0]), 400


def mistaken(case: Case) -> Page:
    """The question again where only its answer is wrong, else the form with every mistake."""
    name = request.form.get("question", "")
    others = [wrong for wrong in case.form.errors if wrong != name and not wrong.startswith(f"{name}.")]
    if not name or others or case.form.unknown or case.day.error:
        return form_page(case)
    asked = case.draft.asked if name in case.draft.asked else (*case.draft.asked, name)
    case = replace(case, draft=replace(case.draft, asked=asked))
    return questions_page(case, _case, asked.index(name), mistake=True)


def _case(draft: Draft) -> Case:
    base = _sample(draft.sample)
    form, day = read_form(draft.typed.items(), library().dictionary, base), read_day(draft.on)
    draft = replace(draft, typed=form.typed, on=day.kept, sample=draft.sample if base else "")
    return Case(draft, form, day, AT, DRAWER)


def _found() -> Case:
    """The case that the browser has kept; an empty one where it has none, or one that cannot be read."""
    try:
        draft = DRAWER.find()
    except Lost:
        return replace(_case(Draft()), lost=True)
    return replace(_case(draft or Draft()), restored=draft is not None)


def _show_sample(code: str) -> Page:
    profile = _sample(code)
    if profile is None:
        abort(404)
    draft = Draft(write_form(profile, library().dictionary), request.args.get("on", ""), code)
    case = _case(draft)
    return form_page(case) if case.is_wrong else result_page(replace(case, sampled=True), _case)


def _sample(code: str) -> Profile | None:
    """A made-up enterprise; without sample mode no stored enterprise is shown to anybody."""
    return stored().sample(code) if code and settings().sample else None
