"""How deciding grows with rules and rows: ``python -m bench.scale FOLDER``, the figures of ``docs/scale.md``.

Some parts of a population, spread over all of it, are decided for more and more made-up rules; once more for rules that
are spread over all provinces, as those of a nation are. Times are of the processor, in one thread, so that the
machine's other work counts less; memory is the most that the process ever held.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean
from time import process_time
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from bench.rules import ON, make_rules
from enterprises import regions
from enterprises.dictionary import bundled
from enterprises.population import Part, Population
from policies.benefits import Fixed
from policies.rules import All, Condition, Rule
from recommender.batch import Offer, Offers, frame_of, matches
from recommender.columnar.decision import decide
from recommender.columnar.frame import Frame

T = TypeVar("T")

DICTIONARY = bundled()
REWARD = 10**7
"""What each made-up rule gives, in 分: 10万元."""

COLUMNS = (
    "rules",
    "ready, s",
    "first part, s",
    "read, s",
    "read and decide, s",
    "eligible",
    "undetermined",
    "matches, s",
    "with undetermined, s",
    "memory, MB",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("population", type=Path, help="folder of a population")
    parser.add_argument("--rules", type=int, nargs="*", default=[500, 2000, 8000])
    parser.add_argument("--nation", type=int, nargs="*", default=[50_000], help="rules spread over all provinces")
    parser.add_argument("--parts", type=int, default=5)
    parser.add_argument(
        "--undetermined", type=int, default=2000, help="list undetermined matches too of so many rules at most"
    )
    arguments = parser.parse_args()
    population = Population.open(arguments.population)
    last = len(population.parts) - 2  # the very last part is smaller
    parts = [population.parts[last * number // max(arguments.parts - 1, 1)] for number in range(arguments.parts)]
    table = Table(*COLUMNS, title=f"A part of {parts[0].rows:,} rows, mean of {len(parts)}; one thread")
    for count in arguments.rules:
        table.add_row(*_measured(make_rules(DICTIONARY, count), population, parts, count <= arguments.undetermined))
    for count in arguments.nation:
        rules = spread(make_rules(DICTIONARY, count))
        first, *others = _measured(rules, population, parts, count <= arguments.undetermined)
        table.add_row(f"{first}, nation", *others)
    Console(width=140).print(table)


def spread(rules: Mapping[str, Rule], seed: int = 5) -> dict[str, Rule]:
    """The same rules, each for the corresponding place of a province drawn at random."""
    random = Random(seed)
    provinces = [each.code[:2] for each in regions.regions() if each.level == "province"]
    return {name: _moved(rule, random.choice(provinces)) for name, rule in rules.items()}


def _moved(rule: Rule, province: str) -> Rule:
    assert isinstance(rule, All)
    place, *others = rule.parts
    assert isinstance(place, Condition)
    return All((replace(place, operands=tuple(province + str(code)[2:] for code in place.operands)), *others))


def _measured(
    rules: Mapping[str, Rule], population: Population, parts: Sequence[Part], undetermined: bool
) -> Iterator[str]:
    """The cells of a row of the table."""
    offers = Offers(tuple(Offer(name, "1", rule, Fixed(REWARD)) for name, rule in rules.items()), ON, DICTIONARY)
    program, ready = _timed(lambda: offers.program)

    def read(part: Part) -> Frame:
        return frame_of(population, part, offers)

    def count(part: Part) -> tuple[int, int]:
        counts = decide(program, read(part), keep=False).counts
        return int(counts[:, 0].sum()), int(counts[:, 1].sum())

    def find(part: Part, wanted: bool) -> int:
        return sum(int(table.num_rows) for table, _ in matches(offers, read(part), undetermined=wanted))

    _, first = _timed(lambda: count(parts[0]))
    counts = [count(part) for part in parts]  # once without a clock: what classes answer is asked when they are met
    yield f"{len(rules):,}"
    yield f"{ready:.2f}"
    yield f"{first:.2f}"
    yield f"{mean(_timed(partial(read, part))[1] for part in parts):.3f}"
    yield f"{mean(_timed(partial(count, part))[1] for part in parts):.3f}"
    yield from (f"{mean(some):,.0f}" for some in zip(*counts, strict=True))
    yield f"{mean(_timed(partial(find, part, False))[1] for part in parts):.3f}"
    yield f"{mean(_timed(partial(find, part, True))[1] for part in parts):.3f}" if undetermined else "–"
    yield f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}"


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = process_time()
    result = work()
    return result, process_time() - started


if __name__ == "__main__":
    main()
