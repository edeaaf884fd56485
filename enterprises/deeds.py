"""What the audit log calls the deeds that it notes, and how each is said to people."""

from __future__ import annotations

from enum import StrEnum


class Deed(StrEnum):
    """A deed, as ``enterprises.audit.note`` takes it for its ``action``."""

    SIGNED_IN = "account.signed_in"
    SIGNED_OUT = "account.signed_out"
    SIGNED_OUT_EVERYWHERE = "account.signed_out_everywhere"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    MEMBERSHIP_GRANTED = "membership.granted"
    MEMBERSHIP_ENDED = "membership.ended"
    POST_GRANTED = "post.granted"
    POST_ENDED = "post.ended"
    INVITATION_MADE = "invitation.made"
    INVITATION_USED = "invitation.used"
    INVITATION_WITHDRAWN = "invitation.withdrawn"

    @property
    def label(self) -> str:
        return _LABELS[self]


def say(action: str) -> str:
    """A deed in plain Chinese; one that is not listed here, as it is."""
    return _LABELS.get(action, action)


_LABELS: dict[str, str] = {
    Deed.SIGNED_IN: "登录",
    Deed.SIGNED_OUT: "退出登录",
    Deed.SIGNED_OUT_EVERYWHERE: "在所有设备上退出登录",
    Deed.ACCOUNT_LOCKED: "邀请码多次填错，暂停加入企业",
    Deed.ACCOUNT_DISABLED: "停用账户",
    Deed.ACCOUNT_ENABLED: "恢复账户",
    Deed.MEMBERSHIP_GRANTED: "成为成员",
    Deed.MEMBERSHIP_ENDED: "不再是成员",
    Deed.POST_GRANTED: "授予职责",
    Deed.POST_ENDED: "终止职责",
    Deed.INVITATION_MADE: "发出邀请",
    Deed.INVITATION_USED: "接受邀请",
    Deed.INVITATION_WITHDRAWN: "收回邀请",
    # What other modules note, by the words that they use.
    "facts.saved": "保存企业情况",
    "grant.nominated": "列为免申即享候选",
    "grant.checked": "核对免申即享",
    "grant.noticed": "公示免申即享",
    "grant.offered": "请企业确认免申即享",
    "grant.accepted": "确认领取免申即享",
    "grant.deemed": "免申即享到期视为同意",
    "grant.declined": "放弃免申即享",
    "grant.lapsed": "免申即享过期作废",
    "grant.account-wrong": "反映收款账户不对",
    "grant.account-changed": "更换收款账户",
    "grant.paying": "免申即享送银行付款",
    "grant.paid": "免申即享到账",
    "grant.returned": "免申即享被银行退回",
    "grant.withdrawn": "撤回免申即享",
    "grant.recovered": "追回免申即享",
    "appeal.begun": "提交诉求",
    "appeal.accepted": "受理诉求",
    "appeal.assigned": "交办诉求",
    "appeal.answered": "答复诉求",
    "appeal.rated": "评价诉求",
    "appeal.reopened": "要求重新办理诉求",
    "appeal.withdrawn": "撤回诉求",
    "share.made": "生成企业码",
    "share.ended": "停用企业码",
    "subscription.changed": "修改订阅",
    "subscription.ended": "退订",
}
