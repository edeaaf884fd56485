"""Rounds on SQLite and PostgreSQL: only those who are proven to be due become grants, and each of them once."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from enterprises import snapshots
from enterprises.database import writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.statements import Statement
from enterprises.tables import record
from policies.tables import load_item
from recommender.explanation_json import recompute
from recommender.grants.deeds import decline, lapse, reopen
from recommender.grants.grants import list_grants, load_grant
from recommender.grants.states import Consent, NoReason, NotNow, Refused, State
from recommender.grants.tables import GrantRow
from recommender.payments.budget import Rule
from recommender.payments.carrying import carry_on
from recommender.payments.comparing import NoSnapshot, compare
from recommender.payments.plans import Plan
from recommender.payments.round_deeds import (
    BadPlan,
    ask,
    cancel,
    change_plan,
    check,
    make_round,
    publish,
    restore,
    send_back,
    set_stated,
    start_again,
    strike,
    submit,
)
from recommender.payments.round_states import RoundChanged, RoundNotNow, RoundState, SamePerson
from recommender.payments.rounds import Round, candidates, counts, load_round
from recommender.payments.rulings import ask_again, uphold
from recommender.payments.standings import Standing
from recommender.payments.stated import StatedLine, StatedList
from recommender.tables import ExplanationRow, load_explanation
from tests.made_up_payments import (
    AMOUNT,
    DAY,
    DEPARTMENT,
    NO_NOTICE,
    SEAL,
    STATED,
    TOWN,
    asked,
    by,
    checked,
    code,
    item_of,
    listed,
    statement,
)


def standings(session: Session, round_: Round) -> dict[str, Standing]:
    return {row.credit_code: row.standing for row in candidates(session, round_.id, limit=None)}


def states(session: Session) -> list[State]:
    return [grant.state for grant in list_grants(session, SEAL)]


class TestTheList:
    def test_only_who_is_proven_to_be_due_is_a_candidate_and_who_may_be_is_listed_with_what_is_missing(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            assert round_.state is RoundState.LISTED
            assert standings(session, round_) == {
                **{code(number): Standing.DUE for number in range(1, 5)},
                code(101): Standing.MISSING,
                code(102): Standing.UNCONFIRMED,
            }
            words = {row.credit_code: row.words for row in candidates(session, round_.id, limit=None)}
            assert "还缺：从业人数" in words[code(101)]
            assert "自己填报" in words[code(102)]
            assert {standing: found.count for standing, found in counts(session, round_.id).items()} == {
                Standing.DUE: 4,
                Standing.MISSING: 1,
                Standing.UNCONFIRMED: 1,
            }
            assert counts(session, round_.id)[Standing.DUE].due == 4 * AMOUNT
            assert states(session) == []
            first = candidates(session, round_.id, Standing.DUE, limit=1)[0]
            text = load_explanation(session, str(first.explanation_id))
            again = recompute(text, lambda name, number: load_item(session, name, number, bundled()), bundled())
        assert again == text

    def test_who_may_lie_in_the_round_s_region_and_may_not_is_no_candidate(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            record(session, [statement(105, region="610600", employees=20)], bundled())
        snapshots.refresh(engine, tmp_path / "snapshots", bundled())
        with writing(engine) as session:
            rows = {row.credit_code: row for row in candidates(session, listed(session, tmp_path, SEAL).id, limit=None)}
        assert (rows[code(1)].standing, rows[code(105)].standing) == (Standing.DUE, Standing.MISSING)
        assert "地区" in rows[code(105)].words

    def test_it_goes_on_where_it_broke_off_and_doing_it_again_changes_nothing(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            made = make_round(session, item_of(tmp_path), "2024年度", TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)
        places = []
        for _ in range(20):
            with writing(engine) as session:
                places.append(compare(session, made.id, tmp_path / "snapshots", by(), SEAL, most=2))
            if places[-1].done:
                break
        assert [place.position for place in places] == sorted({place.position for place in places})
        assert len(places) > 2
        with writing(engine) as session:
            assert len(candidates(session, made.id, limit=None)) == 6
            assert session.exec(select(func.count()).select_from(ExplanationRow)).one() == 4
            with pytest.raises(RoundNotNow):
                compare(session, made.id, tmp_path / "snapshots", by(), SEAL)

    def test_another_day_begins_anew_since_all_are_judged_on_one(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            made = make_round(session, item_of(tmp_path), "2024年度", TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)
            compare(session, made.id, tmp_path / "snapshots", by(), SEAL, most=2)
            later = by(on=DAY + timedelta(days=1))
            assert compare(session, made.id, tmp_path / "snapshots", later, SEAL).done
            assert load_round(session, made.id, SEAL).judged_on == later.on
            assert len(candidates(session, made.id, limit=None)) == 6

    def test_what_is_known_now_decides_not_what_the_snapshot_says(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            record(session, [replace(statement(1, employees=2), received_on=DAY + timedelta(days=1))], bundled())
        with writing(engine) as session:
            assert code(1) not in standings(session, listed(session, tmp_path, SEAL))

    def test_without_a_snapshot_there_is_nothing_to_compare_over(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            made = make_round(session, item_of(tmp_path), "2024年度", TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)
            with pytest.raises(NoSnapshot, match="快照"):
                compare(session, made.id, tmp_path / "elsewhere", by(), SEAL)

    def test_stated_amounts_are_for_who_is_due_and_all_others_are_named(self, engine: Engine, tmp_path: Path) -> None:
        lines = [(3, 300_01), (1, 100_00), (101, 5), (103, 7), (104, 9), (999, 11)]
        stated = StatedList(
            tuple(
                StatedLine(code(number), place, amount, ("保费 × 60%",), "经办机构", None)
                for place, (number, amount) in enumerate(lines, start=1)
            ),
            "d" * 64,
        )
        with writing(engine) as session:
            item = item_of(tmp_path, STATED)
            made = make_round(session, item, "2023年度", TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)
            with pytest.raises(Refused, match="请先载入核定金额清单"):
                compare(session, made.id, tmp_path / "snapshots", by(), SEAL)
            made = set_stated(session, made.id, made.revision, stated, by(), SEAL)
            assert (made.stated_count, made.stated_total) == (6, stated.total)
            assert compare(session, made.id, tmp_path / "snapshots", by(), SEAL).done
            assert standings(session, made) == {
                code(1): Standing.DUE,
                code(2): Standing.UNSTATED,
                code(3): Standing.DUE,
                code(4): Standing.UNSTATED,
                code(101): Standing.MISSING,
                code(102): Standing.UNCONFIRMED,
                code(103): Standing.REFUSED,
                code(104): Standing.REFUSED,
                code(999): Standing.REFUSED,
            }
            due = candidates(session, made.id, Standing.DUE)
            assert [(row.credit_code, row.due) for row in due] == [(code(3), 300_01), (code(1), 100_00)]
            grants = asked(session, load_round(session, made.id, SEAL), SEAL)
            assert {grant.office for grant in grants} == {"经办机构"}

    def test_a_plan_without_its_clause_or_a_wrong_item_is_refused(self, engine: Engine, tmp_path: Path) -> None:
        item = item_of(tmp_path)
        with writing(engine) as session:
            for plan, field in (
                (Plan(consent=Consent.DEEMED), "clause"),
                (Plan(cap=1), "cap_clause"),
                (Plan(budget=0), "budget"),
                (Plan(consent_days=0), "consent_days"),
                (Plan(notice_days=-1), "notice_days"),
            ):
                with pytest.raises(BadPlan) as refused:
                    make_round(session, item, "2024年度", TOWN, DEPARTMENT, plan, by(), SEAL)
                assert set(refused.value.mistakes) == {field}


class TestChecking:
    def test_nobody_checks_what_he_made_changed_or_submitted(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            strike(session, round_.id, code(4), "已迁出", by("helper"), SEAL)
            restore(session, round_.id, code(4), by("helper"), SEAL)
            round_ = load_round(session, round_.id, SEAL)
            round_ = submit(session, round_.id, round_.revision, by("sender"), SEAL)
            for actor in ("maker", "helper", "sender"):
                with pytest.raises(SamePerson):
                    check(session, round_.id, round_.revision, by(actor), SEAL)
            assert check(session, round_.id, round_.revision, by("checker"), SEAL).checked_by == "checker"

    def test_who_looked_at_an_older_one_looks_again(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            seen = round_.revision
            strike(session, round_.id, code(4), "已迁出", by(), SEAL)
            with pytest.raises(RoundChanged):
                submit(session, round_.id, seen, by(), SEAL)
            with pytest.raises(NoReason):
                strike(session, round_.id, code(3), " ", by(), SEAL)
            with pytest.raises(Refused, match="没有这家企业"):
                strike(session, round_.id, code(4), "再来一次", by(), SEAL)

    def test_each_candidate_becomes_one_grant_however_often_it_is_carried_out(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            round_ = checked(session, listed(session, tmp_path, SEAL), SEAL)
            assert carry_on(session, round_.id, by(), SEAL).done == 0
            grants = list_grants(session, SEAL)
            assert {grant.state for grant in grants} == {State.CHECKED}
            assert {grant.credit_code for grant in grants} == {code(number) for number in range(1, 5)}
            assert {(grant.amount, grant.due, grant.budget_rule) for grant in grants} == {(AMOUNT, AMOUNT, None)}
            assert {event.actor for grant in grants for event in grant.history} == {"checker"}

    def test_what_is_sent_back_is_shared_out_anew(self, engine: Engine, tmp_path: Path) -> None:
        plan = replace(NO_NOTICE, budget=2 * AMOUNT, rule=Rule.STOP)
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL, plan=plan)
            round_ = submit(session, round_.id, round_.revision, by(), SEAL)
            short = [row.credit_code for row in candidates(session, round_.id, Standing.SHORT)]
            assert len(short) == 2
            round_ = send_back(session, round_.id, round_.revision, "名单不全", by("checker"), SEAL)
            assert counts(session, round_.id)[Standing.DUE].count == 4
            first = candidates(session, round_.id, Standing.DUE)[0].credit_code
            round_ = strike(session, round_.id, first, "已注销", by(), SEAL)
            round_ = submit(session, round_.id, round_.revision, by(), SEAL)
            found = counts(session, round_.id)
            assert (found[Standing.DUE].amount, found[Standing.SHORT].count) == (2 * AMOUNT, 1)

    def test_a_cut_amount_is_kept_with_what_it_was_cut_from(self, engine: Engine, tmp_path: Path) -> None:
        plan = replace(NO_NOTICE, budget=1_000_001, rule=Rule.PRO_RATA)
        with writing(engine) as session:
            grants = asked(session, listed(session, tmp_path, SEAL, plan=plan), SEAL)
        assert sorted(grant.amount for grant in grants) == [250_000, 250_000, 250_000, 250_001]
        assert {(grant.due, grant.budget_rule, grant.state) for grant in grants} == {
            (AMOUNT, "pro-rata", State.OFFERED)
        }

    def test_whose_facts_have_changed_since_the_list_was_made_gets_no_grant(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            record(session, [replace(statement(1, employees=2), received_on=DAY + timedelta(days=1))], bundled())
        with writing(engine) as session:
            round_ = checked(session, round_, SEAL)
            assert standings(session, round_)[code(1)] is Standing.REFUSED
            assert len(list_grants(session, SEAL)) == 3

    @pytest.mark.parametrize(("region", "standing"), [("610600", Standing.MISSING), ("610603", Standing.REFUSED)])
    def test_who_is_not_known_to_lie_in_the_round_s_region_any_more_gets_no_grant(
        self, engine: Engine, tmp_path: Path, region: str, standing: Standing
    ) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            later = DAY + timedelta(days=1)
            moved = Observation(region, Source.REGISTER, later)
            profile = Profile(code(1), "示例企业1", {"region": moved})
            record(session, [Statement(profile, Source.REGISTER, later, "测试")], bundled())
        with writing(engine) as session:
            round_ = checked(session, round_, SEAL)
            assert standings(session, round_)[code(1)] is standing
            assert len(list_grants(session, SEAL)) == 3

    def test_nor_is_an_enterprise_asked_whose_facts_changed_later(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            round_ = checked(session, listed(session, tmp_path, SEAL), SEAL)
            record(session, [replace(statement(1, employees=2), received_on=DAY + timedelta(days=1))], bundled())
        with writing(engine) as session:
            round_ = ask(session, round_.id, round_.revision, by(), SEAL)
            carried = carry_on(session, round_.id, by(), SEAL)
            assert (carried.done, carried.left, carried.blocked) == (3, 0, 1)
            assert sorted(states(session)) == [State.CHECKED, *[State.OFFERED] * 3]

    def test_two_rounds_for_the_same_item_and_occasion_make_one_grant_each(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            one, other = (listed(session, tmp_path, SEAL) for _ in range(2))
            checked(session, one, SEAL)
            other = checked(session, other, SEAL)
            assert set(standings(session, other).values()) == {
                Standing.GRANTED,
                Standing.MISSING,
                Standing.UNCONFIRMED,
            }
            assert session.exec(select(func.count()).select_from(GrantRow)).one() == 4
            third = listed(session, tmp_path, SEAL)
            assert standings(session, third)[code(1)] is Standing.GRANTED
            with pytest.raises(Refused, match="没有可以发放"):
                submit(session, third.id, third.revision, by(), SEAL)

    def test_a_step_waits_until_the_one_before_was_carried_out_for_everybody(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL, plan=Plan(consent_days=3))
            round_ = submit(session, round_.id, round_.revision, by(), SEAL)
            round_ = check(session, round_.id, round_.revision, by("checker"), SEAL)
            assert carry_on(session, round_.id, by(), SEAL, most=3).left == 1
            with pytest.raises(Refused, match="还有 1 笔没有落实"):
                publish(session, round_.id, round_.revision, by(), SEAL)
            carry_on(session, round_.id, by(), SEAL)
            round_ = publish(session, round_.id, round_.revision, by(), SEAL)
            with pytest.raises(Refused, match="还有 4 笔没有落实"):
                ask(session, round_.id, round_.revision, by(on=date(2024, 7, 8)), SEAL)

    @pytest.mark.parametrize("other", ["2024 年度", "２０２４年度"])
    def test_one_occasion_has_one_spelling(self, engine: Engine, tmp_path: Path, other: str) -> None:
        with writing(engine) as session:
            item = item_of(tmp_path)
            make_round(session, item, "2024年度", TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)
            with pytest.raises(BadPlan, match="一模一样"):
                make_round(session, item, other, TOWN, DEPARTMENT, NO_NOTICE, by(), SEAL)

    def test_a_round_that_is_cancelled_withdraws_its_grants(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            round_ = checked(session, listed(session, tmp_path, SEAL), SEAL)
            round_ = cancel(session, round_.id, round_.revision, "文件有误", by(), SEAL)
            assert carry_on(session, round_.id, by(), SEAL).done == 4
            assert set(states(session)) == {State.WITHDRAWN}
            assert carry_on(session, round_.id, by(), SEAL).done == 0


class TestNoticeAndConsent:
    def test_the_last_day_of_the_notice_counts_and_an_objection_ends_one_grant(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        plan = Plan(notice_days=5, notice_working=True, consent=Consent.DEEMED, clause="第六条", consent_days=3)
        with writing(engine) as session:
            round_ = checked(session, listed(session, tmp_path, SEAL, plan=plan), SEAL)
            with pytest.raises(RoundNotNow):
                ask(session, round_.id, round_.revision, by(), SEAL)
            round_ = publish(session, round_.id, round_.revision, by(), SEAL)
            assert round_.notice_until == date(2024, 7, 5)
            assert carry_on(session, round_.id, by(), SEAL).done == 4
            objected = list_grants(session, SEAL)[0]
            with pytest.raises(NoReason):
                uphold(session, objected.id, " ", by(), SEAL)
            assert uphold(session, objected.id, "已搬走", by(), SEAL).state is State.WITHDRAWN
            with pytest.raises(Refused, match="不在公示"):
                uphold(session, objected.id, "已搬走", by(), SEAL)
            with pytest.raises(Refused, match="2024年7月5日为止"):
                ask(session, round_.id, round_.revision, by(on=date(2024, 7, 5)), SEAL)
            later = by(on=date(2024, 7, 6))
            round_ = ask(session, round_.id, round_.revision, later, SEAL)
            carry_on(session, round_.id, later, SEAL)
            assert sorted(states(session)) == [*[State.OFFERED] * 3, State.WITHDRAWN]
            assert round_.confirm_by == date(2024, 7, 9)
            assert lapse(session, date(2024, 7, 10), by().moment).deemed == 3

    def test_what_was_declined_or_has_lapsed_can_be_taken_up_again_with_a_reason(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        with writing(engine) as session:
            first, second, *_ = asked(session, listed(session, tmp_path, SEAL), SEAL)
            decline(session, first.id, "点错了", by("owner"), SEAL)
            late = by(on=date(2024, 8, 1))
            for grant in (first, second):
                with pytest.raises(NoReason):
                    reopen(session, grant.id, " ", late, SEAL)
            assert load_grant(session, second.id, SEAL).state is State.OFFERED  # nobody has written it down
        with writing(engine) as session:
            for grant in (first, second):
                again = reopen(session, grant.id, "企业来电说明", late, SEAL)
                assert (again.state, again.confirm_by) == (State.CHECKED, None)
                offered = ask_again(session, grant.id, late, SEAL)
                assert offered.state is State.OFFERED
                assert offered.days_left(late.on) >= 10
                with pytest.raises(NotNow):
                    ask_again(session, grant.id, late, SEAL)

    def test_the_plan_of_a_draft_can_change_and_a_list_can_be_thrown_away(self, engine: Engine, tmp_path: Path) -> None:
        with writing(engine) as session:
            round_ = listed(session, tmp_path, SEAL)
            with pytest.raises(RoundNotNow):
                change_plan(session, round_.id, round_.revision, Plan(), by(), SEAL)
            round_ = start_again(session, round_.id, round_.revision, by(), SEAL)
            assert (round_.state, round_.position, candidates(session, round_.id)) == (RoundState.DRAFT, 0, ())
            assert change_plan(session, round_.id, round_.revision, Plan(), by(), SEAL).plan == Plan()
