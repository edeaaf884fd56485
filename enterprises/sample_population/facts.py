"""What is known of sample enterprises, drawn for a block of rows at once."""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enterprises.dictionary import Dictionary
from enterprises.population import SEPARATOR, schema
from enterprises.sample_population import figures
from enterprises.sample_population.columns import (
    DECLARED,
    REGISTER,
    SOURCES,
    STATISTICS,
    TAX,
    Columns,
)
from enterprises.sample_population.figures import OWNERSHIPS, STRATA, share
from enterprises.sample_population.identity import credit_codes, names
from enterprises.sample_population.known import Drawn, DrawnRecord, Known, cumulated, who
from enterprises.sample_population.places import (
    AUTHORITY,
    IS_ABOVE,
    IS_ENTERPRISE,
    IS_INDIVIDUAL,
    KIND,
    SORT,
    UNKNOWN,
    Placed,
    codes,
)
from enterprises.sample_population.records import Owners, lists
from enterprises.samples import SAMPLE_DAY

YEARS = (2019, 2020, 2021, 2022, 2023)
"""The full years before ``SAMPLE_DAY`` that there are figures of."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_YUAN, _WAN = 100, 1_000_000  # in 分
_THOUSAND = 1000 * _YUAN  # what statistics are reported in


def table_of_rows(placed: Placed, random: np.random.Generator, drawn: Drawn, dictionary: Dictionary) -> pa.Table:
    """Rows of the population: all that is known of the enterprises that were placed."""
    years = {fact.name: YEARS for fact in dictionary.facts.values() if fact.yearly and fact.formula is None}
    shape = schema(dictionary, years)
    block = _Block(placed, random, drawn, dictionary)
    block.draw_identity()
    block.draw_revenue()
    block.draw_size()
    block.draw_output_and_research()
    block.draw_standing()
    block.draw_facts()
    block.draw_records(shape)
    return block.columns.table(shape)


class _Block:
    """Some rows while what is known of them is drawn."""

    def __init__(self, placed: Placed, random: np.random.Generator, drawn: Drawn, dictionary: Dictionary) -> None:
        self.placed, self.random, self.drawn, self.dictionary = placed, random, drawn, dictionary
        self.rows = placed.rows
        self.columns = Columns(self.rows)
        self.is_above = IS_ABOVE[placed.stratum]
        self.is_individual = IS_INDIVIDUAL[placed.stratum]
        self.is_enterprise = IS_ENTERPRISE[placed.stratum]
        self.division = _DIVISION[placed.group]
        self.section = _SECTION[self.division]
        self.floor = _FLOOR[placed.group]

    def chance(self, likely: float | Floats) -> Mask:
        """Yes with this probability, for each row by itself."""
        drawn: Mask = self.random.random(self.rows) < likely
        return drawn

    def by_sort(self, above: float, enterprise: float, other: float) -> Floats:
        """One number for enterprises above scale, one for other enterprises, one for all other entities."""
        return np.select([self.is_above, self.is_enterprise], [above, enterprise], other)

    def normal(self) -> Floats:
        return self.random.standard_normal(self.rows)

    def is_one_of(self, name: str) -> Mask:
        """Whether they are of a sort that the files name."""
        found: Mask = who()[name][self.placed.stratum, self.division]
        return found

    # ---------------------------------------------------------------- identity

    def draw_identity(self) -> None:
        every, columns, stratum = np.ones(self.rows, bool), self.columns, self.placed.stratum
        place = _PLACE[self.placed.place]
        columns.made["credit_code"] = credit_codes(AUTHORITY[stratum], place, self.placed.number)
        columns.made["name"] = names(place, KIND[stratum], self.placed.group, self.random)
        columns.options("region", self.placed.place, every, _PLACE.tolist(), REGISTER)
        told = np.where(self.is_above, STATISTICS, np.where(self.chance(share("code_declared")), DECLARED, REGISTER))
        columns.options("industry", self.placed.code, self.placed.code != UNKNOWN, codes(), told)
        columns.options("entity_kind", _KIND[stratum], every, figures.KINDS, REGISTER)
        columns.options("ownership", _OWNER[stratum], _OWNER[stratum] != _NO_OWNER, OWNERSHIPS, REGISTER)
        columns.days("registered_on", self.registered_on, every, REGISTER)
        columns.options("operating_status", self.status, every, _STATUSES, REGISTER)

    @cached_property
    def registered_on(self) -> Ints:
        """Days since 1970."""
        shape, scale, least = (_AGES[name][self.placed.stratum] for name in ("shape", "scale", "least"))
        added = self.random.gamma(shape, scale) % _OLDEST
        days: Ints = _TODAY - ((least + added) * 365.25).astype(np.int64)
        return days

    @cached_property
    def status(self) -> Ints:
        age = _TODAY - self.registered_on
        old, new = age > 3 * 365, (age < 365) & self.is_enterprise
        likely = {
            "注销": np.full(self.rows, share("deregistered")),
            "吊销未注销": old * share("revoked"),
            "歇业": np.full(self.rows, share("suspended")),
            "破产或强制清算": (old & self.is_enterprise) * share("bankrupt"),
            "筹建中": new * share("preparing"),
        }
        drawn = np.where(self.is_above, 1.0, self.random.random(self.rows))
        reached = np.cumsum(list(likely.values()), axis=0)
        names = np.array([_STATUSES.index(name) for name in (*likely, "存续")])
        picked: Ints = names[(drawn >= reached).sum(axis=0)]
        return picked

    @cached_property
    def is_working(self) -> Mask:
        """Whether it does business, so that somebody may have figures of now."""
        found: Mask = np.isin(self.status, [_STATUSES.index(name) for name in ("存续", "歇业")])
        return found

    # ----------------------------------------------------------------- figures

    @cached_property
    def last_revenue(self) -> Floats:
        """What the last full year brought or, to those who are younger, would have, in 分."""
        median = np.where(self.is_individual, share("individual_revenue"), _REVENUE[self.division]) * _WAN
        ordinary = median * np.exp(np.where(self.is_individual, 0.9, 1.5) * self.normal())
        over = ordinary / np.maximum(self.floor, 1)
        # Those who are not listed hardly ever are above scale: most are as far below the floor as they would be above.
        kept = np.where(self.chance(share("near_floor")), np.minimum(over**0.25, _NEAR), 1 / over)
        ordinary = np.where((self.floor > 0) & (over >= 1), self.floor * kept, ordinary)
        spread = np.where(_OWNER[self.placed.stratum] == OWNERSHIPS.index("民营"), 0.95, 1.3)
        over = np.exp(self.random.exponential(spread) % _LARGEST)
        return np.where(self.is_above, np.where(self.floor > 0, self.floor, _BY_QUALIFICATION) * over, ordinary)

    @cached_property
    def is_dormant(self) -> Mask:
        dormant: Mask = self.chance(share("dormant")) & ~self.is_above
        return dormant

    @cached_property
    def revenues(self) -> Ints:
        """By year and enterprise, in 分, as they are reported: statistics in 千元, tax to the 分. Of the year of
        registration there is the part that the enterprise existed; before it there is nothing."""
        unit = np.where(self.is_above, _THOUSAND, 1)
        found = np.empty((len(YEARS), self.rows), np.int64)
        revenue = np.where(self.is_dormant, 0, self.last_revenue)
        for number in reversed(range(len(YEARS))):
            found[number] = np.rint(revenue * self.existed[number] / unit).astype(np.int64) * unit
            growth = _GROWTH[number] + np.where(self.is_above, 0.16, 0.28) * self.normal()
            revenue = revenue / np.exp(np.clip(growth, -1.2, 1.2))
        return found

    @cached_property
    def existed(self) -> Floats:
        """By year and enterprise: the part of the year in which it was registered already."""
        start, end = _NEW_YEARS[:-1, np.newaxis], _NEW_YEARS[1:, np.newaxis]
        return np.clip((end - self.registered_on) / (end - start), 0, 1)

    def draw_revenue(self) -> None:
        declared = self.chance(np.where(self.is_individual, 0.2, 0.03))
        source = np.where(self.is_above, STATISTICS, np.where(declared, DECLARED, TAX))
        files = self.chance(
            self.by_sort(*(share(f"{sort}_revenue_known") for sort in ("above", "enterprise", "individual")))
        )
        missing = self.by_sort(0.25, 1, 1) * share("year_missing")
        first = np.full(self.rows, -1)  # the first year that is known
        for number in reversed(range(len(YEARS))):
            older = len(YEARS) - 1 - number
            known = files & (self.existed[number] > 0) & ~self.chance(missing * 1.7**older)
            if older < _YEARS_OF_SILENCE:
                known &= self.is_working
            first[known] = number
            self.columns.numbers(f"revenue.{YEARS[number]}", self.revenues[number], known, source)
        self._draw_before("revenue", self.revenues, np.maximum(first, 0), first >= 0, source)

    def _draw_before(self, name: str, values: Ints, first: Ints, any_known: Mask, source: Ints) -> None:
        """The highest figure of all years before the first that is known, where there were such years."""
        older = self.registered_on < _NEW_YEARS[first]
        known = any_known & older & self.chance(self.by_sort(share("before_known_above"), *[share("before_known")] * 2))
        base = values[first, np.arange(self.rows)]
        highest = np.rint(base * np.exp(0.3 * self.normal() - 0.1) / _THOUSAND).astype(np.int64) * _THOUSAND
        self.columns.numbers(f"{name}.before", highest, known, source)
        self.columns.made[f"{name}.before_year"] = pa.array(np.array(YEARS, np.int16)[first], mask=~known)

    def draw_size(self) -> None:
        output = _PER_HEAD[self.division] * _WAN * np.where(self.is_above, share("above_output"), 1)
        heads = self.last_revenue / output * np.exp(0.5 * self.normal())
        least = np.where(self.is_above, 5, np.where(self.chance(0.1), 0, 1))
        most = np.where(self.is_individual, 60, 60_000)
        told = np.where(self.is_above, STATISTICS, DECLARED)
        listed = share("above_revenue_known")
        known = self.is_working & self.chance(
            self.by_sort(listed, share("employees_known_enterprise"), share("employees_known_individual"))
        )
        heads = np.where(self.is_dormant, least, np.clip(np.rint(heads), least, most))
        self.columns.numbers("employees", heads.astype(np.int64), known, told)
        assets = self.last_revenue * _ASSETS[self.division] * np.exp(0.7 * self.normal())
        known = self.is_working & self.chance(self.by_sort(listed, share("assets_known_enterprise"), 0.01))
        self.columns.numbers("total_assets", np.rint(assets / _THOUSAND).astype(np.int64) * _THOUSAND, known, told)

    def draw_output_and_research(self) -> None:
        builds = self.is_enterprise & (self.section == "E") & self.is_working & (self.is_above | self.chance(0.05))
        of_revenue: Floats = np.clip(1.05 + 0.1 * self.normal(), 0.6, 1.5)
        told = np.where(self.is_above, STATISTICS, DECLARED)
        revenues = self.revenues.astype(np.float64)
        self._draw_yearly("construction_output", revenues * of_revenue, _THOUSAND, builds, (0.93,) * len(YEARS), told)
        inventive = self.is_one_of("inventive") & self.is_working & ~self.is_dormant
        researches = inventive & self.chance(self.by_sort(0.45, 0.06, 0))
        asked = researches | (inventive & self.is_above & self.chance(0.7))
        intensity = np.where(researches, np.minimum(0.032 * np.exp(0.7 * self.normal()), 0.4), 0)
        intensity = intensity * np.exp(np.minimum(0.2 * self.random.standard_normal(self.revenues.shape), 0.5))
        told = np.where(self.is_above, STATISTICS, np.where(self.chance(0.7), TAX, DECLARED))
        likely = tuple(0.55 + 0.1 * number for number in range(len(YEARS)))
        self._draw_yearly("rd_expense", revenues * intensity, _YUAN, asked, likely, told)

    def _draw_yearly(
        self, name: str, amounts: Floats, unit: int, asked: Mask, likely: tuple[float, ...], source: Ints
    ) -> None:
        """Amounts by year and enterprise of those who are asked; ``likely``: by year, that it is known."""
        values = np.rint(amounts / unit).astype(np.int64) * unit
        first = np.full(self.rows, -1)
        for number in reversed(range(len(YEARS))):
            known = asked & (self.existed[number] > 0) & self.chance(likely[number])
            first[known] = number
            self.columns.numbers(f"{name}.{YEARS[number]}", values[number], known, source)
        self._draw_before(name, values, np.maximum(first, 0), first >= 0, source)

    # ---------------------------------------------------------------- standing

    def draw_standing(self) -> None:
        known = self.is_enterprise & (self.is_above | self.chance(0.97))
        self.columns.flags("five_above", self.is_above, known, STATISTICS)
        near = (self.floor > 0) & (self.last_revenue >= 0.8 * self.floor) & self.is_enterprise & self.is_working
        near &= ~self.is_above & ~self.is_dormant & self.chance(share("near_told"))
        left = ~near & ~self.is_above & self.is_enterprise & self.chance(0.002)
        status = np.select([self.is_above & self.chance(0.1), self.is_above, near, left], [0, 1, 2, 3], 4)
        told = known & ((status != _ABOVE_STATUSES.index("未入库")) | self.chance(0.3))
        self.columns.options("five_above_status", status, told, _ABOVE_STATUSES, STATISTICS)
        chained = self.is_above & np.isin(self.section, list("BCI")) & self.chance(0.12)
        self.columns.flags("on_key_chain", chained, self.is_above, STATISTICS)
        dishonest = self.chance(share("dishonest")) & ~self.is_above
        self.columns.flags("seriously_dishonest", dishonest, ~self.is_individual, REGISTER)
        self._draw_zones()

    def _draw_zones(self) -> None:
        around_gaoxin = np.isin(_PLACE[self.placed.place], _AROUND_GAOXIN)
        elsewhere = np.searchsorted(_ZONE_SHARES, self.random.random(self.rows), side="right")
        here = np.where(self.chance(_gaoxin_share()), _ZONES.index("高新技术产业开发区"), 0)
        known = around_gaoxin | (self.is_enterprise & (self.is_above | self.chance(0.6)))
        self.columns.options("zones", np.where(around_gaoxin, here, elsewhere), known, _ZONES, REGISTER)

    # ------------------------------------------------------------- all the rest

    @cached_property
    def has_declared(self) -> Mask:
        """Whether anybody has ever told the platform anything."""
        return self.chance(self.by_sort(*(share(f"declares_{sort}") for sort in ("above", "enterprise", "individual"))))

    def draw_facts(self) -> None:
        for drawn in self.drawn.facts:
            known, source = self._known(drawn.known)
            picked = np.searchsorted(drawn.values.cumulated, self.random.random(self.rows), side="right")
            self.columns.cells(self.dictionary.facts[drawn.name], picked, known, drawn.values.cells, source)

    def draw_records(self, shape: pa.Schema) -> None:
        for drawn in self.drawn.kinds:
            known, source = self._known(drawn.known)
            owners = Owners(known, source, self.placed.place, self.registered_on)
            having = [np.flatnonzero(known & self._has(one)) for one in drawn.records]
            kind, type_ = self.dictionary.records[drawn.name], shape.field(drawn.name).type
            self.columns.made[drawn.name] = lists(kind, type_, drawn.records, having, owners, self.random)

    def _has(self, drawn: DrawnRecord) -> Mask:
        old_enough = drawn.since is None or self.registered_on < drawn.since - 365
        return self.is_one_of(drawn.who) & self.chance(drawn.chance[self.placed.place]) & old_enough

    def _known(self, lines: tuple[Known, ...]) -> tuple[Mask, Ints]:
        """Whose values are known by the first line that holds, and from where."""
        known, source = np.zeros(self.rows, bool), np.zeros(self.rows, np.int64)
        for line in lines:
            new = self.is_one_of(line.who) & self.chance(line.chance) & ~known
            if line.declared:
                new &= self.has_declared
            source[new] = SOURCES.index(line.source)
            known |= new
        return known, source


# -------------------------------------------------------------------- by number

_PLACE = np.array([place.code for place in figures.places()])
_DIVISION = np.array([group.division for group in figures.groups()])
_SECTION = np.array([division.section for division in figures.divisions()])
_REVENUE = np.array([division.revenue for division in figures.divisions()])
_PER_HEAD = np.array([division.output_per_head for division in figures.divisions()])
_ASSETS = np.array([division.assets for division in figures.divisions()])
_FLOOR = np.array([-1 if floor is None else floor for floor in figures.floors()], float)
_KIND = np.array([figures.KINDS.index(one.kind) for one in STRATA])
_NO_OWNER = -1
_OWNER = np.array([_NO_OWNER if one.ownership is None else OWNERSHIPS.index(one.ownership) for one in STRATA])
_AGES = {
    name: np.array([getattr(ages, name) for ages in figures.ages().values()])[SORT]
    for name in ("shape", "scale", "least")
}

_STATUSES = ("存续", "筹建中", "歇业", "吊销未注销", "破产或强制清算", "注销")
_ABOVE_STATUSES = ("新入库", "在库", "准“五上”", "退库", "未入库")

_TODAY = int(np.datetime64(SAMPLE_DAY, "D").astype(int))
_NEW_YEARS = np.array([f"{year}-01-01" for year in (*YEARS, YEARS[-1] + 1)], "datetime64[D]").astype(np.int64)
_OLDEST = 60.0  # years
_YEARS_OF_SILENCE = 2  # of those who no longer do business, nothing is known of the latest

_GROWTH = (0.05, -0.04, 0.11, 0.01, 0.08)  # mean of the logarithm, by year
_NEAR = 1.6  # as a multiple of the floor, the largest of those who are not listed
_LARGEST = 9.0  # logarithm of the highest multiple of the floor: 2000万元 × e^9 is 1620亿元
_BY_QUALIFICATION = 1000 * _WAN  # what the smallest bring who count by their qualification

_AROUND_GAOXIN = ["610113", "610116"]  # 雁塔区, 长安区
_ZONES = (
    *("", "县域工业集中区", "高新技术产业开发区", "经济技术开发区", "自由贸易试验区"),
    *(f"县域园区{SEPARATOR}重点园区", f"秦创原{SEPARATOR}高新技术产业开发区"),
)
_ZONE_SHARES = cumulated([86, 5, 2, 3, 1.5, 1.5, 1])


@cache
def _gaoxin_share() -> float:
    """The share of the entities of its two districts that are in the high-tech zone of Xi'an."""
    whole = figures.quotas(figures.PROVINCE_ENTITIES)
    return share("gaoxin") / sum(sum(whole[code]) for code in _AROUND_GAOXIN)
