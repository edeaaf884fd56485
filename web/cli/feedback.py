"""``huiqi feedback``: what became of what enterprises were shown."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from enterprises.calendar import system_clock
from enterprises.source_text import from_plain
from recommender.ranking.feedback import Event
from web.commands import Command, Failure, Group, WrongInput
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from sqlmodel import Session


@click.group(cls=Group)
def feedback() -> None:
    """反馈：企业看到、点开、申报、兑现了哪些事项，哪些“不适合我”。只增不改。"""


@feedback.command(cls=Command)
@click.argument("item", metavar="事项编号")
@click.argument("event", metavar="反馈", type=click.Choice([one.value for one in Event]))
@click.option("--enterprise", "code", metavar="统一社会信用代码", help="哪家企业；不写就是不知道，只计数，不用来学习。")
@click.option("--version", metavar="版本", type=click.IntRange(1), help="事项的哪一版；不写就是数据库里最新的一版。")
@click.option("--position", metavar="位次", type=click.IntRange(1), help="当时排在第几。")
@click.option("--ranking", metavar="排序依据", help="当时按哪个排序版本，照页面上写的。")
@click.option("--id", "event_id", metavar="编号", help="这条反馈的编号，同一编号只记一次；不写就自动编一个。")
@click.option("--origin", metavar="来源", default="命令行", show_default=True, help="从哪里得知的。")
def add(
    item: str,
    event: str,
    code: str | None,
    version: int | None,
    position: int | None,
    ranking: str | None,
    event_id: str | None,
    origin: str,
) -> None:
    """记一条反馈。

    seen 看到，opened 点开，applied 已申报，granted 已兑现，not_for_me 不适合我，withdrawn 撤回“不适合我”。
    """
    from enterprises.dictionary import bundled
    from recommender.ranking.feedback_lines import read_event
    from recommender.ranking.tables import add_feedback, find_feedback

    now, name = system_clock(), uuid4().hex if event_id is None else event_id
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        # When, and where not given of which version, is no part of what is told: told again, it is the same event.
        before = find_feedback(session, name)
        told = before if before is not None and before.item == item else None
        plain = {
            "event_id": name,
            "credit_code": code,
            "item": item,
            "version": version or (told.version if told else _newest(session, item)),
            "event": event,
            "position": position,
            "ranking": ranking,
            "received_at": (told.received_at if told else now).isoformat(),
            "origin": origin,
        }
        added = add_feedback(session, {1: read_event(from_plain(plain, "反馈"), now)}, bundled())
    click.echo("已记下。" if added.added else "这条反馈早已记过，没有变化。")


@feedback.command("import", cls=Command)
@click.argument("file", metavar="反馈.jsonl", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """导入反馈，每行一条 JSON；有一行不对就一条也不导入。同一份文件导入第二次，什么也不会变。

    \b
    {"event_id": "…", "credit_code": "…", "item": "…", "version": 1, "event": "applied",
     "position": 2, "ranking": "stated-1", "received_at": "2024-06-30T09:30:00+08:00", "origin": "…"}

    credit_code、position、ranking 不知道就不写。
    """
    from enterprises.dictionary import bundled
    from recommender.ranking.feedback_lines import read_feedback
    from recommender.ranking.tables import add_feedback

    events = read_feedback(file, system_clock())
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        added = add_feedback(session, events, bundled(), str(file))
    click.echo(f"导入 {added.added} 条，早已有的 {added.unchanged} 条。")


@feedback.command(cls=Command)
@click.option("--out", metavar="文件", type=click.Path(dir_okay=False, path_type=Path), help="存成文件；不写就打印。")
def export(out: Path | None) -> None:
    """导出全部反馈，每行一条 JSON，可以再导入。"""
    from enterprises.whole_files import whole_file
    from recommender.ranking.feedback_lines import write_feedback
    from recommender.ranking.tables import stream_feedback

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        lines = write_feedback(stream_feedback(session))
        if out is None:
            for line in lines:
                click.echo(line, nl=False)
            return
        try:
            with whole_file(out) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)
        except OSError as error:
            raise Failure(f"存不到 {out}（{error.strerror}）。请换一个能写的位置") from None
    click.echo(f"已存到 {out}。")


@feedback.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def summary(as_json: bool) -> None:
    """反馈有多少：每种多少条、多少家企业。"""
    from recommender.ranking.tables import count_feedback

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        tallies = count_feedback(session)
    if as_json:
        click.echo(json.dumps({one.value: asdict(tally) for one, tally in tallies.items()}, indent=2))
        return
    for one, tally in tallies.items():
        unknown = f"，另有 {tally.anonymous} 条不知道是谁的" if tally.anonymous else ""
        click.echo(f"{one.label}：{tally.events} 条，{tally.enterprises} 家企业{unknown}")


def _newest(session: Session, item: str) -> int:
    from recommender.ranking.tables import newest_version

    version = newest_version(session, item)
    if version is None:
        raise WrongInput(f"数据库里没有事项“{item}”。请核对编号，或先运行 huiqi setup")
    return version
