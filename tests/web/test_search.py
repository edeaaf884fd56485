"""Searching on the page and on the command line: what is found, how it narrows, and what odd questions get."""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from enterprises.calendar import SHANGHAI
from enterprises.dictionary import bundled
from policies.items import Category, Delivery
from policies.library import FOLDER
from recommender.encoder.encoder import MODEL_FOLDER, Encoder, load_encoder
from recommender.search.finder import NO_MEANING, WORDS_ONLY, Finder
from recommender.search.generations import read_current
from web.app import create_app
from web.cli.main import main
from web.cli.search import CATEGORIES, DELIVERIES
from web.settings import Settings
from web.setup import setup
from web.stored import Database

EQUIPMENT = "yanan-2023-private-economy.15"
ASKED = "厂里要换一批新设备，能补多少钱"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('search') / 'huiqi.db'}"
    setup(url, sample=False)
    return url


@pytest.fixture(scope="module")
def app(url: str) -> Iterator[Flask]:
    clock = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
    stored = Database(url, bundled())
    app = create_app(Settings(url, clock=lambda: clock), stored)
    client, last = app.test_client(), time.monotonic() + 30
    while WORDS_ONLY in client.get("/search?text=奖励").text:
        assert time.monotonic() < last
        time.sleep(0.02)
    yield app
    stored.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def page(client: FlaskClient, **asked: str) -> BeautifulSoup:
    response = client.get("/search", query_string=asked)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


def found(soup: BeautifulSoup) -> list[str]:
    """Where the hits lead."""
    return [str(link["href"]) for link in soup.select(".found h2 a")]


def test_a_shop_owner_finds_the_grant_for_technical_renovation(client: FlaskClient) -> None:
    soup = page(client, text=ASKED)
    assert f"/items/{EQUIPMENT}" in found(soup)[:3]
    hit = soup.select(".found li")[found(soup).index(f"/items/{EQUIPMENT}")]
    assert "为什么找到它：" in hit.text
    assert "奖补资金" in hit.text
    assert "2026年4月29日" in hit.text


def test_what_was_asked_for_is_marked(client: FlaskClient) -> None:
    assert "专精特新" in {mark.text for mark in page(client, text="专精特新").select(".found mark")}


def test_facets_narrow_down_to_what_they_promise_and_can_be_taken_back(client: FlaskClient) -> None:
    soup = page(client, text="奖励")
    facets = [link for link in soup.select(".tags a") if re.search(r"\d+$", link.text)]
    assert len(facets) >= 4
    for link in facets:
        count = int(link.text.rsplit(maxsplit=1)[-1])
        narrowed = BeautifulSoup(client.get(str(link["href"])).text, "html.parser")
        assert f"找到 {count} 条" in narrowed.text
        assert str(narrowed.select_one(".tags a:has(span)")["href"]) == "/search?text=%E5%A5%96%E5%8A%B1"  # type: ignore[index]


def test_a_region_leaves_out_what_does_not_apply_there(client: FlaskClient) -> None:
    assert any("xian-" in address for address in found(page(client, text="工程 担保 保函")))
    assert not any("xian-" in address for address in found(page(client, text="工程 担保 保函", region="610602")))


def test_an_expired_item_says_so_and_can_be_left_out(client: FlaskClient) -> None:
    everything = page(client, text="轻微违法首次免罚")
    assert everything.select(".found .over")
    assert not page(client, text="轻微违法首次免罚", open="1").select(".found .over")


def test_pages_follow_each_other(client: FlaskClient) -> None:
    first = page(client, text="企业 奖励 服务")
    later = first.select_one("nav[aria-label=翻页] a")
    assert later is not None
    second = BeautifulSoup(client.get(str(later["href"])).text, "html.parser")
    assert len(found(first)) == 10
    assert found(second)
    assert not set(found(first)) & set(found(second)), "a hit is on one page"


def test_a_page_after_the_last_one_says_so(client: FlaskClient) -> None:
    soup = page(client, text="专精特新", page="50")
    assert not found(soup)
    assert "这一页没有内容" in soup.text


@pytest.mark.parametrize("number", ["0", "-1", "51"])
def test_there_is_no_such_page(client: FlaskClient, number: str) -> None:
    assert client.get("/search", query_string={"text": "奖励", "page": number}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"amount": "很多"}, "“很多”不是金额"),
        ({"region": "999999"}, "没有地区“999999”"),
        ({"category": "gift"}, "没有“gift”这一类"),
        ({"open": "yes"}, "不知道“open=yes”是什么意思"),
    ],
)
def test_what_cannot_narrow_is_said_and_nothing_is_lost(client: FlaskClient, asked: dict[str, str], words: str) -> None:
    soup = page(client, text="专精特新", **asked)
    assert words in soup.text
    assert found(soup)
    assert not soup.select(".tags a:has(.away)"), "what has no effect is no filter"
    assert soup.select_one("#text")["value"] == "专精特新"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "别人常这样问"),
        ("   ", "别人常这样问"),
        ("😀🎉", "没有看到文字"),
        ("技术改造" * 2500, "问题较长，只按前 200 个字查找"),
        ("'; DROP TABLE items; --", ""),
        ('" OR 1=1 UNION SELECT * FROM enterprises', ""),
        ("<script>alert(1)</script>", ""),
        ("subsidy for new equipment", "政策库是中文的"),
        ("qwertyuiop", "没有找到"),
        ("91610000MA6TXXXX1X", ""),
        ("\x00\ufffe\ud7ff", ""),
    ],
    ids=["empty", "blank", "emoji", "long", "sql", "sql-union", "script", "english", "keys", "code", "control"],
)
def test_odd_questions_get_a_sensible_answer(client: FlaskClient, text: str, words: str) -> None:
    soup = page(client, text=text)
    assert words in soup.text
    assert not soup.find("script")
    if text.strip():
        assert re.search(r"找到 \d+ 条|没有找到", soup.text)


def test_traditional_characters_pinyin_and_slips_find_the_same(client: FlaskClient) -> None:
    expected = found(page(client, text="专精特新奖励"))[0]
    for text in ("專精特新獎勵", "zhuanjingtexin奖励", "专经特新奖励"):
        assert found(page(client, text=text))[0] == expected


@given(st.text(max_size=300))
def test_no_question_breaks_the_page(app: Flask, text: str) -> None:
    assert app.test_client().get("/search", query_string={"text": text}).status_code == 200


def test_the_first_search_does_not_hold_up_other_pages(url: str) -> None:
    loads = threading.Event()

    def slowly() -> Encoder:
        loads.wait(60)
        return load_encoder("builtin")

    stored = Database(url, bundled())
    app = create_app(Settings(url), stored)
    app.extensions["huiqi_finder"] = Finder(load=slowly)
    assert WORDS_ONLY in app.test_client().get("/search?text=专精特新").text
    assert app.test_client().get("/items").status_code == 200
    assert found(page(app.test_client(), text="专精特新"))
    loads.set()
    stored.close()


def test_a_model_that_cannot_be_used_is_told(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", str(tmp_path / "nowhere"))
    stored = Database(url, bundled())
    client = create_app(Settings(url), stored).test_client()
    last = time.monotonic() + 60
    while NO_MEANING not in (text := client.get("/search?text=专精特新").text):
        assert time.monotonic() < last
        time.sleep(0.02)
    assert found(BeautifulSoup(text, "html.parser"))
    stored.close()


# ------------------------------------------------------------------------------------- the command line


def huiqi(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIQI_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("DATABASE_URL", url)
    return tmp_path / "index"


def test_the_command_line_finds_the_same() -> None:
    result = huiqi("search", ASKED, "--on", "2024-06-30")
    assert result.exit_code == 0
    assert EQUIPMENT in result.output
    plain = json.loads(huiqi("search", ASKED, "--on", "2024-06-30", "--json").output)
    assert EQUIPMENT in [hit["id"] for hit in plain["hits"][:3]]
    assert plain["total"] >= len(plain["hits"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--amount", "很多"), "--amount：“很多”不是金额"),
        (("--region", "火星"), "没有地区“火星”"),
        (("--category", "奖补"), "--category 没有“奖补”。是否想写“奖补资金”？"),
        (("--delivery", "送"), "可以写：免申即享、即申即享、申报、服务"),
    ],
)
def test_what_cannot_narrow_is_an_error(arguments: tuple[str, str], words: str) -> None:
    result = huiqi("search", "专精特新", *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_help_names_the_choices_that_there_are() -> None:
    assert CATEGORIES.split("、") == [each.label for each in Category]
    assert DELIVERIES.split("、") == [each.label for each in Delivery]


def test_the_index_is_built_told_of_and_rebuilt(place: Path) -> None:
    assert "还没有检索索引" in huiqi("index", "status").output
    assert huiqi("index", "build").exit_code == 0
    assert huiqi("index", "status").exit_code == 0
    (place / str(read_current(place)["generation"]) / "vectors.faiss").write_bytes(b"")
    damaged = huiqi("index", "status")
    assert damaged.exit_code == 1
    assert re.search(r"vectors\.faiss 已损坏.*请运行 huiqi index build 重建", damaged.output)
    assert huiqi("search", "专精特新").exit_code == 0
    assert huiqi("index", "build").exit_code == 0
    assert huiqi("index", "status").exit_code == 0


def test_an_index_of_another_library_is_told(tmp_path: Path) -> None:
    assert huiqi("index", "build").exit_code == 0
    home = tmp_path / "library"
    shutil.copytree(FOLDER, home)
    shutil.rmtree(home / "yanan-2023-private-economy")
    result = huiqi("index", "status", "--library", str(home))
    assert result.exit_code == 1
    assert "与现在的政策库不同" in result.output


def test_without_a_library_the_index_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    result = huiqi("index", "build")
    assert result.exit_code == 1
    assert "请先运行 huiqi setup" in result.output


def test_a_model_that_cannot_be_used_is_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", str(tmp_path / "nowhere"))
    result = huiqi("search", "专精特新")
    assert result.exit_code == 0
    assert "注意：语义模型不能用，只按字词查找" in result.stderr
    assert "yanan-2023-private-economy.31" in result.stdout
    assert huiqi("index", "build").exit_code == 1


def test_searching_with_the_model_that_ships_loads_no_torch() -> None:
    assert MODEL_FOLDER.is_dir()
    script = (
        "import sys\nfrom web.cli.main import main\n"
        f"main(['search', {ASKED!r}], standalone_mode=False)\n"
        "loaded = {'torch', 'sentence_transformers', 'transformers', 'sklearn'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_the_pages_start_without_what_only_search_needs() -> None:
    script = (
        "import sys\nfrom web.app import create_app\nfrom web.settings import Settings\n"
        "create_app(Settings())\n"
        "heavy = {'torch', 'sentence_transformers', 'faiss', 'sklearn', 'scipy', 'numpy', 'rjieba', 'pypinyin'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
