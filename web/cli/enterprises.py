"""``huiqi enterprises``: who is stored, what is known of them and by whom, what contradicts, where they stand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import click

from enterprises.calendar import format_day, today
from enterprises.credit_code import InvalidCreditCode, check, compact
from enterprises.dictionary import Dictionary, bundled
from enterprises.source_text import suggest
from enterprises.statements import NAME, Statement, as_of
from web.cli.sources import find_region
from web.commands import Command, Day, Failure, Group, WrongInput, day_option

if TYPE_CHECKING:
    from sqlmodel import Session

_SHOWN = 50
"""How many lines are printed unless another number is asked for."""


@click.group(cls=Group)
def enterprises() -> None:
    """企业库：企业档案、历次报送、互相矛盾的数据、所属梯队。"""


_code = click.argument("code", metavar="统一社会信用代码")
_region = click.option("--region", metavar="地区", help="只列这个地区的企业：代码或名称，例如 610602 或 宝塔区。")
_as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
_limit = click.option(
    "--limit",
    metavar="数量",
    type=click.IntRange(1),
    default=_SHOWN,
    help=f"最多列出多少条，默认 {_SHOWN}。",
)


@enterprises.command("list", cls=Command)
@click.argument("word", metavar="[名称里的词]", default="")
@_region
@_limit
@_as_json
def list_stored(word: str, region: str | None, limit: int, as_json: bool) -> None:
    """列出企业，可以按名称里的词、按地区找。"""
    from enterprises.tables import count_enterprises, list_enterprises

    place = None if region is None else find_region(region)
    with _database() as session:
        found = list_enterprises(session, region=place, word=word, limit=limit)
        total = count_enterprises(session, region=place, word=word)
    if as_json:
        names = [{"credit_code": each.credit_code, "name": each.name} for each in found]
        _print_json({"total": total, "enterprises": names})
        return
    for each in found:
        click.echo(f"{each.credit_code}  {each.name or '（没有名称）'}")
    shown = f"，列出前 {len(found)} 家，用 --limit 可以多列" if total > len(found) else ""
    click.echo(f"共 {total} 家{shown}。")


@enterprises.command(cls=Command)
@click.argument("words", metavar="名称或代码", nargs=-1, required=True)
@_as_json
def find(words: tuple[str, ...], as_json: bool) -> None:
    """找一家企业：名称的一部分、拼音、首字母，或者统一社会信用代码。"""
    from enterprises.names.search import find as look_up
    from enterprises.source_text import BadText

    with _database() as session:
        try:
            found = look_up(session, " ".join(words))
        except BadText as error:
            raise WrongInput(str(error)) from None
    if as_json:
        names = [{"credit_code": each.credit_code, "name": each.name} for each in found.enterprises]
        _print_json({"more": found.more, "enterprises": names})
        return
    for each in found.enterprises:
        click.echo(f"{each.credit_code}  {each.name}")
    click.echo("还有更多，请写得更完整。" if found.more else f"找到 {len(found.enterprises)} 家。")


@enterprises.command(cls=Command)
@_code
@click.option("--as-of", "day", type=Day(), default=None, help="看这一天时已经知道的，例如 2024-06-30；不写就是现在。")
@_as_json
def show(code: str, day: date | None, as_json: bool) -> None:
    """显示一家企业的档案：每项数据采用谁的、为什么，还有谁说法不同。"""
    from enterprises.statements import merge
    from web.cli.enterprise_report import print_merged, write_merged

    known = _known(code, day)
    merged = merge(known, bundled())
    if as_json:
        _print_json(write_merged(merged, bundled()))
    else:
        print_merged(merged, known, day, bundled())


@enterprises.command(cls=Command)
@_code
@click.argument("fact", metavar="[指标]", default="")
@_as_json
def history(code: str, fact: str, as_json: bool) -> None:
    """列出对一家企业的历次报送，或者历次报送里的一项指标。"""
    from web.cli.enterprise_report import print_claims, print_statements, write_claims

    known = _known(code, None)
    name = _find_fact(fact, bundled()) if fact else None
    if as_json:
        _print_json(write_claims(known, name, bundled()))
    elif name is None:
        print_statements(known, bundled())
    else:
        print_claims(known, name, bundled())


@enterprises.command(cls=Command)
@click.argument("code", metavar="[统一社会信用代码]", default="")
@_region
@click.option("--fact", metavar="指标", help="只列这项指标的矛盾，例如 employees 或 从业人数。")
@_limit
@click.option("--json", "as_json", is_flag=True, help="全部输出，每行一条 JSON。")
def conflicts(code: str, region: str | None, fact: str | None, limit: int, as_json: bool) -> None:
    """列出各来源互相矛盾、要人核对的数据。"""
    from enterprises.tables import list_conflicts
    from web.cli.enterprise_report import print_conflict, write_conflict

    only = _checked(code) if code else None
    place = None if region is None else find_region(region)
    name = None if fact is None else _find_fact(fact, bundled())
    total = 0
    with _database() as session:
        for each in list_conflicts(session, bundled(), region=place, fact=name, credit_code=only):
            total += 1
            if as_json:
                click.echo(json.dumps(write_conflict(each, bundled()), ensure_ascii=False))
            elif total <= limit:
                print_conflict(each, bundled())
    if not as_json:
        shown = f"，列出前 {limit} 处，用 --limit 可以多列" if total > limit else ""
        click.echo(f"共 {total} 处矛盾{shown}。" if total else "没有互相矛盾的数据。")


@enterprises.command(cls=Command)
@click.argument("code", metavar="[统一社会信用代码]", default="")
@day_option
@click.option("--since", type=Day(), default=None, help="再看从这一天到判断那一天，谁新入库、谁退库。")
@_region
@_as_json
def tiers(code: str, on: date | None, since: date | None, region: str | None, as_json: bool) -> None:
    """显示一家企业属于哪些梯队（五上、准五上、专精特新、个转企等）。

    不写企业、只写 --since，就列出这段时间里新入库和退库的“五上”企业。
    """
    day = on or today()
    if since is not None and since >= day:
        raise WrongInput(f"--since（{format_day(since)}）须早于判断的那一天（{format_day(day)}）")
    if code:
        if region is not None:
            raise WrongInput("写了企业就不要再写 --region")
        _print_tiers(code, day, since, as_json)
    elif since is not None:
        _print_changes(since, day, region, as_json)
    else:
        raise WrongInput("请写企业的统一社会信用代码，或者用 --since 列出一段时间里新入库和退库的企业")


def _print_tiers(code: str, day: date, since: date | None, as_json: bool) -> None:
    from enterprises.statements import merge
    from enterprises.tiers import register_change, standings
    from web.cli.enterprise_report import print_standings, write_standings

    with _database() as session:
        everything = _statements(session, code)
    known = _by(everything, day)
    profile = merge(known, bundled()).profile
    found = standings(profile, day, bundled())
    change = None
    if since is not None:
        then = as_of(everything, since)
        change = register_change(merge(then, bundled()).profile if then else None, profile, bundled())
    if as_json:
        _print_json(write_standings(profile, day, found, change, bundled()))
    else:
        print_standings(profile, day, found, change, bundled())


def _print_changes(since: date, day: date, region: str | None, as_json: bool) -> None:
    """Only those on whom something was received in between can have changed."""
    from enterprises.statements import merge
    from enterprises.tables import load_statements, told_between
    from enterprises.tiers import RegisterChange, register_change

    place = None if region is None else find_region(region)
    found: dict[str, list[dict[str, str | None]]] = {change.value: [] for change in RegisterChange}
    with _database() as session:
        for code in list(told_between(session, since, day, region=place)):
            everything = load_statements(session, code, bundled())
            then, now = as_of(everything, since), as_of(everything, day)
            profile = merge(now, bundled()).profile
            change = register_change(merge(then, bundled()).profile if then else None, profile, bundled())
            found[change.value].append({"credit_code": code, "name": profile.name})
    unknown = found.pop(RegisterChange.UNKNOWN.value)
    del found[RegisterChange.NONE.value]
    if as_json:
        _print_json({"since": since.isoformat(), "on": day.isoformat(), **found, "unknown": len(unknown)})
        return
    for title, those in found.items():
        click.echo(f"{title}：{len(those)} 家")
        for each in those:
            click.echo(f"  {each['credit_code']}  {each['name'] or '（没有名称）'}")
    click.echo(f"这段时间报送过数据、但不清楚是否有变化的：{len(unknown)} 家。")


# ------------------------------------------------------------------ what is asked for


def _known(code: str, day: date | None) -> tuple[Statement, ...]:
    """The statements on an enterprise, or those that had been received by a day."""
    with _database() as session:
        everything = _statements(session, code)
    return everything if day is None else _by(everything, day)


def _statements(session: Session, code: str) -> tuple[Statement, ...]:
    from enterprises.tables import load_statements

    checked = _checked(code)
    found = load_statements(session, checked, bundled())
    if not found:
        raise Failure(f"企业库里没有 {checked}。可用 huiqi enterprises list 查看有哪些企业")
    return found


def _by(everything: tuple[Statement, ...], day: date) -> tuple[Statement, ...]:
    known = as_of(everything, day)
    if not known:
        first = min(each.received_on for each in everything)
        raise Failure(f"到 {format_day(day)} 为止还没有收到这家企业的数据，最早收到于 {format_day(first)}")
    return known


def _checked(code: str) -> str:
    try:
        return check(compact(code))
    except InvalidCreditCode as error:
        raise WrongInput(str(error)) from None


def _find_fact(word: str, dictionary: Dictionary) -> str:
    """The fact or kind of record that is called so, or is labelled so."""
    names = {NAME: NAME, "企业名称": NAME}
    names |= {fact.label: name for name, fact in dictionary.facts.items() if fact.formula is None}
    names |= {kind.label: name for name, kind in dictionary.records.items()}
    names |= {name: name for name in names.values()}
    if word not in names:
        raise WrongInput(f"没有指标“{word}”。{suggest(word, list(names), '全部指标可用 huiqi facts 查看')}")
    return names[word]


@contextmanager
def _database() -> Iterator[Session]:
    from web.stored import reading_database

    with reading_database(os.environ.get("DATABASE_URL")) as session:
        yield session


def _print_json(plain: object) -> None:
    click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
