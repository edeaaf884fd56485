"""Whatever anybody does in whatever order: the ledger's sums match to the 分, and nothing is paid twice."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from enterprises.database import writing
from recommender.grants.deeds import accept, change_account, decline, lapse, perform, reopen, report_account
from recommender.grants.grants import list_grants
from recommender.grants.states import Deed, Refused, State
from recommender.payments.batch_deeds import make_batch, release, withdraw
from recommender.payments.batches import list_batches, load_lines
from recommender.payments.ledger import Key, LedgerKind, entries, sums
from recommender.payments.outstanding import outstanding
from recommender.payments.recovery import RecoveryState, approve, correct, demand, lift, receive, recoveries
from recommender.payments.results import ResultFile, apply_result
from recommender.payments.rulings import ask_again
from recommender.payments.sheets import BadList
from recommender.payments.verifying import verify
from tests.made_up_payments import DAY, SEAL, TOWN, account, asked, batch, by, listed, result

ACTORS = ("one", "other")
DEEDS = (
    *("accept", "decline", "account", "report", "lapse", "reopen", "again", "withdraw-grant"),
    *("make", "make", "release", "release", "drop", "result", "result", "result"),
    *("demand", "demand", "approve", "receive", "receive", "correct", "lift"),
)
STEPS = 80


class _Everything:
    """Does one of all deeds to one of all things there are, whether it can be done or not."""

    def __init__(self, session: Session, ids: list[str]) -> None:
        self.session, self.ids = session, ids

    def do(self, deed: str, number: int, actor: str, seed: int) -> None:
        session, grant, who = self.session, self.ids[number], by(actor)
        batches = list_batches(session)
        chosen = batches[0 if seed % 3 else seed % len(batches)] if batches else None
        demands = recoveries(session, SEAL)
        demanded = demands[0 if seed % 3 else seed % len(demands)] if demands else None
        match deed:
            case "accept":
                accept(session, grant, who, SEAL)
            case "decline":
                decline(session, grant, "不要", who, SEAL)
            case "account":
                change_account(session, grant, account(seed % 100), who, SEAL)
            case "report" if seed % 8 == 0:
                report_account(session, grant, "不对", who, SEAL)
            case "lapse" if seed % 8 == 0:
                lapse(session, DAY + timedelta(days=30), who.moment)
            case "reopen":
                reopen(session, grant, "再办", who, SEAL)
            case "again":
                ask_again(session, grant, who, SEAL)
            case "withdraw-grant" if seed % 8 == 0:
                perform(session, grant, Deed.WITHDRAW, who, SEAL, "撤回")
            case "make":
                wanted = [name for place, name in enumerate(self.ids) if seed >> place & 1] or [grant]
                make_batch(session, wanted, TOWN, "", who, SEAL)
            case "release" if chosen is not None:
                release(session, chosen.id, chosen.revision, who, SEAL)
            case "drop" if chosen is not None:
                withdraw(session, chosen.id, chosen.revision, "重来", who, SEAL)
            case "result" if chosen is not None:
                returned = [line.grant_id for line in load_lines(session, chosen.id) if seed >> line.line & 1]
                said = result(session, chosen.id, returned).outcomes
                file = ResultFile(said[: 1 + seed % len(said)], f"{seed:064}")
                apply_result(session, chosen.id, file, who, SEAL)
            case "demand":
                demand(session, grant, 1 + seed * 31 % 1_000_000, "查出不符合", DAY, who, SEAL)
            case "approve" if demanded is not None:
                approve(session, demanded.id, who, SEAL)
            case "receive" if demanded is not None:
                left = demanded.amount - demanded.received
                receive(session, demanded.id, left if seed % 2 else 1 + left // 2, DAY, who, SEAL)
            case "correct":
                found = [entry for entry in entries(session, SEAL) if entry.kind is LedgerKind.RECOVERED]
                if found:
                    correct(session, found[seed % len(found)].number, "记错了", who, SEAL)
            case "lift" if demanded is not None:
                lift(session, demanded.id, "查清了", who, SEAL)


def check(session: Session, ids: list[str]) -> None:
    assert verify(session) == ()
    grants, booked = list_grants(session, SEAL), entries(session, SEAL, limit=10_000)
    for grant in grants:
        own = [entry for entry in booked if entry.about.grant_id == grant.id]
        paid = [entry for entry in own if entry.kind is LedgerKind.PAID]
        assert len(paid) == (grant.state in (State.PAID, State.RECOVERED))
        assert sum(entry.change for entry in own) >= 0
        lines = [line for each in list_batches(session) for line in load_lines(session, each.id)]
        standing = [line for line in lines if line.grant_id == grant.id and line.state in ("open", "paid")]
        assert len(standing) <= 1
    total = sum(entry.change for entry in booked)
    assert total == (booked[0].balance if booked else 0)
    for key in Key:
        assert sum(each.net for each in sums(session, key)) == total
    back = {RecoveryState.SETTLED, RecoveryState.DEMANDED, RecoveryState.LIFTED}
    received = sum(each.received for each in recoveries(session, SEAL) if each.state in back)
    assert sum(entry.amount for entry in booked if entry.kind is LedgerKind.PAID) - total == received
    waiting = sum(each.count for each in outstanding(session, DAY))
    over = (State.PAID, State.RECOVERED, State.DECLINED, State.LAPSED, State.WITHDRAWN)
    assert waiting == sum(grant.state_on(DAY) not in over for grant in grants)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(seed=st.integers(0, 2**32))
def test_the_sums_always_match(engine: Engine, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with pytest.raises(_Undone), writing(engine) as session:
        ids = sorted(grant.id for grant in asked(session, listed(session, tmp_path, SEAL), SEAL))
        everything = _Everything(session, ids)
        for number, name in enumerate(ids[:3]):
            change_account(session, name, account(number), by("owner"), SEAL)
            accept(session, name, by("owner"), SEAL)
        first = batch(session, ids[:2], SEAL)
        apply_result(session, first.id, result(session, first.id), by("one"), SEAL)
        for _ in range(STEPS):
            step = (chance.choice(DEEDS), chance.randrange(4), chance.choice(ACTORS), chance.randrange(2**16))
            try:
                with session.begin_nested():
                    everything.do(*step)
            except (Refused, BadList) as refusal:
                assert str(refusal)
        check(session, ids)
        raise _Undone


class _Undone(Exception):
    """Everything is as it was for the next example."""
