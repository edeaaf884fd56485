"""Taking up a post: where somebody who has signed in types the code that an administrator gave them."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises.calendar import format_moment
from web.office.home import place_of
from web.pages import settings, stored, visitor

pages = Blueprint("office_entry", __name__, url_prefix="/office/enter")

UNPROCESSABLE, TOO_MANY = 422, 429


@pages.get("")
def show() -> str:
    """Where the code is typed."""
    return render_template("office_enter.html", typed="", mistake="")


@pages.post("")
def enter() -> Response | tuple[str, int]:
    """Take the post up that the code stands for."""
    from web.accounts.appointments import Answer, take_up

    typed = request.form.get("code", "")[:100]
    with stored().writing() as database:
        taking = take_up(database, visitor().account or "", typed, settings().now())
    post, status = taking.post, UNPROCESSABLE
    if taking.answer is Answer.APPOINTED:
        return redirect(url_for("office_home.show", begun=1), 303)
    if taking.answer is Answer.MALFORMED:
        mistake = "任职码是 10 位字母和数字，例如 ACDEF-34679。请核对后再填。" if typed.strip() else "请填写任职码。"
    elif taking.answer is Answer.OWN:
        mistake = "这是您自己发出的任职码。不能给自己增加职责，要由另一位系统管理员来任命。任职码没有用掉。"
    elif taking.answer is Answer.ALREADY and post is not None:
        mistake = f"您已经有这项职责了：{post.duty.label}，{place_of(post)}。任职码没有用掉。"
    elif taking.answer is Answer.LOCKED and taking.until is not None:
        mistake, status = f"填错的次数太多，请在 {format_moment(taking.until)} 之后再试。", TOO_MANY
    else:
        mistake = f"任职码不对，或已经用过、过期、被收回。请向系统管理员核对；还可以试 {taking.left} 次。"
    return render_template("office_enter.html", typed=typed, mistake=mistake), status
