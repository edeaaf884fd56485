"""The quiet calendar (无事不扰): who works in the console sees it, who works for the whole province changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from enterprises.calendar import format_moment
from enterprises.source_text import BadText
from recommender.channels.quiet import Calendar, read_days, write_days
from web.accounts.visitor import Duty
from web.pages import settings, stored, visitor

if TYPE_CHECKING:
    from recommender.channels.quiet_days import Kept

pages = Blueprint("quiet_days", __name__, url_prefix="/office/quiet-days")

DUTIES = (Duty.OPERATOR, Duty.APPROVER, Duty.ADMINISTRATOR)
"""Who sees it."""

CHANGED_BY = (Duty.OPERATOR, Duty.ADMINISTRATOR)
"""Who changes it, of those whose post is for everywhere."""

EVERYWHERE = "610000"
"""The calendar is of the whole installation, and so is the right to change it."""

MOST_A_WEEK = 7
CONFLICT, UNPROCESSABLE = 409, 422

LABELS = {
    "first_hour": "从几点起不响铃",
    "last_hour": "到几点为止不响铃",
    "weekly_cap": "每家企业每周最多几次推送",
    "days": "特别的日子",
}


@pages.get("")
def show() -> str:
    """What is quiet now, and, for those who may, the form to change it."""
    kept = _kept()
    return _page(kept, _typed(kept))


@pages.post("")
def save() -> Response | tuple[str, int]:
    """Keep a changed calendar, or show the form again with everything that was typed."""
    from recommender.channels.quiet_days import ChangedMeanwhile, save

    if not may_change():
        abort(403)
    typed, mistakes = request.form, dict[str, str]()
    revision = typed.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        abort(400)
    calendar = Calendar(
        first_hour=_number(typed, "first_hour", range(24), mistakes),
        last_hour=_number(typed, "last_hour", range(24), mistakes),
        weekends=bool(typed.get("weekends")),
        weekly_cap=_number(typed, "weekly_cap", range(1, MOST_A_WEEK + 1), mistakes),
    )
    try:
        days = read_days(typed.get("days", ""))
    except BadText as error:
        mistakes["days"] = str(error)
        days = {}
    if mistakes:
        return _page(_kept(), typed, mistakes), UNPROCESSABLE
    account = visitor().account or ""
    try:
        with stored().writing() as database:
            save(database, int(revision), calendar, days, account, settings().now())
    except ChangedMeanwhile as error:
        return _page(_kept(), typed, refused=str(error)), CONFLICT
    return redirect(url_for("quiet_days.show", done="saved"), 303)


def may_change() -> bool:
    """Whether the visitor may change the calendar of everybody."""
    return any(visitor().may(duty, EVERYWHERE) for duty in CHANGED_BY)


def _kept() -> Kept:
    from recommender.channels.quiet_days import load

    with stored().reading() as database:
        return load(database)


def _typed(kept: Kept) -> MultiDict[str, str]:
    calendar = kept.calendar
    return MultiDict(
        {
            "first_hour": str(calendar.first_hour),
            "last_hour": str(calendar.last_hour),
            "weekends": "1" if calendar.weekends else "",
            "weekly_cap": str(calendar.weekly_cap),
            "days": write_days(kept.days),
            "revision": str(kept.revision),
        }
    )


def _number(typed: MultiDict[str, str], name: str, allowed: range, mistakes: dict[str, str]) -> int:
    text = typed.get(name, "")
    if text.isascii() and text.isdigit() and len(text) < 3 and int(text) in allowed:
        return int(text)
    mistakes[name] = f"请选 {allowed[0]} 到 {allowed[-1]} 之间的数"
    return allowed[0]


def _page(kept: Kept, typed: MultiDict[str, str], mistakes: dict[str, str] | None = None, refused: str = "") -> str:
    return render_template(
        "office_quiet_days.html",
        kept=kept,
        written=write_days({day: named for day, named in kept.days.items() if day >= settings().day()}),
        typed=typed,
        revision=kept.revision,
        mistakes=mistakes or {},
        refused=refused,
        labels=LABELS,
        hours=range(24),
        most=MOST_A_WEEK,
        may_change=may_change(),
        moment=format_moment,
        done="" if mistakes or refused else request.args.get("done", ""),
    )
