"""What people say and what policies call it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from policies.items import Category, Delivery
from recommender.search.synonyms import lexicon
from recommender.search.tokens import tokens


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("厂里要换一批新设备", "技术改造"),
        ("头一回评上", "首次"),
        ("没裁员能退点钱吗", "稳岗返还"),
        ("利息太高", "贴息"),
        ("干完活甲方不给钱", "拖欠账款"),
        ("想开个小饭店", "餐饮 便利店 准入即准营"),
        ("我的小店想升级成公司", "个体工商户 转企业"),
    ],
)
def test_what_people_say_has_a_word_in_policies(said: str, meant: str) -> None:
    found = {each.meant: each for each in lexicon().expansions(said)}
    assert meant in found
    assert found[meant].said == said[found[meant].start : found[meant].end]


@pytest.mark.parametrize(
    ("said", "meant", "same"),
    [
        ("技改", "技术改造", True),
        ("技改", "固定资产投资", False),
        ("规上", "五上", False),
        ("小微", "中小企业", False),
        ("食堂", "食品经营许可", False),
        ("直播", "宣传推广", False),
        ("社保补贴", "社会保险补贴", True),
        ("换设备", "技术改造", False),
    ],
)
def test_the_same_said_otherwise_is_told_from_what_is_related(said: str, meant: str, same: bool) -> None:
    assert [each.same for each in lexicon().expansions(said) if each.meant == meant] == [same]


def test_a_saying_is_either_the_same_or_related() -> None:
    held = lexicon()
    pairs = [(said, word) for said, words in held.sayings.items() for word in words]
    assert held.same <= set(pairs)
    assert not [pair for pair in held.same if pairs.count(pair) > 1]


def test_a_word_that_was_said_is_not_said_again() -> None:
    assert "技术改造" not in [each.meant for each in lexicon().expansions("技术改造要换设备")]


@pytest.mark.parametrize("distance", [0, 6, 7])
def test_a_gap_is_six_characters_at_most(distance: int) -> None:
    found = [each.meant for each in lexicon().expansions("换" + "甲" * distance + "设备")]
    assert ("技术改造" in found) == (distance <= 6)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("subsidy for new equipment", ["补贴", "技术改造"]),
        ("vat refund", ["增值税", "返还"]),
        ("tax refund", ["退税"]),
        ("high-tech sme loans", ["高新技术", "中小企业", "贷款"]),
        ("延安 loan", ["贷款"]),
        ("hello world", []),
        ("", []),
    ],
)
def test_english_words_of_policies_are_known(text: str, meant: list[str]) -> None:
    assert [each.meant for each in lexicon().translations(text)] == meant


def test_what_is_wished_for() -> None:
    assert lexicon().wished("能补多少钱") == (Category.MONEY,)
    assert lexicon().wished("免申即享的贷款") == (Category.FINANCING, Delivery.NO_APPLICATION)
    assert lexicon().wished("你好") == ()


def test_the_lexicon_is_written_as_texts_are_compared() -> None:
    held = lexicon()
    assert all(normalise(said) == said for said in (*held.sayings, *held.wishes, *held.english))
    meant = {word for words in held.sayings.values() for word in words} | {word for _, _, word in held.gapped}
    assert [word for word in {*meant, *held.english.values()} if not tokens(normalise(word))] == []


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    for each in (*lexicon().expansions(plain), *lexicon().translations(plain)):
        assert each.said == plain[each.start : each.end]
