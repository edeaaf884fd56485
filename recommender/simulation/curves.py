"""Threshold curves: count and cost of an item as one of its levers moves, at once for any values.

An enterprise's answer depends on a threshold only through one comparison: the rest of the rule is decided once with the
comparison true, false and unknown. What is kept is what these three answers leave open, with the figures compared. A
curve classes the figures by the wanted thresholds, sums by class, and adds the classes up: a histogram and its sums,
exact at each point, whatever the comparison's place in the rule.

Who has records that a lever is about has several figures at once; these few are decided again for every threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any as Plain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Dictionary, Fact, Kind, Value
from enterprises.population import ROW
from policies.benefits import Benefit, Brackets, ForEach, Per, Quantity, Rate, Tiers, formulas, quantities
from policies.items import Item
from policies.rules import All, Any, Condition, Operator, Rule, resolve_year
from recommender.columnar import kernels
from recommender.columnar.amounts import Formula
from recommender.columnar.decision import decide
from recommender.columnar.features import Feature, History
from recommender.columnar.frame import Frame, Numbers
from recommender.columnar.program import Barred, Program
from recommender.match import GONE, bars_the_gone
from recommender.simulation.costs import FIELDS, IN, OPEN, OUT, Amounts, Codes, Cost, Sums, codes_of, joined, tally
from recommender.simulation.levers import Lever, decided, moved, replaced, without_records
from recommender.simulation.values import around

Rows = npt.NDArray[np.intp]

_NOBODY_KNOWS = Fact("?", "", Kind.FLAG)
"""A fact that no population has: to ask for it is the unknown answer."""

UNKNOWN = Condition(_NOBODY_KNOWS.name, Operator.IS, (True,))


def with_unknown(dictionary: Dictionary) -> Dictionary:
    """The dictionary in which ``UNKNOWN`` can be asked."""
    return Dictionary({**dictionary.facts, _NOBODY_KNOWS.name: _NOBODY_KNOWS}, dictionary.records)


def barring(rule: Rule, item: Item) -> Rule | Barred:
    """``rule``, put in the place of the item's own, as it speaks to those who are gone."""
    return Barred(rule, GONE) if bars_the_gone(item.rule) else rule


# -------------------------------------------------------------- one lever


@dataclass(frozen=True, slots=True)
class Point:
    """What an item comes to with a lever at ``value``."""

    value: Value
    cost: Cost


@dataclass(frozen=True, slots=True)
class Curve:
    """Points by ascending value."""

    lever: Lever
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """By row the thresholds that a figure may have reached in a year for the first time: above ``past`` and up to
    ``ceiling``; surely, where the ``whole`` history is known."""

    past: npt.NDArray[np.int64]
    ceiling: npt.NDArray[np.int64]
    whole: npt.NDArray[np.bool_]

    @property
    def blank(self) -> npt.NDArray[np.bool_]:
        """Of whom nothing is known, so that every threshold is possible."""
        return np.asarray((self.past == kernels.UNKNOWN_LOW) & (self.ceiling == kernels.UNKNOWN_HIGH), np.bool_)

    def take(self, rows: Rows | slice) -> Spans:
        return Spans(self.past[rows], self.ceiling[rows], self.whole[rows])


@dataclass(frozen=True, slots=True)
class Moving:
    """The rows of a part whose answer moves with a lever; ``modes``: their three answers in one number.

    They are known by the columns of the figures, by name, or by their ``Spans``. ``amounts``: by the answer to the
    lever, or once where it makes no difference.
    """

    figures: Mapping[str, Numbers] | Spans
    modes: Codes
    amounts: tuple[Amounts, ...]
    blocks: Sums | None = None
    """Where the rows ascend by a single figure: their sums by answer to the lever and by block of rows."""

    def take(self, rows: Rows | slice) -> Moving:
        figures = (
            self.figures.take(rows)
            if isinstance(self.figures, Spans)
            else {name: Numbers(numbers.values[rows], numbers.known[rows]) for name, numbers in self.figures.items()}
        )
        return Moving(figures, self.modes[rows], tuple(amounts.take(rows) for amounts in self.amounts))


@dataclass(frozen=True, slots=True)
class Held:
    """What a part, or all parts, add to the curve of a lever.

    ``fixed``: the sums of those whom it does not move. ``blank``: how many there are, by code, whose figure is not
    known and whose amount yet depends on the threshold. ``again``: the rows that are decided for each threshold.
    """

    fixed: Sums
    blank: npt.NDArray[np.int64]
    moving: Moving | None
    again: pa.Table | None


class Question:
    """A lever of an item on a day, ready to be asked of any rows."""

    def __init__(self, item: Item, lever: Lever, on: date, dictionary: Dictionary) -> None:
        self.item, self.lever, self.on, self.dictionary = item, lever, on, with_unknown(dictionary)
        self._first = lever.operator is Operator.FIRST_REACHES
        self._tied = decided(item.benefit, lever, True) != item.benefit and lever.record is None
        self._program = Program((item.rule,), on, self.dictionary)

    @cached_property
    def rules(self) -> tuple[Rule | Barred, ...]:
        """What is to be decided of each row: the item's rule, then the lever unknown, true and false."""
        rule, lever = self.item.rule, self.lever
        asked: list[Rule] = [rule]
        if lever.record is not None:
            asked.append(without_records(rule, lever, UNKNOWN))
        else:
            asked += [replaced(rule, lever, each) for each in (UNKNOWN, All(()), Any(()))]
        return tuple(barring(each, self.item) for each in asked)

    @property
    def facts(self) -> frozenset[str]:
        """What it looks at, beyond the facts of its rules: the lever's own and those of the benefit."""
        own = Program((self.lever.at(self.lever.present),), self.on, self.dictionary) if not self.lever.record else None
        return self._formula(self.item.benefit).facts | (own.columns if own else {self.lever.record or ""})

    def hold(self, frame: Frame, codes: Sequence[Codes], table: TableOf) -> Held:
        """What these rows add to the curve; ``codes``: the answers to ``rules``. ``table`` gives whole rows."""
        alive = codes[1] != OUT
        if self.lever.record is not None:
            return self._hold_records(frame, codes[0], alive, table)
        unknown, true, false = codes[1:]
        spans = self._spans(frame) if self._first else None
        blank = alive & (spans.blank if spans else self._is_blank(frame))
        fixed, counts, again = self._hold_blank(frame, np.flatnonzero(blank), unknown, table)
        still = (true == false) & (~np.bool_(self._first) | (true == unknown)) & ~np.bool_(self._tied)
        fixed = fixed + self._sum(frame, np.flatnonzero(alive & ~blank & still), true)
        rows = np.flatnonzero(alive & ~blank & ~still)
        modes = (unknown[rows] * 9 + true[rows] * 3 + false[rows]).astype(np.uint8)
        figures = spans.take(rows) if spans else self._figures(frame, rows)
        amounts = tuple(Amounts.of(formula, frame, rows) for formula in self._formulas)
        return Held(fixed, counts, Moving(figures, modes, amounts), again)

    def _hold_blank(
        self, frame: Frame, rows: Rows, codes: Codes, table: TableOf
    ) -> tuple[Sums, npt.NDArray[np.int64], pa.Table | None]:
        """Those whose figure is not known: their verdict is the same at each threshold, their amount perhaps not."""
        nothing, nobody = np.zeros(FIELDS, np.int64), np.zeros(3, np.int64)
        if not self._sways_blank:
            return self._sum(frame, rows, codes), nobody, None
        if self._alone:
            return nothing, np.bincount(codes[rows], minlength=3), None
        return nothing, nobody, table(rows)

    def _hold_records(self, frame: Frame, codes: Codes, alive: npt.NDArray[np.bool_], table: TableOf) -> Held:
        lists = frame.lists(self.lever.record or "")
        known, some = np.zeros(frame.rows, np.bool_), np.zeros(frame.rows, np.bool_)
        if lists is not None:
            known = lists.known
            some[lists.parents] = True
        fixed, counts, again = self._hold_blank(frame, np.flatnonzero(alive & ~known), codes, table)
        fixed = fixed + self._sum(frame, np.flatnonzero(alive & known & ~some), codes)
        tables = [each for each in (again, table(np.flatnonzero(alive & some))) if each is not None and each.num_rows]
        return Held(fixed, counts, None, pa.concat_tables(tables, promote_options="default") if tables else None)

    # ------------------------------------------------------------- amounts

    def _formula(self, benefit: Benefit, rule: Rule | None = None) -> Formula:
        return Formula(benefit, self.item.rule if rule is None else rule, self._program)

    @cached_property
    def _formulas(self) -> tuple[Formula, ...]:
        """The benefit by the answer to the lever, ``OUT``, ``OPEN``, ``IN``; one where it makes no difference."""
        if not self._tied:
            return (self._formula(self.item.benefit),)
        return tuple(self._formula(decided(self.item.benefit, self.lever, truth)) for truth in (False, None, True))

    @cached_property
    def _sways_blank(self) -> bool:
        """Whether an amount can depend on the threshold although the figure is not known: what an eligible one's figure
        must be at least follows from the rule."""
        lever = self.lever
        if lever.record is not None:
            return any(isinstance(part, ForEach) and part.kind == lever.record for part in formulas(self.item.benefit))
        # What a first reach pays depends on the history alone, and says nothing about what the rule demands.
        parts = (part for part in formulas(self.item.benefit) if not _is_first(part))
        asked = {(quantity.fact, quantity.year) for part in parts for quantity in _own(part)}
        return not self._first and (lever.fact, lever.year) in asked

    @cached_property
    def _alone(self) -> bool:
        """Whether the amount depends on nothing but the lever's figure, or its kind of records."""
        kinds = {part.kind for part in formulas(self.item.benefit) if isinstance(part, ForEach)}
        asked = {
            (kind, None if kind else (quantity.fact, quantity.year)) for kind, quantity in quantities(self.item.benefit)
        }
        if self.lever.record is not None:
            return kinds == {self.lever.record} and all(kind is not None for kind, _ in asked)
        history = any(_is_first(part) for part in formulas(self.item.benefit))
        return not kinds and not history and asked == {(None, (self.lever.fact, self.lever.year))}

    def _sum(self, frame: Frame, rows: Rows, codes: Codes) -> Sums:
        """The sums of rows that the lever does not move."""
        formula = self._formulas[OPEN if self._tied else 0]
        amounts = Amounts.of(formula, frame, rows)
        return np.asarray(tally(np.zeros(len(rows), np.int64), codes[rows], amounts, 1)[0], np.int64)

    # ------------------------------------------------------------- figures

    def _is_blank(self, frame: Frame) -> npt.NDArray[np.bool_]:
        """Whose figure is not known, so that no threshold makes a difference."""
        feature = self._feature((self.lever.present,))
        classes = _classes_of(feature, frame)
        return np.asarray((_answers_of(feature)[:, 0] == OPEN)[classes], np.bool_)

    def _spans(self, frame: Frame) -> Spans:
        year = resolve_year(self.lever.year, self.on.year)
        assert year is not None, "a fact of which a year is asked is a yearly one"
        known = History.of(frame, self.lever.fact, year)
        return Spans(known.past, known.ceiling, known.whole)

    def _feature(self, values: Sequence[Value]) -> Feature:
        """The figures in classes between these values; the answers come in their order."""
        (feature,) = Program([self.lever.at(value) for value in values], self.on, self.dictionary).features
        return feature

    @cached_property
    def _columns(self) -> frozenset[str]:
        """The columns of the figures that are compared."""
        fact = self.dictionary.facts[self.lever.fact]
        names = fact.formula.inputs if fact.formula is not None else (fact.name,)
        year = resolve_year(self.lever.year, self.on.year) or self.on.year - 1
        grown = self.lever.operator is Operator.GREW_BY or (
            fact.formula is not None and fact.formula.name == "growth_of"
        )
        years = (year, year - 1) if grown else (year,)
        return frozenset(
            column
            for name in names
            for column in ([f"{name}.{each}" for each in years] if self.dictionary.facts[name].yearly else [name])
        )

    def _figures(self, frame: Frame, rows: Rows) -> dict[str, Numbers]:
        found = {name: frame.numbers(name) for name in sorted(self._columns)}
        return {name: numbers.take(rows) for name, numbers in found.items() if numbers is not None}

    def sample(self, held: Held) -> npt.NDArray[np.float64]:
        """The figures that are compared, roughly: to choose sensible thresholds by."""
        if self.lever.record is not None:
            return _record_figures(held.again, self.lever)
        if held.moving is None:
            return np.zeros(0)
        figures = held.moving.figures
        if isinstance(figures, Spans):
            return np.asarray(figures.ceiling[figures.ceiling != kernels.UNKNOWN_HIGH], np.float64)
        columns = [figures.get(name) for name in self._in_order()]
        numbers = [column for column in columns if column is not None]
        if not numbers or len(numbers) < len(columns):
            return np.zeros(0)
        known = np.logical_and.reduce([each.known for each in numbers])
        values = [each.values[known].astype(np.float64) for each in numbers]
        formula = self.dictionary.facts[self.lever.fact].formula
        if formula is not None and formula.name == "years_since":
            return np.asarray((self.on - date(1970, 1, 1)).days / 365.25 - values[0] / 365.25, np.float64)
        if len(values) == 1:
            return np.asarray(values[0])
        above, below = values
        quotient = above[below > 0] / below[below > 0]
        return np.asarray(quotient if formula is not None and formula.name == "share" else quotient - 1)

    def _in_order(self) -> list[str]:
        """The columns, a later year before an earlier one, what is above a line before what is below."""
        formula = self.dictionary.facts[self.lever.fact].formula
        if formula is not None and formula.name == "share":
            return [name for each in formula.inputs for name in sorted(self._columns) if name.partition(".")[0] == each]
        return sorted(self._columns, reverse=True)

    # -------------------------------------------------------------- curves

    def sums(self, held: Held, values: Sequence[Value]) -> Sums:
        """The sums by value."""
        sums = np.repeat(held.fixed[np.newaxis], len(values), axis=0)
        if held.blank.any():
            sums += np.stack([self._blank_sums(held.blank, value) for value in values])
        if held.moving is not None and len(held.moving.modes):
            by_spans = isinstance(held.moving.figures, Spans)
            sums += (_sums_of_spans if by_spans else self._sums_of_figures)(held.moving, values)
        if held.again is not None:
            sums += self._sums_again(held.again, values)
        return sums

    def _sums_of_figures(self, moving: Moving, values: Sequence[Value]) -> Sums:
        """Sums by class of figure. A block that begins and ends in one class is of it throughout: its sum is known."""
        feature = self._feature(values)
        count = len(moving.modes)
        whole, rows = np.zeros(0, np.intp), np.arange(count)
        if moving.blocks is not None:
            begins = np.arange(0, count, _BLOCK)
            ends = np.minimum(begins + _BLOCK, count) - 1
            first, last = (_classed(feature, moving, at) for at in (begins, ends))
            whole = np.flatnonzero(first == last)
            rows = np.flatnonzero(np.repeat(first != last, ends - begins + 1))
        some = moving if len(rows) == count else moving.take(rows)
        classes = _classed(feature, some, None)
        answers = _answers_of(feature)
        sums = np.zeros((len(values), FIELDS), np.int64)
        for state in (OUT, OPEN, IN):
            meets = answers == state
            if meets.any():
                by_class = _tallied(some, state, classes, len(answers))
                if moving.blocks is not None:
                    np.add.at(by_class, first[whole], moving.blocks[state, whole])
                sums += meets.T.astype(np.int64) @ by_class
        return sums

    def _blank_sums(self, counts: npt.NDArray[np.int64], value: Value) -> Sums:
        item = moved(self.item, self.lever, value)
        nobody = Frame({}, 1)
        rows = np.zeros(1, np.intp)
        amounts = Amounts(self._formula(item.benefit, item.rule).worth(nobody, rows), False)
        one = [tally(np.zeros(1, np.int64), np.array([code], np.uint8), amounts, 1)[0] for code in (OUT, OPEN, IN)]
        return np.asarray(sum(count * sums for count, sums in zip(counts, one, strict=True)), np.int64)

    def _sums_again(self, table: pa.Table, values: Sequence[Value]) -> Sums:
        frame = Frame.of(table)
        items = [moved(self.item, self.lever, value) for value in values]
        rules = [barring(item.rule, self.item) for item in items]
        decision = decide(Program(rules, self.on, self.dictionary), frame, keep=True)
        sums = np.zeros((len(values), FIELDS), np.int64)
        for number, item in enumerate(items):
            codes = codes_of(decision.rails(number), frame.rows)
            rows = np.flatnonzero(codes)
            amounts = Amounts.of(self._formula(item.benefit, item.rule), frame, rows)
            sums[number] = tally(np.zeros(len(rows), np.int64), codes[rows], amounts, 1)[0]
        return sums


def _is_first(part: Benefit) -> bool:
    return isinstance(part, Tiers) and part.operator is Operator.FIRST_REACHES


def _own(part: Benefit) -> list[Quantity]:
    """The quantity that a formula works on itself, not those of its parts."""
    match part:
        case Rate(of=quantity) | Per(of=quantity) | Tiers(on=quantity) | Brackets(on=quantity):
            return [quantity]
        case _:
            return []


_CODE_OF_MODE = {
    OPEN: np.array([mode // 9 for mode in range(27)], np.uint8),
    IN: np.array([mode // 3 % 3 for mode in range(27)], np.uint8),
    OUT: np.array([mode % 3 for mode in range(27)], np.uint8),
}
"""By the answer to the lever: the code that is in a mode."""


def _classes_of(feature: Feature, frame: Frame) -> npt.NDArray[Plain]:
    classes = feature.classes(frame)
    return np.full(frame.rows, classes, np.uint16) if isinstance(classes, int) else classes


def _answers_of(feature: Feature) -> Codes:
    """What each class answers to each condition, as codes."""
    code = {True: IN, None: OPEN, False: OUT}
    return np.array([[code[truth] for truth in answer] for answer in tuple(feature.answers)], np.uint8)


def _classed(feature: Feature, moving: Moving, rows: Rows | None) -> npt.NDArray[Plain]:
    """The classes of these rows, or of all."""
    assert not isinstance(moving.figures, Spans)
    if rows is None:
        return _classes_of(feature, Figures(moving.figures, len(moving.modes)))
    some = {name: numbers.take(rows) for name, numbers in moving.figures.items()}
    return _classes_of(feature, Figures(some, len(rows)))


def _tallied(moving: Moving, state: int, groups: npt.NDArray[Plain], size: int) -> Sums:
    """The sums by group if all rows answer the lever so."""
    amounts = moving.amounts[state if len(moving.amounts) > 1 else 0]
    return tally(groups, _CODE_OF_MODE[state][moving.modes], amounts, size)


def _sums_of_spans(moving: Moving, values: Sequence[Value]) -> Sums:
    """Each row answers the lever with no, but for the values of its span. Those of whom all is known come first."""
    spans = moving.figures
    assert isinstance(spans, Spans)
    thresholds = np.array(values, np.int64)
    begins = np.searchsorted(thresholds, spans.past, side="right")
    ends = np.maximum(np.searchsorted(thresholds, spans.ceiling, side="right"), begins)
    size = len(values) + 1
    sums = np.repeat(_tallied(moving, OUT, np.zeros(len(begins), np.int64), 1), len(values), axis=0)
    sure = int(np.count_nonzero(spans.whole))
    for state, rows in ((IN, slice(0, sure)), (OPEN, slice(sure, None))):
        some = moving.take(rows)
        for sign, at in ((1, begins[rows]), (-1, ends[rows])):
            change = _tallied(some, state, at, size) - _tallied(some, OUT, at, size)
            sums += sign * np.cumsum(change, axis=0)[:-1]
    return sums


class TableOf:
    """Whole rows of a part, with the columns that a frame of it has."""

    def __init__(self, read: Plain) -> None:
        self._read = read

    def __call__(self, rows: Rows) -> pa.Table | None:
        if not len(rows):
            return None
        whole, wanted = self._read(), pa.array(rows)
        # A table without columns has no rows either, and of some enterprises nothing is known.
        return pa.table({ROW: wanted} | {name: whole.column(name).take(wanted) for name in whole.column_names})


class Figures(Frame):
    """Rows of which only figures are kept."""

    def __init__(self, figures: Mapping[str, Numbers], rows: int) -> None:
        super().__init__({}, rows)
        self._figures = figures

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._figures)

    def numbers(self, name: str) -> Numbers | None:
        return self._figures.get(name)


def _record_figures(table: pa.Table | None, lever: Lever) -> npt.NDArray[np.float64]:
    lists = None if table is None else Frame.of(table).lists(lever.record or "")
    numbers = None if lists is None else lists.records.numbers(lever.fact)
    return np.zeros(0) if numbers is None else numbers.values[numbers.known].astype(np.float64)


def merged(parts: Sequence[Held]) -> Held:
    """What all parts add, as one."""
    moving = [part.moving for part in parts if part.moving is not None]
    tables = [part.again for part in parts if part.again is not None]
    return Held(
        np.asarray(sum(part.fixed for part in parts), np.int64),
        np.asarray(sum(part.blank for part in parts), np.int64),
        _one_after_another(moving) if moving else None,
        pa.concat_tables(tables, promote_options="default").combine_chunks().unify_dictionaries() if tables else None,
    )


def _one_after_another(parts: Sequence[Moving]) -> Moving:
    amounts = zip(*(part.amounts for part in parts), strict=True)
    modes = np.concatenate([part.modes for part in parts])
    return _in_blocks(Moving(_joined_figures(parts), modes, tuple(joined(each) for each in amounts)))


_BLOCK = 2**12


def _in_blocks(moving: Moving) -> Moving:
    """The same rows, ascending and summed by block, where there is a single figure to go by; spans, the whole first."""
    if isinstance(moving.figures, Spans):
        return moving.take(np.argsort(~moving.figures.whole, kind="stable"))
    if len(moving.figures) != 1 or not len(moving.modes):
        return moving
    (figure,) = moving.figures.values()
    if not figure.known.all():
        return moving
    ordered = moving.take(np.argsort(figure.values, kind="stable"))
    blocks = np.arange(len(moving.modes)) // _BLOCK
    sums = [_tallied(ordered, state, blocks, int(blocks[-1]) + 1) for state in (OUT, OPEN, IN)]
    return replace(ordered, blocks=np.stack(sums))


def _joined_figures(parts: Sequence[Moving]) -> Mapping[str, Numbers] | Spans:
    spans = [part.figures for part in parts if isinstance(part.figures, Spans)]
    if spans:
        return Spans(
            np.concatenate([each.past for each in spans]),
            np.concatenate([each.ceiling for each in spans]),
            np.concatenate([each.whole for each in spans]),
        )
    given = [(part.figures, len(part.modes)) for part in parts if not isinstance(part.figures, Spans)]
    figures = {}
    for name in sorted({name for columns, _ in given for name in columns}):
        columns = [given_by.get(name) or _nothing(rows) for given_by, rows in given]
        figures[name] = Numbers(
            np.concatenate([column.values for column in columns]), np.concatenate([column.known for column in columns])
        )
    return figures


def _nothing(rows: int) -> Numbers:
    return Numbers(np.zeros(rows, np.int64), np.zeros(rows, np.bool_))


# --------------------------------------------------------------- in memory


class Warm:
    """The levers of an item over a population, kept in memory to be asked again and again.

    A lever keeps at most 28 bytes for each row that it moves, 72 if it is a first reach that a tier of the benefit
    depends on; rows whose figure is not known, or whose answer is the same at every threshold, are a few sums.
    """

    def __init__(self, questions: Iterable[Question], held: Iterable[Held], dictionary: Dictionary) -> None:
        self._held = {question.lever: (question, one) for question, one in zip(questions, held, strict=True)}
        self._dictionary = dictionary
        self._values: dict[Lever, tuple[Value, ...]] = {}

    @property
    def levers(self) -> tuple[Lever, ...]:
        return tuple(self._held)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that are kept."""
        return sum(_bytes(held) for _, held in self._held.values())

    def values(self, lever: Lever) -> tuple[Value, ...]:
        """Sensible thresholds: round numbers around the present one and where the figures lie; the present one too."""
        if lever not in self._values:
            question, held = self._held[lever]
            figure = lever.figure(self._dictionary)
            self._values[lever] = around(lever.present, figure, question.sample(held))
        return self._values[lever]

    def curve(self, lever: Lever, values: Iterable[Value] | None = None) -> Curve:
        """The curve over these values, or over sensible ones. Raises ``KeyError`` for a lever that is not kept."""
        question, held = self._held[lever]
        wanted: list[Plain] = sorted(set(self.values(lever) if values is None else values))
        if not wanted:
            return Curve(lever, ())
        sums = question.sums(held, wanted)
        return Curve(lever, tuple(Point(value, Cost.of(one)) for value, one in zip(wanted, sums, strict=True)))


def _bytes(held: Held) -> int:
    kept = held.fixed.nbytes + held.blank.nbytes + (0 if held.again is None else held.again.nbytes)
    if held.moving is None:
        return int(kept)
    given = held.moving.figures
    if isinstance(given, Spans):
        figures = given.past.nbytes + given.ceiling.nbytes + given.whole.nbytes
    else:
        figures = sum(numbers.values.nbytes + numbers.known.nbytes for numbers in given.values())
    return int(kept + figures + held.moving.modes.nbytes + sum(amounts.nbytes for amounts in held.moving.amounts))
