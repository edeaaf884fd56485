"""Pinyin in questions."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from recommender.search.pinyin import spelled_in
from recommender.search.synonyms import lexicon
from recommender.search.tokens import policy_words
from recommender.search.vocabulary import LONGEST, Vocabulary

POLICY_WORDS = sorted(word for word in policy_words() if 2 <= len(word) <= LONGEST)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jishugaizao", ["技术改造"]),
        ("JiShu gaizao", ["技术改造"]),
        ("jìshù gǎizào", ["技术改造"]),
        ("zhuan jing te xin", ["专精特新"]),
        ("xi'an", ["西安"]),
        ("技术gaizao", ["技术改造"]),
        ("技shu改造", ["技术改造"]),
        ("jishu改造", ["技术改造"]),
        ("jsgz", ["技术改造"]),
        ("zjtx企业", ["专精特新"]),
        ("xiaoweiqiye daikuan", ["小微企业贷款"]),
        ("butie shenqing de tiaojian", ["补贴申请的条件"]),
        ("贷款 butie", ["补贴"]),
    ],
)
def test_pinyin_is_seen_through(typed: str, meant: list[str], vocabulary: Vocabulary) -> None:
    plain = normalise(typed)
    found = spelled_in(plain, vocabulary)
    assert [each.meant for each in found] == meant
    assert all(each.found == plain[each.start : each.end] for each in found)


@pytest.mark.parametrize(
    "text",
    ["", "hello world", "select * from users", "iso9001", "r&d", "b2b", "zc", "xyzw", "技术改造", "the women change"],
)
def test_what_is_no_pinyin_is_left_alone(text: str, vocabulary: Vocabulary) -> None:
    assert spelled_in(text, vocabulary) == ()


def test_a_latin_word_that_a_text_says_is_no_pinyin() -> None:
    assert spelled_in("erp daikuan", Vocabulary.of(["erp 贷款"]))[0].found == "daikuan"
    assert spelled_in("daikuan", Vocabulary.of(["daikuan 贷款"])) == ()


def test_initials_stand_for_a_word_only_where_it_is_much_likelier_than_others() -> None:
    one_of_two = Vocabulary.of(["知识产权", "知识产权", "知识产权", "咨询处取"])
    assert [each.meant for each in spelled_in("zscq", one_of_two)] == ["知识产权"]
    rivals = Vocabulary.of([])
    (several,) = [letters for letters, words in rivals.initials.items() if len(words) > 1][:1]
    assert spelled_in(several, rivals) == ()


@given(st.sampled_from(POLICY_WORDS))
def test_a_word_is_found_by_its_own_pinyin(word: str) -> None:
    vocabulary = _policies()
    sound = vocabulary.sounds[word]
    alike = vocabulary.spelled[sound.replace(" ", "")]
    for typed in (sound, sound.replace(" ", "")):
        (found,) = spelled_in(typed, vocabulary)
        assert found.meant in alike


@given(st.sampled_from(POLICY_WORDS), st.data())
def test_a_word_is_found_by_any_part_of_it_in_pinyin(word: str, data: st.DataObject) -> None:
    vocabulary = _policies()
    kept = data.draw(st.integers(1, min(3, len(word) - 1)))
    typed = word[:kept] + "".join(vocabulary.sounds[word].split()[kept:])
    assert word in {each.meant for each in spelled_in(typed, vocabulary)}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    for each in spelled_in(plain, _policies()):
        assert each.found == plain[each.start : each.end]


def test_no_english_word_of_the_lexicon_is_pinyin_of_one(vocabulary: Vocabulary) -> None:
    assert [word for word in lexicon().english if spelled_in(word, vocabulary)] == []


@cache
def _policies() -> Vocabulary:
    return Vocabulary.of([])
