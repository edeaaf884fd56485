"""Profiles of whatever the bundled dictionary allows, from end to end of every range."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from enterprises import industries, regions
from enterprises.dictionary import Fact, Kind, Source, Value, bundled
from enterprises.profiles import Observation, Profile, Record, Series

DICTIONARY = bundled()


def values_of(fact: Fact) -> st.SearchStrategy[Any]:
    """What ``fact`` can hold: plausible, and for ratios with decimals that end."""
    match fact.kind:
        case Kind.MONEY:
            return st.integers(_end(fact.low, -(10**15)), _end(fact.high, 10**19))
        case Kind.COUNT:
            return st.integers(_end(fact.low, 0), _end(fact.high, 10**9))
        case Kind.RATIO:
            return st.integers(-(10**6), 10**6).map(lambda number: Fraction(number, 10**4))
        case Kind.DATE:
            low, high = fact.low or date(1000, 1, 1), fact.high or date(9999, 12, 31)
            assert isinstance(low, date)
            assert isinstance(high, date)
            return st.dates(low, high)
        case Kind.ENUM:
            return st.sampled_from(fact.values)
        case Kind.SET:
            return st.frozensets(st.sampled_from(fact.values), max_size=4)
        case Kind.FLAG:
            return st.booleans()
        case Kind.REGION:
            return st.sampled_from(["610000", "610600", "610602", "610629"]).filter(regions.is_region_code)
        case Kind.INDUSTRY:
            return st.sampled_from([industries.canonical(row.code) for row in industries.industries()])
        case Kind.TEXT:
            return WORDS | st.sampled_from(["未知", "null", "~", " 延安 ", "{}", "𠮷"])


# Control characters and blanks are refused wherever a profile is read.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


def _end(limit: Value | None, otherwise: int) -> int:
    assert limit is None or isinstance(limit, int)
    return otherwise if limit is None else limit


def observations_of(fact: Fact) -> st.SearchStrategy[Observation]:
    seen = st.none() | st.dates(date(2000, 1, 1), date(2030, 12, 31))
    return st.builds(Observation, values_of(fact), st.sampled_from(Source), seen)


@st.composite
def any_profiles(draw: st.DrawFn, codes: Sequence[str]) -> Profile:
    """A profile as the bundled dictionary allows it; every fact, series and record kind may be there or not."""
    declared = [fact for fact in DICTIONARY.facts.values() if fact.formula is None]
    facts: dict[str, Observation] = {}
    series: dict[str, Series] = {}
    for fact in draw(st.lists(st.sampled_from(declared), unique_by=lambda fact: fact.name, max_size=8)):
        if fact.yearly:
            series[fact.name] = draw(series_of(fact))
        else:
            facts[fact.name] = draw(observations_of(fact))
    kinds = draw(
        st.lists(st.sampled_from(list(DICTIONARY.records.values())), unique_by=lambda kind: kind.name, max_size=3)
    )
    records = {kind.name: draw(st.lists(records_of(kind.name), max_size=3).map(tuple)) for kind in kinds}
    return Profile(
        credit_code=draw(st.sampled_from(codes)),
        name=draw(st.none() | WORDS),
        facts=facts,
        series=series,
        records=records,
    )


def series_of(fact: Fact) -> st.SearchStrategy[Series]:
    years = st.integers(1900, 2099)
    listed = st.dictionaries(years, observations_of(fact), min_size=1, max_size=4)
    with_before = st.builds(
        Series, st.dictionaries(years, observations_of(fact), max_size=3), observations_of(fact), years
    )
    return st.builds(Series, listed) | with_before.map(_without_contradiction)


def _without_contradiction(series: Series) -> Series:
    """No year before ``before_year`` above the highest figure of all those years."""
    assert series.before_year is not None
    return replace(series, years={year: seen for year, seen in series.years.items() if year >= series.before_year})


def records_of(kind: str) -> st.SearchStrategy[Record]:
    fields = DICTIONARY.records[kind].fields
    known = st.fixed_dictionaries({}, optional={name: observations_of(fact) for name, fact in fields.items()})
    return known.map(lambda fields: Record(kind, fields))
