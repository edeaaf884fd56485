"""Chat programs (企业微信, 钉钉, 飞书), through apprise: an enterprise gives the key of a robot of its own group.

Apprise only says whether it worked; what did not, is tried again.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from recommender.channels.letters import Outcome, Permanent, Sent, Temporary
from recommender.channels.notes import Note
from recommender.messages.subscription import Channel

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

PLACE = "{address}"
"""Where the enterprise's address comes in the template of an address of apprise, such as ``wecombot://{address}``."""

_EXAMPLE = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Robot:
    """``template``: an address of apprise with ``PLACE`` in it. It may hold a secret of ours."""

    channel: Channel
    template: str = field(repr=False)

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        return [self._send(note) for note in notes]

    def _send(self, note: Note) -> Outcome:
        from apprise import NotifyFormat, NotifyType

        way = instance(self.template, note.address)
        if way is None:
            return Permanent(f"{self.channel.label}的地址不对")
        text = fit(note, way.body_maxlen)
        if way.notify(body=text, title="", notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT):
            return Sent(note.id)
        return Temporary(f"{self.channel.label}没有发成，稍后再试")


def fit(note: Note, most: int) -> str:
    """A note in at most so many bytes of UTF-8: last lines are left out, the links never."""
    lines = note.lines
    while len((text := f"{note.title}\n{note.text}").encode()) > most and lines:
        lines = lines[:-1]
        note = replace(note, lines=(*lines, "……"))
    return text


def instance(template: str, address: str = _EXAMPLE) -> NotifyBase | None:
    """What apprise makes of a template with an address in it; ``None``: nothing."""
    return _apprise().instantiate(template.replace(PLACE, quote(address, safe="")), suppress_exceptions=True)


@cache
def _apprise() -> type[Apprise]:
    """Apprise, with the hundred services that it loads at its first use; some of them warn of what they import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from apprise import Apprise

        # It writes keys into its log where it does not like them.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        Apprise.instantiate("json://localhost", suppress_exceptions=True)
    return Apprise
