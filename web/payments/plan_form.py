"""The plan of a round as it is typed: every field kept as it was, every mistake beside its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from enterprises.amounts import format_money
from enterprises.imports.cells import parse_money
from enterprises.source_text import BadText
from recommender.grants.states import Consent
from recommender.payments.budget import Rule
from recommender.payments.plans import Plan, check_plan

T = TypeVar("T")

LABELS = {
    "notice_days": "公示天数",
    "notice_working": "公示按什么日子算",
    "consent": "要不要企业确认",
    "clause": "视为同意的依据",
    "consent_days": "给企业几天",
    "budget": "本批预算",
    "rule": "预算不够时",
    "cap": "每家上限",
    "cap_years": "上限管几年",
    "cap_clause": "上限的依据",
}

CONSENTS = (
    (Consent.EXPLICIT.value, "要：企业点“确认领取”才发"),
    (Consent.DEEMED.value, "不用：到期没有说不要，就视为同意"),
)
RULES = tuple((rule.value, rule.label) for rule in Rule)
WORKING = (("1", "工作日"), ("0", "自然日"))

_LONGEST = 300
"""Characters of a field: more were not typed by hand."""


@dataclass(frozen=True)
class PlanForm:
    """What was typed, the plan that it makes where it makes one, and what is wrong with it."""

    typed: Mapping[str, str]
    plan: Plan | None
    mistakes: Mapping[str, str]


def fill_in(plan: Plan) -> PlanForm:
    """The form of a plan that there is."""
    typed = {
        "notice_days": str(plan.notice_days),
        "notice_working": "1" if plan.notice_working else "0",
        "consent": plan.consent.value,
        "clause": plan.clause,
        "consent_days": str(plan.consent_days),
        "budget": "" if plan.budget is None else format_money(plan.budget),
        "rule": plan.rule.value,
        "cap": "" if plan.cap is None else format_money(plan.cap),
        "cap_years": str(plan.cap_years),
        "cap_clause": plan.cap_clause,
    }
    return PlanForm(typed, plan, {})


def read_plan_form(form: Mapping[str, str]) -> PlanForm:
    """The plan that was typed. Amounts without a unit are in 元."""
    typed = {name: form.get(name, "").strip()[:_LONGEST] for name in LABELS}
    mistakes: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], T], otherwise: T) -> T:
        try:
            return reader(typed[name])
        except ValueError as error:
            mistakes[name] = str(error)
            return otherwise

    plan = Plan(
        notice_days=read("notice_days", _days, 0),
        notice_working=read("notice_working", _working, True),
        consent=read("consent", _consent, Consent.EXPLICIT),
        clause=typed["clause"],
        consent_days=read("consent_days", _days, 1),
        budget=read("budget", _money, None),
        rule=read("rule", _rule, Rule.STOP),
        cap=read("cap", _money, None),
        cap_years=read("cap_years", _days, 1),
        cap_clause=typed["cap_clause"],
    )
    mistakes = {**check_plan(plan), **mistakes}
    return PlanForm(typed, None if mistakes else plan, {name: mistakes[name] for name in LABELS if name in mistakes})


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len("9999")):
        raise BadText("请写整数", "例如 5")
    return int(text)


def _money(text: str) -> int | None:
    return parse_money(text, "元") if text else None


def _working(text: str) -> bool:
    return _chosen(text, {"1": True, "0": False})


def _consent(text: str) -> Consent:
    return _chosen(text, {consent.value: consent for consent in Consent})


def _rule(text: str) -> Rule:
    return _chosen(text, {rule.value: rule for rule in Rule})


def _chosen(text: str, options: Mapping[str, T]) -> T:
    if text not in options:
        raise BadText("请选一个", "从列出的里面选")
    return options[text]
