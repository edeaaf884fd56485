"""``huiqi enterprises import`` and ``export``: tables of enterprises into the database and out of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import today
from web.commands import Command, Day, Failure, WrongInput

if TYPE_CHECKING:
    from rich.progress import TaskID

    from enterprises.imports.loading import Imported
    from enterprises.imports.mapping import TableMapping
    from enterprises.imports.rejects import Rejects

_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_A_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("import", cls=Command)
@click.argument("file", metavar="表格", type=_A_FILE)
@click.option(
    "--mapping", "mapping_file", metavar="映射.yaml", type=_A_FILE, help="哪一列是哪个指标，写法见 docs/imports.md。"
)
@click.option("--propose", is_flag=True, help="按表头拟一份映射，打印出来，不导入。")
@click.option("--dry-run", is_flag=True, help="只检查，不写数据库。")
@click.option("--on", type=Day(), default=None, help="哪一天收到的，不写就是今天（北京时间）；晚于它的日期不收。")
@click.option("--report", metavar="文件", type=_A_NEW_FILE, help="把未导入的行和格子列成 .xlsx、.json 或 .csv。")
def import_(
    file: Path, mapping_file: Path | None, propose: bool, dry_run: bool, on: date | None, report: Path | None
) -> None:
    """导入一份企业表格（.csv、.tsv、.xlsx、.jsonl、.parquet）。

    \b
    huiqi enterprises import 台账.xlsx --propose > 映射.yaml
    huiqi enterprises import 台账.xlsx --mapping 映射.yaml --dry-run
    huiqi enterprises import 台账.xlsx --mapping 映射.yaml --report 未导入.xlsx

    中断了再运行一次，会接着导入；同一份文件导入第二次，什么也不会变。
    """
    if propose:
        _propose(file)
        return
    if mapping_file is None:
        raise WrongInput("没有给映射文件。请写 --mapping 映射.yaml；还没有的，先用 --propose 拟一份")
    from enterprises.dictionary import bundled
    from enterprises.imports.loading import import_file
    from enterprises.imports.mapping import read_mapping
    from enterprises.imports.rejects import Rejects, opened_report
    from web.stored import migrated_database

    dictionary = bundled()
    mapping = read_mapping(mapping_file, dictionary)
    database = nullcontext() if dry_run else migrated_database(os.environ.get("DATABASE_URL"))
    with database as engine, opened_report(report) as written, _watched() as watch:
        rejects = Rejects(written)
        imported = import_file(engine, file, mapping, dictionary, rejects, day=on or today(), watch=watch)
    _print_rejects(rejects, report)
    click.echo(_said(imported, dry_run))


def _propose(file: Path) -> None:
    from enterprises.dictionary import bundled
    from enterprises.imports.proposal import header_score, propose
    from enterprises.imports.sheets import Layout, open_sheet

    dictionary = bundled()
    with open_sheet(file, Layout(), header_score(dictionary)) as sheet:
        click.echo(propose(sheet, dictionary), nl=False)


def _said(imported: Imported, dry_run: bool) -> str:
    if imported.done_before:
        return f"这份文件已经按同样的映射导入过（{imported.rows} 行），不必再导入。"
    resumed = f"从第 {imported.resumed_at} 行之后接着导入。" if imported.resumed_at else ""
    merged = f"，重复的 {imported.merged} 行已并入" if imported.merged else ""
    rejected = f"；未导入 {imported.rejected_rows} 行、{imported.rejected_cells} 格"
    read = f"{imported.rows} 行，{imported.enterprises} 家企业{merged}{rejected}"
    if dry_run:
        return f"试运行，没有写数据库：{read}。"
    return (
        f"{resumed}导入完成：{read}。新增 {imported.added} 份报送，与上次所报相同 {imported.unchanged} 份，"
        f"{imported.changed} 家企业的画像有变化。"
    )


def _print_rejects(rejects: Rejects, report: Path | None) -> None:
    """The first rejects, on standard error, with where all of them are."""
    count = rejects.rows + rejects.cells
    if not count:
        return
    for reject in rejects.first:
        written = f"（“{reject.cells[4]}”）" if reject.written else ""
        click.echo(f"{reject.place}{written}：{reject.message}。{reject.remedy}。{reject.cells[7]}", err=True)
    if count > len(rejects.first):
        click.echo(f"……还有 {count - len(rejects.first)} 处", err=True)
    where = f"全部列在 {report}" if report is not None else "用 --report 未导入.xlsx 可以列出全部"
    click.echo(f"共 {rejects.rows} 行、{rejects.cells} 格未导入，{where}", err=True)


@click.command(cls=Command)
@click.argument("out", metavar="文件", type=_A_NEW_FILE)
@click.option("--mapping", "mapping_file", metavar="映射.yaml", type=_A_FILE, help="写哪些列；不写就是全部指标。")
@click.option("--region", metavar="地区", help="只导出这个地区的企业：行政区划代码或名称，例如 610602、宝塔区。")
def export(out: Path, mapping_file: Path | None, region: str | None) -> None:
    """把企业导出成表格（.csv、.xlsx、.jsonl、.parquet）。

    没有给映射的，导出全部指标，并把所用的映射写在旁边（文件名.mapping.yaml）：按它再导入，什么也不会变。
    """
    from enterprises.dictionary import bundled
    from enterprises.imports import exports
    from enterprises.imports.mapping import read_mapping
    from enterprises.imports.tables import snapshot
    from enterprises.tables import stream_profiles
    from web.cli.sources import find_region
    from web.stored import migrated_database

    if out.suffix.lower() not in exports.ENDINGS:
        raise WrongInput(f"不知道要把 {out} 存成什么。文件名请以 {'、'.join(exports.ENDINGS)} 结尾")
    dictionary = bundled()
    code = None if region is None else find_region(region)
    mapping = None if mapping_file is None else read_mapping(mapping_file, dictionary)
    with (
        migrated_database(os.environ.get("DATABASE_URL")) as engine,
        snapshot(engine) as session,
        _watched() as watch,
    ):
        if mapping is None:
            text = exports.full_mapping(stream_profiles(session, dictionary, region=code), dictionary)
            mapping = _saved_mapping(text, out)
        profiles = stream_profiles(session, dictionary, region=code)
        count = exports.export(profiles, out, mapping, lambda done: watch("导出", done, 0))
    click.echo(f"导出了 {count} 家企业，存成 {out}" + ("" if mapping_file else f"，所用的映射存成 {mapping.file}"))


def _saved_mapping(text: str, out: Path) -> TableMapping:
    from enterprises.dictionary import bundled
    from enterprises.imports.mapping import mapping_of
    from enterprises.source_text import read_yaml

    path = out.with_name(f"{out.name}.mapping.yaml")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"映射存不到 {path}（{error.strerror}）。请换一个能写的位置") from None
    return mapping_of(read_yaml(text, str(path)), bundled())


@contextmanager
def _watched() -> Iterator[Callable[[str, int, int], None]]:
    """What shows how far a stage is, where somebody watches a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        tasks: dict[str, TaskID] = {}

        def watch(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield watch
