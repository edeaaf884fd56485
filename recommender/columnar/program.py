"""Rules made ready to be decided for many rows at once: distinct conditions by feature, and operations on bitmaps.

Thousands of conditions are some hundred distinct ones. Each is looked at once a block of rows, whatever number of rules
ask it; years are resolved, so that what is the same on the day of the question is the same condition.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from enterprises.calendar import full_years_between
from enterprises.dictionary import Dictionary, Fact, Kind
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some, resolve_year
from recommender.columnar import kernels
from recommender.columnar.features import (
    Binned,
    Coded,
    Feature,
    FirstReach,
    Quotient,
    Tabled,
    cuts_of,
    to_day,
    years_cuts,
)

Entries = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.bool_]]
"""Where the classes of each feature begin, where the entries of each class do, their leaves, and which are true."""

Leaf = Condition | AnyRecord
"""What a rule is put together from: each distinct one has one number and one pair of rails."""


@dataclass(frozen=True, slots=True)
class Barred:
    """``rule``, and not for those for whom ``gone`` is true; for whom it is unknown, the rule alone decides."""

    rule: Rule
    gone: Condition


class Program:
    """Rules over the facts of enterprises (``record`` is None), or over the fields of a kind of record, on a day.

    ``rules`` keep their order: the results are by their position. A program may be used by several threads.
    """

    def __init__(
        self, rules: Sequence[Rule | Barred], on: date, dictionary: Dictionary, record: str | None = None
    ) -> None:
        self.on, self.dictionary, self.record = on, dictionary, record
        self._facts = dictionary.records[record].fields if record else dictionary.facts
        self.leaves: dict[Leaf, int] = {}
        compiled = [self._compile(rule) for rule in rules]
        self.operations = np.array([op for code in compiled for op in code.operations], np.int32).reshape(-1, 3)
        self.rule_start = _starts([len(code.operations) for code in compiled])
        self.demands = np.array([demand for code in compiled for demand in code.demands], np.int32)
        self.demand_start = _starts([len(code.demands) for code in compiled])
        self.depth = max((code.depth for code in compiled), default=1)
        self.features = tuple(self._features())
        self.numbers = tuple(
            np.array([self.leaves[leaf] for leaf in feature.conditions], np.int32) for feature in self.features
        )
        """The leaves of each feature, in the order of its conditions."""
        self.entries: tuple[tuple[int, ...], Entries | None] = ((), None)
        """How many classes each feature had, and what was made of them; see ``recommender.columnar.decision``."""

    @property
    def rules(self) -> int:
        return len(self.rule_start) - 1

    @cached_property
    def record_programs(self) -> tuple[RecordProgram, ...]:
        """What is asked of records, by kind."""
        kinds = dict.fromkeys(leaf.kind for leaf in self.leaves if isinstance(leaf, AnyRecord))
        return tuple(RecordProgram(self, kind) for kind in kinds)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The facts and record kinds that are looked at; of a yearly fact every column is."""
        direct = {leaf.kind if isinstance(leaf, AnyRecord) else leaf.fact for leaf in self.leaves}
        derived = {name for fact in direct for name in _inputs(self._facts.get(fact))}
        first = any(isinstance(leaf, Condition) and leaf.operator is Operator.FIRST_REACHES for leaf in self.leaves)
        return frozenset(direct | derived | ({"registered_on"} if first else set()))

    # ------------------------------------------------------------ compiling

    def _compile(self, rule: Rule | Barred) -> _Code:
        code = _Code()
        body = rule.rule if isinstance(rule, Barred) else rule
        self._emit(body, code, 0, outermost=True)
        for demand in self._demanded(body):
            code.demands.append(demand)
        if isinstance(rule, Barred):
            gone = self._leaf(rule.gone)
            code.add(kernels.BAR, gone)
            code.demands.append(~gone)
        return code

    def _emit(self, rule: Rule, code: _Code, height: int, *, outermost: bool = False) -> None:
        """Operations that leave the rails of ``rule`` at ``height`` of the stack."""
        code.depth = max(code.depth, height + 1)
        match rule:
            case Condition() | AnyRecord():
                code.add(kernels.LOAD, self._leaf(rule))
            case Not(part):
                self._emit(part, code, height)
                code.add(kernels.NOT)
            case All(parts):
                self._join(parts, code, height, (kernels.AND, kernels.MERGE_AND, kernels.TRUE), outermost)
            case Any(parts):
                self._join(parts, code, height, (kernels.OR, kernels.MERGE_OR, kernels.FALSE), outermost)
            case Some(least, parts) if least > len(parts):
                code.add(kernels.CONSTANT, kernels.FALSE)
            case Some(least, parts):
                for number, part in enumerate(parts):
                    self._emit(part, code, height + number)
                code.add(kernels.SOME, least, len(parts))

    def _join(
        self, parts: Sequence[Rule], code: _Code, height: int, joining: tuple[int, int, int], outermost: bool
    ) -> None:
        """Parts joined by and, or by or; leaves first, since they need no place on the stack and often settle it."""
        direct, merge, empty = joining
        if not parts:
            code.add(kernels.CONSTANT, empty)
            return
        first, *others = sorted(parts, key=lambda part: (not isinstance(part, Leaf), not _is_place(part)))
        self._emit(first, code, height)
        for part in others:
            if isinstance(part, Leaf):
                # What is false throughout stays so only where nothing, like a not, comes after.
                code.add(direct, self._leaf(part), int(outermost))
            elif direct == kernels.AND and isinstance(part, Not) and isinstance(part.part, Leaf):
                code.add(kernels.AND_NOT, self._leaf(part.part))
            else:
                self._emit(part, code, height + 1)
                code.add(merge)

    def _demanded(self, rule: Rule) -> Iterator[int]:
        """The leaves that must not be false throughout a block lest the rule be; of ``not`` the leaf inverted."""
        match rule:
            case Condition() | AnyRecord():
                yield self._leaf(rule)
            case Not(part) if isinstance(part, Leaf):
                yield ~self._leaf(part)
            case All(parts):
                for part in parts:
                    yield from self._demanded(part)
            case _:
                return

    def _leaf(self, leaf: Leaf) -> int:
        return self.leaves.setdefault(self._resolved(leaf), len(self.leaves))

    def _resolved(self, leaf: Leaf) -> Leaf:
        """The leaf as it is on the day: without its place in the paper, and with the year that it means."""
        match leaf:
            case AnyRecord(kind, where, least):
                return AnyRecord(kind, _without_cites(where), least)
            case Condition():
                year = resolve_year(leaf.year, self.on.year) if self.record is None else None
                return replace(leaf, year=year, cite=None)

    # ------------------------------------------------------------- features

    def _features(self) -> Iterator[Feature]:
        groups: dict[Hashable, list[Condition]] = {}
        for leaf in self.leaves:
            if isinstance(leaf, Condition):
                groups.setdefault(self._key(leaf), []).append(leaf)
        for asked in groups.values():
            yield self._feature(asked)

    def _key(self, condition: Condition) -> Hashable:
        """What two conditions of one feature have in common."""
        formula = self._facts[condition.fact].formula
        if condition.operator is Operator.FIRST_REACHES:
            return "first", condition.fact, condition.year
        if condition.operator is Operator.GREW_BY:
            return "growth_of", (condition.fact,), condition.year
        if formula is not None:
            year = None if formula.name in _OF_NOW else self._year(condition)
            return formula.name, formula.inputs, year
        return "fact", condition.fact, condition.year

    def _feature(self, asked: Sequence[Condition]) -> Feature:
        condition = asked[0]
        fact = self._facts[condition.fact]
        if condition.operator is Operator.FIRST_REACHES:
            return FirstReach(fact.name, self._year(condition), asked)
        if condition.operator is Operator.GREW_BY or fact.formula is not None:
            return self._derived(fact, condition, asked)
        column = f"{fact.name}.{condition.year}" if fact.yearly else fact.name
        if fact.kind in (Kind.MONEY, Kind.COUNT):
            return Binned(column, fact.kind, asked, cuts_of(asked), lambda number: number)
        if fact.kind is Kind.DATE:
            return Binned(column, fact.kind, asked, cuts_of(asked), to_day)
        return Coded(fact, column, asked)

    def _derived(self, fact: Fact, condition: Condition, asked: Sequence[Condition]) -> Feature:
        name, inputs = (fact.formula.name, fact.formula.inputs) if fact.formula else ("growth_of", (fact.name,))
        year = self._year(condition)
        match name:
            case "years_since":
                count = _years_until(self.on)
                return Binned(
                    inputs[0], fact.kind, asked, years_cuts(asked, self.on, count), lambda day: count(to_day(day))
                )
            case "growth_of":
                return Quotient(f"{inputs[0]}.{year}", f"{inputs[0]}.{year - 1}", 1, asked)
            case "share":
                above, below = (self._column(each, year) for each in inputs)
                return Quotient(above, below, 0, asked)
            case _:
                return Tabled(fact, self.on, self.dictionary, asked)

    def _column(self, name: str, year: int) -> str:
        return f"{name}.{year}" if self._facts[name].yearly else name

    def _year(self, condition: Condition) -> int:
        """The year that a derived fact is asked of, or a yearly one."""
        year = resolve_year(condition.year, self.on.year)
        return self.on.year - 1 if year is None else year


_OF_NOW = ("years_since", "size_class", "above_scale")
"""Formulas that are computed as of the day, whatever year they are asked of."""


class RecordProgram:
    """What a program asks of the records of one kind: the distinct rules, and how many records must meet them."""

    def __init__(self, parent: Program, kind: str) -> None:
        self.kind = kind
        self.asked = tuple(leaf for leaf in parent.leaves if isinstance(leaf, AnyRecord) and leaf.kind == kind)
        self.leaves = tuple(parent.leaves[leaf] for leaf in self.asked)
        wheres = list(dict.fromkeys(leaf.where for leaf in self.asked))
        self.where_of = tuple(wheres.index(leaf.where) for leaf in self.asked)
        self.program = Program(wheres, parent.on, parent.dictionary, kind)


@dataclass(slots=True)
class _Code:
    """A rule's operations, what it demands, and how high its stack grows."""

    operations: list[tuple[int, int, int]] = field(default_factory=list)
    demands: list[int] = field(default_factory=list)
    depth: int = 1

    def add(self, operation: int, argument: int = 0, other: int = 0) -> None:
        self.operations.append((operation, argument, other))


def _starts(lengths: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)


def _is_place(rule: Rule) -> bool:
    """Whether a part speaks of what enterprises are sorted by: it settles whole blocks."""
    return isinstance(rule, Condition) and rule.operator is Operator.WITHIN


def _without_cites(rule: Rule) -> Rule:
    match rule:
        case Condition():
            return replace(rule, cite=None)
        case All(parts) | Any(parts) | Some(_, parts):
            return replace(rule, parts=tuple(_without_cites(part) for part in parts))
        case Not(part):
            return Not(_without_cites(part))
        case AnyRecord():
            raise TypeError("records have no records of their own")


def _inputs(fact: Fact | None) -> tuple[str, ...]:
    return fact.formula.inputs if fact is not None and fact.formula is not None else ()


def _years_until(on: date) -> Callable[[date], int]:
    return lambda start: full_years_between(start, on)
