"""``huiqi population``: populations (企业库快照), made up, from the database and into it, and what is in them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.progress import progress
from web.commands import Failure, Group, WrongInput

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from enterprises.dictionary import Dictionary
    from enterprises.population import Part, Population
    from enterprises.profiles import Profile

_BATCH = 1000
"""How many enterprises are stored in one transaction, or turned into rows at once."""

_out = click.option(
    "--out",
    metavar="文件夹",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="写进这个文件夹；没有就新建，里面不能已有快照。",
)
_folder = click.argument("folder", metavar="文件夹", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group(cls=Group)
def population() -> None:
    """企业库快照：生成示例、从数据库导出、查看、载入。"""


@population.command()
@click.option("--size", metavar="户数", required=True, type=click.IntRange(min=1), help="多少户，例如 5300000。")
@click.option(
    "--seed", metavar="种子", default=1, show_default="1", type=click.IntRange(min=0), help="换一个数就是另一批企业。"
)
@_out
def sample(size: int, seed: int, out: Path) -> None:
    """生成示例企业库：企业全部是虚构的，名称都以“示例·”开头。

    \b
    huiqi population sample --size 5300000 --seed 1 --out 示例企业库
    """
    from enterprises.dictionary import bundled
    from enterprises.sample_population import TooLarge, write

    with _writing(out), progress("生成示例企业", size) as done:
        try:
            write(out, size, seed, bundled(), done)
        except TooLarge as error:
            raise WrongInput(str(error)) from None
    _say_written(out)


@population.command()
@_out
def export(out: Path) -> None:
    """把数据库里的全部企业导出成快照，供批量判断使用。"""
    from enterprises.database import reading
    from enterprises.dictionary import bundled
    from enterprises.population import PopulationWriter, table_of
    from enterprises.tables import stream_profiles

    with _connected() as engine, reading(engine) as session:
        count, made_up = _stored(engine)
        if count == 0:
            raise WrongInput("数据库里还没有企业。请先导入，或用 huiqi population load 载入示例")
        with (
            _writing(out),
            progress("导出企业", count) as done,
            PopulationWriter(out, made_up=made_up) as writer,
        ):
            profiles = stream_profiles(session, bundled())
            for batch in _batches(profiles):
                writer.write(table_of(batch, bundled()))
                done(len(batch))
    _say_written(out)


@population.command()
@_folder
def show(folder: Path) -> None:
    """查看快照：有多少户，各地区、行业、类型多少户，各项指标缺多少。"""
    from enterprises import regions
    from enterprises.dictionary import bundled

    opened, dictionary = _opened(folder), bundled()
    click.echo(f"{folder}：{opened.rows:,} 户，{len(opened.parts)} 个文件{'，全部是虚构的示例' * opened.made_up}")
    click.echo(f"摘要（SHA-256）：{opened.digest}")
    counted: dict[str, Counter[str | None]] = {name: Counter() for name in ("region", "industry", "entity_kind")}
    unknown: Counter[str] = Counter()
    with progress("查看快照", opened.rows) as done:
        for part in opened.parts:
            _count(opened, part, counted, unknown)
            done(part.rows)
    _list("按市", _regrouped(counted["region"], lambda code: code[:4] + "00"), regions.full_name)
    _list("按行业门类", _regrouped(counted["industry"], _section), _industry_name)
    _list("按主体类型", counted["entity_kind"], str)
    click.echo("\n各项缺多少（不知道的户数占全部的比例；系统按公式计算的指标不列）：")
    for column, rows in sorted(unknown.items(), key=lambda item: (item[1], item[0])):
        click.echo(f"  {rows / opened.rows:>6.1%}  {_label(column, dictionary)}")
    if never := [label for name, label in _labels(dictionary).items() if name not in {_name(each) for each in unknown}]:
        click.echo(f"谁的也不知道：{'、'.join(never)}")


@population.command()
@_folder
@click.option(
    "--limit", metavar="户数", type=click.IntRange(min=1), help="只载入这么多户，从各地区均匀地取；不写就全部载入。"
)
def load(folder: Path, limit: int | None) -> None:
    """把示例企业库载入数据库，来源记作“示例”。

    再载入一次不改变什么；中断以后再来一次就接着载入。真实企业的快照不能载入：请用原来的文件导入。
    """
    from enterprises.database import migrate, writing
    from enterprises.dictionary import bundled
    from enterprises.sample_population import statements_on
    from enterprises.tables import record

    opened = _opened(folder)
    if not opened.made_up:
        raise WrongInput(f"{folder} 不是虚构的示例。快照里没有每个数值的观察日期，请用原来的文件导入")
    wanted = min(limit or opened.rows, opened.rows)
    added = unchanged = 0
    with _connected() as engine, progress("载入示例企业", wanted) as done:
        migrate(engine)
        for batch in _batches(_spread(opened, wanted, bundled())):
            with writing(engine) as session:
                recorded = record(session, list(statements_on(batch)), bundled())
            added, unchanged = added + recorded.added, unchanged + recorded.unchanged
            done(len(batch))
    click.echo(f"载入示例企业 {wanted:,} 户：新增 {added:,}，未变 {unchanged:,}")


# ------------------------------------------------------------------- what it is


def _opened(folder: Path) -> Population:
    from enterprises.population import DamagedPopulation, Population

    try:
        return Population.open(folder)
    except DamagedPopulation as error:
        raise WrongInput(str(error)) from None


def _count(opened: Population, part: Part, counted: dict[str, Counter[str | None]], unknown: Counter[str]) -> None:
    """Add what is in a part to the counts of codes and of unknown values."""
    from enterprises.population import DamagedPopulation

    try:
        table = opened.read(part)
    except DamagedPopulation as error:
        raise Failure(str(error)) from None
    for name, counts in counted.items():
        if name in table.column_names:
            for each in table.column(name).value_counts().to_pylist():
                counts[each["values"]] += each["counts"]
        else:
            counts[None] += part.rows
    lacking = [name for name in unknown if name not in table.column_names]
    for name in lacking:
        unknown[name] += part.rows
    for name in table.column_names:
        if not name.endswith((".source", ".before_year")) and name not in ("credit_code", "name"):
            unknown[name] += table.column(name).null_count + (part.start if name not in unknown else 0)


def _regrouped(counts: Counter[str | None], group: Callable[[str], str]) -> Counter[str | None]:
    found: Counter[str | None] = Counter()
    for code, rows in counts.items():
        found[None if code is None else group(code)] += rows
    return found


def _section(code: str) -> str:
    from enterprises.industries import industry

    while parent := industry(code).parent:
        code = parent
    return code


def _industry_name(code: str) -> str:
    from enterprises.industries import industry

    return f"{code} {industry(code).name}"


def _list(title: str, counts: Counter[str | None], name: Callable[[str], str]) -> None:
    click.echo(f"\n{title}：")
    for code, rows in sorted(counts.items(), key=lambda item: (item[0] is None, item[0] or "")):
        click.echo(f"  {rows:>10,}  {'不清楚' if code is None else name(code)}")


def _labels(dictionary: Dictionary) -> dict[str, str]:
    """What facts and records of which a snapshot can hold something are called."""
    facts = {name: fact.label for name, fact in dictionary.facts.items() if fact.formula is None}
    return facts | {name: kind.label for name, kind in dictionary.records.items()}


def _label(column: str, dictionary: Dictionary) -> str:
    period = column.partition(".")[2]
    label = _labels(dictionary)[_name(column)]
    return label + (f"（{'更早各年' if period == 'before' else f'{period} 年'}）" if period else "")


def _name(column: str) -> str:
    return column.partition(".")[0]


# ----------------------------------------------------------------- to and from


def _spread(opened: Population, wanted: int, dictionary: Dictionary) -> Iterator[Profile]:
    """So many of the enterprises, at even distances."""
    from enterprises.population import DamagedPopulation, profiles_of

    for part in opened.parts:
        first, end = (-(-row * wanted // opened.rows) for row in (part.start, part.start + part.rows))
        rows = [number * opened.rows // wanted - part.start for number in range(first, end)]
        try:
            table = opened.read(part)
        except DamagedPopulation as error:
            raise Failure(str(error)) from None
        for start in range(0, len(rows), _BATCH):
            yield from profiles_of(table.take(rows[start : start + _BATCH]), dictionary)


def _batches(profiles: Iterator[Profile]) -> Iterator[list[Profile]]:
    while batch := list(islice(profiles, _BATCH)):
        yield batch


def _stored(engine: Engine) -> tuple[int, bool]:
    """How many enterprises are stored, and whether all of them are made up."""
    from sqlmodel import col, func, select

    from enterprises.database import reading
    from enterprises.samples import CODE_PREFIX
    from enterprises.tables import EnterpriseRow

    of_samples = func.substr(col(EnterpriseRow.credit_code), 9, len(CODE_PREFIX)) == CODE_PREFIX
    with reading(engine) as session:
        count = session.exec(select(func.count()).select_from(EnterpriseRow)).one()
        real = session.exec(select(EnterpriseRow.credit_code).where(~of_samples).limit(1)).first()
    return count, real is None


@contextmanager
def _connected() -> Iterator[Engine]:
    """The database. Raises ``Failure`` where it cannot be used."""
    from sqlalchemy.exc import DBAPIError

    from enterprises.database import StorageError, connect

    try:
        engine = connect(os.environ.get("DATABASE_URL"))
        try:
            yield engine
        finally:
            engine.dispose()
    except StorageError as error:
        raise Failure(str(error)) from None
    except DBAPIError as error:
        raise Failure(f"数据库用不了：{error.orig}。若是还没有建表，请先运行 huiqi setup") from None


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise WrongInput(str(error)) from None
    except OSError as error:
        raise Failure(f"写不进 {out}：{error.strerror or error}。请核对磁盘空间与写入权限") from None


def _say_written(out: Path) -> None:
    opened = _opened(out)
    made_up = "，全部是虚构的示例，不得当作真实企业使用" if opened.made_up else ""
    click.echo(f"已写入 {out}：{opened.rows:,} 户，{len(opened.parts)} 个文件{made_up}")
