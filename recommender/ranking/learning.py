"""Learning weights from judged lists: a linear model of which of two items an enterprise would rather have.

Of two items that one enterprise graded differently, the difference of their features is an example of "better", its
negative one of "worse"; logistic regression without an intercept on those is RankNet with a linear scorer (Joachims,
KDD 2002; Burges et al., ICML 2005). Items of different enterprises are never compared.

Position bias. What stands far down is looked at less, so that it came into use there says more. A pair counts by one
over the chance that its item was looked at, taken as 1 / √position (Joachims, Swaminathan and Schnabel, WSDM 2017, with
their severity 0.5): a stated guess, since nobody's eyes are measured, and bounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from recommender.ranking.features import Feature
from recommender.ranking.lists import Judged, JudgedList
from recommender.ranking.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_JUDGED = 200
"""Pairs of an enterprise and an item that must have been judged."""

LEAST_ENTERPRISES = 50

_MOST_PAIRS = 200
"""Pairs of items of one enterprise that are compared, those whose grades differ most."""

_SEVERITY = 0.5
_MOST_BIAS = 5.0
"""What a pair from far down counts for at most, next to one from the first place."""

_PENALTY = 10.0
"""Inverse strength of the L2 penalty; features are scaled to their spread, each enterprise counts as one example."""

_KEEP_SIGN = (Feature.AMOUNT, Feature.CERTAINTY)
"""What is never a reason against an item: feedback that says so is in doubt, not the stated weight."""

LEAST_SPREAD = 0.01
"""How much a feature must differ within lists (root mean square) for anything to be learnt of it."""

MOST_TIMES = 4.0
"""How many times the stated weight a learnt one may be: the stated ones are judgement, feedback only corrects it."""

_MOST_SHARE = 0.8
"""Of all weights together; with more on one feature the others hardly count."""

_DECIMALS = 4


class CannotLearn(ValueError):
    """Feedback that nothing can be learnt from (yet); the message says in Chinese what is lacking or wrong."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights with how they came about.

    ``kept`` and ``doubted`` have their stated weights, the first since they hardly differed, the second since they came
    out as reasons against, which makes no sense of them; ``dropped`` came out so too, and count for nothing.
    """

    weights: Weights
    pairs: int
    kept: tuple[Feature, ...]
    doubted: tuple[Feature, ...]
    dropped: tuple[Feature, ...]


def check_enough(lists: Sequence[JudgedList]) -> None:
    """Raises ``CannotLearn`` with all that is lacking."""
    judged = [one for each in lists for one in each.judged]
    wanted = sum(one.grade > 0 for one in judged)
    lacking = []
    if len(judged) < LEAST_JUDGED:
        lacking.append(f"有结果的“企业与事项”至少要 {LEAST_JUDGED} 对，现有 {len(judged)} 对")
    if len(lists) < LEAST_ENTERPRISES:
        lacking.append(f"至少要 {LEAST_ENTERPRISES} 家企业的反馈，现有 {len(lists)} 家")
    if not wanted:
        lacking.append("还没有一条点开、申报或兑现的反馈")
    if wanted == len(judged):
        lacking.append("还没有一条只看到、没有点开的反馈，也没有“不适合我”")
    if lacking:
        raise CannotLearn("反馈还不够，不能学习：" + "；".join(lacking))


def learn(lists: Sequence[JudgedList], start: Weights, name: str) -> Learned:
    """Weights learnt from lists, under ``name``: at most ``MOST_TIMES`` those of ``start``, and adding up to no more.

    The same lists in the same order give the same weights. Raises ``CannotLearn`` where no two items of a list were
    graded differently, where nothing came out as a reason for an item, or hardly anything but one feature.
    """
    import numpy as np

    differences, counts = _pairs(lists)
    if not len(differences):
        raise CannotLearn("没有一家企业对两个事项的反馈有高有低，比不出来")
    spread = dict(zip(Feature, np.sqrt(np.average(differences**2, axis=0, weights=counts)).tolist(), strict=True))
    varying = [one for one in Feature if spread[one] > LEAST_SPREAD]
    scaled = differences / np.array([max(spread[one], LEAST_SPREAD) for one in Feature])
    found, against = _fit_upwards(scaled, counts, varying)
    if not any(found.values()):
        raise CannotLearn("没有学到什么：这些反馈与各项指标没有关系，或者各项指标在其中几乎没有差别")
    kept = tuple(one for one in Feature if one not in varying)
    doubted = tuple(one for one in against if one in _KEEP_SIGN)
    stated = {one: start.values[one] for one in (*kept, *doubted)}
    rest = math.fsum(start.values.values()) - math.fsum(stated.values())
    most = {one: MOST_TIMES * start.values[one] for one in found}
    learned = _share_out(rest, {one: value / spread[one] for one, value in found.items()}, most)
    values = {one: round({**stated, **learned}.get(one, 0.0), _DECIMALS) for one in Feature}
    _check_balanced(values)
    dropped = tuple(one for one in against if one not in _KEEP_SIGN)
    return Learned(Weights(name, values), len(differences), kept, doubted, dropped)


def _share_out(total: float, wanted: Mapping[Feature, float], most: Mapping[Feature, float]) -> Mapping[Feature, float]:
    """``total`` in proportion to what is wanted, none above its ``most``, the others taking up what is over."""
    shares: dict[Feature, float] = {}
    left = [one for one in wanted if wanted[one] > 0]
    while left:
        unit = (total - math.fsum(shares.values())) / math.fsum(wanted[one] for one in left)
        above = [one for one in left if wanted[one] * unit > most[one]]
        shares |= {one: most[one] for one in above} or {one: wanted[one] * unit for one in left}
        left = [one for one in left if one not in shares]
    return shares


def _check_balanced(values: Mapping[Feature, float]) -> None:
    """Raises ``CannotLearn`` where hardly anything but one feature would count."""
    largest = max(values, key=lambda one: values[one])
    share = values[largest] / math.fsum(values.values())
    if share > _MOST_SHARE:
        raise CannotLearn(
            f"按这些反馈，排序几乎只看“{largest.label}”（占 {share:.0%}），没有采用。请核对反馈是否有代表性，"
            "积累更多再学"
        )


def _pairs(lists: Sequence[JudgedList]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Better less worse, (pairs, features), and what each pair counts for: one for each enterprise in all."""
    import numpy as np

    rows: list[list[float]] = []
    counts: list[float] = []
    for each in lists:
        pairs = [_better_first(*pair) for pair in combinations(each.judged, 2) if pair[0].grade != pair[1].grade]
        pairs.sort(key=lambda pair: (pair[1].grade - pair[0].grade, pair[0].item, pair[1].item))
        pairs = pairs[:_MOST_PAIRS]
        biases = [_bias(better if better.grade > 0 else worse) for better, worse in pairs]
        rows += [[better.features[one] - worse.features[one] for one in Feature] for better, worse in pairs]
        counts += [bias / sum(biases) for bias in biases]
    return np.array(rows, dtype=float).reshape(-1, len(Feature)), np.array(counts)


def _better_first(one: Judged, other: Judged) -> tuple[Judged, Judged]:
    return (one, other) if one.grade > other.grade else (other, one)


def _bias(decisive: Judged) -> float:
    """One over the chance that the item was looked at; 1 where it is not known at which place it stood."""
    return 1.0 if decisive.position is None else min(_MOST_BIAS, decisive.position**_SEVERITY)


def _fit_upwards(
    differences: NDArray[np.float64], counts: NDArray[np.float64], varying: Sequence[Feature]
) -> tuple[dict[Feature, float], tuple[Feature, ...]]:
    """Coefficients, none negative, and the features left out: the most negative first, and the others fitted again.

    All are judged together, since one that goes with what is unwanted looks unwanted by itself (Simpson's paradox).
    """
    columns, places = list(varying), list(Feature)
    against: list[Feature] = []
    while columns:
        fitted = _fit(differences[:, [places.index(one) for one in columns]], counts)
        found = dict(zip(columns, fitted.tolist(), strict=True))
        worst = min(columns, key=lambda one: found[one])
        if found[worst] >= 0:
            return found, tuple(one for one in Feature if one in against)
        columns.remove(worst)
        against.append(worst)
    return {}, tuple(one for one in Feature if one in against)


def _fit(differences: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of the logistic regression that tells better from worse."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=_PENALTY, fit_intercept=False, tol=1e-8, max_iter=1000)
    both = np.concatenate([differences, -differences])
    better = np.repeat([1, 0], len(differences))
    model.fit(both, better, sample_weight=np.concatenate([counts, counts]) / 2)
    coefficients: NDArray[np.float64] = model.coef_[0]
    return coefficients
