"""What conditions look at. A feature puts each row into a class, so that all rows of a class get the same answers.

There are as many classes as there are different answers to the feature's conditions: 5.3 million revenues are some
twenty classes, as the conditions on revenue have some twenty limits. What a class answers is asked of the readable
evaluator once, for one value of it. Class 0 is the one of which nothing is known.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from enterprises import scale, size
from enterprises.dictionary import Dictionary, Fact, Kind, Value
from enterprises.population import from_cell
from enterprises.profiles import Observation, Profile, Series
from enterprises.readings import EnterpriseOn
from policies.rules import Condition, Operator
from recommender.columnar import kernels
from recommender.columnar.frame import Frame, Numbers
from recommender.evaluation import compare
from recommender.logic import Truth, either

Classes = npt.NDArray[np.uint16]

NOTHING = 0
"""The class of the rows of which nothing is known."""

EPOCH = date(1970, 1, 1).toordinal()

_LARGEST = 2**31 - 1
"""Above and below the line of a fraction that whole columns are compared with."""

_LONG = 2**61
"""Figures from here on are compared one by one."""


_NAMES = {False: kernels.FALSE, True: kernels.TRUE, None: kernels.UNKNOWN}


class Feature(ABC):
    """Something that one or several conditions look at. It may be used by several threads."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.conditions = tuple(conditions)
        self._answers: list[tuple[Truth, ...]] = [(None,) * len(self.conditions)]
        self._numbers = {self._answers[0]: NOTHING}
        self._lock = threading.Lock()
        self._made = np.zeros((0, len(self.conditions)), np.uint8)

    @abstractmethod
    def classes(self, frame: Frame) -> Classes | int:
        """The class of each row, or the one that all of them have."""

    @property
    def answers(self) -> Sequence[tuple[Truth, ...]]:
        """What each class answers, by condition."""
        return self._answers

    def answers_of(self, classes: int) -> npt.NDArray[np.uint8]:
        """What the first so many classes answer: ``FALSE``, ``TRUE`` or ``UNKNOWN`` by class and condition."""
        made = self._made
        if len(made) < classes:
            new = [[_NAMES[truth] for truth in answers] for answers in self._answers[len(made) : classes]]
            made = self._made = np.concatenate([made, np.array(new, np.uint8).reshape(len(new), len(self.conditions))])
        return made[:classes]

    def _class(self, answers: Iterable[Truth]) -> int:
        """The number of the class that answers so."""
        key = tuple(answers)
        number = self._numbers.get(key)
        if number is not None:
            return number
        with self._lock:
            if key not in self._numbers:
                # The answers come first: who finds the number finds what it answers.
                self._answers.append(key)
                self._numbers[key] = len(self._answers) - 1
            if len(self._answers) >= _NOT_YET:
                raise OverflowError("more classes of answers than a feature can number")
            return self._numbers[key]


class Coded(Feature):
    """A column of codes, options, sets, or yes and no."""

    def __init__(self, fact: Fact, column: str, conditions: Sequence[Condition]) -> None:
        super().__init__(conditions)
        self._fact, self._column = fact, column
        self._class_of: dict[Any, int] = {}

    def classes(self, frame: Frame) -> Classes | int:
        codes = frame.codes(self._column)
        if codes is None:
            return NOTHING
        class_of_code = np.array([self._class_of_cell(cell) for cell in codes.cells] or [NOTHING], np.uint16)
        out = np.empty(frame.rows, np.uint16)
        kernels.map_codes(codes.indices, class_of_code, out)
        return out

    def _class_of_cell(self, cell: Any) -> int:
        number = self._class_of.get(cell)
        if number is None:
            value = from_cell(self._fact, cell)
            number = self._class(compare(condition, value, self._fact.kind) for condition in self.conditions)
            self._class_of[cell] = number
        return number


class Binned(Feature):
    """A column of figures or days, in bins between the limits of the conditions on it."""

    def __init__(
        self,
        column: str,
        kind: Kind,
        conditions: Sequence[Condition],
        cuts: Iterable[int],
        read: Callable[[int], Value],
    ) -> None:
        """``cuts``: the first number of each bin but the lowest. ``read``: the value that the conditions compare, of a
        number in the column."""
        super().__init__(conditions)
        self._column = column
        self._cuts, self._class_of_bin = _bins(
            cuts, lambda number: self._class(compare(condition, read(number), kind) for condition in conditions)
        )

    def classes(self, frame: Frame) -> Classes | int:
        numbers = frame.numbers(self._column)
        if numbers is None:
            return NOTHING
        out = np.empty(frame.rows, np.uint16)
        kernels.bin_numbers(numbers.values, numbers.known, self._cuts, self._class_of_bin, out)
        return out


class Quotient(Feature):
    """One figure divided by another, less ``less``, in bins between the fractions that it is compared with."""

    def __init__(self, above: str, below: str, less: int, conditions: Sequence[Condition]) -> None:
        super().__init__(conditions)
        self._above, self._below = above, below
        limits = sorted({_fraction(operand) for condition in conditions for operand in condition.operands})
        self._limits = [limit + less for limit in limits]
        self._is_short = all(max(abs(limit.numerator), limit.denominator) <= _LARGEST for limit in self._limits)
        short = self._limits if self._is_short else []
        self._numerators = np.array([limit.numerator for limit in short], np.int64)
        self._denominators = np.array([limit.denominator for limit in short], np.int64)
        self._class_of_bin = np.array([self._class_at(value) for value in _between(limits)], np.uint16)

    def classes(self, frame: Frame) -> Classes | int:
        above, below = frame.numbers(self._above), frame.numbers(self._below)
        if above is None or below is None:
            return NOTHING
        if not self._is_short or _is_long(above) or _is_long(below):
            return self._one_by_one(above, below)
        out = np.empty(frame.rows, np.uint16)
        kernels.bin_quotients(
            *(above.values, above.known, below.values, below.known),
            *(self._numerators, self._denominators, self._class_of_bin, out),
        )
        return out

    def _one_by_one(self, above: Numbers, below: Numbers) -> Classes:
        """What 64 bits might not hold, in Python's numbers."""
        out = np.zeros(len(above.values), np.uint16)
        for row in np.flatnonzero(above.known & below.known & (below.values > 0)):
            quotient = Fraction(int(above.values[row]), int(below.values[row]))
            place = bisect_left(self._limits, quotient)
            is_limit = place < len(self._limits) and self._limits[place] == quotient
            out[row] = self._class_of_bin[2 * place + is_limit]
        return out

    def _class_at(self, value: Fraction) -> int:
        return self._class(
            value >= _fraction(condition.operands[0])
            if condition.operator is Operator.GREW_BY
            else compare(condition, value, Kind.RATIO)
            for condition in self.conditions
        )


def _is_long(numbers: Numbers) -> bool:
    """Whether a figure is so large that its product with a short fraction might not be told apart."""
    return bool((np.abs(numbers.values[numbers.known]) >= _LONG).any())


class FirstReach(Feature):
    """Which thresholds a yearly fact has reached in a year for the first time."""

    def __init__(self, name: str, year: int, conditions: Sequence[Condition]) -> None:
        super().__init__(conditions)
        self._name, self._year = name, year
        self._steps = sorted({_integer(operand) for condition in conditions for operand in condition.operands})
        self._thresholds = np.array(self._steps, np.int64)
        # There are more kinds of histories than classes: twice the square of the thresholds.
        self._class_of = np.full(2 * (len(self._steps) + 1) ** 2, _NOT_YET, np.uint16)

    def classes(self, frame: Frame) -> Classes | int:
        known = History.of(frame, self._name, self._year)
        kinds = np.empty(frame.rows, np.int32)
        kernels.bin_first_reaches(known.past, known.ceiling, known.whole, self._thresholds, kinds)
        return _looked_up(kinds, self._class_of, self._class_at)

    def _class_at(self, kind: int) -> int:
        """The class of those of whose thresholds so many were reached in earlier years, and so many may be in the year
        (see ``kernels.bin_first_reaches``)."""
        numbers, whole = divmod(kind, 2)
        reached, possible = divmod(numbers, len(self._steps) + 1)
        truths: list[Truth] = [
            False if step >= possible or step < reached else (True if whole else None)
            for step in range(len(self._steps))
        ]
        of = dict(zip(self._steps, truths, strict=True))
        return self._class(either(of[_integer(operand)] for operand in each.operands) for each in self.conditions)


_NOT_YET = np.iinfo(np.uint16).max
"""The class of what has not been seen."""


def _looked_up(numbers: npt.NDArray[np.int32], table: Classes, class_at: Callable[[int], int]) -> Classes:
    """What the table has for each number; what it does not have yet is asked for once."""
    out = np.empty(len(numbers), np.uint16)
    if kernels.look_up(numbers, table, _NOT_YET, out):
        for number in np.unique(numbers[out == _NOT_YET]):
            table[number] = class_at(int(number))
        kernels.look_up(numbers, table, _NOT_YET, out)
    return out


class Tabled(Feature):
    """A fact derived from an industry and some figures, by the classes of these: each combination is computed once."""

    def __init__(self, fact: Fact, on: date, dictionary: Dictionary, conditions: Sequence[Condition]) -> None:
        super().__init__(conditions)
        assert fact.formula is not None
        self._fact, self._on, self._dictionary = fact, on, dictionary
        key, floors = _STANDARDS[fact.formula.name]
        industry, *figures = (dictionary.facts[name] for name in fact.formula.inputs)
        self._industry = _Industries(industry.name, key)
        self._figures = [_Steps(each, on.year - 1, some) for each, some in zip(figures, floors, strict=True)]
        combinations = _Industries.MOST * math.prod(figure.count for figure in self._figures)
        self._class_of = np.full(combinations, _NOT_YET, np.uint16)

    def classes(self, frame: Frame) -> Classes | int:
        return _looked_up(self._combined(frame), self._class_of, self._class_at)

    def _class_at(self, code: int) -> int:
        options = self._options(code)
        return self._class(_answer(condition, options, self._fact.kind) for condition in self.conditions)

    def options(self, frame: Frame) -> tuple[npt.NDArray[np.intp], list[frozenset[Value] | None]]:
        """By row the index of its options, and the options."""
        codes, indices = np.unique(self._combined(frame), return_inverse=True)
        return indices, [self._options(int(code)) for code in codes]

    def _combined(self, frame: Frame) -> npt.NDArray[np.int32]:
        """One number for the classes of all inputs."""
        combined = self._industry.classes(frame).astype(np.int32)
        for figure in self._figures:
            figure.add(frame, combined)
        return combined

    def _options(self, code: int) -> frozenset[Value] | None:
        """The options of a fact whose inputs are of the classes in ``code``, as readings of an enterprise give them."""
        facts: dict[str, Observation] = {}
        series: dict[str, Series] = {}
        for figure in reversed(self._figures):
            code, number = divmod(code, figure.count)
            value = figure.value(number)
            if value is not None and figure.fact.yearly:
                series[figure.fact.name] = Series({figure.year: Observation(value)})
            elif value is not None:
                facts[figure.fact.name] = Observation(value)
        industry = self._industry.value(code)
        if industry is not None:
            facts[self._industry.name] = Observation(industry)
        subject = EnterpriseOn(Profile(facts=facts, series=series), self._on, self._dictionary)
        return subject.read(self._fact.name, self._on.year - 1 if self._fact.yearly else None).options


def _answer(condition: Condition, options: frozenset[Value] | None, kind: Kind) -> Truth:
    answers = {compare(condition, option, kind) for option in options} if options is not None else {None}
    return answers.pop() if len(answers) == 1 else None


class _Industries:
    """Industries by what a standard makes of them; 0: not known."""

    MOST = 256
    """More than any standard tells apart."""

    def __init__(self, name: str, key: Callable[[str], object]) -> None:
        self.name, self._key = name, key
        self._values: list[str | None] = [None]
        self._class_of_key: dict[object, int] = {}
        self._class_of: dict[str, int] = {}
        self._lock = threading.Lock()

    def classes(self, frame: Frame) -> Classes:
        codes = frame.codes(self.name)
        out = np.zeros(frame.rows, np.uint16)
        if codes is not None:
            classes = np.array([self._class(cell) for cell in codes.cells] or [NOTHING], np.uint16)
            kernels.map_codes(codes.indices, classes, out)
        return out

    def value(self, number: int) -> str | None:
        return self._values[number]

    def _class(self, code: str) -> int:
        with self._lock:
            if code not in self._class_of:
                key = self._key(code)
                if key not in self._class_of_key:
                    if len(self._values) == self.MOST:
                        raise OverflowError("a standard tells more industries apart than there are numbers for")
                    self._class_of_key[key] = len(self._values)
                    self._values.append(code)
                self._class_of[code] = self._class_of_key[key]
            return self._class_of[code]


class _Steps:
    """A figure by how many floors of a standard it reaches; 0: not known."""

    def __init__(self, fact: Fact, year: int, floors: Iterable[int]) -> None:
        self.fact, self.year = fact, year
        self._floors = sorted(floors)
        self._cuts = np.array(self._floors, np.int64)
        self.count = len(self._floors) + 2

    def add(self, frame: Frame, combined: npt.NDArray[np.int32]) -> None:
        """Add the classes of this figure to the numbers of others."""
        numbers = frame.numbers(f"{self.fact.name}.{self.year}" if self.fact.yearly else self.fact.name)
        if numbers is None:
            combined *= self.count
        else:
            kernels.add_steps(numbers.values, numbers.known, self._cuts, self.count, combined)

    def value(self, number: int) -> int | None:
        """A figure of that class."""
        if number == 0:
            return None
        return self._floors[number - 2] if number > 1 else max(min(self._floors) - 1, 0)


_STANDARDS: Mapping[str, tuple[Callable[[str], object], tuple[Iterable[int], ...]]] = {
    "size_class": (size.categories, tuple(size.floors(name) for name in ("employees", "revenue", "assets"))),
    "above_scale": (scale.possible_floors, (tuple(floor for floor, _ in scale.FLOORS),)),
}
"""What of an industry a formula goes by, and the floors of the figures that it takes, in their order."""


class History:
    """What a series says of a first reach in a year, by row (see ``kernels.history``)."""

    __slots__ = ("ceiling", "past", "whole")

    def __init__(self, rows: int) -> None:
        self.past = np.full(rows, kernels.UNKNOWN_LOW, np.int64)
        self.ceiling = np.full(rows, kernels.UNKNOWN_HIGH, np.int64)
        self.whole = np.zeros(rows, np.bool_)

    @classmethod
    def of(cls, frame: Frame, name: str, year: int) -> History:
        """The history of the fact ``name``."""
        found = cls(frame.rows)
        columns = {past: frame.numbers(f"{name}.{past}") for past in _years(frame, name) if past <= year}
        listed = {past: numbers for past, numbers in sorted(columns.items()) if numbers is not None}
        nothing = Numbers(np.zeros(frame.rows, np.int64), np.zeros(frame.rows, np.bool_))
        before = frame.numbers(f"{name}.before") or nothing
        before_year = frame.numbers(f"{name}.before_year") or nothing
        registered = frame.numbers("registered_on") or nothing
        # Without any figure nothing is known of a row, and most rows have none.
        rows = np.flatnonzero(np.logical_or.reduce([before.known, *(numbers.known for numbers in listed.values())]))
        figures = np.empty((len(listed), len(rows)), np.int64)
        known = np.empty((len(listed), len(rows)), np.bool_)
        for number, numbers in enumerate(listed.values()):
            figures[number], known[number] = numbers.values[rows], numbers.known[rows]
        kernels.history(
            *(rows, np.array(list(listed), np.int64), figures, known),
            *(year, before.values, before.known & before_year.known, before_year.values),
            *(registered.values, registered.known, found.past, found.ceiling, found.whole),
        )
        return found


def _years(frame: Frame, name: str) -> list[int]:
    tails = (column.removeprefix(f"{name}.") for column in frame.names if column.startswith(f"{name}."))
    return sorted(int(tail) for tail in tails if tail.isdigit())


def cuts_of(conditions: Iterable[Condition]) -> set[int]:
    """Where bins may begin: at each figure or day that is compared with, and after it."""
    numbers = {to_number(operand) for condition in conditions for operand in condition.operands}
    return numbers | {number + 1 for number in numbers}


def to_number(value: Value) -> int:
    """A figure or day as its column's number."""
    return value.toordinal() - EPOCH if isinstance(value, date) else _integer(value)


def to_day(number: int) -> date:
    """The day that a column's number stands for; one that no calendar has is the nearest that it has."""
    return date.fromordinal(min(max(number + EPOCH, 1), date.max.toordinal()))


def _bins(cuts: Iterable[int], class_at: Callable[[int], int]) -> tuple[npt.NDArray[np.int64], Classes]:
    """The cuts between different classes, and the class of each bin. Cuts that no column can reach are left out."""
    limits = np.iinfo(np.int64)
    ascending = sorted(cut for cut in cuts if limits.min < cut <= limits.max)
    classes = [class_at(ascending[0] - 1 if ascending else 0)]
    kept: list[int] = []
    for cut in ascending:
        number = class_at(cut)
        if number != classes[-1]:
            kept.append(cut)
            classes.append(number)
    return np.array(kept, np.int64), np.array(classes, np.uint16)


def _between(limits: Sequence[Fraction]) -> list[Fraction]:
    """One fraction of each bin: below the first limit, the limit, between it and the next, and so on."""
    if not limits:
        return [Fraction(0)]
    values = [limits[0] - 1]
    for limit, following in zip(limits, [*limits[1:], limits[-1] + 2], strict=True):
        values += [limit, (limit + following) / 2]
    return values


def years_cuts(conditions: Iterable[Condition], on: date, count: Callable[[date], int]) -> set[int]:
    """Where the bins of a starting day begin if conditions compare the full years since it, which ``count`` counts.

    The later the start, the fewer the years: the last day with at least so many years is found by halving.
    """
    cuts: set[int] = set()
    days = range(1, date.max.toordinal() + 1)
    for condition in conditions:
        for operand in condition.operands:
            for years in (_integer(operand), _integer(operand) + 1):
                first_with_fewer = bisect_right(days, -years, key=lambda day: -count(date.fromordinal(day)))
                cuts.add(first_with_fewer + 1 - EPOCH)
    return cuts


def _fraction(value: Value) -> Fraction:
    assert isinstance(value, int | Fraction)
    return Fraction(value)


def _integer(value: Value) -> int:
    assert isinstance(value, int)
    return value
