"""Random rules, benefits, profiles and parts of profiles, over any fact dictionary, for property tests to share.

Figures are drawn from few values, so that limits are hit exactly and often. A *complete* profile leaves nothing open:
it has every figure from ``FIRST_YEAR`` to ``LAST_YEAR``, the highest of all years before, and the finest codes; figures
of years before the registration are zero. ``partial`` hides some of it without saying anything untrue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any as Plain

from hypothesis import strategies as st

from enterprises import industries, regions
from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind, Source, Value
from enterprises.profiles import Observation, Profile, Record, Series, Year
from enterprises.readings import FactRef
from policies.benefits import (
    Benefit,
    Bound,
    Brackets,
    Cases,
    Fixed,
    ForEach,
    HighestOf,
    Pay,
    Per,
    Quantity,
    Range,
    Rate,
    SetElsewhere,
    Sum,
    Support,
    Tiers,
    Unpriced,
    Waived,
    Years,
)
from policies.rule_text import FORMS, fitting_operators
from policies.rules import (
    All,
    Any,
    AnyRecord,
    Cite,
    Condition,
    Not,
    Operator,
    RelativeYear,
    Rule,
    Some,
    conditions,
    record_conditions,
)

FIRST_YEAR, LAST_YEAR = 2012, 2026

WAN = 10**6
"""One 万元, in 分."""

_FINE_REGIONS = ("610102", "610113", "610602", "610603", "610822", "440305")
_FINE_INDUSTRIES = ("0610", "1311", "3011", "4411", "4710", "5112", "5211", "6110", "6510", "7010", "7221", "8411")
_COARSE_REGIONS = ("610000", "610100", "610600", "440000")
_COARSE_INDUSTRIES = ("B", "C", "E", "F", "13", "51", "70", "131", "701")

days = st.dates(date(2020, 1, 1), date(2025, 12, 31))
"""Days on which a question may be asked."""


# ------------------------------------------------------------------- values


def values(fact: Fact, *, coarse: bool = True) -> st.SearchStrategy[Plain]:
    """Plausible values of a fact; ``coarse``: also codes that are nested in nothing so fine as an enterprise's own."""
    match fact.kind:
        case Kind.MONEY:
            some = st.sampled_from([0, 1, 99 * WAN, 100 * WAN - 1, 100 * WAN, 100 * WAN + 1, 2000 * WAN, 10**11])
            return _within_range(fact, some | st.integers(0, 10**11))
        case Kind.COUNT:
            return _within_range(fact, st.integers(0, 12) | st.sampled_from([20, 99, 100, 300, 1000]))
        case Kind.RATIO:
            return st.integers(-60, 60).map(lambda percent: Fraction(percent, 20))
        case Kind.DATE:
            return st.dates(date(2010, 1, 1), date(2024, 12, 31)) | st.just(date(2020, 6, 30))
        case Kind.ENUM:
            return st.sampled_from(fact.values)
        case Kind.SET:
            return st.frozensets(st.sampled_from(fact.values[:6]), max_size=4)
        case Kind.FLAG:
            return st.booleans()
        case Kind.REGION:
            return st.sampled_from(_FINE_REGIONS + (_COARSE_REGIONS if coarse else ()))
        case Kind.INDUSTRY:
            return st.sampled_from(_FINE_INDUSTRIES + (_COARSE_INDUSTRIES if coarse else ()))
        case Kind.TEXT:
            return st.sampled_from(["一号线", "二期", "厂房"])


def _within_range(fact: Fact, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Plain]:
    low: Plain = fact.low
    high: Plain = fact.high

    def clipped(number: int) -> int:
        number = number if low is None else max(number, low)
        return number if high is None else min(number, high)

    return numbers.map(clipped)


# -------------------------------------------------------------------- rules


@st.composite
def atoms(draw: st.DrawFn, facts: Mapping[str, Fact]) -> Condition:
    """One condition on one of ``facts``, with any operator that fits it."""
    name = draw(st.sampled_from(sorted(name for name, fact in facts.items() if fitting_operators(fact))))
    fact = facts[name]
    operator = draw(st.sampled_from(fitting_operators(fact)))
    years: list[RelativeYear | int] = [*RelativeYear, RelativeYear.LAST, 2022, 2023]
    year = draw(st.sampled_from(years)) if fact.yearly else None
    cite = draw(st.none() | st.just(Cite("三（一）2", 7)))
    return Condition(name, operator, draw(operands(fact, operator)), year, cite)


def operands(fact: Fact, operator: Operator) -> st.SearchStrategy[tuple[Value, ...]]:
    """What an operator may compare a fact with."""
    if operator is Operator.GREW_BY:
        return st.integers(-10, 20).map(lambda percent: (Fraction(percent, 10),))
    value = values(fact)
    if fact.kind is Kind.SET:
        value = st.sampled_from(fact.values[:6])
    if operator is Operator.FIRST_REACHES:
        value = value.map(lambda number: max(number, 1))
    several = st.lists(value, min_size=1, max_size=3, unique=True)
    match FORMS[operator].shape:
        case "one":
            return value.map(lambda one: (one,))
        case "pair":
            return st.lists(value, min_size=2, max_size=2, unique=True).map(lambda two: tuple(sorted(two)))
        case _ if operator is Operator.FIRST_REACHES:
            return several.map(lambda some: tuple(sorted(some)))
        case _:
            return several.map(tuple)


def combined(leaves: st.SearchStrategy[Rule], most: int = 8) -> st.SearchStrategy[Rule]:
    """Trees of ``all``, ``any``, ``not`` and ``some`` over ``leaves``."""
    return st.recursive(leaves, _combine, max_leaves=most)


def _combine(rule: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    parts = st.lists(rule, min_size=1, max_size=3).map(tuple)
    some = parts.flatmap(lambda of: st.integers(1, len(of)).map(lambda least: Some(least, of)))
    return parts.map(All) | parts.map(Any) | rule.map(Not) | some


def any_records(kind: RecordKind) -> st.SearchStrategy[AnyRecord]:
    """``any_record`` conditions on a kind."""
    where = combined(atoms(kind.fields), most=3)
    return st.builds(AnyRecord, st.just(kind.name), where, st.sampled_from([1, 1, 2]))


def rules(dictionary: Dictionary, most: int = 8) -> st.SearchStrategy[Rule]:
    """Rules of any shape over all facts and record kinds of a dictionary."""
    leaves: st.SearchStrategy[Rule] = atoms(dictionary.facts)
    if dictionary.records:
        kinds = [dictionary.records[name] for name in sorted(dictionary.records)]
        leaves = leaves | leaves | st.sampled_from(kinds).flatmap(any_records)
    return combined(leaves, most)


# ----------------------------------------------------------------- benefits

_sums = st.integers(0, 200 * WAN) | st.sampled_from([1, WAN, 10 * WAN])
_rates = st.integers(1, 4000).map(lambda part: Fraction(part, 2000))


def benefits(facts: Mapping[str, Fact], depth: int = 1) -> st.SearchStrategy[Benefit]:
    """Benefits of every kind but ``for_each`` over ``facts``."""
    kinds: list[st.SearchStrategy[Plain]] = [
        _sums.map(Fixed),
        st.lists(_sums, min_size=1, max_size=3).map(tuple).map(Years),
        st.tuples(_sums, st.integers(1, 10**8)).map(lambda ends: Range(ends[0], ends[0] + ends[1])),
        st.just(Waived("工本费")) | _sums.map(lambda amount: Waived("工本费", amount)),
        st.just(Support(Unpriced.SERVICE, "一对一服务")),
        st.just(SetElsewhere("奖励金额")),
    ]
    money, counts, numbers = (
        {name: fact for name, fact in facts.items() if fact.kind in wanted}
        for wanted in ({Kind.MONEY}, {Kind.COUNT}, {Kind.MONEY, Kind.COUNT, Kind.RATIO})
    )
    kinds += [_rate(money), _rate(money), _brackets(money)] if money else []
    kinds += [_per(counts)] if counts else []
    kinds += [_tiers(numbers), _tiers(numbers)] if numbers else []
    if depth:
        smaller = benefits(facts, depth - 1)
        several = st.lists(smaller, min_size=2, max_size=3).map(tuple)
        kinds += [several.map(Sum), several.map(HighestOf)]
        options = {name: fact for name, fact in facts.items() if fact.kind is Kind.ENUM}
        kinds += [_cases(options, smaller)] if options else []
    return st.one_of(kinds)


def _quantities(facts: Mapping[str, Fact]) -> st.SearchStrategy[Quantity]:
    years = st.sampled_from([RelativeYear.LAST, RelativeYear.LAST, RelativeYear.THIS])
    return st.sampled_from(sorted(facts)).flatmap(
        lambda name: st.builds(Quantity, st.just(name), years if facts[name].yearly else st.none())
    )


@st.composite
def _rate(draw: st.DrawFn, facts: Mapping[str, Fact]) -> Rate:
    floor = draw(st.none() | _sums)
    cap = draw(st.none() | _sums.map(lambda amount: amount + (floor or 0)))
    bound = draw(st.sampled_from([Bound.EXACT, Bound.EXACT, *Bound]))
    return Rate(draw(_rates), draw(_quantities(facts)), floor, cap, bound)


@st.composite
def _tiers(draw: st.DrawFn, facts: Mapping[str, Fact]) -> Tiers:
    on = draw(_quantities(facts))
    fact = facts[on.fact]
    operators = [Operator.AT_LEAST, Operator.MORE_THAN]
    if Operator.FIRST_REACHES in fitting_operators(fact):
        operators.append(Operator.FIRST_REACHES)
    operator = draw(st.sampled_from(operators))
    thresholds = draw(st.lists(values(fact), min_size=1, max_size=4, unique=True).map(sorted))
    if operator is Operator.FIRST_REACHES:
        thresholds = sorted({max(threshold, 1) for threshold in thresholds})
    steps = tuple((threshold, draw(_sums)) for threshold in thresholds)
    return Tiers(on, operator, steps, draw(st.sampled_from(Pay)))


@st.composite
def _brackets(draw: st.DrawFn, facts: Mapping[str, Fact]) -> Brackets:
    uppers: list[int | None] = [*sorted(draw(st.sets(st.integers(1, 10**10), max_size=3)))]
    if not uppers or draw(st.booleans()):
        uppers.append(None)
    return Brackets(draw(_quantities(facts)), tuple((upper, draw(_rates)) for upper in uppers), draw(st.none() | _sums))


def _per(facts: Mapping[str, Fact]) -> st.SearchStrategy[Per]:
    return st.builds(Per, st.just("人"), _sums, _quantities(facts), st.none() | _sums)


@st.composite
def _cases(draw: st.DrawFn, facts: Mapping[str, Fact], part: st.SearchStrategy[Benefit]) -> Cases:
    on = draw(_quantities(facts))
    listed = draw(st.lists(st.sampled_from(facts[on.fact].values), min_size=1, max_size=3, unique=True))
    return Cases(on, tuple((value, draw(part)) for value in listed))


@st.composite
def offers(draw: st.DrawFn, dictionary: Dictionary) -> tuple[Rule, Benefit]:
    """A rule and a benefit that fits it: what an item offers, to whom."""
    rule = draw(combined(atoms(dictionary.facts), most=3))
    if not dictionary.records or draw(st.booleans()):
        return rule, draw(benefits(dictionary.facts))
    kind = dictionary.records[draw(st.sampled_from(sorted(dictionary.records)))]
    asked = draw(any_records(kind))
    each = ForEach(kind.name, draw(benefits(kind.fields)))
    both: Rule = All((rule, asked)) if draw(st.booleans()) else Any((rule, asked))
    return both, Sum((each, draw(benefits(dictionary.facts)))) if draw(st.booleans()) else each


# ----------------------------------------------------------------- profiles


def names_of(rule: Rule, dictionary: Dictionary, more: Iterable[str] = ()) -> tuple[set[str], set[str]]:
    """The declared facts and the record kinds that an answer may rest on."""
    named = {condition.fact for condition in conditions(rule)} | set(more)
    inputs = {name for fact in named if (formula := dictionary.facts[fact].formula) for name in formula.inputs}
    declared = {name for name in named | inputs if dictionary.facts[name].formula is None}
    return declared, {asked.kind for asked in record_conditions(rule)}


@st.composite
def complete_profiles(draw: st.DrawFn, dictionary: Dictionary, facts: set[str], kinds: set[str]) -> Profile:
    """A profile that leaves nothing open of these facts and record kinds, and of the registration."""
    registered = draw(values(dictionary.facts["registered_on"]))
    points = {
        name: draw(values(dictionary.facts[name], coarse=False))
        for name in sorted(facts - {"registered_on"})
        if not dictionary.facts[name].yearly
    }
    series = {
        name: draw(_series(dictionary.facts[name], registered))
        for name in sorted(facts)
        if dictionary.facts[name].yearly
    }
    return Profile(
        facts={name: Observation(value) for name, value in {**points, "registered_on": registered}.items()},
        series=series,
        records={kind: tuple(draw(st.lists(_record(dictionary.records[kind]), max_size=2))) for kind in sorted(kinds)},
    )


@st.composite
def _series(draw: st.DrawFn, fact: Fact, registered: date) -> Series:
    first = max(FIRST_YEAR, registered.year)
    figures = draw(st.lists(values(fact), min_size=LAST_YEAR - first + 1, max_size=LAST_YEAR - first + 1))
    years = dict.fromkeys(range(FIRST_YEAR, first), 0) | dict(zip(range(first, LAST_YEAR + 1), figures, strict=True))
    earlier = draw(values(fact)) if registered.year < FIRST_YEAR else 0
    seen = {year: Observation(figure) for year, figure in years.items()}
    return Series(seen, Observation(earlier), FIRST_YEAR)


def _record(kind: RecordKind) -> st.SearchStrategy[Record]:
    fields = {name: values(fact, coarse=False).map(Observation) for name, fact in kind.fields.items()}
    return st.fixed_dictionaries(fields).map(lambda known: Record(kind.name, known))


@st.composite
def partial(draw: st.DrawFn, profile: Profile, dictionary: Dictionary) -> Profile:
    """What somebody may know of a complete profile: some of it, codes perhaps only coarsely, and nothing untrue."""
    facts = {name: seen for name, seen in profile.facts.items() if draw(st.integers(0, 3))}
    series = {name: draw(_partial_series(profile, name)) for name in profile.series}
    return replace(
        profile,
        facts={name: draw(_coarser(dictionary.facts[name], seen)) for name, seen in facts.items()},
        series={name: known for name, known in series.items() if known.years or known.before},
        records={
            kind: tuple(draw(_partial_record(record, dictionary)) for record in records)
            for kind, records in profile.records.items()
            if draw(st.integers(0, 3))
        },
    )


@st.composite
def _partial_series(draw: st.DrawFn, profile: Profile, name: str) -> Series:
    hidden = draw(st.sampled_from(["none", "one", "early", "some", "all"]))
    years = dict(profile.series[name].years)
    match hidden:
        case "one":
            years.pop(draw(st.sampled_from(sorted(years))))
        case "early":
            first = draw(st.integers(2015, LAST_YEAR))
            years = {year: seen for year, seen in years.items() if year >= first}
        case "some":
            kept = draw(st.sets(st.sampled_from(sorted(years))))
            years = {year: years[year] for year in sorted(kept)}
        case "all":
            years = {}
    if draw(st.booleans()):
        return Series(years)
    first = draw(st.integers(FIRST_YEAR, LAST_YEAR))
    return Series(years, Observation(highest_before(profile, name, first)), first)


def highest_before(profile: Profile, name: str, year: int) -> int:
    """The highest figure of a complete profile before ``year``."""
    series = profile.series[name]
    figures = [seen.value for past, seen in series.years.items() if past < year]
    figures += [series.before.value] if series.before else []
    return max(figure for figure in figures if isinstance(figure, int))


def _coarser(fact: Fact, seen: Observation) -> st.SearchStrategy[Observation]:
    """The same value, or a code that contains it."""
    codes = [seen.value]
    parent = {Kind.REGION: _parent_region, Kind.INDUSTRY: _parent_industry}.get(fact.kind)
    while parent and (above := parent(str(codes[-1]))):
        codes.append(above)
    return st.sampled_from([codes[0], *codes]).map(lambda code: replace(seen, value=code))


def _parent_region(code: str) -> str | None:
    return regions.region(code).parent


def _parent_industry(code: str) -> str | None:
    return industries.industry(code).parent


@st.composite
def _partial_record(draw: st.DrawFn, record: Record, dictionary: Dictionary) -> Record:
    fields = dictionary.records[record.kind].fields
    known = {name: seen for name, seen in record.fields.items() if draw(st.integers(0, 3))}
    return Record(record.kind, {name: draw(_coarser(fields[name], seen)) for name, seen in known.items()})


def learn(profile: Profile, ref: FactRef, complete: Profile) -> Profile:
    """``profile`` with the fact that ``ref`` names, as the complete profile has it."""
    if ref.name in complete.records:
        return replace(profile, records={**profile.records, ref.name: complete.records[ref.name]})
    if ref.record is not None and ref.number is not None:
        seen = complete.records[ref.record][ref.number].fields[ref.name]
        return profile.with_record_field(ref.record, ref.number, ref.name, seen)
    return profile.with_fact(ref.name, _told(ref.name, ref.year, complete), ref.year)


def _told(name: str, year: Year | None, complete: Profile) -> Observation:
    if isinstance(year, str):
        return Observation(highest_before(complete, name, int(year.removeprefix("before_"))))
    if year is None:
        return complete.facts[name]
    return complete.series[name].years[year]


@st.composite
def observed(draw: st.DrawFn, profile: Profile) -> Profile:
    """The same profile with a source and a day for each value."""

    def seen(observation: Observation) -> Observation:
        return Observation(observation.value, draw(st.sampled_from(Source)), draw(st.none() | days))

    return replace(
        profile,
        facts={name: seen(observation) for name, observation in profile.facts.items()},
        series={
            name: replace(one, years={year: seen(observation) for year, observation in one.years.items()})
            for name, one in profile.series.items()
        },
        records={
            kind: tuple(
                Record(kind, {name: seen(field) for name, field in record.fields.items()}) for record in records
            )
            for kind, records in profile.records.items()
        },
    )


def observations(profile: Profile) -> list[Observation]:
    """Everything that a profile holds."""
    yearly = [seen for one in profile.series.values() for seen in (*one.years.values(), *filter(None, [one.before]))]
    fields = [seen for some in profile.records.values() for record in some for seen in record.fields.values()]
    return [*profile.facts.values(), *yearly, *fields]
