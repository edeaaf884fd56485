"""Grants from an office's command line: only what is proven, each step once, and plain words where it cannot be."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enterprises.calendar import SHANGHAI
from enterprises.sealing import new_key
from recommender.grants.samples import CERAMICS, HIRING, PACKAGING, RETENTION
from web.cli.grants import ADVANCES
from web.cli.main import main
from web.setup import setup

DETAILS = """
stated: {amount: 8000元, steps: [80,000 元 × 10%], office: 某经办机构}
account: {holder: 示例, bank: 示例银行, number: "0200 0000 5678"}
"""
DAY = ("--on", "2024-06-30")


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("HUIQI_DATA_KEYS", new_key())
    monkeypatch.setattr("web.cli.money.system_clock", lambda: datetime(2024, 6, 30, 9, tzinfo=SHANGHAI))
    setup(url, sample=True)
    return url


@pytest.fixture
def details(tmp_path: Path) -> str:
    file = tmp_path / "details.yaml"
    file.write_text(DETAILS.replace("80,000 元 × 10%", '"80,000 元 × 10%"'), encoding="utf-8")
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("grants", *arguments), terminal_width=120)


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def offered(details: str, *more: str, code: str = CERAMICS, occasion: str = "2024年度") -> Result:
    asked = ("--occasion", occasion, "--confirm-by", "2024-07-31", "--details", details)
    return run("offer", RETENTION, code, *asked, *DAY, *more)


def test_from_the_offer_to_the_money(details: str) -> None:
    result = offered(details)
    assert result.exit_code == 0, result.output
    grant_id = result.output.split()[0]
    assert "8000元" in result.output
    assert "等您确认：截至 2024年7月31日" in result.output
    shown = said("show", grant_id, *DAY)
    assert "80,000 元 × 10%" in shown
    assert "尾号 5678" in shown
    assert "020000005678" not in shown
    assert "3. 2024年6月30日 09:00  请企业确认（operator）" in shown
    assert "不能“送银行付款”" in run("advance", grant_id, "paying", *DAY).output
    assert "原因：算错了" in said("advance", grant_id, "withdrawn", "--reason", "算错了", *DAY)
    assert "不能重复发放" in offered(details).output


def test_what_is_not_proven_is_not_offered(details: str) -> None:
    asked = ("--occasion", "2024年度", "--confirm-by", "2024-07-31", *DAY)
    for arguments, words in (
        ((HIRING, CERAMICS, *asked, "--details", details), "企业不符合"),
        ((RETENTION, CERAMICS, *asked), "请填写核定的金额和算法"),
        (("yanan-2023-private-economy.15", "91610602MAHQ0001X1", *asked), "不是免申即享"),
        (("d.1", CERAMICS, *asked), "没有事项"),
        ((RETENTION, "91610602766305271A", *asked), "没有企业"),
    ):
        result = run("offer", *arguments)
        assert result.exit_code != 0
        assert words in result.output
    assert "共 1 笔" in said("list", "--enterprise", CERAMICS, *DAY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stated: {amount: 八千, steps: [算法], office: 某机构}", "不是金额"),
        ("stated: {amount: 8000元, office: 某机构}", "steps"),
        ("account: {holder: 甲, bank: 乙, number: 12a}", "账号只能有数字"),
        ("accounts: {}", "accounts"),
    ],
)
def test_mistakes_in_the_details_are_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    result = offered(str(file))
    assert result.exit_code == 2
    assert words in result.output


def test_the_list_is_as_of_the_day(details: str) -> None:
    assert offered(details, "--deemed").exit_code == 0
    assert "共 1 笔" in said("list", "--state", "lapsed", *DAY)
    later = said("list", "--state", "lapsed", "--on", "2024-08-01")
    assert "共 3 笔" in later
    assert "视为同意" in said(
        "show", said("list", "--state", "accepted", "--on", "2024-08-01").split()[0], "--on", "2024-08-01"
    )
    assert "作废 0 笔，视为同意 0 笔。" in said("lapse", *DAY)
    assert "作废 2 笔，视为同意 1 笔。" in said("lapse", "--on", "2024-08-01")
    assert "作废 0 笔，视为同意 0 笔。" in said("lapse", "--on", "2024-08-01")


def test_money_comes_back_is_sent_again_and_arrives() -> None:
    grant_id = said("list", "--enterprise", PACKAGING, "--state", "paying", *DAY).split()[0]
    assert "--paid-on" in run("advance", grant_id, "paid", *DAY).output
    assert "--paid-on" in run("advance", grant_id, "returned", "--paid-on", "2024-06-29", *DAY).output
    assert "要写明原因" in run("advance", grant_id, "returned", *DAY).output
    assert "原因：户名不符" in said("advance", grant_id, "returned", "--reason", "户名不符", *DAY)
    said("advance", grant_id, "paying", *DAY)
    assert "还没到" in run("advance", grant_id, "paid", "--paid-on", "2024-07-01", *DAY).output
    assert "3000元 已于 2024年6月30日 转入尾号 9128 的账户" in said(
        "advance", grant_id, "paid", "--paid-on", "2024-06-30", *DAY
    )
    assert run("advance", grant_id, "paid", "--paid-on", "2024-06-30", *DAY).exit_code == 1


@pytest.mark.parametrize("arguments", [("show", "0" * 32), ("advance", "0" * 32, "checked")])
def test_an_id_that_is_none_is_said_to_be(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "没有这个编号" in result.output


def test_only_an_office_s_deeds_can_be_advanced() -> None:
    assert ADVANCES == ("checked", "noticed", "paying", "paid", "returned", "withdrawn", "recovered", "reopened")


def test_without_keys_that_fit_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_DATA_KEYS", "wrong")
    result = run("list")
    assert result.exit_code == 1
    assert "数据密钥" in result.output
