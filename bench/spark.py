"""One machine and Spark on the same population: ``python -m bench.spark FOLDER``.

Both find and write the matches of made-up rules with as many workers; their counts must be equal. Spark runs on this
machine, so what it adds is what it costs: the worth of it is that there can be more machines. Needs ``huiqi[spark]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.table import Table

from bench.rules import ON, make_rules
from enterprises.dictionary import bundled
from enterprises.population import Population
from policies.benefits import Fixed
from recommender.batch import Offer, Offers, run
from recommender.spark import counts_on_spark, matches_on_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

T = TypeVar("T")

REWARD = 10**7
"""What each made-up rule gives, in 分: 10万元."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("population", type=Path, help="folder of a population")
    parser.add_argument("--rules", type=int, default=2000, help="made-up rules")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="threads here, tasks at a time there")
    arguments = parser.parse_args()
    table = Table(title=f"{arguments.rules} rules, {arguments.workers} workers", title_justify="left")
    for column in ("", "seconds"):
        table.add_column(column, justify="right" if column else "left")

    def timed(what: str, work: Callable[[], T]) -> T:
        started = perf_counter()
        result = work()
        table.add_row(what, f"{perf_counter() - started:.1f}")
        return result

    rules = make_rules(bundled(), arguments.rules)
    offers = Offers(tuple(Offer(name, "1", rule, Fixed(REWARD)) for name, rule in rules.items()), ON, bundled())
    population = Population.open(arguments.population)
    with tempfile.TemporaryDirectory(prefix="huiqi-bench-") as scratch:
        alone, together = Path(scratch, "alone"), Path(scratch, "together")
        found = timed(
            "one machine: matches and counts", lambda: run(offers, population, alone, workers=arguments.workers)
        )
        session = timed("Spark: start", lambda: _session(arguments.workers, scratch))
        matches = matches_on_spark(session, offers, population.folder)
        timed("Spark: matches", lambda: matches.write.parquet(str(together)))
        counted = timed("Spark: counts", lambda: counts_on_spark(session, offers, population.folder))
        session.stop()
    assert counted == found.counts, "Spark counts otherwise than one machine"
    Console().print(table)


def _session(workers: int, scratch: str) -> SparkSession:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{workers}]").appName("huiqi")
    settings = {
        "ui.enabled": "false",
        "ui.showConsoleProgress": "false",
        "log.level": "OFF",
        "local.dir": scratch,
        "sql.warehouse.dir": scratch,
    }
    for name, value in {**settings, "driver.host": "127.0.0.1", "driver.bindAddress": "127.0.0.1"}.items():
        builder = builder.config(f"spark.{name}", value)
    return builder.getOrCreate()


if __name__ == "__main__":
    main()
