"""Slips of the pen."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from policies.library import bundled_library
from recommender.search.tokens import policy_words, words
from recommender.search.typos import Correction, slips_in
from recommender.search.vocabulary import Vocabulary

POLICY_WORDS = sorted(policy_words())


def slips(text: str, vocabulary: Vocabulary) -> tuple[Correction, ...]:
    plain = normalise(text)
    return slips_in(plain, words(plain), vocabulary)


@pytest.mark.parametrize(
    ("typed", "meant", "why"),
    [
        ("专经特新", "专精特新", "同音字"),
        ("專經特新", "专精特新", "同音字"),
        ("技数改造", "技术改造", "同音字"),
        ("高新计术", "高新技术", "同音字"),
        ("知识产券", "知识产权", "同音字"),
        ("稳冈返还", "稳岗返还", "同音字"),
        ("帖息", "贴息", "同音字"),
        ("专特精新", "专精特新", "字序颠倒"),
        ("小微企叶", "小微企业", "同音字"),
    ],
)
def test_a_slip_is_seen_through(typed: str, meant: str, why: str, vocabulary: Vocabulary) -> None:
    (found,) = slips(typed, vocabulary)
    assert (found.meant, found.why) == (meant, why)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "新企业有什么补贴",
        "小企业办证",
        "厂里要换一批新设备，能补多少钱",
        "标志等注册的居住的意见",
        "处五万元罚款",
        "计数改造",  # both are words
        "张三李四的店",
        "鑫淼彡",
    ],
)
def test_what_is_no_slip_is_left_alone(text: str, vocabulary: Vocabulary) -> None:
    assert slips(text, vocabulary) == ()


def test_no_clause_of_the_library_is_corrected(vocabulary: Vocabulary) -> None:
    items = bundled_library().published
    found = [each for item in items for text in (item.title, item.summary) for each in slips(text, vocabulary)]
    assert [(each.found, each.meant) for each in found] == []


@given(st.sampled_from(POLICY_WORDS))
def test_a_known_word_is_never_corrected(word: str) -> None:
    assert slips(word, _policies()) == ()


@given(st.lists(st.sampled_from(POLICY_WORDS), max_size=6))
def test_nor_are_several_of_them_side_by_side(several: list[str]) -> None:
    for found in slips("，".join(several), _policies()):
        assert found.found not in several


@given(st.sampled_from([word for word in POLICY_WORDS if len(word) >= 4]), st.data())
def test_what_is_corrected_is_left_alone_then(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    wrong = word[:place] + data.draw(st.sampled_from("帖冈既叶券鑫")) + word[place + 1 :]
    for found in slips(wrong, _policies()):
        mended = wrong[: found.start] + found.meant + wrong[found.end :]
        assert all(again.meant != found.meant for again in slips(mended, _policies()))


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("专经特新技数改造帖息补贴稳冈返还的一新"))))
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    end = 0
    for found in slips_in(plain, words(plain), _policies()):
        assert found.found == plain[found.start : found.end] != found.meant
        assert end <= found.start
        assert 0 < found.weight <= 1
        end = found.end


@cache
def _policies() -> Vocabulary:
    return Vocabulary.of([])
