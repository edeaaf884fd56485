"""Feedback and ranking on the command line, and the ranker that pages use."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from enterprises.credit_code import complete
from enterprises.database import DEFAULT_URL, connect, writing
from enterprises.dictionary import Source, bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.statements import Statement
from enterprises.tables import record
from policies.library import bundled_library
from recommender.explanation import explain
from recommender.ranking.feedback import Event, Feedback
from recommender.ranking.feedback_lines import write_feedback
from recommender.ranking.order import Ranker
from recommender.ranking.tables import add_feedback
from recommender.ranking.versions import RankingVersionRow, activate, store_version
from recommender.ranking.weights import Weights, stated
from tests.recommender.ranking.made_up import with_values
from web.cli.feedback import feedback
from web.cli.main import main
from web.cli.ranking import ranking
from web.rankers import DEFAULT_FILE, TAKE_UP_EVERY, WEIGHTS_EVERY, KeptRanker, relevance, stated_ranker
from web.setup import setup

GRANT = "yanan-2023-private-economy.15"
SERVICE = "yanan-2023-private-economy.22"
MACHINERY = samples()[0]
CODE = str(MACHINERY.credit_code)
CODES = tuple(complete(f"91610602MAHQ9{number:02}00") for number in range(70))
MOMENT = datetime(2024, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    setup(url, sample=True)
    return url


def run(command: click.Group, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, terminal_width=120)


def said(command: click.Group, *arguments: str) -> str:
    result = run(command, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(command: click.Group, *arguments: str) -> str:
    result = run(command, *arguments)
    assert result.exit_code in (1, 2), result.output
    assert "Traceback" not in result.output
    return result.output


# ----------------------------------------------------------------- feedback


def test_feedback_is_noted_once(url: str) -> None:
    noted = ["add", GRANT, "applied", "--enterprise", CODE, "--position", "2", "--id", "e1"]
    assert "已记下" in said(feedback, *noted)
    assert "不同的反馈" in refused(feedback, *noted[:2], "granted", *noted[3:])
    assert "早已记过" in said(feedback, *noted)
    assert "不同的反馈" in refused(feedback, *noted[:-4], "--position", "3", "--id", "e1")
    assert "已申报：1 条，1 家企业" in said(feedback, "summary")
    plain = json.loads(said(feedback, "summary", "--json"))
    assert plain["applied"] == {"events": 1, "enterprises": 1, "anonymous": 0}
    assert plain["seen"]["events"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "seen"], "没有事项“nowhere”"),
        ([GRANT, "liked"], "可以写"),
        ([GRANT, "seen", "--version", "99"], "没有事项 yanan-2023-private-economy.15 的第 99 版"),
        ([GRANT, "seen", "--enterprise", CODE[:-1]], "credit_code"),
        ([GRANT, "seen", "--position", "0"], "不在范围"),
        ([GRANT, "seen", "--id", ""], "event_id：这里是空的"),
    ],
)
def test_feedback_that_is_wrong_is_refused(url: str, arguments: list[str], words: str) -> None:
    assert words in refused(feedback, "add", *arguments)
    assert "看到：0 条" in said(feedback, "summary")


def test_feedback_goes_out_and_comes_in_again(url: str, tmp_path: Path) -> None:
    said(feedback, "add", GRANT, "applied", "--enterprise", CODE)
    said(feedback, "add", SERVICE, "not_for_me", "--origin", "网页")
    path = tmp_path / "out.jsonl"
    assert str(path) in said(feedback, "export", "--out", str(path))
    assert path.read_text(encoding="utf-8") == said(feedback, "export")
    assert "导入 0 条，早已有的 2 条" in said(feedback, "import", str(path))
    assert "存不到" in refused(feedback, "export", "--out", str(tmp_path / "nowhere" / "out.jsonl"))


def test_one_wrong_line_and_nothing_is_imported(url: str, tmp_path: Path) -> None:
    good = Feedback("e1", CODE, GRANT, 1, Event.SEEN, None, None, MOMENT, "测试")
    path = tmp_path / "in.jsonl"
    path.write_text("".join(write_feedback([good])) + "\n" + "{}\n", encoding="utf-8")
    assert f"{path}:3" in refused(feedback, "import", str(path))
    path.write_text("".join(write_feedback([good, replace(good, event_id="e2", item="x")])), encoding="utf-8")
    assert f"{path}:2 item：数据库里没有事项 x" in refused(feedback, "import", str(path))
    assert "看到：0 条" in said(feedback, "summary")


# ------------------------------------------------------------------ ranking


def test_at_first_the_stated_weights_are_in_use(url: str) -> None:
    assert "stated-1  初始权重  正在使用" in said(ranking, "list")
    shown = said(ranking, "show")
    assert "初始权重第 1 版（stated-1）" in shown
    assert all(reason in shown for reason in stated().reasons.values())
    assert json.loads(said(ranking, "show", "--json"))["weights"]["amount"] == 3
    assert "没有排序版本“learned-1”" in refused(ranking, "show", "learned-1")
    assert "没有更早的版本" in refused(ranking, "rollback", "--reason", "试试")
    assert "--reason" in refused(ranking, "rollback")
    assert "没有写原因" in refused(ranking, "activate", "stated-1", "--reason", " ")
    by_name = said(ranking, "explain", "--enterprise", CODE, "--on", SAMPLE_DAY.isoformat(), "--ranking", "stated-1")
    assert "（stated-1 encoder:" in by_name
    lacking = refused(ranking, "train")
    assert all(words in lacking for words in ("至少要 200 对，现有 0 对", "至少要 50 家企业", "没有一条点开"))


def test_every_place_is_explained(url: str, tmp_path: Path) -> None:
    on = SAMPLE_DAY.isoformat()
    shown = said(ranking, "explain", "--enterprise", CODE, "--on", on)
    assert "（stated-1 encoder:" in shown
    assert "排在第 1：金额较大（80万元）" in shown
    said(feedback, "add", GRANT, "not_for_me", "--enterprise", CODE)
    plain = json.loads(said(ranking, "explain", "--enterprise", CODE, "--on", on, "--json"))
    last = plain["groups"]["可以享受"][-1]
    assert (last["item"], "不适合我" in last["sentence"]) == (GRANT, True)
    assert last["score"] == pytest.approx(sum(last["contributions"].values()), abs=1e-4)
    said(feedback, "add", GRANT, "withdrawn", "--enterprise", CODE)
    plain = json.loads(said(ranking, "explain", "--enterprise", CODE, "--on", on, "--json"))
    assert plain["groups"]["可以享受"][0]["item"] == GRANT
    assert "只给一种" in refused(ranking, "explain")
    assert "没有排序版本" in refused(ranking, "explain", "--enterprise", CODE, "--ranking", "learned-9")


def wanted(url: str) -> None:
    """Feedback of many enterprises like the machinery works, who want what is certain and little work."""
    true = with_values(kind=0.0, amount=1.0, certainty=3.0, ease=3.0)
    offers = Ranker().offers(explain(bundled_library(), MACHINERY, MOMENT.date()))
    events: list[Feedback] = []
    for number, code in enumerate(CODES):
        shown = random.Random(number).sample(offers, 6)
        best = sorted(shown, key=lambda one: -true.score(one.features))[:2]
        for one in shown:
            kind = Event.APPLIED if one in best else Event.SEEN
            name = f"{code}-{one.item.id}"
            events.append(Feedback(name, code, one.item.id, 1, kind, one.position, "stated-1", MOMENT, "测试"))
    engine = connect(url)
    with writing(engine) as session:
        told = (replace(MACHINERY, credit_code=code) for code in CODES)
        record(session, [Statement(one, Source.REGISTER, SAMPLE_DAY, "测试") for one in told], bundled())
        add_feedback(session, dict(enumerate(events)), bundled())
    engine.dispose()


def test_a_version_is_learnt_used_and_taken_back(url: str) -> None:
    wanted(url)
    learnt = said(ranking, "train")
    assert "learned-1：学自 70 家企业、420 对反馈" in learnt
    assert "已启用" in learnt
    listed = said(ranking, "list")
    assert "启用 learned-1：训练后自动启用" in listed
    assert next(line for line in listed.splitlines() if "正在使用" in line).startswith("learned-1")
    assert "学习所得权重第 1 版" in said(ranking, "show")
    again = said(ranking, "train")
    assert "没有学到新的" in again
    assert "learned-2" not in said(ranking, "list")
    assert "learned-1 encoder:" in said(ranking, "explain", "--enterprise", CODE, "--on", SAMPLE_DAY.isoformat())
    assert "正在使用 stated-1" in said(ranking, "rollback", "--reason", "企业有意见")
    plain = json.loads(said(ranking, "list", "--json"))
    assert plain["active"] == "stated-1"
    assert [(entry["act"], entry["name"]) for entry in plain["log"]] == [
        ("activate", "learned-1"),
        ("rollback", "stated-1"),
    ]
    assert [version["name"] for version in plain["versions"]] == ["stated-1", "learned-1"]
    assert "正在使用 learned-1" in said(ranking, "activate", "learned-1", "--reason", "再试")
    assert "是否想写“learned-1”" in refused(ranking, "activate", "learned-7", "--reason", "没有")


# -------------------------------------------------------------------- check


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"name": "某机械厂", "facts": {"region": "610602", "employees": 50}}), encoding="utf-8")
    return str(path)


def test_check_orders_by_the_version_in_use_and_names_it(url: str, profile: str) -> None:
    assert "初始权重第 1 版" in said(main, "check", profile)
    engine = connect(url)
    use(engine, "learned-1", with_values(ease=9.0))
    engine.dispose()
    assert "学习所得权重第 1 版" in said(main, "check", profile)
    assert "（learned-1" in said(main, "check", profile)


@pytest.mark.parametrize("setting", [None, "sqlite:///nowhere/huiqi.db", "sqlite:////nowhere/at/all.db"])
def test_check_needs_no_database_and_makes_none(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch, setting: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if setting is not None:
        monkeypatch.setenv("DATABASE_URL", setting)
    result = run(main, "check", profile)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "初始权重第 1 版" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["profile.json"]


@pytest.mark.parametrize("setting", ["sqlite:///broken.db", "mysql://somewhere/huiqi", "nonsense"])
def test_check_goes_on_where_the_database_cannot_be_used(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, setting: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", setting)
    (tmp_path / "broken.db").write_text("这不是数据库" * 1000, encoding="utf-8")
    assert "初始权重第 1 版" in said(main, "check", profile)
    assert "改用初始权重" in caplog.text


def test_the_default_database_is_looked_for_where_it_is() -> None:
    assert f"sqlite:///{DEFAULT_FILE}" == DEFAULT_URL


def test_check_without_a_database_does_not_load_what_opens_one(tmp_path: Path, profile: str) -> None:
    program = (
        "import sys\n"
        "from web.cli.main import main\n"
        f"main(['check', {profile!r}], standalone_mode=False)\n"
        "print('loaded:', [name for name in ('sqlalchemy', 'sqlmodel', 'alembic') if name in sys.modules])\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


# ------------------------------------------------------------------- pages


@pytest.fixture
def kept(url: str) -> Iterator[tuple[KeptRanker, list[float], Any]]:
    engine, now = connect(url), [0.0]
    yield KeptRanker(lambda: engine, lambda: now[0]), now, engine
    engine.dispose()


def use(engine: Any, name: str, weights: Weights) -> None:
    with writing(engine) as session:
        store_version(session, replace(weights, name=name), MOMENT)
        activate(session, name, "测试", MOMENT)


def test_pages_take_up_what_is_in_use_within_seconds(kept: tuple[KeptRanker, list[float], Any]) -> None:
    ranker, now, engine = kept
    assert ranker.current().weights == stated().weights
    use(engine, "learned-1", with_values(ease=9.0))
    now[0] = WEIGHTS_EVERY - 0.1
    assert ranker.current().weights.name == "stated-1"
    now[0] = WEIGHTS_EVERY
    assert ranker.current().weights.name == "learned-1"


def test_pages_count_take_up_seldom(kept: tuple[KeptRanker, list[float], Any]) -> None:
    ranker, now, engine = kept
    assert ranker.current().take_up.until == 0
    with writing(engine) as session:
        add_feedback(session, {1: Feedback("e1", CODE, GRANT, 1, Event.SEEN, 1, None, MOMENT, "测试")}, bundled())
    now[0] = TAKE_UP_EVERY - 0.1
    assert ranker.current().take_up.until == 0
    now[0] = TAKE_UP_EVERY + WEIGHTS_EVERY
    assert ranker.current().take_up.until == 1


def test_pages_go_on_by_the_stated_weights_where_those_in_use_are_damaged(
    kept: tuple[KeptRanker, list[float], Any], caplog: pytest.LogCaptureFixture
) -> None:
    ranker, _, engine = kept
    use(engine, "learned-1", with_values(ease=9.0))
    with writing(engine) as session:
        session.get_one(RankingVersionRow, "learned-1").weights = "{"
    assert ranker.current().weights == stated().weights
    assert "learned-1" in caplog.text


def test_pages_go_on_where_the_database_has_no_ranking_yet(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    assert KeptRanker(lambda: engine).current().weights == stated().weights
    engine.dispose()


def test_an_order_without_a_model_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", "/nowhere/model")
    relevance.cache_clear()
    try:
        ranker = stated_ranker()
    finally:
        relevance.cache_clear()
    assert ranker.relevance is None
    assert "未用语义模型" in ranker.basis.text
    assert "排序没有用语义模型" in caplog.text
