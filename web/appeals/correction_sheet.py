"""The list of those who were misjudged as a workbook: texts are written as text, amounts in 元 as numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from enterprises.calendar import format_day, format_moment
from enterprises.regions import full_name
from recommender.corrections.judged import LABELS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from recommender.corrections.consequences import Consequences
    from recommender.corrections.corrections import Correction, Listed

COLUMNS = (
    ("企业", 36),
    ("统一社会信用代码", 22),
    ("地区", 24),
    ("错在哪里", 14),
    ("原来的判断", 12),
    ("更正后的判断", 12),
    ("原来的金额下限（元）", 20),
    ("原来的金额上限（元）", 20),
    ("更正后金额下限（元）", 20),
    ("更正后金额上限（元）", 20),
    ("推送过", 20),
    ("站内告知过", 12),
    ("自报已申请", 12),
    ("免申即享", 30),
    ("已经到账（元）", 18),
)


def correction_sheet(correction: Correction, title: str, listed: Sequence[tuple[Listed, Consequences]]) -> bytes:
    """Who was misjudged, one a row, under what was compared."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("判断有误的企业")
        versions = f"第 {correction.old_version} 版（有误）与第 {correction.new_version} 版（更正后）比较"
        sheet.write_string(0, 0, f"{title}：{versions}", bold)
        day, rows = format_day(correction.on), correction.rows
        sheet.write_string(1, 0, f"按 {day} 判断，企业库快照 {rows:,} 家，共 {len(listed):,} 家判断有误")
        for place, (heading, width) in enumerate(COLUMNS):
            sheet.set_column(place, place, width)
            sheet.write_string(3, place, heading, bold)
        sheet.freeze_panes(4, 0)
        for row, (each, became) in enumerate(listed, start=4):
            _write(sheet, row, each, became, money)
    return content.getvalue()


def _write(sheet: Worksheet, row: int, each: Listed, became: Consequences, money: Format) -> None:
    one = each.misjudged
    texts = (
        each.name or "",
        one.credit_code,
        full_name(each.region) if each.region else "",
        one.wrong.label,
        LABELS[one.before.verdict],
        LABELS[one.after.verdict],
    )
    for place, text in enumerate(texts):
        sheet.write_string(row, place, text)
    for place, fen in enumerate((one.before.low, one.before.high, one.after.low, one.after.high), start=len(texts)):
        if fen is not None:
            sheet.write_number(row, place, _yuan(fen), money)
    said = (
        format_moment(became.pushed) if became.pushed else "",
        "是" if became.told else "",
        "是" if became.applied else "",
        "；".join(grant.state.label for grant in became.grants),
    )
    for place, text in enumerate(said, start=len(texts) + 4):
        sheet.write_string(row, place, text)
    if became.paid:
        sheet.write_number(row, len(COLUMNS) - 1, _yuan(became.paid), money)


def _yuan(fen: int) -> float:
    return float(Decimal(fen) / 100)
