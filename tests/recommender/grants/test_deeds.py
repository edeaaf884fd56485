"""Grants in the database, on SQLite and PostgreSQL: each change once, with its line in the history, or not at all."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from enterprises.audit import AuditRow
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.sealing import Seal, new_key
from policies.library import Library, bundled_library
from policies.tables import load_item, store_library
from recommender.explanation import Explanation, explain
from recommender.explanation_json import recompute
from recommender.grants.account import Account
from recommender.grants.deeds import (
    LONGEST_REASON,
    By,
    Lapsed,
    accept,
    change_account,
    decline,
    lapse,
    perform,
    report_account,
    settle,
)
from recommender.grants.entitlement import NotEntitled, Stated, entitlement
from recommender.grants.grants import SEALED, Grant, grants_of, list_grants, load_grant, replay
from recommender.grants.offers import LONGEST_OCCASION, AlreadyGranted, find_grant, nominate, offer
from recommender.grants.samples import CERAMICS, HIRING, RETENTION, store_samples
from recommender.grants.states import (
    Consent,
    Deed,
    NoAccount,
    NoReason,
    NoSuchGrant,
    NotNow,
    Refused,
    State,
    TooEarly,
    TooLate,
)
from recommender.grants.sums import Waiting, totals, waiting
from recommender.grants.tables import GrantEventRow, GrantRow
from recommender.tables import ExplanationRow, load_explanation

DICTIONARY = bundled()
SEAL = Seal((new_key(),))
NOW = datetime(2024, 6, 30, 2, tzinfo=UTC)
LAST = SAMPLE_DAY + timedelta(days=10)
STATED = Stated(4_320_000, ("72,000 元 × 60%",), "经办机构")
ACCOUNT = Account("示例", "示例银行", "020000001234")
PROFILE = next(each for each in samples() if each.credit_code == CERAMICS)
DOCUMENT = bundled_library().items[RETENTION].document
LIBRARY = Library(
    {DOCUMENT.id: DOCUMENT}, {name: bundled_library().items[name] for name in (RETENTION, HIRING)}, DICTIONARY
)
REASON = "写错了"

numbers = count()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = connect(database_url)
    migrate(made)
    with writing(made) as session:
        store_library(session, LIBRARY)
    yield made
    made.dispose()


def by(on: date = SAMPLE_DAY, actor: str = "somebody") -> By:
    return By(actor, NOW, on)


def explained(on: date = SAMPLE_DAY) -> Explanation:
    return explain(LIBRARY, PROFILE, on)


def nominated(session: Session, occasion: str | None = None, account: Account | None = ACCOUNT) -> Grant:
    due = entitlement(explained(), RETENTION, STATED)
    return nominate(session, due, occasion or f"第{next(numbers)}次", by(), SEAL, account)


def offered(session: Session, consent: Consent = Consent.EXPLICIT, account: Account | None = ACCOUNT) -> Grant:
    grant = nominated(session, account=account)
    perform(session, grant.id, Deed.CHECK, by(), SEAL)
    return offer(session, grant.id, explained(), LAST, by(), SEAL, consent)


def paid(session: Session) -> Grant:
    grant = offered(session)
    accept(session, grant.id, by(), SEAL)
    perform(session, grant.id, Deed.PAY, by(), SEAL)
    return settle(session, grant.id, SAMPLE_DAY, by(), SEAL)


def at_once(engine: Engine, *deeds: Callable[[Session], object]) -> list[str]:
    """Deeds begun at the same moment, each in a transaction of its own; what came of them."""
    start, outcomes = threading.Barrier(len(deeds)), list[str]()

    def run(deed: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with writing(engine) as session:
                deed(session)
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class TestMakingOne:
    def test_it_comes_with_a_proof_that_can_be_computed_again(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = nominated(session, "2023年度")
            text = load_explanation(session, grant.explanation_id)
            again = recompute(text, lambda name, number: load_item(session, name, number, DICTIONARY), DICTIONARY)
        assert again == text
        assert (grant.state, grant.amount, grant.office, grant.steps) == (
            *(State.CANDIDATE, STATED.amount, STATED.office, STATED.steps),
        )
        assert (grant.account_tail, len(grant.id)) == ("1234", 32)
        assert grant.account is not None
        assert "1234" not in grant.account

    def test_of_an_item_and_occasion_there_is_one_for_ever(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = nominated(session, "2023年度")
            perform(session, grant.id, Deed.WITHDRAW, by(), SEAL, REASON)
        for occasion in ("2023年度", " 2023年度 "):
            with pytest.raises(AlreadyGranted, match="不能重复发放"), writing(engine) as session:
                nominated(session, occasion)
        with writing(engine) as session:
            assert find_grant(session, RETENTION, CERAMICS, "2023年度") == grant.id
            nominated(session, "2024年度")
            assert len(list_grants(session, SEAL)) == 2

    def test_one_that_is_refused_leaves_no_proof_behind_even_where_the_rest_is_kept(self, engine: Engine) -> None:
        with writing(engine) as session:
            nominated(session, "2023年度")
            with pytest.raises(AlreadyGranted):
                nominated(session, "2023年度")
        with reading(engine) as session:
            assert session.exec(select(func.count()).select_from(ExplanationRow)).one() == 1

    @pytest.mark.parametrize("occasion", ["", "  ", "年" * (LONGEST_OCCASION + 1)])
    def test_an_occasion_has_a_name(self, engine: Engine, occasion: str) -> None:
        with pytest.raises(Refused, match="哪一次"), writing(engine) as session:
            nominate(session, entitlement(explained(), RETENTION, STATED), occasion, by(), SEAL)

    def test_yesterday_s_proof_is_none_today(self, engine: Engine) -> None:
        due = entitlement(explained(), RETENTION, STATED)
        with pytest.raises(NotEntitled, match="不是当天"), writing(engine) as session:
            nominate(session, due, "2023年度", by(SAMPLE_DAY + timedelta(days=1)), SEAL)

    def test_nor_is_that_of_a_version_which_the_database_lacks(self, engine: Engine) -> None:
        due = entitlement(explained(), RETENTION, STATED)
        other = replace(due, item=replace(due.item, version=2))
        with pytest.raises(NotEntitled, match="huiqi setup"), writing(engine) as session:
            nominate(session, other, "2023年度", by(), SEAL)


class TestOffering:
    def test_only_what_was_checked_is_offered(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = nominated(session)
            with pytest.raises(NotNow):
                offer(session, grant.id, explained(), LAST, by(), SEAL)

    def test_what_no_longer_holds_is_not_offered(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = nominated(session)
            perform(session, grant.id, Deed.CHECK, by(), SEAL)
            known = {name: seen for name, seen in PROFILE.facts.items() if name != "conditions_met"}
            without = explain(LIBRARY, replace(PROFILE, facts=known), SAMPLE_DAY)
            other = explain(LIBRARY, samples()[0], SAMPLE_DAY)
            old = explained(SAMPLE_DAY - timedelta(days=1))
            for wrong in (without, other, old):
                with pytest.raises(NotEntitled):
                    offer(session, grant.id, wrong, LAST, by(), SEAL)
            assert load_grant(session, grant.id, SEAL).state is State.CHECKED

    @pytest.mark.parametrize("days", [-1, 0, 1])
    def test_there_is_a_day_left_to_answer(self, engine: Engine, days: int) -> None:
        with writing(engine) as session:
            grant = nominated(session)
            perform(session, grant.id, Deed.CHECK, by(), SEAL)
            confirm_by = SAMPLE_DAY + timedelta(days=days)
            if days < 0:
                with pytest.raises(Refused, match="已经过了"):
                    offer(session, grant.id, explained(), confirm_by, by(), SEAL)
            else:
                assert offer(session, grant.id, explained(), confirm_by, by(), SEAL).days_left(SAMPLE_DAY) == days

    def test_an_enterprise_sees_what_was_shown_to_it_and_no_candidates(self, engine: Engine) -> None:
        with writing(engine) as session:
            candidate, seen = nominated(session), offered(session)
            perform(session, candidate.id, Deed.CHECK, by(), SEAL)
            perform(session, seen.id, Deed.WITHDRAW, by(), SEAL, REASON)
            assert [grant.id for grant in grants_of(session, CERAMICS, SEAL)] == [seen.id]
            perform(session, candidate.id, Deed.NOTICE, by(), SEAL)
            assert {grant.id for grant in grants_of(session, CERAMICS, SEAL)} == {seen.id, candidate.id}
            assert grants_of(session, "91610602MAHQ0001X1", SEAL) == ()


class TestAnswering:
    @pytest.mark.parametrize(("on", "late"), [(LAST, False), (LAST + timedelta(days=1), True)])
    def test_the_last_day_counts_and_the_next_does_not(self, engine: Engine, on: date, late: bool) -> None:
        with writing(engine) as session:
            grants = [offered(session) for _ in range(4)]
            deeds: list[Callable[[str], Grant]] = [
                lambda name: accept(session, name, by(on), SEAL),
                lambda name: decline(session, name, REASON, by(on), SEAL),
                lambda name: change_account(session, name, ACCOUNT, by(on), SEAL),
                lambda name: report_account(session, name, REASON, by(on), SEAL),
            ]
            for grant, deed in zip(grants, deeds, strict=True):
                if late:
                    with pytest.raises(TooLate, match="2024年7月10日"):
                        deed(grant.id)
                    assert load_grant(session, grant.id, SEAL) == grant
                else:
                    deed(grant.id)

    def test_yes_twice_is_one_yes(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            assert accept(session, grant.id, by(), SEAL) == accept(session, grant.id, by(), SEAL)
            perform(session, grant.id, Deed.PAY, by(), SEAL)
            assert accept(session, grant.id, by(LAST + timedelta(days=99)), SEAL).state is State.PAYING

    def test_no_needs_a_reason_and_stays_no(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            with pytest.raises(NoReason):
                decline(session, grant.id, " ", by(), SEAL)
            with pytest.raises(Refused, match="太长"):
                decline(session, grant.id, "长" * (LONGEST_REASON + 1), by(), SEAL)
            decline(session, grant.id, "长" * LONGEST_REASON, by(), SEAL)
            assert decline(session, grant.id, REASON, by(), SEAL).state is State.DECLINED
            with pytest.raises(NotNow):
                accept(session, grant.id, by(), SEAL)

    def test_without_an_account_there_is_no_yes(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session, account=None)
            with pytest.raises(NoAccount):
                accept(session, grant.id, by(), SEAL)
            assert change_account(session, grant.id, ACCOUNT, by(), SEAL).account_tail == "1234"
            assert accept(session, grant.id, by(), SEAL).state is State.ACCEPTED

    @pytest.mark.parametrize("other", ["accept", "decline", "lapse"])
    def test_of_two_who_answer_at_once_one_is_heard(self, engine: Engine, other: str) -> None:
        with writing(engine) as session:
            grant = offered(session)
        deeds: dict[str, Callable[[Session], object]] = {
            "accept": lambda session: accept(session, grant.id, by(), SEAL),
            "decline": lambda session: decline(session, grant.id, REASON, by(), SEAL),
            "lapse": lambda session: lapse(session, LAST + timedelta(days=1), NOW),
        }
        assert "done" in at_once(engine, deeds["accept"], deeds[other])
        with reading(engine) as session:
            after = load_grant(session, grant.id, SEAL)
        assert len([event for event in after.history if event.before is State.OFFERED]) == 1
        assert replay(after.history) is after.state

    def test_of_many_who_take_the_account_and_answer_nothing_is_lost(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)

        def change(number: int) -> Callable[[Session], object]:
            account = replace(ACCOUNT, number=f"02000000{number:04}")
            return lambda session: change_account(session, grant.id, account, by(), SEAL)

        def report(number: int) -> Callable[[Session], object]:
            return lambda session: report_account(session, grant.id, f"第{number}个", by(), SEAL)

        assert at_once(engine, *map(change, range(3)), *map(report, range(3))) == ["done"] * 6
        with reading(engine) as session:
            after = load_grant(session, grant.id, SEAL)
            row = session.get(GrantRow, grant.id)
        assert row is not None
        assert len(after.history) == row.events == 3 + 6
        assert replay(after.history) is State.OFFERED


class TestPaying:
    def test_two_who_pay_at_once_pay_once(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            accept(session, grant.id, by(), SEAL)

        def pay(session: Session) -> None:
            perform(session, grant.id, Deed.PAY, by(), SEAL)

        assert sorted(at_once(engine, pay, pay)) == ["done", "refused"]

    def test_what_comes_back_is_paid_to_another_account(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            accept(session, grant.id, by(), SEAL)
            perform(session, grant.id, Deed.PAY, by(), SEAL)
            with pytest.raises(NotNow):
                change_account(session, grant.id, ACCOUNT, by(), SEAL)
            with pytest.raises(NotNow):
                perform(session, grant.id, Deed.WITHDRAW, by(), SEAL, REASON)
            perform(session, grant.id, Deed.RETURN, by(), SEAL, "户名不符")
            change_account(session, grant.id, replace(ACCOUNT, number="020000009999"), by(), SEAL)
            perform(session, grant.id, Deed.PAY, by(), SEAL)
            after = settle(session, grant.id, SAMPLE_DAY, by(), SEAL)
        assert (after.state, after.account_tail, after.paid_on) == (State.PAID, "9999", SAMPLE_DAY)

    def test_no_day_that_has_not_come_is_the_day_of_payment(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            accept(session, grant.id, by(), SEAL)
            perform(session, grant.id, Deed.PAY, by(), SEAL)
            with pytest.raises(Refused, match="还没到"):
                settle(session, grant.id, SAMPLE_DAY + timedelta(days=1), by(), SEAL)

    def test_what_is_paid_can_be_recovered_with_a_reason_and_never_paid_again(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = paid(session)
            with pytest.raises(NoReason):
                perform(session, grant.id, Deed.RECOVER, by(), SEAL)
            perform(session, grant.id, Deed.RECOVER, by(), SEAL, "重复享受")
            for deed in Deed:
                with pytest.raises(NotNow):
                    perform(session, grant.id, deed, by(), SEAL, REASON)

    def test_the_database_itself_refuses_what_makes_no_sense(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = paid(session)
        wrong: list[dict[str, Any]] = [{"amount": 0}, {"paid_on": None}, {"state": "offered", "confirm_by": None}]
        for values in wrong:
            with pytest.raises(IntegrityError), writing(engine) as session:
                session.execute(update(GrantRow).where(col(GrantRow.id) == grant.id).values(**values))


class TestTheCalendar:
    def test_what_nobody_answered_lapses_the_day_after_once(self, engine: Engine) -> None:
        with writing(engine) as session:
            silent, yes = offered(session), offered(session)
            accept(session, yes.id, by(), SEAL)
            assert lapse(session, LAST, NOW) == Lapsed(0, 0)
            assert silent.state_on(LAST) is State.OFFERED
            assert silent.state_on(LAST + timedelta(days=1)) is State.LAPSED
            assert lapse(session, LAST + timedelta(days=1), NOW) == Lapsed(1, 0)
            assert lapse(session, LAST + timedelta(days=1), NOW) == Lapsed(0, 0)
            assert load_grant(session, silent.id, SEAL).state is State.LAPSED
            assert load_grant(session, yes.id, SEAL).state is State.ACCEPTED

    def test_who_need_not_agree_is_taken_to_have_unless_they_said_no(self, engine: Engine) -> None:
        with writing(engine) as session:
            silent, no = offered(session, Consent.DEEMED), offered(session, Consent.DEEMED)
            assert waiting(session, CERAMICS, SAMPLE_DAY) == Waiting(0, 0, None)
            decline(session, no.id, REASON, by(LAST), SEAL)
            assert silent.state_on(LAST + timedelta(days=1)) is State.ACCEPTED
            assert accept(session, silent.id, by(LAST + timedelta(days=1)), SEAL).state is State.OFFERED
            assert lapse(session, LAST + timedelta(days=1), NOW) == Lapsed(0, 1)
            assert load_grant(session, silent.id, SEAL).history[-1].deed is Deed.DEEM
            assert load_grant(session, no.id, SEAL).state is State.DECLINED

    def test_nobody_can_make_it_lapse_before_its_day_or_the_wrong_way(self, engine: Engine) -> None:
        with writing(engine) as session:
            explicit, deemed = offered(session), offered(session, Consent.DEEMED)
            for grant, right, wrong in ((explicit, Deed.LAPSE, Deed.DEEM), (deemed, Deed.DEEM, Deed.LAPSE)):
                with pytest.raises(TooEarly):
                    perform(session, grant.id, right, by(LAST), SEAL)
                with pytest.raises(NotNow):
                    perform(session, grant.id, wrong, by(LAST + timedelta(days=1)), SEAL)
                perform(session, grant.id, right, by(LAST + timedelta(days=1)), SEAL)


class TestReading:
    def test_what_waits_is_counted_until_its_last_day(self, engine: Engine) -> None:
        with writing(engine) as session:
            first = offered(session)
            offered(session)
            expected = Waiting(2, 2 * STATED.amount, LAST)
            assert waiting(session, CERAMICS, SAMPLE_DAY) == waiting(session, CERAMICS, LAST) == expected
            assert waiting(session, CERAMICS, LAST + timedelta(days=1)) == Waiting(0, 0, None)
            accept(session, first.id, by(), SEAL)
            assert waiting(session, CERAMICS, SAMPLE_DAY).count == 1
            assert waiting(session, "91610602MAHQ0001X1", SAMPLE_DAY) == Waiting(0, 0, None)

    def test_totals_by_what_the_enterprise_has_to_do(self, engine: Engine) -> None:
        with writing(engine) as session:
            offered(session)
            offered(session, Consent.DEEMED)
            accept(session, offered(session).id, by(), SEAL)
            paid(session)
            perform(session, paid(session).id, Deed.RECOVER, by(), SEAL, REASON)
            decline(session, offered(session).id, REASON, by(), SEAL)
            found = totals(grants_of(session, CERAMICS, SEAL), SAMPLE_DAY)
        assert (found.waiting, found.on_the_way, found.received) == (
            *(STATED.amount, 2 * STATED.amount, STATED.amount),
        )

    def test_notes_are_sealed_and_say_so_where_they_cannot_be_opened(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = offered(session)
            report_account(session, grant.id, "户名是王小明", by(), SEAL)
            rows = session.exec(select(GrantEventRow).where(GrantEventRow.grant_id == grant.id)).all()
            assert not any("王小明" in (row.note or "") for row in rows)
            assert load_grant(session, grant.id, SEAL).history[-1].note == "户名是王小明"
            assert load_grant(session, grant.id, Seal((new_key(),))).history[-1].note == SEALED

    def test_every_deed_is_in_the_audit_log_with_no_more_than_ids(self, engine: Engine) -> None:
        with writing(engine) as session:
            grant = paid(session)
            lapse(session, LAST, NOW)
            rows = session.exec(select(AuditRow).order_by(col(AuditRow.number))).all()
            assert [row.action for row in rows] == [f"grant.{event.deed.value}" for event in grant.history]
            assert {row.about for row in rows} == {CERAMICS}
            assert {row.detail for row in rows} == {f'{{"grant":"{grant.id}","item":"{RETENTION}"}}'}

    def test_the_samples_are_stored_once(self, engine: Engine) -> None:
        with writing(engine) as session:
            assert store_samples(session, LIBRARY, SEAL) == 5
            before = list_grants(session, SEAL)
            assert store_samples(session, LIBRARY, SEAL) == 5
            assert list_grants(session, SEAL) == before
        assert {grant.state_on(SAMPLE_DAY) for grant in before} == {
            *(State.OFFERED, State.PAYING, State.PAID, State.LAPSED)
        }
        left = sorted(grant.days_left(SAMPLE_DAY) for grant in before if grant.waits(SAMPLE_DAY))
        assert left == [2, 15]

    def test_a_library_without_the_items_has_no_samples(self, engine: Engine) -> None:
        with writing(engine) as session:
            assert store_samples(session, Library({}, {}, DICTIONARY), SEAL) == 0

    def test_what_is_not_there_is_said_to_be_missing(self, engine: Engine) -> None:
        with writing(engine) as session, pytest.raises(NoSuchGrant):
            accept(session, "0" * 32, by(), SEAL)


def do(session: Session, grant: Grant, deed: Deed, on: date, reason: str) -> None:
    match deed:
        case Deed.ACCEPT:
            accept(session, grant.id, by(on), SEAL)
        case Deed.DECLINE:
            decline(session, grant.id, reason, by(on), SEAL)
        case Deed.CHANGE_ACCOUNT:
            change_account(session, grant.id, ACCOUNT, by(on), SEAL)
        case Deed.SETTLE:
            settle(session, grant.id, on, by(on), SEAL)
        case Deed.OFFER:
            offer(session, grant.id, explained(on), LAST, by(on), SEAL)
        case Deed.LAPSE:
            lapse(session, on, NOW)
        case _:
            perform(session, grant.id, deed, by(on), SEAL, reason)


LIKELY = [Deed.CHECK, Deed.OFFER, Deed.ACCEPT, Deed.PAY, Deed.RETURN, Deed.SETTLE]
"""The way to the money, so that random sequences often get there."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(LIKELY) | st.sampled_from(Deed),
            st.integers(0, 3) | st.just(11),
            st.sampled_from(["", REASON, REASON]),
        ),
        max_size=25,
    )
)
def test_whatever_is_done_in_whatever_order(engine: Engine, tried: list[tuple[Deed, int, str]]) -> None:
    with writing(engine) as session:
        grant = nominated(session)
        first = grant
        for deed, days, reason in tried:
            try:
                do(session, grant, deed, SAMPLE_DAY + timedelta(days=days), reason)
            except Refused as refusal:
                assert str(refusal)
                assert load_grant(session, grant.id, SEAL) == grant
            grant = load_grant(session, grant.id, SEAL)
            assert grant.history[: len(first.history)] == first.history
            assert replay(grant.history) is grant.state
        row = session.get(GrantRow, grant.id)
        assert row is not None
        session.refresh(row)
        assert row.events == len(grant.history)
    fixed = ("id", "item_id", "item_version", "credit_code", "occasion", "amount", "steps", "explanation_id")
    assert all(getattr(grant, name) == getattr(first, name) for name in fixed)
    assert [event.after for event in grant.history].count(State.PAID) <= 1
    assert (grant.paid_on is not None) == (State.PAID in {event.after for event in grant.history})
