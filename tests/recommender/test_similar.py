"""Similar items: found with reasons, told apart where they differ, and ruled on by persons, version by version."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.source_text import BadText, read_yaml
from policies.items import Document, Item, Level, Status
from policies.library import Library, bundled_library
from policies.rule_text import read_rule
from recommender.similar.likeness import WEIGHTS, Likeness, score
from recommender.similar.pairs import RELATED, SAME, Kind, Pair, similar_items, similar_pairs
from recommender.similar.rulings import (
    LONGEST,
    Ruling,
    State,
    Verdict,
    load_rulings,
    questions,
    rule,
    store_ruling,
)
from recommender.similar.traits import bigrams, traits
from tests.made_up_encoder import CharacterPairs
from tests.made_up_item import made_up_item

DICTIONARY = bundled()
NOON = datetime(2024, 6, 30, 4, tzinfo=UTC)
BID = "shaanxi-2023-business-environment.16b"
BID_TWICE = ("xianyang-2023-fangguanfu.32c", "xianyang-2023-qinwuyuan.21b")
ELSEWHERE = ("tongchuan-2023-fangguanfu.9c", "xianyang-2023-fangguanfu.12b")
RECOGNITION = """
any_record:
  of: recognition
  where:
    all:
      - title: {{is: {title}}}
      - level: {{is: 省级}}
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return bundled_library()


@pytest.fixture(scope="module")
def pairs(library: Library) -> tuple[Pair, ...]:
    return similar_pairs(library, CharacterPairs())


def between(pairs: Sequence[Pair], one: str, two: str) -> Pair:
    return next(pair for pair in pairs if {item.id for item in pair.items} == {one, two})


def item(number: int, who: str, benefit: str, *, region: str = "610600", title: str = "认定奖励") -> Item:
    """An item of a document of its own, for a place."""
    made = made_up_item(read_rule(read_yaml(who, "test"), DICTIONARY), benefit, DICTIONARY)
    level = Level.PROVINCE if region.endswith("0000") else Level.CITY
    document = replace(made.document, id=f"d{number}", region=region, level=level)
    return replace(made, id=f"d{number}.1", title=title, summary=title, document=document, source={"title": title})


def library_of(*items: Item) -> Library:
    documents: dict[str, Document] = {each.document.id: each.document for each in items}
    return Library(documents, {each.id: each for each in items}, DICTIONARY)


def compare(*items: Item) -> Pair:
    (pair,) = similar_pairs(library_of(*items), CharacterPairs(), least=0.0)
    return pair


def reward(number: int, amount: str, title: str = "专精特新中小企业", region: str = "610600") -> Item:
    return item(number, RECOGNITION.format(title=title), f"fixed: {amount}", region=region)


# ------------------------------------------------------------------------------------------------- what is found


def test_the_same_support_of_a_province_and_a_city_is_found_with_its_reasons(pairs: tuple[Pair, ...]) -> None:
    pair = between(pairs, BID, BID_TWICE[0])
    assert pair.kind is Kind.SAME
    assert "两项都看拟办事项“工程建设投标”" in pair.reasons
    assert "陕西省与咸阳市（上下级）" in pair.reasons


def test_the_same_item_in_two_documents_of_a_city_is_a_suspected_duplicate(pairs: tuple[Pair, ...]) -> None:
    pair = between(pairs, *BID_TWICE)
    assert (pair.kind, round(pair.score, 3)) == (Kind.DUPLICATE, 1.0)
    assert pair.reasons[0] == "名称相同"
    assert "同在咸阳市，出自两份文件" in pair.reasons


def test_what_two_cities_give_alike_is_only_related(pairs: tuple[Pair, ...]) -> None:
    pair = between(pairs, *ELSEWHERE)
    assert pair.score >= SAME
    assert pair.kind is Kind.RELATED
    assert "铜川市与咸阳市（互不包含）" in pair.reasons


def test_amounts_and_places_are_named() -> None:
    pair = compare(reward(1, "10万元", region="610000"), reward(2, "20万元"))
    assert pair.kind is Kind.SAME
    assert "金额 10万元 / 20万元" in pair.reasons
    assert pair.reasons[-1] == "陕西省与延安市（上下级）"


def test_rewards_for_different_recognitions_are_never_one_support() -> None:
    pair = compare(reward(1, "10万元"), reward(2, "10万元", "绿色工厂"))
    assert not pair.compatible
    assert pair.kind is Kind.RELATED
    assert any(reason.startswith("不同：") and "绿色工厂" in reason for reason in pair.reasons)


def test_an_alternative_demands_nothing() -> None:
    either = "any: [{matters: {has: 融资}}, {ownership: {is: 民营}}]"
    pair = compare(item(1, either, "service: 对接"), item(2, "matters: {has: 企业注销}", "service: 对接"))
    assert pair.compatible


def test_two_demands_on_one_fact_allow_what_either_names() -> None:
    both = "all: [{matters: {has: 融资}}, {matters: {has_any: [投标, 办税]}}]"
    pair = compare(item(1, both, "service: 对接"), item(2, "matters: {has: 融资}", "service: 对接"))
    assert pair.compatible


def test_within_a_document_only_what_is_nearly_the_same_text_is_suspected() -> None:
    one, two = reward(1, "10万元"), reward(2, "10万元")
    within = compare(one, replace(two, document=one.document))
    assert within.kind is Kind.DUPLICATE
    differs = replace(two, document=one.document, title="对小微企业的补助", summary="另一件事，与前面的不同")
    apart = compare(one, differs)
    assert apart.score >= SAME
    assert apart.kind is Kind.RELATED


def test_retired_items_are_left_out_and_drafts_are_compared_but_not_offered() -> None:
    one, two = reward(1, "10万元"), reward(2, "10万元")
    assert similar_pairs(library_of(one, replace(two, status=Status.RETIRED)), CharacterPairs()) == ()
    drafted = library_of(one, replace(two, status=Status.DRAFT))
    assert len(similar_pairs(drafted, CharacterPairs())) == 1
    assert similar_items(drafted, one.id, CharacterPairs()) == ()


def test_similar_items_are_those_of_the_pairs_best_first(library: Library, pairs: tuple[Pair, ...]) -> None:
    for item_id in (BID, *ELSEWHERE):
        near = similar_items(library, item_id, CharacterPairs(), limit=100)
        assert [pair.first.id for pair in near] == [item_id] * len(near)
        assert sorted(near, key=lambda pair: -pair.score) == list(near)
        expected = {pair.other(item_id).id for pair in pairs if item_id in {each.id for each in pair.items}}
        assert {pair.other(item_id).id for pair in near} == expected
    assert len(similar_items(library, BID, CharacterPairs(), limit=1)) == 1
    with pytest.raises(KeyError):
        similar_items(library, "there-is-none.1", CharacterPairs())


def test_all_pairs_are_above_the_limit_best_first_and_each_once(pairs: tuple[Pair, ...]) -> None:
    assert len({frozenset(each.id for each in pair.items) for pair in pairs}) == len(pairs) > 0
    assert [pair.score for pair in pairs] == sorted((pair.score for pair in pairs), reverse=True)
    assert pairs[-1].score >= RELATED
    for pair in pairs:
        assert pair.score == pytest.approx(score(pair.parts))
        assert all(0 <= part <= 1 for part in pair.parts.values())


def test_the_limit_itself_counts(pairs: tuple[Pair, ...], library: Library) -> None:
    least = pairs[5].score
    assert len(similar_pairs(library, CharacterPairs(), least)) >= 6
    assert len(similar_pairs(library, CharacterPairs(), np.nextafter(least, 2) + 1e-9)) <= 5


def test_a_library_without_pairs_has_none() -> None:
    assert similar_pairs(library_of(), CharacterPairs()) == ()
    assert similar_pairs(library_of(reward(1, "10万元")), CharacterPairs()) == ()


# ------------------------------------------------------------------------------------------- how much they are alike


def test_the_weights_add_up_to_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_an_item_is_as_like_itself_as_can_be_and_likeness_is_mutual(library: Library) -> None:
    items = library.published[:40]
    parts = Likeness(items, library.dictionary, CharacterPairs())._parts(np.arange(len(items)))
    for name in WEIGHTS:
        assert np.allclose(parts[name], parts[name].T)
        if name != "conditions":  # an item that asks for nothing but its place has none to share
            assert np.allclose(np.diag(parts[name]), 1)


@given(st.text(max_size=30), st.text(max_size=30))
def test_pairs_of_characters_are_those_of_the_letters_alone(one: str, two: str) -> None:
    letters = "".join(letter for letter in one.lower() if letter.isalnum())
    assert all(pair in letters for pair in bigrams(one))
    assert bigrams(f"{one}，。 ") == bigrams(one)
    assert bool(bigrams(one + two)) == any(letter.isalnum() for letter in (one + two).lower())


def test_where_and_when_are_no_conditions() -> None:
    who = """
all:
  - region: {within: "610600"}
  - any_record:
      of: recognition
      where: {all: [{title: {is: 绿色工厂}}, {recognized_on: {between: [2023-04-29, 2026-04-29]}}]}
"""
    terms = traits(item(1, who, "fixed: 1万元"), DICTIONARY).terms
    assert terms == {("recognition", "title", None), ("recognition", "title", "绿色工厂")}


def test_amounts_are_those_that_the_benefit_names(library: Library) -> None:
    def amounts(item_id: str) -> tuple[int, ...]:
        return traits(library.items[item_id], library.dictionary).amounts

    wan = 10_000 * 100
    assert amounts("yanan-2023-private-economy.33") == (10 * wan, 30 * wan, 50 * wan, 100 * wan)
    assert amounts("yanan-2023-private-economy.15") == (100 * wan,)
    assert amounts("yanan-2023-private-economy.31") == ()


# ------------------------------------------------------------------------------------------------------- rulings


def confirmed(items: tuple[Item, Item], kind: Kind = Kind.SAME, by: str = "张三") -> Ruling:
    return rule(items, Verdict.CONFIRMED, kind, by=by, at=NOON)


def asked(library: Library, *rulings: Ruling) -> dict[frozenset[str], tuple[State, Kind]]:
    found = questions(library, similar_pairs(library, CharacterPairs()), rulings)
    return {frozenset(item.id for item in each.items): (each.state, each.kind) for each in found}


def test_a_question_is_open_until_somebody_rules_and_the_last_ruling_counts() -> None:
    one, two = reward(1, "10万元", region="610000"), reward(2, "20万元")
    library, key = library_of(one, two), frozenset((one.id, two.id))
    yes = confirmed((two, one), Kind.RELATED)
    no = rule((one, two), Verdict.REJECTED, None, by="李四", at=NOON)
    assert asked(library)[key] == (State.OPEN, Kind.SAME)
    assert asked(library, yes)[key] == (State.CONFIRMED, Kind.RELATED)
    assert asked(library, yes, no)[key] == (State.REJECTED, Kind.SAME)
    assert asked(library, no, yes)[key] == (State.CONFIRMED, Kind.RELATED)


@pytest.mark.parametrize("changed", [0, 1])
def test_a_changed_version_reopens_the_question_and_the_old_one_settles_it_again(changed: int) -> None:
    one, two = reward(1, "10万元", region="610000"), reward(2, "20万元")
    ruling, key = confirmed((one, two)), frozenset((one.id, two.id))
    items = [one, two]
    items[changed] = replace(items[changed], source={"title": "另一个版本"})
    assert asked(library_of(*items), ruling)[key] == (State.REOPENED, Kind.SAME)
    assert asked(library_of(*items), ruling, confirmed((items[0], items[1])))[key] == (State.CONFIRMED, Kind.SAME)
    later = confirmed((items[0], items[1]), Kind.DUPLICATE)
    assert asked(library_of(one, two), ruling, later)[key] == (State.CONFIRMED, Kind.SAME)


def test_what_was_ruled_on_without_being_found_is_listed_too_and_what_is_gone_is_not() -> None:
    one = reward(1, "10万元")
    other = item(2, "matters: {has: 企业注销}", "faster: 注销\nwithin: 1 天", region="610100", title="注销提速")
    ruling = confirmed((one, other), Kind.RELATED)
    (question,) = questions(library_of(one, other), (), [ruling])
    assert (question.pair, question.state, question.ruling) == (None, State.CONFIRMED, ruling)
    assert questions(library_of(one), (), [ruling]) == ()


def test_a_ruling_needs_two_items_somebody_and_a_text_that_can_be_kept() -> None:
    one, two = reward(1, "10万元"), reward(2, "10万元")
    for items, by, note in (
        ((one, one), "张三", ""),
        ((one, two), "  ", ""),
        ((one, two), "张三", "好\x00"),
        ((one, two), "张三", "好" * (LONGEST + 1)),
    ):
        with pytest.raises(BadText):
            rule(items, Verdict.REJECTED, None, by=by, at=NOON, note=note)
    assert rule((one, two), Verdict.REJECTED, None, by="张三", at=NOON, note="好" * LONGEST).note == "好" * LONGEST
    with pytest.raises(ValueError, match="as what"):
        rule((one, two), Verdict.CONFIRMED, None, by="张三", at=NOON)
    with pytest.raises(ValueError, match="as what"):
        rule((one, two), Verdict.REJECTED, Kind.SAME, by="张三", at=NOON)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = connect(database_url)
    migrate(made)
    yield made
    made.dispose()


def test_rulings_come_back_as_they_were_in_their_order(engine: Engine) -> None:
    one, two, three = reward(1, "10万元"), reward(2, "10万元"), reward(3, "1万元")
    said = (
        rule((two, one), Verdict.CONFIRMED, Kind.DUPLICATE, by="张三", at=NOON, note="同一条"),
        rule((one, two), Verdict.REJECTED, None, by="李四", at=NOON.replace(hour=3)),
        rule((three, two), Verdict.CONFIRMED, Kind.RELATED, by="张三", at=NOON),
    )
    for ruling in said:
        with writing(engine) as session:
            store_ruling(session, ruling)
    with reading(engine) as session:
        assert load_rulings(session) == said
    assert said[0].ids == said[1].ids == (one.id, two.id)
