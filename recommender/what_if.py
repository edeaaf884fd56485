"""What if (假如): the numbers that an enterprise can change, and the values of each at which something changes.

Between two neighbouring positions of a dial no item becomes eligible or ceases to be, and no tier is reached or lost;
amounts that go by a rate move with the number itself. Nothing of this is a fact of anybody: the changed profile is made
for one answer and forgotten. Which numbers can be changed, the fact dictionary says (``changeable``); the figures of
years before the last are history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from enterprises.dictionary import Fact, Kind, Value
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn, FactRef
from policies.benefits import Quantity, quantities
from policies.items import Item
from policies.library import Library
from policies.rules import conditions, record_conditions, resolve_year
from recommender.evaluation import decide
from recommender.explanation import Explanation
from recommender.logic import Truth
from recommender.turning_points import Point, Turns, turning_points

MOST_ABOVE, MOST_BELOW = 8, 4
"""So many positions are offered on either side of what is: nobody can look further than that."""

_STEPS: Mapping[Kind, Fraction] = {Kind.MONEY: Fraction(1), Kind.COUNT: Fraction(1), Kind.RATIO: Fraction(1, 10_000)}
"""The least amount by which a number changes: 1 分, 1, 0.01%."""


@dataclass(frozen=True, slots=True)
class Position:
    """A value of a dial. ``beyond``: just above a round number, which itself would not do.

    ``gained``, ``lost``: the ids of the items that are eligible here and not now, and the other way round.
    """

    value: Value
    beyond: bool
    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dial:
    """A number that can be changed, with its positions ascending, of which ``positions[present]`` is what is."""

    ref: FactRef
    fact: Fact
    positions: tuple[Position, ...]
    present: int

    def at(self, offset: int) -> Position:
        """The position so many further up, or down: the last where there are no more."""
        return self.positions[min(max(self.present + offset, 0), len(self.positions) - 1)]

    def before(self, position: Position) -> Value:
        """The value just below a position."""
        value = _number(position.value) - _STEPS[self.fact.kind]
        return value if self.fact.kind is Kind.RATIO else int(value)


def dials(explanation: Explanation) -> tuple[Dial, ...]:
    """The dials of an enterprise that change anything, in the order of the dictionary."""
    dictionary = explanation.library.dictionary
    subject = EnterpriseOn(explanation.profile, explanation.on, dictionary)
    offered = {match.item.id for match in explanation.matches if match.offered}
    found = []
    for ref in _changeable(subject):
        names = _looking_at(explanation.library).get((ref.record, ref.name), ())
        items = [item for item in names if item.id in offered]
        dial = _Search(ref, subject, items).dial()
        if len(dial.positions) > 1:
            found.append(dial)
    return tuple(found)


def assume(profile: Profile, values: Mapping[FactRef, Value]) -> Profile:
    """The profile as it would be with other numbers, which count as said by the enterprise."""
    for ref, value in values.items():
        if ref.record is not None and ref.number is not None:
            profile = profile.with_record_field(ref.record, ref.number, ref.name, Observation(value))
        else:
            profile = profile.with_fact(ref.name, Observation(value), ref.year)
    return profile


def _changeable(subject: EnterpriseOn) -> Iterator[FactRef]:
    """The known numbers of an enterprise that it can change, from the last year on."""
    dictionary, profile = subject.dictionary, subject.profile
    for name, fact in dictionary.facts.items():
        if fact.changeable is None or not fact.kind.is_number:
            continue
        if not fact.yearly and name in profile.facts:
            yield FactRef(name)
        years = profile.series[name].years if name in profile.series else {}
        yield from (FactRef(name, year) for year in sorted(years, reverse=True) if year >= subject.on.year - 1)
    for kind, records in profile.records.items():
        fields = [each for each in dictionary.records[kind].fields.values() if each.changeable and each.kind.is_number]
        for number, record in enumerate(records):
            yield from (FactRef(each.name, None, kind, number) for each in fields if each.name in record.fields)


Names = tuple[str | None, str]


@lru_cache(maxsize=2)
def _looking_at(library: Library) -> Mapping[Names, tuple[Item, ...]]:
    """By record kind and name of a declared fact, the published items that look at it, be it by a derived one."""
    found: dict[Names, dict[str, Item]] = {}
    for item in library.published:
        for kind, name in _looked_at(item):
            formula = None if kind else library.dictionary.facts[name].formula
            for each in formula.inputs if formula else (name,):
                found.setdefault((kind, each), {})[item.id] = item
    return {names: tuple(items.values()) for names, items in found.items()}


def _looked_at(item: Item) -> Iterator[Names]:
    yield from ((None, condition.fact) for condition in conditions(item.rule))
    for records in record_conditions(item.rule):
        yield from ((records.kind, condition.fact) for condition in conditions(records.where))
    yield from ((kind, quantity.fact) for kind, quantity in quantities(item.benefit))


class _Search:
    """The positions of one dial, looked for outwards from what is."""

    def __init__(self, ref: FactRef, subject: EnterpriseOn, items: Sequence[Item]) -> None:
        self.ref, self.subject, self.items = ref, subject, items
        self.fact = subject.dictionary.fact(ref.name, ref.record)
        self.step = _STEPS[self.fact.kind]
        self._subjects: dict[Fraction, EnterpriseOn] = {}
        self._truths: dict[tuple[str, Fraction], Truth] = {}

    def dial(self) -> Dial:
        now = _number(_value(self.ref, self.subject))
        candidates = self._candidates()
        above = self._walk(sorted(value for value in candidates if value > now), candidates, now, MOST_ABOVE)
        below = self._walk(
            sorted((value for value in candidates if value <= now), reverse=True), candidates, now, MOST_BELOW
        )
        here = self._position(now, now, {now: []})
        positions = [*(each for each in reversed(below) if _number(each.value) < now), here, *above]
        return Dial(self.ref, self.fact, tuple(positions), positions.index(here))

    def _candidates(self) -> dict[Fraction, list[tuple[Item, Point]]]:
        """Every plausible value from which on something may be different, with what that would be."""
        found: dict[Fraction, list[tuple[Item, Point]]] = {}
        for item in self.items:
            for point in turning_points(item, self.ref, self.subject):
                for value in self._values(point):
                    if _is_plausible(value, self.fact) and _is_plausible(value - self.step, self.fact):
                        found.setdefault(value, []).append((item, point))
        return found

    def _values(self, point: Point) -> set[Fraction]:
        """The least numbers at and beyond a point, as far as each can be the first of something new."""
        at, beyond = ceil(point.number / self.step) * self.step, (floor(point.number / self.step) + 1) * self.step
        if point.turns is Turns.TIER:
            return {at if point.reached else beyond}
        return {at, beyond}

    def _walk(
        self,
        values: Iterable[Fraction],
        candidates: Mapping[Fraction, list[tuple[Item, Point]]],
        now: Fraction,
        most: int,
    ) -> list[Position]:
        found: list[Position] = []
        for value in values:
            if len(found) == most:
                break
            if any(self._turns(item, point, value) for item, point in candidates[value]):
                found.append(self._position(value, now, candidates))
        return found

    def _turns(self, item: Item, point: Point, value: Fraction) -> bool:
        """Whether something about an item is different from a value on."""
        below, here = self._truth(item, value - self.step), self._truth(item, value)
        if below is not here or (below is False and here is False):
            return below is not here
        before, after = self._at(value - self.step), self._at(value)
        match point.turns:
            case Turns.RULE:
                return self._accepted(item, before) != self._accepted(item, after)
            case Turns.CASE:
                assert point.case is not None
                return _read(point.case, self.ref, before) != _read(point.case, self.ref, after)
            case Turns.TIER:
                return True

    def _accepted(self, item: Item, subject: EnterpriseOn) -> list[Truth]:
        """Of a record whose number moves: what the rule says of the record itself, since each may be paid for."""
        if self.ref.record is None or self.ref.number is None:
            return []
        record = (subject.records(self.ref.record) or ())[self.ref.number]
        return [decide(one.where, record) for one in record_conditions(item.rule) if one.kind == self.ref.record]

    def _position(
        self, value: Fraction, now: Fraction, candidates: Mapping[Fraction, list[tuple[Item, Point]]]
    ) -> Position:
        beyond = all(point.number <= value - self.step for _, point in candidates[value]) and bool(candidates[value])
        eligible = {item.id: self._truth(item, value) is True for item in self.items}
        present = {item.id: self._truth(item, now) is True for item in self.items}
        gained = frozenset(name for name in eligible if eligible[name] and not present[name])
        lost = frozenset(name for name in eligible if present[name] and not eligible[name])
        return Position(value if self.fact.kind is Kind.RATIO else int(value), beyond, gained, lost)

    def _truth(self, item: Item, value: Fraction) -> Truth:
        key = (item.id, value)
        if key not in self._truths:
            self._truths[key] = decide(item.rule, self._at(value))
        return self._truths[key]

    def _at(self, value: Fraction) -> EnterpriseOn:
        if value not in self._subjects:
            number: Value = value if self.fact.kind is Kind.RATIO else int(value)
            profile = assume(self.subject.profile, {self.ref: number})
            self._subjects[value] = EnterpriseOn(profile, self.subject.on, self.subject.dictionary)
        return self._subjects[value]


def _value(ref: FactRef, subject: EnterpriseOn) -> Value:
    if ref.record is not None and ref.number is not None:
        return (subject.records(ref.record) or ())[ref.number].read(ref.name).value
    return subject.read(ref.name, ref.year if isinstance(ref.year, int) else None).value


def _read(of: Quantity, ref: FactRef, subject: EnterpriseOn) -> frozenset[Value] | None:
    """What is known of the fact that a benefit goes by."""
    if ref.record is not None and ref.number is not None:
        return (subject.records(ref.record) or ())[ref.number].read(of.fact).options
    return subject.read(of.fact, resolve_year(of.year, subject.on.year)).options


def _is_plausible(value: Fraction, fact: Fact) -> bool:
    return (fact.low is None or value >= _number(fact.low)) and (fact.high is None or value <= _number(fact.high))


def _number(value: Value) -> Fraction:
    assert isinstance(value, (int, Fraction))
    return Fraction(value)
