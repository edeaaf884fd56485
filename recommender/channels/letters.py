"""A letter, what it takes along, and the two ways in which sending one fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pushed:
    """One item version of which a letter tells. ``id``: that of the push, fixed when it was planned.

    ``amount_low`` and ``amount_high`` in 分 as they were planned, ``None`` where there is no price, or no upper bound.
    """

    id: str
    item_id: str
    item_version: int
    title: str
    verdict: str
    amount_low: int | None
    amount_high: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one enterprise, by one channel.

    ``id`` is the same however often it is sent: who receives it twice can tell. ``lines``: plain text. ``path``: a page
    of this application. ``kind``: what it is about, such as ``campaign``.
    """

    id: str
    kind: str
    campaign: str
    credit_code: str
    title: str
    lines: tuple[str, ...]
    path: str | None
    pushed: tuple[Pushed, ...]
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was taken over: ``reference`` is how the other side calls it, empty where it does not."""

    letter: str
    reference: str = ""


class Temporary(Exception):
    """It did not work this time, and may the next; the message says in Chinese why.

    ``after``: seconds to wait at least, where the other side said so.
    """

    def __init__(self, message: str, after: int | None = None) -> None:
        super().__init__(message)
        self.after = after


class Permanent(Exception):
    """It will never work as it is: a wrong address, a refusal. The message says in Chinese why."""


class NoAddress(Permanent):
    """Nobody of the enterprise can be reached that way: none asked for it, or none proved an address."""


Outcome = Sent | Temporary | Permanent
"""What became of one letter."""


class Channel(Protocol):
    """One way to reach enterprises. ``name``: as it is stored; ``label``: in Chinese.

    ``rings``: whether it disturbs somebody at any hour, so that quiet hours count.
    """

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def rings(self) -> bool: ...

    def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Send letters; what became of each, in their order. Never raises the two: others go on."""
