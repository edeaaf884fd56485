"""What may happen to a draft: its states, the deeds between them, and every way in which one is refused.

::

    draft ─► submitted ─► reviewed ─► published
      ▲          │            │
      └──────────┴────────────┘  sent back, or taken back to be edited          all of them but the last ─► withdrawn

Whoever has changed a draft neither reviews nor publishes it. To end an item is a draft that is submitted as it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something."""
        return self in OPEN


OPEN = frozenset({State.DRAFT, State.SUBMITTED, State.REVIEWED})

_LABELS = {
    State.DRAFT: "起草中",
    State.SUBMITTED: "待审核",
    State.REVIEWED: "已审核",
    State.PUBLISHED: "已发布",
    State.WITHDRAWN: "已撤回",
}


class Kind(StrEnum):
    """What a draft is to bring about: a version of an item, or the end of one."""

    VERSION = "version"
    RETIREMENT = "retirement"


class Deed(StrEnum):
    """What is done with a draft; after ``draft.`` in the audit log."""

    BEGIN = "begun"
    SAVE = "saved"
    RENEW = "renewed"
    SUBMIT = "submitted"
    TAKE_BACK = "taken-back"
    ACCEPT = "accepted"
    SEND_BACK = "sent-back"
    PUBLISH = "published"
    WITHDRAW = "withdrawn"
    PROPOSE = "retirement-proposed"
    RETIRE = "retired"

    @property
    def label(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    Deed.BEGIN: "开始起草",
    Deed.SAVE: "修改",
    Deed.RENEW: "并入期间发布的内容",
    Deed.SUBMIT: "提交审核",
    Deed.TAKE_BACK: "拿回来再改",
    Deed.ACCEPT: "审核通过",
    Deed.SEND_BACK: "退回修改",
    Deed.PUBLISH: "发布",
    Deed.WITHDRAW: "撤回",
    Deed.PROPOSE: "提出停用",
    Deed.RETIRE: "确认停用",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A deed: from which states, to which, of what kind of draft (``None``: of both), and whether it takes a reason.

    ``changes``: whoever does it has a hand in what is published; ``judges``: only somebody without a hand may do it.
    """

    before: frozenset[State]
    after: State
    kind: Kind | None = Kind.VERSION
    needs_reason: bool = False
    changes: bool = False
    judges: bool = False


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


_WRITING, _PUBLISHED = _from(State.DRAFT), State.PUBLISHED
_UNDER_REVIEW = _from(State.SUBMITTED, State.REVIEWED)

TRANSITIONS: Mapping[Deed, Transition] = MappingProxyType(
    {
        Deed.BEGIN: Transition(_from(), State.DRAFT, changes=True),
        Deed.SAVE: Transition(_WRITING, State.DRAFT, changes=True),
        Deed.RENEW: Transition(_WRITING, State.DRAFT, changes=True),
        Deed.SUBMIT: Transition(_WRITING, State.SUBMITTED, changes=True),
        Deed.TAKE_BACK: Transition(_UNDER_REVIEW, State.DRAFT),
        Deed.ACCEPT: Transition(_from(State.SUBMITTED), State.REVIEWED, judges=True),
        Deed.SEND_BACK: Transition(_UNDER_REVIEW, State.DRAFT, needs_reason=True),
        Deed.PUBLISH: Transition(_from(State.REVIEWED), _PUBLISHED, judges=True),
        Deed.WITHDRAW: Transition(OPEN, State.WITHDRAWN, kind=None, needs_reason=True),
        Deed.PROPOSE: Transition(_from(), State.SUBMITTED, Kind.RETIREMENT, needs_reason=True, changes=True),
        Deed.RETIRE: Transition(_from(State.SUBMITTED), _PUBLISHED, Kind.RETIREMENT, judges=True),
    }
)
"""Every deed there is."""

CHANGING = frozenset(deed for deed, transition in TRANSITIONS.items() if transition.changes)


@dataclass(frozen=True, slots=True)
class By:
    """Which account does something, when by the clock, and on which day it is judged, in Asia/Shanghai."""

    account: str
    moment: datetime
    on: date


class Refused(ValueError):
    """What cannot be done with a draft; the message says in Chinese why, and what can be done instead."""


class NoSuchDraft(LookupError):
    """There is no draft with this id."""


class NotNow(Refused):
    """A deed that does not fit the state in which the draft is."""

    def __init__(self, deed: Deed, state: State) -> None:
        super().__init__(f"这份草稿现在是“{state.label}”，不能“{deed.label}”。请刷新本页，看看它现在到了哪一步")
        self.deed, self.state = deed, state


class Stale(Refused):
    """Somebody has changed the draft since it was looked at."""

    def __init__(self) -> None:
        super().__init__("您打开之后，这份草稿被别人改过。您的改动没有保存；请先看看现在的内容，再改一次")


class SamePerson(Refused):
    """Whoever had a hand in a draft would judge it."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(f"您参与过这份草稿的起草，不能自己“{deed.label}”。请由另一位有审核职责的人员办理")


class Taken(Refused):
    """There is an open draft for the item already."""

    def __init__(self, draft_id: str | None) -> None:
        super().__init__("这个事项已经有一份没有办完的草稿。请在那一份上改，或者先撤回它")
        self.draft_id = draft_id


class Blocked(Refused):
    """What stands against it, a Chinese sentence each."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("；".join(sentences))
        self.sentences = tuple(sentences)


class NoReason(Refused):
    """A deed that needs a reason, without one."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(f"“{deed.label}”要写明原因")
