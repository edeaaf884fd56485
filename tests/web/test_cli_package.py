"""``huiqi package`` and ``huiqi cultivate``: what the files hold, and errors that say how to mend them."""

import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from enterprises.amounts import parse_money
from enterprises.database import connect, migrate, writing
from enterprises.dictionary import bundled
from enterprises.population import PopulationWriter, table_of, years_of
from enterprises.profiles import Observation, Profile, write_profile
from enterprises.samples import SAMPLE_DAY, samples, statements
from enterprises.tables import record
from policies.library import bundled_library
from recommender.cultivation import FiveList, cultivate
from recommender.explanation import explain
from recommender.package import package_of, region_package
from web.checkup.totals import certain_total, possible_total
from web.cli.cultivation import cultivate as cultivate_command
from web.cli.package import package as package_command
from web.commands import Group
from web.printed.booklets import Booklet, Column, Kind, Sheet, fingerprint, to_excel, to_html
from web.printed.cultivation_sheets import cultivation_booklet
from web.printed.package_sheets import enterprise_booklet, package_page, region_booklet

LIBRARY = bundled_library()
MACHINERY = samples()[0]
main = Group("huiqi", commands=[package_command, cultivate_command])

Rows = Sequence[Sequence[object]]


def huiqi(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def read(content: bytes) -> dict[str, Rows]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def column(rows: Rows, heading: str) -> list[object]:
    return [row[rows[0].index(heading)] for row in rows[1:]]


def cover(sheets: dict[str, Rows]) -> dict[object, Sequence[object]]:
    return {row[0]: row[1:] for row in sheets["说明"]}


# ------------------------------------------------------------------------------------- workbooks


@pytest.mark.parametrize("who", samples(), ids=lambda who: who.name or "")
def test_a_package_in_excel_says_what_check_says(who: Profile) -> None:
    explanation = explain(LIBRARY, who, SAMPLE_DAY)
    sheets = read(to_excel(enterprise_booklet(package_of(LIBRARY, who, SAMPLE_DAY))))
    said = cover(sheets)
    certain, possible = said["按目前信息可以享受"], said["补充信息后最多可达"]
    assert str(certain[0]).startswith(certain_total(explanation).text)
    assert str(possible[0]).startswith(possible_total(explanation).text)
    assert certain[1] == explanation.certain.total / 100
    assert possible[1] == explanation.possible.total / 100
    for title, matches in (
        ("可以享受", explanation.eligible),
        ("补充信息后可能享受", explanation.undetermined),
        ("差一点", explanation.close),
    ):
        rows = sheets[title]
        assert column(rows, "事项编号") == [match.item.id for match in matches]
        lows = [match.award.low / 100 if match.award and match.award.priced else "" for match in matches]
        assert column(rows, "金额下限（元）") == lows
        assert column(rows, "最后一日") == [match.item.window.closes or "" for match in matches]
        assert all(re.search(r"《.+》.*第 \d+ 页", str(source)) for source in column(rows, "依据"))


def test_a_package_says_when_from_what_and_that_it_must_be_confirmed() -> None:
    said = cover(read(to_excel(enterprise_booklet(package_of(LIBRARY, MACHINERY, SAMPLE_DAY)))))
    assert "2024年上半年（2024年1月1日至2024年6月30日）" in said["所属半年度"]
    assert said["按哪一天判断"][0] == "2024年6月30日"
    assert fingerprint(LIBRARY) in str(said["政策库"][0])
    assert "以主管部门认定为准" in str(said["重要提示"][0])
    assert "虚构的示例企业" in str(said["注意"][0])


def test_what_would_be_settled_comes_with_its_questions() -> None:
    sheets = read(to_excel(enterprise_booklet(package_of(LIBRARY, MACHINERY, SAMPLE_DAY))))
    told = column(sheets["补充信息后可能享受"], "还缺什么")
    assert all("还缺：" in str(each) and "请回答：" in str(each) for each in told)
    assert len(sheets["补充哪些信息"]) - 1 == len(explain(LIBRARY, MACHINERY, SAMPLE_DAY).questions)


def test_what_has_not_begun_has_its_first_day_and_what_is_over_is_not_there() -> None:
    before = date(2023, 4, 28)
    sheets = read(to_excel(enterprise_booklet(package_of(LIBRARY, MACHINERY, before))))
    upcoming = sheets["即将开始"]
    assert date(2023, 4, 29) in column(upcoming, "开始日期")
    assert all(isinstance(day, date) and day > before for day in column(upcoming, "开始日期"))
    after = read(to_excel(enterprise_booklet(package_of(LIBRARY, MACHINERY, date(2026, 4, 30)))))
    named = [name for rows in list(after.values())[1:5] for name in column(rows, "事项编号")]
    assert named
    assert not any(str(name).startswith("yanan-2023") for name in named)


def test_a_regions_money_adds_up_in_excel() -> None:
    package = region_package(LIBRARY, "610600", samples(), SAMPLE_DAY)
    sheets = read(to_excel(region_booklet(package)))
    certain = [cell for cell in column(sheets["事项"], "计入“可以享受”的金额（元）") if cell != ""]
    assert sum(float(str(cell)) for cell in certain) == package.sums.certain / 100 == 900000
    listed = [float(str(cell)) for cell in column(sheets["可以享受的企业"], "按目前信息可以享受（元）")]
    assert sum(listed) == package.sums.certain / 100
    assert cover(sheets)["按目前信息可以享受"][1] == package.sums.certain / 100


def test_what_a_list_leaves_out_is_said_on_the_list_and_on_the_first_page() -> None:
    booklet = region_booklet(region_package(LIBRARY, "610600", samples(), SAMPLE_DAY, most=2))
    sheets = read(to_excel(booklet))
    assert "另有 5 条没有列出" in str(sheets["可以享受的企业"][-1][0])
    assert "共 7 条，这里列出前 2 条" in str(cover(sheets)["可以享受的企业"][0])
    assert "另有 5 条没有列出" in to_html(booklet)


def test_the_five_lists_and_the_watch_list_are_sheets() -> None:
    booklet = cultivation_booklet(cultivate(LIBRARY, "610600", samples(), SAMPLE_DAY))
    sheets = read(to_excel(booklet))
    assert {f"{number} {name.label}" for number, name in enumerate(FiveList, start=1)} < set(sheets)
    assert {"准“五上”", "达标未确认入库", "无法判断", "临近政策门槛"} < set(sheets)
    assert column(sheets["达标未确认入库"], "营业收入（元）") == [20500000.0]
    assert column(sheets["临近政策门槛"], "还差占门槛") == [0.04, 0.2]
    # Its industry was only inferred, so it is asked for too.
    assert column(sheets["无法判断"], "还缺什么") == ["具体行业、2023 年营业收入"]
    assert "没有登记" in str(cover(sheets)["环境保障清单里没有的"][0])
    assert "不能当作预算" in str(cover(sheets)["怎样看“最多可达”"][0])


# --------------------------------------------------------------------------- what must not happen

EVIL = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")'


def evil() -> Profile:
    return Profile("91610602MAHQ0001X1", EVIL, MACHINERY.facts, MACHINERY.series, MACHINERY.records)


def test_a_name_that_looks_like_a_formula_is_a_text() -> None:
    package = region_package(LIBRARY, "610602", [evil()], SAMPLE_DAY)
    for booklet in (
        enterprise_booklet(package_of(LIBRARY, evil(), SAMPLE_DAY)),
        region_booklet(package),
        cultivation_booklet(cultivate(LIBRARY, "610602", [evil()], SAMPLE_DAY)),
    ):
        content = to_excel(booklet)
        with zipfile.ZipFile(BytesIO(content)) as parts:
            sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/" in name]
        assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
        assert any(EVIL in str(cell) for rows in read(content).values() for row in rows for cell in row)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "http://a.example", "{=1}", "0012"])
def test_whatever_a_text_begins_with_it_stays_a_text(formula: str) -> None:
    sheet = Sheet("表", "", (Column("列", 10), Column("钱", 10, Kind.MONEY)), ((formula, formula),))
    booklet = Booklet("册", "", SAMPLE_DAY, (), (sheet,))
    assert read(to_excel(booklet))["表"][1] == [formula, formula]


@pytest.mark.parametrize("fen", [0, 1, 99, 100, 12345678901, 10**15 + 1])
def test_money_is_a_number_of_yuan_to_the_fen(fen: int) -> None:
    sheet = Sheet("表", "", (Column("钱", 10, Kind.MONEY),), ((fen,),))
    cell = read(to_excel(Booklet("册", "", SAMPLE_DAY, (), (sheet,))))["表"][1][0]
    assert isinstance(cell, float)
    assert round(cell * 100) == fen


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        Sheet("表", "", (Column("列", 10),), (("一", "二"),))


def test_equal_booklets_give_equal_bytes() -> None:
    first, second = (to_excel(enterprise_booklet(package_of(LIBRARY, MACHINERY, SAMPLE_DAY))) for _ in range(2))
    assert first == second


def pages() -> dict[str, str]:
    return {
        "enterprise": package_page(package_of(LIBRARY, evil(), SAMPLE_DAY)),
        "region": to_html(region_booklet(region_package(LIBRARY, "610602", [evil()], SAMPLE_DAY))),
        "cultivation": to_html(cultivation_booklet(cultivate(LIBRARY, "610602", [evil()], SAMPLE_DAY))),
    }


@pytest.mark.parametrize("name", ["enterprise", "region", "cultivation"])
def test_a_printed_page_is_one_file_that_runs_and_loads_nothing(name: str) -> None:
    page = BeautifulSoup(pages()[name], "html.parser")
    assert not page.find_all(["script", "link", "img", "iframe", "object", "form"])
    assert not page.find_all(lambda tag: any(key in tag.attrs for key in ("src", "href", "onclick", "onload")))
    style = "".join(tag.text for tag in page.find_all("style"))
    assert "@page" in style
    assert "url(" not in style
    assert "@import" not in style
    assert EVIL in page.text, "shown as it is, and not run"
    assert page.html is not None
    assert page.html["lang"] == "zh-CN"


def test_the_printed_package_has_the_totals_the_items_and_the_caveat() -> None:
    explanation = explain(LIBRARY, MACHINERY, SAMPLE_DAY)
    page = BeautifulSoup(package_page(package_of(LIBRARY, MACHINERY, SAMPLE_DAY)), "html.parser")
    figures = [tag.text for tag in page.select(".figure")]
    assert figures == [certain_total(explanation).text, possible_total(explanation).text]
    assert parse_money(figures[0]) == explanation.certain.total
    for name, matches in (("eligible", explanation.eligible), ("undetermined", explanation.undetermined)):
        titles = [tag.text for tag in page.select(f"section.{name} article h3")]
        assert titles == [match.item.title for match in matches]
    assert "以主管部门认定为准" in page.text


# --------------------------------------------------------------------------------- the command line


@pytest.fixture
def enterprise(tmp_path: Path) -> Path:
    path = tmp_path / "enterprise.json"
    path.write_text(json.dumps(write_profile(MACHINERY, bundled()), ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def population(tmp_path: Path) -> Path:
    folder = tmp_path / "population"
    some = sorted(samples(), key=lambda who: [str(who.facts[name].value) for name in ("region", "industry")])
    with PopulationWriter(folder, made_up=True) as writer:
        writer.write(table_of(some, bundled(), years_of(some)))
    return folder


@pytest.fixture
def stored(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    engine = connect(database_url)
    migrate(engine)
    with writing(engine) as session:
        record(session, statements(), bundled())
    engine.dispose()


@pytest.mark.parametrize("ending", [".xlsx", ".html", ".HTM"])
def test_the_package_of_a_file_is_saved_as_its_name_says(enterprise: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"政策包{ending}"
    result = huiqi("package", enterprise, "--on", "2024-06-30", "--out", out)
    assert result.exit_code == 0, result.output
    assert "2024年上半年：可以享受 8 项（80万元）" in result.output
    assert out.read_bytes().startswith(b"PK" if ending == ".xlsx" else b"<!doctype html>")


def test_the_package_of_a_stored_enterprise_is_that_of_its_file(stored: None, enterprise: Path, tmp_path: Path) -> None:
    assert MACHINERY.credit_code is not None
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    assert huiqi("package", enterprise, "--on", "2024-06-30", "--out", one).exit_code == 0
    result = huiqi("package", "--enterprise", MACHINERY.credit_code, "--on", "2024-06-30", "--out", other)
    assert result.exit_code == 0, result.output
    assert read(one.read_bytes()) == read(other.read_bytes())


@pytest.mark.parametrize("command", ["package", "cultivate"])
def test_a_region_comes_out_the_same_from_the_database_and_from_a_population(
    stored: None, population: Path, tmp_path: Path, command: str
) -> None:
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    common = ("--region", "延安市", "--on", "2024-06-30", "--out")
    from_database = huiqi(command, *common, one)
    assert from_database.exit_code == 0, from_database.output
    from_population = huiqi(command, *common, other, "--population", population)
    assert from_population.exit_code == 0, from_population.output
    assert from_database.output.replace("one", "other") == from_population.output
    assert read(one.read_bytes()) == read(other.read_bytes())
    assert "判断了 9 家" in str(cover(read(one.read_bytes()))["企业"][0])


def test_who_is_only_known_to_be_in_the_city_is_named_in_a_countys_package(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    said = [
        replace(each, profile=each.profile.with_fact("region", Observation(region)))
        for each, region in zip(statements(), ["610600", "610000", "610602", "610603"], strict=False)
    ]
    engine = connect(database_url)
    migrate(engine)
    with writing(engine) as session:
        record(session, said, bundled())
    engine.dispose()
    out = tmp_path / "out.xlsx"
    result = huiqi("package", "--region", "610602", "--on", "2024-06-30", "--out", out)
    assert result.exit_code == 0, result.output
    sheets = read(out.read_bytes())
    assert column(sheets["地区不够具体的企业"], "地区") == ["陕西省延安市", "陕西省"]
    assert "判断了 1 家" in str(cover(sheets)["企业"][0])


def test_a_population_that_knows_no_regions_leaves_everybody_unplaced(tmp_path: Path) -> None:
    folder, out = tmp_path / "population", tmp_path / "out.xlsx"
    table = table_of([MACHINERY], bundled(), years_of([MACHINERY]))
    with PopulationWriter(folder, made_up=True) as writer:
        writer.write(table.drop_columns(["region", "region.source"]))
    result = huiqi("cultivate", "--region", "610602", "--population", folder, "--on", "2024-06-30", "--out", out)
    assert result.exit_code == 0, result.output
    assert column(read(out.read_bytes())["地区不够具体的企业"], "企业") == [MACHINERY.name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["package", "--out", "a.xlsx"], "给出一种，只给一种"),
        (["package", "--region", "610602", "--enterprise", "1", "--out", "a.xlsx"], "给出一种，只给一种"),
        (["package", "--region", "610602"], "缺少选项"),
        (["package", "--region", "610602", "--out", "a.pdf"], "请以 .xlsx"),
        (["package", "--region", "610699", "--out", "a.xlsx"], "没有地区“610699”"),
        (["package", "--region", "宝塔", "--out", "a.xlsx"], "是否想写“宝塔区”"),
        (["package", "--region", "610602", "--on", "2024-13-01", "--out", "a.xlsx"], "日历上没有"),
        (["package", "--enterprise", "123", "--out", "a.xlsx"], "统一社会信用代码"),
        (["package", "--region", "610602", "--most", "0", "--out", "a.xlsx"], "不在范围"),
        (["package", "没有.json", "--out", "a.xlsx"], "不存在"),
        (
            ["package", "--enterprise", "91610602MAHQ0001X1", "--population", ".", "--out", "a.xlsx"],
            "要与 --region 合用",
        ),
        (["cultivate", "--out", "a.xlsx"], "缺少选项"),
        (["cultivate", "--region", "610602", "--out", "a"], "请以 .xlsx"),
        (["cultivate", "--region", "610602", "--population", ".", "--out", "a.xlsx"], "不是企业库快照"),
    ],
)
def test_mistakes_are_said_in_chinese_and_nothing_is_written(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = huiqi(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert not list(tmp_path.iterdir())


def test_who_is_not_stored_is_said(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert MACHINERY.credit_code is not None
    result = huiqi("package", "--enterprise", MACHINERY.credit_code, "--out", tmp_path / "a.xlsx")
    assert result.exit_code == 2
    assert f"数据库里没有统一社会信用代码为 {MACHINERY.credit_code} 的企业" in result.output


def test_a_file_that_cannot_be_written_is_said(enterprise: Path, tmp_path: Path) -> None:
    result = huiqi("package", enterprise, "--on", "2024-06-30", "--out", tmp_path / "no" / "such" / "folder.xlsx")
    assert result.exit_code == 1
    assert "请换一个能写的位置" in result.output


def test_a_database_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "oracle://nobody")
    result = huiqi("package", "--region", "610602", "--out", tmp_path / "a.xlsx")
    assert result.exit_code == 1
    assert result.output.startswith("错误：")
