"""A result as a page shows it: three groups in their order, totals, the next question, what an answer has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import current_app, render_template, url_for

from recommender.explanation import Explanation, explain
from recommender.ranking.order import Order
from web.checkup.cards import Card, cards, ranked_cards
from web.checkup.case import UNPROCESSABLE, Addresses, Case, Remake
from web.checkup.fact_form import Filled
from web.checkup.form_layout import PAID_BY, RECEIVED, Field, lay_out
from web.checkup.next_question import Asking, Next, asking, change, next_question
from web.checkup.totals import Total, certain_total, possible_total
from web.pages import library, stored, visitor
from web.pages.items import say_stacking


@dataclass(frozen=True)
class Result:
    """What is shown of an explanation. ``change``: what the last answer has changed, in words; else empty.

    ``strange``: what was received, as it was written, where it is none of our items.
    """

    explanation: Explanation
    groups: Mapping[str, tuple[Card, ...]]
    order: Order
    certain: Total
    possible: Total
    strange: tuple[str, ...]
    next: Next | None
    change: str


def result_page(case: Case, remake: Remake, dismissed: Collection[str] = (), **more: object) -> str:
    """The result as a page."""
    result = result_of(case, remake, dismissed)
    return render_template(
        "result.html",
        case=case,
        at=case.at,
        result=result,
        explanation=result.explanation,
        appeal=appeal_address(case.at),
        say_stacking=say_stacking,
        **more,
    )


def result_of(case: Case, remake: Remake, dismissed: Collection[str] = ()) -> Result:
    """The result of a case. ``dismissed``: items that the enterprise said are not for it; they stand last."""
    explanation = explain(library(), case.form.profile, case.day.on)
    order = stored().ranker().order(explanation, dismissed)
    ranked = {name: ranked_cards(getattr(order, name), explanation) for name in ("eligible", "undetermined", "close")}
    others = {
        name: cards(getattr(explanation, name), explanation) for name in ("ineligible", "barred", "not_yet", "expired")
    }
    changed = change(case, remake, explanation)
    return Result(
        explanation=explanation,
        groups=ranked | others,
        order=order,
        certain=certain_total(explanation),
        possible=possible_total(explanation),
        strange=_strange_receipts(explanation),
        next=next_question(case, explanation),
        change="" if changed is None else changed.text,
    )


def form_page(case: Case, more_of: str = "", stale: bool = False, **more: object) -> str | tuple[str, int]:
    """The form with all that was typed; with what is wrong, where something is."""
    layout = lay_out(library(), case.day.on, case.form, more_of)
    identity = _identity(case)
    of_identity = [(field.name, field.label, field.error) for field in identity if field.error]
    of_day = [("on", "按哪一天判断", case.day.error)] if case.day.error else []
    mistakes = [*of_day, *of_identity, *layout.mistakes()]
    page = render_template(
        "form.html",
        case=case,
        at=case.at,
        layout=layout,
        form=case.form,
        day=case.day,
        mistakes=mistakes,
        stale=stale,
        identity=identity,
        **more,
    )
    return (page, UNPROCESSABLE) if mistakes or case.form.unknown else page


def questions_page(case: Case, remake: Remake, at: int | None, mistake: bool = False) -> str | tuple[str, int]:
    """One question, how far one is, and what it comes to so far."""
    explanation = explain(library(), case.form.profile, case.day.on)
    put: Asking = asking(case, remake, explanation, at)
    changed = None if at is not None or mistake else change(case, remake, explanation)
    page = render_template(
        "questions.html",
        case=case,
        at=case.at,
        asking=put,
        explanation=explanation,
        certain=certain_total(explanation),
        possible=possible_total(explanation),
        change="" if changed is None else changed.text,
        number=at,
    )
    return (page, UNPROCESSABLE) if mistake else page


def appeal_address(at: Addresses) -> str:
    """Where one says “我认为我符合”; without an enterprise of one's own, where one gets to it; empty where nowhere."""
    known = current_app.view_functions
    if at.own:
        return url_for("appeals.begin", credit_code=at.own) if "appeals.begin" in known else ""
    if "mine.show" not in known:
        return ""
    mine = url_for("mine.show")
    return mine if visitor().signed_in or "sign_in.show" not in known else url_for("sign_in.show", next=mine)


def _identity(case: Case) -> tuple[Field, ...]:
    """Name and credit code: only for the visitor's own eyes. Of a stored enterprise they are known."""
    said = [("name", "企业名称", "可以不填"), ("credit_code", "统一社会信用代码", "可以不填；填了会核对校验码")]
    form: Filled = case.form
    if case.at.own:
        said = [] if form.profile.name and "name" not in case.draft.typed else said[:1]
    return tuple(
        Field(name, label, "text", hint, form.typed.get(name, ()), form.errors.get(name, ""))
        for name, label, hint in said
    )


def _strange_receipts(explanation: Explanation) -> tuple[str, ...]:
    records = explanation.profile.records.get(RECEIVED, ())
    written = [str(record.fields[PAID_BY].value) for record in records if PAID_BY in record.fields]
    return tuple(name for name in written if name not in explanation.library.items)
