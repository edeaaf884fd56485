"""Relevance: how near an item's text is to something that an enterprise does, builds or wants, by the encoder.

Each of those is compared by itself and the nearest counts: one who asks for a loan is as near to loans whatever the
industry, which a single vector of everything would blur. It only orders: no text that merely sounds alike grants
anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from enterprises import industries
from enterprises.profiles import Observation, Profile, Record
from policies.items import Item

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recommender.encoder.encoder import Encoder

_MOST_TEXTS = 50
"""Of an enterprise: a business scope can have hundreds of parts, and what stands first is what the firm is about."""

_MOST_KEPT = 20_000
"""Vectors of items that are kept, some 20 MB."""

_SETS = ("matters", "tech_fields", "trade_activities")
_RECORDS = {"project": ("kind", "name"), "recognition": ("title",), "permit": ("title",)}


def profile_texts(profile: Profile) -> tuple[str, ...]:
    """What an enterprise is in, does, wants, builds and was recognised for, each as a text of its own; may be none."""
    found = (part.strip() for part in _parts(profile))
    return tuple(dict.fromkeys(part for part in found if part))[:_MOST_TEXTS]


def _parts(profile: Profile) -> Iterator[str]:
    industry = profile.facts.get("industry")
    if industry is not None and industries.is_industry_code(str(industry.value)):
        yield industries.full_name(str(industry.value)).replace("/", "，")
    for name in _SETS:
        if name in profile.facts:
            yield from _options(profile.facts[name])
    for kind, fields in _RECORDS.items():
        yield from (_say_record(record, fields) for record in profile.records.get(kind, ()))
    if "business_scope" in profile.facts:
        yield from re.split("[；;。]", str(profile.facts["business_scope"].value))


def _options(seen: Observation) -> Sequence[str]:
    return sorted(seen.value) if isinstance(seen.value, frozenset) else [str(seen.value)]


def _say_record(record: Record, fields: Iterable[str]) -> str:
    return "".join(str(record.fields[name].value) for name in fields if name in record.fields)


def item_text(item: Item) -> str:
    """What an item is about."""
    return f"{item.title}。{item.summary}"


class Relevance:
    """Compares profiles with items by one encoder; the vectors of items are kept. Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, NDArray[np.float32]] = {}

    @property
    def digest(self) -> str:
        """Which model it is."""
        return self._encoder.digest

    def of(self, profile: Profile, items: Sequence[Item]) -> Mapping[str, float]:
        """The highest cosine of a profile's texts with each item's, from 0 (also below) to 1, by item id."""
        told = profile_texts(profile)
        if not told or not items:
            return {item.id: 0.0 for item in items}
        vectors = self._vectors([item_text(item) for item in items])
        mine = self._encoder.encode(told)
        # Five digits: the last ones of a float depend on how many rows a machine multiplies at once.
        return {
            item.id: min(1.0, max(0.0, round(float((mine @ vector).max()), 5)))
            for item, vector in zip(items, vectors, strict=True)
        }

    def _vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        kept = self._kept
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        if new:
            if len(kept) + len(new) > _MOST_KEPT:
                kept = {text: kept[text] for text in texts if text in kept}
            self._kept = kept = {**kept, **dict(zip(new, self._encoder.encode(new), strict=True))}
        return [kept[text] for text in texts]
