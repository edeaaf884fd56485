"""The states of a grant, and every way from one to another: one table, and nothing moves but by it.

::

    candidate ─► checked ─► (noticed) ─► offered ─► accepted ─► paying ─► paid ─► recovered
                                           │  ▲                  │  ▲
                                           ├─► declined          ▼  │
                                           └─► lapsed          returned

What was declined or has lapsed goes back to checked where an office reopens it. Whatever is not paid and not under way
to the bank can be withdrawn. What the bank has in hand cannot: it is paid or comes back first. Nothing leads from
``paid`` to ``paying``, so nothing is paid twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a grant stands."""

    CANDIDATE = "candidate"
    CHECKED = "checked"
    NOTICED = "noticed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    PAYING = "paying"
    PAID = "paid"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    RECOVERED = "recovered"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.CANDIDATE: "候选",
    State.CHECKED: "已核对",
    State.NOTICED: "公示中",
    State.OFFERED: "待企业确认",
    State.ACCEPTED: "已确认",
    State.DECLINED: "已放弃",
    State.LAPSED: "逾期作废",
    State.PAYING: "付款中",
    State.PAID: "已发放",
    State.RETURNED: "银行退回",
    State.WITHDRAWN: "已撤回",
    State.RECOVERED: "已追回",
}


class Party(StrEnum):
    """Who does something with a grant. The calendar: nobody, a day has passed."""

    OFFICE = "office"
    ENTERPRISE = "enterprise"
    CALENDAR = "calendar"

    @property
    def label(self) -> str:
        return {"office": "主管部门", "enterprise": "企业", "calendar": "系统"}[self]


class Deed(StrEnum):
    """What is done with a grant; the name of it in the history, and after ``grant.`` in the audit log."""

    NOMINATE = "nominated"
    CHECK = "checked"
    NOTICE = "noticed"
    OFFER = "offered"
    ACCEPT = "accepted"
    DEEM = "deemed"
    DECLINE = "declined"
    LAPSE = "lapsed"
    REPORT_ACCOUNT = "account-wrong"
    CHANGE_ACCOUNT = "account-changed"
    PAY = "paying"
    SETTLE = "paid"
    RETURN = "returned"
    WITHDRAW = "withdrawn"
    RECOVER = "recovered"
    REOPEN = "reopened"

    @property
    def label(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    Deed.NOMINATE: "数据比对，列为候选",
    Deed.CHECK: "核对无误",
    Deed.NOTICE: "开始公示",
    Deed.OFFER: "请企业确认",
    Deed.ACCEPT: "确认领取",
    Deed.DEEM: "到期没有说不要，视为同意",
    Deed.DECLINE: "不要了",
    Deed.LAPSE: "过了最后一天没有确认，作废",
    Deed.REPORT_ACCOUNT: "反映账户不对",
    Deed.CHANGE_ACCOUNT: "换了收款账户",
    Deed.PAY: "送银行付款",
    Deed.SETTLE: "到账",
    Deed.RETURN: "银行退回",
    Deed.WITHDRAW: "撤回",
    Deed.RECOVER: "追回",
    Deed.REOPEN: "重新办理",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A deed: from which states, to which (``None``: the state stays), by whom, and whether it takes a reason."""

    before: frozenset[State]
    after: State | None
    by: Party
    needs_reason: bool = False


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


TRANSITIONS: Mapping[Deed, Transition] = MappingProxyType(
    {
        Deed.NOMINATE: Transition(_from(), State.CANDIDATE, Party.OFFICE),
        Deed.CHECK: Transition(_from(State.CANDIDATE), State.CHECKED, Party.OFFICE),
        Deed.NOTICE: Transition(_from(State.CHECKED), State.NOTICED, Party.OFFICE),
        Deed.OFFER: Transition(_from(State.CHECKED, State.NOTICED), State.OFFERED, Party.OFFICE),
        Deed.ACCEPT: Transition(_from(State.OFFERED), State.ACCEPTED, Party.ENTERPRISE),
        Deed.DEEM: Transition(_from(State.OFFERED), State.ACCEPTED, Party.CALENDAR),
        Deed.DECLINE: Transition(_from(State.OFFERED), State.DECLINED, Party.ENTERPRISE, needs_reason=True),
        Deed.LAPSE: Transition(_from(State.OFFERED), State.LAPSED, Party.CALENDAR),
        Deed.REPORT_ACCOUNT: Transition(
            _from(State.OFFERED, State.ACCEPTED, State.RETURNED), None, Party.ENTERPRISE, needs_reason=True
        ),
        Deed.CHANGE_ACCOUNT: Transition(_from(State.OFFERED, State.ACCEPTED, State.RETURNED), None, Party.ENTERPRISE),
        Deed.PAY: Transition(_from(State.ACCEPTED, State.RETURNED), State.PAYING, Party.OFFICE),
        Deed.SETTLE: Transition(_from(State.PAYING), State.PAID, Party.OFFICE),
        Deed.RETURN: Transition(_from(State.PAYING), State.RETURNED, Party.OFFICE, needs_reason=True),
        Deed.WITHDRAW: Transition(
            _from(State.CANDIDATE, State.CHECKED, State.NOTICED, State.OFFERED, State.ACCEPTED, State.RETURNED),
            State.WITHDRAWN,
            Party.OFFICE,
            needs_reason=True,
        ),
        Deed.RECOVER: Transition(_from(State.PAID), State.RECOVERED, Party.OFFICE, needs_reason=True),
        Deed.REOPEN: Transition(_from(State.DECLINED, State.LAPSED), State.CHECKED, Party.OFFICE, needs_reason=True),
    }
)
"""Every deed there is."""


MOST = 10**15
"""An amount in 分 from which on somebody must have mistyped: ten trillion 元."""


class Why(StrEnum):
    """Why somebody is not entitled, as far as it matters to whoever could mend it."""

    UNDETERMINED = "undetermined"
    UNCONFIRMED = "unconfirmed"
    INEXACT = "inexact"
    UNSTATED = "unstated"
    RECEIVED = "received"
    OTHER = "other"


class Consent(StrEnum):
    """Whether the enterprise has to say yes, or is taken to agree where it does not say no by the last day."""

    EXPLICIT = "explicit"
    DEEMED = "deemed"


class Refused(ValueError):
    """What cannot be done with a grant; the message says in Chinese why, and what can be done instead."""


class NoSuchGrant(LookupError):
    """There is no grant with this id."""


class NotNow(Refused):
    """A deed that does not fit the state in which the grant is."""

    def __init__(self, deed: Deed, state: State) -> None:
        super().__init__(f"这笔现在是“{state.label}”，不能“{deed.label}”")
        self.deed, self.state = deed, state


class TooLate(Refused):
    """The last day for saying yes or no has passed."""


class TooEarly(Refused):
    """What only follows once the last day for confirming has passed."""


class NoAccount(Refused):
    """Money cannot be sent anywhere yet."""


class AccountChanged(Refused):
    """The money would go elsewhere than was shown to whoever says yes."""

    def __init__(self) -> None:
        super().__init__("收款账户在您打开本页之后改过。请核对下面现在的账户，再确认一次")


class NoReason(Refused):
    """A deed that needs a reason, without one."""


def follow(deed: Deed, state: State) -> State:
    """The state after a deed. Raises ``NotNow`` where it cannot be done in this one."""
    transition = TRANSITIONS[deed]
    if state not in transition.before:
        raise NotNow(deed, state)
    return state if transition.after is None else transition.after
