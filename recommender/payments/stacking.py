"""What a payment may still be beside what was paid before (就高不就低、不重复享受、几年内的上限).

Pure. What the engine knows of earlier payments (``once``, ``difference``, ``net``) is in the amount already; here come
the statements that it takes only between supports that are still to be had, and the cap that a round's plan states.
Whatever is not certain is for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from enterprises.amounts import format_money
from enterprises.calendar import full_years_between
from policies.items import Item
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.grants.entitlement import NotEntitled
from recommender.grants.states import Why
from recommender.payments.plans import Plan


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid before, less what came back, in 分; what is on its way counts too."""

    item_id: str
    amount: int
    on: date


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an amount, in 分, and the words for what was taken off."""

    amount: int
    steps: tuple[str, ...] = ()


def rest(item: Item, due: int, before: Sequence[Paid], items: Mapping[str, Item], plan: Plan, on: date) -> Rest:
    """What ``item`` may still pay of ``due``. ``items``: those that were paid before, by id.

    Raises ``NotEntitled`` where nothing is left, and where a person has to say what is.
    """
    left, steps = due, list[str]()
    for paid in sorted(_of_others(item, before, items), key=lambda paid: (paid.item_id, paid.on, paid.amount)):
        other = items[paid.item_id]
        taken = _taken_off(item, other, paid)
        if taken:
            left -= taken
            steps.append(f"已领取“{other.title}” {format_money(paid.amount)}，就高不重复，只补差额")
    if plan.cap is not None:
        room = plan.cap - sum(_within(item, before, plan.cap_years, on))
        if room < left:
            left = room
            said = f"{plan.cap_years} 年内最多 {format_money(plan.cap)}（{plan.cap_clause}）"
            steps.append(f"{said}，还可以发 {format_money(max(room, 0))}")
    if left <= 0:
        raise NotEntitled("；".join((*steps, "没有余额")), Why.RECEIVED)
    return Rest(left, tuple(steps))


def _of_others(item: Item, before: Iterable[Paid], items: Mapping[str, Item]) -> list[Paid]:
    return [paid for paid in before if paid.item_id != item.id and paid.item_id in items]


def _within(item: Item, before: Iterable[Paid], years: int, on: date) -> list[int]:
    own = (paid for paid in before if paid.item_id == item.id)
    return [paid.amount for paid in own if full_years_between(paid.on, max(on, paid.on)) < years]


def _taken_off(item: Item, other: Item, paid: Paid) -> int:
    """What an earlier payment of another item takes off. Raises ``NotEntitled`` where it leaves nothing certain."""
    binding = [
        statement
        for carrier, reached in ((item, other), (other, item))
        for statement in carrier.stacking
        if statement.operator in (*_EXCLUDING, StackingOperator.SUM) and reaches(statement, carrier, reached)
    ]
    if not any(statement.operator in _EXCLUDING for statement in binding):
        return 0
    what = f"已领取“{other.title}” {format_money(paid.amount)}"
    if any(statement.operator is StackingOperator.CHOOSE_ONE for statement in binding):
        raise NotEntitled(f"{what}，只能择一", Why.RECEIVED)
    plain = all(
        statement.operator is StackingOperator.HIGHEST
        and statement.object is StackingObject.ENTERPRISE
        and not statement.alike
        for statement in binding
    )
    if not plain:
        raise NotEntitled(f"{what}，是否属于就高不重复要由主管部门认定", Why.RECEIVED)
    return paid.amount


_EXCLUDING = (StackingOperator.HIGHEST, StackingOperator.CHOOSE_ONE)


def reaches(statement: Stacking, carrier: Item, other: Item) -> bool:
    """Whether a statement of one item speaks of another one."""
    if statement.alike and carrier.category is not other.category:
        return False
    same_document = carrier.document.id == other.document.id
    same_level = carrier.document.level is other.document.level
    return {
        Reach.ITEMS: other.id in statement.items,
        Reach.CLAUSE: same_document and carrier.clause == other.clause,
        Reach.DOCUMENT: same_document,
        Reach.LEVEL: same_level,
        Reach.OTHER_LEVELS: not same_level,
        Reach.OTHER_DOCUMENTS: not same_document,
        Reach.ALL: True,
    }[statement.reach]
