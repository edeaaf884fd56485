"""``huiqi search`` and ``huiqi index``: finding items in everyday words, and the index behind it."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from enterprises.amounts import parse_money
from enterprises.calendar import today
from enterprises.source_text import BadText, suggest
from web.cli.package import load
from web.commands import Command, Failure, Group, WrongInput, day_option, library_option
from web.folders import index_folder

if TYPE_CHECKING:
    from policies.items import Category, Delivery
    from policies.library import Library
    from recommender.encoder.encoder import Encoder
    from recommender.search.filters import Filters
    from recommender.search.search import Hit, Results


CATEGORIES = "奖补资金、税费减免、融资支持、服务、权利保障、办事提速"
DELIVERIES = "免申即享、即申即享、申报、服务"
"""What can be chosen, written down here so that help needs no policies; a test holds it to them."""


@click.command(cls=Command)
@click.argument("words", metavar="问题", nargs=-1, required=True)
@click.option("--region", metavar="地区", help="只要这个地区适用的：行政区划代码或名称，例如 610602、宝塔区。")
@click.option("--open", "is_open", is_flag=True, help="只要那一天有效的。")
@click.option("--category", metavar="类别", help=f"只要这一类：{CATEGORIES}。")
@click.option("--delivery", metavar="方式", help=f"只要这样拿到的：{DELIVERIES}。")
@click.option("--amount", metavar="金额", help="只要最多可得到这么多或更多钱的，例如 50万元。")
@click.option("--most", metavar="条数", default=10, type=click.IntRange(1, 100), help="最多列几条，默认 10。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@day_option
@library_option
def search(
    words: tuple[str, ...], most: int, as_json: bool, on: date | None, folder: Path | None, **narrowing: Any
) -> None:
    """用平常的话找政策。

    \b
    huiqi search 厂里要换一批新设备，能补多少钱
    huiqi search 专精特新 奖励 --region 宝塔区 --open
    """
    from recommender.search.entries import entries_of
    from recommender.search.finder import fitting
    from recommender.search.index import Index
    from recommender.search.query import understand
    from recommender.search.search import search as search_index

    filters, day, loaded = _filters(**narrowing), on or today(), _library_to_search(folder)
    encoder, entries = _encoder(), entries_of(loaded)
    index = fitting(index_folder(), entries, encoder) or Index.build(entries, encoder)
    results = search_index(index, understand(" ".join(words), index.vocabulary, day), filters, day, encoder, most)
    if as_json:
        click.echo(json.dumps(_plain(results, day), ensure_ascii=False, indent=2))
    else:
        _print(results, loaded, day)


def _filters(
    region: str | None, is_open: bool, category: str | None, delivery: str | None, amount: str | None
) -> Filters:
    from policies.items import Category, Delivery
    from recommender.search.filters import Filters
    from web.cli.sources import find_region

    try:
        least = None if amount is None else parse_money(amount)
    except BadText as error:
        raise WrongInput(f"--amount：{error}") from None
    return Filters(
        region=None if region is None else find_region(region),
        open=is_open,
        category=_one_of(Category, category, "--category"),
        delivery=_one_of(Delivery, delivery, "--delivery"),
        amount=least,
    )


def _one_of(choices: type[Category] | type[Delivery], text: str | None, option: str) -> str | None:
    """The value of the choice that is meant by its label or its value. Raises ``WrongInput``."""
    meant = {name: each.value for each in choices for name in (each.value, each.label)}
    if text is not None and text not in meant:
        known = [each.label for each in choices]
        raise WrongInput(f"{option} 没有“{text}”。{suggest(text, known, '可以写：' + '、'.join(known))}")
    return None if text is None else meant[text]


def _encoder() -> Encoder | None:
    """The encoder that is set. Without one that works, words alone are searched, and a warning says so."""
    from recommender.encoder.encoder import BadModel, load_encoder

    try:
        return load_encoder()
    except BadModel as error:
        click.echo(f"注意：语义模型不能用，只按字词查找，结果可能不全。{error}", err=True)
        return None


def _plain(results: Results, on: date) -> dict[str, Any]:
    return {
        "total": results.total,
        "sure": results.sure,
        "notes": list(results.notes),
        "facets": {
            name: [{"value": choice.value, "count": choice.count} for choice in choices]
            for name, choices in results.facets.items()
        },
        "hits": [_plain_hit(hit, on) for hit in results.hits],
    }


def _plain_hit(hit: Hit, on: date) -> dict[str, Any]:
    from policies.items import Window

    entry = hit.entry
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "title": entry.title,
        "clause": entry.clause,
        "region": entry.region,
        "category": entry.category,
        "delivery": entry.delivery,
        "opens": entry.opens.isoformat() if entry.opens else None,
        "closes": entry.closes.isoformat() if entry.closes else None,
        "open": entry.opens is None or Window(entry.opens, entry.closes).state(on).is_open,
        "low": entry.low,
        "high": entry.high,
        "score": round(hit.score, 4),
        "words": round(hit.words, 4),
        "meaning": round(hit.meaning, 4),
        "snippet": [{"text": part.text, "hit": part.hit} for part in hit.snippet.parts],
        "reasons": list(hit.reasons),
    }


def _print(results: Results, library: Library, on: date) -> None:
    for note in results.notes:
        click.echo(f"※ {note}")
    click.echo(f"找到 {results.total} 条" + (f"，列出前 {len(results.hits)} 条：" if results.hits else "。"))
    for place, hit in enumerate(results.hits, start=1):
        snippet = "".join(click.style(part.text, bold=part.hit) for part in hit.snippet.parts)
        click.echo(f"\n{place}. {click.style(hit.entry.title, bold=True)}　{hit.entry.id}")
        click.echo(f"   {snippet}")
        click.echo(f"   {'；'.join((_where(hit, library, on), *hit.reasons))}")


def _where(hit: Hit, library: Library, on: date) -> str:
    from web.checkup.cards import show_deadline

    item = library.items.get(hit.entry.id)
    if item is None:
        return f"{hit.entry.kind.label}：没有可以申请的待遇"
    return f"{item.category.label}，{item.delivery.label}，{show_deadline(item, on)}"


def _library_to_search(folder: Path | None) -> Library:
    """The library in a folder, or the one that the pages have, or without a database the bundled one."""
    from enterprises.database import DEFAULT_URL

    has_database = "DATABASE_URL" in os.environ or Path(DEFAULT_URL.removeprefix("sqlite:///")).is_file()
    return _library(folder) if has_database else load(folder)


# --------------------------------------------------------------------------------------------- the index


@click.group(cls=Group)
def index() -> None:
    """检索索引：建立、查看状态。"""


_folder = click.option(
    "--index",
    "home",
    metavar="文件夹",
    type=click.Path(file_okay=False, path_type=Path),
    help="索引所在的文件夹；不写就是 HUIQI_INDEX，再不写就是 var/index。",
)


@index.command()
@_folder
@library_option
def build(home: Path | None, folder: Path | None) -> None:
    """按数据库里现在的政策库（或 --library 的）重建索引；建好之前，旧的照常使用。"""
    from recommender.encoder.encoder import BadModel, load_encoder
    from recommender.search.entries import entries_of
    from recommender.search.index import Index

    home = home or index_folder()
    try:
        encoder = load_encoder()
    except BadModel as error:
        raise Failure(str(error)) from None
    made = Index.build(entries_of(_library(folder)), encoder)
    try:
        made.write(home)
    except OSError as error:
        raise Failure(f"索引写不到 {home}（{error.strerror}）。请换一个能写的文件夹") from None
    click.echo(f"已建好索引：{len(made.entries)} 条，语义模型 {encoder.name}，存于 {home}")


@index.command()
@_folder
@library_option
def status(home: Path | None, folder: Path | None) -> None:
    """核对索引：文件是否完好，是否与现在的政策库和语义模型相符。不相符时退出状态为 1。"""
    from recommender.encoder.encoder import BadModel, load_encoder
    from recommender.search.entries import digest, entries_of
    from recommender.search.generations import DamagedIndex, NoIndex
    from recommender.search.index import Index, StaleIndex

    home = home or index_folder()
    try:
        encoder = load_encoder()
        held = Index.open(home, encoder)
    except (BadModel, NoIndex, DamagedIndex, StaleIndex) as error:
        raise Failure(str(error)) from None
    if held.digest != digest(entries_of(_library(folder))):
        raise Failure(f"{home} 的索引与现在的政策库不同。请运行 huiqi index build 重建；网页服务会自己更新")
    click.echo(f"索引完好，与政策库一致：{len(held.entries)} 条，语义模型 {encoder.name}，{home}")


def _library(folder: Path | None) -> Library:
    """The library in a folder, or the one in the database, as the pages have it. Raises ``Failure``."""
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from web.stored import reading_database

    if folder is not None:
        return load(folder)
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        library = load_library(session, bundled())
    if not library.documents:
        raise Failure("数据库里还没有政策库。请先运行 huiqi setup，或用 --library 给出政策库的文件夹")
    return library
