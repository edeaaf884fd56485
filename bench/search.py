"""How long a search takes: ``python -m bench.search --laws laws.jsonl.gz``.

The clauses of laws (a file of JSON lines, each with ``text``) are what is searched, the questions are those of the
question set and beginnings of clauses. The alternative that search is timed against in the same run is what one would
have with scikit-learn alone: TF-IDF over the same words, and one sparse product a question. Questions alternate between
the two.
"""

from __future__ import annotations

import gc
import gzip
import json
import random
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from enterprises.plain_text import normalise
from policies.library import bundled_library
from recommender.encoder.encoder import Encoder, load_encoder
from recommender.quality.question_set import FOLDER, load_questions
from recommender.search.entries import Entry, Kind
from recommender.search.filters import Filters
from recommender.search.index import Index
from recommender.search.query import understand
from recommender.search.search import Results, search
from recommender.search.tokens import tokens

ON = date(2024, 6, 30)
ARTICLE = re.compile(r"^第[一二三四五六七八九十百零]+条[　\s]+(.*(?:\n\n(?!第|#).*)*)", re.MULTILINE)
TITLE = re.compile(r"^# (.+)", re.MULTILINE)
WARM_UP = 50


@click.command()
@click.option("--laws", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clauses", default=50_000, show_default=True)
@click.option("--questions", default=1000, show_default=True)
def main(laws: Path, clauses: int, questions: int) -> None:
    """Measure and print."""
    console = Console(width=140)
    entries = _entries(laws, clauses)
    encoder = load_encoder()
    asked = _questions(entries, questions)
    began = perf_counter()
    index = Index.build(entries, encoder)
    console.print(f"{len(entries):,} clauses indexed in {perf_counter() - began:.1f} s")
    _time_disk(index, encoder, console)
    _time_questions(index, encoder, asked, console)


def _entries(laws: Path, wanted: int) -> list[Entry]:
    """Clauses drawn from all laws, always the same ones."""
    found = list(_clauses(laws))
    random.Random(0).shuffle(found)
    if len(found) < wanted:
        raise click.ClickException(f"{laws} has {len(found):,} clauses, fewer than {wanted:,}")
    return [
        Entry(
            id=f"law#{number}",
            kind=Kind.CLAUSE,
            document="laws",
            number=None,
            title=title,
            summary=text,
            text="",
            clause="",
            region="610000" if number % 2 else "610600",
            category=None,
            delivery=None,
            opens=date(2023, 1, 1),
            closes=None,
            low=None,
            high=None,
        )
        for number, (title, text) in enumerate(found[:wanted])
    ]


def _clauses(laws: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(laws, "rt", encoding="utf-8") as file:
        for line in file:
            text = json.loads(line)["text"]
            title = TITLE.search(text)
            for article in ARTICLE.finditer(text):
                yield (title[1] if title else "", " ".join(article[1].split()))


def _questions(entries: list[Entry], wanted: int) -> list[str]:
    """Half lay questions, over and over, half beginnings of clauses."""
    lay = [question.ask for question in load_questions(FOLDER, bundled_library())]
    begun = [entry.summary[:20] for entry in entries[: wanted // 2]]
    return [*begun, *(lay[number % len(lay)] for number in range(wanted - len(begun)))]


def _time_disk(index: Index, encoder: Encoder, console: Console) -> None:
    with TemporaryDirectory() as home:
        folder = Path(home)
        began = perf_counter()
        index.write(folder)
        written = perf_counter()
        Index.open(folder, encoder)
        opened = perf_counter()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    console.print(f"written in {written - began:.2f} s, opened in {opened - written:.2f} s, {size / 1e6:.0f} MB")


def _time_questions(index: Index, encoder: Encoder, asked: list[str], console: Console) -> None:
    plain = _Plain(index)

    def ours(text: str) -> Results:
        return search(index, understand(text, index.vocabulary, ON), Filters(), ON, encoder)

    def narrowed(text: str) -> Results:
        filters = Filters(region="610602", open=True)
        return search(index, understand(text, index.vocabulary, ON), filters, ON, encoder)

    ways = {
        "search": ours,
        "search, narrowed to a county and what is open": narrowed,
        "search without the encoder": lambda text: search(
            index, understand(text, index.vocabulary, ON), Filters(), ON, None
        ),
        "TF-IDF of scikit-learn, one sparse product": plain.search,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.freeze()  # as a server should once it is up: else the collector walks through the whole index now and then
    for text in asked[:WARM_UP] + asked[-WARM_UP:]:
        for way in ways.values():
            way(text)
    for text in asked:
        for name, way in ways.items():
            began = perf_counter()
            way(text)
            times[name].append(perf_counter() - began)
    table = Table("way", "median", "p95", "p99", "slowest", title=f"{len(asked):,} questions")
    for name, taken in times.items():
        cut = quantiles(taken, n=100, method="inclusive")
        table.add_row(name, *(f"{1000 * each:.2f} ms" for each in (median(taken), cut[94], cut[98], max(taken))))
    console.print(table)
    ratio = median(times["search"]) / median(times["TF-IDF of scikit-learn, one sparse product"])
    console.print(f"search takes {ratio:.2f} times as long as TF-IDF (medians)")


class _Plain:
    """Search as it would be with scikit-learn alone: the ten nearest by TF-IDF."""

    def __init__(self, index: Index) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(analyzer=lambda text: tokens(normalise(text)), sublinear_tf=True)
        self._matrix = self._vectorizer.fit_transform(f"{each.title} {each.summary}" for each in index.entries)

    def search(self, text: str) -> list[int]:
        scores = (self._matrix @ self._vectorizer.transform([text]).T).toarray().ravel()
        best = np.argpartition(-scores, 10)[:10]
        return [int(number) for number in best[np.argsort(-scores[best])]]


if __name__ == "__main__":
    main()
