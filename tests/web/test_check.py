"""Checking by what one types: nothing is lost, one question at a time, what if; and nothing of it is kept here."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from enterprises.calendar import SHANGHAI
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from tests.web.checking import ITEM, PRIVATE_INDUSTRY, Answers, filled_in, find, offered, page, press, renovation
from web.app import create_app
from web.checkup.draft import COOKIE
from web.settings import Settings
from web.setup import setup
from web.stored import Database


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('check') / 'huiqi.db'}"
    setup(url, sample=True)
    return url


@pytest.fixture(scope="module")
def app(url: str) -> Iterator[Flask]:
    clock = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
    stored = Database(url, bundled())
    yield create_app(Settings(url, clock=lambda: clock, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(client: FlaskClient, answers: Answers, to: str = "/check", follow: bool = True) -> BeautifulSoup:
    token = find(page(client.get("/check")), "[name=csrf_token]")["value"]
    return page(client.post(to, data={"csrf_token": token, **answers}, follow_redirects=follow))


def typed_in(soup: BeautifulSoup, form: str = "facts") -> dict[str, list[str]]:
    return {name: values for name, values in filled_in(soup, form).items() if name.startswith("f.")}


# ---------------------------------------------------------------------- nothing is lost


def test_what_was_sent_can_be_refreshed_gone_back_to_and_opened_again(client: FlaskClient) -> None:
    token = find(page(client.get("/check")), "[name=csrf_token]")["value"]
    answer = client.post("/check", data={"csrf_token": token, **renovation("800万元")})
    assert answer.status_code == 303
    assert answer.location == "/check/result"
    for _ in range(2):
        assert ITEM in offered(page(client.get("/check/result")), "eligible")
    form = page(client.get("/check"))
    assert typed_in(form) == {name: [value] for name, value in renovation("800万元").items()}
    assert "接着写就行" in form.text


def test_mistakes_are_kept_too(client: FlaskClient) -> None:
    send(client, renovation("八百万"))
    answer = client.get("/check")
    assert answer.status_code == 422
    assert typed_in(page(answer))["f.project.0.fixed_asset_investment"] == ["八百万"]
    assert "请改正" in page(client.get("/check/result")).text
    assert "请改正" in page(client.get("/check/questions")).text


def test_what_is_typed_is_kept_while_it_is_typed(client: FlaskClient) -> None:
    form = page(client.get("/check"))
    keeper = find(form, "[hx-post]")
    assert keeper["hx-include"] == "#facts"
    answer = press(client, form, "facts", str(keeper["hx-post"]), f__employees="四十")
    assert (answer.status_code, answer.text) == (204, "")
    assert typed_in(page(client.get("/check")))["f.employees"] == ["四十"]


def test_another_tab_changes_nothing_of_the_page_that_is_sent(client: FlaskClient) -> None:
    first = send(client, renovation("800万元"))
    send(client, renovation("50万元"))
    again = page(press(client, first, "state"))
    assert ITEM in offered(again, "eligible")
    assert typed_in(page(client.get("/check")))["f.project.0.fixed_asset_investment"] == ["800万元"]


def test_clearing_forgets_everything(client: FlaskClient) -> None:
    soup = send(client, renovation("800万元"))
    emptied = page(press(client, soup, "clear"))
    assert not typed_in(emptied)
    assert client.get_cookie(f"{COOKIE}_0", path="/check") is None
    nothing = page(client.get("/check/result"))
    assert "没有找到填写的内容" in nothing.text
    assert not nothing.select(".card")


@pytest.mark.parametrize("value", ["", "x", "gAAAA", "é", "gAAAAABmgw==" * 20])
def test_a_damaged_draft_is_said_and_no_error(client: FlaskClient, value: str) -> None:
    send(client, renovation("800万元"))
    client.set_cookie(f"{COOKIE}_0", value, path="/check")
    for address in ("/check", "/check/result", "/check/questions", "/check/what-if", f"/check/items/{ITEM}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "没能恢复" in page(answer).text


def many_projects(count: int) -> dict[str, str]:
    """Projects with names that do not compress."""
    draw, typed = Random(1), dict(PRIVATE_INDUSTRY)
    for number in range(count):
        typed[f"f.project.{number}.name"] = "".join(chr(draw.randint(0x4E00, 0x9FA5)) for _ in range(120))
        typed[f"f.project.{number}.kind"] = "技术改造"
        typed[f"f.project.{number}.fixed_asset_investment"] = "800万元"
    return typed


def test_what_the_browser_cannot_keep_is_answered_at_once_and_said(client: FlaskClient) -> None:
    send(client, renovation("50万元"))
    token = find(page(client.get("/check")), "[name=csrf_token]")["value"]
    answer = client.post("/check", data={"csrf_token": token, **many_projects(50)})
    assert answer.status_code == 200
    soup = page(answer)
    assert ITEM in offered(soup, "eligible")
    assert "请不要刷新" in soup.text
    assert not soup.select('a[href="/check/questions"], a[href="/check/what-if"]')
    assert "没有找到填写的内容" in page(client.get("/check/result")).text, "the older draft would be another answer"
    edited = page(press(client, soup, "state", "/check/edit"))
    assert len(typed_in(edited)) == len(many_projects(50))
    assert "请不要刷新" in edited.text


def test_the_cookies_stay_small_and_are_closed_to_scripts(url: str) -> None:
    for https in (False, True):
        stored = Database(url, bundled())
        client = create_app(Settings(url, https=https, posts="1000 per minute"), stored).test_client()
        base = "https://localhost" if https else "http://localhost"
        form = page(client.get("/check", base_url=base))
        token = str(find(form, "[name=csrf_token]")["value"])
        headers = {"Referer": f"{base}/check"}
        sizes = []
        for count in range(1, 50, 4):
            data = {"csrf_token": token, **many_projects(count)}
            answer = client.post("/check", data=data, base_url=base, headers=headers)
            cookies = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE)]
            assert sum(len(each.partition(";")[0]) for each in cookies) < 7_200
            sizes.append((answer.status_code, sum("Max-Age=0" not in each for each in cookies)))
            for each in cookies:
                assert len(each.partition(";")[0]) < 3_800
                assert all(word in each for word in ("HttpOnly", "SameSite=Lax", "Path=/check"))
                assert ("Secure" in each) is https
        assert {(303, 1), (303, 2), (200, 0)} == set(sizes)
        stored.close()


def test_the_draft_says_nothing_to_who_reads_the_cookie_and_is_kept_by_nobody_else(
    client: FlaskClient, app: Flask
) -> None:
    send(client, {**renovation("800万元"), "name": "某某机械厂"})
    cookie = client.get_cookie(f"{COOKIE}_0", path="/check")
    assert cookie is not None
    assert "800" not in cookie.value
    assert client.get_cookie(f"{COOKIE}_0", path="/") is None
    other = app.test_client()
    assert not typed_in(page(other.get("/check")))


def test_the_day_moves_on_unless_somebody_chose_one(url: str, tmp_path: Path) -> None:
    day = [datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)]
    stored = Database(url, bundled())
    client = create_app(Settings(url, clock=lambda: day[0], posts="1000 per minute"), stored).test_client()
    send(client, renovation("800万元"))
    day[0] = datetime(2024, 7, 1, 12, tzinfo=SHANGHAI)
    assert "按 2024年7月1日 判断" in page(client.get("/check/result")).text
    send(client, {**renovation("800万元"), "on": "2024-03-01"})
    day[0] = datetime(2024, 7, 2, 12, tzinfo=SHANGHAI)
    assert "按 2024年3月1日 判断" in page(client.get("/check/result")).text
    stored.close()


# ------------------------------------------------------------- one question at a time


def answer_of(soup: BeautifulSoup) -> tuple[str, str] | None:
    """An answer to the question on the page: the first of its choices, or 没有 of a kind of records."""
    ask = find(soup, "#next")
    for choice in ask.select("input[type=radio][value], input[type=checkbox][value], option[value]"):
        if choice["value"]:
            owner = choice if choice.get("name") else choice.find_parent("select")
            assert owner is not None
            return str(owner["name"]), str(choice["value"])
    if none := ask.select_one('button[name$=".none"]'):
        return str(none["name"]), "1"
    if day := ask.select_one("input[type=date]"):
        return str(day["name"]), "2020-01-01"
    text = ask.select_one("input[type=text]")
    return None if text is None else (str(text["name"]), "100万元")


def test_questions_go_forward_and_back_and_stop_anywhere(client: FlaskClient) -> None:
    soup = page(client.get("/check/questions"))
    assert "已回答 0 题" in soup.text
    assert "上一题" not in soup.text
    seen = []
    for number in range(1, 4):
        seen.append(find(soup, "#next h2").text)
        answer = answer_of(soup)
        assert answer is not None
        soup = page(press(client, soup, "state", **{answer[0].replace(".", "__"): answer[1]}))
        assert f"已回答 {number} 题" in soup.text
    left = re.search(r"还有约 (\d+) 题", soup.text)
    assert left is not None
    for back in reversed(range(3)):
        link = find(soup, 'a[href*="questions?at="]')
        assert link["href"] == f"/check/questions?at={back}"
        soup = page(client.get(str(link["href"])))
        assert find(soup, "#next h2").text == seen[back]
        assert "已回答 3 题" in soup.text
    result = page(client.get(str(find(soup, '.actions a[href="/check/result"]')["href"])))
    assert len(typed_in(page(client.get("/check")))) >= 3
    assert result.select("#next")


def test_an_answer_can_be_changed_on_the_way_back(client: FlaskClient) -> None:
    send(client, {name: value for name, value in renovation("800万元").items() if name != "f.ownership"})
    soup = page(client.get("/check/questions"))
    for _ in range(60):
        name = str(find(soup, "#state [name=question]")["value"])
        if name == "f.ownership":
            break
        soup = page(press(client, soup, "state", skip=name))
    soup = page(press(client, soup, "state", f__ownership="国有"))
    assert "排除了" in find(soup, "#changed").text
    last = str(find(soup, 'a[href*="questions?at="]')["href"])
    before = page(client.get(last))
    chosen = find(before, '#next [name="f.ownership"][checked], #next [name="f.ownership"] option[selected]')
    assert chosen["value"] == "国有"
    after = page(press(client, before, "state", f__ownership="民营"))
    assert "多了" in find(after, "#changed").text
    assert "合计增加 80万元" in find(after, "#changed").text
    assert "已回答 1 题" in after.text
    assert "可以享受" in after.text


def test_not_knowing_is_an_answer_and_the_question_does_not_come_back(client: FlaskClient) -> None:
    soup = page(client.get("/check/questions"))
    first = str(find(soup, "#state [name=question]")["value"])
    soup = page(press(client, soup, "state", skip=first))
    assert find(soup, "#state [name=question]")["value"] != first
    assert "已回答 0 题" in soup.text
    again = page(client.get(str(find(soup, 'a[href*="questions?at="]')["href"])))
    assert find(again, "#state [name=question]")["value"] == first
    assert not again.select(f'#state [name=skip][value="{first}"]')


def test_an_answer_that_is_not_precise_enough_is_not_asked_for_again(client: FlaskClient) -> None:
    soup = page(client.get("/check/questions"))
    while str(find(soup, "#state [name=question]")["value"]) != "f.region":
        soup = page(press(client, soup, "state", skip=str(find(soup, "#state [name=question]")["value"])))
    soup = page(press(client, soup, "state", f__region="610000"))
    assert find(soup, "#state [name=question]")["value"] != "f.region"


def test_all_questions_come_to_an_end(client: FlaskClient) -> None:
    send(client, renovation("800万元"))
    soup = page(client.get("/check/questions"))
    for _ in range(120):
        asked = soup.select_one("#state [name=question]")
        if asked is None:
            break
        soup = page(press(client, soup, "state", skip=str(asked["value"])))
    assert "都问过了" in soup.text


def test_a_mistaken_answer_stays_at_its_question(client: FlaskClient) -> None:
    send(client, {**PRIVATE_INDUSTRY, "f.project.0.kind": "技术改造"})
    soup = page(client.get("/check/questions"))
    for _ in range(80):
        name = str(find(soup, "#state [name=question]")["value"])
        if name == "f.project.0.fixed_asset_investment":
            break
        soup = page(press(client, soup, "state", skip=name))
    answer = press(client, soup, "state", f__project__0__fixed_asset_investment="八百万")
    assert answer.status_code == 422
    soup = page(answer)
    assert find(soup, "#state [name=question]")["value"] == "f.project.0.fixed_asset_investment"
    assert "不是金额" in find(soup, "#next .mistake").text
    assert find(soup, '[name="f.project.0.fixed_asset_investment"]')["value"] == "八百万"
    good = page(press(client, soup, "state", f__project__0__fixed_asset_investment="800万元"))
    assert "合计增加 80万元" in find(good, "#changed").text


def test_the_result_says_what_an_answer_has_changed(client: FlaskClient) -> None:
    soup = send(client, renovation("800万元"))
    assert not find(soup, "#changed").text.strip()
    name = str(find(soup, "#state [name=question]")["value"])
    answer = answer_of(soup)
    assert answer is not None
    after = page(press(client, soup, "state", **{answer[0].replace(".", "__"): answer[1]}))
    assert "刚才的回答" in find(after, "#changed").text
    skipped = page(press(client, soup, "state", skip=name))
    assert not find(skipped, "#changed").text.strip()


def test_answers_are_sent_the_same_with_and_without_scripts(client: FlaskClient) -> None:
    for soup in (send(client, renovation("800万元")), page(client.get("/check/questions"))):
        buttons = soup.select("#next button[hx-post]")
        assert buttons
        for button in buttons:
            assert button["hx-post"] == button["formaction"]
            assert button["hx-select"] == button["hx-target"] == "#main"
            assert button["form"] == "state"


# --------------------------------------------------------------------------- what if


def test_what_if_shows_what_more_would_bring_and_keeps_nothing(client: FlaskClient) -> None:
    send(client, renovation("50万元"))
    soup = page(client.get("/check/what-if"))
    choices = {
        option.text: option["value"] for option in soup.select("select[name='project.0.fixed_asset_investment'] option")
    }
    assert choices["50万元（现在）"] == "0"
    offset = choices["100万元（多 1 项）"]
    then = page(client.get(f"/check/what-if?project.0.fixed_asset_investment={offset}"))
    outcome = find(then, "#outcome")
    assert "多了 1 项可以享受，合计增加 10万元" in outcome.text
    assert f"/items/{ITEM}" in str(outcome)
    assert "都是假设" in then.text
    assert typed_in(page(client.get("/check")))["f.project.0.fixed_asset_investment"] == ["50万元"]
    assert ITEM not in offered(page(client.get("/check/result")), "eligible")


@pytest.mark.parametrize("offset", ["99", "-99", "x", "", "1.5"])
def test_a_step_that_there_is_not_is_none(client: FlaskClient, offset: str) -> None:
    send(client, renovation("50万元"))
    soup = page(client.get(f"/check/what-if?project.0.fixed_asset_investment={offset}&nothing=1"))
    assert "还没有改任何数" in soup.text


def test_without_figures_there_is_nothing_to_assume(client: FlaskClient) -> None:
    send(client, PRIVATE_INDUSTRY)
    assert "还没有可以假设的数" in page(client.get("/check/what-if")).text


def test_no_address_holds_a_figure(client: FlaskClient) -> None:
    send(client, renovation("877万元"))
    for address in ("/check/result", "/check/questions", "/check/what-if", f"/check/items/{ITEM}"):
        links = [
            str(each.get("href") or each.get("action") or each.get("hx-post"))
            for each in page(client.get(address)).select("a, form, button")
        ]
        assert not [link for link in links if "877" in link]


# -------------------------------------------------------------------------- one item


def test_an_item_that_is_refused_shows_why(client: FlaskClient) -> None:
    soup = send(client, renovation("800万元") | {"f.region": "610202"})
    link = find(soup, f'.others a[href="/check/items/{ITEM}"]')
    shown = page(client.get(str(link["href"])))
    assert shown.select(".evidence li.no")
    assert "陕西省铜川市王益区" in shown.text
    assert client.get("/check/items/no.such.item").status_code == 404


def test_conditions_have_a_stable_place(client: FlaskClient, app: Flask) -> None:
    from enterprises.profiles import EMPTY
    from policies.library import bundled_library
    from recommender.appeals.subjects import subject
    from recommender.explanation import explain
    from web.checkup.lines import Line, evidence_lines

    def lines(some: tuple[Line, ...]) -> Iterator[Line]:
        for line in some:
            yield line
            yield from lines(line.parts)

    library = bundled_library()
    for profile in (EMPTY, samples()[0]):
        for match in explain(library, profile, SAMPLE_DAY).matches:
            found = [*lines(evidence_lines(match.evidence, match.item, library.dictionary))]
            assert len({line.path for line in found}) == len(found)
            for line in found:
                part = subject(match.item, line.path, profile, SAMPLE_DAY, library.dictionary)
                assert not part.gone
                assert part.truth is line.truth
