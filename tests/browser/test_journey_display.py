"""How pages look is a visitor's choice, and stays it; and everything can be reached by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
SIZE = "parseFloat(getComputedStyle(document.body).fontSize)"
DARK_PAPER, LIGHT_PAPER = "rgb(19, 23, 22)", "rgb(246, 244, 238)"


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_dark_and_care_are_kept_from_page_to_page(open_page: OpenPage, device: dict[str, Any], scripts: bool) -> None:
    page = open_page(device, java_script_enabled=scripts, color_scheme="light")
    page.goto("/documents")
    usual = page.evaluate(SIZE)
    assert page.evaluate(BACKGROUND) == LIGHT_PAPER
    page.get_by_role("button", name="深色").click()
    assert page.evaluate(BACKGROUND) == DARK_PAPER
    page.get_by_role("button", name="关怀模式").click()
    assert page.url.endswith("/documents")
    page.goto("/items")
    assert page.evaluate(BACKGROUND) == DARK_PAPER
    assert 1.25 <= page.evaluate(SIZE) / usual <= 1.4
    page.get_by_role("button", name="退出关怀模式").click()
    assert page.evaluate(SIZE) == usual


def test_the_device_decides_where_nobody_chose(open_page: OpenPage) -> None:
    page = open_page(PHONE, color_scheme="dark")
    page.goto("/")
    assert page.evaluate(BACKGROUND) == DARK_PAPER
    page.get_by_role("button", name="浅色").click()
    assert page.evaluate(BACKGROUND) == LIGHT_PAPER


def test_in_care_mode_there_is_less_on_the_page_and_axe_finds_nothing(phone: Page) -> None:
    phone.goto("/items/yanan-2023-private-economy.15")
    before = len(phone.locator("main").inner_text())
    phone.get_by_role("button", name="关怀模式").click()
    assert len(phone.locator("main").inner_text()) < before
    for address in ("/items/yanan-2023-private-economy.15", "/", "/check"):
        phone.goto(address)
        assert_accessible(phone)


def test_from_start_to_result_by_keyboard_alone(desktop: Page) -> None:
    desktop.goto("/")
    desktop.keyboard.press("Tab")
    assert focused(desktop) == "跳到正文"
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/#main")
    tab_to(desktop, "不查名称，直接填写企业情况")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/check")
    tab_to(desktop, "f.region")
    desktop.keyboard.press("ArrowDown")
    for _ in range(400):
        desktop.keyboard.press("Tab")
        assert visible(desktop), f"the focus cannot be seen: {focused(desktop)}"
        if focused(desktop) == "查看结果":
            break
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/check/result")
    assert desktop.get_by_role("heading", level=1).is_visible()


def focused(page: Page) -> str:
    """The name of what has the focus: its text, or the name of a field."""
    found = page.evaluate("(document.activeElement.name || document.activeElement.innerText || '').trim()")
    return str(found)


def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"by Tab one does not get to {name}")


def visible(page: Page) -> bool:
    """Whether what has the focus is marked and not hidden behind something else (WCAG 2.2, 2.4.7 and 2.4.11)."""
    return bool(
        page.evaluate("""() => {
            const focused = document.activeElement, box = focused.getBoundingClientRect();
            if (focused === document.body) return true;
            const marked = focused.closest('.tick') ?? focused;
            const outlined = getComputedStyle(marked).outlineStyle !== 'none';
            const seen = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
            return outlined && seen !== null && (focused.contains(seen) || marked.contains(seen));
        }""")
    )
