"""``huiqi campaigns``: campaigns from the command line: how far they are, to stop them, what could not be sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import click

from enterprises.amounts import format_money
from enterprises.calendar import format_day, format_moment, system_clock, today
from enterprises.regions import full_name
from recommender.campaigns.states import DeliveryState, NoSuchCampaign, Refused
from web.commands import Command, Failure, Group, WrongInput, day_option
from web.folders import files_folder, snapshots_folder
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.campaigns.deeds import By
    from recommender.campaigns.reckoning import Estimate

_campaign = click.argument("campaign", metavar="编号", type=click.IntRange(1))
_by = click.option("--by", metavar="工号", required=True, help="谁办的；记入经过和审计日志。")
_reason = click.option("--reason", metavar="原因", default="", help="为什么。")


@click.group(cls=Group)
def campaigns() -> None:
    """批量推送：列出、查看、测算、开始、暂停、继续、取消、重试。新建和审批在管理页面上办。"""


@campaigns.command("list", cls=Command)
def show_list() -> None:
    """列出批量推送，最近改动的在前。"""
    from recommender.campaigns.campaigns import list_campaigns, workers

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        listed, at_work = list_campaigns(session), workers(session)
    for each in listed:
        planned = f"，{each.enterprises:,} 家、{each.pushes:,} 项" if each.pushes else ""
        click.echo(f"{each.id}  {each.state.label}  {each.title}（{full_name(each.region)}）{planned}")
    if not listed:
        click.echo("还没有批量推送。")
    for one in at_work:
        click.echo(f"后台进程 {one.name}：{format_moment(one.seen_at)}还在工作")


@campaigns.command(cls=Command)
@_campaign
def show(campaign: int) -> None:
    """查看一次推送：内容、进度、经过。"""
    from recommender.campaigns.campaigns import load_campaign, progress

    with _reading() as session:
        found, so_far = load_campaign(session, campaign), progress(session, campaign)
    content = found.content
    click.echo(f"{found.id}  {found.state.label}  {content.title}（{full_name(content.region)}）")
    click.echo("事项：" + "、".join(f"{each.item_id}（第 {each.version} 版）" for each in content.items))
    click.echo("通道：" + "、".join(content.channels))
    if found.planned is not None:
        planned = found.planned
        click.echo(
            f"名单：按 {format_day(planned.as_of)} 判断，{planned.enterprises:,} 家企业、{planned.pushes:,} 项，"
            f"{planned.deliveries:,} 条消息"
        )
    for channel, counted in sorted(so_far.by_channel.items()):
        said = "，".join(f"{state.label} {counted[state]:,}" for state in DeliveryState if counted.get(state))
        click.echo(f"  {channel}：{said}")
    for event in found.history:
        because = f"：{event.reason}" if event.reason else ""
        click.echo(f"{format_moment(event.moment)}  {event.actor}  {event.deed.label}{because}")


@campaigns.command(cls=Command)
@_campaign
@day_option
def estimate(campaign: int, on: date | None) -> None:
    """测算现在推送会是多少：企业、事项、消息、金额。什么也不改。"""
    from enterprises.dictionary import bundled
    from enterprises.snapshots import newest
    from recommender.campaigns.campaigns import load_campaign
    from recommender.campaigns.estimates import estimate as reckon

    with _reading() as session:
        found = load_campaign(session, campaign)
        snapshot = newest(snapshots_folder(files_folder(os.environ)), bundled())
        if snapshot is None:
            raise Failure("还没有企业库快照，请先在管理页面上生成，或者让后台进程列名单时生成")
        reckoned = reckon(session, snapshot, found.content, on or today(), campaign_id=campaign)
    _print(reckoned)


def _print(reckoned: Estimate) -> None:
    money = format_money(reckoned.low)
    if reckoned.high != reckoned.low:
        money += f" 至 {format_money(reckoned.high)}"
    click.echo(f"{reckoned.enterprises:,} 家企业、{reckoned.pushes:,} 项、{reckoned.deliveries:,} 条消息，金额 {money}")
    if reckoned.unbounded:
        click.echo(f"其中 {reckoned.unbounded:,} 项的金额没有上限，只计了下限")
    for item in reckoned.by_item:
        click.echo(f"  {item.item_id}：符合 {item.eligible:,}，待补充 {item.undetermined:,}，差一点 {item.near:,}")


@campaigns.command(cls=Command)
@_campaign
@_by
def start(campaign: int, by: str) -> None:
    """开始一次已批准的推送。"""
    from recommender.campaigns.deeds import start as begin

    with _writing() as session:
        begin(session, campaign, _who(by))
    click.echo("已开始，后台进程会先列名单再发送。")


@campaigns.command(cls=Command)
@_campaign
@_by
def pause(campaign: int, by: str) -> None:
    """暂停，发完手上的一小批就停。"""
    from recommender.campaigns.deeds import pause as hold

    with _writing() as session:
        hold(session, campaign, _who(by))
    click.echo("已暂停。")


@campaigns.command(cls=Command)
@_campaign
@_by
def resume(campaign: int, by: str) -> None:
    """继续暂停了的推送。"""
    from recommender.campaigns.deeds import resume as go_on

    with _writing() as session:
        go_on(session, campaign, _who(by))
    click.echo("已继续。")


@campaigns.command(cls=Command)
@_campaign
@_reason
@_by
def cancel(campaign: int, reason: str, by: str) -> None:
    """取消，没有发送的不再发送。"""
    from recommender.campaigns.deeds import cancel as end

    with _writing() as session:
        end(session, campaign, reason, _who(by))
    click.echo("已取消。")


@campaigns.command(cls=Command)
@_campaign
@click.option("--limit", metavar="条数", default=50, type=click.IntRange(1, 1000), help="最多列多少条，默认 50。")
def dead(campaign: int, limit: int) -> None:
    """列出发送失败、不再自动重试的消息。"""
    from recommender.campaigns.campaigns import deliveries, load_campaign

    with _reading() as session:
        load_campaign(session, campaign)
        found = deliveries(session, campaign, DeliveryState.DEAD, limit=limit)
    for each in found:
        click.echo(f"{each.id}  {each.credit_code}  {each.channel}  {each.reason}")
    click.echo(f"共列出 {len(found)} 条。" if found else "没有发送失败的消息。")


@campaigns.command(cls=Command)
@_campaign
@click.argument("deliveries", metavar="[消息编号]...", nargs=-1)
@_by
def retry(campaign: int, deliveries: tuple[str, ...], by: str) -> None:
    """重试发送失败的消息：列出编号的那些，不写就是全部。"""
    from recommender.campaigns.deeds import retry as again

    with _writing() as session:
        count = again(session, campaign, _who(by), deliveries or None)
    click.echo(f"{count} 条消息会再发送。")


def _who(by: str) -> By:
    from recommender.campaigns.deeds import By

    return By(by, system_clock())


@contextmanager
def _reading() -> Iterator[Session]:
    with _said(), reading_database(os.environ.get("DATABASE_URL")) as session:
        yield session


@contextmanager
def _writing() -> Iterator[Session]:
    with _said(), writing_database(os.environ.get("DATABASE_URL")) as session:
        yield session


@contextmanager
def _said() -> Iterator[None]:
    """What can be wrong with what was asked, in its own words."""
    try:
        yield
    except NoSuchCampaign:
        raise WrongInput("没有这个编号的批量推送。全部编号可用 huiqi campaigns list 查看") from None
    except Refused as refusal:
        raise Failure(str(refusal)) from None
