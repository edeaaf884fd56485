"""The form in which an enterprise says what it knows of itself: what was typed, and the profile that it makes.

What was typed is kept as it was, name by name, so that nothing is lost while it is wrong or not asked for today. Names:
``f.<fact>``; ``f.<fact>.<year>`` and ``f.<fact>.before_<year>`` for yearly figures; ``f.<kind>.<number>.<field>`` for
records; ``….none`` says 都没有; ``….code`` is an industry's precise code; ``….other`` a text that is not in the list
offered. What is left empty is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from enterprises import credit_code, industries
from enterprises.dictionary import UNKNOWN_WORDS, Dictionary, Fact, Kind, RecordKind, Value
from enterprises.profiles import Observation, Profile, Record, Series, is_year
from enterprises.readings import FactRef
from enterprises.source_text import BadText, is_usable

Typed = Mapping[str, tuple[str, ...]]
"""What was typed or ticked, by the names of the inputs; nothing empty."""

NONE = "none"
BEFORE = "before"
OTHER = "other"
MOST_RECORDS = 50
IDENTITY = ("name", "credit_code")
"""Inputs for the visitor's own eyes: no rule looks at them."""

_LONGEST = 200


@dataclass(frozen=True)
class Filled:
    """A form that was sent: ``typed`` as it was, the profile of all that could be read, and what could not.

    ``errors``: by the input's name, in Chinese. ``unknown``: names that the dictionary does not have; not kept.
    ``notes``: what to say beside an input, by its name, such as where its value is from.
    """

    typed: Typed
    profile: Profile
    errors: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    notes: Typed = field(default_factory=dict)


def name_of(ref: FactRef) -> str:
    """The name of the input in which a missing fact can be told."""
    if ref.record is not None and ref.number is not None:
        return f"f.{ref.record}.{ref.number}.{ref.name}"
    if ref.record is not None:
        return f"f.{ref.record}"
    return f"f.{ref.name}" if ref.year is None else f"f.{ref.name}.{ref.year}"


def ref_of(name: str, dictionary: Dictionary) -> FactRef | None:
    """The fact, or kind of records, that an input of this name is for; ``None`` where there is none."""
    first, *parts = name.split(".")
    match parts:
        case [kind, number, field_] if kind in dictionary.records and number.isascii() and number.isdigit():
            known = len(number) <= 2 and field_ in dictionary.records[kind].fields
            return FactRef(field_, None, kind, int(number)) if first == "f" and known else None
        case [fact, year] if fact in dictionary.facts and is_year(year.removeprefix(f"{BEFORE}_")):
            return FactRef(fact, int(year) if is_year(year) else year) if first == "f" else None
        case [one] if one in dictionary.facts or one in dictionary.records:
            return FactRef(one) if first == "f" else None
    return None


def read_form(sent: Iterable[tuple[str, Sequence[str]]], dictionary: Dictionary, base: Profile | None = None) -> Filled:
    """What a sent form says. Values that ``base`` has too keep the source and the day that they have there."""
    kept = {name: _kept(values) for name, values in sent if name.startswith("f.") or name in IDENTITY}
    typed = _close_ranks({name: values for name, values in kept.items() if values}, dictionary)
    reader = _Reader(typed, dictionary)
    profile = reader.profile()
    unknown = tuple(name for name in typed if name not in reader.read)
    known = {name: values for name, values in typed.items() if name in reader.read}
    return Filled(known, _with_sources(profile, base) if base else profile, reader.errors, unknown)


def write_form(profile: Profile, dictionary: Dictionary) -> Typed:
    """What one would type to say what a profile says; ``read_form`` makes the same values of it."""
    typed: dict[str, tuple[str, ...]] = {}
    for name, text in (("name", profile.name), ("credit_code", profile.credit_code)):
        if text:
            typed[name] = (text,)
    for name, observation in profile.facts.items():
        typed |= _write_value(dictionary.facts[name], f"f.{name}", observation)
    for name, series in profile.series.items():
        for year, observation in series.years.items():
            typed |= _write_value(dictionary.facts[name], f"f.{name}.{year}", observation)
        if series.before is not None:
            typed |= _write_value(dictionary.facts[name], f"f.{name}.before_{series.before_year}", series.before)
    for kind, records in profile.records.items():
        if not records:
            typed[f"f.{kind}.{NONE}"] = ("1",)
        for number, record in enumerate(records):
            for name, observation in record.fields.items():
                typed |= _write_value(dictionary.fact(name, kind), f"f.{kind}.{number}.{name}", observation)
    return typed


def record_count(typed: Typed, kind: str) -> int:
    """How many records of a kind have been begun."""
    return 1 + max((number for name in typed if (number := _number(name, kind)) is not None), default=-1)


def _kept(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(stripped for value in values if (stripped := value.strip()) and stripped not in UNKNOWN_WORDS)


def _number(name: str, kind: str) -> int | None:
    """The number of the record that an input belongs to, if it is of this kind."""
    parts = name.split(".")
    if len(parts) < 4 or parts[1] != kind or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    number = int(parts[2]) if len(parts[2]) <= 2 else MOST_RECORDS
    return number if number < MOST_RECORDS else None


def _close_ranks(typed: Typed, dictionary: Dictionary) -> Typed:
    """The same with records numbered from 0 on without a gap, where one was left empty."""
    places = {kind: _places(typed, kind) for kind in dictionary.records}
    moved: dict[str, tuple[str, ...]] = {}
    for name, values in typed.items():
        parts = name.split(".")
        number = _number(name, parts[1]) if len(parts) > 1 and parts[1] in places else None
        if number is not None:
            parts[2] = str(places[parts[1]][number])
        moved[".".join(parts)] = values
    return moved


def _places(typed: Typed, kind: str) -> dict[int, int]:
    """For each number of a record that was begun, its place among them."""
    numbers = {number for name in typed if (number := _number(name, kind)) is not None}
    return {number: place for place, number in enumerate(sorted(numbers))}


def _write_value(fact: Fact, name: str, observation: Observation) -> dict[str, tuple[str, ...]]:
    written = fact.write(observation.value)
    if isinstance(written, list):
        return {name: tuple(written)} if written else {f"{name}.{NONE}": ("1",)}
    if fact.kind is Kind.INDUSTRY and len(written) > 2:
        return {name: (written[:2],), f"{name}.code": (written,)}
    return {name: (written,)}


class _Reader:
    """Reads what was typed, and notes which names it has read and what was wrong with them."""

    def __init__(self, typed: Typed, dictionary: Dictionary) -> None:
        self.typed, self.dictionary = typed, dictionary
        self.errors: dict[str, str] = {}
        self.read: set[str] = set()

    def profile(self) -> Profile:
        facts, series = {}, {}
        for name, fact in self.dictionary.facts.items():
            if fact.formula is not None:
                continue
            if fact.yearly:
                if (figures := self._series(fact)) is not None:
                    series[name] = figures
            elif (observation := self._observation(fact, f"f.{name}")) is not None:
                facts[name] = observation
        records = {
            kind: found
            for kind, declared in self.dictionary.records.items()
            if (found := self._records(declared)) is not None
        }
        return Profile(self._attempt("credit_code", _credit_code), self._attempt("name", str), facts, series, records)

    def _attempt(self, name: str, parse: Callable[[str], Value]) -> str | None:
        """What ``parse`` makes of one text; ``None`` where nothing was typed, or something wrong."""
        found = self._parsed(name, parse)
        return found if isinstance(found, str) else None

    def _parsed(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        self.read.add(name)
        if name not in self.typed:
            return None
        text = self.typed[name][0]
        try:
            if len(self.typed[name]) > 1:
                raise BadText("这里填了几个不同的内容", "请只留一个")
            if len(text) > _LONGEST:
                raise BadText("写得太长", f"请不超过 {_LONGEST} 个字")
            if not is_usable(text):
                raise BadText("文字里有看不见的控制字符", "请删去，必要时重新输入")
            return parse(text)
        except BadText as error:
            self.errors[name] = str(error)
            return None

    def _observation(self, fact: Fact, name: str) -> Observation | None:
        if fact.kind is Kind.SET:
            value = self._set(fact, name)
        elif fact.kind is Kind.INDUSTRY:
            value = self._industry(fact, name)
        elif fact.kind is Kind.TEXT:
            value = self._text(name)
        else:
            value = self._parsed(name, lambda text: fact.parse(_with_unit(fact, text)))
        return None if value is None else Observation(value)

    def _set(self, fact: Fact, name: str) -> Value | None:
        none = f"{name}.{NONE}"
        self.read |= {name, none}
        ticked = self.typed.get(name, ())
        if none in self.typed:
            if ticked:
                self.errors[name] = "既选了“都没有”，又选了别的。请去掉其中一边"
            return None if ticked else frozenset()
        try:
            return frozenset(str(fact.parse(option)) for option in ticked) if ticked else None
        except BadText as error:
            self.errors[name] = str(error)
            return None

    def _industry(self, fact: Fact, name: str) -> Value | None:
        """The precise code where one was typed, which has to lie in what was chosen from the list."""
        chosen, precise = (
            self._parsed(name, fact.parse),
            self._parsed(f"{name}.code", lambda text: fact.parse(text.upper())),
        )
        if chosen is not None and precise is not None and industries.nested(str(precise), str(chosen)) is not True:
            self.errors[f"{name}.code"] = f"代码 {precise} 不在上面选的“{fact.show(chosen)}”之内。请改其中一处"
            return None
        return None if f"{name}.code" in self.errors else precise or chosen

    def _text(self, name: str) -> Value | None:
        """What was chosen from a list of texts, or written beside it; or written where there is no list."""
        chosen, written = self._parsed(name, str), self._parsed(f"{name}.{OTHER}", str)
        if chosen is not None and written is not None and chosen != written:
            self.errors[f"{name}.{OTHER}"] = "既从列表里选了，又另外写了。请去掉其中一边"
            return None
        return chosen or written

    def _series(self, fact: Fact) -> Series | None:
        years: dict[int, Observation] = {}
        before: tuple[int, Observation] | None = None
        for name in [each for each in self.typed if each.startswith(f"f.{fact.name}.")]:
            period = name.removeprefix(f"f.{fact.name}.")
            year = period.removeprefix("before_")
            if not is_year(year):
                continue
            observation = self._observation(fact, name)
            if observation is None:
                continue
            if year == period:
                years[int(year)] = observation
            elif before is None:
                before = int(year), observation
            else:
                self.errors[name] = "“更早各年”只能填一处。请删去另一处"
        if not years and before is None:
            return None
        return Series(years, before[1], before[0]) if before else Series(years)

    def _records(self, kind: RecordKind) -> tuple[Record, ...] | None:
        none = f"f.{kind.name}.{NONE}"
        self.read.add(none)
        count = record_count(self.typed, kind.name)
        records = tuple(self._record(kind, number) for number in range(count))
        if none in self.typed:
            if records:
                self.errors[none] = f"既选了“没有{kind.label}”，下面又填了内容。请去掉其中一边"
            return ()
        return records or None

    def _record(self, kind: RecordKind, number: int) -> Record:
        read = {name: self._observation(fact, f"f.{kind.name}.{number}.{name}") for name, fact in kind.fields.items()}
        return Record(kind.name, {name: observation for name, observation in read.items() if observation is not None})


def _credit_code(text: str) -> str:
    try:
        return credit_code.check(credit_code.compact(text))
    except credit_code.InvalidCreditCode as error:
        raise BadText(str(error), "请核对营业执照上的统一社会信用代码") from None


def _with_unit(fact: Fact, text: str) -> str:
    """Nothing is nothing in any unit."""
    return "0元" if fact.kind is Kind.MONEY and text in ("0", "０") else text


def _with_sources(profile: Profile, base: Profile) -> Profile:
    facts = {name: _known_before(seen, base.facts.get(name)) for name, seen in profile.facts.items()}
    series = {name: _series_known_before(now, base.series.get(name)) for name, now in profile.series.items()}
    records = {
        kind: tuple(_records_known_before(now, base.records.get(kind, ()))) for kind, now in profile.records.items()
    }
    return Profile(profile.credit_code, profile.name, facts, series, records)


def _known_before(now: Observation, before: Observation | None) -> Observation:
    return before if before is not None and before.value == now.value else now


def _series_known_before(now: Series, before: Series | None) -> Series:
    if before is None:
        return now
    years = {year: _known_before(seen, before.years.get(year)) for year, seen in now.years.items()}
    same = now.before is not None and now.before_year == before.before_year
    return Series(
        years, _known_before(now.before, before.before) if now.before and same else now.before, now.before_year
    )


def _records_known_before(now: Sequence[Record], before: Sequence[Record]) -> Iterator[Record]:
    for number, record in enumerate(now):
        known = before[number].fields if number < len(before) else {}
        yield Record(record.kind, {name: _known_before(seen, known.get(name)) for name, seen in record.fields.items()})
