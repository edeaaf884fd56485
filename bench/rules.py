"""A made-up library and made-up enterprises to measure on: the same ones on every run, on every day.

2,000 rules of the shape that real ones have: where, what kind of enterprise, which industry, then a few thresholds,
titles, projects or plans. They draw on one pool of conditions, the common ones often and the rare ones seldom, since
real documents ask the same things again and again. The enterprises live all over Shaanxi and are known to very
different degrees, from the bare register entry to the full picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import TypeVar

from enterprises import industries, regions
from enterprises.dictionary import Dictionary, Fact, Kind, Value
from enterprises.profiles import Observation, Profile, Record, Series
from policies.rules import (
    All,
    Any,
    AnyRecord,
    Condition,
    Not,
    Operator,
    RelativeYear,
    Rule,
    Some,
    conditions,
    record_conditions,
)

T = TypeVar("T")

ON = date(2024, 6, 30)
"""The day of the question."""

WAN = 10**6
"""One 万元, in 分."""

_PROVINCE = "610000"
_REVENUES = [number * WAN for number in (300, 500, 1000, 2000, 3000, 5000, 8000, 10000, 20000, 30000, 50000, 100000)]
_INVESTMENTS = [number * WAN for number in (50, 100, 200, 500, 1000, 2000, 3000, 5000, 10000, 50000)]
_HEADCOUNTS = [5, 10, 15, 20, 30, 50, 80, 100, 200, 300, 500, 1000]
_AGES = [1, 2, 3, 5, 8, 10]
_GROWTHS = [Fraction(percent, 100) for percent in (5, 8, 10, 15, 20, 30, 50)]
_INTENSITIES = [Fraction(percent, 100) for percent in (2, 3, 4, 5, 6, 10)]


@dataclass(frozen=True)
class _Pool:
    """What the rules are put together from, each list from the commonest to the rarest."""

    places: Sequence[Rule]
    industries: Sequence[Rule]
    kinds: Sequence[Rule]
    standing: Sequence[Rule]
    figures: Sequence[Rule]
    flags: Sequence[Rule]
    options: Sequence[Rule]
    records: Mapping[str, list[list[Rule]]]


def make_rules(dictionary: Dictionary, count: int = 2000, seed: int = 1) -> dict[str, Rule]:
    """``count`` rules by made-up ids."""
    random = Random(seed)
    pool = _make_pool(dictionary, random)
    return {f"bench.{number}": _make_rule(pool, random) for number in range(count)}


def distinct_conditions(rules: Mapping[str, Rule]) -> tuple[int, int]:
    """How many conditions the rules have, those on records included, and how many of them are distinct."""
    every = [condition for rule in rules.values() for condition in _all_conditions(rule)]
    return len(every), len(set(every))


def make_profiles(dictionary: Dictionary, count: int, seed: int = 2) -> list[Profile]:
    """``count`` enterprises."""
    random = Random(seed)
    return [_make_profile(dictionary, random) for _ in range(count)]


# ------------------------------------------------------------------------------------------------------------ rules


def _make_pool(dictionary: Dictionary, random: Random) -> _Pool:
    cities = regions.children(_PROVINCE)
    counties = [county.code for city in cities for county in regions.children(city.code)]
    random.shuffle(counties)
    sections = [industry.code for industry in industries.industries() if industry.level == "section"]
    divisions = [industry.code for industry in industries.industries() if industry.level == "division"]
    facts = dictionary.facts
    return _Pool(
        places=[_within("region", code) for code in (_PROVINCE, *(city.code for city in cities), *counties)],
        industries=[
            _within("industry", "C"),
            _within("industry", "B", "C", "D"),
            *(_within("industry", code) for code in (*random.sample(sections, 18), *random.sample(divisions, 70))),
            *(_within("industry", *sorted(random.sample(divisions, random.randint(2, 5)))) for _ in range(30)),
        ],
        kinds=[
            _is("entity_kind", "企业"),
            _is("ownership", "民营"),
            _in("size", "小型", "微型"),
            _in("size", "中型", "小型", "微型"),
            _is("entity_kind", "个体工商户"),
            _in("ownership", "民营", "混合所有制"),
            _is("operating_status", "存续"),
            _is("size", "大型"),
        ],
        standing=[
            Not(_is("seriously_dishonest", True)),
            Not(_is("operating_status", "歇业")),
            Not(Any((_is("seriously_dishonest", True), _is("operating_status", "注销")))),
        ],
        figures=_shuffled(random, _figure_conditions()),
        flags=_shuffled(random, [_is(fact.name, True) for fact in facts.values() if fact.kind is Kind.FLAG]),
        options=_shuffled(random, [_has(fact, option) for fact in facts.values() for option in _options(fact)]),
        records={name: _record_conditions(kind.fields.values()) for name, kind in dictionary.records.items()},
    )


def _make_rule(pool: _Pool, random: Random) -> Rule:
    parts: list[Rule] = [_place(pool, random)]
    parts += _some_of(random, pool.kinds, (1, 1, 2))
    if random.random() < 0.45:
        parts.append(_common(random, pool.industries))
    parts += _some_of(random, pool.standing, (0, 0, 1))
    parts += _some_of(random, pool.figures, (0, 1, 1, 2))
    parts += _some_of(random, pool.flags, (0, 1, 1))
    parts += _some_of(random, pool.options, (0, 1, 1))
    if random.random() < 0.1:
        parts.append(Any(tuple(_some_of(random, (*pool.figures, *pool.flags), (2, 3)))))
    if random.random() < 0.02:
        parts.append(Some(2, tuple(_some_of(random, pool.figures, (3, 4)))))
    if random.random() < 0.2:
        parts.append(_any_record(pool, random))
    return All(tuple(parts))


def _place(pool: _Pool, random: Random) -> Rule:
    """A quarter of the rules are the province's, a half the cities', the rest the counties'."""
    level = random.random()
    if level < 0.25:
        return pool.places[0]
    cities = len(regions.children(_PROVINCE))
    return random.choice(pool.places[1 : cities + 1] if level < 0.75 else pool.places[cities + 1 :])


def _any_record(pool: _Pool, random: Random) -> Rule:
    kind = _common(random, list(pool.records))
    fields = random.sample(pool.records[kind], min(random.choice((1, 2, 2, 3)), len(pool.records[kind])))
    where = tuple(_common(random, asked) for asked in fields)
    return AnyRecord(kind, where[0] if len(where) == 1 else All(where))


def _figure_conditions() -> list[Rule]:
    last = RelativeYear.LAST
    return [
        *(Condition("revenue", Operator.AT_LEAST, (money,), last) for money in _REVENUES),
        *(Condition("revenue", Operator.LESS_THAN, (money,), last) for money in _REVENUES),
        *(Condition("revenue", Operator.FIRST_REACHES, (money,), last) for money in _REVENUES[3:]),
        *(Condition("revenue", Operator.GREW_BY, (rate,), last) for rate in _GROWTHS),
        *(Condition("revenue_growth", Operator.AT_LEAST, (rate,), last) for rate in _GROWTHS),
        *(Condition("rd_intensity", Operator.AT_LEAST, (rate,), last) for rate in _INTENSITIES),
        *(Condition("rd_expense", Operator.AT_LEAST, (money,), last) for money in _INVESTMENTS),
        *(Condition("construction_output", Operator.AT_LEAST, (money,), last) for money in _REVENUES),
        *(Condition("total_assets", Operator.AT_LEAST, (money,)) for money in _REVENUES),
        *(Condition("employees", Operator.AT_LEAST, (number,)) for number in _HEADCOUNTS),
        *(Condition("employees", Operator.AT_MOST, (number,)) for number in _HEADCOUNTS),
        *(Condition("years_registered", Operator.AT_LEAST, (years,)) for years in _AGES),
        *(Condition("years_registered", Operator.AT_MOST, (years,)) for years in _AGES),
        *(Condition("registered_on", Operator.SINCE, (date(year, 1, 1),)) for year in range(2014, 2024)),
    ]


def _record_conditions(fields: Iterable[Fact]) -> list[list[Rule]]:
    """Conditions by field, for the fields that rules ask about."""
    asked: list[list[Rule]] = []
    for fact in fields:
        if fact.kind is Kind.MONEY:
            asked.append([Condition(fact.name, Operator.AT_LEAST, (money,)) for money in _INVESTMENTS])
        elif fact.kind is Kind.ENUM:
            asked.append([_is(fact.name, option) for option in fact.values])
        elif fact.kind is Kind.FLAG:
            asked.append([_is(fact.name, True)])
    return asked


def _all_conditions(rule: Rule) -> Iterator[Condition]:
    yield from conditions(rule)
    for asked in record_conditions(rule):
        yield from conditions(asked.where)


def _options(fact: Fact) -> tuple[str, ...]:
    return fact.values if fact.kind is Kind.SET else ()


def _is(fact: str, value: Value) -> Condition:
    return Condition(fact, Operator.IS, (value,))


def _in(fact: str, *values: Value) -> Condition:
    return Condition(fact, Operator.IN, values)


def _has(fact: Fact, option: str) -> Condition:
    return Condition(fact.name, Operator.HAS, (option,))


def _within(fact: str, *codes: str) -> Condition:
    return Condition(fact, Operator.WITHIN, codes)


def _shuffled(random: Random, values: list[T]) -> list[T]:
    return random.sample(values, len(values))


def _common(random: Random, values: Sequence[T]) -> T:
    """One of ``values``; the first ones often, the last ones seldom."""
    return values[int(len(values) * random.random() ** 2)]


def _some_of(random: Random, values: Sequence[T], counts: Sequence[int]) -> list[T]:
    """As many different ones of ``values`` as one of ``counts`` says, the first ones often."""
    wanted = random.choice(counts)
    chosen: list[T] = []
    while len(chosen) < wanted:
        value = _common(random, values)
        if value not in chosen:
            chosen.append(value)
    return chosen


# ------------------------------------------------------------------------------------------------------ enterprises


def _make_profile(dictionary: Dictionary, random: Random) -> Profile:
    """An enterprise of which between a quarter and nearly all is known."""
    known = random.uniform(0.25, 0.95)
    facts, series, records = {}, {}, {}
    for fact in dictionary.facts.values():
        if fact.formula is None and random.random() < (_REGISTERED.get(fact.name) or known):
            if fact.yearly:
                series[fact.name] = _series(fact, random)
            else:
                facts[fact.name] = Observation(_value(fact, random), random.choice(fact.sources))
    for kind in dictionary.records.values():
        if random.random() < known:
            fields = list(kind.fields.values())
            records[kind.name] = tuple(_record(kind.name, fields, known, random) for _ in range(_few(random)))
    return Profile(facts=facts, series=series, records=records)


_REGISTERED = {"region": 0.98, "industry": 0.95, "entity_kind": 0.98, "operating_status": 0.98, "registered_on": 0.97}
"""How often the register tells these facts."""

_COARSE = 0.1
"""How often the register tells only the city, or only the industry's division."""


def _value(fact: Fact, random: Random) -> Value:
    match fact.kind:
        case Kind.REGION:
            return _region(random)
        case Kind.INDUSTRY:
            return _industry(random)
        case Kind.ENUM:
            return _common(random, fact.values)
        case Kind.SET:
            return frozenset(_some_of(random, fact.values, (0, 0, 1, 1, min(2, len(fact.values)))))
        case Kind.FLAG:
            return random.random() < 0.3
        case Kind.DATE:
            return ON - timedelta(days=random.randint(30, 20 * 365))
        case Kind.MONEY:
            return round(random.lognormvariate(6.5, 1.8)) * WAN
        case Kind.COUNT:
            return round(random.lognormvariate(3, 1.3)) + 1
        case Kind.RATIO:
            return Fraction(random.randint(0, 40), 100)
        case Kind.TEXT:
            return "某项目"


def _region(random: Random) -> str:
    city = random.choice(regions.children(_PROVINCE))
    return city.code if random.random() < _COARSE else random.choice(regions.children(city.code)).code


def _industry(random: Random) -> str:
    divisions = [industry.code for industry in industries.industries() if industry.level == "division"]
    division = random.choice(divisions)
    return division if random.random() < _COARSE else random.choice(industries.children(division)).code


def _series(fact: Fact, random: Random) -> Series:
    """Up to six years that grow or shrink by a fifth or so; some of them are missing, often all the first ones."""
    figure = _value(fact, random)
    assert isinstance(figure, int)
    years: dict[int, Observation] = {}
    for year in range(random.randint(2018, 2023), 2024):
        figure = round(figure * random.uniform(0.85, 1.3))
        if random.random() < 0.9:
            years[year] = Observation(figure, random.choice(fact.sources))
    if years and random.random() < 0.3:
        return Series(years, Observation(round(figure * 0.7), random.choice(fact.sources)), min(years))
    return Series(years)


def _record(kind: str, fields: Sequence[Fact], known: float, random: Random) -> Record:
    told = [field for field in fields if random.random() < known]
    return Record(kind, {field.name: Observation(_value(field, random)) for field in told})


def _few(random: Random) -> int:
    return random.choice((0, 0, 1, 1, 2, 3))
