"""The report on a month as sheets: by item, by county, item by county, what is outstanding, and control totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from enterprises.regions import full_name
from recommender.reports.figures import NUMBERS, Figures, total
from recommender.reports.implementation import Report
from recommender.reports.outstanding import Due, Outstanding, Why
from web.printed.booklets import Booklet, Cell, Column, Kind, Line, Sheet

NOWHERE = "不清楚"
"""The county of those of whom it is not known."""

_SHOWN: tuple[tuple[Column, Callable[[Figures], Cell]], ...] = (
    (Column("符合（户）", 9, Kind.COUNT), lambda each: each.eligible),
    (Column("待补充（户）", 9, Kind.COUNT, printed=False), lambda each: each.undetermined),
    (Column("已告知（户）", 9, Kind.COUNT), lambda each: each.told),
    (Column("打开（户）", 9, Kind.COUNT), lambda each: each.opened),
    (Column("查看事项（户）", 9, Kind.COUNT, printed=False), lambda each: each.followed),
    (Column("申报（户）", 9, Kind.COUNT), lambda each: each.applied),
    (Column("认定（户）", 9, Kind.COUNT, printed=False), lambda each: each.recognised),
    (Column("免申候选（户）", 9, Kind.COUNT), lambda each: each.nominated),
    (Column("发放（笔）", 9, Kind.COUNT), lambda each: each.paid),
    (Column("发放金额", 18, Kind.MONEY), lambda each: each.paid_sum),
    (Column("银行退回（笔）", 9, Kind.COUNT, printed=False), lambda each: each.returned),
    (Column("银行退回金额", 18, Kind.MONEY, printed=False), lambda each: each.returned_sum),
    (Column("追回金额", 18, Kind.MONEY), lambda each: each.recovered_sum),
    (Column("净支出", 18, Kind.MONEY, printed=False), lambda each: each.net),
    (Column("到账天数：中位", 9), lambda each: say_days(each.median_days)),
    (Column("到账天数：九成以内", 9), lambda each: say_days(each.p90_days)),
    (Column("诉求（件）", 9, Kind.COUNT), lambda each: each.appeals),
    (Column("答复（次）", 9, Kind.COUNT), lambda each: each.answered),
    (Column("要求重办（次）", 9, Kind.COUNT, printed=False), lambda each: each.reopened),
    (Column("差评（次）", 9, Kind.COUNT), lambda each: each.bad),
)

NAMES = dict(
    zip(
        NUMBERS,
        (
            *("符合", "待补充", "已告知", "打开", "查看事项", "申报", "认定", "免申候选", "发放笔数", "发放金额"),
            *("银行退回笔数", "银行退回金额", "追回金额", "诉求", "答复", "要求重办", "差评"),
        ),
        strict=True,
    )
)
"""What the figures are called."""

MONEY = ("paid_sum", "returned_sum", "recovered_sum")
"""The figures that are sums of money."""

EXPLAINED = (
    "“符合”“待补充”按最近一次全库匹配，不分月份；“已告知”“打开”按本月发出的通知，同一户同一事项只算一次；"
    "“到账天数”从列为候选到到账。金额以台账为准。"
)


def say_days(days: Fraction | int | None) -> str:
    """A number of days, e.g. 12.5 天; a dash where nothing was paid."""
    return "—" if days is None else f"{float(days):g} 天"


def county_name(code: str) -> str:
    """A county by its code, with what it lies in."""
    return full_name(code) if code else NOWHERE


def month_booklet(report: Report, due: Outstanding | None) -> Booklet:
    """The report with its control totals. ``due``: what is outstanding, ``None`` where nobody was matched yet."""
    whole = report.total
    sheets = [_by_item(report), _by_county(report), _cells(report)]
    if due is not None:
        sheets.append(outstanding_sheet(due))
    sheets.append(control_sheet(report))
    return Booklet(
        f"惠企政策落实月报 {report.month.label}",
        _subtitle(report),
        report.month.last,
        _lines(report, whole, due),
        tuple(sheets),
    )


def _subtitle(report: Report) -> str:
    made_up = (
        "（全部是虚构的示例企业，数字不代表实际）" if report.matched is not None and report.matched.made_up else ""
    )
    return f"{report.month.first:%Y-%m-%d} 至 {report.month.last:%Y-%m-%d}{made_up}"


def _lines(report: Report, whole: Figures, due: Outstanding | None) -> tuple[Line, ...]:
    matched = report.matched
    lines = [
        Line("事项", f"{len(report.by_item):,} 项"),
        Line("符合", f"{whole.eligible:,} 户次" if matched else "还没有做过全库匹配"),
        Line("已告知", f"{whole.told:,} 户次，打开 {whole.opened:,}"),
        Line("申报", f"{whole.applied:,} 户次"),
        Line("发放", f"{whole.paid:,} 笔", whole.paid_sum),
        Line("银行退回", f"{whole.returned:,} 笔", whole.returned_sum),
        Line("追回", "按实际收回", whole.recovered_sum),
        Line("净支出", "发放减追回", whole.net),
        Line("到账天数", f"中位 {say_days(whole.median_days)}，九成以内 {say_days(whole.p90_days)}"),
        Line(
            "诉求",
            f"新收 {whole.appeals:,} 件，答复 {whole.answered:,} 次，要求重办 {whole.reopened:,} 次，"
            f"差评 {whole.bad:,} 次",
        ),
    ]
    if due is not None:
        lines.append(Line("应兑未兑", f"{len(due.dues):,} 户次（按 {due.on} 的全库匹配）"))
    return (*lines, Line("口径", EXPLAINED))


def _by_item(report: Report) -> Sheet:
    columns = (Column("事项", 44), Column("部门", 26, printed=False), *_columns())
    rows = tuple(
        (subject.title, "、".join(subject.departments), *_values(figures)) for subject, figures in report.by_item
    )
    return Sheet("分事项", "发放最多的在前", columns, (*rows, ("合计", "", *_values(report.total))))


def _by_county(report: Report) -> Sheet:
    columns = (Column("代码", 10, printed=False), Column("县（区）", 24), *_columns())
    rows = tuple((code, county_name(code), *_values(figures)) for code, figures in report.by_county)
    return Sheet("分县（区）", "按企业所在的县（区）", columns, (*rows, ("", "合计", *_values(report.total))))


def _cells(report: Report) -> Sheet:
    columns = (Column("事项编号", 34), Column("事项", 44), Column("代码", 10), Column("县（区）", 24), *_columns())
    rows = tuple(
        (item, report.subjects[item].title, county, county_name(county), *_values(figures))
        for (item, county), figures in sorted(report.cells.items())
    )
    return Sheet("事项和县（区）", "最细的一层，上面两张表由它相加", columns, rows, printed=False)


def _columns() -> tuple[Column, ...]:
    return tuple(column for column, _ in _SHOWN)


def _values(figures: Figures) -> tuple[Cell, ...]:
    return tuple(show(figures) for _, show in _SHOWN)


def outstanding_sheet(due: Outstanding) -> Sheet:
    """By department and item how many are due what, and why they have not got it."""
    columns = (
        *(Column("部门", 28), Column("事项", 44), Column("共计（户）", 10, Kind.COUNT)),
        *(Column(f"{why.label}（户）", 12, Kind.COUNT) for why in Why),
    )
    rows: list[tuple[Cell, ...]] = [
        (department, title, sum(counts.values()), *(counts[why] for why in Why))
        for department, title, counts in due.by_department
    ]
    counts = [sum(row[place] for row in rows if isinstance(row[place], int)) for place in range(2, 3 + len(Why))]  # type: ignore[misc]
    return Sheet("应兑未兑", f"按 {due.on} 的全库匹配和现在的办理情况", columns, (*rows, ("合计", "", *counts)))


def due_sheet(dues: Sequence[Due], most: int) -> Sheet:
    """Who is due what, one by one."""
    columns = (
        *(Column("部门", 28), Column("事项", 44), Column("统一社会信用代码", 22), Column("企业", 40)),
        *(Column("县（区）", 24), Column("办到哪一步", 22), Column("金额：最少", 16, Kind.MONEY)),
        Column("金额：最多", 16, Kind.MONEY),
    )
    rows = tuple(
        (
            *("、".join(due.subject.departments), due.subject.title, due.credit_code, due.name or ""),
            *(county_name(due.region[:6]), due.why.label),
            *(("由主管部门核定", None) if due.low is None else (due.low, due.high)),
        )
        for due in dues[:most]
    )
    note = "一户一项一行" + (f"；共 {len(dues):,} 行，这里只列前 {most:,} 行" if len(dues) > most else "")
    return Sheet("应兑未兑名单", note, columns, rows)


def control_sheet(report: Report) -> Sheet:
    """That the sums over items and over counties are the whole, to the 分."""
    columns = (
        Column("项目", 18),
        *(Column(heading, 20) for heading in ("各事项相加", "各县（区）相加", "逐格相加", "核对")),
    )
    ways = (
        total([figures for _, figures in report.by_item]),
        total([figures for _, figures in report.by_county]),
        report.total,
    )
    rows = tuple(
        (NAMES[name], *(_said(name, getattr(way, name)) for way in ways), "一致" if _same(name, ways) else "不一致")
        for name in NUMBERS
    )
    return Sheet("核对", "三种加法必须相等，金额到分", columns, rows)


def _same(name: str, ways: Sequence[Figures]) -> bool:
    return len({getattr(way, name) for way in ways}) == 1


def _said(name: str, number: int) -> str:
    if name not in MONEY:
        return f"{number:,}"
    return f"{'-' if number < 0 else ''}{abs(number) // 100:,}.{abs(number) % 100:02} 元"
