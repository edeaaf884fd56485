"""Feedback (反馈): what became of an item that an enterprise was shown, as a log of events that is only ever added to.

``not_for_me`` hides nothing, since an enterprise must still be able to find what it is entitled to; it ranks last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What happened. ``WITHDRAWN`` takes a ``NOT_FOR_ME`` back."""

    SEEN = "seen"
    OPENED = "opened"
    APPLIED = "applied"
    GRANTED = "granted"
    NOT_FOR_ME = "not_for_me"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Event.SEEN: "看到",
    Event.OPENED: "点开",
    Event.APPLIED: "已申报",
    Event.GRANTED: "已兑现",
    Event.NOT_FOR_ME: "不适合我",
    Event.WITHDRAWN: "撤回“不适合我”",
}

GRADES = {Event.SEEN: 0, Event.OPENED: 2, Event.APPLIED: 3, Event.GRANTED: 4}
"""How relevant an item was that came so far, and what has come further includes what comes before."""

DISMISSED = -1
"""The grade of an item that is not for the enterprise: below one that it has merely seen."""

LONGEST_ID = 64
"""Characters of an event's id."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One event. ``event_id`` is unique: the same event sent twice is one.

    ``credit_code`` is ``None`` of a visitor who did not say who it is: such an event is counted, and nothing is learnt
    from it. ``position``: where the item stood in its group, from 1; ``ranking``: the order it stood in, as
    ``Basis.code`` has it; ``received_at``: when we learnt of it, aware; ``origin``: where from, for a person.
    """

    event_id: str
    credit_code: str | None
    item: str
    version: int
    event: Event
    position: int | None
    ranking: str | None
    received_at: datetime
    origin: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What all events on an item come to for one enterprise.

    ``progress``: how far it came, ``None`` where it was not even seen. ``position``: the last place it was shown at.
    """

    progress: Event | None
    dismissed: bool
    position: int | None

    @property
    def grade(self) -> int | None:
        """Its relevance: 4 granted, 3 applied, 2 opened, 0 seen, -1 not for it; ``None`` where nothing is known.

        What was granted was relevant, whatever is said of it afterwards.
        """
        if self.dismissed and self.progress is not Event.GRANTED:
            return DISMISSED
        return None if self.progress is None else GRADES[self.progress]


def standing(events: Iterable[Feedback]) -> Standing:
    """What events on one item by one enterprise come to, in the order in which they were received.

    Applying, or being granted, after ``not_for_me`` takes it back too: whoever applies has changed their mind.
    """
    progress: Event | None = None
    dismissed, position = False, None
    for one in events:
        position = one.position if one.position is not None else position
        if one.event is Event.NOT_FOR_ME:
            dismissed = True
        elif one.event is Event.WITHDRAWN:
            dismissed = False
        else:
            progress = max(progress or one.event, one.event, key=GRADES.__getitem__)
            dismissed = dismissed and one.event not in (Event.APPLIED, Event.GRANTED)
    return Standing(progress, dismissed, position)


def standings(events: Iterable[Feedback]) -> dict[str, Standing]:
    """The standing of every item that one enterprise's events, in the order received, are about."""
    by_item: dict[str, list[Feedback]] = {}
    for one in events:
        by_item.setdefault(one.item, []).append(one)
    return {item: standing(some) for item, some in by_item.items()}
