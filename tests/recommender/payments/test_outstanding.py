"""应兑未兑: everybody who should have got money and has not is counted once, under what it waits for."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from enterprises.audit import AuditRow
from enterprises.audit import verify as verify_log
from enterprises.database import reading, writing
from enterprises.deeds import say
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, statements
from enterprises.snapshots import newest
from enterprises.tables import record
from policies.library import bundled_library
from policies.tables import store_library
from recommender.grants.account import Account
from recommender.grants.deeds import accept, change_account
from recommender.payments.batch_deeds import make_batch, release
from recommender.payments.outstanding import Why, not_compared, outstanding, waiting
from recommender.payments.results import apply_result
from recommender.payments.round_deeds import submit
from recommender.payments.rounds import counts, list_rounds
from recommender.payments.samples import store_sample_round
from recommender.payments.standings import Standing
from tests.made_up_payments import (
    AMOUNT,
    DAY,
    DEPARTMENT,
    FIXED,
    NO_NOTICE,
    SEAL,
    TOWN,
    asked,
    by,
    checked,
    item_of,
    listed,
    result,
)


def whys(session: Session, on: date = DAY) -> dict[Why, tuple[int, int]]:
    return {each.why: (each.count, each.amount) for each in outstanding(session, on)}


def test_it_is_said_what_each_waits_for(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        snapshot = newest(tmp_path / "snapshots", bundled())
        assert snapshot is not None
        (missed,) = not_compared(session, snapshot.population, [item_of(tmp_path)], DAY)
        assert (missed.item_id, missed.region, missed.why, missed.amount) == (
            *(FIXED, TOWN, Why.NOT_COMPARED, 5 * AMOUNT),
        )
        assert whys(session) == {}
        round_ = listed(session, tmp_path, SEAL, plan=replace(NO_NOTICE, budget=3 * AMOUNT))
        assert whys(session) == {Why.NOT_NOMINATED: (4, 4 * AMOUNT)}
        assert list(not_compared(session, snapshot.population, [item_of(tmp_path)], DAY)) == []
        grants = asked(session, round_, SEAL)
        assert whys(session) == {Why.BUDGET: (1, AMOUNT), Why.CONSENT: (3, 3 * AMOUNT)}
        assert whys(session, date(2024, 12, 31)) == {Why.BUDGET: (1, AMOUNT)}
        first, second, third = grants
        for grant in (first, second):
            change_account(session, grant.id, Account("甲", "乙", "123456"), by("owner"), SEAL)
            accept(session, grant.id, by("owner"), SEAL)
        assert whys(session)[Why.PAYMENT] == (2, 2 * AMOUNT)
        made = make_batch(session, [first.id, second.id], TOWN, "", by("clerk"), SEAL)
        release(session, made.id, made.revision, by("cashier"), SEAL)
        assert whys(session)[Why.BANK] == (2, 2 * AMOUNT)
        apply_result(session, made.id, result(session, made.id, returned=[first.id]), by("clerk"), SEAL)
        assert whys(session) == {
            Why.BUDGET: (1, AMOUNT),
            Why.CONSENT: (1, AMOUNT),
            Why.RETURNED: (1, AMOUNT),
        }
        assert {each.credit_code for each in waiting(session, DAY)} >= {third.credit_code}
        assert {each.department for each in outstanding(session, DAY, department=DEPARTMENT)} == {DEPARTMENT}
        assert outstanding(session, DAY, department="别的部门") == ()
        assert outstanding(session, DAY, region="610603") == ()
        assert sum(each.count for each in outstanding(session, DAY, region="610600")) == 3


def test_what_waits_for_the_second_person_and_for_whoever_asks(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        round_ = listed(session, tmp_path, SEAL)
        submitted = submit(session, round_.id, round_.revision, by(), SEAL)
        assert whys(session) == {Why.CHECK: (4, 4 * AMOUNT)}
        checked_ = listed(session, tmp_path, SEAL, occasion="另一次")
        checked(session, checked_, SEAL)
        assert whys(session) == {Why.CHECK: (8, 8 * AMOUNT)}
        assert submitted.state.label == "待核对"


def test_every_deed_is_noted_with_words_and_without_what_nobody_needs_to_know(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        asked(session, listed(session, tmp_path, SEAL), SEAL)
    with reading(engine) as session:
        rows = session.exec(select(AuditRow)).all()
        assert {"round.made", "round.compared", "round.submitted", "round.checked", "round.asked"} <= {
            row.action for row in rows
        }
        assert all(say(row.action) != row.action for row in rows)
        assert not any("amount" in row.detail or "0200000" in row.detail for row in rows)
        assert verify_log(session).wrong is None


def test_the_sample_round_is_stored_once(engine: Engine) -> None:
    with writing(engine) as session:
        library = bundled_library()
        store_library(session, library, SAMPLE_DAY)
        record(session, statements(), bundled())
        for _ in range(2):
            assert store_sample_round(session, library, SEAL)
            (round_,) = list_rounds(session, SEAL)
            found = counts(session, round_.id)
            assert (found[Standing.DUE].count, found[Standing.REFUSED].count) == (2, 1)
