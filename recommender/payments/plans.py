"""The plan of a round: its steps, the days they take, whose consent it needs, and how far the money goes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from recommender.grants.states import MOST, Consent
from recommender.payments.budget import Rule
from recommender.payments.periods import LONGEST

LONGEST_CLAUSE = 200
"""Characters of where a paper says something."""

MOST_YEARS = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """How a round goes on once its candidates are checked. Amounts in 分.

    ``notice_days``: of the public notice, 0: none; ``notice_working``: counted in working days. ``consent``: whether
    the enterprise has to say yes, within ``consent_days``; that silence counts as a yes takes the ``clause`` that says
    so. ``budget``: what the round may spend, ``None``: no limit; ``rule``: what happens where that is too little.
    ``cap``: what an enterprise may have of the item within ``cap_years``, the payments before included, as
    ``cap_clause`` says.
    """

    notice_days: int = 5
    notice_working: bool = True
    consent: Consent = Consent.EXPLICIT
    clause: str = ""
    consent_days: int = 15
    budget: int | None = None
    rule: Rule = Rule.STOP
    cap: int | None = None
    cap_years: int = 1
    cap_clause: str = ""


def check_plan(plan: Plan) -> dict[str, str]:
    """What is wrong with a plan, by field, in Chinese."""
    mistakes: dict[str, str] = {}
    for field, days in (("notice_days", plan.notice_days), ("consent_days", plan.consent_days)):
        if not 0 <= days <= LONGEST:
            mistakes[field] = f"请写 0 到 {LONGEST} 之间的整数"
    if plan.consent is Consent.EXPLICIT and plan.consent_days == 0:
        mistakes["consent_days"] = "要企业确认的，至少给 1 天"
    if plan.consent is Consent.DEEMED and not plan.clause.strip():
        mistakes["clause"] = "没有说不要就视为同意，要写明文件里的哪一条这样规定"
    for field, amount in (("budget", plan.budget), ("cap", plan.cap)):
        if amount is not None and not 0 < amount < MOST:
            mistakes[field] = "金额要大于零，且不能大得不合情理"
    if plan.cap is not None and not plan.cap_clause.strip():
        mistakes["cap_clause"] = "有上限的，要写明文件里的哪一条这样规定"
    if not 1 <= plan.cap_years <= MOST_YEARS:
        mistakes["cap_years"] = f"请写 1 到 {MOST_YEARS} 之间的整数"
    for field, clause in (("clause", plan.clause), ("cap_clause", plan.cap_clause)):
        if len(clause) > LONGEST_CLAUSE:
            mistakes[field] = f"太长了，最多 {LONGEST_CLAUSE} 个字"
    return mistakes


def write_plan(plan: Plan) -> str:
    """A plan as JSON."""
    return json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_plan(text: str) -> Plan:
    """The plan that was written."""
    said = json.loads(text)
    return Plan(**{**said, "consent": Consent(said["consent"]), "rule": Rule(said["rule"])})
