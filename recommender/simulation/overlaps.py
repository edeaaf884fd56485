"""What stacking statements (叠加规则) say about two items, whoever receives them."""

from __future__ import annotations

from dataclasses import dataclass

from policies.items import Item
from policies.stacking import Reach, Stacking, StackingOperator


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of ``carrier`` that covers the other item too."""

    carrier: Item
    statement: Stacking


def said_of(one: Item, other: Item) -> tuple[Said, ...]:
    """Every statement of either item that sets both beside each other; none: nothing is said, both may be had.

    Which holds where they contradict each other, and for which objects, ``recommender.combination`` decides for an
    enterprise.
    """
    pairs = ((one, other), (other, one))
    return tuple(
        Said(carrier, statement)
        for carrier, another in pairs
        for statement in carrier.stacking
        if _reaches(statement, carrier, another)
    )


def excludes(said: tuple[Said, ...]) -> bool:
    """Whether some statement leaves less than the sum of both."""
    return any(each.statement.operator is not StackingOperator.SUM for each in said)


def _reaches(statement: Stacking, carrier: Item, other: Item) -> bool:
    mine, theirs = carrier.document, other.document
    reached = {
        Reach.ITEMS: other.id in statement.items,
        Reach.CLAUSE: mine.id == theirs.id and carrier.clause == other.clause,
        Reach.DOCUMENT: mine.id == theirs.id,
        Reach.LEVEL: mine.level == theirs.level,
        Reach.OTHER_LEVELS: mine.level != theirs.level,
        Reach.OTHER_DOCUMENTS: mine.id != theirs.id,
        Reach.ALL: True,
    }[statement.reach]
    return reached and (not statement.alike or carrier.category is other.category)
