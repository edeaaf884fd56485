"""Grants as pages show them: with their item, a sentence, how pressing they are, and where in a list they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from enterprises.calendar import SHANGHAI, format_day
from enterprises.dictionary import Dictionary
from enterprises.sealing import CannotOpen, Seal
from policies.items import Item
from recommender.grants.account import Account, open_account
from recommender.grants.grants import Event, Grant
from recommender.grants.states import TRANSITIONS, Consent, Deed, State
from recommender.grants.wording import ENDED, say_deadline, say_state

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True)
class Shown:
    """A grant as pages show it. ``look``: the class of its state; ``deadline``: until when it can be answered;
    ``past``: its history, the last first, each a day and what was done."""

    grant: Grant
    item: Item
    state: State
    look: str
    sentence: str
    deadline: str
    near: bool
    past: tuple[tuple[str, str], ...]


GROUPS = {
    "waiting": "等您确认",
    "deemed": "不用确认，会自动发放",
    "under_way": "办理中",
    "paid": "已发放",
    "ended": "已结束",
}
"""What a list is parted into, in this order."""


def in_groups(shown: Iterable[Shown], on: date) -> list[tuple[str, str, list[Shown]]]:
    """Key, heading and grants of every part of a list that is not empty; what can be answered by its last day."""
    parts: dict[str, list[Shown]] = {name: [] for name in GROUPS}
    for each in shown:
        parts[group_of(each.grant, on)].append(each)
    for name in ("waiting", "deemed"):
        parts[name].sort(key=_last_day)
    return [(name, GROUPS[name], some) for name, some in parts.items() if some]


def group_of(grant: Grant, on: date) -> str:
    """The key in ``GROUPS`` of a grant on a day."""
    state = grant.state_on(on)
    if state is State.OFFERED:
        return "waiting" if grant.consent is Consent.EXPLICIT else "deemed"
    if state is State.PAID:
        return "paid"
    return "ended" if state in ENDED else "under_way"


def show_grant(database: Session, grant: Grant, on: date, dictionary: Dictionary) -> Shown:
    """A grant as it stands on a day, with the version of the item that it was made from."""
    from policies.tables import load_item

    state, near = grant.state_on(on), grant.is_near(on)
    return Shown(
        grant=grant,
        item=load_item(database, grant.item_id, grant.item_version, dictionary),
        state=state,
        look="alarm" if near else _LOOKS.get(state, "wait"),
        sentence=say_state(grant, on),
        deadline=say_deadline(grant, on) if state is State.OFFERED else "",
        near=near,
        past=tuple((format_day(_on(event)), event.deed.label) for event in reversed(grant.history)),
    )


_LOOKS = {
    State.PAID: "ok",
    State.ACCEPTED: "ok",
    State.PAYING: "ok",
    State.RETURNED: "alarm",
    **dict.fromkeys(ENDED, "over"),
}


def account_of(grant: Grant, seal: Seal) -> Account | None:
    """The account, or nothing where it cannot be opened: its last digits are known all the same."""
    if grant.account is None:
        return None
    try:
        return open_account(grant.account, seal)
    except CannotOpen:
        return None


def is_possible(grant: Grant, deed: Deed, on: date) -> bool:
    """Whether a deed of the enterprise can be done on a day."""
    state = grant.state_on(on)
    written_down = state is grant.state
    return written_down and state in TRANSITIONS[deed].before


def _on(event: Event) -> date:
    return event.moment.astimezone(SHANGHAI).date()


def _last_day(shown: Shown) -> date:
    assert shown.grant.confirm_by is not None
    return shown.grant.confirm_by
