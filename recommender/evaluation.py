"""Deciding a rule for one enterprise on a day, with the evidence: the readable one of the two evaluators.

``check`` decides a single condition; everything else is logic on top of it. ``decide`` gives the answer alone,
``judge`` the whole tree: each condition with its own answer, the facts it rests on, and what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any as Plain

from enterprises.dictionary import Kind, Value
from enterprises.industries import nested as industry_nested
from enterprises.profiles import Series, before
from enterprises.readings import EnterpriseOn, FactRef, Reading, RecordOf, Used
from enterprises.regions import nested as region_nested
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some, resolve_year
from recommender.logic import Truth, at_least, either, every, negate

Subject = EnterpriseOn | RecordOf


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one condition, the values it rests on, and what would settle it if it is unknown."""

    truth: Truth
    used: tuple[Used, ...] = ()
    missing: tuple[FactRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rule with its answer; ``parts`` follow the rule's (``any_record``: one a record), leaves have a ``finding``."""

    rule: Rule
    truth: Truth
    parts: tuple[Evidence, ...] = ()
    finding: Finding | None = None
    record: int | None = None

    def missing(self) -> tuple[FactRef, ...]:
        """The facts that would settle an unknown answer, in the order of the rule; none for a settled one."""
        if self.truth is not None:
            return ()
        own = self.finding.missing if self.finding else ()
        below = (ref for part in self.parts for ref in part.missing())
        return tuple(dict.fromkeys((*own, *below)))

    def used(self) -> tuple[Used, ...]:
        """All known values that the parts of the rule were decided by, in the order of the rule."""
        own = self.finding.used if self.finding else ()
        below = (used for part in self.parts for used in part.used())
        return tuple(dict.fromkeys((*own, *below)))

    def confirmed(self) -> Truth:
        """The answer that is left when only values count on which money may be granted.

        That a list of records lacks something has no source of its own, so it confirms nothing.
        """
        match self.rule:
            case Condition():
                used = self.finding.used if self.finding else ()
                return self.truth if all(value.observation.source.grants_money for value in used) else None
            case AnyRecord(_, _, count):
                return at_least(count, (part.confirmed() for part in self.parts)) or None
            case Not():
                return negate(self.parts[0].confirmed())
            case _:
                return _combine(self.rule, [part.confirmed() for part in self.parts])


def decide(rule: Rule, subject: Subject) -> Truth:
    """The answer alone, as early as it is settled."""
    match rule:
        case Condition():
            return check(rule, subject).truth
        case All(parts):
            return every(decide(part, subject) for part in parts)
        case Any(parts):
            return either(decide(part, subject) for part in parts)
        case Not(part):
            return negate(decide(part, subject))
        case Some(count, parts):
            return at_least(count, (decide(part, subject) for part in parts))
        case AnyRecord(kind, where, count):
            records = _records(subject, kind)
            return None if records is None else at_least(count, (decide(where, record) for record in records))


def judge(rule: Rule, subject: Subject) -> Evidence:
    """The answer with its evidence."""
    return judge_by_parts(rule, subject, judge)


def judge_by_parts(rule: Rule, subject: Subject, judge_part: Callable[[Rule, Subject], Evidence]) -> Evidence:
    """The answer with its evidence, where ``judge_part`` judges the parts: anew, or from what it remembers of them."""
    match rule:
        case Condition():
            finding = check(rule, subject)
            return Evidence(rule, finding.truth, finding=finding)
        case AnyRecord():
            return _judge_records(rule, subject)
        case Not(part):
            evidence = judge_part(part, subject)
            return Evidence(rule, negate(evidence.truth), (evidence,))
        case All(parts) | Any(parts) | Some(_, parts):
            evidences = tuple([judge_part(part, subject) for part in parts])
            return Evidence(rule, _combine(rule, [evidence.truth for evidence in evidences]), evidences)


def _combine(rule: All | Any | Some, truths: list[Truth]) -> Truth:
    match rule:
        case All():
            return every(truths)
        case Any():
            return either(truths)
        case Some(count):
            return at_least(count, truths)


def _judge_records(rule: AnyRecord, subject: Subject) -> Evidence:
    records = _records(subject, rule.kind)
    if records is None:
        finding = Finding(None, missing=(FactRef(rule.kind),))
        return Evidence(rule, None, finding=finding)
    judged = [judge(rule.where, record) for record in records]
    parts = tuple(
        Evidence(one.rule, one.truth, one.parts, one.finding, record.number)
        for one, record in zip(judged, records, strict=True)
    )
    return Evidence(rule, at_least(rule.at_least, (part.truth for part in parts)), parts)


def _records(subject: Subject, kind: str) -> tuple[RecordOf, ...] | None:
    if isinstance(subject, RecordOf):
        raise TypeError("records have no records of their own")
    return subject.records(kind)


def check(condition: Condition, subject: Subject) -> Finding:
    """The answer to one condition."""
    if condition.operator in _OVER_YEARS:
        if isinstance(subject, RecordOf):
            raise TypeError("records have no yearly figures")
        return _OVER_YEARS[condition.operator](condition, subject)
    year = condition.year
    if year is not None:
        year = resolve_year(year, subject.on.year) if isinstance(subject, EnterpriseOn) else None
    reading = subject.read(condition.fact, year)
    if reading.options is None:
        return Finding(None, reading.used, reading.missing)
    test = _test_of(condition, subject.fact(condition.fact).kind)
    answers = {test(option, condition.operands) for option in reading.options}
    truth = answers.pop() if len(answers) == 1 else None
    if truth is not None or reading.missing:
        return Finding(truth, reading.used, reading.missing)
    # Known, and yet open: the code is too coarse, and a finer one would settle it.
    coarse = tuple(used.ref for used in reading.used) if reading.known else ()
    return Finding(None, reading.used, coarse)


def compare(condition: Condition, value: Value, kind: Kind) -> Truth:
    """The answer to a condition for one value of its fact, which is of this kind; not for those that look at years."""
    return _test_of(condition, kind)(value, condition.operands)


_Nested = Callable[[str, str], bool | None]
_Test = Callable[[Plain, tuple[Plain, ...]], Truth]


def _within(nested: _Nested) -> _Test:
    """Nesting in one of several codes; a code too coarse to tell leaves it unknown. Remembered: codes do not move."""
    return lru_cache(2**14)(lambda code, ancestors: either(nested(code, ancestor) for ancestor in ancestors))


_WITHIN: Mapping[Kind, _Test] = {Kind.REGION: _within(region_nested), Kind.INDUSTRY: _within(industry_nested)}

_TESTS: Mapping[Operator, _Test] = {
    Operator.IS: lambda value, wanted: value == wanted[0],
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.AT_LEAST: lambda value, wanted: value >= wanted[0],
    Operator.AT_MOST: lambda value, wanted: value <= wanted[0],
    Operator.MORE_THAN: lambda value, wanted: value > wanted[0],
    Operator.LESS_THAN: lambda value, wanted: value < wanted[0],
    Operator.BETWEEN: lambda value, wanted: wanted[0] <= value <= wanted[1],
    Operator.SINCE: lambda value, wanted: value >= wanted[0],
    Operator.UNTIL: lambda value, wanted: value <= wanted[0],
    Operator.BEFORE: lambda value, wanted: value < wanted[0],
    Operator.HAS: lambda value, wanted: wanted[0] in value,
    Operator.HAS_ANY: lambda value, wanted: not value.isdisjoint(wanted),
}


def _test_of(condition: Condition, kind: Kind) -> _Test:
    return _WITHIN[kind] if condition.operator is Operator.WITHIN else _TESTS[condition.operator]


def _check_growth(condition: Condition, subject: EnterpriseOn) -> Finding:
    """(figure − figure of the year before) ÷ figure of the year before ≥ the rate; unknown over a base of 0 or less."""
    year = resolve_year(condition.year, subject.on.year)
    assert year is not None
    now, past = subject.read(condition.fact, year), subject.read(condition.fact, year - 1)
    used, missing = now.used + past.used, now.missing + past.missing
    if not (now.known and past.known):
        return Finding(None, used, missing)
    figure, base, rate = _integer(now.value), _integer(past.value), condition.operands[0]
    assert isinstance(rate, Fraction)
    if base <= 0:
        return Finding(None, used)
    return Finding((figure - base) * rate.denominator >= base * rate.numerator, used)


def _check_first_reach(condition: Condition, subject: EnterpriseOn) -> Finding:
    """Whether the year's figure has reached a threshold that no earlier year had; one of several is enough."""
    year = resolve_year(condition.year, subject.on.year)
    assert year is not None
    findings = [first_reach(condition.fact, _integer(threshold), year, subject) for threshold in condition.operands]
    truth = either(finding.truth for finding in findings)
    used = dict.fromkeys(used for finding in findings for used in finding.used)
    missing = dict.fromkeys(ref for finding in findings if finding.truth is None for ref in finding.missing)
    return Finding(truth, tuple(used), tuple(missing) if truth is None else ())


def first_reach(name: str, threshold: int, year: int, subject: EnterpriseOn) -> Finding:
    """Whether ``name`` reached ``threshold`` in ``year`` for the first time ever (首次突破).

    The history has to be known from the year of registration, or from ``before``, the highest figure of all years
    before the first one listed; a gap leaves it unknown.
    """
    series = subject.series(name)
    figure = _figure_or_ceiling(name, year, series, subject)
    if figure.known and not _reaches(figure.value, threshold):
        return Finding(False, figure.used)
    figure = subject.read(name, year)
    earlier = _earlier(name, year, series)
    reached = tuple(used for used in earlier if _reaches(used.observation.value, threshold))
    if reached:
        return Finding(False, reached)
    history = _history(name, year, series, subject)
    used, missing = (*figure.used, *earlier, *history.used), (*figure.missing, *history.missing)
    return Finding(None if missing else True, used, missing)


def _figure_or_ceiling(name: str, year: int, series: Series, subject: EnterpriseOn) -> Reading:
    """The year's figure; where it is not listed, the highest of a time that the year is part of, if that is known."""
    if year in series.years or series.before is None or series.before_year is None or series.before_year <= year:
        return subject.read(name, year)
    used = Used(FactRef(name, before(series.before_year)), series.before)
    return Reading(frozenset((series.before.value,)), (used,))


def _earlier(name: str, year: int, series: Series) -> tuple[Used, ...]:
    """What is known of the years before ``year``."""
    listed = tuple(Used(FactRef(name, past), seen) for past, seen in sorted(series.years.items()) if past < year)
    if series.before is None or series.before_year is None or series.before_year > year:
        return listed
    return (Used(FactRef(name, before(series.before_year)), series.before), *listed)


def _history(name: str, year: int, series: Series, subject: EnterpriseOn) -> Reading:
    """What of the years before ``year`` is missing; ``used``: what says that there were none before the first.

    The day of registration says so only where no earlier year has a figure: an enterprise that took something in before
    it was registered has a predecessor (个转企, 改制), whose years count until somebody says what they were.
    """
    if series.before is not None and series.before_year is not None and series.before_year <= year:
        return Reading(None, (), _gaps(name, series.before_year, year, series))
    first = min((past for past in series.years if past < year), default=year)
    gaps = _gaps(name, first, year, series)
    began = min(
        (past for past, seen in series.years.items() if past <= year and _integer(seen.value) > 0), default=year
    )
    registered = subject.read("registered_on")
    if registered.known and isinstance(registered.value, date) and first <= registered.value.year <= began:
        return Reading(None, registered.used, gaps)
    return Reading(None, registered.used, (FactRef(name, before(first)), *gaps))


def _gaps(name: str, first: int, year: int, series: Series) -> tuple[FactRef, ...]:
    return tuple(FactRef(name, past) for past in range(first, year) if past not in series.years)


def _reaches(value: Value, threshold: int) -> bool:
    return _integer(value) >= threshold


def _integer(value: Value) -> int:
    assert isinstance(value, int)
    return value


_OVER_YEARS: Mapping[Operator, Callable[[Condition, EnterpriseOn], Finding]] = {
    Operator.FIRST_REACHES: _check_first_reach,
    Operator.GREW_BY: _check_growth,
}
