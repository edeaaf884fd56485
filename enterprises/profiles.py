"""What is known of one enterprise: facts, yearly series and records, each with its source and the day it was seen.

A profile is immutable. What it does not hold is unknown, never no; ``[]`` for a record kind says that there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from enterprises import calendar, credit_code
from enterprises.dictionary import UNKNOWN_WORDS, WHERE_LISTED, Dictionary, Fact, RecordKind, Source, Value, read_value
from enterprises.source_text import Entry, suggest

Year = int | str
"""A calendar year, or ``before_2021``: all years before 2021, of which the highest figure is meant."""

_BEFORE = "before"


def before(year: int) -> Year:
    """What stands for all years before ``year``."""
    return f"{_BEFORE}_{year}"


@dataclass(frozen=True, slots=True)
class Observation:
    """One value as somebody reported it."""

    value: Value
    source: Source = Source.DECLARED
    observed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The yearly values of a fact; ``before`` is the highest of all years before ``before_year``."""

    years: Mapping[int, Observation]
    before: Observation | None = None
    before_year: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One of several things of a kind, such as a project; fields that are absent are unknown."""

    kind: str
    fields: Mapping[str, Observation]


@dataclass(frozen=True)
class Profile:
    """An enterprise as the rules see it. ``records[kind]`` is complete where it is given at all."""

    credit_code: str | None = None
    name: str | None = None
    facts: Mapping[str, Observation] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)

    def with_fact(self, name: str, observation: Observation, year: Year | None = None) -> Profile:
        """This profile with one value learnt or changed."""
        if year is None:
            return replace(self, facts={**self.facts, name: observation})
        old = self.series.get(name, Series({}))
        if isinstance(year, str):
            new = replace(old, before=observation, before_year=int(year.removeprefix(f"{_BEFORE}_")))
        else:
            new = replace(old, years={**old.years, year: observation})
        return replace(self, series={**self.series, name: new})

    def with_record_field(self, kind: str, number: int, name: str, observation: Observation) -> Profile:
        """This profile with one field of its record ``number`` (from 0) of a kind learnt or changed."""
        records = list(self.records[kind])
        records[number] = Record(kind, {**records[number].fields, name: observation})
        return replace(self, records={**self.records, kind: tuple(records)})

    def without_inferred(self) -> Profile:
        """This profile as somebody told it: what was only inferred is unknown, and for a person to say."""
        if all(map(_is_told, self._observations())):  # nearly always, and asked of millions
            return self
        facts = {name: seen for name, seen in self.facts.items() if _is_told(seen)}
        series = {name: _told(one) for name, one in self.series.items()}
        records = {kind: tuple(_told_record(one) for one in some) for kind, some in self.records.items()}
        return replace(self, facts=facts, series=series, records=records)

    def _observations(self) -> Iterator[Observation]:
        yield from self.facts.values()
        for series in self.series.values():
            yield from series.years.values()
            if series.before is not None:
                yield series.before
        for records in self.records.values():
            for record in records:
                yield from record.fields.values()


def _is_told(seen: Observation) -> bool:
    return seen.source is not Source.INFERRED


def _told(series: Series) -> Series:
    years = {year: seen for year, seen in series.years.items() if _is_told(seen)}
    if series.before is None or _is_told(series.before):
        return replace(series, years=years)
    return Series(years)


def _told_record(record: Record) -> Record:
    return Record(record.kind, {name: seen for name, seen in record.fields.items() if _is_told(seen)})


EMPTY = Profile(facts=MappingProxyType({}), series=MappingProxyType({}), records=MappingProxyType({}))


def read_profile(entry: Entry, dictionary: Dictionary) -> Profile:
    """The profile in a file: ``{credit_code, name, facts: {…}}``. Raises ``Problem`` with the place of the mistake."""
    fields = entry.fields(("facts",), ("credit_code", "name", "sample"))
    code = fields["credit_code"].text() if "credit_code" in fields else None
    if code is not None:
        try:
            code = credit_code.check(code)
        except credit_code.InvalidCreditCode as error:
            fields["credit_code"].fail(str(error), "请核对营业执照上的统一社会信用代码")
    name = fields["name"].text() if "name" in fields else None
    return replace(read_facts(fields["facts"], dictionary), credit_code=code, name=name)


def read_facts(entry: Entry, dictionary: Dictionary) -> Profile:
    """The profile in a mapping from fact and record names to values, as ``examples`` and profiles give it."""
    facts: dict[str, Observation] = {}
    series: dict[str, Series] = {}
    records: dict[str, tuple[Record, ...]] = {}
    for name, value in entry.mapping().items():
        if _is_unknown(value):
            _known(name, value, dictionary)
        elif name in dictionary.records:
            records[name] = tuple(_read_record(dictionary.records[name], item) for item in value.items())
        else:
            fact = _known(name, value, dictionary)
            if fact.yearly:
                series[name] = _read_series(fact, value)
            else:
                facts[name] = _read_observation(fact, value)
    return Profile(facts=facts, series=series, records=records)


def write_profile(profile: Profile, dictionary: Dictionary) -> dict[str, Any]:
    """Plain data that ``read_profile`` reads back to an equal profile, in the dictionary's order."""
    facts: dict[str, Any] = {}
    for name, fact in dictionary.facts.items():
        if name in profile.facts:
            facts[name] = _write_observation(fact, profile.facts[name])
        elif name in profile.series:
            series = profile.series[name]
            facts[name] = {str(year): _write_observation(fact, value) for year, value in sorted(series.years.items())}
            if series.before is not None and series.before_year is not None:
                facts[name][str(before(series.before_year))] = _write_observation(fact, series.before)
    for name, kind in dictionary.records.items():
        if name in profile.records:
            facts[name] = [_write_record(kind, record) for record in profile.records[name]]
    identity = {"credit_code": profile.credit_code, "name": profile.name}
    return {**{key: text for key, text in identity.items() if text is not None}, "facts": facts}


def _known(name: str, entry: Entry, dictionary: Dictionary) -> Fact:
    if name in dictionary.records:
        return next(iter(dictionary.records[name].fields.values()))
    fact = dictionary.facts.get(name)
    if fact is None:
        kinds = [kind.name for kind in dictionary.records.values() if name in kind.fields]
        if kinds:
            entry.fail(f"“{name}”是明细 {'、'.join(kinds)} 的字段，不是指标", f"请写成 {kinds[0]}: [{{{name}: …}}]")
        entry.fail(f"指标词典里没有“{name}”", suggest(name, [*dictionary.facts, *dictionary.records], WHERE_LISTED))
    if fact.formula is not None:
        entry.fail(f"“{fact.label}”由系统按公式计算，不能填报", f"请改填：{'、'.join(fact.formula.inputs)}")
    return fact


def _is_unknown(entry: Entry) -> bool:
    return entry.is_null or (isinstance(entry.value, str) and entry.value in UNKNOWN_WORDS)


def _read_series(fact: Fact, entry: Entry) -> Series:
    if not isinstance(entry.value, dict):
        entry.fail(f"“{fact.label}”要分年份填写", "请写成 {2022: …, 2023: …}")
    years: dict[int, Observation] = {}
    earlier: dict[str, Observation] = {}
    listed = [int(key) for key in entry.mapping() if is_year(key)]
    for key, value in entry.mapping().items():
        if _is_unknown(value):
            continue
        head, _, tail = key.partition("_")
        if is_year(key):
            years[int(key)] = _read_observation(fact, value)
        elif head == _BEFORE and (tail == "" or is_year(tail)) and not earlier:
            earlier[tail] = _read_observation(fact, value)
        else:
            value.fail(f"“{key}”不是年份", "请写四位年份；更早各年的最高值写在 before 或 before_2021 下（只写一处）")
    for tail, observation in earlier.items():
        if tail == "" and not listed:
            entry.fail("before 指所列年份之前，这里一年也没有列", "请列出年份，或写成 before_2021")
        # A year that is listed as unknown is listed: what was before it says nothing of the year itself.
        series = Series(years, observation, int(tail) if tail else min(listed))
        _check_highest(fact, series, entry)
        return series
    return Series(years)


def _check_highest(fact: Fact, series: Series, entry: Entry) -> None:
    """No listed year may exceed the highest figure of the time that it is part of."""
    for year in exceeding_years(series):
        shown = fact.show(series.before.value) if series.before else ""
        entry.fail(f"{year} 年高于 before_{series.before_year} 所写的最高值（{shown}）", "请核对这两处的数字")


def exceeding_years(series: Series) -> tuple[int, ...]:
    """The listed years whose figure is above the highest figure of a time that they are part of."""
    highest, first = series.before, series.before_year
    if highest is None or first is None:
        return ()
    return tuple(year for year, seen in series.years.items() if year < first and exceeds(seen, highest))


def exceeds(one: Observation, other: Observation) -> bool:
    """Whether both are numbers and ``one`` is the greater."""
    return (
        isinstance(one.value, (int, Fraction)) and isinstance(other.value, (int, Fraction)) and one.value > other.value
    )


def is_year(text: str) -> bool:
    """Whether a text is a calendar year that an enterprise can have figures of."""
    return _YEAR.fullmatch(text) is not None


_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)


def _read_observation(fact: Fact, entry: Entry) -> Observation:
    """A value, or ``{value, source, observed_on}``."""
    if not isinstance(entry.value, dict):
        return Observation(read_value(fact, entry))
    fields = entry.fields(("value",), ("source", "observed_on"))
    source = Source(fields["source"].one_of(list(Source))) if "source" in fields else Source.DECLARED
    seen = fields["observed_on"].read(calendar.parse_day) if "observed_on" in fields else None
    return Observation(read_value(fact, fields["value"]), source, seen)


def _read_record(kind: RecordKind, entry: Entry) -> Record:
    fields: dict[str, Observation] = {}
    for name, value in entry.mapping().items():
        if name not in kind.fields:
            value.fail(f"“{kind.label}”没有字段“{name}”", suggest(name, list(kind.fields)))
        if not _is_unknown(value):
            fields[name] = _read_observation(kind.fields[name], value)
    return Record(kind.name, fields)


def _write_observation(fact: Fact, observation: Observation) -> Any:
    value = fact.write(observation.value)
    says_unknown = isinstance(value, str) and value in UNKNOWN_WORDS
    if observation.source is Source.DECLARED and observation.observed_on is None and not says_unknown:
        return value
    seen = {"observed_on": observation.observed_on.isoformat()} if observation.observed_on else {}
    return {"value": value, "source": observation.source.value, **seen}


def _write_record(kind: RecordKind, record: Record) -> dict[str, Any]:
    return {
        name: _write_observation(fact, record.fields[name])
        for name, fact in kind.fields.items()
        if name in record.fields
    }
