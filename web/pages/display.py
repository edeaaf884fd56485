"""How pages look to this visitor: light or dark, and 关怀模式, with large type and fewer, plainer words.

The choice is kept in a cookie of the browser, and nowhere else. It is a setting that the visitor asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from web.accounts.addresses import local_path
from web.pages import settings

pages = Blueprint("display", __name__)

COOKIE = "huiqi_display"
A_YEAR = 365 * 24 * 3600
THEMES = {"": "跟随设备", "light": "浅色", "dark": "深色"}


@dataclass(frozen=True)
class Display:
    """``theme`` is one of ``THEMES``; empty follows the device. ``care``: 关怀模式."""

    theme: str = ""
    care: bool = False

    def __str__(self) -> str:
        """As the cookie keeps it."""
        return f"{self.theme or 'auto'}.{'care' if self.care else 'usual'}"


def display() -> Display:
    """What this visitor chose; what cannot be read is as if nothing had been chosen."""
    theme, _, care = request.cookies.get(COOKIE, "").partition(".")
    return Display(theme if theme in THEMES else "", care == "care")


@pages.get("/display")
def show() -> str:
    """The settings by themselves."""
    return render_template("display.html", back=local_path(request.args.get("next", "")), themes=THEMES)


@pages.post("/display")
def change() -> Response:
    """Take over what was sent, leave what was not, and go back to where it was sent from."""
    now = display()
    theme, care = request.form.get("theme", now.theme), request.form.get("care", "1" if now.care else "")
    chosen = Display(theme if theme in THEMES else now.theme, care == "1")
    back = local_path(request.form.get("next", ""))
    answer = redirect(back or url_for("display.show"), 303)
    answer.set_cookie(COOKIE, str(chosen), A_YEAR, secure=settings().https, httponly=True, samesite="Lax")
    return answer
