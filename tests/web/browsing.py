"""What tests of the public pages share: an application over any library on any day, and how its pages are read."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate
from enterprises.dictionary import bundled
from policies.items import Item, Window
from policies.library import Library, bundled_library
from web.app import create_app
from web.settings import Settings
from web.stored import Database

DAY = date(2024, 6, 30)
RENOVATION = "yanan-2023-private-economy.15"


class OneLibrary(Database):
    """An empty database that has a library all the same."""

    def __init__(self, library: Library) -> None:
        super().__init__(f"sqlite:///{_empty().name}/huiqi.db", library.dictionary)
        self.only = library

    def library(self) -> Library:
        return self.only


@cache
def _empty() -> TemporaryDirectory[str]:
    """The folder of an empty database, gone at the end: never the one of whoever runs the tests."""
    folder = TemporaryDirectory()
    engine = connect(f"sqlite:///{folder.name}/huiqi.db")
    migrate(engine)
    engine.dispose()
    return folder


def client_of(library: Library | None = None, on: date = DAY) -> FlaskClient:
    """A client of an application over a library (the bundled one) on a day."""
    settings = Settings(clock=lambda: datetime(on.year, on.month, on.day, 12, tzinfo=SHANGHAI))
    return create_app(settings, OneLibrary(library or bundled_library())).test_client()


def with_windows(windows: Mapping[str, Window]) -> Library:
    """The bundled library, of which some items have dates of their own."""
    library = bundled_library()
    items = {
        name: replace(item, window=windows[name]) if name in windows else item for name, item in library.items.items()
    }
    return Library(library.documents, items, library.dictionary)


def library_of(items: Iterable[Item]) -> Library:
    """A library of these items and their documents."""
    listed = tuple(items)
    return Library({each.document.id: each.document for each in listed}, {each.id: each for each in listed}, bundled())


def soup_of(response: TestResponse) -> BeautifulSoup:
    """The page of an answer that went well."""
    assert response.status_code == 200, response.text
    return BeautifulSoup(response.text, "html.parser")


def check_page(soup: BeautifulSoup) -> None:
    """What every page owes its readers: one heading, labels, unique ids, and nothing inline."""
    assert len(soup.select("h1")) == 1
    ids = [str(each["id"]) for each in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for each in soup.select("main input:not([type=hidden]), main select"):
        assert each.find_parent("label") or soup.select_one(f'label[for="{each.get("id")}"]'), each
    for each in soup.select("th"):
        assert each.get("scope") in ("col", "row")
    for each in soup.select("[aria-describedby], [aria-labelledby]"):
        named = f"{each.get('aria-describedby', '')} {each.get('aria-labelledby', '')}".split()
        assert all(soup.find(id=name) for name in named), each
    assert not soup.select("style, [style], iframe, object, main script")
