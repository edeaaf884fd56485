"""What nobody can ever satisfy, found from a rule alone: parts that exclude each other, whatever an enterprise is like.

How far this goes: every fact is looked at with all values that the dictionary allows it, compared as the readable
evaluator compares them, and all ways to meet a rule are tried. So what is found is sure. What is not found: facts are
taken to be independent of each other, except that full years follow from their day, growth from its figures as one
number, and that a first reach implies the figure. That a size class contradicts a revenue, or one year's growth two
years' figures, is not seen; nor what ties several records, except that none can meet what contradicts itself. A rule
that could be met in too many ways is not decided, and said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import chain, combinations
from typing import Any as Plain

from enterprises import industries, regions
from enterprises.calendar import full_years_between
from enterprises.dictionary import Dictionary, Fact, Kind
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some, resolve_year
from recommender.evaluation import compare

MOST_STEPS = 20_000
"""So many steps are taken to find a way to meet a rule."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``parts`` can't be met together, and each of them is needed for that; a single one can't be met at all.

    ``record``: they are asked of one record of this kind. ``whole``: so nobody can be eligible; otherwise only a branch
    of the rule is dead.
    """

    parts: tuple[Rule, ...]
    record: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """``complete``: the whole rule was decided, so that nothing (within what is looked at) was overlooked."""

    found: tuple[Contradiction, ...]
    complete: bool


def contradictions(rule: Rule, on: date, dictionary: Dictionary) -> Findings:
    """What contradicts itself in a rule as it is meant on a day."""
    solver = _Solver(on, dictionary)
    found: dict[tuple[frozenset[Rule], str | None], Contradiction] = {}
    try:
        whole = not solver.possible((rule,), None)
        for parts, record in chain(_inside(rule, solver, None), () if whole else _in_context(rule, solver)):
            found.setdefault((frozenset(parts), record), Contradiction(parts, record, whole))
    except _TooManyWays:
        return Findings(tuple(found.values()), complete=False)
    return Findings(tuple(found.values()), complete=True)


_Found = tuple[tuple[Rule, ...], str | None]


def _inside(rule: Rule, solver: _Solver, record: str | None) -> Iterator[_Found]:
    """The innermost parts that can't be met."""
    match rule:
        case All(parts) | Any(parts) | Some(_, parts):
            inner = [found for part in parts for found in _inside(part, solver, record)]
        case AnyRecord(kind, where):
            inner = list(_inside(where, solver, kind))
        case _:
            inner = []
    yield from inner
    if not inner and not solver.possible((rule,), record):
        yield _needed(rule.parts if isinstance(rule, All) else (rule,), solver, record), record


def _needed(parts: tuple[Rule, ...], solver: _Solver, record: str | None) -> tuple[Rule, ...]:
    """Those of the parts that are needed to contradict each other."""
    for part in parts:
        rest = tuple(each for each in parts if each is not part)
        if not solver.possible(rest, record):
            return _needed(rest, solver, record)
    return parts


def _in_context(rule: Rule, solver: _Solver) -> Iterator[_Found]:
    """Alternatives that contradict what the rule demands besides."""
    demanded = _demanded(rule)
    for alternatives in demanded:
        if not isinstance(alternatives, Any):
            continue
        others = tuple(part for part in demanded if part is not alternatives)
        for part in alternatives.parts:
            if solver.possible((part,), None) and not solver.possible((*others, part), None):
                yield _needed((*others, part), solver, None), None


def _demanded(rule: Rule) -> tuple[Rule, ...]:
    return tuple(part for each in rule.parts for part in _demanded(each)) if isinstance(rule, All) else (rule,)


# ---------------------------------------------------------------- searching


class _TooManyWays(Exception):
    """There are more ways to meet a rule than are tried."""


_Goal = tuple[Rule, bool]
_Left = dict[Hashable, frozenset[int]]
"""By variable the indices of its values that are still possible."""


class _Solver:
    """Whether rules can be met together: ways are tried until one leaves a value for each fact."""

    def __init__(self, on: date, dictionary: Dictionary) -> None:
        self._on, self._dictionary = on, dictionary
        self._steps = 0

    def possible(self, rules: Sequence[Rule], record: str | None) -> bool:
        """Whether one enterprise, or one record, can meet them all. Raises ``_TooManyWays``."""
        self._steps = 0
        return self._search(rules, record)

    def _search(self, rules: Sequence[Rule], record: str | None) -> bool:
        world = _World(rules, record, self._on, self._dictionary)
        return self._meet([(rule, True) for rule in rules], {}, world)

    def _meet(self, goals: list[_Goal], left: _Left, world: _World) -> bool:
        """Whether all goals can be met by what is left."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooManyWays
        if not goals:
            return True
        *rest, (rule, wanted) = goals
        match rule:
            case Condition(operator=Operator.HAS_ANY):
                each = tuple(replace(rule, operator=Operator.HAS, operands=(option,)) for option in rule.operands)
                return self._meet([*rest, (Any(each), wanted)], left, world)
            case Condition():
                return self._narrow(world.literals(rule, wanted), rest, left, world)
            case Not(part):
                return self._meet([*rest, (part, not wanted)], left, world)
            case AnyRecord(_, where):
                # One record more is always possible, so several of them are where one is.
                if wanted and not self._search((where,), rule.kind):
                    return False
                return self._narrow([((rule.kind, rule), frozenset([int(wanted)]))], rest, left, world)
            case All(parts) | Any(parts) if isinstance(rule, All) == wanted:
                return self._meet([*rest, *((part, wanted) for part in parts)], left, world)
            case All(parts) | Any(parts):
                return any(self._meet([*rest, (part, wanted)], left, world) for part in parts)
            case Some(least, parts):
                # Not at least n of them: more than all but n are not met.
                count = least if wanted else len(parts) - least + 1
                some = combinations(parts, max(count, 0))
                return any(self._meet([*rest, *((part, wanted) for part in each)], left, world) for each in some)

    def _narrow(
        self, literals: Iterable[tuple[Hashable, frozenset[int]]], goals: list[_Goal], left: _Left, world: _World
    ) -> bool:
        narrowed = dict(left)
        for variable, fitting in literals:
            narrowed[variable] = narrowed[variable] & fitting if variable in narrowed else fitting
            if not narrowed[variable]:
                return False
        return self._meet(goals, narrowed, world)


class _World:
    """The facts that rules ask for, each with values enough to tell all its conditions apart."""

    def __init__(self, rules: Sequence[Rule], record: str | None, on: date, dictionary: Dictionary) -> None:
        self._record, self._on, self._dictionary = record, on, dictionary
        asked: dict[Hashable, list[Condition]] = {}
        for condition in chain.from_iterable(_conditions(rule) for rule in rules):
            for each in self._plain(condition):
                asked.setdefault(self._variable(each), []).append(each)
        self._values = {variable: self._candidates(conditions) for variable, conditions in asked.items()}

    def literals(self, condition: Condition, wanted: bool) -> Iterator[tuple[Hashable, frozenset[int]]]:
        """What it means that the answer to a condition is ``wanted``: which values a variable may have."""
        if condition.operator is Operator.FIRST_REACHES:
            yield ("first", self._keyed(condition)), frozenset([int(wanted)])
            if not wanted:
                return
        if condition.operator is Operator.HAS:
            # A set may hold any options together, so that each is a question of its own.
            yield ("has", self._keyed(condition)), frozenset([int(wanted)])
            return
        for each in self._plain(condition):
            variable = self._variable(each)
            test = self._test(each)
            yield variable, frozenset(i for i, value in enumerate(self._values[variable]) if test(value) is wanted)

    def _keyed(self, condition: Condition) -> Condition:
        """The condition as it is on the day, wherever it stands in the paper."""
        return replace(condition, year=self._year(condition), cite=None)

    def _year(self, condition: Condition) -> int | None:
        return resolve_year(condition.year, self._on.year) if self._record is None else None

    def _plain(self, condition: Condition) -> tuple[Condition, ...]:
        """What a condition asks of a single value."""
        if condition.operator is Operator.FIRST_REACHES:
            # The thresholds ascend.
            return (replace(condition, operator=Operator.AT_LEAST, operands=condition.operands[:1]),)
        return (condition,)

    def _fact(self, condition: Condition) -> Fact:
        return self._dictionary.fact(condition.fact, self._record)

    def _variable(self, condition: Condition) -> Hashable:
        formula = self._fact(condition).formula
        if condition.operator is Operator.GREW_BY:
            return "growth_of", (condition.fact,), self._year(condition)
        if formula is not None and formula.name == "years_since":
            return formula.inputs[0], None
        if formula is not None and formula.name == "growth_of":
            return formula.name, formula.inputs, self._year(condition)
        return condition.fact, self._year(condition)

    def _test(self, condition: Condition) -> Callable[[Plain], bool | None]:
        fact = self._fact(condition)
        if condition.operator is Operator.GREW_BY:
            return lambda value: bool(value >= condition.operands[0])
        if fact.formula is not None and fact.formula.name == "years_since":
            return lambda value: compare(condition, full_years_between(value, self._on), fact.kind)
        return lambda value: compare(condition, value, fact.kind)

    def _candidates(self, conditions: Sequence[Condition]) -> tuple[Plain, ...]:
        """Values of which some answer every possible combination of the conditions as any value does."""
        by_years = [each for each in conditions if self._counts_years(each)]
        plain = [each for each in conditions if each not in by_years]
        operands: list[Plain] = [operand for each in plain for operand in each.operands]
        if by_years:
            fact = self._dictionary.facts[self._fact(by_years[0]).formula.inputs[0]]  # type: ignore[union-attr]
            counts: list[Plain] = [years for each in by_years for years in each.operands]
            operands += [day for years in counts for day in _anniversaries(years, self._on)]
            return _between(fact, operands)
        fact = self._fact(conditions[0])
        if conditions[0].operator is Operator.GREW_BY or fact.kind is Kind.RATIO:
            return tuple(_ratios([Fraction(operand) for operand in operands]))
        match fact.kind:
            case Kind.FLAG:
                return (False, True)
            case Kind.ENUM:
                return fact.values
            case Kind.SET:
                return ()
            case Kind.REGION:
                return tuple(dict.fromkeys((*_region_codes(), *operands)))
            case Kind.INDUSTRY:
                return tuple(dict.fromkeys((*_industry_codes(), *operands)))
            case Kind.TEXT:
                return (*operands, "")
            case _:
                return _between(fact, operands)

    def _counts_years(self, condition: Condition) -> bool:
        formula = self._fact(condition).formula
        return formula is not None and formula.name == "years_since"


def _conditions(rule: Rule) -> Iterator[Condition]:
    match rule:
        case Condition():
            yield rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _conditions(part)
        case Not(part):
            yield from _conditions(part)
        case AnyRecord():
            return


def _between(fact: Fact, operands: Sequence[Plain]) -> tuple[Plain, ...]:
    """The limits, their neighbours and the ends of what the fact can be."""
    one: Plain = timedelta(days=1) if fact.kind is Kind.DATE else 1
    low: Plain = 0 if fact.low is None and fact.kind is Kind.COUNT else fact.low
    high: Plain = fact.high
    near = {value for operand in operands for value in (operand - one, operand, operand + one)}
    ends = {end for end in (low, high) if end is not None}
    return tuple(
        sorted(value for value in near | ends if (low is None or value >= low) and (high is None or value <= high))
    )


def _anniversaries(years: int, on: date) -> Iterator[date]:
    """The days on which so many years ago, and one more, a year began that is full on the day ``on``."""
    for past in (years, years + 1):
        if on.year - past >= date.min.year:
            yield on.replace(year=on.year - past, day=min(on.day, 28))
            yield on.replace(year=on.year - past, day=min(on.day, 28)) + timedelta(days=on.day - min(on.day, 28))


def _ratios(limits: Sequence[Fraction]) -> Iterator[Fraction]:
    ascending = sorted(set(limits))
    yield ascending[0] - 1
    for limit, following in zip(ascending, [*ascending[1:], ascending[-1] + 2], strict=True):
        yield limit
        yield (limit + following) / 2


@cache
def _region_codes() -> tuple[str, ...]:
    return tuple(region.code for region in regions.regions())


@cache
def _industry_codes() -> tuple[str, ...]:
    return tuple(industry.code for industry in industries.industries())
