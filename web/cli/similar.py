"""``huiqi similar``: items that look like the same support, and what persons decide about them. Only hints."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from enterprises.calendar import SHANGHAI, system_clock
from web.cli.package import load
from web.commands import Command, Failure, Group, WrongInput, library_option

if TYPE_CHECKING:
    from policies.items import Item
    from policies.library import Library
    from recommender.encoder.encoder import Encoder
    from recommender.similar.rulings import Question, Verdict

KINDS = ("same", "duplicate", "related")
STATES = ("open", "confirmed", "rejected", "reopened")
_KINDS_SAID = "same 同一扶持（上下级）、duplicate 重复、related 相关"


@click.group(cls=Group)
def similar() -> None:
    """找出可能是同一扶持或重复的事项，由人确认；只作提示，不影响金额。"""


@similar.command(name="list", cls=Command)
@click.option("--item", "item_id", metavar="编号", help="只列与这个事项有关的。")
@click.option("--kind", metavar="类别", type=click.Choice(KINDS), help=f"只列一类：{_KINDS_SAID}。")
@click.option(
    "--state",
    metavar="状态",
    type=click.Choice(STATES),
    help="只列一种状态：open 待确认、confirmed 已确认、rejected 已否定、reopened 内容已变；不写时不列已否定的。",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@library_option
def list_(item_id: str | None, kind: str | None, state: str | None, as_json: bool, folder: Path | None) -> None:
    """列出相像的事项、理由和确认情况。"""
    from recommender.similar.pairs import similar_pairs
    from recommender.similar.rulings import load_rulings, questions
    from web.stored import reading_database

    library = load(folder)
    if item_id is not None:
        find_item(library, item_id)
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        rulings = load_rulings(session)
    asked = questions(library, similar_pairs(library, encoder_in_use()), rulings)
    chosen = [each for each in asked if _is_chosen(each, item_id, kind, state)]
    if as_json:
        click.echo(json.dumps([_plain(each) for each in chosen], ensure_ascii=False, indent=2))
    else:
        _print(chosen)


@similar.command(cls=Command)
@click.argument("first", metavar="编号")
@click.argument("second", metavar="编号")
@click.option(
    "--as", "kind", metavar="类别", required=True, type=click.Choice(KINDS), help=f"是哪一类：{_KINDS_SAID}。"
)
@click.option("--by", metavar="姓名", required=True, help="由谁确认。")
@click.option("--note", metavar="说明", default="", help="理由或说明。")
@library_option
def confirm(first: str, second: str, kind: str, by: str, note: str, folder: Path | None) -> None:
    """确认两个事项的关系；事项内容改变后要重新确认。"""
    from recommender.similar.rulings import Verdict

    _decide(load(folder), (first, second), Verdict.CONFIRMED, kind, by, note)


@similar.command(cls=Command)
@click.argument("first", metavar="编号")
@click.argument("second", metavar="编号")
@click.option("--by", metavar="姓名", required=True, help="由谁否定。")
@click.option("--note", metavar="说明", default="", help="理由或说明。")
@library_option
def reject(first: str, second: str, by: str, note: str, folder: Path | None) -> None:
    """否定：两个事项没有关系；事项内容改变后会重新提出。"""
    from recommender.similar.rulings import Verdict

    _decide(load(folder), (first, second), Verdict.REJECTED, None, by, note)


def _decide(library: Library, ids: tuple[str, str], verdict: Verdict, kind: str | None, by: str, note: str) -> None:
    from enterprises.source_text import BadText
    from recommender.similar.pairs import Kind
    from recommender.similar.rulings import State, rule, store_ruling
    from web.stored import writing_database

    items = find_item(library, ids[0]), find_item(library, ids[1])
    try:
        ruling = rule(items, verdict, None if kind is None else Kind(kind), by=by, at=system_clock(), note=note)
    except BadText as error:
        raise WrongInput(str(error)) from None
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        store_ruling(session, ruling)
    said = "" if ruling.kind is None else f"：{ruling.kind.label}"
    click.echo(f"{State(verdict).label}{said}\n  {_name(items[0])}\n  {_name(items[1])}")


def encoder_in_use() -> Encoder:
    """The encoder that the setting names. Raises ``Failure`` where it cannot be used."""
    from recommender.encoder.encoder import BadModel, load_encoder

    try:
        return load_encoder()
    except BadModel as error:
        raise Failure(str(error)) from None


def find_item(library: Library, item_id: str) -> Item:
    """An item of the library. Raises ``WrongInput``, which names the nearest."""
    from enterprises.source_text import suggest

    if item_id not in library.items:
        raise WrongInput(
            f"没有事项“{item_id}”。{suggest(item_id, library.items, '全部事项可用 huiqi library list 查看')}"
        )
    return library.items[item_id]


def _is_chosen(question: Question, item_id: str | None, kind: str | None, state: str | None) -> bool:
    return (
        (item_id is None or item_id in [item.id for item in question.items])
        and (kind is None or question.kind == kind)
        and (question.state == state if state is not None else question.state != "rejected")
    )


def _print(chosen: Sequence[Question]) -> None:
    for number, question in enumerate(chosen, start=1):
        score = f"，{question.pair.score:.2f} 分" if question.pair is not None else ""
        click.echo(f"{number}. {question.kind.label}（{question.state.label}{score}）")
        for item in question.items:
            click.echo(f"   {_name(item)}")
        if question.pair is not None:
            click.echo(f"   理由：{'；'.join(question.pair.reasons)}")
        if question.ruling is not None:
            ruling = question.ruling
            note = f"：{ruling.note}" if ruling.note else ""
            said = "已否定" if ruling.kind is None else f"确认为{ruling.kind.label}"
            click.echo(f"   {ruling.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} {ruling.by} {said}{note}")
    click.echo(f"共 {len(chosen)} 对。只作提示，不影响任何判断和金额。")
    if any(question.state in ("open", "reopened") for question in chosen):
        click.echo(
            "确认或否定：huiqi similar confirm 编号 编号 --as same --by 姓名；huiqi similar reject 编号 编号 --by 姓名"
        )


def _name(item: Item) -> str:
    from enterprises import regions

    return f"{item.id} {item.title}（{regions.full_name(item.document.region)}，{item.document.title}）"


def _plain(question: Question) -> dict[str, Any]:
    pair, ruling = question.pair, question.ruling
    return {
        "items": [{"id": item.id, "title": item.title, "digest": item.digest} for item in question.items],
        "kind": question.kind.value,
        "state": question.state.value,
        "score": None if pair is None else round(pair.score, 4),
        "parts": None if pair is None else {name: round(part, 4) for name, part in pair.parts.items()},
        "reasons": [] if pair is None else list(pair.reasons),
        "ruling": None
        if ruling is None
        else {
            "verdict": ruling.verdict.value,
            "kind": None if ruling.kind is None else ruling.kind.value,
            "by": ruling.by,
            "at": ruling.at.astimezone(SHANGHAI).isoformat(),
            "note": ruling.note,
        },
    }
