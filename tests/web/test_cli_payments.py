"""``huiqi rounds`` and ``huiqi payments``: from the comparison to the ledger, by hands that are not the same."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from enterprises.database import connect
from enterprises.dictionary import bundled
from enterprises.snapshots import refresh
from recommender.grants.samples import CERAMICS, RETENTION
from tests.made_up_tables import write_csv
from web.cli.main import main
from web.setup import setup

ON = ("--on", "2024-06-30")
CLERK, CASHIER = ("--by", "clerk"), ("--by", "cashier")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("money")
    url = f"sqlite:///{folder / 'huiqi.db'}"
    setup(url, sample=True)
    engine = connect(url)
    refresh(engine, folder / "snapshots", bundled())
    engine.dispose()
    return folder


@pytest.fixture(autouse=True)
def place(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{prepared / 'huiqi.db'}")
    monkeypatch.setenv("HUIQI_FILES", str(prepared))
    yield


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_a_round_from_the_list_to_the_ledger(tmp_path: Path) -> None:
    made = said(
        *("rounds", "make", RETENTION, "--occasion", "2024年第二批", "--region", "610200", "--department", "市人社局"),
        *("--notice-days", "0", "--deemed", "第六条", "--consent-days", "0", "--budget", "1万元", *CLERK),
    ).strip()
    stated = tmp_path / "stated.csv"
    write_csv(stated, ("统一社会信用代码", "金额", "算法", "核定单位"), [(CERAMICS, "8000.01", "× 60%", "经办机构")])
    listing = ("rounds", "stated", made, str(stated), "--count", "1", *CLERK)
    assert "请核对" in said(*listing, "--total", "8000元", code=2)
    assert "已载入 1 家，8000.01元" in said(*listing, "--total", "8000.01元")
    assert "可以发放 1 家" in said("rounds", "compare", made, *CLERK, *ON)
    assert "待核对" in said("rounds", "advance", made, "submitted", *CLERK, *ON)
    assert "另一个人核对" in said("rounds", "advance", made, "checked", *CLERK, *ON, code=1)
    assert "落实 1 笔" in said("rounds", "advance", made, "checked", *CASHIER, *ON)
    assert "不能“开始公示”" in said("rounds", "advance", made, "noticed", *CASHIER, *ON, code=1)
    assert "落实 1 笔" in said("rounds", "advance", made, "asked", *CLERK, *ON)
    assert "核对无误（cashier）" in said("rounds", "show", made)
    assert f"{CERAMICS}" in said("rounds", "show", made, "--standing", "due")
    assert made in said("rounds", "list")
    assert "等企业确认" in said("payments", "outstanding", *ON)
    assert "视为同意 1 笔" in said("grants", "lapse", "--on", "2024-07-02")
    said("rounds", "advance", made, "closed", *CLERK)

    later = ("--on", "2024-07-02")
    grant = next(line.split()[0] for line in said("grants", "list", *later).splitlines() if "第二批" in line)
    assert "还没有收款账户" in said("payments", "due", "--region", "610200")
    assert "请选要付款的资金" in said("payments", "batch", "--region", "610203", *CLERK, *later, code=1)
    _give_account(grant)
    batch = said("payments", "batch", "--region", "610200", *CLERK, *later).split()[0]
    target = tmp_path / "payment.csv"
    assert "没有付款文件" in said("payments", "file", batch, str(target), code=1)
    assert "另一位财务人员" in said("payments", "release", batch, *CLERK, *later, code=1)
    assert "已放行" in said("payments", "release", batch, *CASHIER, *later)
    for name in ("payment.csv", "again.csv", "payment.xlsx"):
        said("payments", "file", batch, str(tmp_path / name))
    assert target.read_bytes() == (tmp_path / "again.csv").read_bytes()
    row = list(csv.reader(target.read_text(encoding="utf-8-sig").splitlines()))[1]
    result = tmp_path / "result.csv"
    header = ("付款编号", "金额（元）", "收款账号", "结果", "到账日期")
    write_csv(result, header, [(row[0], row[4], row[2], "成功", "2024-07-02")])
    booking = ("payments", "result", batch, str(result), "--count", "1", "--total", "8000.01元", *CLERK, *later)
    assert "到账 1 笔，退回 0 笔" in said(*booking)
    assert "到账 0 笔，退回 0 笔，以前登记过的 1 笔" in said(*booking)
    assert "银行结果已齐" in said("payments", "show", batch)
    assert batch in said("payments", "list")
    assert "都一致" in said("payments", "verify")
    assert "补记 0 笔" in said("payments", "book-missing", *CLERK)


def _give_account(grant: str) -> None:
    from datetime import date

    from enterprises.calendar import system_clock
    from enterprises.database import writing
    from enterprises.sealing import Seal, keys_of
    from recommender.grants.account import Account
    from recommender.grants.deeds import By, change_account

    engine = connect(os.environ["DATABASE_URL"])
    with writing(engine) as session:
        by = By("owner", system_clock(), date(2024, 7, 1))
        change_account(session, grant, Account("示例", "示例银行", "0200001234567"), by, Seal(keys_of()))
    engine.dispose()


def test_what_is_not_there_or_wrong_is_said() -> None:
    for arguments in (("rounds", "show", "0" * 32), ("payments", "show", "0" * 32)):
        assert "没有这个编号" in said(*arguments, code=2)
    asked = ("--occasion", "一", "--region", "610200", "--department", "甲", *CLERK)
    assert "没有事项" in said("rounds", "make", "d.1", *asked, code=2)
    assert "不是免申即享" in said("rounds", "make", "yanan-2023-private-economy.15", *asked, code=1)
    assert "不是金额" in said("rounds", "make", RETENTION, *asked, "--budget", "很多", code=2)
