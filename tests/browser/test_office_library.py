"""A policy from draft to published by two people: written, handed in, simulated, looked at, published, and seen by
enterprises. And out of the library as a workbook, and in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in_official

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PATIENCE = 60_000
"""Milliseconds for a process of its own to start and be done, with other workers beside it."""

ITEM = {"phone": "yanan-2023-private-economy.32", "desktop": "yanan-2023-private-economy.35"}
"""Each test changes one of its own."""


@pytest.mark.parametrize(
    ("device", "scripts", "name"),
    [(PHONE, False, "phone"), (DESKTOP, True, "desktop")],
    ids=["phone without scripts", "desktop with scripts"],
)
def test_a_policy_from_draft_to_published_by_two_people(
    open_page: OpenPage, device: dict[str, Any], scripts: bool, name: str
) -> None:
    def look_over(page: Page) -> None:
        if scripts:
            assert_accessible(page)
            assert_fits(page, device["viewport"]["width"])

    title = f"由两个人发布的事项（{name}）"
    editor = open_page({**device, "java_script_enabled": scripts}, tolerate=("status of 422",))
    sign_in_official(editor, "郭淑敏", f"/office/library/items/{ITEM[name]}")
    look_over(editor)
    old = editor.locator("h1").inner_text()
    editor.get_by_role("button", name="起草新的版本").click()
    look_over(editor)
    draft = editor.url.partition("?")[0]
    editor.get_by_role("link", name="用 YAML 编辑").click()
    look_over(editor)
    text = editor.get_by_label("事项", exact=True)
    text.fill(text.input_value().replace(old, title))
    editor.get_by_role("button", name="保存").click()
    assert editor.get_by_text("已经保存").is_visible()
    assert editor.locator("ins", has_text=title).is_visible()
    look_over(editor)
    editor.get_by_role("button", name="提交审核").click()
    assert editor.get_by_role("button", name="审核通过").count() == 0

    reviewer = open_page({**device, "java_script_enabled": scripts}, tolerate=("status of 422",))
    sign_in_official(reviewer, "马建军", "/office/drafts?state=submitted")
    look_over(reviewer)
    reviewer.get_by_role("link", name=title).click()
    reviewer.get_by_role("button", name="审核通过").click()
    assert reviewer.get_by_text("还没有人看过这份内容的仿真结果").is_visible()
    assert reviewer.get_by_role("button", name="发布").count() == 0
    look_over(reviewer)
    _simulate(reviewer, draft)
    reviewer.goto(draft)
    reviewer.get_by_role("button", name="发布").click()
    assert reviewer.get_by_text("已经发布").is_visible()
    look_over(reviewer)

    enterprise = open_page({**device, "java_script_enabled": scripts})
    for _ in range(5):  # the other process looks at the library again every few seconds
        enterprise.goto(f"/items/{ITEM[name]}")
        if enterprise.locator("h1").inner_text() == title:
            break
        enterprise.wait_for_timeout(1_000)
    assert enterprise.locator("h1").inner_text() == title
    reviewer.goto(f"/office/library/items/{ITEM[name]}")
    assert reviewer.locator("del", has_text=old).first.is_visible()
    look_over(reviewer)


def _simulate(page: Page, draft: str) -> None:
    """Make the draft's simulation and write what one thinks of it."""
    page.goto("/office/snapshot")
    page.get_by_role("button", name="快照").click()
    page.get_by_text("快照是最新的").wait_for(timeout=PATIENCE)
    page.goto(draft)
    page.get_by_role("link", name="仿真：影响多少企业").click()
    page.get_by_role("button", name="开始仿真").click()
    page.get_by_label("看了结果以后的意见").wait_for(timeout=PATIENCE)
    page.get_by_label("看了结果以后的意见").fill("户数与预算相符")
    page.get_by_role("button", name="我看过了").click()
    assert page.locator(".success").is_visible()


def test_an_item_is_ended_by_two_people(open_page: OpenPage) -> None:
    item = "yanan-2023-private-economy.36"
    editor = open_page(DESKTOP, tolerate=("status of 422", "status of 404"))
    sign_in_official(editor, "郭淑敏", f"/office/library/items/{item}")
    editor.get_by_text("停用这个事项").click()
    editor.get_by_label("为什么停用").fill("文件已经废止")
    editor.get_by_role("button", name="提出停用").click()
    assert_accessible(editor)
    reviewer = open_page(DESKTOP, tolerate=("status of 404",))
    sign_in_official(reviewer, "马建军")
    reviewer.goto(editor.url)
    reviewer.get_by_role("button", name="确认停用").click()
    assert reviewer.get_by_text("已经停用").is_visible()
    assert_accessible(reviewer)


def test_the_library_goes_out_as_a_workbook_and_comes_in_again(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(DESKTOP, tolerate=("status of 422",))
    sign_in_official(page, "郭淑敏", "/office/library/files")
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Excel").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    page.get_by_label("文件", exact=True).set_input_files(path)
    page.get_by_role("button", name="导入").click()
    assert page.get_by_text("文件里没有改动").is_visible()
    bad = tmp_path / "坏.zip"
    bad.write_bytes(b"no zip")
    page.get_by_label("文件", exact=True).set_input_files(bad)
    page.get_by_role("button", name="导入").click()
    assert page.get_by_text("打不开").is_visible()
    assert_accessible(page)
