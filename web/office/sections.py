"""The sections of the officials' console, as its navigation lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import request, url_for

from web.accounts.visitor import Duty
from web.pages import visitor

SECTIONS: tuple[tuple[str, str, tuple[str, ...], tuple[Duty, ...]], ...] = (
    ("office_home.show", "待办", ("office_home",), tuple(Duty)),
    (
        "library_desk.show",
        "政策库",
        (
            "library_desk",
            "library_deeds",
            "library_files",
            "library_imports",
            "drafts",
            "draft_deeds",
            "draft_files",
            "draft_reviews",
            "editor",
        ),
        (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR),
    ),
    (
        "simulations.show_all",
        "仿真",
        ("simulations", "office_snapshot"),
        (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER),
    ),
    ("campaigns.show_list", "批量推送", ("campaigns",), (Duty.OPERATOR,)),
    ("campaign_approvals.show_list", "推送审批", ("campaign_approvals",), (Duty.APPROVER,)),
    (
        "campaign_runs.show_list",
        "推送成效",
        ("campaign_runs", "campaign_deeds"),
        (Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR),
    ),
    (
        "rounds.show_list",
        "免申即享",
        ("rounds", "round_plans", "round_deeds", "round_checks", "round_works"),
        (Duty.OPERATOR, Duty.APPROVER, Duty.FINANCE, Duty.AUDITOR),
    ),
    ("payments.show_list", "付款", ("payments", "payment_deeds"), (Duty.FINANCE, Duty.AUDITOR)),
    (
        "ledger.show",
        "台账",
        ("ledger", "recoveries", "recovery_approvals", "recovery_receipts", "rulings"),
        (Duty.OPERATOR, Duty.APPROVER, Duty.FINANCE, Duty.AUDITOR),
    ),
    (
        "appeals_desk.show_list",
        "诉求",
        ("appeals_desk", "appeal_drafts", "appeal_comparisons", "corrections"),
        (Duty.OPERATOR, Duty.REVIEWER),
    ),
    (
        "reports.show",
        "报表",
        ("reports",),
        (Duty.AUDITOR, Duty.APPROVER, Duty.ADMINISTRATOR, Duty.OPERATOR, Duty.FINANCE),
    ),
    ("quiet_days.show", "不打扰的日子", ("quiet_days",), (Duty.OPERATOR, Duty.APPROVER, Duty.ADMINISTRATOR)),
    ("officials.show", "工作人员", ("officials",), (Duty.ADMINISTRATOR,)),
    ("audit_log.show", "操作日志", ("audit_log",), (Duty.AUDITOR, Duty.ADMINISTRATOR)),
)
"""Where each begins, its label, the groups of pages (blueprints) that belong to it, and the duties that it is for."""

WHAT: Mapping[str, str] = {
    "政策库": "查事项、看缺什么、起草和发布",
    "仿真": "发布以前先算：多少企业、多少钱",
    "批量推送": "选事项和企业，写消息，送审批",
    "推送审批": "看过预览，批准或退回",
    "推送成效": "开始、暂停，看送达、打开、申报",
    "免申即享": "比对名单、核对、公示、请企业确认",
    "付款": "拟定和复核付款批次，登记银行结果",
    "台账": "发放、退回、追回，逐条可查",
    "诉求": "受理、交办、答复；规则有误就更正",
    "报表": "每月落实情况、应兑未兑",
    "不打扰的日子": "放假、静默钟点和每周上限",
    "工作人员": "任命和终止职责",
    "操作日志": "谁在什么时候做了什么",
}
"""What one does there, by label."""


@dataclass(frozen=True)
class Section:
    """A section of the console: where it is, and whether the visitor is there."""

    label: str
    address: str
    current: bool
    what: str


def office_sections() -> Iterator[Section]:
    """What the visitor may open."""
    for endpoint, label, groups, duties in SECTIONS:
        if visitor().posts_of(*duties):
            yield Section(label, url_for(endpoint), request.blueprint in groups, WHAT.get(label, ""))
