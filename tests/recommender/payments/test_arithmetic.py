"""The arithmetic of budgets, periods and stacking, to the 分; hypothesis looks for a sum that does not match."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import Profile
from policies.items import Item
from policies.rules import All
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.grants.entitlement import NotEntitled
from recommender.payments.budget import Claim, NoDay, Rule, share
from recommender.payments.due import with_paid
from recommender.payments.periods import LONGEST, last_day, weekends
from recommender.payments.plans import Plan, check_plan, read_plan, write_plan
from recommender.payments.round_states import ROUND_TRANSITIONS, RoundDeed, RoundState, possible
from recommender.payments.stacking import Paid, reaches, rest
from tests.made_up_item import made_up_item

DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
CLAIMS = st.lists(
    st.builds(Claim, st.text("abc", min_size=1, max_size=3), st.integers(1, 10**13), st.integers(1, 9), DAYS),
    unique_by=lambda claim: claim.key,
    min_size=1,
    max_size=12,
)
BUDGETS = st.integers(0, 10**14)
RULES = st.sampled_from(Rule)


class TestBudget:
    @given(CLAIMS, st.none() | BUDGETS, RULES)
    def test_sums_match_and_nobody_gets_more_than_is_due(
        self, claims: list[Claim], budget: int | None, rule: Rule
    ) -> None:
        shares, total = share(claims, budget, rule), sum(claim.due for claim in claims)
        assert set(shares) == {claim.key for claim in claims}
        assert all(0 <= shares[claim.key] <= claim.due for claim in claims)
        spent = sum(shares.values())
        if budget is None or budget >= total:
            assert spent == total
        elif rule is Rule.PRO_RATA:
            assert spent == budget
        else:
            assert spent <= budget
            assert all(shares[claim.key] in (0, claim.due) for claim in claims)

    @given(CLAIMS, BUDGETS, RULES, st.randoms())
    def test_the_order_in_which_they_come_changes_nothing(
        self, claims: list[Claim], budget: int, rule: Rule, random: object
    ) -> None:
        mixed = list(claims)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        assert share(mixed, budget, rule) == share(claims, budget, rule)

    @given(CLAIMS, BUDGETS, st.integers(0, 10**6), RULES)
    def test_more_money_takes_nothing_away_but_a_single_fen_of_rounding(
        self, claims: list[Claim], budget: int, more: int, rule: Rule
    ) -> None:
        less, much = share(claims, budget, rule), share(claims, budget + more, rule)
        slack = 1 if rule is Rule.PRO_RATA else 0
        assert all(much[key] >= less[key] - slack for key in less)

    @given(CLAIMS, BUDGETS)
    def test_pro_rata_whoever_is_due_more_gets_no_less_and_all_are_within_a_fen_of_their_share(
        self, claims: list[Claim], budget: int
    ) -> None:
        shares, total = share(claims, budget, Rule.PRO_RATA), sum(claim.due for claim in claims)
        for one in claims:
            for other in claims:
                assert one.due <= other.due or shares[one.key] >= shares[other.key]
            if budget < total:
                assert abs(shares[one.key] * total - one.due * budget) < total

    @given(CLAIMS, BUDGETS, st.sampled_from([Rule.STOP, Rule.BY_DATE]))
    def test_nobody_beyond_the_first_who_does_not_fit_gets_anything(
        self, claims: list[Claim], budget: int, rule: Rule
    ) -> None:
        shares = share(claims, budget, rule)
        order = {
            Rule.STOP: lambda claim: (claim.position, claim.key),
            Rule.BY_DATE: lambda claim: (claim.day, claim.key),
        }[rule]
        paid = [shares[claim.key] > 0 for claim in sorted(claims, key=order)]
        assert paid == sorted(paid, reverse=True)
        left = budget - sum(shares.values())
        first = next((claim for claim in sorted(claims, key=order) if not shares[claim.key]), None)
        assert first is None or first.due > left

    def test_without_a_day_nobody_has_a_place_and_a_key_is_one_claim_s(self) -> None:
        with pytest.raises(NoDay, match="“b”"):
            share([Claim("a", 1, 1, date(2024, 1, 1)), Claim("b", 1, 2)], 1, Rule.BY_DATE)
        with pytest.raises(ValueError, match="one key"):
            share([Claim("a", 1, 1), Claim("a", 2, 2)], 1, Rule.STOP)


class TestPeriods:
    @pytest.mark.parametrize(
        ("begins", "days", "working", "ends"),
        [
            ("2024-06-28", 5, True, "2024-07-05"),  # Friday and five working days
            ("2024-06-28", 5, False, "2024-07-03"),
            ("2024-06-27", 2, False, "2024-07-01"),  # Saturday moves to Monday
            ("2024-06-29", 1, True, "2024-07-01"),
            ("2024-06-28", 0, True, "2024-06-28"),
        ],
    )
    def test_the_first_day_is_not_counted_and_the_last_is_a_working_day(
        self, begins: str, days: int, working: bool, ends: str
    ) -> None:
        assert last_day(date.fromisoformat(begins), days, working=working) == date.fromisoformat(ends)

    @given(DAYS, st.integers(0, 60), st.booleans())
    def test_longer_never_ends_earlier(self, begins: date, days: int, working: bool) -> None:
        shorter, longer = (last_day(begins, each, working=working) for each in (days, days + 1))
        assert begins <= shorter <= longer
        assert not weekends(longer)
        if working:
            between = (begins + timedelta(days=n) for n in range(1, (longer - begins).days + 1))
            assert sum(not weekends(day) for day in between) == days + 1

    def test_only_days_that_somebody_lives_to_see(self) -> None:
        for days in (-1, LONGEST + 1):
            with pytest.raises(ValueError, match="period"):
                last_day(date(2024, 1, 1), days, working=False)
        with pytest.raises(ValueError, match="nobody works"):
            last_day(date(2024, 1, 1), 1, working=True, free=lambda _day: True)


def item(name: str, *stacking: Stacking) -> Item:
    made = made_up_item(All(()), "fixed: 1万元", bundled())
    return replace(made, id=name, title=name, stacking=stacking)


def says(operator: StackingOperator, **how: object) -> Stacking:
    base = Stacking(operator, StackingObject.ENTERPRISE, Reach.DOCUMENT)
    return replace(base, **how)  # type: ignore[arg-type]


PAID = Paid("d.2", 30, date(2024, 1, 5))
ON = date(2024, 6, 30)


class TestStacking:
    @pytest.mark.parametrize("mine", [True, False])
    def test_the_higher_of_two_comes_to_the_higher_whoever_says_so(self, mine: bool) -> None:
        higher = says(StackingOperator.HIGHEST)
        one, other = (item("d.1", higher), item("d.2")) if mine else (item("d.1"), item("d.2", higher))
        assert rest(one, 100, [PAID], {"d.2": other}, Plan(), ON).amount == 70
        with pytest.raises(NotEntitled, match="没有余额"):
            rest(one, 30, [PAID], {"d.2": other}, Plan(), ON)

    @pytest.mark.parametrize(
        "statement",
        [
            says(StackingOperator.CHOOSE_ONE),
            says(StackingOperator.HIGHEST, alike=True),
            says(StackingOperator.HIGHEST, object=StackingObject.PROJECT),
        ],
    )
    def test_what_a_person_has_to_say_is_not_paid(self, statement: Stacking) -> None:
        with pytest.raises(NotEntitled):
            rest(item("d.1", statement), 100, [PAID], {"d.2": item("d.2")}, Plan(), ON)

    def test_what_nothing_is_said_of_is_paid_in_full(self) -> None:
        assert rest(item("d.1"), 100, [PAID], {"d.2": item("d.2")}, Plan(), ON).amount == 100
        adds = says(StackingOperator.SUM)
        assert rest(item("d.1", adds), 100, [PAID], {"d.2": item("d.2")}, Plan(), ON).amount == 100

    @given(
        st.integers(1, 10**6),
        st.integers(1, 10**6),
        st.integers(1, 3),
        st.lists(st.tuples(st.integers(1, 10**5), DAYS.map(lambda day: day.replace(year=2022))), max_size=5),
    )
    def test_with_a_cap_no_more_is_paid_within_its_years(
        self, due: int, cap: int, years: int, paid: list[tuple[int, date]]
    ) -> None:
        before = [Paid("d.1", amount, day) for amount, day in paid]
        plan = Plan(cap=cap, cap_years=years, cap_clause="第六条")
        counted = [one.amount for one in before if _full_years(one.on, ON) < years]
        try:
            left = rest(item("d.1"), due, before, {}, plan, ON).amount
        except NotEntitled:
            assert sum(counted) >= cap
            return
        assert left == min(due, cap - sum(counted))
        assert sum(counted) + left <= max(cap, sum(counted))

    def test_a_statement_reaches_what_it_says(self) -> None:
        one, other = item("d.1"), item("d.2")
        there = {reach for reach in Reach if reaches(says(StackingOperator.HIGHEST, reach=reach), one, other)}
        assert there == {Reach.CLAUSE, Reach.DOCUMENT, Reach.LEVEL, Reach.ALL}
        assert reaches(says(StackingOperator.HIGHEST, reach=Reach.ITEMS, items=("d.2",)), one, other)

    def test_the_ledger_adds_to_what_is_known_each_payment_once(self) -> None:
        once = item("d.1")
        known = with_paid(Profile("x"), [PAID], once, ON)
        assert len(known.records["received"]) == 1
        assert with_paid(known, [PAID], once, ON) is known
        own = [replace(PAID, item_id="d.1")]
        assert with_paid(Profile("x"), own, once, ON) == Profile("x")
        looking = item("d.1", says(StackingOperator.ONCE))
        assert len(with_paid(Profile("x"), own, looking, ON).records["received"]) == 1


def _full_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


class TestPlansAndStates:
    def test_a_plan_comes_back_as_it_was_and_the_usual_one_is_right(self) -> None:
        plan = Plan(budget=5, rule=Rule.PRO_RATA, cap=7, cap_clause="第六条")
        assert read_plan(write_plan(plan)) == plan
        assert check_plan(Plan()) == {}

    def test_every_state_is_reached_and_a_notice_that_is_planned_is_not_left_out(self) -> None:
        assert {way.after for way in ROUND_TRANSITIONS.values()} - {None} == set(RoundState)
        assert set(ROUND_TRANSITIONS) == set(RoundDeed)
        assert RoundDeed.ASK not in possible(RoundState.CHECKED, Plan())
        assert RoundDeed.NOTICE not in possible(RoundState.CHECKED, Plan(notice_days=0))
        assert possible(RoundState.CLOSED, Plan()) == possible(RoundState.CANCELLED, Plan()) == ()

    def test_all_have_a_label_of_their_own_in_chinese(self) -> None:
        for words in (RoundState, RoundDeed, Rule):
            labels = [word.label for word in words]
            assert len(set(labels)) == len(labels)
            assert not any(label.isascii() for label in labels)


def test_the_folder_has_no_numbers_in_floating_point() -> None:
    folder = Path(__file__).parents[3] / "recommender" / "payments"
    assert not [path.name for path in folder.glob("*.py") if "float(" in path.read_text(encoding="utf-8")]
