"""Kleene's three-valued logic: ``True``, ``False``, and ``None`` for unknown. Unknown is not no.

Source: S. C. Kleene, Introduction to Metamathematics (1952), § 64 (strong connectives).
"""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None
"""True, false or unknown. Compare with ``is``; an unknown must never be taken for false."""


def negate(truth: Truth) -> Truth:
    """Not: unknown stays unknown."""
    return None if truth is None else not truth


def every(truths: Iterable[Truth]) -> Truth:
    """And: false as soon as one is false, else unknown if one is unknown."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def either(truths: Iterable[Truth]) -> Truth:
    """Or: true as soon as one is true, else unknown if one is unknown."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def at_least(count: int, truths: Iterable[Truth]) -> Truth:
    """Whether ``count`` or more are true: true when enough are, false when even the unknown ones could not suffice."""
    true = unknown = 0
    for truth in truths:
        if truth is True:
            true += 1
        elif truth is None:
            unknown += 1
    if true >= count:
        return True
    return None if true + unknown >= count else False
