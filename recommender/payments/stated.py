"""A list of stated amounts (核定金额清单): what an office set for enterprises by a rule that the policy refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from enterprises import credit_code
from enterprises.amounts import format_money
from enterprises.imports.cells import parse_day, parse_money
from enterprises.source_text import BadText
from recommender.grants.entitlement import Stated
from recommender.grants.states import MOST
from recommender.payments.sheets import BadList, Column, LineProblem, TableLine, read_table, repeated

LONGEST_WORDS = 500
"""Characters of how an amount was computed, or of the office's name."""


@dataclass(frozen=True, slots=True)
class StatedLine:
    """What one enterprise is to have, in 分; ``position``: the place in the list, from 1; ``day``: to order by."""

    credit_code: str
    position: int
    amount: int
    steps: tuple[str, ...]
    office: str
    day: date | None

    @property
    def stated(self) -> Stated:
        return Stated(self.amount, self.steps, self.office)


@dataclass(frozen=True, slots=True)
class StatedList:
    """The whole list, with the digest of its file."""

    lines: tuple[StatedLine, ...]
    digest: str

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


def read_stated(path: Path, count: int, total: int) -> StatedList:
    """The list in a .csv or .xlsx file, which must come to the control figures of whoever sends it.

    Amounts are in 元 where they say no unit. Raises ``BadList`` with every mistake.
    """
    lines, digest = read_table(path, _COLUMNS)
    problems = repeated(lines, "credit_code", "统一社会信用代码")
    if problems:
        raise BadList(problems)
    found = StatedList(tuple(_line(line, number) for number, line in enumerate(lines, start=1)), digest)
    if (found.count, found.total) != (count, total):
        here = f"清单里是 {found.count} 家、{format_money(found.total)}"
        raise BadList([LineProblem(0, f"{here}，填写的是 {count} 家、{format_money(total)}，请核对")])
    return found


def _line(line: TableLine, position: int) -> StatedLine:
    cells = cast(Mapping[str, Any], line.cells)
    steps = tuple(step.strip() for step in cells["steps"].replace("\n", "；").split("；") if step.strip())
    return StatedLine(cells["credit_code"], position, cells["amount"], steps, cells["office"], cells["day"])


def read_code(text: str) -> str:
    """A unified social credit code. Raises ``BadText``."""
    try:
        return credit_code.check(credit_code.compact(text))
    except credit_code.InvalidCreditCode as error:
        raise BadText(str(error), "请核对营业执照上的统一社会信用代码") from None


def read_amount(text: str) -> int:
    """An amount above zero in 分; bare figures are 元. Raises ``BadText``."""
    amount = parse_money(text, "元")
    if not 0 < amount < MOST:
        raise BadText(f"金额“{text}”不能发放", "金额要大于零，请核对数字和单位")
    return amount


def _words(text: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise BadText(f"文字有 {len(text)} 个字符，过长", f"请缩短到 {LONGEST_WORDS} 个字符以内")
    return text


_COLUMNS: Mapping[str, Column[object]] = {
    "credit_code": Column(("统一社会信用代码", "信用代码"), read_code),
    "amount": Column(("金额", "金额（元）", "核定金额", "核定金额（元）"), read_amount),
    "steps": Column(("算法", "计算过程", "核定依据"), _words),
    "office": Column(("核定单位", "单位"), _words),
    "day": Column(("日期", "申请日期", "登记日期"), parse_day, required=False),
}
