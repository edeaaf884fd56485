"""What differs between two populations is found, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.rules import make_profiles
from enterprises.dictionary import Source, bundled
from enterprises.population import DamagedPopulation, Population, PopulationWriter, profiles_of, table_of
from enterprises.population_delta import Delta, compare
from enterprises.profiles import Observation, Profile, Record

DICTIONARY = bundled()


def made_up(count: int, seed: int) -> list[Profile]:
    """Enterprises as they are read back: a series without figures is none."""
    return list(profiles_of(table_of(make_profiles(DICTIONARY, count, seed), DICTIONARY), DICTIONARY))


SOME = [replace(profile, credit_code=f"{number:018}") for number, profile in enumerate(made_up(30, seed=2))]


def written(folder: Path, profiles: Sequence[Profile]) -> Population:
    with PopulationWriter(folder, made_up=True, part_rows=8) as writer:
        writer.write(table_of(profiles, DICTIONARY))
    return Population.open(folder)


def delta_of(folder: Path, old: Sequence[Profile], new: Sequence[Profile]) -> Delta:
    return compare(written(folder / "old", old), written(folder / "new", new), folder / "delta")


@given(st.data())
def test_the_delta_is_what_differs(data: st.DataObject) -> None:
    old = data.draw(st.lists(st.sampled_from(SOME), unique_by=lambda one: one.credit_code))
    others = made_up(3, seed=data.draw(st.integers(3, 6)))
    new = {profile.credit_code: profile for profile in data.draw(st.permutations(old))}
    for code in data.draw(st.sets(st.sampled_from([one.credit_code for one in SOME]), max_size=8)):
        match data.draw(st.sampled_from(["change", "go"])):
            case "change":
                new[code] = replace(data.draw(st.sampled_from(others)), credit_code=code)
            case "go":
                new.pop(code, None)
    with TemporaryDirectory() as folder:
        delta = delta_of(Path(folder), old, list(new.values()))
        before = {profile.credit_code: profile for profile in old}
        was, now = list(delta.before.profiles()), list(delta.after.profiles())
    changed = {code for code in before.keys() & new.keys() if before[code] != new[code]}
    assert {profile.credit_code for profile in was[: delta.changed]} == changed
    assert [one.credit_code for one in was[: delta.changed]] == [one.credit_code for one in now[: delta.changed]]
    assert {one.credit_code for one in was[delta.changed :]} == before.keys() - new.keys()
    assert {one.credit_code for one in now[delta.changed :]} == new.keys() - before.keys()
    assert all(profile == before[profile.credit_code] for profile in was)
    assert all(profile == new[profile.credit_code] for profile in now)
    assert [list(new)[row] for row in delta.rows] == [profile.credit_code for profile in now]


BASE = replace(
    SOME[0],
    facts={"employees": Observation(10), "five_above": Observation(False)},
    records={"permit": (), "project": (Record("project", {"kind": Observation("新建")}), Record("project", {}))},
)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, name="示例·另一个名称"),
        BASE.with_fact("employees", Observation(11)),
        BASE.with_fact("employees", Observation(10, Source.REGISTER)),
        BASE.with_fact("five_above", Observation(True)),
        replace(BASE, facts={"five_above": Observation(False)}),
        replace(BASE, records={"project": BASE.records["project"]}),
        replace(BASE, records={**BASE.records, "permit": (Record("permit", {}),)}),
        replace(BASE, records={**BASE.records, "project": BASE.records["project"][::-1]}),
        replace(BASE, records={**BASE.records, "project": BASE.records["project"][:1]}),
        BASE.with_fact("revenue", Observation(0), 2023),
    ],
    ids=["name", "figure", "source", "flag", "unknown", "list unknown", "record", "order", "fewer records", "year"],
)
def test_every_kind_of_change_is_seen(other: Profile, tmp_path: Path) -> None:
    delta = delta_of(tmp_path, [BASE, SOME[1]], [other, SOME[1]])
    assert (delta.changed, delta.before.rows, delta.after.rows) == (1, 1, 1)


def test_nothing_differs_where_only_the_order_and_the_parts_do(tmp_path: Path) -> None:
    delta = delta_of(tmp_path, SOME, SOME[::-1])
    assert (delta.changed, delta.before.rows, delta.after.rows) == (0, 0, 0)
    assert Delta.open(tmp_path / "delta").old == Population.open(tmp_path / "old").digest


def test_a_code_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedPopulation, match="重复的统一社会信用代码"):
        delta_of(tmp_path, [SOME[0]], [SOME[1], SOME[1]])


def test_no_delta(tmp_path: Path) -> None:
    with pytest.raises(DamagedPopulation, match="没有两份快照的差异"):
        Delta.open(tmp_path)
