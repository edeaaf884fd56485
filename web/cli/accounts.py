"""``huiqi accounts``: who has signed in, and shutting somebody out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from enterprises.calendar import format_moment, system_clock
from enterprises.sealing import BadKeys, Seal, keys_of
from web.commands import Command, Failure, Group, WrongInput
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from sqlmodel import Session

OPERATOR = "operator"
"""Who acts, in the audit log, where somebody uses the command line."""

_account = click.argument("account", metavar="账户编号")


@click.group(cls=Group)
def accounts() -> None:
    """账户：谁登录过，停用、恢复，强制退出。"""


@accounts.command("list", cls=Command)
def list_() -> None:
    """列出账户，最近登录的在前。姓名只显示姓。"""
    from web.accounts.people import list_accounts, masked

    try:
        seal = Seal(keys_of())
    except BadKeys as error:
        raise Failure(str(error)) from None
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        found = list_accounts(session, seal)
    for account in found:
        roles = "、".join(f"{code} {role.label}" for code, role in account.roles.items()) or "没有企业"
        state = "（已停用）" if account.disabled else ""
        said = f"{masked(account.name)}{state}  最近登录 {format_moment(account.signed_in_at)}  {roles}"
        click.echo(f"{account.id}  {said}")
    click.echo(f"共 {len(found)} 个账户。")


@accounts.command(cls=Command)
@_account
def disable(account: str) -> None:
    """停用账户：立即退出，不能再登录。它办过的事不变。"""
    from web.accounts.people import disable as shut_out

    with _changing(account) as session:
        changed = shut_out(session, account, True, OPERATOR, system_clock())
    click.echo("已停用，它在各处的登录都已结束。" if changed else "这个账户早已停用，没有变化。")


@accounts.command(cls=Command)
@_account
def enable(account: str) -> None:
    """恢复账户：可以重新登录。"""
    from web.accounts.people import disable as shut_out

    with _changing(account) as session:
        changed = shut_out(session, account, False, OPERATOR, system_clock())
    click.echo("已恢复，可以重新登录。" if changed else "这个账户没有停用，没有变化。")


@accounts.command("sign-out", cls=Command)
@_account
def sign_out(account: str) -> None:
    """结束账户在各处的登录；可以重新登录。"""
    from web.accounts.people import sign_out as end_all

    with _changing(account) as session:
        end_all(session, account, OPERATOR, system_clock())
    click.echo("它在各处的登录都已结束。")


@contextmanager
def _changing(account: str) -> Iterator[Session]:
    try:
        with writing_database(os.environ.get("DATABASE_URL")) as session:
            yield session
    except LookupError:
        raise WrongInput(f"没有编号为 {account} 的账户。编号见 huiqi accounts list") from None
