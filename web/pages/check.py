"""Checking one enterprise: the form, the result, and the result as a file. Nothing that is sent is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, Response, abort, render_template, request

from enterprises.calendar import parse_day
from enterprises.profiles import EMPTY, Profile
from enterprises.readings import EnterpriseOn
from enterprises.source_text import BadText
from recommender.explanation import Explanation, explain
from recommender.explanation_json import to_text
from recommender.match import Verdict, match
from recommender.question import Question
from web.cards import cards, ranked_cards
from web.fact_form import Filled, name_of, read_form, write_form
from web.form_layout import PAID_BY, RECEIVED, Field, lay_out, single
from web.pages import library, settings, stored
from web.totals import certain_total, possible_total

pages = Blueprint("check", __name__)

FORMS = frozenset({"check.judge", "check.edit", "check.download"})
"""The endpoints to which the form is sent."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

UNPROCESSABLE = 422


@dataclass(frozen=True)
class Day:
    """The day that was asked for: ``on``, as it was typed, and what is wrong with it."""

    on: date
    typed: str
    error: str = ""


@pages.get("/check")
def show() -> str | tuple[str, int]:
    """The empty form, or the result of a sample enterprise."""
    day, code = _read_day(request.args.get("on", "")), request.args.get("sample", "")
    if not code:
        return _form_page(Filled({}, EMPTY), day, "")
    profile = _sample(code)
    if profile is None:
        abort(404)
    form = Filled(write_form(profile, library().dictionary), profile)
    return _form_page(form, day, code) if day.error else _result_page(form, day, code)


@pages.post("/check")
def judge() -> str | tuple[str, int]:
    """The result, or the form again where something in it is wrong."""
    form, day, code = _sent()
    if form.errors or form.unknown or day.error:
        return _form_page(form, day, code)
    return _result_page(form, day, code)


@pages.post("/check/edit")
def edit() -> str | tuple[str, int]:
    """The form with everything filled in, with one more empty block where that was wanted."""
    form, day, code = _sent()
    return _form_page(form, day, code, more_of=request.form.get("add", ""))


@pages.post("/check/download")
def download() -> Response | str | tuple[str, int]:
    """The explanation as a JSON file."""
    form, day, code = _sent()
    if form.errors or form.unknown or day.error:
        return _form_page(form, day, code)
    text = to_text(explain(library(), form.profile, day.on))
    name = f"huiqi-{day.on.isoformat()}.json"
    return Response(text, mimetype="application/json", headers={"Content-Disposition": f"attachment; filename={name}"})


def ask_again() -> tuple[str, int]:
    """The form with what was sent, unjudged: it did not prove that it came from one of our pages."""
    form, day, code = _sent()
    page = _form_page(form, day, code, stale=True)
    return (page if isinstance(page, str) else page[0]), 400


def _sent() -> tuple[Filled, Day, str]:
    """What was sent: the form, the day, and the sample enterprise that it started from (empty for none)."""
    code = request.form.get("sample", "")
    base = _sample(code)
    form = read_form(request.form.lists(), library().dictionary, base)
    return form, _read_day(request.form.get("on", "")), code if base else ""


def _sample(code: str) -> Profile | None:
    """A made-up enterprise; without sample mode no stored enterprise is shown to anybody."""
    return stored().sample(code) if code and settings().sample else None


def _read_day(text: str) -> Day:
    typed = text.strip()
    default = settings().day()
    if not typed:
        return Day(default, default.isoformat())
    try:
        on = parse_day(typed[:20])
    except BadText as error:
        return Day(default, typed, str(error))
    if not FIRST_DAY <= on <= LAST_DAY:
        return Day(default, typed, f"只能查 {FIRST_DAY.year} 年到 {LAST_DAY.year} 年之间的日期")
    return Day(on, on.isoformat())


def _form_page(form: Filled, day: Day, code: str, more_of: str = "", stale: bool = False) -> str | tuple[str, int]:
    layout, identity = lay_out(library(), day.on, form, more_of), _identity(form)
    of_identity = [(field.name, field.label, field.error) for field in identity if field.error]
    of_day = [("on", "按哪一天判断", day.error)] if day.error else []
    mistakes = [*of_day, *of_identity, *layout.mistakes()]
    page = render_template(
        "form.html", layout=layout, form=form, day=day, sample=code, mistakes=mistakes, stale=stale, identity=identity
    )
    return (page, UNPROCESSABLE) if mistakes or form.unknown else page


def _identity(form: Filled) -> Sequence[Field]:
    """Name and credit code: only for the visitor's own eyes, no rule looks at them."""
    said = (("name", "企业名称", "可以不填"), ("credit_code", "统一社会信用代码", "可以不填；填了会核对校验码"))
    return [
        Field(name, label, "text", hint, form.typed.get(name, ()), form.errors.get(name, ""))
        for name, label, hint in said
    ]


@dataclass(frozen=True)
class Next:
    """The next question, what its answer is good for, its input (``None`` for a kind of records), and its name.

    ``stake``: what those who wait for it could bring at most, in 分; 0 where nothing bounds that.
    """

    question: Question
    stake: int
    promise: str
    field: Field | None
    name: str


def _result_page(form: Filled, day: Day, code: str) -> str:
    explanation = explain(library(), form.profile, day.on)
    skipped = [name for name in request.form.getlist("skip") if name]
    order = stored().ranker().order(explanation)
    groups = {
        name: ranked_cards(getattr(order, name), explanation) for name in ("eligible", "undetermined", "close")
    } | {
        name: cards(getattr(explanation, name), explanation) for name in ("ineligible", "barred", "not_yet", "expired")
    }
    return render_template(
        "result.html",
        explanation=explanation,
        groups=groups,
        order=order,
        certain=certain_total(explanation),
        possible=possible_total(explanation),
        strange=_strange_receipts(explanation),
        form=form,
        day=day,
        sample=code,
        next=_next(explanation, form, skipped),
        skipped=skipped,
    )


def _strange_receipts(explanation: Explanation) -> list[str]:
    """What was received, as it was written, where it is none of our items."""
    records = explanation.profile.records.get(RECEIVED, ())
    written = [str(record.fields[PAID_BY].value) for record in records if PAID_BY in record.fields]
    return [name for name in written if name not in explanation.library.items]


def _next(explanation: Explanation, form: Filled, skipped: Sequence[str]) -> Next | None:
    left = [question for question in explanation.questions if name_of(question.ref) not in skipped]
    if not left:
        return None
    question = left[0]
    field = single(question.ref, explanation.library.dictionary, form)
    promise = _promise_of_none(question, explanation) if field is None else _promise(question)
    return Next(question, _stake(question, explanation), promise, field, name_of(question.ref))


def _stake(question: Question, explanation: Explanation) -> int:
    awards = [found.award for found in explanation.undetermined if question.ref in found.missing]
    highs = [award.high for award in awards if award is not None]
    return 0 if None in highs else sum(high for high in highs if high is not None)


def _promise(question: Question) -> str:
    settles = f"，答清楚就能确定其中 {question.settles} 个" if question.settles else ""
    return f"涉及 {question.helps} 个事项{settles}。"


def _promise_of_none(question: Question, explanation: Explanation) -> str:
    """Having no records of a kind is an answer by itself; having some only begins one."""
    kind = question.ref.record or question.ref.name
    before = explanation.profile
    none = EnterpriseOn(
        replace(before, records={**before.records, kind: ()}), explanation.on, explanation.library.dictionary
    )
    waiting = [found.item for found in explanation.undetermined if question.ref in found.missing]
    excluded = sum(match(item, none).verdict is Verdict.INELIGIBLE for item in waiting)
    good_for = f"答“没有”可以排除 {excluded} 个；" if excluded else ""
    return f"涉及 {question.helps} 个事项。{good_for}答“有”，填写之后再判断。"
