"""Channels that lead to addresses of people: a letter to an enterprise becomes a note to each who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from enterprises.calendar import Clock
from enterprises.sealing import Seal
from recommender.channels.letters import Letter, NoAddress, Outcome, Permanent, Sent, Temporary
from recommender.channels.notes import Note, Way
from recommender.messages.schedule import Quiet
from recommender.messages.subscription import Topic
from recommender.messages.unsubscribing import token

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from recommender.channels.recipients import Recipient
    from recommender.messages.notify import Members

TOPIC = Topic.NEW
"""What a letter of a campaign is: who does not want to hear of new matches gets none, and the link in it ends these."""

LONGEST_WAIT = timedelta(days=14)
"""Who wants to be left alone for longer does not get the letter later, but not at all."""

_UNSUBSCRIBE = "/unsubscribe/"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Addressed:
    """``way`` carries the notes; ``members``: who belongs to an enterprise; ``site``: before the paths of pages."""

    engine: Engine
    way: Way
    members: Members
    seal: Seal
    site: str
    now: Clock
    rings: bool = True

    @property
    def name(self) -> str:
        return self.way.channel.value

    @property
    def label(self) -> str:
        return self.way.channel.label

    def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """A letter is sent where at least one took it over: to try again for the others would write to that one twice.

        Who is in a quiet time of their own now is waited for, unless somebody else took it over.
        """
        from sqlalchemy.exc import DBAPIError

        from enterprises.database import reading
        from recommender.channels.recipients import recipients

        codes = {letter.credit_code for letter in letters}
        try:
            with reading(self.engine) as session:
                found = recipients(session, codes, self.way.channel, TOPIC, self.members, self.seal)
        except DBAPIError:
            return [Temporary("数据库暂时查不到收件人，稍后再试") for _ in letters]
        now = self.now()
        free = {letter.id: self._free(found.get(letter.credit_code, ()), now) for letter in letters}
        notes = [self._note(letter, one) for letter in letters for one in free[letter.id]]
        carried = dict(zip((note.id for note in notes), self.way.deliver(notes) if notes else (), strict=True))
        return [
            self._outcome(letter, found.get(letter.credit_code, ()), free[letter.id], carried, now)
            for letter in letters
        ]

    def _free(self, found: Sequence[Recipient], now: datetime) -> Sequence[Recipient]:
        return [each for each in found if not (self.rings and each.subscription.quiet.silences(now))]

    def _note(self, letter: Letter, one: Recipient) -> Note:
        return Note(
            _note_id(letter, one),
            one.address,
            letter.title,
            letter.lines,
            f"{self.site}{letter.path or f'/mine/{letter.credit_code}/inbox'}",
            f"{self.site}{_UNSUBSCRIBE}{token(one.subscription, TOPIC, self.seal)}",
        )

    def _outcome(
        self,
        letter: Letter,
        found: Sequence[Recipient],
        free: Sequence[Recipient],
        carried: Mapping[str, Outcome],
        now: datetime,
    ) -> Outcome:
        if not found:
            return NoAddress(f"企业里没有人选择用{self.label}接收，或者还没有验证地址")
        outcomes = [carried[_note_id(letter, one)] for one in free]
        sent = [each for each in outcomes if isinstance(each, Sent)]
        if sent:
            return Sent(letter.id, sent[0].reference)
        again = [each for each in outcomes if isinstance(each, Temporary)]
        if again:
            return again[0]
        waits = [_wait(one.subscription.quiet, now) for one in found if one not in free]
        if known := [wait for wait in waits if wait is not None]:
            return Temporary("收件人设置了这段时间不打扰", min(known))
        if outcomes:
            return next(each for each in outcomes if isinstance(each, Permanent))
        return Permanent(f"收件人设置了 {LONGEST_WAIT.days} 天以上不打扰")


def _note_id(letter: Letter, one: Recipient) -> str:
    return f"{letter.id}-{one.subscription.account}"


def _wait(quiet: Quiet, now: datetime) -> int | None:
    """Seconds until somebody may be disturbed, to the next full hour; ``None`` where that is too long."""
    moment = now.replace(minute=0, second=0, microsecond=0) + _HOUR
    while moment - now <= LONGEST_WAIT:
        if not quiet.silences(moment):
            return int((moment - now).total_seconds()) + 1
        moment += _HOUR
    return None
