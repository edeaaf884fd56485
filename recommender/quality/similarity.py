"""How well likeness agrees with what people said: Spearman's correlation on given sets of scored sentence pairs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from enterprises.source_text import Problem, Problems
from recommender.quality.baselines import TfidfSvd, dice
from recommender.quality.metrics import spearman

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder

Scorer = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]
"""How alike the sentences of each pair are: as many numbers as there are pairs."""

_LARGEST = sys.float_info.max
_FORM = '请写成 {"sentence1": "……", "sentence2": "……", "score": 1}，一行一对'


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs of sentences, and how alike people said they are, on a scale of the set's own."""

    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one set, the correlation of each scorer by name; ``None`` where a scorer said the same of every pair."""

    name: str
    pairs: int
    correlations: Mapping[str, float | None]


def read_sets(folder: Path) -> tuple[PairSet, ...]:
    """The sets in the ``*.jsonl`` files of a folder, by name. Raises ``Problems``, a file's first mistake each."""
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise Problems([Problem(str(folder), None, "", "文件夹里没有 .jsonl 文件", "请给出句子对测试集所在的文件夹")])
    sets, found = [], []
    for path in paths:
        try:
            sets.append(_read_set(path))
        except Problem as problem:
            found.append(problem)
    if found:
        raise Problems(found)
    return tuple(sets)


def measure(sets: Sequence[PairSet], scorers: Mapping[str, Scorer]) -> tuple[Agreement, ...]:
    """Spearman's correlation of each scorer with what people said, set by set."""
    return tuple(
        Agreement(
            each.name,
            len(each.scores),
            {name: spearman(scorer(each.first, each.second), each.scores) for name, scorer in scorers.items()},
        )
        for each in sets
    )


def mean(agreements: Sequence[Agreement], scorer: str) -> float | None:
    """The mean correlation of a scorer over all sets, each counted once; ``None`` where one has none."""
    figures = [agreement.correlations[scorer] for agreement in agreements]
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known and len(known) == len(figures) else None


def by_encoder(encoder: Encoder) -> Scorer:
    """The cosine of the encoder's vectors."""
    return lambda first, second: _cosines(encoder.encode(first), encoder.encode(second))


def by_characters(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """Dice's coefficient of neighbouring characters."""
    return np.array([dice(one, two) for one, two in zip(first, second, strict=True)])


def by_tfidf_svd(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """TF-IDF with SVD, fitted on the very sentences of the set, without their scores."""
    model = TfidfSvd(sorted({*first, *second}))
    return _cosines(model.encode(first), model.encode(second))


def by_tfidf_characters(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float64]:
    """TF-IDF over single characters, fitted on the very sentences of the set: nothing learned, and hard to beat."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counted = TfidfVectorizer(analyzer="char").fit([*first, *second])
    return np.asarray(counted.transform(first).multiply(counted.transform(second)).sum(axis=1), np.float64).ravel()


def _cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray((first * second).sum(axis=1), np.float64)


def _read_set(path: Path) -> PairSet:
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise Problem(str(path), None, "", f"文件读不出来（{error.strerror}）", "请核对读取权限") from None
    except UnicodeDecodeError:
        raise Problem(str(path), None, "", "文件不是 UTF-8 编码", "请把文件另存为 UTF-8 编码") from None
    pairs = [_read_pair(line, str(path), number) for number, line in enumerate(lines, start=1) if line.strip()]
    if len({score for _, _, score in pairs}) < 2:
        raise Problem(str(path), None, "score", "没有两种不同的分值，算不出相关", "请给出至少两对、分值不同的句子")
    first, second, scores = zip(*pairs, strict=True)
    return PairSet(path.stem, first, second, scores)


def _read_pair(line: str, file: str, number: int) -> tuple[str, str, float]:
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError):
        raise Problem(file, number, "", "这一行不是 JSON，或套得太深", _FORM) from None
    if not isinstance(plain, dict):
        raise Problem(file, number, "", "这一行不是一对句子", _FORM)
    first, second, score = (plain.get(name) for name in ("sentence1", "sentence2", "score"))
    for name, sentence in (("sentence1", first), ("sentence2", second)):
        if not isinstance(sentence, str):
            raise Problem(file, number, name, "没有这句话，或不是文字", _FORM)
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not abs(score) <= _LARGEST:
        raise Problem(file, number, "score", "没有分值，或不是数", _FORM)
    return str(first), str(second), float(score)
