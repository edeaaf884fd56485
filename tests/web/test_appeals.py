"""Appeals as an enterprise meets them: nothing typed is lost, nothing is sent twice, and nobody else sees any of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlmodel import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from enterprises.calendar import SHANGHAI
from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Profile
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.statements import Statement
from recommender.appeals.desk import LONGEST_TEXT, Act, act
from recommender.appeals.files import MOST_BYTES, MOST_FILES
from recommender.appeals.states import Deed, Grade, Side, State
from recommender.appeals.tables import AppealEventRow, AppealFileRow, AppealRow
from recommender.tables import ExplanationRow
from tests.recommender.appeals.made_up_files import WHOLE, docx, pdf, png
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.appeals.form import LEAD
from web.appeals.uploads import MOST_DRAINED, MOST_WORDS
from web.pages.appeals import PAGE
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, OTHER = (str(sample.credit_code) for sample in samples()[:2])
UNKNOWN = complete("91610602766305271")
ITEM = "yanan-2023-private-economy.15"
HOME = f"/mine/{CODE}/appeals"
NOON = datetime(2024, 6, 28, 12, tzinfo=SHANGHAI)
SAID = "我们 2022 年的技改投资是 800 万元，<b>备案证明</b>见附件。"


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Time:
    return Time()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clock: Time) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('appeals') / 'huiqi.db'}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    yield create_app(Settings(url, clock=clock, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def time(clock: Time) -> Time:
    clock.now = NOON
    return clock


@pytest.fixture
def app(served: Flask, time: Time) -> Flask:
    """The application without any appeals: reading the library anew for each test would take a second."""
    with served.extensions["huiqi"].writing() as database:
        for table in (AppealFileRow, AppealEventRow, AppealRow):
            database.execute(delete(table))
    return served


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, {CODE: Role.CLERK})


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def text_of(found: Tag | None) -> str:
    assert found is not None
    return found.get_text(" ", strip=True)


def fields_of(soup: BeautifulSoup) -> dict[str, str]:
    """What a browser would send of the form of an appeal, but for the files."""
    form = soup.select_one("form[enctype]")
    assert form is not None
    sent = {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden], input[checked]")}
    return {**sent, "text": form.select("textarea")[0].get_text().removeprefix("\n")}


def send(
    client: FlaskClient,
    typed: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    about: str = "",
    home: str = HOME,
) -> TestResponse:
    """The form as it opens, with something typed and some files chosen."""
    opened = fields_of(page(client.get(f"{home}/new{about}")))
    data: MultiDict[str, Any] = MultiDict({**opened, "kind": "judgement", "text": SAID, **(typed or {})})
    for name, content in (files or {}).items():
        data.add("files", FileStorage(BytesIO(content), name))
    boundary, body = encode_multipart(data)
    return client.post(f"{home}/new", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def begun(client: FlaskClient, **more: Any) -> str:
    """The path of a new appeal."""
    response = send(client, **more)
    assert response.status_code == 303, response.text
    return str(response.location).partition("?")[0]


def post(client: FlaskClient, path: str, **sent: str) -> TestResponse:
    token = page(client.get("/documents")).select_one("[name=csrf_token]")
    assert token is not None
    return client.post(path, data={"csrf_token": str(token["value"]), **sent})


def rows(app: Flask) -> list[AppealRow]:
    with app.extensions["huiqi"].reading() as database:
        return list(database.exec(select(AppealRow).order_by("day", "day_number")))


def office(app: Flask, deed: Deed, **more: Any) -> None:
    """What an office does to the last appeal."""
    settings: Settings = app.extensions["huiqi_settings"]
    with app.extensions["huiqi"].writing() as database:
        row = database.exec(select(AppealRow).order_by("day_number")).all()[-1]
        act(database, settings.seal, row, Act(Side.OFFICE, deed, "desk-7", settings.now(), **more))


def answered(app: Flask, client: FlaskClient) -> str:
    path = begun(client)
    office(app, Deed.ACCEPT, note="内部的话")
    office(app, Deed.ASSIGN, department="延安市工业和信息化局")
    office(app, Deed.ANSWER, text="已按备案证明更正。\n<b>请看</b>体检结果。", note="与发改局核对过")
    return path


# ---------------------------------------------------------------------- the form


def test_the_form_is_filled_in_from_a_condition(clerk: FlaskClient) -> None:
    soup = page(clerk.get(f"{HOME}/new?item={ITEM}&condition=all.0"))
    about = text_of(soup.select_one("#about"))
    assert "系统判断" in about
    assert "条件" in about
    assert re.search(r"（.+，\d{4}年\d+月\d+日）", about), about
    filled = fields_of(soup)
    assert (filled["item"], filled["condition"], filled["kind"]) == (ITEM, "all.0", "judgement")
    assert soup.select_one(f"a[href='/items/{ITEM}']")


def test_where_the_answer_was_not_yes_the_text_begins(app: Flask) -> None:
    client = signed_in(app, {UNKNOWN: Role.OWNER})
    filled = fields_of(page(client.get(f"/mine/{UNKNOWN}/appeals/new?item={ITEM}")))
    assert filled["text"] == LEAD
    response = send(client, {"text": LEAD}, about=f"?item={ITEM}", home=f"/mine/{UNKNOWN}/appeals")
    assert response.status_code == 422
    assert "请写明理由" in response.text


def test_a_condition_that_is_gone_is_said_and_a_strange_item_is_not_found(clerk: FlaskClient) -> None:
    assert "针对整个事项" in clerk.get(f"{HOME}/new?item={ITEM}&condition=all.99").text
    assert "针对整个事项" not in clerk.get(f"{HOME}/new?item={ITEM}").text
    assert clerk.get(f"{HOME}/new?item=nothing").status_code == 404


def test_an_appeal_keeps_what_was_shown(app: Flask, clerk: FlaskClient) -> None:
    path = begun(clerk, about=f"?item={ITEM}&condition=all.0", files={"备案证明.pdf": pdf()})
    (row,) = rows(app)
    assert (row.item_id, row.condition, row.kind, row.credit_code) == (ITEM, "0", "judgement", CODE)
    with app.extensions["huiqi"].reading() as database:
        kept = database.get(ExplanationRow, row.explanation_id)
        assert kept is not None
        assert kept.credit_code == CODE
    soup = page(clerk.get(path))
    shown = text_of(soup.select_one("main"))
    assert row.number in text_of(soup.select_one("h1"))
    assert row.condition_text in shown
    assert "当时的判断" in shown
    assert SAID in shown
    assert soup.select_one("main b") is None
    assert "最晚 2024年7月1日受理" in shown
    assert "提交诉求" in text_of(soup.select_one(".timeline"))
    assert "备案证明.pdf" in shown


def test_a_general_appeal_needs_no_item(app: Flask, clerk: FlaskClient) -> None:
    path = begun(clerk, typed={"kind": "other"})
    (row,) = rows(app)
    assert (row.item_id, row.explanation_id, row.judged) == (None, None, None)
    assert "一般诉求" in clerk.get(path).text


def test_for_an_enterprise_that_we_know_nothing_of_no_result_is_kept(app: Flask) -> None:
    client = signed_in(app, {UNKNOWN: Role.CLERK})
    begun(client, about=f"?item={ITEM}", home=f"/mine/{UNKNOWN}/appeals")
    (row,) = rows(app)
    assert row.explanation_id is None
    assert row.judged is not None


@pytest.mark.parametrize(
    ("typed", "error", "field"),
    [
        ({"text": " \n "}, "请写明理由", "text"),
        ({"text": "字" * (LONGEST_TEXT + 1)}, "最多 2,000 个字", "text"),
        ({"kind": ""}, "请选一类", "kind"),
        ({"kind": "nonsense"}, "请选一类", "kind"),
    ],
)
def test_a_mistake_is_said_and_everything_typed_stays(
    app: Flask, clerk: FlaskClient, typed: dict[str, str], error: str, field: str
) -> None:
    response = send(clerk, typed, {"a.pdf": pdf()}, about=f"?item={ITEM}&condition=1")
    soup = page(response)
    assert response.status_code == 422
    assert error in text_of(soup.select_one(".alert"))
    assert soup.select_one(f".alert a[href='#{field}']")
    assert soup.select_one(f"[id='{field}']")
    assert "附件要重新选一次" in text_of(soup.select_one(".alert"))
    sent = {"kind": "judgement", "text": SAID, **typed}
    filled = fields_of(soup)
    assert filled["text"] == sent["text"]
    assert filled.get("kind", "") == ("judgement" if sent["kind"] == "judgement" else "")
    assert (filled["item"], filled["condition"]) == (ITEM, "1")
    assert rows(app) == []


def test_the_longest_text_is_taken_with_lines_as_browsers_send_them(app: Flask, clerk: FlaskClient) -> None:
    lines = "字\r\n" * 999 + "两字"
    path = begun(clerk, typed={"text": lines})
    assert len(lines.replace("\r\n", "\n")) == LONGEST_TEXT
    assert lines.replace("\r\n", "\n") in clerk.get(path).text


def test_a_form_sent_twice_is_one_appeal(app: Flask, clerk: FlaskClient) -> None:
    filled = fields_of(page(clerk.get(f"{HOME}/new")))
    data = {**filled, "kind": "facts", "text": SAID}
    first, second = (clerk.post(f"{HOME}/new", data=data) for _ in range(2))
    assert first.location == second.location
    assert len(rows(app)) == 1
    clerk.post(f"{HOME}/new", data={**data, "text": "另一件事"})
    assert len(rows(app)) == 2


def test_what_has_changed_since_the_form_was_opened_is_shown_first(app: Flask) -> None:
    from enterprises.tables import record

    profile = samples()[2]
    code = str(profile.credit_code)
    clerk, home = signed_in(app, {code: Role.CLERK}), f"/mine/{code}/appeals"
    filled = fields_of(page(clerk.get(f"{home}/new?item={ITEM}")))
    seen = replace(profile.facts["region"], value="610702", source=Source.REGISTER)
    moved = Profile(credit_code=code, facts={"region": seen})
    with app.extensions["huiqi"].writing() as database:
        record(database, [Statement(moved, Source.REGISTER, SAMPLE_DAY, "测试")], bundled())
    data = {**filled, "kind": "judgement", "text": SAID}
    response = clerk.post(f"{home}/new", data=data)
    assert response.status_code == 422
    assert "刚刚有更新" in response.text
    again = clerk.post(f"{home}/new", data=fields_of(page(response)))
    assert again.status_code == 303


def test_an_item_that_is_gone_meanwhile_leaves_the_text(app: Flask, clerk: FlaskClient) -> None:
    filled = fields_of(page(clerk.get(f"{HOME}/new?item={ITEM}")))
    response = clerk.post(f"{HOME}/new", data={**filled, "item": "gone", "kind": "other", "text": SAID})
    assert response.status_code == 422
    assert "下架" in response.text
    again = fields_of(page(response))
    assert again["text"] == SAID
    assert "item" not in again
    assert clerk.post(f"{HOME}/new", data=again).status_code == 303


def test_limits_are_said_and_the_text_stays(app: Flask, clerk: FlaskClient) -> None:
    for _ in range(5):
        begun(clerk)
    response = send(clerk)
    assert response.status_code == 422
    assert "每天最多 5 件" in response.text
    assert fields_of(page(response))["text"] == SAID
    for number in range(5):
        begun(signed_in(app, {CODE: Role.OWNER}, subject=f"person {number}"))
    response = send(signed_in(app, {CODE: Role.OWNER}, subject="last"))
    assert "10 件诉求还在办理" in response.text
    assert len(rows(app)) == 10


def test_a_forged_form_begins_nothing_and_a_stale_one_is_shown_again(app: Flask, clerk: FlaskClient) -> None:
    filled = fields_of(page(clerk.get(f"{HOME}/new?item={ITEM}")))
    response = clerk.post(f"{HOME}/new", data={**filled, "csrf_token": "stale", "kind": "facts", "text": SAID})
    assert response.status_code == 400
    assert "请再提交一次" in response.text
    again = fields_of(page(response))
    assert (again["text"], again["kind"], again["item"]) == (SAID, "facts", ITEM)
    assert rows(app) == []
    assert clerk.post(f"{HOME}/new", data=again).status_code == 303


# ------------------------------------------------------------------- attachments


def test_attachments_come_back_as_downloads(app: Flask, clerk: FlaskClient) -> None:
    files = {"../合同\u202efdp.pdf": pdf(), "a b.png": png(), "说明.docx": docx()}
    path = begun(clerk, files=files)
    names = ["合同fdp.pdf", "a b.png", "说明.docx"]
    for number, (name, content) in enumerate(zip(names, files.values(), strict=True), start=1):
        response = clerk.get(f"{path}/files/{number}")
        assert response.data == content
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert name in clerk.get(path).text
        assert str(response.mimetype).startswith(("application/", "image/png"))
    assert clerk.get(f"{path}/files/4").status_code == 404
    assert clerk.get(f"{path}/files/0").status_code == 404


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"a.exe": b"MZ"}, "不收这种文件"),
        ({"a.pdf": b"MZ" * 500}, "不是可以接收的类型"),
        ({"a.pdf": png()}, "扩展名与内容不符"),
        ({"a.pdf": pdf(b"<< /S /JavaScript >>"), "b.png": png()}, "脚本"),
        ({"empty.pdf": b""}, "空的"),
        ({"big.png": bytes(MOST_BYTES + 1)}, "最大 5 MB"),
        ({f"{number}.png": png(number + 1) for number in range(MOST_FILES + 1)}, "最多 3 个"),
    ],
)
def test_other_files_are_refused_and_the_text_stays(
    app: Flask, clerk: FlaskClient, files: dict[str, bytes], error: str
) -> None:
    response = send(clerk, files=files)
    assert response.status_code == 422
    assert error in response.text
    assert fields_of(page(response))["text"] == SAID
    assert rows(app) == []


def test_three_attachments_of_the_largest_size_fit(app: Flask, clerk: FlaskClient) -> None:
    from tests.recommender.appeals.made_up_files import png_chunk

    largest = png(chunks=png_chunk(b"prVt", bytes(MOST_BYTES - len(png()) - 12)))
    begun(clerk, files={f"{number}.png": largest for number in range(MOST_FILES)})
    with app.extensions["huiqi"].reading() as database:
        assert [file.size for file in database.exec(select(AppealFileRow))] == [MOST_BYTES] * MOST_FILES


@pytest.mark.parametrize("megabytes", [17, 66])
def test_files_that_are_too_much_together_are_refused_and_the_text_stays(
    app: Flask, clerk: FlaskClient, megabytes: int
) -> None:
    assert MOST_DRAINED == 64 * 1024 * 1024
    response = send(clerk, files={"a.png": bytes(megabytes * 1024 * 1024)}, about=f"?item={ITEM}&condition=0")
    assert response.status_code == 413
    soup = page(response)
    assert "附件合起来太大" in text_of(soup.select_one(".alert"))
    filled = fields_of(soup)
    assert (filled["text"], filled["kind"], filled["item"], filled["condition"]) == (SAID, "judgement", ITEM, "0")
    assert rows(app) == []
    assert clerk.post(f"{HOME}/new", data=filled).status_code == 303


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"\0" * 100, b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n']
)
def test_a_damaged_form_that_is_too_large_is_answered_too(clerk: FlaskClient, body: bytes) -> None:
    content = body + b"a" * (17 * 1024 * 1024)
    for kind in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/x-www-form-urlencoded",
    ):
        assert clerk.post(f"{HOME}/new", data=content, content_type=kind).status_code == 413


def test_words_without_end_are_refused_here_as_everywhere(clerk: FlaskClient) -> None:
    response = send(clerk, {"text": "字" * (MOST_WORDS // 3 + 1)})
    assert response.status_code == 413
    assert "写的内容太多" in response.text
    assert send(clerk, {"text": "字" * (MOST_WORDS // 3 - 10)}).status_code == 422


def test_other_forms_have_no_more_room_than_before(clerk: FlaskClient) -> None:
    path = begun(clerk)
    for address in ("/check", f"{path}/rate", f"{path}/reopen", f"{path}/withdraw"):
        assert post(clerk, address, text="a" * 300_000).status_code == 413


def test_who_may_not_begin_an_appeal_gets_nothing_read(app: Flask) -> None:
    content = b"a" * (17 * 1024 * 1024)
    for client, status in ((app.test_client(), 401), (signed_in(app, {OTHER: Role.OWNER}, subject="other"), 403)):
        assert client.post(f"{HOME}/new", data=content, content_type="text/plain").status_code == status


# ------------------------------------------------------------ the list and one of it


def test_the_list_is_empty_then_shows_where_each_stands(app: Flask, clerk: FlaskClient, time: Time) -> None:
    assert "还没有提过诉求" in clerk.get(HOME).text
    begun(clerk)
    answered(app, clerk)
    time.now += timedelta(days=4)  # Tuesday; the first had to be accepted on Monday
    clerk = signed_in(app, {CODE: Role.CLERK})
    soup = page(clerk.get(HOME))
    listed = [text_of(row) for row in soup.select("tbody tr")]
    assert len(listed) == 2
    assert "SQ-20240628-0002" in listed[0]
    assert "已答复" in listed[0]
    assert "有答复" in listed[0]
    assert "SQ-20240628-0001" in listed[1]
    assert "应在 2024年7月1日以前受理，已超期 1 个工作日" in listed[1]
    assert soup.select_one(".state.alarm")
    assert "12345" in clerk.get(str(soup.select("tbody a")[1]["href"])).text


def test_the_list_has_pages(app: Flask, time: Time) -> None:
    for number in range(PAGE + 1):
        time.now += timedelta(days=number % 4 == 0)
        clerk = signed_in(app, {CODE: Role.CLERK})
        post(clerk, f"{begun(clerk)}/withdraw")
    first, second = (page(clerk.get(f"{HOME}?page={number}")) for number in (1, 2))
    assert (len(first.select("tbody tr")), len(second.select("tbody tr"))) == (PAGE, 1)
    for wrong in ("0", "3", "-1", "x", "²", "1" * 20):
        assert clerk.get(f"{HOME}?page={wrong}").status_code == 404


def test_an_answer_is_read_and_rated(app: Flask, clerk: FlaskClient) -> None:
    path = answered(app, clerk)
    soup = page(clerk.get(path))
    shown = text_of(soup.select_one("main"))
    assert "已按备案证明更正。\n<b>请看</b>体检结果。" in shown
    assert "延安市工业和信息化局" in shown
    assert "内部的话" not in shown
    assert "与发改局核对过" not in shown
    assert "desk-7" not in shown
    assert rows(app)[0].unread
    assert post(clerk, f"{path}/read").status_code == 303
    assert not rows(app)[0].unread
    response = post(clerk, f"{path}/rate", grade="5")
    assert response.status_code == 303
    assert "谢谢您的评价" in clerk.get(str(response.location)).text
    soup = page(clerk.get(path))
    assert "评价：非常满意" in text_of(soup.select_one(".timeline"))
    assert soup.select_one("form[action$=rate]") is None
    assert soup.select_one("form[action$=reopen]") is None
    assert rows(app)[0].grade == Grade.VERY_SATISFIED


@pytest.mark.parametrize("grade", ["", "0", "6", "-1", "x", "５"])
def test_a_rating_is_one_of_five(app: Flask, clerk: FlaskClient, grade: str) -> None:
    path = answered(app, clerk)
    response = post(clerk, f"{path}/rate", grade=grade, text="写了的话")
    assert response.status_code == 422
    assert "请选一个评价" in response.text
    assert "写了的话" in response.text
    assert rows(app)[0].state == State.ANSWERED


def test_a_bad_grade_has_a_reason_and_may_be_followed_by_another_try(app: Flask, clerk: FlaskClient) -> None:
    path = answered(app, clerk)
    response = post(clerk, f"{path}/rate", grade="1")
    assert response.status_code == 422
    assert "哪里不满意" in response.text
    assert page(response).select_one("input[name=grade][value='1'][checked]")
    assert post(clerk, f"{path}/rate", grade="1", text="没有解决").status_code == 303
    assert post(clerk, f"{path}/reopen").status_code == 422
    assert post(clerk, f"{path}/reopen", text="备案号对不上").status_code == 303
    soup = page(clerk.get(path))
    assert "已受理" in text_of(soup.select_one(".state"))
    assert "要求重新办理" in text_of(soup.select_one(".timeline"))
    assert "最晚 2024年7月5日答复" in text_of(soup.select_one("main"))
    assert soup.select_one("#answer") is None
    office(app, Deed.ASSIGN, department="延安市发展和改革委员会")
    assert "转给延安市发展和改革委员会办理" in clerk.get(path).text


def test_what_is_too_late_is_said_and_what_was_written_stays(app: Flask, clerk: FlaskClient) -> None:
    path = answered(app, clerk)
    assert post(clerk, f"{path}/reopen", text="第一次").status_code == 303
    response = post(clerk, f"{path}/reopen", text="第二次")
    assert response.status_code == 409
    assert "现在是“已受理”" in response.text
    assert "第二次" in response.text


def test_an_appeal_is_withdrawn_once(app: Flask, clerk: FlaskClient) -> None:
    path = begun(clerk)
    assert post(clerk, f"{path}/withdraw").status_code == 303
    assert post(clerk, f"{path}/withdraw").status_code == 409
    assert rows(app)[0].state == State.WITHDRAWN
    soup = page(clerk.get(path))
    assert [form for form in soup.select("main form") if HOME in str(form.get("action"))] == []


def test_looking_changes_nothing(app: Flask, clerk: FlaskClient) -> None:
    path = answered(app, clerk)
    before = [row.model_dump() for row in rows(app)]
    for address in (HOME, path, f"{HOME}/new", f"{path}?done=rate"):
        assert clerk.get(address).status_code == 200
    assert [row.model_dump() for row in rows(app)] == before
    for deed in ("rate", "reopen", "withdraw", "read"):
        assert clerk.get(f"{path}/{deed}").status_code == 405


# ------------------------------------------------------------------ who sees what


def test_others_see_nothing_and_change_nothing(app: Flask, clerk: FlaskClient) -> None:
    path = begun(clerk, files={"a.pdf": WHOLE["a.pdf"]})
    appeal_id = path.rpartition("/")[2]
    before = [row.model_dump() for row in rows(app)]
    other = signed_in(app, {OTHER: Role.OWNER}, subject="other")
    elsewhere = f"/mine/{OTHER}/appeals/{appeal_id}"
    for address in (HOME, f"{HOME}/new", path, f"{path}/files/1"):
        assert other.get(address).status_code == 403
        assert app.test_client().get(address).status_code == 303
    for address in (elsewhere, f"{elsewhere}/files/1"):
        assert other.get(address).status_code == 404
    for deed in ("rate", "reopen", "withdraw", "read"):
        assert post(other, f"{path}/{deed}", grade="5", text="x").status_code == 403
        assert post(other, f"{elsewhere}/{deed}", grade="5", text="x").status_code == 404
        assert post(app.test_client(), f"{path}/{deed}").status_code == 401
    assert [row.model_dump() for row in rows(app)] == before


def test_pages_are_whole_documents_with_one_heading_and_labelled_fields(app: Flask, clerk: FlaskClient) -> None:
    path = answered(app, clerk)
    addresses = (HOME, f"{HOME}/new", f"{HOME}/new?item={ITEM}&condition=0", path)
    for soup in [page(clerk.get(address)) for address in addresses] + [page(post(clerk, f"{path}/rate", grade="1"))]:
        assert len(soup.select("h1")) == 1
        assert soup.select_one("[style], main script") is None
        ids = [str(each["id"]) for each in soup.select("[id]")]
        assert len(set(ids)) == len(ids)
        for field in soup.select("main textarea, main input[type=file]"):
            assert soup.select_one(f"label[for='{field['id']}']")
        for described in soup.select("[aria-describedby]"):
            assert all(name in ids for name in str(described["aria-describedby"]).split()), described
        for link in soup.select("main a[href^='#']"):
            assert str(link["href"])[1:] in ids
        for form in soup.select("main form[method=post]"):
            assert form.select_one("[name=csrf_token]")
