"""Whether everything agrees: the ledger with itself, with the states of grants, with payment lines and batches, and
with what was demanded back.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

from sqlalchemy import case, func
from sqlalchemy import select as plain_select
from sqlmodel import Session, col, select

from enterprises.amounts import format_money
from enterprises.sealing import Seal
from recommender.grants.deeds import By
from recommender.grants.grants import load_grant
from recommender.grants.states import State
from recommender.grants.tables import GrantRow
from recommender.payments.batches import BatchState, LineState
from recommender.payments.bookings import about_grant
from recommender.payments.ledger import FIRST, LedgerKind, add, digest
from recommender.payments.tables import BatchRow, LedgerRow, LineRow, RecoveryRow

_HAS_BEEN_PAID = (State.PAID.value, State.RECOVERED.value)


def verify(session: Session) -> tuple[str, ...]:
    """What does not agree, in Chinese sentences; nothing where all does."""
    return (*_chain(session), *_grants(session), *_lines(session), *_batches(session), *_recoveries(session))


def book_missing(session: Session, by: By, seal: Seal) -> int:
    """Book what was paid before there was a ledger; how many payments. Again, nothing. The caller commits."""
    booked = select(LedgerRow.grant_id).where(LedgerRow.kind == LedgerKind.PAID.value)
    wanted = (
        select(GrantRow.id)
        .where(col(GrantRow.state).in_(_HAS_BEEN_PAID), col(GrantRow.id).not_in(booked))
        .order_by(col(GrantRow.paid_on), GrantRow.id)
    )
    grants = [load_grant(session, grant_id, seal) for grant_id in session.exec(wanted).all()]
    for grant in grants:
        assert grant.paid_on is not None
        about, reason = about_grant(session, grant), seal.close("启用台账时补记")
        add(session, LedgerKind.PAID, about, grant.amount, grant.paid_on, by, reason)
        if grant.state is State.RECOVERED:
            add(session, LedgerKind.RECOVERED, about, grant.amount, by.on, by, reason)
    return len(grants)


def _chain(session: Session) -> Iterator[str]:
    """What is wrong with the chain of rows, in Chinese; nothing where it is whole."""
    rows = session.exec(select(LedgerRow).order_by(col(LedgerRow.number)).execution_options(yield_per=1000))
    number, before, balance = 0, FIRST, 0
    with closing(rows):
        for row in rows:
            number, balance = number + 1, balance + row.change
            if row.number != number:
                yield f"台账缺第 {number} 条"
                return
            if row.previous != before or digest(row) != row.digest:
                yield f"台账第 {number} 条被改动过，或与前一条接不上"
                return
            if row.balance != balance:
                yield f"台账第 {number} 条的累计数不对"
            before = row.digest


def _grants(session: Session) -> Iterator[str]:
    entry = (
        select(
            LedgerRow.grant_id,
            func.sum(case((col(LedgerRow.kind) == LedgerKind.PAID.value, LedgerRow.amount), else_=0)),
            func.sum(LedgerRow.change),
        )
        .group_by(col(LedgerRow.grant_id))
        .order_by(LedgerRow.grant_id)
    )
    booked = {grant_id: (int(paid), int(left)) for grant_id, paid, left in session.exec(entry)}
    grants = session.exec(select(GrantRow.id, GrantRow.state, GrantRow.amount).order_by(GrantRow.id))
    for grant_id, state, amount in grants:
        paid, left = booked.get(grant_id, (0, 0))
        yield from _grant(grant_id, State(state), amount, paid, left)


def _grant(grant_id: str, state: State, amount: int, paid: int, left: int) -> Iterator[str]:
    name = f"资金 {grant_id}（{state.label}）"
    if state.value not in _HAS_BEEN_PAID:
        if paid or left:
            yield f"{name}没有发放，台账里却记了 {format_money(paid)}"
        return
    if paid != amount:
        yield f"{name}是 {format_money(amount)}，台账里记的发放是 {format_money(paid)}"
    if (left == 0) is not (state is State.RECOVERED) or left < 0:
        yield f"{name}在台账里还剩 {format_money(left)}"


def _lines(session: Session) -> Iterator[str]:
    wanted = (
        select(LineRow, GrantRow, BatchRow.state)
        .join(GrantRow, col(GrantRow.id) == col(LineRow.grant_id))
        .join(BatchRow, col(BatchRow.id) == col(LineRow.batch_id))
        .order_by(LineRow.reference)
    )
    for line, grant, batch in session.exec(wanted).all():
        expected = _EXPECTED.get((LineState(line.state), BatchState(batch)))
        if expected is None:
            yield f"付款编号 {line.reference} 是“{LineState(line.state).label}”，批次却是“{BatchState(batch).label}”"
        elif expected and grant.state not in expected:
            yield f"付款编号 {line.reference} 是“{LineState(line.state).label}”，资金却是“{State(grant.state).label}”"
        if line.state == LineState.PAID and (line.amount, line.paid_on) != (grant.amount, grant.paid_on):
            yield f"付款编号 {line.reference} 的金额或到账日期与资金的不同"


_ANY: tuple[str, ...] = ()
_EXPECTED: Mapping[tuple[LineState, BatchState], tuple[str, ...]] = {
    (LineState.OPEN, BatchState.DRAFTED): _ANY,
    (LineState.OPEN, BatchState.RELEASED): (State.PAYING.value,),
    (LineState.PAID, BatchState.RELEASED): _HAS_BEEN_PAID,
    (LineState.PAID, BatchState.SETTLED): _HAS_BEEN_PAID,
    (LineState.RETURNED, BatchState.RELEASED): _ANY,
    (LineState.RETURNED, BatchState.SETTLED): _ANY,
    (LineState.DROPPED, BatchState.WITHDRAWN): _ANY,
}
"""The states that a grant can have, by those of its line and batch; none said: any."""


def _batches(session: Session) -> Iterator[str]:
    written = (col(BatchRow.number), col(BatchRow.count), col(BatchRow.total))
    wanted = (
        plain_select(*written, func.count(col(LineRow.line)), func.sum(col(LineRow.amount)))
        .outerjoin(LineRow, col(LineRow.batch_id) == col(BatchRow.id))
        .group_by(*written)
        .order_by(col(BatchRow.number))
    )
    for number, count, total, lines, amount in session.execute(wanted):
        if (count, total) != (lines, amount):
            yield f"付款批次 {number} 写的是 {count} 笔、{format_money(total)}，各行合计不同"


def _recoveries(session: Session) -> Iterator[str]:
    back = select(LedgerRow.grant_id, func.sum(LedgerRow.change)).where(LedgerRow.kind != LedgerKind.PAID.value)
    booked = dict(session.exec(back.group_by(col(LedgerRow.grant_id))).all())
    said = select(RecoveryRow.grant_id, func.sum(RecoveryRow.received)).group_by(col(RecoveryRow.grant_id))
    for grant_id, received in session.exec(said.order_by(RecoveryRow.grant_id)):
        if received > -int(booked.get(grant_id, 0)):
            yield f"资金 {grant_id} 追回到账 {format_money(int(received))}，台账里没有记全"
