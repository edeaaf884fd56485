"""Guessing the industry (GB/T 4754-2017, division and group) from a business scope and a name.

A multinomial logistic regression on the TF-IDF of words and runs of characters says of each activity which group it
belongs to (``training`` fits it with scikit-learn), ``weighing`` brings activities and name together. It is read here
without scikit-learn, as plain arrays: importing that takes longer than guessing for a thousand enterprises.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from enterprises.source_text import BadText
from recommender.industry.weighing import CLUES, Floats, clues, softmax
from recommender.industry.wording import activities, features, trade

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FORMAT = 1
"""The version of the files' form; of what is in them, ``Classifier.version``."""

DESCRIPTION, TERMS, WEIGHTS = "model.json", "terms.json", "weights.safetensors"

SURE = 0.7
"""Below this probability a guess is not given as an answer: "不能推断"."""

_SHOWN = 3

_REMEDY = "请重新安装本程序，或用 python -m recommender.industry.training 重新训练"


class BadClassifier(BadText):
    """The model's files are missing, damaged or of another version: what is wrong, and the remedy (both in Chinese)."""


@dataclass(frozen=True, slots=True)
class Guess:
    """An industry's code, its level, and how probable it is (0 to 1) that the enterprise is of it."""

    code: str
    level: Literal["division", "group"]
    probability: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the parts of one enterprise's words say by themselves: how probable each group is, and that they say none.

    ``activities``: shape (activities, groups + 1); ``name``: shape (groups + 1,), ``None`` where it says nothing.
    """

    activities: Floats
    name: Floats | None


@dataclass(frozen=True)
class Classifier:
    """A model in memory. ``weights``: shape (terms, groups + 1), the last column stands for "says nothing"."""

    version: str
    codes: tuple[str, ...]
    terms: dict[str, int]
    idf: Floats
    weights: csr_array
    intercepts: Floats
    importance: Floats

    def classify(self, scope: str, name: str = "") -> tuple[Guess, ...]:
        """The three likeliest divisions, best first, then the three likeliest groups; none where nothing is told.

        The probability of a division is that of its groups together.
        """
        probabilities = self.probabilities(scope, name)
        if probabilities is None:
            return ()
        return (*self._best("division", self._by_division(probabilities)), *self._best("group", probabilities))

    def probabilities(self, scope: str, name: str = "") -> Floats | None:
        """The probability of every group, in the order of ``codes``; ``None`` where the words tell nothing."""
        told = self.told(scope, name)
        if told is None:
            return None
        speaking = clues(told.activities, told.name, division_starts(self.codes))
        return softmax(speaking @ self.importance)

    def told(self, scope: str, name: str) -> Told | None:
        """What each activity and the name say by themselves; ``None`` where none has a term that the model knows."""
        listed = [terms for each in activities(scope) if (terms := self._known(each))]
        named = self._known(trade(name))
        if not listed and not named:
            return None
        said = self.by_activity([*listed, named])
        # A name is all that is known of some: then it stands for what they do.
        return Told(said[:-1] if listed else said, said[-1] if named else None)

    def _known(self, text: str) -> list[str]:
        return [term for term in features(text) if term in self.terms]

    def by_activity(self, texts: Sequence[Sequence[str]]) -> Floats:
        """The probability of each group, and last of none, for each text given by its ``features``."""
        from scipy.sparse import csr_array

        entries = [(row, column, value) for row, terms in enumerate(texts) for column, value in self._weighted(terms)]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        counts = csr_array((values, (rows, columns)), shape=(len(texts), len(self.terms)))
        return softmax(np.asarray((counts @ self.weights).toarray()) + self.intercepts)

    def _weighted(self, terms: Iterable[str]) -> Iterable[tuple[int, float]]:
        """TF-IDF with sublinear counts, of length 1."""
        counts = Counter(self.terms[term] for term in terms if term in self.terms)
        found = {column: (1.0 + np.log(count)) * self.idf[column] for column, count in counts.items()}
        length = float(np.sqrt(sum(value * value for value in found.values()))) or 1.0
        return ((column, value / length) for column, value in found.items())

    def _by_division(self, probabilities: Floats) -> Floats:
        return np.asarray(np.add.reduceat(probabilities, division_starts(self.codes)))

    def _best(self, level: Literal["division", "group"], probabilities: Floats) -> tuple[Guess, ...]:
        codes = self.codes if level == "group" else tuple(dict.fromkeys(code[:2] for code in self.codes))
        order = np.argsort(-probabilities, kind="stable")[:_SHOWN]
        return tuple(Guess(codes[place], level, min(1.0, float(probabilities[place]))) for place in order)


def answer(guesses: Iterable[Guess], sure: float = SURE) -> Guess | None:
    """The guess to go by: the likeliest group, else the likeliest division, if it is at least ``sure``; else none."""
    best: dict[str, Guess] = {}
    for guess in guesses:
        best.setdefault(guess.level, guess)
    return next(
        (best[level] for level in ("group", "division") if level in best and best[level].probability >= sure), None
    )


@cache
def division_starts(codes: tuple[str, ...]) -> tuple[int, ...]:
    """Where each division begins among the codes of groups, which are in order."""
    return tuple(place for place, code in enumerate(codes) if place == 0 or codes[place - 1][:2] != code[:2])


@cache
def load_classifier() -> Classifier:
    """The model that ships with the package, read once. Raises ``BadClassifier``."""
    return read_classifier(Path(str(files("recommender.industry") / "model")))


def read_classifier(folder: Path) -> Classifier:
    """The model in a folder, each file compared with its SHA-256 first. Raises ``BadClassifier``."""
    described = _description(folder)
    try:
        content = {name: (folder / name).read_bytes() for name in (TERMS, WEIGHTS)}
    except OSError as error:
        raise BadClassifier(f"行业推断模型 {folder} 不完整：{error.strerror}", _REMEDY) from None
    for name, data in content.items():
        if hashlib.sha256(data).hexdigest() != described["digests"].get(name):
            raise BadClassifier(f"行业推断模型的文件 {folder / name} 已损坏（校验值不符）", _REMEDY)
    return _assembled(described, json.loads(content[TERMS]), content[WEIGHTS])


def _description(folder: Path) -> dict[str, Any]:
    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except OSError:
        raise BadClassifier(f"{folder} 里没有行业推断模型（{DESCRIPTION}）", _REMEDY) from None
    except ValueError:
        raise BadClassifier(f"行业推断模型的说明 {folder / DESCRIPTION} 已损坏", _REMEDY) from None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise BadClassifier(f"行业推断模型 {folder} 的格式不是第 {FORMAT} 版", _REMEDY)
    if described.get("version") != seal(described):
        raise BadClassifier(f"行业推断模型的说明 {folder / DESCRIPTION} 已损坏（校验值不符）", _REMEDY)
    return described


def seal(described: dict[str, Any]) -> str:
    """The version of a model: the beginning of the SHA-256 of its description, which holds those of its files."""
    content = {name: value for name, value in described.items() if name != "version"}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def _assembled(described: dict[str, Any], terms: Sequence[str], weights: bytes) -> Classifier:
    from safetensors.numpy import load
    from scipy.sparse import csr_array

    arrays = load(weights)
    codes = tuple(described["codes"])
    matrix = csr_array(
        (arrays["values"].astype(np.float64), arrays["columns"].astype(np.int32), arrays["rows"]),
        shape=(len(terms), len(codes) + 1),
    )
    return Classifier(
        version=str(described["version"]),
        codes=codes,
        terms={term: place for place, term in enumerate(terms)},
        idf=arrays["idf"].astype(np.float64),
        weights=matrix,
        intercepts=arrays["intercepts"].astype(np.float64),
        importance=np.array([described["importance"][clue] for clue in CLUES]),
    )
