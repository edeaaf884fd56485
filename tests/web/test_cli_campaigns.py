"""``huiqi worker`` and ``huiqi campaigns``: a campaign from the command line of an office."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import select

from enterprises.database import connect, migrate, reading, writing
from enterprises.samples import SAMPLE_DAY
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.states import State
from recommender.campaigns.tables import DeliveryRow
from recommender.channels.letters import Permanent
from tests.recommender.campaigns.made_up import CODES, DAY, FIRM, Office, prepare
from tests.recommender.campaigns.test_planning import due
from web.cli.main import main
from web.folders import snapshots_folder


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("HUIQI_FILES", str(tmp_path / "files"))
    engine = connect(url)
    migrate(engine)
    prepare(engine)
    yield Office(engine, snapshots_folder(tmp_path / "files"))
    engine.dispose()


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_a_worker_plans_and_sends_what_was_approved(office: Office) -> None:
    campaign_id = office.started(replace(office.content(FIRM), channels=("inbox",)))
    assert "现在能做的都做完了" in said("worker", "--once", "--on", DAY.isoformat(), "--name", "测试")
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
        states = set(session.exec(select(DeliveryRow.state)))
    assert campaign.planned is not None
    assert campaign.planned.pushes == len(due(office.content(FIRM, only_new=False)))
    assert states <= {"sent", "held"}, "it depends on the day whether anybody may be disturbed"
    shown = said("campaigns", "show", str(campaign_id))
    assert "测试（陕西省延安市）" in shown and "d-2024.1（第 1 版）" in shown and "名单列好，开始发送" in shown
    assert "后台进程 测试:" in said("campaigns", "list")


def test_a_worker_of_a_sample_set_up_judges_by_the_day_of_its_pages(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    said("worker", "--once", "--sample")
    with reading(office.engine) as session:
        planned = load_campaign(session, campaign_id).planned
    assert planned is not None and planned.as_of == SAMPLE_DAY


def test_an_estimate_changes_nothing(office: Office) -> None:
    campaign_id = office.approved(office.content(FIRM))
    assert "12 家企业、12 项、12 条消息，金额 60万元" in said(
        "campaigns", "estimate", str(campaign_id), "--on", DAY.isoformat()
    )
    with reading(office.engine) as session:
        assert load_campaign(session, campaign_id).state is State.APPROVED


def test_it_is_stopped_and_goes_on(office: Office) -> None:
    campaign_id = str(office.approved(office.content(FIRM)))
    assert "先列名单" in said("campaigns", "start", campaign_id, "--by", "007")
    assert "不能“暂停”" in said("campaigns", "pause", campaign_id, "--by", "007", code=1)
    office.worker().step()
    assert "已暂停" in said("campaigns", "pause", campaign_id, "--by", "007")
    assert "已继续" in said("campaigns", "resume", campaign_id, "--by", "007")
    assert "要写明原因" in said("campaigns", "cancel", campaign_id, "--by", "007", code=1)
    assert "已取消" in said("campaigns", "cancel", campaign_id, "--by", "007", "--reason", "写错了")
    assert "写错了" in said("campaigns", "show", campaign_id)


def test_dead_letters_are_listed_and_sent_again(office: Office) -> None:
    campaign_id = str(office.started(office.content(FIRM, codes=CODES[:4])))
    assert "没有发送失败" in said("campaigns", "dead", campaign_id)
    office.wire.answer = lambda _: Permanent("地址不存在")
    office.worker().run_dry()
    listed = said("campaigns", "dead", campaign_id)
    assert "地址不存在" in listed and "共列出 2 条" in listed
    first = listed.split()[0]
    assert "1 条消息会再发送" in said("campaigns", "retry", campaign_id, first, "--by", "007")
    assert "1 条消息会再发送" in said("campaigns", "retry", campaign_id, "--by", "007")


@pytest.mark.parametrize("command", ["show", "estimate", "dead"])
def test_a_campaign_that_is_not_there_is_said_to_be_so(office: Office, command: str) -> None:
    assert "没有这个编号" in said("campaigns", command, "7", code=2)


def test_without_campaigns_there_is_nothing_to_do(office: Office) -> None:
    assert "还没有批量推送" in said("campaigns", "list")
    assert "都做完了" in said("worker", "--once")
    with writing(office.engine) as session:
        assert not session.exec(select(DeliveryRow)).all()
