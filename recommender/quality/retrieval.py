"""How well questions in people's own words find the right items: our search, parts of it, and textbook baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.quality.baselines import Bm25, TfidfSvd, dice, words
from recommender.quality.metrics import Interval, bootstrap, first_right, ndcg
from recommender.quality.question_set import Question
from recommender.search.entries import Entry, Kind

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question finds: ids of entries, best first; ``sure``: without a warning that they may not be meant."""

    ids: Sequence[str]
    sure: bool


Searcher = Callable[[str], Answer]

PLACES = 10
"""So many of the first hits are looked at."""

SUCCESS = (1, 3, 10)


@dataclass(frozen=True, slots=True)
class Found:
    """How well one searcher did.

    Of questions that have an answer: ``success`` by number of places (what was asked for is among them), mean
    reciprocal rank of what was asked for, and nDCG by grades, of the first ten. ``better``: nDCG of the first searcher
    minus this one's, question by question. Of questions that have none: ``overclaimed``, the share that something
    was found for without a warning; ``hesitant``, the share of those that have an answer that came with one or with
    nothing.
    """

    success: Mapping[int, Interval]
    mrr: Interval
    ndcg: Interval
    better: Interval
    overclaimed: float | None
    hesitant: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The searchers by name, over so many questions."""

    answerable: int
    unanswerable: int
    found: Mapping[str, Found]


def measure(questions: Sequence[Question], searchers: Mapping[str, Searcher]) -> Retrieval:
    """How well each searcher does; the first is the one that the others are compared with.

    Raises ``ValueError`` where no question has an answer.
    """
    answerable = [each for each in questions if each.items]
    unanswerable = [each for each in questions if not each.items]
    if not answerable:
        raise ValueError("no question has an answer")
    found: dict[str, Found] = {}
    first: NDArray[np.float64] | None = None
    for name, searcher in searchers.items():
        answers = [searcher(each.ask) for each in answerable]
        ranked = [list(answer.ids)[:PLACES] for answer in answers]
        places = [first_right(hits, each.exact or each.items) for hits, each in zip(ranked, answerable, strict=True)]
        gains = np.array([ndcg(hits, each.items, PLACES) for hits, each in zip(ranked, answerable, strict=True)])
        first = gains if first is None else first
        found[name] = Found(
            success={most: bootstrap([place is not None and place <= most for place in places]) for most in SUCCESS},
            mrr=bootstrap([0.0 if place is None else 1 / place for place in places]),
            ndcg=bootstrap(gains),
            better=bootstrap(first - gains),
            overclaimed=_share([searcher(each.ask).sure for each in unanswerable]),
            hesitant=sum(not answer.sure for answer in answers) / len(answers),
        )
    return Retrieval(len(answerable), len(unanswerable), found)


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


# -------------------------------------------------------------------------------------------------- the searchers


def our_searchers(entries: Sequence[Entry], encoder: Encoder, on: date) -> dict[str, Searcher]:
    """Our own search as a person has it, and over items only: whole, and by words alone."""
    from recommender.search.filters import Filters
    from recommender.search.index import Index
    from recommender.search.query import understand
    from recommender.search.search import search

    whole, by_words = Index.build(entries, encoder), Index.build(entries, None)

    def find(index: Index, with_encoder: Encoder | None, filters: Filters) -> Searcher:
        def searcher(ask: str) -> Answer:
            query = understand(ask, index.vocabulary, on)
            results = search(index, query, filters, on, with_encoder, PLACES)
            return Answer([hit.entry.id for hit in results.hits], results.sure)

        return searcher

    items = Filters(kind=Kind.ITEM)
    return {
        "ours": find(whole, encoder, items),
        "ours_words": find(by_words, None, items),
        "ours_clauses": find(whole, encoder, Filters()),
    }


def baselines(entries: Sequence[Entry], encoder: Encoder) -> dict[str, Searcher]:
    """Plain searchers over the items among ``entries``: title, summary and text of each as one text."""
    items = [entry for entry in entries if entry.kind is Kind.ITEM]
    ids = [entry.id for entry in items]
    texts = [f"{entry.title}。{entry.summary}。{entry.text}" for entry in items]
    bm25 = Bm25([words(text) for text in texts])
    svd = TfidfSvd(texts)
    reduced, encoded = svd.encode(texts), encoder.encode([f"{entry.title}。{entry.summary}" for entry in items])
    scorers: dict[str, Callable[[str], NDArray[np.float64]]] = {
        "encoder": lambda ask: np.asarray(encoded @ encoder.encode([ask])[0], np.float64),
        "bm25": lambda ask: bm25.scores(words(ask)),
        "tfidf_svd": lambda ask: np.asarray(reduced @ svd.encode([ask])[0], np.float64),
        "characters": lambda ask: np.array([dice(ask, text) for text in texts]),
    }
    return {name: _best(ids, scorer) for name, scorer in scorers.items()}


def _best(ids: Sequence[str], scorer: Callable[[str], NDArray[np.float64]]) -> Searcher:
    """What has a score above 0, best first; of equal ones the earlier."""

    def searcher(ask: str) -> Answer:
        scores = scorer(ask)
        found = [ids[at] for at in np.argsort(-scores, kind="stable")[:PLACES] if scores[at] > 0]
        return Answer(found, bool(found))

    return searcher
