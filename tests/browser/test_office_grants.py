"""A grant by the people it takes: plan, list, another pair of eyes, the enterprise's yes, money, ledger, and back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recommender.grants.samples import HIRING, PACKAGING
from tests.browser.accessibility import assert_fits, assert_usual_look
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.signing_in import sign_in, sign_in_official

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

pytestmark = pytest.mark.browser

FIRM = "示例·印台区纸箱包装有限公司"
NARROW = 390

PATIENCE = 60_000
"""Milliseconds for a process of its own to start and be done, with other workers beside it."""


def test_from_the_list_to_the_ledger(open_page: OpenPage) -> None:
    operator, approver = (open_page(DESKTOP) for _ in range(2))
    sign_in_official(operator, "高玉兰")
    sign_in_official(approver, "白文涛")
    plan_and_list(operator)
    check(approver)
    operator.reload()
    operator.get_by_role("button", name="请企业确认").click()
    say_yes(open_page(PHONE))

    first, second = (open_page(DESKTOP) for _ in range(2))
    sign_in_official(first, "冯彩霞")
    sign_in_official(second, "曹志远")
    have_it_paid(first, second)
    second.get_by_role("link", name="台账").first.click()
    looked_at(second)
    second.get_by_role("row").filter(has_text=FIRM).filter(has_text="3,000.00").first.get_by_role("link").click()
    looked_at(second)
    have_a_part_back(second, operator, approver)


def plan_and_list(page: Page) -> None:
    make_snapshot(page)
    page.goto(f"/office/rounds/new/{HIRING}")
    looked_at(page)
    page.get_by_label("哪一次").fill("2024年6月")
    page.get_by_label("地区").select_option("610200")
    page.get_by_label("公示天数").fill("0")
    page.get_by_label("本批预算").fill("5万元")
    page.get_by_role("button", name="拟定批次").click()
    page.get_by_text("载入核定金额清单").first.click()
    page.get_by_label("清单").set_input_files(stated())
    page.get_by_label("共几家").fill("1")
    page.get_by_label("合计（元）").fill("3000")
    page.get_by_role("button", name="载入").click()
    page.get_by_role("button", name="开始比对").click()
    looked_at(page)
    page.get_by_role("link", name="可以发放").click()
    looked_at(page)
    page.get_by_role("link", name=FIRM).click()
    expect(page.locator(".evidence").first).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="2024年6月").click()
    page.get_by_role("button", name="提交核对").click()
    expect(page.get_by_text("等另一个人核对")).to_be_visible()


def check(page: Page) -> None:
    page.get_by_role("link", name="个免申即享批次待核对").or_(page.get_by_role("link", name="免申即享")).first.click()
    page.get_by_role("link", name="2024年6月").click()
    page.get_by_role("button", name="核对无误").click()
    expect(page.get_by_role("status")).to_contain_text("核对无误")
    looked_at(page)


def say_yes(page: Page) -> None:
    sign_in(page, credit_code=PACKAGING, onwards=f"/mine/{PACKAGING}/grants")
    page.get_by_role("article").or_(page.get_by_role("listitem")).filter(has_text="2024年6月").get_by_role(
        "link"
    ).first.click()
    page.get_by_role("button", name="确认领取").click()


def have_it_paid(first: Page, second: Page) -> None:
    first.get_by_role("link", name="付款").first.click()
    looked_at(first)
    for row in first.get_by_role("row").filter(has=first.get_by_role("checkbox")).all():
        # Other journeys may have left grants that can be paid too.
        said = row.inner_text()
        row.get_by_role("checkbox").set_checked(FIRM in said and "2024年6月" in said)
    first.get_by_role("button", name="拟定付款批次").click()
    expect(first.get_by_text("要由另一位财务人员复核放行")).to_be_visible()
    second.goto("/office")
    second.get_by_role("link", name="个付款批次待您复核放行").click()
    second.get_by_role("row").filter(has_text="待复核放行").get_by_role("link").click()
    second.get_by_role("button", name="复核无误，放行").click()
    with second.expect_download() as downloading:
        second.get_by_role("button", name="付款文件（CSV）").click()
    paid = list(csv.reader(downloading.value.path().read_text(encoding="utf-8-sig").splitlines()))
    second.get_by_label("银行的文件").set_input_files(answer_of_the_bank(paid[1]))
    second.get_by_label("共几笔").fill("1")
    second.get_by_label("合计（元）").fill("3000")
    second.get_by_role("button", name="登记").click()
    expect(second.get_by_role("status")).to_contain_text("到账 1 笔")
    looked_at(second)


def have_a_part_back(clerk: Page, operator: Page, approver: Page) -> None:
    operator.goto(clerk.url)
    operator.get_by_text("提出追回", exact=True).first.click()
    operator.get_by_label("金额（元）").fill("1000")
    operator.get_by_label("缴回的最后一天").fill("2024-07-31")
    operator.get_by_label("原因").fill("有一人没有参保")
    operator.get_by_role("button", name="提出追回").click()
    approver.goto(clerk.url)
    approver.get_by_role("button", name="批准追回").click()
    clerk.reload()
    clerk.get_by_label("到账金额（元）").fill("1000")
    clerk.get_by_role("button", name="登记到账").click()
    expect(clerk.get_by_role("row").filter(has_text="追回")).to_contain_text("1,000.00")


def make_snapshot(page: Page) -> None:
    """What the comparison goes over."""
    page.goto("/office/snapshot")
    page.locator("form[action='/office/snapshot'] button").click()
    page.locator("main dl, main table").first.wait_for(timeout=PATIENCE)


def looked_at(page: Page) -> None:
    """The page can be used by everybody, at a desk and on a phone."""
    assert_usual_look(page)
    assert_fits(page, NARROW)
    page.set_viewport_size(DESKTOP["viewport"])


def stated() -> FilePayload:
    heads = ("统一社会信用代码", "核定金额（元）", "算法", "核定单位")
    return file_of(heads, (PACKAGING, "3000", "2 人 × 1,500 元", "铜川市失业保险经办机构（示例）"))


def answer_of_the_bank(line: list[str]) -> FilePayload:
    heads = ("付款编号", "金额（元）", "收款账号", "结果", "到账日期")
    return file_of(heads, (line[0], line[4], line[2], "成功", "2024-06-30"))


def file_of(*rows: tuple[str, ...]) -> FilePayload:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return {"name": "list.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("utf-8-sig")}
