"""What may happen to an appeal: its states, the deeds between them, and by which side each is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MOST_REOPENINGS = 2
"""How often an enterprise may reopen an appeal; after that it can begin another one."""


class Side(StrEnum):
    """Who acts."""

    ENTERPRISE = "enterprise"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return {"enterprise": "企业", "office": "部门"}[self]


class State(StrEnum):
    """Where an appeal stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    RATED = "rated"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _STATES[self]

    @property
    def is_open(self) -> bool:
        """Whether an office still owes something."""
        return self in OPEN


OPEN = frozenset({State.SUBMITTED, State.ACCEPTED, State.ASSIGNED})

_STATES = {
    State.SUBMITTED: "已提交",
    State.ACCEPTED: "已受理",
    State.ASSIGNED: "办理中",
    State.ANSWERED: "已答复",
    State.RATED: "已评价",
    State.WITHDRAWN: "已撤回",
}


class Deed(StrEnum):
    """What is done to an appeal."""

    BEGIN = "begin"
    ACCEPT = "accept"
    ASSIGN = "assign"
    ANSWER = "answer"
    RATE = "rate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    Deed.BEGIN: "提交",
    Deed.ACCEPT: "受理",
    Deed.ASSIGN: "交办",
    Deed.ANSWER: "答复",
    Deed.RATE: "评价",
    Deed.REOPEN: "要求重新办理",
    Deed.WITHDRAW: "撤回",
}


class Grade(IntEnum):
    """The five grades of 好差评; the last two are bad ones, which have to be followed up (国办发〔2019〕51号)."""

    VERY_SATISFIED = 5
    SATISFIED = 4
    FAIRLY_SATISFIED = 3
    DISSATISFIED = 2
    VERY_DISSATISFIED = 1

    @property
    def label(self) -> str:
        return _GRADES[self]

    @property
    def is_bad(self) -> bool:
        return self <= Grade.DISSATISFIED


_GRADES = {
    Grade.VERY_SATISFIED: "非常满意",
    Grade.SATISFIED: "满意",
    Grade.FAIRLY_SATISFIED: "基本满意",
    Grade.DISSATISFIED: "不满意",
    Grade.VERY_DISSATISFIED: "非常不满意",
}


class Kind(StrEnum):
    """What an appeal complains of."""

    JUDGEMENT = "judgement"
    FACTS = "facts"
    WORDING = "wording"
    PROCEDURE = "procedure"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    Kind.JUDGEMENT: "判断有误",
    Kind.FACTS: "数据有误",
    Kind.WORDING: "政策看不懂",
    Kind.PROCEDURE: "办理受阻",
    Kind.OTHER: "其他",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One side may do a deed in a state, and then the appeal is in another; ``None``: before there is one."""

    side: Side
    deed: Deed
    before: State | None
    after: State


MOVES = (
    Move(Side.ENTERPRISE, Deed.BEGIN, None, State.SUBMITTED),
    Move(Side.OFFICE, Deed.ACCEPT, State.SUBMITTED, State.ACCEPTED),
    Move(Side.OFFICE, Deed.ASSIGN, State.ACCEPTED, State.ASSIGNED),
    Move(Side.OFFICE, Deed.ASSIGN, State.ASSIGNED, State.ASSIGNED),  # passed on to another department
    Move(Side.OFFICE, Deed.ANSWER, State.ASSIGNED, State.ANSWERED),
    Move(Side.OFFICE, Deed.REOPEN, State.ANSWERED, State.ACCEPTED),
    Move(Side.OFFICE, Deed.REOPEN, State.RATED, State.ACCEPTED),
    Move(Side.ENTERPRISE, Deed.RATE, State.ANSWERED, State.RATED),
    Move(Side.ENTERPRISE, Deed.REOPEN, State.ANSWERED, State.ACCEPTED),
    Move(Side.ENTERPRISE, Deed.REOPEN, State.RATED, State.ACCEPTED),
    Move(Side.ENTERPRISE, Deed.WITHDRAW, State.SUBMITTED, State.WITHDRAWN),
    Move(Side.ENTERPRISE, Deed.WITHDRAW, State.ACCEPTED, State.WITHDRAWN),
    Move(Side.ENTERPRISE, Deed.WITHDRAW, State.ASSIGNED, State.WITHDRAWN),
)
"""All that may happen. A reopened appeal was accepted before, so it only has to be assigned and answered again."""

_AFTER = {(move.side, move.deed, move.before): move.after for move in MOVES}


class NotPossible(ValueError):
    """A deed that the appeal's state does not allow, or no longer; the message says so in Chinese."""


def after(side: Side, deed: Deed, state: State | None, reopenings: int = 0, grade: Grade | None = None) -> State:
    """The state after a deed. Raises ``NotPossible``.

    ``reopenings``: how often the enterprise has reopened it; ``grade``: how it rated the answer. An enterprise that was
    content with an answer has nothing to reopen.
    """
    found = _AFTER.get((side, deed, state))
    if found is None:
        raise NotPossible(f"这件诉求现在是“{state.label if state else '未提交'}”，不能{deed.label}")
    if deed is Deed.REOPEN and side is Side.ENTERPRISE:
        if reopenings >= MOST_REOPENINGS:
            raise NotPossible(
                f"已经要求重新办理过 {MOST_REOPENINGS} 次。如果还有问题，请另提一件诉求，并写上这一件的编号"
            )
        if state is State.RATED and (grade is None or not grade.is_bad):
            raise NotPossible("您对答复的评价是满意，不能再要求重新办理。如果有新的问题，请另提一件诉求")
    return found


def possible(side: Side, state: State, reopenings: int = 0, grade: Grade | None = None) -> Iterator[Deed]:
    """What one side may do now."""
    for deed in Deed:
        try:
            after(side, deed, state, reopenings, grade)
        except NotPossible:
            continue
        yield deed
