"""The payment file (付款文件) of a batch, as CSV and as Excel: a pure function of what is in the database.

The same batch gives the same bytes whenever it is asked for, and what it gave when it was made is known by its digest:
a file that was lost is written again, and one that differs is never handed out.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from enterprises.imports.rejects import escaped
from enterprises.sealing import Seal
from recommender.grants.account import Account, open_account
from recommender.grants.states import Refused
from recommender.payments.batches import Batch, BatchState, load_batch
from recommender.payments.tables import LineRow

HASH_DIGITS = 12
"""The hash total is the sum of all account numbers, and of it so many digits from the right."""

HEADINGS = ("付款编号", "收款户名", "收款账号", "开户行", "金额（元）", "用途", "统一社会信用代码")
_WIDTHS = (20, 36, 26, 36, 16, 40, 22)
_BORN = datetime(2000, 1, 1)


class DamagedBatch(RuntimeError):
    """The lines of a batch are no longer those that were made; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One line as the bank gets it; ``amount`` in 分."""

    reference: str
    account: Account
    amount: int
    purpose: str
    credit_code: str

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under each of the headings."""
        account = self.account
        yuan = f"{self.amount // 100}.{self.amount % 100:02}"
        return (self.reference, account.holder, account.number, account.bank, yuan, self.purpose, self.credit_code)


@dataclass(frozen=True, slots=True)
class Control:
    """Control totals: how many lines, their sum in 分, and the hash total of the account numbers."""

    count: int
    total: int
    hash_total: str


def control_of(payments: Sequence[Payment]) -> Control:
    """The control totals of some lines."""
    numbers = sum(int(payment.account.number) for payment in payments)
    digits = str(numbers % 10**HASH_DIGITS).zfill(HASH_DIGITS)
    return Control(len(payments), sum(payment.amount for payment in payments), digits)


def load_payments(session: Session, batch_id: str, seal: Seal) -> tuple[Payment, ...]:
    """The lines of a batch with their accounts. Raises ``CannotOpen``."""
    rows = session.exec(select(LineRow).where(LineRow.batch_id == batch_id).order_by(col(LineRow.line)))
    return tuple(payment_of(row, seal) for row in rows)


def payment_of(row: LineRow, seal: Seal) -> Payment:
    """A line with its account. Raises ``CannotOpen``."""
    return Payment(row.reference, open_account(row.account, seal), row.amount, row.purpose, row.credit_code)


def released(session: Session, batch_id: str, seal: Seal) -> tuple[Batch, tuple[Payment, ...]]:
    """A batch that the bank may have, with its lines, as they were made.

    Raises ``NoSuchBatch``, ``Refused`` before it is released and ``DamagedBatch``.
    """
    batch, payments = load_batch(session, batch_id), load_payments(session, batch_id, seal)
    if batch.state not in (BatchState.RELEASED, BatchState.SETTLED):
        raise Refused(f"这个付款批次现在是“{batch.state.label}”，没有付款文件。要由另一位财务人员复核放行")
    if hashlib.sha256(to_csv(batch.number, payments)).hexdigest() != batch.digest:
        raise DamagedBatch(f"付款批次 {batch.number} 的内容与拟定时不一致，不能付款，请查明原因")
    return batch, payments


def payment_csv(session: Session, batch_id: str, seal: Seal) -> bytes:
    """The payment file as CSV. Raises as ``released`` does."""
    batch, payments = released(session, batch_id, seal)
    return to_csv(batch.number, payments)


def payment_xlsx(session: Session, batch_id: str, seal: Seal) -> bytes:
    """The payment file as a workbook. Raises as ``released`` does."""
    batch, payments = released(session, batch_id, seal)
    return to_xlsx(batch.number, payments)


def to_csv(number: str, payments: Sequence[Payment]) -> bytes:
    """UTF-8 with BOM; texts that begin like a formula are made harmless. The last line has the control totals."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([escaped(cell) for cell in payment.cells] for payment in payments)
    writer.writerow(_last_line(number, control_of(payments)))
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(number: str, payments: Sequence[Payment]) -> bytes:
    """A workbook in which all that is text is text, whatever it begins with; account numbers keep all their digits."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _BORN})
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00", "align": "right"})
        sheet = book.add_worksheet("付款")
        sheet.freeze_panes(1, 0)
        for place, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, bold)
        lines = [payment.cells for payment in payments]
        for row, cells in enumerate([*lines, _last_line(number, control_of(payments))], start=1):
            for place, cell in enumerate(cells):
                if place == _AMOUNT:
                    sheet.write_number(row, place, Decimal(cell), money)
                else:
                    sheet.write_string(row, place, cell)
    return content.getvalue()


_AMOUNT = HEADINGS.index("金额（元）")


def _last_line(number: str, control: Control) -> tuple[str, ...]:
    total = f"{control.total // 100}.{control.total % 100:02}"
    return (f"合计 {number}", "", f"账号校验和 {control.hash_total}", "", total, f"共 {control.count} 笔", "")
