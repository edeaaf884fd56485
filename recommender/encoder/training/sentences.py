"""What the model learns from: pairs of sentences with a label, clauses of laws, titles of news."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from recommender.encoder.features import normalise

OF_THE_TESTS: Final = frozenset(
    {"bq_dev", "lcqmc_dev", "pawsx_dev", "stsb_train", "stsb_dev", "qbqtc_dev", "afqmc_train", "sim_webank"}
)
"""Sources of the same families as the six test sets: never learned from."""

NOT_FREE: Final = frozenset({"ocnli_10k", "ocnli_dev"})
"""Sources whose licence (CC BY-NC) forbids commercial use, which ours does not: never learned from either."""

LABELS: Final = {"0": 0.0, "1": 1.0, "contradiction": 0.0, "neutral": 0.5, "entailment": 1.0}
"""How alike a pair is by its label. A source has either kind; ``-`` (its annotators disagreed) is no label."""

KINDS: Final = {
    "atec": "money",
    "atec_ccks_dev": "credit",
    "atec_ccks_test": "credit",
    "oppo_dev": "assistant",
    "bustm": "assistant",
    "simclue_pair": "questions",
    "simclue_rank": "questions",
    "simclue_test": "questions",
    "snli_dev": "captions",
    "snli_test": "captions",
    "mnli_dev": "genres",
    "cinlid": "idioms",
}
"""Sources whose labels mean the same. A batch is of one kind, since labels are compared within it."""

LAW: Final = "law"
_IDIOMS_KEPT = 0.2  # of 1: they are many and short, and would outweigh whole sentences
_NOT_WORDS = re.compile(r"\W+")
_ARTICLE = re.compile(r"^第[一二三四五六七八九十百零]+条\s*")


@dataclass(frozen=True, slots=True)
class Pair:
    """``alike`` goes from 0 to 1; ``keys`` are what tells the two sentences from others."""

    kind: str
    first: str
    second: str
    alike: float
    keys: tuple[str, str]


def read_pairs(
    path: Path, simplified: Mapping[int, str], tests: Collection[str], left_out: Collection[str] = ()
) -> list[Pair]:
    """The pairs of ``path`` (gzip, tab separated: source, two sentences, label), each once.

    Sources of the tests, those not free and those in ``left_out`` are passed over, and so is every pair that holds a
    sentence whose key is in ``tests``. Raises ``KeyError`` for an unknown source or label.
    """
    pairs: dict[tuple[str, ...], Pair] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            source, first, second, label = line.rstrip("\n").split("\t")
            if source in OF_THE_TESTS | NOT_FREE or source in left_out or label == "-":
                continue
            keys = (key(first, simplified), key(second, simplified))
            if not all(keys) or keys[0] in tests or keys[1] in tests:
                continue
            if source == "cinlid" and fraction("".join(keys)) >= _IDIOMS_KEPT:
                continue
            pairs.setdefault(tuple(sorted(keys)), Pair(KINDS[source], first, second, LABELS[label], keys))
    return list(pairs.values())


def keys_of_tests(folder: Path, simplified: Mapping[int, str]) -> frozenset[str]:
    """The keys of all sentences of the test sets in ``folder`` (``*.jsonl`` with sentence1 and sentence2)."""
    rows = (
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    )
    return frozenset(key(row[side], simplified) for row in rows for side in ("sentence1", "sentence2"))


def read_clauses(path: Path) -> list[list[str]]:
    """The articles of the laws in ``path`` (gzip, JSON Lines with ``text``), each as its sentences; none twice."""
    seen: set[str] = set()
    articles = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            for paragraph in json.loads(line)["text"].split("\n"):
                sentences = [sentence for sentence in _sentences(paragraph) if sentence not in seen]
                seen.update(sentences)
                if sentences:
                    articles.append(sentences)
    return articles


def neighbours(articles: Iterable[list[str]], simplified: Mapping[int, str], share: float) -> Iterator[Pair]:
    """Sentences that follow each other in an article speak of one matter; ``share`` (of 1) of them."""
    for article in articles:
        for first, second in pairwise(article):
            if fraction(first) < share:
                yield Pair(LAW, first, second, 1.0, (key(first, simplified), key(second, simplified)))


def read_titles(path: Path) -> list[str]:
    """The titles of news in ``path``: a line a title, a tab and its class, which is not used."""
    return [line.partition("\t")[0].strip() for line in path.read_text("utf-8").split("\n") if line]


def split(pairs: list[Pair], held_out: float) -> tuple[list[Pair], list[Pair]]:
    """Pairs to learn from, and ``held_out`` (of 1) to choose by.

    Pairs that share a sentence, directly or through others, stay on one side, and what hangs together in
    hundreds is learned from.
    """
    groups = _groups(pairs)
    learned: list[Pair] = []
    held: list[Pair] = []
    for root in sorted(groups):
        group = groups[root]
        (held if fraction(root) < held_out and len(group) < 200 else learned).extend(group)
    return learned, held


def key(text: str, simplified: Mapping[int, str]) -> str:
    """What two spellings of one sentence have in common: its words without punctuation."""
    return _NOT_WORDS.sub("", normalise(text, simplified))


def fraction(text: str) -> float:
    """A number from 0 to below 1 that looks random and is always the same for ``text``."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def _sentences(paragraph: str) -> list[str]:
    if not paragraph.strip() or paragraph[0] in "#<":
        return []
    sentences = (part.strip() for part in re.split("[。；]", _ARTICLE.sub("", paragraph.strip())))
    return [sentence for sentence in sentences if 6 <= len(sentence) <= 200]


def _groups(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    pairs = list(pairs)
    for pair in pairs:
        parent[root(pair.keys[0])] = root(pair.keys[1])
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(root(pair.keys[0]), []).append(pair)
    return groups
