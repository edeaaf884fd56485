"""An official writes a rule who has never seen YAML: with scripts at a desk, and without any on a telephone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits, assert_usual_look
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.signing_in import sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("device", "scripts", "number"),
    [(PHONE, False, "98"), (DESKTOP, True, "99")],
    ids=["phone without scripts", "desktop with scripts"],
)
def test_a_rule_is_written_tried_and_mended(
    open_page: OpenPage, device: dict[str, Any], scripts: bool, number: str
) -> None:
    page = open_page({**device, "java_script_enabled": scripts})
    _begin(page, number)
    _write_the_rule(page, scripts)
    if scripts:
        assert_accessible(page)
    _write_the_benefit(page, scripts)
    _look_over(page, device, scripts)
    _write_an_example(page, scripts)
    _look_over(page, device, scripts)
    _break_the_rule(page)
    _look_over(page, device, scripts)
    _press(page, "^保存", page.locator("#editor"))
    page.locator(".success", has_text="已经保存").wait_for()
    page.reload()
    page.locator(".condition.troubled", has_text="不是金额").wait_for()


def _begin(page: Page, number: str) -> None:
    """A draft of which nothing is written but what it is called."""
    sign_in_official(page, "郭淑敏", "/office/drafts/new")
    page.get_by_label("属于哪份文件").select_option("yanan-2023-private-economy")
    page.get_by_label("事项在文件里的编号").fill(number)
    page.get_by_label("事项的名称").fill("营收首次突破奖励")
    page.get_by_role("button", name="开始起草").click()
    if not page.url.partition("?")[0].endswith("/edit"):
        page.goto(f"{page.url.partition('?')[0]}/edit")


def _write_the_rule(page: Page, scripts: bool) -> None:
    """在延安市、民营、年营收首次突破 10 亿元."""
    _add(page, "地区", "所在地区")
    page.get_by_label("在哪里").select_option("610600")
    _confirm(page)
    _add(page, "民营", "所有制")
    _tick(page, "民营")
    _confirm(page)
    _add(page, "营收", "营业收入")
    page.get_by_label("怎么要求").select_option("first_reaches")
    if not scripts:
        _press(page, "更新这一条")
    page.get_by_label("首次达到多少").fill("10亿元")
    _confirm(page)
    for words in ("所在地区属于陕西省延安市", "所有制为民营", "上一年度营业收入首次达到10亿元"):
        _meaning(page, words)


def _write_the_benefit(page: Page, scripts: bool) -> None:
    _go(page, "可以得到什么")
    page.get_by_label("怎么给").select_option("fixed")
    if not scripts:
        _press(page, "换成这种")
    page.get_by_label("金额", exact=True).fill("20万元")
    page.get_by_label("金额", exact=True).press("Enter")
    _meaning(page, "定额 20万元")


def _write_an_example(page: Page, scripts: bool) -> None:
    _go(page, "样例")
    _press(page, "加一个样例")
    page.get_by_label("这个样例是什么情形").fill("刚好 10 亿元")
    page.get_by_label("按哪一天判断").fill("2024-06-30")
    _press(page, "^确定")
    _press(page, "^改")
    page.get_by_role("combobox", name="所在地区").select_option("610602")
    page.get_by_role("combobox", name="所有制").select_option("民营")
    for label, figure in (("2023 年", "10亿元"), ("2022 年", "9亿元"), ("2021 年", "8亿元"), ("2021 年以前", "7亿元")):
        page.get_by_label(label, exact=label.endswith("年")).fill(figure)
    _tick(page, "符合")
    page.get_by_label("金额（没有金额的不填）").fill("20万元")
    _press(page, "^确定")
    page.locator(".case .state", has_text="一致").wait_for()


def _break_the_rule(page: Page) -> None:
    """The example no longer comes out, and then nobody can tell what the rule says."""
    _go(page, "谁可以享受")
    _change_the_threshold(page, "12亿元")
    page.locator("#meaning").get_by_text("1 个样例，0 个一致").wait_for()
    _change_the_threshold(page, "十二亿")
    page.locator(".condition.troubled", has_text="“十二亿”不是金额").wait_for()
    page.locator("#meaning").get_by_role("button", name=re.compile("营业收入")).click()
    assert page.get_by_label("首次达到多少").input_value() == "十二亿"
    _confirm(page)


def _change_the_threshold(page: Page, amount: str) -> None:
    row = page.locator(".condition", has_text="营业收入")
    _press(page, "^改", row)
    page.get_by_label("首次达到多少").fill(amount)
    _confirm(page)


def _add(page: Page, search: str, label: str) -> None:
    page.locator(".work").get_by_role("button", name=re.compile("加条件")).last.click()
    page.get_by_label("找一个指标").fill(search)
    _press(page, "^查找")
    _press(page, f"^{label}", page.locator(".picker"))
    page.locator(".opened").wait_for()


def _confirm(page: Page) -> None:
    _press(page, "^确定")
    page.locator(".opened").wait_for(state="detached")


def _tick(page: Page, words: str) -> None:
    page.locator(".opened").get_by_label(words, exact=True).first.check()


def _go(page: Page, part: str) -> None:
    _press(page, f"^{part}", page.locator(".parts"))
    page.locator(".parts [aria-current]", has_text=part).wait_for()


def _press(page: Page, words: str, where: Locator | None = None) -> None:
    (where or page.locator(".work")).get_by_role("button", name=re.compile(words)).first.click()


def _meaning(page: Page, words: str) -> None:
    page.locator("#meaning").get_by_text(words).first.wait_for()


def _look_over(page: Page, device: dict[str, Any], scripts: bool) -> None:
    """axe is a script itself: pages without any are looked over as the same pages with them."""
    if scripts:
        assert_usual_look(page)
        assert_fits(page, 320)
        page.set_viewport_size(device["viewport"])
