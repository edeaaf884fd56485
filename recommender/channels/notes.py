"""Notes: plain text to one address. What carries them is a way: e-mail, text messages, robots of chat groups."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from recommender.channels.allowed import Allowed
from recommender.channels.letters import Outcome, Temporary
from recommender.messages.subscription import Channel

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """``id`` is the same however often it is sent. ``link``: where to go on; ``unsubscribe``: what ends
    such notes."""

    id: str
    address: str = field(repr=False)
    title: str
    lines: tuple[str, ...]
    link: str | None = None
    unsubscribe: str | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """All of it as plain text, but for the title."""
        said = "\n".join(self.lines)
        if self.link:
            said += f"\n\n查看：{self.link}"
        if self.unsubscribe:
            said += f"\n\n不想再收到这类消息，打开这个链接退订：{self.unsubscribe}"
        return said


class Way(Protocol):
    """Carries notes to addresses of one channel."""

    @property
    def channel(self) -> Channel: ...

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        """What became of each note, in their order; never raises."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A way that carries nothing to who must not be reached, and that fails, if it does, note by note."""

    way: Way
    allowed: Allowed

    @property
    def channel(self) -> Channel:
        return self.way.channel

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        outcomes: list[Outcome | None] = [self.allowed.refusal(note.address) for note in notes]
        kept = [note for note, refusal in zip(notes, outcomes, strict=True) if refusal is None]
        carried = iter(self._carry(kept) if kept else ())
        return [outcome or next(carried) for outcome in outcomes]

    def _carry(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        try:
            return self.way.deliver(notes)
        except Exception as error:
            # What is unforeseen must not lose other letters, nor show an address or a secret in a log.
            _log.error("%s failed: %s", self.channel.value, type(error).__name__)
            return [Temporary(f"{self.channel.label}没有发成，稍后再试")] * len(notes)
