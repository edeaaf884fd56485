"""Pages of places: what is counted, what is drawn, and where the links lead."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from enterprises import regions
from policies.items import Window
from policies.library import bundled_library
from recommender.prospects import in_region
from tests.web.browsing import DAY, RENOVATION, check_page, client_of, soup_of, with_windows


def test_every_place_is_listed_once_and_leads_to_its_page() -> None:
    client = client_of()
    soup = soup_of(client.get("/regions"))
    check_page(soup)
    links = [str(link["href"]) for link in soup.select('main a[href^="/regions/"]')]
    expected = [region.code for region in regions.regions() if region.code.startswith("61")]
    assert sorted(links) == sorted(f"/regions/{code}" for code in expected)


@pytest.mark.parametrize("code", ["610000", "610600", "610602", "610100"])
def test_a_place_says_what_is_its_own_and_what_comes_from_above(code: str) -> None:
    soup = soup_of(client_of().get(f"/regions/{code}"))
    check_page(soup)
    found = in_region(bundled_library(), code, DAY)
    assert f"有 {len(found.open)} 个事项可能享受" in soup.text
    listed = {str(link["href"]).removeprefix("/items/") for link in soup.select("details.panel li a")}
    assert listed == {item.id for item in found.open}
    assert f"另有 {found.expired} 个已经到期" in soup.text


def test_the_chart_and_its_table_and_the_lists_say_the_same() -> None:
    soup = soup_of(client_of().get("/regions/610602"))
    counts, amounts = soup.select("figure.chart")[:2]
    table = {row.select("th")[0].text: row.select("td")[0].text for row in counts.select("tbody tr")}
    for panel in soup.select("details.panel"):
        assert table[panel.select("summary h3")[0].text] == f"{len(panel.select('li'))} 个"
    assert [cell.text for cell in amounts.select("tbody th, tbody td")] == ["奖补资金", "100万元"]
    assert "不能直接相加" in amounts.text


def test_the_days_to_come_lead_to_the_calendar_of_the_place() -> None:
    client = client_of(with_windows({RENOVATION: Window(DAY, date(2024, 12, 31))}))
    soup = soup_of(client.get("/regions/610602"))
    assert "2024年12月31日" in [row.select("th")[0].text for row in soup.select("figure")[-1].select("tbody tr")]
    assert soup.select_one('a[href="/calendar?region=610602"]') is not None
    assert soup.select_one('a[href="/search?region=610602"]') is not None


def test_the_check_begins_with_the_place_and_the_place_is_in_no_address() -> None:
    client = client_of()
    form = soup_of(client.get("/regions/610602")).select_one('main form[method="post"]')
    assert form is not None
    assert "610602" not in str(form["action"])
    sent = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    answer = client.post(str(form["action"]), data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/check")
    assert chosen(client, "f.region") == ["610602"]
    assert client.post(str(form["action"]), data=sent | {"f.region": "999999"}).status_code == 400


def test_beginning_again_loses_nothing_that_was_typed() -> None:
    client = client_of()
    token = str(soup_of(client.get("/check")).select("[name=csrf_token]")[0]["value"])
    typed = {"csrf_token": token, "f.region": "610100", "f.employees": "12"}
    assert client.post("/check/edit", data=typed).status_code == 303
    assert client.post("/check/begin", data={**typed, "f.region": "610602", "f.industry": "30"}).status_code == 303
    assert chosen(client, "f.region") == ["610100"]
    assert chosen(client, "f.industry") == ["30"]
    assert soup_of(client.get("/check")).select_one('[name="f.employees"]')["value"] == "12"  # type: ignore[index]


def chosen(client: FlaskClient, name: str) -> list[str]:
    """What the form of the check has selected."""
    return [str(each["value"]) for each in soup_of(client.get("/check")).select(f'[name="{name}"] option[selected]')]


def test_a_place_without_documents_of_its_own_says_whose_apply() -> None:
    assert "适用的是陕西省、延安市的" in soup_of(client_of().get("/regions/610602")).text
    assert "适用的是" not in soup_of(client_of().get("/regions/610600")).text


def test_where_nothing_is_open_the_page_helps_on() -> None:
    soup = soup_of(client_of(on=date(2022, 1, 1)).get("/regions/610602"))
    assert "眼下没有有效的事项" in soup.text
    assert "还没有开始的" in soup.text
    gone = soup_of(client_of(with_windows({}), on=date(2023, 1, 1)).get("/regions/610302"))
    check_page(gone)


@pytest.mark.parametrize("code", ["110000", "619999", "61", "abc", "610602x"])
def test_a_place_that_is_none_of_ours_is_not_found(code: str) -> None:
    assert client_of().get(f"/regions/{code}").status_code == 404


def test_a_page_has_one_address() -> None:
    assert re.fullmatch(
        r'<http://localhost/regions/610602>; rel="canonical"', client_of().get("/regions/610602?x=1").headers["Link"]
    )
