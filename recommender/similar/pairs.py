"""Which items of a library are alike, and why: pairs with a kind, a score and reasons in Chinese.

Two items of different documents that are alike enough are the same support where one place lies in the other
(同一扶持), a suspected duplicate in the same place (疑似重复), else related (相关). Those that demand different values
of the same fact, such as two different recognitions, are at most related: nothing can be a case of both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from enterprises import regions
from enterprises.amounts import format_money
from enterprises.dictionary import Dictionary, Value
from enterprises.dictionary import Kind as FactKind
from policies.items import Item, Status
from policies.library import Library
from policies.wording import say_flag
from recommender.similar.likeness import Likeness, score
from recommender.similar.traits import Term, Traits

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder

SAME = 0.40
"""From this score on, two items of different documents are taken for the same support."""

RELATED = 0.25
"""From this score on, they are worth naming beside each other."""

_REPEATED = 0.85
"""From this score on, an item is taken for a repetition within its own document, which mostly keeps things apart."""

_NAMES_ALIKE = 0.5
_SHOWN = 3
_COMMON, _FEW = 4, 3
"""A condition that more than one in four items has is no reason to name, unless these are three at most."""


class Kind(StrEnum):
    """How two items belong together."""

    SAME = "same"
    DUPLICATE = "duplicate"
    RELATED = "related"

    @property
    def label(self) -> str:
        return {"same": "同一扶持（上下级）", "duplicate": "疑似重复", "related": "相关"}[self]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items that are alike; ``parts``: the likenesses that the score is made of, by ``likeness.WEIGHTS``.

    ``compatible``: nothing in their places and conditions says that they cannot be one support.
    """

    first: Item
    second: Item
    kind: Kind
    score: float
    parts: Mapping[str, float]
    compatible: bool
    reasons: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, Item]:
        return self.first, self.second

    def other(self, item_id: str) -> Item:
        """The one that is not the item with this id."""
        return self.second if self.first.id == item_id else self.first


def similar_items(library: Library, item_id: str, encoder: Encoder, limit: int = 5) -> tuple[Pair, ...]:
    """The published items most like one of the library, best first; it is the first of each pair.

    Raises ``KeyError``. All items are encoded at each call: with a slow encoder, keep what comes out.
    """
    item = library.items[item_id]
    others = [each for each in library.published if each.id != item_id]
    likeness = Likeness([item, *others], library.dictionary, encoder)
    return _best_first(_pairs(likeness, library.dictionary, RELATED, rows=[0]))[:limit]


def similar_pairs(library: Library, encoder: Encoder, least: float = RELATED) -> tuple[Pair, ...]:
    """All pairs of items that are not retired with a score of at least ``least``, best first, in library order."""
    items = [item for item in library.items.values() if item.status is not Status.RETIRED]
    return _best_first(_pairs(Likeness(items, library.dictionary, encoder), library.dictionary, least))


def _best_first(pairs: Iterator[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (-pair.score, pair.first.id, pair.second.id)))


def _pairs(
    likeness: Likeness, dictionary: Dictionary, least: float, rows: Collection[int] | None = None
) -> Iterator[Pair]:
    common = math.log(min(_COMMON, (len(likeness.traits) + 1) / _FEW))
    telling = {term for term, rarity in likeness.rarity.items() if rarity >= common}
    for at, other, parts in likeness.above(least, rows):
        first, second = likeness.traits[at], likeness.traits[other]
        apart = _apart(first, second)
        reached = score(parts)
        reasons = (
            *_alike(first, second, parts, first.terms & second.terms & telling, dictionary),
            *_unlike(first, second, apart, dictionary),
            _places(first.item, second.item),
        )
        compatible = not apart and is_nested(first.item, second.item)
        kind = _kind(first.item, second.item, reached) if compatible else Kind.RELATED
        yield Pair(first.item, second.item, kind, reached, parts, compatible, reasons)


def _kind(first: Item, second: Item, reached: float) -> Kind:
    if reached < (_REPEATED if first.document.id == second.document.id else SAME):
        return Kind.RELATED
    return Kind.DUPLICATE if first.document.region == second.document.region else Kind.SAME


def is_nested(first: Item, second: Item) -> bool:
    """Whether the place of one item lies in, or is, that of the other: somebody may come under both."""
    return regions.nested(first.document.region, second.document.region) is not False


def _apart(first: Traits, second: Traits) -> list[tuple[str | None, str]]:
    """The facts of which the two demand values and have none in common, by record kind and name."""
    shared = first.options.keys() & second.options.keys()
    return sorted((key for key in shared if not first.options[key] & second.options[key]), key=str)


# ------------------------------------------------------------------------------------------------ reasons in Chinese


def _alike(
    first: Traits, second: Traits, parts: Mapping[str, float], shared: Collection[Term], dictionary: Dictionary
) -> Iterator[str]:
    if first.item.title == second.item.title:
        yield "名称相同"
    elif parts["name"] >= _NAMES_ALIKE:
        yield f"名称相近（{parts['name']:.2f}）"
    values: dict[tuple[str | None, str], list[Value]] = defaultdict(list)
    for record, name, value in sorted(shared, key=str):
        if value is not None:
            values[record, name].append(value)
    if asked := [_said(key, listed, dictionary) for key, listed in values.items()]:
        yield f"两项都看{'；'.join(asked[:_SHOWN])}"
    if first.gives == second.gives:
        yield f"优惠内容相同：{first.gives}"
    elif first.amounts and second.amounts:
        low, high = ("、".join(map(format_money, each.amounts)) for each in (first, second))
        yield f"金额都是 {low}" if low == high else f"金额 {low} / {high}"
    elif ways := [way for way in first.ways if way in second.ways]:
        yield f"优惠方式都是{'、'.join(ways)}"
    yield f"内容相近度 {max(parts['meaning'], parts['words']):.2f}"


def _unlike(
    first: Traits, second: Traits, apart: Collection[tuple[str | None, str]], dictionary: Dictionary
) -> Iterator[str]:
    for key in apart:
        one, two = (_said(key, sorted(each.options[key], key=str), dictionary) for each in (first, second))
        yield f"不同：{one} / {two}"


def _said(key: tuple[str | None, str], values: Collection[Value], dictionary: Dictionary) -> str:
    """A fact and some of its values; of a record's field with the record's name."""
    record, name = key
    fact = dictionary.fact(name, record)
    of = f"{dictionary.records[record].label}的" if record else ""
    if fact.kind is FactKind.FLAG:
        return of + "、".join(say_flag(fact, value is True) for value in values)
    shown = [fact.show(value) for value in values]
    more = f"等 {len(shown)} 种" if len(shown) > _SHOWN else ""
    return f"{of}{fact.label}“{'、'.join(shown[:_SHOWN])}”{more}"


def _places(first: Item, second: Item) -> str:
    one, two = (regions.region(each.document.region) for each in (first, second))
    if first.document.id == second.document.id:
        return f"同一份文件（{one.name}）"
    if one == two:
        return f"同在{one.name}，出自两份文件"
    return f"{one.name}与{two.name}（{'上下级' if is_nested(first, second) else '互不包含'}）"
