"""How fast a table is imported, and in how much memory: ``python -m bench.imports [--rows N] [--url URL]``.

Made-up enterprises with 20 columns are written to a CSV in a temporary folder and imported into an empty SQLite
database there, or, with ``--url``, into the database named, which must be empty. The import runs in a process of its
own, so that its peak memory is its own; it fails where not every row has arrived.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enterprises import credit_code, regions
from enterprises.dictionary import bundled

MAPPING = """
title: 测速用的虚构台账
source: register
observed_on: 2024-06-30
columns:
  统一社会信用代码: credit_code
  企业名称: name
  行政区划: region
  行业代码: industry
  主体类型: {fact: entity_kind, values: {有限责任公司: 企业}}
  所有制: ownership
  成立日期: registered_on
  经营状态: operating_status
  从业人数: {fact: employees, source: statistics}
  资产总额: {fact: total_assets, unit: 万元, source: statistics}
  2021年营业收入: {fact: revenue, year: 2021, unit: 万元, source: tax}
  2022年营业收入: {fact: revenue, year: 2022, unit: 万元, source: tax}
  2023年营业收入: {fact: revenue, year: 2023, unit: 万元, source: tax}
  2022年研发费用: {fact: rd_expense, year: 2022, unit: 万元, source: tax}
  2023年研发费用: {fact: rd_expense, year: 2023, unit: 万元, source: tax}
  五上: {fact: five_above, source: statistics}
  入统状态: {fact: five_above_status, source: statistics}
  严重失信: seriously_dishonest
  园区: zones
  知识产权: ip_held
"""

_COUNTIES = [region.code for region in regions.regions() if region.code.startswith("61") and region.level == "county"]
_INDUSTRIES = ("0111", "1311", "2710", "3511", "4710", "5112", "5299", "6210", "6510", "7010", "7221", "8010")


_ONCE = "import json, sys, pathlib, bench.imports as b; a, m, u = sys.argv[1:]; " + (
    "print(json.dumps(b.timed(pathlib.Path(a), pathlib.Path(m), u)))"
)


@click.command()
@click.option("--rows", default=1_000_000, help="How many enterprises.")
@click.option("--url", default=None, help="An empty database; by default a new one of SQLite.")
def main(rows: int, url: str | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="huiqi-bench-") as folder:
        table, mapping = Path(folder, "台账.csv"), Path(folder, "映射.yaml")
        mapping.write_text(MAPPING, encoding="utf-8")
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(made_up(rows))
        address = url or f"sqlite:///{Path(folder, 'huiqi.db')}"
        command = [sys.executable, "-c", _ONCE, str(table), str(mapping), address]
        measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        size = table.stat().st_size / 2**20
    if measured["added"] != rows:
        raise AssertionError(f"{rows} rows were written and {measured['added']} have arrived")
    seconds = measured["seconds"]
    shown = Table("", "seconds", "rows a second", title=f"{rows:,} rows, {size:,.0f} MiB", title_justify="left")
    for stage, took in measured["stages"].items():
        shown.add_row(stage, f"{took:,.1f}", f"{rows / took:,.0f}")
    shown.add_row("all", f"{seconds:,.1f}", f"{rows / seconds:,.0f}")
    console = Console(width=120)
    console.print(shown)
    console.print(
        f"{address.partition(':')[0]}; processor {measured['processor']:,.1f} s, peak {measured['peak']:,} MiB"
    )


def made_up(rows: int) -> Iterator[list[str]]:
    """The header and so many enterprises, the same ones every time; about one cell in six of a figure is blank."""
    chance = random.Random(20240630)
    facts = bundled().facts
    first = date(1995, 1, 1)
    yield [line.strip().partition(":")[0] for line in MAPPING.partition("columns:\n")[2].splitlines()]

    def figure(most: int) -> str:
        return "" if chance.random() < 1 / 6 else f"{chance.randrange(most) / 100:.2f}"

    for number in range(rows):
        county = chance.choice(_COUNTIES)
        yield [
            credit_code.complete(f"91{county}MB{number:07d}"),
            f"虚构·第{number}号有限公司",
            county,
            chance.choice(_INDUSTRIES),
            "有限责任公司",
            chance.choice(("民营", "民营", "民营", "国有", "外商投资")),
            (first + timedelta(days=chance.randrange(10_000))).isoformat(),
            chance.choice(("存续", "存续", "存续", "歇业", "注销")),
            str(chance.randrange(1, 800)),
            *(figure(10**8) for _ in range(6)),
            chance.choice("是否"),
            chance.choice(facts["five_above_status"].values),
            "否",
            chance.choice(("", "", "秦创原", "高新技术产业开发区、自由贸易试验区")),
            chance.choice(("", "发明专利", "注册商标、实用新型专利")),
        ]


def timed(table: Path, mapping: Path, url: str) -> dict[str, object]:
    """Import once, in this process: seconds by stage, processor seconds, peak memory in MiB, statements added."""
    import resource

    from enterprises.database import connect, migrate
    from enterprises.imports.loading import import_file
    from enterprises.imports.mapping import read_mapping
    from enterprises.imports.rejects import Rejects

    engine = connect(url)
    migrate(engine)
    began = time.perf_counter()
    ends: dict[str, float] = {}

    def watch(stage: str, _done: int, _total: int) -> None:
        ends[stage] = time.perf_counter()

    done = import_file(
        engine, table, read_mapping(mapping, bundled()), bundled(), Rejects(), day=date(2024, 7, 1), watch=watch
    )
    seconds = time.perf_counter() - began
    starts = [began, *ends.values()]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": seconds,
        "stages": {stage: end - start for (stage, end), start in zip(ends.items(), starts, strict=False)},
        "processor": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss // 1024,
        "added": done.added,
    }


if __name__ == "__main__":
    main()
