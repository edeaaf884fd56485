"""Narrowing what was found down, and counting what each choice would leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from enterprises import regions
from recommender.search.entries import Entry, Kind

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted; ``None`` does not narrow.

    ``region``: a code; entries that apply there, or to a part of it. ``open``: those that can be had on the day asked.
    ``amount``: those that may pay at least so much, in 分.
    """

    kind: Kind | None = None
    region: str | None = None
    open: bool = False
    category: str | None = None
    delivery: str | None = None
    document: str | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, and how many it would leave."""

    value: str
    count: int


class Columns:
    """What entries are filtered by, as arrays over all of them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._codes = {name: _coded(entries, value) for name, value in _FACETS.items()}
        self._opens = np.array([entry.opens.toordinal() if entry.opens else 0 for entry in entries], np.int64)
        self._closes = np.array([entry.closes.toordinal() if entry.closes else _NEVER for entry in entries], np.int64)
        self._most = np.array([_most(entry) for entry in entries], np.int64)

    def mask(self, filters: Filters, on: date) -> Mask:
        """Which entries pass on the day ``on``."""
        mask = np.ones(len(self._opens), np.bool_)
        for name in ("kind", "category", "delivery", "document"):
            wanted = getattr(filters, name)
            if wanted is not None:
                mask &= self.having(name, wanted)
        if filters.region is not None:
            mask &= self.applies(filters.region)
        if filters.open:
            mask &= self.open(on)
        if filters.amount is not None:
            mask &= self._most >= filters.amount
        return mask

    def having(self, name: str, wanted: str) -> Mask:
        """Which entries have the value ``wanted`` in the facet ``name``."""
        return self._is(name, lambda value: value == wanted)

    def applies(self, region: str) -> Mask:
        """Which entries apply in ``region``, or in a part of it."""
        return self._is("region", lambda value: applies(value, region))

    def open(self, on: date) -> Mask:
        """Whose window the day ``on`` lies in."""
        return self.in_force(on, on)

    def in_force(self, first: date | None, last: date | None) -> Mask:
        """Whose window has a day between ``first`` and ``last``, both included; ``None``: without end."""
        since = first.toordinal() if first else 0
        until = last.toordinal() if last else _NEVER
        return (self._opens <= until) & (since <= self._closes)

    def facets(self, found: Mask, filters: Filters, on: date) -> dict[str, tuple[Choice, ...]]:
        """Of each facet, how many of those ``found`` each choice would leave beside the other filters; most first."""
        numbers, passing = np.flatnonzero(found), self.mask(filters, on)
        left = {
            name: passing if (others := _without(filters, name)) == filters else self.mask(others, on)
            for name in _FACETS
        }
        return {name: self._choices(name, numbers[left[name][numbers]]) for name in _FACETS}

    def _choices(self, name: str, numbers: NDArray[np.int64]) -> tuple[Choice, ...]:
        values, codes = self._codes[name]
        counts = np.bincount(codes[numbers], minlength=len(values))
        choices = [Choice(value, int(count)) for value, count in zip(values, counts, strict=True) if value and count]
        return tuple(sorted(choices, key=lambda choice: (-choice.count, choice.value)))

    def _is(self, name: str, accepted: Callable[[str], bool]) -> Mask:
        values, codes = self._codes[name]
        return np.array([accepted(value) for value in values] or [False], np.bool_)[codes]


def _without(filters: Filters, name: str) -> Filters:
    """The same but for one facet, of which every choice is then counted."""
    return replace(filters, **{name: None})  # type: ignore[arg-type]  # no facet is a flag


def applies(region: str, asked: str) -> bool:
    """Whether what holds in ``region`` may hold for somebody in ``asked``.

    Who is only known to be in a city may be in any of its counties, so that what a county offers counts too.
    """
    return regions.nested(asked, region) is not False


_NEVER = date.max.toordinal()
_UNBOUNDED = np.iinfo(np.int64).max
_FACETS: Mapping[str, Callable[[Entry], str | None]] = {
    "kind": lambda entry: entry.kind.value,
    "category": lambda entry: entry.category,
    "delivery": lambda entry: entry.delivery,
    "region": lambda entry: entry.region,
    "document": lambda entry: entry.document,
}


def _coded(entries: Sequence[Entry], value: Callable[[Entry], str | None]) -> tuple[list[str], NDArray[np.int32]]:
    """The different values, and of each entry which one it has. An entry without one has the empty value."""
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(value(entry) or "", len(numbers)) for entry in entries], np.int32)
    return list(numbers), codes


def _most(entry: Entry) -> int:
    """The most that an entry pays, in 分; -1 where it pays no money."""
    if entry.low is None:
        return -1
    return _UNBOUNDED if entry.high is None else entry.high
