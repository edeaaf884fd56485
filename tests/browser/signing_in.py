"""Signing in as people do: by the local provider of the sample set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.addresses import OWN
from web.accounts.visitor import Duty

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Site

OFFICE = "610600"
"""Where most made-up officials have their posts."""


def sign_in(page: Page, role: str = "负责人", credit_code: str = OWN, onwards: str = "/mine") -> None:
    """Sign in as owner (负责人) or clerk (经办人) of a made-up enterprise, and go on to a page."""
    page.goto(f"/sign-in?next={onwards}")
    page.get_by_role("main").get_by_role("link", name="登录").first.click()
    page.get_by_label("统一社会信用代码").fill(credit_code)
    page.get_by_role("button", name=f"作为{role}登录").click()


def sign_in_official(page: Page, name: str, onwards: str = "/office") -> None:
    """Sign in as one of the made-up officials (``web.accounts.made_up_officials``), and go on to a page."""
    page.goto(f"/sign-in?next={onwards}")
    page.get_by_role("main").get_by_role("link", name="登录").first.click()
    page.get_by_role("button", name=name).click()


def sign_in_with_all_duties(page: Page, site: Site) -> None:
    """Sign in as somebody who, unlike anybody in an office, has every duty."""
    sign_in_official(page, "吴名", "/mine?all=1")
    if page.get_by_role("link", name="工作台").count():
        return
    (account,) = [line.split()[0] for line in site.huiqi("accounts", "list").splitlines() if "吴**" in line]
    for duty in Duty:
        site.huiqi("officials", "appoint", account, "--duty", duty, "--region", OFFICE)
