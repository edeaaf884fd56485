"""Booklets: a few pages about what they are, then tables, as an Excel file or as HTML that prints well on A4.

Both come from the same cells, so they cannot differ. In Excel money is a number of 元 with a format, days are days, and
whatever is a text is written as a text: a name that looks like a formula is only a name. The HTML is one file without
scripts, which loads nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from io import BytesIO
from typing import TYPE_CHECKING

from enterprises.amounts import YUAN, format_money, format_ratio
from enterprises.calendar import format_day
from policies.items import Item
from policies.library import Library

if TYPE_CHECKING:
    from jinja2 import Environment
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | Fraction | date | None
"""``None`` stays empty. A text may stand in any column, e.g. 不封顶 in one of money."""


class Kind(Enum):
    """What the cells of a column are; the value is the number format of Excel."""

    TEXT = "@"
    MONEY = "#,##0.00"
    COUNT = "#,##0"
    DAY = 'yyyy"年"m"月"d"日"'
    SHARE = "0.0%"


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in characters, of which a Chinese one takes two. ``printed``: whether it is part of the HTML."""

    heading: str
    width: int
    kind: Kind = Kind.TEXT
    printed: bool = True

    @property
    def share(self) -> int:
        """Its part of the width of a page: paper is narrow, so no column may take much, and none too little."""
        return min(max(self.width, _NARROWEST), _WIDEST)


_NARROWEST, _WIDEST = 11, 34


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``note`` says what is in it; ``left_out``: rows that there are, but which are not listed here.

    ``printed``: whether it is part of the HTML.
    """

    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    printed: bool = True

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.title} has not as many cells as the table has columns")

    @property
    def count(self) -> int:
        return len(self.rows) + self.left_out


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the first page; ``fen``: the figure in 分 where it is an amount."""

    label: str
    text: str
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Booklet:
    """``day``: the day that everything in it is as of."""

    title: str
    subtitle: str
    day: date
    lines: tuple[Line, ...]
    sheets: tuple[Sheet, ...]


CAVEAT = (
    "本册由系统按政策库和所掌握的企业信息计算得出，供参考。能否享受、金额多少，须经主管部门核实，以主管部门认定为准。"
)


def made_by(library: Library) -> tuple[Line, ...]:
    """The lines on what a booklet was made from."""
    return (
        Line(
            "政策库",
            f"{len(library.documents)} 份文件、{len(library.published)} 个事项，内容指纹 {fingerprint(library)}",
        ),
        Line("程序版本", f"huiqi {version('huiqi')}"),
        Line("重要提示", CAVEAT),
    )


def fingerprint(library: Library) -> str:
    """Twelve characters that differ whenever a published item does."""
    items = "\n".join(sorted(f"{item.id} {item.version} {item.digest}" for item in library.published))
    return hashlib.sha256(items.encode()).hexdigest()[:12]


def versions(items: Iterable[Item]) -> Sheet:
    """The sheet that says which version of each item was judged."""
    columns = (
        *(Column("事项编号", 40), Column("版本", 8, Kind.COUNT), Column("内容指纹", 18)),
        *(Column("事项", 40), Column("文件", 48), Column("文号", 24)),
    )
    rows = tuple(
        (item.id, item.version, item.digest[:12], item.title, item.document.title, item.document.number or "无文号")
        for item in items
    )
    return Sheet("政策库版本", "判断所用的每个事项的版本", columns, rows, printed=False)


# -------------------------------------------------------------------------------------------- Excel


def to_excel(booklet: Booklet) -> bytes:
    """The booklet as an .xlsx file; equal booklets give equal bytes."""
    from xlsxwriter import Workbook

    content = BytesIO()
    workbook = Workbook(content, {"in_memory": True})
    midnight = datetime.combine(booklet.day, time())
    workbook.set_properties({"title": f"{booklet.title} {booklet.subtitle}", "comments": CAVEAT, "created": midnight})
    styles = _Styles(workbook)
    _write_cover(workbook.add_worksheet("说明"), booklet, styles)
    for sheet in booklet.sheets:
        _write_sheet(workbook.add_worksheet(sheet.title), sheet, styles)
    workbook.close()
    return content.getvalue()


_LONGEST = 32_767
"""Characters that a cell of Excel can hold."""


class _Styles:
    """The formats of a workbook."""

    def __init__(self, workbook: Workbook) -> None:
        plain = {"valign": "top", "border": 1, "border_color": "#BFC5C1"}
        self.title = workbook.add_format({"bold": True, "font_size": 18, "font_color": "#14544C"})
        self.subtitle = workbook.add_format({"font_size": 13})
        self.heading = workbook.add_format(
            {**plain, "bold": True, "text_wrap": True, "bg_color": "#14544C", "font_color": "#FFFFFF"}
        )
        self.remark = workbook.add_format({"italic": True, "font_color": "#56605D"})
        self.kinds = {
            kind: workbook.add_format({**plain, "num_format": kind.value, "text_wrap": kind is Kind.TEXT})
            for kind in Kind
        }


def _write_cover(worksheet: Worksheet, booklet: Booklet, styles: _Styles) -> None:
    for column, width in enumerate((24, 80, 22)):
        worksheet.set_column(column, column, width)
    worksheet.write_string(0, 0, booklet.title, styles.title)
    worksheet.write_string(1, 0, booklet.subtitle, styles.subtitle)
    for column, heading in enumerate(("项目", "内容", "金额（元）")):
        worksheet.write_string(3, column, heading, styles.heading)
    about = [Line(sheet.title, _about(sheet)) for sheet in booklet.sheets]
    for row, line in enumerate((*booklet.lines, *about), start=4):
        _write(worksheet, row, 0, line.label, Kind.TEXT, styles)
        _write(worksheet, row, 1, line.text, Kind.TEXT, styles)
        _write(worksheet, row, 2, line.fen, Kind.MONEY, styles)
    _lay_out(worksheet, booklet, frozen=4)


def _about(sheet: Sheet) -> str:
    listed = f"，这里列出前 {len(sheet.rows):,} 条" if sheet.left_out else ""
    return f"共 {sheet.count:,} 条{listed}。{sheet.note}"


def _write_sheet(worksheet: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    for number, column in enumerate(sheet.columns):
        worksheet.set_column(number, number, column.width)
        unit = "（元）" if column.kind is Kind.MONEY else ""
        worksheet.write_string(0, number, column.heading + unit, styles.heading)
    for row, cells in enumerate(sheet.rows, start=1):
        for number, (cell, column) in enumerate(zip(cells, sheet.columns, strict=True)):
            _write(worksheet, row, number, cell, column.kind, styles)
    if sheet.left_out:
        worksheet.write_string(len(sheet.rows) + 1, 0, left_out(sheet), styles.remark)
    if sheet.rows:
        worksheet.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    worksheet.freeze_panes(1, 1)
    worksheet.set_landscape()
    worksheet.set_paper(_A4)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_footer("&L&A&R第 &P 页，共 &N 页")


def left_out(sheet: Sheet) -> str:
    """What is said below a table that does not list everything."""
    return f"另有 {sheet.left_out:,} 条没有列出，可用 --most 多列一些"


_A4 = 9


def _lay_out(worksheet: Worksheet, booklet: Booklet, frozen: int) -> None:
    worksheet.freeze_panes(frozen, 0)
    worksheet.set_paper(_A4)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_footer(f"&L{booklet.title.replace('&', '&&')}&R第 &P 页，共 &N 页")


def _write(worksheet: Worksheet, row: int, column: int, cell: Cell, kind: Kind, styles: _Styles) -> None:
    """One cell by what it is. Texts go through ``write_string`` alone, which never makes formulas or links of them."""
    style: Format = styles.kinds[kind]
    match cell:
        case None:
            worksheet.write_blank(row, column, None, style)
        case str():
            worksheet.write_string(row, column, cell[:_LONGEST], styles.kinds[Kind.TEXT])
        case date():
            worksheet.write_datetime(row, column, datetime.combine(cell, time()), style)
        case _:
            worksheet.write_number(row, column, float(Fraction(cell, YUAN) if kind is Kind.MONEY else cell), style)


# --------------------------------------------------------------------------------------------- HTML


def to_html(booklet: Booklet) -> str:
    """The booklet as HTML for printing on A4."""
    return _templates().get_template("print/booklet.html").render(booklet=booklet, show=show_cell, left_out=left_out)


def render(template: str, **values: object) -> str:
    """Another page for printing, of ``templates/print``."""
    return _templates().get_template(f"print/{template}").render(**values)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["day"] = format_day
    environment.filters["money"] = format_money
    return environment


def show_cell(cell: Cell, kind: Kind) -> str:
    """A cell as people read it: money in 元, 万元 or 亿元."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case date():
            return format_day(cell)
        case _ if kind is Kind.MONEY:
            return format_money(int(cell))
        case _ if kind is Kind.SHARE:
            return format_ratio(Fraction(cell))
        case _:
            return f"{int(cell):,}"


def join(texts: Iterable[str]) -> str:
    """Several sentences in one cell, a line each."""
    return "\n".join(_told(texts))


def _told(texts: Iterable[str]) -> Iterator[str]:
    yield from (text for text in texts if text)
