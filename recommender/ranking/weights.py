"""Weights: what each feature counts for in the order. The first ones are stated in ``weights.yaml``, with reasons."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from enterprises.source_text import BadText, Entry, read_file
from policies.items import canonical_json
from recommender.ranking.features import FORM, Feature, Features

STATED, LEARNED = "stated", "learned"
"""How the names of versions begin."""

_HIGHEST = 100.0
"""No weight is higher, so that a mistyped one is noticed."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A version of the ranking: a weight, at least 0, for every feature, under a name such as ``stated-1``.

    None is negative, whatever was learnt: more money, a sooner deadline, less effort never rank an item lower.
    """

    name: str
    values: Mapping[Feature, float]

    def __post_init__(self) -> None:
        wrong = [one for one in Feature if not 0 <= self.values.get(one, math.nan) <= _HIGHEST]
        if wrong or len(self.values) != len(Feature):
            raise ValueError(f"weights of {self.name} must be from 0 to {_HIGHEST} for every feature: {wrong}")

    def contributions(self, features: Features) -> Mapping[Feature, float]:
        """What each feature adds to the score."""
        return {one: self.values[one] * features[one] for one in Feature}

    def score(self, features: Features) -> float:
        """The sum of weight × feature, the same on every machine: the sum is exact before it is rounded."""
        return round(math.fsum(self.contributions(features).values()), 9)

    @property
    def label(self) -> str:
        """What people call this version."""
        kind, _, number = self.name.rpartition("-")
        return f"{'初始权重' if kind == STATED else '学习所得权重'}第 {number} 版"

    def to_text(self) -> str:
        """The weights as canonical JSON, which ``read_weights`` reads back to equal ones."""
        return canonical_json({"form": FORM, "weights": {one.value: self.values[one] for one in Feature}})


class StrangeWeights(ValueError):
    """Stored weights that this program cannot use; the message says why, in Chinese."""


def read_weights(name: str, text: str) -> Weights:
    """The weights in ``text`` as ``Weights.to_text`` writes it. Raises ``StrangeWeights``."""
    try:
        plain = json.loads(text)
        if plain["form"] != FORM:
            raise StrangeWeights(f"排序版本 {name} 是按另一套指标（{plain['form']}）学的，不能用。请重新训练")
        return Weights(name, {Feature(key): float(value) for key, value in plain["weights"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, StrangeWeights):
            raise
        raise StrangeWeights(f"排序版本 {name} 的权重已损坏。请用 huiqi ranking rollback 回到前一版") from error


@dataclass(frozen=True, slots=True)
class Stated:
    """The stated weights, and why each is what it is, in Chinese."""

    weights: Weights
    reasons: Mapping[Feature, str]


@cache
def stated() -> Stated:
    """The weights that ship with the package. Raises ``Problem`` with the place of a mistake."""
    return read_stated(read_file(Path(str(files("recommender.ranking") / "weights.yaml")), "weights.yaml"))


def read_stated(entry: Entry) -> Stated:
    """The stated weights in a file. Raises ``Problem``."""
    fields = entry.fields(("version", "weights"))
    listed = fields["weights"].fields([one.value for one in Feature])
    parts = {one: listed[one.value].fields(("weight", "why")) for one in Feature}
    values = {one: part["weight"].read(_weight) for one, part in parts.items()}
    name = f"{STATED}-{fields['version'].number()}"
    return Stated(Weights(name, values), {one: part["why"].text() for one, part in parts.items()})


def _weight(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= _HIGHEST:
        raise BadText(f"“{text}”不能作权重", f"请写 0 到 {_HIGHEST:.0f} 之间的数，例如 1.5")
    return number
