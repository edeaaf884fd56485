"""BM25 as its formula says, and as a share of what could be said."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.search.lexical import LENGTH, SATURATION, Lexical

WORDS = st.sampled_from(["技改", "补贴", "奖励", "设备", "延安", "专利", "贷款"])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(Counter), min_size=1, max_size=8)


def bm25(texts: list[Counter[str]], asked: dict[str, float], number: int) -> float:
    """The score by the formula of Robertson and Zaragoza (2009), equation 3.15, a term at a time."""
    mean = sum(sum(text.values()) for text in texts) / len(texts)
    text, score = texts[number], 0.0
    for term, weight in asked.items():
        spread = sum(term in each for each in texts)
        rarity = math.log(1 + (len(texts) - spread + 0.5) / (spread + 0.5))
        often, length = text[term], sum(text.values()) / max(mean, 1e-9)
        score += weight * rarity * often * (SATURATION + 1) / (often + SATURATION * (1 - LENGTH + LENGTH * length))
    return score


@given(TEXTS, st.dictionaries(WORDS, st.sampled_from([0.5, 1.0, 2.0]), min_size=1))
def test_the_order_and_the_proportions_are_those_of_the_formula(
    texts: list[Counter[str]], asked: dict[str, float]
) -> None:
    scores = Lexical.of(texts).scores(asked)
    expected = np.array([bm25(texts, asked, number) for number in range(len(texts))])
    if expected.max() > 0:
        assert scores / scores.max() == pytest.approx(expected / expected.max(), abs=1e-5)
    else:
        assert not scores.any()


@given(TEXTS, st.dictionaries(st.text(max_size=3), st.floats(0.1, 5), max_size=5))
def test_a_score_is_a_share(texts: list[Counter[str]], asked: dict[str, float]) -> None:
    scores = Lexical.of(texts).scores(asked)
    assert scores.shape == (len(texts),)
    assert (scores >= 0).all()
    assert (scores <= 1 + 1e-5).all()


def test_what_is_asked_for_and_not_found_lowers_the_share() -> None:
    lexical = Lexical.of([Counter(["技改", "奖励"]), Counter(["贷款"])])
    assert lexical.scores({"技改": 1.0, "彩票": 1.0})[0] < lexical.scores({"技改": 1.0})[0]


def test_nothing_asked_or_nothing_there_scores_nothing() -> None:
    assert Lexical.of([Counter(["技改"])]).scores({}).tolist() == [0.0]
    assert Lexical.of([]).scores({"技改": 1.0}).tolist() == []
    assert Lexical.of([Counter()]).scores({"技改": 1.0}).tolist() == [0.0]
