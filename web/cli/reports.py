"""``huiqi reports``: the report on a month as Excel and PDF, and who is due what."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import system_clock
from enterprises.regions import is_region_code, nested
from enterprises.source_text import BadText
from web.commands import Command, Failure, Group, WrongInput, day_option
from web.stored import migrated_database, reading_database

if TYPE_CHECKING:
    from recommender.reports.month import Month
    from web.printed.booklets import Booklet


@click.group(cls=Group)
def reports() -> None:
    """报表：政策落实月报、应兑未兑。"""


def _file_option(name: str, what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option(f"--{name}", metavar=f"文件.{what}", type=kind, help=f"存成 .{what} 文件。")


@reports.command(cls=Command)
@click.argument("month", metavar="月份")
@_file_option("excel", "xlsx")
@_file_option("pdf", "pdf")
@click.option("--region", metavar="代码", help="只统计这个行政区划，例如 610600。")
def month(month: str, excel: Path | None, pdf: Path | None, region: str | None) -> None:
    """一个月的政策落实情况：告知、申报、发放、到账天数、诉求。

    \b
    huiqi reports month 2024-06 --excel 月报.xlsx --pdf 月报.pdf
    """
    from recommender.reports.month import parse_month

    try:
        asked = parse_month(month)
    except BadText as error:
        raise WrongInput(str(error)) from None
    if region is not None and not is_region_code(region):
        raise WrongInput(f"“{region}”不是行政区划代码，请写 6 位数字代码，例如 610600")
    for path, suffix in ((excel, ".xlsx"), (pdf, ".pdf")):
        if path is not None and path.suffix.lower() != suffix:
            raise WrongInput(f"{path} 的后缀不是 {suffix}，请改成以 {suffix} 结尾的文件名")
    booklet = _booklet(asked, region)
    for line in booklet.lines[:-1]:
        amount = "" if line.fen is None else f"，{_money(line.fen)}"
        click.echo(f"{line.label}：{line.text}{amount}")
    if excel is not None:
        from web.printed.booklets import to_excel

        _save(to_excel(booklet), excel)
    if pdf is not None:
        from web.printed.report_pdf import to_pdf

        _save(to_pdf(booklet), pdf)


@reports.command(cls=Command)
@day_option
def match(on: date | None) -> None:
    """按最新的企业库快照把全库匹配一遍，供月报和应兑未兑使用。"""
    from enterprises.calendar import today
    from enterprises.errands import State, Underway, begin, errand, perform
    from web import errands
    from web.folders import files_folder

    with migrated_database(os.environ.get("DATABASE_URL")) as engine:
        from enterprises.database import reading, writing

        name = f"{errands.MATCHING}{(on or today()).isoformat()}"
        try:
            with writing(engine) as session:
                attempt = begin(session, name, "cli", system_clock())
        except Underway as refusal:
            raise Failure(str(refusal)) from None
        place = errands.Place(engine, files_folder())
        ended = perform(engine, name, attempt, lambda done: errands.doing(name)(place, name, done), system_clock)
        if ended is not State.DONE:
            with reading(engine) as session:
                failed = errand(session, name, system_clock())
            raise Failure((failed and failed.trouble) or "没有匹配成功")
    click.echo("匹配好了。")


def _booklet(asked: Month, region: str | None) -> Booklet:
    from recommender.reports.implementation import report
    from recommender.reports.outstanding import outstanding
    from web.printed.report_sheets import month_booklet

    def covers(place: str | None, _departments: Collection[str]) -> bool:
        return region is None or (place is not None and nested(place, region) is True)

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        return month_booklet(report(session, asked, covers), outstanding(session, covers))


def _money(fen: int) -> str:
    from enterprises.amounts import format_money

    return format_money(fen)


def _save(content: bytes, path: Path) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Failure(f"存不到 {path}（{error.strerror}）。请换一个能写的位置") from None
    click.echo(f"已存成 {path}")
