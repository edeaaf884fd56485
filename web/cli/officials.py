"""``huiqi officials``: who has which post, and giving and ending posts where no administrator can."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from enterprises.calendar import format_moment, system_clock
from enterprises.regions import full_name, is_region_code
from enterprises.sealing import BadKeys, Seal, keys_of
from web.accounts.visitor import Duty, Post
from web.commands import Command, Failure, Group, WrongInput
from web.stored import reading_database, writing_database

_account = click.argument("account", metavar="账户编号")


MOST_DEPARTMENT = 60
"""Characters."""

_DUTIES = [duty.value for duty in Duty]


@click.group(cls=Group)
def officials() -> None:
    """工作人员：谁有什么职责，任命和免去。第一位系统管理员由这里任命。"""


def _of_a_post(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a post."""
    duties = "、".join(f"{duty.value} {duty.label}" for duty in Duty)
    for option in (
        click.option("--department", metavar="部门", default="", help="只管这个部门的事；不写就是所有部门。"),
        click.option("--region", metavar="代码", required=True, help="地区代码，例如 610600（延安市），含所辖县区。"),
        click.option("--duty", metavar="职责", type=click.Choice(_DUTIES), required=True, help=f"职责：{duties}。"),
    ):
        command = option(command)
    return command


@officials.command("list", cls=Command)
def list_() -> None:
    """列出工作人员和职责。姓名只显示姓。"""
    from web.accounts.officials import officials as everybody
    from web.accounts.people import masked
    from web.accounts.two_sides import both_sides

    try:
        seal = Seal(keys_of())
    except BadKeys as error:
        raise Failure(str(error)) from None
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        found = everybody(session, seal)
    for official in found:
        click.echo(f"{official.account}  {masked(official.name)}{'（账户已停用）' if official.disabled else ''}")
        for held in official.held:
            click.echo(f"    {_say(held.post)}，{format_moment(held.granted_at)} 起")
        for one, other in both_sides(official.posts):
            click.echo(f"    注意：{one.label}和{other.label}由一个人兼任")
    click.echo(f"共 {len(found)} 位工作人员。")


@officials.command(cls=Command)
@_account
@_of_a_post
def appoint(account: str, duty: str, region: str, department: str) -> None:
    """任命一个登录过的账户。编号见 huiqi accounts list。"""
    from web.accounts.appointments import INSTALLATION
    from web.accounts.posts import appoint as give
    from web.accounts.tables import AccountRow

    post = _post(duty, region, department)
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        if session.get(AccountRow, account) is None:
            raise WrongInput(f"没有编号为 {account} 的账户。编号见 huiqi accounts list")
        new = give(session, account, post, INSTALLATION, system_clock())
    click.echo(f"已任命：{_say(post)}。" if new else "这个账户已经有这项职责，没有变化。")


@officials.command(cls=Command)
@_of_a_post
def code(duty: str, region: str, department: str) -> None:
    """生成任职码，用一次，7 天内有效。对方登录后在“我的企业”里选“用任职码进入工作台”。"""
    from web.accounts.appointments import INSTALLATION, offer
    from web.accounts.codes import show_code

    post = _post(duty, region, department)
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        made = offer(session, post, INSTALLATION, system_clock())
    click.echo(f"{show_code(made)}  {_say(post)}")


@officials.command(cls=Command)
@_account
@_of_a_post
def dismiss(account: str, duty: str, region: str, department: str) -> None:
    """终止一项职责，立即生效。办过的事不变。"""
    from web.accounts.appointments import INSTALLATION
    from web.accounts.posts import dismiss as end

    post = _post(duty, region, department)
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        ended = end(session, account, post, INSTALLATION, system_clock())
    click.echo(f"已终止：{_say(post)}。" if ended else "这个账户没有这项职责，没有变化。")


def _post(duty: str, region: str, department: str) -> Post:
    if not is_region_code(region):
        raise WrongInput(f"没有代码为“{region}”的地区。延安市是 610600，陕西省是 610000")
    kept = department.strip()
    if len(kept) > MOST_DEPARTMENT or not kept.isprintable():
        raise WrongInput(f"部门的名称最多 {MOST_DEPARTMENT} 个字")
    return Post(Duty(duty), region, kept)


def _say(post: Post) -> str:
    return f"{post.duty.label}，{full_name(post.region)}，{post.department or '所有部门'}"
