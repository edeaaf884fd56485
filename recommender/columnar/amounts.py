"""What benefits are worth to many enterprises: ``recommender.awards`` row by row, in exact whole 分.

Where nothing is known of what a formula works on, every row has the same interval, and the readable evaluator is asked
for it once. Where it is known, the formula is computed on whole columns. Amounts that do not fit into 63 bits are an
error, never cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any as Plain

import numpy as np
import numpy.typing as npt

from enterprises.dictionary import Fact, Kind
from enterprises.population import from_cell
from enterprises.profiles import Profile, Record
from enterprises.readings import EnterpriseOn, RecordOf
from policies.benefits import (
    Benefit,
    Bound,
    Brackets,
    Cases,
    ForEach,
    HighestOf,
    Pay,
    Per,
    Quantity,
    Rate,
    Sum,
    Tiers,
    quantities,
)
from policies.rules import AnyRecord, Condition, Operator, Rule, resolve_year, wanted_records
from recommender.awards import demanded_by, worth_of
from recommender.columnar.decision import decide
from recommender.columnar.features import History, Tabled
from recommender.columnar.frame import Frame, Numbers
from recommender.columnar.program import Program
from recommender.evaluation import Subject

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Worth:
    """Awards by row: ``low`` and, where it is ``bounded``, ``high``, in 分; ``priced`` as in an ``Award``."""

    low: Rows
    high: Rows
    bounded: Flags
    priced: Flags

    @classmethod
    def same(cls, low: int, high: int | None, priced: bool, rows: int) -> Worth:
        return cls(
            np.full(rows, low, np.int64),
            np.full(rows, high or 0, np.int64),
            np.full(rows, high is not None),
            np.full(rows, priced),
        )

    def put(self, rows: npt.NDArray[Plain], worth: Worth) -> None:
        """Let these rows have the awards in ``worth``."""
        self.low[rows], self.high[rows] = worth.low, worth.high
        self.bounded[rows], self.priced[rows] = worth.bounded, worth.priced


@dataclass(frozen=True)
class _Case:
    """What formulas are asked about: ``rows`` of a frame of enterprises, or of records of a kind, under a rule."""

    rule: Rule
    frame: Frame
    rows: npt.NDArray[Plain]
    empty: Subject
    program: Program

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def year(self) -> int | None:
        return self.program.on.year if self.program.record is None else None

    def fact(self, name: str) -> Fact:
        return self.empty.fact(name)

    def unknown(self, benefit: Benefit) -> Worth:
        """What it is worth to those of whom nothing is known."""
        award = worth_of(benefit, self.rule, self.empty)
        return Worth.same(award.low, award.high, award.priced, self.count)


@dataclass(frozen=True)
class Formula:
    """A benefit under the rule of its item, ready to be computed for the rows of any part.

    ``constant``: the award that every row has, where it is the same for all.
    """

    benefit: Benefit
    rule: Rule
    program: Program = field(repr=False)

    @cached_property
    def constant(self) -> tuple[int, int | None, bool] | None:
        """Low, high and whether it is priced, where they are the same for every row."""
        if any(True for _ in quantities(self.benefit)) or _asks_records(self.benefit):
            return None
        award = worth_of(self.benefit, self.rule, _nobody(self.program))
        return award.low, award.high, award.priced

    @property
    def facts(self) -> frozenset[str]:
        """The facts and record kinds that it looks at."""
        dictionary = self.program.dictionary
        names: set[str] = set()
        for kind, quantity in quantities(self.benefit):
            names.add(quantity.fact if kind is None else kind)
            fact = dictionary.facts.get(quantity.fact) if kind is None else None
            names |= set(fact.formula.inputs) if fact is not None and fact.formula is not None else set()
        if names:
            names.add("registered_on")
        return frozenset(names | _kinds(self.benefit))

    def worth(self, frame: Frame, rows: npt.NDArray[Plain]) -> Worth:
        """What it is worth to these rows if they are eligible."""
        return _worth(self.benefit, _Case(self.rule, frame, rows, _nobody(self.program), self.program))


def _nobody(program: Program) -> EnterpriseOn:
    return EnterpriseOn(Profile(), program.on, program.dictionary)


def _asks_records(benefit: Benefit) -> bool:
    return bool(_kinds(benefit))


def _kinds(benefit: Benefit) -> set[str]:
    match benefit:
        case ForEach(kind):
            return {kind}
        case Sum(parts) | HighestOf(parts):
            return {kind for part in parts for kind in _kinds(part)}
        case Cases(_, values):
            return {kind for _, part in values for kind in _kinds(part)}
        case _:
            return set()


def _worth(benefit: Benefit, case: _Case) -> Worth:
    match benefit:
        case Rate(of=quantity):
            return _known_or(benefit, quantity, case, lambda numbers: _rate(benefit, numbers))
        case Brackets(on=quantity):
            return _known_or(benefit, quantity, case, lambda numbers: _exact(_bracketed(benefit, numbers)))
        case Per(of=quantity):
            return _known_or(benefit, quantity, case, lambda numbers: _exact(_per(benefit, numbers)))
        case Tiers():
            return _tiers(benefit, case)
        case Cases():
            return _cases(benefit, case)
        case ForEach():
            return _for_each(benefit, case)
        case Sum(parts):
            return _sum([_worth(part, case) for part in parts])
        case HighestOf(parts):
            return _highest([_worth(part, case) for part in parts])
        case _:
            return case.unknown(benefit)


# -------------------------------------------------------------- quantities


def _numbers(quantity: Quantity, case: _Case) -> Numbers | None:
    """The figures of a declared fact, or of full years since a day."""
    fact = case.fact(quantity.fact)
    year = resolve_year(quantity.year, case.year) if case.year is not None else None
    if fact.formula is not None:
        assert fact.formula.name == "years_since", "a quotient is no figure"
        start = case.frame.numbers(fact.formula.inputs[0])
        return None if start is None else _full_years(start.take(case.rows), case.program)
    numbers = case.frame.numbers(f"{fact.name}.{year}" if fact.yearly else fact.name)
    return None if numbers is None else numbers.take(case.rows)


def _full_years(start: Numbers, program: Program) -> Numbers:
    """As ``enterprises.calendar.full_years_between``: a year is full on its anniversary."""
    days = start.values.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month_of_year = months.astype(np.int64) % 12 + 1
    day_of_month = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    on = program.on
    years = on.year - (months.astype("datetime64[Y]").astype(np.int64) + 1970)
    years -= (month_of_year * 100 + day_of_month) > on.month * 100 + on.day
    return Numbers(np.maximum(years, 0), start.known)


def _known_or(benefit: Benefit, quantity: Quantity, case: _Case, compute: Callable[[Rows], Worth]) -> Worth:
    """``compute`` where the quantity is known; elsewhere what it is worth to one of whom nothing is known."""
    numbers = _numbers(quantity, case)
    if numbers is None:
        return case.unknown(benefit)
    computed = compute(np.where(numbers.known, numbers.values, 0))
    return _choose(numbers.known, computed, case.unknown(benefit))


def _choose(where: Flags, one: Worth, other: Worth) -> Worth:
    return Worth(
        np.where(where, one.low, other.low),
        np.where(where, one.high, other.high),
        np.where(where, one.bounded, other.bounded),
        np.where(where, one.priced, other.priced),
    )


def _exact(amounts: Rows) -> Worth:
    rows = len(amounts)
    return Worth(amounts, amounts, np.ones(rows, np.bool_), np.ones(rows, np.bool_))


# ---------------------------------------------------------------- formulas


def _rate(benefit: Rate, numbers: Rows) -> Worth:
    paid = _scaled(np.maximum(numbers, 0), benefit.rate)
    paid = np.maximum(paid, benefit.floor) if benefit.floor is not None else paid
    paid = np.minimum(paid, benefit.cap) if benefit.cap is not None else paid
    worth = _exact(paid)
    if benefit.bound is Bound.AT_MOST:
        worth = replace(worth, low=np.full(len(paid), benefit.floor or 0, np.int64))
    if benefit.bound is Bound.AT_LEAST:
        bounded = np.full(len(paid), benefit.cap is not None)
        worth = replace(worth, high=np.full(len(paid), benefit.cap or 0, np.int64), bounded=bounded)
    return worth


def _bracketed(benefit: Brackets, numbers: Rows) -> Rows:
    """Slices are summed exactly, over one denominator, and cut off to whole 分 once."""
    common = reduce(lambda one, other: int(np.lcm(one, other)), (rate.denominator for _, rate in benefit.slices), 1)
    whole, rest = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
    start = 0
    for upper, rate in benefit.slices:
        end = numbers if upper is None else np.minimum(numbers, upper)
        length = np.maximum(end - start, 0)
        times = rate.numerator * (common // rate.denominator)
        _must_fit(int(length.max(initial=0) // common + 1) * times, common * times)
        whole = whole + length // common * times
        rest = rest + length % common * times
        start = upper or start
    total = whole + rest // common
    return total if benefit.cap is None else np.minimum(total, benefit.cap)


def _per(benefit: Per, numbers: Rows) -> Rows:
    _must_fit(int(np.abs(numbers).max(initial=0)) * benefit.amount)
    paid = numbers * benefit.amount
    return paid if benefit.cap is None else np.minimum(paid, benefit.cap)


def _scaled(numbers: Rows, rate: Fraction) -> Rows:
    """``numbers`` × ``rate``, cut off to whole 分."""
    above, below = rate.numerator, rate.denominator
    _must_fit(int(numbers.max(initial=0) // below + 1) * above, above * below)
    return numbers // below * above + numbers % below * above // below


def _must_fit(*products: int) -> None:
    if any(abs(product) >= _LIMIT for product in products):
        raise OverflowError("an amount does not fit into 63 bits: check the figures of the population and the formula")


def _tiers(benefit: Tiers, case: _Case) -> Worth:
    low, high = np.zeros(case.count, np.int64), np.zeros(case.count, np.int64)
    for (_, amount), (true, maybe) in zip(benefit.steps, _reached(benefit, case), strict=True):
        low = _add(low, np.where(true, amount, 0), benefit.pay)
        high = _add(high, np.where(maybe, amount, 0), benefit.pay)
    everywhere = np.ones(case.count, np.bool_)
    return Worth(low, high, everywhere, everywhere)


def _add(total: Rows, amounts: Rows, pay: Pay) -> Rows:
    return total + amounts if pay is Pay.EACH else np.maximum(total, amounts)


def _reached(benefit: Tiers, case: _Case) -> Iterable[tuple[Flags, Flags]]:
    """For each step the rows that surely, and that perhaps, have reached it."""
    thresholds = [threshold for threshold, _ in benefit.steps]
    if benefit.operator is Operator.FIRST_REACHES:
        assert case.year is not None
        year = resolve_year(benefit.on.year, case.year)
        assert year is not None
        known = History.of(case.frame, benefit.on.fact, year)
        past, ceiling, whole = (each[case.rows] for each in (known.past, known.ceiling, known.whole))
        for threshold in thresholds:
            possible = (past < threshold) & (threshold <= ceiling)
            yield possible & whole, possible
        return
    fact = case.fact(benefit.on.fact)
    unknown = _unknown_steps(benefit, case)
    passing = [_passes(fact, benefit, threshold, case) for threshold in thresholds]
    for (sure, perhaps), (known_rows, passed) in zip(unknown, passing, strict=True):
        yield np.where(known_rows, passed, sure), np.where(known_rows, passed, perhaps)


def _unknown_steps(benefit: Tiers, case: _Case) -> list[tuple[bool, bool]]:
    """For each step whether it is sure, or possible, for those whose figure is not known: one step at a time."""
    answers = []
    for threshold, _ in benefit.steps:
        only = worth_of(replace(benefit, steps=((threshold, 1),)), case.rule, case.empty)
        answers.append((only.low == 1, only.high == 1))
    return answers


def _passes(fact: Fact, benefit: Tiers, threshold: Plain, case: _Case) -> tuple[Flags, Flags]:
    """Which rows are known, and which of them pass the threshold."""
    year = resolve_year(benefit.on.year, case.year) if case.year is not None else None
    asked = Condition(fact.name, benefit.operator, (threshold,), year)
    if fact.kind is Kind.RATIO:
        program = Program((asked,), case.program.on, case.program.dictionary, case.program.record)
        rails = decide(program, case.frame, keep=True).rails(0)
        true, maybe = (_unpacked(each, case.rows) for each in (rails.true, rails.maybe))
        return true == maybe, true
    numbers = _numbers(benefit.on, case)
    if numbers is None:
        nowhere = np.zeros(case.count, np.bool_)
        return nowhere, nowhere
    passed = numbers.values >= threshold if benefit.operator is Operator.AT_LEAST else numbers.values > threshold
    return numbers.known, passed


def _unpacked(bitmap: npt.NDArray[np.uint64], rows: npt.NDArray[Plain]) -> Flags:
    return np.asarray(bitmap[rows >> 6] >> (rows & 63).astype(np.uint64) & np.uint64(1), np.bool_)


def _cases(benefit: Cases, case: _Case) -> Worth:
    """By the value of an option: of several possible ones all that lies between."""
    fact = case.fact(benefit.on.fact)
    indices, options = _options(fact, benefit.on, case)
    chosen = Worth.same(0, 0, False, case.count)
    for number, possible in enumerate(options):
        rows = np.flatnonzero(indices == number)
        if len(rows):
            chosen.put(rows, _worth_of_options(benefit, possible, fact, replace(case, rows=case.rows[rows])))
    return chosen


def _options(
    fact: Fact, quantity: Quantity, case: _Case
) -> tuple[npt.NDArray[Plain], Sequence[frozenset[Plain] | None]]:
    """By row the index of the options that are possible for it; ``None``: any."""
    if fact.formula is not None:
        indices, options = Tabled(fact, case.program.on, case.program.dictionary, ()).options(case.frame)
        return indices[case.rows], options
    year = resolve_year(quantity.year, case.year) if case.year is not None else None
    codes = case.frame.codes(f"{fact.name}.{year}" if fact.yearly else fact.name)
    if codes is None:
        return np.zeros(case.count, np.int64), [None]
    return codes.indices[case.rows] + 1, [None, *(frozenset((from_cell(fact, cell),)) for cell in codes.cells)]


def _worth_of_options(benefit: Cases, options: frozenset[Plain] | None, fact: Fact, case: _Case) -> Worth:
    nothing = Worth.same(0, 0, True, case.count)
    if options is None:
        possible = _possible_values(benefit, fact, case.rule)
        listed = [_worth(part, case) for value, part in benefit.values if not fact.values or value in possible]
        complete = bool(fact.values) and possible <= {value for value, _ in benefit.values}
        return _hull(listed if complete else [*listed, nothing])
    parts = dict(benefit.values)
    worths = [_worth(parts[option], case) if option in parts else nothing for option in sorted(options, key=str)]
    return worths[0] if len(worths) == 1 else _hull(worths)


def _possible_values(benefit: Cases, fact: Fact, rule: Rule) -> set[Plain]:
    possible: set[Plain] = set(fact.values)
    for part in demanded_by(rule):
        if isinstance(part, Condition) and part.fact == fact.name and part.operator in (Operator.IS, Operator.IN):
            possible &= {str(value) for value in part.operands}
    return possible


def _for_each(benefit: ForEach, case: _Case) -> Worth:
    (asked,) = (condition for condition in wanted_records(case.rule) if condition.kind == benefit.kind)
    lists = case.frame.lists(benefit.kind)
    unknown = case.unknown(benefit)
    if lists is None:
        return unknown
    of_one = worth_of(benefit.benefit, asked.where, _unknown_record(benefit.kind, case.program))
    total = Worth.same(0, 0, of_one.priced, case.count)
    position = np.full(case.frame.rows, -1, np.int64)
    position[case.rows] = np.arange(case.count)
    if lists.records.rows:
        shares, owners = _shares(benefit, asked, case, position)
        total = _summed(shares, owners, total)
    return _choose(lists.known[case.rows], total, unknown)


def _shares(benefit: ForEach, asked: AnyRecord, case: _Case, position: Rows) -> tuple[Worth, Rows]:
    """What the records that are not refused bring, and the position of the row that each belongs to."""
    lists = case.frame.lists(benefit.kind)
    assert lists is not None
    program = Program((asked.where,), case.program.on, case.program.dictionary, benefit.kind)
    met = decide(program, lists.records, keep=True).rails(0)
    every = np.arange(lists.records.rows)
    true, maybe = _unpacked(met.true, every), _unpacked(met.maybe, every)
    records = np.flatnonzero(maybe & (position[lists.parents] >= 0))
    empty = _unknown_record(benefit.kind, case.program)
    worth = _worth(benefit.benefit, _Case(asked.where, lists.records, records, empty, program))
    owners = lists.parents[records]
    alone = np.bincount(lists.parents, minlength=case.frame.rows)[owners] == 1
    certain = true[records] | (alone & (asked in demanded_by(case.rule)))
    return replace(worth, low=np.where(certain, worth.low, 0)), position[owners]


def _summed(shares: Worth, owners: Rows, nothing: Worth) -> Worth:
    """The sums of the priced shares by owner; ``nothing`` for those who have none."""
    rows = len(nothing.low)
    priced = np.zeros(rows, np.bool_)
    low, high = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    bounded = np.ones(rows, np.bool_)
    paid = shares.priced
    priced[owners[paid]] = True
    _must_fit(int(shares.low.max(initial=0)) * len(owners), int(shares.high.max(initial=0)) * len(owners))
    np.add.at(low, owners[paid], shares.low[paid])
    np.add.at(high, owners[paid], shares.high[paid])
    bounded[owners[paid & ~shares.bounded]] = False
    any_share = np.zeros(rows, np.bool_)
    any_share[owners] = True
    return _choose(any_share, Worth(low, high, bounded, priced), nothing)


def _unknown_record(kind: str, program: Program) -> RecordOf:
    return RecordOf(Record(kind, {}), 0, program.dictionary.records[kind])


def _sum(worths: Sequence[Worth]) -> Worth:
    return Worth(
        sum((np.where(worth.priced, worth.low, 0) for worth in worths), np.zeros_like(worths[0].low)),
        sum((np.where(worth.priced, worth.high, 0) for worth in worths), np.zeros_like(worths[0].low)),
        np.logical_and.reduce([worth.bounded | ~worth.priced for worth in worths]),
        np.logical_or.reduce([worth.priced for worth in worths]),
    )


def _highest(worths: Sequence[Worth]) -> Worth:
    highest = [np.where(worth.priced, worth.low, 0) for worth in worths]
    return replace(_sum(worths), low=np.maximum.reduce(highest), high=_most(worths))


def _hull(worths: Sequence[Worth]) -> Worth:
    """The interval that contains all of them; one without a price brings no money."""
    lowest = [np.where(worth.priced, worth.low, 0) for worth in worths]
    return replace(_sum(worths), low=np.minimum.reduce(lowest), high=_most(worths))


def _most(worths: Sequence[Worth]) -> Rows:
    """The highest of the priced ones; amounts are never negative."""
    return np.asarray(np.maximum.reduce([np.where(worth.priced, worth.high, 0) for worth in worths]), np.int64)
