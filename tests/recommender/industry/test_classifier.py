"""Guesses are probabilities of industries that there are; what says nothing gets no guess; damage is noticed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recommender.industry
from enterprises.industries import industry
from recommender.industry.classifier import (
    DESCRIPTION,
    SURE,
    TERMS,
    WEIGHTS,
    BadClassifier,
    Guess,
    answer,
    load_classifier,
    read_classifier,
)
from recommender.industry.examples import groups, labelled
from recommender.industry.wording import activities, features

MODEL = Path(recommender.industry.__file__).parent / "model"
CLASSIFIER = load_classifier()


@pytest.mark.parametrize(
    ("name", "scope", "group"),
    [
        ("延安宏源石油技术服务有限公司", "石油钻井、修井、压裂技术服务；油田化工产品销售", "112"),
        ("洛川县塬上红苹果专业合作社", "苹果种植、收购、储藏、销售", "015"),
        ("神木市鸿基煤业有限公司", "许可项目：煤炭开采。一般项目：煤炭洗选；煤炭及制品销售", "061"),
        ("西安云帆软件有限公司", "一般项目：软件开发；信息系统集成服务", "651"),
        ("老王饭店", "餐饮服务", "621"),
        ("張記快餐店", "快餐服務", "622"),
        ("", "房地产开发经营", "701"),
        ("惠民大药房", "", "525"),
    ],
)
def test_what_is_said_plainly_is_recognised(name: str, scope: str, group: str) -> None:
    assert answer(CLASSIFIER.classify(scope, name), sure=0.5) is not None
    assert next(each.code for each in CLASSIFIER.classify(scope, name) if each.level == "group") == group


@pytest.mark.parametrize(
    "text", ["", " ", "😀😀😀", "hello world trading company ltd", "123456", "'; DROP TABLE items;--", "***"]
)
def test_what_says_nothing_gets_no_guess(text: str) -> None:
    assert CLASSIFIER.classify(text, text) == ()
    assert answer(CLASSIFIER.classify(text, text)) is None


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    traditional = CLASSIFIER.classify("礦山機械製造；機械設備銷售", "華陽機械")
    assert traditional == CLASSIFIER.classify("矿山机械制造；机械设备销售", "华阳机械")
    assert traditional[0].code == "35"


def test_ten_thousand_characters_are_read_at_once() -> None:
    long = ("五金产品零售；建筑材料销售；" * 1000)[:10_000]
    assert CLASSIFIER.classify(long)[0].code in {"51", "52"}
    assert CLASSIFIER.classify("无意义的字" * 2000) == CLASSIFIER.classify("无意义的字" * 2000)


@given(scope=st.text(max_size=300) | st.sampled_from([each.scope for each in labelled()]), name=st.text(max_size=30))
@settings(max_examples=60)
def test_guesses_are_the_likeliest_industries_with_probabilities(scope: str, name: str) -> None:
    guesses = CLASSIFIER.classify(scope, name)
    assert [each.level for each in guesses] in ([], ["division"] * 3 + ["group"] * 3)
    for level in ("division", "group"):
        some = [each for each in guesses if each.level == level]
        assert [each.probability for each in some] == sorted((each.probability for each in some), reverse=True)
        assert all(industry(each.code).level == level and 0 <= each.probability <= 1 for each in some)
        assert sum(each.probability for each in some) <= 1 + 1e-9
    probabilities = CLASSIFIER.probabilities(scope, name)
    assert probabilities is None or abs(probabilities.sum() - 1) < 1e-9


@pytest.mark.parametrize(("probability", "given_as"), [(SURE - 1e-9, None), (SURE, "511"), (SURE + 1e-9, "511")])
def test_an_answer_is_at_least_so_sure(probability: float, given_as: str | None) -> None:
    found = answer([Guess("51", "division", 0.69), Guess("511", "group", probability)])
    assert (found and found.code) == given_as


def test_a_division_is_answered_where_no_group_is_sure() -> None:
    assert answer([Guess("51", "division", 0.9), Guess("511", "group", 0.5)]) == Guess("51", "division", 0.9)
    assert answer([]) is None


@cache
def _sklearn() -> tuple[Any, Any]:
    """The vectorizer and the regression of scikit-learn with the very numbers that are stored."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer=features, sublinear_tf=True, vocabulary=CLASSIFIER.terms)
    vectorizer.idf_ = CLASSIFIER.idf
    regression = LogisticRegression()
    regression.classes_ = np.array([*CLASSIFIER.codes, ""])
    regression.coef_ = CLASSIFIER.weights.toarray().T
    regression.intercept_ = CLASSIFIER.intercepts
    return vectorizer, regression


@pytest.mark.filterwarnings("ignore")
def test_the_stored_arrays_say_what_scikit_learn_says() -> None:
    vectorizer, regression = _sklearn()
    texts = [text for each in labelled()[::10] for text in activities(each.scope)]
    ours = CLASSIFIER.by_activity([features(text) for text in texts])
    theirs = regression.predict_proba(vectorizer.transform(texts))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_model_knows_every_group_and_is_small() -> None:
    assert CLASSIFIER.codes == groups()
    assert sum(file.stat().st_size for file in MODEL.iterdir()) <= 6_000_000


def test_it_loads_fast_and_without_the_heavy_libraries() -> None:
    script = (
        "import sys, time; start = time.perf_counter()\n"
        "from recommender.industry.classifier import load_classifier\n"
        "heavy = {'torch', 'sentence_transformers', 'sklearn', 'faiss', 'opencc'} & set(sys.modules)\n"
        "assert load_classifier().classify('五金零售')[0].code == '52'\n"
        "assert not {'torch', 'sentence_transformers', 'sklearn', 'faiss'} & set(sys.modules) and not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [TERMS, WEIGHTS, DESCRIPTION])
def test_a_file_of_which_a_byte_changed_is_named(tmp_path: Path, name: str) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    path = tmp_path / "model" / name
    content = bytearray(path.read_bytes())
    place = content.index(b"5" if name == DESCRIPTION else b"", len(content) // 2)
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadClassifier, match=r"已损坏（校验值不符）。请重新安装") as error:
        read_classifier(tmp_path / "model")
    assert name in str(error.value)


@pytest.mark.parametrize("name", [TERMS, WEIGHTS, DESCRIPTION])
def test_a_file_that_is_missing_is_noticed(tmp_path: Path, name: str) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / name).unlink()
    with pytest.raises(BadClassifier, match=r"不完整|没有行业推断模型"):
        read_classifier(tmp_path / "model")


def test_another_format_or_no_json_is_refused(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    path = tmp_path / "model" / DESCRIPTION
    described = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**described, "format": 0}), encoding="utf-8")
    with pytest.raises(BadClassifier, match="不是第 1 版"):
        read_classifier(tmp_path / "model")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(BadClassifier, match="已损坏"):
        read_classifier(tmp_path / "model")
