"""The words that can be found."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.search.vocabulary import LONGEST, Vocabulary


def test_it_is_the_same_after_it_was_stored(vocabulary: Vocabulary) -> None:
    assert Vocabulary.from_plain(json.loads(json.dumps(vocabulary.to_plain()))) == vocabulary


def test_it_counts_texts_not_mentions() -> None:
    assert Vocabulary.of(["貸款，贷款", "贷款"]).counts["贷款"] == 2


def test_what_sounds_alike_is_named_most_frequent_first() -> None:
    words = Vocabulary.of(["征收", "征收", "争收", "证书", "证书", "证书", "正书"]).spelled["zhengshu"]
    assert words[0] == "证书"


def test_words_of_policies_are_there_though_no_text_says_them() -> None:
    empty = Vocabulary.of([])
    assert "技术改造" in empty.spelled["jishugaizao"]
    assert "专精特新" in empty.initials["zjtx"]
    assert empty.counts == {}


@given(st.text(alphabet="申报贷款补贴企业技术改造创新", max_size=40))
def test_every_word_can_be_found_by_its_sound(text: str) -> None:
    vocabulary = Vocabulary.of([text])
    for word in vocabulary.counts:
        if len(word) <= LONGEST:
            assert word in vocabulary.spelled[vocabulary.sounds[word].replace(" ", "")]


@pytest.mark.parametrize("plain", [{}, {"counts": {}, "sounds": {}}, {"counts": [], "sounds": {}, "readings": {}}])
def test_what_is_no_vocabulary_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        Vocabulary.from_plain(plain)
