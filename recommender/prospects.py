"""Prospects (可享范围): what an enterprise may have of which only its place, or only its industry, is known.

Every item is asked of such an enterprise by the same evaluator as everywhere; what comes out ineligible is no prospect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial

from enterprises import industries, regions
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from policies.ceilings import ceiling_of
from policies.items import Category, Item, WindowState
from policies.library import Library
from policies.rules import All, Any, AnyRecord, Condition, Not, Rule, Some
from recommender.evaluation import decide
from recommender.logic import Truth, either

MOST_KEPT = 1024
"""So many places, and so many industries, are remembered: all of Shaanxi, and the whole table of industries."""


@dataclass(frozen=True)
class Prospects:
    """Items that are not out of the question, in the library's order: open on the day, or not yet; expired ones are
    only counted.
    """

    open: tuple[Item, ...]
    not_yet: tuple[Item, ...]
    expired: int

    @property
    def items(self) -> tuple[Item, ...]:
        """Open or to come."""
        return self.open + self.not_yet


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one category: how many items, and the highest single amount that one of them names for one claim, in 分.

    ``highest`` is ``None`` where none of them names one; ``unlimited``: how many pay money without a limit, and
    ``unpriced``: how many name no amount, or leave it to separate rules.
    """

    category: Category
    count: int
    highest: int | None
    top: Item | None
    unlimited: int
    unpriced: int


def tallies(items: Iterable[Item]) -> tuple[Tally, ...]:
    """A tally for each category that has items, in the order of categories."""
    by_category: dict[Category, list[Item]] = {}
    for item in items:
        by_category.setdefault(item.category, []).append(item)
    return tuple(_tally(category, by_category[category]) for category in Category if category in by_category)


def _tally(category: Category, items: list[Item]) -> Tally:
    ceilings = [(ceiling_of(item.benefit), item) for item in items]
    named = [(ceiling.amount, item) for ceiling, item in ceilings if ceiling and ceiling.amount is not None]
    highest, top = max(named, key=lambda pair: pair[0], default=(None, None))
    return Tally(
        category=category,
        count=len(items),
        highest=highest,
        top=top,
        unlimited=sum(ceiling is not None and ceiling.amount is None for ceiling, _ in ceilings),
        unpriced=sum(ceiling is None for ceiling, _ in ceilings),
    )


# ---------------------------------------------------------------------- places


def in_region(library: Library, region: str, on: date) -> Prospects:
    """What applies in a place: items of its own documents and of the levels above. Raises ``UnknownCode``.

    What only a part of the place offers is not among them.
    """
    return _memory(library, on).in_region(regions.region(region).code)


def _in_region(library: Library, on: date, region: str) -> Prospects:
    subject = _known("region", region, library, on)
    applying = (item for item in library.published if regions.nested(region, item.document.region))
    return _prospects((item for item in applying if decide(item.rule, subject) is not False), on)


# ------------------------------------------------------------------ industries


class Aim(StrEnum):
    """How an item speaks to an industry."""

    AT_IT = "at_it"
    AT_A_PART = "at_a_part"
    AT_OTHERS = "at_others"
    AT_ALL = "at_all"


@dataclass(frozen=True)
class IndustryProspects:
    """What an industry can have, by how items speak to it. ``AT_OTHERS``: they name other industries, but what else
    they accept may hold for this one too.
    """

    aims: Mapping[Aim, Prospects]

    @property
    def named(self) -> int:
        """How many items that are open or to come name it, or a part of it."""
        return sum(len(self.aims[aim].items) for aim in (Aim.AT_IT, Aim.AT_A_PART))


def in_industry(library: Library, industry: str, on: date) -> IndustryProspects:
    """What may be had in an industry, in either spelling of its code. Raises ``UnknownCode``."""
    return _memory(library, on).in_industry(industries.canonical(industry))


def _in_industry(library: Library, on: date, industry: str) -> IndustryProspects:
    subject = _known("industry", industry, library, on)
    by_aim: dict[Aim, list[Item]] = {aim: [] for aim in Aim}
    for item in library.published:
        if decide(item.rule, subject) is not False:
            by_aim[aim_of(item.rule, industry)].append(item)
    return IndustryProspects({aim: _prospects(items, on) for aim, items in by_aim.items()})


def aim_of(rule: Rule, industry: str) -> Aim:
    """How a rule that an enterprise of an industry may meet speaks to that industry."""
    codes = [str(code) for condition in _asked(rule) for code in condition.operands]
    if not codes:
        return Aim.AT_ALL
    return _AIMS[either(industries.nested(industry, code) for code in codes)]


_AIMS: Mapping[Truth, Aim] = {True: Aim.AT_IT, None: Aim.AT_A_PART, False: Aim.AT_OTHERS}


def _asked(rule: Rule) -> Iterator[Condition]:
    """The industries that a rule asks for. One that it excludes (in a ``not``) leaves all others, and names none."""
    match rule:
        case Condition():
            if rule.fact == "industry":
                yield rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from _asked(part)
        case Not() | AnyRecord():
            return


# ---------------------------------------------------------------------- memory


class _Memory:
    """What was found out for one library and day; it is forgotten with them."""

    def __init__(self, library: Library, on: date) -> None:
        self.in_region = lru_cache(MOST_KEPT)(partial(_in_region, library, on))
        self.in_industry = lru_cache(MOST_KEPT)(partial(_in_industry, library, on))


@lru_cache(2)
def _memory(library: Library, on: date) -> _Memory:
    return _Memory(library, on)


def _known(fact: str, value: str, library: Library, on: date) -> EnterpriseOn:
    """An enterprise of which one fact is known and nothing else."""
    return EnterpriseOn(Profile(facts={fact: Observation(value)}), on, library.dictionary)


def _prospects(items: Iterable[Item], on: date) -> Prospects:
    found = [(item, item.window.state(on)) for item in items]
    return Prospects(
        tuple(item for item, state in found if state.is_open),
        tuple(item for item, state in found if state is WindowState.NOT_YET),
        sum(state is WindowState.EXPIRED for _, state in found),
    )
