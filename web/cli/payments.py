"""``huiqi payments``: payment batches, the bank's results, the ledger, and whether everything agrees."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from enterprises.amounts import format_money, parse_money
from enterprises.source_text import BadText
from enterprises.whole_files import write_whole
from recommender.payments.batches import list_batches, load_batch, load_lines, payable
from web.cli.money import acting, by_option, changing, looking, reason_option
from web.commands import Command, Failure, Group, WrongInput, day_option

_batch = click.argument("batch_id", metavar="批次编号")


@click.group(cls=Group)
def payments() -> None:
    """付款：待付、拟定批次、放行、付款文件、银行结果、台账核对。"""


@payments.command(cls=Command)
@click.option("--region", metavar="行政区划代码", required=True, help="只列所在地在这里的。")
@click.option("--department", metavar="部门", default="", help="只列这个部门的。")
def due(region: str, department: str) -> None:
    """列出企业已经确认、等付款的资金，和不能付款的原因。"""
    with looking() as (session, seal):
        found = payable(session, region, department, seal)
    for each in found:
        grant = each.grant
        said = f"{grant.id}  {grant.credit_code}  {grant.item_id}  {grant.occasion}  {format_money(grant.amount)}"
        click.echo(said + (f"  {each.blocked}" if each.blocked else f"  尾号 {grant.account_tail}"))
    ready = [each.grant.amount for each in found if not each.blocked]
    click.echo(f"可以付款 {len(ready)} 笔，{format_money(sum(ready))}；不能付款 {len(found) - len(ready)} 笔。")


@payments.command(cls=Command)
@click.option("--region", metavar="行政区划代码", required=True, help="所在地在这里的。")
@click.option("--department", metavar="部门", default="", help="这个部门的。")
@by_option
@day_option
def batch(region: str, department: str, actor: str, on: date | None) -> None:
    """把可以付款的都放进一个付款批次。还要由另一个账号放行。"""
    from recommender.payments.batch_deeds import make_batch

    with changing() as (session, seal):
        ready = [each.grant.id for each in payable(session, region, department, seal) if not each.blocked]
        made = make_batch(session, ready, region, department, acting(actor, on), seal)
    click.echo(f"{made.id}  {made.number}  {made.count} 笔，{format_money(made.total)}")


@payments.command("list", cls=Command)
@click.option("--most", metavar="个数", type=click.IntRange(1), default=50, show_default=True, help="最多列多少个。")
def list_(most: int) -> None:
    """列出付款批次，新的在前。"""
    with looking() as (session, _):
        for each in list_batches(session, most):
            said = f"{each.count} 笔，{format_money(each.total)}"
            click.echo(f"{each.id}  {each.number}  {said}  {each.state.label}  拟定 {each.made_by}")


@payments.command(cls=Command)
@_batch
def show(batch_id: str) -> None:
    """显示一个付款批次的各行。"""
    with looking() as (session, _):
        found, lines = load_batch(session, batch_id), load_lines(session, batch_id)
    click.echo(f"{found.number}  {found.state.label}  {found.count} 笔，{format_money(found.total)}")
    click.echo(f"拟定 {found.made_by}，放行 {found.released_by or '还没有'}；文件摘要 {found.digest}")
    for line in lines:
        money = format_money(line.amount)
        click.echo(f"{line.reference}  {line.credit_code}  {money}  尾号 {line.account_tail}  {line.state.label}")


@payments.command(cls=Command)
@_batch
@by_option
@day_option
def release(batch_id: str, actor: str, on: date | None) -> None:
    """复核放行，送银行付款。要由拟定者以外的账号办理。"""
    from recommender.payments.batch_deeds import release as let_go

    with changing() as (session, seal):
        revision = load_batch(session, batch_id).revision
        done = let_go(session, batch_id, revision, acting(actor, on), seal)
    click.echo(f"{done.number} {done.state.label}。")


@payments.command(cls=Command)
@_batch
@reason_option
@by_option
def withdraw(batch_id: str, reason: str, actor: str) -> None:
    """撤销还没有放行的付款批次。"""
    from recommender.payments.batch_deeds import withdraw as give_up

    with changing() as (session, seal):
        done = give_up(session, batch_id, load_batch(session, batch_id).revision, reason, acting(actor, None), seal)
    click.echo(f"{done.number} {done.state.label}。")


@payments.command("file", cls=Command)
@_batch
@click.argument("path", metavar="文件.csv", type=click.Path(dir_okay=False, path_type=Path))
def file_(batch_id: str, path: Path) -> None:
    """写出付款文件（.csv 或 .xlsx）。同一批次每次写出的都一字不差。"""
    from recommender.payments.files import DamagedBatch, payment_csv, payment_xlsx

    kinds = {".csv": payment_csv, ".xlsx": payment_xlsx}
    make = kinds.get(path.suffix.lower())
    if make is None:
        raise WrongInput("文件名请以 .csv 或 .xlsx 结尾")
    try:
        with looking() as (session, seal):
            content = make(session, batch_id, seal)
        write_whole(path, lambda draft: draft.write_bytes(content))
    except DamagedBatch as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"文件写不到 {path}（{error.strerror}）。付款批次没有变化，换一个地方再写一次") from None
    click.echo(f"已写出 {path}。")


@payments.command(cls=Command)
@_batch
@click.argument("path", metavar="结果.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--count", metavar="笔数", type=int, required=True, help="银行回单上的笔数，用来核对。")
@click.option("--total", metavar="金额", required=True, help="银行回单上的金额，用来核对，例如 12.5万元。")
@by_option
@day_option
def result(batch_id: str, path: Path, count: int, total: str, actor: str, on: date | None) -> None:
    """载入银行结果（列：付款编号、金额、收款账号、结果、到账日期、原因）。有一行不对，整个文件都不载入。"""
    from recommender.payments.results import apply_result, read_result

    try:
        amount = parse_money(total)
    except BadText as error:
        raise WrongInput(str(error)) from None
    with changing() as (session, seal):
        done = apply_result(session, batch_id, read_result(path, count, amount), acting(actor, on), seal)
    click.echo(f"到账 {done.paid} 笔，退回 {done.returned} 笔，以前登记过的 {done.same} 笔。")


@payments.command(cls=Command)
@click.option("--region", metavar="行政区划代码", default=None, help="只列所在地在这里的。")
@click.option("--department", metavar="部门", default=None, help="只列这个部门的。")
@day_option
def outstanding(region: str | None, department: str | None, on: date | None) -> None:
    """应兑未兑：应当拿到而还没有拿到的，按事项、部门、地区和原因合计。"""
    from recommender.payments.outstanding import outstanding as what_waits

    with looking() as (session, _):
        found = what_waits(session, acting("", on).on, region=region, department=department)
    for each in found:
        said = f"{each.item_id}  {each.department}  {each.region}  {each.why.label}"
        click.echo(f"{said}  {each.count} 笔  {format_money(each.amount)}")
    total = format_money(sum(each.amount for each in found))
    click.echo(f"共 {sum(each.count for each in found)} 笔，{total}。")


@payments.command(cls=Command)
def verify() -> None:
    """核对台账、资金的状态、付款批次和追回是否一致。"""
    from recommender.payments.verifying import verify as compare

    with looking() as (session, _):
        wrong = compare(session)
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        raise Failure(f"有 {len(wrong)} 处不一致")
    click.echo("台账、资金、付款批次和追回都一致。")


@payments.command("book-missing", cls=Command)
@by_option
@day_option
def book_missing_(actor: str, on: date | None) -> None:
    """把启用台账以前发放的补记进台账。补记过的不会再记。"""
    from recommender.payments.verifying import book_missing

    with changing() as (session, seal):
        count = book_missing(session, acting(actor, on), seal)
    click.echo(f"补记 {count} 笔。")
