"""The text that a profile is kept as in the database: compact JSON of plain values, quick to write and to read.

``{"name": …, "facts": {"tax 2024-05-31": {"revenue": {"2023": 480000000, "before_2021": …}}, "declared": {…}},
"records": {"project": [{"register 2024-02-26": {"kind": "新建"}}]}}``: what the same source saw on the same day stands
together. Money is in 分, ratios are fractions, a set is a list. The same profile always gives the same text.

Every value is checked by its fact's type when it is written and again when it is read, so that nothing is kept that
could not be read, and nothing known is left out once the dictionary changes. Whoever changes the type or the unit of a
fact from one number to another writes a migration: the numbers themselves do not show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NoReturn

from enterprises import credit_code, industries, regions
from enterprises.dictionary import WHERE_LISTED, Dictionary, Fact, Kind, Source, Value, read_value
from enterprises.profiles import Observation, Profile, Record, Series, before, exceeding_years, is_year
from enterprises.source_text import Problem, from_plain, is_usable, suggest

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False).encode

Plain = Any
"""What JSON can hold."""


class ProfileText:
    """Writes profiles of one dictionary as text, and reads them."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._facts = {name: _Form(fact) for name, fact in dictionary.facts.items() if fact.formula is None}
        self._records = {
            kind.name: {name: _Form(field) for name, field in kind.fields.items()}
            for kind in dictionary.records.values()
        }
        self._keys: dict[tuple[str, date | None], str] = {}
        self._seen: dict[str, tuple[Source, date | None]] = {}

    # ------------------------------------------------------------- writing

    def write(self, profile: Profile) -> str:
        """``profile`` as text, which ``read`` reads back to an equal one; a series without any value says nothing.

        Raises ``ValueError`` without a valid credit code or for values of a wrong type, ``KeyError`` where the
        dictionary lacks a fact, ``Problem`` for what is implausible or contradicts itself, and for control characters.
        """
        if profile.credit_code is None:
            raise ValueError("a profile is kept under its credit code")
        place = f"企业 {credit_code.check(profile.credit_code)}"
        plain: dict[str, Plain] = {}
        if profile.name is not None:
            plain["name"] = checked_text(profile.name, place, "name")
        if facts := self._write_facts(profile, place):
            plain["facts"] = facts
        if profile.records:
            plain["records"] = {
                kind: self._write_records(kind, records, place) for kind, records in profile.records.items()
            }
        return _to_json(plain)

    def _write_facts(self, profile: Profile, place: str) -> dict[str, dict[str, Plain]]:
        groups: dict[str, dict[str, Plain]] = {}
        for name, seen in profile.facts.items():
            form = self._form(name, yearly=False, place=place)
            groups.setdefault(self._key(seen), {})[name] = form.write(seen.value, place, name)
        for name, series in profile.series.items():
            form = self._form(name, yearly=True, place=place)
            for period, seen in _periods(name, series, form.fact, place):
                group = groups.setdefault(self._key(seen), {})
                group.setdefault(name, {})[period] = form.write(seen.value, place, name)
        return groups

    def _write_records(self, kind: str, records: Iterable[Record], place: str) -> list[Plain]:
        forms = self._records[kind]
        return [self._write_record(kind, record, forms, place) for record in records]

    def _write_record(self, kind: str, record: Record, forms: Mapping[str, _Form], place: str) -> dict[str, Plain]:
        if record.kind != kind:
            raise ValueError(f"a record of {record.kind} among those of {kind}")
        groups: dict[str, dict[str, Plain]] = {}
        for name, seen in record.fields.items():
            groups.setdefault(self._key(seen), {})[name] = forms[name].write(seen.value, place, f"{kind}.{name}")
        return groups

    def write_records(self, kind: str, records: Iterable[Record]) -> list[Plain]:
        """The records of a list as plain data."""
        return self._write_records(kind, records, "")

    def write_value(self, name: str, value: Value) -> Plain:
        """One value of a fact as plain data."""
        return self._facts[name].write(value, "", name)

    def _form(self, name: str, yearly: bool, place: str) -> _Form:
        form = self._facts.get(name)
        if form is None:
            fact = self._dictionary.facts[name]
            raise Problem(place, None, name, f"“{fact.label}”由系统按公式计算，不能填报", "请删去")
        if form.fact.yearly is not yearly:
            said = "要分年份填写" if form.fact.yearly else "不分年份填写"
            raise Problem(place, None, name, f"“{form.fact.label}”{said}", WHERE_LISTED)
        return form

    def _key(self, seen: Observation) -> str:
        pair = (seen.source, seen.observed_on)
        key = self._keys.get(pair)
        if key is None:
            if isinstance(seen.observed_on, datetime):
                raise ValueError("observed_on is a day, not a moment")
            day = "" if seen.observed_on is None else f" {seen.observed_on.isoformat()}"
            key = self._keys[pair] = f"{Source(seen.source).value}{day}"
        return key

    # ------------------------------------------------------------- reading

    def read(self, code: str, text: str) -> Profile:
        """The profile that ``write`` wrote. Raises ``Problem`` where the dictionary no longer understands it.

        To leave that out would turn something known into something unknown unnoticed.
        """
        place = f"企业 {code}"
        plain = json.loads(text)
        facts: dict[str, Observation] = {}
        series: dict[str, Series] = {}
        for key, group in plain.get("facts", {}).items():
            source, day = self._source_and_day(key)
            for name, value in group.items():
                form = self._facts.get(name)
                if form is None:
                    _no_such(name, self._facts, place)
                if form.fact.yearly is not isinstance(value, dict):
                    raise Problem(place, None, name, f"“{form.fact.label}”是否分年份与词典不符", WHERE_LISTED)
                if form.fact.yearly:
                    for period, figure in value.items():
                        _add(series, name, period, Observation(form.read(figure, place, name), source, day))
                else:
                    facts[name] = Observation(form.read(value, place, name), source, day)
        records = {kind: self.read_records(kind, listed, place) for kind, listed in plain.get("records", {}).items()}
        return Profile(code, plain.get("name"), facts, series, records)

    def read_records(self, kind: str, listed: Iterable[Plain], place: str) -> tuple[Record, ...]:
        """The records that ``write_records`` wrote."""
        if kind not in self._records:
            _no_such(kind, self._records, place)
        return tuple(Record(kind, self._read_fields(kind, plain, place)) for plain in listed)

    def read_value(self, name: str, plain: Plain, place: str) -> Value:
        """The value that ``write_value`` wrote."""
        if name not in self._facts:
            _no_such(name, self._facts, place)
        return self._facts[name].read(plain, place, name)

    def _read_fields(self, kind: str, groups: Mapping[str, Mapping[str, Plain]], place: str) -> dict[str, Observation]:
        forms = self._records[kind]
        fields: dict[str, Observation] = {}
        for key, group in groups.items():
            source, day = self._source_and_day(key)
            for name, value in group.items():
                if name not in forms:
                    _no_such(name, forms, place)
                fields[name] = Observation(forms[name].read(value, place, f"{kind}.{name}"), source, day)
        return fields

    def _source_and_day(self, key: str) -> tuple[Source, date | None]:
        seen = self._seen.get(key)
        if seen is None:
            source, _, day = key.partition(" ")
            seen = self._seen[key] = Source(source), date.fromisoformat(day) if day else None
        return seen


def checked_text(text: str, place: str, field: str) -> str:
    """``text`` where it says something and holds no control characters. Raises ``Problem``."""
    if not is_usable(text) or not text.strip():
        from_plain(text, place, field).text()
    return text


def _periods(name: str, series: Series, fact: Fact, place: str) -> Iterable[tuple[str, Observation]]:
    """Every value of a series with the text of its period."""
    for year, seen in series.years.items():
        yield _year_text(name, year), seen
    if series.before is not None:
        if series.before_year is None:
            raise ValueError(f"{name}: before which year?")
        _year_text(name, series.before_year)
        yield str(before(series.before_year)), series.before
        if above := exceeding_years(series):
            shown = fact.show(series.before.value)
            message = f"{above[0]} 年高于 before_{series.before_year} 所写的最高值（{shown}）"
            raise Problem(place, None, name, message, "请核对这两处的数字")


def _year_text(name: str, year: int) -> str:
    text = str(year)
    if not is_year(text):
        raise ValueError(f"{name}: {text} is no year")
    return text


def _add(series: dict[str, Series], name: str, period: str, seen: Observation) -> None:
    known = series.get(name)
    if known is None:
        known = series[name] = Series({})
    head, _, first = period.partition("_")
    if first:
        series[name] = Series(known.years, seen, int(first))
    else:
        years = known.years
        assert isinstance(years, dict)
        years[int(head)] = seen


def _no_such(name: str, known: Mapping[str, object], place: str) -> NoReturn:
    raise Problem(place, None, name, f"指标词典里没有“{name}”", suggest(name, list(known), WHERE_LISTED))


class _Form:
    """How the values of one fact are written as plain data, and read."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self._accepts = _CHECKS[fact.kind](fact)
        self._to_plain = _TO_PLAIN.get(fact.kind)
        self._from_plain = _FROM_PLAIN.get(fact.kind)

    def write(self, value: Value, place: str, field: str) -> Plain:
        if not self._accepts(value):
            self._refuse(value, place, field)
        return value if self._to_plain is None else self._to_plain(value)

    def read(self, plain: Plain, place: str, field: str) -> Value:
        try:
            value = plain if self._from_plain is None else self._from_plain(plain)
        except (TypeError, ValueError, ZeroDivisionError):
            value = None
        if value is None or not self._accepts(value):
            self._refuse(plain, place, field)
        return value  # type: ignore[no-any-return]

    def _refuse(self, value: Any, place: str, field: str) -> NoReturn:
        """Say what is wrong with a value as whoever reads it from a file would be told."""
        try:
            written = self.fact.write(value)
        except (TypeError, ValueError, AttributeError, LookupError):
            written = str(value)
        read_value(self.fact, from_plain(written, place, field))
        raise ValueError(f"{place} {field}: {value!r} is no value of “{self.fact.label}”")


def _check_number(fact: Fact) -> Callable[[Any], bool]:
    low, high = fact.low, fact.high
    if fact.kind is Kind.COUNT and low is None:
        low = 0
    assert low is None or isinstance(low, (int, Fraction))
    assert high is None or isinstance(high, (int, Fraction))
    types = (int, Fraction) if fact.kind is Kind.RATIO else (int,)

    def accepts(value: Any) -> bool:
        return type(value) in types and (low is None or value >= low) and (high is None or value <= high)

    return accepts


def _check_date(fact: Fact) -> Callable[[Any], bool]:
    low, high = fact.low or date.min, fact.high or date.max
    assert isinstance(low, date)
    assert isinstance(high, date)
    return lambda value: type(value) is date and low <= value <= high


def _check_option(fact: Fact) -> Callable[[Any], bool]:
    options = frozenset(fact.values)
    return lambda value: isinstance(value, str) and value in options


def _check_set(fact: Fact) -> Callable[[Any], bool]:
    options = frozenset(fact.values)
    return lambda value: isinstance(value, frozenset) and value <= options


def _check_code(is_code: Callable[[str], bool]) -> Callable[[Fact], Callable[[Any], bool]]:
    def check(_fact: Fact) -> Callable[[Any], bool]:
        accepted: set[str] = set()  # no more than there are codes

        def accepts(value: Any) -> bool:
            if not isinstance(value, str):
                return False
            if value in accepted:
                return True
            if not is_code(value):
                return False
            accepted.add(value)
            return True

        return accepts

    return check


def _is_canonical(code: str) -> bool:
    return industries.is_industry_code(code) and industries.canonical(code) == code


_CHECKS: Mapping[Kind, Callable[[Fact], Callable[[Any], bool]]] = {
    Kind.MONEY: _check_number,
    Kind.COUNT: _check_number,
    Kind.RATIO: _check_number,
    Kind.DATE: _check_date,
    Kind.ENUM: _check_option,
    Kind.SET: _check_set,
    Kind.FLAG: lambda _fact: lambda value: isinstance(value, bool),
    Kind.REGION: _check_code(regions.is_region_code),
    Kind.INDUSTRY: _check_code(_is_canonical),
    Kind.TEXT: lambda _fact: lambda value: isinstance(value, str) and is_usable(value) and bool(value.strip()),
}

_TO_PLAIN: Mapping[Kind, Callable[[Any], Plain]] = {
    Kind.RATIO: str,
    Kind.DATE: lambda day: day.isoformat(),
    Kind.SET: sorted,
}

_FROM_PLAIN: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.RATIO: Fraction,
    Kind.DATE: date.fromisoformat,
    Kind.SET: frozenset,
}
