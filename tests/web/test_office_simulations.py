"""Simulations as officials meet them: over the snapshot, within their posts, kept, looked at, begun again when dead."""

import json
import shutil
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.database import connect, writing
from enterprises.dictionary import bundled
from enterprises.errands import DEAD_AFTER, ErrandRow, State
from enterprises.errands import begin as begin_errand
from enterprises.samples import SAMPLE_DAY
from enterprises.sealing import new_key
from enterprises.snapshots import refresh
from enterprises.tables import EnterpriseRow
from policies.library import bundled_library
from policies.tables import load_library
from recommender.publishing.drafts import begin, save
from recommender.publishing.states import By
from recommender.simulation.kept import Wanted, ask
from recommender.simulation.looks import looked_at
from recommender.simulation.tables import SimulationRow
from tests.web.done_at_once import application, settings_in
from tests.web.signing_in import official
from web import errands
from web.accounts.visitor import Duty, Post
from web.folders import snapshots_folder
from web.settings import Settings
from web.setup import setup
from web.stored import Database

ITEM = "yanan-2023-private-economy.33"
PAGE = "/office/simulations"
NOW = datetime(2024, 6, 30, 12, tzinfo=SHANGHAI)
YANAN = "610600"
KEYS = (new_key(),)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some enterprises, its snapshot and a simulation of the item, to copy."""
    folder = tmp_path_factory.mktemp("simulations")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    setup(url, sample=True, population=100)
    engine = connect(url)
    newest = refresh(engine, snapshots_folder(folder / "files"), bundled())
    assert newest is not None
    people = newest.population
    with writing(engine) as session:
        library = load_library(session, bundled())
        wanted = Wanted(
            library.items[ITEM], None, library, SAMPLE_DAY, newest.revision, people.digest, people.rows, people.made_up
        )
        name = errands.SIMULATION + ask(session, wanted, "somebody", NOW)
        attempt = begin_errand(session, name, "somebody", NOW)
    engine.dispose()
    errands.do(url, folder / "files", name, attempt)
    return folder


@pytest.fixture(scope="module")
def reader(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An editor of an application that tests share which change nothing that others look at."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(ready, folder, dirs_exist_ok=True)
    with application(settings_in(folder, NOW, KEYS)) as app:
        yield official(app, Post(Duty.EDITOR, YANAN))


@pytest.fixture
def settings(ready: Path, tmp_path: Path) -> Settings:
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path, NOW, KEYS)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with application(settings) as made:
        yield made


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.EDITOR, YANAN))


def send(client: FlaskClient, address: str, **typed: str) -> TestResponse:
    """A form, with the token that guards it."""
    token = BeautifulSoup(client.get("/documents").text, "html.parser").select_one("[name=csrf_token]")
    assert token is not None
    return client.post(address, data={"csrf_token": str(token["value"]), **typed})


def simulate(client: FlaskClient, of: str = f"item/{ITEM}", on: str = "") -> str:
    """The address of the simulation that came of it."""
    answer = send(client, PAGE, of=of, on=on)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def result_at(settings: Settings, address: str) -> dict[str, Any]:
    engine = connect(settings.database_url)
    with writing(engine) as session:
        text = session.get_one(SimulationRow, address.rsplit("/", 1)[1]).result
    engine.dispose()
    found: dict[str, Any] = json.loads(text or "null")
    return found


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


# ------------------------------------------------------------------ making one


def test_an_item_is_simulated_over_all_enterprises_and_shown(editor: FlaskClient, settings: Settings) -> None:
    address = simulate(editor)
    plain, shown = result_at(settings, address), text_of(editor, address)
    assert plain["on"] == SAMPLE_DAY.isoformat()
    assert plain["population"]["rows"] > 100
    assert f"{plain['result']['undetermined']:,} 户" in shown
    for curve in plain["curves"]:
        assert curve["words"] in shown
    assert sum(group["undetermined"] for group in plain["groups"]["county"]) == plain["result"]["undetermined"]
    assert {"name", "label", "enterprises", "alone"} <= set(plain["missing"][0])


def test_the_same_again_is_the_one_that_there_is(reader: FlaskClient) -> None:
    first = simulate(reader)
    assert simulate(reader) == first
    assert simulate(reader, on="2024-06-29") != first


def test_every_chart_has_its_table_and_every_table_its_headings(reader: FlaskClient) -> None:
    page = BeautifulSoup(reader.get(simulate(reader)).text, "html.parser")
    assert len(page.find_all("h1")) == 1
    for figure in page.select("figure.chart"):
        assert figure.select_one("svg[role=img] title") is not None
        assert figure.find("table") is not None or figure.find_parent(id="threshold") is not None
    assert page.select_one("#threshold") is not None
    assert "曲线上的每一点" in page.get_text()
    for table in page.find_all("table"):
        assert all(head.get("scope") for head in table.find_all("th"))
    assert not page.select("[style], script:not([src])")


def test_a_threshold_is_moved_by_a_link(editor: FlaskClient, settings: Settings) -> None:
    address = simulate(editor)
    curve = result_at(settings, address)["curves"][1]
    page = BeautifulSoup(editor.get(f"{address}?lever=1&point=3").text, "html.parser")
    at = page.select_one("#threshold")
    assert at is not None
    assert f"门槛是 {curve['points'][3]['words']}" in at.get_text(" ").replace("  ", " ")
    links = [link["href"] for link in at.find_all("a")]
    assert any("lever=1&point=2" in str(link) for link in links)
    assert any("lever=1&point=4" in str(link) for link in links)


@pytest.mark.parametrize("asked", ["lever=99", "lever=-1", "lever=%C2%B2", "point=999", "point=x", "lever=0&point="])
def test_strange_thresholds_show_the_present_one(reader: FlaskClient, asked: str) -> None:
    assert "现在的门槛" in text_of(reader, f"{simulate(reader)}?{asked}")


def test_a_draft_is_compared_with_what_is_published(app: Flask, editor: FlaskClient, settings: Settings) -> None:
    draft_id = _draft(app, "{ever: true}")
    address = simulate(editor, f"draft/{draft_id}")
    assert f'href="/office/drafts/{draft_id}"' in editor.get(address).text, "the way back, to publish"
    plain, shown = result_at(settings, address), text_of(editor, address)
    assert plain["change"]["from"]["id"] == ITEM
    assert plain["item"]["version"] == plain["change"]["from"]["version"] + 1
    assert "谁增加，谁减少" in shown
    assert "草稿，还没有发布" in shown
    gained = sum(county["gained"] for county in plain["change"]["by_county"])
    assert gained == plain["change"]["gained"]


def test_a_draft_with_mistakes_is_not_simulated(app: Flask, editor: FlaskClient) -> None:
    draft_id = _draft(app, None)
    answer = send(editor, PAGE, of=f"draft/{draft_id}", on="2024-06-30")
    assert answer.status_code == 422
    assert "草稿还有错" in answer.text
    assert 'value="2024-06-30"' in answer.text


def _draft(app: Flask, _rule: str | None) -> str:
    """A draft of the item: with a lower threshold, or without any rule."""
    stored: Database = app.extensions["huiqi"]
    by = By("editor", NOW, SAMPLE_DAY)
    with stored.writing() as database:
        draft = begin(database, ITEM, by)
        item = json.loads(json.dumps(draft.item))
        if _rule is None:
            del item["who"]
        else:
            item["who"] = {"all": item["who"]["all"][:1]} if "all" in item["who"] else item["who"]
        save(database, draft.id, draft.revision, {"item": item, "document": draft.document}, by)
        return draft.id


# ------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"of": "", "on": ""}, "请选一个草稿或事项"),
        ({"of": f"item/{ITEM}", "on": "2024-02-30"}, "请改正"),
        ({"of": f"item/{ITEM}", "on": "昨天"}, "昨天"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_kept(reader: FlaskClient, typed: dict[str, str], said: str) -> None:
    answer = send(reader, PAGE, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    chosen = page.select_one("#of option[selected]")
    assert (chosen["value"] if chosen else "") == typed["of"]


@pytest.mark.parametrize("of", ["item/none.1", "draft/none", "x", "item/", "draft/" + "0" * 32])
def test_what_is_not_there_cannot_be_simulated(reader: FlaskClient, of: str) -> None:
    assert send(reader, PAGE, of=of).status_code == 404


@pytest.mark.parametrize("name", ["0" * 32, "0" * 31, "x"])
def test_a_simulation_that_is_not_there(reader: FlaskClient, name: str) -> None:
    for address in (f"{PAGE}/{name}", f"{PAGE}/{name}/print", f"{PAGE}/{name}/excel"):
        assert reader.get(address).status_code == 404


def test_without_a_snapshot_nothing_is_simulated(editor: FlaskClient, settings: Settings) -> None:
    shutil.rmtree(settings.files)
    answer = send(editor, PAGE, of=f"item/{ITEM}")
    assert answer.status_code == 422
    assert "还没有企业库快照" in answer.text
    assert "/office/snapshot" in answer.text


# ---------------------------------------------------------------------- posts


def test_only_what_a_post_covers_is_shown_or_done(app: Flask, editor: FlaskClient) -> None:
    address = simulate(editor)
    elsewhere = official(app, Post(Duty.EDITOR, "610100"), subject="elsewhere")
    assert send(elsewhere, PAGE, of=f"item/{ITEM}").status_code == 403
    for tail in ("", "/print", "/excel"):
        assert elsewhere.get(address + tail).status_code == 403
    for tail in ("/look", "/again"):
        assert send(elsewhere, address + tail, judgement="好").status_code == 403
    title = bundled_library().items[ITEM].title
    assert title not in elsewhere.get(PAGE).text
    assert title in editor.get(PAGE).text


def test_a_post_of_another_department_covers_it_not(app: Flask, editor: FlaskClient) -> None:
    address = simulate(editor)
    other = official(app, Post(Duty.APPROVER, YANAN, "没有这个部门"), subject="other")
    assert other.get(address).status_code == 403
    own = official(app, Post(Duty.APPROVER, YANAN, bundled_library().items[ITEM].departments[0]), subject="own")
    assert own.get(address).status_code == 200


# ----------------------------------------------------------------------- looks


def test_a_look_is_kept_with_its_judgement_sealed(app: Flask, editor: FlaskClient, settings: Settings) -> None:
    address = simulate(editor)
    digest = bundled_library().items[ITEM].digest
    stored: Database = app.extensions["huiqi"]
    with stored.reading() as database:
        assert looked_at(database, digest) is None
    answer = send(editor, f"{address}/look", judgement=" 户数与预算相符 ")
    assert answer.status_code == 303
    assert "户数与预算相符" in text_of(editor, address)
    with stored.reading() as database:
        found = looked_at(database, digest)
        assert found is not None
        assert found.moment == NOW
        assert looked_at(database, digest, by=found.by) == found
        assert looked_at(database, digest, by="somebody else") is None
        assert looked_at(database, "0" * 64) is None
        noted = database.exec(select(AuditRow.detail).where(AuditRow.action == "simulation.looked")).one()
    assert "预算" not in noted
    assert "户数与预算相符".encode() not in Path(str(settings.database_url).removeprefix("sqlite:///")).read_bytes()


@pytest.mark.parametrize(("length", "status"), [(0, 422), (1, 303), (500, 303), (501, 422)])
def test_a_judgement_is_neither_empty_nor_endless(reader: FlaskClient, length: int, status: int) -> None:
    said = "好" * length
    answer = send(reader, f"{simulate(reader)}/look", judgement=said)
    assert answer.status_code == status
    if status == 422 and said:
        assert said in answer.text


def test_looking_at_the_page_alone_is_no_look(app: Flask, editor: FlaskClient) -> None:
    text_of(editor, simulate(editor))
    stored: Database = app.extensions["huiqi"]
    with stored.reading() as database:
        assert looked_at(database, bundled_library().items[ITEM].digest) is None


# ---------------------------------------------------------------- under way, dead


def test_one_under_way_says_so_and_is_not_begun_twice(
    app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(errands, "send", lambda _settings, _name, attempt: sent.append(attempt))
    address = simulate(editor, on="2024-06-28")
    answer = editor.get(address)
    assert answer.headers["Refresh"] == "3"
    assert "正在逐户计算" in answer.text
    assert simulate(editor, on="2024-06-28") == address
    assert send(editor, f"{address}/again").status_code == 303
    assert sent == [1]
    assert send(editor, f"{address}/look", judgement="好").status_code == 422
    assert editor.get(f"{address}/excel").status_code == 404
    assert editor.get(f"{address}/print").status_code == 404
    _age(app, address)
    assert "中途停了" in text_of(editor, address)
    assert "Refresh" not in editor.get(address).headers
    send(editor, f"{address}/again")
    assert sent == [1, 2]


def _age(app: Flask, address: str) -> None:
    """As if it had not been heard of for long."""
    stored: Database = app.extensions["huiqi"]
    with stored.writing() as database:
        row = database.get_one(ErrandRow, errands.SIMULATION + address.rsplit("/", 1)[1])
        row.beat_at = NOW - DEAD_AFTER - timedelta(seconds=1)
        database.add(row)


def test_one_whose_snapshot_is_gone_fails_and_says_why(
    editor: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = errands.send
    monkeypatch.setattr(errands, "send", lambda *_: None)
    address = simulate(editor, on="2024-06-28")
    shutil.rmtree(settings.files)
    do(settings, errands.SIMULATION + address.rsplit("/", 1)[1], 1)
    assert "快照已经换了新的" in text_of(editor, address)


def test_too_many_at_a_time_wait(app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: Database = app.extensions["huiqi"]
    with stored.writing() as database:
        for name in ("one", "two"):
            row = ErrandRow(name=name, attempt=1, state=State.RUNNING, begun_by="", begun_at=NOW, beat_at=NOW)
            database.add(row)
    address = simulate(editor, on="2024-06-28")
    assert "还没有开始计算" in text_of(editor, address)
    with stored.writing() as database:
        database.delete(database.get_one(ErrandRow, "one"))
    send(editor, f"{address}/again")
    assert "符合的是谁" in text_of(editor, address)


# ------------------------------------------------------------- printed and Excel


def test_the_printed_page_and_the_excel_file_hold_the_figures(editor: FlaskClient, settings: Settings) -> None:
    from io import BytesIO
    from zipfile import ZipFile

    address = simulate(editor)
    printed = editor.get(f"{address}/print")
    assert "script-src" not in printed.headers["Content-Security-Policy"]
    assert bundled_library().items[ITEM].title in printed.text
    workbook = editor.get(f"{address}/excel")
    assert "attachment" in workbook.headers["Content-Disposition"]
    with ZipFile(BytesIO(workbook.data)) as opened:
        sheets = opened.read("xl/workbook.xml").decode()
    for title in ("按市", "条件漏斗", "缺的指标", "重叠", "门槛曲线1"):
        assert title in sheets
    assert editor.get(f"{address}/excel").data == workbook.data


# --------------------------------------------------------------------- snapshot


def test_the_snapshot_is_shown_and_made_anew(app: Flask, editor: FlaskClient, settings: Settings) -> None:
    stored: Database = app.extensions["huiqi"]
    assert "快照是最新的" in text_of(editor, "/office/snapshot")
    with stored.writing() as database:
        row = database.exec(select(EnterpriseRow).limit(1)).one()
        row.revision = 10**6
        database.add(row)
    assert "1 户新增或有改动" in text_of(editor, "/office/snapshot")
    assert send(editor, "/office/snapshot").status_code == 303
    assert "快照是最新的" in text_of(editor, "/office/snapshot")
    shutil.rmtree(settings.files)
    assert "还没有快照" in text_of(editor, "/office/snapshot")


def test_a_snapshot_is_not_made_twice_at_once(editor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "send", lambda *_: None)
    assert send(editor, "/office/snapshot").status_code == 303
    assert send(editor, "/office/snapshot").status_code == 409
    assert editor.get("/office/snapshot").headers["Refresh"] == "3"


def test_a_process_of_its_own_makes_a_simulation(
    settings: Settings, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Thread

    watched = errands._watch
    threads: list[Thread] = []

    def send_off(*told: Any) -> None:
        threads.append(Thread(target=watched, args=told))
        threads[-1].start()

    monkeypatch.setattr(errands, "send", send_off)
    address = simulate(editor, on="2024-06-28")
    for thread in threads:
        thread.join()
    assert result_at(settings, address)["population"]["rows"] > 100
    engine = connect(settings.database_url)
    with writing(engine) as session:
        row = session.get_one(SimulationRow, address.rsplit("/", 1)[1])
        assert zlib.decompress(row.printed or b"").startswith(b"<!doctype html>")
    engine.dispose()
