"""Duties that should not be one person's: the two sides of what takes two people."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from enterprises.regions import nested
from web.accounts.visitor import Duty, Post

TWO_SIDES = (
    (Duty.EDITOR, Duty.REVIEWER),
    (Duty.OPERATOR, Duty.APPROVER),
    (Duty.ADMINISTRATOR, Duty.AUDITOR),
)
"""Who has both for the same place is not let do both with the same thing; but should rather not have both."""


def both_sides(posts: Collection[Post]) -> tuple[tuple[Duty, Duty], ...]:
    """The pairs of which somebody with these posts has both, for a place and a department that they share."""
    return tuple(pair for pair in TWO_SIDES if any(_overlap(one, other) for one, other in _pairs(posts, *pair)))


def _pairs(posts: Collection[Post], one: Duty, other: Duty) -> Iterator[tuple[Post, Post]]:
    return ((left, right) for left in posts if left.duty is one for right in posts if right.duty is other)


def _overlap(one: Post, other: Post) -> bool:
    place = nested(one.region, other.region) is not False
    return place and (not one.department or not other.department or one.department == other.department)
