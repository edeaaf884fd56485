"""The visual language: colours that can be read, pages that are small, and nothing from elsewhere."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

import web.app as web_app
from enterprises.dictionary import bundled
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

STATIC = Path(web_app.__file__).parent / "static"
STYLE = (STATIC / "style.css").read_text(encoding="utf-8")

MOST_FOR_THE_FIRST_PAGE = 60_000
"""Bytes that travel: the page and all that it loads."""

MOST_FOR_ALL_PAGES = 30_000
"""Bytes of ``style.css`` as it is written: what only some pages have, stands in sheets of their own."""

USUAL = ":root {"
CARE = ":root[data-care] {"
DARK = ":root[data-theme=dark] {"
DARK_CARE = ":root[data-theme=dark][data-care] {"
MODES = {"light": (USUAL,), "care": (USUAL, CARE), "dark": (USUAL, DARK), "dark care": (USUAL, DARK, DARK_CARE)}

TEXTS = [
    ("ink", "paper"),
    ("ink", "card"),
    ("ink", "soft"),
    ("ink", "warn-soft"),
    ("ink", "line"),
    ("ink", "eligible-soft"),
    ("ink", "alarm-soft"),
    ("quiet", "paper"),
    ("quiet", "card"),
    ("quiet", "soft"),
    ("link", "paper"),
    ("link", "card"),
    ("link", "soft"),
    ("link", "alarm-soft"),
    ("link", "eligible-soft"),
    ("eligible", "card"),
    ("eligible", "paper"),
    ("eligible", "eligible-soft"),
    ("undetermined", "card"),
    ("undetermined", "paper"),
    ("undetermined", "warn-soft"),
    ("close", "card"),
    ("close", "paper"),
    ("alarm", "card"),
    ("alarm", "alarm-soft"),
    ("card", "alarm"),
    ("brand-ink", "brand"),
    ("brand-ink", "button"),
    ("brand-quiet", "brand"),
]
"""Text and its ground: at least 4.5:1 (WCAG 2.2, 1.4.3)."""

EDGES = [
    ("edge", "card"),
    ("edge", "paper"),
    ("edge", "soft"),
    ("focus", "card"),
    ("focus", "paper"),
    ("focus", "soft"),
    ("focus-brand", "brand"),
    ("link", "card"),
    ("button", "card"),
    ("button", "paper"),
    ("brand-quiet", "brand"),
]
"""The edge of a control, or of what has the focus, and what lies beside it: at least 3:1 (1.4.11)."""


def colours(mode: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for selector in MODES[mode]:
        _, present, rest = STYLE.partition(f"\n{selector}")
        assert present, selector
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", rest.split("}")[0]))
    return found


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", MODES)
def test_colours_can_be_read(mode: str) -> None:
    known = colours(mode)
    assert {(ink, ground) for ink, ground in TEXTS if contrast(known[ink], known[ground]) < 4.5} == set()
    assert {(edge, beside) for edge, beside in EDGES if contrast(known[edge], known[beside]) < 3} == set()


def test_care_has_more_contrast() -> None:
    for usual, care in (("light", "care"), ("dark", "dark care")):
        quiet = [contrast(colours(mode)["quiet"], colours(mode)["paper"]) for mode in (usual, care)]
        assert quiet[1] > quiet[0]
        assert quiet[1] >= 7


def test_dark_is_the_same_by_device_and_by_choice() -> None:
    by_device = STYLE.split("@media (prefers-color-scheme: dark)")[1]
    for selector, chosen in (
        (":root:not([data-theme=light]) {", DARK),
        (":root[data-care]:not([data-theme=light]) {", DARK_CARE),
    ):
        one, other = by_device.split(selector)[1].split("}")[0], STYLE.split(f"\n{chosen}")[1].split("}")[0]
        assert one.split() == other.split()


def test_the_style_sheet_is_small_and_complete() -> None:
    assert len(STYLE.encode()) < 30_000
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    for media in ("print", "(forced-colors: active)"):
        assert f"@media {media} {{" in STYLE
    assert not re.search(r"animation|transition|scroll-behavior", STYLE), "nothing moves: reduced motion is kept by all"
    used = set(re.findall(r"var\(--([a-z-]+)\)", STYLE))
    assert used == set(colours("light"))


def test_the_style_sheet_that_all_pages_load_stays_small() -> None:
    assert len(STYLE.encode()) < MOST_FOR_ALL_PAGES


@pytest.mark.parametrize("name", ["office.css", "editor.css"])
def test_the_sheets_of_some_pages_use_the_same_colours_and_do_not_move(name: str) -> None:
    sheet = (STATIC / name).read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--([a-z-]+)\)", sheet)) <= set(colours("light"))
    assert not re.search(r"#[0-9a-f]{3,8}\b(?!\s*[,{.>:])|animation|transition|scroll-behavior|url\(|@import", sheet)


def test_what_is_vendored_is_what_its_readme_says() -> None:
    readme = (STATIC / "README.md").read_text(encoding="utf-8")
    for file in STATIC.iterdir():
        assert file.name == "README.md" or f"`{file.name}`" in readme
    digest = hashlib.sha256((STATIC / "htmx.min.js").read_bytes()).hexdigest()
    assert digest in readme


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('design') / 'huiqi.db'}"
    setup(url, sample=True)
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True), stored)
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_first_page_is_light_and_needs_nothing_from_elsewhere(client: FlaskClient) -> None:
    start = client.get("/", headers={"Accept-Encoding": "gzip"})
    soup = BeautifulSoup(gzip.decompress(start.data), "html.parser")
    loaded = [str(each.get("src") or each.get("href")) for each in soup.select("[src], link[href]")]
    assert any(address.startswith("/static/style.css") for address in loaded)
    travelled = len(start.data)
    for address in loaded:
        assert address.startswith("/static/")
        travelled += len(client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True).data)
    assert travelled < MOST_FOR_THE_FIRST_PAGE


def test_files_are_kept_for_a_year_at_an_address_of_their_content(client: FlaskClient) -> None:
    soup = BeautifulSoup(client.get("/").text, "html.parser")
    address = str(soup.select_one("link[rel=stylesheet]")["href"])  # type: ignore[index]
    assert "max-age=31536000, immutable" in client.get(address, buffered=True).headers["Cache-Control"]
    for other in ("/static/style.css", "/static/style.css?v=0", "/static/nothing.css?v=0"):
        assert "immutable" not in client.get(other, buffered=True).headers.get("Cache-Control", "")


def test_answers_are_compressed_for_browsers_that_can(client: FlaskClient) -> None:
    plain = client.get("/items")
    packed = client.get("/items", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 4
    assert gzip.decompress(packed.data).startswith(b"<!doctype html>")
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]
    refused = client.get("/items", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_the_length_of_a_compressed_page_tells_nothing(client: FlaskClient) -> None:
    lengths = {len(client.get("/documents", headers={"Accept-Encoding": "gzip"}).data) for _ in range(20)}
    assert len(lengths) > 5


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    etag = client.get("/static/style.css", headers=headers, buffered=True).headers["ETag"]
    again = client.get("/static/style.css", headers={**headers, "If-None-Match": etag}, buffered=True)
    assert again.status_code == 304
