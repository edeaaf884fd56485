"""Links that end a topic with one click, without signing in.

A link holds whose subscription it ends and which topic, sealed: it can be neither read nor made up, and shows nothing
in an address bar or a log. It does not expire, since the message it stands in does not either; a new salt of the
subscription makes all links before it useless.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from enterprises.sealing import CannotOpen, Seal
from recommender.messages.subscription import Subscription, Topic

_PURPOSE = "unsubscribe/1"
"""Nothing else that the same keys seal is taken for a link."""

LONGEST_TOKEN = 1000
"""Characters; a longer one is not looked at."""


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """What a link is for."""

    account: str
    credit_code: str
    topic: Topic
    salt: str

    def fits(self, subscription: Subscription) -> bool:
        """Whether the link has not been revoked."""
        return self.salt == subscription.salt


class BadLink(ValueError):
    """No link of ours, or one that was revoked."""


def token(subscription: Subscription, topic: Topic, seal: Seal) -> str:
    """The token of the link that ends ``topic``, fit for an address."""
    said = [_PURPOSE, subscription.account, subscription.credit_code, topic.value, subscription.salt]
    return seal.close(json.dumps(said, separators=(",", ":"))).rstrip("=")


def read_token(text: str, seal: Seal) -> Unsubscribing:
    """What a token says. Raises ``BadLink``."""
    try:
        if len(text) > LONGEST_TOKEN:
            raise BadLink
        said = json.loads(seal.open(text + "=" * (-len(text) % 4)))
        purpose, account, credit_code, topic, salt = said
        if purpose != _PURPOSE:
            raise BadLink
        return Unsubscribing(account, credit_code, Topic(topic), salt)
    except (CannotOpen, UnicodeEncodeError, ValueError, TypeError):
        raise BadLink("这个退订链接不对，或者已经失效") from None
