"""Payment batches (付款批次) as they are read: their lines, and what could go into the next one.

Accounts are never shown here, only their last digits. Functions that read the database import its tables where they
need them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from enterprises.sealing import Seal
from recommender.grants.grants import Grant, list_grants
from recommender.grants.states import Deed, Refused, State

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.payments.tables import BatchRow


class BatchState(StrEnum):
    """Where a batch stands. Once it is released the bank may have it: it ends by what the bank says of each line."""

    DRAFTED = "drafted"
    RELEASED = "released"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _BATCHES[self]


_BATCHES = {
    BatchState.DRAFTED: "待复核放行",
    BatchState.RELEASED: "已放行，等银行结果",
    BatchState.SETTLED: "银行结果已齐",
    BatchState.WITHDRAWN: "已撤销",
}


class LineState(StrEnum):
    """What has become of a line; nothing leads away from the last three."""

    OPEN = "open"
    PAID = "paid"
    RETURNED = "returned"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return {"open": "等银行结果", "paid": "已到账", "returned": "银行退回", "dropped": "已撤销"}[self]


@dataclass(frozen=True, slots=True)
class Line:
    """One payment, in 分. ``reference`` (付款编号): how the bank calls it."""

    line: int
    reference: str
    grant_id: str
    credit_code: str
    name: str | None
    amount: int
    account_tail: str
    purpose: str
    state: LineState
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch; ``digest``: SHA-256 of its payment file as CSV. ``department`` empty: of all."""

    id: str
    number: str
    region: str
    department: str
    state: BatchState
    revision: int
    count: int
    total: int
    digest: str
    made_by: str
    made_on: date
    made_at: datetime
    released_by: str | None
    released_on: date | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payable:
    """A grant that waits for payment. ``blocked``: why it cannot go into a batch, empty where it can."""

    grant: Grant
    name: str | None
    region: str
    department: str
    blocked: str


class NoSuchBatch(LookupError):
    """There is no batch with this id."""


class BatchChanged(Refused):
    """The batch is no longer as it was looked at."""

    def __init__(self, state: BatchState) -> None:
        super().__init__(f"这个付款批次现在是“{state.label}”，不能再这样办理")
        self.state = state


def load_batch(session: Session, batch_id: str) -> Batch:
    """One batch. Raises ``NoSuchBatch``."""
    from recommender.payments.tables import BatchRow

    row = session.get(BatchRow, batch_id, populate_existing=True)
    if row is None:
        raise NoSuchBatch(batch_id)
    return _batch(row)


def list_batches(session: Session, limit: int | None = None) -> tuple[Batch, ...]:
    """All batches, the last made first."""
    from sqlmodel import col, select

    from recommender.payments.tables import BatchRow

    wanted = select(BatchRow).order_by(col(BatchRow.made_at).desc(), BatchRow.id).limit(limit)
    return tuple(_batch(row) for row in session.exec(wanted.execution_options(populate_existing=True)))


def load_lines(session: Session, batch_id: str) -> tuple[Line, ...]:
    """The lines of a batch, in their order."""
    from sqlalchemy import select
    from sqlmodel import col

    from enterprises.tables import EnterpriseRow
    from recommender.payments.tables import LineRow

    wanted = (
        select(LineRow, col(EnterpriseRow.name))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == col(LineRow.credit_code))
        .where(col(LineRow.batch_id) == batch_id)
        .order_by(col(LineRow.line))
        .execution_options(populate_existing=True)
    )
    return tuple(
        Line(
            *(row.line, row.reference, row.grant_id, row.credit_code, name, row.amount, row.account_tail),
            *(row.purpose, LineState(row.state), row.paid_on),
        )
        for row, name in session.execute(wanted)
    )


def payable(
    session: Session, region: str, department: str, seal: Seal, limit: int | None = None
) -> tuple[Payable, ...]:
    """What waits for payment in a region and all that lies in it, by a department (empty: all), the oldest first.

    What stands in a batch already is left out.
    """
    from sqlmodel import col, select

    from enterprises.tables import EnterpriseRow
    from recommender.payments.bookings import about_grant
    from recommender.payments.judging import belongs_to
    from recommender.payments.tables import LineRow

    taken = set(session.exec(select(LineRow.grant_id).where(col(LineRow.state).in_(("open", "paid")))))
    grants = [
        grant
        for state in (State.ACCEPTED, State.RETURNED)
        for grant in list_grants(session, seal, state=state)
        if grant.id not in taken
    ]
    found = []
    for grant in sorted(grants, key=lambda grant: (grant.created_at, grant.id)):
        about = about_grant(session, grant)
        if (department and about.department != department) or not belongs_to(about.region, region):
            continue
        named = select(EnterpriseRow.name).where(EnterpriseRow.credit_code == grant.credit_code)
        name = session.exec(named).one_or_none()
        found.append(Payable(grant, name, about.region, about.department, say_blocked(grant)))
        if limit is not None and len(found) >= limit:
            break
    return tuple(found)


def say_blocked(grant: Grant) -> str:
    """Why a grant cannot be paid as it stands; empty where it can."""
    if grant.state not in (State.ACCEPTED, State.RETURNED):
        return f"这一笔现在是“{grant.state.label}”，不能付款"
    if grant.account is None:
        return "还没有收款账户"
    last = grant.last(Deed.REPORT_ACCOUNT, Deed.CHANGE_ACCOUNT)
    if last is not None and last.deed is Deed.REPORT_ACCOUNT:
        return "企业反映收款账户不对，还没有更换"
    return ""


def _batch(row: BatchRow) -> Batch:
    said = {name: value for name, value in row.model_dump().items() if name not in ("state", "note")}
    return Batch(**said, state=BatchState(row.state))
