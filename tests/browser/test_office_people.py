"""An administrator appoints by a code, the official gets in with it, and the log of deeds shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_appointing_taking_up_auditing_and_dismissing(open_page: OpenPage) -> None:
    administrator = open_page(DESKTOP)
    sign_in_official(administrator, "贺长林")
    administrator.get_by_role("link", name="工作人员").first.click()
    code = appoint(administrator, "财务", "610602", "区财政局")

    clerk = open_page(PHONE, tolerate=("status of 4",))
    sign_in_official(clerk, "任思远", "/mine?all=1")
    clerk.get_by_role("link", name="用任职码进入工作台").click()
    clerk.get_by_label("任职码").fill("AAAAA-AAAAA")
    clerk.get_by_role("button", name="进入").click()
    expect(clerk.get_by_role("alert")).to_contain_text("还可以试 4 次")
    assert_accessible(clerk)
    clerk.get_by_label("任职码").fill(code)
    clerk.get_by_role("button", name="进入").click()
    expect(clerk.get_by_role("status")).to_contain_text("任职码有效")
    expect(clerk.get_by_role("definition").filter(has_text="区财政局")).to_contain_text("宝塔区")

    clerk.get_by_role("link", name="操作日志").first.click()
    row = clerk.get_by_role("row").filter(has_text="使用任职码")
    expect(row).to_contain_text("任思远")
    expect(row).to_contain_text("职责：财务；地区：陕西省延安市宝塔区；部门：区财政局")
    clerk.get_by_role("button", name="现在核对").click()
    expect(clerk.get_by_text("完整", exact=True)).to_be_visible()

    administrator.reload()
    assert code not in administrator.content()
    mine = administrator.get_by_role("row").filter(has_text="区财政局")
    mine.get_by_text("终止", exact=True).click()
    mine.get_by_role("button", name="确定终止").click()
    expect(administrator.get_by_role("status")).to_contain_text("职责已终止")
    clerk.goto("/office")
    expect(clerk.get_by_text("区财政局")).to_have_count(0)


def appoint(page: Page, duty: str, region: str, department: str) -> str:
    """Make an appointment; the code that the page shows."""
    page.get_by_role("radio", name=duty).check()
    page.get_by_role("combobox", name="地区").select_option(region)
    page.get_by_role("combobox", name="部门").fill(department)
    page.get_by_role("button", name="生成任职码").click()
    said = page.get_by_role("status").locator(".number").inner_text()
    assert_accessible(page)
    return said
