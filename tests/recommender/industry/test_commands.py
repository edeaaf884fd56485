"""``huiqi industry``: what it says, in Chinese, for every kind of input."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from enterprises.credit_code import complete
from enterprises.database import connect, migrate, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.statements import Statement
from enterprises.tables import record
from recommender.industry import classifier
from recommender.industry.classifier import BadClassifier
from web.cli.industry import industry

DAY = date(2024, 6, 1)


def run(*arguments: str, database: str | None = None) -> Result:
    return CliRunner().invoke(industry, list(arguments), env={"DATABASE_URL": database} if database else None)


def test_a_guess_is_shown_with_how_sure_it_is() -> None:
    done = run("guess", "惠民大药房", "--scope", "药品零售；医疗器械零售")
    assert done.exit_code == 0
    assert "推断：批发和零售业/零售业/医药及医疗器材专门零售（525），把握 9" in done.stdout
    assert done.stdout.count("大类") == done.stdout.count("中类") == 3


def test_a_guess_as_json() -> None:
    plain = json.loads(run("guess", "--scope", "餐饮服务", "--json").stdout)
    assert plain["answer"]["code"] == "621"
    assert [each["level"] for each in plain["guesses"]] == ["division"] * 3 + ["group"] * 3
    assert plain["guesses"][0]["name"] == "住宿和餐饮业/餐饮业"
    assert json.loads(run("guess", "ABC", "--json").stdout) == {"model": plain["model"], "answer": None, "guesses": []}


@pytest.mark.parametrize("scope", ["😀😀", "hello world", "'; DROP TABLE x;--", "x" * 10_000])
def test_what_says_nothing_is_answered_so(scope: str) -> None:
    done = run("guess", "--scope", scope)
    assert (done.exit_code, done.stdout) == (0, "不能推断：从这些文字看不出做什么。请直接填写行业。\n")


def test_nothing_given_is_a_mistake() -> None:
    done = run("guess", " ")
    assert done.exit_code == 2
    assert "没有写名称，也没有写经营范围" in done.stderr


def test_a_damaged_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise BadClassifier("模型坏了", "请重新安装")

    monkeypatch.setattr(classifier, "load_classifier", fail)
    done = run("guess", "饭店")
    assert (done.exit_code, done.stderr) == (1, "错误：模型坏了。请重新安装\n")


def test_the_stored_get_their_industries_once(database_url: str) -> None:
    engine = connect(database_url)
    migrate(engine)
    profile = Profile(
        complete("91610602MAHQ90000"), "老王饭店", {"business_scope": Observation("餐饮服务", Source.REGISTER)}
    )
    with writing(engine) as session:
        record(session, [Statement(profile, Source.REGISTER, DAY, "登记")], bundled())
    engine.dispose()
    first = run("infer", "--on", "2024-06-30", database=database_url)
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("有经营范围的企业 1 家，推断出行业 1 家：新记 1 条，档案有变化 1 家")
    again = run("infer", "--on", "2024-07-30", database=database_url)
    assert "新记 0 条，档案有变化 0 家" in again.stdout
