"""What an enterprise tells besides what is stored of it: the profile that both make together, and what gives way.

A value of a better source stands (``enterprises.statements``), whatever is told; it fills in what is not known and
takes the place of what was only declared or inferred: who says what was guessed has said it. Of records this goes field
by field: who adds a figure to a project that a register lists says nothing against the register. (Merging statements
takes a list as a whole.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from enterprises.dictionary import Source
from enterprises.profiles import Observation, Profile, Record, Series, Year, before
from enterprises.statements import RANKS

ORIGIN = "account:"
"""How the origin of a statement begins that the enterprise's own people made here; their account follows."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that was told and does not stand, with the one that does. ``year`` and ``number`` as ``FactRef`` has."""

    name: str
    told: Observation
    stands: Observation
    year: Year | None = None
    record: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """What follows from what is stored and what was told."""

    profile: Profile
    refused: tuple[Refused, ...]


def together(stored: Profile, told: Profile, on: date) -> Together:
    """The stored profile with what was told on a day. Equal values keep the source that they have, but for a guess."""
    refused: list[Refused] = []
    facts = dict(stored.facts)
    for name, seen in told.facts.items():
        facts[name] = _one(seen, stored.facts.get(name), on, refused, Refused(name, seen, seen))
    series = dict(stored.series)
    for name, figures in told.series.items():
        series[name] = _series(name, figures, stored.series.get(name, Series({})), on, refused)
    records = dict(stored.records)
    for kind, listed in told.records.items():
        records[kind] = tuple(_records(kind, listed, stored.records.get(kind, ()), on, refused))
    profile = Profile(stored.credit_code, stored.name or told.name, facts, series, records)
    return Together(profile, tuple(refused))


def declared(told: Profile, stored: Profile, on: date) -> Profile:
    """What was told as a statement says it: seen on a day by the enterprise itself.

    A record that is told as it stands, or with more, keeps the sources of what was known of it; in one of which
    something was changed, all is declared.
    """
    facts = {name: _declare(seen, on) for name, seen in told.facts.items()}
    series = {
        name: replace(
            figures,
            years={year: _declare(seen, on) for year, seen in figures.years.items()},
            before=figures.before and _declare(figures.before, on),
        )
        for name, figures in told.series.items()
    }
    records = {
        kind: tuple(_declare_record(one, number, stored.records.get(kind, ()), on) for number, one in enumerate(listed))
        for kind, listed in told.records.items()
    }
    return replace(told, facts=facts, series=series, records=records)


def _one(
    seen: Observation, known: Observation | None, on: date, refused: list[Refused], if_not: Refused
) -> Observation:
    if known is None:
        return _declare(seen, on)
    if known.value == seen.value and known.source is not Source.INFERRED:
        return known
    if RANKS[known.source] > RANKS[Source.DECLARED]:
        refused.append(replace(if_not, stands=known))
        return known
    return _declare(seen, on)


def _series(name: str, told: Series, known: Series, on: date, refused: list[Refused]) -> Series:
    years: dict[int, Observation] = dict(known.years)
    for year, seen in told.years.items():
        years[year] = _one(seen, known.years.get(year), on, refused, Refused(name, seen, seen, year))
    if told.before is None or told.before_year is None:
        return replace(known, years=years)
    if_not = Refused(name, told.before, told.before, before(told.before_year))
    earlier = _one(told.before, known.before, on, refused, if_not)
    return Series(years, earlier, known.before_year if earlier is known.before else told.before_year)


def _records(
    kind: str, told: Sequence[Record], known: Sequence[Record], on: date, refused: list[Refused]
) -> Iterator[Record]:
    """Record by record. One that is stored and was not told stays where a better source than the enterprise has it."""
    for number in range(max(len(told), len(known))):
        old = known[number].fields if number < len(known) else {}
        if number >= len(told):
            if _is_known(old):
                yield known[number]
            continue
        kept = {name: seen for name, seen in old.items() if RANKS[seen.source] > RANKS[Source.DECLARED]}
        new = {
            name: _one(seen, old.get(name), on, refused, Refused(name, seen, seen, None, kind, number))
            for name, seen in told[number].fields.items()
        }
        yield Record(kind, {**kept, **new})


def _is_known(fields: Mapping[str, Observation]) -> bool:
    return any(RANKS[seen.source] > RANKS[Source.DECLARED] for seen in fields.values())


def _declare(seen: Observation, on: date) -> Observation:
    return Observation(seen.value, Source.DECLARED, on)


def _declare_record(record: Record, number: int, known: Sequence[Record], on: date) -> Record:
    listed = known[number].fields if number < len(known) else {}
    old = {name: seen for name, seen in listed.items() if seen.source is not Source.INFERRED}
    more = all(name in record.fields and record.fields[name].value == seen.value for name, seen in old.items())
    kept = old if more else {}
    return Record(record.kind, {name: kept.get(name) or _declare(seen, on) for name, seen in record.fields.items()})
