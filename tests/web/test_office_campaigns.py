"""Campaigns as officials meet them: made step by step, previewed, approved by another person, watched and counted."""

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlmodel import select
from werkzeug.test import TestResponse

from enterprises.database import connect
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.snapshots import newest, refresh
from enterprises.tables import EnterpriseRow
from policies.library import bundled_library
from recommender.campaigns import deeds
from recommender.campaigns.campaigns import deliveries, load_campaign
from recommender.campaigns.content import Content, Kind, Pace, Selection, pin
from recommender.campaigns.estimates import estimate
from recommender.campaigns.states import State
from recommender.campaigns.tables import DeliveryRow
from recommender.campaigns.worker import Worker
from recommender.channels.inbox import Inbox
from recommender.messages.templates import USUAL
from tests.web.signing_in import official, signed_in
from tests.web.test_subscriptions import account_of
from web.accounts.visitor import Duty, Post, Role
from web.app import create_app
from web.campaigns.outcomes import COUNTS
from web.folders import snapshots_folder
from web.office.campaign_approvals import CHECKLIST
from web.settings import Settings
from web.setup import setup
from web.stored import Database

NOW = datetime(2024, 7, 1, 2, 30, tzinfo=UTC)
"""A Monday, half past ten in Shanghai."""
BOTH = frozenset({Kind.ELIGIBLE, Kind.UNDETERMINED})
YANAN = "610600"
ITEM, OTHER_ITEM = "yanan-2023-private-economy.15", "yanan-2023-private-economy.31"
CAMPAIGNS, APPROVALS, RUNS = "/office/campaigns", "/office/campaign-approvals", "/office/campaign-runs"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample set-up and a snapshot of it: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("prepared")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    setup(url, sample=True)
    engine = connect(url)
    refresh(engine, snapshots_folder(folder / "files"), bundled())
    engine.dispose()
    return folder


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "site"))


@pytest.fixture
def url(site: Path) -> str:
    return f"sqlite:///{site / 'huiqi.db'}"


@pytest.fixture
def app(site: Path, url: str) -> Iterator[Flask]:
    stored = Database(url, bundled())
    yield create_app(
        Settings(url, sample=True, posts="1000 per minute", files=site / "files", clock=lambda: NOW), stored
    )
    stored.close()


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.OPERATOR, YANAN), subject="operator")


@pytest.fixture
def approver(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.APPROVER, YANAN), subject="approver", name="马建军")


def soup(response: TestResponse, status: int = 200) -> BeautifulSoup:
    assert response.status_code == status, response.text[:500]
    return BeautifulSoup(response.text, "html.parser")


def text(page: BeautifulSoup, selector: str) -> str:
    """What stands there."""
    found = page.select_one(selector)
    assert found is not None, selector
    return str(found.get_text())


def attribute(page: BeautifulSoup, selector: str, name: str) -> str | None:
    """What an element says of itself; ``None`` where it does not."""
    found = page.select_one(selector)
    assert found is not None, selector
    said = found.get(name)
    return None if said is None else str(said)


def number(shown: str) -> int:
    return int(shown.replace(",", ""))


def send(client: FlaskClient, page: str, form: Mapping[str, object], to: str | None = None) -> TestResponse:
    """Send a form that stands on ``page``, with its token and all that is hidden in it."""
    html = BeautifulSoup(client.get(page).text, "html.parser")
    found = html.find("form", attrs={"action": to or page, "method": "post"})
    assert found is not None, (page, to)
    hidden = {each["name"]: each["value"] for each in found.find_all("input", attrs={"type": "hidden"})}
    return client.post(to or page, data={**hidden, **form})


def begin(operator: FlaskClient, title: str = "四季度提醒") -> str:
    """A new draft; its address."""
    made = send(operator, f"{CAMPAIGNS}/new", {"title": title, "place": YANAN}, CAMPAIGNS)
    assert made.status_code == 303
    return re.sub(r"/items$", "", made.location)


def fill(operator: FlaskClient, at: str, **steps: Mapping[str, object]) -> None:
    """All steps, as usual where nothing else is said."""
    usual: dict[str, Mapping[str, object]] = {
        "items": {"items": [ITEM, OTHER_ITEM]},
        "people": {"kinds": ["eligible", "undetermined"], "only_new": "1", "leave_out_done": "1"},
        "message": {f"template.{name}": getattr(USUAL, name) for name in ("title", "opening", "each", "closing")},
        "sending": {"channels": "inbox", "weekly_cap": "2", "weekends": "1"},
    }
    for step, form in {**usual, **steps}.items():
        saved = send(operator, f"{at}/{step}", form)
        assert saved.status_code == 303, saved.text


def content(title: str = "四季度提醒", kinds: frozenset[Kind] = BOTH) -> Content:
    pinned = pin(bundled_library(), [ITEM, OTHER_ITEM])
    selection = Selection(kinds=kinds, only_new=False, leave_out_done=False)
    return Content(title, YANAN, items=pinned, selection=selection, template=USUAL, pace=Pace(weekly_cap=7))


def submitted(app: Flask, *, by: str = "maker") -> int:
    """A campaign that waits for approval; its number."""
    settings: Settings = app.extensions["huiqi_settings"]
    snapshot = newest(snapshots_folder(settings.files), bundled())
    assert snapshot is not None
    with app.extensions["huiqi"].writing() as database:
        number = deeds.create(database, content(), deeds.By(by, NOW))
        found = estimate(database, snapshot, content(), SAMPLE_DAY, campaign_id=number)
        deeds.submit(database, number, found, deeds.By(by, NOW))
    return number


def approved(app: Flask) -> str:
    """An approved campaign; the address of its run."""
    number = submitted(app)
    with app.extensions["huiqi"].writing() as database:
        deeds.approve(database, number, deeds.By("checker", NOW))
    return f"{RUNS}/{number}"


def sent(app: Flask, url: str) -> str:
    """A campaign that was sent to the inbox; the address of its run."""
    at = approved(app)
    with app.extensions["huiqi"].writing() as database:
        deeds.start(database, int(at.rsplit("/", 1)[1]), deeds.By("maker", NOW))
    settings: Settings = app.extensions["huiqi_settings"]
    engine = connect(url)
    try:
        inbox = Inbox(engine, lambda: NOW)
        folder = snapshots_folder(settings.files)
        Worker(engine, bundled(), {"inbox": inbox}, folder, "w", now=lambda: NOW, day=lambda: SAMPLE_DAY).run_dry()
    finally:
        engine.dispose()
    return at


def state_of(app: Flask, at: str) -> State:
    with app.extensions["huiqi"].reading() as database:
        return load_campaign(database, int(at.rsplit("/", 1)[1])).state


# --------------------------------------------------------------------------------- making one


def test_a_campaign_begins_with_a_name_and_a_place(operator: FlaskClient) -> None:
    page = soup(operator.get(f"{CAMPAIGNS}/new"))
    assert "延安市宝塔区" in text(page, "#place")
    wrong = soup(send(operator, f"{CAMPAIGNS}/new", {"title": " ", "place": "610100"}, CAMPAIGNS), 422)
    assert len(wrong.select("#mistakes li")) == 2
    assert send(operator, f"{CAMPAIGNS}/new", {"title": "看不\x00见", "place": YANAN}, CAMPAIGNS).status_code == 422
    kept = soup(send(operator, f"{CAMPAIGNS}/new", {"title": "留着", "place": ""}, CAMPAIGNS), 422)
    assert attribute(kept, "#title", "value") == "留着"
    at = begin(operator, "新的")
    assert "新的" in soup(operator.get(CAMPAIGNS)).text
    assert "推送哪些事项" in text(soup(operator.get(f"{at}/items")), "h1")


def test_items_are_narrowed_without_losing_what_was_chosen(operator: FlaskClient) -> None:
    at = begin(operator)
    assert soup(operator.get(f"{at}/items")).select(".mistake, .wrong") == []
    narrowed = soup(send(operator, f"{at}/items", {"items": [ITEM], "words": "没有这样的事项", "narrow": "1"}))
    hidden = [each["value"] for each in narrowed.select("input[type=hidden][name=items]")]
    assert hidden == [ITEM]
    assert "找到 0 个，已选 1 个" in narrowed.get_text()
    nothing = soup(send(operator, f"{at}/items", {}), 422)
    assert "请至少选一个事项" in text(nothing, "#items-mistake")
    unknown = soup(send(operator, f"{at}/items", {"items": [ITEM, "no.such"]}), 422)
    assert "现在不能推送" in text(unknown, "#items-mistake")
    assert send(operator, f"{at}/items", {"items": [ITEM]}).location.endswith("/people")
    assert send(operator, f"{at}/items", {"items": [ITEM], "stay": "1"}).location.endswith("?done=saved")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kinds": []}, "kinds"),
        ({"kinds": "eligible", "regions": "610100"}, "regions"),
        ({"kinds": "eligible", "sizes": "特大"}, "sizes"),
        ({"kinds": "eligible", "codes": "91610602MA6YBCD12"}, "codes"),
    ],
    ids=["kinds", "regions", "sizes", "codes"],
)
def test_a_mistake_of_whom_to_tell_stands_beside_its_field(
    operator: FlaskClient, form: Mapping[str, object], field: str
) -> None:
    at = begin(operator)
    wrong = soup(send(operator, f"{at}/people", {**form, "industries": "C"}), 422)
    assert wrong.select_one(f"#{field}-mistake") is not None
    assert attribute(wrong, "[name=industries][value=C]", "checked") is not None, "nothing is lost"


def test_whom_to_tell_is_kept_and_shown_again(app: Flask, operator: FlaskClient) -> None:
    at = begin(operator)
    code = str(samples()[0].credit_code)
    form = {"kinds": ["eligible", "near"], "regions": "610602", "sizes": ["小型", "微型"], "industries": "C"}
    assert send(operator, f"{at}/people", {**form, "codes": f"{code.lower()}，\n{code}"}).status_code == 303
    with app.extensions["huiqi"].reading() as database:
        selection = load_campaign(database, int(at.rsplit("/", 1)[1])).content.selection
    assert (selection.kinds, selection.regions, selection.codes) == (
        frozenset({Kind.ELIGIBLE, Kind.NEAR}),
        ("610602",),
        (code,),
    )
    assert not selection.only_new
    again = soup(operator.get(f"{at}/people"))
    assert {each["value"] for each in again.select("[name=sizes][checked]")} == {"小型", "微型"}
    assert code in text(again, "#codes")
    assert "陕西省延安市宝塔区；制造业；小型、微型" in soup(operator.get(at)).text


def test_a_field_that_there_is_not_and_a_promise_are_refused_at_their_place(operator: FlaskClient) -> None:
    at = begin(operator)
    assert send(operator, f"{at}/people", {"kinds": ["eligible", "undetermined"]}).status_code == 303
    form = {"template.title": "{企业名}看看", "template.each": "{事项}", "template.closing": "一定能拿到"}
    wrong = soup(send(operator, f"{at}/message", form), 422)
    assert "第 1 行第 1 个字：没有“企业名”这个字段" in text(wrong, "[id='template.title-mistake']")
    assert "“一定”是承诺" in text(wrong, "[id='template.closing-mistake']")
    assert attribute(wrong, "[id='template.title']", "value") == "{企业名}看看"
    assert send(operator, f"{at}/people", {"kinds": "eligible"}).status_code == 303
    certain = soup(send(operator, f"{at}/message", form), 422)
    assert certain.find(id="template.closing-mistake") is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": "pigeon"}, "channels"),
        ({"weekly_cap": "0"}, "weekly_cap"),
        ({"weekly_cap": "8"}, "weekly_cap"),
        ({"days": "明天"}, "days"),
        ({"first_hour": "18"}, "first_hour"),
        ({"not_before": "下周"}, "not_before"),
        ({"not_before": "0001-01-01T00:00"}, "not_before"),
    ],
    ids=["none", "unknown", "zero", "many", "days", "hours", "moment", "long ago"],
)
def test_a_mistake_of_when_stands_beside_its_field(
    operator: FlaskClient, form: Mapping[str, object], field: str
) -> None:
    at = begin(operator)
    wrong = soup(send(operator, f"{at}/sending", {"channels": "inbox", "weekly_cap": "7", **form}), 422)
    assert wrong.select_one(f"#{field}-mistake") is not None


def test_when_is_kept_in_the_time_of_shanghai(app: Flask, operator: FlaskClient) -> None:
    at = begin(operator)
    form = {
        "channels": "inbox",
        "weekly_cap": "1",
        "not_before": "2024-07-09T09:30",
        "first_hour": "20",
        "last_hour": "8",
    }
    assert send(operator, f"{at}/sending", form).location.endswith("/preview")
    with app.extensions["huiqi"].reading() as database:
        pace = load_campaign(database, int(at.rsplit("/", 1)[1])).content.pace
    assert (pace.weekly_cap, pace.quiet.weekends, pace.quiet.first_hour, pace.quiet.last_hour) == (1, False, 20, 8)
    assert pace.not_before is not None
    assert pace.not_before.isoformat() == "2024-07-09T01:30:00+00:00"
    again = soup(operator.get(f"{at}/sending"))
    assert attribute(again, "#not_before", "value") == "2024-07-09T09:30"


def test_who_was_overtaken_keeps_what_was_typed(operator: FlaskClient) -> None:
    at = begin(operator)
    page = soup(operator.get(f"{at}/basics"))
    hidden = {each["name"]: each["value"] for each in page.select("main input[type=hidden]")}
    assert send(operator, f"{at}/basics", {"title": "先改的"}).status_code == 303
    late = soup(operator.post(f"{at}/basics", data={**hidden, "title": "后改的"}), 409)
    assert attribute(late, "#title", "value") == "后改的"
    assert "有人改过" in text(late, "[role=alert]")
    again = {each["name"]: each["value"] for each in late.select("main input[type=hidden]")}
    assert operator.post(f"{at}/basics", data={**again, "title": "后改的"}).status_code == 303


# ------------------------------------------------------------------- preview and approval


def test_nothing_is_previewed_before_all_is_filled_in(operator: FlaskClient) -> None:
    at = begin(operator)
    page = soup(operator.get(f"{at}/preview"))
    assert "请至少选一个事项" in text(page, ".alert")
    assert page.find("form", attrs={"action": f"{at}/submit"}) is None
    token = attribute(soup(operator.get(f"{CAMPAIGNS}/new")), "[name=csrf_token]", "value")
    assert operator.post(f"{at}/submit", data={"csrf_token": token, "revision": "1"}).status_code == 409
    assert operator.post(f"{at}/preview", data={"csrf_token": token}).status_code == 409


def test_a_preview_shows_counts_money_and_ten_messages(operator: FlaskClient) -> None:
    at = begin(operator)
    fill(operator, at)
    assert "估算" in soup(operator.get(f"{at}/preview")).text
    assert send(operator, f"{at}/preview", {}).status_code == 303
    page = soup(operator.get(f"{at}/preview"))
    assert len(page.select("figure.chart")) == 2
    assert page.select_one('[aria-label="按事项"] tbody tr') is not None
    for place, name in (("按地区", "企业"), ("按地区", "事项 × 企业")):
        total = text(page, f'[aria-label="{place}"] tfoot td:nth-of-type({1 if name == "企业" else 2})')
        assert sum(number(row[name]) for row in figures(page, place).values()) == number(total)
    samples = page.select("details.panel")
    assert 0 < len(samples) <= 10
    assert "还不确定是否符合" in page.text
    assert "还缺：" in page.text
    assert "{" not in "".join(each.text for each in samples)


def test_a_preview_is_of_what_is_said_now(operator: FlaskClient) -> None:
    at = begin(operator)
    fill(operator, at)
    assert send(operator, f"{at}/preview", {}).status_code == 303
    form = soup(operator.get(f"{at}/preview")).find("form", attrs={"action": f"{at}/submit"})
    assert form is not None
    hidden = {each["name"]: each["value"] for each in form.find_all("input")}
    assert send(operator, f"{at}/items", {"items": [ITEM]}).status_code == 303
    late = soup(operator.post(f"{at}/submit", data=hidden), 409)
    assert "请重新估算" in text(late, "[role=alert]")


def test_another_person_approves_exactly_what_was_previewed(
    app: Flask, operator: FlaskClient, approver: FlaskClient
) -> None:
    at = begin(operator)
    fill(operator, at)
    assert send(operator, f"{at}/preview", {}).status_code == 303
    assert send(operator, f"{at}/preview", {}, f"{at}/submit").status_code == 303
    number = at.rsplit("/", 1)[1]
    previewed = soup(operator.get(f"{at}/preview"))
    page = soup(approver.get(f"{APPROVALS}/{number}"))
    for label in ("按事项", "按地区"):
        of_operator, of_approver = (each.select_one(f'[aria-label="{label}"]') for each in (previewed, page))
        assert str(of_operator) == str(of_approver)
    assert [each.text for each in previewed.select("details.panel")] == [
        each.text for each in page.select("details.panel")
    ]
    missing = soup(
        send(approver, f"{APPROVALS}/{number}", {"checked": ["items"]}, f"{APPROVALS}/{number}/approve"), 422
    )
    assert attribute(missing, "[value=items]", "checked") is not None
    assert state_of(app, at) is State.SUBMITTED
    done = send(approver, f"{APPROVALS}/{number}", {"checked": list(CHECKLIST)}, f"{APPROVALS}/{number}/approve")
    assert done.status_code == 303
    assert state_of(app, at) is State.APPROVED
    assert "马建军" in text(soup(operator.get(at)), ".timeline")


def test_what_was_changed_after_the_page_was_opened_is_not_approved(
    app: Flask, operator: FlaskClient, approver: FlaskClient
) -> None:
    number = submitted(app)
    page, at = f"{APPROVALS}/{number}", f"{CAMPAIGNS}/{number}"
    form = soup(approver.get(page)).find("form", attrs={"action": f"{page}/approve"})
    assert form is not None
    hidden = {each["name"]: each["value"] for each in form.select("input[type=hidden]")}
    assert send(operator, f"{at}/items", {"items": [ITEM]}).status_code == 303
    assert send(operator, f"{at}/preview", {}).status_code == 303
    assert send(operator, f"{at}/preview", {}, f"{at}/submit").status_code == 303
    for seen in (hidden, {**hidden, "revision": "0"}, {**hidden, "revision": ""}):
        late = approver.post(f"{page}/approve", data={**seen, "checked": list(CHECKLIST)})
        assert "有人改过" in text(soup(late, 409), "[role=alert]")
    assert state_of(app, at) is State.SUBMITTED


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 10**25, "9" * 5000], ids=["largest", "2^31", "10^25", "long"])
def test_there_is_no_campaign_of_a_number_that_no_row_has(operator: FlaskClient, number: object) -> None:
    assert operator.get(f"{CAMPAIGNS}/{number}").status_code == 404


def test_nobody_approves_their_own(app: Flask) -> None:
    both = official(app, Post(Duty.OPERATOR, YANAN), Post(Duty.APPROVER, YANAN), subject="both")
    number = submitted(app, by=account_of(app, both))
    page, at = f"{APPROVALS}/{number}", f"{CAMPAIGNS}/{number}"
    own = soup(both.get(page))
    assert own.find("form", attrs={"action": f"{page}/approve"}) is None
    token = attribute(own, "[name=csrf_token]", "value")
    revision = {"csrf_token": token, "revision": "99", "checked": list(CHECKLIST)}
    assert "另一个人审批" in soup(both.post(f"{page}/approve", data=revision), 409).text
    assert state_of(app, at) is State.SUBMITTED


def test_a_campaign_is_sent_back_with_what_to_change(app: Flask, operator: FlaskClient, approver: FlaskClient) -> None:
    number = submitted(app)
    page, at = f"{APPROVALS}/{number}", f"{CAMPAIGNS}/{number}"
    assert send(approver, page, {"reason": " "}, f"{page}/send-back").status_code == 422
    assert send(approver, page, {"reason": "标题太笼统"}, f"{page}/send-back").status_code == 303
    assert state_of(app, at) is State.DRAFT
    assert "标题太笼统" in text(soup(operator.get(at)), ".alert")


# --------------------------------------------------------------------------- whose it is


def test_others_neither_see_nor_touch_it(app: Flask, operator: FlaskClient) -> None:
    number = submitted(app)
    at = f"{CAMPAIGNS}/{number}"
    elsewhere = [
        official(app, Post(Duty.OPERATOR, "610100"), subject="xian"),
        official(app, Post(Duty.OPERATOR, "610602"), subject="county"),
        official(app, Post(Duty.OPERATOR, YANAN, "延安市财政局"), subject="department"),
    ]
    for client in elsewhere:
        assert client.get(at).status_code == 403
        assert client.get(f"{at}/items").status_code == 403
        assert client.get(f"{RUNS}/{number}").status_code == 403
        assert f'href="{at}"' not in client.get(CAMPAIGNS).text
    other = official(app, Post(Duty.APPROVER, "610100"), subject="xian approver")
    assert other.get(f"{APPROVALS}/{number}").status_code == 403
    assert operator.get(f"{CAMPAIGNS}/9999").status_code == 404


def test_who_works_for_a_department_pushes_its_items_alone(app: Flask) -> None:
    client = official(app, Post(Duty.OPERATOR, YANAN, "延安市工业和信息化局"), subject="department operator")
    page = soup(client.get(f"{CAMPAIGNS}/new"))
    place = page.select_one("#place option[value]:not([value=''])")
    assert place is not None
    assert place["value"] == f"{YANAN} 延安市工业和信息化局"
    made = send(client, f"{CAMPAIGNS}/new", {"title": "部门的", "place": str(place["value"])}, CAMPAIGNS)
    listed = soup(client.get(made.location)).select("#items li")
    assert all("延安市工业和信息化局" in each.text for each in listed)
    forged = send(client, f"{CAMPAIGNS}/new", {"title": "别的", "place": f"{YANAN} 延安市财政局"}, CAMPAIGNS)
    assert forged.status_code == 422


# --------------------------------------------------------------------------- running ones


def test_a_campaign_is_started_paused_resumed_and_cancelled_with_a_reason(app: Flask, operator: FlaskClient) -> None:
    at = approved(app)
    assert send(operator, at, {}, f"{at}/start").status_code == 303
    assert state_of(app, at) is State.PLANNING
    assert "没有后台程序在工作" in soup(operator.get(at)).text
    token = attribute(soup(operator.get(at)), "[name=csrf_token]", "value")
    early = operator.post(f"{at}/pause", data={"csrf_token": token})
    assert "不能“暂停”" in text(soup(early, 409), "[role=alert]")
    assert soup(send(operator, at, {"reason": ""}, f"{at}/cancel"), 422).select_one("#reason-mistake") is not None
    assert send(operator, at, {"reason": "政策有变"}, f"{at}/cancel").status_code == 303
    assert state_of(app, at) is State.CANCELLED
    assert "政策有变" in text(soup(operator.get(at)), ".timeline")


def test_the_first_page_says_what_waits_for_operators(app: Flask) -> None:
    operator = official(app, Post(Duty.OPERATOR, YANAN), subject="of the first page")
    before = waiting(operator)
    approved(app)
    begin(operator, "没有提交的")
    after = waiting(operator)
    assert after["次推送已批准，等您开始"] == before.get("次推送已批准，等您开始", 0) + 1
    assert after["次自己的推送还没提交"] == 1


def waiting(operator: FlaskClient) -> dict[str, int]:
    """What the first page says waits, with how many."""
    lines = (
        each.get_text(" ", strip=True).partition(" ") for each in soup(operator.get("/office")).select(".waiting a")
    )
    return {label: number(count) for count, _, label in lines}


def test_an_approver_watches_and_does_nothing(app: Flask, approver: FlaskClient) -> None:
    at = approved(app)
    page = soup(approver.get(at))
    assert page.find("form", attrs={"action": f"{at}/start"}) is None
    assert approver.post(f"{at}/start").status_code in (400, 403)


def test_figures_without_a_plan_are_none(app: Flask, operator: FlaskClient) -> None:
    at = approved(app)
    assert "没有数字" in soup(operator.get(f"{at}/statistics")).text
    assert operator.get(f"{at}/statistics.xlsx").status_code == 200
    assert soup(operator.get(f"{at}/deliveries")).select_one(".empty") is not None
    assert operator.get(f"{at}/deliveries?state=odd").status_code == 404


# ---------------------------------------------------------------------- what came of it


def enterprises_of(app: Flask, at: str) -> list[str]:
    with app.extensions["huiqi"].reading() as database:
        return [row.credit_code for row in deliveries(database, int(at.rsplit("/", 1)[1]))]


def figures(page: BeautifulSoup, label: str) -> dict[str, dict[str, str]]:
    """A table by its rows and columns."""
    table = page.select_one(f'[aria-label="{label}"]')
    assert table is not None
    heads = [each.text for each in table.select("thead th")[1:]]
    return {
        row.th.text: dict(zip(heads, (cell.text for cell in row.select("td")), strict=True))
        for row in table.select("tbody tr")
        if row.th
    }


def test_what_is_read_followed_and_applied_for_is_counted(app: Flask, url: str, operator: FlaskClient) -> None:
    at = sent(app, url)
    code, *others = enterprises_of(app, at)
    assert others
    page = soup(operator.get(at))
    assert "已完成" in text(page, ".state")
    before = figures(soup(operator.get(f"{at}/statistics")), "按渠道")["合计"]
    assert (before["计划"], before["已送达"], before["已打开"], before["触达率"]) == (str(1 + len(others)),) * 2 + (
        "0",
        "100%",
    )

    owner = signed_in(app, {code: Role.OWNER}, subject="owner")
    inbox = soup(owner.get(f"/mine/{code}/inbox"))
    link = inbox.select_one("#letters a")
    assert link is not None
    message = str(link["href"])
    told = soup(owner.get(message))
    links = [str(each["href"]) for each in told.select("details a")]
    assert links
    assert all(each.startswith(f"/mine/{code}/items/") for each in links)
    counted = figures(soup(operator.get(f"{at}/statistics")), "按渠道")["合计"]
    assert counted["已打开"] == "0", "a GET changes nothing"

    assert send(owner, message, {}, f"{message}/read").status_code == 303
    counted = figures(soup(operator.get(f"{at}/statistics")), "按渠道")["合计"]
    assert (counted["已打开"], counted["已查看"]) == ("1", "0")

    assert owner.get(links[0]).status_code == 200
    assert send(owner, links[0], {"event": "applied"}, f"{links[0]}/feedback").status_code == 303
    page = soup(operator.get(f"{at}/statistics"))
    channel, item, region = (figures(page, label)["合计"] for label in ("按渠道", "按事项", "按地区"))
    assert (channel["已查看"], channel["已申报"]) == ("1", "1")
    assert (item["已查看"], item["已申报"]) == ("1", "1")
    assert (region["已查看"], region["已申报"]) == ("1", "1")
    assert len(page.select("figure.chart")) == 4
    assert page.select("details table"), "every chart has its figures as a table, too"

    whole = send(operator, f"{at}/statistics", {}, f"{at}/receipts")
    page = soup(operator.get(whole.location))
    assert "回执" in text(page, ".success")
    assert figures(page, "按渠道")["合计"] == channel, "what was noted at once is what is gathered later"


def test_tables_add_up_on_the_page_and_in_the_workbook(app: Flask, url: str, operator: FlaskClient) -> None:
    at = sent(app, url)
    page = soup(operator.get(f"{at}/statistics"))
    answer = operator.get(f"{at}/statistics.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    for label in ("按事项", "按地区", "按渠道"):
        shown = figures(page, label)
        total = shown.pop("合计")
        heads, *rows = book.get_sheet_by_name(label).to_python()
        for name in COUNTS:
            numbers = [int(row[name].replace(",", "")) for row in shown.values()]
            assert sum(numbers) == int(total[name].replace(",", "")), (label, name)
            column = [float(str(row[heads.index(name)])) for row in rows]
            assert column == [*map(float, numbers), sum(numbers)], (label, name)
    cover = book.get_sheet_by_name("说明").to_python()
    assert any("控制数" in str(cell) for row in cover for cell in row)
    everything = soup(operator.get(f"{RUNS}/statistics"))
    assert everything.h1 is not None
    assert operator.get(f"{RUNS}/statistics.xlsx").status_code == 200
    assert "100%" in text(soup(operator.get(RUNS)), "tbody tr")


def test_dead_letters_are_listed_with_their_reason_and_sent_again(app: Flask, url: str, operator: FlaskClient) -> None:
    at = sent(app, url)
    with app.extensions["huiqi"].writing() as database:
        for row in deliveries(database, int(at.rsplit("/", 1)[1]))[:2]:
            row.state, row.reason, row.sent_at, row.attempts = "dead", "对方拒收", None, 8
            database.add(row)
    page = soup(operator.get(f"{at}/deliveries?state=dead"))
    assert len(page.select("tbody tr")) == 2
    assert "对方拒收" in page.text
    one = page.select("tbody form")[0]
    again = {each["name"]: each["value"] for each in one.select("input, button")}
    assert operator.post(f"{at}/retry", data=again).location.endswith("done=retried&count=1")
    assert len(soup(operator.get(f"{at}/deliveries?state=dead")).select("tbody tr")) == 1
    assert send(operator, at, {}, f"{at}/retry").location.endswith("count=1")
    nothing = operator.post(f"{at}/retry", data=again)
    assert "没有可以重试的" in text(soup(nothing, 409), "[role=alert]")


def test_names_are_shown_within_the_region_of_the_visitor_alone(app: Flask, url: str, operator: FlaskClient) -> None:
    at = sent(app, url)
    with app.extensions["huiqi"].writing() as database:
        row = deliveries(database, int(at.rsplit("/", 1)[1]))[0]
        stored = database.exec(select(EnterpriseRow).where(EnterpriseRow.credit_code == row.credit_code)).one()
        code, name, before, stored.region = stored.credit_code, stored.name, stored.region, "610100"
        database.add(stored)
    page = soup(operator.get(f"{at}/deliveries"))
    assert name
    assert name not in page.text
    assert "名称不在您的查看范围" in page.text
    with app.extensions["huiqi"].writing() as database:
        database.exec(select(EnterpriseRow).where(EnterpriseRow.credit_code == code)).one().region = before


def test_an_owner_stops_pushes_and_lets_them_come_again(app: Flask, url: str, operator: FlaskClient) -> None:
    at = sent(app, url)
    code = enterprises_of(app, at)[0]
    owner, clerk = (signed_in(app, {code: role}, subject=f"{role} of pushes") for role in (Role.OWNER, Role.CLERK))
    message = attribute(soup(owner.get(f"/mine/{code}/inbox")), "#letters a", "href")
    assert message is not None
    pushes = f"/mine/{code}/pushes"
    assert pushes in owner.get(message).text
    assert pushes not in clerk.get(message).text
    assert clerk.get(pushes).status_code == 403
    assert send(owner, pushes, {"wanted": "0"}).status_code == 303
    assert "不接收" in soup(owner.get(pushes)).text
    reasons = [row.reason for row in everything(app, sent(app, url)) if row.credit_code == code]
    assert reasons
    assert all(reasons), "it is not sent, and it is said why"
    assert send(owner, pushes, {"wanted": "1"}).status_code == 303
    assert [row.state for row in everything(app, sent(app, url)) if row.credit_code == code] == ["sent"]


def everything(app: Flask, at: str) -> list[DeliveryRow]:
    with app.extensions["huiqi"].reading() as database:
        found = list(deliveries(database, int(at.rsplit("/", 1)[1])))
        database.expunge_all()
        return found
