"""The states of a round, and every way from one to another: one table, and nothing moves but by it.

::

    draft ─► listed ─► submitted ─► checked ─► (noticed) ─► asked ─► closed
      ▲        │  ▲        │           └──────────┴► cancelled
      └────────┘  └────────┘

Up to ``submitted`` there is a list of candidates and no grant. Checking is for another account than those who made or
changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from recommender.grants.states import Refused
from recommender.payments.plans import Plan


class RoundState(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    LISTED = "listed"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    NOTICED = "noticed"
    ASKED = "asked"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES = {
    RoundState.DRAFT: "拟定中",
    RoundState.LISTED: "候选已列出",
    RoundState.SUBMITTED: "待核对",
    RoundState.CHECKED: "已核对",
    RoundState.NOTICED: "公示中",
    RoundState.ASKED: "请企业确认",
    RoundState.CLOSED: "已办结",
    RoundState.CANCELLED: "已取消",
}


class RoundDeed(StrEnum):
    """What is done with a round; the name of it in its history, and after ``round.`` in the audit log."""

    MAKE = "made"
    CHANGE = "changed"
    STATE = "stated"
    LIST = "compared"
    AGAIN = "again"
    STRIKE = "struck"
    RESTORE = "restored"
    SUBMIT = "submitted"
    SEND_BACK = "returned"
    CHECK = "checked"
    NOTICE = "noticed"
    ASK = "asked"
    CLOSE = "closed"
    CANCEL = "cancelled"

    @property
    def label(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    RoundDeed.MAKE: "拟定批次",
    RoundDeed.CHANGE: "修改安排",
    RoundDeed.STATE: "载入核定金额清单",
    RoundDeed.LIST: "比对出候选",
    RoundDeed.AGAIN: "作废名单，重新比对",
    RoundDeed.STRIKE: "剔除候选",
    RoundDeed.RESTORE: "恢复候选",
    RoundDeed.SUBMIT: "提交核对",
    RoundDeed.SEND_BACK: "退回修改",
    RoundDeed.CHECK: "核对无误",
    RoundDeed.NOTICE: "开始公示",
    RoundDeed.ASK: "请企业确认",
    RoundDeed.CLOSE: "办结",
    RoundDeed.CANCEL: "取消批次",
}


@dataclass(frozen=True, slots=True)
class RoundTransition:
    """A deed: from which states, to which (``None``: the state stays), and whether it takes a reason."""

    before: frozenset[RoundState]
    after: RoundState | None
    needs_reason: bool = False


def _from(*states: RoundState) -> frozenset[RoundState]:
    return frozenset(states)


_S = RoundState
ROUND_TRANSITIONS: Mapping[RoundDeed, RoundTransition] = MappingProxyType(
    {
        RoundDeed.MAKE: RoundTransition(_from(), _S.DRAFT),
        RoundDeed.CHANGE: RoundTransition(_from(_S.DRAFT), None),
        RoundDeed.STATE: RoundTransition(_from(_S.DRAFT), None),
        RoundDeed.LIST: RoundTransition(_from(_S.DRAFT), _S.LISTED),
        RoundDeed.AGAIN: RoundTransition(_from(_S.LISTED), _S.DRAFT),
        RoundDeed.STRIKE: RoundTransition(_from(_S.LISTED), None, needs_reason=True),
        RoundDeed.RESTORE: RoundTransition(_from(_S.LISTED), None),
        RoundDeed.SUBMIT: RoundTransition(_from(_S.LISTED), _S.SUBMITTED),
        RoundDeed.SEND_BACK: RoundTransition(_from(_S.SUBMITTED), _S.LISTED, needs_reason=True),
        RoundDeed.CHECK: RoundTransition(_from(_S.SUBMITTED), _S.CHECKED),
        RoundDeed.NOTICE: RoundTransition(_from(_S.CHECKED), _S.NOTICED),
        RoundDeed.ASK: RoundTransition(_from(_S.CHECKED, _S.NOTICED), _S.ASKED),
        RoundDeed.CLOSE: RoundTransition(_from(_S.ASKED), _S.CLOSED),
        RoundDeed.CANCEL: RoundTransition(
            _from(_S.DRAFT, _S.LISTED, _S.SUBMITTED, _S.CHECKED, _S.NOTICED), _S.CANCELLED, needs_reason=True
        ),
    }
)
"""Every deed there is."""


class NoSuchRound(LookupError):
    """There is no round with this id."""


class RoundNotNow(Refused):
    """A deed that does not fit the state in which the round is."""

    def __init__(self, deed: RoundDeed, state: RoundState) -> None:
        super().__init__(f"这个批次现在是“{state.label}”，不能“{deed.label}”")
        self.deed, self.state = deed, state


class RoundChanged(Refused):
    """Somebody has changed the round since it was looked at."""

    def __init__(self) -> None:
        super().__init__("这个批次在您打开本页之后改过。请看一看现在的内容，再办理")


class SamePerson(Refused):
    """What takes two people was to be done by one."""


def follow_round(deed: RoundDeed, state: RoundState, plan: Plan) -> RoundState:
    """The state after a deed. Raises ``RoundNotNow``, also for a notice that the plan has not, or to leave it out."""
    transition = ROUND_TRANSITIONS[deed]
    unplanned = deed is RoundDeed.NOTICE and plan.notice_days == 0
    left_out = deed is RoundDeed.ASK and state is RoundState.CHECKED and plan.notice_days > 0
    if state not in transition.before or unplanned or left_out:
        raise RoundNotNow(deed, state)
    return state if transition.after is None else transition.after


def possible(state: RoundState, plan: Plan) -> tuple[RoundDeed, ...]:
    """What can be done with a round in a state."""
    found = []
    for deed in RoundDeed:
        try:
            follow_round(deed, state, plan)
        except RoundNotNow:
            continue
        found.append(deed)
    return tuple(found)
