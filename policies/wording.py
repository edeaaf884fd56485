"""Rules in plain Chinese, for enterprises and officials to read."""

from __future__ import annotations

from collections.abc import Mapping

from enterprises.amounts import format_ratio
from enterprises.dictionary import Dictionary, Fact, Kind
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some

YEARS = {RelativeYear.LAST: "上一年度", RelativeYear.THIS: "本年度"}
"""How a relative year is said."""

MARKS = {True: "✓", False: "✗", None: "？"}
"""How an answer is marked: true, false, unknown."""

TO_BE_CONFIRMED = "以主管部门解释为准"

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

_DENIED_PHRASES = {
    Operator.IS: "不是{}",
    Operator.IN: "不是{}中的任何一个",
    Operator.WITHIN: "不属于{}",
    Operator.AT_LEAST: "低于{}",
    Operator.AT_MOST: "超过{}",
    Operator.MORE_THAN: "不超过{}",
    Operator.LESS_THAN: "不低于{}",
    Operator.SINCE: "早于{}",
    Operator.UNTIL: "晚于{}",
    Operator.BEFORE: "不早于{}",
    Operator.HAS: "不包括{}",
    Operator.HAS_ANY: "不包括{}中的任何一项",
    Operator.FIRST_REACHES: "没有首次达到{}",
    Operator.GREW_BY: "比前一年增长不到{}",
}
_DENIALS = {
    **{"已": "未", "有": "没有", "属于": "不属于", "从事": "不从事", "可以": "不可以", "正在": "不在"},
    **{"列入": "未列入", "达到": "未达到", "触碰": "未触碰"},
}
"""How the first word of a flag's label is denied; 并非 denies every other."""


def say(rule: Rule, dictionary: Dictionary, record: str | None = None) -> str:
    """The sentence that a rule means; ``record``: the record kind whose fields its names are."""
    match rule:
        case Condition():
            return say_condition(rule, dictionary.fact(rule.fact, record))
        case All(parts):
            return "，且".join(_as_part(part, dictionary, record) for part in parts)
        case Any(parts):
            # A weaker stop before 或者 makes brackets needless where the parts are themselves joined by 且.
            word = "；或者" if any(isinstance(part, All) for part in parts) else "，或"
            return word.join(_as_part(part, dictionary, record) for part in parts)
        case Not(part):
            return _deny(part, dictionary, record)
        case Some(count, parts):
            listed = "；".join(say(part, dictionary, record) for part in parts)
            return f"以下 {len(parts)} 项中至少满足 {count} 项：{listed}"
        case AnyRecord(kind, where):
            return f"{_records(rule, dictionary)}，{_as_part(where, dictionary, kind)}"


def say_condition(condition: Condition, fact: Fact) -> str:
    """The sentence that one condition means."""
    if fact.kind is Kind.FLAG and condition.operator is Operator.IS:
        return _when(condition) + say_flag(fact, condition.operands[0] is True)
    return _compare(condition, fact, _PHRASES, "之一")


def say_flag(fact: Fact, flag: bool) -> str:
    """A flag as a sentence, e.g. 已及时改正, or its denial, e.g. 未及时改正."""
    if flag:
        return fact.label
    denied = (word + fact.label.removeprefix(first) for first, word in _DENIALS.items() if fact.label.startswith(first))
    return next(denied, f"并非{fact.label}")


def say_reading(reading: str, needs_confirmation: bool = False) -> str:
    """How a clause was read, as sentences; the reservation is made once, be it in the reading itself or not."""
    sentence = f"{reading.rstrip('。')}。"
    return sentence + f"{TO_BE_CONFIRMED}。" if needs_confirmation and TO_BE_CONFIRMED not in reading else sentence


def _as_part(rule: Rule, dictionary: Dictionary, record: str | None) -> str:
    """A rule inside a longer sentence, with brackets where it would run into what follows."""
    match rule:
        case AnyRecord(kind, where):
            return f"{_records(rule, dictionary)}（{say(where, dictionary, kind)}）"
        case Any() | Some():
            return f"（{say(rule, dictionary, record)}）"
        case _:
            return say(rule, dictionary, record)


def _records(rule: AnyRecord, dictionary: Dictionary) -> str:
    number = "一" if rule.at_least == 1 else f" {rule.at_least} "
    return f"至少有{number}个{dictionary.records[rule.kind].label}"


def _deny(rule: Rule, dictionary: Dictionary, record: str | None) -> str:
    """The opposite of a rule; neither/nor and not-both by De Morgan's laws, which hold for unknowns too."""
    match rule:
        case Condition():
            return _deny_condition(rule, dictionary.fact(rule.fact, record))
        case Not(part):
            return say(part, dictionary, record)
        case Any(parts):
            return say(All(tuple(Not(part) for part in parts)), dictionary, record)
        case All(parts):
            return say(Any(tuple(Not(part) for part in parts)), dictionary, record)
        case AnyRecord(kind, where, 1):
            return f"没有这样的{dictionary.records[kind].label}（{say(where, dictionary, kind)}）"
        case _:
            return f"不满足“{say(rule, dictionary, record)}”"


def _deny_condition(condition: Condition, fact: Fact) -> str:
    if fact.kind is Kind.FLAG and condition.operator is Operator.IS:
        return _when(condition) + say_flag(fact, condition.operands[0] is not True)
    return _compare(condition, fact, _DENIED_PHRASES, "中的任何一个")


def _compare(condition: Condition, fact: Fact, phrases: Mapping[Operator, str], one_of: str) -> str:
    subject = f"{_when(condition)}{fact.label}"
    if condition.operator is Operator.BETWEEN:
        low, high = (fact.show(value) for value in condition.operands)
        return f"{subject}{'不' if phrases is _DENIED_PHRASES else ''}在{low}到{high}之间（含两端）"
    if condition.operator is Operator.GREW_BY:
        (rate,) = condition.operands
        return subject + phrases[condition.operator].format(format_ratio(rate))  # type: ignore[arg-type]
    values = "、".join(fact.show(value) for value in condition.operands)
    if condition.operator in (Operator.FIRST_REACHES, Operator.WITHIN) and len(condition.operands) > 1:
        values += one_of
    return subject + phrases[condition.operator].format(values)


def _when(condition: Condition) -> str:
    if isinstance(condition.year, RelativeYear):
        return YEARS[condition.year]
    return "" if condition.year is None else f"{condition.year} 年"
