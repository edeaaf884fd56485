"""A real server, a real browser, and somebody who looks over its shoulder.

Each worker serves the sample set-up on a port of its own, with a new database, and drives Chromium by Playwright. What
the browser complains of (its console, the Content-Security-Policy, requests that fail) fails the test.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import chromium, why_no_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PATIENCE = 60.0
"""Seconds for the server to start, with other workers beside it."""


@dataclass(frozen=True)
class Site:
    """The sample set-up as it is served. ``addresses`` makes visitors out: each test has its own share of forms.

    ``environment``: that of the server, in which commands of the same installation run.
    """

    url: str
    environment: Mapping[str, str]
    addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def huiqi(self, *command: str) -> str:
        """Run a command on the site's database; what it says."""
        ran = [sys.executable, "-m", "web.cli", *command]
        done = subprocess.run(ran, env=dict(self.environment), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def next_address(self) -> str:
        number = next(self.addresses)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application as `huiqi serve --sample` serves it, for this worker."""
    from web.setup import setup

    folder = tmp_path_factory.mktemp("site")
    database = f"sqlite:///{folder / 'huiqi.db'}"
    setup(database, sample=True)
    port = _free_port()
    environment = os.environ | {
        "DATABASE_URL": database,
        "HUIQI_INDEX": str(folder / "index"),
        "HUIQI_PROXIES": "1",  # every visit names an address of its own, so the limit on forms does not add up
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "web.cli", "serve", "--sample", "--port", str(port)]
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(server, f"http://127.0.0.1:{port}/documents", log)
            yield Site(f"http://127.0.0.1:{port}", environment)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once a worker. Where it must be there and is not, the tests fail: they are never passed over."""
    missing = why_no_browser()
    if missing is not None:
        pytest.fail(f"The browser tests must run here, and cannot: {missing}", pytrace=False)
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *sandbox])
        with _clicks_that_wait_for_the_page():
            yield started
        started.close()


@contextmanager
def _clicks_that_wait_for_the_page() -> Iterator[None]:
    """A click that leads on to a page ends when that page is loaded.

    Playwright's own ends when the next page begins to load: what a test then asks of it at once may not be there yet.
    """
    from playwright.sync_api import Locator

    click = Locator.click

    def click_and_wait(locator: Locator, **options: Any) -> None:
        click(locator, **options)
        locator.page.wait_for_load_state()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locator, "click", click_and_wait)
        yield


OpenPage = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Opens windows of new visitors. ``device``: PHONE or DESKTOP; ``tolerate``: complaints that a test provokes, by a
    part of their text; anything else that Playwright takes for a context.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(device: dict[str, Any] = DESKTOP, tolerate: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(
            base_url=site.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            extra_http_headers={"X-Forwarded-For": site.next_address()},
            **{**device, **options},
        )
        context.set_default_timeout(20_000)
        _watch(context, lambda text: None if any(each in text for each in tolerate) else complaints.append(text))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained"


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(PHONE)


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    return open_page(DESKTOP)


@pytest.fixture
def without_scripts(open_page: OpenPage) -> Page:
    return open_page(PHONE, java_script_enabled=False)


def _watch(context: BrowserContext, complain: Callable[[str], None]) -> None:
    context.on("console", lambda said: complain(f"console: {said.text}") if said.type in ("error", "warning") else None)
    context.on("weberror", lambda error: complain(f"script: {error.error}"))
    context.on("requestfailed", lambda request: _complain_of(request, complain))
    context.on("response", lambda answer: complain(f"{answer.status}: {answer.url}") if answer.status >= 500 else None)


def _complain_of(request: Request, complain: Callable[[str], None]) -> None:
    if request.failure != "net::ERR_ABORTED":  # the visitor went on before it was there
        complain(f"failed: {request.url} {request.failure}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{log.read_text()}", pytrace=False)
