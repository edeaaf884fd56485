"""``huiqi enterprises import`` and ``export``: from a table to the database and back, in Chinese throughout."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.made_up_tables import code, write
from web.cli.imports import export, import_
from web.commands import Group

HEADER = ["统一社会信用代码", "企业名称", "行政区划", "2023年营业收入（万元）"]
ROWS = [[code(1), "=示例一", "610602", "1,234.5"], [code(2), "示例二", "610102", "叁佰万元"], ["坏", "", "", ""]]


@click.group(cls=Group)
def enterprises() -> None:
    """Where the two commands stand."""


enterprises.add_command(import_)
enterprises.add_command(export)


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "台账.csv", HEADER, ROWS)
    return tmp_path


def huiqi(*arguments: str) -> Result:
    return CliRunner().invoke(enterprises, arguments, terminal_width=120)


def test_from_a_proposal_to_an_export_and_back(folder: Path) -> None:
    proposed = huiqi("import", "台账.csv", "--propose")
    assert proposed.exit_code == 0
    (folder / "映射.yaml").write_text(proposed.stdout, encoding="utf-8")
    arguments = ("import", "台账.csv", "--mapping", "映射.yaml", "--on", "2024-07-01")

    tried = huiqi(*arguments, "--dry-run", "--report", "未导入.json")
    assert tried.exit_code == 0, tried.output
    assert "没有写数据库：3 行，2 家企业；未导入 1 行、0 格" in tried.stdout
    assert "台账.csv 第 4 行“统一社会信用代码”列（“坏”）" in tried.stderr
    assert json.loads((folder / "未导入.json").read_text(encoding="utf-8"))[0]["row"] == 4

    done = huiqi(*arguments)
    assert "新增 2 份报送" in done.stdout
    assert "不必再导入" in huiqi(*arguments).stdout

    for ending in (".csv", ".xlsx", ".jsonl", ".parquet"):
        out = huiqi("export", f"全部{ending}")
        assert "导出了 2 家企业" in out.stdout, out.output
        again = huiqi("import", f"全部{ending}", "--mapping", f"全部{ending}.mapping.yaml", "--on", "2024-07-02")
        assert "新增 0 份报送，与上次所报相同 2 份，0 家企业的画像有变化" in again.stdout, again.output
    assert ",'=示例一," in (folder / "全部.csv").read_text(encoding="utf-8-sig")


def test_an_export_of_a_region_by_a_mapping(folder: Path) -> None:
    mapping = "source: tax\ncolumns: {代码: credit_code, 收入: {fact: revenue, year: 2023, unit: 亿元}}\n"
    (folder / "映射.yaml").write_text(mapping, encoding="utf-8")
    by = mapping.replace("代码", HEADER[0]).replace("收入: {", f"{HEADER[3]}: {{").replace("亿元", "万元")
    (folder / "全.yaml").write_text(by.replace("columns: {", f"columns: {{{HEADER[2]}: region, "), encoding="utf-8")
    assert huiqi("import", "台账.csv", "--mapping", "全.yaml").exit_code == 0
    assert "导出了 1 家企业" in huiqi("export", "延安.csv", "--region", "延安市", "--mapping", "映射.yaml").stdout
    assert (folder / "延安.csv").read_text(encoding="utf-8-sig").split() == ["代码,收入", f"{code(1)},0.12345"]
    assert not list(folder.glob("*.mapping.yaml"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "没有.csv"), "不存在"),
        (("import", "台账.csv"), "--propose"),
        (("import", "台账.csv", "--mapping", "坏.yaml"), "坏.yaml:1"),
        (("import", "台账.csv", "--mapping", "好.yaml", "--report", "报告.txt"), ".xlsx"),
        (("import", "坏.xlsx", "--mapping", "好.yaml"), "不是完整的 .xlsx"),
        (("import", "台账.csv", "--mapping", "好.yaml", "--on", "昨天"), "不是日期"),
        (("export", "全部.doc"), ".parquet"),
        (("export", "全部.csv", "--region", "火星"), "没有地区"),
        (("export", "没有/全部.csv"), "存不到"),
    ],
    ids=range(9),
)
def test_mistakes_end_with_chinese_words(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    (folder / "坏.yaml").write_text("columns: 1\n", encoding="utf-8")
    (folder / "好.yaml").write_text(f"source: tax\ncolumns: {{{HEADER[0]}: credit_code}}\n", encoding="utf-8")
    (folder / "坏.xlsx").write_bytes(b"PK")
    result = huiqi(*arguments)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output
