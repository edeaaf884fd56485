"""``huiqi package``: the half-yearly policy package of an enterprise or of a region, as Excel or as HTML to print."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import today
from web.commands import Command, Failure, WrongInput, day_option, library_option

if TYPE_CHECKING:
    from policies.library import Library
    from recommender.package import Package
    from web.printed.booklets import Booklet

MOST = 1000
"""So many rows of a list, unless another number is asked for. Excel itself holds a million."""

EXCEL, HTML = (".xlsx",), (".html", ".htm")

booklet_option = click.option(
    "--out",
    metavar="文件",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="存成的文件：.xlsx 是 Excel，.html 可以打印。",
)
"""Of commands that write a booklet."""


@click.command(cls=Command)
@click.argument(
    "profile",
    metavar="[企业.json]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--enterprise", metavar="信用代码", help="数据库里这家企业的政策包。")
@click.option("--region", metavar="地区", help="这个地区的政策包：行政区划代码或名称，例如 610602、宝塔区。")
@click.option(
    "--population",
    metavar="文件夹",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="与 --region 合用：企业取自这个企业库快照，不取自数据库。",
)
@day_option
@click.option(
    "--most",
    metavar="条数",
    default=MOST,
    type=click.IntRange(1, 1_000_000),
    help=f"地区的每张名单最多列多少家，默认 {MOST}；没有列出的也计入户数和金额。",
)
@library_option
@booklet_option
def package(
    profile: Path | None,
    enterprise: str | None,
    region: str | None,
    population: Path | None,
    on: date | None,
    most: int,
    folder: Path | None,
    out: Path,
) -> None:
    """生成半年一期的政策包（一家企业的或一个地区的）。

    \b
    huiqi package 企业.json --out 政策包.html
    huiqi package --enterprise 91610602MAHQ0001X1 --on 2024-06-30 --out 政策包.xlsx
    huiqi package --region 610602 --out 宝塔区政策包.xlsx
    """
    check_format(out)
    if [profile, enterprise, region].count(None) != 2:
        raise WrongInput("请在企业的 JSON 文件、--enterprise、--region 里给出一种，只给一种")
    if population is not None and region is None:
        raise WrongInput("--population 要与 --region 合用")
    library, day = load(folder), on or today()
    if region is not None:
        _package_region(library, region, population, day, most, out)
    else:
        _package_enterprise(library, profile, enterprise, day, out)


def _package_enterprise(library: Library, path: Path | None, code: str | None, on: date, out: Path) -> None:
    from enterprises.profiles import read_profile
    from enterprises.source_text import read_file
    from recommender.package import package_of
    from web.cli.sources import stored_profile

    if path is not None:
        profile = read_profile(read_file(path), library.dictionary)
    else:
        profile = stored_profile(os.environ.get("DATABASE_URL"), code or "", library.dictionary)
    _write_enterprise(package_of(library, profile, on), out)


def _write_enterprise(made: Package, out: Path) -> None:
    from web.checkup.totals import certain_total, possible_total
    from web.printed.booklets import to_excel
    from web.printed.package_sheets import enterprise_booklet, name_of, package_page

    explanation = made.explanation
    save(package_page(made).encode() if is_html(out) else to_excel(enterprise_booklet(made)), out)
    click.echo(
        f"{name_of(explanation)}，{made.half.label}：可以享受 {len(explanation.eligible)} 项"
        f"（{certain_total(explanation).text}），补充信息后可能享受 {len(explanation.undetermined)} 项"
        f"（最多可达：{possible_total(explanation).text}），差一点 {len(explanation.close)} 项，"
        f"即将开始 {len(made.upcoming)} 项。已存成 {out}"
    )


def _package_region(library: Library, region: str, population: Path | None, on: date, most: int, out: Path) -> None:
    from enterprises import regions
    from enterprises.amounts import format_money
    from recommender.package import region_package
    from web.cli.sources import counted, find_region, profiles_in
    from web.printed.package_sheets import region_booklet

    code = find_region(region)
    profiles = profiles_in(code, population, library.dictionary)
    made = region_package(library, code, counted(profiles), on, most)
    write(region_booklet(made), out)
    click.echo(
        f"{regions.full_name(code)}，{made.half.label}：{made.sums.enterprises} 家企业，{len(made.items)} 个事项，"
        f"按目前信息可以享受 {format_money(made.sums.certain)}，补充信息后最多可达 {format_money(made.sums.possible)}。"
        f"已存成 {out}"
    )


# ------------------------------------------------------------------ what the commands of booklets share


def check_format(out: Path) -> None:
    """Raises ``WrongInput`` where the file's name does not say what it should be."""
    if out.suffix.lower() not in EXCEL + HTML:
        raise WrongInput(f"不知道要把 {out} 存成什么。文件名请以 .xlsx（Excel）或 .html（打印）结尾")


def is_html(out: Path) -> bool:
    return out.suffix.lower() in HTML


def write(booklet: Booklet, out: Path) -> None:
    """Save a booklet in the format that the file's name says."""
    from web.printed.booklets import to_excel, to_html

    save(to_html(booklet).encode() if is_html(out) else to_excel(booklet), out)


def save(content: bytes, out: Path) -> None:
    """Write a file. Raises ``Failure`` where that is not possible."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Failure(f"存不到 {out}（{error.strerror}）。请换一个能写的位置，或先关闭打开着的文件") from None


def load(folder: Path | None) -> Library:
    """The library in a folder, or the one that ships with the package. Raises ``Problems``."""
    from enterprises.dictionary import bundled
    from policies.library import bundled_library, load_library

    return bundled_library() if folder is None else load_library(folder, bundled())
