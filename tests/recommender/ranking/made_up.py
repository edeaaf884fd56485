"""Made-up matches, and made-up feedback of enterprises whose true weights are known."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from enterprises.dictionary import bundled
from enterprises.readings import FactRef
from policies.items import Window, WindowState
from policies.rules import Condition, Operator
from recommender.awards import Award
from recommender.evaluation import Evidence
from recommender.match import Match, Verdict
from recommender.ranking.features import Feature, Features
from recommender.ranking.lists import Judged, JudgedList
from recommender.ranking.weights import Weights, stated
from tests.made_up_item import made_up_item

ON = date(2024, 6, 30)
_RULE = Condition("employees", Operator.AT_LEAST, (10,))
_ITEM = made_up_item(_RULE, "fixed: 1万元", bundled())


def made_up_match(
    *,
    low: int = 0,
    high: int | None = 0,
    priced: bool = True,
    verdict: Verdict = Verdict.ELIGIBLE,
    unconfirmed: bool = False,
    missing: int = 0,
    closes: date | None = None,
    **item: Any,
) -> Match:
    """A match of an item whose own window ends on ``closes``; ``item`` changes other fields of it."""
    made = replace(_ITEM, window=Window(date(2024, 1, 1), closes), **item)
    refs = tuple(FactRef(f"fact_{number}") for number in range(missing))
    worth = None if verdict is Verdict.INELIGIBLE else Award(low, high, priced)
    return Match(made, verdict, WindowState.OPEN, Evidence(_RULE, None), refs, worth, None, unconfirmed, False)


def with_values(**values: float) -> Weights:
    """The stated weights with some changed."""
    given = {Feature(name): value for name, value in values.items()}
    return Weights("true-1", {**stated().weights.values, **given})


def made_up_lists(
    true: Weights, enterprises: int, seed: int = 0, items: int = 12, shown_by: Weights | None = None
) -> tuple[JudgedList, ...]:
    """Lists of enterprises that want what ``true`` says, with some noise, of items in the order of ``shown_by``.

    An item at position k is looked at with chance 1 / √k; what is not, remains merely seen, however good it is.
    """
    chance = random.Random(seed)
    return tuple(
        _list(f"{seed}-{number}", true, shown_by or stated().weights, items, chance) for number in range(enterprises)
    )


def _list(name: str, true: Weights, shown_by: Weights, items: int, chance: random.Random) -> JudgedList:
    offered = {f"d.{number:02}": made_up_features(chance) for number in range(items)}
    shown = sorted(offered, key=lambda item: -shown_by.score(offered[item]))
    wanted = {item: true.score(offered[item]) + chance.gauss(0, 0.3) for item in offered}
    best = sorted(wanted, key=lambda item: -wanted[item])
    grades = {**dict.fromkeys(best[:1], 4), **dict.fromkeys(best[1:2], 3), **dict.fromkeys(best[2:4], 2)}
    judged = (
        Judged(item, offered[item], grades.get(item, 0) if chance.random() < position**-0.5 else 0, position)
        for position, item in enumerate(shown, start=1)
    )
    return JudgedList(name, tuple(sorted(judged, key=lambda one: one.item)))


def made_up_features(chance: random.Random) -> Features:
    """Features as a library has them: a few kinds, mostly no amount, deadlines far off."""
    return {
        Feature.KIND: chance.choice([1.0, 0.9, 0.7, 0.4, 0.2]),
        Feature.AMOUNT: chance.choice([0.0, chance.random()]),
        Feature.CERTAINTY: chance.choice([1.0, 0.8, 0.3, 0.2]),
        Feature.EASE: chance.choice([1.0, 2 / 3, 1 / 3, 0.0]),
        Feature.DEADLINE: chance.choice([0.0, chance.random() ** 3]),
        Feature.RELEVANCE: chance.random(),
        Feature.TAKE_UP: chance.random() / 2,
    }


def without(lists: Sequence[JudgedList], values: Mapping[Feature, float]) -> Iterator[JudgedList]:
    """The same lists with some features alike in every item."""
    for one in lists:
        judged = (replace(each, features={**each.features, **values}) for each in one.judged)
        yield replace(one, judged=tuple(judged))
