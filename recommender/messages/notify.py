"""Telling: for every account that is due on a day, what is new for its enterprise becomes one message.

A message, what it told and the due day that was dealt with are written in one transaction, a batch of enterprises at a
time, and each is unique in the database. So a run that is broken off is simply started again: what was told is not
told twice, what was not is told then.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Engine, text
from sqlmodel import Session, select

from enterprises.database import reading, writing
from enterprises.tables import list_enterprises, load_profile
from policies.library import Library
from recommender.explanation import explain
from recommender.messages.digest import identity_of, keys, write_digest
from recommender.messages.inbox import post
from recommender.messages.news import Key, Known, News, news
from recommender.messages.schedule import next_telling, occasion
from recommender.messages.services import Service
from recommender.messages.subscribers import note_done, subscriptions_to
from recommender.messages.subscription import Subscription, Topic
from recommender.messages.tables import ToldRow
from recommender.ranking.feedback import standings
from recommender.ranking.order import Ranker
from recommender.ranking.tables import feedback_of

BATCH = 50
"""Enterprises in one transaction."""

_WRITERS = 0x68756976
"""The lock of those who tell on PostgreSQL: any number that no other program takes."""


class Members(Protocol):
    """Who may be told of an enterprise: the accounts that belong to it at this moment, by credit code."""

    def __call__(self, session: Session, credit_codes: Collection[str] | None) -> Mapping[str, Sequence[str]]:
        """Of these enterprises, or of all where ``None``; those without members are left out."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did: enterprises looked at, messages written and pieces of news in them; accounts whose day is quiet
    today, and enterprises without a stored profile, of which nothing can be said."""

    enterprises: int = 0
    messages: int = 0
    news: int = 0
    quiet: int = 0
    unknown: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.enterprises + other.enterprises,
            self.messages + other.messages,
            self.news + other.news,
            self.quiet + other.quiet,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Telling:
    """A run of the day ``day``: by which library and order, to whom, and which affairs beside the matches.

    ``now``: the moment that messages bear.
    """

    engine: Engine
    library: Library
    ranker: Ranker
    members: Members
    day: date
    now: datetime
    services: Sequence[Service] = ()

    def run(self, region: str | None = None, batch: int = BATCH) -> Iterator[Tally]:
        """Tell everybody who is due, batch by batch; each is kept once its tally is given.

        ``region``: only enterprises that are known to lie in it.
        """
        with reading(self.engine) as session:
            codes = sorted(self.members(session, None))
        for start in range(0, len(codes), batch):
            yield self._batch(codes[start : start + batch], region)

    def _batch(self, codes: Sequence[str], region: str | None) -> Tally:
        with reading(self.engine) as session:
            stored = [each.credit_code for each in list_enterprises(session, codes, region=region)]
            due = {each.credit_code for each in self._subscriptions(session, stored) if self._due(each) is not None}
            known = {code: self._known(session, code) for code in stored if code in due}
        with writing(self.engine) as session:
            _wait_for_turn(session)
            # Who has left the enterprise, or wants to hear no more, since the explanations were made, is not told.
            subscriptions = self._subscriptions(session, stored)
            affairs = self._affairs(session, stored)
            written = [self._tell(session, each, known, affairs) for each in subscriptions]
            quiet = sum(each.quiet.covers(self.day) for each in subscriptions)
        unknown = 0 if region else len(codes) - len(stored)
        return sum((tally for tally in written), Tally(len(stored), quiet=quiet, unknown=unknown))

    def _subscriptions(self, session: Session, codes: Sequence[str]) -> list[Subscription]:
        saved = subscriptions_to(session, codes)
        return [
            saved.get((account, code), Subscription(account, code))
            for code, accounts in sorted(self.members(session, codes).items())
            for account in sorted(accounts)
        ]

    def _due(self, subscription: Subscription) -> date | None:
        """The due day that falls to this one, of what was asked for."""
        if not subscription.asked:
            return None
        return occasion(subscription.schedule, subscription.quiet, subscription.since, subscription.done, self.day)

    def _known(self, session: Session, credit_code: str) -> Known:
        profile = load_profile(session, credit_code, self.library.dictionary)
        assert profile is not None, f"{credit_code} was listed"
        explanation = explain(self.library, profile, self.day)
        done = standings(feedback_of(session, credit_code))
        dismissed = [item for item, standing in done.items() if standing.dismissed]
        return Known(explanation, self.ranker.order(explanation, dismissed), done)

    def _affairs(self, session: Session, codes: Sequence[str]) -> dict[str, list[News]]:
        found: dict[str, list[News]] = {}
        for service in self.services:
            for code, some in service(session, codes, self.day, self.library).items():
                found.setdefault(code, []).extend(some)
        return found

    def _tell(
        self,
        session: Session,
        subscription: Subscription,
        known: Mapping[str, Known],
        affairs: Mapping[str, Sequence[News]],
    ) -> Tally:
        """Write what there is to tell one account."""
        told = _told(session, subscription)
        own = self._own(subscription, affairs.get(subscription.credit_code, ()), told)
        tally = self._write(session, subscription, told, own, ("affairs", *identity_of(own)))
        due = self._due(subscription)
        if due is None or subscription.credit_code not in known:
            return tally
        mine = known[subscription.credit_code]
        further = next_telling(subscription.schedule, subscription.quiet, self.day)
        found = news(mine, subscription, told, further)
        at_once = subscription.schedule.at_once
        about = ("news", *identity_of(found)) if at_once else ("digest", due.isoformat())
        tally += self._write(session, subscription, told, found, about, mine)
        if not at_once:
            note_done(session, subscription, due)
        return tally

    def _own(self, subscription: Subscription, affairs: Iterable[News], told: Collection[Key]) -> list[News]:
        """Of the enterprise's own affairs what is to be told. On a quiet day, what would be lost by waiting alone."""
        due = [each for each in affairs if each.key.topic in subscription.topics and each.is_due(told)]
        if not subscription.quiet.covers(self.day):
            return due
        free = subscription.quiet.first_free(self.day)
        return [each for each in due if each.closes is not None and each.closes < free]

    def _write(
        self,
        session: Session,
        subscription: Subscription,
        told: Collection[Key],
        found: Sequence[News],
        about: Iterable[str],
        known: Known | None = None,
    ) -> Tally:
        if not found:
            return Tally()
        questions = known.explanation.questions if known else ()
        message = write_digest(found, subscription, about, self.day, questions)
        written = post(session, message, self.now)
        if written is None:
            return Tally()
        session.add_all(_row(key, subscription, written) for key in keys(found) if key not in told)
        session.flush()
        return Tally(messages=1, news=len(found))


def _told(session: Session, subscription: Subscription) -> frozenset[Key]:
    wanted = select(ToldRow).where(
        ToldRow.account_id == subscription.account, ToldRow.credit_code == subscription.credit_code
    )
    return frozenset(Key(Topic(row.topic), row.item_id, row.item_version, row.occasion) for row in session.exec(wanted))


def _row(key: Key, subscription: Subscription, message_id: str) -> ToldRow:
    return ToldRow(
        message_id=message_id,
        account_id=subscription.account,
        credit_code=subscription.credit_code,
        topic=key.topic.value,
        item_id=key.item,
        item_version=key.version,
        occasion=key.occasion,
    )


def _wait_for_turn(session: Session) -> None:
    """Two runs at the same time tell batch by batch in turn, each seeing what the other told."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
