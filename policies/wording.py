"""Rules in plain Chinese, for enterprises and officials to read."""

from __future__ import annotations

from enterprises.amounts import format_ratio
from enterprises.dictionary import Dictionary, Fact
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some

YEARS = {RelativeYear.LAST: "上一年度", RelativeYear.THIS: "本年度"}
"""How a relative year is said."""

_PHRASES = {
    Operator.IS: "为{}",
    Operator.IN: "为{}之一",
    Operator.WITHIN: "属于{}",
    Operator.AT_LEAST: "不低于{}",
    Operator.AT_MOST: "不超过{}",
    Operator.MORE_THAN: "超过{}",
    Operator.LESS_THAN: "低于{}",
    Operator.SINCE: "在{}或以后",
    Operator.UNTIL: "在{}或以前",
    Operator.BEFORE: "早于{}",
    Operator.HAS: "包括{}",
    Operator.HAS_ANY: "包括{}之一",
    Operator.FIRST_REACHES: "首次达到{}",
    Operator.GREW_BY: "比前一年增长不低于{}",
}


def say(rule: Rule, dictionary: Dictionary, record: str | None = None) -> str:
    """The sentence that a rule means."""
    match rule:
        case Condition():
            return say_condition(rule, dictionary.fact(rule.fact, record))
        case All(parts):
            return "，且".join(_bracketed(part, dictionary, record) for part in parts)
        case Any(parts):
            return "，或".join(_bracketed(part, dictionary, record) for part in parts)
        case Not(part):
            return f"不满足“{say(part, dictionary, record)}”"
        case Some(count, parts):
            listed = "；".join(say(part, dictionary, record) for part in parts)
            return f"以下 {len(parts)} 项中至少满足 {count} 项：{listed}"
        case AnyRecord(kind, where, count):
            number = "一" if count == 1 else f" {count} "
            return f"至少有{number}个{dictionary.records[kind].label}，{say(where, dictionary, kind)}"


def say_condition(condition: Condition, fact: Fact) -> str:
    """The sentence that one condition means."""
    when = YEARS[condition.year] if isinstance(condition.year, RelativeYear) else ""
    if isinstance(condition.year, int):
        when = f"{condition.year} 年"
    if condition.operator is Operator.BETWEEN:
        low, high = (fact.show(value) for value in condition.operands)
        return f"{when}{fact.label}在{low}到{high}之间（含两端）"
    if condition.operator is Operator.GREW_BY:
        (rate,) = condition.operands
        return f"{when}{fact.label}{_PHRASES[condition.operator].format(format_ratio(rate))}"  # type: ignore[arg-type]
    values = "、".join(fact.show(value) for value in condition.operands)
    if condition.operator is Operator.FIRST_REACHES and len(condition.operands) > 1:
        values += "之一"
    return f"{when}{fact.label}{_PHRASES[condition.operator].format(values)}"


def _bracketed(rule: Rule, dictionary: Dictionary, record: str | None) -> str:
    sentence = say(rule, dictionary, record)
    return f"（{sentence}）" if isinstance(rule, (Any, All, Some)) else sentence
