"""``huiqi notify``: who belongs to an enterprise and asked for it finds a message in the inbox, once."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from enterprises.database import connect, reading, writing
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.sealing import Seal, new_key
from recommender.messages.inbox import letters
from recommender.messages.schedule import Frequency, Quiet, Schedule
from recommender.messages.subscribers import save
from recommender.messages.subscription import Subscription, Topic
from web.accounts.memberships import bind
from web.accounts.people import account_of, disable
from web.accounts.visitor import Role
from web.cli.notify import members, notify
from web.setup import setup

CODES = tuple(str(profile.credit_code) for profile in samples()[:3])
CODE = CODES[0]
MOMENT = datetime(2024, 6, 30, 1, tzinfo=UTC)
SEAL = Seal((new_key(),))


@pytest.fixture
def engine(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    setup(database_url, sample=True)
    engine = connect(database_url)
    yield engine
    engine.dispose()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(notify, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def somebody(engine: Engine, subject: str = "person", quiet: Quiet | None = None) -> str:
    """An account that belongs to three enterprises and asked for all of one."""
    with writing(engine) as session:
        account = account_of(session, "tests", subject, "王小明", SEAL, MOMENT).id
        for code in CODES:
            bind(session, account, code, Role.CLERK, "tests", MOMENT)
        wanted = Subscription(
            account, CODE, frozenset(Topic), schedule=Schedule(Frequency.AT_ONCE), quiet=quiet or Quiet()
        )
        save(session, wanted, SAMPLE_DAY, MOMENT, account)
    return account


def test_a_day_is_told_once_and_summed_up(engine: Engine) -> None:
    account = somebody(engine)
    assert run("--on", "2024-06-30").startswith("2024年6月30日：看了 3 家企业，写了 1 条站内消息，共 ")
    assert run("--on", "2024-06-30", "--store-only") == "2024年6月30日：看了 3 家企业，写了 0 条站内消息，共 0 项。\n"
    with reading(engine) as session:
        (letter,) = letters(session, CODE, account)
        assert letters(session, CODES[1], account) == ()
    assert letter.day == SAMPLE_DAY
    assert letter.lines[0].startswith("可以享受（")


def test_quiet_days_are_counted_and_regions_picked(engine: Engine) -> None:
    somebody(engine, quiet=Quiet(weekends=True))
    assert "1 份订阅今天不打扰" in run("--on", "2024-06-30")
    assert "看了 0 家企业" in run("--on", "2024-07-01", "--region", "榆林市")
    assert "写了 1 条" in run("--on", "2024-07-01", "--region", str(samples()[0].facts["region"].value))


def test_who_may_not_sign_in_any_more_is_not_told(engine: Engine) -> None:
    account = somebody(engine)
    with writing(engine) as session:
        disable(session, account, True, "tests", MOMENT)
        assert members(session, None) == {}
    assert "看了 0 家企业" in run("--on", "2024-06-30")


def test_mistakes_are_said_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    empty = CliRunner().invoke(notify, [])
    assert empty.exit_code == 1
    assert "请先运行 huiqi setup" in empty.output
    wrong = CliRunner().invoke(notify, ["--region", "火星"])
    assert wrong.exit_code == 2
    assert "没有地区“火星”" in wrong.output


def test_the_command_line_starts_without_what_telling_needs() -> None:
    code = "import sys, web.cli.notify; print(sorted({'sqlmodel', 'numpy', 'cryptography'} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
