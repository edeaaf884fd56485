"""Signing in as people do: by the local provider of the sample set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.addresses import OWN

if TYPE_CHECKING:
    from playwright.sync_api import Page


def sign_in(page: Page, role: str = "负责人", credit_code: str = OWN, onwards: str = "/mine") -> None:
    """Sign in as owner (负责人) or clerk (经办人) of a made-up enterprise, and go on to a page."""
    page.goto(f"/sign-in?next={onwards}")
    page.get_by_role("main").get_by_role("link", name="登录").first.click()
    page.get_by_label("统一社会信用代码").fill(credit_code)
    page.get_by_role("button", name=f"作为{role}登录").click()
