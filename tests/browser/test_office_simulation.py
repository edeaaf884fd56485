"""An official makes a snapshot, simulates an item, moves a threshold and writes what they think: with and without
scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PATIENCE = 60_000
"""Milliseconds for a process of its own to start and be done, with other workers beside it."""


@pytest.mark.parametrize(
    ("device", "scripts"), [(PHONE, False), (DESKTOP, True)], ids=["phone without scripts", "desktop with scripts"]
)
def test_an_item_is_simulated_and_looked_at(open_page: OpenPage, device: dict[str, Any], scripts: bool) -> None:
    page = open_page({**device, "java_script_enabled": scripts}, tolerate=("status of 422",))
    sign_in_official(page, "郭淑敏")
    _make_a_snapshot(page)
    page.goto("/office/simulations?item=yanan-2023-private-economy.33")
    _look_over(page, device, scripts)
    page.get_by_role("button", name="开始仿真").click()
    page.get_by_role("heading", name="门槛移动会怎样").wait_for(timeout=PATIENCE)
    _look_over(page, device, scripts)
    assert page.locator("figure.chart svg").count() >= 3
    assert page.locator("figure.chart details table, #threshold + details table").count() >= 3
    now = page.locator("#threshold .lead").inner_text()
    last = page.locator("#point option").count() - 1
    page.locator("#point").select_option(str(last))
    if scripts:
        assert page.locator("input[type=range]").input_value() == str(last)
    else:
        page.get_by_role("button", name="看这个门槛").click()
    page.get_by_role("link", name="高一档").wait_for(state="detached")
    assert page.locator("#threshold .lead").inner_text() != now
    page.get_by_role("link", name="低一档").click()
    assert page.get_by_role("link", name="高一档").is_visible()
    page.get_by_role("button", name="我看过了").click()
    assert page.get_by_text("请写一句看了结果以后的意见").first.is_visible()
    _look_over(page, device, scripts)
    page.get_by_label("看了结果以后的意见").fill("户数与预算相符")
    page.get_by_role("button", name="我看过了").click()
    assert page.locator(".success").is_visible()
    assert page.get_by_text("户数与预算相符").first.is_visible()
    page.get_by_role("link", name="打印页").click()
    assert page.locator("h1").inner_text()


def _make_a_snapshot(page: Page) -> None:
    page.goto("/office/snapshot")
    page.get_by_role("button", name="快照").click()
    page.get_by_text("快照是最新的").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="更新快照").wait_for(timeout=PATIENCE)


def _look_over(page: Page, device: dict[str, Any], scripts: bool) -> None:
    if scripts:
        assert_accessible(page)
        assert_fits(page, device["viewport"]["width"])
