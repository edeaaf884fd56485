"""``huiqi simulate``: what it prints, what its files hold, and errors that say how to mend them."""

import json
from pathlib import Path
from shutil import copy

import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result

from enterprises.dictionary import bundled
from enterprises.population import PopulationWriter, table_of
from enterprises.samples import SAMPLE_DAY, samples
from policies.library import FOLDER, bundled_library
from recommender.simulation.costs import Cost
from web.cli.simulate import simulate
from web.commands import Group
from web.printed.simulation_words import could_add, money, spent

main = Group("huiqi", commands=[simulate])
INVESTMENT = "yanan-2023-private-economy.15"
REVENUE = "yanan-2023-private-economy.33"


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population")
    with PopulationWriter(folder, made_up=True) as writer:
        writer.write(table_of(samples(), bundled()))
    return folder


def huiqi(*arguments: str | Path, on: str = SAMPLE_DAY.isoformat()) -> Result:
    given = ["simulate", *(str(argument) for argument in arguments), "--on", on]
    return CliRunner().invoke(main, given, env={"COLUMNS": "160"})


def draft(folder: Path, **changes: object) -> Path:
    """The clause on investments, changed, beside its document."""
    home = folder / "drafts"
    home.mkdir(exist_ok=True)
    copy(FOLDER / "yanan-2023-private-economy" / "document.yaml", home)
    fields = {**bundled_library().items[INVESTMENT].source, **changes}
    path = home / "15.yaml"
    path.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
    return path


def test_it_says_how_many_how_much_and_that_they_are_made_up(population: Path) -> None:
    told = huiqi(INVESTMENT, "--population", population)
    assert told.exit_code == 0, told.output
    plain = json.loads(huiqi(INVESTMENT, "--population", population, "--json").stdout)
    assert f"符合：{plain['result']['eligible']:,} 户" in told.output
    assert f"待补充：{plain['result']['undetermined']:,} 户" in told.output
    assert "虚构的示例企业" in told.output
    assert "门槛曲线：投资项目的固定资产投资" in told.output
    assert "100万元（现在）" in told.output


def test_the_page_holds_a_chart_and_the_same_points_as_a_table(population: Path, tmp_path: Path) -> None:
    out = tmp_path / "仿真.html"
    told = huiqi(INVESTMENT, "--population", population, "--json", "--out", out)
    (curve,) = json.loads(told.stdout)["curves"]
    page = BeautifulSoup(out.read_text("utf-8"), "html.parser")
    assert page.find("script") is None
    assert "default-src 'none'" in str(page.find("meta", {"http-equiv": "Content-Security-Policy"}))
    chart = page.find("svg")
    assert chart is not None
    assert len(chart.select("circle.sure")) == 2 * len(curve["points"])  # counts, and costs
    rows = [[cell.text for cell in row.select("td")] for row in page.select("table")[0].select("tbody tr")]
    assert [row[0].removesuffix("（现在）") for row in rows] == [point["words"] for point in curve["points"]]
    assert [row[1] for row in rows] == [f"{point['eligible']:,}" for point in curve["points"]]
    for circle in chart.select("circle"):
        assert 0 <= float(str(circle["cx"])) <= 720


def test_a_draft_is_compared_with_the_version_of_the_library(population: Path, tmp_path: Path) -> None:
    who = {"all": [{"entity_kind": {"is": "企业"}}, {"ownership": {"is": "民营"}}, {"any_record": _project("50万元")}]}
    told = huiqi(draft(tmp_path, who=who, version=2), "--population", population, "--json")
    change = json.loads(told.stdout)["change"]
    assert change["from"]["id"] == INVESTMENT
    before = json.loads(huiqi(INVESTMENT, "--population", population, "--json").stdout)
    assert before["change"] is None
    assert change["kept"] + change["lost"] == before["result"]["eligible"]
    assert change["before"] == {key: before["result"][key] for key in change["before"]}
    assert "与政策库第 1 版相比" in huiqi(draft(tmp_path, who=who), "--population", population).output


def _project(least: str) -> dict[str, object]:
    return {"of": "project", "where": {"fixed_asset_investment": {"at_least": least}}}


def test_a_rule_that_nobody_can_meet_is_said_to_be_one(population: Path, tmp_path: Path) -> None:
    both = [{"region": {"within": "610600"}}, {"region": {"within": "610800"}}, {"any_record": _project("50万元")}]
    told = huiqi(draft(tmp_path, who={"all": both}), "--population", population)
    assert "不可能同时满足，因此没有企业能符合" in told.output.replace("\n", "")


def test_only_the_thresholds_that_are_asked_for_are_drawn(population: Path) -> None:
    told = json.loads(huiqi(REVENUE, "--population", population, "--json", "--threshold", "revenue").stdout)
    assert [curve["present"] for curve in told["curves"]] == [10**11, 3 * 10**11, 5 * 10**11, 10**12]


def test_other_groups_are_listed_by_request(population: Path) -> None:
    assert "按行业门类" not in huiqi(INVESTMENT, "--population", population).output
    assert "按行业门类" in huiqi(INVESTMENT, "--population", population, "--by", "industry").output


def test_large_amounts_are_rounded_and_say_so() -> None:
    assert money(123_456_789_012) == "约12.35亿元"
    assert money(1_234_567) == "约1.23万元"
    assert money(12 * 10**10) == "12亿元"
    assert money(50) == "0.5元"


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Cost(), "—"),
        (Cost(2, 500, 500), "5元"),
        (Cost(2, 500, 700), "5元 至 7元"),
        (Cost(2, 500, 500, unbounded=1), "5元起，1 户没有上限"),
        (Cost(2, 500, 500, unpriced=1), "5元（1 户没有定价）"),
        (Cost(2, unpriced=2), "没有金额"),
    ],
)
def test_what_an_amount_does_not_hold_is_said_beside_it(cost: Cost, said: str) -> None:
    assert spent(cost) == said
    same = Cost(0, 0, 0, 0, 0, cost.eligible, cost.low, cost.unbounded, cost.unpriced)
    assert could_add(same) == said.removesuffix(" 至 7元")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["yanan-2023-private-economy.155"], "政策库里没有事项“yanan-2023-private-economy.155”"),
        (["没有.yaml"], "没有文件 没有.yaml"),
        ([INVESTMENT, "--threshold", "revenue"], "可以写：project.fixed_asset_investment"),
        ([INVESTMENT, "--out", "仿真.docx"], "请改成以 .html 结尾的文件名"),
    ],
)
def test_what_is_wrong_is_said_with_how_to_mend_it(population: Path, arguments: list[str], said: str) -> None:
    told = huiqi(*arguments, "--population", population)
    assert told.exit_code == 2
    assert said in told.output


def test_a_draft_needs_a_document_and_stacking_partners_that_there_are(population: Path, tmp_path: Path) -> None:
    path = draft(tmp_path, stacking=[{"operator": "highest", "object": "project", "items": ["nothing.1"]}])
    told = huiqi(path, "--population", population)
    assert told.exit_code == 2
    assert "事项“nothing.1”政策库里没有" in told.output
    alone = copy(draft(tmp_path, id="elsewhere-2024.15"), tmp_path / "15.yaml")
    told = huiqi(alone, "--population", population)
    assert told.exit_code == 2
    assert "请把 document.yaml 放在同一个文件夹里" in told.output


def test_a_folder_that_is_no_population_is_said_to_be_none(tmp_path: Path) -> None:
    told = huiqi(INVESTMENT, "--population", tmp_path)
    assert told.exit_code == 1
    assert "不是企业库快照" in told.output
