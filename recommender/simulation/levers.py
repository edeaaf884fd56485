"""Levers (门槛): the numbers of an item that a policy maker may move, and the item with one of them moved.

A number that stands both in the rule and in a tier of the benefit is one lever: 首次突破 10 亿元 is the condition and
the tier, and moves as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any as Plain

from enterprises.dictionary import Dictionary, Fact, Kind, Value
from policies.benefits import Benefit, Cases, Fixed, ForEach, HighestOf, Pay, Range, Sum, Tiers
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some
from policies.wording import say_condition
from recommender.logic import Truth

_SINGLE = frozenset(
    {
        *(Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN),
        *(Operator.SINCE, Operator.UNTIL, Operator.BEFORE, Operator.GREW_BY),
    }
)
_ENDS = (Operator.AT_LEAST, Operator.AT_MOST)
"""What the two ends of ``between`` ask on their own."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One number: ``fact`` (of a record kind: of its field) is compared with ``present`` by ``operator``.

    An end of ``between`` is a lever of its own, as is each threshold of ``first_reaches``.
    """

    fact: str
    operator: Operator
    year: RelativeYear | int | None
    present: Value
    record: str | None = None

    @property
    def name(self) -> str:
        """How it is called on the command line: ``revenue``, ``project.fixed_asset_investment``."""
        return self.fact if self.record is None else f"{self.record}.{self.fact}"

    def at(self, value: Value) -> Condition:
        """The condition with this lever at ``value``, alone."""
        return Condition(self.fact, self.operator, (value,), self.year)

    def declared(self, dictionary: Dictionary) -> Fact:
        """The fact that is compared."""
        return dictionary.fact(self.fact, self.record)

    def figure(self, dictionary: Dictionary) -> Fact:
        """What the numbers are, for reading and showing them: of ``grew_by`` a ratio."""
        fact = self.declared(dictionary)
        if self.operator is Operator.GREW_BY:
            return Fact(fact.name, f"{fact.label}增长率", Kind.RATIO)
        return fact

    def say(self, dictionary: Dictionary, value: Value | None = None) -> str:
        """The condition in Chinese."""
        asked = self.at(self.present if value is None else value)
        label = "" if self.record is None else f"{dictionary.records[self.record].label}的"
        return label + say_condition(asked, self.declared(dictionary))


def levers(item: Item, dictionary: Dictionary) -> tuple[Lever, ...]:
    """Every lever of an item: of its rule in the rule's order, then of its tiers."""
    found = [*_of_rule(item.rule, dictionary, None), *_of_benefit(item.benefit, None)]
    return tuple(dict.fromkeys(found))


def _of_rule(rule: Rule, dictionary: Dictionary, record: str | None) -> Iterator[Lever]:
    match rule:
        case Condition():
            kind = dictionary.fact(rule.fact, record).kind
            if kind.is_number or kind is Kind.DATE:
                yield from _of_condition(rule, record)
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _of_rule(part, dictionary, record)
        case Not(part):
            yield from _of_rule(part, dictionary, record)
        case AnyRecord(kind_name, where):
            yield from _of_rule(where, dictionary, kind_name)


def _of_condition(condition: Condition, record: str | None) -> Iterator[Lever]:
    operator = condition.operator
    if operator in _SINGLE:
        asked = [(operator, condition.operands[0])]
    elif operator is Operator.BETWEEN:
        asked = list(zip(_ENDS, condition.operands, strict=True))
    elif operator is Operator.FIRST_REACHES:
        asked = [(operator, operand) for operand in condition.operands]
    else:
        asked = []
    for each, operand in asked:
        yield Lever(condition.fact, each, condition.year, operand, record)


def _of_benefit(benefit: Benefit, record: str | None) -> Iterator[Lever]:
    match benefit:
        case Tiers(on, operator, steps):
            for threshold, _ in steps:
                yield Lever(on.fact, operator, on.year, threshold, record)
        case Cases(_, values):
            for _, part in values:
                yield from _of_benefit(part, record)
        case ForEach(kind, part):
            yield from _of_benefit(part, kind)
        case Sum(parts) | HighestOf(parts):
            for part in parts:
                yield from _of_benefit(part, record)
        case _:
            return


# ------------------------------------------------------------------- moving


def moved(item: Item, lever: Lever, value: Value) -> Item:
    """The item with the lever at ``value``. A draft for computing with: its ``source`` stays what was written."""
    return replace(item, rule=_moved_rule(item.rule, lever, value), benefit=_moved_benefit(item.benefit, lever, value))


def _moved_rule(rule: Rule, lever: Lever, value: Value) -> Rule:
    def move(condition: Condition, number: int) -> Rule:
        operands: list[Plain] = list(condition.operands)
        operands[number] = value
        if condition.operator is Operator.FIRST_REACHES:
            operands = sorted(set(operands))
        return replace(condition, operands=tuple(operands))

    return _rewritten(rule, lever, move, None)


def replaced(rule: Rule, lever: Lever, by: Rule) -> Rule:
    """The rule with ``by`` in the place of the lever's comparison; what else a condition asks stays."""

    def put(condition: Condition, number: int) -> Rule:
        if condition.operator is Operator.BETWEEN:
            other = 1 - number
            return All((by, replace(condition, operator=_ENDS[other], operands=(condition.operands[other],))))
        others = tuple(operand for index, operand in enumerate(condition.operands) if index != number)
        return Any((replace(condition, operands=others), by)) if others else by

    return _rewritten(rule, lever, put, None)


_Rewrite = Callable[[Condition, int], Rule]


def _rewritten(rule: Rule, lever: Lever, rewrite: _Rewrite, record: str | None) -> Rule:
    match rule:
        case Condition():
            number = _place(rule, lever) if record == lever.record else None
            return rule if number is None else rewrite(rule, number)
        case All(parts) | Any(parts) | Some(_, parts):
            return replace(rule, parts=tuple(_rewritten(part, lever, rewrite, record) for part in parts))
        case Not(part):
            return Not(_rewritten(part, lever, rewrite, record))
        case AnyRecord(kind, where):
            return replace(rule, where=_rewritten(where, lever, rewrite, kind))


def _place(condition: Condition, lever: Lever) -> int | None:
    """Which operand of the condition the lever is, if any."""
    if (condition.fact, condition.year) != (lever.fact, lever.year):
        return None
    if condition.operator is Operator.BETWEEN and lever.operator in _ENDS:
        number = _ENDS.index(lever.operator)
        return number if condition.operands[number] == lever.present else None
    if condition.operator is lever.operator and lever.present in condition.operands:
        return condition.operands.index(lever.present)
    return None


def without_records(rule: Rule, lever: Lever, by: Rule) -> Rule:
    """The rule with ``by`` in the place of every ``any_record`` that the lever, one on records, stands in."""
    match rule:
        case AnyRecord():
            return by if replaced(rule, lever, All(())) != rule else rule
        case All(parts) | Any(parts) | Some(_, parts):
            return replace(rule, parts=tuple(without_records(part, lever, by) for part in parts))
        case Not(part):
            return Not(without_records(part, lever, by))
        case Condition():
            return rule


def _moved_benefit(benefit: Benefit, lever: Lever, value: Value) -> Benefit:
    def move(tiers: Tiers, number: int) -> Benefit:
        steps: list[Plain] = [*tiers.steps]
        steps[number] = (value, steps[number][1])
        return replace(tiers, steps=tuple(sorted(steps, key=lambda step: step[0])))

    return _rewritten_benefit(benefit, lever, move, None)


def decided(benefit: Benefit, lever: Lever, truth: Truth) -> Benefit:
    """The benefit where it is known whether the lever's tier is reached; ``None``: it may be."""

    def decide(tiers: Tiers, number: int) -> Benefit:
        amount = tiers.steps[number][1]
        others = tuple(step for index, step in enumerate(tiers.steps) if index != number)
        rest: Benefit = replace(tiers, steps=others) if others else Fixed(0)
        if truth is False:
            return rest
        step: Benefit = Fixed(amount) if truth else Range(0, amount)
        return Sum((rest, step)) if tiers.pay is Pay.EACH else HighestOf((rest, step))

    return _rewritten_benefit(benefit, lever, decide, None)


def _rewritten_benefit(
    benefit: Benefit, lever: Lever, rewrite: Callable[[Tiers, int], Benefit], record: str | None
) -> Benefit:
    match benefit:
        case Tiers(on, operator, steps):
            thresholds = [threshold for threshold, _ in steps]
            same = (on.fact, operator, on.year, record) == (lever.fact, lever.operator, lever.year, lever.record)
            if not same or lever.present not in thresholds:
                return benefit
            return rewrite(benefit, thresholds.index(lever.present))  # type: ignore[arg-type]
        case Cases(_, values):
            moved_values = tuple((key, _rewritten_benefit(part, lever, rewrite, record)) for key, part in values)
            return replace(benefit, values=moved_values)
        case ForEach(kind, part):
            return replace(benefit, benefit=_rewritten_benefit(part, lever, rewrite, kind))
        case Sum(parts) | HighestOf(parts):
            return replace(benefit, parts=tuple(_rewritten_benefit(part, lever, rewrite, record) for part in parts))
        case _:
            return benefit
