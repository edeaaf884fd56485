"""What the ranking looks at in a match: seven numbers from 0 to 1, each the better the higher.

Features say something of an item for an enterprise, never who the enterprise is: nothing personal can be learnt from
them. A change of what a feature means counts ``FORM`` up, since weights learnt for the old one no longer apply.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction

from enterprises.amounts import FEN_PER_WAN
from policies.items import Category, Delivery
from recommender.match import Match, Verdict

FORM = "huiqi.ranking/1"
"""Name and version of the features, kept with every set of weights."""


class Feature(StrEnum):
    """A column of the model."""

    KIND = "kind"
    AMOUNT = "amount"
    CERTAINTY = "certainty"
    EASE = "ease"
    DEADLINE = "deadline"
    RELEVANCE = "relevance"
    TAKE_UP = "take_up"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Feature.KIND: "支持的种类",
    Feature.AMOUNT: "金额",
    Feature.CERTAINTY: "确定程度",
    Feature.EASE: "办理省力",
    Feature.DEADLINE: "截止临近",
    Feature.RELEVANCE: "与企业相关",
    Feature.TAKE_UP: "同类企业申报",
}

Features = Mapping[Feature, float]
"""A value for every feature."""

KINDS: Mapping[Category, float] = {
    Category.MONEY: 1.0,
    Category.RELIEF: 0.9,  # what need not be paid is nearly what is received
    Category.FINANCING: 0.7,
    Category.SERVICE: 0.4,
    Category.RIGHT: 0.2,
    Category.PROCEDURE: 0.2,
}
EASES: Mapping[Delivery, float] = {
    Delivery.NO_APPLICATION: 1.0,
    Delivery.INSTANT: 2 / 3,
    Delivery.ON_APPLICATION: 1 / 3,
    Delivery.SERVICE: 0.0,  # one has to go there, agree on it and come again
}

_MOST = 10_000
"""万元; from 1亿元 on, more money changes nothing in the order."""

CONFIRMED, UNCONFIRMED, OPEN = 1.0, 0.8, 0.6
"""How certain: eligible on confirmed values, eligible on what was typed, and what a single missing fact halves."""

HALF_LIFE = 30
"""Days; a deadline that is so much further off presses half as much."""


def features(match: Match, on: date, relevance: float, take_up: float) -> Features:
    """The features of a match on a day. ``relevance`` and ``take_up`` are from 0 to 1 and come from elsewhere."""
    return {
        Feature.KIND: KINDS[match.item.category],
        Feature.AMOUNT: _amount(match),
        Feature.CERTAINTY: _certainty(match),
        Feature.EASE: EASES[match.item.delivery],
        Feature.DEADLINE: _deadline(match, on),
        Feature.RELEVANCE: relevance,
        Feature.TAKE_UP: take_up,
    }


def _amount(match: Match) -> float:
    """On a scale of powers of ten, since the tenth 万元 moves nobody as the first does; 0 without a price."""
    wan = expected_amount(match) / FEN_PER_WAN
    return min(1.0, math.log10(1 + float(wan)) / math.log10(1 + _MOST))


def expected_amount(match: Match) -> Fraction:
    """The middle of what the award may come to, in 分; where nothing bounds it, what it comes to at least."""
    award = match.award
    if award is None or not award.priced:
        return Fraction(0)
    return Fraction(award.low) if award.high is None else Fraction(award.low + award.high, 2)


def _certainty(match: Match) -> float:
    match match.verdict:
        case Verdict.ELIGIBLE:
            return UNCONFIRMED if match.unconfirmed else CONFIRMED
        case Verdict.UNDETERMINED:
            return OPEN / (1 + max(1, len(match.missing)))
        case Verdict.INELIGIBLE:
            return 0.0


def _deadline(match: Match, on: date) -> float:
    """1 on the last day, halved every ``HALF_LIFE`` days before it; 0, as for one far off, where no end is stated."""
    left = days_left(match, on)
    return 0.0 if left is None else 2.0 ** (-left / HALF_LIFE)


def days_left(match: Match, on: date) -> int | None:
    """Days from ``on`` to the last day, 0 on that day itself; ``None`` where no end is stated. Never below 0."""
    closes = match.item.window.closes
    return None if closes is None else max(0, (closes - on).days)
