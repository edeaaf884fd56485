"""What is known of whom, and which values and records there are: ``facts.yaml`` and ``records.yaml``, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from enterprises import calendar
from enterprises.dictionary import Dictionary, Fact, Kind, Source, Value
from enterprises.population import SEPARATOR, to_cell
from enterprises.sample_population import figures
from enterprises.sample_population.figures import share
from enterprises.sample_population.places import IS_ABOVE, IS_ENTERPRISE, KIND, SORT, SORTS, expected
from enterprises.samples import SAMPLE_DAY
from enterprises.source_text import Entry, parse_flag, read_file

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

HERE = "here"
NONE = "无"


@dataclass(frozen=True, slots=True)
class Known:
    """Whose value is known, with which chance, from where; ``declared``: only of those who declare things at all."""

    who: str
    chance: float
    source: Source
    declared: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Cells of a column, and their cumulated shares."""

    cells: tuple[str | int, ...]
    cumulated: Floats


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from ``low`` to ``high``: days, or amounts in 分 that are as often in each order of magnitude."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Here:
    """The enterprise's own place."""


@dataclass(frozen=True, slots=True)
class DrawnFact:
    """How a fact is drawn; the first of ``known`` that an enterprise falls under, holds."""

    name: str
    known: tuple[Known, ...]
    values: Choice


@dataclass(frozen=True, slots=True)
class DrawnRecord:
    """A record that those may have of whom the list is known. A field that is absent is not known.

    ``chance`` is by place. ``since``: only those who were registered on this day (days since 1970) a year ago.
    """

    who: str
    chance: Floats
    since: int | None
    fields: Mapping[str, Choice | Span | Here]


@dataclass(frozen=True, slots=True)
class DrawnKind:
    """How the lists of a kind of record are drawn."""

    name: str
    known: tuple[Known, ...]
    records: tuple[DrawnRecord, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is drawn as the files say."""

    facts: tuple[DrawnFact, ...]
    kinds: tuple[DrawnKind, ...]


def load(dictionary: Dictionary) -> Drawn:
    """What the files say. Raises ``Problem``, also where the dictionary has no such value, and ``KeyError``."""
    return Drawn(_facts(dictionary), _kinds(dictionary))


@cache
def who() -> dict[str, Mask]:
    """Sorts of entities by the name that the files give them: of which strata and divisions they are."""
    divisions = figures.divisions()
    code = np.array([division.code for division in divisions])
    section = np.array([division.section for division in divisions])
    every = np.ones((len(KIND), len(divisions)), bool)
    enterprise, above = (every & mask[:, np.newaxis] for mask in (IS_ENTERPRISE, IS_ABOVE))
    manufacturer, builder = (enterprise & (section == letter) for letter in "CE")
    return {
        "every": every,
        "enterprise": enterprise,
        "above": above,
        "cooperative": every & (KIND == "农民专业合作社")[:, np.newaxis],
        "inventive": enterprise & np.isin(section, list("BCDIM")),
        "manufacturer": manufacturer,
        "above_manufacturer": manufacturer & above,
        "small_manufacturer": manufacturer & ~above,
        "builder": builder,
        "above_builder": builder & above,
        "designer": enterprise & (code == "74"),
        "trader": enterprise & np.isin(section, list("ACF")),
        "carrier": every & np.isin(code, ["54", "59", "60"]),
        "food_seller": every & np.isin(code, ["62"]),
        "food_maker": every & np.isin(code, ["13", "14", "15"]),
    }


def _facts(dictionary: Dictionary) -> tuple[DrawnFact, ...]:
    found = []
    for name, entry in _read("facts").mapping().items():
        fields = entry.fields(("known", "values"))
        found.append(DrawnFact(name, _known(fields["known"]), _choice(fields["values"], dictionary.facts[name])))
    return tuple(found)


def _kinds(dictionary: Dictionary) -> tuple[DrawnKind, ...]:
    found = []
    for name, entry in _read("records").mapping().items():
        fields = entry.fields(("known", "records"))
        facts = dictionary.records[name].fields
        records = tuple(_record(item, facts) for item in fields["records"].items())
        found.append(DrawnKind(name, _known(fields["known"]), records))
    return tuple(found)


def _read(name: str) -> Entry:
    path = Path(__file__).with_name(f"{name}.yaml")
    return read_file(path, shown_as=path.name)


def _known(entry: Entry) -> tuple[Known, ...]:
    found = []
    for item in entry.items():
        fields = item.fields(("who", "chance", "source"), ("declared",))
        declared = "declared" in fields and fields["declared"].read(parse_flag)
        source = Source(fields["source"].one_of(list(Source)))
        found.append(Known(fields["who"].one_of(who()), float(fields["chance"].text()), source, declared))
    return tuple(found)


def _record(entry: Entry, facts: Mapping[str, Fact]) -> DrawnRecord:
    given = entry.fields(("who", "fields"), ("chance", "count", "except"))
    name = given["who"].one_of(who())
    fields = {field: _values(item, facts[field]) for field, item in given["fields"].mapping().items()}
    days = [values for field, values in fields.items() if facts[field].kind is Kind.DATE and isinstance(values, Span)]
    since = min((span.low for span in days), default=None)
    places = len(figures.places())
    if "count" in given:
        excepted = given["except"].text() if "except" in given else None
        chance = _chance(share(given["count"].text()), name, since, excepted)
    else:
        chance = np.full(places, float(given["chance"].text()))
    return DrawnRecord(name, chance, since, fields)


def _chance(count: float, name: str, since: int | None, excepted: str | None) -> Floats:
    """The chance by place that comes to ``count`` records in the province: by how likely titles are in each city."""
    cities = {city.code: city.recognition for city in figures.cities()}
    likely = np.array([0.0 if place.city == excepted else cities[place.city] for place in figures.places()])
    old_enough = np.array([_older(sort, since) for sort in SORTS])[SORT]
    eligible = (expected() * who()[name] * old_enough[:, np.newaxis]).sum(axis=(1, 2))
    chance: Floats = np.minimum(likely * count / (likely @ eligible), 1.0)
    return chance


def _older(sort: str, since: int | None) -> float:
    """The share of entities of a sort that were registered a year before that day."""
    if since is None:
        return 1.0
    ages = figures.ages()[sort]
    years = ages.least + np.random.default_rng(0).gamma(ages.shape, ages.scale, 100_000)
    today = np.datetime64(SAMPLE_DAY, "D").astype(int)
    return float(np.mean(years > (today - since) / 365.25 + 1))


def _values(entry: Entry, fact: Fact) -> Choice | Span | Here:
    if isinstance(entry.value, dict):
        return _choice(entry, fact)
    text = entry.text()
    if text == HERE:
        return Here()
    low, dots, high = text.partition("..")
    if not dots:
        return Choice((_cell(fact, text),), np.ones(1))
    if fact.kind is Kind.DATE:
        return Span(*(int(np.datetime64(calendar.parse_day(end), "D").astype(int)) for end in (low, high)))
    return Span(*(int(str(fact.parse(end))) for end in (low, high)))


def _choice(entry: Entry, fact: Fact) -> Choice:
    cells = tuple(_cell(fact, text) for text in entry.mapping())
    return Choice(cells, cumulated([float(item.text()) for item in entry.mapping().values()]))


def cumulated(weights: Sequence[float]) -> Floats:
    """The shares of the weights, each with those before it; the last is 1 exactly, above whatever is drawn."""
    shares = np.cumsum(weights)
    found: Floats = shares / shares[-1]
    return found


def _cell(fact: Fact, text: str) -> str | int:
    """The cell that stands for a text of the files: options of a set have ``|`` between them, ``无`` is none."""
    value: Value
    if fact.kind is Kind.SET:
        value = frozenset(str(fact.parse(option)) for option in text.split(SEPARATOR) if text != NONE)
    else:
        value = fact.parse(text)
    cell: str | int = to_cell(fact, value)
    return cell
