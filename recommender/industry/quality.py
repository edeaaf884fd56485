"""How often the industry is guessed right, on labelled scopes that no training saw, against plain ways of guessing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enterprises.industries import full_name, industry
from recommender.encoder.encoder import Encoder, load_encoder
from recommender.industry.classifier import SURE, Classifier, Guess, answer, load_classifier
from recommender.industry.examples import Labelled, groups, labelled
from recommender.industry.wording import activities, trade

_BINS = 10


@dataclass(frozen=True, slots=True)
class Hits:
    """Shares of cases in which the right code was the first, or among the first three, of a level."""

    division_top1: float
    division_top3: float
    group_top1: float
    group_top3: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What comes with probabilities.

    ``answered``: the share of cases in which a guess was sure enough to be an answer; ``right``: the share of those
    answers that are right, at the level that they give. ``division_error``, ``group_error``: the expected calibration
    error of the best guess (Naeini et al. 2015), over ten bins of equal width.
    """

    hits: Hits
    sure: float
    answered: float
    right: float
    division_error: float
    group_error: float


@dataclass(frozen=True, slots=True)
class IndustryQuality:
    """All that is measured. ``scope_alone``: without the name; ``vague_name``: under a name that says only 商贸.

    ``baselines``: the nearest name of a group by character overlap, the nearest by the encoder, the commonest group.
    """

    cases: int
    divisions: int
    groups: int
    model: str
    ours: Calibrated
    scope_alone: Calibrated
    vague_name: Calibrated
    baselines: Mapping[str, Hits]


def measure(classifier: Classifier | None = None, encoder: Encoder | None = None) -> IndustryQuality:
    """The figures on the held-out scopes of the classifier and the encoder, by default those that ship."""
    classifier = classifier or load_classifier()
    encoder = encoder or load_encoder()
    cases = [each for each in labelled() if each.held_out]
    return IndustryQuality(
        cases=len(cases),
        divisions=len({each.code[:2] for each in cases}),
        groups=len({each.code for each in cases}),
        model=classifier.version,
        ours=calibrated(classifier, cases, lambda each: each.name),
        scope_alone=calibrated(classifier, cases, lambda _: ""),
        vague_name=calibrated(classifier, cases, lambda _: "宏远商贸有限公司"),
        baselines={
            "characters": _hits(cases, _nearest_by_characters(cases)),
            "encoder": _hits(cases, _nearest_by_encoder(cases, encoder)),
            "commonest": _hits(cases, _commonest(cases)),
        },
    )


def calibrated(classifier: Classifier, cases: Sequence[Labelled], called: Callable[[Labelled], str]) -> Calibrated:
    """The figures of a classifier that is told what the enterprises are ``called``."""
    guesses = [classifier.classify(each.scope, called(each)) for each in cases]
    by_level = {
        level: [[guess for guess in some if guess.level == level] for some in guesses]
        for level in ("division", "group")
    }
    answers = [answer(some) for some in guesses]
    given = [each.code.startswith(found.code) for each, found in zip(cases, answers, strict=True) if found is not None]
    ranked = [[guess.code for guess in some] for some in by_level["group"]]
    divisions = [[guess.code for guess in some] for some in by_level["division"]]
    return Calibrated(
        hits=_hits(cases, ranked, divisions),
        sure=SURE,
        answered=len(given) / len(cases),
        right=sum(given) / len(given) if given else 0.0,
        division_error=_calibration_error(cases, by_level["division"]),
        group_error=_calibration_error(cases, by_level["group"]),
    )


def _hits(
    cases: Sequence[Labelled], ranked: Sequence[Sequence[str]], divisions: Sequence[Sequence[str]] | None = None
) -> Hits:
    """``ranked``: groups, best first; ``divisions``: the same, by default those of the groups in their order."""
    if divisions is None:
        divisions = [list(dict.fromkeys(code[:2] for code in some)) for some in ranked]
    pairs = [(each.code[:2], some) for each, some in zip(cases, divisions, strict=True)]
    group_pairs = [(each.code, some) for each, some in zip(cases, ranked, strict=True)]
    return Hits(*(_share(some, most) for some in (pairs, group_pairs) for most in (1, 3)))


def _share(pairs: Sequence[tuple[str, Sequence[str]]], most: int) -> float:
    return sum(right in some[:most] for right, some in pairs) / len(pairs)


def _calibration_error(cases: Sequence[Labelled], guesses: Sequence[Sequence[Guess]]) -> float:
    """How far, on average, the probability of the best guess lies from how often guesses like it are right."""
    pairs = [
        (some[0].probability, each.code.startswith(some[0].code))
        for each, some in zip(cases, guesses, strict=True)
        if some
    ]
    if not pairs:
        return 0.0
    probability = np.array([one for one, _ in pairs])
    right = np.array([one for _, one in pairs], dtype=float)
    places = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    sums = [abs((probability - right)[places == place].sum()) for place in range(_BINS)]
    return float(sum(sums) / len(pairs))


# ---------------------------------------------------------------- baselines


def _words(each: Labelled) -> str:
    """The words that tell most: the trade in the name, and the first activity."""
    return " ".join([trade(each.name), *activities(each.scope)[:1]])


def _nearest_by_characters(cases: Sequence[Labelled]) -> list[list[str]]:
    from recommender.quality.baselines import dice

    names = [(code, industry(code).name) for code in groups()]
    return [_best([dice(_words(each), name) for _, name in names]) for each in cases]


def _nearest_by_encoder(cases: Sequence[Labelled], encoder: Encoder) -> list[list[str]]:
    described = encoder.encode([full_name(code) for code in groups()])
    asked = encoder.encode([_words(each) for each in cases])
    return [_best(row) for row in asked @ described.T]


def _commonest(cases: Sequence[Labelled]) -> list[list[str]]:
    learnt = [each.code for each in labelled() if not each.held_out]
    order = sorted(set(learnt), key=lambda code: (-learnt.count(code), code))[:9]
    return [order for _ in cases]


def _best(scores: Sequence[float] | NDArray[np.float32]) -> list[str]:
    """The groups of the highest scores: enough of them for three divisions."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:9]
    return [groups()[place] for place in order]
