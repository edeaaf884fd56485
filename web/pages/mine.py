"""The enterprises of somebody who has signed in, and joining one by invitation."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises.calendar import format_moment
from web.accounts.visitor import Role
from web.pages import settings, stored, visitor

pages = Blueprint("mine", __name__)

HOME = "own_check.show"
"""The page of an enterprise that one comes to first."""

UNPROCESSABLE, TOO_MANY = 422, 429


@dataclass(frozen=True)
class Own:
    """An enterprise of the visitor's; ``name`` is ``None`` where none is stored. ``home``: its first page."""

    credit_code: str
    name: str | None
    role: Role
    home: str | None


@pages.get("/mine")
def show() -> Response | str:
    """The visitor's enterprises; who has exactly one, and asked for nothing else, is sent to it.

    An official without any is sent to the console.
    """
    own = _own()
    if len(own) == 1 and not request.args and own[0].home:
        return redirect(own[0].home, 303)
    if not own and not request.args and visitor().posts:
        return redirect(url_for("office_home.show"), 303)
    return render_template("my_enterprises.html", own=own, joined=_joined(own), left_out=request.args.get("left_out"))


@pages.get("/mine/join")
def ask() -> str:
    """Where the code of an invitation is typed."""
    return render_template("join.html", typed="", mistake="")


@pages.post("/mine/join")
def join() -> Response | tuple[str, int]:
    """Take an invitation up."""
    from web.accounts.invitations import Answer
    from web.accounts.invitations import join as take_up

    typed = request.form.get("code", "")[:100]
    with stored().writing() as database:
        joining = take_up(database, visitor().account or "", typed, settings().now())
    if joining.answer is Answer.JOINED:
        return redirect(url_for("mine.show", joined=joining.credit_code), 303)
    status = UNPROCESSABLE
    if joining.answer is Answer.MALFORMED:
        mistake = "邀请码是 10 位字母和数字，例如 ACDEF-34679。请核对后再填。" if typed.strip() else "请填写邀请码。"
    elif joining.answer is Answer.ALREADY and joining.role is not None:
        mistake = f"您已经是这家企业的{joining.role.label}了，不需要再加入。邀请码没有用掉。"
    elif joining.answer is Answer.LOCKED and joining.until is not None:
        mistake, status = f"填错的次数太多，请在 {format_moment(joining.until)} 之后再试。", TOO_MANY
    else:
        mistake = f"邀请码不对，或已经用过、过期、被收回。请向邀请您的人核对；还可以试 {joining.left} 次。"
    return render_template("join.html", typed=typed, mistake=mistake), status


def _own() -> list[Own]:
    from enterprises.tables import list_enterprises

    roles = visitor().roles
    with stored().reading() as database:
        names = {each.credit_code: each.name for each in list_enterprises(database, list(roles))}
    known = HOME in current_app.view_functions
    own = [
        Own(code, names.get(code), role, url_for(HOME, credit_code=code) if known else None)
        for code, role in roles.items()
    ]
    return sorted(own, key=lambda each: (each.name or "", each.credit_code))


def _joined(own: list[Own]) -> Own | None:
    code = request.args.get("joined", "")
    return next((each for each in own if each.credit_code == code), None)
