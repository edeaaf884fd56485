"""``huiqi batch``: what is found is said in Chinese; runs that broke off go on; mistakes say how to mend them."""

import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from bench.rules import make_profiles
from enterprises.dictionary import bundled
from enterprises.population import PART_ROWS, Population, PopulationWriter, table_of
from enterprises.profiles import Profile
from enterprises.sample_population import write
from enterprises.samples import SAMPLE_DAY
from policies.library import FOLDER, bundled_library
from recommender.batch import Offers
from recommender.batch import run as decide_all
from recommender.changes import DIFFERENCES
from recommender.changes import differences as changes_of
from recommender.match import Verdict
from recommender.runs import SCHEMA, Count, Run
from web.cli.batch_lists import CHANGES, NO_MATCH, differences_listing, kinds_of, matches_listing, save
from web.cli.batch_report import amounts, count_changes
from web.cli.main import main
from web.printed.package_sheets import UNLIMITED

DICTIONARY = bundled()
DAY = SAMPLE_DAY.isoformat()
RECEIPTS = "shaanxi-2023-qinwuyuan.17"
"""An item for which hundreds of the sample population are eligible."""


def huiqi(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments)], terminal_width=120)


def plain(*arguments: str | Path) -> Any:
    result = huiqi(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(result: Result, *words: str, exit_code: int = 2) -> None:
    assert (result.exit_code, type(result.exception)) == (exit_code, SystemExit), result.output
    assert "错误：" in result.stderr
    for word in words:
        assert word in result.stderr


def in_parts(folder: Path, profiles: Sequence[Profile], part_rows: int = PART_ROWS, *, made_up: bool = True) -> Path:
    coded = [replace(profile, credit_code=profile.credit_code or f"{row:018}") for row, profile in enumerate(profiles)]
    with PopulationWriter(folder, made_up=made_up, part_rows=part_rows) as writer:
        writer.write(table_of(coded, DICTIONARY))
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two populations, runs of both, and what the change from one to the other was."""
    home = tmp_path_factory.mktemp("batch")
    write(home / "june", 3000, 1, DICTIONARY)
    profiles = list(Population.open(home / "june").profiles())
    for number in range(100, 900):
        profiles[number] = replace(profiles[number], facts=profiles[(number * 7) % 3000].facts)
    in_parts(home / "july", profiles[5:])
    ran = huiqi("run", "--population", home / "june", "--on", DAY, "--out", home / "run")
    assert ran.exit_code == 0, ran.output
    compared = huiqi("compare", home / "june", home / "july", "--out", home / "delta")
    assert compared.exit_code == 0, compared.output
    updated = huiqi(
        *("update", home / "run", "--delta", home / "delta", "--population", home / "july", "--on", "2024-07-31"),
        *("--out", home / "layer"),
    )
    assert updated.exit_code == 0, updated.output
    (home / "said").write_text("\n".join(each.output for each in (ran, compared, updated)), encoding="utf-8")
    return home


# ---------------------------------------------------------------- deciding


def test_a_run_says_what_it_found_and_that_it_is_of_made_up_enterprises(home: Path) -> None:
    said = (home / "said").read_text(encoding="utf-8")
    counts = Run.open(home / "run").counts or {}
    eligible = sum(count.eligible for count in counts.values())
    assert eligible > 300
    assert f"符合的匹配共 {eligible:,} 个" in said
    assert "企业全部是虚构的示例，不是真实数据" in said
    assert "政府核发的材料和有电子证照的免交" in said
    nobody = sum(not count.eligible for count in counts.values())
    assert f"另有 {nobody} 个事项没有确定符合的企业" in said
    assert "按 2024年7月31日 判断" in said
    assert f"更新自 {home / 'run'}（按 2024年6月30日 判断）" in said.replace("\n", "")


def test_of_real_enterprises_nothing_says_that_they_are_made_up(tmp_path: Path) -> None:
    in_parts(tmp_path / "real", make_profiles(DICTIONARY, 3), made_up=False)
    result = huiqi("run", "--population", tmp_path / "real", "--on", DAY, "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert "虚构" not in result.output


def test_show_as_json_is_what_the_run_holds(home: Path) -> None:
    shown, run = plain("show", home / "run"), Run.open(home / "run")
    assert (shown["on"], shown["made_up"], shown["complete"], shown["layers"]) == (DAY, True, True, [])
    counts = {
        each["item"]: Count(
            each["eligible"],
            each["undetermined"],
            each["amount_low_fen"],
            each["amount_high_fen"],
            each["unbounded"],
        )
        for each in shown["items"]
    }
    assert counts == run.counts
    assert all(each["title"] == bundled_library().items[each["item"]].title for each in shown["items"])
    assert plain("show", home / "layer")["layers"] == [str(home / "run")]
    listed = huiqi("show", home / "run").output
    assert all(item in listed.replace("│", "") for item in run.offers)


def test_an_update_is_a_run_over_everything(home: Path, tmp_path: Path) -> None:
    whole = huiqi("run", "--population", home / "july", "--on", "2024-07-31", "--out", tmp_path / "whole")
    assert whole.exit_code == 0
    assert Run.open(home / "layer").counts == Run.open(tmp_path / "whole").counts
    tables = [tmp_path / name for name in ("layer.parquet", "whole.parquet")]
    for folder, out in zip((home / "layer", tmp_path / "whole"), tables, strict=True):
        assert huiqi("matches", folder, "--out", out).exit_code == 0
    one, other = (sorted(map(tuple, map(dict.values, pq.read_table(out).to_pylist()))) for out in tables)
    assert one == other
    assert len(one) > 300


def test_a_layer_whose_run_is_gone_still_has_its_counts(home: Path, tmp_path: Path) -> None:
    for name in ("run", "layer"):
        shutil.copytree(home / name, tmp_path / name)
    manifest = tmp_path / "layer" / "run.json"
    moved = {**json.loads(manifest.read_text(encoding="utf-8")), "base": str(tmp_path / "run")}
    manifest.write_text(json.dumps(moved), encoding="utf-8")
    shutil.rmtree(tmp_path / "run")
    shown = huiqi("show", tmp_path / "layer")
    assert shown.exit_code == 0
    assert "那里的结果已经不在了" in shown.output
    refused(huiqi("matches", tmp_path / "layer"), "那一次的结果不在了", exit_code=1)


# ------------------------------------------------------------ broken off runs

BROKEN = """
import os, signal, sys
from contextlib import contextmanager
import web.cli.batch
from web.cli.main import main

# What a shell starts in the background inherits that it ignores this signal; people at a terminal do not.
signal.signal(signal.SIGINT, signal.default_int_handler)

@contextmanager
def progress(what, total=None):
    left = 3
    def done(rows):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    yield done

web.cli.batch.progress = progress
main(sys.argv[2:])
"""


def broken_off(how: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """``huiqi batch …`` in a process of its own that gets a signal when the third part is done."""
    return in_a_process(["-c", BROKEN, how, "batch", *map(str, arguments)])


def in_a_process(arguments: list[str], most_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, encoding="utf-8", preexec_fn=limit
    )


@pytest.fixture(scope="module")
def many_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return in_parts(tmp_path_factory.mktemp("population") / "parts", make_profiles(DICTIONARY, 320), 8)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".draft")}


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_a_run_that_was_broken_off_is_finished_by_the_same_command(how: str, many_parts: Path, tmp_path: Path) -> None:
    out = tmp_path / "broken"
    command = ("run", "--population", many_parts, "--on", DAY, "--workers", "1", "--out")
    ended = broken_off(how, *command, out)
    if how == "SIGKILL":
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    else:
        assert ended.returncode == 1, ended.stderr
        assert "错误：已中断。已经判断好的都在，用同样的命令再运行一次，会接着做" in ended.stderr
        assert "Abort" not in ended.stderr
    left = {path.name: path.stat().st_mtime_ns for path in out.glob("matches-*.parquet")}
    assert 3 <= len(left) < 40
    refused(huiqi("matches", out), "还没有完成")
    assert "还没有判断完" in huiqi("show", out).output
    assert plain("show", out)["items"] is None

    assert huiqi(*command, out).exit_code == 0
    assert huiqi(*command, tmp_path / "whole").exit_code == 0
    assert contents(out) == contents(tmp_path / "whole")
    assert {name: (out / name).stat().st_mtime_ns for name in left} == left


def test_without_a_day_a_broken_run_goes_on_as_of_its_own(many_parts: Path, tmp_path: Path) -> None:
    broken_off("SIGKILL", "run", "--population", many_parts, "--on", DAY, "--workers", "1", "--out", tmp_path / "run")
    again = huiqi("run", "--population", many_parts, "--out", tmp_path / "run")
    assert again.exit_code == 0, again.output
    assert "接着做" in again.stderr
    assert "按 2024年6月30日" in again.stderr
    assert Run.open(tmp_path / "run").on == SAMPLE_DAY
    # Once it is complete, a later day is another question.
    refused(huiqi("run", "--population", many_parts, "--out", tmp_path / "run"), "那里按 2024年6月30日 判断，这次按")


def test_what_does_not_fit_on_the_disk_is_said_and_can_be_gone_on_with(home: Path, tmp_path: Path) -> None:
    command = ["run", "--population", str(home / "june"), "--on", DAY, "--undetermined", "--out", str(tmp_path / "run")]
    full = in_a_process(["-m", "web.cli", "batch", *command], most_bytes=2**14)
    assert full.returncode == 1, full.stderr
    assert "错误：" in full.stderr
    assert "请核对磁盘空间与读写权限；已经判断好的都在" in full.stderr
    assert "Traceback" not in full.stderr
    assert huiqi(*command).exit_code == 0


def test_amounts_beyond_all_reason_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parts(tmp_path / "population", make_profiles(DICTIONARY, 3))

    def too_much(*_arguments: object, **_more: object) -> None:
        raise OverflowError("an amount does not fit into 63 bits")

    monkeypatch.setattr("recommender.batch.run", too_much)
    result = huiqi("run", "--population", tmp_path / "population", "--on", DAY, "--out", tmp_path / "run")
    refused(result, "金额大得不合情理", exit_code=1)


# ----------------------------------------------------------------- mistakes


def test_a_folder_of_another_run_is_left_alone_and_the_difference_named(home: Path) -> None:
    before = contents(home / "run")
    command = ("run", "--out", home / "run", "--population")
    refused(huiqi(*command, home / "june", "--on", "2024-07-01"), "另一次批量判断", "那里按 2024年6月30日 判断")
    refused(huiqi(*command, home / "july", "--on", DAY), "那里是另一份企业库快照")
    refused(huiqi(*command, home / "june", "--on", DAY, "--undetermined"), "那里没有写出待补充的")
    refused(
        huiqi("run", "--out", home / "layer", "--population", home / "july", "--on", "2024-07-31"),
        "那里是 huiqi batch update 写出的",
    )
    assert contents(home / "run") == before


@pytest.fixture
def own_library(tmp_path: Path) -> Path:
    """A library in which one item says something else."""
    shutil.copytree(FOLDER, tmp_path / "library")
    path = tmp_path / "library" / "shaanxi-2023-qinwuyuan" / "17.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("version: 1", "version: 2", 1), encoding="utf-8")
    return tmp_path / "library"


def test_a_library_that_has_changed_since_is_named_and_can_be_given(
    home: Path, own_library: Path, tmp_path: Path
) -> None:
    command = ("update", home / "run", "--delta", home / "delta", "--population", home / "july", "--on", DAY)
    with_other = (*command, "--library", own_library, "--out", tmp_path / "layer")
    refused(huiqi(*with_other), f"内容不同的事项：{RECEIPTS}", "--before")
    assert not (tmp_path / "layer").exists()
    refused(huiqi(*with_other, "--before", own_library), f"内容不同的事项：{RECEIPTS}")
    assert huiqi(*with_other, "--before", FOLDER).exit_code == 0
    assert Run.open(tmp_path / "layer").replaced == (RECEIPTS,)
    refused(
        huiqi("run", "--population", home / "june", "--on", DAY, "--library", own_library, "--out", home / "run"),
        f"内容不同的事项：{RECEIPTS}",
    )


def test_what_does_not_fit_together_is_refused(home: Path, tmp_path: Path) -> None:
    command = ("update", home / "run", "--delta", home / "delta", "--on", DAY, "--out", tmp_path / "layer")
    refused(huiqi(*command, "--population", home / "june"), "不是与", "比较的结果")
    refused(huiqi("compare", home / "june", home / "july", "--out", home / "delta"), "已有两份快照的差异")
    refused(huiqi("differences", home / "run"), "从头判断的")
    refused(huiqi("matches", home / "run", "--verdict", "undetermined"), "没有逐条写出待补充的")
    refused(huiqi("matches", home / "run", "--item", RECEIPTS[:-1] + "x"), "没有事项", "是否想写")
    refused(huiqi("matches", home / "run", "--out", tmp_path / "list.txt"), ".csv、.xlsx、.parquet")
    refused(huiqi("matches", home / "run", "--out", tmp_path / "none" / "list.csv"), "文件写不出来")
    refused(huiqi("show", home / "june"), "没有批量判断的结果")
    refused(huiqi("run", "--population", home / "run", "--out", tmp_path / "x"), "不是企业库快照")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"counts": 1, "on": "x", "replaced": []}', "\x00"])
def test_damaged_manifests_are_named(home: Path, tmp_path: Path, text: str) -> None:
    for name, manifest in (("run", "run.json"), ("june", "population.json"), ("delta", "delta.json")):
        shutil.copytree(home / name, tmp_path / name)
        (tmp_path / name / manifest).write_text(text, encoding="utf-8")
    refused(huiqi("show", tmp_path / "run"), "读不出 run.json")
    run = ("run", "--on", DAY, "--out")
    refused(huiqi(*run, tmp_path / "run", "--population", home / "june"), "读不出 run.json")
    refused(huiqi(*run, tmp_path / "new", "--population", tmp_path / "june"), "不是企业库快照")
    update = ("update", home / "run", "--population", home / "july", "--on", DAY, "--out", tmp_path / "layer")
    refused(huiqi(*update, "--delta", tmp_path / "delta"), "没有两份快照的差异")


def test_damaged_matches_are_named(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "run", tmp_path / "run")
    (path,) = (tmp_path / "run").glob("matches-*")
    path.write_bytes(path.read_bytes()[:100])
    refused(huiqi("matches", tmp_path / "run", "--out", tmp_path / "list.csv"), path.name, "已损坏", exit_code=1)
    assert not (tmp_path / "list.csv").exists()
    again = huiqi("run", "--population", home / "june", "--on", DAY, "--out", tmp_path / "run")
    assert again.exit_code == 0, again.output
    assert path.read_bytes() == (home / "run" / path.name).read_bytes()


def test_lost_differences_are_named(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "layer", tmp_path / "layer")
    (path,) = (tmp_path / "layer").glob("differences-changed-*")
    path.unlink()
    refused(huiqi("differences", tmp_path / "layer"), f"缺少文件 {path}", "请再运行一次同样的命令", exit_code=1)


# -------------------------------------------------------------------- lists


def rows_of(run: Path) -> list[dict[str, Any]]:
    return [row for table in Run.open(run).tables() for row in table.to_pylist()]


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_matches_are_listed_alike_in_all_formats(home: Path, tmp_path: Path) -> None:
    wanted = rows_of(home / "run")
    for ending in (".csv", ".xlsx", ".parquet"):
        result = huiqi("matches", home / "run", "--out", tmp_path / f"list{ending}")
        assert result.exit_code == 0, result.output
        assert f"{len(wanted):,} 条，企业全部是虚构的示例" in result.output
    assert (tmp_path / "list.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    headings, *lines = read_csv(tmp_path / "list.csv")
    assert headings == ["事项编号", "事项", "统一社会信用代码", "判断结果", "金额下限（元）", "金额上限（元）"]
    titles = bundled_library().items
    assert [line[:4] for line in lines] == [
        [row["item"], titles[row["item"]].title, row["enterprise"], "符合"] for row in wanted
    ]
    sheet = python_calamine.CalamineWorkbook.from_path(tmp_path / "list.xlsx").get_sheet_by_index(0).to_python()
    assert [row[:4] for row in sheet] == [headings[:4], *(line[:4] for line in lines)]
    assert pq.read_table(tmp_path / "list.parquet").to_pylist() == wanted
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv", "list.xlsx", "list.parquet"}


def test_matches_can_be_asked_for_by_item_enterprise_and_verdict(many_parts: Path, tmp_path: Path) -> None:
    command = ("run", "--population", many_parts, "--on", DAY, "--undetermined", "--out", tmp_path / "run")
    assert huiqi(*command).exit_code == 0
    everything = rows_of(tmp_path / "run")
    one = next(row for row in everything if row["verdict"] == "eligible")
    for wanted in (
        {"item": one["item"]},
        {"verdict": "undetermined"},
        {"item": one["item"], "enterprise": one["enterprise"], "verdict": "eligible"},
        {"enterprise": "nobody"},
    ):
        asked = [word for name, value in wanted.items() for word in (f"--{name}", value)]
        assert huiqi("matches", tmp_path / "run", *asked, "--out", tmp_path / "some.parquet").exit_code == 0
        expected = [row for row in everything if wanted.items() <= row.items()]
        assert pq.read_table(tmp_path / "some.parquet").to_pylist() == expected
        shown = huiqi("matches", tmp_path / "run", *asked).output.splitlines()
        assert shown[-1].startswith(f"共 {len(expected):,} 条")
        assert len(shown) == min(len(expected), 50) + 1


def test_differences_are_counted_and_listed(home: Path, tmp_path: Path) -> None:
    layer = Run.open(home / "layer")
    rows = [row for table in changes_of(layer) for row in table.to_pylist()]
    newly = [row for row in rows if row["after"] == "eligible" and row["before"] != "eligible"]
    ceased = [row for row in rows if row["before"] == "eligible" and row["after"] != "eligible"]
    assert newly
    assert ceased
    result = huiqi("differences", home / "layer", "--out", tmp_path / "list.csv")
    assert f"新符合 {len(newly):,}，不再符合 {len(ceased):,}，" in result.output
    _, *lines = read_csv(tmp_path / "list.csv")
    assert [line[2] for line in lines if line[3] == "新符合"] == [row["enterprise"] for row in newly]
    assert {line[7] for line in lines if line[3] == "不再符合"} == {NO_MATCH}
    some = huiqi("differences", home / "layer", "--item", RECEIPTS)
    assert f"新符合 {sum(row['item'] == RECEIPTS for row in newly):,}，" in some.output


def difference(before: str | None, after: str | None, low: int | None = None, high: int | None = None) -> pa.Table:
    row = {"item": "i", "enterprise": "e", "before": before, "after": after}
    money = {"amount_low_before": low, "amount_high_before": None, "amount_low_after": low, "amount_high_after": high}
    return pa.Table.from_pylist([row | money], schema=DIFFERENCES)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, "eligible", "新符合"),
        ("undetermined", "eligible", "新符合"),
        ("eligible", None, "不再符合"),
        ("eligible", "undetermined", "不再符合"),
        ("eligible", "eligible", "金额有变"),
        ("undetermined", None, "其他"),
        (None, "undetermined", "其他"),
        ("undetermined", "undetermined", "其他"),
    ],
)
def test_the_kind_of_a_difference(before: str | None, after: str | None, kind: str) -> None:
    table = difference(before, after)
    assert [CHANGES[number] for number in kinds_of(table).to_pylist()] == [kind]
    assert count_changes([table, table])["i"][CHANGES.index(kind)] == 2


def test_no_difference_at_all(home: Path, tmp_path: Path) -> None:
    assert huiqi("compare", home / "june", home / "june", "--out", tmp_path / "delta").exit_code == 0
    command = ("update", home / "run", "--delta", tmp_path / "delta", "--population", home / "june", "--on", DAY)
    assert huiqi(*command, "--out", tmp_path / "layer").exit_code == 0
    assert "新符合 0，不再符合 0，金额有变 0，其他 0。" in huiqi("differences", tmp_path / "layer").output


def test_what_has_no_bound_or_no_price_says_so(tmp_path: Path) -> None:
    save(differences_listing({}), [difference(None, "eligible", 123, None)], tmp_path / "list.csv")
    assert read_csv(tmp_path / "list.csv")[1] == [
        *("i", "", "e", "新符合", NO_MATCH, "1.23", UNLIMITED, "符合", "1.23", UNLIMITED),
    ]
    assert amounts(Count(3)) == ""
    assert amounts(Count(3, 0, 100_00, 100_00)) == "100元"
    assert amounts(Count(3, 0, 100_00, 200_00)) == "100元 至 200元"
    assert amounts(Count(3, 0, 100_00, 50_00, 1)) == "100元以上，1 家没有上限"


def matches_table(codes: Sequence[str], fen: int) -> pa.Table:
    row = {"item": "=cmd|' /C calc'!A0", "verdict": Verdict.ELIGIBLE.value, "amount_low": fen, "amount_high": fen}
    plain_schema = pa.schema([(name, pa.string()) for name in SCHEMA.names[:3]] + list(SCHEMA)[3:])
    return pa.Table.from_pylist([{**row, "enterprise": code} for code in codes], schema=plain_schema)


@given(
    st.lists(
        st.text("=+-@\t＝＋－＠'1A,\"", max_size=5) | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 10**18),
)
def test_no_cell_becomes_a_formula_and_no_amount_is_rounded(
    tmp_path_factory: pytest.TempPathFactory, codes: list[str], fen: int
) -> None:
    folder = tmp_path_factory.mktemp("list")
    for ending in (".csv", ".xlsx"):
        assert save(matches_listing({}), [matches_table(codes, fen)], folder / f"list{ending}") == len(codes)
    _, *lines = read_csv(folder / "list.csv")
    for code, line in zip(codes, lines, strict=True):
        assert line[0] == "'=cmd|' /C calc'!A0"
        assert line[2] in (code, f"'{code}")
        assert line[2][:1] not in set("=+-@\t\r＝＋－＠")
        whole, _, decimals = line[4].partition(".")
        assert int(whole) * 100 + int(decimals.ljust(2, "0")) == fen
    book = python_calamine.CalamineWorkbook.from_path(folder / "list.xlsx")
    for code, row in zip(codes, book.get_sheet_by_index(0).to_python(skip_empty_area=False)[1:], strict=True):
        assert row[:3] == ["=cmd|' /C calc'!A0", "", code]


def test_a_list_that_excel_cannot_hold_is_refused_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.cli.batch_lists.MOST_ROWS", 4)
    table = matches_table(["a", "b", "c"], 1)
    assert save(matches_listing({}), [table], tmp_path / "fits.xlsx") == 3
    with pytest.raises(ValueError, match=r"多于 Excel 的 3 行。请存成 \.csv"):
        save(matches_listing({}), [table, table.slice(0, 1)], tmp_path / "long.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["fits.xlsx"]


def test_a_list_that_excel_cannot_hold_is_known_before_it_is_written(
    many_parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("run", "--population", many_parts, "--on", DAY, "--undetermined", "--out", tmp_path / "run")
    assert huiqi(*asked).exit_code == 0
    monkeypatch.setattr("web.cli.batch_lists.save", lambda *_arguments: 0)
    everything = rows_of(tmp_path / "run")
    for words, rows in (
        ((), len(everything)),
        (("--verdict", "eligible"), sum(row["verdict"] == "eligible" for row in everything)),
        (("--verdict", "undetermined"), sum(row["verdict"] == "undetermined" for row in everything)),
        (("--item", RECEIPTS), sum(row["item"] == RECEIPTS for row in everything)),
    ):
        command = ("matches", tmp_path / "run", *words, "--out", tmp_path / "list.xlsx")
        monkeypatch.setattr("web.cli.batch_lists.MOST_ROWS", rows + 1)
        assert huiqi(*command).exit_code == 0
        monkeypatch.setattr("web.cli.batch_lists.MOST_ROWS", rows)
        refused(huiqi(*command), "多于 Excel 的")


def test_a_layer_may_lie_on_a_layer(home: Path, tmp_path: Path) -> None:
    assert huiqi("compare", home / "july", home / "june", "--out", tmp_path / "back").exit_code == 0
    command = ("update", home / "layer", "--delta", tmp_path / "back", "--population", home / "june", "--on", DAY)
    assert huiqi(*command, "--out", tmp_path / "third").exit_code == 0
    assert plain("show", tmp_path / "third")["layers"] == [str(home / "layer"), str(home / "run")]
    assert Run.open(tmp_path / "third").counts == Run.open(home / "run").counts


def test_the_library_alone_gives_the_same(home: Path, tmp_path: Path) -> None:
    offers = Offers.of(bundled_library().published, date(2024, 6, 30), DICTIONARY)
    done = decide_all(offers, Population.open(home / "june"), tmp_path / "run")
    assert done.counts == Run.open(home / "run").counts
