"""The ledger as a workbook: what is text is written as text, amounts in 元 as numbers.

Importing this module loads xlsxwriter: import it where it is used.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from xlsxwriter import Workbook

from enterprises.calendar import format_day, format_moment
from recommender.payments.ledger import Entry, Sum

HEADINGS = (
    "条号",
    "日期",
    "类别",
    "企业",
    "统一社会信用代码",
    "事项",
    "地区",
    "部门",
    "金额（元）",
    "变动（元）",
    "累计（元）",
    "原因",
    "登记时间",
)
SUMS = ("{}", "笔数", "发放（元）", "追回（元）", "净额（元）")

_WIDTHS = (8, 16, 10, 36, 22, 36, 24, 28, 16, 16, 18, 40, 22)


def ledger_xlsx(
    entries: Iterable[Entry],
    sums: Sequence[tuple[str, Sum]],
    by: str,
    names: Callable[[Entry], tuple[str, str, str]],
) -> bytes:
    """The entries on one sheet, the sums by ``by`` on another. ``names``: of the enterprise, item and region."""
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("台账")
        sheet.freeze_panes(1, 0)
        for place, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, bold)
        for row, entry in enumerate(entries, start=1):
            name, item, region = names(entry)
            about = entry.about
            texts = (format_day(entry.day), entry.kind.label, name, about.credit_code, item, region, about.department)
            sheet.write_number(row, 0, entry.number)
            for place, text in enumerate(texts, start=1):
                sheet.write_string(row, place, text)
            for place, fen in enumerate((entry.amount, entry.change, entry.balance), start=1 + len(texts)):
                sheet.write_number(row, place, _yuan(fen), money)
            sheet.write_string(row, len(HEADINGS) - 2, entry.reason)
            sheet.write_string(row, len(HEADINGS) - 1, format_moment(entry.moment))
        added = book.add_worksheet("合计")
        added.set_column(0, 0, 40)
        added.set_column(1, 4, 18)
        for place, heading in enumerate(SUMS):
            added.write_string(0, place, heading.format(by), bold)
        total = [sum(values) for values in zip(*(_figures(one) for _, one in sums), strict=True)] or [0, 0, 0, 0]
        for row, (label, figures) in enumerate(
            [*((name, _figures(one)) for name, one in sums), ("合计", total)], start=1
        ):
            added.write_string(row, 0, label)
            added.write_number(row, 1, figures[0])
            for place, fen in enumerate(figures[1:], start=2):
                added.write_number(row, place, _yuan(fen), money)
    return content.getvalue()


def _figures(one: Sum) -> list[int]:
    return [one.count, one.paid, one.recovered, one.net]


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
