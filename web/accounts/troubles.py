"""Why somebody could not sign in, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """Why somebody could not sign in, in words that help. ``counted``: it may have been a guess."""

    title: str
    help: str
    status: int
    counted: bool = False


TROUBLES = {
    "denied": Trouble("没有登录", "您在登录页面上取消了，或没有同意授权。想登录时再点一次就行。", 403),
    "unknown": Trouble(
        "这次登录对不上",
        "可能是用了浏览器的“后退”或刷新，或者换了浏览器、停用了 Cookie。请从这里重新登录。",
        400,
        counted=True,
    ),
    "late": Trouble("登录超时了", "从开始登录到现在超过了 10 分钟，为安全起见需要重新登录。", 400),
    "refused": Trouble("登录没有成功", "登录服务给的凭证已经失效，或已经用过。请重新登录。", 400, counted=True),
    "unreachable": Trouble(
        "登录服务暂时连不上", "不是您的操作有误。请过几分钟再试；不登录也可以先填写企业情况查政策。", 502
    ),
    "unusable": Trouble(
        "登录服务的回答有误",
        "为安全起见没有让您登录。不是您的操作有误，请过一会儿再试；如果一直这样，请告诉我们。",
        502,
    ),
    "disabled": Trouble("这个账户已停用", "如果您认为停用有误，请联系本站的管理员。", 403),
    "wait": Trouble("请过一会儿再登录", "这个网络地址上登录失败的次数太多。请过 15 分钟再试。", 429),
}
"""What can go wrong, by a name that stands in the log."""
