"""What of an item is compared with other items: its words, its conditions, what it gives, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from enterprises.dictionary import Dictionary, Kind, Value
from policies.benefit_wording import say_benefit
from policies.benefits import (
    LABELS,
    Benefit,
    Brackets,
    Fixed,
    Per,
    Range,
    Rate,
    SetElsewhere,
    Support,
    Tiers,
    Waived,
    Years,
    formulas,
)
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some

Term = tuple[str | None, str, Value | None]
"""Something that a rule asks for: record kind, fact and value; without a value, that it looks at the fact at all."""

_ENUMERATED = (Operator.IS, Operator.IN, Operator.HAS, Operator.HAS_ANY)
_ALWAYS_APART = (Kind.REGION, Kind.DATE)
"""Where and when is a matter of the document: a city's version of an item differs in these alone."""


@dataclass(frozen=True, slots=True)
class Traits:
    """An item as it is compared. ``options``: by record kind and fact, the values of which a match must have one."""

    item: Item
    text: str
    gives: str
    ways: tuple[str, ...]
    amounts: tuple[int, ...]
    terms: frozenset[Term]
    options: Mapping[tuple[str | None, str], frozenset[Value]]


def traits(item: Item, dictionary: Dictionary) -> Traits:
    """What is compared of an item: ``amounts`` in 分, ascending; ``ways`` in which it gives, as labels in Chinese."""
    gives = "；".join(say_benefit(item.benefit, dictionary))
    options: dict[tuple[str | None, str], frozenset[Value]] = {}
    for record, condition in _demanded(item.rule):
        if _is_compared(record, condition, dictionary) and condition.operator in _ENUMERATED:
            key = record, condition.fact
            options[key] = options.get(key, frozenset()) | frozenset(condition.operands)
    return Traits(
        item=item,
        text=f"{item.title}。{item.summary}{gives}",
        gives=gives,
        ways=tuple(dict.fromkeys(way for part in formulas(item.benefit) for way in _way(part))),
        amounts=tuple(sorted({amount for part in formulas(item.benefit) for amount in _amounts(part)})),
        terms=frozenset(_terms(item.rule, dictionary)),
        options=options,
    )


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, marks and blanks left out; of one character, itself."""
    letters = "".join(letter for letter in text.lower() if letter.isalnum())
    return frozenset(letters[at : at + 2] for at in range(max(1, len(letters) - 1))) - {""}


def _terms(rule: Rule, dictionary: Dictionary) -> Iterator[Term]:
    for record, condition in _asked(rule):
        if _is_compared(record, condition, dictionary):
            yield record, condition.fact, None
            for operand in condition.operands:
                yield record, condition.fact, operand


def _is_compared(record: str | None, condition: Condition, dictionary: Dictionary) -> bool:
    fact = dictionary.fact(condition.fact, record)
    return fact.kind not in _ALWAYS_APART and not any(isinstance(each, date) for each in condition.operands)


def _asked(rule: Rule, record: str | None = None) -> Iterator[tuple[str | None, Condition]]:
    """Every condition of a rule, those on records with their kind; what must not be is left out."""
    match rule:
        case Condition():
            yield record, rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _asked(part, record)
        case AnyRecord(kind, where):
            yield from _asked(where, kind)
        case Not():
            return


def _demanded(rule: Rule, record: str | None = None) -> Iterator[tuple[str | None, Condition]]:
    """The conditions that every match meets: those in no alternative."""
    match rule:
        case Condition():
            yield record, rule
        case All(parts):
            for part in parts:
                yield from _demanded(part, record)
        case AnyRecord(kind, where):
            yield from _demanded(where, kind)
        case Any() | Some() | Not():
            return


def _way(benefit: Benefit) -> Iterator[str]:
    match benefit:
        case Support(kind):
            yield LABELS[kind]
        case Waived():
            yield "减免"
        case SetElsewhere():
            yield "金额细则另定"
        case Fixed() | Tiers() | Years() | Range():
            yield "定额资金"
        case Rate() | Brackets():
            yield "按比例的资金"
        case Per():
            yield "按数量的资金"
        case _:
            return


def _amounts(benefit: Benefit) -> Iterator[int]:
    match benefit:
        case Fixed(amount) | Per(_, amount) | Waived(_, int(amount)):
            yield amount
        case Rate(cap=int(cap)) | Brackets(cap=int(cap)):
            yield cap
        case Tiers(steps=steps):
            yield from (amount for _, amount in steps)
        case Years(payments):
            yield sum(payments)
        case Range(low, high):
            yield from (low, high)
        case _:
            return
