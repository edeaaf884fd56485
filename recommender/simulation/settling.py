"""Which missing facts stand between the undetermined enterprises and an answer: what an office should ask for first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import reduce

import numpy as np
import numpy.typing as npt

from enterprises.dictionary import Dictionary
from enterprises.population import Part, Population
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Rule, Some
from recommender.columnar.decision import Decision, decide
from recommender.columnar.frame import Frame
from recommender.columnar.program import Program
from recommender.simulation.curves import barring

_Bitmaps = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact, or kind of record, that is missing. ``enterprises``: of so many undetermined ones a condition on it is
    unknown; ``alone``: of so many of these no condition on anything else is."""

    name: str
    label: str
    enterprises: int
    alone: int


def missing_facts(
    population: Population, item: Item, on: date, dictionary: Dictionary, workers: int = 2
) -> tuple[Missing, ...]:
    """What is missing of the undetermined, what would settle most first. Raises ``DamagedPopulation``."""
    asked = tuple(dict.fromkeys(_leaves(item.rule)))
    names = tuple(dict.fromkeys(_name(leaf) for leaf in asked))
    program = Program((barring(item.rule, item), *asked), on, dictionary)

    def look_at(part: Part) -> npt.NDArray[np.int64]:
        decision = decide(program, Frame.of_part(population, part, program.columns), keep=True)
        return _counts(decision, asked, names)

    with ThreadPoolExecutor(workers) as pool:
        counts = sum(pool.map(look_at, population.parts), np.zeros((len(names), 2), np.int64))
    found = [
        Missing(name, _label(name, dictionary), int(some), int(alone))
        for name, (some, alone) in zip(names, counts, strict=True)
        if some
    ]
    return tuple(sorted(found, key=lambda each: (-each.alone, -each.enterprises, each.name)))


def _counts(
    decision: Decision, asked: tuple[Condition | AnyRecord, ...], names: tuple[str, ...]
) -> npt.NDArray[np.int64]:
    open_ = _unknown(decision, 0)
    unknown = {name: np.zeros_like(open_) for name in names}
    for number, leaf in enumerate(asked, start=1):
        unknown[_name(leaf)] |= _unknown(decision, number)
    counts = np.zeros((len(names), 2), np.int64)
    for number, name in enumerate(names):
        others = reduce(np.bitwise_or, (each for other, each in unknown.items() if other != name), np.zeros_like(open_))
        missing = open_ & unknown[name]
        counts[number] = _ones(missing), _ones(missing & ~others)
    return counts


def _unknown(decision: Decision, rule: int) -> _Bitmaps:
    rails = decision.rails(rule)
    return np.asarray(rails.maybe & ~rails.true, np.uint64)


def _ones(bitmap: _Bitmaps) -> int:
    return int(np.bitwise_count(bitmap).sum())


def _leaves(rule: Rule) -> Iterator[Condition | AnyRecord]:
    match rule:
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case Condition() | AnyRecord():
            yield rule


def _name(leaf: Condition | AnyRecord) -> str:
    return leaf.kind if isinstance(leaf, AnyRecord) else leaf.fact


def _label(name: str, dictionary: Dictionary) -> str:
    kind = dictionary.records.get(name)
    return dictionary.facts[name].label if kind is None else f"{kind.label}（明细）"
