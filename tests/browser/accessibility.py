"""What axe finds on a page, in each of its looks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")

ALL: dict[str, Any] = {"resultTypes": ["violations"]}
LOOKS = {**ALL, "runOnly": ["color-contrast", "target-size"]}

CARE = "document.documentElement.toggleAttribute('data-care', {})"


def assert_accessible(page: Page) -> None:
    """Nothing serious or critical: in light by all rules, in the other looks by those of colours and sizes."""
    assert_usual_look(page)
    page.emulate_media(color_scheme="dark")
    found = {"dark": _violations(page, LOOKS)}
    page.evaluate(CARE.format("true"))
    found["dark care"] = _violations(page, LOOKS)
    page.emulate_media(color_scheme="light")
    found["care"] = _violations(page, LOOKS)
    page.evaluate(CARE.format("false"))
    assert {look: each for look, each in found.items() if each} == {}, page.url


def assert_usual_look(page: Page) -> None:
    """Nothing serious or critical by all rules, as the page looks now."""
    from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]

    page.evaluate(AXE_SCRIPT)
    assert _violations(page, ALL) == [], page.url


def assert_fits(page: Page, width: int) -> None:
    """The page does not scroll sideways, in the usual size and in 关怀模式."""
    height = (page.viewport_size or {"height": 800})["height"]
    page.set_viewport_size({"width": width, "height": height})
    for care in ("false", "true"):
        page.evaluate(CARE.format(care))
        sticking_out = page.evaluate(_STICKING_OUT)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, care, sticking_out)
    page.evaluate(CARE.format("false"))


_STICKING_OUT = """[...document.querySelectorAll('body *')]
    .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(each => each.outerHTML.slice(0, 120)).slice(-3)"""


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate(f"axe.run(document, {json.dumps(options)}).then(results => results.violations)")
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]
