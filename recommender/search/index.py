"""The index: everything that can be found, by its words and by its meaning. Immutable once built; a folder on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from recommender.encoder.encoder import Encoder
from recommender.search.entries import Entry, digest, from_plain, to_plain
from recommender.search.figures import Figures
from recommender.search.filters import Columns
from recommender.search.generations import DamagedIndex, read_current, read_files, write_generation
from recommender.search.lexical import Lexical
from recommender.search.query import Vocabulary
from recommender.search.terms import with_characters, words_of
from recommender.search.tokens import digest as words_digest
from recommender.search.vectors import Vectors

FORMAT = 1
"""Counts up with every change of what the files hold."""


class StaleIndex(ValueError):
    """An index of another format or another encoder; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class Index:
    """What searches look into. ``vectors`` is ``None`` where no encoder was at hand: words alone are searched then.

    ``digest`` is that of the entries, ``encoder`` that of the model whose vectors these are.
    """

    entries: tuple[Entry, ...]
    digest: str
    columns: Columns
    lexical: Lexical
    figures: Figures
    vocabulary: Vocabulary
    vectors: Vectors | None
    encoder: str | None

    @classmethod
    def build(cls, entries: Sequence[Entry], encoder: Encoder | None, earlier: Index | None = None) -> Index:
        """The index of ``entries``; what ``earlier`` has encoded by the same model is not encoded again."""
        words = [words_of(entry) for entry in entries]
        return cls(
            entries=tuple(entries),
            digest=digest(entries),
            columns=Columns(entries),
            lexical=Lexical.of(with_characters(said) for said in words),
            figures=Figures.of(entries),
            vocabulary=Vocabulary.counting(words),
            vectors=None if encoder is None else Vectors.of(entries, encoder, _known(earlier, encoder)),
            encoder=None if encoder is None else encoder.digest,
        )

    def bearing(self, code: str) -> list[int]:
        """The numbers of the entries that bear ``code``: an item's id, a document's id or its number."""
        return [n for n, entry in enumerate(self.entries) if code in (entry.id, entry.document, entry.number)]

    def write(self, folder: Path) -> None:
        """Make this the index in ``folder``: at once or not at all."""
        about = {
            "format": FORMAT,
            "words": words_digest(),
            "entries": len(self.entries),
            "digest": self.digest,
            "encoder": self.encoder,
            "floor": None if self.vectors is None else self.vectors.floor,
        }
        writers = {
            "entries.jsonl": self._write_entries,
            "words.npz": self._write_words,
            "terms.json": self._write_terms,
        }
        if self.vectors is not None:
            writers["vectors.faiss"] = self._write_vectors
        write_generation(folder, about, writers)

    @classmethod
    def open(cls, folder: Path, encoder: Encoder | None) -> Index:
        """The index in ``folder``; without an encoder, its words alone.

        Raises ``NoIndex``, ``DamagedIndex``, and ``StaleIndex`` where it is of another format or another encoder.
        """
        about = read_current(folder)
        if about.get("words") != words_digest():
            raise StaleIndex("检索索引用的词表与本程序的不同。请运行 huiqi index build 重建")
        if about.get("format") != FORMAT:
            raise StaleIndex(
                f"检索索引是格式 {about.get('format')}，本程序用格式 {FORMAT}。请运行 huiqi index build 重建"
            )
        if encoder is not None and about.get("encoder") != encoder.digest:
            raise StaleIndex("检索索引是用另一个语义模型建立的。请运行 huiqi index build 重建")
        files = read_files(folder, about)
        try:
            return cls._read(about, files, encoder)
        except (OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, BadZipFile) as error:
            raise DamagedIndex(f"{folder} 的检索索引读不出来（{error}）。请运行 huiqi index build 重建") from error

    @classmethod
    def _read(cls, about: dict[str, Any], files: dict[str, Path], encoder: Encoder | None) -> Index:
        with files["entries.jsonl"].open(encoding="utf-8") as lines:
            entries = tuple(from_plain(json.loads(line)) for line in lines)
        held = json.loads(files["terms.json"].read_text("utf-8"))
        terms = {term: number for number, term in enumerate(held["terms"])}
        with np.load(files["words.npz"], allow_pickle=False) as arrays:
            lexical = Lexical(
                len(entries), terms, arrays["starts"], arrays["entries"], arrays["gains"], arrays["worth"]
            )
            figures = Figures(arrays["owners"], arrays["amounts"])
        return cls(
            entries=entries,
            digest=about["digest"],
            columns=Columns(entries),
            lexical=lexical,
            figures=figures,
            vocabulary=Vocabulary.from_plain(held["vocabulary"]),
            vectors=None if encoder is None else Vectors.read(files["vectors.faiss"], entries, float(about["floor"])),
            encoder=about["encoder"] if encoder is not None else None,
        )

    def _write_entries(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(to_plain(entry), ensure_ascii=False) + "\n" for entry in self.entries)

    def _write_words(self, path: Path) -> None:
        said = {name: getattr(self.lexical, name) for name in ("starts", "entries", "gains", "worth")}
        with path.open("wb") as file:  # by its handle: numpy would add a suffix to a name
            np.savez(file, **said, owners=self.figures.owners, amounts=self.figures.amounts)

    def _write_terms(self, path: Path) -> None:
        held = {"terms": list(self.lexical.terms), "vocabulary": self.vocabulary.to_plain()}
        path.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")

    def _write_vectors(self, path: Path) -> None:
        assert self.vectors is not None
        self.vectors.write(path)


def _known(earlier: Index | None, encoder: Encoder) -> dict[str, Any]:
    """The vectors that ``earlier`` holds by this encoder, by their text."""
    if earlier is None or earlier.vectors is None or earlier.encoder != encoder.digest:
        return {}
    passages = (passage for entry in earlier.entries for passage in entry.passages)
    return dict(zip(passages, earlier.vectors.rows(), strict=True))
