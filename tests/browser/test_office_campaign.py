"""A campaign from its name to its figures: one official makes it, another approves it, the worker sends it, an
enterprise reads it, looks at the item and says that it has applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enterprises.calendar import today
from enterprises.samples import SAMPLE_DAY
from tests.browser.accessibility import assert_accessible, assert_fits, assert_usual_look
from tests.browser.addresses import OWN
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Site
from tests.browser.signing_in import sign_in, sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ITEM = "yanan-2023-private-economy.15"
OPERATOR, APPROVER = "郭淑敏", "马建军"


def test_a_campaign_from_its_name_to_its_figures(open_page: OpenPage, site: Site) -> None:
    let_messages_go_today(site)
    operator = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(operator, OPERATOR, onwards="/office/snapshot")
    make_snapshot(operator)

    title = f"技改奖补提醒 {operator.evaluate('Date.now()')}"
    address = make(operator, title)
    preview(operator)

    approver = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(approver, APPROVER, onwards="/office/campaign-approvals")
    approve(approver, title)

    operator.goto(address.replace("/campaigns/", "/campaign-runs/"))
    look(operator)
    operator.get_by_role("button", name="现在开始").click()
    assert operator.locator(".success").is_visible()
    worker(site)
    operator.get_by_role("link", name="刷新").first.click()
    assert operator.locator(".state").first.inner_text() == "已完成"
    look(operator)
    operator.get_by_role("link", name="看每条消息").click()
    look(operator)

    enterprise = open_page(PHONE)
    read_and_apply(enterprise)

    operator.go_back()
    operator.get_by_role("link", name="看成效统计").click()
    assert_accessible(operator)
    look(operator)
    of_channel = operator.get_by_role("region", name="按渠道").locator("tbody tr").first.locator("td")
    planned, *_, delivered, opened, followed, applied = (int(text) for text in of_channel.all_inner_texts()[:9])
    assert planned == delivered > 1
    assert (opened, followed, applied) == (1, 1, 1)
    with operator.expect_download() as download:
        operator.get_by_role("link", name="下载 Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert_fits(operator, 320)


def test_mistakes_keep_what_was_typed_without_scripts(open_page: OpenPage) -> None:
    page = open_page(PHONE, tolerate=("status of 422",), java_script_enabled=False)
    sign_in_official(page, OPERATOR, onwards="/office/campaigns/new")
    page.get_by_role("button", name="新建，去选事项").click()
    assert page.locator("#mistakes li").count() == 2
    page.get_by_label("名称", exact=True).fill("不用脚本的")
    page.get_by_label("为哪个地区推送").select_option("610600")
    page.get_by_role("button", name="新建，去选事项").click()
    page.get_by_label("在名称、文件和部门里找").fill("没有这样的")
    page.get_by_role("button", name="筛选", exact=True).last.click()
    assert "找到 0 个" in page.locator("[role=status]").inner_text()
    page.get_by_role("link", name="消息怎么写").click()
    page.get_by_label("标题").fill("{企业名}您好")
    page.get_by_role("button", name="保存，下一步").click()
    assert "没有“企业名”这个字段" in page.locator("[id='template.title-mistake']").inner_text()
    assert page.get_by_label("标题").input_value() == "{企业名}您好"


def look(page: Page) -> None:
    """What anybody would find fault with, here and on a phone."""
    assert_usual_look(page)
    viewport = page.viewport_size
    assert_fits(page, 390)
    if viewport:
        page.set_viewport_size(viewport)


def make(page: Page, title: str) -> str:
    """Fill in every step; the address of the campaign."""
    page.goto("/office/campaigns")
    look(page)
    page.get_by_role("link", name="新建一次推送").click()
    look(page)
    page.get_by_label("名称", exact=True).fill(title)
    page.get_by_label("为哪个地区推送").select_option("610600")
    page.get_by_role("button", name="新建，去选事项").click()
    address = page.url.removesuffix("/items")
    look(page)
    page.get_by_label("在名称、文件和部门里找").fill("延安市工业和信息化局 延安市财政局")
    page.get_by_role("button", name="筛选", exact=True).last.click()
    page.locator(f"input[name=items][value='{ITEM}']").check()
    page.get_by_role("button", name="保存，下一步").click()
    look(page)
    page.get_by_label("待补充的").check()
    page.get_by_role("button", name="保存，下一步").click()
    page.get_by_label("结尾").fill("您一定能拿到。")
    page.get_by_role("button", name="保存，下一步").click()
    assert "是承诺" in page.locator("#mistakes").inner_text()
    look(page)
    page.get_by_label("结尾").fill("点开看看吧。")
    page.get_by_role("button", name="保存，下一步").click()
    look(page)
    page.get_by_label("周末不推送").uncheck()
    page.get_by_role("button", name="保存，去预览").click()
    return address


def preview(page: Page) -> None:
    """Estimate, look at it, and submit."""
    look(page)
    page.get_by_role("button", name="估算", exact=True).click()
    assert page.locator("details.panel .said").first.is_visible()
    assert_accessible(page)
    look(page)
    page.get_by_role("button", name="提交审批").click()
    assert "等另一个人审批" in page.locator(".success").inner_text()
    look(page)


def approve(page: Page, title: str) -> None:
    """Go through the list and approve; nothing is approved that was not gone through."""
    look(page)
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name="批准", exact=True).click()
    assert page.locator("#checked-mistake").is_visible()
    look(page)
    for box in page.locator("input[name=checked]").all():
        box.check()
    page.get_by_role("button", name="批准", exact=True).click()
    assert "已批准" in page.locator(".success").inner_text()


def read_and_apply(page: Page) -> None:
    """Read the message, go to the item that it tells of, and say that it was applied for."""
    sign_in(page, credit_code=OWN, onwards=f"/mine/{OWN}/inbox")
    page.locator("#letters a").first.click()
    assert "点开看看吧。" in page.locator("#body").inner_text()
    assert_accessible(page)
    message = page.url
    page.get_by_role("button", name="知道了").click()
    page.goto(message)
    page.locator("details a").first.click()
    page.wait_for_url(f"**/mine/{OWN}/items/{ITEM}")
    page.get_by_role("button", name="已经申报").click()
    assert "已经申报" in page.locator("#told .success").inner_text()


def worker(site: Site) -> None:
    """Let the worker do what is due, with the files of the site."""
    files = Path(site.environment["HUIQI_INDEX"]).parent / "var" / "files"
    with_files = replace(site, environment={**site.environment, "HUIQI_FILES": str(files)})
    with_files.huiqi("worker", "--once", "--on", SAMPLE_DAY.isoformat())


def let_messages_go_today(site: Site) -> None:
    """Whatever day it is on which the tests run, it is no quiet one."""
    from enterprises.database import connect, writing
    from recommender.channels.quiet import Special
    from recommender.channels.tables import SpecialDayRow

    engine = connect(site.environment["DATABASE_URL"])
    with writing(engine) as session:
        for day in (today(), today() + timedelta(days=1)):
            session.merge(SpecialDayRow(day=day, kind=Special.WORKING.value, name="测试"))
    engine.dispose()


def make_snapshot(page: Page) -> None:
    """Have one made, and wait until it counts."""
    page.get_by_role("button", name="快照").click()
    page.get_by_text("快照是最新的").wait_for()
