"""A booklet as PDF: a first page of lines, then the tables, which break across pages with their headings repeated.

The type is STSong-Light, which every reader of PDF has for Chinese, so no font need be shipped. Equal booklets give
equal bytes. Importing this module loads reportlab: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from enterprises.amounts import format_money
from web.printed.booklets import Booklet, Cell, Column, Kind, Sheet, show_cell

FONT = "STSong-Light"
MARGIN = 36.0
"""Points at each side."""

_WIDTH, _HEIGHT = landscape(A4)
_GREEN, _GREY = colors.HexColor("#14544C"), colors.HexColor("#BFC5C1")


def to_pdf(booklet: Booklet) -> bytes:
    """The booklet as a PDF file of A4 pages lying down."""
    content = BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=(_WIDTH, _HEIGHT),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 12,
        title=booklet.title,
        subject=booklet.subtitle,
        creator="惠企",
        lang="zh-CN",
        invariant=1,
    )
    document.build(list(_story(booklet)), canvasmaker=_numbered(booklet.title))
    return content.getvalue()


def _story(booklet: Booklet) -> Iterator[Flowable]:
    styles = _styles()
    yield Paragraph(escape(booklet.title), styles["title"])
    yield Paragraph(escape(booklet.subtitle), styles["subtitle"])
    yield Spacer(1, 10)
    lines = [
        [
            Paragraph(escape(line.label), styles["cell"]),
            Paragraph(escape(line.text), styles["cell"]),
            Paragraph("" if line.fen is None else escape(format_money(line.fen)), styles["figure"]),
        ]
        for line in booklet.lines
    ]
    yield _table([["项目", "内容", "金额"]], lines, [90, _WIDTH - 2 * MARGIN - 90 - 130, 130])
    for sheet in booklet.sheets:
        if sheet.printed:
            yield PageBreak()
            yield from _sheet(sheet)


def _sheet(sheet: Sheet) -> Iterator[Flowable]:
    styles = _styles()
    yield Paragraph(escape(sheet.title), styles["heading"])
    yield Paragraph(escape(sheet.note), styles["note"])
    yield Spacer(1, 4)
    printed = [number for number, column in enumerate(sheet.columns) if column.printed]
    columns = [sheet.columns[number] for number in printed]
    rows = [[_cell(row[number], sheet.columns[number]) for number in printed] for row in sheet.rows]
    yield _table([[column.heading for column in columns]], rows, _widths(columns))
    if sheet.left_out:
        yield Paragraph(f"另有 {sheet.left_out:,} 条没有列出", styles["note"])


def _cell(cell: Cell, column: Column) -> Paragraph:
    style = _styles()["cell" if column.kind is Kind.TEXT else "figure"]
    return Paragraph(escape(show_cell(cell, column.kind)), style)


def _table(headings: Sequence[Sequence[str]], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> LongTable:
    head = [[Paragraph(escape(text), _styles()["head"]) for text in row] for row in headings]
    table = LongTable([*head, *(list(row) for row in rows)], colWidths=list(widths), repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), _GREEN),
                ("GRID", (0, 0), (-1, -1), 0.4, _GREY),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _widths(columns: Sequence[Column]) -> list[float]:
    """What the columns ask for, made to fit the page."""
    whole = sum(column.share for column in columns)
    return [(_WIDTH - 2 * MARGIN) * column.share / whole for column in columns]


@cache
def _styles() -> dict[str, ParagraphStyle]:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))

    def style(name: str, size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(name, fontName=FONT, fontSize=size, leading=size * 1.4, wordWrap="CJK", **more)

    return {
        "title": style("title", 18, textColor=_GREEN),
        "subtitle": style("subtitle", 11),
        "heading": style("heading", 13, textColor=_GREEN),
        "note": style("note", 8.5, textColor=colors.HexColor("#56605D")),
        "head": style("head", 8, textColor=colors.white),
        "cell": style("cell", 8),
        "figure": style("figure", 8, alignment=TA_RIGHT),
    }


def _numbered(title: str) -> type[Canvas]:
    """A canvas that writes on each page which one of how many it is, once it is known how many there are."""

    class Numbered(Canvas):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 -- its name in reportlab
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            pages = self._pages
            for number, page in enumerate(pages, start=1):
                self.__dict__.update(page)
                self.setFont(FONT, 8)
                self.drawString(MARGIN, MARGIN - 8, title)
                self.drawRightString(_WIDTH - MARGIN, MARGIN - 8, f"第 {number} 页，共 {len(pages)} 页")
                super().showPage()
            super().save()

    return Numbered
