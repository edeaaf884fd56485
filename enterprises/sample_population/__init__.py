"""The sample population (示例企业库): made-up enterprises, as many as one likes, as Shaanxi might have them.

The same size and seed give the same enterprises. Places and strata (kind, ownership, above scale or not) are shared
out exactly, the rest is drawn at random, block by block, each block with random numbers of its own. What real registers
lack is lacking here too: unknown is null, never no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from enterprises.dictionary import Dictionary, Source
from enterprises.population import PopulationWriter, profiles_of
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.sample_population.facts import YEARS, table_of_rows
from enterprises.sample_population.known import load
from enterprises.sample_population.places import TooLarge, blocks, placed
from enterprises.samples import ORIGIN, SAMPLE_DAY
from enterprises.statements import Statement

__all__ = ["YEARS", "TooLarge", "statements", "statements_on", "tables", "write"]


def write(
    folder: Path, size: int, seed: int, dictionary: Dictionary, written: Callable[[int], object] = lambda rows: None
) -> None:
    """Write a population of ``size`` enterprises; ``written`` is told the number of rows of each block.

    Raises ``TooLarge``, and ``FileExistsError`` where there is a population in ``folder`` already.
    """
    with PopulationWriter(folder, made_up=True) as writer:
        for table in tables(size, seed, dictionary):
            writer.write(table)
            written(table.num_rows)


def tables(size: int, seed: int, dictionary: Dictionary) -> Iterator[pa.Table]:
    """The population in its order, in tables of as many rows as a part has. Raises ``TooLarge``."""
    drawn = load(dictionary)
    for number, block in enumerate(blocks(placed(size, seed))):
        yield table_of_rows(block, np.random.default_rng([seed, 1, number]), drawn, dictionary)


# --------------------------------------------------------------- as statements

_OBSERVED_ON = {
    Source.REGISTER: date(2024, 6, 3),
    Source.TAX: date(2024, 5, 31),
    Source.STATISTICS: date(2024, 3, 20),
    Source.DECLARED: date(2024, 6, 18),
}
"""When each source last said what it knows, up to ``SAMPLE_DAY``."""


def statements(size: int, seed: int, dictionary: Dictionary) -> Iterator[Statement]:
    """What a population of that size is stored as in a database. Raises ``TooLarge``."""
    for table in tables(size, seed, dictionary):
        yield from statements_on(profiles_of(table, dictionary))


def statements_on(profiles: Iterable[Profile]) -> Iterator[Statement]:
    """One statement on each, with the days on which its sources spoke: a population does not carry them."""
    for profile in profiles:
        yield Statement(_dated(profile), Source.REGISTER, SAMPLE_DAY, ORIGIN)


def _dated(profile: Profile) -> Profile:
    return replace(
        profile,
        facts=_dated_values(profile.facts),
        series={name: _dated_series(series) for name, series in profile.series.items()},
        records={
            kind: tuple(Record(kind, _dated_values(record.fields)) for record in records)
            for kind, records in profile.records.items()
        },
    )


def _dated_series(series: Series) -> Series:
    before = None if series.before is None else _dated_value(series.before)
    return Series({year: _dated_value(seen) for year, seen in series.years.items()}, before, series.before_year)


def _dated_values(values: Mapping[str, Observation]) -> dict[str, Observation]:
    return {name: _dated_value(seen) for name, seen in values.items()}


def _dated_value(seen: Observation) -> Observation:
    return replace(seen, observed_on=_OBSERVED_ON[seen.source])
