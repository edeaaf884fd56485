"""``huiqi rounds``: rounds of grants from the command line, from the comparison to the enterprise's consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from enterprises.amounts import format_money, parse_money
from enterprises.calendar import format_day, format_moment
from enterprises.regions import full_name, is_region_code
from enterprises.source_text import BadText
from recommender.grants.states import Consent
from recommender.payments.budget import Rule
from recommender.payments.plans import Plan
from recommender.payments.round_states import RoundDeed
from recommender.payments.rounds import Round, candidates, counts, list_rounds, load_round
from recommender.payments.standings import Standing
from web.cli.money import acting, by_option, changing, looking, reason_option
from web.commands import Command, Group, WrongInput, day_option

_round = click.argument("round_id", metavar="批次编号")


@click.group(cls=Group)
def rounds() -> None:
    """免申即享批次：比对、名单、核对、公示、请企业确认。"""


@rounds.command("list", cls=Command)
@click.option("--most", metavar="个数", type=click.IntRange(1), default=50, show_default=True, help="最多列多少个。")
def list_(most: int) -> None:
    """列出批次，新的在前。"""
    with looking() as (session, seal):
        for each in list_rounds(session, seal, most):
            click.echo(f"{each.id}  {each.item_id}  {each.occasion}  {_where(each)}  {each.state.label}")


@rounds.command(cls=Command)
@_round
@click.option("--standing", type=click.Choice([each.value for each in Standing]), help="列出这样的企业和原因。")
def show(round_id: str, standing: str | None) -> None:
    """显示一个批次：安排、名单的合计、经过。"""
    with looking() as (session, seal):
        found = load_round(session, round_id, seal)
        totals = counts(session, round_id)
        wanted = candidates(session, round_id, Standing(standing), limit=None) if standing else ()
    click.echo(f"{found.item_id}（第 {found.item_version} 版）  {found.occasion}  {_where(found)}")
    click.echo(f"{found.state.label}，名单看到第 {found.position} 行")
    if found.notice_until is not None:
        click.echo(f"公示到 {format_day(found.notice_until)}")
    if found.confirm_by is not None:
        click.echo(f"企业确认到 {format_day(found.confirm_by)}")
    for name, count in totals.items():
        click.echo(f"{name.label}：{count.count} 家，应发 {format_money(count.due)}，实发 {format_money(count.amount)}")
    for row in wanted:
        click.echo(f"{row.credit_code}  {row.name or ''}  {format_money(row.amount)}  {row.words}")
    for event in found.history:
        note = f"：{event.note}" if event.note else ""
        click.echo(f"{event.number}. {format_moment(event.moment)}  {event.deed.label}（{event.actor}）{note}")


@rounds.command(cls=Command)
@click.argument("item", metavar="事项编号")
@click.option("--occasion", metavar="哪一次", required=True, help="例如 2023年度。")
@click.option("--region", metavar="行政区划代码", required=True, help="只给所在地在这里的企业。")
@click.option("--department", metavar="部门", required=True, help="由哪个部门办理。")
@click.option(
    "--notice-days", metavar="天数", type=int, default=5, show_default=True, help="公示几个工作日，0 不公示。"
)
@click.option("--consent-days", metavar="天数", type=int, default=15, show_default=True, help="给企业确认的天数。")
@click.option("--deemed", metavar="条款", default="", help="没有说不要就视为同意；写明文件里的哪一条这样规定。")
@click.option("--budget", metavar="金额", default="", help="这个批次最多发多少，例如 100万元。")
@click.option(
    "--rule", type=click.Choice([each.value for each in Rule]), default=Rule.STOP.value, help="预算不够时怎样发。"
)
@by_option
def make(  # noqa: PLR0913, PLR0917 -- one argument an option
    item: str,
    occasion: str,
    region: str,
    department: str,
    notice_days: int,
    consent_days: int,
    deemed: str,
    budget: str,
    rule: str,
    actor: str,
) -> None:
    """拟定一个批次。"""
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from recommender.payments.round_deeds import make_round

    if not is_region_code(region):
        raise WrongInput(f"“{region}”不是行政区划代码")
    plan = Plan(
        notice_days=notice_days,
        consent_days=consent_days,
        consent=Consent.DEEMED if deemed else Consent.EXPLICIT,
        clause=deemed,
        budget=_money(budget) if budget else None,
        rule=Rule(rule),
    )
    with changing() as (session, seal):
        library = load_library(session, bundled())
        if item not in library.items:
            raise WrongInput(f"政策库里没有事项“{item}”，或者已经下架")
        made = make_round(session, library.items[item], occasion, region, department, plan, acting(actor, None), seal)
    click.echo(made.id)


@rounds.command(cls=Command)
@_round
@click.argument("file", metavar="清单.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--count", metavar="家数", type=int, required=True, help="清单一共几家，用来核对。")
@click.option("--total", metavar="金额", required=True, help="清单一共多少钱，用来核对，例如 12.5万元。")
@by_option
def stated(round_id: str, file: Path, count: int, total: str, actor: str) -> None:
    """载入核定金额清单（列：统一社会信用代码、金额、算法、核定单位，可以有日期）。"""
    from recommender.payments.round_deeds import set_stated
    from recommender.payments.stated import read_stated

    with changing() as (session, seal):
        found = read_stated(file, count, _money(total))
        revision = load_round(session, round_id, seal).revision
        set_stated(session, round_id, revision, found, acting(actor, None), seal)
    click.echo(f"已载入 {found.count} 家，{format_money(found.total)}。")


@rounds.command(cls=Command)
@_round
@click.option(
    "--portion", metavar="家数", type=click.IntRange(1), default=500, show_default=True, help="一次比对多少家。"
)
@by_option
@day_option
def compare(round_id: str, portion: int, actor: str, on: date | None) -> None:
    """在最新的企业库快照上比对出名单。中断了，再运行一次就接着比对。"""
    from recommender.payments.comparing import compare as look
    from web.folders import files_folder, snapshots_folder

    by, done = acting(actor, on), False
    while not done:
        with changing() as (session, seal):
            progress = look(session, round_id, snapshots_folder(files_folder()), by, seal, portion)
        done = progress.done
        click.echo(f"已看 {progress.position:,} / {progress.rows:,} 家", err=True)
    with looking() as (session, _):
        found = counts(session, round_id)
    click.echo("，".join(f"{name.label} {count.count} 家" for name, count in found.items()) or "一家也没有。")


_DEEDS = {
    RoundDeed.SUBMIT: "submit",
    RoundDeed.SEND_BACK: "send_back",
    RoundDeed.CHECK: "check",
    RoundDeed.NOTICE: "publish",
    RoundDeed.ASK: "ask",
    RoundDeed.CLOSE: "close",
    RoundDeed.CANCEL: "cancel",
}


@rounds.command(cls=Command)
@_round
@click.argument("deed", metavar="动作", type=click.Choice([deed.value for deed in _DEEDS]))
@click.option("--reason", metavar="原因", default="", help="退回、取消要写。")
@by_option
@day_option
def advance(round_id: str, deed: str, reason: str, actor: str, on: date | None) -> None:
    """办下一步，并逐笔落实。

    submitted 提交核对，returned 退回修改，checked 核对无误（要另一个账号），noticed 开始公示，
    asked 请企业确认，closed 办结，cancelled 取消。
    """
    from recommender.payments import round_deeds

    wanted, by = RoundDeed(deed), acting(actor, on)
    do = getattr(round_deeds, _DEEDS[wanted])
    with changing() as (session, seal):
        revision = load_round(session, round_id, seal).revision
        if wanted in (RoundDeed.SEND_BACK, RoundDeed.CANCEL):
            done = do(session, round_id, revision, reason, by, seal)
        else:
            done = do(session, round_id, revision, by, seal)
    click.echo(done.state.label)
    _carry_on(round_id, actor, on)


@rounds.command("carry-on", cls=Command)
@_round
@by_option
@day_option
def carry_on_(round_id: str, actor: str, on: date | None) -> None:
    """把已经决定、还没有逐笔落实的落实完；没有剩下的就没有变化。"""
    _carry_on(round_id, actor, on)


@rounds.command(cls=Command)
@_round
@click.argument("code", metavar="统一社会信用代码")
@reason_option
@by_option
def strike(round_id: str, code: str, reason: str, actor: str) -> None:
    """从名单里剔除一家企业。"""
    from recommender.payments.round_deeds import strike as take_off

    with changing() as (session, seal):
        take_off(session, round_id, code, reason, acting(actor, None), seal)
    click.echo("已剔除。")


def _carry_on(round_id: str, actor: str, on: date | None) -> None:
    from recommender.payments.carrying import Carried, carry_on

    total = Carried(0, 1, 0)
    while total.left:
        with changing() as (session, seal):
            some = carry_on(session, round_id, acting(actor, on), seal)
        total = replace(some, done=total.done + some.done, blocked=total.blocked + some.blocked)
    if total.done or total.blocked:
        click.echo(f"落实 {total.done} 笔，情况有变而没有办的 {total.blocked} 笔。")


def _where(found: Round) -> str:
    return f"{full_name(found.region)}  {found.department}"


def _money(text: str) -> int:
    try:
        return parse_money(text)
    except BadText as error:
        raise WrongInput(str(error)) from None
