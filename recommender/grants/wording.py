"""What a grant's state means to the enterprise: a plain sentence, and the way to the money step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from enterprises.amounts import format_money
from enterprises.calendar import SHANGHAI, format_day
from recommender.grants.grants import Event, Grant
from recommender.grants.states import Consent, Deed, State


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to the money. ``at``: when it was done; ``current``: it is the one being taken."""

    label: str
    at: date | None
    current: bool


def say_state(grant: Grant, on: date) -> str:
    """Where a grant stands on a day, in a sentence that says what happens next."""
    amount, tail = format_money(grant.amount), grant.account_tail
    match grant.state_on(on):
        case State.CANDIDATE:
            return "数据比对出您可能符合，主管部门还没有核对。"
        case State.CHECKED:
            return "主管部门已经核对，接下来请您确认。"
        case State.NOTICED:
            return "正在公示。公示期满、没有异议，就请您确认。"
        case State.OFFERED:
            return _say_open(grant, on)
        case State.ACCEPTED:
            return f"{_say_consent(grant)}，等待付款{_to(tail)}。"
        case State.DECLINED:
            return f"已于 {_day(grant.last(Deed.DECLINE))} 放弃。"
        case State.LAPSED:
            assert grant.confirm_by is not None
            return f"最后一天是 {format_day(grant.confirm_by)}，到期没有确认，已经作废，不能再领取。"
        case State.PAYING:
            return f"已送银行付款，{amount} 正在转入{_account(tail)}。"
        case State.PAID:
            assert grant.paid_on is not None
            return f"已发放，{amount} 已于 {format_day(grant.paid_on)} 转入{_account(tail)}。"
        case State.RETURNED:
            return f"银行把款退回来了{_because(grant, Deed.RETURN)}。请核对收款账户，改好后会再次付款。"
        case State.WITHDRAWN:
            return f"主管部门撤回了这一笔{_because(grant, Deed.WITHDRAW)}。"
        case State.RECOVERED:
            return f"这一笔发放以后又被追回{_because(grant, Deed.RECOVER)}。"


def say_deadline(grant: Grant, on: date) -> str:
    """Until when an offered grant can be answered, seen from a day."""
    assert grant.confirm_by is not None
    left, day = grant.days_left(on), format_day(grant.confirm_by)
    if left < 0:
        return f"已于 {day} 截止"
    return f"今天（{day}）是最后一天" if left == 0 else f"截至 {day}，还有 {left} 天，最后一天也算"


def steps(grant: Grant, on: date) -> Iterator[Step]:
    """The way of a grant to the money: what has been done and when, and what is next.

    Where it has ended without money, the way ends with what ended it.
    """
    state, days = grant.state_on(on), {event.after: _on(event) for event in grant.history}
    if state is State.RETURNED:
        del days[State.PAYING]
    if grant.confirm_by is not None:
        days.setdefault(state, grant.confirm_by)
    way = [
        ("主管部门核对", days.get(State.CHECKED)),
        *([("公示", days.get(State.OFFERED))] if State.NOTICED in days else []),
        (_say_answer(grant, State.ACCEPTED in days), days.get(State.ACCEPTED)),
        ("送银行付款", days.get(State.PAYING)),
        ("到账", grant.paid_on),
    ]
    done = [(label, day) for label, day in way if day is not None]
    yield from (Step(label, day, False) for label, day in done)
    if state in ENDED:
        yield Step(state.label, days.get(state), True)
        return
    for number, (label, _) in enumerate(way[len(done) :]):
        yield Step(label, None, number == 0)


ENDED = frozenset({State.DECLINED, State.LAPSED, State.WITHDRAWN, State.RECOVERED})
"""The states in which nothing more comes."""


def _say_answer(grant: Grant, given: bool) -> str:
    if grant.consent is Consent.DEEMED:
        return "您已确认" if grant.last(Deed.ACCEPT) else "视为同意" if given else "等到期（可以说不要）"
    return "您已确认" if given else "等您确认"


def _say_open(grant: Grant, on: date) -> str:
    assert grant.confirm_by is not None
    if grant.consent is Consent.DEEMED:
        return f"不用确认，到期会自动发放；不想要，可以在 {format_day(grant.confirm_by)} 前说不要（当天也算）。"
    return f"等您确认：{say_deadline(grant, on)}。过期不确认就作废。"


def _say_consent(grant: Grant) -> str:
    accepted = grant.last(Deed.ACCEPT)
    if accepted is not None:
        return f"已于 {_day(accepted)} 确认"
    assert grant.confirm_by is not None
    return f"到 {format_day(grant.confirm_by)} 没有说不要，视为同意"


def _because(grant: Grant, deed: Deed) -> str:
    event = grant.last(deed)
    return f"，原因：{event.note.rstrip('。')}" if event is not None and event.note else ""


def _to(tail: str | None) -> str:
    return "；还缺收款账户，请填写" if tail is None else f"，会转入尾号 {tail} 的账户"


def _account(tail: str | None) -> str:
    return "收款账户" if tail is None else f"尾号 {tail} 的账户"


def _day(event: Event | None) -> str:
    return "" if event is None else format_day(_on(event))


def _on(event: Event) -> date:
    return event.moment.astimezone(SHANGHAI).date()
