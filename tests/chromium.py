"""The browser that the browser tests drive: where it is, and what to say where it is not."""

from __future__ import annotations

import importlib.util
import os
import shutil
from functools import cache

INSTALL = "apt-get install chromium fonts-noto-cjk"


def chromium() -> str | None:
    """The program: ``HUIQI_CHROMIUM``, or Debian's chromium where it is installed."""
    return shutil.which(os.environ.get("HUIQI_CHROMIUM") or "chromium")


@cache
def why_no_browser() -> str | None:
    """What the browser tests lack on this machine; ``None``: nothing."""
    missing = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
    if missing:
        return f"the Python package {missing[0]} is not installed (make test installs it)"
    if chromium() is None:
        named = os.environ.get("HUIQI_CHROMIUM")
        if named:
            return f"HUIQI_CHROMIUM names {named}, which cannot be run"
        return f"there is no chromium; on Debian: {INSTALL}; elsewhere: HUIQI_CHROMIUM=/path/to/chromium"
    return None


def must_have_browser() -> bool:
    """Whether a missing browser is a failure: in CI, and where HUIQI_REQUIRE_BROWSER=1 says so."""
    return any(os.environ.get(name) not in (None, "", "0") for name in ("CI", "HUIQI_REQUIRE_BROWSER"))
