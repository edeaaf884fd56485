"""The appeals desk: who handles what, and the way from an appeal to a corrected item and all whom it misjudged."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlmodel import col, select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.database import connect
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.sealing import Seal, new_key
from enterprises.snapshots import refresh
from enterprises.source_text import from_plain
from policies.items import Item, read_document, read_item
from policies.publication import publish_item
from policies.tables import load_item
from recommender.appeals.desk import Act, act
from recommender.appeals.files import CheckedFile
from recommender.appeals.history import read
from recommender.appeals.states import Deed, Grade, Kind, Side, State
from recommender.appeals.subjects import subject
from recommender.appeals.submission import NewAppeal, begin
from recommender.appeals.tables import AppealRow
from recommender.channels.quiet import Calendar, Named, Special
from recommender.channels.quiet_days import save
from recommender.corrections.tables import AppealDraftRow, CorrectionRow
from recommender.publishing.tables import DraftRow
from tests.web.signing_in import official
from web import errands
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.folders import snapshots_folder
from web.settings import Settings
from web.setup import setup
from web.stored import Database

ITEM = "yanan-2023-private-economy.22"
"""Service for private enterprises above the five thresholds; the one below is state-owned."""

STATE_OWNED = "91610632MAHQ000445"
XIAN = next(str(each.credit_code) for each in samples() if str(each.credit_code).startswith("91610113"))
PROFILES = {str(each.credit_code): each for each in samples()}
PAGE = "/office/appeals"
NOW = datetime(2024, 6, 28, 10, tzinfo=SHANGHAI)
"""A Friday."""

KEYS = (new_key(),)
SEAL = Seal(KEYS)
DEPARTMENT = "延安市科学技术局"
SAID = "我们也是“五上”企业，<b>为什么</b>不能享受？"


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its snapshot, to copy."""
    folder = tmp_path_factory.mktemp("appeals-desk")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    setup(url, sample=True)
    engine = connect(url)
    assert refresh(engine, snapshots_folder(folder / "files"), bundled()) is not None
    engine.dispose()
    return folder


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def app(ready: Path, tmp_path: Path, clock: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    folder = tmp_path / "site"
    shutil.copytree(ready, folder)
    url = f"sqlite:///{folder / 'huiqi.db'}"
    monkeypatch.setattr(
        errands, "send", lambda told, name, attempt: errands.do(told.database_url, told.files, name, attempt)
    )
    stored = Database(url, bundled(), clock.seconds)
    app = create_app(
        Settings(url, sample=True, clock=clock, posts="9999 per minute", data_keys=KEYS, files=folder / "files"), stored
    )
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    stored.close()


def appeal(app: Flask, code: str = STATE_OWNED, item_id: str | None = ITEM, number: int = 1) -> str:
    """An appeal of an enterprise on an item, with an attachment."""
    stored: Database = app.extensions["huiqi"]
    settings: Settings = app.extensions["huiqi_settings"]
    library = stored.library()
    assert library is not None
    about = subject(library.items[item_id], "", PROFILES[code], SAMPLE_DAY, bundled()) if item_id else None
    files = (CheckedFile("证明.pdf", "application/pdf", b"%PDF-1.4 whole"),)
    new = NewAppeal(code, "someone", f"form-{number}", Kind.JUDGEMENT, SAID, about, None, files)
    with stored.writing() as database:
        return begin(database, SEAL, new, settings.now()).id


def handler(app: Flask, *posts: Post) -> FlaskClient:
    some = posts or (Post(Duty.OPERATOR, "610600"), Post(Duty.EDITOR, "610600"))
    return official(app, *some, subject=f"{some}")


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def text(response: TestResponse) -> str:
    return page(response).get_text(" ", strip=True)


def state(app: Flask, appeal_id: str) -> State:
    with app.extensions["huiqi"].reading() as database:
        return State(database.get_one(AppealRow, appeal_id).state)


def do(client: FlaskClient, appeal_id: str, deed: str, **sent: str) -> TestResponse:
    return client.post(f"{PAGE}/{appeal_id}/{deed}", data=sent)


def test_an_appeal_is_accepted_assigned_and_answered(app: Flask) -> None:
    client, appeal_id = handler(app), appeal(app)
    listed = text(client.get(PAGE))
    assert "示例·延安国有煤化工有限责任公司" in listed
    assert "最晚 2024年7月1日受理" in listed
    shown = text(client.get(f"{PAGE}/{appeal_id}"))
    for said in (SAID, "当时的判断", "不符合", "证明.pdf"):
        assert said in shown
    assert do(client, appeal_id, "accept", note="先看看").headers["Location"] == f"{PAGE}/{appeal_id}?done=accept"
    assert do(client, appeal_id, "assign", department=DEPARTMENT).status_code == 303
    assert do(client, appeal_id, "answer", text="经核查，判断无误。", note="已电话沟通").status_code == 303
    assert state(app, appeal_id) is State.ANSWERED
    shown = text(client.get(f"{PAGE}/{appeal_id}"))
    for said in ("经核查，判断无误。", "先看看", "已电话沟通", f"交给{DEPARTMENT}办理", "郭淑敏"):
        assert said in shown
    assert "没有待办理的诉求" in text(client.get(PAGE))
    assert "已答复" in text(client.get(f"{PAGE}?show=answered"))


def test_what_is_for_offices_is_not_for_the_enterprise(app: Flask) -> None:
    appeal_id = appeal(app)
    do(handler(app), appeal_id, "accept", note="内部的话")
    with app.extensions["huiqi"].reading() as database:
        case = read(database, SEAL, database.get_one(AppealRow, appeal_id))
        assert case.events[-1].note == "内部的话"
        assert case.events[-1].text == ""
        assert "内部的话" not in "".join(row.detail for row in database.exec(select(AuditRow)))


@pytest.mark.parametrize(
    ("deed", "sent", "field"),
    [
        ("assign", {"department": "  ", "note": "请尽快"}, "assign-department"),
        ("answer", {"text": "", "note": "还没写完"}, "answer-text"),
        ("answer", {"text": "长" * 2001}, "answer-text"),
    ],
)
def test_what_is_missing_or_too_long_is_said_and_all_that_was_typed_stays(
    app: Flask, deed: str, sent: dict[str, str], field: str
) -> None:
    client, appeal_id = handler(app), appeal(app)
    do(client, appeal_id, "accept")
    if deed == "answer":
        do(client, appeal_id, "assign", department=DEPARTMENT)
    answer = do(client, appeal_id, deed, **sent)
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.select_one(f"#{field}-mistake") is not None
    for value in sent.values():
        assert value.strip() in answer.get_data(as_text=True)


def test_of_two_who_do_the_same_one_is_told(app: Flask) -> None:
    client, appeal_id = handler(app), appeal(app)
    do(client, appeal_id, "accept")
    again = do(client, appeal_id, "accept", text="我来受理")
    assert again.status_code == 409
    assert "没有办成" in text(again)
    assert "我来受理" in text(again)


def test_an_unhappy_rating_is_seen_and_the_appeal_taken_up_again(app: Flask) -> None:
    client, appeal_id = handler(app), appeal(app)
    for deed, sent in (("accept", {}), ("assign", {"department": DEPARTMENT}), ("answer", {"text": "无误。"})):
        do(client, appeal_id, deed, **sent)
    with app.extensions["huiqi"].writing() as database:
        row = database.get_one(AppealRow, appeal_id)
        act(database, SEAL, row, Act(Side.ENTERPRISE, Deed.RATE, "x", NOW, text="没说清", grade=Grade.DISSATISFIED))
    assert "评价：不满意" in text(client.get(f"{PAGE}?show=bad"))
    shown = text(client.get(f"{PAGE}/{appeal_id}"))
    assert "请回访整改" in shown
    assert "没说清" in shown
    assert do(client, appeal_id, "reopen", text="").status_code == 422
    assert do(client, appeal_id, "reopen", text="重新核查").status_code == 303
    assert state(app, appeal_id) is State.ACCEPTED


def test_what_is_late_alarms_and_holidays_do_not_count(app: Flask, clock: Time) -> None:
    appeal(app)
    clock.now = NOW + timedelta(days=5)  # a Wednesday; it was due on Monday
    client = handler(app)
    shown = text(client.get(PAGE))
    assert "1 件已经超期" in shown
    assert "已超期 2 个工作日" in shown
    assert "件诉求已经超期" in text(client.get("/office"))
    with app.extensions["huiqi"].writing() as database:
        days = {date(2024, 7, 2): Named(Special.HOLIDAY)}
        save(database, 0, Calendar(), days, "x", NOW)
    assert "已超期 1 个工作日" in text(client.get(f"{PAGE}?show=late"))


def test_deadlines_leave_holidays_out(app: Flask) -> None:
    with app.extensions["huiqi"].writing() as database:
        save(database, 0, Calendar(), {date(2024, 7, 1): Named(Special.HOLIDAY)}, "x", NOW)
    client, appeal_id = handler(app), appeal(app)
    do(client, appeal_id, "accept")
    with app.extensions["huiqi"].reading() as database:
        assert database.get_one(AppealRow, appeal_id).due == date(2024, 7, 8)


OTHERS = (
    Post(Duty.OPERATOR, "610100"),
    Post(Duty.REVIEWER, "610602"),
    Post(Duty.OPERATOR, "610600", "延安市商务局"),
    Post(Duty.EDITOR, "610600"),
    Post(Duty.FINANCE, "610000"),
)


@pytest.mark.parametrize("post", OTHERS, ids=[f"{post.duty} {post.region} {post.department}" for post in OTHERS])
def test_who_works_elsewhere_or_otherwise_sees_nothing_of_it(app: Flask, post: Post) -> None:
    appeal_id = appeal(app)
    other = handler(app, post)
    assert other.get(f"{PAGE}/{appeal_id}").status_code == 403
    assert other.get(f"{PAGE}/{appeal_id}/files/1").status_code == 403
    assert do(other, appeal_id, "accept").status_code == 403
    assert STATE_OWNED not in text(other.get(PAGE))
    assert state(app, appeal_id) is State.SUBMITTED


def test_once_assigned_it_is_the_department_s(app: Flask) -> None:
    appeal_id = appeal(app)
    city, whole = handler(app, Post(Duty.OPERATOR, "610600", DEPARTMENT)), handler(app)
    other = handler(app, Post(Duty.REVIEWER, "610632", "黄陵县民政局"))
    assert city.get(f"{PAGE}/{appeal_id}").status_code == 200  # one of the departments that the item names
    do(whole, appeal_id, "accept")
    passed_on = do(city, appeal_id, "assign", department="黄陵县民政局")
    assert passed_on.headers["Location"] == f"{PAGE}?done=passed-on"
    assert city.get(f"{PAGE}/{appeal_id}").status_code == 403
    assert other.get(f"{PAGE}/{appeal_id}").status_code == 200
    assert whole.get(f"{PAGE}/{appeal_id}").status_code == 200


def test_attachments_are_saved_and_never_shown_as_a_page(app: Flask) -> None:
    client, appeal_id = handler(app), appeal(app)
    answer = client.get(f"{PAGE}/{appeal_id}/files/1")
    assert answer.data == b"%PDF-1.4 whole"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client.get(f"{PAGE}/{appeal_id}/files/2").status_code == 404
    assert client.get(f"{PAGE}/{'0' * 32}").status_code == 404


def corrected(item: Item) -> Item:
    """The next version, which is for state-owned enterprises as well."""
    source = {**item.source, "version": item.version + 1}
    who = source["who"]["all"]
    source["who"] = {"all": [{"ownership": {"in": ["民营", "国有"]}} if "ownership" in part else part for part in who]}
    source["examples"] = [
        {**each, "expect": {"verdict": "eligible"}} if each["name"] == "国有企业" else each
        for each in source["examples"]
    ]
    document = read_document(from_plain(dict(item.document.source), "document"))
    return read_item(from_plain(source, "item"), document, bundled())


@contextmanager
def drafted(app: Flask, appeal_id: str) -> Iterator[str]:
    """A draft of the item's correction, begun from the appeal, which is published at the end of the block."""
    assert handler(app).post(f"{PAGE}/{appeal_id}/drafts").status_code == 303
    stored: Database = app.extensions["huiqi"]
    with stored.reading() as database:
        (draft_id,) = database.exec(select(AppealDraftRow.draft_id).where(AppealDraftRow.appeal_id == appeal_id))
    yield draft_id
    with stored.writing() as database:
        publish_item(database, corrected(load_item(database, ITEM, 1, bundled())), SAMPLE_DAY)
        done = {"state": "published", "published_version": 2}
        database.execute(update(DraftRow).where(col(DraftRow.id) == draft_id).values(**done))


def test_a_wrong_rule_is_corrected_and_all_whom_it_misjudged_are_found(app: Flask, clock: Time) -> None:
    client, appeal_id = handler(app), appeal(app)
    other = appeal(app, number=2)
    do(client, appeal_id, "accept")
    do(client, appeal_id, "assign", department=DEPARTMENT)
    with drafted(app, appeal_id) as draft_id:
        shown = page(client.get(f"{PAGE}/{appeal_id}"))
        assert shown.select_one(f'a[href="/office/drafts/{draft_id}"]') is not None
        assert "找出被误判" not in shown.get_text()
        assert "同一个事项还有 1 件诉求" in shown.get_text()
        assert client.post(f"{PAGE}/{appeal_id}/drafts/{draft_id}/comparison").status_code == 404
    clock.now += timedelta(seconds=10)  # the library is looked at again
    found = client.post(f"{PAGE}/{appeal_id}/drafts/{draft_id}/comparison")
    address = found.headers["Location"]
    listed = text(client.get(address))
    assert "错判为不符合" in listed
    assert "示例·延安国有煤化工有限责任公司" in listed
    (appeals,) = page(client.get(address)).select('section[aria-labelledby="appeals"]')
    assert len(appeals.select("li")) == 2  # the other one on the wrong version, too
    explained = text(client.get(f"{address}/{STATE_OWNED}"))
    assert "第 1 版（有误） 不符合" in explained
    assert "第 2 版（更正后） 符合" in explained
    answer = page(client.get(f"{PAGE}/{appeal_id}")).select_one("#answer-text")
    assert answer is not None
    assert "已经更正为第 2 版。贵企业原来判断为“不符合”，按更正后的规则为“符合”" in answer.get_text()
    again = client.post(f"{PAGE}/{appeal_id}/drafts/{draft_id}/comparison")
    assert again.headers["Location"] == address
    assert other in str(page(client.get(address)))


def test_the_list_as_a_workbook_holds_what_the_page_does(app: Flask, clock: Time) -> None:
    from python_calamine import CalamineWorkbook

    client, address, _ = compared(app, clock)
    answer = client.get(f"{address}/excel")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    codes = [row[1] for row in rows[4:]]
    assert STATE_OWNED in codes
    assert codes == sorted(codes)
    assert rows[4 + codes.index(STATE_OWNED)][3:6] == ["错判为不符合", "不符合", "符合"]


def compared(app: Flask, clock: Time) -> tuple[FlaskClient, str, str]:
    client, appeal_id = handler(app), appeal(app)
    with drafted(app, appeal_id) as draft_id:
        pass
    clock.now += timedelta(seconds=10)
    found = client.post(f"{PAGE}/{appeal_id}/drafts/{draft_id}/comparison")
    return client, found.headers["Location"], draft_id


def test_who_works_for_a_county_sees_its_enterprises_alone(app: Flask, clock: Time) -> None:
    _, address, _ = compared(app, clock)
    huangling = handler(app, Post(Duty.OPERATOR, "610632"))
    assert STATE_OWNED in text(huangling.get(address))
    assert "您负责的地区" in text(huangling.get(address))
    baota = handler(app, Post(Duty.REVIEWER, "610602"))
    assert STATE_OWNED not in text(baota.get(address))
    assert baota.get(f"{address}/{STATE_OWNED}").status_code == 404
    assert STATE_OWNED not in str(baota.get(f"{address}/excel").data)
    xian = handler(app, Post(Duty.OPERATOR, "610100"))
    for path in (address, f"{address}/excel", f"{address}/{STATE_OWNED}"):
        assert xian.get(path).status_code == 403
    department = handler(app, Post(Duty.OPERATOR, "610600", "延安市商务局"))
    assert department.get(address).status_code == 403


def test_a_comparison_that_broke_off_is_begun_again(app: Flask, clock: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    client, appeal_id = handler(app), appeal(app)
    with drafted(app, appeal_id) as draft_id:
        pass
    clock.now += timedelta(seconds=10)
    with monkeypatch.context() as patch:
        patch.setattr(errands, "send", lambda *_: None)
        address = client.post(f"{PAGE}/{appeal_id}/drafts/{draft_id}/comparison").headers["Location"]
    running = client.get(address)
    assert "正在比较" in text(running)
    assert running.headers["Refresh"]
    assert client.get(f"{address}/excel").status_code == 404
    assert client.post(f"{address}/again").status_code == 409
    clock.now += timedelta(minutes=5)
    assert "计算中断了" in text(client.get(address))
    assert client.post(f"{address}/again").status_code == 303
    assert STATE_OWNED in text(client.get(address))


def test_only_an_editor_of_the_item_begins_a_correction(app: Flask) -> None:
    appeal_id = appeal(app)
    operator = handler(app, Post(Duty.OPERATOR, "610600"))
    assert "起草更正要有" in text(operator.get(f"{PAGE}/{appeal_id}"))
    assert operator.post(f"{PAGE}/{appeal_id}/drafts").status_code == 403
    elsewhere = handler(app, Post(Duty.OPERATOR, "610600"), Post(Duty.EDITOR, "610602"))
    assert elsewhere.post(f"{PAGE}/{appeal_id}/drafts").status_code == 403
    only = handler(app, Post(Duty.EDITOR, "610600"))
    assert only.post(f"{PAGE}/{appeal_id}/drafts").status_code == 403
    with app.extensions["huiqi"].reading() as database:
        assert database.exec(select(AppealDraftRow)).all() == []
        assert database.exec(select(CorrectionRow)).all() == []


def test_an_open_draft_is_taken_instead_of_another(app: Flask) -> None:
    client = handler(app)
    first, second = appeal(app), appeal(app, number=2)
    client.post(f"{PAGE}/{first}/drafts")
    taken = client.post(f"{PAGE}/{second}/drafts")
    assert "done=draft-taken" in taken.headers["Location"]
    assert client.post(f"{PAGE}/{second}/drafts").status_code == 303
    with app.extensions["huiqi"].reading() as database:
        assert len(database.exec(select(AppealDraftRow)).all()) == 2
        assert len(database.exec(select(DraftRow)).all()) == 1


def test_an_appeal_on_nothing_in_particular_leads_to_no_draft(app: Flask) -> None:
    appeal_id = appeal(app, item_id=None)
    client = handler(app)
    assert "一般诉求" in text(client.get(f"{PAGE}/{appeal_id}"))
    assert client.post(f"{PAGE}/{appeal_id}/drafts").status_code == 404


def test_of_an_enterprise_in_another_city_it_is_that_city_s(app: Flask) -> None:
    appeal_id = appeal(app, XIAN)
    assert handler(app).get(f"{PAGE}/{appeal_id}").status_code == 403
    assert handler(app, Post(Duty.OPERATOR, "610100")).get(f"{PAGE}/{appeal_id}").status_code == 200
