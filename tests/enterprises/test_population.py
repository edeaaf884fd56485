"""Profiles as rows of a population, and back."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.population import (
    MANIFEST,
    DamagedPopulation,
    Population,
    PopulationWriter,
    profiles_of,
    table_of,
)
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.samples import samples
from tests.strategies import complete_profiles, observed, partial

DICTIONARY = bundled()
FACTS = sorted(name for name, fact in DICTIONARY.facts.items() if fact.formula is None)


def undated(profile: Profile) -> Profile:
    """What a population carries of a profile: not the days on which values were observed, nor what was inferred."""
    profile = profile.without_inferred()

    def seen(observation: Observation) -> Observation:
        return replace(observation, observed_on=None)

    def series(one: Series) -> Series:
        years = {year: seen(figure) for year, figure in one.years.items()}
        return Series(years, seen(one.before) if one.before else None, one.before_year)

    return replace(
        profile,
        facts={name: seen(one) for name, one in profile.facts.items()},
        series={name: series(one) for name, one in profile.series.items() if one.years or one.before},
        records={
            kind: tuple(Record(kind, {name: seen(one) for name, one in record.fields.items()}) for record in records)
            for kind, records in profile.records.items()
        },
    )


@given(st.data())
def test_rows_are_read_back_as_the_profiles_they_were(data: st.DataObject) -> None:
    facts = data.draw(st.sets(st.sampled_from(FACTS), max_size=8)) | {"revenue"}
    kinds = data.draw(st.sets(st.sampled_from(sorted(DICTIONARY.records)), max_size=2))
    whole = [data.draw(complete_profiles(DICTIONARY, facts, kinds)) for _ in range(data.draw(st.integers(1, 3)))]
    profiles = [data.draw(observed(data.draw(partial(profile, DICTIONARY)))) for profile in whole]
    assert list(profiles_of(table_of(profiles, DICTIONARY), DICTIONARY)) == [undated(profile) for profile in profiles]


def test_parts_hold_the_rows_in_their_order(tmp_path: Path) -> None:
    profiles = samples()
    with PopulationWriter(tmp_path, made_up=True, part_rows=4) as writer:
        for start in range(0, len(profiles), 5):
            writer.write(table_of(profiles[start : start + 5], DICTIONARY))
    population = Population.open(tmp_path)
    assert population.made_up
    assert [part.rows for part in population.parts] == [4, 4, 4, 4, len(profiles) - 16]
    assert [part.start for part in population.parts] == [0, 4, 8, 12, 16]
    assert list(population.profiles()) == [undated(profile) for profile in profiles]


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 9])
def test_credit_codes_come_in_the_order_of_the_rows(rows: int, tmp_path: Path) -> None:
    codes = [f"{(number * 7) % 10:018}" for number in range(rows)]
    with PopulationWriter(tmp_path, made_up=True, part_rows=4) as writer:
        writer.write(table_of([Profile(credit_code=code) for code in codes], DICTIONARY))
    assert Population.open(tmp_path).credit_codes().to_pylist() == codes


def test_enterprises_of_which_nothing_is_known_are_there(tmp_path: Path) -> None:
    with PopulationWriter(tmp_path, made_up=True) as writer:
        writer.write(table_of([Profile(), Profile()], DICTIONARY))
    assert list(Population.open(tmp_path).profiles()) == [Profile(), Profile()]


def test_a_population_whose_writing_broke_off_is_none(tmp_path: Path) -> None:
    with pytest.raises(KeyError), PopulationWriter(tmp_path, made_up=True, part_rows=4) as writer:
        writer.write(table_of(samples(), DICTIONARY))
        raise KeyError
    with pytest.raises(DamagedPopulation, match="读不出"):
        Population.open(tmp_path)


def test_a_population_is_never_written_over(tmp_path: Path) -> None:
    for expected in (None, FileExistsError):
        if expected is None:
            with PopulationWriter(tmp_path, made_up=True):
                pass
        else:
            with pytest.raises(expected, match="已有企业库快照"), PopulationWriter(tmp_path, made_up=True):
                pass


def test_damage_is_noticed(tmp_path: Path) -> None:
    with PopulationWriter(tmp_path, made_up=True) as writer:
        writer.write(table_of(samples(), DICTIONARY))
    population = Population.open(tmp_path)
    path = tmp_path / population.parts[0].file
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedPopulation, match="已损坏"):
        population.read(population.parts[0])
    manifest = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    manifest["parts"][0]["rows"] = 10**9
    (tmp_path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    path.write_bytes(whole)
    promised = Population.open(tmp_path)
    with pytest.raises(DamagedPopulation, match="1000000000 行"):
        promised.read(promised.parts[0])
    path.unlink()
    with pytest.raises(DamagedPopulation, match="缺少文件"):
        Population.open(tmp_path)


def test_a_bit_that_is_another_is_noticed(tmp_path: Path) -> None:
    with PopulationWriter(tmp_path, made_up=True) as writer:
        writer.write(pa.concat_tables([table_of(samples(), DICTIONARY)] * 50))
    population = Population.open(tmp_path)
    path = tmp_path / population.parts[0].file
    whole, missed = path.read_bytes(), 0
    expected = population.read(population.parts[0])
    for place in range(200, len(whole) // 2, len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            missed += Population.open(tmp_path).read(population.parts[0]) != expected
        except DamagedPopulation:
            continue
    assert missed == 0


def test_a_number_too_large_for_its_column_is_refused() -> None:
    profile = Profile(credit_code="1", facts={"power_capacity": Observation(2**63)})
    with pytest.raises(ValueError, match="does not fit"):
        table_of([profile], DICTIONARY)


def test_figures_of_a_year_without_a_column_are_refused() -> None:
    profile = Profile(credit_code="1", series={"revenue": Series({2020: Observation(1), 2021: Observation(1)})})
    with pytest.raises(ValueError, match="revenue"):
        table_of([profile], DICTIONARY, {"revenue": [2021]})
