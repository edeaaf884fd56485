"""``huiqi evaluate``: one run measures all, prints it and writes it down; what is wrong with a file is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from enterprises.source_text import BadText
from recommender.quality import encoder_figures, evaluation
from recommender.quality.evaluation import Evaluation
from recommender.quality.question_set import ASKED_ON
from tests.recommender.quality.made_up_evaluation import WHOLE
from web.cli.evaluate import PREAMBLE, evaluate
from web.commands import Group

main = Group("huiqi", commands=[evaluate])

QUESTIONS = """
questions:
  - id: one
    ask: 厂里要换一批新设备，能补多少钱
    who: owner
    style: situation
    items: {yanan-2023-private-economy.15: 2}
  - {id: two, ask: 明天天气怎么样, who: owner, style: question, items: {}}
"""
PAIRS = (("贷款贴息", "贷款利息补贴", 1), ("贷款贴息", "注销登记", 0), ("投标保证金", "投标的保证金", 1))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_figures, "TEXTS", 500)
    monkeypatch.delenv("HUIQI_ENCODER", raising=False)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    for name in ("tuning", "test"):
        (folder / f"{name}.yaml").write_text(QUESTIONS, "utf-8")
    return folder


@pytest.fixture
def sts(tmp_path: Path) -> Path:
    folder = tmp_path / "sts"
    folder.mkdir()
    lines = [json.dumps({"sentence1": one, "sentence2": two, "score": score}) for one, two, score in PAIRS]
    (folder / "三对.jsonl").write_text("\n".join(lines), "utf-8")
    return folder


def huiqi(*arguments: str | Path, width: str = "200") -> Result:
    return CliRunner().invoke(main, ["evaluate", *(str(argument) for argument in arguments)], env={"COLUMNS": width})


def test_one_run_measures_all_gives_it_as_json_and_writes_the_page(questions: Path, sts: Path, tmp_path: Path) -> None:
    out = tmp_path / "evaluation.md"
    told = huiqi("--questions", questions, "--sts", sts, "--on", "2024-06-30", "--json", "--out", out)
    assert told.exit_code == 0, told.output
    plain = json.loads(told.stdout)
    assert sorted(plain["retrieval"]) == ["test", "tuning"]
    assert set(plain["retrieval"]["test"]["found"]) >= {"ours", "ours_words", "encoder", "bm25", "tfidf_svd"}
    assert (plain["retrieval"]["test"]["answerable"], plain["retrieval"]["test"]["unanswerable"]) == (1, 1)
    assert [(each["name"], each["pairs"]) for each in plain["similarity"]] == [("三对", 3)]
    assert plain["questions_on"] == "2024-06-30"
    assert plain["encoder"]["name"] == "builtin"
    assert plain["encoder"]["size"] > 0
    assert plain["encoder"]["load_seconds"] > 0
    assert plain["industry"]["cases"] > 0
    assert plain["ranking"]["judged"]["lists"] > 0
    assert plain["pairs"]["right"] >= 25
    page = out.read_text("utf-8")
    assert page.startswith(PREAMBLE)
    assert "## Retrieval: test questions" in page
    assert "| method | 三对 | mean |" in page


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the measuring is called with; it is not done."""
    called: list[dict[str, Any]] = []

    def measure(_: object, **arguments: Any) -> Evaluation:
        called.append(arguments)
        return WHOLE

    monkeypatch.setattr(evaluation, "evaluate", measure)
    return called


def test_the_terminal_shows_every_table_also_when_it_is_narrow(measured: list[dict[str, Any]]) -> None:
    for width in ("60", "200"):
        told = huiqi(width=width)
        assert told.exit_code == 0, told.output
        for title in ("测量对象", "语义模型", "句子相似", "检索：test 问题集", "行业", "排序", "相似事项"):
            assert title in told.stdout
        assert max(map(cell_len, told.stdout.split("\n"))) <= int(width)
    assert "人工判断 111 对" in told.stdout


def test_without_files_of_ones_own_the_bundled_questions_are_asked_of_their_day(measured: list[dict[str, Any]]) -> None:
    assert huiqi().exit_code == huiqi("--split", "tuning").exit_code == 0
    every, one = measured
    assert [path.stem for path in every["questions"]] == ["test", "tuning"]
    assert [path.stem for path in one["questions"]] == ["tuning"]
    assert (every["questions_on"], every["sets"]) == (ASKED_ON, None)


def test_a_page_that_cannot_be_written_is_told(measured: list[dict[str, Any]], tmp_path: Path) -> None:
    told = huiqi("--out", tmp_path / "there-is-none" / "page.md")
    assert told.exit_code == 1
    assert "存不到" in told.output
    assert measured


def test_a_model_that_is_damaged_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: object, **__: object) -> None:
        raise BadText("行业推断模型已损坏", "请重新安装")

    monkeypatch.setattr(evaluation, "evaluate", measure)
    told = huiqi()
    assert told.exit_code == 1
    assert "错误：行业推断模型已损坏。请重新安装" in told.output


def test_mistakes_are_told_before_anything_is_measured(questions: Path, sts: Path, tmp_path: Path) -> None:
    (sts / "坏.jsonl").write_text('{"sentence1": "甲"}\n', "utf-8")
    (questions / "test.yaml").write_text(QUESTIONS.replace(".15: 2", ".1555: 2"), "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, said in (
        (("--sts", sts), "坏.jsonl:1 sentence2"),
        (("--sts", empty), "没有 .jsonl 文件"),
        (("--questions", empty), "没有问题集"),
        (("--questions", questions, "--split", "tes"), "是否想写“test”"),
        (("--questions", questions), "test.yaml:7"),
    ):
        told = huiqi(*arguments)
        assert told.exit_code == 2
        assert said in told.output
