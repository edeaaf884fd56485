"""How long all enterprises take against all rules: ``python -m bench.population``.

The columnar evaluator and Polars decide the same rules over the same files, each in a process of its own that says how
long it took and how much memory it held at most; their counts must be equal. Then: writing the matches, the bundled
library, a change of one enterprise in a hundred, and a million random pairs against the readable evaluator.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from bench import polars_rules
from bench.rules import ON, distinct_conditions, make_rules
from enterprises import sample_population
from enterprises.dictionary import bundled
from enterprises.population import Population, PopulationWriter, profiles_of
from enterprises.population_delta import Delta, compare
from enterprises.readings import EnterpriseOn
from policies.benefits import Fixed
from policies.library import bundled_library
from recommender.awards import award
from recommender.batch import Found, Offer, Offers, count, count_rules, find, frame_of, run
from recommender.changes import update
from recommender.columnar.frame import Frame
from recommender.columnar.program import Program
from recommender.evaluation import decide
from recommender.match import GONE, bars_the_gone
from recommender.runs import Run

DICTIONARY = bundled()
PAIRS = 10**6
REWARD = 10**7
"""What each made-up rule gives, in 分: 10万元."""


def main() -> None:
    """Measure and print; or, with ``--measure``, measure one thing and print it as JSON."""
    arguments = _arguments()
    if arguments.measure:
        print(json.dumps(_MEASURES[arguments.measure](arguments)))
        return
    console = Console(width=120)
    with tempfile.TemporaryDirectory(prefix="huiqi-bench-") as folder:
        arguments.scratch = Path(folder)
        arguments.population = arguments.population or _make(arguments.size, Path(folder, "population"), console)
        for path in arguments.population.iterdir():
            path.read_bytes()  # into the system's memory: who comes first shall not wait for the disk
        _against_polars(arguments, console)
        _with_library(arguments, console)
        _after_a_change(arguments, console)
        _pairs(arguments, console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=Path, help="folder of a population; without one is made up")
    parser.add_argument("--size", type=int, default=5_300_000, help="enterprises to make up")
    parser.add_argument("--rules", type=int, default=2000, help="made-up rules")
    parser.add_argument("--measure", choices=list(_MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _make(size: int, folder: Path, console: Console) -> Path:
    started = perf_counter()
    sample_population.write(folder, size, 1, DICTIONARY)
    console.print(f"{size:,} enterprises made up in {perf_counter() - started:.0f} s.\n")
    return folder


# ------------------------------------------------------------ what is asked


def _made_up(rules: int) -> Offers:
    made = make_rules(DICTIONARY, rules)
    return Offers(tuple(Offer(name, "1", rule, Fixed(REWARD)) for name, rule in made.items()), ON, DICTIONARY)


def _library() -> Offers:
    return Offers.of(bundled_library().published, ON, DICTIONARY)


# ----------------------------------------------------------- what is timed


def _timed(work: Callable[[], Any]) -> dict[str, Any]:
    """Seconds on the clock and of the processors, the most memory ever held in MB, and what came of it."""
    clock, processor = perf_counter(), process_time()
    result = work()
    return {
        "clock": perf_counter() - clock,
        "processor": process_time() - processor,
        "memory": _most_memory(),
        "result": result,
    }


def _most_memory() -> float:
    """The most that this process held, in MB; unlike ``ru_maxrss`` without what the one that began it held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _columnar(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = make_rules(DICTIONARY, arguments.rules)
    program = Program(list(rules.values()), ON, DICTIONARY)
    population = Population.open(arguments.population)
    count_rules(program, _first_part(population))
    timed = _timed(lambda: count_rules(program, population))
    return {**timed, "result": dict(zip(rules, timed["result"].tolist(), strict=True))}


def _polars(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = make_rules(DICTIONARY, arguments.rules)
    polars_rules.counts(make_rules(DICTIONARY, 5), arguments.population, ON, DICTIONARY)
    return _timed(lambda: polars_rules.counts(rules, arguments.population, ON, DICTIONARY))


def _polars_everywhere(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = make_rules(DICTIONARY, arguments.rules)
    polars_rules.counts(make_rules(DICTIONARY, 5), arguments.population, ON, DICTIONARY)
    return _timed(lambda: polars_rules.counts(rules, arguments.population, ON, DICTIONARY, by_place=False))


def _columnar_matches(arguments: argparse.Namespace) -> dict[str, Any]:
    return _written(arguments, _made_up(arguments.rules), undetermined=False)


def _columnar_all_matches(arguments: argparse.Namespace) -> dict[str, Any]:
    return _written(arguments, _made_up(arguments.rules), undetermined=True)


def _polars_matches(arguments: argparse.Namespace) -> dict[str, Any]:
    rules = make_rules(DICTIONARY, arguments.rules)
    return _timed(
        lambda: polars_rules.matches(
            rules, arguments.population, ON, DICTIONARY, arguments.scratch / "polars", undetermined=False
        )
    )


def _library_counts(arguments: argparse.Namespace) -> dict[str, Any]:
    offers, population = _library(), Population.open(arguments.population)
    count(offers, _first_part(population))
    return _timed(lambda: {name: (one.eligible, one.undetermined) for name, one in count(offers, population).items()})


def _library_matches(arguments: argparse.Namespace) -> dict[str, Any]:
    return _written(arguments, _library(), undetermined=False)


def _library_all_matches(arguments: argparse.Namespace) -> dict[str, Any]:
    return _written(arguments, _library(), undetermined=True)


def _written(arguments: argparse.Namespace, offers: Offers, *, undetermined: bool) -> dict[str, Any]:
    """Deciding and writing the matches; how many there are, and how large the files."""
    population = Population.open(arguments.population)
    find(offers, frame_of(population, population.parts[0], offers), undetermined=False)
    folder = arguments.scratch / f"{arguments.measure}"
    timed = _timed(lambda: run(offers, population, folder, undetermined=undetermined))
    counted = (timed["result"].counts or {}).values()
    number = sum(one.eligible + one.undetermined * undetermined for one in counted)
    size = sum(path.stat().st_size for path in folder.glob("matches-*"))
    return {**timed, "result": {"matches": number, "megabytes": size / 10**6}}


def _update(arguments: argparse.Namespace) -> dict[str, Any]:
    """Deciding again what one enterprise in a hundred changed, the run before and the delta being there."""
    offers = _library()
    delta, changed = Delta.open(arguments.scratch / "delta"), Population.open(arguments.scratch / "changed")
    previous = Run.open(arguments.scratch / "library")
    find(offers, frame_of(delta.before, delta.before.parts[0], offers), undetermined=False)
    timed = _timed(lambda: update(previous, offers, delta, changed, offers, arguments.scratch / "layer"))
    return {**timed, "result": {"changed": delta.changed}}


def _first_part(population: Population) -> Population:
    """To have everything compiled: what numba compiles is kept, but loading it takes a moment."""
    return Population(population.folder, population.parts[:1], population.made_up, population.dictionary)


_MEASURES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "columnar": _columnar,
    "polars": _polars,
    "polars-everywhere": _polars_everywhere,
    "columnar-matches": _columnar_matches,
    "columnar-all-matches": _columnar_all_matches,
    "polars-matches": _polars_matches,
    "library-counts": _library_counts,
    "library": _library_matches,
    "library-all-matches": _library_all_matches,
    "update": _update,
}


def _measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """What one of ``_MEASURES`` says in a process of its own, so that its memory is its own too."""
    command = [sys.executable, "-m", "bench.population", "--measure", name, "--rules", str(arguments.rules)]
    command += ["--population", str(arguments.population), "--scratch", str(arguments.scratch)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = json.loads(said)
    return measured


# -------------------------------------------------------------- what is said


def _against_polars(arguments: argparse.Namespace, console: Console) -> None:
    rules = make_rules(DICTIONARY, arguments.rules)
    total, distinct = distinct_conditions(rules)
    rows = Population.open(arguments.population).rows
    title = f"{rows:,} enterprises, {len(rules):,} made-up rules: {total:,} conditions, {distinct} distinct"
    names = ("columnar", "polars", "polars-everywhere")
    ours, by_place, everywhere = (_measure(name, arguments) for name in names)
    if not ours["result"] == by_place["result"] == everywhere["result"]:
        raise AssertionError("the counts differ: a fast wrong answer is worth nothing")
    _print(
        console,
        title,
        {"columnar": ours, "Polars": by_place, "Polars, every rule everywhere": everywhere},
    )
    counted = ours["result"].values()
    console.print(
        f"Counts equal: {sum(one[0] for one in counted):,} eligible, {sum(one[1] for one in counted):,} undetermined.\n"
    )
    written = {
        name: _measure(name, arguments) for name in ("columnar-matches", "polars-matches", "columnar-all-matches")
    }
    _print(console, "the same, with all matches written", {"columnar, counts only": ours, **written})
    for name in ("columnar-matches", "columnar-all-matches"):
        console.print(f"{name}: {written[name]['result']['matches']:,}, {written[name]['result']['megabytes']:.0f} MB")
    console.print()


def _with_library(arguments: argparse.Namespace, console: Console) -> None:
    measured = {name: _measure(name, arguments) for name in ("library-counts", "library", "library-all-matches")}
    _print(console, f"the bundled library, {len(_library().offers)} items open on {ON}", measured)
    for name in ("library", "library-all-matches"):
        console.print(
            f"{name}: {measured[name]['result']['matches']:,}, {measured[name]['result']['megabytes']:.0f} MB"
        )
    console.print()


def _after_a_change(arguments: argparse.Namespace, console: Console) -> None:
    """``library`` has been written by ``_with_library``."""
    old = Population.open(arguments.population)
    started = perf_counter()
    _change(old, arguments.scratch / "changed")
    made = perf_counter()
    compare(old, Population.open(arguments.scratch / "changed"), arguments.scratch / "delta")
    compared = perf_counter()
    full, layer = _measure_again("library", arguments), _measure("update", arguments)
    _print(
        console, f"after a change of {layer['result']['changed']:,} enterprises", {"all again": full, "layer": layer}
    )
    console.print(f"(Writing the changed population took {made - started:.0f} s, comparing {compared - made:.0f} s.)\n")


def _measure_again(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """The same once more, from nothing."""
    elsewhere = argparse.Namespace(**{**vars(arguments), "scratch": arguments.scratch / "again"})
    return _measure(name, elsewhere)


def _change(old: Population, folder: Path) -> None:
    """One enterprise in a hundred has taken in a fifth more than was known, or something where nothing was."""
    random = np.random.default_rng(3)
    column = f"revenue.{ON.year - 1}"
    with PopulationWriter(folder, made_up=True) as writer:
        for part in old.parts:
            table = old.read(part)
            chosen = pa.array(random.random(part.rows) < 0.01)
            figures = table.column(column)
            more = pc.add(pc.fill_null(figures, 10**9), pc.divide(pc.fill_null(figures, 10**9), 5))
            source = table.column(f"{column}.source").cast(pa.string())
            for name, values in (
                (column, pc.if_else(chosen, more, figures)),
                (f"{column}.source", pc.if_else(chosen, "tax", source).dictionary_encode()),
            ):
                table = table.set_column(table.column_names.index(name), name, values)
            writer.write(table)


def _pairs(arguments: argparse.Namespace, console: Console) -> None:
    """A million random pairs of an enterprise and an item of the library: both evaluators, and their amounts."""
    random, population = Random(5), Population.open(arguments.population)
    offers = Offers.of(bundled_library().published, ON, DICTIONARY)
    started, compared = perf_counter(), 0
    each = -(-PAIRS // (len(population.parts) * len(offers.offers)))
    for part in population.parts:
        rows = sorted(random.sample(range(part.rows), min(each, part.rows)))
        table = population.read(part).take(pa.array(rows))
        columnar = find(offers, Frame.of(table), undetermined=True)
        subjects = [EnterpriseOn(profile, ON, DICTIONARY) for profile in profiles_of(table, DICTIONARY)]
        for offer, found in zip(offers.offers, columnar, strict=True):
            _must_agree(offer, found, subjects)
        compared += len(rows) * len(offers.offers)
    console.print(
        f"{compared:,} random pairs of the bundled library: both evaluators and their amounts agree on each "
        f"({perf_counter() - started:.0f} s)."
    )


def _must_agree(offer: Offer, found: Found, subjects: Sequence[EnterpriseOn]) -> None:
    worth = found.worth
    by_row = {
        int(row): (bool(sure), int(low), int(high) if bounded else None)
        for row, sure, low, high, bounded in zip(
            found.rows, found.eligible, worth.low, worth.high, worth.bounded, strict=True
        )
    }
    for row, subject in enumerate(subjects):
        truth = decide(offer.rule, subject)
        expected = None
        if truth is not False and not (bars_the_gone(offer.rule) and decide(GONE, subject)):
            worth_of_one = award(offer.benefit, offer.rule, subject)
            expected = (truth is True, worth_of_one.low, worth_of_one.high)
        if by_row.get(row) != expected:
            raise AssertionError(f"{offer.id} for {subject.profile}: {by_row.get(row)} instead of {expected}")


def _print(console: Console, title: str, measured: Mapping[str, dict[str, Any]]) -> None:
    table = Table("", "on the clock", "processor", "most memory", "ratio", title=title, title_justify="left")
    first = next(iter(measured.values()))
    for name, one in measured.items():
        table.add_row(
            name,
            f"{one['clock']:.2f} s",
            f"{one['processor']:.2f} s",
            f"{one['memory']:.0f} MB",
            f"{one['clock'] / first['clock']:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
