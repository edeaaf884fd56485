"""Texts as words."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from recommender.search.tokens import digest, is_stop_word, policy_words, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高新技术企业", ["高新", "技术", "企业", "高新技术", "高新技术企业"]),
        ("专精特新", ["专精", "专精特新"]),
        ("r&d投入1.5%", ["r&d", "投入", "1.5"]),
        ("iso9001认证", ["iso9001", "认证"]),
        ("5g基站", ["5g", "基站"]),
        ("5,000万元", ["5000", "万元"]),
        ("2023-12-31", ["2023-12-31"]),
        ("怎么申请这个奖励呢", ["申请", "奖励"]),
        ("能不能贷款", ["贷款"]),
        (",。!? ", []),
        ("", []),
    ],
)
def test_what_a_text_is_about(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize("text", ["不用抵押", "没有抵押", "无抵押", "免抵押"])
def test_a_denial_stays(text: str) -> None:
    assert tokens(text)[0][0] == text[0]
    assert "抵押" in tokens(text)


def test_no_word_that_denies_is_a_stop_word() -> None:
    assert not [
        word for word in ("不", "没", "没有", "未", "无", "非", "免", "不能", "不用", "首") if is_stop_word(word)
    ]


def test_words_of_policies_stay_whole() -> None:
    for word in policy_words():
        assert tokens(word)[-1] == word


@given(st.text())
def test_words_are_all_of_the_text(text: str) -> None:
    plain = normalise(text)
    assert "".join(words(plain)) == plain


@given(st.text())
def test_tokens_say_something(text: str) -> None:
    assert not [token for token in tokens(normalise(text)) if not token.strip() or is_stop_word(token)]


def test_threads_may_share_the_segmenter() -> None:
    texts = ["高新技术企业认定奖励", "专精特新r&d投入1.5%", "没有抵押的贷款"] * 200
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(tokens, texts)) == [tokens(text) for text in texts]


def test_the_words_have_a_digest() -> None:
    assert len(digest()) == 64
