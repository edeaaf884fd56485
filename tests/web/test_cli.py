"""The command line: readable Chinese for people, stable JSON for programs, errors that say how to mend them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from policies.library import FOLDER
from web.cli.main import facts as facts_command
from web.cli.main import main

FACTS = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34"}
PROJECT = {"kind": "技术改造", "fixed_asset_investment": "800万元"}


def huiqi(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, words, prog_name="huiqi", terminal_width=120)


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
        ('{"facts": {"fixed_asset_investment": "800万元"}}', "是明细 project 的字段"),
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


HEAVY = {"torch", "sentence_transformers", "faiss", "sklearn", "sqlalchemy", "sqlmodel", "alembic"}
HEAVY |= {"numpy", "numba", "pyarrow", "polars", "pyspark", "xlsxwriter", "python_calamine", "jinja2", "flask"}


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--version"], HEAVY | {"rich", "policies"}),
        (["--help"], HEAVY | {"rich", "policies"}),
        (["batch", "--help"], HEAVY | {"rich", "policies"}),
        (["library", "list"], HEAVY),
    ],
    ids=["version", "help", "batch", "library"],
)
def test_the_command_line_starts_without_heavy_libraries(arguments: list[str], heavy: set[str]) -> None:
    """Start-up stays quick because nothing heavy is imported; the seconds themselves are measured in ``bench``."""
    script = (
        "import sys\nfrom web.cli.main import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        f"loaded = {heavy!r} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ("用法：", "选项：", "命令：", "显示这段说明")),
        (["check", "--help"], ("用法：", "选项：")),
        (["library", "--help"], ("命令：", "validate")),
        (["check"], ("错误：缺少参数",)),
        (["check", "nowhere.json"], ("错误：", "不存在")),
        (["check", "--onn"], ("错误：没有选项",)),
        (["chekc"], ("错误：没有命令",)),
        (["serve", "--port", "70000"], ("错误：", "不在范围")),
        (["library", "schema", "x"], ("错误：", "可以写")),
    ],
)
def test_what_click_says_is_in_chinese(arguments: list[str], words: tuple[str, ...]) -> None:
    result = huiqi(*arguments)
    assert all(word in result.output for word in words)
    for english in ("Usage", "Options", "Commands", "Error", "Try", "Show", "Missing", "No such", "Invalid", "not"):
        assert not re.search(rf"\b{english}\b", result.output)


def commands(group: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    """Every command, as what one types after ``huiqi``."""
    yield names
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, *names, name)


@pytest.mark.parametrize("names", list(commands(main)), ids=" ".join)
def test_every_command_says_in_chinese_what_it_does(names: tuple[str, ...]) -> None:
    result = huiqi(*names, "--help")
    assert result.exit_code == 0
    said = result.output.splitlines()
    assert said[0].startswith(" ".join(["用法：huiqi", *names]))
    assert re.search("[一-鿿]", said[2])
    for english in ("Usage", "Options", "Commands", "Show this", "default:", "required", "INTEGER", "TEXT", "x>="):
        assert english not in result.output


@pytest.mark.parametrize("by", [KeyboardInterrupt, click.Abort])
def test_a_command_that_is_broken_off_says_so(monkeypatch: pytest.MonkeyPatch, by: type[BaseException]) -> None:
    def broken_off(**_given: str) -> None:
        raise by

    monkeypatch.setattr(facts_command, "callback", broken_off)
    result = huiqi("facts")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "错误：已中断\n")


def test_totals_promise_nothing(profile: Path) -> None:
    output = huiqi("check", profile, "--on", "2024-06-30").output
    assert "按目前信息可以享受：80万元（全部依据企业填报，须主管部门核实）" in output
    assert "补充信息后最多可达：" in output
    assert "另有金额取决于未填信息的事项" in output
    assert "元 起" not in output
    assert "具体受理时间以通知为准" in output


def test_evidence_names_years_records_and_other_places(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    revenue = {"2022": "9.5亿元", "2023": "10.2亿元", "before": "8亿元"}
    path.write_text(json.dumps({"facts": {**FACTS, "revenue": revenue, "project": [PROJECT]}}), encoding="utf-8")
    output = "".join(huiqi("check", path, "--on", "2024-06-30", "--all").output.split()).replace("│", "")
    assert "2023年营业收入：10.2亿元，企业填报" in output
    assert "2022年以前营业收入的最高值：8亿元" in output
    assert "投资项目1的固定资产投资：800万元" in output


def test_facts_are_listed_and_searched() -> None:
    assert huiqi("facts").exit_code == 0
    found = huiqi("facts", "固定资产投资")
    assert "fixed_asset_investment" in found.output
    assert "ownership" not in found.output
    nothing = huiqi("facts", "zzz")
    assert nothing.exit_code == 1
    assert "没有与“zzz”有关的指标" in nothing.output


def test_a_misspelt_item_is_suggested_from_all(profile: Path) -> None:
    assert "是否想写“yanan-2023-private-economy.33”" in huiqi("library", "show", "yanan-2023-private-ecnomy.33").output
    far = huiqi("library", "show", "zzz")
    assert len(far.output) < 200
    assert "huiqi library list" in far.output


@pytest.fixture
def own_library(tmp_path: Path) -> Path:
    """A library of one document with one item of the bundled one, changed."""
    source = FOLDER / "yanan-2023-private-economy"
    home = tmp_path / "library" / source.name
    home.mkdir(parents=True)
    (home / "document.yaml").write_bytes((source / "document.yaml").read_bytes())
    item = (source / "15.yaml").read_text(encoding="utf-8")
    statement = "stacking: [{operator: highest, object: project, reach: document}]\n"
    (home / "15.yaml").write_text(item.replace("stacking: []\n", statement), encoding="utf-8")
    return home.parent


def test_a_library_of_ones_own_can_be_listed_shown_and_asked(own_library: Path, profile: Path) -> None:
    assert "15" in huiqi("library", "list", "--library", own_library).output
    shown = huiqi("library", "show", "yanan-2023-private-economy.15", "--library", own_library).output
    assert "同一项目就高不重复：对同一文件的其他支持" in shown
    assert "恰好" in shown
    assert "待补充，缺" in shown
    checked = huiqi("check", profile, "--on", "2024-06-30", "--library", own_library)
    assert "可以享受：1 项" in checked.output


def test_validating_a_documents_folder_fails_and_names_its_parent(own_library: Path) -> None:
    result = huiqi("library", "validate", own_library / "yanan-2023-private-economy")
    assert result.exit_code == 1
    assert f"请给出它的上级文件夹 {own_library}" in result.output
    assert huiqi("library", "validate", own_library).exit_code == 0


def test_a_failing_example_says_which_condition_decided(own_library: Path) -> None:
    path = own_library / "yanan-2023-private-economy" / "15.yaml"
    item = path.read_text(encoding="utf-8")
    path.write_text(item.replace('region: {within: "610600"}', 'region: {within: "610700"}'), encoding="utf-8")
    result = huiqi("library", "validate", own_library)
    assert result.exit_code == 1
    assert "应为 eligible，得到 ineligible（不满足：所在地区属于陕西省汉中市" in result.output


def test_bad_databases_are_named_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_database = tmp_path / "text.db"
    no_database.write_text("not a database, and long enough to be read as the head of one" * 20, encoding="utf-8")
    for url in ("mysql://host/name", "postgresql://nobody@127.0.0.1:1/none", f"sqlite:///{no_database}"):
        monkeypatch.setenv("DATABASE_URL", url)
        result = huiqi("setup")
        assert (result.exit_code, type(result.exception)) == (1, SystemExit)
        assert "错误：" in result.output


def test_a_changed_item_needs_a_new_version(
    own_library: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert huiqi("setup", "--library", own_library).exit_code == 0
    change(own_library, "cap: 100万元", "cap: 90万元")
    result = huiqi("setup", "--library", own_library)
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert "请把 version 加一" in result.output


def change(library: Path, old: str, new: str) -> None:
    path = library / "yanan-2023-private-economy" / "15.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_stored_result_is_rechecked_from_the_versions_of_its_day(
    own_library: Path, database_url: str, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    asked = ("check", profile, "--on", "2024-06-30", "--library", own_library, "--store")
    early = huiqi(*asked)
    assert early.exit_code == 1
    assert "请先运行 huiqi setup" in early.output
    assert huiqi("setup", "--library", own_library).exit_code == 0
    stored = huiqi(*asked)
    assert stored.exit_code == 0, stored.output
    name = stored.output.split()[-1]
    change(own_library, "version: 1", "version: 2")
    assert huiqi("setup", "--library", own_library).exit_code == 0
    again = huiqi("recheck", name)
    assert (again.exit_code, again.output) == (0, "复算一致。\n")
    unknown = huiqi("recheck", "0" * 32)
    assert unknown.exit_code == 2
    assert "数据库里没有编号为" in unknown.output


def test_recheck_calls_a_file_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"format": "other"}', encoding="utf-8")
    result = huiqi("recheck", path)
    assert result.exit_code == 2
    assert "kept.json" in result.output
    assert huiqi("recheck", tmp_path / "nowhere.json").exit_code == 2
