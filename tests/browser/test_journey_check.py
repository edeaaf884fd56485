"""政策体检 without signing in: from the first page to the result, on a phone without scripts, and with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RENOVATION = "民营工业企业技改和新建项目投资奖励"


def fill_in(page: Page, investment: str = "800万元") -> None:
    """A private manufacturer in 宝塔区 with a renovation project."""
    page.locator('[name="f.region"]').select_option("610602")
    page.locator('[name="f.industry"]').select_option("35")
    choose(page, "f.entity_kind", "企业")
    choose(page, "f.ownership", "民营")
    block = page.locator('[name="f.project.0.kind"]')
    if not block.first.is_visible():
        page.locator("summary").filter(has_text="投资").first.click()
    choose(page, "f.project.0.kind", "技术改造")
    page.locator('[name="f.project.0.fixed_asset_investment"]').fill(investment)


def choose(page: Page, name: str, value: str) -> None:
    """Choose an answer, be it offered as a list or as buttons."""
    if page.locator(f'select[name="{name}"]').count():
        page.locator(f'select[name="{name}"]').select_option(value)
    else:
        page.locator(f'[name="{name}"][value="{value}"]').check()


def result(page: Page) -> Page:
    page.get_by_role("button", name="查看结果").last.click()
    page.wait_for_url(re.compile(r"/check/result"))
    return page


def test_from_start_to_result_without_scripts(open_page: OpenPage) -> None:
    page = open_page(PHONE, java_script_enabled=False, tolerate=("status of 422",))
    page.goto("/")
    page.get_by_role("link", name="直接填写企业情况").click()
    fill_in(page, "八百万")
    page.get_by_role("button", name="查看结果").last.click()
    mistake = page.locator("#mistakes a").first
    assert "固定资产投资" in mistake.inner_text()
    assert page.locator('[name="f.region"]').input_value() == "610602", "nothing typed is lost"
    page.locator('[name="f.project.0.fixed_asset_investment"]').fill("800万元")
    result(page)
    card = page.locator("#eligible .card").filter(has_text=RENOVATION)
    assert card.locator(".amount").inner_text() == "80万元"
    card.locator("summary").click()
    assert "第 1525 页" in card.inner_text()
    question = page.locator("#next h3").inner_text()
    page.locator("#next").get_by_role("button", name="不清楚").click()
    assert page.locator("#next h3").inner_text() != question


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_a_name_to_the_result_without_scripts(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("企业名称或统一社会信用代码").fill("baota jixie")
    page.get_by_role("button", name="查找企业").click()
    found = page.locator(".found > li").filter(has_text="宝塔区机械制造有限公司")
    assert "800万元" not in page.locator("main").inner_text(), "nothing that the public register does not show"
    found.get_by_role("button", name="不登录，直接填写").click()
    assert page.locator('[name="f.region"]').input_value() == "610602"
    result(page)
    assert "宝塔区机械制造有限公司" in page.locator("h1").inner_text()


def test_refresh_and_back_lose_nothing(without_scripts: Page) -> None:
    page = without_scripts
    page.goto("/check")
    fill_in(page)
    result(page)
    page.reload()
    assert page.locator("#eligible .card").filter(has_text=RENOVATION).count() == 1
    page.get_by_role("button", name="修改填写的内容").click()
    assert page.locator('[name="f.project.0.fixed_asset_investment"]').input_value() == "800万元"
    page.goto("/documents")
    page.goto("/check")
    assert page.locator('[name="f.project.0.fixed_asset_investment"]').input_value() == "800万元"


def test_the_result_has_its_own_address_and_can_be_seen_otherwise(phone: Page) -> None:
    phone.goto("/check")
    fill_in(phone)
    result(phone)
    for _ in range(2):  # into 关怀模式 and back
        phone.locator("#display button").first.click()
        assert phone.locator("#eligible .card").filter(has_text=RENOVATION).count() == 1


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_answer_changes_the_result_at_once(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device)
    page.goto("/check")
    fill_in(page)
    result(page)
    assert_accessible(page)
    page.evaluate("window.stayed = true")
    question = page.locator("#next h3").inner_text()
    page.locator("#next").get_by_role("button", name="不清楚").click()
    page.wait_for_function("was => document.querySelector('#next h3')?.innerText !== was", arg=question)
    assert page.evaluate("window.stayed") is True, "only a part of the page was replaced"
    assert_accessible(page)


def test_what_if(phone: Page) -> None:
    phone.goto("/check")
    fill_in(phone)
    result(phone)
    phone.goto("/check/what-if")
    phone.evaluate("window.stayed = true")
    slider = phone.locator("input[type=range]").first
    slider.focus()
    slider.press("End")
    phone.wait_for_selector("#outcome >> text=假如这样")
    assert phone.evaluate("window.stayed") is True
    assert_accessible(phone)


def test_a_sample_enterprise_from_the_first_page(desktop: Page) -> None:
    desktop.goto("/")
    desktop.get_by_role("button", name="查看结果").click()
    assert desktop.locator(".totals dd").first.inner_text()
    assert_accessible(desktop)
