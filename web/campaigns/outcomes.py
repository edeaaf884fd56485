"""What became of campaigns, as charts, tables and a workbook; the figures are those of ``recommender.campaigns``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from enterprises.amounts import format_ratio
from policies.library import Library
from recommender.campaigns.tallies import DEFINITIONS, Tally
from web.campaigns import choices
from web.campaigns.channels import label
from web.charts import Bar, Bars, bars
from web.printed.booklets import Booklet, Cell, Column, Kind, Line, Sheet, to_excel

if TYPE_CHECKING:
    from recommender.campaigns.statistics import OfOne, Statistics

MOST_BARS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is of, in words, and its figures."""

    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one dimension. ``unit``: what is counted in it."""

    title: str
    head: str
    unit: str
    rows: tuple[Row, ...]
    total: Tally


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Everything that the page shows. ``funnel`` is of enterprises."""

    total: Tally
    tables: tuple[Table, ...]
    charts: tuple[Bars, ...]


def show(found: Statistics, library: Library, titles: Mapping[int, str]) -> Outcomes:
    """Statistics with names in the place of ids. ``titles``: of the campaigns."""

    def item(key: str) -> str:
        return library.items[key].title if key in library.items else key

    tables = (
        *(
            (_table("按推送", "推送", "家企业", found.by_campaign, lambda key: titles.get(int(key), key)),)
            if len(titles) > 1
            else ()
        ),
        _table("按事项", "事项", "条（事项 × 企业）", found.by_item, item),
        _table("按地区", "地区", "家企业", found.by_region, choices.region_name),
        _table("按渠道", "渠道", "条消息", found.by_channel, label),
    )
    return Outcomes(found.enterprises, tables, (_funnel(found.enterprises), *map(_reach, tables)))


def _table(title: str, head: str, unit: str, rows: tuple[OfOne, ...], name: Callable[[str], str]) -> Table:
    named = tuple(Row(name(row.key), row.tally) for row in rows)
    return Table(title, head, unit, named, sum((row.tally for row in named), Tally()))


STEPS: tuple[tuple[str, Callable[[Tally], int]], ...] = (
    ("计划", lambda tally: tally.planned),
    ("已发出", lambda tally: tally.sent),
    ("已送达", lambda tally: tally.delivered),
    ("已打开", lambda tally: tally.opened),
    ("已查看", lambda tally: tally.followed),
    ("已申报", lambda tally: tally.applied),
)


def _funnel(tally: Tally) -> Bars:
    rows = [Bar(name, count(tally), f"{count(tally):,} 家") for name, count in STEPS]
    return bars("从计划到申报", rows, "按企业计数，一家企业一次。", ("到了哪一步", "企业"))


def _reach(table: Table) -> Bars:
    """Reach by rows, in tenths of a per cent so that bars are whole numbers; the text says it exactly."""
    rows = sorted(table.rows, key=lambda row: -(row.tally.reach or 0))[:MOST_BARS]
    drawn = [Bar(row.name, _tenths(row.tally.reach), say_rate(row.tally.reach, row.tally)) for row in rows]
    note = f"已送达 ÷ 计划。只画最高的 {MOST_BARS} 个。" if len(table.rows) > MOST_BARS else "已送达 ÷ 计划。"
    return bars(f"触达率，{table.title}", drawn, note, (table.head, "触达率"))


def _tenths(rate: Fraction | None) -> int | None:
    return None if rate is None else round(rate * 1000)


def say_rate(rate: Fraction | None, tally: Tally | None = None) -> str:
    """A rate as people read it, to a tenth of a per cent; with the counts that it comes from where they are given."""
    if rate is None:
        return "—"
    said = format_ratio(Fraction(round(rate * 1000), 1000))
    return f"{said}（{tally.delivered:,}／{tally.planned:,}）" if tally else said


COUNTS = ("计划", "已发出", "等待", "不再发送", "失败", "已送达", "已打开", "已查看", "已申报")
RATES = ("触达率", "打开率", "查看率", "申报率")


def counts(tally: Tally) -> tuple[int, ...]:
    """The figures of a row, in the order of ``COUNTS``."""
    return (
        tally.planned,
        tally.sent,
        tally.waiting,
        tally.skipped,
        tally.failed,
        tally.delivered,
        tally.opened,
        tally.followed,
        tally.applied,
    )


def rates(tally: Tally) -> tuple[Fraction | None, ...]:
    """The rates of a row, in the order of ``RATES``."""
    return (tally.reach, tally.opening, tally.following, tally.uptake)


def workbook(outcomes: Outcomes, title: str, place: str, day: date) -> bytes:
    """The tables as an .xlsx file, each with its control total in the last row."""
    lines = [Line(name, what) for name, what in DEFINITIONS]
    controls = [
        Line(f"控制数：{table.title}", f"{len(table.rows)} 行，计划合计 {table.total.planned:,} {table.unit}")
        for table in outcomes.tables
    ]
    sheets = tuple(map(_sheet, outcomes.tables))
    return to_excel(Booklet("推送成效", f"{title}（{place}）", day, (*lines, *controls), sheets))


def _sheet(table: Table) -> Sheet:
    columns = (
        Column(table.head, 44),
        *(Column(name, 11, Kind.COUNT) for name in COUNTS),
        *(Column(name, 11, Kind.SHARE) for name in RATES),
    )
    rows = tuple(_cells(row.name, row.tally) for row in table.rows)
    note = f"单位：{table.unit}。最后一行是合计。"
    return Sheet(table.title, note, columns, (*rows, _cells("合计", table.total)))


def _cells(name: str, tally: Tally) -> tuple[Cell, ...]:
    return (name, *counts(tally), *rates(tally))


def lines_of(table: Table) -> Iterator[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """The rows of a table as a page shows them, its total last."""
    for row in (*table.rows, Row("合计", table.total)):
        yield row.name, counts(row.tally), tuple(map(say_rate, rates(row.tally)))
