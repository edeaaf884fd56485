"""Subscriptions in the database: found, saved, a topic ended and taken up again. Each change is in the audit log.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import text
from sqlmodel import Session, col, select

from enterprises.audit import note
from policies.items import Category
from recommender.messages.schedule import Frequency, Quiet, Schedule
from recommender.messages.subscription import Channel, Subscription, Topic
from recommender.messages.tables import SubscriptionRow

T = TypeVar("T", bound=StrEnum)

_WRITERS = 0x68756975
"""The first part of the lock under which an account's subscriptions are changed on PostgreSQL."""

CHANGED, ENDED = "subscription.changed", "subscription.ended"
"""What is noted in the audit log."""


def subscription_of(session: Session, account: str, credit_code: str) -> Subscription:
    """What an account is told of an enterprise; where it never chose anything, service messages alone."""
    row = _row(session, account, credit_code)
    return Subscription(account, credit_code) if row is None else _read(row)


def subscriptions_to(session: Session, credit_codes: Collection[str]) -> Mapping[tuple[str, str], Subscription]:
    """The subscriptions that were saved to some enterprises, by account and credit code."""
    wanted = select(SubscriptionRow).where(col(SubscriptionRow.credit_code).in_(credit_codes))
    return {(row.account_id, row.credit_code): _read(row) for row in session.exec(wanted)}


def save(session: Session, wanted: Subscription, on: date, moment: datetime, actor: str) -> Subscription:
    """Keep what an account chose on the day ``on``; what it comes to. The caller commits.

    ``since``, ``done`` and ``salt`` are our own affair: a new schedule begins on ``on``, the same one goes on.
    """
    _wait_for_turn(session, wanted.account)
    row = _row(session, wanted.account, wanted.credit_code)
    before = None if row is None else _read(row)
    if before is None or before.schedule != wanted.schedule or not before.asked:
        wanted = replace(wanted, since=on, done=None if before is None else before.done)
    else:
        wanted = replace(wanted, since=before.since, done=before.done)
    wanted = replace(wanted, salt=before.salt if before else "")
    if wanted != before:
        _write(session, row, wanted, moment)
        note(
            session,
            actor=actor,
            action=CHANGED if wanted.topics else ENDED,
            about=wanted.credit_code,
            moment=moment,
            detail={
                "account": wanted.account,
                "topics": _joined(wanted.topics),
                "frequency": wanted.schedule.frequency.value,
                "channels": _joined(wanted.channels),
            },
        )
    return wanted


def end_topic(session: Session, account: str, credit_code: str, topic: Topic, moment: datetime, actor: str) -> bool:
    """Tell an account no more of a topic; whether that is new. The caller commits."""
    return _turn(session, account, credit_code, topic, moment, actor, on=None)


def resume_topic(
    session: Session, account: str, credit_code: str, topic: Topic, moment: datetime, actor: str, *, on: date
) -> bool:
    """Tell an account of a topic again, by the schedule it has; whether that is new. The caller commits."""
    return _turn(session, account, credit_code, topic, moment, actor, on=on)


def revoke_links(session: Session, account: str, credit_code: str, moment: datetime, actor: str) -> None:
    """Make every unsubscribe link that was given out so far useless. The caller commits."""
    _wait_for_turn(session, account)
    subscription = subscription_of(session, account, credit_code)
    row = _row(session, account, credit_code)
    _write(session, row, replace(subscription, salt=secrets.token_hex(8)), moment)
    note(
        session,
        actor=actor,
        action=CHANGED,
        about=credit_code,
        moment=moment,
        detail={"account": account, "links": "revoked"},
    )


def note_done(session: Session, subscription: Subscription, due: date) -> None:
    """Note that a due day was dealt with, also where there was nothing to tell. The caller commits."""
    row = _row(session, subscription.account, subscription.credit_code)
    if row is not None:
        row.done = due
        session.add(row)


def _turn(
    session: Session, account: str, credit_code: str, topic: Topic, moment: datetime, actor: str, *, on: date | None
) -> bool:
    """``on``: the day from which the topic is told; ``None`` ends it."""
    _wait_for_turn(session, account)
    row = _row(session, account, credit_code)
    before = Subscription(account, credit_code) if row is None else _read(row)
    after = replace(before, topics=before.topics - {topic} if on is None else before.topics | {topic})
    if after.topics == before.topics:
        return False
    if on is not None and not before.asked:
        after = replace(after, since=on)
    _write(session, row, after, moment)
    note(
        session,
        actor=actor,
        action=ENDED if on is None else CHANGED,
        about=credit_code,
        moment=moment,
        detail={"account": account, "topic": topic.value},
    )
    return True


def _wait_for_turn(session: Session, account: str) -> None:
    """The same form sent twice at the same time is saved one after the other."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key, hashtext(:account))"), {"key": _WRITERS, "account": account}
        )


def _row(session: Session, account: str, credit_code: str) -> SubscriptionRow | None:
    wanted = select(SubscriptionRow).where(
        SubscriptionRow.account_id == account, SubscriptionRow.credit_code == credit_code
    )
    return session.exec(wanted).one_or_none()


def _write(session: Session, row: SubscriptionRow | None, kept: Subscription, moment: datetime) -> None:
    columns: dict[str, Any] = {
        "topics": _joined(kept.topics),
        "categories": _joined(kept.categories),
        "regions": ",".join(kept.regions),
        "frequency": kept.schedule.frequency.value,
        "weekday": kept.schedule.weekday,
        "month_day": kept.schedule.month_day,
        "quiet_weekends": kept.quiet.weekends,
        "quiet_days": ",".join(day.isoformat() for day in sorted(kept.quiet.days)),
        "quiet_until": kept.quiet.until,
        "quiet_first_hour": kept.quiet.first_hour,
        "quiet_last_hour": kept.quiet.last_hour,
        "channels": _joined(kept.channels),
        "addresses": kept.addresses,
        "plain": kept.plain,
        "since": kept.since,
        "done": kept.done,
        "salt": kept.salt,
        "changed_at": moment,
    }
    if row is None:
        row = SubscriptionRow(account_id=kept.account, credit_code=kept.credit_code, **columns)
    for name, value in columns.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def _read(row: SubscriptionRow) -> Subscription:
    return Subscription(
        account=row.account_id,
        credit_code=row.credit_code,
        topics=_parted(row.topics, Topic),
        categories=_parted(row.categories, Category),
        regions=tuple(filter(None, row.regions.split(","))),
        schedule=Schedule(Frequency(row.frequency), row.weekday, row.month_day),
        quiet=Quiet(
            row.quiet_weekends,
            frozenset(date.fromisoformat(day) for day in row.quiet_days.split(",") if day),
            row.quiet_until,
            row.quiet_first_hour,
            row.quiet_last_hour,
        ),
        channels=_parted(row.channels, Channel),
        addresses=row.addresses,
        plain=row.plain,
        since=row.since,
        done=row.done,
        salt=row.salt,
    )


def _joined(words: Iterable[StrEnum]) -> str:
    return ",".join(sorted(each.value for each in words))


def _parted(text: str, kind: type[T]) -> frozenset[T]:
    return frozenset(kind(each) for each in text.split(",") if each)
