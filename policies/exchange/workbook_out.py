"""The library as a workbook: texts, dates, departments and every figure in cells that can be changed in Excel."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from enterprises.dictionary import Dictionary
from policies.benefit_wording import say_benefit
from policies.exchange.columns import DOCUMENT_COLUMNS, DOCUMENTS, FIGURES, ITEM_COLUMNS, ITEMS, figures
from policies.items import Document, Item
from policies.wording import say

if TYPE_CHECKING:
    import xlsxwriter

LONGEST_CELL = 32_000
"""Characters; Excel holds 32,767."""

_HELP = (
    "在这里改，保存后从“导出和导入”传回去，改过的事项会变成草稿，审核后才发布。",
    "“文件”“事项”：改文字、日期、部门、联系方式。材料、步骤、部门、发文机关一行一个（Alt+Enter 换行）。",
    "“条件和金额”：改“现在的值”一列。条件、金额、样例里的数都在这里；改了门槛，记得把样例也改过来。",
    "灰色的列用来对位置，不要改。删掉一行不会删掉内容；增加条件、样例或新的事项，请用网页上的编辑器。",
    "日期写成 2024-06-30，最后一天当天也算。金额连单位写，例如 100万元。",
)


def write_workbook(items: Iterable[Item], documents: Mapping[str, Document], dictionary: Dictionary) -> bytes:
    """An .xlsx of these items with their documents as they are now."""
    import xlsxwriter

    packed, listed = io.BytesIO(), tuple(items)
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    _Sheet(book, "说明", ("怎么用",), (110,)).rows([(line,) for line in _HELP])
    used = {item.document.id: documents.get(item.document.id, item.document) for item in listed}
    _Sheet(
        book, DOCUMENTS, ("编号", *(column.heading for column in DOCUMENT_COLUMNS)), (30, 40, *(18,) * 12), fixed=(0,)
    ).rows([(name, *(column.show(each.source) for column in DOCUMENT_COLUMNS)) for name, each in used.items()])
    headings = ("编号", "版本", *(column.heading for column in ITEM_COLUMNS), "条件的意思", "优惠的意思")
    last = len(headings) - 1
    _Sheet(book, ITEMS, headings, (30, 8, 36, *(18,) * (last - 4), 60, 60), fixed=(0, 1, last - 1, last)).rows(
        [
            (
                item.id,
                str(item.version),
                *(column.show(item.source) for column in ITEM_COLUMNS),
                say(item.rule, dictionary),
                "\n".join(say_benefit(item.benefit, dictionary)),
            )
            for item in listed
        ]
    )
    _Sheet(book, FIGURES, ("事项编号", "是什么", "现在的值", "位置"), (30, 70, 24, 50), fixed=(0, 1, 3)).rows(
        [
            (item.id, figure.meaning, figure.value, figure.locator)
            for item in listed
            for figure in figures(item, dictionary)
        ]
    )
    book.close()
    return packed.getvalue()


class _Sheet:
    """A sheet with a line of headings; the ``fixed`` columns are grey, since nobody should change them."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        name: str,
        headings: Sequence[str],
        widths: Sequence[int],
        fixed: Sequence[int] = (),
    ) -> None:
        self._sheet = book.add_worksheet(name)
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        grey = book.add_format({"font_color": "#666666", "bg_color": "#eeeeee", "text_wrap": True, "valign": "top"})
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self._formats = [grey if number in fixed else plain for number in range(len(headings))]
        self._sheet.freeze_panes(1, 1 if len(headings) > 1 else 0)
        for number, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            self._sheet.set_column(number, number, width, self._formats[number])
            self._sheet.write_string(0, number, heading, bold)

    def rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Write these rows: every cell a text, whatever it begins with."""
        for row, cells in enumerate(rows, start=1):
            for column, text in enumerate(cells):
                if text:
                    self._sheet.write_string(row, column, text[:LONGEST_CELL], self._formats[column])
