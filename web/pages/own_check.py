"""政策体检 of a stored enterprise: judged at once by what is stored of it, and by what its people add to it.

What they add stays in their browser until they save it, which takes their consent. Saved, it is one more statement by
the enterprise itself; what registers say stands above it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, redirect, request, url_for
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug import Response as Answer
from werkzeug.exceptions import Unauthorized
from wtforms.validators import ValidationError

from enterprises.dictionary import Source
from enterprises.source_text import Problem
from enterprises.statements import Statement
from enterprises.told import ORIGIN
from recommender.explanation import explain
from recommender.explanation_json import to_text
from recommender.ranking.feedback import standings
from web.checkup.attention import attention
from web.checkup.case import UNPROCESSABLE, Case, Remake, go_on, keep, sent_draft
from web.checkup.draft import Draft, Lost
from web.checkup.own_case import Own, added_to, drawer_of, facts_of, own_case, say_refused
from web.checkup.own_conflicts import conflicts_of
from web.checkup.result import form_page, questions_page, result_page
from web.checkup.what_if import what_if_page
from web.pages import library, settings, stored, stored_profile, visitor

pages = Blueprint("own_check", __name__, url_prefix="/mine/<credit_code>")

Page = str | tuple[str, int]


@pages.get("")
def show(credit_code: str) -> Page:
    """The result by what is stored, with what was added."""
    own = _found(credit_code)
    if own.case.is_wrong:
        return form_page(own.case, own=own)
    return _result(own, saved=request.args.get("done") == "saved")


@pages.get("/check/facts")
def facts(credit_code: str) -> Page:
    """The form, filled with what is known, each value with its source."""
    own = _found(credit_code)
    return form_page(own.case, more_of=request.args.get("add", ""), own=own)


@pages.post("/check/facts")
def judge(credit_code: str) -> Answer | Page:
    """On to the result, or the form again where something in it is wrong."""
    own = _sent(credit_code)
    if own.case.is_wrong:
        return keep(own.case, form_page(own.case, own=own))
    return go_on(own.case, own.case.at("show"), lambda here: _result(replace(own, case=here)))


@pages.post("/check/edit")
def edit(credit_code: str) -> Answer | Page:
    """On to the form, with one more empty block where that was wanted."""
    own, kind = _sent(credit_code), request.form.get("add", "")
    if own.case.is_wrong:
        return keep(own.case, form_page(own.case, more_of=kind, own=own))
    more = {"add": kind} if kind in library().dictionary.records else {}
    address = own.case.at("facts", f"f.{kind}" if more else None, **more)
    return go_on(own.case, address, lambda here: form_page(here, more_of=kind, own=own))


@pages.post("/check/keep")
def keep_draft(credit_code: str) -> Answer:
    """Keep what is typed in the browser while it is typed; with scripts only."""
    return keep(_sent(credit_code).case, ("", 204))


@pages.post("/check/clear")
def clear(credit_code: str) -> Answer:
    """Forget what was added and not saved."""
    answer = redirect(url_for("own_check.show", credit_code=credit_code), 303)
    drawer_of(credit_code, _account()).forget(answer)
    return answer


@pages.post("/check/save")
def save(credit_code: str) -> Answer | Page:
    """Save what was added, as said by the enterprise itself."""
    own = _sent(credit_code)
    if own.case.is_wrong:
        return keep(own.case, form_page(own.case, own=own))
    if not facts_of(own.told):
        return redirect(own.case.at("show"), 303)
    if request.form.get("consent") != "1":
        refused = "要先勾选“我同意”：没有您的同意，我们什么都不存。"
        return keep(own.case, (_result(own, refused=refused), UNPROCESSABLE))
    try:
        _save(credit_code, own)
    except Problem as problem:
        return keep(own.case, (_result(own, refused=f"{problem.message}。{problem.remedy}。"), UNPROCESSABLE))
    answer = redirect(own.case.at("show", done="saved"), 303)
    left = _left(credit_code, own)
    if left.typed:
        own.case.drawer.keep(answer, left)
    else:
        own.case.drawer.forget(answer)
    return answer


@pages.get("/check/result.json")
def download(credit_code: str) -> Answer | Page:
    """The explanation as a JSON file."""
    case = _found(credit_code).case
    if case.is_wrong:
        return form_page(case)
    text = to_text(explain(library(), case.form.profile, case.day.on))
    name = f"huiqi-{case.day.on.isoformat()}.json"
    return Response(text, mimetype="application/json", headers={"Content-Disposition": f"attachment; filename={name}"})


@pages.get("/check/questions")
def questions(credit_code: str) -> Page:
    """One question at a time, the best one first."""
    own = _found(credit_code)
    if own.case.is_wrong:
        return form_page(own.case, own=own)
    return questions_page(own.case, _remake(own), request.args.get("at", type=int))


@pages.post("/check/questions")
def answer(credit_code: str) -> Answer | Page:
    """On to the next question; the form where the answer cannot be read."""
    own = _sent(credit_code)
    if own.case.is_wrong:
        return keep(own.case, form_page(own.case, own=own))
    return go_on(own.case, own.case.at("questions"), lambda here: questions_page(here, _remake(own), None))


@pages.get("/check/what-if")
def what_if(credit_code: str) -> Page:
    """What other figures would bring."""
    own = _found(credit_code)
    return form_page(own.case, own=own) if own.case.is_wrong else what_if_page(own.case)


@pages.errorhandler(CSRFError)
def ask_again(_: CSRFError) -> tuple[str, int]:
    """The form with what was sent, unjudged: it did not prove that it came from one of our pages."""
    own = _sent(str((request.view_args or {})["credit_code"]))
    page = form_page(own.case, stale=True, own=own)
    return (page if isinstance(page, str) else page[0]), 400


@pages.errorhandler(Unauthorized)
def keep_for_later(error: Unauthorized) -> Answer | Unauthorized:
    """A session that has ended while somebody typed: what they typed waits in the browser until they are back."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return error
    credit_code = str((request.view_args or {})["credit_code"])
    back = redirect(url_for("sign_in.show", next=url_for("own_check.facts", credit_code=credit_code)), 303)
    draft = sent_draft()
    typed = added_to({}, draft.typed, library().dictionary)
    later = Draft({name: said for name, said in typed.items() if any(said)}, draft.on)
    return back if drawer_of(credit_code, "").keep(back, later) else error


def _result(own: Own, saved: bool = False, refused: str = "") -> str:
    credit_code, dictionary = own.case.at.own, library().dictionary
    with stored().reading() as database:
        from recommender.ranking.tables import feedback_of

        dismissed = {name for name, one in standings(feedback_of(database, credit_code)).items() if one.dismissed}
        conflicts = conflicts_of(database, credit_code, dictionary)
    return result_page(
        own.case,
        _remake(own),
        dismissed,
        own=own,
        attention=partial(attention, credit_code),
        conflicts=conflicts,
        refused=[say_refused(one, dictionary) for one in own.refused],
        saved=saved,
        not_saved=refused,
    )


def _save(credit_code: str, own: Own) -> None:
    from enterprises.audit import note
    from enterprises.tables import record

    said = Statement(own.told, Source.DECLARED, settings().day(), f"{ORIGIN}{_account()}")
    with stored().writing() as database:
        record(database, [said], library().dictionary)
        note(
            database,
            actor=_account(),
            action="facts.saved",
            about=credit_code,
            moment=settings().now(),
            detail={"facts": " ".join(facts_of(own.told))},
        )


def _left(credit_code: str, own: Own) -> Draft:
    """What does not follow from what is stored now, and so goes on to count in the browser alone.

    Values that a better source contradicts are not among it: they were said, and stand in the conflicts.
    """
    after = own_case(credit_code, _account(), stored_profile(credit_code), own.case.draft, library().dictionary)
    return Draft() if after.case.form.profile == after.stored else Draft(after.case.draft.typed, own.case.draft.on)


def _remake(own: Own) -> Remake:
    def remake(draft: Draft) -> Case:
        return own_case(own.case.at.own, _account(), own.stored, draft, library().dictionary).case

    return remake


def _sent(credit_code: str) -> Own:
    return own_case(credit_code, _account(), stored_profile(credit_code), sent_draft(), library().dictionary)


def _found(credit_code: str) -> Own:
    """What is stored, with what the browser has kept."""
    stored_now = stored_profile(credit_code)
    try:
        draft, lost = drawer_of(credit_code, _account()).find(), False
    except Lost:
        draft, lost = None, True
    own = own_case(credit_code, _account(), stored_now, draft or Draft(), library().dictionary)
    restored = draft is not None and bool(own.case.draft.typed)
    return replace(own, case=replace(own.case, restored=restored, lost=lost))


def _account() -> str:
    return visitor().account or ""
