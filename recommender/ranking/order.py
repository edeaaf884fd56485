"""The order of an enterprise's matches: a version of the weights applied to their features, with what made each place.

Nothing in it is random, and equals stand by item id: the same matches, weights, encoder and feedback give the same one.
Ranking only orders. It moves no match from one group to another and hides none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum

from enterprises.readings import EnterpriseOn
from policies.items import Item
from recommender.explanation import Explanation
from recommender.match import Match, Verdict
from recommender.ranking.features import Feature, Features, days_left, features
from recommender.ranking.relevance import Relevance
from recommender.ranking.take_up import NOBODY, TakeUp, cell_of
from recommender.ranking.weights import Weights, stated

_OF_A_DIGEST = 8
"""Characters of an encoder's digest that are shown."""


@dataclass(frozen=True, slots=True)
class Basis:
    """All that an order depends on besides the matches: with it, it can be made again.

    ``encoder``: the beginning of the model's digest, ``None`` where relevance was left out. ``feedback``: the row up to
    which feedback counted, 0 for none.
    """

    ranking: str
    label: str
    encoder: str | None
    feedback: int

    @property
    def code(self) -> str:
        """As it is stored with feedback: ``stated-1``, ``learned-2 encoder:0a1b2c3d feedback:120``."""
        parts = (
            f"encoder:{self.encoder}" if self.encoder else "",
            f"feedback:{self.feedback}" if self.feedback else "",
        )
        return " ".join((self.ranking, *(part for part in parts if part)))

    @property
    def text(self) -> str:
        """As it is shown."""
        model = f"语义模型 {self.encoder}" if self.encoder else "未用语义模型"
        return f"{self.label}，{model}" + (f"，反馈截至第 {self.feedback} 条" if self.feedback else "")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A match at its place, ``position`` from 1. ``lifts``: what each feature adds over the mean of the same list.

    ``dismissed``: the enterprise said that it is not for it, so it stands last.
    """

    match: Match
    position: int
    of: int
    score: float
    features: Features
    lifts: Mapping[Feature, float]
    days_left: int | None
    dismissed: bool = False

    @property
    def item(self) -> Item:
        return self.match.item


@dataclass(frozen=True, slots=True)
class Order:
    """The three groups of an explanation, each in its order, and what the order rests on."""

    eligible: tuple[Ranked, ...]
    undetermined: tuple[Ranked, ...]
    close: tuple[Ranked, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights with what features are made from. Without ``relevance`` nothing is more relevant than anything else."""

    weights: Weights = field(default_factory=lambda: stated().weights)
    relevance: Relevance | None = None
    take_up: TakeUp = NOBODY

    @property
    def basis(self) -> Basis:
        encoder = None if self.relevance is None else self.relevance.digest[:_OF_A_DIGEST]
        return Basis(self.weights.name, self.weights.label, encoder, self.take_up.until)

    def order(self, explanation: Explanation, dismissed: Collection[str] = ()) -> Order:
        """The groups in their order. ``dismissed``: the ids of items that the enterprise said are not for it."""
        known = self.features(explanation, (*explanation.eligible, *explanation.undetermined, *explanation.close))
        groups = (explanation.eligible, explanation.undetermined, explanation.close)
        eligible, undetermined, close = (self._ranked(group, explanation, known, dismissed) for group in groups)
        return Order(eligible, undetermined, close, self.basis)

    def offers(self, explanation: Explanation, dismissed: Collection[str] = ()) -> tuple[Ranked, ...]:
        """What may be offered, eligible and undetermined, in one list: nothing else is ever in it."""
        offered = [found for found in explanation.matches if is_offer(found)]
        return self._ranked(offered, explanation, self.features(explanation, offered), dismissed)

    def features(self, explanation: Explanation, matches: Collection[Match]) -> Mapping[str, Features]:
        """The features of matches, by item id."""
        subject = EnterpriseOn(explanation.profile, explanation.on, explanation.library.dictionary)
        cell = cell_of(subject)
        near: Mapping[str, float] = {}
        if self.relevance is not None:
            near = self.relevance.of(explanation.profile, [found.item for found in matches])
        return {
            found.item.id: features(
                found, explanation.on, near.get(found.item.id, 0.0), self.take_up.rate(found.item.id, cell)
            )
            for found in matches
        }

    def _ranked(
        self,
        matches: Collection[Match],
        explanation: Explanation,
        known: Mapping[str, Features],
        dismissed: Collection[str],
    ) -> tuple[Ranked, ...]:
        scores = {found.item.id: self.weights.score(known[found.item.id]) for found in matches}
        placed = sorted(matches, key=lambda one: (one.item.id in dismissed, -scores[one.item.id], one.item.id))
        given = {found.item.id: self.weights.contributions(known[found.item.id]) for found in matches}
        mean = _mean(given.values())
        return tuple(
            Ranked(
                match=found,
                position=position,
                of=len(placed),
                score=scores[found.item.id],
                features=known[found.item.id],
                lifts={one: given[found.item.id][one] - mean[one] for one in Feature},
                days_left=days_left(found, explanation.on),
                dismissed=found.item.id in dismissed,
            )
            for position, found in enumerate(placed, start=1)
        )


def is_offer(found: Match) -> bool:
    """Whether a match is something that the enterprise can have or may have."""
    return found.offered and found.verdict is not Verdict.INELIGIBLE


def _mean(contributions: Iterable[Mapping[Feature, float]]) -> Mapping[Feature, float]:
    rows = list(contributions)
    return {one: fsum(row[one] for row in rows) / max(1, len(rows)) for one in Feature}
