"""The command line: ``huiqi check``, ``huiqi library``, ``huiqi setup``, ``huiqi serve``.

Heavy modules are imported by the commands that need them, so that the others start at once.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import parse_day, today
from enterprises.samples import SAMPLE_DAY
from enterprises.source_text import BadText, Problem, Problems

if TYPE_CHECKING:
    from policies.library import Library


class Day(click.ParamType[date]):
    """A day in Asia/Shanghai."""

    name = "日期"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_day(str(value))
        except BadText as error:
            self.fail(str(error), param, ctx)


class _Chinese(click.Group):
    """A group whose mistakes in data end with the mistake's own words and exit status 2, not with a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (Problem, Problems) as problem:
            raise click.UsageError(str(problem)) from None


@click.group(cls=_Chinese)
@click.version_option(package_name="huiqi")
def main() -> None:
    """惠企：让政策找企业。"""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character shows its number; nothing is lost and nothing breaks off.
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("profile", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", type=Day(), default=None, help="按哪一天判断，例如 2024-06-30；不写就是今天（北京时间）。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON（格式见 explanation.schema.json）。")
@click.option("--all", "show_all", is_flag=True, help="连不符合的事项和判断依据也列出来。")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="把结果存成文件，以后可用 recheck 复算。")
def check(profile: Path, on: date | None, as_json: bool, show_all: bool, save: Path | None) -> None:
    """判断一家企业（PROFILE.json）能享受哪些政策。"""
    from enterprises.profiles import read_profile
    from enterprises.source_text import read_file
    from recommender.explanation import explain
    from recommender.explanation_json import to_text

    library = _bundled()
    explanation = explain(library, read_profile(read_file(profile), library.dictionary), on or today())
    text = to_text(explanation)
    if save is not None:
        _save(text, save)
    if as_json:
        click.echo(json.dumps(json.loads(text), ensure_ascii=False, indent=2))
    else:
        from web.report import print_explanation

        print_explanation(explanation, show_all)


def _save(text: str, path: Path) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"结果存不到 {path}（{error.strerror}）。请换一个能写的位置") from None


@main.command()
@click.argument("saved", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def recheck(saved: Path) -> None:
    """复算一份存下的结果，看是否一字不差。"""
    from recommender.explanation_json import Irreproducible, recompute

    library = _bundled()
    try:
        text = saved.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{saved} 不是 UTF-8 编码，不会是 huiqi check --save 存下的结果") from None

    def item_version(item_id: str, version: int):  # type: ignore[no-untyped-def]
        item = library.items[item_id]
        if item.version != version:
            raise LookupError(item_id)
        return item

    try:
        again = recompute(text, item_version, library.dictionary)
    except Irreproducible as error:
        raise click.ClickException(str(error)) from None
    if again != text:
        raise click.ClickException("复算的结果与存下的不同")
    click.echo("复算一致。")


@main.group()
def library() -> None:
    """政策库。"""


@library.command("list")
@click.option("--document", help="只列这份文件的事项。")
def list_items(document: str | None) -> None:
    """列出事项。"""
    from web.report import print_items

    print_items([item for item in _bundled().items.values() if document in (None, item.document.id)])


@library.command()
@click.argument("item_id")
def show(item_id: str) -> None:
    """显示一个事项：条件、优惠、出处、样例。"""
    from enterprises.source_text import suggest
    from web.report import print_item

    loaded = _bundled()
    if item_id not in loaded.items:
        raise click.UsageError(f"没有事项“{item_id}”。{suggest(item_id, list(loaded.items)[:8])}")
    print_item(loaded.items[item_id], loaded.dictionary)


@library.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def validate(folder: Path | None) -> None:
    """检查政策库的每个文件，并运行所有样例。"""
    from enterprises.dictionary import bundled
    from policies.library import FOLDER, load_library
    from recommender.examples import failures

    try:
        loaded = load_library(folder or FOLDER, bundled())
    except Problems as problems:
        click.echo(str(problems), err=True)
        click.echo(f"{len(problems.problems)} 个文件有误，没有载入任何内容。", err=True)
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
@click.argument("name", type=click.Choice(["item", "document", "profile", "explanation"]))
def schema(name: str) -> None:
    """输出 JSON Schema，供编辑器和对接系统使用。"""
    from importlib.resources import files

    home = "recommender" if name == "explanation" else "policies"
    click.echo((files(home) / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"), nl=False)


@main.command()
@click.option("--sample", is_flag=True, help="同时载入虚构的示例企业。")
def setup(sample: bool) -> None:
    """建立数据库，载入政策库。可以反复运行。"""
    from web.setup import setup as set_up

    click.echo(set_up(os.environ.get("DATABASE_URL"), sample))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="监听的端口。")
@click.option("--sample", is_flag=True, help=f"示例环境：页面默认按 {SAMPLE_DAY} 判断，可选示例企业。")
def serve(host: str, port: int, sample: bool) -> None:
    """启动网页服务。"""
    from web.server import run

    run(host, port, sample)


def _bundled() -> Library:
    from policies.library import bundled_library

    return bundled_library()


if __name__ == "__main__":
    main()
