"""Doing something with a grant: one guarded change of its row, one event, one line in the audit log, or nothing at all.

The row is changed only where it still is in the state that was looked at. Of two who do so at once, the second finds
that it is not; what that means to it, it is told by the state that the grant is in by then. The caller commits.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from enterprises.calendar import format_day
from enterprises.sealing import Seal
from recommender.grants.account import Account, close_account
from recommender.grants.grants import Grant, load_grant
from recommender.grants.noting import How, note_deed
from recommender.grants.states import (
    TRANSITIONS,
    Consent,
    Deed,
    NoAccount,
    NoReason,
    NotNow,
    Party,
    Refused,
    State,
    TooEarly,
    TooLate,
    follow,
)
from recommender.grants.tables import GrantEventRow, GrantRow
from recommender.payments.bookings import book_deed, check_within

LONGEST_REASON = 500
"""Characters of a reason."""

CALENDAR = "calendar"
"""The actor of what happens because a day has passed."""

_ANSWERED = frozenset({State.ACCEPTED, State.PAYING, State.PAID, State.RETURNED})
"""To say yes once more changes nothing in these."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, when by the clock, and on which day it is judged, in Asia/Shanghai."""

    actor: str
    moment: datetime
    on: date


def accept(session: Session, grant_id: str, by: By, seal: Seal) -> Grant:
    """Say yes. To say so again changes nothing and gives the same answer.

    Raises ``NoSuchGrant``, ``TooLate``, ``NoAccount`` and ``NotNow``.
    """
    return _answer(session, grant_id, Deed.ACCEPT, _ANSWERED, by, seal)


def decline(session: Session, grant_id: str, reason: str, by: By, seal: Seal) -> Grant:
    """Say no. To say so again changes nothing. Raises ``NoSuchGrant``, ``TooLate``, ``NoReason`` and ``NotNow``."""
    return _answer(session, grant_id, Deed.DECLINE, frozenset({State.DECLINED}), by, seal, reason)


def change_account(session: Session, grant_id: str, account: Account, by: By, seal: Seal) -> Grant:
    """Have it paid to another account; the state stays. Raises ``NoSuchGrant``, ``TooLate`` and ``NotNow``."""
    changes = {"account": close_account(account, seal), "account_tail": account.tail}
    return perform(session, grant_id, Deed.CHANGE_ACCOUNT, by, seal, changes=changes)


def report_account(session: Session, grant_id: str, reason: str, by: By, seal: Seal) -> Grant:
    """Say that the account is wrong without naming another one; nothing but the history changes."""
    return perform(session, grant_id, Deed.REPORT_ACCOUNT, by, seal, reason)


def reopen(session: Session, grant_id: str, reason: str, by: By, seal: Seal) -> Grant:
    """Take up again what was declined or has lapsed: it counts as checked, and the enterprise has to be asked again.

    Raises ``NoSuchGrant``, ``NotNow`` and ``NoReason``.
    """
    grant = load_grant(session, grant_id, seal)
    if not reason.strip():
        raise NoReason(f"“{Deed.REOPEN.label}”要写明原因")
    if grant.state is State.OFFERED and grant.state_on(by.on) is State.LAPSED:
        perform(session, grant_id, Deed.LAPSE, replace(by, actor=CALENDAR), seal)
    return perform(session, grant_id, Deed.REOPEN, by, seal, reason, changes={"confirm_by": None})


def settle(
    session: Session,
    grant_id: str,
    paid_on: date,
    by: By,
    seal: Seal,
    *,
    how: How | None = None,
) -> Grant:
    """Note that the bank has paid. Raises ``NoSuchGrant``, ``NotNow`` and ``Refused`` for a day that has not come."""
    if paid_on > by.on:
        raise Refused(f"到账日期 {format_day(paid_on)} 还没到")
    return perform(session, grant_id, Deed.SETTLE, by, seal, changes={"paid_on": paid_on}, how=how)


def perform(
    session: Session,
    grant_id: str,
    deed: Deed,
    by: By,
    seal: Seal,
    reason: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
    how: How | None = None,
) -> Grant:
    """Do a deed, with what else changes in the row by it; the grant as it is then.

    What changes the money paid is booked in the ledger. Raises ``NoSuchGrant``, ``NotNow`` where the grant is in no
    state for it, ``TooLate`` for an answer after the last day, ``TooEarly`` for what follows from that day's passing,
    ``NoAccount``, ``NoReason``, and ``Refused`` for what stands in a payment batch.
    """
    grant, reason, how = load_grant(session, grant_id, seal), reason.strip(), how or How()
    if TRANSITIONS[deed].needs_reason and not reason:
        raise NoReason(f"“{deed.label}”要写明原因")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    after = follow(deed, grant.state)
    _check_day(grant, deed, by.on)
    if deed in (Deed.ACCEPT, Deed.PAY) and grant.account is None:
        raise NoAccount("还没有收款账户，请先填写账户")
    check_within(session, grant.id, deed, how.within)
    changed = (
        update(GrantRow)
        .where(col(GrantRow.id) == grant.id, col(GrantRow.state) == grant.state.value)
        .values(state=after.value, events=col(GrantRow.events) + 1, **(changes or {}))
        .returning(col(GrantRow.events))
    )
    number = session.connection().execute(changed).scalar_one_or_none()
    if number is None:
        raise NotNow(deed, load_grant(session, grant_id, seal).state)
    add_event(session, grant.id, number, deed, grant.state, after, by, seal.close(reason) if reason else None)
    done = load_grant(session, grant_id, seal)
    book_deed(session, done, deed, by, seal)
    how.note(session, deed, by, grant.credit_code, grant.id, grant.item_id)
    return done


@dataclass(frozen=True, slots=True)
class Lapsed:
    """How many grants have lapsed, and how many count as agreed to since nobody said no."""

    lapsed: int
    deemed: int


def lapse(session: Session, on: date, moment: datetime) -> Lapsed:
    """Write down what has become of everything whose last day lies before ``on``; again on the same day, nothing."""
    due = session.exec(
        select(GrantRow.id, GrantRow.credit_code, GrantRow.item_id, GrantRow.consent)
        .where(GrantRow.state == State.OFFERED.value, col(GrantRow.confirm_by) < on)
        .order_by(GrantRow.id)
        .with_for_update(skip_locked=True)  # who is just being answered for is not waited for
    ).all()
    by, counts = By(CALENDAR, moment, on), {Deed.LAPSE: 0, Deed.DEEM: 0}
    for grant_id, _, _, consent in due:
        deed = _EXPIRY[Consent(consent)]
        after = follow(deed, State.OFFERED)
        number = session.connection().execute(
            update(GrantRow)
            .where(col(GrantRow.id) == grant_id, col(GrantRow.state) == State.OFFERED.value)
            .values(state=after.value, events=col(GrantRow.events) + 1)
            .returning(col(GrantRow.events))
        )
        add_event(session, grant_id, number.scalar_one(), deed, State.OFFERED, after, by, None)
        counts[deed] += 1
    # Last, since the log has one writer at a time, who would else wait for one that waits for a row that we hold.
    for grant_id, credit_code, item_id, consent in due:
        note_deed(session, _EXPIRY[Consent(consent)], by, credit_code, grant_id, item_id)
    return Lapsed(counts[Deed.LAPSE], counts[Deed.DEEM])


_EXPIRY = {Consent.EXPLICIT: Deed.LAPSE, Consent.DEEMED: Deed.DEEM}


def add_event(
    session: Session,
    grant_id: str,
    number: int,
    deed: Deed,
    before: State | None,
    after: State,
    by: By,
    sealed_note: str | None,
) -> None:
    """Add a line to a grant's history."""
    row = {
        "grant_id": grant_id,
        "number": number,
        "deed": deed.value,
        "before": None if before is None else before.value,
        "after": after.value,
        "actor": by.actor,
        "moment": by.moment,
        "note": sealed_note,
    }
    session.connection().execute(insert(GrantEventRow), row)


def _answer(
    session: Session, grant_id: str, deed: Deed, same: frozenset[State], by: By, seal: Seal, reason: str = ""
) -> Grant:
    """An answer of the enterprise, which may be given again: from another window, or by a second tap."""
    grant = load_grant(session, grant_id, seal)
    if grant.state_on(by.on) in same:
        return grant
    try:
        return perform(session, grant_id, deed, by, seal, reason)
    except NotNow as refusal:
        if refusal.state not in same:
            raise
        return load_grant(session, grant_id, seal)


def _check_day(grant: Grant, deed: Deed, on: date) -> None:
    if grant.state is not State.OFFERED:
        return
    over = not grant.is_open(on)
    assert grant.confirm_by is not None
    if over and TRANSITIONS[deed].by is Party.ENTERPRISE:
        raise TooLate(f"最后一天是{format_day(grant.confirm_by)}，已经过了")
    if not over and deed in _EXPIRY.values():
        raise TooEarly(f"最后一天是{format_day(grant.confirm_by)}，还没有过")
    if deed in _EXPIRY.values() and deed is not _EXPIRY[grant.consent]:
        raise NotNow(deed, grant.state)
