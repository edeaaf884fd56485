"""What the audit log calls the deeds that it notes, and how each is said to people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


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
    APPOINTMENT_MADE = "appointment.made"
    APPOINTMENT_USED = "appointment.used"
    APPOINTMENT_WITHDRAWN = "appointment.withdrawn"
    INVITATION_MADE = "invitation.made"
    INVITATION_USED = "invitation.used"
    INVITATION_WITHDRAWN = "invitation.withdrawn"

    @property
    def label(self) -> str:
        return _LABELS[self]


def say(action: str) -> str:
    """A deed in plain Chinese; one that is not listed here, as it is."""
    return _LABELS.get(action, action)


def all_labels() -> Mapping[str, str]:
    """Every deed that is listed here, in plain Chinese."""
    return MappingProxyType(_LABELS)


_LABELS: dict[str, str] = {
    Deed.SIGNED_IN: "登录",
    Deed.SIGNED_OUT: "退出登录",
    Deed.SIGNED_OUT_EVERYWHERE: "在所有设备上退出登录",
    Deed.ACCOUNT_LOCKED: "邀请码或任职码多次填错，暂停再试",
    Deed.ACCOUNT_DISABLED: "停用账户",
    Deed.ACCOUNT_ENABLED: "恢复账户",
    Deed.MEMBERSHIP_GRANTED: "成为成员",
    Deed.MEMBERSHIP_ENDED: "不再是成员",
    Deed.POST_GRANTED: "授予职责",
    Deed.POST_ENDED: "终止职责",
    Deed.APPOINTMENT_MADE: "发出任职码",
    Deed.APPOINTMENT_USED: "使用任职码",
    Deed.APPOINTMENT_WITHDRAWN: "收回任职码",
    Deed.INVITATION_MADE: "发出邀请",
    Deed.INVITATION_USED: "接受邀请",
    Deed.INVITATION_WITHDRAWN: "收回邀请",
    # What other modules note, by the words that they use.
    "audit.verified": "核对操作日志",
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
    "grant.reopened": "重新办理免申即享",
    "round.made": "拟定免申即享批次",
    "round.changed": "修改免申即享批次",
    "round.stated": "载入核定金额清单",
    "round.compared": "比对免申即享候选",
    "round.again": "重新比对免申即享批次",
    "round.struck": "剔除免申即享候选",
    "round.restored": "恢复免申即享候选",
    "round.submitted": "提交免申即享批次",
    "round.returned": "退回免申即享批次",
    "round.checked": "核对免申即享批次",
    "round.noticed": "公示免申即享批次",
    "round.asked": "请企业确认免申即享批次",
    "round.closed": "办结免申即享批次",
    "round.cancelled": "取消免申即享批次",
    "payment.made": "拟定付款批次",
    "payment.released": "放行付款批次",
    "payment.withdrawn": "撤销付款批次",
    "payment.file": "取付款文件",
    "payment.result": "载入银行结果",
    "recovery.proposed": "提出追回",
    "recovery.demanded": "批准追回",
    "recovery.received": "登记追回到账",
    "recovery.corrected": "更正追回到账",
    "recovery.lifted": "撤销追回",
    "campaign.created": "新建批量推送",
    "campaign.saved": "修改批量推送",
    "campaign.submitted": "提交批量推送",
    "campaign.approved": "批准批量推送",
    "campaign.sent-back": "退回批量推送",
    "campaign.started": "开始批量推送",
    "campaign.planned": "批量推送列好名单",
    "campaign.paused": "暂停批量推送",
    "campaign.resumed": "继续批量推送",
    "campaign.finished": "批量推送处理完",
    "campaign.reopened": "重新发送批量推送中失败的",
    "campaign.retried": "重试批量推送中失败的",
    "campaign.cancelled": "取消批量推送",
    "campaign.refused": "不再接收批量推送",
    "campaign.allowed": "恢复接收批量推送",
    "appeal.begun": "提交诉求",
    "appeal.accepted": "受理诉求",
    "appeal.assigned": "交办诉求",
    "appeal.answered": "答复诉求",
    "appeal.rated": "评价诉求",
    "appeal.reopened": "要求重新办理诉求",
    "appeal.withdrawn": "撤回诉求",
    "share.made": "生成企业码",
    "share.ended": "停用企业码",
    "simulation.asked": "开始仿真",
    "simulation.looked": "看仿真结果并写意见",
    "snapshot.asked": "更新企业库快照",
    "report.asked": "计算应兑未兑清单",
    "draft.begun": "起草政策事项",
    "draft.saved": "修改政策草稿",
    "draft.renewed": "草稿并入期间发布的内容",
    "draft.submitted": "提交政策草稿审核",
    "draft.taken-back": "拿回政策草稿再改",
    "draft.accepted": "政策草稿审核通过",
    "draft.sent-back": "退回政策草稿",
    "draft.published": "发布政策事项",
    "draft.withdrawn": "撤回政策草稿",
    "draft.retirement-proposed": "提出停用政策事项",
    "draft.retired": "停用政策事项",
    "item.tagged": "给政策事项加标签",
    "item.untagged": "去掉政策事项的标签",
    "appeal.corrected": "因诉求起草更正",
    "correction.asked": "比较更正前后的判断",
    "quiet-days.changed": "修改不打扰的日子",
    "address.code-sent": "发送验证码",
    "address.proved": "验证接收地址",
    "subscription.changed": "修改订阅",
    "subscription.ended": "退订",
}
