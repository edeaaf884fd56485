"""The command line: ``huiqi check``, ``recheck``, ``library``, ``facts``, ``setup``, ``serve``.

The other commands stand in modules of their own, ``web.cli_…``. Heavy modules are imported by the commands that need
them, so that the others start at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import system_clock, today
from enterprises.samples import SAMPLE_DAY
from enterprises.source_text import Problems, suggest
from web.cli.accounts import accounts
from web.cli.appeals import appeals
from web.cli.audit import audit
from web.cli.batch import batch
from web.cli.campaigns import campaigns
from web.cli.cultivation import cultivate
from web.cli.enterprises import enterprises
from web.cli.evaluate import evaluate
from web.cli.feedback import feedback
from web.cli.grants import grants
from web.cli.imports import export, import_
from web.cli.industry import industry
from web.cli.keys import keys
from web.cli.library_files import export_library, import_library
from web.cli.notify import notify
from web.cli.officials import officials
from web.cli.package import package
from web.cli.payments import payments
from web.cli.population import population
from web.cli.ranking import ranking
from web.cli.reports import reports
from web.cli.rounds import rounds
from web.cli.search import index, search
from web.cli.similar import similar
from web.cli.simulate import simulate
from web.cli.worker import worker
from web.commands import Failure, Group, WrongInput, day_option, library_option

if TYPE_CHECKING:
    from policies.items import Item
    from policies.library import Library


@click.group(cls=Group)
@click.version_option(package_name="huiqi", message="huiqi %(version)s", help="显示版本。")
def main() -> None:
    """惠企：让政策找企业。"""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character shows its number; nothing is lost and nothing breaks off.
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("profile", metavar="企业.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@day_option
@click.option("--json", "as_json", is_flag=True, help="输出 JSON（格式见 huiqi library schema explanation）。")
@click.option("--all", "show_all", is_flag=True, help="连不符合的事项和判断依据也列出来。")
@click.option(
    "--save",
    metavar="文件",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把结果存成文件，以后可用 recheck 复算。",
)
@click.option("--store", is_flag=True, help="把结果存进数据库，打印它的编号，以后可用 recheck 复算。")
@library_option
def check(
    profile: Path, on: date | None, as_json: bool, show_all: bool, save: Path | None, store: bool, folder: Path | None
) -> None:
    """判断一家企业能享受哪些政策。"""
    from enterprises.profiles import read_profile
    from enterprises.source_text import read_file
    from recommender.explanation import explain
    from recommender.explanation_json import to_text

    loaded = _load(folder)
    explanation = explain(loaded, read_profile(read_file(profile), loaded.dictionary), on or today())
    text = to_text(explanation)
    if save is not None:
        _save(text, save)
    if as_json:
        click.echo(json.dumps(json.loads(text), ensure_ascii=False, indent=2))
    else:
        from web.cli.report import print_explanation
        from web.rankers import configured_ranker

        print_explanation(explanation, show_all, configured_ranker(os.environ.get("DATABASE_URL")))
    if store:
        with _storing():
            from web.kept import keep

            name = keep(os.environ.get("DATABASE_URL"), explanation, system_clock())
        click.echo(f"结果已存入数据库，编号 {name}", err=as_json)


def _save(text: str, path: Path) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"结果存不到 {path}（{error.strerror}）。请换一个能写的位置") from None


@contextmanager
def _storing() -> Iterator[None]:
    """What can go wrong with a database, in its own words."""
    from sqlalchemy.exc import DBAPIError

    from enterprises.database import StorageError
    from policies.tables import VersionConflict
    from recommender.explanation_json import Irreproducible

    try:
        yield
    except VersionConflict as error:
        raise WrongInput(str(error)) from None
    except Irreproducible as error:
        raise Failure(f"{error}。结果只按数据库里的版本存取和复算，请先运行 huiqi setup 存入现在的政策库") from None
    except StorageError as error:
        raise Failure(str(error)) from None
    except DBAPIError as error:
        raise Failure(f"数据库出错：{error.orig}") from None


@main.command()
@click.argument("saved", metavar="编号或文件")
def recheck(saved: str) -> None:
    """复算存下的结果，看是否一字不差。

    给出 check --save 存下的文件，按现在的政策库复算；给出 check --store 打印的编号，按数据库里当时的版本复算。
    """
    if os.path.isfile(saved):  # noqa: PTH113 -- unlike Path.is_file, it says no to a name that is too long for a file
        _recheck_file(Path(saved))
    elif _ID.fullmatch(saved):
        _recheck_stored(saved)
    else:
        raise WrongInput(f"没有文件 {saved}，它也不是结果的编号（编号是 32 位的数字和小写字母）")
    click.echo("复算一致。")


_ID = re.compile(r"[0-9a-f]{32}")


def _recheck_stored(name: str) -> None:
    with _storing():
        from enterprises.dictionary import bundled
        from recommender.tables import DamagedExplanation
        from web.kept import NotRepeated, check_again

        try:
            check_again(os.environ.get("DATABASE_URL"), name, bundled())
        except LookupError:
            raise WrongInput(f"数据库里没有编号为 {name} 的结果") from None
        except (DamagedExplanation, NotRepeated) as error:
            raise Failure(str(error)) from None


def _recheck_file(path: Path) -> None:
    from recommender.explanation_json import Irreproducible, recompute

    loaded = _load(None)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise WrongInput(f"{path} 不是 UTF-8 编码，不会是 huiqi check --save 存下的结果") from None
    except OSError as error:
        raise WrongInput(f"{path} 读不出来（{error.strerror}）。请核对读取权限") from None

    def item_version(item_id: str, version: int) -> Item:
        item = loaded.items[item_id]
        if item.version != version:
            raise LookupError(item_id)
        return item

    try:
        again = recompute(text, item_version, loaded.dictionary, str(path))
    except Irreproducible as error:
        raise Failure(str(error)) from None
    if again != text:
        raise Failure("复算的结果与存下的不同")


@main.group()
def library() -> None:
    """政策库。"""


@library.command("list")
@click.option("--document", metavar="编号", help="只列这份文件的事项。")
@library_option
def list_items(document: str | None, folder: Path | None) -> None:
    """列出事项。"""
    from web.cli.report import print_items

    loaded = _load(folder)
    if document is not None and document not in loaded.documents:
        raise WrongInput(f"没有文件“{document}”。{suggest(document, loaded.documents)}")
    print_items([item for item in loaded.items.values() if document in (None, item.document.id)])


@library.command()
@click.argument("item_id", metavar="事项编号")
@library_option
def show(item_id: str, folder: Path | None) -> None:
    """显示一个事项：条件、优惠、叠加、出处、样例。"""
    from web.cli.report import print_item

    loaded = _load(folder)
    if item_id not in loaded.items:
        remedy = suggest(item_id, loaded.items, "全部事项可用 huiqi library list 查看")
        raise WrongInput(f"没有事项“{item_id}”。{remedy}")
    print_item(loaded.items[item_id], loaded.dictionary)


@library.command()
@click.argument(
    "folder",
    metavar="[文件夹]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
def validate(folder: Path | None) -> None:
    """检查政策库的每个文件，并运行所有样例。"""
    from recommender.examples import failures

    try:
        loaded = _load(folder)
    except Problems as problems:
        click.echo(str(problems), err=True)
        click.echo(f"{len(problems.problems)} 处有误，没有载入任何内容。", err=True)
        sys.exit(1)
    failed = list(failures(loaded))
    for failure in failed:
        click.echo(str(failure), err=True)
    examples = sum(len(item.examples) for item in loaded.items.values())
    click.echo(
        f"{len(loaded.documents)} 份文件，{len(loaded.items)} 个事项，{examples} 个样例，{len(failed)} 个未通过。"
    )
    sys.exit(1 if failed else 0)


@library.command()
@click.argument("name", metavar="名称", type=click.Choice(["item", "document", "profile", "explanation"]))
def schema(name: str) -> None:
    """输出 JSON Schema（item、document、profile、explanation），供编辑器和对接系统使用。"""
    from importlib.resources import files

    home = "recommender" if name == "explanation" else "policies"
    click.echo((files(home) / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"), nl=False)


@main.command()
@click.argument("word", metavar="[词]", default="")
def facts(word: str) -> None:
    """列出指标词典：指标、明细及其字段、系统计算的指标；可以只列名称或含义里有某个词的。"""
    from enterprises.dictionary import bundled
    from web.cli.report import print_facts

    if not print_facts(bundled(), word):
        raise Failure(f"指标词典里没有与“{word}”有关的指标")


@main.command()
@click.option("--sample", is_flag=True, help="同时载入虚构的示例企业和一个小的示例企业库（3,000 家）。")
@library_option
def setup(sample: bool, folder: Path | None) -> None:
    """建立数据库，载入政策库。可以反复运行。"""
    with _storing():
        from web.folders import files_folder, snapshots_folder
        from web.setup import POPULATION
        from web.setup import setup as set_up

        snapshots = snapshots_folder(files_folder(os.environ)) if sample else None
        population = POPULATION if sample else 0
        click.echo(set_up(os.environ.get("DATABASE_URL"), sample, folder, population, snapshots=snapshots))


@main.command()
@click.option("--host", metavar="地址", default="127.0.0.1", help="监听的地址，默认 127.0.0.1。")
@click.option("--port", metavar="端口", default=8000, type=click.IntRange(1, 65535), help="监听的端口，默认 8000。")
@click.option("--sample", is_flag=True, help=f"示例环境：页面默认按 {SAMPLE_DAY} 判断，可选示例企业。")
@click.option("--workers", metavar="个数", default=1, type=click.IntRange(1, 64), help="几个进程一起服务，默认 1。")
def serve(host: str, port: int, sample: bool, workers: int) -> None:
    """启动网页服务。"""
    from web.server import run

    run(host, port, sample, workers)


def _load(folder: Path | None) -> Library:
    """The library in a folder, or the one that ships with the package. Raises ``Problems``."""
    from enterprises.dictionary import bundled
    from policies.library import bundled_library, load_library

    return bundled_library() if folder is None else load_library(folder, bundled())


library.add_command(export_library)
library.add_command(import_library)
main.add_command(enterprises)
enterprises.add_command(import_)
enterprises.add_command(export)
main.add_command(population)
main.add_command(batch)
main.add_command(package)
main.add_command(cultivate)
main.add_command(simulate)
main.add_command(search)
main.add_command(index)
main.add_command(similar)
main.add_command(evaluate)
main.add_command(industry)
main.add_command(ranking)
main.add_command(feedback)
main.add_command(grants)
main.add_command(rounds)
main.add_command(payments)
main.add_command(appeals)
main.add_command(accounts)
main.add_command(officials)
main.add_command(audit)
main.add_command(keys)
main.add_command(notify)
main.add_command(reports)
main.add_command(campaigns)
main.add_command(worker)

if __name__ == "__main__":
    main()
