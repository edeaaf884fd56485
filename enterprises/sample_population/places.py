"""Where the sample enterprises are and what they do: the rows of the population, sorted, before anything else is drawn.

How many of each stratum are in each place is shared out exactly; their industries are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from enterprises.industries import industries
from enterprises.population import PART_ROWS
from enterprises.sample_population import figures
from enterprises.sample_population.figures import STRATA, share
from enterprises.sample_population.identity import AUTHORITIES, CAPACITY

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def _sort(one: figures.Stratum) -> str:
    """What its entities age like."""
    if one.kind == "个体工商户":
        return "individual"
    if one.kind in ("农民专业合作社", "家庭农场"):
        return "cooperative"
    if one.five_above:
        return "above"
    return "public" if one.ownership in ("国有", "集体") else "company"


KIND = np.array([one.kind for one in STRATA])
SORTS = tuple(figures.ages())
SORT = np.array([SORTS.index(_sort(one)) for one in STRATA])
AUTHORITY = np.array([AUTHORITIES[one.kind] for one in STRATA])
IS_ABOVE = np.array([one.five_above for one in STRATA])
IS_INDIVIDUAL = KIND == "个体工商户"
IS_ENTERPRISE = KIND == "企业"
"""By the number of a stratum: what its entities are."""


UNKNOWN = -1
"""The number of an industry that is not known: it comes first in the order of rows."""


class TooLarge(ValueError):
    """More enterprises than there are credit codes for; says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where some enterprises are and what they do: numbers in ``places``, ``STRATA``, ``groups`` and the codes of
    ``codes`` (or ``UNKNOWN``); ``number`` tells those of a place with one authority apart."""

    place: Ints
    stratum: Ints
    group: Ints
    code: Ints
    number: Ints

    @property
    def rows(self) -> int:
        return len(self.place)

    def columns(self) -> tuple[Ints, ...]:
        return self.place, self.stratum, self.group, self.code, self.number


def placed(size: int, seed: int) -> Iterator[Placed]:
    """All enterprises, place by place, by industry within each. Raises ``TooLarge`` before the first."""
    if size < 1:
        raise ValueError("a population has at least one enterprise")
    quotas = figures.quotas(size)
    for code, counts in quotas.items():
        for authority in AUTHORITIES.values():
            if np.sum(counts, where=authority == AUTHORITY) > CAPACITY:
                raise TooLarge(f"示例企业太多：{code} 的示例统一社会信用代码只够 {CAPACITY} 家，请减小数量")
    for number, (place, counts) in enumerate(zip(figures.places(), quotas.values(), strict=True)):
        random = np.random.default_rng([seed, 0, number])
        stratum = np.repeat(np.arange(len(STRATA)), counts)
        group = np.empty(len(stratum), np.int64)
        for name, members in _PROFILES.items():
            those = np.flatnonzero(np.isin(stratum, members))
            group[those] = np.searchsorted(_cumulated(name, place.type), random.random(len(those)), side="right")
        shown = _shown(group, stratum, random)
        order = np.argsort(shown, kind="stable")
        stratum = stratum[order]
        yield Placed(np.full(len(order), number), stratum, group[order], shown[order], _numbered(stratum))


_PROFILES = {
    "five_above": np.flatnonzero(IS_ABOVE),
    "enterprise": np.flatnonzero(np.isin(KIND, ["企业", "其他"]) & ~IS_ABOVE),
    "individual": np.flatnonzero(IS_INDIVIDUAL),
    "cooperative": np.flatnonzero(np.isin(KIND, ["农民专业合作社", "家庭农场"])),
}
"""Which strata the industries are drawn for from which column of the divisions."""


@cache
def expected() -> npt.NDArray[np.float64]:
    """How many entities there are at full size, by place, stratum and division of industry."""
    quotas = np.array(list(figures.quotas(figures.PROVINCE_ENTITIES).values()), float)
    found = np.zeros((*quotas.shape, len(figures.divisions())))
    division = [group.division for group in figures.groups()]
    for number, place in enumerate(figures.places()):
        for name, members in _PROFILES.items():
            of_group = np.diff(_cumulated(name, place.type), prepend=0)
            shares = np.bincount(division, of_group, len(figures.divisions()))
            found[number, members] = np.outer(quotas[number, members], shares)
    return found


@cache
def _cumulated(profile: str, place_type: str) -> Floats:
    """The cumulated shares of the groups of industry among such entities in such a place."""
    by_type, divisions = figures.place_types()[place_type], figures.divisions()
    weights = np.array(
        [
            getattr(divisions[group.division], profile) * group.share * by_type[divisions[group.division].section]
            for group in figures.groups()
        ]
    )
    if profile == "five_above":
        weights[[floor is not None and floor < 0 for floor in figures.floors()]] = 0
    shares = np.cumsum(weights)
    cumulated: Floats = shares / shares[-1]  # the last is 1 exactly, above whatever is drawn
    return cumulated


@cache
def codes() -> tuple[str, ...]:
    """Every code of the table of industries, sorted."""
    return tuple(sorted(each.code for each in industries()))


@cache
def _ancestors() -> tuple[Ints, Ints, Ints]:
    """The numbers in ``codes`` of each group, of its division and of its section."""
    numbers = {code: number for number, code in enumerate(codes())}
    divisions = [figures.divisions()[group.division] for group in figures.groups()]
    return (
        np.array([numbers[group.code] for group in figures.groups()]),
        np.array([numbers[division.code] for division in divisions]),
        np.array([numbers[division.section] for division in divisions]),
    )


def _shown(group: Ints, stratum: Ints, random: np.random.Generator) -> Ints:
    """The codes that the registers tell: mostly the group, sometimes a coarser one, sometimes none."""
    of_group, of_division, of_section = _ancestors()
    drawn = random.random(len(group)) / np.where(IS_INDIVIDUAL[stratum], share("individual_coarse"), 1.0)
    drawn[IS_ABOVE[stratum]] = 1.0  # statistics know it of those that report to them
    unknown = share("code_unknown")
    section = unknown + share("code_section")
    division = section + share("code_division")
    return np.select(
        [drawn < unknown, drawn < section, drawn < division],
        [np.full(len(group), UNKNOWN), of_section[group], of_division[group]],
        of_group[group],
    )


def _numbered(stratum: Ints) -> Ints:
    """A number for each, from 0 within each authority."""
    number = np.empty(len(stratum), np.int64)
    authority = AUTHORITY[stratum]
    for one in set(AUTHORITIES.values()):
        those = np.flatnonzero(authority == one)
        number[those] = np.arange(len(those))
    return number


def blocks(sorted_rows: Iterator[Placed]) -> Iterator[Placed]:
    """The same rows in blocks of ``PART_ROWS``."""
    waiting: list[Placed] = []
    for one in sorted_rows:
        waiting.append(one)
        while sum(each.rows for each in waiting) >= PART_ROWS:
            whole = [np.concatenate(columns) for columns in zip(*(each.columns() for each in waiting), strict=True)]
            yield Placed(*(column[:PART_ROWS] for column in whole))
            waiting = [Placed(*(column[PART_ROWS:] for column in whole))]
    rest = Placed(*(np.concatenate(columns) for columns in zip(*(each.columns() for each in waiting), strict=True)))
    if rest.rows:
        yield rest
