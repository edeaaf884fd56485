"""The editor's pages: building a rule press by press, saving, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from shutil import copy

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate, writing
from enterprises.dictionary import bundled
from policies.tables import store_library
from recommender.publishing.states import By
from tests.recommender.publishing.made_up import small_library
from tests.web.browsing import check_page
from tests.web.signing_in import official
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.settings import Settings
from web.stored import Database

DAY = date(2024, 6, 30)
NOON = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
DOCUMENT = "yanan-2023-private-economy"
ITEMS = tuple(f"{DOCUMENT}.{number}" for number in ("23", "33"))
"""Two of those that have most to show."""

EDITOR = Post(Duty.EDITOR, "610600")
ME = By("somebody", NOON, DAY)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("editor") / "huiqi.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    with writing(engine) as session:
        store_library(session, small_library(*ITEMS), DAY)
    engine.dispose()
    return path


@pytest.fixture
def app(prepared: Path, tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{copy(prepared, tmp_path / 'huiqi.db')}"
    stored = Database(url, bundled())
    app = create_app(Settings(url, posts="10000 per minute", clock=lambda: NOON), stored)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return official(app, EDITOR)


@pytest.fixture
def draft(app: Flask) -> str:
    """A new item of which nothing is written yet, under a stored document."""
    from recommender.publishing.drafts import begin_new

    stored: Database = app.extensions["huiqi"]
    with stored.writing() as database:
        made = begin_new(database, {"id": f"{DOCUMENT}.99", "departments": ["延安市财政局"]}, {"id": DOCUMENT}, ME)
        return made.id


class Desk:
    """A page of the editor, as a browser without scripts handles it."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client, self.address = client, address
        self.look(client.get(address))

    def look(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        while answer.status_code == 303:
            answer = self.client.get(answer.location)
        self.soup = BeautifulSoup(answer.text, "html.parser")
        if answer.status_code in (200, 409, 422):
            check_page(self.soup)

    def sent(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.soup.select("form#editor input, form#editor select, form#editor textarea"):
            for value in _values(each):
                found.setdefault(str(each.get("name", "")), []).append(value)
        return found

    def press(self, label: str, **typed: str | list[str]) -> None:
        """Press the first button whose words match, after having typed into inputs by their labels."""
        button = next(
            each
            for each in self.soup.select("form#editor button")
            if re.search(label, each.get_text()) and each.get("name")
        )
        form = self.sent()
        for words, text in typed.items():
            name = self.name_of(words)
            form[name] = text if isinstance(text, list) else [text, *form.get(name, [""])[1:]]
        form["op"] = [str(button["value"])]
        self.look(self.client.post(self.address.partition("?")[0], data=form))

    def name_of(self, words: str) -> str:
        for label in self.soup.select("form#editor label[for]"):
            if words in label.get_text():
                owner = self.soup.find(id=str(label["for"]))
                assert isinstance(owner, Tag)
                return str(owner["name"])
        legend = next(each for each in self.soup.select("form#editor legend") if words in each.get_text())
        assert legend.parent is not None
        chosen = legend.parent.select_one("input[name]:not([type=hidden])")
        assert chosen is not None
        return str(chosen["name"])

    @property
    def meaning(self) -> str:
        return _text(self.soup.select_one("#meaning section"))

    @property
    def mistakes(self) -> str:
        return " ".join(_text(each) for each in self.soup.select(".work .mistake"))


def _values(each: Tag) -> Iterator[str]:
    kind = each.get("type")
    if each.name == "select":
        options = each.select("option")
        chosen = [option for option in options if option.has_attr("selected")] or options[:1]
        yield from (str(option["value"]) for option in chosen)
    elif each.name == "textarea":
        yield each.get_text().removeprefix("\n")
    elif kind not in ("checkbox", "radio") or each.has_attr("checked"):
        yield str(each.get("value", ""))


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""


def build(desk: Desk) -> None:
    """在延安市、民营、年营收首次突破 10 亿元."""
    desk.press("加条件")
    desk.press("所在地区")
    desk.press("确定", 在哪里="610600")
    desk.press("加条件")
    desk.press("查找", 找一个指标="民营")
    desk.press("所有制")
    desk.press("确定", 所有制=["民营"])
    desk.press("加条件")
    desk.press("营业收入")
    desk.press("更新这一条", 怎么要求="first_reaches")
    desk.press("确定", 多少="10亿元")


def test_a_rule_is_built_from_nothing(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit")
    assert "还没有条件" in desk.mistakes + _text(desk.soup.select_one(".work"))
    build(desk)
    assert "所在地区属于陕西省延安市" in desk.meaning
    assert "所有制为民营" in desk.meaning
    assert "上一年度营业收入首次达到10亿元" in desk.meaning
    assert "有改动，还没有保存" in desk.soup.get_text()
    desk.press("^保存")
    assert desk.status == 303
    assert "已经保存" in desk.soup.get_text()
    assert "首次达到10亿元" in Desk(client, f"/office/drafts/{draft}/edit").meaning


def test_what_is_wrong_is_marked_where_it_is_and_stays(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit")
    desk.press("加条件")
    desk.press("营业收入")
    desk.press("确定", 多少="一个小目标")
    assert "“一个小目标”不是金额" in desk.mistakes
    (row,) = desk.soup.select(".condition.troubled")
    assert "营业收入" in row.get_text()
    desk.press("^改")
    assert desk.sent()[desk.name_of("多少")] == ["一个小目标"]
    desk.press("^保存")
    assert desk.status == 303
    assert "还有" in _text(desk.soup.select_one(".success"))
    assert "不是金额" in Desk(client, f"/office/drafts/{draft}/edit").mistakes


def test_groups_denials_and_records(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit")
    desk.press("加条件")
    desk.press("不得有的情形")
    desk.press("列入严重失信")
    desk.press("确定", 列入严重失信主体名单=["是"])
    assert "并非" in desk.meaning or "未列入严重失信主体名单" in desk.meaning
    desk.press("^＋ 加条件$")  # the one inside comes first
    desk.press("经营状态")
    desk.press("确定", 经营状态=["歇业", "注销"])
    assert "不是歇业、注销中的任何一个" in desk.meaning


def test_the_paper_can_be_cited_and_a_fact_changed(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit")
    desk.press("加条件")
    desk.press("营业收入")
    desk.press("换一个指标", 多少="100万元", 出自哪一条="三（四）15", 第几页="1525")
    desk.press("研发费用")
    desk.press("确定")
    assert "研发费用不低于100万元" in desk.meaning
    assert "另注出处" in _text(desk.soup.select_one(".condition"))


def test_a_benefit_of_several_steps(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit?part=benefit")
    desk.press("换成这种", 怎么给="tiers")
    desk.press("再加一行", 按什么数分档="revenue", 怎样算够一档="first_reaches")
    names = [f"/item/benefit:{name}" for name in ("threshold", "amount")]
    form = desk.sent() | {names[0]: ["10亿元", "30亿元"], names[1]: ["10万元", "30万元"], "op": ["part||who"]}
    desk.look(client.post(f"/office/drafts/{draft}/edit", data=form))
    build(desk)
    assert "上一年度营业收入首次达到 30亿元：30万元" in _text(desk.soup.select_one("#meaning"))


def test_steps_that_are_typed_twice_are_both_kept(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit?part=benefit")
    desk.press("换成这种", 怎么给="tiers")
    typed = {"/item/benefit:threshold": ["10亿元", "10亿元"], "/item/benefit:amount": ["10万元", "30万元"]}
    form = desk.sent() | typed | {desk.name_of("按什么数分档"): ["revenue"], "op": ["refresh||"]}
    desk.look(client.post(f"/office/drafts/{draft}/edit", data=form))
    assert "重复" in desk.mistakes
    assert desk.sent()["/item/benefit:amount"][:2] == ["10万元", "30万元"]


def test_an_example_is_run_and_what_comes_out_is_taken_over_only_when_confirmed(
    client: FlaskClient, draft: str
) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit")
    build(desk)
    desk.press("可以得到什么")
    desk.press("换成这种", 怎么给="fixed")
    desk.press("样例", **{"金额": "20万元"})
    desk.press("加一个样例")
    desk.press("重新算", 按哪一天判断="2024-06-30", 所在地区="610602", 所有制=["民营"])
    came = _text(desk.soup.select_one(".came"))
    assert "待补充，符合的话 20万元，还缺" in came
    desk.press("把算出来的结果填进去")
    desk.press("^填入")
    assert "请先对照文件" in _text(desk.soup.select_one(".alert"))
    form = desk.sent() | {"sure": ["1"], "op": ["take|/item/examples/0|"]}
    desk.look(client.post(f"/office/drafts/{draft}/edit", data=form))
    assert "一致" in _text(desk.soup.select_one(".case .state"))
    desk.press("确定", 金额="30万元")
    assert "金额应为 30万元，得到 20万元" in desk.mistakes


def test_texts_and_the_document_keep_what_is_typed(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit?part=texts")
    desk.press(
        "政策文件",
        名称="营收突破奖励",
        页码="一五二五",
        主管部门="延安市财政局\n\n延安市统计局",
        受理的最后一天="2030-01-01",
    )
    assert "第 1 条" in desk.soup.get_text()
    desk.press("名称和办理")
    assert desk.sent()["/item/departments:lines"] == ["延安市财政局\n延安市统计局"]
    assert "“一五二五”不是整数" in desk.mistakes
    assert desk.sent()["/item/window/closes:option"] == ["2030-01-01"]


def test_nobody_saves_over_somebody_else_unseen(app: Flask, client: FlaskClient, draft: str) -> None:
    mine, theirs = (
        Desk(client, f"/office/drafts/{draft}/edit?part=texts"),
        Desk(official(app, EDITOR, subject="b"), f"/office/drafts/{draft}/edit?part=texts"),
    )
    theirs.press("^保存", 名称="他们的名称")
    mine.press("^保存", 名称="我的名称")
    assert mine.status == 409
    table = _text(mine.soup.select_one("table"))
    assert "他们的名称" in table
    assert "我的名称" in table
    mine.press("留我的")
    assert mine.sent()["/item/title:text"] == ["我的名称"]
    mine.press("^保存")
    assert mine.status == 303
    assert Desk(client, f"/office/drafts/{draft}/edit?part=texts").sent()["/item/title:text"] == ["我的名称"]


def test_an_editor_does_not_move_a_draft_out_of_reach(client: FlaskClient, draft: str) -> None:
    desk = Desk(client, f"/office/drafts/{draft}/edit?part=document")
    desk.press("^保存", 管哪个地方="610100")
    assert desk.status == 422
    assert "您的岗位不管这个地区" in desk.soup.get_text()
    assert desk.sent()["/document/region:region"] == ["610100"]


def test_only_editors_of_the_place_may(app: Flask, draft: str) -> None:
    address = f"/office/drafts/{draft}/edit"
    assert official(app, Post(Duty.REVIEWER, "610600"), subject="r").get(address).status_code == 403
    assert official(app, Post(Duty.EDITOR, "610100"), subject="x").get(address).status_code == 403
    assert official(app, EDITOR, subject="e").get(f"/office/drafts/{'0' * 32}/edit").status_code == 404
    assert official(app, EDITOR, subject="e").post(address, data={"content": "[]"}).status_code == 400


def test_every_part_of_every_kind_of_item_has_a_page(app: Flask, client: FlaskClient) -> None:
    from recommender.publishing.drafts import begin

    stored: Database = app.extensions["huiqi"]
    for name in ITEMS:
        with stored.writing() as database:
            draft = begin(database, name, ME).id
        for part in ("who", "benefit", "examples", "texts", "document"):
            desk = Desk(client, f"/office/drafts/{draft}/edit?part={part}&at=/item/examples/0")
            desk.press("检查和全文")
            assert "和保存的一样" in desk.soup.get_text(), (name, part)
            assert "没有要改的" in desk.soup.get_text()
