"""What the bank says of a batch (银行结果): a file whose lines are matched with ours, taken whole or not at all.

Whatever does not fit is told with its line: a line that we do not know, another amount, another account, one that is
there twice, one that says otherwise than what is booked. What is booked already and says the same changes nothing, so a
file can be taken again, and so can one that has grown.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from sqlalchemy import update
from sqlmodel import Session, col, select

from enterprises.amounts import format_money
from enterprises.audit import note
from enterprises.calendar import format_day
from enterprises.imports.cells import parse_day
from enterprises.sealing import Seal
from enterprises.source_text import BadText
from recommender.grants.deeds import LONGEST_REASON, By, perform, settle
from recommender.grants.noting import How, Notes, lock
from recommender.grants.states import Deed
from recommender.payments.batches import Batch, BatchChanged, BatchState, LineState, load_batch
from recommender.payments.sheets import BadList, Column, LineProblem, read_table, repeated
from recommender.payments.stated import read_amount
from recommender.payments.tables import BatchRow, LineRow, ResultRow


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank says of one line: that it was paid on a day, or came back for a reason. ``amount`` in 分."""

    line: int
    reference: str
    amount: int
    tail: str
    paid: bool
    day: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class ResultFile:
    """All lines of a file, and the digest of its bytes."""

    outcomes: tuple[Outcome, ...]
    digest: str

    @property
    def total(self) -> int:
        return sum(outcome.amount for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many lines were booked as paid and as returned, and how many had been so before."""

    paid: int
    returned: int
    same: int


def read_result(path: Path, count: int, total: int) -> ResultFile:
    """The file of a bank (.csv, .xlsx), which must come to its control figures. Raises ``BadList``."""
    lines, digest = read_table(path, _COLUMNS)
    problems = repeated(lines, "reference", "付款编号")
    outcomes = []
    for line in lines:
        cells = cast(Mapping[str, Any], line.cells)
        outcome = Outcome(
            *(line.number, cells["reference"], cells["amount"], cells["account"], cells["outcome"], cells["day"]),
            cells["reason"] or "",
        )
        outcomes.append(outcome)
        if outcome.paid and outcome.day is None:
            problems.append(LineProblem(line.number, "已到账的要写到账日期"))
        if not outcome.paid and not outcome.reason:
            problems.append(LineProblem(line.number, "退回的要写原因"))
    found = ResultFile(tuple(outcomes), digest)
    if (len(outcomes), found.total) != (count, total):
        here = f"文件里是 {len(outcomes)} 笔、{format_money(found.total)}"
        problems.append(LineProblem(0, f"{here}，填写的是 {count} 笔、{format_money(total)}，请核对"))
    if problems:
        raise BadList(problems)
    return found


def apply_result(session: Session, batch_id: str, file: ResultFile, by: By, seal: Seal) -> Applied:
    """Book what the bank says. The caller commits.

    Raises ``BadList`` with every line that does not fit, ``NoSuchBatch``, and ``BatchChanged`` for a batch that the
    bank has not.
    """
    session.exec(select(BatchRow.id).where(BatchRow.id == batch_id).with_for_update()).all()
    batch = load_batch(session, batch_id)
    if batch.state not in (BatchState.RELEASED, BatchState.SETTLED):
        raise BatchChanged(batch.state)
    rows = {
        row.reference: row
        for row in session.exec(
            select(LineRow).where(LineRow.batch_id == batch_id).execution_options(populate_existing=True)
        )
    }
    problems = [problem for outcome in file.outcomes for problem in _misfits(outcome, rows, batch, by.on)]
    if problems:
        raise BadList(problems)
    fresh = [outcome for outcome in file.outcomes if rows[outcome.reference].state == LineState.OPEN]
    lock(session, (rows[outcome.reference].grant_id for outcome in fresh))
    notes = Notes()
    for outcome in fresh:
        _book(session, rows[outcome.reference], outcome, by, seal, notes)
    _close(session, batch, file, by)
    notes.write(session)
    if fresh:
        detail = {"batch": batch.number, "region": batch.region, "department": batch.department}
        about = f"batch:{batch_id}"
        note(session, actor=by.actor, action="payment.result", about=about, moment=by.moment, detail=detail)
    paid = sum(outcome.paid for outcome in fresh)
    return Applied(paid, len(fresh) - paid, len(file.outcomes) - len(fresh))


def _misfits(outcome: Outcome, rows: Mapping[str, LineRow], batch: Batch, on: date) -> Iterator[LineProblem]:
    row = rows.get(outcome.reference)
    if row is None:
        yield LineProblem(outcome.line, f"付款批次 {batch.number} 里没有付款编号“{outcome.reference}”")
        return
    if row.amount != outcome.amount:
        here = f"银行的是 {format_money(outcome.amount)}，批次里是 {format_money(row.amount)}"
        yield LineProblem(outcome.line, f"金额不同：{here}")
    if row.account_tail != outcome.tail:
        yield LineProblem(outcome.line, f"账号的末四位不同：银行的是 {outcome.tail}，批次里是 {row.account_tail}")
    if outcome.paid and outcome.day is not None:
        assert batch.released_on is not None
        if not batch.released_on <= outcome.day <= on:
            span = f"{format_day(batch.released_on)}到{format_day(on)}"
            yield LineProblem(outcome.line, f"到账日期 {format_day(outcome.day)} 不在{span}之间")
    state = LineState(row.state)
    if state is LineState.PAID and (not outcome.paid or outcome.day != row.paid_on):
        yield LineProblem(outcome.line, "这一笔已经登记到账，不能更改。钱又退回来的，请在追回里办理")
    if state is LineState.RETURNED and outcome.paid:
        yield LineProblem(outcome.line, "这一笔已经登记退回，不能改成到账，请与银行核对")


def _book(session: Session, row: LineRow, outcome: Outcome, by: By, seal: Seal, notes: Notes) -> None:
    how = How(row.reference, notes)
    if outcome.paid:
        assert outcome.day is not None
        settle(session, row.grant_id, outcome.day, by, seal, how=how)
    else:
        perform(session, row.grant_id, Deed.RETURN, by, seal, outcome.reason, how=how)
    row.state = (LineState.PAID if outcome.paid else LineState.RETURNED).value
    row.paid_on = outcome.day if outcome.paid else None
    session.flush()


def _close(session: Session, batch: Batch, file: ResultFile, by: By) -> None:
    """Remember the file, and the batch as settled once the bank has said something of each line."""
    if session.get(ResultRow, (batch.id, file.digest)) is None:
        session.add(
            ResultRow(
                batch_id=batch.id,
                digest=file.digest,
                count=len(file.outcomes),
                total=file.total,
                actor=by.actor,
                moment=by.moment,
            )
        )
        session.flush()
    open_lines = select(LineRow.line).where(LineRow.batch_id == batch.id, LineRow.state == LineState.OPEN.value)
    if session.exec(open_lines).first() is None and batch.state is BatchState.RELEASED:
        settled = {"state": BatchState.SETTLED.value, "revision": col(BatchRow.revision) + 1}
        session.connection().execute(update(BatchRow).where(col(BatchRow.id) == batch.id).values(**settled))


_PAID = frozenset({"成功", "已到账", "到账", "交易成功", "付款成功", "已付款"})
_RETURNED = frozenset({"失败", "退回", "退票", "已退回", "交易失败", "付款失败", "退汇"})


def _outcome(text: str) -> bool:
    if text in _PAID:
        return True
    if text in _RETURNED:
        return False
    raise BadText(f"不知道结果“{text}”是什么意思", "请写“成功”或“退回”")


def _tail(text: str) -> str:
    digits = "".join(character for character in text if character.isdecimal() and character.isascii())
    if len(digits) < 4:
        raise BadText(f"账号“{text}”不到四位数字", "请写账号，或它的末四位")
    return digits[-4:]


def _reason(text: str) -> str:
    return text[:LONGEST_REASON]


_COLUMNS: Mapping[str, Column[object]] = {
    "reference": Column(("付款编号", "业务编号", "客户流水号"), str),
    "amount": Column(("金额", "金额（元）", "交易金额", "交易金额（元）"), read_amount),
    "account": Column(("收款账号", "账号", "账号末四位", "账号尾号"), _tail),
    "outcome": Column(("结果", "交易结果", "状态"), _outcome),
    "day": Column(("到账日期", "交易日期"), parse_day, required=False),
    "reason": Column(("原因", "退回原因", "失败原因", "备注"), _reason, required=False),
}
