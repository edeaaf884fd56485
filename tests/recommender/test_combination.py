"""What can be had at once: the wordings of policies, what was received before, and the laws of the best choice."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import Profile, read_facts
from enterprises.readings import EnterpriseOn
from enterprises.source_text import Problem, from_plain
from policies.benefits import Fixed
from policies.items import Category, Delivery, Document, Item, Level, Status, Window, WindowState
from policies.rules import All
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator, read_stacking
from recommender.awards import Award, Share
from recommender.combination import Claim, Combination, best_combination
from recommender.evaluation import Evidence
from recommender.logic import Truth, every
from recommender.match import Match, Verdict

DAY = date(2024, 6, 30)
WINDOW = Window(date(2024, 1, 1), None)
WAN = 1_000_000

HIGHEST, SUM, CHOOSE_ONE = StackingOperator.HIGHEST, StackingOperator.SUM, StackingOperator.CHOOSE_ONE
DIFFERENCE, NET, ONCE = StackingOperator.DIFFERENCE, StackingOperator.NET, StackingOperator.ONCE
ENTERPRISE, PROJECT, AWARD = StackingObject.ENTERPRISE, StackingObject.PROJECT, StackingObject.AWARD


def a_document(name: str = "rules", level: Level = Level.CITY) -> Document:
    return Document(
        id=name,
        title=f"{name}办法",
        number=None,
        issuers=("某市人民政府",),
        level=level,
        region="610600",
        published_on=WINDOW.opens,
        validity=WINDOW,
        validity_words="",
        validity_reading=None,
        first_page=1,
        last_page=9,
        summary="",
        left_out=(),
        source={},
    )


def an_item(
    name: str,
    *stacking: Stacking,
    document: Document | None = None,
    clause: str = "一",
    category: Category = Category.MONEY,
) -> Item:
    home = document or a_document()
    return Item(
        id=f"{home.id}.{name}",
        version=1,
        status=Status.PUBLISHED,
        title=f"{name}奖励",
        document=home,
        category=category,
        delivery=Delivery.ON_APPLICATION,
        clause=clause,
        page=1,
        departments=("某局",),
        summary="",
        window=WINDOW,
        rule=All(()),
        benefit=Fixed(0),
        stacking=stacking,
        reading=None,
        needs_confirmation=False,
        materials=(),
        steps=(),
        contact=None,
        examples=(),
        source={},
    )


def a_match(
    item: Item, *shares: Share | int, verdict: Verdict = Verdict.ELIGIBLE, window: WindowState = WindowState.OPEN
) -> Match:
    parts = tuple(Share(share, share) if isinstance(share, int) else share for share in shares)
    low = sum(share.low for share in parts)
    award = Award(low, None, True, shares=parts) if parts else None
    return Match(item, verdict, window, Evidence(All(()), True), (), award, None, False, False)


def for_project(number: int, low: int, high: int | None = -1) -> Share:
    return Share(low, low if high == -1 else high, "project", number)


def an_enterprise(**facts: object) -> EnterpriseOn:
    profile = read_facts(from_plain(facts, "given"), bundled())
    return EnterpriseOn(profile, DAY, bundled())


PROJECTS = [{"name": f"项目{number}"} for number in range(4)]
NOTHING_RECEIVED = an_enterprise(received=[], project=PROJECTS)
SAY_NOTHING = an_enterprise(project=PROJECTS)


def kept(combination: Combination) -> dict[str, int]:
    """The amounts kept, in 万元, by the item's name; several shares of an item are added."""
    amounts: dict[str, int] = {}
    for one in combination.kept:
        name = one.claim.item.id.partition(".")[2]
        amounts[name] = amounts.get(name, 0) + one.amount // WAN
    return amounts


def certain(matches: Sequence[Match], subject: EnterpriseOn = NOTHING_RECEIVED) -> Combination:
    return best_combination(matches, subject)[0]


def possible(matches: Sequence[Match], subject: EnterpriseOn = NOTHING_RECEIVED) -> Combination:
    return best_combination(matches, subject)[1]


# ------------------------------------------------------------------------------------------------- choosing


def test_without_statements_everything_adds_up() -> None:
    found = certain([a_match(an_item("a"), 10 * WAN), a_match(an_item("b"), 5 * WAN)])
    assert (kept(found), found.total, found.dropped) == ({"a": 10, "b": 5}, 15 * WAN, ())


def test_two_that_exclude_the_best_one_are_kept_where_they_are_worth_more() -> None:
    b = an_item("b", Stacking(HIGHEST, ENTERPRISE, Reach.ITEMS, ("rules.a", "rules.c"), note="不重复享受"))
    found = certain([a_match(an_item("a"), 60 * WAN), a_match(b, 100 * WAN), a_match(an_item("c"), 60 * WAN)])
    assert kept(found) == {"a": 60, "c": 60}
    (dropped,) = found.dropped
    assert [claim.item.id for claim in dropped.because] == ["rules.a", "rules.c"]
    assert "同一企业就高不重复（《rules办法》一“b奖励”：不重复享受）" in dropped.reason
    assert "a奖励" in dropped.reason
    assert "c奖励" in dropped.reason


def test_choose_one_leaves_one_of_the_whole_group() -> None:
    b = an_item("b", Stacking(CHOOSE_ONE, ENTERPRISE, Reach.ITEMS, ("rules.a", "rules.c")))
    found = certain([a_match(an_item("a"), 60 * WAN), a_match(b, 100 * WAN), a_match(an_item("c"), 60 * WAN)])
    assert kept(found) == {"b": 100}


def test_a_group_binds_even_where_the_item_that_says_so_cannot_be_had() -> None:
    b = an_item("b", Stacking(CHOOSE_ONE, ENTERPRISE, Reach.ITEMS, ("rules.a", "rules.c")))
    others = [a_match(an_item("a"), 60 * WAN), a_match(an_item("c"), 50 * WAN)]
    assert kept(certain([*others, a_match(b, verdict=Verdict.INELIGIBLE)])) == {"a": 60}
    expired = a_match(b, 100 * WAN, window=WindowState.EXPIRED)
    assert kept(certain([*others, expired])) == {"a": 60, "c": 50}


def test_to_choose_an_item_is_to_choose_all_that_it_pays() -> None:
    a = an_item("a", Stacking(CHOOSE_ONE, ENTERPRISE, Reach.CLAUSE))
    found = certain([a_match(a, for_project(0, 30 * WAN), for_project(1, 30 * WAN)), a_match(an_item("b"), 50 * WAN)])
    assert kept(found) == {"a": 60}


def test_two_groups_that_share_a_member_are_two_groups() -> None:
    rule = Stacking(CHOOSE_ONE, ENTERPRISE, Reach.ITEMS, ("rules.c",))
    matches = [a_match(an_item("a", rule), 30 * WAN), a_match(an_item("b", rule), 30 * WAN)]
    assert kept(certain([*matches, a_match(an_item("c"), 50 * WAN)])) == {"a": 30, "b": 30}


def test_once_for_an_enterprise_is_once_for_all_its_projects() -> None:
    item = an_item("a", Stacking(ONCE, ENTERPRISE, Reach.ITEMS, ("rules.b",)))
    assert kept(certain([a_match(item, for_project(0, 30 * WAN), for_project(1, 20 * WAN))])) == {"a": 30}


def test_the_same_project_once_at_the_highest_and_different_projects_add_up() -> None:
    rule = Stacking(HIGHEST, PROJECT, Reach.DOCUMENT)
    a, b = an_item("a", rule, clause="一"), an_item("b", rule, clause="二")
    found = certain(
        [
            a_match(a, for_project(0, 30 * WAN), for_project(1, 20 * WAN)),
            a_match(b, for_project(0, 10 * WAN), for_project(2, 5 * WAN)),
        ]
    )
    assert kept(found) == {"a": 50, "b": 5}
    (dropped,) = found.dropped
    assert (dropped.claim.item, dropped.claim.share.number) == (b, 0)
    assert "已选“a奖励（投资项目 1）”，不能同时享受：同一项目就高不重复" in dropped.reason


def test_an_item_never_excludes_itself_for_another_project_but_does_under_a_statement_about_the_enterprise() -> None:
    shares = for_project(0, 30 * WAN), for_project(1, 20 * WAN)
    assert kept(certain([a_match(an_item("a", Stacking(HIGHEST, PROJECT, Reach.ALL)), *shares)])) == {"a": 50}
    assert kept(certain([a_match(an_item("a", Stacking(HIGHEST, ENTERPRISE, Reach.ALL)), *shares)])) == {"a": 30}


def test_the_parts_of_one_formula_for_one_object_stay_together() -> None:
    a = an_item("a", Stacking(HIGHEST, ENTERPRISE, Reach.ALL), Stacking(HIGHEST, PROJECT, Reach.ALL))
    found = certain([a_match(a, 5 * WAN, 10 * WAN, for_project(0, 20 * WAN), for_project(0, 1 * WAN))])
    assert [(one.claim.share.record, one.amount) for one in found.kept] == [(None, 15 * WAN), ("project", 21 * WAN)]


def test_whether_it_is_the_same_project_is_unknown_for_what_names_no_project() -> None:
    rule = Stacking(HIGHEST, PROJECT, Reach.DOCUMENT)
    matches = [a_match(an_item("a", rule), for_project(0, 30 * WAN)), a_match(an_item("b", rule), 20 * WAN)]
    sure, most = best_combination(matches, NOTHING_RECEIVED)
    assert kept(sure) == {"a": 30}
    assert "是否同一项目还不清楚" in sure.dropped[0].reason
    assert kept(most) == {"a": 30, "b": 20}


def test_one_award_at_two_levels_may_be_the_same_award() -> None:
    subject = an_enterprise(
        received=[],
        recognition=[
            {"title": "绿色工厂", "level": "省级"},
            {"title": "绿色工厂", "level": "国家级"},
            {"title": "企业技术中心", "level": "省级"},
        ],
    )
    item = an_item("a", Stacking(DIFFERENCE, AWARD, Reach.CLAUSE))
    shares = [Share(amount * WAN, amount * WAN, "recognition", place) for place, amount in enumerate((10, 20, 10))]
    sure, most = best_combination([a_match(item, *shares)], subject)
    assert (sure.total, most.total) == (30 * WAN, 40 * WAN)
    assert "与本项合计只按较高的一项计算" in sure.dropped[0].reason


@pytest.mark.parametrize(
    ("wide", "narrow", "together"),
    [
        ((HIGHEST, ENTERPRISE, Reach.ALL), (SUM, ENTERPRISE, Reach.DOCUMENT), True),
        ((CHOOSE_ONE, ENTERPRISE, Reach.DOCUMENT), (SUM, ENTERPRISE, Reach.CLAUSE), True),
        ((SUM, ENTERPRISE, Reach.ALL), (HIGHEST, ENTERPRISE, Reach.LEVEL), False),
        ((SUM, ENTERPRISE, Reach.DOCUMENT), (HIGHEST, ENTERPRISE, Reach.DOCUMENT), False),
        ((SUM, ENTERPRISE, Reach.DOCUMENT), (HIGHEST, PROJECT, Reach.DOCUMENT), False),
        ((HIGHEST, ENTERPRISE, Reach.DOCUMENT), (SUM, PROJECT, Reach.DOCUMENT), True),
        ((ONCE, ENTERPRISE, Reach.ALL), (SUM, ENTERPRISE, Reach.CLAUSE), False),
        ((NET, ENTERPRISE, Reach.ALL), (SUM, ENTERPRISE, Reach.CLAUSE), False),
    ],
)
def test_the_narrower_statement_holds_but_for_those_that_always_do(
    wide: tuple[StackingOperator, StackingObject, Reach],
    narrow: tuple[StackingOperator, StackingObject, Reach],
    together: bool,
) -> None:
    a, b = an_item("a", Stacking(*wide), Stacking(*narrow)), an_item("b")
    found = certain([a_match(a, for_project(0, 20 * WAN)), a_match(b, for_project(0, 10 * WAN))])
    assert kept(found) == ({"a": 20, "b": 10} if together else {"a": 20})


def test_the_reason_names_the_statement_that_holds_and_not_one_that_gave_way() -> None:
    a = an_item(
        "a",
        Stacking(HIGHEST, ENTERPRISE, Reach.DOCUMENT, note="就高"),
        Stacking(SUM, ENTERPRISE, Reach.CLAUSE),
        Stacking(NET, ENTERPRISE, Reach.ALL, note="扣除"),
    )
    (dropped,) = certain([a_match(a, 20 * WAN), a_match(an_item("b"), 10 * WAN)]).dropped
    assert "扣除" in dropped.reason
    assert "就高" not in dropped.reason


@pytest.mark.parametrize(
    ("reach", "kept_names"),
    [
        (Reach.CLAUSE, {"a", "document", "level", "other"}),
        (Reach.DOCUMENT, {"a", "level", "other"}),
        (Reach.LEVEL, {"a", "other"}),
        (Reach.OTHER_LEVELS, {"a", "clause", "document", "level"}),
        (Reach.OTHER_DOCUMENTS, {"a", "clause", "document"}),
        (Reach.ALL, {"a"}),
    ],
)
def test_reach(reach: Reach, kept_names: set[str]) -> None:
    matches = [
        a_match(an_item("a", Stacking(HIGHEST, ENTERPRISE, reach)), 100 * WAN),
        a_match(an_item("clause"), 1 * WAN),
        a_match(an_item("document", clause="二"), 1 * WAN),
        a_match(an_item("level", document=a_document("second")), 1 * WAN),
        a_match(an_item("other", document=a_document("third", Level.PROVINCE)), 1 * WAN),
    ]
    assert set(kept(certain(matches))) == kept_names


def test_of_the_same_type_is_for_the_authority_to_say_except_across_categories() -> None:
    a = an_item("a", Stacking(HIGHEST, ENTERPRISE, Reach.OTHER_DOCUMENTS, alike=True))
    other = a_document("second")
    matches = [
        a_match(a, 20 * WAN),
        a_match(an_item("money", document=other), 10 * WAN),
        a_match(an_item("relief", document=other, category=Category.RELIEF), 5 * WAN),
    ]
    sure, most = best_combination(matches, NOTHING_RECEIVED)
    assert kept(sure) == {"a": 20, "relief": 5}
    assert "是否同类由主管部门认定" in sure.dropped[0].reason
    assert most.total == 35 * WAN


def test_the_certain_one_takes_what_is_eligible_at_its_low_and_the_possible_one_all_at_the_high() -> None:
    rule = Stacking(HIGHEST, ENTERPRISE, Reach.CLAUSE)
    matches = [
        a_match(an_item("a", rule), Share(5 * WAN, 10 * WAN)),
        a_match(an_item("b", rule), Share(8 * WAN, 8 * WAN)),
        a_match(an_item("c", rule), Share(20 * WAN, 30 * WAN), verdict=Verdict.UNDETERMINED),
        a_match(an_item("d"), verdict=Verdict.INELIGIBLE),
        a_match(an_item("e"), 99 * WAN, window=WindowState.NOT_YET),
    ]
    sure, most = best_combination(matches, NOTHING_RECEIVED)
    assert (kept(sure), kept(most)) == ({"b": 8}, {"c": 30})
    assert [one.claim.certain for one in most.kept] == [False]


def test_what_has_no_upper_bound_comes_first_and_is_counted_at_its_least() -> None:
    rule = Stacking(HIGHEST, ENTERPRISE, Reach.CLAUSE)
    matches = [a_match(an_item("a", rule), Share(5 * WAN, None)), a_match(an_item("b", rule), 8 * WAN)]
    sure, most = best_combination(matches, NOTHING_RECEIVED)
    assert (kept(sure), sure.unbounded) == ({"b": 8}, False)
    assert (kept(most), most.unbounded, most.total) == ({"a": 5}, True, 5 * WAN)


def test_what_is_worth_nothing_for_certain_stays_where_nothing_keeps_it_out() -> None:
    rule = Stacking(HIGHEST, ENTERPRISE, Reach.CLAUSE)
    free = a_match(an_item("free", clause="二"), Share(0, 9 * WAN))
    matches = [a_match(an_item("a", rule), 1 * WAN), a_match(an_item("b"), Share(0, 9 * WAN)), free]
    found = certain(matches)
    assert kept(found) == {"a": 1, "free": 0}
    assert [one.claim.item.id for one in found.dropped] == ["rules.b"]


def test_of_equal_totals_the_certain_one_then_the_fewer_then_the_first() -> None:
    rule = Stacking(CHOOSE_ONE, ENTERPRISE, Reach.CLAUSE)
    unsure = a_match(an_item("a", rule), 10 * WAN, verdict=Verdict.UNDETERMINED)
    assert kept(possible([unsure, a_match(an_item("b", rule), 10 * WAN)])) == {"b": 10}
    assert kept(possible([a_match(an_item("c", rule), 10 * WAN), a_match(an_item("b", rule), 10 * WAN)])) == {"b": 10}
    d = an_item("d", Stacking(HIGHEST, ENTERPRISE, Reach.ITEMS, ("rules.a", "rules.b")))
    two = [a_match(an_item("a"), 5 * WAN), a_match(an_item("b"), 5 * WAN)]
    assert kept(certain([*two, a_match(d, 10 * WAN)])) == {"d": 10}


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ({"operator": "highest", "object": "project", "reach": "other_documents", "alike": "是"}, "同一项目就高不重复"),
        ({"operator": "net", "object": "enterprise", "reach": "other_levels"}, "同一企业扣除已获资金"),
        ({"operator": "once", "every": "2年", "object": "person", "reach": "all"}, "同一人 2 年内只享受一次"),
        ({"operator": "once", "every": "ever", "object": "award", "reach": "all"}, "同一奖项（认定）只享受一次"),
    ],
)
def test_what_a_statement_says(written: dict[str, str], label: str) -> None:
    statement = read_stacking(from_plain(written, "item.yaml"))
    assert (statement.label, statement.reach.value) == (label, written["reach"])
    assert statement.alike is ("alike" in written)


def test_alike_is_yes_or_no() -> None:
    with pytest.raises(Problem):
        read_stacking(from_plain({"operator": "sum", "object": "person", "reach": "all", "alike": "大概"}, "item.yaml"))


# ------------------------------------------------------------------------------------- what was received before


def received(**fields: str) -> EnterpriseOn:
    return an_enterprise(project=PROJECTS, received=[fields])


HIGHER = an_item("higher", Stacking(DIFFERENCE, ENTERPRISE, Reach.ITEMS, ("rules.lower",), note="只奖励差额"))
LOWER = an_item("lower")


def test_an_upgrade_pays_the_difference_to_the_lower_award_paid_before() -> None:
    subject = received(item="rules.lower", amount="10万元", paid_on="2023-05-01")
    for found in best_combination([a_match(HIGHER, 30 * WAN)], subject):
        assert kept(found) == {"higher": 20}
        assert found.kept[0].reason == (
            "2023年5月1日已领取“rules.lower” 10万元，同一企业只补差额（《rules办法》一“higher奖励”：只奖励差额）："
            "应得 30万元，余 20万元"
        )


def test_a_top_up_to_a_stated_total_that_was_reached_pays_nothing() -> None:
    subject = received(item="rules.lower", amount="30万元", paid_on="2023-05-01")
    for found in best_combination([a_match(HIGHER, 30 * WAN)], subject):
        assert found.kept == ()
        assert "没有余额" in found.dropped[0].reason


def test_the_difference_holds_from_the_other_side_too_and_net_does_not() -> None:
    subject = received(item="rules.higher", amount="30万元", paid_on="2023-05-01")
    had = a_match(HIGHER, verdict=Verdict.INELIGIBLE)
    assert kept(certain([had, a_match(LOWER, 10 * WAN)], subject)) == {}
    net = replace(HIGHER, stacking=(replace(HIGHER.stacking[0], operator=NET),))
    had = a_match(net, verdict=Verdict.INELIGIBLE)
    assert kept(certain([had, a_match(LOWER, 10 * WAN)], subject)) == {"lower": 10}


def test_net_of_what_another_level_paid() -> None:
    item = an_item("a", Stacking(NET, ENTERPRISE, Reach.OTHER_LEVELS))
    for level, rest in (("省级", 20), ("市级", 30), ("国家级", 20)):
        subject = received(level=level, amount="10万元", paid_on="2023-05-01")
        assert kept(certain([a_match(item, 30 * WAN)], subject)) == {"a": rest}


@pytest.mark.parametrize(
    ("paid_on", "open_again"),
    [("2022-06-30", True), ("2022-07-01", False), ("2024-06-30", False), ("2024-07-01", True), ("1999-01-01", True)],
)
def test_once_in_two_years(paid_on: str, open_again: bool) -> None:
    item = an_item("a", Stacking(ONCE, ENTERPRISE, Reach.CLAUSE, every=2))
    subject = received(item="rules.a", amount="10万元", paid_on=paid_on)
    for found in best_combination([a_match(item, 10 * WAN)], subject):
        assert kept(found) == ({"a": 10} if open_again else {})


def test_who_had_another_support_before_is_excluded() -> None:
    item = an_item("a", Stacking(ONCE, ENTERPRISE, Reach.ITEMS, ("rules.b",)))
    for before in ("rules.a", "rules.b"):
        for found in best_combination([a_match(item, 10 * WAN)], received(item=before)):
            assert found.kept == ()
            assert "同一企业只享受一次" in found.dropped[0].reason
    assert kept(certain([a_match(item, 10 * WAN)], received(item="rules.c"))) == {"a": 10}


def test_received_for_another_project_does_not_count() -> None:
    item = an_item("a", Stacking(ONCE, PROJECT, Reach.CLAUSE))
    subject = received(item="rules.a", amount="1万元", object="项目 1")
    for found in best_combination([a_match(item, for_project(0, 10 * WAN), for_project(1, 20 * WAN))], subject):
        assert [one.claim.share.number for one in found.kept] == [0]


@pytest.mark.parametrize("operator", [ONCE, DIFFERENCE, NET])
def test_where_it_is_unknown_what_was_received_nothing_that_depends_on_it_is_certain(
    operator: StackingOperator,
) -> None:
    matches = [a_match(an_item("a", Stacking(operator, ENTERPRISE, Reach.CLAUSE)), 10 * WAN)]
    matches.append(a_match(an_item("b", clause="二"), 5 * WAN))
    sure, most = best_combination(matches, SAY_NOTHING)
    assert kept(sure) == {"b": 5}
    assert "不清楚以前领取过哪些资金" in sure.dropped[0].reason
    assert kept(most) == {"a": 10, "b": 5}


@pytest.mark.parametrize(
    "unknown",
    [
        {"amount": "10万元", "paid_on": "2023-05-01"},
        {"item": "我也说不清", "amount": "10万元"},
        {"item": "rules.lower", "paid_on": "2023-05-01"},
    ],
)
def test_a_receipt_of_which_not_all_is_known_lowers_the_certain_total_only(unknown: dict[str, str]) -> None:
    sure, most = best_combination([a_match(HIGHER, 10 * WAN)], received(**unknown))
    assert (sure.total, most.total) == (0, 10 * WAN)
    assert sure.dropped[0].because == ()


def test_a_receipt_under_two_statements_is_taken_off_once() -> None:
    item = an_item("a", Stacking(DIFFERENCE, ENTERPRISE, Reach.ALL), Stacking(NET, ENTERPRISE, Reach.DOCUMENT))
    subject = received(item="rules.b", amount="10万元", paid_on="2023-05-01")
    assert kept(certain([a_match(item, 30 * WAN)], subject)) == {"a": 20}


# ---------------------------------------------------------------------------------------------------- the laws

DOCUMENTS = [a_document("city"), a_document("town", Level.COUNTY)]
RECORDS = an_enterprise(
    received=[],
    project=[{"name": "甲"}, {"name": "甲"}, {}],
    construction_project=[{"name": "甲"}, {"name": "乙"}],
    recognition=[{"title": "绿色工厂"}],
)
PLACES = [
    (None, None),
    ("project", None),
    ("project", 0),
    ("project", 1),
    ("project", 2),
    ("construction_project", 0),
    ("construction_project", 1),
    ("recognition", 0),
]
IDS = [f"{document.id}.{number}" for document in DOCUMENTS for number in range(3)]

statements = st.builds(
    lambda operator, object_, reach, items, alike: Stacking(
        operator, object_, reach, tuple(items) if reach is Reach.ITEMS else (), alike=alike
    ),
    st.sampled_from(StackingOperator),
    st.sampled_from([ENTERPRISE, PROJECT, AWARD]),
    st.sampled_from(Reach),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True),
    st.sampled_from([False, False, False, True]),
)


@st.composite
def some_matches(draw: st.DrawFn) -> list[Match]:
    matches = []
    left = 8
    for item_id in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=6)):
        home, _, number = item_id.partition(".")
        item = an_item(
            number,
            *draw(st.lists(statements, max_size=2)),
            document=next(document for document in DOCUMENTS if document.id == home),
            clause=draw(st.sampled_from("一二")),
            category=draw(st.sampled_from([Category.MONEY, Category.MONEY, Category.RELIEF])),
        )
        shares = []
        for record, place in draw(
            st.lists(st.sampled_from(PLACES), unique=True, min_size=1, max_size=min(left, 2) or 1)
        ):
            low = draw(st.integers(0, 6))
            high = draw(st.one_of(st.none(), st.integers(max(low, 1), 12)))
            shares.append(Share(low, high, record, place))
        left -= len(shares)
        verdict = draw(st.sampled_from([Verdict.ELIGIBLE, Verdict.ELIGIBLE, Verdict.UNDETERMINED]))
        matches.append(a_match(item, *shares, verdict=verdict))
        if left <= 0:
            break
    return matches


def same_object(object_: StackingObject, one: Claim, other: Claim) -> Truth:
    """What the design says, claim by claim and without any index."""
    own = one.item.id == other.item.id
    records = bundled().records
    if object_ is ENTERPRISE:
        return not own or (one.share.record is not None and other.share.record is not None)
    tied = [
        claim.share.record is not None
        and claim.share.number is not None
        and records[claim.share.record].object == object_.value
        for claim in (one, other)
    ]
    if not all(tied):
        return False if own else None
    if (one.share.record, one.share.number) == (other.share.record, other.share.number):
        return True
    names = [name_of(claim) for claim in (one, other)]
    if None in names:
        return False if own or one.share.record == other.share.record else None
    return None if names[0] == names[1] else False


def name_of(claim: Claim) -> str | None:
    assert claim.share.record is not None
    assert claim.share.number is not None
    fields = RECORDS.profile.records[claim.share.record][claim.share.number].fields
    observed = fields.get("name", fields.get("title"))
    return None if observed is None else str(observed.value)


def reaches(statement: Stacking, carrier: Item, other: Item) -> bool:
    if statement.alike and carrier.category != other.category:
        return False
    if statement.operator is ONCE and carrier.id == other.id:
        return True
    same_document = carrier.document.id == other.document.id
    return {
        Reach.ITEMS: other.id in statement.items,
        Reach.CLAUSE: same_document and carrier.clause == other.clause,
        Reach.DOCUMENT: same_document,
        Reach.LEVEL: carrier.document.level == other.document.level,
        Reach.OTHER_LEVELS: carrier.document.level != other.document.level,
        Reach.OTHER_DOCUMENTS: not same_document,
        Reach.ALL: True,
    }[statement.reach]


def covers(statement: Stacking, carrier: Item, one: Item, other: Item) -> bool:
    if statement.operator is CHOOSE_ONE:
        group = all(item.id == carrier.id or reaches(statement, carrier, item) for item in (one, other))
        return group and one.id != other.id
    return any(
        here.id == carrier.id and reaches(statement, carrier, there) for here, there in ((one, other), (other, one))
    )


def excluded(items: Sequence[Item], one: Claim, other: Claim, *, sure: bool) -> bool:
    strongest: tuple[int, bool, bool] | None = None
    for carrier in items:
        for statement in carrier.stacking:
            if not covers(statement, carrier, one.item, other.item):
                continue
            permits = statement.operator is SUM
            truth = every((same_object(statement.object, one, other), None if statement.alike else True))
            if truth is False or (truth is None and sure is permits):
                continue
            if statement.operator in (DIFFERENCE, NET, ONCE):
                return True
            width = list(Reach).index(statement.reach), statement.object is ENTERPRISE, permits
            strongest = width if strongest is None else min(strongest, width)
    return strongest is not None and not strongest[2]


def worth(claims: Sequence[Claim], *, sure: bool) -> tuple[object, ...]:
    """What selections are compared by: unbounded ones, total, what is certain of it, few, first ids."""

    def amount(claim: Claim) -> int:
        return claim.share.low if sure or claim.share.high is None else claim.share.high

    return (
        0 if sure else sum(claim.share.high is None for claim in claims),
        sum(map(amount, claims)),
        sum(amount(claim) for claim in claims if claim.certain),
    )


def claims_of(found: Combination) -> list[Claim]:
    return [one.claim for one in found.kept] + [one.claim for one in found.dropped]


@given(some_matches())
def test_it_is_the_best_of_all_permitted_selections(matches: list[Match]) -> None:
    items = [found.item for found in matches]
    for sure, combined in zip((True, False), best_combination(matches, RECORDS), strict=True):
        claims = claims_of(combined)
        assert sorted(map(repr, claims)) == sorted(
            repr(Claim(found.item, share, found.verdict is Verdict.ELIGIBLE))
            for found in matches
            if found.award is not None and not (sure and found.verdict is not Verdict.ELIGIBLE)
            for share in found.award.shares
        )
        chosen = [one.claim for one in combined.kept]
        rivals = {
            frozenset((a, b))
            for a, b in itertools.combinations(range(len(claims)), 2)
            if excluded(items, claims[a], claims[b], sure=sure)
        }
        permitted = [
            selection
            for size in range(len(claims) + 1)
            for selection in itertools.combinations(range(len(claims)), size)
            if not any(frozenset(pair) in rivals for pair in itertools.combinations(selection, 2))
        ]
        best = max(worth([claims[place] for place in selection], sure=sure) for selection in permitted)
        assert tuple(range(len(chosen))) in permitted
        assert worth(chosen, sure=sure) == best
        assert combined.total == best[1]
        for dropped in combined.dropped:
            against = [excluded(items, dropped.claim, claim, sure=sure) for claim in chosen]
            assert any(against)
            assert [claim for claim, bars in zip(chosen, against, strict=True) if bars] == list(dropped.because)
            assert dropped.reason


@given(some_matches(), st.randoms())
def test_the_order_of_the_matches_does_not_matter(matches: list[Match], dice: random.Random) -> None:
    shuffled = dice.sample(matches, len(matches))
    assert best_combination(matches, RECORDS) == best_combination(shuffled, RECORDS)


@given(some_matches(), st.data())
def test_fewer_exclusions_never_lower_the_total(matches: list[Match], data: st.DataObject) -> None:
    carriers = [place for place, found in enumerate(matches) if any(s.operator is not SUM for s in found.item.stacking)]
    if not carriers:
        return
    place = data.draw(st.sampled_from(carriers))
    item = matches[place].item
    lifted = data.draw(st.sampled_from([statement for statement in item.stacking if statement.operator is not SUM]))
    rest = tuple(statement for statement in item.stacking if statement is not lifted)
    freer = [*matches]
    freer[place] = replace(matches[place], item=replace(item, stacking=rest))
    for sure, before, after in zip(
        (True, False), best_combination(matches, RECORDS), best_combination(freer, RECORDS), strict=True
    ):
        most = [worth([one.claim for one in found.kept], sure=sure)[:2] for found in (before, after)]
        assert most[0] <= most[1]


@given(some_matches())
def test_what_is_certain_is_never_more_than_what_is_possible(matches: list[Match]) -> None:
    for subject in (RECORDS, EnterpriseOn(replace_received(RECORDS.profile), DAY, bundled())):
        sure, most = best_combination(matches, subject)
        assert sure.total <= most.total or most.unbounded


def replace_received(profile: Profile) -> Profile:
    return replace(profile, records={kind: found for kind, found in profile.records.items() if kind != "received"})


def test_two_hundred_claims_under_real_structures_are_settled_exactly() -> None:
    """Forty items of four documents, each for five projects, the same project at the highest within a document."""
    subject = an_enterprise(received=[], project=[{"name": str(number)} for number in range(5)])
    rule, once = Stacking(HIGHEST, PROJECT, Reach.DOCUMENT), Stacking(ONCE, PROJECT, Reach.CLAUSE)
    matches = [
        a_match(
            an_item(str(number), rule, once, document=a_document(f"d{number % 4}"), clause=str(number // 8)),
            *(for_project(project, (number + 1) * WAN) for project in range(5)),
        )
        for number in range(40)
    ]
    found = certain(matches, subject)
    assert found.total == 5 * (37 + 38 + 39 + 40) * WAN
    assert len(found.kept) + len(found.dropped) == 200
