"""Beyond one machine: what Spark finds is what one machine finds, and no executor decides with other means."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.rules import make_profiles
from enterprises.dictionary import bundled
from enterprises.population import MANIFEST, DamagedPopulation, Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile
from enterprises.samples import SAMPLE_DAY, samples
from policies.benefits import Fixed
from policies.library import bundled_library
from policies.rules import All
from recommender.batch import Offer, Offers, run
from recommender.runs import Count
from recommender.spark import (
    COUNTS,
    MATCHES,
    AnotherExecutor,
    Job,
    counted,
    counts_on_spark,
    found,
    matches_on_spark,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DICTIONARY = bundled()
LIBRARY = bundled_library()
PART_ROWS = 64

Row = tuple[Any, ...]


def written(folder: Path, profiles: Sequence[Profile]) -> Population:
    coded = [replace(profile, credit_code=f"{number:018}") for number, profile in enumerate(profiles)]
    with PopulationWriter(folder, made_up=True, part_rows=PART_ROWS) as writer:
        writer.write(table_of(coded, DICTIONARY))
    return Population.open(folder)


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Population:
    """Some 220 enterprises in four parts; the samples, and one that is gone."""
    gone = Profile(facts={"operating_status": Observation("注销"), "region": Observation("610602")})
    folder = tmp_path_factory.mktemp("population")
    return written(folder, [*samples(), *make_profiles(DICTIONARY, 200), gone])


@pytest.fixture(scope="module")
def offers() -> Offers:
    return Offers.of(LIBRARY.published, SAMPLE_DAY, DICTIONARY)


def rows_of(tables: Iterator[pa.Table]) -> list[Row]:
    return sorted((tuple(row.values()) for table in tables for row in table.to_pylist()), key=repr)


def numbers(*parts: int) -> Iterator[pa.RecordBatch]:
    """The numbers of parts, as Spark hands them out."""
    yield from (pa.record_batch({"id": pa.array([part], pa.int64())}) for part in parts)


# ------------------------------------------------------------------- under Spark


def lacking() -> str | None:
    """What Spark needs that is not here."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "install huiqi[spark]"
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    said = subprocess.run([java, "-version"], check=False, capture_output=True, text=True).stderr if java else ""
    version = re.search(r'version "(\d+)', said)
    return None if version and int(version[1]) >= 17 else "install Java 17 or newer"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """Spark with two workers on this machine, which needs no network."""
    if lacks := lacking():
        if os.environ.get("CI"):
            pytest.fail(f"Spark must be tested here: {lacks}", pytrace=False)
        pytest.skip(f"Spark: {lacks}; `make test EXTRAS=test,spark` tests it too")
    from pyspark.sql import SparkSession

    scratch = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch),
        "spark.sql.shuffle.partitions": "2",
        "spark.log.level": "OFF",
    }
    builder = SparkSession.builder.master("local[2]").appName("huiqi")
    with patch.dict(os.environ, PYSPARK_PYTHON=sys.executable):
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()


def test_spark_finds_what_one_machine_finds(
    session: "SparkSession", population: Population, offers: Offers, tmp_path: Path
) -> None:
    alone = run(offers, population, tmp_path / "alone", undetermined=True)
    together = tmp_path / "together"
    matches_on_spark(session, offers, population.folder, undetermined=True).write.parquet(str(together))
    files = sorted(together.glob("*.parquet"))
    assert len(population.parts) == 4
    assert len(files) == 4, "one task, and so one file, a part"
    assert rows_of(pq.read_table(file) for file in files) == rows_of(alone.tables())
    assert counts_on_spark(session, offers, population.folder) == alone.counts


def test_an_error_on_an_executor_says_what_is_wrong(session: "SparkSession", offers: Offers, tmp_path: Path) -> None:
    from pyspark.errors import PythonException

    population = written(tmp_path / "population", make_profiles(DICTIONARY, 130))
    last = tmp_path / "population" / population.parts[-1].file
    last.write_bytes(last.read_bytes()[:1000])
    found = matches_on_spark(session, offers, population.folder)
    with pytest.raises(PythonException, match=rf"{last.name} 已损坏"):
        found.write.parquet(str(tmp_path / "matches"))
    assert not (tmp_path / "matches" / "_SUCCESS").exists()
    with pytest.raises(PythonException, match=rf"{last.name} 已损坏"):
        counts_on_spark(session, offers, population.folder)


# ------------------------------------------------------------------- on a worker


@pytest.mark.parametrize("undetermined", [False, True])
def test_a_worker_finds_in_its_parts_what_one_machine_finds_there(
    population: Population, offers: Offers, tmp_path: Path, undetermined: bool
) -> None:
    alone = run(offers, population, tmp_path, undetermined=undetermined)
    job = Job.of(offers, population, undetermined)
    for part, table in enumerate(alone.tables()):
        assert rows_of(iter([pa.Table.from_batches(found(job, numbers(part)))])) == rows_of(iter([table]))
    every = list(found(job, numbers(*range(len(population.parts)))))
    assert all(batch.schema == MATCHES for batch in every)
    assert rows_of(pa.Table.from_batches([batch]) for batch in every) == rows_of(alone.tables())


def test_matches_go_to_spark_a_few_at_a_time(
    population: Population, offers: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job.of(offers, population, True)
    whole = list(found(job, numbers(0)))
    total = sum(batch.num_rows for batch in whole)
    monkeypatch.setattr("recommender.spark.BATCH_ROWS", 100)
    pieces = list(found(job, numbers(0)))
    assert [batch.num_rows for batch in pieces] == [100] * (total // 100) + [total % 100] * (total % 100 > 0)
    assert pa.Table.from_batches(pieces).equals(pa.Table.from_batches(whole))


def test_counts_may_need_more_than_63_bits(tmp_path: Path) -> None:
    population = written(tmp_path, samples())
    most = 2**61
    job = Job.of(Offers((Offer("all", "1", All(()), Fixed(most)),), SAMPLE_DAY, DICTIONARY), population, False)
    [batch] = counted(job, numbers(0))
    assert batch.schema == COUNTS
    [row] = batch.to_pylist()
    assert int(row["amount_low"]) == most * row["eligible"] > 2**63


def test_items_that_reach_nobody_in_a_part_are_not_counted_there(population: Population, offers: Offers) -> None:
    for part in range(len(population.parts)):
        counts = {
            item: Count(*map(int, numbers))
            for batch in counted(Job.of(offers, population, False), numbers(part))
            for item, *numbers in map(dict.values, batch.to_pylist())
        }
        assert 0 < len(counts) < len(offers.offers)
        assert Count() not in counts.values()


def test_offers_that_were_used_here_are_handed_out_without_what_was_compiled(
    population: Population, offers: Offers
) -> None:
    fresh = Offers(offers.offers, offers.on, DICTIONARY)
    before = Job.of(fresh, population, False)
    assert fresh.program.rules == len(fresh.formulas)
    assert Job.of(fresh, population, False) == before


@pytest.mark.parametrize(
    ("differs", "message"),
    [("program", "huiqi 程序与提交任务的机器不同"), ("asked", "政策事项与"), ("population", "企业库快照 .*与")],
)
def test_an_executor_with_other_means_decides_nothing(
    population: Population, offers: Offers, differs: str, message: str
) -> None:
    other: dict[str, Any] = {differs: "0" * 64}
    job = replace(Job.of(offers, population, False), **other)
    for work in (found, counted):
        with pytest.raises(AnotherExecutor, match=message):
            next(work(job, numbers(0)))


def test_a_folder_without_a_population_is_refused_before_anything_is_handed_out(offers: Offers, tmp_path: Path) -> None:
    no_session: Any = None
    with pytest.raises(DamagedPopulation, match=MANIFEST):
        counts_on_spark(no_session, offers, tmp_path)
