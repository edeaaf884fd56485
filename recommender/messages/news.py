"""What there is to tell somebody on a day: what is new for the enterprise, what ends soon, what has come near.

A piece of news is told once to each account, known by topic, item version and occasion. Nothing that is over is told,
nothing that has not begun, nothing that the enterprise said is not for it; what is undetermined is only told as
possible, with what it waits for. Order is the ranking's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from enterprises import regions
from enterprises.calendar import format_day
from policies.dates import has_own_dates
from policies.items import Item
from recommender.explanation import Explanation
from recommender.explanation_json import show_award
from recommender.messages.subscription import Subscription, Topic
from recommender.missing import name_missing, say_missing
from recommender.ranking.feedback import Event, Standing
from recommender.ranking.order import Order, Ranked

BOUNDS = (1, 7, 30)
"""Days before the last one from which on a deadline is told again."""

_COUNTED = 90
"""More days than these until the last one are not counted out to anybody."""

ELIGIBLE, POSSIBLE, CLOSE, ELSEWHERE = "eligible", "possible", "close", "elsewhere"
"""Occasions: it can be had, it may be had, it is near, it is new in another region."""


class Key(NamedTuple):
    """What makes a piece of news one. ``item`` is empty and ``version`` 0 where it is about no item."""

    topic: Topic
    item: str
    version: int
    occasion: str


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news. ``title`` stands where it is told alone, ``line`` among others under ``heading``.

    ``covers``: news that is told with it and needs no line of its own. ``after``: news that was told before, without
    which this is not told. ``closes``: the day after which it is of no use.
    """

    key: Key
    heading: str
    title: str
    line: str
    covers: tuple[Key, ...] = ()
    after: Key | None = None
    closes: date | None = None

    def is_due(self, told: Collection[Key]) -> bool:
        """Whether it has to be told to somebody who was told so much."""
        return self.key not in told and (self.after is None or self.after in told)

    @property
    def item(self) -> tuple[str, int] | None:
        """The id and version of the item that it is about."""
        return (self.key.item, self.key.version) if self.key.item else None


@dataclass(frozen=True, slots=True)
class Known:
    """An enterprise as it stands on a day: its matches in their order, and what it did with items, by id."""

    explanation: Explanation
    order: Order
    standings: Mapping[str, Standing]

    @property
    def on(self) -> date:
        return self.explanation.on


def news(known: Known, subscription: Subscription, told: Collection[Key], next_telling: date) -> tuple[News, ...]:
    """What is to be told now of what was asked for, without what was told.

    ``next_telling``: when there is a next chance: what ends before it is told now, however far off it is.
    """
    found = [*_new(known, subscription, told, next_telling), *_elsewhere(known, subscription)]
    spoken_of = {each.item for each in found}
    deadlines = (each for each in _deadlines(known, subscription, next_telling) if each.item not in spoken_of)
    everything = (*deadlines, *found, *_near(known, subscription))
    return tuple(each for each in everything if each.is_due(told))


def _new(known: Known, subscription: Subscription, told: Collection[Key], next_telling: date) -> Iterator[News]:
    if Topic.NEW not in subscription.topics:
        return
    for ranked in _wanted(known.order.eligible, subscription, Topic.NEW):
        key = _key(Topic.NEW, ranked.item, ELIGIBLE)
        if key in told:
            continue
        covers = _deadline_key(ranked, known.on, next_telling) if Topic.DEADLINES in subscription.topics else None
        yield News(
            key=key,
            heading="可以享受",
            title=f"您可以享受：{ranked.item.title}",
            line=_eligible_line(ranked, known.on, subscription.plain),
            covers=() if covers is None else (covers,),
        )
    for ranked in _wanted(known.order.undetermined, subscription, Topic.NEW):
        key = _key(Topic.NEW, ranked.item, POSSIBLE)
        if _key(Topic.NEW, ranked.item, ELIGIBLE) not in told:
            yield News(
                key=key,
                heading="可能可以享受，还要补充情况",
                title=f"您可能可以享受：{ranked.item.title}",
                line=_possible_line(ranked, known, subscription.plain),
            )


def _deadlines(known: Known, subscription: Subscription, next_telling: date) -> Iterator[News]:
    if Topic.DEADLINES not in subscription.topics:
        return
    for ranked in _wanted(known.order.eligible, subscription, Topic.DEADLINES):
        standing = known.standings.get(ranked.item.id)
        key = _deadline_key(ranked, known.on, next_telling)
        if key is None or (standing is not None and standing.progress in (Event.APPLIED, Event.GRANTED)):
            continue
        left = "今天是最后一天" if ranked.days_left == 0 else f"还有 {ranked.days_left} 天"
        yield News(
            key=key,
            heading="快要截止",
            title=f"{left}：{ranked.item.title}",
            line=f"{ranked.item.title}：{_until(ranked.item, known.on)}。{_gives(ranked)}{_reservation(ranked)}",
        )


def _near(known: Known, subscription: Subscription) -> Iterator[News]:
    if Topic.NEAR not in subscription.topics:
        return
    dictionary = known.explanation.library.dictionary
    for ranked in _wanted(known.order.close, subscription, Topic.NEAR):
        gap = ranked.match.gap
        if gap is None:
            continue
        unknown = name_missing(gap.still_unknown, dictionary)
        rest = f"（还要补充：{unknown}）" if unknown else ""
        changes = "；".join(change.text for change in gap.changes)
        yield News(
            key=_key(Topic.NEAR, ranked.item, CLOSE),
            heading="差一点就能享受",
            title=f"差一点就能享受：{ranked.item.title}",
            line=f"{ranked.item.title}：{changes}，{gap.then}{rest}。",
        )


def _elsewhere(known: Known, subscription: Subscription) -> Iterator[News]:
    """What was published in regions of interest since they were chosen, whoever it is for."""
    if Topic.NEW not in subscription.topics or not subscription.regions:
        return
    offered = {ranked.item.id for ranked in (*known.order.eligible, *known.order.undetermined)}
    for item in known.explanation.library.published:
        document = item.document
        fresh = document.published_on >= subscription.since and item.window.state(known.on).is_open
        there = any(regions.nested(document.region, code) for code in subscription.regions)
        if fresh and there and item.id not in offered and subscription.wants(Topic.NEW, item.category):
            name = regions.full_name(document.region)
            yield News(
                key=_key(Topic.NEW, item, ELSEWHERE),
                heading="您关注的其他地区的新政策，供参考",
                title=f"{name}有新政策：{item.title}",
                line=f"{name}：{item.title}，{_until(item, known.on)}。能不能享受，以在当地的情况为准。",
            )


def _wanted(group: Iterable[Ranked], subscription: Subscription, topic: Topic) -> Iterator[Ranked]:
    for ranked in group:
        if not ranked.dismissed and subscription.wants(topic, ranked.item.category):
            yield ranked


def _key(topic: Topic, item: Item, occasion: str) -> Key:
    return Key(topic, item.id, item.version, occasion)


def _deadline_key(ranked: Ranked, on: date, next_telling: date) -> Key | None:
    """The deadline news of an item that is due: the nearest bound that is reached, or that it ends too early for the
    next telling; ``None`` where it is still far off, or no end is stated."""
    closes, left = ranked.item.window.closes, ranked.days_left
    if closes is None or left is None:
        return None
    reached = [bound for bound in BOUNDS if left <= bound]
    if not reached and closes >= next_telling:
        return None
    return _key(Topic.DEADLINES, ranked.item, str(min(reached, default=BOUNDS[-1])))


# -------------------------------------------------------------------- words


def _eligible_line(ranked: Ranked, on: date, plain: bool) -> str:
    said = f"{ranked.item.title}：{_gives(ranked)}{_until(ranked.item, on)}。"
    return said + _reservation(ranked) + _plainly(ranked, plain)


def _reservation(ranked: Ranked) -> str:
    """What is said wherever it rests on the enterprise's own word."""
    return "（按您填写的情况，以核实为准）" if ranked.match.unconfirmed else ""


def _possible_line(ranked: Ranked, known: Known, plain: bool) -> str:
    missing = say_missing(ranked.match.missing, known.explanation.library.dictionary)
    said = f"{ranked.item.title}：可能可以享受，{missing}。{_until(ranked.item, known.on)}。"
    return said + _plainly(ranked, plain)


def _gives(ranked: Ranked) -> str:
    award = ranked.match.award
    return "" if award is None else f"{show_award(award)}。"


def _plainly(ranked: Ranked, plain: bool) -> str:
    """What it is, in everyday words, for those who want that."""
    return f"说的是：{ranked.item.summary}" if plain else ""


def _until(item: Item, on: date) -> str:
    """Until when. How long a document is valid is no date to apply by."""
    closes = item.window.closes
    if closes is None:
        return "没有写明截止日"
    start = "截至" if has_own_dates(item) else "政策有效期至"
    left = (closes - on).days
    if left > _COUNTED:
        return f"{start} {format_day(closes)}"
    return f"{start} {format_day(closes)}，" + (f"还有 {left} 天" if left else "今天是最后一天")
