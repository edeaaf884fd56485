"""Judged lists: of each enterprise the items that it gave feedback on, with their features as they were that day.

Features are computed again from what is stored: the profile as it was known on the day, and the item version that was
shown. What the enterprise itself did is left out of the take-up by others like it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from enterprises.calendar import SHANGHAI
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from enterprises.statements import Statement, as_of, merge
from recommender.explanation import worth_first
from recommender.match import match
from recommender.ranking.features import Features, features
from recommender.ranking.feedback import Event, Feedback, Standing, standings
from recommender.ranking.order import is_offer
from recommender.ranking.relevance import Relevance
from recommender.ranking.take_up import Count, TakeUp, cell_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from policies.items import Item


@dataclass(frozen=True, slots=True)
class Judged:
    """An item, its features, what the enterprise made of it. ``worth``: its place by worth alone, the least first."""

    item: str
    features: Features
    grade: int
    position: int | None = None
    worth: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedList:
    """What one enterprise judged, by item id."""

    enterprise: str
    judged: tuple[Judged, ...]


class LeftOut(StrEnum):
    """Why feedback of an enterprise on an item is not learnt from."""

    UNKNOWN_ENTERPRISE = "这家企业当时不在企业库里"
    NOT_OFFERED = "按当时的资料，这个事项并不向它提供"
    UNJUDGED = "只有撤回，没有别的"


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists by credit code, what was left out and why, and the row up to which feedback was read."""

    lists: tuple[JudgedList, ...]
    left_out: Mapping[LeftOut, int]
    until: int

    @property
    def judged(self) -> int:
        """Pairs of an enterprise and an item."""
        return sum(len(one.judged) for one in self.lists)


def judged_lists(session: Session, dictionary: Dictionary, relevance: Relevance | None, take_up: TakeUp) -> Lists:
    """The lists from the feedback up to the row to which ``take_up`` goes."""
    from enterprises.tables import load_statements
    from recommender.ranking.tables import enterprises_with_feedback, feedback_of

    left_out: Counter[LeftOut] = Counter()
    items = _Items(session, dictionary)
    found: list[JudgedList] = []
    for code in enterprises_with_feedback(session, take_up.until):
        told = load_statements(session, code, dictionary)
        enterprise = _Enterprise(told, dictionary, relevance, take_up)
        judged = tuple(_judged(feedback_of(session, code, take_up.until), enterprise, items, left_out))
        if judged:
            found.append(JudgedList(code, judged))
    return Lists(tuple(found), left_out, take_up.until)


def _judged(
    events: tuple[Feedback, ...], enterprise: _Enterprise, items: _Items, left_out: Counter[LeftOut]
) -> Iterator[Judged]:
    last = {one.item: one for one in events}
    for item_id, reached in sorted(standings(events).items()):
        item = items.version(item_id, last[item_id].version)
        judged = enterprise.judge(item, reached, last[item_id].received_at.astimezone(SHANGHAI).date())
        if isinstance(judged, LeftOut):
            left_out[judged] += 1
        else:
            yield judged


class _Items:
    """Item versions, each read once."""

    def __init__(self, session: Session, dictionary: Dictionary) -> None:
        self._session, self._dictionary = session, dictionary
        self._read: dict[tuple[str, int], Item] = {}

    def version(self, item: str, number: int) -> Item:
        from policies.tables import load_item

        if (item, number) not in self._read:
            self._read[item, number] = load_item(self._session, item, number, self._dictionary)
        return self._read[item, number]


class _Enterprise:
    """An enterprise on each day that it judged something."""

    def __init__(
        self, told: tuple[Statement, ...], dictionary: Dictionary, relevance: Relevance | None, take_up: TakeUp
    ) -> None:
        self._told, self._dictionary, self._relevance, self._take_up = told, dictionary, relevance, take_up
        self._known: dict[date, Profile | None] = {}

    def judge(self, item: Item, reached: Standing, on: date) -> Judged | LeftOut:
        profile, grade = self._profile(on), reached.grade
        if grade is None:
            return LeftOut.UNJUDGED
        if profile is None:
            return LeftOut.UNKNOWN_ENTERPRISE
        subject = EnterpriseOn(profile, on, self._dictionary)
        found = match(item, subject)
        if not is_offer(found):
            return LeftOut.NOT_OFFERED
        near = 0.0 if self._relevance is None else self._relevance.of(profile, [item])[item.id]
        own = Count(1, int(reached.progress in (Event.APPLIED, Event.GRANTED)))
        taken = self._take_up.rate(item.id, cell_of(subject), own)
        return Judged(item.id, features(found, on, near, taken), grade, reached.position, worth_first(found))

    def _profile(self, on: date) -> Profile | None:
        if on not in self._known:
            known = as_of(self._told, on)
            self._known[on] = merge(known, self._dictionary).profile if known else None
        return self._known[on]
