"""Finding in the library as it is now: the index is prepared beside the questions, never in front of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policies.library import Library
from recommender.encoder.encoder import BadModel, Encoder, load_encoder
from recommender.search.entries import Entry, digest, entries_of
from recommender.search.filters import Filters
from recommender.search.generations import DamagedIndex, NoIndex

if TYPE_CHECKING:
    from recommender.search.index import Index
    from recommender.search.search import Results

PATIENCE = 3.0
"""Seconds that a question waits for the first index; the words alone are ready long before."""

WORDS_ONLY = "语义模型正在载入，这次只按字词查找；过几秒再查会更全。"
NO_MEANING = "语义模型不能用，现在只按字词查找，结果可能不全。"
"""What is said with results that meaning had no part in."""

_log = logging.getLogger(__name__)


class NotReady(RuntimeError):
    """There is nothing to search yet; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """What questions are answered from: the index of a library, and what is to be said of it."""

    library: Library
    index: Index
    encoder: Encoder | None
    note: str | None


class Finder:
    """Keeps the index of a library at hand. One thread prepares; questions are answered from what is ready.

    ``folder`` keeps the index between processes; ``None``: in memory only. ``load`` gives the encoder.
    """

    def __init__(self, folder: Path | None = None, load: Callable[[], Encoder] = load_encoder) -> None:
        self._folder, self._load = folder, load
        self._changed = threading.Condition()
        self._encoder: Encoder | None = None
        self._ready: _Ready | None = None
        self._wanted: Library | None = None
        self._failure: Exception | None = None

    def find(
        self, library: Library, text: str, filters: Filters, on: date, limit: int = 10, offset: int = 0
    ) -> Results:
        """What ``library`` has to say to ``text``. Raises ``NotReady`` where preparing takes longer than one waits."""
        import numpy as np

        from recommender.search.query import understand
        from recommender.search.search import search

        ready = self._prepared(library)
        there = None
        if ready.library is not library:
            still = {entry.id for entry in entries_of(library)}
            there = np.array([entry.id in still for entry in ready.index.entries], np.bool_)
        query = understand(text, ready.index.vocabulary, on)
        results = search(ready.index, query, filters, on, ready.encoder, limit, offset, there)
        return replace(results, notes=(*results.notes, ready.note)) if ready.note else results

    def prepare(self, library: Library) -> None:
        """Begin to prepare the index of ``library``, unless that is under way or done."""
        with self._changed:
            if self._wanted is not library:
                self._wanted, self._failure = library, None
                threading.Thread(target=self._prepare, args=(library,), name="search-index", daemon=True).start()

    def _prepared(self, library: Library) -> _Ready:
        """What is ready, as new as can be had without waiting; the first question waits a moment."""
        self.prepare(library)
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._failure, PATIENCE)
            if self._ready is None:
                raise NotReady("检索正在准备，请过几秒再试。") from self._failure
            return self._ready

    def _prepare(self, library: Library) -> None:
        """Make the words ready, then the meanings. What was ready for another library serves until then."""
        from recommender.search.index import Index

        try:
            entries = entries_of(library)
            words = fitting(self._folder, entries, None) or Index.build(entries, None)
            self._announce(_Ready(library, words, None, WORDS_ONLY))
            try:
                encoder = self._encoder = self._encoder or self._load()
            except BadModel as error:
                _log.error("search goes by words alone: %s", error)
                self._announce(_Ready(library, words, None, NO_MEANING))
                return
            kept = fitting(self._folder, entries, encoder)
            whole = kept or Index.build(entries, encoder, self._earlier())
            self._announce(_Ready(library, whole, encoder, None))
            if kept is None:
                self._keep(whole)
        except Exception as error:  # whatever it is, whoever asks is told, and the cause is logged
            _log.exception("the search index could not be prepared")
            with self._changed:
                if self._wanted is library:
                    self._failure, self._wanted = error, None  # the cause may be gone when the next question comes
                self._changed.notify_all()

    def _keep(self, index: Index) -> None:
        """Write the index for the processes to come; where that is not possible, this one still has it."""
        if self._folder is not None:
            try:
                index.write(self._folder)
            except OSError as error:
                _log.warning("the search index cannot be written to %s: %s", self._folder, error)

    def _earlier(self) -> Index | None:
        return self._ready.index if self._ready is not None else None

    def _announce(self, ready: _Ready) -> None:
        """Let questions be answered from ``ready``, unless the library has moved on, or what serves knows more."""
        with self._changed:
            if self._wanted is ready.library and (self._ready is None or ready.note != WORDS_ONLY):
                self._ready = ready
            self._changed.notify_all()


def fitting(folder: Path | None, entries: Sequence[Entry], encoder: Encoder | None) -> Index | None:
    """The index in ``folder`` if it is of ``entries`` and, where one is given, of ``encoder``; why not is logged."""
    from recommender.search.index import Index, StaleIndex

    if folder is None:
        return None
    try:
        index = Index.open(folder, encoder)
    except (NoIndex, StaleIndex) as reason:
        _log.info("the search index is made anew: %s", reason)
        return None
    except DamagedIndex as reason:
        _log.warning("the search index is made anew: %s", reason)
        return None
    return index if index.digest == digest(entries) else None
