"""Offices deal with appeals on the command line: what is due first, the way of one, and what goes wrong in Chinese."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from enterprises.calendar import SHANGHAI, system_clock
from enterprises.database import connect, writing
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.sealing import Seal, new_key
from policies.library import bundled_library
from recommender.appeals.desk import Act, act
from recommender.appeals.files import CheckedFile
from recommender.appeals.states import Deed, Grade, Kind, Side
from recommender.appeals.subjects import subject
from recommender.appeals.submission import NewAppeal, begin
from recommender.explanation import explain
from web.cli.appeals import appeals
from web.cli.main import main
from web.setup import setup

CODE = str(samples()[0].credit_code)
ITEM = "yanan-2023-private-economy.15"
LONG_AGO = datetime(2024, 6, 28, 12, tzinfo=SHANGHAI)
LONG_AGO_NUMBER = "SQ-20240628-0001"


@pytest.fixture
def seal(monkeypatch: pytest.MonkeyPatch) -> Seal:
    key = new_key()
    monkeypatch.setenv("HUIQI_DATA_KEYS", key)
    return Seal([key])


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    setup(url, sample=False)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def number(engine: Engine, seal: Seal) -> str:
    """An appeal about a condition, with an attachment, long overdue."""
    library, profile = bundled_library(), samples()[0]
    about = subject(library.items[ITEM], "0", profile, SAMPLE_DAY, library.dictionary)
    shown = explain(library, profile, SAMPLE_DAY)
    file = CheckedFile("备案证明.pdf", "application/pdf", b"%PDF-1.7 made up")
    new = NewAppeal(CODE, "account", "f" * 32, Kind.FACTS, "投资额不对。\n请核对", about, shown, [file])
    with writing(engine) as session:
        return begin(session, seal, new, LONG_AGO).number


def run(*arguments: str) -> Result:
    return CliRunner().invoke(appeals, arguments, terminal_width=120)


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert "Traceback" not in result.output
    return result.output


def test_the_way_of_an_appeal(engine: Engine, seal: Seal, number: str) -> None:
    assert number == LONG_AGO_NUMBER
    assert re.search(rf"{number}：已受理。最晚 .*答复。", said("accept", number, "--by", "工号7", "--note", "先核对"))
    assert "办理中" in said("assign", number, "--to", "工信局", "--by", "工号7", "--text", "请一周内")
    assert "办理中" in said("assign", number, "--to", "发改局", "--by", "工号7")
    assert "已答复" in said("answer", number, "--text", "已更正", "--by", "工号8")
    with writing(engine) as session:
        from recommender.appeals.history import find_by_number

        row = find_by_number(session, number)
        assert row is not None
        rated = Act(Side.ENTERPRISE, Deed.RATE, "account", system_clock(), "没说清", grade=Grade.DISSATISFIED)
        act(session, seal, row, rated)
    assert "已受理" in said("reopen", number, "--text", "请再核对", "--by", "督办")
    shown = said("show", number)
    for words in (
        "先核对",
        "请一周内",
        "交给工信局办理",
        "转给发改局办理",
        "已更正",
        "评价：不满意",
        "没说清",
        "部门决定重新办理",
        "督办",
    ):
        assert words in shown


def test_an_appeal_is_shown_with_what_was_judged_and_its_attachments(number: str, tmp_path: Path) -> None:
    shown = said("show", number.lower())
    assert "投资额不对。\n请核对" in shown
    assert f"{ITEM} 第" in shown
    assert "当时的判断：" in shown
    assert "超期" in shown
    again = re.search(r"huiqi (recheck) ([0-9a-f]{32})", shown)
    assert again is not None
    assert "复算一致" in CliRunner().invoke(main, list(again.groups())).output
    assert "已存到" in said("show", number, "--files", str(tmp_path / "out"))
    (saved,) = (tmp_path / "out").iterdir()
    assert saved.name == f"{number}-1-备案证明.pdf"
    assert saved.read_bytes() == b"%PDF-1.7 made up"
    (tmp_path / "taken").write_text("x")
    assert "存不到" in refused("show", number, "--files", str(tmp_path / "taken" / "x"))


def test_what_is_due_is_listed(engine: Engine, seal: Seal, number: str) -> None:
    with writing(engine) as session:
        tomorrow = system_clock() + timedelta(days=1)
        fresh = begin(session, seal, NewAppeal(CODE, "account", "e" * 32, Kind.OTHER, "一般的事"), tomorrow).number
    listed = said("list")
    assert listed.index(number) < listed.index(fresh)
    assert "共 2 件" in listed
    assert fresh not in said("list", "--late")
    assert "没有这样的诉求" in said("list", "--state", "rated")
    said("accept", number, "--by", "x")
    assert number in said("list", "--state", "accepted", "--state", "rated")
    plain = json.loads(said("list", "--json"))
    assert {each["number"]: each["state"] for each in plain} == {number: "accepted", fresh: "submitted"}
    assert "投资额" not in said("list", "--json")


def test_what_goes_wrong_is_said(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有编号为 SQ-1 的诉求" in refused("show", "SQ-1")
    assert "没有编号" in refused("accept", "SQ-20240628-0009", "--by", "x")
    assert "现在是“已提交”，不能答复" in refused("answer", number, "--text", "好", "--by", "x")
    assert "--by" in refused("accept", number)
    assert "谁办的" in refused("accept", number, "--by", " ")
    said("accept", number, "--by", "x")
    assert "哪个部门" in refused("assign", number, "--to", " ", "--by", "x")
    said("assign", number, "--to", "局", "--by", "x")
    assert "请写明答复" in refused("answer", number, "--text", " ", "--by", "x")
    assert "最多 2,000 个字" in refused("answer", number, "--text", "字" * 2001, "--by", "x")
    monkeypatch.setenv("HUIQI_DATA_KEYS", new_key())
    assert "密文打不开" in refused("show", number)
    monkeypatch.setenv("HUIQI_DATA_KEYS", "nonsense")
    assert "密钥" in refused("show", number)
