"""Rounds, payments and the ledger on the console: from a plan to money and back, by the people it takes."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from enterprises.dictionary import bundled
from enterprises.snapshots import refresh
from policies.tables import ItemRow
from recommender.grants.deeds import By
from recommender.grants.deeds import accept as say_yes
from recommender.grants.offers import find_grant
from recommender.grants.samples import HIRING, PACKAGING
from recommender.payments.round_deeds import check as find_right
from tests.web.signing_in import official
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.folders import snapshots_folder
from web.settings import Settings
from web.setup import setup
from web.stored import Database

PLACE, ELSEWHERE = "610200", "610600"
DEPARTMENT = "铜川市人力资源和社会保障局"
AMOUNT = 300_000
PLAN = {
    "notice_days": "0",
    "notice_working": "1",
    "consent": "explicit",
    "clause": "",
    "consent_days": "15",
    "budget": "5万元",
    "rule": "stop",
    "cap": "",
    "cap_years": "1",
    "cap_clause": "",
}
HEAD = {"occasion": "2024年6月", "region": PLACE, "department": DEPARTMENT}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("money")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    settings = Settings(url, sample=True, posts="10000 per minute", files=folder / "files")
    setup(url, sample=True, seal=settings.seal)
    stored = Database(url, bundled())
    assert refresh(stored._engine, snapshots_folder(settings.files), bundled())
    yield create_app(settings, stored)
    stored.close()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, FlaskClient]:
    duties = {
        "operator": Duty.OPERATOR,
        "approver": Duty.APPROVER,
        "first clerk": Duty.FINANCE,
        "second clerk": Duty.FINANCE,
        "auditor": Duty.AUDITOR,
    }
    return {name: official(app, Post(duty, PLACE), subject=name, name=name) for name, duty in duties.items()}


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    with client.get(address) as response:
        said = response.get_data(as_text=True)
        assert response.status_code == status, said
    return said


def send(client: FlaskClient, address: str, seen: str, **fields: object) -> tuple[int, str]:
    """Send a form with the token and the revision of a page; the status, and the page that follows."""
    said = page(client, seen)
    hidden = dict(re.findall(r'name="(csrf_token|revision)" value="([^"]*)"', said))
    with client.post(address, data={**hidden, **fields}) as response:
        status, onwards, body = response.status_code, response.headers.get("Location"), response.get_data(as_text=True)
    return status, page(client, onwards) if onwards else body


def table(*rows: tuple[str, ...]) -> tuple[io.BytesIO, str]:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return io.BytesIO(text.getvalue().encode("utf-8-sig")), "list.csv"


def stated() -> tuple[io.BytesIO, str]:
    heads = ("统一社会信用代码", "核定金额（元）", "算法", "核定单位")
    return table(heads, (PACKAGING, "3000", "2 人 × 1,500 元", "铜川市失业保险经办机构"))


def made(people: dict[str, FlaskClient], occasion: str, **plan: str) -> str:
    """The address of a new round."""
    at = f"/office/rounds/new/{HIRING}"
    status, said = send(people["operator"], at, at, **{**HEAD, **PLAN, **plan, "occasion": occasion})
    assert status == 303, said
    address = re.search(r'action="(/office/rounds/[0-9a-f]{32})/compare"', said)
    assert address
    return address[1]


def listed(people: dict[str, FlaskClient], occasion: str, **plan: str) -> str:
    """The address of a round whose candidates are listed."""
    at = made(people, occasion, **plan)
    file = {"file": stated(), "count": "1", "total": "3000"}
    assert send(people["operator"], f"{at}/stated", at, **file)[0] == 303
    status, said = send(people["operator"], f"{at}/compare", at)
    assert (status, "已办理：比对出候选" in said) == (303, True)
    return at


def step(client: FlaskClient, at: str, deed: str, to: str = "go-on", reason: str = "") -> tuple[int, str]:
    return send(client, f"{at}/{to}", at, deed=deed, reason=reason)


def test_a_grant_goes_from_the_list_to_the_ledger_and_back(app: Flask, people: dict[str, FlaskClient]) -> None:
    operator, approver = people["operator"], people["approver"]
    first, second = people["first clerk"], people["second clerk"]
    at = listed(people, "2024年6月")
    assert "示例·印台区纸箱包装有限公司" in page(operator, f"{at}/candidates?standing=due")
    assert "2 人 × 1,500 元" in page(approver, f"{at}/candidates/{PACKAGING}")
    assert step(operator, at, "submitted")[0] == 303
    assert "个免申即享批次待核对" in page(approver, "/office")
    status, said = step(approver, at, "checked", "check")
    assert (status, "已核对" in said) == (303, True)
    assert step(operator, at, "asked")[0] == 303

    grant = grant_of(app, "2024年6月")
    stored, settings = app.extensions["huiqi"], app.extensions["huiqi_settings"]
    with stored.writing() as database:
        say_yes(database, grant, By("the enterprise", settings.now(), settings.day()), settings.seal)
    assert "笔资金等着付款" in page(first, "/office")

    status, said = send(first, "/office/payments", "/office/payments", scope=f"{PLACE}/", grant=grant)
    assert (status, "付款批次已拟定" in said) == (303, True)
    batch = re.search(r"/office/payments/([0-9a-f]{32})/", said)
    assert batch
    here = f"/office/payments/{batch[1]}"
    status, said = send(first, f"{here}/release", here)
    assert (status, "要由另一位财务人员" in said) == (409, True)
    status, said = send(first, f"{here}/file", here, kind="csv")
    assert (status, "没有付款文件" in said) == (409, True)
    assert send(second, f"{here}/release", here)[0] == 303
    files = [send(second, f"{here}/file", here, kind="csv")[1] for _ in range(2)]
    assert files[0] == files[1]
    assert f"{AMOUNT // 100}.00" in files[0]

    reference = list(csv.reader(io.StringIO(files[0])))[1][0]
    tail = page(first, here).partition("尾号 ")[2][:4]
    heads = ("付款编号", "金额（元）", "账号末四位", "结果", "到账日期")
    lines = (reference, "3000.00", tail, "成功", "2024-06-30")

    def answer(count: str) -> tuple[int, str]:
        return send(second, f"{here}/result", here, file=table(heads, lines), count=count, total="3000")

    assert answer("2")[0] == 422
    assert "等银行结果" in page(first, here)
    assert "到账 1 笔" in answer("1")[1]
    assert "早已登记过 1 笔" in answer("1")[1]

    ledger = page(people["auditor"], "/office/ledger?by=department")
    assert ledger.count("示例·印台区纸箱包装有限公司") >= 1
    with people["auditor"].get("/office/ledger/ledger.xlsx") as response:
        assert response.data.startswith(b"PK")
    about = f"/office/ledger/grants/{grant}"
    send(operator, f"{about}/demand", about, amount="3000", due="2024-07-31", reason="人员没有参保")
    recovery = re.search(r"/recoveries/([0-9a-f]{32})/", page(approver, about))
    assert recovery
    back = f"{about}/recoveries/{recovery[1]}"
    assert send(approver, f"{back}/approve", about)[0] == 303
    status, said = send(first, f"{back}/receive", about, amount="3000", on="2024-06-30")
    assert (status, "已追回" in said) == (303, True)
    check_what_auditors_see(app, people["auditor"])


def check_what_auditors_see(app: Flask, auditor: FlaskClient) -> None:
    elsewhere = official(app, Post(Duty.AUDITOR, ELSEWHERE), subject="auditor elsewhere", name="elsewhere")
    here, there = (page(one, "/office/audit/deeds.csv") for one in (auditor, elsewhere))
    for deed in ("payment.made", "payment.released", "payment.result", "recovery.proposed", "recovery.received"):
        assert deed in here, deed
        assert deed not in there, deed


def grant_of(app: Flask, occasion: str) -> str:
    with app.extensions["huiqi"].reading() as database:
        found = find_grant(database, HIRING, PACKAGING, occasion)
    assert found is not None
    return found


def test_what_is_wrong_in_a_plan_is_said_beside_it_and_all_that_was_typed_stays(people: dict[str, FlaskClient]) -> None:
    at = f"/office/rounds/new/{HIRING}"
    wrong = {**HEAD, **PLAN, "budget": "很多", "consent": "deemed", "notice_days": "-1", "cap": "1万元", "occasion": ""}
    status, said = send(people["operator"], at, at, **wrong)
    assert status == 422
    assert set(re.findall(r'<li><a href="#(\w+)">', said)) == {"notice_days", "clause", "budget", "cap_clause"}
    assert 'value="很多"' in said
    assert 'value="-1"' in said
    status, said = send(people["operator"], at, at, **{**HEAD, **PLAN, "occasion": ""})
    assert re.findall(r'<li><a href="#(\w+)">', said) == ["occasion"]
    status, said = send(people["operator"], at, at, **{**HEAD, **PLAN, "region": ELSEWHERE, "department": "别的局"})
    assert re.findall(r'<li><a href="#(\w+)">', said) == ["region"]


def test_a_list_with_mistakes_is_not_taken_and_each_is_said(people: dict[str, FlaskClient]) -> None:
    at = made(people, "2024年7月")
    for fields, why in (
        ({"count": "1", "total": "3000"}, "没有选文件"),
        ({"file": stated(), "count": "2", "total": "3000"}, "请核对"),
        ({"file": stated(), "count": "", "total": "3000"}, "没有写清共几笔"),
        ({"file": (io.BytesIO(b"x"), "list.exe"), "count": "1", "total": "1"}, "只能用"),
    ):
        status, said = send(people["operator"], f"{at}/stated", at, **fields)
        assert (status, why in said) == (422, True)
    status, said = send(people["operator"], f"{at}/compare", at)
    assert (status, "请先载入核定金额清单" in said) == (409, True)


def test_who_made_a_round_cannot_check_it_and_who_checks_may_send_it_back(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    posts = (Post(Duty.OPERATOR, PLACE), Post(Duty.APPROVER, PLACE))
    both = official(app, *posts, subject="both", name="both")
    at = listed({**people, "operator": both}, "2024年8月")
    assert step(both, at, "submitted")[0] == 303
    status, said = step(both, at, "checked", "check")
    assert (status, "要由另一个人核对" in said) == (409, True)
    status, said = step(people["approver"], at, "returned", "check")
    assert (status, "要写明原因" in said) == (409, True)
    status, said = step(people["approver"], at, "returned", "check", "名单里有注销的")
    assert (status, "名单里有注销的" in said) == (303, True)


def test_a_candidate_is_struck_with_a_reason_and_put_back(people: dict[str, FlaskClient]) -> None:
    at = listed(people, "2024年9月")
    one = f"{at}/candidates/{PACKAGING}"
    assert send(people["operator"], f"{one}/strike", one, reason=" ")[0] == 409
    assert "已剔除" in send(people["operator"], f"{one}/strike", one, reason="重复")[1]
    status, said = step(people["operator"], at, "submitted")
    assert (status, "没有可以发放的企业" in said) == (409, True)
    assert "可以发放" in send(people["operator"], f"{one}/restore", one)[1]


def test_a_step_on_something_that_has_changed_meanwhile_is_refused(people: dict[str, FlaskClient]) -> None:
    at = made(people, "2024年10月")
    seen = page(people["operator"], f"{at}/plan")
    token = re.search(r'name="csrf_token" value="([^"]*)"', seen)
    assert token
    assert send(people["operator"], f"{at}/plan", f"{at}/plan", **{**PLAN, "consent_days": "10"})[0] == 303
    old = {"csrf_token": token[1], "revision": "1", **PLAN}
    with people["operator"].post(f"{at}/plan", data=old) as response:
        assert response.status_code == 409
        assert "改过" in response.get_data(as_text=True)


def test_officials_of_other_places_see_nothing_and_can_do_nothing(app: Flask, people: dict[str, FlaskClient]) -> None:
    at = made(people, "2024年11月")
    others = official(app, *(Post(duty, ELSEWHERE) for duty in Duty), subject="others", name="others")
    assert "2024年11月" not in page(others, "/office/rounds")
    page(others, at, 403)
    page(others, f"{at}/candidates", 403)
    page(others, f"{at}/plan", 403)
    page(others, f"/office/ledger/grants/{grant_of(app, '2024年5月')}", 403)
    page(others, "/office/payments?scope=610200/", 403)
    page(others, "/office/ledger?scope=610200/", 403)
    page(others, f"/office/rounds/new/{HIRING}", 404)
    assert send(others, f"{at}/compare", "/office/rounds")[0] == 403
    assert send(others, f"{at}/go-on", "/office/rounds", deed="cancelled", reason="x", revision="1")[0] == 403


def test_an_objection_that_is_right_ends_one_grant_and_a_notice_is_waited_for(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    at = listed(people, "2025年1月", notice_days="5")
    assert step(people["operator"], at, "submitted")[0] == 303
    assert step(people["approver"], at, "checked", "check")[0] == 303
    status, said = step(people["operator"], at, "noticed")
    assert (status, "2024年7月5日为止" in said) == (303, True)  # five working days after the 30th of June
    status, said = step(people["operator"], at, "asked")
    assert (status, "还没有满" in said) == (409, True)
    about = f"/office/ledger/grants/{grant_of(app, '2025年1月')}"
    assert send(people["operator"], f"{about}/uphold", about, reason="")[0] == 409
    status, said = send(people["operator"], f"{about}/uphold", about, reason="查实没有招人")
    assert (status, "公示有异议：查实没有招人" in said) == (303, True)


def test_what_was_decided_of_an_item_that_is_withdrawn_meanwhile_is_said_to_wait(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    at = listed(people, "2025年2月")
    assert step(people["operator"], at, "submitted")[0] == 303
    stored, settings = app.extensions["huiqi"], app.extensions["huiqi_settings"]
    try:
        withdraw(app, True)
        status, said = step(people["approver"], at, "checked", "check")
        assert (status, "或者已经下架" in said) == (409, True)
        withdraw(app, False)
        with stored.writing() as database:
            by = By("the checker", settings.now(), settings.day())
            find_right(database, at.rpartition("/")[2], 4, by, settings.seal)
        withdraw(app, True)
        status, said = send(people["operator"], f"{at}/carry-on", at)
        assert (status, "或者已经下架" in said) == (409, True)
        status, said = step(people["operator"], at, "cancelled", reason="事项下架了")
        assert (status, "已取消" in said) == (303, True)
    finally:
        withdraw(app, False)


def withdraw(app: Flask, retired: bool) -> None:
    """Take the item out of the library, or put it back."""
    with app.extensions["huiqi"].writing() as database:
        database.get(ItemRow, HIRING).retired = retired
    app.extensions["huiqi"].look_again()


def test_a_round_is_of_a_department_of_its_item(people: dict[str, FlaskClient]) -> None:
    at = f"/office/rounds/new/{HIRING}"
    status, said = send(people["operator"], at, at, **{**HEAD, **PLAN, "department": "随便写的部门"})
    assert (status, "请从列出的部门里选" in said) == (422, True)


def test_the_auditor_of_a_place_sees_what_was_done_with_its_rounds_and_payments(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    at = made(people, "2025年3月")
    said = page(people["auditor"], f"/office/audit/deeds.csv?about=round:{at.rpartition('/')[2]}")
    assert "round.made" in said
    elsewhere = official(app, Post(Duty.AUDITOR, ELSEWHERE), subject="auditor elsewhere", name="elsewhere")
    assert "round.made" not in page(elsewhere, "/office/audit/deeds.csv")
    assert "first clerk" in page(people["auditor"], "/office/audit")
    assert "first clerk" not in page(elsewhere, "/office/audit")


def test_what_has_lapsed_is_taken_up_again(app: Flask, people: dict[str, FlaskClient]) -> None:
    about = f"/office/ledger/grants/{grant_of(app, '2024年3月')}"
    assert "重新办理" in page(people["operator"], about)
    assert "重新办理" not in page(people["auditor"], about)
    status, said = send(people["operator"], f"{about}/reopen", about, reason="企业当时联系不上")
    assert (status, "请企业再确认一次" in said) == (303, True)
