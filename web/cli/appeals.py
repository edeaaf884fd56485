"""``huiqi appeals``: the offices' side of appeals while they have no console: what is due, and dealing with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enterprises.calendar import format_moment, system_clock, today
from enterprises.sealing import BadKeys, CannotOpen, Seal, keys_of
from recommender.appeals.states import OPEN, Deed, NotPossible, Side, State
from web.appeals.words import say_event, say_size, standing
from web.commands import Command, Failure, Group, WrongInput
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.appeals.history import Case
    from recommender.appeals.tables import AppealRow


@click.group(cls=Group)
def appeals() -> None:
    """诉求：列出、查看、受理、交办、答复、重新办理。"""


number_argument = click.argument("number", metavar="编号")
by_option = click.option("--by", metavar="工号", required=True, help="谁办的；记入经过和审计日志，企业看不到。")
text_option = click.option("--text", metavar="文字", default="", help="写给企业看的话。")
note_option = click.option("--note", metavar="文字", default="", help="内部备注，企业看不到。")


@appeals.command("list", cls=Command)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help=("只列这些状态的；可以写几次，不写就是还没有答复的。"),
)
@click.option("--late", is_flag=True, help="只列已经超期的。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def show_list(states: tuple[str, ...], late: bool, as_json: bool) -> None:
    """列出诉求，最先到期的在前。"""
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from recommender.appeals.history import desk_list

    day = today(system_clock)
    wanted = [State(state) for state in states] or OPEN
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        library = load_library(session, bundled())
        listed = [
            (row, standing(row, library, day)) for row in desk_list(session, wanted, late_on=day if late else None)
        ]
    if as_json:
        click.echo(json.dumps([_plain(row) for row, _ in listed], ensure_ascii=False, indent=2))
        return
    for row, stands in listed:
        parts = (row.number, stands.state.label, stands.due, row.credit_code, stands.title, row.department)
        click.echo("  ".join(part for part in parts if part))
    click.echo(f"共 {len(listed)} 件。" if listed else "没有这样的诉求。")


@appeals.command(cls=Command)
@number_argument
@click.option(
    "--files",
    metavar="文件夹",
    type=click.Path(file_okay=False, path_type=Path),
    help="把附件存到这个文件夹。附件是企业传来的，系统不查病毒，请先查毒再打开。",
)
def show(number: str, files: Path | None) -> None:
    """显示一件诉求：内容、当时的判断、经过（连同内部备注）、附件。"""
    from enterprises.dictionary import bundled
    from policies.tables import load_library
    from recommender.appeals.history import load_file, read

    seal = _seal()
    with reading_database(os.environ.get("DATABASE_URL")) as session:
        row = _find(session, number)
        stands = standing(row, load_library(session, bundled()), today(system_clock))
        try:
            case = read(session, seal, row)
            found = [load_file(session, seal, row, file.number) for file in case.files] if files else []
        except CannotOpen as error:
            raise Failure(str(error)) from None
    click.echo(f"{row.number}  {stands.state.label}  {stands.due}".rstrip())
    click.echo(f"企业：{row.credit_code}")
    click.echo(f"关于：{stands.title}" + (f"（{row.item_id} 第 {row.item_version} 版）" if row.item_id else ""))
    _print_case(case)
    for one in found:
        if one is not None and files is not None:
            _save(files / f"{row.number}-{one[0].number}-{one[0].name}", one[1])


@appeals.command(cls=Command)
@number_argument
@by_option
@text_option
@note_option
def accept(number: str, by: str, text: str, note: str) -> None:
    """受理一件诉求；从这天起算答复的期限。"""
    _do(number, Deed.ACCEPT, by, text, note)


@appeals.command(cls=Command)
@number_argument
@click.option("--to", "department", metavar="部门", required=True, help="交给哪个部门办理，企业看得到。")
@by_option
@text_option
@note_option
def assign(number: str, department: str, by: str, text: str, note: str) -> None:
    """把一件诉求交给（或转给）一个部门办理。"""
    _do(number, Deed.ASSIGN, by, text, note, department)


@appeals.command(cls=Command)
@number_argument
@click.option("--text", metavar="文字", required=True, help="写给企业看的答复。")
@by_option
@note_option
def answer(number: str, text: str, by: str, note: str) -> None:
    """答复一件诉求。"""
    _do(number, Deed.ANSWER, by, text, note)


@appeals.command(cls=Command)
@number_argument
@click.option("--text", metavar="文字", required=True, help="为什么重新办理，企业看得到。")
@by_option
@note_option
def reopen(number: str, text: str, by: str, note: str) -> None:
    """重新办理一件已经答复的诉求，例如企业评价为不满意的。"""
    _do(number, Deed.REOPEN, by, text, note)


def _do(number: str, deed: Deed, by: str, text: str, note: str, department: str = "") -> None:
    from recommender.appeals.desk import Act, Incomplete, act

    if not 0 < len(by.strip()) <= _LONGEST_ACTOR:
        raise WrongInput(f"请用 --by 写明是谁办的，不超过 {_LONGEST_ACTOR} 个字")
    wanted = Act(Side.OFFICE, deed, by.strip(), system_clock(), text, note, department)
    seal = _seal()
    with writing_database(os.environ.get("DATABASE_URL")) as session:
        row = _find(session, number)
        try:
            act(session, seal, row, wanted)
        except Incomplete as error:
            raise WrongInput(str(error)) from None
        except NotPossible as error:
            raise Failure(str(error)) from None
        stands, known_as = standing(row, None, today(system_clock)), row.number
    click.echo(f"{known_as}：{stands.state.label}。" + (f"{stands.due}。" if stands.due else ""))


_LONGEST_ACTOR = 64


def _find(session: Session, number: str) -> AppealRow:
    from recommender.appeals.history import find_by_number

    row = find_by_number(session, number)
    if row is None:
        raise WrongInput(f"没有编号为 {number} 的诉求。编号形如 SQ-20240630-0007")
    return row


def _seal() -> Seal:
    try:
        return Seal(keys_of())
    except BadKeys as error:
        raise Failure(str(error)) from None


def _print_case(case: Case, say: Callable[[str], None] = click.echo) -> None:
    if case.row.condition_text:
        say(f"条件：{case.row.condition_text}")
    if case.judged is not None:
        say(
            f"当时的判断：{case.judged.answer}（{case.judged.on}）"
            + "".join(f"\n  {each}" for each in case.judged.values)
        )
    if case.row.explanation_id is not None:
        say(f"当时的全部结果：huiqi recheck {case.row.explanation_id}")
    say(f"类别：{case.kind.label}\n说明：\n{case.text}\n经过：")
    passed_on = False
    for event in case.events:
        say(f"  {format_moment(event.moment)}  {event.side.label}  {say_event(event, passed_on)}（{event.actor}）")
        passed_on = passed_on or event.deed == Deed.ASSIGN
        for label, words in (("", event.text), ("内部备注：", event.note)):
            if words:
                say(f"    {label}{words}")
    for file in case.files:
        say(f"附件 {file.number}：{file.name}（{say_size(file.size)}）")


def _plain(row: AppealRow) -> dict[str, object]:
    return {
        "number": row.number,
        "credit_code": row.credit_code,
        "state": row.state,
        "kind": row.kind,
        "item": row.item_id,
        "item_version": row.item_version,
        "condition": row.condition or None,
        "department": row.department or None,
        "due": None if row.due is None else row.due.isoformat(),
        "reopenings": row.reopenings,
        "grade": row.grade,
        "opened_at": row.opened_at.isoformat(),
    }


def _save(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Failure(f"附件存不到 {path}（{error.strerror}）。请换一个能写的位置") from None
    click.echo(f"已存到 {path}。")
