"""All that is measured of a library and an encoder, in one go: each figure beside its baselines in the same run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policies.items import canonical_json
from policies.library import Library
from recommender.quality import encoder_figures, item_pairs, retrieval, similarity
from recommender.quality.encoder_figures import EncoderFigures
from recommender.quality.item_pairs import PairsFound
from recommender.quality.question_set import Question, load_questions
from recommender.quality.retrieval import Retrieval
from recommender.quality.similarity import Agreement, PairSet
from recommender.search.entries import entries_of
from recommender.search.index import FORMAT

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder
    from recommender.industry.quality import IndustryQuality
    from recommender.ranking.quality import Quality

Progress = Callable[[str], None]
"""Is told in Chinese what is measured next."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: a library by an encoder, whose model takes ``model_size`` bytes (``None``: not known)."""

    library: Library
    encoder: Encoder
    model_size: int | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured, of what, and on which day; ``None``: not measured.

    ``questions_on``: the day as of which questions are answered. ``retrieval``: by the name of the question file.
    """

    on: date
    questions_on: date
    documents: int
    items: int
    library: str
    index_format: int
    encoder: EncoderFigures
    similarity: tuple[Agreement, ...] | None
    retrieval: Mapping[str, Retrieval]
    industry: IndustryQuality | None
    ranking: Quality | None
    pairs: PairsFound | None


def evaluate(
    subject: Subject,
    *,
    on: date,
    questions: Sequence[Path],
    questions_on: date,
    sets: Sequence[PairSet] | None,
    progress: Progress = lambda _: None,
) -> Evaluation:
    """Measure everything; takes minutes, most of them for the sets of sentence pairs.

    ``questions``: files of labelled questions on the library. Raises ``Problems`` for mistakes in them.
    """
    library, encoder = subject.library, subject.encoder
    asked = {path.stem: load_questions(path, library) for path in questions}
    progress("模型的大小与速度")
    texts = [entry.summary for entry in entries_of(library)]
    figures = encoder_figures.measure(encoder, subject.model_size, texts)
    agreements = None if sets is None else _similarity(sets, encoder, progress)
    progress("检索")
    found = _retrieval(subject, asked, questions_on)
    progress("行业判断")
    guessed = _industry(encoder)
    progress("排序")
    ranked = _ranking(subject)
    progress("相似事项")
    return Evaluation(
        on=on,
        questions_on=questions_on,
        documents=len(library.documents),
        items=len(library.published),
        library=library_digest(library),
        index_format=FORMAT,
        encoder=figures,
        similarity=agreements,
        retrieval=found,
        industry=guessed,
        ranking=ranked,
        pairs=_pairs(library, encoder),
    )


def library_digest(library: Library) -> str:
    """SHA-256 over the ids and digests of the published items."""
    versions = {item.id: item.digest for item in library.published}
    return hashlib.sha256(canonical_json(versions).encode()).hexdigest()


def _similarity(sets: Sequence[PairSet], encoder: Encoder, progress: Progress) -> tuple[Agreement, ...]:
    scorers = {
        "encoder": similarity.by_encoder(encoder),
        "characters": similarity.by_characters,
        "tfidf_svd": similarity.by_tfidf_svd,
        "tfidf_characters": similarity.by_tfidf_characters,
    }
    found: list[Agreement] = []
    for each in sets:
        progress(f"句子相似：{each.name}")
        found += similarity.measure([each], scorers)
    return tuple(found)


def _retrieval(subject: Subject, asked: Mapping[str, Sequence[Question]], on: date) -> dict[str, Retrieval]:
    if not asked:
        return {}
    entries = entries_of(subject.library)
    searchers = retrieval.our_searchers(entries, subject.encoder, on) | retrieval.baselines(entries, subject.encoder)
    return {name: retrieval.measure(questions, searchers) for name, questions in asked.items()}


def _industry(encoder: Encoder) -> IndustryQuality:
    from recommender.industry.quality import measure

    return measure(encoder=encoder)


def _ranking(subject: Subject) -> Quality:
    from recommender.ranking.order import Ranker
    from recommender.ranking.quality import measure
    from recommender.ranking.relevance import Relevance

    return measure(subject.library, Ranker(relevance=Relevance(subject.encoder)))


def _pairs(library: Library, encoder: Encoder) -> PairsFound | None:
    """By the judged pairs whose items the library has; ``None`` where none of those is one support."""
    judged = item_pairs.read_pairs(item_pairs.FILE)
    known = {pair: kind for pair, kind in judged.items() if pair <= library.items.keys()}
    return item_pairs.measure(library, encoder, known) if item_pairs.one_support(known) else None
