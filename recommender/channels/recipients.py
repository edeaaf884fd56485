"""Who of an enterprise gets a letter by a channel that needs an address.

It takes four things: the account still belongs to the enterprise, wants the topic, chose the channel, and proved the
very address that its subscription names. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from enterprises.sealing import CannotOpen, Seal
from recommender.channels.proofs import proven_of
from recommender.messages.addresses import open_addresses
from recommender.messages.notify import Members
from recommender.messages.subscribers import subscriptions_to
from recommender.messages.subscription import Channel, Subscription, Topic


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account, by the subscription that it is told by, and where."""

    subscription: Subscription
    address: str = field(repr=False)


def recipients(
    session: Session, credit_codes: Collection[str], channel: Channel, topic: Topic, members: Members, seal: Seal
) -> Mapping[str, Sequence[Recipient]]:
    """The recipients by credit code; enterprises without any are left out."""
    subscriptions = subscriptions_to(session, credit_codes)
    proved = proven_of(session, credit_codes, channel, seal)
    found: dict[str, list[Recipient]] = {}
    for code, accounts in members(session, credit_codes).items():
        for account in accounts:
            subscription, address = subscriptions.get((account, code)), proved.get((account, code))
            if subscription is None or address is None:
                continue
            chosen = channel in subscription.channels and topic in subscription.topics
            if chosen and _named(subscription, channel, seal) == address:
                found.setdefault(code, []).append(Recipient(subscription, address))
    return found


def _named(subscription: Subscription, channel: Channel, seal: Seal) -> str | None:
    try:
        return open_addresses(subscription.addresses, seal).get(channel)
    except CannotOpen:
        return None
