"""Files into the database: all of what is good, none of what is not, once, and also when a process is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from enterprises.database import StorageError, connect, migrate, reading
from enterprises.dictionary import Source, bundled
from enterprises.imports import loading
from enterprises.imports.loading import Imported, import_file
from enterprises.imports.mapping import TableMapping
from enterprises.imports.rejects import Rejects
from enterprises.profiles import Observation, Profile
from enterprises.source_text import Problem, Problems
from enterprises.tables import load_profile, load_statements
from tests.made_up_tables import DAY, ENDINGS, code, mapping, write

HEADER = ["统一社会信用代码", "企业名称", "行政区划", "从业人数", "2022年营业收入", "2023年营业收入"]
MAPPING = """
source: register
observed_on: 2024-06-30
columns:
  统一社会信用代码: credit_code
  企业名称: name
  行政区划: region
  从业人数: employees
  2022年营业收入: {fact: revenue, year: 2022, unit: 万元, source: tax}
  2023年营业收入: {fact: revenue, year: 2023, unit: 万元, source: tax}
"""


def rows(count: int, first: int = 0) -> list[list[Any]]:
    return [
        [code(number), f"示例·{number}", "610602", number % 500, f"{number}.5", f"{number * 2}"]
        for number in range(first, first + count)
    ]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def load(engine: Engine | None, path: Path, by: TableMapping | None = None, **options: Any) -> tuple[Imported, Rejects]:
    rejects = Rejects()
    options = {"day": DAY, "batch": 7, **options}
    return import_file(engine, path, by or mapping(MAPPING), bundled(), rejects, **options), rejects


def profile(engine: Engine, number: int) -> Profile | None:
    with reading(engine) as session:
        return load_profile(session, code(number), bundled())


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored, but for moments."""
    with engine.connect() as connection:
        tables = {name: f"SELECT * FROM {name}" for name in ("enterprises", "statements", "conflicts")}
        tables["imports"] = (
            "SELECT file_digest, mapping_digest, state, rows_done, added, unchanged, changed FROM imports"
        )
        found = {name: connection.execute(text(query)) for name, query in tables.items()}
        return {name: sorted((tuple(row) for row in result), key=repr) for name, result in found.items()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_any_kind_is_taken_in(engine: Engine, tmp_path: Path, ending: str) -> None:
    done, rejects = load(engine, write(tmp_path / f"a{ending}", HEADER, rows(20)))
    assert done == Imported(rows=20, enterprises=20, added=20, changed=20)
    assert not rejects.first
    found = profile(engine, 3)
    assert found is not None
    assert found.name == "示例·3"
    assert found.facts["employees"] == Observation(3, Source.REGISTER, date(2024, 6, 30))
    assert found.series["revenue"].years[2022] == Observation(3_500_000, Source.TAX, date(2024, 6, 30))
    with reading(engine) as session:
        (statement,) = load_statements(session, code(3), bundled())
    assert statement.received_on == DAY
    assert statement.source is Source.REGISTER
    assert f"a{ending}" in statement.origin


def test_the_same_file_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER, rows(20))
    load(engine, path)
    before = content(engine)
    again, _ = load(engine, path.rename(tmp_path / "renamed.csv"), day=date(2024, 7, 9))
    assert again.done_before
    assert content(engine) == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_rows_in_another_file_change_nothing(engine: Engine, tmp_path: Path, ending: str) -> None:
    load(engine, write(tmp_path / "a.csv", HEADER, rows(20)))
    before = content(engine)
    done, _ = load(engine, write(tmp_path / f"b{ending}", HEADER, [*rows(20)[::-1], *rows(3, 20)]))
    assert (done.added, done.unchanged, done.changed) == (3, 20, 3)
    after = content(engine)
    for table in ("enterprises", "statements"):
        assert set(before[table]) <= set(after[table])
        assert len(after[table]) == 23


def test_what_a_source_said_before_its_last_word_is_news_again(engine: Engine, tmp_path: Path) -> None:
    undated = mapping(MAPPING.replace("observed_on: 2024-06-30\n", ""))
    for name, employees in (("a", 5), ("b", 6), ("c", 5)):
        table = [[code(1), "示例", "610602", employees, "", ""], *rows(1, 10 + ord(name))]
        done, _ = load(engine, write(tmp_path / f"{name}.csv", HEADER, table), undated)
        assert done.added == 2
    found = profile(engine, 1)
    assert found is not None
    assert found.facts["employees"].value == 5


def test_a_dry_run_writes_nothing_and_says_the_same(engine: Engine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", HEADER, [*rows(10), ["坏", "", "", "", "", ""], [code(11), "", "火星", "", "", ""]]
    )
    before = content(engine)
    tried, rejected = load(None, path)
    assert content(engine) == before
    done, rejects = load(engine, path)
    assert (tried.rows, tried.enterprises, tried.rejected_rows, tried.rejected_cells) == (12, 11, 1, 1)
    assert (done.rows, done.enterprises, done.rejected_rows, done.rejected_cells) == (12, 11, 1, 1)
    assert rejected.first == rejects.first


def test_a_bad_cell_leaves_its_fact_unknown_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER, [[code(1), "示例", "火星", "十几", "-5", "2"]])
    done, rejects = load(engine, path)
    assert (done.enterprises, done.rejected_rows, done.rejected_cells) == (1, 0, 3)
    assert [(reject.row, reject.column, reject.written) for reject in rejects.first] == [
        (2, "行政区划", "火星"),
        (2, "从业人数", "十几"),
        (2, "2022年营业收入", "-5"),
    ]
    found = profile(engine, 1)
    assert found is not None
    assert found.facts == {}
    assert list(found.series["revenue"].years) == [2023]


def test_a_row_without_a_valid_code_or_a_required_cell_is_refused(engine: Engine, tmp_path: Path) -> None:
    by = mapping(MAPPING.replace("从业人数: employees", "从业人数: {fact: employees, required: 是}"))
    wrong = code(2)[:-1] + ("A" if code(2)[-1] != "A" else "B")
    table = [[wrong, "", "", "1", "", ""], [code(3), "", "", "", "", ""], [code(4), "", "", "多", "", ""], *rows(1)]
    done, rejects = load(engine, write(tmp_path / "a.csv", HEADER, table), by)
    assert (done.rows, done.enterprises, done.rejected_rows, done.rejected_cells) == (4, 1, 3, 0)
    assert [(reject.row, reject.column, reject.is_row) for reject in rejects.first] == [
        (2, "统一社会信用代码", True),
        (3, "从业人数", True),
        (4, "从业人数", True),
    ]
    assert len(content(engine)["enterprises"]) == 1


def test_rows_on_the_same_enterprise_are_taken_together(engine: Engine, tmp_path: Path) -> None:
    table = [
        [code(1), "示例", "610602", "5", "", ""],
        *rows(10, 100),
        [code(1), "示例", "610602", "", "7", ""],
        [code(1), "示例", "宝塔区", "5", "", "8"],
    ]
    done, rejects = load(engine, write(tmp_path / "a.csv", HEADER, table))
    assert (done.rows, done.enterprises, done.merged, done.added) == (13, 11, 2, 11)
    assert not rejects.first
    found = profile(engine, 1)
    assert found is not None
    assert found.facts["employees"].value == 5
    assert {year: seen.value for year, seen in found.series["revenue"].years.items()} == {
        2022: 7_000_000,
        2023: 8_000_000,
    }


def test_of_rows_that_contradict_each_other_neither_is_taken(engine: Engine, tmp_path: Path) -> None:
    table = [[code(1), "示例", "610602", "5", "1", ""], *rows(10, 100), [code(1), "示例二", "610602", "6", "1", ""]]
    done, rejects = load(engine, write(tmp_path / "a.csv", HEADER, table))
    assert (done.enterprises, done.merged, done.rejected_cells) == (11, 1, 4)
    assert sorted((reject.row, reject.column, reject.written) for reject in rejects.first) == [
        (2, "从业人数", "5"),
        (2, "企业名称", "示例"),
        (13, "从业人数", "6"),
        (13, "企业名称", "示例二"),
    ]
    assert all("第 2、13 行" in reject.message for reject in rejects.first)
    found = profile(engine, 1)
    assert found is not None
    assert found.name is None
    assert set(found.facts) == {"region"}
    assert found.series["revenue"].years[2022].value == 1_000_000


def test_too_many_repeated_codes_are_refused(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", HEADER, [*rows(6), *rows(3), *rows(1)])  # 7 rows on 3 enterprises
    for limit in (6, 7, 8):
        monkeypatch.setattr(loading, "MOST_REPEATED", limit)
        if limit == 6:
            with pytest.raises(Problem, match="7 行的统一社会信用代码重复"):
                load(engine, path)
            assert not content(engine)["imports"]
        else:
            assert load(None, path)[0].merged == 4


@pytest.mark.parametrize("ending", ENDINGS)
def test_of_a_file_that_is_cut_off_nothing_is_taken(engine: Engine, tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"a{ending}", HEADER, rows(50))
    path.write_bytes(path.read_bytes()[:-9])
    before = content(engine)
    with pytest.raises(Problem):
        load(engine, path)
    assert content(engine) == before


def test_missing_and_repeated_columns_are_all_named(engine: Engine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", ["统一社会信用代码", "企业名称", "行政区划", "从业人员", "从业人员", "2022 年营业收入"], []
    )
    with pytest.raises(Problems) as caught:
        load(engine, path)
    assert [problem.line for problem in caught.value.problems] == [8, 10]
    assert "从业人员" in str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [(("2024-06-30", "2024-07-02"), "晚于"), (("year: 2023", "year: 2025"), "还没有到")],
)
def test_a_mapping_of_the_future_is_refused(
    engine: Engine, tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(Problem, match=words):
        load(engine, write(tmp_path / "a.csv", HEADER, rows(1)), mapping(MAPPING.replace(*change)))


def test_source_and_day_may_be_columns(engine: Engine, tmp_path: Path) -> None:
    by = mapping("""
source: {column: 来源}
observed_on: {column: 数据日期}
columns: {代码: credit_code, 从业人数: employees, 行政区划: {fact: region, source: declared, observed_on: 2024-01-01}}
""")
    table = [
        [code(1), "5", "610602", "统计", "2024/3/1"],
        [code(2), "5", "610602", "tax", ""],
        [code(3), "5", "610602", "税局", "2024-03-01"],
        [code(4), "5", "610602", "税务", "2024-07-02"],
        [code(5), "", "610602", "", "x"],
    ]
    done, rejects = load(
        engine, write(tmp_path / "a.csv", ["代码", "从业人数", "行政区划", "来源", "数据日期"], table), by
    )
    assert done.rejected_cells == 2
    assert [(reject.row, reject.column) for reject in rejects.first] == [(4, "从业人数"), (5, "从业人数")]
    found = [profile(engine, number) for number in (1, 2, 3)]
    seen = [one.facts.get("employees") if one else None for one in found]
    assert seen == [Observation(5, Source.STATISTICS, date(2024, 3, 1)), Observation(5, Source.TAX), None]
    assert all(one and one.facts["region"] == Observation("610602", Source.DECLARED, date(2024, 1, 1)) for one in found)


RECORDS = """
source: register
columns: {代码: credit_code}
records:
  recognition:
    HOW
    each:
      - {title: 认定一, level: 级别一}
      - {title: 认定二, level: {value: 省级}}
"""


@pytest.mark.parametrize(
    ("cells", "titles", "rejected"),
    [
        (["高新技术企业", "国家级", "绿色工厂"], ["高新技术企业", "绿色工厂"], 0),
        (["", "", "绿色工厂"], ["绿色工厂"], 0),
        (["", "", ""], [], 0),
        (["—", "", ""], [], 0),
        (["不详", "", ""], None, 0),
        (["宇宙企业", "", ""], [None], 1),
    ],
    ids=range(6),
)
def test_complete_lists_of_records(
    engine: Engine, tmp_path: Path, cells: list[str], titles: list[str | None] | None, rejected: int
) -> None:
    by = mapping(RECORDS.replace("HOW", "complete: 是"))
    done, _ = load(engine, write(tmp_path / "a.csv", ["代码", "认定一", "级别一", "认定二"], [[code(1), *cells]]), by)
    assert done.rejected_cells == rejected
    assert _titles(engine) == titles


@pytest.mark.parametrize(
    ("cells", "titles", "rejected"),
    [
        (["2", "高新技术企业", "", "绿色工厂"], ["高新技术企业", "绿色工厂"], 0),
        (["2", "高新技术企业", "", ""], ["高新技术企业", None], 0),
        (["0", "", "", ""], [], 0),
        (["", "高新技术企业", "", ""], None, 0),
        (["1", "高新技术企业", "", "绿色工厂"], None, 1),
        (["3", "高新技术企业", "", "绿色工厂"], None, 1),
        (["两三", "高新技术企业", "", ""], None, 1),
    ],
    ids=range(7),
)
def test_counted_lists_of_records(
    engine: Engine, tmp_path: Path, cells: list[str], titles: list[str | None] | None, rejected: int
) -> None:
    by = mapping(RECORDS.replace("HOW", "count: 几项"))
    header = ["代码", "几项", "认定一", "级别一", "认定二"]
    done, _ = load(engine, write(tmp_path / "a.csv", header, [[code(1), *cells]]), by)
    assert done.rejected_cells == rejected
    assert _titles(engine) == titles


def _titles(engine: Engine) -> list[Any] | None:
    found = profile(engine, 1)
    assert found is not None
    if "recognition" not in found.records:
        return None
    return [each.fields["title"].value if "title" in each.fields else None for each in found.records["recognition"]]


def test_a_year_above_the_highest_of_all_before_is_taken_from_neither(engine: Engine, tmp_path: Path) -> None:
    by = mapping("""
source: tax
columns:
  代码: credit_code
  最高: {fact: revenue, before: 2021, unit: 万元}
  二〇: {fact: revenue, year: 2020, unit: 万元}
  二一: {fact: revenue, year: 2021, unit: 万元}
""")
    header = ["代码", "最高", "二〇", "二一"]
    table = [[code(1), "10", "10", "11"], [code(2), "10", "11", "11"], [code(3), "10", "", ""], [code(3), "", "11", ""]]
    done, rejects = load(engine, write(tmp_path / "a.csv", header, table), by)
    assert {(reject.row, reject.column) for reject in rejects.first if reject.written} == {
        *((3, "最高"), (3, "二〇"), (4, "最高"), (5, "二〇"))
    }
    assert done.enterprises == 3
    good, bad = profile(engine, 1), profile(engine, 2)
    assert good is not None
    assert bad is not None
    assert good.series["revenue"].before is not None
    assert bad.series["revenue"].before is None
    assert list(bad.series["revenue"].years) == [2021]


# ------------------------------------------------------- cut off and resumed

_CHILD = """
import os, signal, sys
from datetime import date
from pathlib import Path
from enterprises.database import connect
from enterprises.dictionary import bundled
from enterprises.imports import loading
from enterprises.imports.mapping import read_mapping
from enterprises.imports.rejects import Rejects
url, path, mapping, within, after = sys.argv[1:]
calls = 0
record = loading.record
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def recording(*arguments):
    global calls
    calls += 1
    if within == "before" and calls > int(after):
        die()
    recorded = record(*arguments)
    if within == "during" and calls > int(after):
        die()
    return recorded
def watch(stage, done, total):
    if within == "between" and stage == "导入" and calls > int(after):
        die()
loading.record = recording
loading.import_file(connect(url), Path(path), read_mapping(Path(mapping), bundled()), bundled(), Rejects(),
                    day=date(2024, 7, 1), batch=7, watch=watch)
"""


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("within", "after"), [("before", 0), ("during", 0), ("between", 2), ("during", 5), ("during", 7)]
)
def test_an_import_that_was_killed_goes_on_to_the_same_end(
    engine: Engine, database_url: str, tmp_path: Path, within: str, after: int, ending: str
) -> None:
    table = [*rows(30), ["坏", "", "", "", "", ""], *rows(15, 30), [*rows(1, 2)[0][:3], 499, "", ""], *rows(7, 50)]
    path = write(tmp_path / f"a{ending}", HEADER, table)
    by = tmp_path / "映射.yaml"
    by.write_text(MAPPING, encoding="utf-8")
    arguments = [sys.executable, "-c", _CHILD, database_url, str(path), str(by), within, str(after)]
    killed = subprocess.run(arguments, check=False, capture_output=True, cwd=Path(__file__).parents[3])
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    so_far = content(engine)
    assert len(so_far["statements"]) < 51
    (state,) = so_far["imports"]
    assert state[2] == "running"
    assert state[3] == min(7 * (after + (within == "between")), 54)

    resumed, rejects = load(engine, path, day=date(2024, 7, 20))  # a later day: what was begun keeps its own
    assert resumed.resumed_at == state[3]
    assert (resumed.rejected_rows, resumed.rejected_cells, resumed.merged) == (1, 2, 1)
    assert len(rejects.first) == 3
    after_all = content(engine)

    undisturbed = connect(f"sqlite:///{tmp_path / 'undisturbed.db'}")
    migrate(undisturbed)
    load(undisturbed, path)
    expected = content(undisturbed)
    undisturbed.dispose()
    for name in after_all:
        assert [tuple(map(str, row)) for row in after_all[name]] == [tuple(map(str, row)) for row in expected[name]], (
            name
        )


def test_whoever_imports_the_same_file_at_the_same_time_is_stopped(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER, rows(40))
    started: list[Imported] = []

    def watch(stage: str, done: int, _total: int) -> None:
        if stage == "导入" and done == 14 and not started:
            started.append(load(engine, path)[0])

    with pytest.raises(StorageError, match="另一个进程"):
        load(engine, path, watch=watch)
    assert started[0].resumed_at == 14
    assert len(content(engine)["statements"]) == 40


def test_a_file_that_changes_meanwhile_is_noticed(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER, rows(40))

    def watch(stage: str, done: int, _total: int) -> None:
        if stage == "导入" and done == 14:
            with path.open("a", encoding="utf-8") as file:
                file.write("x")
            os.utime(path, ns=(1, 1))

    with pytest.raises(Problem, match="改动"):
        load(engine, path, watch=watch)
    assert len(content(engine)["statements"]) == 14


def test_moments_are_those_of_the_clock(engine: Engine, tmp_path: Path) -> None:
    now = datetime(2024, 7, 1, 20, 30, tzinfo=UTC)  # already the second in Shanghai
    load(engine, write(tmp_path / "a.csv", HEADER, rows(1)), day=None, clock=lambda: now)
    with engine.connect() as connection:
        (found,) = connection.execute(text("SELECT received_on FROM imports"))
    assert str(found[0]) == "2024-07-02"


@pytest.mark.parametrize("count", [6, 7, 8, 14])
def test_batches_end_where_they_should(engine: Engine, tmp_path: Path, count: int) -> None:
    done, _ = load(engine, write(tmp_path / "a.csv", HEADER, rows(count)))
    assert done.added == count
    assert content(engine)["imports"][0][2:4] == ("done", count)


def test_a_table_without_rows_is_done_at_once(engine: Engine, tmp_path: Path) -> None:
    done, _ = load(engine, write(tmp_path / "a.csv", HEADER, []))
    assert done == Imported()
    assert load(engine, tmp_path / "a.csv")[0].done_before
