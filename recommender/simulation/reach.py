"""The pass over a population: whom an item reaches and what it costs, what it overlaps with, and what a change does.

The population is read once, part by part and by several threads; what is kept of a part are sums by group, and what
its rows add to the threshold curves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any as Plain

import numpy as np
import numpy.typing as npt

from enterprises import industries, regions
from enterprises.dictionary import Dictionary
from enterprises.population import Part, Population
from policies.benefits import SetElsewhere, formulas
from policies.items import Item
from policies.library import Library
from policies.rules import All, Any, AnyRecord, Rule, Some
from recommender.columnar.amounts import Formula
from recommender.columnar.decision import Decision, Rails, decide
from recommender.columnar.features import Tabled
from recommender.columnar.frame import Frame
from recommender.columnar.program import Barred, Program
from recommender.match import GONE
from recommender.simulation.contradictions import Findings, contradictions
from recommender.simulation.costs import FIELDS, IN, Amounts, Codes, Cost, Sums, codes_of, tally
from recommender.simulation.curves import Held, Question, TableOf, Warm, barring, merged, with_unknown
from recommender.simulation.levers import Lever
from recommender.simulation.overlaps import Said, said_of

WORKERS = 2

Progress = Callable[[int], object]
"""Told how many more enterprises have been looked at."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some enterprises. ``key`` is their code or option, ``None`` where it is not known.

    ``enterprises``: how many of them there are in the population, less those who are gone.
    """

    key: str | None
    enterprises: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Step:
    """A condition of the rule: how many meet it alone (surely, or perhaps), how many are left when it is added to the
    ones before it, and how many would be eligible, or undetermined, without it."""

    rule: Rule
    alone: tuple[int, int]
    left: tuple[int, int]
    without: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The conditions that the rule demands, in its order. ``unmet``: the parts of the rule, at any depth, that nobody
    of the population meets even perhaps."""

    steps: tuple[Step, ...]
    unmet: tuple[Rule, ...]

    @property
    def tightest(self) -> Step | None:
        """The condition without which most would be eligible."""
        return max(self.steps, key=lambda step: (step.without[0], sum(step.without)), default=None)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another item that is open on the day: ``both`` are eligible for both, ``possibly`` may be."""

    item: Item
    both: int
    possibly: int
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """What a change does to some enterprises: eligible before and after, only after, only before."""

    key: str | None
    kept: int
    gained: int
    lost: int
    before: Cost
    after: Cost


@dataclass(frozen=True, slots=True)
class Change:
    """What the new version does, against ``before``."""

    before: Item
    total: Shift
    by_county: tuple[Shift, ...]


@dataclass(frozen=True)
class Simulation:
    """An item over a population on a day. ``gone``: enterprises known to be gone, who are in no other number.

    ``set_elsewhere``: a part of the benefit is a sum that other rules set, and is in no cost.
    """

    item: Item
    on: date
    population: Population
    gone: int
    cost: Cost
    groups: Mapping[str, tuple[Group, ...]]
    funnel: Funnel
    contradictions: Findings
    overlaps: tuple[Overlap, ...]
    change: Change | None
    warm: Warm
    dictionary: Dictionary = field(repr=False)

    @property
    def enterprises(self) -> int:
        return self.population.rows - self.gone

    @property
    def set_elsewhere(self) -> bool:
        return any(isinstance(part, SetElsewhere) for part in formulas(self.item.benefit))


DIMENSIONS = ("city", "county", "section", "division", "size", "ownership", "kind")


def simulate(
    population: Population,
    item: Item,
    on: date,
    *,
    library: Library | None = None,
    before: Item | None = None,
    levers: Sequence[Lever] = (),
    workers: int = WORKERS,
    done: Progress = lambda _: None,
) -> Simulation:
    """Look at every enterprise. ``library``: whose open items are compared with; ``before``: what the item replaces.

    Raises ``DamagedPopulation``, and ``OverflowError`` where sums do not fit into 63 bits.
    """
    plan = _Plan(population, item, on, library, before, levers)
    with ThreadPoolExecutor(workers) as pool:
        found = []
        for part, seen in zip(population.parts, pool.map(plan.look_at, population.parts), strict=True):
            found.append(seen)
            done(part.rows)
    return plan.summed(found)


# ---------------------------------------------------------------- the plan


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found of a part: counts by rule, sums by dimension and key, overlaps, shifts, and what curves keep."""

    counts: npt.NDArray[np.int64]
    gone: int
    groups: Mapping[str, Mapping[Plain, npt.NDArray[np.int64]]]
    both: npt.NDArray[np.int64]
    shifts: Mapping[Plain, npt.NDArray[np.int64]]
    held: tuple[Held, ...]


class _Rules:
    """Rules that are decided together, each once."""

    def __init__(self) -> None:
        self._numbers: dict[Rule | Barred, int] = {}

    def add(self, rule: Rule | Barred) -> int:
        return self._numbers.setdefault(rule, len(self._numbers))

    @property
    def all(self) -> tuple[Rule | Barred, ...]:
        return tuple(self._numbers)


class _Plan:
    def __init__(
        self,
        population: Population,
        item: Item,
        on: date,
        library: Library | None,
        before: Item | None,
        levers: Sequence[Lever],
    ) -> None:
        self.population, self.item, self.on, self.before = population, item, on, before
        self.dictionary = population.dictionary
        rules = _Rules()
        self.rule, self.gone = rules.add(barring(item.rule, item)), rules.add(GONE)
        self.earlier = rules.add(barring(before.rule, before)) if before else None
        self.parts = _demanded(item.rule)
        self.alone = [rules.add(barring(part, item)) for part in self.parts]
        self.left = [rules.add(barring(All(self.parts[: end + 1]), item)) for end in range(len(self.parts))]
        self.without = [
            rules.add(barring(All((*self.parts[:end], *self.parts[end + 1 :])), item)) for end in range(len(self.parts))
        ]
        self.branches = tuple(dict.fromkeys(_branches(item.rule)))
        self.of_branch = [rules.add(barring(branch, item)) for branch in self.branches]
        published = library.published if library else ()
        self.others = [other for other in published if other.id != item.id and other.window.state(on).is_open]
        self.of_other = [rules.add(barring(other.rule, other)) for other in self.others]
        self.questions = tuple(Question(item, lever, on, self.dictionary) for lever in levers)
        self.of_question = [[rules.add(rule) for rule in question.rules] for question in self.questions]
        self.program = Program(rules.all, on, with_unknown(self.dictionary))
        self.formula = Formula(item.benefit, item.rule, self.program)
        self.earlier_formula = Formula(before.benefit, before.rule, self.program) if before else None

    @property
    def facts(self) -> frozenset[str]:
        size = self.dictionary.facts["size"].formula
        assert size is not None
        more = {"region", "industry", "ownership", "entity_kind", GONE.fact, *size.inputs}
        formulas = [self.formula.facts, *([self.earlier_formula.facts] if self.earlier_formula else [])]
        return self.program.columns.union(more, *formulas, *(question.facts for question in self.questions))

    # ------------------------------------------------------------- one part

    def look_at(self, part: Part) -> _Seen:
        frame = Frame.of_part(self.population, part, self.facts)
        decision = decide(self.program, frame, keep=True)
        codes = self._codes(decision, self.rule, frame)
        present = self._codes(decision, self.gone, frame) != IN
        rows = np.flatnonzero(codes)
        amounts = Amounts.of(self.formula, frame, rows)
        groups = {
            name: _by_key(indices, keys, codes, rows, amounts, present)
            for name, indices, keys in self._dimensions(frame)
        }
        table = TableOf(partial(self.population.read, part, frame.names))
        held = tuple(
            question.hold(frame, [self._codes(decision, number, frame) for number in numbers], table)
            for question, numbers in zip(self.questions, self.of_question, strict=True)
        )
        return _Seen(
            decision.counts,
            int(np.count_nonzero(~present)),
            groups,
            self._overlaps(decision),
            self._shifts(frame, decision, codes),
            held,
        )

    def _codes(self, decision: Decision, rule: int, frame: Frame) -> Codes:
        return codes_of(decision.rails(rule), frame.rows)

    def _dimensions(self, frame: Frame) -> Iterator[tuple[str, npt.NDArray[Plain], Sequence[Plain]]]:
        """By dimension the index of each row's key, and the keys."""
        for name in ("region", "industry", "ownership", "entity_kind"):
            codes = frame.codes(name)
            if codes is None:
                yield name, np.zeros(frame.rows, np.int64), (None,)
            else:
                yield name, codes.indices.astype(np.int64) + 1, (None, *codes.cells)
        fact = self.dictionary.facts["size"]
        indices, options = Tabled(fact, self.on, self.dictionary, ()).options(frame)
        yield "size", indices, [next(iter(some)) if some is not None and len(some) == 1 else None for some in options]

    def _overlaps(self, decision: Decision) -> npt.NDArray[np.int64]:
        """By other item how many are eligible for both, and may be."""
        own = decision.rails(self.rule)
        found = np.zeros((len(self.others), 2), np.int64)
        for number, rule in enumerate(self.of_other):
            if decision.counts[rule].any():
                theirs = decision.rails(rule)
                found[number] = _both(own, theirs)
        return found

    def _shifts(self, frame: Frame, decision: Decision, after: Codes) -> Mapping[Plain, npt.NDArray[np.int64]]:
        """By region: kept, gained, lost, and the sums before and after."""
        if self.earlier is None or self.earlier_formula is None:
            return {}
        before = self._codes(decision, self.earlier, frame)
        codes = frame.codes("region")
        indices = np.zeros(frame.rows, np.int64) if codes is None else codes.indices.astype(np.int64) + 1
        keys = (None,) if codes is None else (None, *codes.cells)
        moves = np.zeros((len(keys), 3), np.int64)
        for number, which in enumerate(
            ((before == IN) & (after == IN), (before != IN) & (after == IN), (before == IN) & (after != IN))
        ):
            moves[:, number] = np.bincount(indices[which], minlength=len(keys))
        sums = [moves]
        for formula, verdicts in ((self.earlier_formula, before), (self.formula, after)):
            rows = np.flatnonzero(verdicts)
            sums.append(tally(indices[rows], verdicts[rows], Amounts.of(formula, frame, rows), len(keys)))
        return dict(zip(keys, np.concatenate(sums, axis=1), strict=True))

    # ------------------------------------------------------------ all parts

    def summed(self, seen: Sequence[_Seen]) -> Simulation:
        counts = _total([each.counts for each in seen], (self.program.rules, 2))
        by_key = {name: _merged(each.groups[name] for each in seen) for name in _COLUMNS.values()} if seen else {}
        groups = {name: _groups(by_key.get(column, {}), _KEYS[name]) for name, column in _COLUMNS.items()}
        warm = Warm(
            self.questions,
            [merged([each.held[number] for each in seen]) for number in range(len(self.questions))],
            self.dictionary,
        )
        return Simulation(
            item=self.item,
            on=self.on,
            population=self.population,
            gone=sum(each.gone for each in seen),
            cost=sum((group.cost for group in groups["kind"]), Cost()),
            groups=groups,
            funnel=self._funnel(counts),
            contradictions=contradictions(self.item.rule, self.on, self.dictionary),
            overlaps=self._ranked(_total([each.both for each in seen], (len(self.others), 2))),
            change=self._change(_merged(each.shifts for each in seen)),
            warm=warm,
            dictionary=self.dictionary,
        )

    def _funnel(self, counts: npt.NDArray[np.int64]) -> Funnel:
        def pair(rule: int) -> tuple[int, int]:
            return int(counts[rule, 0]), int(counts[rule, 1])

        steps = tuple(
            Step(part, pair(alone), pair(left), pair(without))
            for part, alone, left, without in zip(self.parts, self.alone, self.left, self.without, strict=True)
        )
        unmet = [branch for branch, rule in zip(self.branches, self.of_branch, strict=True) if not counts[rule].any()]
        return Funnel(steps, tuple(unmet))

    def _ranked(self, both: npt.NDArray[np.int64]) -> tuple[Overlap, ...]:
        found = [
            Overlap(other, int(sure), int(possibly), said_of(self.item, other))
            for other, (sure, possibly) in zip(self.others, both, strict=True)
            if possibly
        ]
        return tuple(sorted(found, key=lambda overlap: (-overlap.both, -overlap.possibly, overlap.item.id)))

    def _change(self, shifts: Mapping[Plain, npt.NDArray[np.int64]]) -> Change | None:
        if self.before is None:
            return None
        by_county = tuple(_shift(key, shifts[key]) for key in sorted(shifts, key=_place) if shifts[key].any())
        return Change(self.before, _shift(None, _total(list(shifts.values()), (3 + 2 * FIELDS,))), by_county)


def _demanded(rule: Rule) -> tuple[Rule, ...]:
    """The parts that everyone has to meet."""
    return tuple(part for each in rule.parts for part in _demanded(each)) if isinstance(rule, All) else (rule,)


def _branches(rule: Rule) -> Iterator[Rule]:
    """Every part of a rule that wants something, at any depth; of records each part of what is wanted of one."""
    yield rule
    match rule:
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _branches(part)
        case AnyRecord(kind, All(parts)):
            for part in parts:
                yield AnyRecord(kind, part)
        case _:
            return


def _both(one: Rails, other: Rails) -> tuple[int, int]:
    return (
        int(np.bitwise_count(one.true & other.true).sum()),
        int(np.bitwise_count(one.maybe & other.maybe).sum()),
    )


def _by_key(
    indices: npt.NDArray[Plain],
    keys: Sequence[Plain],
    codes: Codes,
    rows: npt.NDArray[np.intp],
    amounts: Amounts,
    present: npt.NDArray[np.bool_],
) -> dict[Plain, npt.NDArray[np.int64]]:
    """By key the sums, and before them how many enterprises there are."""
    sums = tally(indices[rows], codes[rows], amounts, len(keys))
    count = np.bincount(indices[present], minlength=len(keys))
    found: dict[Plain, npt.NDArray[np.int64]] = {}
    for number, key in enumerate(keys):
        both = np.concatenate(([count[number]], sums[number]))
        found[key] = found[key] + both if key in found else both
    return found


def _merged(parts: Iterable[Mapping[Plain, npt.NDArray[np.int64]]]) -> dict[Plain, npt.NDArray[np.int64]]:
    found: dict[Plain, npt.NDArray[np.int64]] = {}
    for part in parts:
        for key, sums in part.items():
            found[key] = found[key] + sums if key in found else sums
    return found


def _total(parts: Sequence[npt.NDArray[np.int64]], shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    return np.asarray(sum(parts, np.zeros(shape, np.int64)), np.int64)


def _shift(key: str | None, sums: Sums) -> Shift:
    kept, gained, lost = (int(number) for number in sums[:3])
    return Shift(key, kept, gained, lost, Cost.of(sums[3 : 3 + FIELDS]), Cost.of(sums[3 + FIELDS :]))


# ------------------------------------------------------------------ groups


def _city(code: str) -> str:
    return code if regions.region(code).level != "county" else code[:4] + "00"


def _section(code: str) -> str:
    return _ancestors(code)[-1]


def _division(code: str) -> str:
    chain = _ancestors(code)
    return chain[-2] if len(chain) > 1 else chain[-1]


def _ancestors(code: str) -> list[str]:
    """An industry and those that it is part of, up to its section."""
    chain = [code]
    while (parent := industries.industry(chain[-1]).parent) is not None:
        chain.append(parent)
    return chain


_COLUMNS = {
    **{"city": "region", "county": "region", "section": "industry", "division": "industry"},
    **{"size": "size", "ownership": "ownership", "kind": "entity_kind"},
}
_KEYS: Mapping[str, Callable[[str], str]] = {
    **{"city": _city, "county": str, "section": _section, "division": _division},
    **{"size": str, "ownership": str, "kind": str},
}


def _groups(by_key: Mapping[Plain, npt.NDArray[np.int64]], key_of: Callable[[str], str]) -> tuple[Group, ...]:
    sums: dict[str | None, npt.NDArray[np.int64]] = defaultdict(lambda: np.zeros(1 + FIELDS, np.int64))
    for key, numbers in by_key.items():
        sums[None if key is None else key_of(key)] += numbers
    kept = {key: numbers for key, numbers in sums.items() if numbers.any()}
    return tuple(Group(key, int(kept[key][0]), Cost.of(kept[key][1:])) for key in sorted(kept, key=_place))


def _place(key: str | None) -> tuple[bool, str]:
    """By code; those who are not known last."""
    return key is None, key or ""
