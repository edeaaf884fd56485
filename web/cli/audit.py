"""``huiqi audit``: whether the audit log is whole, and what it says."""

from __future__ import annotations

import os
import re

import click

from enterprises.calendar import format_moment
from web.commands import Command, Failure, Group, WrongInput
from web.stored import reading_database

_KNOWN = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")


@click.group(cls=Group)
def audit() -> None:
    """审计日志：谁对谁的数据做了什么。只增不改，每条都带着前一条的摘要。"""


@audit.command(cls=Command)
@click.option("--known", metavar="条号:摘要", help="从前核对时打印的条号和摘要；有了它才看得出末尾缺了，或全部重写过。")
def verify(known: str | None) -> None:
    """核对审计日志：有没有缺、改、插。不完整时说明从哪一条起，退出码是 1。"""
    from enterprises.audit import verify as follow

    read = _KNOWN.fullmatch(known) if known is not None else None
    if known is not None and read is None:
        raise WrongInput("--known 应是“条号:摘要”，照从前核对时打印的写")
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        verdict = follow(session, (int(read[1]), read[2]) if read else None)
    if verdict.wrong is not None:
        raise Failure(f"审计日志不完整：{verdict.why}。前 {verdict.rows} 条完好")
    click.echo(f"审计日志完整，共 {verdict.rows} 条。")
    click.echo(f"请把这一行另外存好，下次核对时用 --known：{verdict.rows}:{verdict.digest}")


@audit.command("list", cls=Command)
@click.option("--about", metavar="代码", required=True, help="关于谁：统一社会信用代码，或账户编号。")
@click.option("--limit", metavar="条数", default=50, type=click.IntRange(1, 10_000), help="最多几条，默认 50。")
def list_(about: str, limit: int) -> None:
    """列出关于一家企业或一个账户的操作，新的在前。"""
    from enterprises.audit import deeds_about
    from enterprises.deeds import say

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        for row in deeds_about(session, about, limit):
            detail = "" if row.detail == "{}" else f"  {row.detail}"
            click.echo(f"{row.number}  {format_moment(row.moment)}  {row.actor}  {say(row.action)}{detail}")
