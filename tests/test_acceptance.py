"""What the product must answer rightly, asked as a user would: a profile file, a day, ``huiqi check``."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from web.cli.main import main

RENOVATION = "yanan-2023-private-economy.15"
MILESTONES = "yanan-2023-private-economy.33"
WAN = 10**6
"""One 万元, in 分."""

PRIVATE_INDUSTRY = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34"}


def check(tmp_path: Path, facts: dict[str, Any], on: str = "2024-06-30") -> dict[str, Any]:
    """What ``huiqi check --json`` says of an enterprise with these facts."""
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"name": "示例·检验", "facts": facts}, ensure_ascii=False), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(profile), "--on", on, "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def match(tmp_path: Path, item: str, facts: dict[str, Any], on: str = "2024-06-30") -> dict[str, Any]:
    """The match of one item."""
    (found,) = (one for one in check(tmp_path, facts, on)["matches"] if one["item"] == item)
    assert isinstance(found, dict)
    return found


def renovation(investment: str | None, **other: Any) -> dict[str, Any]:
    """A private industrial enterprise in 宝塔区 with one renovation project, or with other facts instead."""
    project = {"kind": "技术改造", **({"fixed_asset_investment": investment} if investment else {})}
    return {**PRIVATE_INDUSTRY, "project": [project], **other}


@pytest.mark.parametrize(
    ("investment", "amount"),
    [
        ("8000000元", 80 * WAN),
        ("12000000元", 100 * WAN),
        ("10000000元", 100 * WAN),
        ("9999999元", 99_999_990),
        ("1000000元", 10 * WAN),
        ("1000001元", 10_000_010),
    ],
)
def test_renovation_pays_a_tenth_up_to_a_million(tmp_path: Path, investment: str, amount: int) -> None:
    found = match(tmp_path, RENOVATION, renovation(investment))
    assert (found["verdict"], found["offered"]) == ("eligible", True)
    assert (found["benefit"]["low_fen"], found["benefit"]["high_fen"]) == (amount, amount)


def test_one_yuan_short_gets_nothing_and_is_told_so(tmp_path: Path) -> None:
    found = match(tmp_path, RENOVATION, renovation("999999元"))
    assert found["verdict"] == "ineligible"
    assert found["benefit"] is None
    (change,) = found["gap"]["changes"]
    assert "固定资产投资" in change["text"]
    assert "1元" in change["text"]
    assert "10万元" in found["gap"]["then"]


@pytest.mark.parametrize(
    "other",
    [{"ownership": "国有"}, {"region": "610802"}, {"industry": "51"}],
    ids=["state-owned", "榆林", "wholesaler"],
)
def test_renovation_is_for_private_industry_in_yanan(tmp_path: Path, other: dict[str, str]) -> None:
    assert match(tmp_path, RENOVATION, renovation("8000000元", **other))["verdict"] == "ineligible"


def test_an_unknown_investment_is_named(tmp_path: Path) -> None:
    found = match(tmp_path, RENOVATION, renovation(None))
    assert found["verdict"] == "undetermined"
    assert [ref["fact"] for ref in found["missing"]] == ["fixed_asset_investment"]
    assert (found["benefit"]["low_fen"], found["benefit"]["high_fen"]) == (10 * WAN, 100 * WAN)


def test_each_project_pays_for_itself(tmp_path: Path) -> None:
    projects = [{"kind": "技术改造", "fixed_asset_investment": amount} for amount in ("800万元", "1200万元", "99万元")]
    found = match(tmp_path, RENOVATION, {**PRIVATE_INDUSTRY, "project": projects})
    assert found["benefit"]["low_fen"] == 180 * WAN


def milestones(revenue: dict[str, str], **other: str) -> dict[str, Any]:
    return {**PRIVATE_INDUSTRY, "revenue": revenue, **other}


def test_a_milestone_pays_once(tmp_path: Path) -> None:
    years = {"before": "8亿元", "2022": "9.5亿元", "2023": "10亿元", "2024": "11亿元"}
    first = match(tmp_path, MILESTONES, milestones(years))
    assert (first["verdict"], first["benefit"]["low_fen"]) == ("eligible", 10 * WAN)
    assert match(tmp_path, MILESTONES, milestones(years), "2025-06-30")["verdict"] == "ineligible"


def test_a_dip_and_return_does_not_pay_again(tmp_path: Path) -> None:
    years = {"before": "8亿元", "2021": "10.1亿元", "2022": "9亿元", "2023": "12亿元"}
    assert match(tmp_path, MILESTONES, milestones(years))["verdict"] == "ineligible"
    peak_long_ago = {"before": "10亿元", "2022": "9亿元", "2023": "12亿元"}
    assert match(tmp_path, MILESTONES, milestones(peak_long_ago))["verdict"] == "ineligible"


@pytest.mark.parametrize(
    ("years", "missing"),
    [
        ({"before": "8亿元", "2021": "9亿元", "2023": "10.2亿元"}, ["2022"]),
        ({"2022": "9.5亿元", "2023": "10.2亿元"}, ["before_2022"]),
    ],
    ids=["gap", "time before the first year listed"],
)
def test_an_unknown_earlier_year_leaves_it_open(tmp_path: Path, years: dict[str, str], missing: list[str]) -> None:
    found = match(tmp_path, MILESTONES, milestones(years))
    assert found["verdict"] == "undetermined"
    assert [ref["year"] for ref in found["missing"] if ref["fact"] == "revenue"] == missing


def test_nothing_came_before_the_year_of_registration(tmp_path: Path) -> None:
    years = {"2022": "9.5亿元", "2023": "10.2亿元"}
    found = match(tmp_path, MILESTONES, milestones(years, registered_on="2022-03-01"))
    assert (found["verdict"], found["benefit"]["low_fen"]) == ("eligible", 10 * WAN)


def test_the_second_milestone_is_due_to_those_who_passed_the_first_long_ago(tmp_path: Path) -> None:
    years = {"before": "20亿元", "2022": "25亿元", "2023": "30亿元"}
    found = match(tmp_path, MILESTONES, milestones(years))
    assert (found["verdict"], found["benefit"]["low_fen"]) == ("eligible", 30 * WAN)


@pytest.mark.parametrize(
    ("on", "state"),
    [
        ("2023-04-28", "not_yet"),
        ("2023-04-29", "open"),
        ("2026-04-28", "open"),
        ("2026-04-29", "last_day"),
        ("2026-04-30", "expired"),
        ("2026-11-23", "expired"),
    ],
)
def test_yanans_plan_is_offered_only_while_it_is_in_force(tmp_path: Path, on: str, state: str) -> None:
    answer = check(tmp_path, renovation("8000000元"), on)
    yanan = [one for one in answer["matches"] if one["item"].startswith("yanan-2023-private-economy.")]
    assert next(one for one in yanan if one["item"] == RENOVATION)["window"]["state"] == state
    if state in ("not_yet", "expired"):
        assert not any(one["offered"] for one in yanan)
        kept = answer["certain"]["kept"] + answer["possible"]["kept"]
        assert not [one for one in kept if one["item"].startswith("yanan-")]
