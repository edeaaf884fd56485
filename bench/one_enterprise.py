"""How long one enterprise takes against all rules: ``python -m bench.one_enterprise``.

A group of enterprises is judged rule by rule, then the same group by the rulebook, and so on, so that both meet the
same state of the machine. What counts is processor time, and an enterprise's best of several times from scratch, so
that the machine's other work does not. Then the start of the command line, each time in a new process.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from math import inf
from statistics import median, quantiles
from time import perf_counter, thread_time

from rich.console import Console
from rich.table import Table

from bench.rules import ON, distinct_conditions, make_profiles, make_rules
from enterprises.dictionary import Dictionary, bundled
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from policies.library import bundled_library
from policies.rules import Rule
from recommender.evaluation import Evidence, judge
from recommender.rulebook import Rulebook

ENTERPRISES = 200
GROUP = 20
ROUNDS = 3
STARTS = 5

Judged = list[tuple[str, Evidence]]
JudgeAll = Callable[[EnterpriseOn], Judged]


def main() -> None:
    """Measure and print."""
    console = Console(width=120)
    dictionary = bundled()
    profiles = make_profiles(dictionary, ENTERPRISES)
    library = {item.id: item.rule for item in bundled_library().published}
    measure("Made-up rules", make_rules(dictionary), profiles, dictionary, console)
    measure("The bundled library", library, profiles, dictionary, console)
    measure_start(console)


def measure(
    title: str, rules: Mapping[str, Rule], profiles: Sequence[Profile], dictionary: Dictionary, console: Console
) -> None:
    """Time both ways, and print."""
    started = perf_counter()
    book = Rulebook(rules)
    built = perf_counter() - started
    subjects = [EnterpriseOn(profile, ON, dictionary) for profile in profiles]
    left = [len(check_agreement(rules, book, subject)) for subject in subjects]
    naive, ours = time_in_turn(lambda subject: one_by_one(rules, subject), book.judge_all, profiles, dictionary)

    table = Table("", "median", "p99", title=f"{title}: {len(rules)} rules", title_justify="left")
    for name, seconds in (("rule by rule", naive), ("rulebook", ours)):
        table.add_row(name, _milliseconds(median(seconds)), _milliseconds(_p99(seconds)))
    table.add_row("times faster", f"{median(naive) / median(ours):.0f}", f"{_p99(naive) / _p99(ours):.0f}")
    console.print(table)
    total, distinct = distinct_conditions(rules)
    console.print(f"{total} conditions, {distinct} of them distinct; the book was made in {_milliseconds(built)}.")
    console.print(
        f"{len(profiles)} enterprises; not false for one: {median(left):.0f} rules (median), at most {max(left)}.\n"
    )


def check_agreement(rules: Mapping[str, Rule], book: Rulebook, subject: EnterpriseOn) -> Judged:
    """What both ways give. Raises ``AssertionError`` where they differ: a fast wrong answer is worth nothing."""
    judged = book.judge_all(subject)
    if judged != one_by_one(rules, subject):
        raise AssertionError(f"the two ways differ for {subject.profile}")
    return judged


def time_in_turn(
    first: JudgeAll, second: JudgeAll, profiles: Sequence[Profile], dictionary: Dictionary
) -> tuple[list[float], list[float]]:
    """The best time of both ways for each enterprise, in seconds of the processor."""
    best = [inf] * len(profiles), [inf] * len(profiles)
    # As a server does once it is up: what was loaded is out of the garbage collector's sight.
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        for start in range(0, len(profiles), GROUP):
            for judge_all, times in zip((first, second), best, strict=True):
                for number in range(start, min(start + GROUP, len(profiles))):
                    subject = EnterpriseOn(profiles[number], ON, dictionary)
                    began = thread_time()
                    judge_all(subject)
                    times[number] = min(times[number], thread_time() - began)
    return best


def one_by_one(rules: Mapping[str, Rule], subject: EnterpriseOn) -> Judged:
    """The naive walk: every rule with all its evidence, and the false ones thrown away."""
    judged = ((name, judge(rule, subject)) for name, rule in rules.items())
    return [(name, evidence) for name, evidence in judged if evidence.truth is not False]


def measure_start(console: Console) -> None:
    """Time commands from the start of their process to its end, and see that none of them loads torch."""
    table = Table(
        "", "median", "slowest", "torch", title=f"Start of the command line, {STARTS} times", title_justify="left"
    )
    for command in (["--version"], ["library", "list"]):
        seconds = [_start(command) for _ in range(STARTS)]
        table.add_row(f"huiqi {' '.join(command)}", *map(_milliseconds, (median(seconds), max(seconds))), "not loaded")
    console.print(table)


_RUN = """
import sys
from web.cli.main import main
try:
    main(sys.argv[1:])
finally:
    if "torch" in sys.modules:
        raise SystemExit("torch was loaded")
"""


def _start(command: Sequence[str]) -> float:
    """Seconds that a command takes in a process of its own. Raises ``CalledProcessError`` where it fails."""
    started = perf_counter()
    subprocess.run([sys.executable, "-c", _RUN, *command], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - started


def _p99(seconds: Sequence[float]) -> float:
    """What 99 of 100 take at most."""
    return quantiles(seconds, n=100, method="inclusive")[98]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
