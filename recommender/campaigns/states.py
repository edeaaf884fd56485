"""The states of a campaign, and every way from one to another: one table, and nothing moves but by it.

::

    draft ─► submitted ─► approved ─► planning ─► running ⇄ paused
      ▲          │            │           │          │
      └──────────┴────────────┴───────────┘          └─► finished (─► running, to send dead letters again)

Whatever has not ended can be cancelled. A change of what was submitted or approved makes a draft of it again, so that
nothing is sent that a second person has not approved as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PLANNING = "planning"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def ended(self) -> bool:
        return self in (State.FINISHED, State.CANCELLED)


_LABELS = {
    State.DRAFT: "草稿",
    State.SUBMITTED: "待审批",
    State.APPROVED: "已批准",
    State.PLANNING: "正在列名单",
    State.RUNNING: "正在推送",
    State.PAUSED: "已暂停",
    State.FINISHED: "已完成",
    State.CANCELLED: "已取消",
}


class Deed(StrEnum):
    """What is done with a campaign; the name of it in the history, and after ``campaign.`` in the audit log."""

    CREATE = "created"
    SAVE = "saved"
    SUBMIT = "submitted"
    APPROVE = "approved"
    SEND_BACK = "sent-back"
    START = "started"
    PLANNED = "planned"
    PAUSE = "paused"
    RESUME = "resumed"
    FINISH = "finished"
    REOPEN = "reopened"
    RETRY = "retried"
    CANCEL = "cancelled"

    @property
    def label(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    Deed.CREATE: "新建",
    Deed.SAVE: "修改",
    Deed.SUBMIT: "提交审批",
    Deed.APPROVE: "批准",
    Deed.SEND_BACK: "退回修改",
    Deed.START: "开始推送",
    Deed.PLANNED: "名单列好，开始发送",
    Deed.PAUSE: "暂停",
    Deed.RESUME: "继续",
    Deed.FINISH: "全部处理完",
    Deed.REOPEN: "重新发送未成功的",
    Deed.RETRY: "重试未成功的",
    Deed.CANCEL: "取消",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A deed: from which states, to which (``None``: the state stays), and whether it takes a reason."""

    before: frozenset[State]
    after: State | None
    needs_reason: bool = False


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


_NOT_ENDED = frozenset(state for state in State if not state.ended)

TRANSITIONS: Mapping[Deed, Transition] = MappingProxyType(
    {
        Deed.CREATE: Transition(_from(), State.DRAFT),
        Deed.SAVE: Transition(_from(State.DRAFT, State.SUBMITTED, State.APPROVED), State.DRAFT),
        Deed.SUBMIT: Transition(_from(State.DRAFT), State.SUBMITTED),
        Deed.APPROVE: Transition(_from(State.SUBMITTED), State.APPROVED),
        Deed.SEND_BACK: Transition(
            _from(State.SUBMITTED, State.APPROVED, State.PLANNING), State.DRAFT, needs_reason=True
        ),
        Deed.START: Transition(_from(State.APPROVED), State.PLANNING),
        Deed.PLANNED: Transition(_from(State.PLANNING), State.RUNNING),
        Deed.PAUSE: Transition(_from(State.RUNNING), State.PAUSED),
        Deed.RESUME: Transition(_from(State.PAUSED), State.RUNNING),
        Deed.FINISH: Transition(_from(State.RUNNING), State.FINISHED),
        Deed.REOPEN: Transition(_from(State.FINISHED), State.RUNNING),
        Deed.RETRY: Transition(_from(State.RUNNING, State.PAUSED), None),
        Deed.CANCEL: Transition(_NOT_ENDED, State.CANCELLED, needs_reason=True),
    }
)


class Refused(ValueError):
    """What cannot be done with a campaign; the message says in Chinese why, and what can be done instead."""


class NoSuchCampaign(LookupError):
    """There is no campaign with this id."""


class NotNow(Refused):
    """A deed that does not fit the state in which the campaign is."""

    def __init__(self, deed: Deed, state: State) -> None:
        super().__init__(f"这次推送现在是“{state.label}”，不能“{deed.label}”")
        self.deed, self.state = deed, state


class Changed(Refused):
    """Somebody has changed the campaign since it was looked at."""

    def __init__(self) -> None:
        super().__init__("您打开之后，这次推送有人改过。请刷新页面，看过现在的内容再操作")


class OwnWork(Refused):
    """Who made, changed or submitted a campaign wants to approve it."""

    def __init__(self) -> None:
        super().__init__("这次推送是您编制、修改或提交的，要由另一个人审批")


class NoReason(Refused):
    """A deed that needs a reason, without one."""


class NotReady(Refused):
    """A campaign that is not complete, or not in order; ``mistakes`` by field, in Chinese."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__("；".join(mistakes.values()))
        self.mistakes = mistakes


class TooMany(Refused):
    """More enterprises than can be looked at one by one."""


def follow(deed: Deed, state: State) -> State:
    """The state after a deed. Raises ``NotNow`` where it cannot be done in this one."""
    transition = TRANSITIONS[deed]
    if state not in transition.before:
        raise NotNow(deed, state)
    return state if transition.after is None else transition.after


def possible(state: State) -> frozenset[Deed]:
    """What can be done with a campaign in a state."""
    return frozenset(deed for deed, transition in TRANSITIONS.items() if state in transition.before)


class DeliveryState(StrEnum):
    """Where a delivery stands: one letter to one enterprise by one channel.

    ``due`` ─► ``leased`` ─► ``sent``, or back to ``due`` after a trouble that passes; ``held`` until a quiet time is
    over; ``skipped`` where there is nothing to tell any more, or nobody wants to hear it; ``dead`` where it cannot be
    sent, until somebody has it tried again.
    """

    DUE = "due"
    LEASED = "leased"
    HELD = "held"
    SENT = "sent"
    SKIPPED = "skipped"
    DEAD = "dead"

    @property
    def label(self) -> str:
        return _DELIVERY_LABELS[self]


_DELIVERY_LABELS = {
    DeliveryState.DUE: "等待发送",
    DeliveryState.LEASED: "正在发送",
    DeliveryState.HELD: "暂缓",
    DeliveryState.SENT: "已发送",
    DeliveryState.SKIPPED: "不再发送",
    DeliveryState.DEAD: "发送失败",
}

OPEN = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.HELD)
"""The states of deliveries from which something is still to come."""
