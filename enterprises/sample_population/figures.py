"""The figures that the sample population is drawn from: how many of what there are where, and how large they are.

They are the CSV files beside this module. Each figure of ``cities.csv`` and ``shares.csv`` says what it was
read from, or that it is assumed; ``counties.csv``, ``county_types.csv`` and ``industries.csv`` are assumed throughout:
weights that make the joint distributions plausible, which no one may quote.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from enterprises import industries, scale

PROVINCE_ENTITIES = 5_300_000
"""The market entities that the figures of the cities add up to."""

OWNERSHIPS = ("民营", "国有", "集体", "外商投资", "港澳台投资", "混合所有制")
KINDS = ("企业", "个体工商户", "农民专业合作社", "家庭农场", "其他")


class Stratum(NamedTuple):
    """Enterprises that are counted together; an ``ownership`` of ``None`` is not known."""

    kind: str
    ownership: str | None
    five_above: bool = False


STRATA = (
    *(Stratum("企业", ownership, above) for ownership in OWNERSHIPS for above in (True, False)),
    Stratum("企业", None),
    Stratum("个体工商户", "民营"),
    Stratum("农民专业合作社", "集体"),
    Stratum("家庭农场", "民营"),
    Stratum("其他", None),
)


@dataclass(frozen=True, slots=True)
class City:
    """The counts of a city at full size. ``recognition``: how likely a title is, as a multiple of the province's."""

    code: str
    entities: int
    private: int
    five_above: int
    cooperatives: int
    recognition: float


@dataclass(frozen=True, slots=True)
class Place:
    """A county, or a city or the province where the register tells no more, with its share of its city."""

    code: str
    weight: float
    type: str

    @property
    def city(self) -> str:
        return self.code if self.code.endswith("0000") else self.code[:4] + "00"


@dataclass(frozen=True, slots=True)
class Division:
    """A division of industry: how common it is among each sort of entity, and what its firms are like.

    ``revenue`` is the median of ordinary enterprises in 万元, ``output_per_head`` in 万元 a person, ``assets`` total
    assets over revenue; ``company`` and ``shop`` are the trades that names are made of where its group has none.
    """

    code: str
    section: str
    enterprise: float
    individual: float
    cooperative: float
    five_above: float
    revenue: float
    output_per_head: float
    assets: float
    company: tuple[str, ...]
    shop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of industry: the number of its division, its share of that, and the trades that names are made of."""

    code: str
    division: int
    share: float
    company: tuple[str, ...]
    shop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ages:
    """How old entities of a sort are, in years: ``least`` and what a gamma distribution adds."""

    shape: float
    scale: float
    least: float


@cache
def cities() -> tuple[City, ...]:
    """The province's cities, and the province itself for what is registered there."""
    return tuple(
        City(
            code=row["code"],
            entities=int(row["entities"]),
            private=int(row["private"]),
            five_above=int(row["five_above"]),
            cooperatives=int(row["cooperatives"]),
            recognition=float(row["recognition"]),
        )
        for row in _rows("cities")
    )


@cache
def places() -> tuple[Place, ...]:
    """Wherever an entity may be, in the order of codes."""
    return tuple(Place(row["code"], float(row["weight"]), row["type"]) for row in _rows("counties"))


@cache
def place_types() -> dict[str, dict[str, float]]:
    """By type of place: how many times as common as elsewhere entities, enterprises and the sections are."""
    return {
        row["type"]: {name: float(value) for name, value in row.items() if name != "type"}
        for row in _rows("county_types")
    }


@cache
def divisions() -> tuple[Division, ...]:
    """The divisions of industry that market entities are in."""
    return tuple(
        Division(
            code=row["code"],
            section=str(industries.industry(row["code"]).parent),
            enterprise=float(row["enterprise"]),
            individual=float(row["individual"]),
            cooperative=float(row["cooperative"]),
            five_above=float(row["five_above"]),
            revenue=float(row["revenue"]),
            output_per_head=float(row["output_per_head"]),
            assets=float(row["assets_per_revenue"]),
            company=tuple(row["company"].split("|")),
            shop=tuple(row["shop"].split("|")),
        )
        for row in _rows("industries")
    )


@cache
def groups() -> tuple[Group, ...]:
    """The groups of those divisions; the first of a division are the commonest."""
    trades = {row["group"]: row for row in _rows("trades")}
    found = []
    for number, division in enumerate(divisions()):
        codes = [each.code for each in industries.children(division.code)]
        weights = [1 / (rank + 2) for rank in range(len(codes))]
        for code, weight in zip(codes, weights, strict=True):
            own = trades.get(code)
            company = tuple(own["company"].split("|")) if own else division.company
            shop = tuple(own["shop"].split("|")) if own else division.shop
            found.append(Group(code, number, weight / sum(weights), company, shop))
    return tuple(found)


@cache
def floors() -> tuple[int | None, ...]:
    """The yearly revenue in 分 from which a group counts as above scale: ``None`` where it goes by qualification,
    negative where it never does; in the order of ``groups``."""
    return tuple(next(iter(scale.possible_floors(group.code))) for group in groups())


@cache
def ages() -> dict[str, Ages]:
    """The ages of each sort of entity: few of those of earlier years are still there, more of the larger ones."""
    return {row["sort"]: Ages(*(float(row[name]) for name in ("shape", "scale", "least"))) for row in _rows("ages")}


def share(name: str) -> float:
    """A figure of ``shares.csv``. Raises ``KeyError``."""
    return _shares()[name]


@cache
def _shares() -> dict[str, float]:
    return {row["name"]: float(row["value"]) for row in _rows("shares")}


def _rows(table: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


# ------------------------------------------------------------------- quotas


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` shared out in proportion to the weights, by largest remainder, earlier ones first among equals."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    for number in sorted(range(len(weights)), key=lambda number: -remainders[number])[: total - sum(shares)]:
        shares[number] += 1
    return shares


def quotas(size: int) -> dict[str, tuple[int, ...]]:
    """How many entities of each of ``STRATA`` there are in each place, ``size`` altogether."""
    found: dict[str, tuple[int, ...]] = {}
    for city, entities in zip(cities(), apportion(size, [city.entities for city in cities()]), strict=True):
        here = [place for place in places() if place.city == city.code]
        columns = [
            apportion(count, [_weight(place, stratum) for place in here])
            for stratum, count in zip(STRATA, _strata(city, entities), strict=True)
        ]
        found |= {place.code: counts for place, counts in zip(here, zip(*columns, strict=True), strict=True)}
    return dict(sorted(found.items()))


def _strata(city: City, entities: int) -> list[int]:
    """How many of a city's entities are of each stratum."""
    owners = [city.private, *(round(city.private * share(f"owner_{name}")) for name in OWNERSHIPS[1:])]
    unknown = round(city.private * share("owner_unknown"))
    farms, others = (round(city.entities * share(name)) for name in ("farms", "others"))
    individuals = city.entities - sum(owners) - unknown - city.cooperatives - farms - others
    *enterprises, no_owner, sole, cooperative, farm, other = apportion(
        entities, [*owners, unknown, individuals, city.cooperatives, farms, others]
    )
    above = [city.five_above, *(round(share(f"above_{name}") * count) for name, count in _owned(owners))]
    split = (
        apportion(count, [listed, owned - listed])
        for count, listed, owned in zip(enterprises, above, owners, strict=True)
    )
    return [*(count for pair in split for count in pair), no_owner, sole, cooperative, farm, other]


def _owned(owners: Sequence[int]) -> zip[tuple[str, int]]:
    return zip(OWNERSHIPS[1:], owners[1:], strict=True)


def _weight(place: Place, stratum: Stratum) -> int:
    """How much of a city's stratum is in a place."""
    by_type = place_types()[place.type]
    weight = place.weight * by_type["entities"]
    if stratum.kind in ("企业", "其他"):
        weight *= by_type["enterprises"] * (by_type["five_above"] if stratum.five_above else 1)
    elif stratum.kind != "个体工商户":
        weight *= by_type["A"]
    return max(round(weight * 1000), 1)
