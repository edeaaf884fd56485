"""Pages of industries: what is meant for one, what is for all, and its other spelling."""

from datetime import date

import pytest
from bs4 import BeautifulSoup

from enterprises import industries
from policies.library import bundled_library
from recommender.prospects import Aim, in_industry
from tests.web.browsing import DAY, check_page, client_of, soup_of


def listed(soup: BeautifulSoup, aim: Aim) -> set[str]:
    links = soup.select(f"section#{aim.value} li a")
    return {str(link["href"]).removeprefix("/items/") for link in links}


def test_every_section_and_division_leads_to_its_page() -> None:
    client = client_of()
    soup = soup_of(client.get("/industries"))
    check_page(soup)
    links = sorted(str(link["href"]) for link in soup.select('main a[href^="/industries/"]'))
    expected = [each.code for each in industries.industries() if each.level in ("section", "division")]
    assert links == sorted(f"/industries/{code}" for code in expected)
    building = next(panel for panel in soup.select("details") if "E 建筑业" in panel.text)
    assert "9 个专门的事项" in building.text


@pytest.mark.parametrize("code", ["E", "47", "M", "C", "30", "301", "3011", "62"])
def test_what_is_meant_for_an_industry_stands_apart_from_what_is_for_all(code: str) -> None:
    soup = soup_of(client_of().get(f"/industries/{code}"))
    check_page(soup)
    found = in_industry(bundled_library(), code, DAY)
    for aim in Aim:
        assert listed(soup, aim) == {item.id for item in found.aims[aim].open}


def test_building_has_its_own_and_catering_too() -> None:
    client = client_of()
    building = soup_of(client.get("/industries/E"))
    assert "其中 9 个专门面向这个行业" in building.text
    assert "xian-2023-construction-market.4a" in listed(building, Aim.AT_IT)
    assert listed(soup_of(client.get("/industries/62")), Aim.AT_IT) == {"tongchuan-2023-fangguanfu.9c"}
    assert "没有专门面向" in soup_of(client.get("/industries/K")).text


def test_a_place_narrows_it_down() -> None:
    client = client_of()
    soup = soup_of(client.get("/industries/E?region=610602"))
    assert listed(soup, Aim.AT_IT) == set()
    assert "在陕西省延安市宝塔区有" in soup.text
    assert soup.select_one("select#region option[selected]")["value"] == "610602"  # type: ignore[index]
    assert len(listed(soup_of(client.get("/industries/E?region=610100")), Aim.AT_IT)) == 9
    wrong = soup_of(client.get("/industries/E?region=nowhere"))
    assert "没有地区“nowhere”" in wrong.select_one(".wrong .mistake").text  # type: ignore[union-attr]
    assert len(listed(wrong, Aim.AT_IT)) == 9


@pytest.mark.parametrize(("typed", "code"), [("c", "C"), ("C30", "30"), ("E47", "47"), ("C3011", "3011")])
def test_the_other_spelling_leads_to_the_page(typed: str, code: str) -> None:
    answer = client_of().get(f"/industries/{typed}?region=610602")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/industries/{code}?region=610602")


@pytest.mark.parametrize("code", ["ZZ", "E13", "99999", "x", "%20"])
def test_an_industry_that_is_none_is_not_found(code: str) -> None:
    assert client_of().get(f"/industries/{code}").status_code == 404


def test_the_check_begins_with_the_industry() -> None:
    client = client_of()
    form = soup_of(client.get("/industries/30?region=610602")).select_one('main form[method="post"]')
    assert form is not None
    sent = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    answer = soup_of(client.post(str(form["action"]), data=sent, follow_redirects=True))
    for name, value in (("f.industry", "30"), ("f.region", "610602")):
        assert [str(option["value"]) for option in answer.select(f'[name="{name}"] option[selected]')] == [value]


def test_where_nothing_is_open_the_page_says_so() -> None:
    soup = soup_of(client_of(on=date(2022, 1, 1)).get("/industries/E"))
    check_page(soup)
    assert "没有这个行业可能享受的事项" in soup.text
