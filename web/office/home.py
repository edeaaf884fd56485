"""The console's first page: what waits for the official, and who they are here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template

from enterprises.regions import full_name
from web.accounts.visitor import Duty, Post
from web.office import appeals, campaign_approvals, campaigns, drafts, payments, rounds
from web.office.sections import office_sections
from web.office.waiting import Waiting, Waits
from web.pages import visitor

pages = Blueprint("office_home", __name__, url_prefix="/office")

WAITS: tuple[Waits, ...] = (
    appeals.waiting,
    drafts.waiting,
    campaign_approvals.waiting,
    campaigns.waiting,
    rounds.waiting,
    payments.waiting,
)
"""What the sections say, in the order in which it is shown."""

WHAT_IT_IS = {
    Duty.EDITOR: "起草和修改政策事项",
    Duty.REVIEWER: "审核草稿，发布或退回",
    Duty.OPERATOR: "组织推送和免申即享，办理诉求",
    Duty.APPROVER: "审批推送和免申即享",
    Duty.FINANCE: "生成付款批次，复核放款，登记银行回盘",
    Duty.AUDITOR: "查看操作日志和台账",
    Duty.ADMINISTRATOR: "任命和免去工作人员",
}
"""What somebody with the duty does, in a phrase."""


@dataclass(frozen=True)
class OwnPost:
    """A post of the visitor's, in words."""

    duty: str
    what: str
    place: str


@pages.get("")
def show() -> str:
    """What waits, with how many and where, by duty; the sections; the visitor's posts."""
    waiting = [each for waits in WAITS for each in waits() if each.count and visitor().posts_of(each.duty)]
    return render_template(
        "office_home.html",
        waiting=tuple(_by_duty(waiting)),
        posts=[own_post(post) for post in visitor().posts],
        rooms=[section for section in office_sections() if not section.current],
    )


def own_post(post: Post) -> OwnPost:
    """A post in words."""
    return OwnPost(post.duty.label, WHAT_IT_IS[post.duty], place_of(post))


def place_of(post: Post) -> str:
    """Where a post is, and for which department: 陕西省延安市，市工信局."""
    return f"{full_name(post.region)}，{post.department or '所有部门'}"


def _by_duty(waiting: list[Waiting]) -> Iterator[tuple[str, list[Waiting]]]:
    for duty in Duty:
        found = [each for each in waiting if each.duty is duty]
        if found:
            yield duty.label, found
