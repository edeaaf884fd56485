"""The enterprises' own files on the command line: who says what, since when, and what does not agree."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from enterprises.credit_code import complete
from enterprises.database import connect, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.samples import samples
from enterprises.statements import Statement
from enterprises.tables import record
from web.cli.enterprises import enterprises
from web.setup import setup

CODE = complete("91610602MAHQ70000")
OTHER = complete("91610602MAHQ70001")
MARCH, MAY = date(2024, 3, 20), date(2024, 5, 31)


def told(source: Source, day: date, origin: str, code: str = CODE, **facts: Any) -> Statement:
    known = {name: Observation(value, source, day) for name, value in facts.items()}
    return Statement(Profile(code, f"检验[bold]{code[-2:]}", known), source, day, origin)


def revenue(source: Source, day: date, year: int, fen: int) -> Statement:
    series = {"revenue": Series({year: Observation(fen, source, day)})}
    return Statement(Profile(CODE, None, {}, series, {"violation": ()}), source, day, "税务.xlsx 第 2 行")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    setup(url, sample=True)
    project = Record("project", {"kind": Observation("新建", Source.DECLARED, MARCH)})
    statements = [
        told(Source.DECLARED, MARCH, "网页填报", employees=12, region="610602", five_above_status="准“五上”"),
        Statement(Profile(CODE, None, {}, {}, {"project": (project,)}), Source.DECLARED, MARCH, "网页填报"),
        revenue(Source.TAX, MARCH, 2023, 150),
        told(Source.STATISTICS, MAY, "统计.csv 第 9 行", employees=10, five_above_status="新入库"),
        told(Source.REGISTER, MARCH, "登记.csv 第 3 行", OTHER, region="610602", five_above_status="在库"),
        told(Source.REGISTER, MAY, "登记.csv 第 4 行", OTHER, five_above_status="退库"),
    ]
    engine = connect(url)
    with writing(engine) as session:
        record(session, statements, bundled())
    engine.dispose()
    return url


def huiqi(*arguments: str) -> Result:
    return CliRunner().invoke(enterprises, arguments, terminal_width=120)


def said(*arguments: str) -> str:
    result = huiqi(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def plain(*arguments: str) -> Any:
    return json.loads(said(*arguments, "--json"))


@pytest.mark.usefixtures("url")
class TestWithData:
    def test_list_says_how_many_there_are_and_finds_by_name_and_region(self) -> None:
        assert f"共 {len(samples()) + 2} 家，列出前 3 家" in said("list", "--limit", "3")
        assert len(plain("list")["enterprises"]) == plain("list")["total"] == len(samples()) + 2
        found = plain("list", "检验", "--region", "宝塔区")
        assert [each["credit_code"] for each in found["enterprises"]] == sorted([CODE, OTHER])
        assert plain("list", "--region", "西安市", "检验") == {"total": 0, "enterprises": []}
        assert "检验[bold]" in said("list", "检验")

    def test_a_percent_sign_in_the_word_is_a_percent_sign(self) -> None:
        assert plain("list", "%")["total"] == 0

    @pytest.mark.parametrize("words", [["宝塔区", "机械"], ["baotaqu", "jixie"], ["91610602MAHQ0001X1"]])
    def test_find_takes_parts_of_a_name_pinyin_and_codes(self, words: list[str]) -> None:
        assert "91610602MAHQ0001X1  示例·宝塔区机械制造有限公司" in said("find", *words)
        assert plain("find", *words)["enterprises"][0]["credit_code"] == "91610602MAHQ0001X1"

    def test_find_says_what_is_no_question_and_what_is_too_little(self) -> None:
        assert huiqi("find", "a").exit_code == 2
        assert "太短了" in huiqi("find", "a").output
        assert plain("find", "无此企业") == {"more": False, "enterprises": []}

    def test_show_gives_each_value_with_whose_it_is_and_why(self) -> None:
        output = said("show", CODE)
        for words in ("检验[bold]", "收到 4 次报送，2 处互相矛盾", "1.5元", "“统计”比“企业填报”可靠", "相同：企业填报"):
            assert words in output
        assert "  采用 从业人数：10人（统计，2024年5月31日；统计.csv 第 9 行）\n" in output
        assert "  不同 从业人数：12人（企业填报，2024年3月20日；网页填报）\n" in output

    def test_show_as_json_has_every_value_and_what_others_say(self) -> None:
        found = plain("show", CODE)
        assert (found["credit_code"], found["name"]) == (CODE, f"检验[bold]{CODE[-2:]}")
        employees = next(each for each in found["known"] if each["fact"] == "employees")
        assert (employees["value"], employees["source"], employees["observed_on"]) == ("10", "statistics", "2024-05-31")
        assert [(other["value"], other["source"]) for other in employees["others"]] == [("12", "declared")]
        revenue = next(each for each in found["known"] if each["fact"] == "revenue")
        assert (revenue["period"], revenue["value"], revenue["label"]) == ("2023", "1.5元", "营业收入（2023 年）")
        lists = {each["fact"]: each["value"] for each in found["known"] if isinstance(each["value"], list)}
        assert lists["violation"] == []
        assert lists["project"][0]["kind"]["value"] == "新建"
        assert {each["fact"] for each in found["conflicts"]} == {"employees", "five_above_status"}

    def test_show_as_of_a_day_knows_nothing_of_what_came_later(self) -> None:
        employees = [
            next(each["value"] for each in plain("show", CODE, "--as-of", day)["known"] if each["fact"] == "employees")
            for day in ("2024-03-20", "2024-05-30", "2024-05-31")
        ]
        assert employees == ["12", "12", "10"]
        early = huiqi("show", CODE, "--as-of", "2024-03-19")
        assert early.exit_code == 1
        assert "最早收到于 2024年3月20日" in early.output

    def test_history_keeps_every_word(self) -> None:
        output = said("history", CODE)
        for words in ("网页填报", "税务.xlsx 第 2 行", "统计.csv 第 9 行", "从业人数", "投资项目"):
            assert words in output
        of_one_fact = [(each["statement"], each["value"]) for each in plain("history", CODE, "从业人数")]
        assert of_one_fact == [(1, "12"), (4, "10")]
        assert "12人" in said("history", CODE, "employees")
        assert [each["value"] for each in plain("history", CODE, "企业名称")] == [f"检验[bold]{CODE[-2:]}"] * 2
        assert len(plain("history", CODE)) == 10

    def test_conflicts_are_listed_for_a_person_and_line_by_line_for_a_program(self) -> None:
        output = said("conflicts")
        assert "共 2 处矛盾。" in output
        assert "12人" in output
        assert "共 2 处矛盾，列出前 1 处" in said("conflicts", "--limit", "1")
        lines = [json.loads(line) for line in said("conflicts", "--json").splitlines()]
        assert [(each["credit_code"], each["fact"]) for each in lines] == [
            (CODE, "employees"),
            (CODE, "five_above_status"),
        ]
        assert lines[0]["believed"]["value"] == "10"
        assert [other["value"] for other in lines[0]["others"]] == ["12"]
        (only,) = said("conflicts", CODE, "--region", "610600", "--fact", "从业人数", "--json").splitlines()
        assert json.loads(only) == lines[0]
        assert said("conflicts", "--region", "西安市") == "没有互相矛盾的数据。\n"

    def test_tiers_of_one_enterprise_with_what_is_missing(self) -> None:
        output = said("tiers", CODE, "--on", "2024-06-30", "--since", "2024-04-01")
        for words in ("“五上”企业", "入统状态：新入库", "资质认定", "“五上”企业库：新入库"):
            assert words in output
        found = plain("tiers", CODE, "--on", "2024-05-01")
        answers = {each["tier"]: each["answer"] for each in found["tiers"]}
        assert (answers["“五上”企业"], answers["准“五上”企业"], answers["高新技术企业"]) == (False, True, None)
        assert found["register_change"] is None

    def test_who_has_entered_and_left_the_register_between_two_days(self) -> None:
        asked = ("tiers", "--since", "2024-05-01", "--on", "2024-05-31")
        found = plain(*asked)
        assert [each["credit_code"] for each in found["新入库"]] == [CODE]
        assert [each["credit_code"] for each in found["退库"]] == [OTHER]
        assert (found["since"], found["on"], found["unknown"]) == ("2024-05-01", "2024-05-31", 0)
        output = said(*asked)
        assert "新入库：1 家" in output
        assert "退库：1 家" in output
        # The day before, nothing had been received of it; and of those first heard of since, it is not known.
        assert plain("tiers", "--since", "2024-05-01", "--on", "2024-05-30")["新入库"] == []
        assert plain("tiers", "--since", "2024-05-01", "--on", "2024-06-30")["unknown"] == len(samples())
        assert plain(*asked, "--region", "西安市")["退库"] == []

    @pytest.mark.parametrize(
        ("arguments", "exit_code", "words"),
        [
            (("show", "123"), 2, "应为18位"),
            (("show", complete("91610602MAHQ79999")), 1, "企业库里没有"),
            (("show", CODE, "--as-of", "昨天"), 2, "“昨天”不是日期"),
            (("history", CODE, "从业人员数"), 2, "是否想写“从业人数”"),
            (("conflicts", "--fact", "size"), 2, "没有指标“size”"),
            (("conflicts", "--region", "宝塔"), 2, "没有地区“宝塔”"),
            (("conflicts", "--limit", "0"), 2, "不在范围"),
            (("tiers",), 2, "请写企业的统一社会信用代码"),
            (("tiers", CODE, "--region", "宝塔区"), 2, "不要再写 --region"),
            (("tiers", CODE, "--since", "2024-06-30", "--on", "2024-06-30"), 2, "须早于"),
        ],
    )
    def test_a_mistake_is_said_in_chinese(self, arguments: tuple[str, ...], exit_code: int, words: str) -> None:
        result = huiqi(*arguments)
        assert (result.exit_code, words in result.output) == (exit_code, True), result.output

    def test_a_code_is_understood_as_people_type_it(self) -> None:
        assert plain("show", f" {CODE[:8].lower()} {CODE[8:].lower()}")["credit_code"] == CODE


def test_samples_are_stored_once_as_statements(url: str) -> None:
    before = said("list", "--json")
    setup(url, sample=True)
    assert said("list", "--json") == before
    sample = json.loads(before)["enterprises"][0]["credit_code"]
    assert {each["statement"] for each in plain("history", sample)} == {1}
    assert {each["origin"] for each in plain("history", sample)} == {"示例"}


def test_a_database_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somebody:secret@db/huiqi")
    result = huiqi("list")
    assert result.exit_code == 1
    assert "不支持数据库“mysql”" in result.output
    assert "secret" not in result.output


def test_an_empty_database_has_no_enterprises_and_no_conflicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    assert said("list") == "共 0 家。\n"
    assert said("conflicts") == "没有互相矛盾的数据。\n"
