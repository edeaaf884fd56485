"""Reading a profile on a day: a fact's value, or its possible values, or nothing, and then what would settle it.

Derived facts (growth, ratios, years since registration, size class, "above scale") are computed here, by the formula
that the dictionary declares, in the same three-valued way: a size class is known as soon as the known figures leave
only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from enterprises import scale, size
from enterprises.calendar import full_years_between
from enterprises.dictionary import Dictionary, Fact, RecordKind, Value
from enterprises.profiles import Observation, Profile, Record, Series, Year


@dataclass(frozen=True, slots=True)
class FactRef:
    """A fact that somebody could tell us: its name, year, and record kind and number where it is a record's field."""

    name: str
    year: Year | None = None
    record: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A known value that an answer rests on."""

    ref: FactRef
    observation: Observation


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a fact: its ``options`` (one: known; ``None``: anything), what they rest on, what is missing."""

    options: frozenset[Value] | None
    used: tuple[Used, ...] = ()
    missing: tuple[FactRef, ...] = ()

    @property
    def known(self) -> bool:
        return self.options is not None and len(self.options) == 1

    @property
    def value(self) -> Value:
        """The known value. Raises ``ValueError`` where it is not known."""
        if self.options is None:
            raise ValueError("nothing is known of this fact")
        (value,) = self.options
        return value


class EnterpriseOn:
    """A profile on a day. Readings are kept, since many rules ask for the same facts.

    What was inferred is unknown here: it may order and ask, never decide, neither for the enterprise nor against it.
    """

    def __init__(self, profile: Profile, on: date, dictionary: Dictionary) -> None:
        self.profile, self.on, self.dictionary = profile.without_inferred(), on, dictionary
        self._readings: dict[tuple[str, int | None], Reading] = {}

    def fact(self, name: str) -> Fact:
        return self.dictionary.facts[name]

    def read(self, name: str, year: int | None = None) -> Reading:
        """The reading of a fact (of a year, for yearly facts)."""
        key = (name, year)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = self._read(self.dictionary.facts[name], year)
        return reading

    def series(self, name: str) -> Series:
        """The yearly values of a declared fact; empty where nothing is known."""
        return self.profile.series.get(name, Series({}))

    def records(self, kind: str) -> tuple[RecordOf, ...] | None:
        """The records of a kind; ``None`` where it is not known which there are."""
        records = self.profile.records.get(kind)
        if records is None:
            return None
        declared = self.dictionary.records[kind]
        return tuple(RecordOf(record, number, declared) for number, record in enumerate(records))

    def _read(self, fact: Fact, year: int | None) -> Reading:
        if fact.formula is not None:
            return _FORMULAS[fact.formula.name](self, fact.formula.inputs, year)
        if fact.yearly:
            observation = self.series(fact.name).years.get(year) if year is not None else None
        else:
            observation = self.profile.facts.get(fact.name)
        return _reading(FactRef(fact.name, year if fact.yearly else None), observation)


class RecordOf:
    """One record of an enterprise, asked by its fields' names."""

    def __init__(self, record: Record, number: int, kind: RecordKind) -> None:
        self.record, self.number, self.kind = record, number, kind

    def fact(self, name: str) -> Fact:
        return self.kind.fields[name]

    def read(self, name: str, year: int | None = None) -> Reading:
        return _reading(FactRef(name, None, self.kind.name, self.number), self.record.fields.get(name))


def _reading(ref: FactRef, observation: Observation | None) -> Reading:
    if observation is None:
        return Reading(None, (), (ref,))
    return Reading(frozenset((observation.value,)), (Used(ref, observation),))


def _years_since(subject: EnterpriseOn, inputs: tuple[str, ...], _year: int | None) -> Reading:
    start = subject.read(inputs[0])
    if not start.known:
        return start
    assert isinstance(start.value, date)
    return Reading(frozenset((full_years_between(start.value, subject.on),)), start.used)


def _growth_of(subject: EnterpriseOn, inputs: tuple[str, ...], year: int | None) -> Reading:
    """(this year − the year before) ÷ the year before. Over a base of zero or less growth has no meaning: unknown."""
    return _quotient(_of_year(subject, inputs[0], year, 0), _of_year(subject, inputs[0], year, -1), less=1)


def _share(subject: EnterpriseOn, inputs: tuple[str, ...], year: int | None) -> Reading:
    return _quotient(_of_year(subject, inputs[0], year, 0), _of_year(subject, inputs[1], year, 0), less=0)


def _quotient(above: Reading, below: Reading, less: int) -> Reading:
    used, missing = above.used + below.used, above.missing + below.missing
    if not (above.known and below.known):
        return Reading(None, used, missing)
    assert isinstance(above.value, int)
    assert isinstance(below.value, int)
    if below.value <= 0:
        return Reading(None, used)
    return Reading(frozenset((Fraction(above.value, below.value) - less,)), used)


def _size_class(subject: EnterpriseOn, inputs: tuple[str, ...], _year: int | None) -> Reading:
    """Employees and assets of now, revenue of the last full year. Source: 工信部联企业〔2011〕300号."""
    readings = dict(zip(("industry", "employees", "revenue", "assets"), _latest(subject, inputs), strict=True))
    industry = readings["industry"].value if readings["industry"].known else None
    assert industry is None or isinstance(industry, str)
    figures = {name: _figure(readings[name]) for name in ("employees", "revenue", "assets")}
    classes = size.possible_sizes(industry, figures["employees"], figures["revenue"], figures["assets"])
    wanted = {"industry", *size.indicators(industry)}
    relevant = [reading for name, reading in readings.items() if name in wanted]
    coarse = len(size.categories(industry)) > 1
    return _from_options(
        frozenset(option.value for option in classes), relevant, readings["industry"] if coarse else None
    )


def _above_scale(subject: EnterpriseOn, inputs: tuple[str, ...], _year: int | None) -> Reading:
    industry, revenue = _latest(subject, inputs)
    code = industry.value if industry.known else None
    assert code is None or isinstance(code, str)
    answers = scale.possibly_above_scale(code, _figure(revenue))
    coarse = len(scale.possible_floors(code)) > 1
    return _from_options(frozenset(answers), [industry, revenue], industry if coarse else None)


def _from_options(options: frozenset[Value], readings: Iterable[Reading], coarse: Reading | None) -> Reading:
    """A derived reading; what is unknown of its inputs is missing only while more than one option is left.

    ``coarse``: an input that is known, but only by a code that leaves several answers open; a finer one is missing.
    """
    inputs = tuple(readings)
    used = tuple(used for reading in inputs for used in reading.used)
    finer = tuple(used.ref for used in coarse.used) if coarse else ()
    missing = (*finer, *(ref for reading in inputs for ref in reading.missing))
    return Reading(options, used, () if len(options) == 1 else missing)


def _figure(reading: Reading) -> int | None:
    if not reading.known:
        return None
    assert isinstance(reading.value, int)
    return reading.value


def _latest(subject: EnterpriseOn, inputs: tuple[str, ...]) -> tuple[Reading, ...]:
    last = subject.on.year - 1
    return tuple(subject.read(name, last if subject.fact(name).yearly else None) for name in inputs)


def _of_year(subject: EnterpriseOn, name: str, year: int | None, shift: int) -> Reading:
    return subject.read(name, (subject.on.year - 1 if year is None else year) + shift)


_FORMULAS: Mapping[str, Callable[[EnterpriseOn, tuple[str, ...], int | None], Reading]] = {
    "years_since": _years_since,
    "growth_of": _growth_of,
    "share": _share,
    "size_class": _size_class,
    "above_scale": _above_scale,
}
