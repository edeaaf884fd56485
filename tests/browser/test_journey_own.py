"""Who has signed in: the own check, grants, messages, appeals, codes, and out again. On phone and desktop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits
from tests.browser.addresses import OWN
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

GRANTED = {"phone": "91610204MAHQ001670", "desktop": "91610203MAHQ001912"}
"""Made-up enterprises to which a grant is offered; each test accepts one."""

both = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


@both
def test_signing_in_leads_on_and_signing_out_ends_it(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device, tolerate=("status of 403",))
    page.goto(f"/mine/{OWN}")
    page.wait_for_url("**/sign-in?next=**")
    assert_accessible(page)
    sign_in(page, onwards=f"/mine/{OWN}")
    page.wait_for_url(f"**/mine/{OWN}")
    assert page.get_by_role("navigation", name="企业的页面").is_visible()
    page.goto(f"/mine/{GRANTED['phone']}")
    assert page.get_by_role("heading", name="您不能打开这个页面").is_visible()
    assert_accessible(page)
    page.get_by_role("button", name="退出").click()
    page.goto(f"/mine/{OWN}")
    page.wait_for_url("**/sign-in?next=**")


@both
def test_the_own_check_shows_the_amount_its_evidence_and_its_package(
    open_page: OpenPage, device: dict[str, Any]
) -> None:
    page = open_page(device)
    sign_in(page, onwards=f"/mine/{OWN}")
    card = page.locator("#eligible .card").first
    card.locator("summary").click()
    assert card.locator(".evidence").first.is_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").first.click()
    assert download.value.suggested_filename.endswith(".xlsx")


@both
def test_a_grant_is_accepted_with_one_tap(
    open_page: OpenPage, device: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page = open_page(device)
    code = GRANTED["phone" if device is PHONE else "desktop"]
    sign_in(page, credit_code=code, onwards=f"/mine/{code}/grants")
    assert_accessible(page)
    page.locator("#waiting").get_by_role("link", name="确认").click()
    assert_accessible(page)
    assert_fits(page, device["viewport"]["width"])
    assert not re.search(r"\d{12,}", page.locator("main").inner_text()), "no account number in full"
    page.get_by_role("link", name="不要了").click()
    assert_accessible(page)
    page.go_back()
    account = page.get_by_role("link", name="账户不对")
    account.click()
    assert_accessible(page)
    page.go_back()
    page.get_by_role("button", name="确认领取").click()
    assert page.locator(".success").is_visible()
    page.reload()
    assert page.get_by_role("button", name="确认领取").count() == 0, "accepted once and for all"
    page.goto(f"/mine/{code}/inbox")
    assert_accessible(page)


@both
def test_what_one_wants_to_hear_of(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device)
    sign_in(page, onwards=f"/mine/{OWN}/subscriptions")
    page.get_by_label("新增的可享事项").check()
    page.get_by_role("button", name="保存").first.click()
    assert "已保存" in page.locator(".success").inner_text()
    assert page.get_by_label("新增的可享事项").is_checked()
    assert_accessible(page)


@both
def test_an_appeal_from_a_condition_with_an_attachment(
    open_page: OpenPage, device: dict[str, Any], tmp_path: Path
) -> None:
    page = open_page(device, tolerate=("status of 422",))
    sign_in(page, onwards=f"/mine/{OWN}/appeals/new?item=yanan-2023-private-economy.15")
    said = "我们认为符合这一项。\n项目已经在去年十月投产。"
    page.get_by_label("说明", exact=True).fill(said)
    pretended = tmp_path / "照片.png"
    pretended.write_bytes(b"MZ" + bytes(200))
    page.get_by_label("附件").set_input_files(pretended)
    if not page.locator("[name=kind]:checked").count():
        page.locator("[name=kind]").first.check()
    page.get_by_role("button", name="提交诉求").click()
    assert page.locator("#mistakes").is_visible(), "what is no picture is found out by its content"
    assert page.get_by_label("说明", exact=True).input_value() == said
    assert_accessible(page)
    real = tmp_path / "证明.png"
    page.locator("h1").screenshot(path=real)
    page.get_by_label("附件").set_input_files(real)
    page.get_by_role("button", name="提交诉求").click()
    assert page.locator(".success").is_visible()
    assert said.split("\n")[1] in page.locator("main").inner_text()
    assert_accessible(page)
    assert_fits(page, device["viewport"]["width"])
    page.goto(f"/mine/{OWN}/appeals")
    assert_accessible(page)


@both
def test_a_code_opens_the_same_result_for_others_until_it_is_ended(open_page: OpenPage, device: dict[str, Any]) -> None:
    page, other = open_page(device), open_page(DESKTOP, tolerate=("status of 4",))
    sign_in(page, onwards=f"/mine/{OWN}/codes")
    page.get_by_role("button", name="生成企业码").click()
    if "/r/" not in page.url:
        page.get_by_role("link", name="查看").first.click()
    assert page.locator("svg.qr").is_visible()
    assert_accessible(page)
    other.goto(page.url)
    assert other.locator("h1").inner_text() == page.locator("h1").inner_text()
    page.goto(f"/mine/{OWN}/codes")
    assert_accessible(page)
    page.get_by_role("button", name="停用").first.click()
    other.reload()
    assert other.locator("svg.qr").count() == 0


def test_a_clerk_sees_and_leaves_the_decision_to_the_owner(desktop: Page) -> None:
    code = GRANTED["desktop"]
    sign_in(desktop, role="经办人", credit_code=code, onwards=f"/mine/{code}/grants")
    assert desktop.locator("main").inner_text()
    assert desktop.get_by_role("button", name="确认领取").count() == 0
    sections = desktop.get_by_role("navigation", name="企业的页面")
    assert sections.get_by_role("link", name="成员").count() == 0
