"""Near misses: enterprises that are not eligible, and lack figures alone, none of them by more than a fifth.

A rule that is widened by columns finds who could be one; the gap of each of them says who is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor

from enterprises.dictionary import Dictionary, Fact, Kind, Value
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some, conditions
from recommender.cultivation import WITHIN, near_thresholds
from recommender.match import Verdict, match

_ANYBODY = All(())


@dataclass(frozen=True, slots=True)
class Near:
    """What an item would be worth, in 分 as in ``recommender.runs``, and in Chinese what is lacking."""

    low: int | None
    high: int | None
    lacking: str


def near_miss(item: Item, profile: Profile, on: date, dictionary: Dictionary) -> Near | None:
    """What an enterprise that nearly has an item lacks; ``None`` where it has it, may have it, or lacks more."""
    subject = EnterpriseOn(profile, on, dictionary)
    one = match(item, subject)
    if one.verdict is not Verdict.INELIGIBLE:
        return None
    for threshold in near_thresholds([one], subject):
        worth = threshold.worth
        lacking = "，".join(change.text for change in threshold.changes)
        return Near(worth.low, worth.high, lacking) if worth.priced else Near(None, None, lacking)
    return None


def could_be_near(rule: Rule, dictionary: Dictionary) -> Rule:
    """A rule that is not false for anybody who is eligible by ``rule``, may be, or nearly is.

    Figures that may change are asked for by a fifth less or more; what follows from such figures, or stands under a
    ``not``, is not asked for at all.
    """
    match rule:
        case Condition():
            return _wider(rule, dictionary)
        case All(parts):
            return All(tuple(could_be_near(part, dictionary) for part in parts))
        case Any(parts):
            return Any(tuple(could_be_near(part, dictionary) for part in parts))
        case Some(least, parts):
            return Some(least, tuple(could_be_near(part, dictionary) for part in parts))
        case Not(part):
            return _ANYBODY if any(map(_may_change, _asked(part, dictionary))) else rule
        case AnyRecord():
            return _ANYBODY if any(map(_may_change, _asked(rule, dictionary))) else rule


def _wider(condition: Condition, dictionary: Dictionary) -> Rule:
    fact = dictionary.facts[condition.fact]
    if fact.formula is not None:
        inputs = (dictionary.facts[name] for name in fact.formula.inputs if name in dictionary.facts)
        return _ANYBODY if any(map(_may_change, inputs)) else condition
    if not _may_change(fact):
        return condition
    match condition.operator:
        case Operator.AT_LEAST | Operator.MORE_THAN:
            return replace(condition, operator=Operator.AT_LEAST, operands=(_less(condition.operands[0]),))
        case Operator.AT_MOST | Operator.LESS_THAN:
            return replace(condition, operator=Operator.AT_MOST, operands=(_more(condition.operands[0]),))
        case Operator.BETWEEN:
            return replace(condition, operands=(_less(condition.operands[0]), _more(condition.operands[1])))
        case _:
            return _ANYBODY


def _less(limit: Value) -> int:
    assert isinstance(limit, int | Fraction)
    return floor(Fraction(limit) - WITHIN * abs(Fraction(limit))) - 1


def _more(limit: Value) -> int:
    assert isinstance(limit, int | Fraction)
    return ceil(Fraction(limit) + WITHIN * abs(Fraction(limit))) + 1


def _may_change(fact: Fact) -> bool:
    return fact.changeable is not None and fact.kind in (Kind.MONEY, Kind.COUNT, Kind.RATIO)


def _asked(rule: Rule, dictionary: Dictionary) -> Iterator[Fact]:
    """The facts, and fields of records, that a rule depends on, with those that they follow from."""
    match rule:
        case Condition():
            fact = dictionary.facts[rule.fact]
            yield fact
            for name in fact.formula.inputs if fact.formula else ():
                if name in dictionary.facts:
                    yield dictionary.facts[name]
        case AnyRecord(kind, where):
            for condition in conditions(where):
                yield dictionary.records[kind].fields[condition.fact]
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _asked(part, dictionary)
        case Not(part):
            yield from _asked(part, dictionary)
