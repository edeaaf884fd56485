"""What comes from elsewhere: messages and the way out of them, people who are invited, and what anybody may browse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enterprises.samples import samples
from tests.browser.accessibility import assert_accessible, assert_fits
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Site
from tests.browser.signing_in import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TOLD, SHARED = (str(sample.credit_code) for sample in samples()[1:3])
"""Made-up enterprises that no other journey changes."""

both = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


def test_a_message_is_read_and_the_way_out_of_it_takes_one_tap(open_page: OpenPage, site: Site) -> None:
    page = open_page(PHONE)
    sign_in(page, credit_code=TOLD, onwards=f"/mine/{TOLD}/subscriptions")
    page.get_by_label("新增的可享事项").check()
    page.get_by_label("有新情况当天就说").check()
    page.get_by_role("button", name="保存").first.click()
    site.huiqi("notify", "--on", "2024-07-01")
    page.goto(f"/mine/{TOLD}/inbox")
    badge = page.get_by_role("navigation", name="企业的页面").locator(".badge")
    assert badge.inner_text().startswith("1")
    assert_accessible(page)
    page.locator("main a[href*='/inbox/']").first.click()
    assert_accessible(page)
    assert_fits(page, PHONE["viewport"]["width"])
    page.get_by_role("button", name="知道了").click()
    assert badge.count() == 0, "it has been read"
    page.goto(f"/mine/{TOLD}/inbox")
    page.locator("main a[href*='/inbox/']").first.click()
    link = page.get_by_role("link", name="退订").first.get_attribute("href")
    assert link is not None
    anybody = open_page(PHONE, java_script_enabled=False)
    anybody.goto(link)
    assert str(samples()[1].name) not in anybody.locator("main").inner_text(), "the link shows nobody's name"
    anybody.get_by_role("button", name="退订").click()
    assert anybody.get_by_role("heading", name="已经退订").is_visible()
    page.goto(f"/mine/{TOLD}/subscriptions")
    assert not page.get_by_label("新增的可享事项").is_checked()
    anybody.get_by_role("button", name="恢复").click()
    page.reload()
    assert page.get_by_label("新增的可享事项").is_checked()


@both
def test_somebody_is_invited_joins_and_is_taken_out(open_page: OpenPage, device: dict[str, Any]) -> None:
    owner, guest = open_page(device), open_page(device, tolerate=("status of 4",))
    sign_in(owner, credit_code=SHARED, onwards=f"/mine/{SHARED}/members")
    owner.get_by_role("button", name="生成邀请码").click()
    code = owner.locator(".success .number").inner_text()
    assert_accessible(owner)
    guest.goto("/sign-in?next=/mine/join")
    guest.get_by_role("main").get_by_role("link", name="登录").first.click()
    nobody(guest)
    guest.wait_for_url("**/mine/join")
    guest.get_by_label("邀请码").fill("AAAAAAAAAA")
    guest.get_by_role("button", name="加入", exact=True).click()
    assert guest.locator("#mistakes").is_visible()
    assert_accessible(guest)
    guest.get_by_label("邀请码").fill(code)
    guest.get_by_role("button", name="加入", exact=True).click()
    guest.goto(f"/mine/{SHARED}")
    assert guest.get_by_role("navigation", name="企业的页面").is_visible()
    owner.goto(f"/mine/{SHARED}/members")
    owner.get_by_text("移除").first.click()
    owner.get_by_role("button", name="确定移除").first.click()
    guest.reload()
    assert guest.get_by_role("heading", name="您不能打开这个页面").is_visible(), "at once"


@both
def test_anybody_browses_without_scripts(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="截止日历").first.click()
    assert_fits(page, device["viewport"]["width"])
    feed = page.get_by_role("link", name="下载 .ics").get_attribute("href")
    assert feed is not None
    answer = page.request.get(feed)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.text().startswith("BEGIN:VCALENDAR")
    page.get_by_role("link", name="新变化").first.click()
    page.get_by_label("看哪个月").select_option("2023-06")
    page.get_by_role("button", name="查看").click()
    assert "2023年6月" in page.locator("h1").inner_text()
    page.goto("/regions")
    page.get_by_role("link", name="延安市").first.click()
    page.get_by_role("button", name="查我的企业符合哪些").click()
    assert page.locator("[name='f.region']").input_value() == "610600", "where one comes from is filled in"


def nobody(page: Page) -> None:
    """Sign in at the local provider as somebody who belongs to no enterprise."""
    page.get_by_role("button", name="吴名").click()
