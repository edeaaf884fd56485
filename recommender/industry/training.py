"""Make the model that guesses industries: ``python -m recommender.industry.training --standard 国标.csv --out 文件夹``.

First a multinomial logistic regression on phrases, fitted without the labelled scopes; on what it says of those the
few weights of ``weighing`` are fitted (``importance``); then it is fitted on with the labelled scopes' main activities
and trades too. So those weights never see what a model says of texts that it knows by heart. The held-out scopes take
part in none of it. The same input and seed give the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enterprises.source_text import Problem
from enterprises.whole_files import write_whole
from recommender.industry.classifier import DESCRIPTION, FORMAT, TERMS, WEIGHTS, Classifier, seal
from recommender.industry.examples import (
    NOTHING,
    Labelled,
    Phrase,
    invented_names,
    labelled,
    our_phrases,
    read_labelled,
    standard_phrases,
)
from recommender.industry.importance import fit_importance
from recommender.industry.weighing import CLUES, Floats
from recommender.industry.wording import activities, features, normal, trade

SEED = 20170630

KEPT = 1_000_000
"""So many weights are stored, the largest ones: with their places some 4 MB."""

_STRENGTH = 10.0
"""Inverse of the regularisation."""


@dataclass(frozen=True)
class _Phrases:
    """The logistic regression on phrases, as scikit-learn fits it."""

    vectorizer: Any
    model: Any

    def as_classifier(self, importance: Floats, kept: int = KEPT) -> Classifier:
        """The same with its largest weights only, as it is stored: in half precision."""
        weights = self.model.coef_.T.astype(np.float32)
        # Adding the same number to a term's weight for every group changes no probability: with most of them near 0,
        # little is lost by leaving those out.
        weights -= np.median(weights, axis=1, keepdims=True)
        sparse = _largest(weights.astype(np.float16), kept)
        codes = tuple(str(code) for code in self.model.classes_)
        assert codes[0] == NOTHING
        return Classifier(
            version="",
            codes=codes[1:],
            terms={term: place for place, term in enumerate(self.vectorizer.get_feature_names_out())},
            idf=self.vectorizer.idf_.astype(np.float32).astype(np.float64),
            weights=sparse,
            intercepts=np.roll(self.model.intercept_, -1).astype(np.float32).astype(np.float64),
            importance=importance,
        )


def _largest(weights: NDArray[np.float16], kept: int) -> Any:
    """The largest weights as a sparse matrix, the first group ("says nothing") last."""
    from scipy.sparse import csr_array

    turned = np.roll(weights, -1, axis=1).astype(np.float64)
    size = np.abs(turned)
    if kept < size.size:
        turned[size <= np.partition(size, -kept - 1, axis=None)[-kept - 1]] = 0.0
    return csr_array(turned)


def train(
    phrases: Sequence[Phrase],
    scopes: Sequence[Labelled],
    say: Callable[[str], object],
    seed: int = SEED,
    iterations: int = 30,
) -> Classifier:
    """The model that follows from phrases, made-up names, and those of ``scopes`` that are not held out."""
    chance = random.Random(seed)  # noqa: S311 -- made-up names, the same ones every time
    phrases = [*phrases, *invented_names([each for each in phrases if each.is_trade], chance)]
    learnt = [each for each in scopes if not each.held_out]
    said = [*_said(learnt)]
    say(f"短语 {len(phrases)} 条，标注的经营范围 {len(learnt)} 条（另有 {len(scopes) - len(learnt)} 条留作检验）")
    vectorizer = _vectorizer([*phrases, *said])
    model = _fitted(None, vectorizer, phrases, iterations)
    say("短语模型已训练")
    importance = fit_importance(_Phrases(vectorizer, model).as_classifier(np.zeros(len(CLUES))), learnt, chance)
    say("、".join(f"{clue} {weight:.2f}" for clue, weight in zip(CLUES, importance, strict=True)))
    model = _fitted(model, vectorizer, [*phrases, *said], max(1, iterations // 2))
    return _Phrases(vectorizer, model).as_classifier(importance)


def _said(scopes: Sequence[Labelled]) -> Iterator[Phrase]:
    """The main activity and the trade of labelled scopes."""
    for each in scopes:
        yield Phrase(trade(each.name), each.code, 0.7)
        yield from (Phrase(listed, each.code, 0.7) for listed in activities(each.scope)[:1])


def _vectorizer(phrases: Sequence[Phrase]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=_terms, sublinear_tf=True, min_df=2, dtype=np.float32)
    return vectorizer.fit([each.text for each in phrases])


def _terms(text: str) -> list[str]:
    return features(normal(text))


def _fitted(before: Any, vectorizer: Any, phrases: Sequence[Phrase], iterations: int) -> Any:
    """A regression fitted to phrases, going on from the one ``before``."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = before or LogisticRegression(C=_STRENGTH, warm_start=True, tol=1e-3)
    model.max_iter = iterations
    with warnings.catch_warnings():
        # Stopped early on purpose: it regularises as well, and the rest of the way takes longer than it gains.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(
            vectorizer.transform([each.text for each in phrases]),
            [each.code for each in phrases],
            sample_weight=np.array([each.weight for each in phrases], dtype=np.float32),
        )


def write(model: Classifier, folder: Path) -> str:
    """Store a model; the version that it is known by from then on."""
    from safetensors.numpy import save

    weights = model.weights
    arrays = {
        "values": weights.data.astype(np.float16),
        "columns": weights.indices.astype(np.uint16),
        "rows": weights.indptr.astype(np.int32),
        "idf": model.idf.astype(np.float32),
        "intercepts": model.intercepts.astype(np.float32),
    }
    content = {
        TERMS: json.dumps(list(model.terms), ensure_ascii=False, separators=(",", ":")).encode(),
        WEIGHTS: save(arrays),
    }
    described = {
        "format": FORMAT,
        "codes": list(model.codes),
        "importance": dict(zip(CLUES, map(float, model.importance), strict=True)),
        "digests": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
    }
    described["version"] = seal(described)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        write_whole(folder / name, partial(Path.write_bytes, data=data))
    text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / DESCRIPTION, partial(Path.write_text, data=text, encoding="utf-8"))
    return str(described["version"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m recommender.industry.training", description="训练行业推断模型")
    parser.add_argument("--standard", type=Path, required=True, help="GB/T 4754-2017 的 CSV（code、level、name、note）")
    parser.add_argument("--scopes", type=Path, help="标注的经营范围 CSV（code、name、scope），不写就用随程序安装的")
    parser.add_argument("--out", type=Path, required=True, help="模型存到哪个文件夹")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    try:
        scopes = labelled() if given.scopes is None else read_labelled(given.scopes)
        phrases = [*standard_phrases(given.standard), *our_phrases()]
        version = write(train(phrases, scopes, print, given.seed), given.out)
    except Problem as problem:
        print(f"错误：{problem}", file=sys.stderr)
        return 2
    print(f"已存到 {given.out}，版本 {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
