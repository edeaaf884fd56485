"""After changes of enterprises, items and days: the same matches as a run over everything, and what differs."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.rules import make_profiles
from enterprises.dictionary import bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.population_delta import Delta, compare
from enterprises.profiles import Profile
from enterprises.samples import SAMPLE_DAY
from policies.benefits import Fixed
from policies.library import bundled_library
from recommender.batch import Offer, Offers, run
from recommender.changes import differences, update
from recommender.runs import RUN, AnotherRun, Counts, Run, write_matches
from tests.strategies import rules

DICTIONARY = bundled()
OFFERS = Offers.of(bundled_library().published, SAMPLE_DAY, DICTIONARY)
SOME = [replace(profile, credit_code=f"{number:018}") for number, profile in enumerate(make_profiles(DICTIONARY, 40))]

State = tuple[str, int | None, int | None]
Matches = Mapping[tuple[str, str], State]


def written(folder: Path, profiles: Sequence[Profile]) -> Population:
    with PopulationWriter(folder, made_up=True, part_rows=16) as writer:
        writer.write(table_of(profiles, DICTIONARY))
    return Population.open(folder)


def matches(done: Run) -> Matches:
    rows = [row for table in done.tables() for row in table.to_pylist()]
    found = {(row["item"], row["enterprise"]): (row["verdict"], row["amount_low"], row["amount_high"]) for row in rows}
    assert len(found) == len(rows)
    return found


def expected_differences(before: Matches, after: Matches) -> dict[tuple[str, str], tuple[State | None, State | None]]:
    return {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


def found_differences(done: Run) -> dict[tuple[str, str], tuple[State | None, State | None]]:
    rows = [row for table in differences(done) for row in table.to_pylist()]
    found = {(row["item"], row["enterprise"]): (_state(row, "before"), _state(row, "after")) for row in rows}
    assert len(found) == len(rows)
    return found


def _state(row: Mapping[str, object], when: str) -> State | None:
    verdict, low, high = row[when], row[f"amount_low_{when}"], row[f"amount_high_{when}"]
    assert verdict is None or isinstance(verdict, str)
    assert low is None or isinstance(low, int)
    assert high is None or isinstance(high, int)
    return None if verdict is None else (verdict, low, high)


def check(folder: Path, steps: Sequence[tuple[Sequence[Profile], Offers]], *, undetermined: bool) -> None:
    """Take the steps one after another as layers, and hold each against a run over everything."""
    (profiles, offers), *further = steps
    population = written(folder / "population-0", profiles)
    layer = run(offers, population, folder / "run-0", undetermined=undetermined)
    for number, (next_profiles, next_offers) in enumerate(further, start=1):
        changed = written(folder / f"population-{number}", next_profiles)
        delta = compare(population, changed, folder / f"delta-{number}")
        before = matches(layer)
        layer = update(layer, offers, delta, changed, next_offers, folder / f"run-{number}")
        whole = run(next_offers, changed, folder / f"whole-{number}", undetermined=undetermined)
        assert matches(layer) == matches(whole)
        assert layer.counts == whole.counts
        assert found_differences(layer) == expected_differences(before, matches(whole))
        population, offers = changed, next_offers


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_layers_are_what_a_run_over_everything_is(data: st.DataObject) -> None:
    steps = [data.draw(state()) for _ in range(3)]
    with TemporaryDirectory() as folder:
        check(Path(folder), steps, undetermined=data.draw(st.booleans()))


@st.composite
def state(draw: st.DrawFn) -> tuple[list[Profile], Offers]:
    """Some enterprises, of which some are as others were, and some items on a day, now and then another rule."""
    codes = draw(st.lists(st.integers(0, 20), unique=True, max_size=20))
    profiles = [
        replace(SOME[draw(st.sampled_from([code, code, code, code + 19]))], credit_code=f"{code:018}") for code in codes
    ]
    on = draw(st.sampled_from([SAMPLE_DAY, SAMPLE_DAY, SAMPLE_DAY + timedelta(days=1), date(2025, 1, 1)]))
    chosen = draw(st.sets(st.sampled_from(OFFERS.offers[:12]).map(lambda offer: offer.id), max_size=6))
    offers = [offer for offer in OFFERS.offers if offer.id in chosen]
    if draw(st.booleans()):
        offers.append(
            Offer(
                "made-up",
                draw(st.sampled_from("ab")),
                draw(st.just(offers[0].rule) if offers else rules(DICTIONARY)),
                Fixed(draw(st.integers(0, 3))),
            )
        )
        offers[-1] = replace(offers[-1], version=f"{offers[-1].benefit}{offers[-1].rule}")
    return profiles, Offers(tuple(offers), on, DICTIONARY)


def test_the_library_over_a_change_of_some_enterprises(tmp_path: Path) -> None:
    changed = [*SOME[5:30], *(replace(SOME[number], credit_code=f"{number + 1:018}") for number in range(30, 39))]
    check(tmp_path, [(SOME, OFFERS), (changed, OFFERS)], undetermined=True)


def test_the_library_on_the_next_day_and_in_the_next_year(tmp_path: Path) -> None:
    published = bundled_library().published
    days = [Offers.of(published, day, DICTIONARY) for day in (date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 1))]
    check(tmp_path, [(SOME, offers) for offers in days], undetermined=True)


def test_an_update_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    population, changed = written(tmp_path / "old", SOME), written(tmp_path / "new", SOME[3:])
    delta = compare(population, changed, tmp_path / "delta")
    first = run(OFFERS, population, tmp_path / "run")
    later = Offers.of(bundled_library().published, date(2025, 1, 1), DICTIONARY)
    whole = update(first, OFFERS, delta, changed, later, tmp_path / "whole")
    broken = tmp_path / "broken"
    shutil.copytree(whole.folder, broken)
    for name in ("matches-items-0000000016.parquet", "differences-items-0000000016.parquet"):
        (broken / name).unlink()
    again = update(first, OFFERS, delta, changed, later, broken)
    for path in whole.folder.iterdir():
        assert (broken / path.name).read_bytes() == path.read_bytes()
    assert matches(again) == matches(whole)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, and two layers on it, for other enterprises and fewer items."""
    home = tmp_path_factory.mktemp("layers")
    run(OFFERS, written(home / "old", SOME), home / "run", undetermined=True)
    came = replace(SOME[0], credit_code=f"{99:018}")
    for name, profiles in (("new", [*SOME[3:], came]), ("other", SOME[::2])):
        compare(Population.open(home / "old"), written(home / name, profiles), home / f"{name}-delta")
        updated(home, name, home / f"{name}-layer")
    return home


def updated(home: Path, name: str, folder: Path) -> Run:
    delta, population = Delta.open(home / f"{name}-delta"), Population.open(home / name)
    fewer = replace(OFFERS, offers=OFFERS.offers[::2])
    return update(Run.open(home / "run"), OFFERS, delta, population, fewer, folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def spoil(path: Path, how: str, home: Path) -> None:
    """``foreign``: of another layer; ``swapped``: with another file of the same layer."""
    content = path.read_bytes()
    match how:
        case "removed":
            path.unlink()
        case "truncated":
            path.write_bytes(content[:-20])
        case "bit":
            path.write_bytes(bytes([*content[:100], content[100] ^ 1, *content[101:]]))
        case "foreign":
            path.write_bytes((home / "other-layer" / path.name).read_bytes())
        case "swapped":
            other = path.with_name("differences-items-0000000032.parquet")
            path.write_bytes(other.read_bytes())
            other.write_bytes(content)


DIFFERENCES = ["differences-changed-00000.parquet", "differences-items-0000000016.parquet"]


@pytest.mark.parametrize("how", ["removed", "truncated", "bit", "foreign", "swapped"])
@pytest.mark.parametrize("name", ["superseded.parquet", *DIFFERENCES])
def test_files_of_a_layer_that_are_not_what_they_were_are_noticed_and_mended_by_the_same_command(
    name: str, how: str, home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home / "new-layer", tmp_path / "layer")
    spoil(tmp_path / "layer" / name, how, home)
    read = found_differences if name in DIFFERENCES else matches
    with pytest.raises(AnotherRun, match=f"(缺少文件 .*{name}|{name} 已损坏).*请再运行一次同样的命令"):
        read(Run.open(tmp_path / "layer"))
    updated(home, "new", tmp_path / "layer")
    assert contents(tmp_path / "layer") == contents(home / "new-layer")


def unfinished(home: Path, folder: Path) -> Path:
    """A layer that was broken off after its last file, before its manifest."""
    shutil.copytree(home / "new-layer", folder)
    said = json.loads((folder / RUN).read_text(encoding="utf-8"))
    said |= {"complete": False, "counts": None, "files": {}}
    (folder / RUN).write_text(json.dumps(said), encoding="utf-8")
    return folder


@pytest.mark.parametrize("how", ["removed", "truncated", "foreign"])
@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_part_is_done_only_if_its_differences_are_there_too(name: str, how: str, home: Path, tmp_path: Path) -> None:
    layer = unfinished(home, tmp_path / "layer")
    spoil(layer / name, how, home)
    updated(home, "new", layer)
    assert contents(layer) == contents(home / "new-layer")


@pytest.mark.parametrize("name", DIFFERENCES)
def test_an_update_that_ends_between_the_two_files_of_a_part_goes_on(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, unwritten = tmp_path / "layer", name.replace("differences", "matches")

    def write(tables: Iterable[tuple[pa.Table, Counts]], path: Path, of: Run) -> Counts:
        if path.name == unwritten:
            raise KeyboardInterrupt
        return write_matches(tables, path, of)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("recommender.changes.write_matches", write)
        updated(home, "new", layer)
    assert (layer / name).exists()
    assert not (layer / unwritten).exists()
    with pytest.raises(AnotherRun, match="还没有完成"):
        found_differences(Run.open(layer))
    updated(home, "new", layer)
    assert contents(layer) == contents(home / "new-layer")


def test_a_layer_that_does_not_list_what_it_supersedes_is_refused(home: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    shutil.copytree(home / "new-layer", layer)
    said = json.loads((layer / RUN).read_text(encoding="utf-8"))
    said["files"] = {name: digest for name, digest in said["files"].items() if name.startswith("matches-")}
    (layer / RUN).write_text(json.dumps(said), encoding="utf-8")
    for read in (matches, found_differences):
        with pytest.raises(AnotherRun, match="请再运行一次同样的命令"):
            read(Run.open(layer))
    updated(home, "new", layer)
    assert contents(layer) == contents(home / "new-layer")


def test_a_layer_on_what_has_become_another_run_is_refused(tmp_path: Path) -> None:
    population, changed = written(tmp_path / "old", SOME), written(tmp_path / "new", SOME[3:])
    delta = compare(population, changed, tmp_path / "delta")
    first = run(OFFERS, population, tmp_path / "run")
    layer = update(first, OFFERS, delta, changed, OFFERS, tmp_path / "layer")
    shutil.rmtree(first.folder)
    run(replace(OFFERS, on=date(2024, 7, 1)), population, tmp_path / "run")
    with pytest.raises(AnotherRun, match="另一次批量判断"):
        matches(Run.open(layer.folder))


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    population, changed = written(tmp_path / "old", SOME), written(tmp_path / "new", SOME[3:])
    delta = compare(population, changed, tmp_path / "delta")
    first = run(OFFERS, population, tmp_path / "run")
    for previous, before, over, message in (
        (replace(first, complete=False), OFFERS, changed, "还没有完成"),
        (first, Offers(OFFERS.offers[1:], OFFERS.on, DICTIONARY), changed, "不是按这些事项"),
        (first, replace(OFFERS, on=date(2024, 7, 1)), changed, "不是按这些事项"),
        (replace(first, population="another"), OFFERS, changed, "旧快照"),
        (first, OFFERS, population, "比较的结果"),
    ):
        with pytest.raises(AnotherRun, match=message):
            update(previous, before, delta, over, OFFERS, tmp_path / "layer")
    assert not (tmp_path / "layer").exists()
