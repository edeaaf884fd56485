"""The next question: what it is good for, how it is asked, and what the answer before it has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from enterprises.readings import EnterpriseOn
from recommender.effect import Effect, effect
from recommender.explanation import Explanation, explain
from recommender.match import Verdict, match
from recommender.missing import name_fact
from recommender.question import Question
from web.checkup.case import Case, Remake, told, without
from web.checkup.fact_form import Filled, name_of, ref_of
from web.checkup.form_layout import Field, single
from web.pages import library

_MOST_ANSWERS = 12
"""So many answers stand side by side; more are a list to choose from."""


@dataclass(frozen=True)
class Next:
    """A question, what its answer is good for, its input (``None`` for a kind of records), and its name.

    ``stake``: what those who wait for it could bring at most, in 分; 0 where nothing bounds that.
    """

    question: Question
    stake: int
    promise: str
    field: Field | None
    name: str


@dataclass(frozen=True)
class Asking:
    """One question at a time. ``answered``: how many were; ``left``: about how many can still change the result.

    ``back``: the number of the question before this one, from 0; ``None`` where this is the first.
    """

    next: Next | None
    answered: int
    left: int
    back: int | None


def next_question(case: Case, explanation: Explanation) -> Next | None:
    """The best question that is open."""
    left = open_questions(case, explanation)
    return _put(left[0], explanation, case.form) if left else None


def open_questions(case: Case, explanation: Explanation) -> list[Question]:
    """The questions that can still change something, best first.

    One that was skipped is not put again, nor one whose answer was not precise enough: somebody who knows the province
    and not the county would be asked for ever.
    """
    done = {*case.draft.skipped, *(name for name in case.draft.asked if told(case.draft.typed, name))}
    return [question for question in explanation.questions if name_of(question.ref) not in done]


def asking(case: Case, remake: Remake, explanation: Explanation, at: int | None) -> Asking:
    """The question that is put now: the best one, or, on the way back, the one that was put as number ``at``."""
    asked = case.draft.asked
    left = open_questions(case, explanation)
    answered = sum(told(case.draft.typed, name) for name in asked)
    if at is None or not 0 <= at < len(asked):
        first = _put(left[0], explanation, case.form) if left else None
        return Asking(first, answered, len(left), len(asked) - 1 if asked else None)
    return Asking(again(asked[at], case, remake), answered, len(left), at - 1 if at else None)


def again(name: str, case: Case, remake: Remake) -> Next | None:
    """A question that was put before, as it would be put had nobody answered it."""
    ref = ref_of(name, library().dictionary)
    if ref is None:
        return None
    before = _explained_without(case, remake, name)
    found = next((each for each in before.questions if each.ref == ref), None)
    label = name_fact(ref, library().dictionary)
    return _put(found or Question(ref, label, f"{label}？", 0, 0, 0, False), before, case.form)


def change(case: Case, remake: Remake, explanation: Explanation) -> Effect | None:
    """What the last answer has changed; ``None`` where nothing was answered just now."""
    last = case.draft.last
    if not last or not told(case.draft.typed, last):
        return None
    return effect(_explained_without(case, remake, last), explanation)


def _explained_without(case: Case, remake: Remake, name: str) -> Explanation:
    profile = remake(replace(case.draft, typed=without(case.draft.typed, name))).form.profile
    return explain(library(), profile, case.day.on)


def _put(question: Question, explanation: Explanation, form: Filled) -> Next:
    field = single(question.ref, explanation.library.dictionary, form)
    promise = _promise_of_none(question, explanation) if field is None else _promise(question)
    if field is not None:
        field = _large(field)
    return Next(question, _stake(question, explanation), promise, field, name_of(question.ref))


def _large(field: Field) -> Field:
    """A short list of options as answers that one can tap, instead of a list to be opened."""
    short = field.widget == "select" and len(field.groups) == 1 and len(field.groups[0].options) <= _MOST_ANSWERS
    return replace(field, widget="radio") if short else field


def _stake(question: Question, explanation: Explanation) -> int:
    awards = [found.award for found in explanation.undetermined if question.ref in found.missing]
    highs = [award.high for award in awards if award is not None]
    return 0 if None in highs else sum(high for high in highs if high is not None)


def _promise(question: Question) -> str:
    if not question.helps:
        return ""
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
