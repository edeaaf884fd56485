"""Accounts, officials, the audit log and keys on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from enterprises.audit import note
from enterprises.calendar import system_clock
from enterprises.credit_code import complete
from enterprises.database import connect, migrate, reading, writing
from enterprises.sealing import Seal, new_key
from web.accounts.appointments import Answer, take_up
from web.accounts.memberships import bind
from web.accounts.people import account_of
from web.accounts.sessions import begin_session, find_visitor
from web.accounts.visitor import Role
from web.cli.main import main

FIRM = complete("91610602766305271")


def huiqi(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, terminal_width=120)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def seal(monkeypatch: pytest.MonkeyPatch) -> Seal:
    key = new_key()
    monkeypatch.setenv("HUIQI_DATA_KEYS", key)
    return Seal([key])


@pytest.fixture
def account(url: str, seal: Seal) -> tuple[str, str]:
    """An account and the secret of its session."""
    engine = connect(url)
    with writing(engine) as session:
        number = account_of(session, "https://tests.invalid", "person", "王小明", seal, system_clock()).id
        bind(session, number, FIRM, Role.OWNER, "tests", system_clock())
        secret = begin_session(session, number, system_clock())
    engine.dispose()
    return number, secret


def has_session(url: str, secret: str, seal: Seal) -> bool:
    engine = connect(url)
    with reading(engine) as session:
        found = find_visitor(session, secret, seal, system_clock())
    engine.dispose()
    return found is not None


def test_accounts_are_listed_with_their_names_masked(account: tuple[str, str]) -> None:
    said = huiqi("accounts", "list").output
    assert account[0] in said
    assert "王**" in said
    assert "小明" not in said
    assert f"{FIRM} 负责人" in said
    assert "共 1 个账户。" in said


def test_an_account_is_shut_out_and_let_in_again(url: str, seal: Seal, account: tuple[str, str]) -> None:
    number, secret = account
    assert has_session(url, secret, seal)
    assert "已停用" in huiqi("accounts", "disable", number).output
    assert not has_session(url, secret, seal)
    assert "早已停用" in huiqi("accounts", "disable", number).output
    assert "（已停用）" in huiqi("accounts", "list").output
    assert "已恢复" in huiqi("accounts", "enable", number).output
    assert not has_session(url, secret, seal)  # the old session stays ended
    said = huiqi("audit", "list", "--about", number).output
    assert [line.split("  ")[-1] for line in said.splitlines()] == ["恢复账户", "停用账户"]


def test_an_account_is_signed_out_everywhere(url: str, seal: Seal, account: tuple[str, str]) -> None:
    assert huiqi("accounts", "sign-out", account[0]).exit_code == 0
    assert not has_session(url, account[1], seal)


@pytest.mark.parametrize("command", ["disable", "enable", "sign-out"])
def test_an_account_that_there_is_not_is_said(url: str, command: str) -> None:
    result = huiqi("accounts", command, "nobody")
    assert result.exit_code == 2
    assert "没有编号为 nobody 的账户" in result.output


def test_the_audit_log_is_found_whole_and_its_last_digest_can_be_kept(url: str, account: tuple[str, str]) -> None:
    huiqi("accounts", "sign-out", account[0])
    said = huiqi("audit", "verify")
    assert said.exit_code == 0
    assert "审计日志完整，共 1 条" in said.output
    known = said.output.strip().rsplit("：", 1)[1]
    assert huiqi("audit", "verify", "--known", known).exit_code == 0
    change(url, "DELETE FROM audit")
    missing = huiqi("audit", "verify", "--known", known)
    assert missing.exit_code == 1
    assert "末尾缺了" in missing.output


def test_an_audit_log_that_was_changed_is_said_to_be_with_exit_status_1(url: str) -> None:
    engine = connect(url)
    with writing(engine) as session:
        for _ in range(3):
            note(session, actor="甲", action="a.b", about=FIRM, moment=system_clock())
    engine.dispose()
    change(url, "UPDATE audit SET actor = '乙' WHERE number = 2")
    result = huiqi("audit", "verify")
    assert result.exit_code == 1
    assert "第 2 条被改动过。前 1 条完好" in result.output


@pytest.mark.parametrize("known", ["5", "x:y", f"1:{'g' * 64}"])
def test_a_digest_that_is_none_is_refused(url: str, known: str) -> None:
    assert huiqi("audit", "verify", "--known", known).exit_code == 2


def test_a_new_key_is_one_that_seals() -> None:
    key = huiqi("keys", "new").output.strip()
    assert Seal([key]).open(Seal([key]).close("王小明")) == "王小明"
    assert huiqi("keys", "new").output.strip() != key


def change(url: str, statement: str) -> None:
    engine = connect(url)
    with writing(engine) as session:
        session.connection().execute(text(statement))
    engine.dispose()


# ------------------------------------------------------------------ officials

POST = ("--duty", "finance", "--region", "610600", "--department", "市财政局")


def test_the_first_officials_are_appointed_and_dismissed_here(url: str, account: tuple[str, str]) -> None:
    number = account[0]
    assert "已任命：财务，陕西省延安市，市财政局。" in huiqi("officials", "appoint", number, *POST).output
    assert "没有变化" in huiqi("officials", "appoint", number, *POST).output
    for duty in ("editor", "reviewer"):
        huiqi("officials", "appoint", number, "--duty", duty, "--region", "610600")
    said = huiqi("officials", "list").output
    assert "王**" in said
    assert "财务，陕西省延安市，市财政局" in said
    assert "注意：政策编辑和政策审核由一个人兼任" in said
    assert "已终止" in huiqi("officials", "dismiss", number, *POST).output
    assert "没有变化" in huiqi("officials", "dismiss", number, *POST).output
    assert "终止职责" in huiqi("audit", "list", "--about", number).output


def test_a_code_for_the_first_administrator_gives_the_post(url: str, account: tuple[str, str]) -> None:
    said = huiqi("officials", "code", "--duty", "administrator", "--region", "610000").output
    assert "系统管理，陕西省，所有部门" in said
    engine = connect(url)
    with writing(engine) as session:
        taking = take_up(session, account[0], said.split()[0], system_clock())
    engine.dispose()
    assert taking.answer is Answer.APPOINTED


@pytest.mark.parametrize(
    "wrong",
    [
        ("appoint", "nobody", *POST),
        ("code", "--duty", "finance", "--region", "619999"),
        ("code", "--duty", "king", "--region", "610000"),
        ("code", "--duty", "finance", "--region", "610000", "--department", "长" * 61),
    ],
)
def test_what_makes_no_post_is_refused(url: str, wrong: tuple[str, ...]) -> None:
    assert huiqi("officials", *wrong).exit_code == 2
    assert "共 0 位" in huiqi("officials", "list").output
