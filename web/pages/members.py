"""The members of an enterprise: who they are, inviting and ending, and what was done of late; leaving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from enterprises.calendar import format_moment
from web.accounts.visitor import Role
from web.pages import settings, stored, visitor

if TYPE_CHECKING:
    from enterprises.audit import AuditRow
    from web.accounts.invitations import Invitation
    from web.accounts.memberships import Member

pages = Blueprint("members", __name__)
"""What only owners may see and do."""

own_pages = Blueprint("membership", __name__)
"""What every member may do with their own membership."""

SHOWN_DEEDS = 50

_INVITATION = "invitation"
"""Where the cookie keeps the code of a new invitation until it has been shown, once."""

OFFICIAL = "工作人员"
"""Who does something for an enterprise without having been its member is not named."""

DONE = {
    "withdrawn": "邀请已收回，那个邀请码不能再用。",
    "ended": "已移除。对方下一次打开页面就看不到这家企业了。",
    "gone": "这条记录已经变过了，没有需要做的。",
}
MISTAKES = {
    "last": "不能移除最后一位负责人：企业要有人作主。请先邀请另一位负责人。",
    "certified": "这位负责人是登录服务认定的，只能在登录服务那里变更。",
    "many": "没有用掉的邀请太多了。请先收回一些，再发新的。",
    "role": "请选择邀请对方做什么。",
}


@dataclass(frozen=True)
class DeedShown:
    """A deed in plain words: when, who, and what."""

    when: str
    who: str
    what: str


@pages.get("/mine/<credit_code>/members")
def show(credit_code: str) -> str:
    """Who is a member, the open invitations, and what was done last. A new code is shown this one time."""
    return _page(credit_code, code=_new_code(credit_code), done=DONE.get(request.args.get("done", ""), ""))


@pages.post("/mine/<credit_code>/members/invitations")
def invite(credit_code: str) -> Response | tuple[str, int]:
    """Make an invitation; its code is shown on the page that follows."""
    from web.accounts.invitations import invite as make

    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        return _page(credit_code, mistake=MISTAKES["role"]), 422
    with stored().writing() as database:
        code = make(database, credit_code, role, visitor().account or "", settings().now())
    if code is None:
        return _page(credit_code, mistake=MISTAKES["many"]), 422
    session[_INVITATION] = [credit_code, role.value, code]
    return redirect(url_for("members.show", credit_code=credit_code), 303)


@pages.post("/mine/<credit_code>/members/invitations/<int:number>/withdraw")
def withdraw(credit_code: str, number: int) -> Response:
    """Take an invitation back."""
    from web.accounts.invitations import withdraw as take_back

    with stored().writing() as database:
        taken = take_back(database, credit_code, number, visitor().account or "", settings().now())
    return redirect(url_for("members.show", credit_code=credit_code, done="withdrawn" if taken else "gone"), 303)


@pages.post("/mine/<credit_code>/members/<int:number>/end")
def end(credit_code: str, number: int) -> Response | tuple[str, int]:
    """End a membership; it has no effect on what that person did."""
    from web.accounts.memberships import Ending, member_of
    from web.accounts.memberships import end as end_membership

    with stored().writing() as database:
        account = member_of(database, credit_code, number)
        if account is None:
            abort(404)
        ending = end_membership(database, account, credit_code, visitor().account or "", settings().now())
    if ending is Ending.LAST_OWNER:
        return _page(credit_code, mistake=MISTAKES["last"]), 422
    if ending is Ending.CERTIFIED:
        return _page(credit_code, mistake=MISTAKES["certified"]), 422
    if account == visitor().account:
        return redirect(url_for("mine.show", left=1), 303)
    return redirect(url_for("members.show", credit_code=credit_code, done="ended"), 303)


@own_pages.get("/mine/<credit_code>/leave")
def ask_to_leave(credit_code: str) -> str:
    """What leaving means."""
    return render_template("leave.html", credit_code=credit_code, role=visitor().role(credit_code), mistake="")


@own_pages.post("/mine/<credit_code>/leave")
def leave(credit_code: str) -> Response | tuple[str, int]:
    """Cease to be a member."""
    from web.accounts.memberships import Ending
    from web.accounts.memberships import end as end_membership

    account = visitor().account or ""
    with stored().writing() as database:
        ending = end_membership(database, account, credit_code, account, settings().now())
    mistake = {
        Ending.LAST_OWNER: "您是这家企业唯一的负责人，不能退出。请先邀请另一位负责人。",
        Ending.CERTIFIED: "您是登录服务认定的负责人，只能在登录服务那里变更。",
    }.get(ending)
    if mistake is not None:
        role = visitor().role(credit_code)
        return render_template("leave.html", credit_code=credit_code, role=role, mistake=mistake), 422
    return redirect(url_for("mine.show", left=1), 303)


@dataclass(frozen=True)
class Fresh:
    """An invitation that has just been made: for whom, and its code, which nobody can look up again."""

    role: Role
    code: str


def _new_code(credit_code: str) -> Fresh | None:
    from web.accounts.codes import show_code

    made = session.get(_INVITATION)
    if made is None or made[0] != credit_code:
        return None
    session.pop(_INVITATION)
    return Fresh(Role(made[1]), show_code(made[2]))


def _page(credit_code: str, code: Fresh | None = None, done: str = "", mistake: str = "") -> str:
    from enterprises.audit import deeds_about
    from web.accounts.invitations import open_invitations
    from web.accounts.memberships import ever_members, members
    from web.accounts.people import names_of

    seal, now = settings().seal, settings().now()
    with stored().reading() as database:
        people: tuple[Member, ...] = members(database, credit_code, seal)
        invitations: tuple[Invitation, ...] = open_invitations(database, credit_code, now)
        rows = deeds_about(database, credit_code, SHOWN_DEEDS)
        names = names_of(database, _accounts(rows), seal)
        own = ever_members(database, credit_code)
    names = {account: name if account in own else OFFICIAL for account, name in names.items()}
    return render_template(
        "members.html",
        credit_code=credit_code,
        members=people,
        invitations=invitations,
        names=names,
        deeds=[_shown(row, names) for row in rows],
        code=code,
        done=done,
        mistake=mistake,
        moment=format_moment,
        roles=tuple(Role),
    )


def _accounts(rows: tuple[AuditRow, ...]) -> set[str]:
    from enterprises.audit import detail_of

    return {account for row in rows for account in (row.actor, str(detail_of(row).get("account", "")))}


def _shown(row: AuditRow, names: Mapping[str, str]) -> DeedShown:
    from enterprises.audit import detail_of
    from enterprises.deeds import Deed, say
    from web.accounts.memberships import PROVIDER

    detail = detail_of(row)
    who = names.get(row.actor) or ("登录服务" if row.actor == PROVIDER else "系统")
    what = say(row.action)
    role = next((each.label for each in Role if each.value == detail.get("role")), "")
    whom = names.get(str(detail.get("account", "")), "")
    if row.action in (Deed.MEMBERSHIP_GRANTED, Deed.MEMBERSHIP_ENDED):
        verb = "成为" if row.action == Deed.MEMBERSHIP_GRANTED else "不再是"
        what = f"{whom}{verb}{role}"
    elif role:
        what = f"{what}（{role}）"
    return DeedShown(format_moment(row.moment), who, what)
