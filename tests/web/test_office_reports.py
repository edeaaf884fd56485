"""Reports as officials read them: within their posts, with sums that agree, as page, Excel, PDF and on the terminal."""

import base64
import re
import shutil
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, writing
from enterprises.dictionary import bundled
from enterprises.sealing import Seal, new_key
from enterprises.snapshots import refresh
from policies.library import bundled_library
from recommender.grants.deeds import By
from recommender.grants.samples import CERAMICS, HIRING, RETENTION
from recommender.grants.tables import GrantRow
from recommender.payments import ledger
from recommender.payments.ledger import About, LedgerKind
from recommender.reports.figures import Figures
from recommender.reports.implementation import Report
from recommender.reports.month import Month
from recommender.reports.subjects import Subject
from tests.web.done_at_once import application, settings_in
from tests.web.signing_in import official
from web import errands
from web.accounts.visitor import Duty, Post
from web.cli.main import main
from web.folders import snapshots_folder
from web.printed.booklets import to_excel
from web.printed.report_pdf import to_pdf
from web.printed.report_sheets import control_sheet, month_booklet
from web.settings import Settings
from web.setup import setup
from web.stored import Database

PAGE = "/office/reports"
NOW = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
TONGCHUAN = "610200"
KEYS = (new_key(),)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples with a snapshot, a matching, and a payment in June, to copy."""
    folder = tmp_path_factory.mktemp("reports")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    setup(url, sample=True, seal=Seal(KEYS))
    engine = connect(url)
    refresh(engine, snapshots_folder(folder / "files"), bundled())
    with writing(engine) as session:
        grant = session.exec(select(GrantRow).where(GrantRow.item_id == RETENTION, GrantRow.state == "offered")).first()
        assert grant is not None
        about = About(grant.id, grant.item_id, grant.credit_code, "610204", "市人社局")
        ledger.add(session, LedgerKind.PAID, about, 1234567, date(2024, 6, 30), By("clerk", NOW, date(2024, 6, 30)))
    engine.dispose()
    return folder


@pytest.fixture(scope="module")
def matched(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application in which all were matched, shared by tests that change nothing."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(ready, folder, dirs_exist_ok=True)
    with application(settings_in(folder, NOW, KEYS)) as app:
        match(official(app, Post(Duty.AUDITOR, TONGCHUAN)))
        yield app


@pytest.fixture(scope="module")
def reader(matched: Flask) -> FlaskClient:
    return official(matched, Post(Duty.AUDITOR, TONGCHUAN), subject="reader")


@pytest.fixture
def settings(ready: Path, tmp_path: Path) -> Settings:
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path, NOW, KEYS)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with application(settings) as made:
        yield made


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.AUDITOR, TONGCHUAN))


def match(client: FlaskClient) -> None:
    token = BeautifulSoup(client.get("/documents").text, "html.parser").select_one("[name=csrf_token]")
    assert token is not None
    answer = client.post(f"{PAGE}/outstanding", data={"csrf_token": str(token["value"])})
    assert answer.status_code == 303


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


# ------------------------------------------------------------------------- pages


def test_the_report_shows_what_was_paid_where(auditor: FlaskClient) -> None:
    shown = text_of(auditor, f"{PAGE}?month=2024-06")
    assert "12345.67元" in shown or "1.234567万元" in shown
    assert "耀州区" in shown
    assert bundled_library().items[RETENTION].title in shown
    assert "还没有做过全库匹配" in shown
    assert "12345.67元" not in text_of(auditor, f"{PAGE}?month=2024-05")


def test_tables_have_headings_and_charts_have_tables(reader: FlaskClient) -> None:
    for address in (PAGE, f"{PAGE}/outstanding"):
        page = BeautifulSoup(reader.get(address).text, "html.parser")
        assert len(page.find_all("h1")) == 1
        assert all(head.get("scope") for head in page.find_all("th"))
        assert all(figure.find("table") or figure.select_one(".empty") for figure in page.select("figure.chart"))


@pytest.mark.parametrize("asked", ["2024-13", "x", "202406", "2024-06-01"])
def test_what_is_no_month_is_said_beside_the_field(reader: FlaskClient, asked: str) -> None:
    assert "不是月份" in text_of(reader, f"{PAGE}?month={asked}", 422)
    assert reader.get(f"{PAGE}/{asked}.xlsx").status_code == 404
    assert reader.get(f"{PAGE}/{asked}.pdf").status_code == 404


def test_what_is_elsewhere_is_nobody_elses(matched: Flask) -> None:
    elsewhere = official(matched, Post(Duty.FINANCE, "610600"), subject="elsewhere")
    assert "12345.67元" not in text_of(elsewhere, PAGE)
    assert "示例·" not in text_of(elsewhere, f"{PAGE}/outstanding")
    county = official(matched, Post(Duty.APPROVER, "610203"), subject="county")
    assert "12345.67元" not in text_of(county, PAGE)
    department = official(matched, Post(Duty.APPROVER, TONGCHUAN, "没有这个部门"), subject="department")
    assert "12345.67元" not in text_of(department, PAGE)


def test_who_is_due_what_is_listed_and_leaves_the_list_once_it_is_paid(app: Flask, auditor: FlaskClient) -> None:
    assert "还没有做过全库匹配" in text_of(auditor, f"{PAGE}/outstanding")
    assert auditor.get(f"{PAGE}/outstanding.xlsx").status_code == 404
    match(auditor)
    assert CERAMICS in text_of(auditor, f"{PAGE}/outstanding")
    assert CERAMICS in text_of(auditor, f"{PAGE}/outstanding?item={RETENTION}")
    assert CERAMICS not in text_of(auditor, f"{PAGE}/outstanding?item={HIRING}")
    assert CERAMICS not in text_of(auditor, f"{PAGE}/outstanding?why=paying")
    stored: Database = app.extensions["huiqi"]
    with stored.writing() as database:
        for grant in database.exec(select(GrantRow).where(GrantRow.credit_code == CERAMICS)):
            grant.state, grant.paid_on = "paid", date(2024, 6, 30)
            database.add(grant)
    assert CERAMICS not in text_of(auditor, f"{PAGE}/outstanding")
    assert text_of(auditor, PAGE).count("还没有做过全库匹配") == 0


def test_a_matching_under_way_is_not_begun_twice(auditor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(errands, "send", lambda _settings, _name, attempt: sent.append(attempt))
    match(auditor)
    match(auditor)
    assert sent == [1]
    assert auditor.get(f"{PAGE}/outstanding").headers["Refresh"] == "3"


def test_without_a_snapshot_the_matching_says_so(auditor: FlaskClient, settings: Settings) -> None:
    shutil.rmtree(settings.files)
    match(auditor)
    assert "还没有企业库快照" in text_of(auditor, f"{PAGE}/outstanding")


def test_excel_and_pdf_are_the_same_whenever_they_are_made(reader: FlaskClient) -> None:
    for address in (f"{PAGE}/2024-06.xlsx", f"{PAGE}/2024-06.pdf", f"{PAGE}/outstanding.xlsx"):
        first = reader.get(address)
        assert first.status_code == 200
        assert "attachment" in first.headers["Content-Disposition"]
        assert reader.get(address).data == first.data
    with ZipFile(BytesIO(reader.get(f"{PAGE}/2024-06.xlsx").data)) as opened:
        sheets = opened.read("xl/workbook.xml").decode()
    for title in ("分事项", "分县（区）", "事项和县（区）", "应兑未兑", "核对"):
        assert title in sheets


# --------------------------------------------------------------------------- files


def a_report(items: int) -> Report:
    """Of so many items in three counties."""
    subjects = {f"item-{n}": Subject(f"item-{n}", f"第{n}项奖补资金", ("某局",), "610600", None) for n in range(items)}
    cells = {
        (f"item-{n}", county): Figures(paid=n, paid_sum=n * 101 + place, days=(n,) * n)
        for n in range(items)
        for place, county in enumerate(("610602", "610603", ""))
    }
    return Report(Month(2024, 6), subjects, cells, None)


def said_in(pdf: bytes) -> list[str]:
    """The texts of each page, as a reader gets them when it copies them."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        content = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        found.append("".join(_text(each) for each in re.findall(rb"\((.*?)(?<!\\)\) Tj", content, re.DOTALL)))
    return found


_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _text(escaped: bytes) -> str:
    def plain(match: re.Match[bytes]) -> bytes:
        sign = match[1]
        return bytes([int(sign, 8)]) if sign.isdigit() else _ESCAPED.get(sign, sign)

    return re.sub(rb"\\([0-7]{3}|.)", plain, escaped, flags=re.DOTALL).decode("utf-16-be", errors="replace")


def test_the_pdf_has_numbered_pages_repeated_headings_and_text_that_can_be_copied() -> None:
    report = a_report(120)
    pages = said_in(to_pdf(month_booklet(report, None)))
    assert len(pages) > 4
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    assert "惠企政策落实月报 2024年6月" in pages[0]
    by_item = [page for page in pages if "项奖补资金" in page]
    assert len(by_item) > 1
    assert all("发放金额" in page for page in by_item)
    assert all(any(f"第{number}项奖补资金" in page for page in pages) for number in range(120))
    assert "一致" in pages[-1]
    assert "不一致" not in pages[-1]


def test_the_control_totals_show_a_sum_that_does_not_agree() -> None:
    sheet = control_sheet(a_report(4))
    assert {row[-1] for row in sheet.rows} == {"一致"}
    assert ("发放金额", "18.30 元", "18.30 元", "18.30 元", "一致") in sheet.rows


def test_a_report_without_anything_is_a_report_all_the_same() -> None:
    booklet = month_booklet(Report(Month(2024, 6), {}, {}, None), None)
    assert said_in(to_pdf(booklet))
    assert to_excel(booklet)


# ------------------------------------------------------------------------ terminal


def test_the_command_writes_both_files(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("HUIQI_FILES", str(settings.files))
    assert CliRunner().invoke(main, ["reports", "match", "--on", "2024-06-30"]).exit_code == 0
    excel, pdf = tmp_path / "月报.xlsx", tmp_path / "月报.pdf"
    done = CliRunner().invoke(main, ["reports", "month", "2024-06", "--excel", str(excel), "--pdf", str(pdf)])
    assert done.exit_code == 0, done.output
    assert ".67元" in done.output
    assert "惠企政策落实月报" in said_in(pdf.read_bytes())[0]
    assert ZipFile(excel).testzip() is None
    elsewhere = CliRunner().invoke(main, ["reports", "month", "2024-06", "--region", "610600"])
    assert elsewhere.exit_code == 0
    assert ".67元" not in elsewhere.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["2024-13"], "不是月份"),
        (["2024-06", "--region", "1"], "不是行政区划代码"),
        (["2024-06", "--excel", "a.pdf"], "后缀不是 .xlsx"),
        (["2024-06", "--pdf", "a.xlsx"], "后缀不是 .pdf"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said(given: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["reports", "month", *given])
    assert done.exit_code == 2
    assert said in done.output
