"""An appeal that corrects an item: made by an enterprise, dealt with by an official, corrected and published by two;
all whom the wrong version misjudged are found, and the appellant is answered. And the quiet calendar, and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in, sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PATIENCE = 60_000
"""Milliseconds for a process of its own to start and be done, with other workers beside it."""

ITEM = "yanan-2023-private-economy.22"
"""For private enterprises alone; ours is state-owned. No other test changes it."""

CODE = "91610632MAHQ000445"
NAME = "示例·延安国有煤化工有限责任公司"


def test_an_appeal_that_corrects_an_item(open_page: OpenPage) -> None:
    enterprise = open_page(PHONE)
    appeal = _appeal(enterprise)

    maker = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(maker, "郭淑敏", "/office/appeals")
    _look_over(maker)
    maker.locator("tr", has_text=NAME).get_by_role("link").first.click()
    desk = maker.url.partition("?")[0]
    _accept_and_assign(maker)
    maker.get_by_role("button", name="规则有误，起草更正").click()
    maker.get_by_role("link", name="更正的草稿").click()
    draft = maker.url.partition("?")[0]
    _write_the_correction(maker)

    checker = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(checker, "马建军", "/office/drafts?state=submitted")
    _check_and_publish(checker, draft)

    maker.goto(desk)
    assert maker.get_by_text("已经更正为第 2 版").is_visible()
    _find_all_who_were_misjudged(maker)

    maker.goto(desk)
    assert "已经更正为第 2 版" in maker.get_by_label("给企业的答复").input_value()
    _look_over(maker)
    maker.get_by_role("button", name="答复企业").click()
    assert maker.get_by_text("已经答复，企业会收到通知").is_visible()
    enterprise.goto(appeal)
    assert enterprise.get_by_text("按更正后的规则为“符合”").first.is_visible()
    assert_accessible(enterprise)


def _appeal(page: Page) -> str:
    """Make an appeal on the item; its address."""
    sign_in(page, credit_code=CODE, onwards=f"/mine/{CODE}/appeals/new?item={ITEM}")
    page.get_by_label("说明", exact=True).fill("条文写的是所有“五上”企业，没有说只限民营。")
    page.locator("[name=kind]").first.check()
    page.get_by_role("button", name="提交诉求").click()
    assert page.locator(".success").is_visible()
    return page.url.partition("?")[0]


def _accept_and_assign(page: Page) -> None:
    _look_over(page)
    page.get_by_role("button", name="受理").click()
    assert page.locator(".success").is_visible()
    page.get_by_label("交给哪个部门").fill("延安市科学技术局")
    page.get_by_role("button", name="交办").click()
    page.get_by_role("button", name="答复企业").click()
    assert page.locator("#answer-text-mistake").is_visible()
    _look_over(page)


def _check_and_publish(page: Page, draft: str) -> None:
    page.goto(draft)
    page.get_by_role("button", name="审核通过").click()
    _simulate(page, draft)
    page.goto(draft)
    page.get_by_role("button", name="发布").click()
    assert page.get_by_text("已经发布").is_visible()


def _find_all_who_were_misjudged(page: Page) -> None:
    page.get_by_role("button", name="找出被误判的所有企业").click()
    excel = page.get_by_role("link", name="下载完整清单（Excel）")
    excel.wait_for(timeout=PATIENCE)
    assert page.get_by_role("row").filter(has_text=NAME).is_visible()
    _look_over(page)
    with page.expect_download() as download:
        excel.click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("link", name=f"{NAME}的依据").click()
    assert page.get_by_role("heading", name="第 2 版（更正后）").is_visible()
    _look_over(page)


def _look_over(page: Page) -> None:
    assert_accessible(page)
    for width in (390, 320, 1280):
        assert_fits(page, width)


def _write_the_correction(page: Page) -> None:
    """Let the rule be for state-owned enterprises as well, and hand the draft in."""
    page.get_by_role("link", name="用 YAML 编辑").click()
    field = page.get_by_label("事项", exact=True)
    text = field.input_value().replace("ownership: {is: 民营}", "ownership: {in: [民营, 国有]}")
    before, state_owned, after = text.partition("name: 国有企业")
    field.fill(before + state_owned + after.replace("verdict: ineligible", "verdict: eligible", 1))
    page.get_by_role("button", name="保存").click()
    assert page.get_by_text("已经保存").is_visible()
    page.get_by_role("button", name="提交审核").click()
    assert page.get_by_role("button", name="拿回来再改").is_visible()


def _simulate(page: Page, draft: str) -> None:
    """Make the draft's simulation and write what one thinks of it."""
    page.goto("/office/snapshot")
    page.get_by_role("button", name="快照").click()
    page.get_by_text("快照是最新的").wait_for(timeout=PATIENCE)
    page.goto(draft)
    page.get_by_role("link", name="仿真：影响多少企业").click()
    page.get_by_role("button", name="开始仿真").click()
    page.get_by_label("看了结果以后的意见").wait_for(timeout=PATIENCE)
    page.get_by_label("看了结果以后的意见").fill("多出的都是国有企业，相符")
    page.get_by_role("button", name="我看过了").click()
    assert page.locator(".success").is_visible()


def test_the_quiet_calendar(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(page, "贺长林", "/office/quiet-days")
    _look_over(page)
    page.get_by_label("特别的日子").fill("国庆节放假")
    page.get_by_role("button", name="保存").click()
    assert page.locator("#days-mistake").is_visible()
    _look_over(page)
    page.get_by_label("特别的日子").fill("2024-10-01 至 2024-10-07 放假 国庆节\n2024-09-29 调休上班")
    page.get_by_role("button", name="保存").click()
    assert page.locator(".success").is_visible()
    assert page.get_by_text("2024-10-01 至 2024-10-07 放假 国庆节").first.is_visible()
    _look_over(page)


def test_there_are_no_addresses_to_prove_where_there_is_the_inbox_alone(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    sign_in(page, credit_code=CODE, onwards=f"/mine/{CODE}/subscriptions/addresses")
    assert page.get_by_text("还没有填写邮箱").is_visible()
    assert_accessible(page)
    assert_fits(page, 320)
