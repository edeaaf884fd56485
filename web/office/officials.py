"""Officials: who has which post within the administrator's scope, appointing by a code, ending a post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from enterprises.calendar import format_moment
from enterprises.regions import full_name, is_region_code, nested, regions
from web.accounts.two_sides import both_sides
from web.accounts.visitor import Duty, Post
from web.office.home import WHAT_IT_IS, place_of
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from web.accounts.appointments import Appointment
    from web.accounts.officials import Official

pages = Blueprint("officials", __name__, url_prefix="/office/officials")

LONGEST_DEPARTMENT = 60

_APPOINTMENT = "appointment"
"""Where the cookie keeps the code of a new appointment until it has been shown, once."""

DONE = {
    "ended": "职责已终止，立即生效。",
    "withdrawn": "任职码已收回，不能再用。",
    "gone": "这条记录已经变过了，没有需要做的。",
}
LABELS = {"duty": "职责", "region": "地区", "department": "部门"}
LAST = "您是那里唯一的系统管理员，不能终止自己的这项职责。请先任命另一位，由对方来终止。"


@dataclass(frozen=True)
class Shown:
    """An official as listed: the posts that the visitor governs, and which two sides they hold both of."""

    official: Official
    both: tuple[str, ...]


@pages.get("")
def show() -> str:
    """The officials within the visitor's scope, and the open appointments. A new code is shown this one time."""
    return _page(code=_new_code(), done=DONE.get(request.args.get("done", ""), ""))


@pages.post("/appointments")
def offer() -> Response | tuple[str, int]:
    """Make an appointment; its code is shown on the page that follows."""
    from web.accounts.appointments import NotYours
    from web.accounts.appointments import offer as make

    typed = {name: request.form.get(name, "").strip() for name in LABELS}
    mistakes = _mistakes(typed)
    if mistakes:
        return _page(typed=typed, mistakes=mistakes), 422
    post = Post(Duty(typed["duty"]), typed["region"], typed["department"])
    try:
        with stored().writing() as database:
            code = make(database, post, visitor().account or "", settings().now())
    except NotYours:
        abort(403)
    session[_APPOINTMENT] = [post.duty.value, post.region, post.department, code]
    return redirect(url_for("officials.show"), 303)


@pages.post("/appointments/<int:number>/withdraw")
def withdraw(number: int) -> Response:
    """Take an appointment back that nobody has taken up."""
    from web.accounts.appointments import NotYours
    from web.accounts.appointments import withdraw as take_back

    try:
        with stored().writing() as database:
            taken = take_back(database, number, visitor().account or "", settings().now())
    except NotYours:
        abort(403)
    return redirect(url_for("officials.show", done="withdrawn" if taken else "gone"), 303)


@pages.post("/posts/<int:number>/end")
def end(number: int) -> Response | tuple[str, int]:
    """End a post of an official; it has no effect on what they did."""
    from web.accounts.posts import Ending, end_post

    with stored().writing() as database:
        ending = end_post(database, number, visitor().account or "", settings().now())
    if ending is Ending.NOT_YOURS:
        abort(403)
    if ending is Ending.LAST_ADMINISTRATOR:
        return _page(mistakes={"": LAST}), 422
    return redirect(url_for("officials.show", done="ended" if ending is Ending.ENDED else "gone"), 303)


def _governed(post: Post) -> bool:
    return visitor().may(Duty.ADMINISTRATOR, post.region, [post.department] if post.department else [])


def _mistakes(typed: dict[str, str]) -> dict[str, str]:
    found = {}
    if typed["duty"] not in [duty.value for duty in Duty]:
        found["duty"] = "请选择一项职责"
    if not is_region_code(typed["region"]):
        found["region"] = "请从列表里选一个地区"
    department = typed["department"]
    if len(department) > LONGEST_DEPARTMENT or not department.isprintable():
        found["department"] = f"最多 {LONGEST_DEPARTMENT} 个字，写在一行里"
    elif not department and not any(not post.department for post in visitor().posts_of(Duty.ADMINISTRATOR)):
        found["department"] = "您只管自己部门的人员，请写明部门"
    return found


def _page(
    typed: dict[str, str] | None = None,
    mistakes: dict[str, str] | None = None,
    code: tuple[str, Post] | None = None,
    done: str = "",
) -> str:
    from web.accounts.appointments import open_appointments
    from web.accounts.officials import officials
    from web.accounts.people import names_of

    seal, now = settings().seal, settings().now()
    with stored().reading() as database:
        everybody = officials(database, seal)
        waiting: list[Appointment] = [one for one in open_appointments(database, now) if _governed(one.post)]
        givers = [held.granted_by for official in everybody for held in official.held] + [
            one.made_by for one in waiting
        ]
        names = names_of(database, givers, seal)
    return render_template(
        "officials.html",
        found=tuple(_shown(everybody)),
        waiting=waiting,
        names=names,
        typed=typed or {"region": visitor().posts_of(Duty.ADMINISTRATOR)[0].region},
        mistakes=mistakes or {},
        labels=LABELS,
        duties=[(duty.value, f"{duty.label}（{WHAT_IT_IS[duty]}）") for duty in Duty],
        places=tuple(_places()),
        departments=sorted({name for item in library().items.values() for name in item.departments}),
        code=code,
        done=done,
        place_of=place_of,
        moment=format_moment,
    )


def _shown(everybody: tuple[Official, ...]) -> Iterator[Shown]:
    for official in everybody:
        held = tuple(each for each in official.held if _governed(each.post))
        if held:
            pairs = both_sides([each.post for each in held])
            yield Shown(replace(official, held=held), tuple(f"{one.label}、{other.label}" for one, other in pairs))


def _places() -> Iterator[tuple[str, str]]:
    """Where the visitor may appoint: code and full name."""
    own = [post.region for post in visitor().posts_of(Duty.ADMINISTRATOR)]
    for region in regions():
        if any(nested(region.code, each) for each in own):
            yield region.code, full_name(region.code)


def _new_code() -> tuple[str, Post] | None:
    from web.accounts.codes import show_code

    made = session.pop(_APPOINTMENT, None)
    if made is None:
        return None
    duty, region, department, code = made
    return show_code(code), Post(Duty(duty), region, department)
