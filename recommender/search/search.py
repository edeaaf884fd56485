"""Searching an index: words and meaning together, narrowed by filters, each hit with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from enterprises import regions
from enterprises.plain_text import normalise
from policies.items import Category
from recommender.encoder.encoder import Encoder
from recommender.search.entries import Entry
from recommender.search.filters import Choice, Filters, Mask
from recommender.search.index import Index
from recommender.search.query import Query
from recommender.search.snippets import Snippet, snippet
from recommender.search.terms import asked_terms

WORDS = 0.7
"""How much the words count beside the meaning; chosen on the tuning questions (``huiqi evaluate``)."""

FLOOR = 0.04
"""The least score of a hit. What scores less has no more to do with the question than any other text."""

NEAR = 0.2
"""The least share of the best score that a hit has, whatever the filters: long questions score less as a whole."""

SURE = 0.1
"""The least score of the best hit for which it can be said that something was found."""

UNSURE = "没有找到很相符的政策。下面这些只是沾边，请换个说法再试，或者说得更具体些。"

NAMED_AMOUNT = 0.05
"""What naming an amount of the question adds."""

NAMED_PLACE = 0.1
"""What holding in a place of the question adds, and not holding there takes."""

NOT_IN_FORCE = 0.05
"""What not being in force at a time of the question takes."""

WISH = 0.05
"""What being of a kind that the question speaks of adds."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found. ``words`` and ``meaning`` (0 to 1 each) are what ``score`` is mostly made of."""

    entry: Entry
    score: float
    words: float
    meaning: float
    snippet: Snippet
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """``hits`` from the asked offset on, best first, of ``total``; ``notes`` tell how the question was taken.

    ``sure`` is false where the best of them may have little to do with the question; a note says so then.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[Choice, ...]]
    sure: bool
    notes: tuple[str, ...]


def search(
    index: Index,
    query: Query,
    filters: Filters,
    on: date,
    encoder: Encoder | None,
    limit: int = 10,
    offset: int = 0,
    there: Mask | None = None,
) -> Results:
    """What ``index`` has to say to ``query`` on the day ``on``, as ``filters`` narrow it.

    ``encoder``: that of the index, or ``None`` to go by words alone. ``there``: which entries still exist, if not all.
    """
    words = index.lexical.scores(asked_terms(query.terms, index.lexical.share))
    meaning = _meaning(index, query, encoder)
    likeness = words if meaning is None else WORDS * words + (1 - WORDS) * meaning
    for code in query.codes:
        likeness[index.bearing(code.code)] = 1
    if there is not None:
        likeness[~there] = 0
    found = likeness >= max(FLOOR, NEAR * float(likeness.max(initial=0)))
    numbers = np.flatnonzero(found & index.columns.mask(filters, on))
    scores = likeness[numbers] + _named(index, query)[numbers]
    best = np.argsort(-scores, kind="stable")[offset : offset + limit]
    hits = tuple(
        _hit(
            index,
            int(number),
            query,
            float(score),
            float(words[number]),
            0 if meaning is None else float(meaning[number]),
        )
        for number, score in zip(numbers[best], scores[best], strict=True)
    )
    sure = float(likeness[numbers].max(initial=0)) >= SURE
    notes = (*query.notes, *_warnings(index, query, numbers, sure))
    return Results(query, hits, len(numbers), index.columns.facets(found, filters, on), sure, notes)


def _meaning(index: Index, query: Query, encoder: Encoder | None) -> Scores | None:
    if index.vectors is None or encoder is None or not query.meaning:
        return None
    said = " ".join([query.meaning, *dict.fromkeys(saying.meant for saying in query.expansions)])
    return index.vectors.scores(encoder.encode([said])[0], len(index.entries))


def _named(index: Index, query: Query) -> Scores:
    """What each entry gains or loses by the amounts, times, places and kinds that the question names."""
    gains = np.zeros(len(index.entries), np.float32)
    for hint in query.amounts:
        gains[index.figures.naming(hint, len(gains))] += NAMED_AMOUNT
    for time in query.dates:
        gains[~index.columns.in_force(time.first, time.last)] -= NOT_IN_FORCE
    if query.regions:
        holds = np.any([index.columns.applies(region) for region in query.regions], axis=0)
        gains += np.where(holds, NAMED_PLACE, -NAMED_PLACE).astype(np.float32)
    for wish in query.wishes:
        name = "category" if isinstance(wish, Category) else "delivery"
        gains[index.columns.having(name, wish.value)] += WISH
    return gains


def _warnings(index: Index, query: Query, found: NDArray[np.int64], sure: bool) -> Iterator[str]:
    """What to say of all that was found."""
    if len(found) and not sure:
        yield UNSURE
    if len(found) and query.regions and not any(index.columns.applies(region)[found].any() for region in query.regions):
        named = "、".join(regions.region(region).name for region in query.regions)
        yield f"没有找到适用于{named}的政策。下面是别处的。"


def _hit(index: Index, number: int, query: Query, score: float, words: float, meaning: float) -> Hit:
    entry = index.entries[number]
    amounts = index.figures.of_entry(number) if query.amounts else []
    reasons = tuple(_reasons(entry, amounts, query, words, meaning))
    return Hit(entry, score, words, meaning, snippet(entry.summary, query.terms), reasons)


def _reasons(entry: Entry, amounts: Sequence[int], query: Query, words: float, meaning: float) -> Iterator[str]:
    """Why an entry, which names ``amounts``, was found, a phrase each."""
    title, body = (
        [term for term in query.terms if len(term) > 1 and term in text]
        for text in (normalise(entry.title), normalise(f"{entry.summary} {entry.text}"))
    )
    if title:
        yield f"标题有{_quoted(title)}"
    if rest := [term for term in body if term not in title]:
        yield f"内容有{_quoted(rest)}"
    if meaning > words:
        yield "意思相近"
    elif not (title or body):
        yield "用字相近"
    for saying in query.expansions:
        if saying.meant in body or saying.meant in title:
            link = "“{}”就是政策里说的“{}”" if saying.same else "由“{}”想到“{}”"
            yield link.format(saying.said, saying.meant)
    for hint in query.amounts:
        if any((hint.low or 0) <= amount <= (hint.high or amount) for amount in amounts):
            yield f"写到的金额与“{hint.said}”相合"
    yield from (_holds(entry, region) for region in query.regions)
    for code in query.codes:
        if code.code in (entry.id, entry.document, entry.number):
            yield f"编号就是 {code.code}"


def _holds(entry: Entry, region: str) -> str:
    """Whether an entry applies in a place that the question names, or where else."""
    asked, own = regions.region(region).name, regions.region(entry.region).name
    match regions.nested(region, entry.region):
        case True:
            return f"适用于{asked}"
        case None:
            return f"只适用于{asked}的{own}"
        case False:
            return f"只适用于{own}，不适用于{asked}"


def _quoted(terms: Iterable[str]) -> str:
    """The few longest of some terms, those left out that another one contains."""
    different = sorted(dict.fromkeys(terms), key=len, reverse=True)
    whole = [term for place, term in enumerate(different) if not any(term in longer for longer in different[:place])]
    return "、".join(f"“{term}”" for term in whole[:_NAMED])


_NAMED = 3
"""How many words a reason names."""
