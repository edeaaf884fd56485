"""What changed in a month: month ends, empty months, wrong months, and what versions say differently."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate, writing
from enterprises.dictionary import bundled
from policies.items import Window
from policies.library import Library, bundled_library
from policies.tables import store_library
from tests.policies.test_differences import NAME, OTHER, changed, library_with
from tests.web.browsing import RENOVATION, check_page, client_of, soup_of, with_windows
from web.app import create_app
from web.settings import Settings
from web.stored import Database

LEAP = date(2024, 2, 29)


def serving(folder: str, *libraries: Library, on: date | None = None) -> Iterator[FlaskClient]:
    """A client of an application over a database in which these libraries were stored on a day, one after the other."""
    url = f"sqlite:///{folder}/huiqi.db"
    engine = connect(url)
    migrate(engine)
    with writing(engine) as session:
        for library in libraries:
            store_library(session, library, on)
    engine.dispose()
    stored = Database(url, bundled())
    yield create_app(Settings(url, clock=lambda: datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)), stored).test_client()
    stored.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from serving(str(tmp_path_factory.mktemp("changes")), bundled_library())


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Of a database in which one item has a second version, and another has left; nobody knows when."""
    yield from serving(str(tmp_path_factory.mktemp("revised")), *revisions())


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Of a database in which the same happened on the last day of a February."""
    yield from serving(str(tmp_path_factory.mktemp("dated")), *revisions(), on=LEAP)


def revisions() -> tuple[Library, Library]:
    benefit = {**bundled_library().items[NAME].source["benefit"], "cap": "200万元"}
    second = changed(NAME, 2, benefit=benefit, title="技改奖励<b>")
    return bundled_library(), library_with(second, without=OTHER)


def days(soup: BeautifulSoup) -> list[str]:
    return [str(time["datetime"]) for time in soup.select("main h2 time")]


def test_a_month_in_which_documents_were_issued(client: FlaskClient) -> None:
    soup = soup_of(client.get("/changes?month=2023-04"))
    check_page(soup)
    assert days(soup) == ["2023-04-19", "2023-04-26", "2023-04-29"]
    assert "新文件 4 份，新事项 66 个" in soup.select_one(".lead").text  # type: ignore[union-attr]
    assert soup.select_one(f'.timeline a[href="/items/{RENOVATION}"]') is not None
    assert "印发，当天起施行" in soup.text


def test_the_month_of_the_day_comes_first_and_says_when_nothing_happens(client: FlaskClient) -> None:
    soup = soup_of(client.get("/changes"))
    assert soup.select_one("h1").text == "2024年6月的变化"  # type: ignore[union-attr]
    assert "这个月还没有变化" in soup.text
    near = [str(link["href"]) for link in soup.select(".empty a")]
    assert near == ["/changes?month=2024-01", "/changes?month=2025-12", "/calendar"]


def test_what_has_its_last_day_on_new_year_s_eve_is_expired_in_the_next_month(client: FlaskClient) -> None:
    last, expired = (soup_of(client.get(f"/changes?month={month}")) for month in ("2023-12", "2024-01"))
    assert days(last) == ["2023-12-31"]
    assert days(expired) == ["2024-01-01"]
    assert "到最后一天 44 个" in last.text
    assert "到期 44 个" in expired.text
    assert [str(link["href"]) for link in expired.select("nav[aria-label=换月份] a")] == [
        "/changes?month=2023-12",
        "/changes?month=2024-02",
    ]


def test_an_item_that_opens_and_closes_on_a_leap_day() -> None:
    client = client_of(with_windows({RENOVATION: Window(LEAP, LEAP)}), on=date(2024, 6, 30))
    soup = soup_of(client.get("/changes?month=2024-02"))
    assert days(soup) == ["2024-02-29"]
    assert [tag.text for tag in soup.select(".timeline .tag")] == ["开始受理", "受理最后一天"]
    after = soup_of(client.get("/changes?month=2024-03"))
    assert [tag.text for tag in after.select(".timeline .tag")] == ["已截止受理"]
    assert days(after) == ["2024-03-01"]


@pytest.mark.parametrize("wrong", ["2024-13", "2024-00", "0000-01", "2024-6", "六月", "2024-06-01", "<b>"])
def test_a_month_that_is_none_is_said(client: FlaskClient, wrong: str) -> None:
    soup = soup_of(client.get("/changes", query_string={"month": wrong}))
    assert f"“{wrong}”不是月份" in soup.select_one(".mistake").text  # type: ignore[union-attr]
    assert soup.select_one("h1").text == "2024年6月的变化"  # type: ignore[union-attr]


@pytest.mark.parametrize(("month", "links"), [("0001-01", 1), ("9999-12", 1), ("0001-02", 2), ("9999-11", 2)])
def test_the_calendar_ends_somewhere(client: FlaskClient, month: str, links: int) -> None:
    soup = soup_of(client.get(f"/changes?month={month}"))
    assert len(soup.select("nav[aria-label=换月份] a")) == links


def test_the_month_of_the_day_has_one_address(client: FlaskClient) -> None:
    assert client.get("/changes?month=2024-06").headers["Link"] == '<http://localhost/changes>; rel="canonical"'
    assert client.get("/changes?month=2024-05").headers["Link"].startswith("<http://localhost/changes?month=2024-05>")


def test_a_new_version_says_what_it_says_differently(revised: FlaskClient) -> None:
    soup = soup_of(revised.get("/changes"))
    check_page(soup)
    assert "第 1 版改为第 2 版" in soup.text
    assert "没有记录改动的日期" in soup.text
    assert [line.text for line in soup.select("del")] == [
        "民营工业企业技改和新建项目投资奖励",
        "每个符合条件的投资项目：按固定资产投资的 10% 给予，最高 100万元",
    ]
    assert [line.text for line in soup.select("ins")] == [
        "技改奖励<b>",
        "每个符合条件的投资项目：按固定资产投资的 10% 给予，最高 200万元",
    ]
    assert bundled_library().items[OTHER].title in soup.text
    assert "已经下架" in soup.text
    assert "第 1 版改为第 2 版" not in revised.get("/changes?month=2024-05").text


def test_a_revision_stands_in_its_month_with_its_day(dated: FlaskClient) -> None:
    soup = soup_of(dated.get("/changes?month=2024-02"))
    check_page(soup)
    assert "2024年2月29日，第 1 版改为第 2 版" in soup.text
    assert "2024年2月29日起下架" in soup.text
    assert "改过内容 1 次，不再提供 1 个" in soup.text
    assert "没有记录" not in soup.text
    for other in ("2024-01", "2024-03", "2024-06"):
        assert "第 1 版改为第 2 版" not in dated.get(f"/changes?month={other}").text
    assert "2024-02" in [option["value"] for option in soup.select("#month option")]


def test_a_document_that_comes_into_force_later_has_two_days() -> None:
    library = bundled_library()
    documents = dict(library.documents)
    name = "shaanxi-2023-pilot-reforms"
    documents[name] = replace(documents[name], published_on=documents[name].validity.opens - timedelta(days=20))
    client = client_of(Library(documents, library.items, library.dictionary), on=date(2024, 6, 30))
    assert "印发" in soup_of(client.get("/changes?month=2023-01")).text
    assert "开始施行" in soup_of(client.get("/changes?month=2023-02")).text
