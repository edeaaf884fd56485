"""Deciding all: the matches are those of the readable evaluator, and nothing that breaks a run off changes them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.rules import make_profiles
from enterprises.dictionary import bundled
from enterprises.population import DamagedPopulation, Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from policies.library import bundled_library
from recommender.batch import Offers, count, run
from recommender.match import Verdict, match_all
from recommender.runs import RUN, AnotherRun, Run

DICTIONARY = bundled()
LIBRARY = bundled_library()

Row = tuple[str, str, str, int | None, int | None]


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Population:
    """Some 300 enterprises in parts of 64; the samples, and one that is gone."""
    gone = Profile(facts={"operating_status": Observation("注销"), "region": Observation("610602")})
    profiles = [*samples(), *make_profiles(DICTIONARY, 300), gone]
    folder = tmp_path_factory.mktemp("population")
    return written(folder, [coded(profile, number) for number, profile in enumerate(profiles)])


def coded(profile: Profile, number: int) -> Profile:
    return Profile(f"{number:018}", None, profile.facts, profile.series, profile.records)


def written(folder: Path, profiles: Sequence[Profile]) -> Population:
    with PopulationWriter(folder, made_up=True, part_rows=64) as writer:
        writer.write(table_of(profiles, DICTIONARY))
    return Population.open(folder)


@pytest.fixture(scope="module")
def offers() -> Offers:
    return Offers.of(LIBRARY.published, SAMPLE_DAY, DICTIONARY)


def rows(done: Run) -> list[Row]:
    return [tuple(row.values()) for table in done.tables() for row in table.to_pylist()]


def expected(population: Population, on: date) -> Iterator[Row]:
    for profile in population.profiles():
        for match in match_all(LIBRARY, EnterpriseOn(profile, on, DICTIONARY)):
            if match.offered and match.verdict is not Verdict.INELIGIBLE:
                assert match.award is not None
                amounts = (match.award.low, match.award.high) if match.award.priced else (None, None)
                yield match.item.id, str(profile.credit_code), match.verdict.value, *amounts


def test_the_matches_are_those_of_the_readable_evaluator(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    done = run(offers, population, tmp_path, undetermined=True)
    found, wanted = rows(done), list(expected(population, SAMPLE_DAY))
    assert len(found) == len(set(found)) == len(wanted)
    assert set(found) == set(wanted)
    assert done.counts is not None
    for item, counted in done.counts.items():
        eligible = [row for row in wanted if row[0] == item and row[2] == "eligible"]
        assert counted.eligible == len(eligible)
        assert counted.undetermined == sum(row[0] == item for row in wanted) - len(eligible)
        assert counted.amount_low == sum(row[3] or 0 for row in eligible)
        assert counted.amount_high == sum((row[3] if row[4] is None else row[4]) or 0 for row in eligible)
        assert counted.unbounded == sum(row[3] is not None and row[4] is None for row in eligible)


def test_only_the_eligible_are_written_unless_all_are_asked_for(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    all_, few = (run(offers, population, tmp_path / name, undetermined=name == "all") for name in ("all", "few"))
    assert rows(few) == [row for row in rows(all_) if row[2] == "eligible"]
    assert few.counts == all_.counts
    counted = count(offers, population)
    assert {name: (one.eligible, one.undetermined) for name, one in counted.items()} == {
        name: (one.eligible, one.undetermined) for name, one in (all_.counts or {}).items()
    }


def test_nothing_is_offered_before_its_first_or_after_its_last_day() -> None:
    window = LIBRARY.items["yanan-2023-private-economy.33"].window
    assert window.closes is not None
    for day, is_open in (
        (window.opens - timedelta(days=1), False),
        (window.opens, True),
        (window.closes, True),
        (window.closes + timedelta(days=1), False),
    ):
        offered = {offer.id for offer in Offers.of(LIBRARY.published, day, DICTIONARY).offers}
        assert ("yanan-2023-private-economy.33" in offered) is is_open


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_files_are_the_same_with_any_number_of_threads(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    for workers in (1, 4):
        run(offers, population, tmp_path / str(workers), undetermined=True, workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "4")


KILLED = """
import os, signal, sys
from pathlib import Path
from enterprises.population import Population
from enterprises.samples import SAMPLE_DAY
from policies.library import bundled_library
from recommender.batch import Offers, run

library, left = bundled_library(), int(sys.argv[3])
def progress(rows):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
offers = Offers.of(library.published, SAMPLE_DAY, library.dictionary)
run(offers, Population.open(Path(sys.argv[1])), Path(sys.argv[2]), undetermined=True, workers=1, progress=progress)
"""


def test_a_run_that_was_killed_goes_on_where_it_stopped(population: Population, offers: Offers, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-c", KILLED, str(population.folder), str(killed), "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run(command, check=False, env=environment, capture_output=True)
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    assert not Run.open(killed).complete
    left = {path.name: path.stat().st_mtime_ns for path in killed.glob("matches-*")}
    assert 2 <= len(left) < len(population.parts)
    run(offers, population, killed, undetermined=True)
    run(offers, population, whole, undetermined=True)
    assert contents(killed) == contents(whole)
    assert {name: (killed / name).stat().st_mtime_ns for name in left} == left


def test_a_part_that_another_run_wrote_is_not_taken_for_its_own(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    other = Offers(offers.offers[:5], offers.on, DICTIONARY)
    done = run(other, population, tmp_path / "other")
    first = sorted(done.folder.glob("matches-*"))[0]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / first.name).write_bytes(first.read_bytes())
    run(offers, population, tmp_path / "mine")
    run(offers, population, tmp_path / "fresh")
    assert contents(tmp_path / "mine") == contents(tmp_path / "fresh")


def test_a_folder_of_another_run_is_left_alone(population: Population, offers: Offers, tmp_path: Path) -> None:
    run(offers, population, tmp_path)
    before = contents(tmp_path)
    for other in (
        Offers(offers.offers[1:], offers.on, DICTIONARY),
        Offers(offers.offers, offers.on + timedelta(days=1), DICTIONARY),
    ):
        with pytest.raises(AnotherRun, match="另一次批量判断"):
            run(other, population, tmp_path)
    with pytest.raises(AnotherRun, match="另一次批量判断"):
        run(offers, population, tmp_path, undetermined=True)
    assert contents(tmp_path) == before
    run(offers, population, tmp_path)
    assert contents(tmp_path) == before
    with pytest.raises(AnotherRun, match=RUN):
        Run.open(tmp_path / "nothing")


def damaged(path: Path) -> None:
    """One bit of a page is another."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("what", ["missing", "truncated", "bit", "foreign"])
def test_files_that_are_not_what_they_were_are_noticed_and_mended_by_the_same_command(
    what: str, population: Population, offers: Offers, tmp_path: Path
) -> None:
    done = run(offers, population, tmp_path / "mine")
    other = run(Offers(offers.offers[:3], offers.on, DICTIONARY), population, tmp_path / "other")
    expected, path = contents(done.folder), sorted(done.folder.glob("matches-*"))[1]
    match what:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(path.read_bytes()[:-20])
        case "bit":
            damaged(path)
        case "foreign":
            path.write_bytes((other.folder / path.name).read_bytes())
    with pytest.raises(AnotherRun, match=path.name):
        rows(Run.open(done.folder))
    run(offers, population, done.folder)
    assert contents(done.folder) == expected


def test_a_run_that_does_not_list_its_files_is_refused(population: Population, offers: Offers, tmp_path: Path) -> None:
    run(offers, population, tmp_path)
    said = json.loads((tmp_path / RUN).read_text(encoding="utf-8"))
    del said["files"]
    (tmp_path / RUN).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(AnotherRun, match=r"读不出 run\.json（'files'）"):
        Run.open(tmp_path)


def test_a_file_of_another_run_beside_the_own_ones_is_not_read(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    done = run(offers, population, tmp_path / "mine")
    other = run(Offers(offers.offers[:3], offers.on, DICTIONARY), population, tmp_path / "other")
    expected = rows(done)
    (done.folder / "matches-0000009999.parquet").write_bytes(sorted(other.folder.glob("matches-*"))[0].read_bytes())
    assert rows(Run.open(done.folder)) == expected
    assert rows(run(offers, population, done.folder)) == expected


def test_a_run_that_is_not_complete_has_no_matches_to_read(
    population: Population, offers: Offers, tmp_path: Path
) -> None:
    done = run(offers, population, tmp_path)
    with pytest.raises(AnotherRun, match="还没有完成"):
        rows(replace(done, complete=False))


def test_the_folder_of_a_population_is_no_place_for_a_run(offers: Offers, tmp_path: Path) -> None:
    population = written(tmp_path, [coded(samples()[0], 0)])
    with pytest.raises(AnotherRun, match="企业库快照"):
        run(offers, population, tmp_path)


def test_a_damaged_part_ends_the_run_and_what_was_found_before_is_kept(offers: Offers, tmp_path: Path) -> None:
    population = written(
        tmp_path / "population",
        [coded(profile, number) for number, profile in enumerate(make_profiles(DICTIONARY, 130))],
    )
    last = tmp_path / "population" / population.parts[-1].file
    whole = last.read_bytes()
    last.write_bytes(whole[:1000])
    with pytest.raises(DamagedPopulation, match="已损坏"):
        run(offers, population, tmp_path / "run", workers=1)
    assert not Run.open(tmp_path / "run").complete
    last.write_bytes(whole)
    assert run(offers, population, tmp_path / "run").complete


def test_no_enterprises_and_no_items(offers: Offers, tmp_path: Path) -> None:
    empty = written(tmp_path / "empty", [])
    assert rows(run(offers, empty, tmp_path / "nobody")) == []
    some = written(tmp_path / "some", [coded(samples()[0], 0)])
    assert rows(run(Offers((), SAMPLE_DAY, DICTIONARY), some, tmp_path / "nothing")) == []
