"""``huiqi population``: files that say they are made up, the way into the database and out of it, errors that help."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from enterprises import credit_code
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile, write_profile
from enterprises.sample_population import statements, write
from enterprises.samples import ORIGIN, SAMPLE_DAY, samples
from enterprises.statements import Statement
from enterprises.tables import list_enterprises, load_statements, record
from web.cli.population import population
from web.commands import Group

REAL = credit_code.complete("91610000MA0000000")
main = Group("huiqi", commands=[population])


def huiqi(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(main, ["population", *map(str, arguments)], terminal_width=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A population of 120 sample enterprises."""
    write(tmp_path / "sample", 120, 1, bundled())
    return tmp_path / "sample"


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def stored(url: str) -> list[str]:
    with connected(url) as engine, reading(engine) as session:
        return [each.credit_code for each in list_enterprises(session)]


# --------------------------------------------------------------------- sample


def test_sample_writes_what_it_says(tmp_path: Path) -> None:
    result = huiqi("sample", "--size", 120, "--seed", 7, "--out", tmp_path / "new" / "one")
    assert result.exit_code == 0, result.output
    assert "120 户，1 个文件，全部是虚构的示例，不得当作真实企业使用" in result.output
    write(tmp_path / "same", 120, 7, bundled())
    assert Population.open(tmp_path / "new" / "one").digest == Population.open(tmp_path / "same").digest


def test_sample_does_not_touch_a_population_that_is_there(folder: Path) -> None:
    before = Population.open(folder).digest
    result = huiqi("sample", "--size", 5, "--out", folder)
    assert result.exit_code == 2
    assert "已有企业库快照，请换一个文件夹" in result.output
    assert Population.open(folder).digest == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--size", 0), "0 不在范围"),
        (("--size", "many"), "many 不是整数"),
        (("--size", 5, "--seed", -1), "-1 不在范围"),
        ((), "缺少选项 --size"),
        (("--size", 20_000_000), "示例企业太多"),
    ],
)
def test_sample_refuses_what_it_cannot_make(arguments: tuple[str | int, ...], words: str, tmp_path: Path) -> None:
    result = huiqi("sample", *arguments, "--out", tmp_path / "new")
    assert result.exit_code == 2
    assert words in result.output.replace("'", "")
    assert not (tmp_path / "new" / "population.json").exists()


def test_sample_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = huiqi("sample", "--size", 5, "--out", tmp_path / "file" / "new")
    assert result.exit_code == 1
    assert f"写不进 {tmp_path / 'file' / 'new'}" in result.output
    assert "请核对磁盘空间与写入权限" in result.output


# ----------------------------------------------------------------------- show


def test_show_counts_rows_and_gaps(tmp_path: Path) -> None:
    seen = Observation
    profiles = [
        Profile(
            samples()[0].credit_code,
            "示例·甲",
            {
                "region": seen("610602", Source.REGISTER),
                "industry": seen("1311", Source.REGISTER),
                "entity_kind": seen("企业", Source.REGISTER),
            },
            records={"project": ()},
        ),
        Profile(samples()[1].credit_code, "示例·乙", {"region": seen("610603", Source.REGISTER)}),
        Profile(samples()[2].credit_code, "示例·丙", {"region": seen("610802"), "employees": seen(3)}),
        Profile(samples()[3].credit_code, "示例·丁"),
    ]
    with PopulationWriter(tmp_path / "few", made_up=True, part_rows=2) as writer:
        writer.write(table_of(profiles, bundled()))
    result = huiqi("show", tmp_path / "few")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "4 户，2 个文件，全部是虚构的示例" in lines[0]
    assert Population.open(tmp_path / "few").digest in lines[1]
    for line in (
        *("2 陕西省延安市", "1 陕西省榆林市", "1 不清楚", "1 C 制造业", "1 企业", "3 不清楚"),
        *("25.0% 所在地区", "75.0% 行业", "75.0% 主体类型", "75.0% 从业人数", "75.0% 投资项目"),
    ):
        assert line in lines, line
    (never,) = [line for line in lines if line.startswith("谁的也不知道")]
    assert "营业收入" in never
    assert "从业人数" not in never
    assert "企业规模" not in never  # it is computed


def test_show_of_something_else_says_so(tmp_path: Path) -> None:
    result = huiqi("show", tmp_path)
    assert result.exit_code == 2
    assert "不是企业库快照" in result.output


@pytest.mark.parametrize("command", ["show", "load"])
def test_a_damaged_part_is_reported(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'huiqi.db'}")
    part = folder / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:500])
    result = huiqi(command, folder)
    assert result.exit_code == 1
    assert "已损坏" in result.output
    assert "请重新导出快照" in result.output


# ------------------------------------------------------------ load and export


def test_load_stores_everyone_once_and_export_gives_them_back(folder: Path, database: str, tmp_path: Path) -> None:
    result = huiqi("load", folder)
    assert result.exit_code == 0, result.output
    assert "120 户：新增 120，未变 0" in result.output
    assert "120 户：新增 0，未变 120" in huiqi("load", folder).output
    exported = huiqi("export", "--out", tmp_path / "exported")
    assert exported.exit_code == 0, exported.output
    assert "120 户，1 个文件，全部是虚构的示例" in exported.output
    back = Population.open(tmp_path / "exported")
    assert back.made_up
    assert by_code(back) == by_code(Population.open(folder))


def by_code(opened: Population) -> dict[str | None, object]:
    return {one.credit_code: write_profile(one, bundled()) for one in opened.profiles()}


def test_what_was_loaded_is_a_statement_of_the_samples(folder: Path, database: str) -> None:
    huiqi("load", folder, "--limit", 3)
    with connected(database) as engine, reading(engine) as session:
        (statement,) = load_statements(session, stored(database)[0], bundled())
    assert (statement.origin, statement.source, statement.received_on) == (ORIGIN, Source.REGISTER, SAMPLE_DAY)
    assert all(seen.observed_on is not None for seen in statement.profile.facts.values())


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (7, 7), (119, 119), (120, 120), (121, 120)])
def test_a_limit_takes_that_many_from_everywhere(
    limit: int, expected: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    result = huiqi("load", folder, "--limit", limit)
    assert f"{expected} 户：新增 {expected}，未变 0" in result.output
    codes = stored(url)
    assert len(codes) == expected
    if expected >= 7:
        assert {code[2:6] for code in codes} >= {"6101", "6105"}


def test_a_limit_spans_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'huiqi.db'}")
    profiles = [one.profile for one in statements(20, 1, bundled())]
    with PopulationWriter(tmp_path / "parts", made_up=True, part_rows=6) as writer:
        writer.write(table_of(profiles, bundled()))
    assert "9 户：新增 9" in huiqi("load", tmp_path / "parts", "--limit", 9).output
    assert "20 户：新增 11，未变 9" in huiqi("load", tmp_path / "parts").output


def test_a_population_of_real_enterprises_is_not_loaded(tmp_path: Path, database: str) -> None:
    with PopulationWriter(tmp_path / "real", made_up=False) as writer:
        writer.write(table_of([Profile(REAL)], bundled()))
    result = huiqi("load", tmp_path / "real")
    assert result.exit_code == 2
    assert "不是虚构的示例" in result.output
    assert "请用原来的文件导入" in result.output


def test_an_export_with_one_real_enterprise_is_not_called_made_up(database: str, tmp_path: Path) -> None:
    with connected(database) as engine:
        migrate(engine)
        with writing(engine) as session:
            said = [Profile(REAL), samples()[0]]
            record(session, [Statement(one, Source.REGISTER, SAMPLE_DAY, "检验") for one in said], bundled())
    assert huiqi("export", "--out", tmp_path / "mixed").exit_code == 0
    manifest = json.loads((tmp_path / "mixed" / "population.json").read_text(encoding="utf-8"))
    assert (manifest["rows"], manifest["made_up"]) == (2, False)


def test_export_says_what_is_missing(database: str, tmp_path: Path) -> None:
    unprepared = huiqi("export", "--out", tmp_path / "new")
    assert unprepared.exit_code == 1
    assert "请先运行 huiqi setup" in unprepared.output
    with connected(database) as engine:
        migrate(engine)
    empty = huiqi("export", "--out", tmp_path / "new")
    assert empty.exit_code == 2
    assert "数据库里还没有企业" in empty.output
    assert not (tmp_path / "new").exists()


def test_the_help_is_chinese() -> None:
    for command in ("sample", "export", "show", "load"):
        result = huiqi(command, "--help")
        assert result.exit_code == 0
        assert result.output.startswith("用法")
