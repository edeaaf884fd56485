"""Beyond one machine: the block function of ``recommender.batch`` under Spark's ``mapInArrow``.

What Spark hands out are the numbers of the parts, one task each. A worker opens the population itself, in a folder that
all of them see, decides its part and gives the matches back as Arrow. Nothing comes to the driver but counts. A worker
makes the rules ready once and then decides whatever parts it is given.

huiqi is installed wherever a worker runs (``huiqi[spark]``). A worker decides nothing before it knows that the
program, the items and the population it has are those of the driver.
"""

from __future__ import annotations

import hashlib
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from enterprises.population import Part, Population
from recommender.batch import Offers, frame_of, matches
from recommender.runs import Count, Counts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

MATCHES = pa.schema(
    [
        pa.field("item", pa.string()),
        pa.field("enterprise", pa.string()),
        pa.field("verdict", pa.string()),
        pa.field("amount_low", pa.int64()),
        pa.field("amount_high", pa.int64()),
    ]
)
"""``recommender.runs.SCHEMA`` in plain texts: Spark has no dictionaries."""

_SUM = pa.decimal128(38, 0)
"""Amounts of a nation in 分 may need more than 63 bits."""

COUNTS = pa.schema(
    [
        pa.field("item", pa.string()),
        pa.field("eligible", pa.int64()),
        pa.field("undetermined", pa.int64()),
        pa.field("amount_low", _SUM),
        pa.field("amount_high", _SUM),
        pa.field("unbounded", pa.int64()),
    ]
)

BATCH_ROWS = 2**16
"""Matches that go to Spark at a time; as plain texts they take some 100 bytes each."""

_SPARK_TYPES = {pa.string(): "string", pa.int64(): "bigint", _SUM: "decimal(38,0)"}

Batches = Iterable[pa.RecordBatch]


class AnotherExecutor(RuntimeError):
    """A worker would decide something else than the driver asks for; the message says so in Chinese."""


def matches_on_spark(session: SparkSession, offers: Offers, folder: Path, *, undetermined: bool = False) -> DataFrame:
    """The matches that ``recommender.batch.run`` finds, as a DataFrame; they are found when it is written.

    ``folder``: the population, by a path that is the same on the driver and on all executors. ``undetermined``: also
    the matches of those for whom something is unknown. Raises ``DamagedPopulation``; what goes wrong on an executor is
    raised by Spark as a ``PythonException`` with the message of the error there.
    """
    return _decided(session, offers, folder, undetermined, found, MATCHES)


def counts_on_spark(session: SparkSession, offers: Offers, folder: Path) -> Counts:
    """The counts of ``recommender.batch.run``, summed by Spark; else as ``matches_on_spark``."""
    by_item = _decided(session, offers, folder, False, counted, COUNTS).groupBy("item").sum()
    sums = {item: Count(*map(int, numbers)) for item, *numbers in by_item.collect()}
    return {offer.id: sums.get(offer.id, Count()) for offer in offers.offers}


def _decided(
    session: SparkSession,
    offers: Offers,
    folder: Path,
    undetermined: bool,
    work: Callable[[Job, Batches], Iterator[pa.RecordBatch]],
    schema: pa.Schema,
) -> DataFrame:
    population = Population.open(folder, offers.dictionary)
    job, parts = Job.of(offers, population, undetermined), len(population.parts)
    numbers = session.range(0, parts, numPartitions=max(parts, 1))
    columns = ", ".join(f"{field.name} {_SPARK_TYPES[field.type]}" for field in schema)
    return numbers.mapInArrow(lambda batches: work(job, batches), columns)


# ----------------------------------------------------------------- on a worker


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker is told. ``offers``: pickled, without what was made ready of them here.

    ``program``, ``asked`` and ``population`` are the digests of what decides, what is offered and who is decided.
    """

    offers: bytes
    folder: str
    undetermined: bool
    program: str
    asked: str
    population: str

    @classmethod
    def of(cls, offers: Offers, population: Population, undetermined: bool) -> Job:
        # What is compiled, and the locks in it, stays here.
        bare = Offers(offers.offers, offers.on, offers.dictionary)
        folder = str(population.folder.absolute())
        return cls(pickle.dumps(bare), folder, undetermined, program_digest(), offers.digest, population.digest)


def found(job: Job, batches: Batches) -> Iterator[pa.RecordBatch]:
    """The matches in the parts whose numbers the batches hold."""
    offers, population = _set_up(job)
    for part in _parts(population, batches):
        for table, _ in matches(offers, frame_of(population, part, offers), undetermined=job.undetermined):
            for batch in table.to_batches(max_chunksize=BATCH_ROWS):
                yield batch.cast(MATCHES)


def counted(job: Job, batches: Batches) -> Iterator[pa.RecordBatch]:
    """The counts of each of these parts, without the items that reach nobody there."""
    offers, population = _set_up(job)
    for part in _parts(population, batches):
        for _, counts in matches(offers, frame_of(population, part, offers), undetermined=False):
            rows = [_row(item, count) for item, count in counts.items() if count != Count()]
            yield pa.RecordBatch.from_pylist(rows, COUNTS)


def _row(item: str, count: Count) -> dict[str, object]:
    return {
        "item": item,
        "eligible": count.eligible,
        "undetermined": count.undetermined,
        "amount_low": Decimal(count.amount_low),
        "amount_high": Decimal(count.amount_high),
        "unbounded": count.unbounded,
    }


def _parts(population: Population, batches: Batches) -> Iterator[Part]:
    return (population.parts[number] for batch in batches for number in batch.column(0).to_pylist())


@lru_cache(maxsize=1)
def _set_up(job: Job) -> tuple[Offers, Population]:
    """The offers and the population, found to be those of the driver. Kept, for Spark uses a worker again."""
    _must_be_the_same("huiqi 程序", program_digest(), job.program, "请在所有机器上安装同一版本的 huiqi")
    offers: Offers = pickle.loads(job.offers)  # noqa: S301 (Spark hands out code in the same way)
    _must_be_the_same("政策事项", offers.digest, job.asked, "请在所有机器上安装同一版本的 huiqi")
    population = Population.open(Path(job.folder), offers.dictionary)
    _must_be_the_same(
        f"企业库快照 {job.folder}", population.digest, job.population, "请让所有机器读同一个共享文件夹，或重新分发快照"
    )
    return offers, population


def _must_be_the_same(what: str, here: str, wanted: str, remedy: str) -> None:
    if here != wanted:
        raise AnotherExecutor(f"执行器 {socket.gethostname()} 上的{what}与提交任务的机器不同，{remedy}")


@cache
def program_digest() -> str:
    """What differs whenever the source of huiqi does, or the code tables that come with it."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for package in ("enterprises", "policies", "recommender"):
        for path in sorted(path for path in (root / package).rglob("*") if path.suffix in (".py", ".csv")):
            digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
