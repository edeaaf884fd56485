"""What may be granted: only what every condition proves, to the 分; hypothesis looks for anything else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import from_plain
from policies.benefit_text import read_benefit
from policies.items import Category, Delivery, Item, Window
from policies.library import Library, bundled_library
from policies.rule_text import read_rule
from recommender.explanation import Explanation, explain
from recommender.explanation_json import recompute, to_text
from recommender.grants.entitlement import NotEntitled, Stated, entitlement
from recommender.grants.samples import CERAMICS, HIRING, RETENTION
from recommender.grants.states import MOST
from recommender.match import Verdict, match
from tests import strategies
from tests.made_up_item import SINCE, made_up_item

DICTIONARY = bundled()
CODE = complete("91610602MAHQ90010")
STATED = Stated(4_500_00, ("3 人 × 1,500 元",), "某经办机构")
REGION = {"region": {"within": "610600"}}


def item_of(benefit: Mapping[str, Any], rule: Mapping[str, Any] = REGION, **changes: Any) -> Item:
    made = made_up_item(read_rule(from_plain(rule, "rule"), DICTIONARY), "fixed: 1万元", DICTIONARY)
    worth = read_benefit(from_plain(benefit, "benefit"), DICTIONARY, made.rule)
    return replace(made, **{"benefit": worth, "delivery": Delivery.NO_APPLICATION, **changes})


def explained(item: Item, profile: Profile, on: date = SAMPLE_DAY) -> Explanation:
    return explain(Library({item.document.id: item.document}, {item.id: item}, DICTIONARY), profile, on)


def enterprise(source: Source = Source.REGISTER, region: str = "610602", **facts: Any) -> Profile:
    seen = {name: Observation(value, source) for name, value in {"region": region, **facts}.items()}
    return Profile(CODE, "示例", seen)


def test_what_is_proven_is_granted_to_the_formula_s_amount() -> None:
    due = entitlement(explained(item_of({"fixed": "8万元"}), enterprise()), "d.1")
    assert (due.amount, due.office) == (8_000_000, None)
    assert due.steps == ("定额 8万元",)


@pytest.mark.parametrize(
    ("changes", "profile", "words"),
    [
        ({"delivery": Delivery.ON_APPLICATION}, enterprise(), "不是免申即享"),
        ({"delivery": Delivery.INSTANT}, enterprise(), "不是免申即享"),
        ({"category": Category.RELIEF}, enterprise(), "不是发放的资金"),
        ({"window": Window(SINCE, SAMPLE_DAY - timedelta(days=1))}, enterprise(), "已于2024年6月29日到期"),
        ({"window": Window(SAMPLE_DAY + timedelta(days=1), None)}, enterprise(), "2024年7月1日才开始"),
        ({}, enterprise(operating_status="注销"), "已注销"),
        ({}, Profile(CODE), "还缺：所在地区"),
        ({}, enterprise(region="610402"), "不符合"),
        ({}, enterprise(Source.DECLARED), "自己填报"),
        ({}, enterprise(Source.INFERRED), "还不能认定"),
        ({}, replace(enterprise(), credit_code=None), "没有统一社会信用代码"),
    ],
)
def test_whatever_else_is_refused_with_the_reason(changes: dict[str, Any], profile: Profile, words: str) -> None:
    item = item_of({"fixed": "8万元"}, **changes)
    with pytest.raises(NotEntitled, match=words):
        entitlement(explained(item, profile), "d.1")


@pytest.mark.parametrize("closes", [SAMPLE_DAY, SAMPLE_DAY + timedelta(days=1), None])
def test_the_last_day_counts(closes: date | None) -> None:
    item = item_of({"fixed": "8万元"}, window=Window(SINCE, closes))
    assert entitlement(explained(item, enterprise()), "d.1").amount == 8_000_000


def test_an_item_that_was_not_judged_is_refused() -> None:
    with pytest.raises(NotEntitled, match="没有事项"):
        entitlement(explained(item_of({"fixed": "8万元"}), enterprise()), "d.2")


@pytest.mark.parametrize(
    "benefit",
    [
        {"rate": "10%", "of": "total_assets"},
        {"range": ["1万元", "2万元"]},
        {"service": "上门辅导"},
    ],
)
def test_what_has_no_exact_amount_is_refused(benefit: dict[str, Any]) -> None:
    with pytest.raises(NotEntitled):
        entitlement(explained(item_of(benefit), enterprise()), "d.1")


class TestAnAmountThatAnotherRuleSets:
    ITEM = item_of({"set_elsewhere": "补助标准", "by": "另行规定"})

    def test_it_is_stated_by_an_office_with_its_steps(self) -> None:
        due = entitlement(explained(self.ITEM, enterprise()), "d.1", STATED)
        assert (due.amount, due.steps, due.office) == (STATED.amount, STATED.steps, STATED.office)

    @pytest.mark.parametrize(
        "stated",
        [
            None,
            replace(STATED, amount=0),
            replace(STATED, amount=-1),
            replace(STATED, amount=MOST),
            replace(STATED, steps=()),
            replace(STATED, steps=(" ",)),
            replace(STATED, office=" "),
        ],
    )
    def test_without_any_of_it_nothing_is_granted(self, stated: Stated | None) -> None:
        with pytest.raises(NotEntitled):
            entitlement(explained(self.ITEM, enterprise()), "d.1", stated)

    @pytest.mark.parametrize("amount", [1, MOST - 1])
    def test_any_amount_that_can_be_paid_is_taken(self, amount: int) -> None:
        assert entitlement(explained(self.ITEM, enterprise()), "d.1", replace(STATED, amount=amount)).amount == amount

    def test_it_never_takes_the_place_of_a_formula(self) -> None:
        with pytest.raises(NotEntitled, match="不能另填"):
            entitlement(explained(item_of({"fixed": "8万元"}), enterprise()), "d.1", STATED)

    def test_nor_makes_up_for_what_is_not_proven(self) -> None:
        with pytest.raises(NotEntitled, match="自己填报"):
            entitlement(explained(self.ITEM, enterprise(Source.DECLARED)), "d.1", STATED)


def test_what_was_received_before_is_not_granted_again() -> None:
    item = item_of({"fixed": "8万元"})
    fields: dict[str, Any] = {"item": item.id, "amount": 8_000_000, "paid_on": date(2024, 3, 1)}
    record = Record("received", {name: Observation(value, Source.REGISTER) for name, value in fields.items()})
    profile = replace(enterprise(), records={"received": (record,)})
    with pytest.raises(NotEntitled, match="已经领取过"):
        entitlement(explained(item, profile), "d.1")


def test_the_proof_is_of_this_item_alone_and_can_be_computed_again() -> None:
    library = bundled_library()
    profile = next(each for each in samples() if each.credit_code == CERAMICS)
    due = entitlement(explain(library, profile, SAMPLE_DAY), RETENTION, STATED)
    text = to_text(due.proof)
    assert [match.item.id for match in due.proof.matches] == [RETENTION]
    assert recompute(text, lambda item_id, _version: library.items[item_id], DICTIONARY) == text


def test_of_the_bundled_library_only_two_items_need_no_application_and_both_leave_the_amount_to_other_rules() -> None:
    items = [item for item in bundled_library().published if item.delivery is Delivery.NO_APPLICATION]
    assert [item.id for item in items] == [RETENTION, HIRING]
    profile = next(each for each in samples() if each.credit_code == CERAMICS)
    explanation = explain(bundled_library(), profile, SAMPLE_DAY)
    with pytest.raises(NotEntitled, match="请填写核定的金额和算法"):
        entitlement(explanation, RETENTION)
    with pytest.raises(NotEntitled, match="不符合"):
        entitlement(explanation, HIRING, STATED)


def trusted(profile: Profile) -> Profile:
    """What is left of a profile when only values count on which money may be granted."""

    def kept(seen: Mapping[Any, Observation]) -> dict[Any, Observation]:
        return {name: one for name, one in seen.items() if one.source.grants_money}

    def series(one: Series) -> Series:
        if one.before is not None and one.before.source.grants_money:
            return Series(kept(one.years), one.before, one.before_year)
        return Series(kept(one.years))

    return replace(
        profile,
        facts=kept(profile.facts),
        series={name: series(one) for name, one in profile.series.items()},
        records={
            kind: tuple(Record(kind, kept(record.fields)) for record in records)
            for kind, records in profile.records.items()
        },
    )


@given(st.data())
def test_never_what_is_undetermined_unconfirmed_over_or_inexact(data: st.DataObject) -> None:
    rule, benefit = data.draw(strategies.offers(DICTIONARY))
    facts, kinds = strategies.names_of(rule, DICTIONARY)
    whole = data.draw(strategies.complete_profiles(DICTIONARY, facts, kinds))
    profile = replace(
        data.draw(strategies.observed(data.draw(strategies.partial(whole, DICTIONARY)))), credit_code=CODE
    )
    on = data.draw(strategies.days)
    opens = on + timedelta(days=data.draw(st.integers(-3, 1)))
    closes = data.draw(st.none() | st.just(opens + timedelta(days=data.draw(st.integers(0, 3)))))
    made = made_up_item(rule, "fixed: 1万元", DICTIONARY)
    delivery = data.draw(st.sampled_from([Delivery.NO_APPLICATION, Delivery.NO_APPLICATION, *Delivery]))
    item = replace(made, benefit=benefit, delivery=delivery, window=Window(opens, closes))
    stated = data.draw(st.none() | st.just(STATED))
    explanation = explained(item, profile, on)
    try:
        due = entitlement(explanation, item.id, stated)
    except NotEntitled as refusal:
        assert str(refusal)
        return
    (found,) = explanation.matches
    assert delivery is Delivery.NO_APPLICATION
    assert opens <= on
    assert closes is None or on <= closes
    assert found.verdict is Verdict.ELIGIBLE
    assert not found.unconfirmed
    assert not found.barred
    assert due.amount > 0
    if due.office is None:
        assert found.award is not None
        assert (found.award.low, found.award.high) == (due.amount, due.amount)
    by_trusted = match(item, EnterpriseOn(trusted(profile), on, DICTIONARY))
    assert by_trusted.verdict is Verdict.ELIGIBLE
