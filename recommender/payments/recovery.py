"""Recovery (追回): one person demands money back with a reason, another approves, what comes is booked.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from enterprises.amounts import format_money
from enterprises.audit import note
from enterprises.calendar import format_day
from enterprises.sealing import Seal
from recommender.grants.deeds import LONGEST_REASON, By, perform
from recommender.grants.grants import load_grant, open_note
from recommender.grants.noting import How, lock
from recommender.grants.states import Deed, NoReason, Refused, State
from recommender.payments.bookings import about_grant
from recommender.payments.ledger import LedgerKind, add, net
from recommender.payments.round_states import SamePerson
from recommender.payments.tables import LedgerRow, RecoveryRow


class RecoveryState(StrEnum):
    """Where a demand stands."""

    PROPOSED = "proposed"
    DEMANDED = "demanded"
    SETTLED = "settled"
    LIFTED = "lifted"

    @property
    def label(self) -> str:
        return {"proposed": "待批准", "demanded": "追缴中", "settled": "已追回", "lifted": "已撤销"}[self]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A demand; ``amount`` and what of it has been ``received`` in 分; ``due``: the last day for paying it back."""

    id: str
    grant_id: str
    state: RecoveryState
    amount: int
    received: int
    due: date
    reason: str
    made_by: str
    made_at: datetime
    approved_by: str | None


class NoSuchRecovery(LookupError):
    """There is no demand with this id."""


def demand(session: Session, grant_id: str, amount: int, reason: str, due: date, by: By, seal: Seal) -> Recovery:
    """Propose to have ``amount`` back by a day. One demand at a time. Raises ``Refused`` and ``NoReason``."""
    reason = _checked(reason)
    lock(session, [grant_id])
    grant = load_grant(session, grant_id, seal)
    if grant.state is not State.PAID:
        raise Refused(f"这一笔现在是“{grant.state.label}”，没有可以追回的钱")
    left = net(session, grant_id)
    if not 0 < amount <= left:
        raise Refused(f"追回的金额要大于零，最多 {format_money(left)}")
    if due < by.on:
        raise Refused(f"缴回的最后一天 {format_day(due)} 已经过了")
    row = RecoveryRow(
        id=uuid4().hex,
        grant_id=grant_id,
        state=RecoveryState.PROPOSED.value,
        amount=amount,
        received=0,
        due=due,
        reason=seal.close(reason),
        made_by=by.actor,
        made_at=by.moment,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Refused("这一笔已经在追回，请先办完") from None
    _note(session, "recovery.proposed", row, by, seal)
    return load_recovery(session, row.id, seal)


def approve(session: Session, recovery_id: str, by: By, seal: Seal) -> Recovery:
    """Have the demand made. For another account than the one that proposed it. Raises ``SamePerson``."""
    row = _locked(session, recovery_id)
    if by.actor == row.made_by:
        raise SamePerson("这笔追回是您提出的，要由另一个人批准")
    _change(session, row, RecoveryState.PROPOSED, {"state": RecoveryState.DEMANDED.value, "approved_by": by.actor})
    _note(session, "recovery.demanded", row, by, seal)
    return load_recovery(session, recovery_id, seal)


def receive(session: Session, recovery_id: str, amount: int, on: date, by: By, seal: Seal) -> Recovery:
    """Book what came back on a day; once all of the grant is back, it is recovered. Raises ``Refused``."""
    row = _locked(session, recovery_id)
    _check_state(row, RecoveryState.DEMANDED)
    grant = load_grant(session, row.grant_id, seal)
    left = row.amount - row.received
    if not 0 < amount <= left:
        raise Refused(f"到账的金额要大于零，还差 {format_money(left)}")
    if on > by.on or grant.paid_on is None or on < grant.paid_on:
        raise Refused(f"到账日期 {format_day(on)} 不对：不能早于发放，也不能是以后")
    received = row.received + amount
    state = RecoveryState.SETTLED if received == row.amount else RecoveryState.DEMANDED
    all_back = state is RecoveryState.SETTLED and amount == net(session, grant.id)
    add(session, LedgerKind.RECOVERED, about_grant(session, grant), amount, on, by, row.reason)
    _change(session, row, RecoveryState.DEMANDED, {"received": received, "state": state.value})
    if all_back:
        perform(session, grant.id, Deed.RECOVER, by, seal, open_note(row.reason, seal), how=How(row.id))
    _note(session, "recovery.received", row, by, seal)
    return load_recovery(session, recovery_id, seal)


def correct(session: Session, number: int, reason: str, by: By, seal: Seal) -> Recovery:
    """Take back a receipt that was booked by mistake, while its demand stands. Raises ``Refused`` and ``NoReason``."""
    reason = _checked(reason)
    entry = session.get(LedgerRow, number)
    if entry is None or entry.kind != LedgerKind.RECOVERED:
        raise Refused("台账里没有这一条追回到账")
    standing = select(RecoveryRow.id).where(
        RecoveryRow.grant_id == entry.grant_id, RecoveryRow.state == RecoveryState.DEMANDED.value
    )
    recovery_id = session.exec(standing).one_or_none()
    if recovery_id is None:
        raise Refused("这一笔追回已经办完，不能更正")
    row = _locked(session, recovery_id)
    _check_state(row, RecoveryState.DEMANDED)
    if entry.moment < row.made_at or entry.amount > row.received:
        raise Refused("这一条属于以前的追回，不能更正")
    about = about_grant(session, load_grant(session, entry.grant_id, seal))
    try:
        with session.begin_nested():
            add(session, LedgerKind.CORRECTED, about, entry.amount, by.on, by, seal.close(reason), corrects=number)
    except IntegrityError:
        raise Refused("这一条已经更正过") from None
    _change(session, row, RecoveryState.DEMANDED, {"received": row.received - entry.amount})
    _note(session, "recovery.corrected", row, by, seal)
    return load_recovery(session, recovery_id, seal)


def lift(session: Session, recovery_id: str, reason: str, by: By, seal: Seal) -> Recovery:
    """Give up what has not come back; what has, stays booked. Raises ``NoReason`` and ``Refused``."""
    row, sealed = _locked(session, recovery_id), seal.close(_checked(reason))
    if row.state not in (RecoveryState.PROPOSED, RecoveryState.DEMANDED):
        _check_state(row, RecoveryState.DEMANDED)
    if row.state == RecoveryState.DEMANDED and by.actor == row.made_by:
        raise SamePerson("这笔追回是您提出的，批准以后要由另一个人撤销")
    _change(session, row, RecoveryState(row.state), {"state": RecoveryState.LIFTED.value, "note": sealed})
    _note(session, "recovery.lifted", row, by, seal)
    return load_recovery(session, recovery_id, seal)


def load_recovery(session: Session, recovery_id: str, seal: Seal) -> Recovery:
    """One demand. Raises ``NoSuchRecovery``."""
    row = session.get(RecoveryRow, recovery_id, populate_existing=True)
    if row is None:
        raise NoSuchRecovery(recovery_id)
    return _recovery(row, seal)


def recoveries(session: Session, seal: Seal, *, grant_id: str | None = None) -> tuple[Recovery, ...]:
    """All demands, the last made first; of a grant."""
    wanted = select(RecoveryRow).order_by(col(RecoveryRow.made_at).desc(), RecoveryRow.id)
    if grant_id is not None:
        wanted = wanted.where(RecoveryRow.grant_id == grant_id)
    return tuple(_recovery(row, seal) for row in session.exec(wanted.execution_options(populate_existing=True)))


def _recovery(row: RecoveryRow, seal: Seal) -> Recovery:
    return Recovery(
        *(row.id, row.grant_id, RecoveryState(row.state), row.amount, row.received, row.due),
        *(open_note(row.reason, seal), row.made_by, row.made_at, row.approved_by),
    )


def _locked(session: Session, recovery_id: str) -> RecoveryRow:
    """The demand, to oneself until the end of the transaction, with its grant."""
    found = session.get(RecoveryRow, recovery_id, populate_existing=True)
    if found is None:
        raise NoSuchRecovery(recovery_id)
    lock(session, [found.grant_id])
    wanted = select(RecoveryRow).where(RecoveryRow.id == recovery_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def _check_state(row: RecoveryRow, wanted: RecoveryState) -> None:
    if row.state != wanted:
        raise Refused(f"这笔追回现在是“{RecoveryState(row.state).label}”，不能这样办理")


def _change(session: Session, row: RecoveryRow, before: RecoveryState, values: Mapping[str, object]) -> None:
    _check_state(row, before)
    here = (col(RecoveryRow.id) == row.id, col(RecoveryRow.state) == before.value)
    changed = session.connection().execute(update(RecoveryRow).where(*here).values(**values))
    if changed.rowcount != 1:
        raise Refused("这笔追回刚刚被别人办理过，请看一看现在的情况")


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise NoReason("请写明原因")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    return reason


def _note(session: Session, action: str, row: RecoveryRow, by: By, seal: Seal) -> None:
    about = about_grant(session, load_grant(session, row.grant_id, seal))
    detail = {"region": about.region, "department": about.department}
    note(session, actor=by.actor, action=action, about=f"grant:{row.grant_id}", moment=by.moment, detail=detail)
