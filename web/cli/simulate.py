"""``huiqi simulate``: what a draft or changed item would do to all enterprises of a population."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import today
from enterprises.source_text import suggest
from web.cli.package import HTML, load, save
from web.cli.progress import progress
from web.commands import Command, Failure, WrongInput, day_option, library_option

if TYPE_CHECKING:
    from enterprises.dictionary import Dictionary
    from enterprises.population import Population
    from enterprises.source_text import Entry
    from policies.items import Document, Item
    from policies.library import Library
    from recommender.simulation.levers import Lever
    from recommender.simulation.reach import Simulation

DIMENSIONS = {"region": ("city", "county"), "industry": ("section", "division"), "size": ("size",)}


@click.command(cls=Command)
@click.argument("given", metavar="事项.yaml|事项编号")
@click.option(
    "--population",
    "population_folder",
    metavar="文件夹",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="企业库快照，由 huiqi population 导出或生成。",
)
@day_option
@library_option
@click.option(
    "--by",
    type=click.Choice(list(DIMENSIONS)),
    default="region",
    show_default="region",
    help="名单按什么分组细列：region 地区，industry 行业，size 规模。",
)
@click.option(
    "--threshold",
    "thresholds",
    metavar="指标",
    multiple=True,
    help="只画这个指标的门槛曲线，例如 revenue、project.fixed_asset_investment；可以写几次，不写就全画。",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON，金额单位是分。")
@click.option(
    "--out",
    metavar="文件.html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存成可以打印的网页，带图和表。",
)
def simulate(
    given: str,
    population_folder: Path,
    on: date | None,
    folder: Path | None,
    by: str,
    thresholds: tuple[str, ...],
    as_json: bool,
    out: Path | None,
) -> None:
    """预测一项政策的效果：多少户、是谁、要多少钱，门槛移动会怎样。

    \b
    给的是文件，就当作草案；政策库里已有同一编号的，同时比较改动前后。
    huiqi simulate 草案/15.yaml --population 企业库 --on 2024-06-30
    huiqi simulate yanan-2023-private-economy.33 --population 企业库 --threshold revenue --out 仿真.html
    """
    if out is not None and out.suffix.lower() not in HTML:
        raise WrongInput(f"{out} 的后缀不是 .html，请改成以 .html 结尾的文件名")
    library = load(folder)
    item, before = _find(given, library)
    wanted = _levers(item, thresholds, library.dictionary)
    with _readable():
        opened = _opened(population_folder, library.dictionary)
        with progress("逐户判断", opened.rows) as done:
            simulation = _simulated(opened, item, on or today(), library, before, wanted, done)
        curves = tuple(simulation.warm.curve(lever) for lever in simulation.warm.levers)
    if out is not None:
        from web.printed.simulation_page import simulation_page

        save(simulation_page(simulation, curves, DIMENSIONS[by]).encode(), out)
    if as_json:
        from recommender.simulation.as_json import to_text

        click.echo(to_text(simulation, curves), nl=False)
    else:
        from web.cli.simulation_report import print_simulation

        print_simulation(simulation, curves, DIMENSIONS[by])
    if out is not None:
        click.echo(f"图和表已存成 {out}", err=as_json)


def _simulated(
    population: Population,
    item: Item,
    on: date,
    library: Library,
    before: Item | None,
    levers: Sequence[Lever],
    done: Callable[[int], object],
) -> Simulation:
    from recommender.simulation.reach import simulate as look_at

    return look_at(population, item, on, library=library, before=before, levers=levers, done=done)


# ----------------------------------------------------------------- the item


def _find(given: str, library: Library) -> tuple[Item, Item | None]:
    """The item, and the version of the library that it changes."""
    path = Path(given)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise WrongInput(f"没有文件 {given}。请给出事项的 YAML 文件，或政策库里的事项编号")
        item = _draft(path, library)
        known = library.items.get(item.id)
        return item, known if known is not None and known.digest != item.digest else None
    if given not in library.items:
        remedy = suggest(given, list(library.items), "全部事项可用 huiqi library list 查看")
        raise WrongInput(f"政策库里没有事项“{given}”。{remedy}；草案请给出 .yaml 文件")
    return library.items[given], None


def _draft(path: Path, library: Library) -> Item:
    """The item in a file. Raises ``Problem``, and ``WrongInput`` for what is wrong beyond the file itself."""
    from enterprises.source_text import read_file
    from policies.items import read_item

    entry = read_file(path, shown_as=str(path))
    item = read_item(entry, _document(path, entry.mapping(), library), library.dictionary)
    named = {name for statement in item.stacking for name in statement.items}
    if strange := sorted(named - set(library.items) - {item.id}):
        remedy = suggest(strange[0], list(library.items), "全部事项可用 huiqi library list 查看")
        raise WrongInput(f"{path} 的 stacking 里写的事项“{strange[0]}”政策库里没有。{remedy}")
    return item


def _document(path: Path, fields: dict[str, Entry], library: Library) -> Document:
    """The document beside the file; else the one of the library that the item's id begins with."""
    from enterprises.source_text import read_file
    from policies.items import read_document

    beside = path.with_name("document.yaml")
    if beside.is_file():
        return read_document(read_file(beside, shown_as=str(beside)))
    named = fields["id"].text() if "id" in fields else ""
    found = [document for document in library.documents.values() if named.startswith(f"{document.id}.")]
    if not found:
        raise WrongInput(
            f"不知道 {path} 属于哪份文件：旁边没有 document.yaml，政策库里也没有编号与“{named}”相符的文件。"
            "请把 document.yaml 放在同一个文件夹里，或核对事项的 id"
        )
    return max(found, key=lambda document: len(document.id))


def _levers(item: Item, names: Sequence[str], dictionary: Dictionary) -> tuple[Lever, ...]:
    """The levers of these names, or all."""
    from recommender.simulation.levers import levers

    found = levers(item, dictionary)
    listed = list(dict.fromkeys(lever.name for lever in found))
    for name in names:
        if not listed:
            raise WrongInput(f"事项“{item.title}”没有数值或日期门槛，画不了“{name}”的曲线")
        if name not in listed:
            raise WrongInput(f"事项“{item.title}”没有指标“{name}”的门槛，可以写：{'、'.join(listed)}")
    return tuple(lever for lever in found if not names or lever.name in names)


# ----------------------------------------------------------- the population


def _opened(folder: Path, dictionary: Dictionary) -> Population:
    from enterprises.population import Population

    opened = Population.open(folder, dictionary)
    if not opened.rows:
        raise WrongInput(f"企业库快照 {folder} 里一户企业也没有")
    return opened


@contextmanager
def _readable() -> Iterator[None]:
    """What can go wrong with a population, in its own words."""
    from enterprises.population import DamagedPopulation

    try:
        yield
    except DamagedPopulation as error:
        raise Failure(str(error)) from None
    except OverflowError as error:
        raise Failure(f"金额或比例大得无法精确计算，请核对事项的数字和企业库里的数据（{error}）") from None
