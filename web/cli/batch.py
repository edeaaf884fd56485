"""``huiqi batch``: all enterprises of a population against all items, and what a change of either alters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import format_day, today
from enterprises.source_text import suggest
from web.cli.package import load
from web.cli.progress import progress
from web.commands import Failure, Group, WrongInput, day_option, library_option

if TYPE_CHECKING:
    import pyarrow as pa

    from enterprises.population import Population
    from policies.items import Item
    from policies.library import Library
    from recommender.batch import Offers
    from recommender.runs import Run

_SHOWN = 50
"""How many matches are printed where they are not written to a file."""

_NAMED = 8
"""How many items an error names."""

_A_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_A_NEW_FOLDER = click.Path(file_okay=False, path_type=Path)

_population = click.option("--population", metavar="文件夹", required=True, type=_A_FOLDER, help="企业库快照。")
_workers = click.option(
    "--workers", metavar="线程数", type=click.IntRange(1, 1024), help="同时用几个线程；不写就是处理器的核数。"
)
_run = click.argument("made", metavar="结果文件夹", type=_A_FOLDER)
_item = click.option("--item", metavar="事项编号", help="只列这个事项的。")
_list_out = click.option(
    "--out",
    metavar="文件",
    type=click.Path(dir_okay=False, path_type=Path),
    help="全部存成文件：.csv、.xlsx，或 .parquet（金额单位是分）。",
)

_AGAIN = "已经判断好的都在，用同样的命令再运行一次，会接着做"


@click.group(cls=Group)
def batch() -> None:
    """批量判断：全部企业对全部事项，符合的是谁、有什么变化。"""


# ---------------------------------------------------------------- deciding


@batch.command()
@_population
@click.option("--out", metavar="文件夹", required=True, type=_A_NEW_FOLDER, help="结果写进这个文件夹；没有就新建。")
@day_option
@click.option("--undetermined", is_flag=True, help="待补充的也逐条写出（往往是符合的上百倍）；不写也会计数。")
@_workers
@library_option
def run(
    population: Path, out: Path, on: date | None, undetermined: bool, workers: int | None, folder: Path | None
) -> None:
    """判断快照里的全部企业能享受哪些事项。

    \b
    huiqi batch run --population 示例企业库 --on 2024-06-30 --out 结果

    中断了（断电、被终止、按了 Ctrl-C），用同样的命令再运行一次，会接着判断，结果一样。
    """
    from recommender.batch import Offers
    from recommender.batch import run as decide_all
    from recommender.runs import AnotherRun
    from web.cli.batch_report import print_run

    library, opened, day = load(folder), _opened(population), _day(out, on)
    offers = Offers.of(library.published, day, library.dictionary)
    with _guarded(out, _AGAIN), progress("判断", opened.rows) as done:
        try:
            decided = decide_all(offers, opened, out, undetermined=undetermined, workers=workers, progress=done)
        except AnotherRun as error:
            raise WrongInput(f"{error}{_how_another(out, offers, opened, undetermined)}") from None
    print_run(decided, _titles(library), everything=False)


@batch.command()
@click.argument("old", metavar="旧快照", type=_A_FOLDER)
@click.argument("new", metavar="新快照", type=_A_FOLDER)
@click.option("--out", metavar="文件夹", required=True, type=_A_NEW_FOLDER, help="差异写进这个文件夹；没有就新建。")
def compare(old: Path, new: Path, out: Path) -> None:
    """比较两份企业库快照：哪些企业变了、新来了、不在了。供 update 使用。"""
    from enterprises.population_delta import compare as compare_populations

    with _guarded(out, f"{out} 里的差异没有写完，请先删去它，再比较一次"), progress("比较"):
        delta = compare_populations(_opened(old), _opened(new), out)
    came, went = delta.after.rows - delta.changed, delta.before.rows - delta.changed
    click.echo(f"有变化的 {delta.changed:,} 户，新来的 {came:,} 户，不在了的 {went:,} 户。已写入 {out}")


@batch.command()
@_run
@click.option("--delta", metavar="文件夹", required=True, type=_A_FOLDER, help="compare 写出的差异。")
@click.option("--population", metavar="文件夹", required=True, type=_A_FOLDER, help="新的企业库快照。")
@click.option("--out", metavar="文件夹", required=True, type=_A_NEW_FOLDER, help="新的结果写进这个文件夹。")
@day_option
@library_option
@click.option("--before", metavar="文件夹", type=_A_FOLDER, help="原来的结果所用的政策库，如果后来改过。")
@_workers
def update(
    made: Path,
    delta: Path,
    population: Path,
    out: Path,
    on: date | None,
    folder: Path | None,
    before: Path | None,
    workers: int | None,
) -> None:
    """企业或事项变了以后，只重新判断受影响的，写成叠在原来结果上的一层。

    \b
    huiqi batch compare 六月快照 七月快照 --out 差异
    huiqi batch update 六月结果 --delta 差异 --population 七月快照 --on 2024-07-31 --out 七月结果
    huiqi batch differences 七月结果 --out 变化.csv

    原来的结果要留着：新的一层靠它补全。
    """
    from enterprises.population_delta import Delta
    from recommender.batch import Offers
    from recommender.changes import update as decide_again
    from web.cli.batch_report import print_run

    previous, library, day = _finished(made), load(folder), _day(out, on)
    offers_before = Offers.of(_published(library, before), previous.on, library.dictionary)
    _must_be_of(previous, offers_before, folder if before is None else before)
    offers = Offers.of(library.published, day, library.dictionary)
    with _guarded(out, _AGAIN), progress("判断有变化的"):
        opened, changed = _opened(population), Delta.open(delta)
        decided = decide_again(previous, offers_before, changed, opened, offers, out, workers=workers)
    print_run(decided, _titles(library), everything=False)


def _published(library: Library, before: Path | None) -> Iterable[Item]:
    return library.published if before is None else load(before).published


# ------------------------------------------------------------------ looking


@batch.command()
@_run
@click.option("--json", "as_json", is_flag=True, help="输出 JSON；金额单位是分。")
@library_option
def show(made: Path, as_json: bool, folder: Path | None) -> None:
    """显示结果：每个事项符合、待补充的各多少户，金额多少。"""
    from web.cli.batch_report import print_run, run_json

    opened, titles = _opened_run(made), _titles(load(folder))
    if as_json:
        click.echo(json.dumps(run_json(opened, titles), ensure_ascii=False, indent=2))
    else:
        print_run(opened, titles, everything=True)


@batch.command()
@_run
@_item
@_list_out
@library_option
def differences(made: Path, item: str | None, out: Path | None, folder: Path | None) -> None:
    """列出一次更新带来的变化：谁新符合、谁不再符合、谁的金额有变。"""
    from recommender.changes import differences as changes_of
    from web.cli.batch_lists import differences_listing, only, save
    from web.cli.batch_report import count_changes, print_changes

    layer, titles = _finished(made), _titles(load(folder))
    if layer.base is None:
        raise WrongInput(f"{made} 是从头判断的，没有变化可列；变化要看 huiqi batch update 写出的结果")
    _check_item(item, [*layer.offers, *layer.replaced])
    _check_ending(out)

    def rows() -> Iterator[pa.Table]:
        return only(_read(changes_of(layer), made), {"item": item})

    print_changes(layer, count_changes(rows()), titles)
    if out is not None:
        with progress("写出"):
            count = save(differences_listing(titles), rows(), out)
        click.echo(f"已存成 {out}：{count:,} 条")


@batch.command()
@_run
@_item
@click.option("--enterprise", metavar="信用代码", help="只列这家企业的。")
@click.option(
    "--verdict",
    metavar="判断结果",
    type=click.Choice(["eligible", "undetermined"]),
    help="只列符合的或待补充的：eligible 或 undetermined。",
)
@_list_out
@library_option
def matches(
    made: Path, item: str | None, enterprise: str | None, verdict: str | None, out: Path | None, folder: Path | None
) -> None:
    """列出匹配结果：哪家企业符合哪个事项，金额多少。"""
    from web.cli.batch_lists import check_room, matches_listing, only, save

    decided, titles = _finished(made), _titles(load(folder))
    _check_item(item, list(decided.offers))
    _check_ending(out)
    if verdict == "undetermined" and not decided.undetermined:
        raise WrongInput(f"{made} 里没有逐条写出待补充的。请用 huiqi batch run --undetermined 判断到另一个文件夹")
    wanted = {"item": item, "enterprise": enterprise, "verdict": verdict}
    listing, rows = matches_listing(titles), only(_read(decided.tables(), made), wanted)
    if out is None:
        _print_first(rows, titles)
        return
    if enterprise is None:
        check_room(out, _written(decided, item, verdict))
    with progress("写出"):
        count = save(listing, rows, out)
    click.echo(f"已存成 {out}：{count:,} 条" + ("，企业全部是虚构的示例" if decided.made_up else ""))


def _written(decided: Run, item: str | None, verdict: str | None) -> int:
    """How many matches of an item, or of all, with this verdict, or with any, a run lists."""
    counts = decided.counts or {}
    return sum(
        (count.eligible if verdict != "undetermined" else 0)
        + (count.undetermined if decided.undetermined and verdict != "eligible" else 0)
        for name, count in counts.items()
        if item in (None, name)
    )


def _print_first(tables: Iterable[pa.Table], titles: dict[str, str]) -> None:
    import pyarrow as pa

    from recommender.runs import SCHEMA
    from web.cli.batch_report import print_matches

    first, total = [SCHEMA.empty_table()], 0
    for table in tables:
        if total < _SHOWN:
            first.append(table.slice(0, _SHOWN - total))
        total += table.num_rows
    print_matches(pa.concat_tables(first), total, titles)


# ------------------------------------------------------- what is asked for


def _day(out: Path, on: date | None) -> date:
    """The day asked for; else the one of a run in ``out`` that was broken off, which goes on; else today."""
    from recommender.runs import RUN

    if on is not None or not (out / RUN).exists():
        return on or today()
    there = _opened_run(out)
    if there.complete:
        return today()
    click.echo(f"接着做 {out} 里没有做完的判断，按 {format_day(there.on)}", err=True)
    return there.on


def _opened(folder: Path) -> Population:
    from enterprises.population import DamagedPopulation, Population

    try:
        return Population.open(folder)
    except DamagedPopulation as error:
        raise WrongInput(str(error)) from None


def _opened_run(folder: Path) -> Run:
    from recommender.runs import AnotherRun, Run

    try:
        return Run.open(folder)
    except AnotherRun as error:
        raise WrongInput(str(error)) from None


def _finished(folder: Path) -> Run:
    found = _opened_run(folder)
    if not found.complete:
        raise WrongInput(f"{folder} 里的批量判断还没有完成，请用原来的命令再运行一次，把它做完")
    return found


def _titles(library: Library) -> dict[str, str]:
    return {item.id: item.title for item in library.items.values()}


def _check_item(item: str | None, known: list[str]) -> None:
    if item is not None and item not in known:
        raise WrongInput(f"结果里没有事项“{item}”。{suggest(item, known, '用 huiqi batch show 可以查看有哪些')}")


def _check_ending(out: Path | None) -> None:
    from web.cli.batch_lists import ENDINGS

    if out is not None and out.suffix.lower() not in ENDINGS:
        raise WrongInput(f"不知道要把 {out} 存成什么。文件名请以 {'、'.join(ENDINGS)} 结尾")


# ------------------------------------------------------------ what goes wrong


def _must_be_of(previous: Run, offers: Offers, folder: Path | None) -> None:
    """Raises ``WrongInput`` where the run was not made with these items."""
    wrong = _items_apart(previous.offers, {offer.id: offer.version for offer in offers.offers})
    if wrong:
        used = "随程序安装的政策库" if folder is None else f"{folder} 的政策库"
        raise WrongInput(f"{previous.folder} 里的结果不是按{used}做的：{wrong}。请用 --before 给出做它时的政策库")


def _how_another(out: Path, offers: Offers, population: Population, undetermined: bool) -> str:
    """In what the run in ``out`` differs from what is asked for."""
    there = _opened_run(out)
    apart = []
    if there.on != offers.on:
        apart.append(f"那里按 {format_day(there.on)} 判断，这次按 {format_day(offers.on)}")
    if there.population != population.digest:
        apart.append("那里是另一份企业库快照")
    if there.undetermined != undetermined:
        apart.append(f"那里{'' if there.undetermined else '没有'}写出待补充的（--undetermined）")
    if there.base is not None:
        apart.append("那里是 huiqi batch update 写出的")
    if wrong := _items_apart(there.offers, {offer.id: offer.version for offer in offers.offers}):
        apart.append(wrong)
    return f"。{'；'.join(apart)}" if apart else ""


def _items_apart(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Which items differ between what a run was made with and what is given."""
    apart = (
        ("内容不同的事项", [name for name in there if name in here and here[name] != there[name]]),
        ("现在没有或不在期限内的事项", [name for name in there if name not in here]),
        ("结果里没有的事项", [name for name in here if name not in there]),
    )
    return "；".join(f"{what}：{_named(names)}" for what, names in apart if names)


def _named(names: list[str]) -> str:
    more = f" 等 {len(names)} 个" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more


@contextmanager
def _guarded(out: Path, again: str) -> Iterator[None]:
    """What may go wrong while ``out`` is written, in Chinese; ``again`` says how to go on."""
    import pyarrow as pa

    from enterprises.population import DamagedPopulation
    from recommender.runs import AnotherRun

    try:
        yield
    except (AnotherRun, DamagedPopulation, FileExistsError) as error:
        raise WrongInput(str(error)) from None
    except OverflowError as error:
        remedy = "请核对企业库快照里的金额和事项的计算公式"
        raise Failure(f"有的金额大得不合情理，没有算下去（{error}）。{remedy}") from None
    except OSError as error:
        remedy = "请核对磁盘空间与读写权限"
        raise Failure(f"{out} 写不下去（{error.strerror or error}）。{remedy}；{again}") from None
    except pa.ArrowException as error:
        raise Failure(f"{out} 里有损坏的文件（{error}）。请删去这个文件夹，从头再做") from None
    except KeyboardInterrupt:
        raise Failure(f"已中断。{again}") from None


def _read(tables: Iterator[pa.Table], folder: Path) -> Iterator[pa.Table]:
    """The tables of a run. Raises ``Failure`` where its files, or those of a layer below, are gone or damaged."""
    import pyarrow as pa

    from recommender.runs import AnotherRun

    try:
        yield from tables
    except AnotherRun as error:
        raise Failure(str(error)) from None
    except (OSError, pa.ArrowException) as error:
        raise Failure(f"{folder} 里的文件读不出来（{error}）。请重新判断") from None
