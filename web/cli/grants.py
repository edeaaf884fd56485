"""``huiqi grants``: supports that need no application, from the command line of an office."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.amounts import format_money, parse_money
from enterprises.calendar import format_moment, today
from enterprises.source_text import Entry, read_file
from recommender.grants.account import Account, BadAccount, read_account
from recommender.grants.grants import Grant
from recommender.grants.states import TRANSITIONS, Consent, Deed, Party, State
from recommender.grants.wording import say_state
from web.cli.money import acting, changing, looking
from web.commands import Command, Day, Group, WrongInput, day_option

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.explanation import Explanation
    from recommender.grants.entitlement import Stated

OPERATOR = "operator"
"""Who acts, in the history and the audit log, where somebody uses the command line."""

ADVANCES = tuple(
    deed.value
    for deed, way in TRANSITIONS.items()
    if way.by is Party.OFFICE and deed not in (Deed.NOMINATE, Deed.OFFER)
)
"""What an office does with a grant once it is there."""

_grant = click.argument("grant_id", metavar="编号")


@click.group(cls=Group)
def grants() -> None:
    """免申即享：比对、核对、请企业确认、付款、到账。"""


@grants.command(cls=Command)
@click.argument("item", metavar="事项编号")
@click.argument("code", metavar="统一社会信用代码")
@click.option("--occasion", metavar="哪一次", required=True, help="例如 2023年度。同一事项、企业、次数只能有一笔。")
@click.option("--confirm-by", metavar="日期", type=Day(), required=True, help="企业确认的最后一天，当天也算。")
@click.option("--deemed", is_flag=True, help="政策规定不用确认：到期没有说不要，就视为同意。")
@click.option(
    "--details",
    metavar="明细.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="核定的金额和收款账户，见上。",
)
@day_option
def offer(
    item: str, code: str, occasion: str, confirm_by: date, deemed: bool, details: Path | None, on: date | None
) -> None:
    """核对无误后请一家企业确认一笔资金。条件要全部由登记、税务或统计的数据证实。

    明细是 YAML 或 JSON 文件。stated 只在条文把标准留给别的规定时写，account 不写就由企业填写：

    \b
    stated: {amount: 4500元, steps: [3 人 × 1500 元], office: 核定的单位}
    account: {holder: 户名, bank: 开户行, number: "账号"}
    """
    from recommender.grants.deeds import perform
    from recommender.grants.entitlement import entitlement
    from recommender.grants.offers import nominate
    from recommender.grants.offers import offer as ask

    fields = {} if details is None else read_file(details).fields((), ("stated", "account"))
    stated = _read_stated(fields["stated"]) if "stated" in fields else None
    paid_to = _read_account(fields["account"]) if "account" in fields else None
    by, consent = acting(OPERATOR, on), Consent.DEEMED if deemed else Consent.EXPLICIT
    with changing() as (session, seal):
        explanation = _explained(session, item, code, by.on)
        grant = nominate(session, entitlement(explanation, item, stated), occasion, by, seal, paid_to)
        perform(session, grant.id, Deed.CHECK, by, seal)
        grant = ask(session, grant.id, explanation, confirm_by, by, seal, consent)
    click.echo(f"{grant.id}  {format_money(grant.amount)}  {say_state(grant, by.on)}")


@grants.command("list", cls=Command)
@click.option("--enterprise", "code", metavar="统一社会信用代码", help="只列这家企业的。")
@click.option("--state", metavar="状态", type=click.Choice([state.value for state in State]), help="只列这个状态的。")
@click.option("--most", metavar="笔数", type=click.IntRange(1), default=100, show_default=True, help="最多列多少笔。")
@day_option
def list_(code: str | None, state: str | None, most: int, on: date | None) -> None:
    """列出资金，新的在前。状态是当天的：过了最后一天没有确认，就是作废。"""
    from recommender.grants.grants import list_grants

    day = on or today()
    with looking() as (session, seal):
        found = list_grants(session, seal, code, limit=None if state else most)
    # Which day it is decides about the state, so the database alone cannot say which ones are in it.
    shown = [grant for grant in found if state is None or grant.state_on(day) == state][:most]
    for grant in shown:
        said = f"{grant.item_id}  {grant.occasion}  {format_money(grant.amount)}"
        click.echo(f"{grant.id}  {grant.credit_code}  {said}  {grant.state_on(day).label}")
    click.echo(f"共 {len(shown)} 笔，{format_money(sum(grant.amount for grant in shown))}。")


@grants.command(cls=Command)
@_grant
@day_option
def show(grant_id: str, on: date | None) -> None:
    """显示一笔资金和它的经过。"""
    from recommender.grants.grants import load_grant

    with looking() as (session, seal):
        grant = load_grant(session, grant_id, seal)
    _print(grant, on or today())


@grants.command(cls=Command)
@_grant
@click.argument("deed", metavar="动作", type=click.Choice(ADVANCES))
@click.option("--reason", metavar="原因", default="", help="撤回、退回、追回要写。")
@click.option("--paid-on", metavar="日期", type=Day(), help="到账日期；paid 要写。")
@day_option
def advance(grant_id: str, deed: str, reason: str, paid_on: date | None, on: date | None) -> None:
    """办下一步。

    checked 核对无误，noticed 开始公示，paying 送银行付款，paid 到账，
    returned 银行退回，withdrawn 撤回，recovered 追回。
    """
    from recommender.grants.deeds import perform, settle

    by, wanted = acting(OPERATOR, on), Deed(deed)
    if (wanted is Deed.SETTLE) != (paid_on is not None):
        raise WrongInput("“到账”要用 --paid-on 写到账日期，别的动作不写")
    with changing() as (session, seal):
        if paid_on is not None:
            grant = settle(session, grant_id, paid_on, by, seal)
        else:
            grant = perform(session, grant_id, wanted, by, seal, reason)
    click.echo(say_state(grant, by.on))


@grants.command(cls=Command)
@day_option
def lapse(on: date | None) -> None:
    """把过了最后一天的记下来：没有确认的作废，不用确认的视为同意。每天运行一次，重复运行没有变化。"""
    from recommender.grants.deeds import lapse as write_down

    by = acting(OPERATOR, on)
    with changing() as (session, _):
        done = write_down(session, by.on, by.moment)
    click.echo(f"作废 {done.lapsed} 笔，视为同意 {done.deemed} 笔。")


def _print(grant: Grant, on: date) -> None:
    click.echo(f"{grant.item_id}（第 {grant.item_version} 版）  {grant.occasion}  {grant.credit_code}")
    click.echo(f"{format_money(grant.amount)}  {grant.state_on(on).label}：{say_state(grant, on)}")
    for step in grant.steps:
        click.echo(f"  {step}")
    if grant.office is not None:
        click.echo(f"  由{grant.office}核定")
    click.echo(f"依据：结果 {grant.explanation_id}（可用 huiqi recheck 复算）")
    click.echo(f"账户：{'尾号 ' + grant.account_tail if grant.account_tail else '还没有'}")
    for event in grant.history:
        note = f"：{event.note}" if event.note else ""
        click.echo(f"{event.number}. {format_moment(event.moment)}  {event.deed.label}（{event.actor}）{note}")


def _explained(session: Session, item_id: str, code: str, on: date) -> Explanation:
    from enterprises.dictionary import bundled
    from enterprises.tables import load_profile
    from policies.library import Library
    from policies.tables import load_library
    from recommender.explanation import explain

    profile, library = load_profile(session, code, bundled()), load_library(session, bundled())
    if profile is None:
        raise WrongInput(f"数据库里没有企业“{code}”")
    if item_id not in library.items:
        raise WrongInput(f"政策库里没有事项“{item_id}”，或者已经下架")
    item = library.items[item_id]
    return explain(Library({item.document.id: item.document}, {item.id: item}, library.dictionary), profile, on)


def _read_stated(entry: Entry) -> Stated:
    from recommender.grants.entitlement import Stated

    fields = entry.fields(("amount", "steps", "office"))
    steps = tuple(step.text() for step in fields["steps"].items())
    return Stated(fields["amount"].read(parse_money), steps, fields["office"].text())


def _read_account(entry: Entry) -> Account:
    fields = entry.fields(("holder", "bank", "number"))
    try:
        return read_account(fields["holder"].text(), fields["bank"].text(), fields["number"].text())
    except BadAccount as error:
        raise WrongInput(f"{entry.file}：{error}") from None
