"""The baselines are what their textbooks say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.quality.baselines import Bm25, TfidfSvd, dice, words

TEXTS = st.text("贷款补助企业一二三", max_size=8)
DOCUMENTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=6)


@given(TEXTS, TEXTS)
def test_dice_is_mutual_and_one_for_equal_texts(one: str, two: str) -> None:
    assert dice(one, two) == dice(two, one)
    assert 0 <= dice(one, two) <= 1
    assert dice(one, one) == (1 if one else 0)


def test_dice_of_a_worked_example() -> None:
    assert dice("贷款贴息", "贷款担保") == pytest.approx(2 * 1 / (3 + 3))
    assert dice("贷款", "企业") == 0


@given(DOCUMENTS, st.lists(st.sampled_from("abcde"), max_size=4))
def test_bm25_is_its_formula(documents: list[list[str]], query: list[str]) -> None:
    mean = max(1.0, sum(map(len, documents)) / len(documents))
    expected = []
    for document in documents:
        score = 0.0
        for word in query:
            having = sum(word in each for each in documents)
            count = document.count(word)
            idf = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
            score += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(document) / mean))
        expected.append(score)
    assert Bm25(documents).scores(query) == pytest.approx(expected)


def test_words_are_words_without_marks() -> None:
    assert words("贷款，能贷多少？ABC") == [word for word in words("贷款 能贷多少 abc") if word.strip()]
    assert words("！？，") == []


@given(st.lists(TEXTS.filter(bool), min_size=2, max_size=6))
def test_tfidf_with_svd_gives_rows_of_length_one_and_puts_equal_texts_together(texts: list[str]) -> None:
    rows = TfidfSvd(texts, dimension=4).encode([*texts, texts[0], ""])
    lengths = np.linalg.norm(rows, axis=1)
    assert all(length == pytest.approx(1, abs=1e-4) or length == pytest.approx(0, abs=1e-4) for length in lengths)
    assert np.allclose(rows[0], rows[len(texts)], atol=1e-5)
    assert not rows[-1].any()


def test_tfidf_with_svd_of_one_feature_is_no_error() -> None:
    assert TfidfSvd(["一", "一"]).encode(["一", "二"]).tolist() == [[1.0], [0.0]]
