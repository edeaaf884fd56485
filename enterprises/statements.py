"""What several sources said of one enterprise over time, and the one profile that follows from it.

A statement is all that one source said at one time; nothing of it is ever changed. Of each fact and period, every
source's latest word is a claim, and the best claim wins: a register before tax and statistics, those before what the
enterprise declared, that before what was inferred; then what was observed later, then what was received later. Claims
that contradict each other are conflicts, for a person to look at. What follows from the same statements is the same in
whatever order they are given.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from enterprises import industries, regions
from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary, Kind, Source, Value
from enterprises.profiles import Observation, Profile, Record, Series, before, exceeds

NO_PERIOD = ""
"""The period of what has no years."""

NAME = "name"
"""What the enterprise's name is called among facts and record kinds."""


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one source said of one enterprise at one time.

    ``source``: of the name and of the lists of records as wholes; every value carries its own. ``received_on``: the
    day we learnt it, in Asia/Shanghai. ``origin``: where from, for a person, such as a file's name and row.
    ``number``: which of the enterprise's statements it is, in the order in which they came; the database gives it.
    """

    profile: Profile
    source: Source
    received_on: date
    origin: str
    number: int = 0


class Claim(NamedTuple):
    """What a statement says of one fact and period, of a list of records as a whole, or of the name.

    ``period``: ``2023``, ``before_2021`` for all years before it, or ``NO_PERIOD``. ``observed_on`` of a list and of a
    name is the latest day that the statement speaks of, else the day it was received. The rest is the statement's.
    (A tuple, since merging makes some dozens for each enterprise, and these are made three times as fast.)
    """

    fact: str
    period: str
    value: Value | tuple[Record, ...]
    source: Source
    observed_on: date | None
    received_on: date
    origin: str
    number: int = 0

    @property
    def rank(self) -> int:
        return RANKS[self.source]

    @property
    def first(self) -> int:
        """The year before which a claim on all earlier years speaks; 0 of any other claim."""
        _, _, year = self.period.partition("_")
        return int(year) if year else 0

    @property
    def order(self) -> tuple[Any, ...]:
        """What sorts claims, best last; where days and numbers are all the same, what they say decides."""
        return (
            *(RANKS[self.source], self.observed_on or date.min, self.received_on, self.number),
            *(self.first, self.origin, self.source.value, _canonical(self.value)),
        )


RANKS = {Source.REGISTER: 3, Source.TAX: 2, Source.STATISTICS: 2, Source.DECLARED: 1, Source.INFERRED: 0}
"""The rank of each source: a value of a higher one is never replaced by one of a lower."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The claim that stands in the profile, why, and the latest word of every other source, best first.

    A profile has room for one claim on "all earlier years" of a fact: those before other years are its ``others``.
    """

    winner: Claim
    others: tuple[Claim, ...]

    @property
    def fact(self) -> str:
        return self.winner.fact

    @property
    def period(self) -> str:
        return self.winner.period

    @property
    def reason(self) -> str:
        """Why the winner won, in Chinese."""
        if not self.others:
            return "只有这一个来源"
        won, lost = self.winner, self.others[0]
        if won.rank != lost.rank:
            return f"“{won.source.label}”比“{lost.source.label}”可靠"
        if won.observed_on is not None and won.observed_on != lost.observed_on:
            than = "另一个没有写观察日期" if lost.observed_on is None else f"晚于 {format_day(lost.observed_on)}"
            return f"观察于 {format_day(won.observed_on)}，{than}"
        if won.received_on != lost.received_on:
            return f"{format_day(won.received_on)}收到，晚于 {format_day(lost.received_on)}"
        if won.number != lost.number:
            return "同一天里收到得更晚"
        return "来源和日期都相同，按内容取一个"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that contradict each other: the one that is believed, and those that do not agree with it, best first.

    Mostly they are on the same fact and period. A year's figure above the highest of "all earlier years" is one too:
    then ``period`` is that of what is not believed.
    """

    winner: Claim
    others: tuple[Claim, ...]

    @property
    def fact(self) -> str:
        return self.others[0].fact

    @property
    def period(self) -> str:
        return self.others[0].period


@dataclass(frozen=True, slots=True)
class Merged:
    """What follows from the statements on one enterprise.

    ``speaking``: the statements that still have the latest word of their source on something; the same follows from
    them alone, also once others are added.
    """

    profile: Profile
    choices: tuple[Choice, ...]
    conflicts: tuple[Conflict, ...]
    speaking: tuple[Statement, ...]


def as_of(statements: Iterable[Statement], day: date) -> tuple[Statement, ...]:
    """Those that had been received by a day."""
    return tuple(each for each in statements if each.received_on <= day)


def merge(statements: Sequence[Statement], dictionary: Dictionary) -> Merged:
    """The profile that follows from the statements on one enterprise, with how it came about.

    Nothing becomes known that no source said: where a year's figure is above the highest figure that stands for "all
    earlier years", the weaker of the two is dropped. A list of records is taken as a whole. Raises ``ValueError``
    without statements, or with those on several enterprises.
    """
    codes = {each.profile.credit_code for each in statements}
    if len(codes) != 1:
        raise ValueError("statements on one enterprise are merged")
    latest, speaking = _latest(statements)
    choices: list[Choice] = []
    conflicts: list[Conflict] = []
    facts: dict[str, Observation] = {}
    series: dict[str, Series] = {}
    records: dict[str, tuple[Record, ...]] = {}
    name = None
    for fact in sorted(latest):
        kept, contradicted = _choose(latest[fact], dictionary)
        choices += kept
        conflicts += contradicted
        if fact in dictionary.records:
            records[fact] = _records(kept[0].winner)
        elif fact == NAME:
            name = str(kept[0].winner.value)
        elif kept[0].period == NO_PERIOD:
            facts[fact] = _observation(kept[0].winner)
        else:
            series[fact] = _series(choice.winner for choice in kept)
    return Merged(Profile(codes.pop(), name, facts, series, records), tuple(choices), tuple(conflicts), speaking)


def claims(statement: Statement) -> Iterator[Claim]:
    """Everything that a statement says, value by value."""
    profile, said = statement.profile, (statement.received_on, statement.origin, statement.number)
    for fact, seen in profile.facts.items():
        yield Claim(fact, NO_PERIOD, seen.value, seen.source, seen.observed_on, *said)
    for fact, series in profile.series.items():
        for year, seen in series.years.items():
            yield Claim(fact, str(year), seen.value, seen.source, seen.observed_on, *said)
        if series.before is not None and series.before_year is not None:
            seen, period = series.before, str(before(series.before_year))
            yield Claim(fact, period, seen.value, seen.source, seen.observed_on, *said)
    if profile.records or profile.name is not None:
        day = max(_days(profile), default=statement.received_on)
        for kind, listed in profile.records.items():
            yield Claim(kind, NO_PERIOD, listed, statement.source, day, *said)
        if profile.name is not None:
            yield Claim(NAME, NO_PERIOD, profile.name, statement.source, day, *said)


def _days(profile: Profile) -> set[date]:
    """The days that a profile speaks of."""
    days = {seen.observed_on for seen in profile.facts.values()}
    for series in profile.series.values():
        days.update([seen.observed_on for seen in series.years.values()])
        days.add(series.before.observed_on if series.before is not None else None)
    for listed in profile.records.values():
        for record in listed:
            days.update([seen.observed_on for seen in record.fields.values()])
    return {day for day in days if day is not None}


def _latest(
    statements: Sequence[Statement],
) -> tuple[dict[str, dict[str, tuple[Claim, ...]]], tuple[Statement, ...]]:
    """By fact and period, the latest word of every source, best first; and the statements that these are from."""
    found: dict[str, dict[str, list[tuple[Claim, int]]]] = defaultdict(dict)
    for position, statement in enumerate(statements):
        for claim in claims(statement):
            some = found[claim.fact].setdefault(claim.period, [])
            for place, (other, _) in enumerate(some):
                if other.source is claim.source:
                    if _is_later(claim, other):
                        some[place] = claim, position
                    break
            else:
                some.append((claim, position))
    latest = {
        fact: {period: _best_first([claim for claim, _ in some]) for period, some in periods.items()}
        for fact, periods in found.items()
    }
    heard = {position for periods in found.values() for some in periods.values() for _, position in some}
    return latest, tuple(each for position, each in enumerate(statements) if position in heard)


def _is_later(claim: Claim, other: Claim) -> bool:
    """Whether ``claim`` comes after another one of the same source: the cheap part of their order mostly tells."""
    one = (claim.observed_on or date.min, claim.received_on, claim.number)
    two = (other.observed_on or date.min, other.received_on, other.number)
    return one > two or (one == two and claim.order > other.order)


def _best_first(some: Sequence[Claim]) -> tuple[Claim, ...]:
    return tuple(some) if len(some) < 2 else tuple(sorted(some, key=lambda claim: claim.order, reverse=True))


def _choose(periods: dict[str, tuple[Claim, ...]], dictionary: Dictionary) -> tuple[list[Choice], list[Conflict]]:
    """Of one fact: what stands for each period, and what contradicts it.

    The best claims are taken first, and what contradicts one that has been taken is dropped.
    """
    if NO_PERIOD in periods:
        choice = Choice(periods[NO_PERIOD][0], periods[NO_PERIOD][1:])
        return [choice], [*_disagreements([choice], dictionary)]
    yearly = {period: some for period, some in periods.items() if "_" not in period}
    earlier = _best_first([claim for period, some in periods.items() if "_" in period for claim in some])
    if not earlier:
        choices = [Choice(some[0], some[1:]) for _, some in sorted(yearly.items())]
        return choices, [*_disagreements(choices, dictionary)]
    taken: list[Claim] = []
    conflicts: list[Conflict] = []
    for claim in _best_first([*(some[0] for some in yearly.values()), *earlier]):
        against = next((each for each in taken if _contradict(each, claim)), None)
        if against is None:
            taken.append(claim)
        else:
            said = (claim, *(yearly[claim.period][1:] if claim.period in yearly else ()))
            conflicts += _conflict(against, said)
    years = sorted((claim for claim in taken if not claim.first), key=lambda claim: claim.period)
    choices = [Choice(claim, yearly[claim.period][1:]) for claim in years]
    conflicts = [*_disagreements(choices, dictionary), *conflicts]
    highest = [claim for claim in taken if claim.first]
    if highest:
        choices.append(Choice(highest[0], tuple(highest[1:])))
    return choices, conflicts


def _contradict(one: Claim, other: Claim) -> bool:
    """Whether two claims of one series cannot both be true, of which at least one is on all earlier years.

    A year's figure is not above the highest of a time that it is part of, nor is the highest of a shorter time.
    """
    if one.first == other.first:
        return one.first != 0 and one.value != other.value
    part, whole = sorted((one, other), key=lambda claim: claim.first or int(claim.period))
    if not whole.first:
        return False  # the figures of a later year and of earlier ones have nothing to do with each other
    is_part = part.first != 0 or int(part.period) < whole.first
    return is_part and exceeds(_observation(part), _observation(whole))


def _conflict(winner: Claim, others: Iterable[Claim]) -> Iterator[Conflict]:
    """What was inferred contradicts nobody: it only gives way."""
    said = tuple(claim for claim in others if claim.source is not Source.INFERRED)
    if said and winner.source is not Source.INFERRED:
        yield Conflict(winner, said)


def _disagreements(choices: Iterable[Choice], dictionary: Dictionary) -> Iterator[Conflict]:
    for choice in choices:
        if choice.others:
            yield from _conflict(
                choice.winner, (each for each in choice.others if not _agree(choice.winner, each, dictionary))
            )


def _agree(one: Claim, other: Claim, dictionary: Dictionary) -> bool:
    """Whether both can be true: they say the same, or one of them the same less precisely."""
    if one.fact in dictionary.records:
        return _canonical(_values(one)) == _canonical(_values(other))
    if one.value == other.value:
        return True
    if one.fact == NAME:
        return unicodedata.normalize("NFKC", str(one.value)) == unicodedata.normalize("NFKC", str(other.value))
    nested = _NESTED.get(dictionary.facts[one.fact].kind)
    return nested is not None and nested(str(one.value), str(other.value)) is not False


_NESTED = {Kind.REGION: regions.nested, Kind.INDUSTRY: industries.nested}


def _values(claim: Claim) -> tuple[Any, ...]:
    """What the records of a list say, whatever their order, sources and days."""
    found = [{name: seen.value for name, seen in record.fields.items()} for record in _records(claim)]
    return tuple(sorted(map(_canonical, found)))


def _canonical(value: Any) -> str:
    """The same text for equal values, whatever the order of sets and mappings."""
    if isinstance(value, Record):
        return _canonical({name: (seen.value, seen.source, seen.observed_on) for name, seen in value.fields.items()})
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(_canonical, value)) + ")"
    return repr(value)


def _observation(claim: Claim) -> Observation:
    assert not isinstance(claim.value, tuple)
    return Observation(claim.value, claim.source, claim.observed_on)


def _records(claim: Claim) -> tuple[Record, ...]:
    assert isinstance(claim.value, tuple)
    return claim.value


def _series(winners: Iterable[Claim]) -> Series:
    by_period = {claim.period: claim for claim in winners}
    years = {int(period): _observation(claim) for period, claim in by_period.items() if "_" not in period}
    earlier = next((claim for period, claim in by_period.items() if "_" in period), None)
    return Series(years) if earlier is None else Series(years, _observation(earlier), earlier.first)
