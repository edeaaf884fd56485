"""Train the built-in encoder from raw files; ``model/README.md`` says what it was run on."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.training import vocabulary
from recommender.encoder.training.contrast import Material, Recipe, similarities, train
from recommender.encoder.training.finish import write_model
from recommender.encoder.training.sentences import (
    LAW,
    keys_of_tests,
    neighbours,
    read_clauses,
    read_pairs,
    read_titles,
    split,
)
from recommender.encoder.training.start import first_table

_SEED = 0
_DIMENSION = 256
_LAWS_SEEN = 4  # every which sentence of the laws is seen for vocabulary and company
_LAWS_PAIRED = 0.1  # of 1: the share of neighbours in an article that make a pair


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, report on what was held out, write."""
    given = _parser().parse_args(arguments)
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)

    simplified = vocabulary.simplified_characters()
    tests = keys_of_tests(given.tests, simplified) if given.tests else frozenset[str]()
    pairs = read_pairs(given.pairs / "pairs_all.tsv.gz", simplified, tests, given.leave_out)
    learned, held = split(pairs, given.held_out)
    say(f"{len(learned)} pairs to learn from, {len(held)} held out")

    articles = read_clauses(given.pairs / "laws.jsonl.gz")
    laws = [sentence for article in articles for sentence in article][::_LAWS_SEEN]
    learned += neighbours(articles, simplified, _LAWS_PAIRED)
    sentences = sorted({text for pair in learned if pair.kind != LAW for text in (pair.first, pair.second)})
    sentences += read_titles(given.pairs / "news-titles.txt")
    known = vocabulary.choose(sentences, laws, simplified)
    say(f"{len(known.vocabulary)} features of {len(sentences)} sentences and {len(laws)} sentences of laws")

    plain, seen = vocabulary.Rows.of(sentences, known), vocabulary.Rows.of(sentences + laws, known)
    table = first_table(seen, plain, known, _DIMENSION, _SEED)
    chosen_by = Material.of(held, known) if held else None
    say(f"start {_report(table, chosen_by)}")
    for epoch, table in enumerate(train(table, Material.of(learned, known), Recipe(), _SEED), 1):  # noqa: B020
        say(f"epoch {epoch} {_report(table, chosen_by)}")
    write_model(given.out, known, table)
    say(f"written to {given.out}")


def _report(table: NDArray[np.float32], held: Material | None) -> str:
    """Spearman's correlation times 100 with the labels held out, by kind, and its mean."""
    if held is None:
        return ""
    from scipy.stats import spearmanr

    cosines = similarities(table, held)
    figures = {
        str(kind): 100 * spearmanr(cosines[held.kinds == kind], held.alike[held.kinds == kind]).statistic
        for kind in np.unique(held.kinds)
    }
    return f"mean {np.mean(list(figures.values())):.2f}: " + ", ".join(f"{kind} {r:.1f}" for kind, r in figures.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recommender.encoder.training", description=__doc__)
    add = parser.add_argument
    add("--pairs", type=Path, required=True, help="folder with pairs_all.tsv.gz, laws.jsonl.gz and news-titles.txt")
    add("--out", type=Path, required=True, help="folder of the finished model")
    add("--tests", type=Path, help="folder of test sets (*.jsonl): a pair with one of their sentences is dropped")
    add("--leave-out", nargs="*", default=[], metavar="SOURCE", help="sources not to learn from")
    add("--held-out", type=float, default=0.0, help="share of the pairs (0 to 1) to report on, not learned from")
    return parser


if __name__ == "__main__":
    main()
