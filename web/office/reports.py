"""Reports (报表): how policies are carried out, month by month, and who is still due what (应兑未兑)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug import Response as Answer

from enterprises.calendar import format_moment
from enterprises.source_text import BadText
from recommender.reports.month import Month, parse_month
from web import errands
from web.accounts.visitor import Duty
from web.charts import Bar, Bars, bars
from web.office.snapshot import REFRESH
from web.pages import settings, stored, visitor
from web.printed.simulation_words import money

if TYPE_CHECKING:
    from recommender.reports.implementation import Report
    from recommender.reports.outstanding import Due, Outstanding

pages = Blueprint("reports", __name__, url_prefix="/office/reports")

DUTIES = (Duty.AUDITOR, Duty.APPROVER, Duty.ADMINISTRATOR, Duty.OPERATOR, Duty.FINANCE)
"""Who reads reports."""

MOST_BARS = 12
MONTHS = 24
"""So many months back can be chosen."""

SHOWN = 100
"""So many of those who are due something are shown; the Excel file has more."""

MOST_ROWS = 100_000
"""So many rows has the list as an Excel file."""

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("")
def show() -> str | tuple[str, int]:
    """The report on a month, the present one where none is asked for."""
    from web.printed.report_sheets import EXPLAINED, county_name, say_days

    now = Month.of(settings().day())
    month, mistake = _asked(now)
    report = _report(month)
    page = render_template(
        "report_month.html",
        report=report,
        month=month,
        months=_months(now),
        mistake=mistake,
        charts=_charts(report),
        items=[(subject.title, figures) for subject, figures in report.by_item],
        counties=[(county_name(code), figures) for code, figures in report.by_county],
        days=say_days,
        explained=EXPLAINED,
    )
    return (page, 422) if mistake else page


@pages.get("/<month>.xlsx")
def excel(month: str) -> Response:
    """The report as an Excel file."""
    from web.printed.booklets import to_excel
    from web.printed.report_sheets import month_booklet

    asked = _month(month)
    return _file(to_excel(month_booklet(_report(asked), _outstanding())), _EXCEL, f"惠企政策落实月报-{asked}.xlsx")


@pages.get("/<month>.pdf")
def pdf(month: str) -> Response:
    """The report as a PDF file."""
    from web.printed.report_pdf import to_pdf
    from web.printed.report_sheets import month_booklet

    asked = _month(month)
    content = to_pdf(month_booklet(_report(asked), _outstanding()))
    return _file(content, "application/pdf", f"惠企政策落实月报-{asked}.pdf")


@pages.get("/outstanding")
def show_outstanding() -> Response:
    """应兑未兑: by department and item, and one by one."""
    from enterprises.errands import errand
    from recommender.reports.outstanding import Why
    from web.printed.report_sheets import county_name

    found = _outstanding()
    dues = () if found is None else _chosen(found)
    with stored().reading() as database:
        under_way = errand(database, _matching(), settings().now())
    response = make_response(
        render_template(
            "report_outstanding.html",
            found=found,
            dues=dues[:SHOWN],
            count=len(dues),
            whys=tuple(Why),
            asked=request.args,
            errand=under_way,
            moment=format_moment,
            county=county_name,
        )
    )
    if under_way is not None and under_way.running:
        response.headers["Refresh"] = REFRESH
    return response


@pages.get("/outstanding.xlsx")
def outstanding_excel() -> Response:
    """The list as an Excel file."""
    from web.printed.booklets import Booklet, Line, to_excel
    from web.printed.report_sheets import due_sheet, outstanding_sheet

    found = _outstanding()
    if found is None:
        abort(404)
    made_up = "企业全部是虚构的示例，数字不代表实际" if found.made_up else "按企业库快照逐户判断"
    dues = _chosen(found)
    lines = (Line("共计", f"{len(dues):,} 户次"), Line("数据", made_up))
    sheets = (outstanding_sheet(found), due_sheet(dues, MOST_ROWS))
    booklet = Booklet("应兑未兑", f"按 {found.on} 的全库匹配", found.on, lines, sheets)
    return _file(to_excel(booklet), _EXCEL, f"应兑未兑-{found.on}.xlsx")


@pages.post("/outstanding")
def match() -> Answer:
    """Look through the snapshot again, beside the pages."""
    from enterprises.audit import note
    from enterprises.errands import Underway, begin

    account, now = visitor().account or "", settings().now()
    try:
        with stored().writing() as database:
            attempt = begin(database, _matching(), account, now)
            note(database, actor=account, action="report.asked", about="matching", moment=now)
    except Underway:
        return redirect(url_for("reports.show_outstanding", busy=1), 303)
    errands.send(settings(), _matching(), attempt)
    return redirect(url_for("reports.show_outstanding"), 303)


# ------------------------------------------------------------------------ parts


def covers(region: str | None, departments: Collection[str]) -> bool:
    """Whether a post of the visitor's is for this."""
    return any(visitor().may(duty, region, departments) for duty in DUTIES)


def _report(month: Month) -> Report:
    from recommender.reports.implementation import report

    with stored().reading() as database:
        return report(database, month, covers)


def _outstanding() -> Outstanding | None:
    from recommender.reports.outstanding import outstanding

    with stored().reading() as database:
        return outstanding(database, covers)


def _chosen(found: Outstanding) -> tuple[Due, ...]:
    """Those of the department, item and reason that are asked for."""
    department, item, why = (request.args.get(name, "") for name in ("department", "item", "why"))
    return tuple(
        due
        for due in found.dues
        if (not department or department in due.subject.departments)
        and item in ("", due.subject.item_id)
        and why in ("", due.why.value)
    )


def _asked(now: Month) -> tuple[Month, str]:
    typed = request.args.get("month", "")
    if not typed:
        return now, ""
    try:
        return parse_month(typed), ""
    except BadText as error:
        return now, str(error)


def _month(text: str) -> Month:
    try:
        return parse_month(text)
    except BadText:
        abort(404)


def _months(now: Month) -> list[Month]:
    found = [now]
    while len(found) < MONTHS:
        found.append(found[-1].before)
    return found


def _matching() -> str:
    return f"{errands.MATCHING}{settings().day().isoformat()}"


def _charts(report: Report) -> tuple[Bars, ...]:
    from web.printed.report_sheets import county_name

    whole = report.total
    steps = (("符合", whole.eligible), ("已告知", whole.told), ("打开", whole.opened), ("申报", whole.applied))
    paid = [(county_name(code), each) for code, each in report.by_county if each.paid]
    paid.sort(key=lambda pair: -pair[1].paid_sum)
    return (
        bars("从符合到申报", [Bar(label, count, f"{count:,} 户次") for label, count in steps], heads=("环节", "户次")),
        bars(
            "各县（区）发放的金额",
            [Bar(name, each.paid_sum, f"{money(each.paid_sum)}，{each.paid:,} 笔") for name, each in paid[:MOST_BARS]],
            heads=("县（区）", "金额"),
        ),
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
