"""The officials' console: what waits, appointing and dismissing, taking up a post, and the log of deeds."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from enterprises.audit import note
from enterprises.dictionary import bundled
from enterprises.samples import samples
from tests.web.signing_in import official, signed_in
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CITY, COUNTY, PROVINCE = "610600", "610602", "610000"
FIRM = str(samples()[0].credit_code)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('office') / Path('huiqi.db')}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="10000 per minute"), stored)
    stored.close()


def administrator(app: Flask, subject: str, region: str = CITY, department: str = "") -> FlaskClient:
    return official(app, Post(Duty.ADMINISTRATOR, region, department), subject=subject, name=subject)


def auditor(app: Flask, region: str = PROVINCE, department: str = "") -> FlaskClient:
    post = Post(Duty.AUDITOR, region, department)
    return official(app, post, subject=f"auditor {region} {department}", name="任思远")


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    with client.get(address) as response:
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_data(as_text=True)


def send(client: FlaskClient, address: str, seen: str, **fields: str) -> tuple[int, str]:
    """Send a form with the token of a page; the status and the page it leads to."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, seen))
    assert token
    data = {"csrf_token": token[1], **fields}
    with client.post(address, data=data) as response:
        status, onwards = response.status_code, response.headers.get("Location")
        body = response.get_data(as_text=True)
    return status, page(client, onwards) if onwards else body


# -------------------------------------------------------------------- first page


def test_an_official_comes_to_the_console_and_sees_their_posts(app: Flask) -> None:
    client = official(app, Post(Duty.EDITOR, CITY, "市工信局"), Post(Duty.OPERATOR, COUNTY), subject="two posts")
    with client.get("/mine") as response:
        assert response.headers["Location"] == "/office"
    said = page(client, "/office")
    assert "政策编辑" in said
    assert "陕西省延安市，市工信局" in said
    assert "陕西省延安市宝塔区，所有部门" in said
    assert "工作人员</a>" not in said  # a section for others
    assert 'href="/office"' in page(client, "/")


def test_who_is_no_official_is_not_shown_the_way_to_the_console(app: Flask) -> None:
    assert 'href="/office"' not in page(signed_in(app, {}, "nobody"), "/")


# ------------------------------------------------------------ appointing by a code


def test_an_administrator_appoints_by_a_code_that_is_shown_once(app: Flask) -> None:
    client = administrator(app, "first")
    fields = {"duty": "finance", "region": COUNTY, "department": "区财政局"}
    status, said = send(client, "/office/officials/appointments", "/office/officials", **fields)
    assert status == 303
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", said)
    assert code
    assert code[0] not in page(client, "/office/officials")
    assert "财务，陕西省延安市宝塔区，区财政局；first在" in page(client, "/office/officials")

    clerk = signed_in(app, {}, "a clerk", "冯彩霞")
    assert page(clerk, "/office", 403)
    status, said = send(clerk, "/office/enter", "/office/enter", code=code[0])
    assert status == 303
    assert "陕西省延安市宝塔区，区财政局" in said
    assert "冯彩霞" in page(client, "/office/officials")

    assert send(signed_in(app, {}, "late"), "/office/enter", "/office/enter", code=code[0])[0] == 422


def test_nobody_can_use_a_code_of_their_own(app: Flask) -> None:
    client = administrator(app, "greedy")
    fields = {"duty": "finance", "region": CITY, "department": ""}
    _, said = send(client, "/office/officials/appointments", "/office/officials", **fields)
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", said)
    assert code
    status, said = send(client, "/office/enter", "/office/enter", code=code[0])
    assert status == 422
    assert "不能给自己增加职责" in said


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"duty": "king", "region": CITY, "department": ""}, ["duty"]),
        ({"duty": "", "region": "", "department": "长" * 61}, ["duty", "region", "department"]),
        ({"duty": "editor", "region": "610699", "department": "市工信局"}, ["region"]),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(app: Flask, fields: dict[str, str], named: list[str]) -> None:
    client = administrator(app, "first")
    status, said = send(client, "/office/officials/appointments", "/office/officials", **fields)
    assert status == 422
    assert re.findall(r'<li><a href="#(\w+)">', said) == named
    assert f'value="{fields["department"]}"' in said


def test_an_administrator_sees_and_appoints_within_their_own_scope_only(app: Flask) -> None:
    official(app, Post(Duty.EDITOR, PROVINCE), subject="of the province", name="高玉兰")
    official(app, Post(Duty.EDITOR, COUNTY), subject="of the county", name="县里的人")
    client = administrator(app, "first")
    said = page(client, "/office/officials")
    assert "县里的人" in said
    assert "高玉兰" not in said
    assert f'<option value="{PROVINCE}"' not in said
    fields = {"duty": "editor", "region": PROVINCE, "department": ""}
    assert send(client, "/office/officials/appointments", "/office/officials", **fields)[0] == 403


def test_an_administrator_of_a_department_names_it(app: Flask) -> None:
    client = administrator(app, "of a department", COUNTY, "区工信局")
    fields = {"duty": "editor", "region": COUNTY, "department": ""}
    status, said = send(client, "/office/officials/appointments", "/office/officials", **fields)
    assert status == 422
    assert "请写明部门" in said
    other = {**fields, "department": "区财政局"}
    assert send(client, "/office/officials/appointments", "/office/officials", **other)[0] == 403


def test_who_has_both_sides_is_marked(app: Flask) -> None:
    posts = [Post(Duty.OPERATOR, CITY), Post(Duty.APPROVER, COUNTY)]
    official(app, *posts, subject="both", name="两头兼")
    official(
        app, Post(Duty.OPERATOR, CITY, "甲局"), Post(Duty.APPROVER, CITY, "乙局"), subject="neither", name="各管各"
    )
    bodies = page(administrator(app, "first"), "/office/officials").split("<tbody>")
    both, neither = (next(each for each in bodies if name in each) for name in ("两头兼", "各管各"))
    assert "一人兼：业务经办、业务审批" in both
    assert "一人兼：" not in neither


def test_a_post_is_ended_and_the_official_is_out_at_once(app: Flask) -> None:
    client, editor = administrator(app, "first"), official(app, Post(Duty.EDITOR, CITY), subject="out", name="要走的人")
    assert page(editor, "/office")
    body = next(each for each in page(client, "/office/officials").split("<tbody>") if "要走的人" in each)
    address = re.search(r'action="(/office/officials/posts/\d+/end)"', body)
    assert address
    status, said = send(client, address[1], "/office/officials")
    assert (status, "职责已终止" in said, "要走的人" in said) == (303, True, False)
    assert page(editor, "/office", 403)
    assert "已经变过" in send(client, address[1], "/office/officials")[1]


def test_the_last_administrator_is_told_why_they_stay(app: Flask) -> None:
    client = administrator(app, "alone", "610800")
    address = re.search(r'action="(/office/officials/posts/\d+/end)"', page(client, "/office/officials"))
    assert address
    status, said = send(client, address[1], "/office/officials")
    assert status == 422
    assert "唯一的系统管理员" in said


# --------------------------------------------------------------------- the log


def deed(app: Flask, action: str, about: str, **detail: str) -> None:
    stored, settings = app.extensions["huiqi"], app.extensions["huiqi_settings"]
    with stored.writing() as database:
        note(database, actor="tests", action=action, about=about, moment=settings.now(), detail=detail)


def test_the_log_is_filtered_and_leads_to_what_is_older(app: Flask) -> None:
    for number in range(55):
        deed(app, "appeal.begun", f"thing-{number}")
    client = auditor(app)
    first = page(client, "/office/audit?action=appeal.begun")
    numbers = re.findall(r'data-label="条号">(\d+)', first)
    assert len(numbers) == 50
    older = re.search(r'href="(/office/audit\?before=[^"]+)">更早的', first)
    assert older
    second = page(client, older[1].replace("&amp;", "&"))
    assert re.findall(r'about=(thing-\d+)"', second) == [f"thing-{number}" for number in range(4, -1, -1)]
    assert "thing-7<" in page(client, "/office/audit?about=thing-7")
    assert "没有这样的操作" in page(client, "/office/audit?until=2001-01-01")
    assert "不是日期" in page(client, "/office/audit?since=昨天", 422)
    assert "早于第一天" in page(client, "/office/audit?since=2024-02-02&until=2024-02-01", 422)


def test_an_auditor_of_a_region_sees_deeds_of_things_there_only(app: Flask) -> None:
    deed(app, "facts.saved", FIRM)  # of 宝塔区, in 延安市
    deed(app, "draft.saved", "yanan-2023-private-economy.15", tag="of an item")
    deed(app, "post.granted", "somebody-here", region=COUNTY, department="区财政局")
    deed(app, "post.granted", "somebody-in-xian", region="610100", department="")
    deed(app, "post.granted", "nowhere")
    deed(app, "post.granted", "forged", tag='"region":"610600"')
    everything = page(auditor(app), "/office/audit")
    assert all(about in everything for about in ("somebody-here", "somebody-in-xian", "nowhere", "forged"))
    city = page(auditor(app, CITY), "/office/audit")
    assert all(about in city for about in (FIRM, "yanan-2023-private-economy.15", "somebody-here"))
    assert not any(about in city for about in ("somebody-in-xian", "nowhere", "forged"))
    one = page(auditor(app, CITY, "区财政局"), "/office/audit")
    assert "somebody-here" in one
    assert FIRM not in one


def test_no_value_of_a_detail_is_shown_but_what_is_listed(app: Flask) -> None:
    deed(app, "facts.saved", "with a secret", facts="营业收入 3 亿元", duty="editor", why="私事")
    said = page(auditor(app), "/office/audit?about=with+a+secret")
    assert "职责：政策编辑" in said
    assert "营业收入" not in said
    assert "私事" not in said


def test_the_log_is_taken_along_as_a_table(app: Flask) -> None:
    deed(app, "share.made", "=1+1")
    with auditor(app).get("/office/audit/deeds.csv?action=share.made") as response:
        assert response.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert rows[0][:4] == ["条号", "时间", "谁", "做了什么"]
    assert rows[1][3] == "生成企业码"
    assert rows[1][4].startswith("'")  # no formula


def test_the_log_is_checked_by_a_button_and_what_came_of_it_stays(app: Flask) -> None:
    client = auditor(app)
    status, said = send(client, "/office/audit/verify", "/office/audit")
    assert status == 303
    assert re.search(r'class="state ok">完整</span> 共 \d+ 条', said)
    stored = app.extensions["huiqi"]
    with stored.writing() as database:
        last = database.connection().execute(text("SELECT max(number) FROM audit")).scalar()
        database.connection().execute(text("UPDATE audit SET actor = '别人' WHERE number = :n"), {"n": last})
    _, said = send(client, "/office/audit/verify", "/office/audit")
    assert f"第 {last} 条被改动过" in said
    assert "核对操作日志" in said
