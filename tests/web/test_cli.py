"""The command line: readable Chinese for people, stable JSON for programs, errors that say how to mend them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from policies.library import FOLDER
from web.cli import main

FACTS = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34"}
PROJECT = {"kind": "技术改造", "fixed_asset_investment": "800万元"}


def huiqi(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], terminal_width=120)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"name": "示例·检验[bold]", "facts": {**FACTS, "project": [PROJECT]}}), encoding="utf-8")
    return path


def test_check_prints_the_three_groups_with_reasons(profile: Path) -> None:
    result = huiqi("check", profile, "--on", "2024年6月30日")
    assert result.exit_code == 0
    for words in (
        "示例·检验",
        "2024年6月30日",
        "可以享受",
        "80万元",
        "还差信息",
        "差一点",
        "先补充这一项",
        "须主管部门核实",
    ):
        assert words in result.output


def test_check_all_shows_the_evidence(profile: Path) -> None:
    result = huiqi("check", profile, "--on", "2024-06-30", "--all")
    assert result.exit_code == 0
    for words in ("✓", "✗", "？", "企业填报", "第 1525 页", "计算：", "已过期"):
        assert words in result.output


def test_check_json_follows_its_published_schema(profile: Path) -> None:
    schema = json.loads(huiqi("library", "schema", "explanation").output)
    result = huiqi("check", profile, "--on", "2024-06-30", "--json")
    Draft202012Validator(schema).validate(json.loads(result.output))


def test_a_saved_result_is_rechecked_to_the_same_bytes(profile: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    assert huiqi("check", profile, "--on", "2024-06-30", "--save", saved).exit_code == 0
    assert "复算一致" in huiqi("recheck", saved).output
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace('"verdict":"eligible"', '"verdict":"ineligible"', 1), encoding="utf-8")
    result = huiqi("recheck", saved)
    assert result.exit_code == 1
    assert "复算的结果与存下的不同" in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"facts": {"regoin": "610602"}}', "是否想写“region”"),
        ('{"facts": {"revenue": "10亿元"}}', "要分年份填写"),
        ('{"facts": {"employees": "约三百"}}', "请写阿拉伯数字"),
        ('{"facts": {"project": [{"fixed_asset_investment": "800"}]}}', "请写数字和单位"),
        ('{"facts": {"size": "小型"}}', "由系统按公式计算"),
        ('{"credit_code": "123", "facts": {}}', "统一社会信用代码"),
        ('{"facts": {}', "请检查括号、逗号与引号"),
        ("[]", "映射"),
        ("", "请检查括号、逗号与引号"),
    ],
)
def test_a_bad_profile_says_where_and_how_to_mend_it(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    result = huiqi("check", path)
    assert result.exit_code == 2
    assert "bad.json" in result.output
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("day", ["2024-02-30", "昨天", "2024"])
def test_a_bad_day_is_refused(profile: Path, day: str) -> None:
    result = huiqi("check", profile, "--on", day)
    assert result.exit_code == 2
    assert day in result.output


def test_library_list_and_show(profile: Path) -> None:
    listed = huiqi("library", "list", "--document", "yanan-2023-private-economy")
    assert "民营工业企业技改" in listed.output
    assert "知识产权质押" not in listed.output
    shown = huiqi("library", "show", "yanan-2023-private-economy.15")
    for words in ("10%", "最高", "100万元", "第 1525 页", "2026年4月29日"):
        assert words in shown.output
    missing = huiqi("library", "show", "yanan-2023-private-economy.99")
    assert missing.exit_code == 2
    assert "没有事项" in missing.output


def test_library_validate_runs_every_example() -> None:
    result = huiqi("library", "validate")
    assert result.exit_code == 0, result.output
    assert "0 个未通过" in result.output


def test_library_validate_names_what_is_wrong(tmp_path: Path) -> None:
    home = tmp_path / "yanan-2023-private-economy"
    home.mkdir()
    source = FOLDER / home.name
    (home / "document.yaml").write_bytes((source / "document.yaml").read_bytes())
    item = (source / "15.yaml").read_text(encoding="utf-8")
    (home / "15.yaml").write_text(item.replace("cap: 100万元", "cap: 99万元"), encoding="utf-8")
    failed = huiqi("library", "validate", tmp_path)
    assert failed.exit_code == 1
    assert "金额应为" in failed.output
    (home / "15.yaml").write_text(item.replace("cap: 100万元", "cap: 100"), encoding="utf-8")
    broken = huiqi("library", "validate", tmp_path)
    assert broken.exit_code == 1
    assert "15.yaml:" in broken.output
    assert "请写数字和单位" in broken.output


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["library", "list"]])
def test_the_command_line_starts_without_heavy_libraries(arguments: list[str]) -> None:
    """Start-up stays quick because nothing heavy is imported; the seconds themselves are measured in ``bench``."""
    script = (
        "import sys\nfrom web.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "heavy = {'torch', 'sentence_transformers', 'faiss', 'sklearn', 'sqlalchemy', 'alembic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
