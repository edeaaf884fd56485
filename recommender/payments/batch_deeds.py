"""Making payment batches, and having another person release them. A batch is fixed in the database before there is a
file of it; from its release on each of its grants is with the bank.

The caller commits. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid4

from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from enterprises.audit import note
from enterprises.dictionary import bundled
from enterprises.sealing import Seal
from policies.tables import load_item
from recommender.grants.deeds import LONGEST_REASON, By, perform
from recommender.grants.entitlement import NotEntitled
from recommender.grants.grants import Grant, load_grant
from recommender.grants.noting import How, Notes, lock
from recommender.grants.states import Deed, NoReason, NoSuchGrant, Refused
from recommender.payments.batches import Batch, BatchChanged, BatchState, LineState, load_batch, say_blocked
from recommender.payments.bookings import about_grant
from recommender.payments.files import DamagedBatch, load_payments, payment_of, to_csv
from recommender.payments.judging import belongs_to, still_due
from recommender.payments.round_states import SamePerson
from recommender.payments.tables import BatchRow, LineRow

MOST_LINES = 5000
"""The most lines of a batch."""

_MAKERS = 0x68756971 + 0x1000
"""The lock of those who make batches on PostgreSQL: any number that no other program takes."""


class NotPayable(Refused):
    """Grants that cannot go into a batch, or no longer be released with it; ``problems``: why, by their ids."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(dict.fromkeys(problems.values())))
        self.problems = problems


def make_batch(session: Session, grant_ids: Iterable[str], region: str, department: str, by: By, seal: Seal) -> Batch:
    """Fix a batch of grants that can be paid, each line with its amount and the account that it has now.

    Of a region and all that lies in it, by a department (empty: all). Raises ``NotPayable`` with all that stands in the
    way, and then nothing is made; and ``Refused``.
    """
    ids = sorted(set(grant_ids))
    if not 0 < len(ids) <= MOST_LINES:
        raise Refused(f"请选 1 到 {MOST_LINES:,} 笔" if ids else "请选要付款的资金")
    _wait_for_turn(session)
    lock(session, ids)
    grants = [_load(session, grant_id, seal) for grant_id in ids]
    problems = {grant.id: why for grant in grants if (why := _why_not(session, grant, region, department, seal))}
    if problems:
        raise NotPayable(problems)
    number = _next_number(session, by)
    row = BatchRow(
        id=uuid4().hex,
        number=number,
        region=region,
        department=department,
        state=BatchState.DRAFTED.value,
        revision=1,
        count=len(grants),
        total=sum(grant.amount for grant in grants),
        digest="",
        made_by=by.actor,
        made_on=by.on,
        made_at=by.moment,
    )
    lines = [_line(session, row, place, grant) for place, grant in enumerate(grants, start=1)]
    payments = [payment_of(line, seal) for line in lines]
    row.digest = hashlib.sha256(to_csv(number, payments)).hexdigest()
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
            session.add_all(lines)
    except IntegrityError:
        raise Refused("其中有的资金刚刚被放进另一个付款批次，请重新选择") from None
    _note(session, "payment.made", row.id, by, row)
    return load_batch(session, row.id)


def release(session: Session, batch_id: str, revision: int, by: By, seal: Seal) -> Batch:
    """Have the bank pay a batch. For another account than the one that made it.

    Raises ``SamePerson``, ``BatchChanged``, ``NotPayable`` where a grant is no longer as it was put into the batch, and
    ``DamagedBatch``.
    """
    batch = load_batch(session, batch_id)
    if by.actor == batch.made_by:
        raise SamePerson("这个付款批次是您拟定的，要由另一位财务人员复核放行")
    values = {"released_by": by.actor, "released_on": by.on, "released_at": by.moment}
    _change(session, batch, revision, BatchState.RELEASED, values)
    lines = session.exec(select(LineRow).where(LineRow.batch_id == batch_id).order_by(col(LineRow.line))).all()
    if hashlib.sha256(to_csv(batch.number, load_payments(session, batch_id, seal))).hexdigest() != batch.digest:
        raise DamagedBatch(f"付款批次 {batch.number} 的内容与拟定时不一致，不能放行，请查明原因")
    lock(session, (line.grant_id for line in lines))
    _check_frozen(session, lines, batch, seal)
    notes = Notes()
    for line in lines:
        perform(session, line.grant_id, Deed.PAY, by, seal, how=How(line.reference, notes))
    notes.write(session)
    _note(session, "payment.released", batch_id, by, batch)
    return load_batch(session, batch_id)


def withdraw(session: Session, batch_id: str, revision: int, reason: str, by: By, seal: Seal) -> Batch:
    """Give up a batch that is not released; its grants can go into another one. Raises ``BatchChanged``."""
    if not reason.strip():
        raise NoReason("撤销付款批次要写明原因")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    batch = load_batch(session, batch_id)
    _change(session, batch, revision, BatchState.WITHDRAWN, {"note": seal.close(reason.strip())})
    dropped = update(LineRow).where(col(LineRow.batch_id) == batch_id).values(state=LineState.DROPPED.value)
    session.connection().execute(dropped)
    _note(session, "payment.withdrawn", batch_id, by, batch)
    return load_batch(session, batch_id)


def _change(session: Session, batch: Batch, revision: int, after: BatchState, values: Mapping[str, object]) -> None:
    """Only what is still as it was looked at leaves the drafts; of two who do so at once the second finds it gone."""
    changed = session.connection().execute(
        update(BatchRow)
        .where(
            *(col(BatchRow.id) == batch.id, col(BatchRow.revision) == revision),
            col(BatchRow.state) == BatchState.DRAFTED.value,
        )
        .values(state=after.value, revision=col(BatchRow.revision) + 1, **values)
    )
    if changed.rowcount != 1:
        raise BatchChanged(load_batch(session, batch.id).state)


def _why_not(session: Session, grant: Grant, region: str, department: str, seal: Seal) -> str:
    """Why a grant cannot go into a batch; empty where it can."""
    about = about_grant(session, grant)
    if not belongs_to(about.region, region) or (department and about.department != department):
        return "不在这个批次的地区或部门"
    if blocked := say_blocked(grant):
        return blocked
    standing = select(LineRow.reference).where(
        LineRow.grant_id == grant.id, col(LineRow.state).in_((LineState.OPEN.value, LineState.PAID.value))
    )
    if reference := session.exec(standing).first():
        return f"已经在付款批次里（付款编号 {reference}）"
    return _no_longer_due(session, grant, seal)


def _no_longer_due(session: Session, grant: Grant, seal: Seal) -> str:
    try:
        still_due(session, grant, seal)
    except NotEntitled as refusal:
        return str(refusal)
    return ""


def _check_frozen(session: Session, lines: Sequence[LineRow], batch: Batch, seal: Seal) -> None:
    problems = {}
    for line in lines:
        grant = _load(session, line.grant_id, seal)
        why = say_blocked(grant)
        if not why and (grant.account, grant.amount) != (line.account, line.amount):
            why = "拟定批次之后换了收款账户"
        why = why or _no_longer_due(session, grant, seal)
        if why:
            problems[grant.id] = f"{line.reference}：{why}。请撤销批次 {batch.number}，重新拟定"
    if problems:
        raise NotPayable(problems)


def _load(session: Session, grant_id: str, seal: Seal) -> Grant:
    try:
        return load_grant(session, grant_id, seal)
    except NoSuchGrant:
        raise Refused("选中的资金里有一笔不存在，请重新选择") from None


def _line(session: Session, batch: BatchRow, place: int, grant: Grant) -> LineRow:
    assert grant.account is not None
    assert grant.account_tail is not None
    item = load_item(session, grant.item_id, grant.item_version, bundled())
    return LineRow(
        batch_id=batch.id,
        line=place,
        reference=f"{batch.number}-{place:04}",
        grant_id=grant.id,
        credit_code=grant.credit_code,
        amount=grant.amount,
        account=grant.account,
        account_tail=grant.account_tail,
        purpose=f"{item.title}（{grant.occasion}）",
        state=LineState.OPEN.value,
    )


def _next_number(session: Session, by: By) -> str:
    stem = f"FK{by.on.year}-"
    last = session.scalar(select(func.max(BatchRow.number)).where(col(BatchRow.number).startswith(stem)))
    return f"{stem}{int((last or stem + '0').removeprefix(stem)) + 1:05}"


def _wait_for_turn(session: Session) -> None:
    """Batches are made one after the other: here on PostgreSQL; on SQLite one waits for the other when it begins."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKERS})


def _note(session: Session, action: str, batch_id: str, by: By, batch: Batch | BatchRow) -> None:
    detail = {"batch": batch.number, "region": batch.region, "department": batch.department}
    note(session, actor=by.actor, action=action, about=f"batch:{batch_id}", moment=by.moment, detail=detail)
