"""Each page that has an address of its own: axe, on phone and desktop, in each look, and nothing that sticks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.accessibility import assert_accessible, assert_fits, assert_usual_look
from tests.browser.addresses import OWN, Reader, readable, unknown
from tests.browser.conftest import PHONE, OpenPage, Site
from tests.browser.signing_in import sign_in, sign_in_with_all_duties

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NARROWEST = 320
"""CSS pixels: also what is left of 1280 at 400 % (WCAG 2.2, 1.4.10)."""

MORE = (
    f"/check?sample={OWN}",
    "/check?on=bad",
    "/items?text=没有的词",
    "/search?text=厂里要换一批新设备，能补多少钱",
    "/search?text=zzzz",
    "/nowhere",
)
"""What the same addresses show else."""


def test_every_address_is_walked_or_has_a_reason() -> None:
    assert unknown() == set()


@pytest.mark.parametrize("address", [*readable(Reader.EVERYBODY), *MORE])
def test_pages_for_everybody(open_page: OpenPage, address: str) -> None:
    walk(open_page(PHONE, tolerate=("status of 4",)), address)


@pytest.mark.parametrize("address", readable(Reader.MEMBER))
def test_pages_of_an_enterprise(open_page: OpenPage, address: str) -> None:
    page = open_page(PHONE, tolerate=("status of 4",))
    sign_in(page)
    walk(page, address)


@pytest.mark.parametrize("address", readable(Reader.OFFICIAL))
def test_pages_of_officials(open_page: OpenPage, site: Site, address: str) -> None:
    page = open_page(PHONE, tolerate=("status of 4",))
    sign_in_with_all_duties(page, site)
    walk(page, address)


def walk(page: Page, address: str) -> None:
    """Look at a page on a phone and on a desktop; what is no page is passed by."""
    answer = page.request.get(address)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        assert answer.ok, answer.status
        return
    assert answer.status < 500
    page.goto(address)
    assert page.locator("h1").count() == 1
    assert_accessible(page)
    for width in (NARROWEST, 640, 1280):
        assert_fits(page, width)
    assert_usual_look(page)
