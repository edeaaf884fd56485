"""The fact dictionary as a clerk picks from it: facts under headings, found by what they are called or ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.plain_text import normalise
from policies.rule_text import fitting_operators
from policies.rules import Operator
from web.checkup.form_layout import FIRST, MORE, REST

RECORDS = "明细（项目、资质、许可等，一家企业可以有几个）"


@dataclass(frozen=True)
class Offered:
    """Something to build a condition on: a fact, or a kind of records (``is_record``)."""

    name: str
    label: str
    about: str
    is_record: bool = False


@dataclass(frozen=True)
class Heading:
    """What is offered under one heading."""

    title: str
    offered: tuple[Offered, ...]


def headings(dictionary: Dictionary, record: str | None, search: str = "") -> tuple[Heading, ...]:
    """All that a condition may be on, or what ``search`` finds of it. ``record``: inside records of this kind."""
    listed = _of_record(dictionary, record) if record else _of_enterprise(dictionary)
    words = normalise(search).split()
    found = (
        Heading(title, tuple(each for each, text in some if _has(words, each.label, text))) for title, some in listed
    )
    return tuple(heading for heading in found if heading.offered)


Listed = Iterator[tuple[str, list[tuple[Offered, str]]]]


def _of_record(dictionary: Dictionary, record: str) -> Listed:
    kind = dictionary.records[record]
    yield kind.label, [_fact(fact) for fact in kind.fields.values() if fitting_operators(fact)]


def _of_enterprise(dictionary: Dictionary) -> Listed:
    facts = {name: fact for name, fact in dictionary.facts.items() if fitting_operators(fact)}
    placed = set[str]()
    for title, names in (*FIRST, *MORE):
        near = [name for name in facts if name in names or _inputs(facts[name]) & set(names)]
        yield title, [_fact(facts[name]) for name in near if name not in placed]
        placed |= set(near)
    yield REST, [_fact(fact) for name, fact in facts.items() if name not in placed]
    yield RECORDS, [_record(dictionary, name) for name in dictionary.records]


def _inputs(fact: Fact) -> set[str]:
    """A figure that follows from others stands beside the last of them."""
    return {fact.formula.inputs[-1]} if fact.formula else set()


def _fact(fact: Fact) -> tuple[Offered, str]:
    about = fact.question or "由其他指标算出，不用填报"
    options = "、".join(fact.values)
    return Offered(fact.name, fact.label, about), f"{fact.label} {about} {options} {fact.name}"


def _record(dictionary: Dictionary, name: str) -> tuple[Offered, str]:
    kind = dictionary.records[name]
    fields = " ".join(text for fact in kind.fields.values() for text in (fact.label, *fact.values))
    return Offered(name, kind.label, kind.question, is_record=True), f"{kind.label} {kind.question} {fields} {name}"


def _has(words: Sequence[str], label: str, text: str) -> bool:
    """Whether each word stands somewhere in the text, or shortens the label as 营收 shortens 营业收入."""
    plain, name = normalise(text), normalise(label)
    return all(word in plain or _shortens(word, name) for word in words)


def _shortens(word: str, name: str) -> bool:
    rest = iter(name)
    return len(word) > 1 and all(character in rest for character in word)


OPERATORS: Mapping[Operator, str] = {
    Operator.WITHIN: "属于",
    Operator.AT_LEAST: "不低于（达到，含本数）",
    Operator.MORE_THAN: "超过（不含本数）",
    Operator.AT_MOST: "不超过（含本数）",
    Operator.LESS_THAN: "低于（不含本数）",
    Operator.BETWEEN: "在两者之间（两端都含）",
    Operator.SINCE: "在这一天或以后",
    Operator.UNTIL: "在这一天或以前",
    Operator.BEFORE: "早于这一天（不含当天）",
    Operator.HAS: "包括",
    Operator.HAS_ANY: "包括其中之一",
    Operator.FIRST_REACHES: "首次达到（突破）",
    Operator.GREW_BY: "比前一年增长不低于",
    Operator.IS: "等于",
    Operator.IN: "是其中之一",
}
"""What each operator asks, as a clerk chooses it."""

_OF_DATES = (Operator.SINCE, Operator.UNTIL, Operator.BEFORE, Operator.BETWEEN, Operator.IS)
_TICKED = frozenset({Kind.ENUM, Kind.SET, Kind.FLAG, Kind.REGION, Kind.INDUSTRY})


def offered_operators(fact: Fact, used: str = "") -> tuple[Operator, ...]:
    """The operators to choose from: each thing that can be asked once, and the one that is ``used``.

    None where what is chosen or ticked says it all: 是 or 否, one option or several, a place.
    """
    if fact.kind in _TICKED:
        return ()
    fitting = set(fitting_operators(fact))
    order = _OF_DATES if fact.kind is Kind.DATE else tuple(OPERATORS)
    return tuple(operator for operator in order if operator in fitting) + tuple(
        operator for operator in fitting if operator == used and operator not in order
    )


def first_operator(fact: Fact) -> Operator:
    """What a new condition on a fact asks, until somebody chooses."""
    fitting = fitting_operators(fact)
    preferred = (Operator.WITHIN, Operator.HAS, Operator.AT_LEAST, Operator.IS)
    if fact.kind is Kind.DATE:
        return Operator.SINCE
    if fact.kind is Kind.ENUM:
        return Operator.IS
    return next(operator for operator in preferred if operator in fitting)
