"""``huiqi cultivate``: the watch list of enterprises near a threshold, and the five lists of the "345" mechanism."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from enterprises.calendar import today
from web.cli.package import MOST, booklet_option, check_format, load, write
from web.commands import Command, day_option, library_option


@click.command(cls=Command)
@click.option("--region", metavar="地区", required=True, help="行政区划代码或名称，例如 610600、宝塔区。")
@click.option(
    "--population",
    metavar="文件夹",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="企业取自这个企业库快照，不取自数据库。",
)
@day_option
@click.option(
    "--most",
    metavar="条数",
    default=MOST,
    type=click.IntRange(1, 1_000_000),
    help=f"每张清单最多列多少条，默认 {MOST}；没有列出的也计入总数。",
)
@library_option
@booklet_option
def cultivate(region: str, population: Path | None, on: date | None, most: int, folder: Path | None, out: Path) -> None:
    """生成企业梯度培育清单：准“五上”名单、临近政策门槛的企业、“345”工作机制的五张清单。

    \b
    huiqi cultivate --region 610600 --on 2024-06-30 --out 延安市梯度培育.xlsx
    """
    from enterprises import regions
    from recommender.cultivation import cultivate as cultivate_region
    from web.cli.sources import counted, find_region, profiles_in
    from web.printed.cultivation_sheets import cultivation_booklet

    check_format(out)
    library, code = load(folder), find_region(region)
    profiles = profiles_in(code, population, library.dictionary)
    made = cultivate_region(library, code, counted(profiles), on or today(), most)
    write(cultivation_booklet(made), out)
    click.echo(
        f"{regions.full_name(code)}：准“五上” {made.near.count} 家，达标未确认入库 {made.reached.count} 家，"
        f"无法判断 {made.unknown.count} 家，临近政策门槛 {made.thresholds.count} 条。已存成 {out}"
    )
