"""``huiqi notify``: tell enterprises what is new for them, in their inboxes."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from enterprises.calendar import format_day, system_clock, today
from web.cli.sources import find_region
from web.commands import Command, Failure, day_option
from web.stored import migrated_database

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.messages.notify import Tally


@click.command(cls=Command)
@day_option
@click.option("--region", metavar="地区", help="只管这个地区的企业，例如 610602 或 宝塔区；不写就是全部。")
@click.option(
    "--store-only",
    is_flag=True,
    help="只写站内消息，不经其他通道发送。这个命令目前本来就只写站内消息；其他通道由批量推送使用。",
)
def notify(on: date | None, region: str | None, store_only: bool) -> None:
    """告诉订阅的企业有什么新情况：新增的可享事项、截止提醒、差一点就能享受的、等确认的免申即享、诉求的答复。

    每天运行一次。同一天再运行，或者中断后再运行，什么也不会重复告诉。
    """
    from enterprises.database import reading
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from recommender.messages.notify import Tally, Telling
    from recommender.messages.services import appeals, grants
    from web.rankers import stored_ranker

    day = on or today()
    code = None if region is None else find_region(region)
    done = Tally()
    with migrated_database(os.environ.get("DATABASE_URL")) as engine:
        with reading(engine) as session:
            library, ranker = load_library(session, bundled()), stored_ranker(session)
        if not library.documents:
            raise Failure("数据库里还没有政策库，请先运行 huiqi setup")
        telling = Telling(engine, library, ranker, members, day, system_clock(), (grants, appeals))
        for tally in telling.run(code):
            done += tally
    click.echo(say(done, day))


def say(done: Tally, day: date) -> str:
    """What a run did, in Chinese."""
    said = f"{format_day(day)}：看了 {done.enterprises} 家企业，写了 {done.messages} 条站内消息，共 {done.news} 项。"
    if done.quiet:
        said += f"{done.quiet} 份订阅今天不打扰，顺延到之后第一个可以打扰的日子。"
    if done.unknown:
        said += f"{done.unknown} 家企业数据库里没有画像，没有什么可说。"
    return said


def members(session: Session, credit_codes: Collection[str] | None) -> dict[str, Sequence[str]]:
    """The accounts that belong to enterprises now and may sign in, by credit code; of all where ``None``."""
    from sqlmodel import col, select

    from web.accounts.tables import AccountRow, MembershipRow

    wanted = (
        select(MembershipRow.credit_code, MembershipRow.account_id)
        .join(AccountRow, col(AccountRow.id) == col(MembershipRow.account_id))
        .where(col(MembershipRow.ended_at).is_(None), col(AccountRow.disabled).is_(False))
        .order_by(col(MembershipRow.credit_code), col(MembershipRow.account_id))
        .distinct()
    )
    if credit_codes is not None:
        wanted = wanted.where(col(MembershipRow.credit_code).in_(credit_codes))
    found: dict[str, list[str]] = {}
    for code, account in session.exec(wanted):
        found.setdefault(code, []).append(account)
    return dict(found)
