"""Weights: stated in a file, kept as text, never negative."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.source_text import Problem, read_yaml
from recommender.ranking.features import FORM, Feature
from recommender.ranking.weights import StrangeWeights, Weights, read_stated, read_weights, stated
from tests.recommender.ranking.made_up import with_values

ZEROS = dict.fromkeys(Feature, 0.0)


def test_the_stated_weights_have_a_reason_each() -> None:
    assert stated().weights.name == "stated-1"
    assert set(stated().reasons) == set(stated().weights.values) == set(Feature)
    assert all(len(reason) > 10 for reason in stated().reasons.values())


def test_the_stated_weights_are_those_of_their_version() -> None:
    """Orders that were made by them must be made again later: whoever changes one counts ``version`` up, and this."""
    expected = {"kind": 2, "amount": 3, "certainty": 1.5, "ease": 0.5, "deadline": 1, "relevance": 1, "take_up": 1}
    assert (stated().weights.name, dict(stated().weights.values)) == ("stated-1", expected)


@given(st.lists(st.floats(0, 100), min_size=len(Feature), max_size=len(Feature)))
def test_weights_come_back_from_their_text(values: list[float]) -> None:
    weights = Weights("learned-3", dict(zip(Feature, values, strict=True)))
    assert read_weights("learned-3", weights.to_text()) == weights


@pytest.mark.parametrize("wrong", [-0.001, 100.001, math.nan, math.inf])
def test_no_weight_is_negative_or_beyond_bounds(wrong: float) -> None:
    with pytest.raises(ValueError, match="ease"):
        Weights("learned-1", {**ZEROS, Feature.EASE: wrong})
    text = json.dumps({"form": FORM, "weights": {**{one.value: 0 for one in Feature}, "ease": wrong}})
    with pytest.raises(StrangeWeights, match="learned-1"):
        read_weights("learned-1", text)


def test_every_feature_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="take_up"):
        Weights("learned-1", {one: 1.0 for one in Feature if one is not Feature.TAKE_UP})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "损坏"),
        ("[]", "损坏"),
        ("{}", "损坏"),
        (json.dumps({"form": FORM, "weights": {"nothing": 1}}), "损坏"),
        (json.dumps({"form": "huiqi.ranking/0", "weights": {}}), "另一套指标"),
    ],
)
def test_weights_that_cannot_be_used_say_so(text: str, words: str) -> None:
    with pytest.raises(StrangeWeights, match=words):
        read_weights("learned-1", text)


@pytest.mark.parametrize(
    ("weight", "why", "words"),
    [("多", "理由", "不能作权重"), ("-1", "理由", "不能作权重"), ("101", "理由", "不能作权重"), ("1", "''", "空")],
)
def test_a_mistake_in_the_file_is_named_with_its_line(weight: str, why: str, words: str) -> None:
    lines = [f"  {one.value}: {{weight: 1, why: 理由}}" for one in Feature if one is not Feature.EASE]
    text = "\n".join(["version: 1", "weights:", f"  ease: {{weight: {weight}, why: {why}}}", *lines])
    with pytest.raises(Problem, match=words) as problem:
        read_stated(read_yaml(text, "weights.yaml"))
    assert (problem.value.line, problem.value.field.startswith("weights.ease")) == (3, True)


def test_a_score_is_the_sum_of_its_contributions() -> None:
    weights = with_values(kind=2.0, amount=0.5)
    features = {**dict.fromkeys(Feature, 0.0), Feature.KIND: 0.5, Feature.AMOUNT: 1.0}
    assert weights.contributions(features)[Feature.KIND] == 1.0
    assert weights.score(features) == 1.5


def test_versions_have_chinese_names() -> None:
    assert stated().weights.label == "初始权重第 1 版"
    assert Weights("learned-12", ZEROS).label == "学习所得权重第 12 版"
