"""Rules as Polars expressions over a population: the alternative that the batch is measured against, and its check.

Written from the rule language alone (``docs/rule-language.md``), not from either evaluator, so that the three can be
held against each other. An answer is a nullable Boolean, whose ``&``, ``|`` and ``~`` are Kleene's in Polars: true,
false, or null for unknown. Each distinct condition becomes one column, each distinct ``any_record`` another, and a rule
is an expression over those; nothing is computed twice.

How things stand in columns, so that nearly every condition is a comparison of numbers:

- a region is its code as a number, an industry its place in the whole tree written out from the top: what lies in a
  code is then an interval, and the few codes that contain it are what leaves the answer open;
- an option is its number, a set a bit mask, a ratio a numerator and a denominator, which are multiplied crosswise;
- records are a table of their own, with the row that they belong to, and what they meet is scattered over the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, partial, reduce
from operator import and_, or_
from pathlib import Path
from typing import Any as Plain
from typing import TypeVar, cast

import polars as pl
import pyarrow as pa

from enterprises.amounts import FEN_PER_WAN
from enterprises.codes import rows
from enterprises.dictionary import Dictionary, Fact, Kind, Value
from enterprises.population import ROW, SEPARATOR, Part, Population
from enterprises.scale import BY_QUALIFICATION, FLOORS
from enterprises.size import CATEGORIES, Size
from policies.rules import (
    All,
    Any,
    AnyRecord,
    Condition,
    Not,
    Operator,
    Rule,
    Some,
    conditions,
    record_conditions,
    resolve_year,
)

T = TypeVar("T")

_OPTIMIZATIONS = pl.QueryOptFlags(comm_subexpr_elim=False, comm_subplan_elim=False)
"""Nothing is computed twice as it is; to search for it would only take time."""

# ------------------------------------------------------------------ answers


def answers(
    rules: Mapping[str, Rule], table: pa.Table | pl.DataFrame, on: date, dictionary: Dictionary
) -> pl.DataFrame:
    """The answers to ``rules``, one nullable Boolean column each, to the rows of a table in a population's columns."""
    frame = table if isinstance(table, pl.DataFrame) else _frame(table)
    return _decide(rules, _Data.of(frame, dictionary), on, dictionary)


def counts(
    rules: Mapping[str, Rule], folder: Path, on: date, dictionary: Dictionary, *, by_place: bool = True
) -> dict[str, tuple[int, int]]:
    """How many enterprises of a population are eligible by each rule, and of how many that is not known.

    ``by_place``: rules for other places are left out of a block, as the columnar evaluator does, instead of being
    decided everywhere.

    What was tried, as seconds of processor time for 5.3 million enterprises and the 2,000 rules of ``bench.rules`` on
    2 cores (which others were using too): blocks of 1, 2, 4 and 8 parts took 22, 16, 14 and 17, since Polars needs
    some 6 µs for each expression however few the rows; without leaving out the rules for other places, blocks of 2 and
    4 took 28 and 23. One plan for the whole scan in the streaming engine was as fast as a plan for each block, and
    needs the records joined to all rows. Of what to do with records, ``list.agg`` took 2 ms for each condition and
    part, ``group_by`` with a join half as long, and scattering what was grouped 0.04 ms. Two plain Booleans, true and
    maybe, in the place of a nullable one were not faster.
    """
    found = dict.fromkeys(rules, (0, 0))
    decided = _decide_parts(
        rules, folder, on, dictionary, lambda _, block: _count(block), together=4, by_place=by_place
    )
    for counted in decided:
        for name, (true, unknown) in counted.items():
            found[name] = found[name][0] + true, found[name][1] + unknown
    return found


def _count(decided: pl.DataFrame) -> dict[str, tuple[int, int]]:
    if not decided.columns:
        return {}
    sums = decided.select(pl.all().sum()).row(0)
    return dict(zip(decided.columns, zip(sums, decided.null_count().row(0), strict=True), strict=True))


def matches(
    rules: Mapping[str, Rule],
    folder: Path,
    on: date,
    dictionary: Dictionary,
    out: Path,
    *,
    undetermined: bool = True,
) -> int:
    """Writes Parquet files into the folder ``out``: the enterprises and items that match, and whether the one is
    eligible for the other or that is not known. Returns how many there are.

    ``undetermined``: also those of which it is not known.
    """
    out.mkdir(parents=True, exist_ok=True)
    population = Population.open(folder, dictionary)
    items = pl.Enum(list(rules))

    def write(parts: Sequence[Part], decided: pl.DataFrame) -> int:
        found = _matches(decided, pl.concat([_credit_codes(population, part) for part in parts]), items, undetermined)
        found.write_parquet(out / parts[0].file, compression="lz4", statistics=False)
        return found.height

    return sum(_decide_parts(rules, folder, on, dictionary, write, together=1))


_VERDICTS = pl.Enum(["undetermined", "eligible"])


def _credit_codes(population: Population, part: Part) -> pl.Series:
    table = _frame(population.columns(part, "credit_code".__eq__))
    if not table.columns:
        return pl.Series("credit_code", [None], pl.String).new_from_index(0, part.rows)
    return table.to_series()


def _matches(decided: pl.DataFrame, codes: pl.Series, items: pl.Enum, undetermined: bool) -> pl.DataFrame:
    """``credit_code``, ``item`` and ``verdict`` for each answer that is yes, or unknown."""
    if not decided.columns:
        return pl.DataFrame(schema={"credit_code": pl.String, "item": items, "verdict": _VERDICTS})
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    left = decided.select(
        (row * 2 + pl.col(name).is_not_null()).filter(pl.col(name).fill_null(undetermined)).implode().alias(name)
        for name in decided.columns
    )
    listed = left.unpivot(variable_name="item", value_name="number").with_columns(pl.col("item").cast(items))
    long = listed.filter(pl.col("number").list.len() > 0).explode("number")
    return long.select(
        codes.gather(long["number"] // 2).alias("credit_code"),
        "item",
        _VERDICTS.categories.cast(_VERDICTS).gather(long["number"] % 2).alias("verdict"),
    )


def _decide(rules: Mapping[str, Rule], data: _Data, on: date, dictionary: Dictionary) -> pl.DataFrame:
    book = _Book(data, on, dictionary)
    translated = {name: book.rule(rule) for name, rule in rules.items()}
    return book.computed().select(**translated).collect(optimizations=_OPTIMIZATIONS)


# --------------------------------------------------------------------- data


@dataclass(frozen=True)
class _Data:
    """Enterprises, and the records of each kind with the ``ROW`` that they belong to. The enterprises' own column of a
    kind is true where one knows which records there are, and null elsewhere.
    """

    enterprises: pl.DataFrame
    records: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, frame: pl.DataFrame, dictionary: Dictionary) -> _Data:
        """A table with records as lists, taken apart."""
        kinds = [name for name in frame.columns if name in dictionary.records]
        numbered = frame.with_row_index(ROW)
        records = {
            kind: numbered.select(ROW, kind).filter(pl.col(kind).list.len() > 0).explode(kind).unnest(kind)
            for kind in kinds
        }
        known = (pl.when(pl.col(kind).is_not_null()).then(True).alias(kind) for kind in kinds)
        return cls(frame.with_columns(known), records)

    @classmethod
    def read(cls, population: Population, parts: Iterable[Part], wanted: Mapping[str, set[str]]) -> _Data:
        """What is ``wanted`` of some parts: facts, and records with these fields."""
        enterprises: list[pl.DataFrame] = []
        records: dict[str, list[pl.DataFrame]] = {}
        start = 0
        for part in parts:
            table = population.columns(part, lambda name: _is_wanted(name, wanted))
            enterprises.append(_frame(table.append_column(ROW, pa.nulls(part.rows))))  # rows, even of no columns
            for kind, fields in wanted.items():
                some = population.records(part, kind, fields.__contains__) if fields else None
                if some is not None:
                    records.setdefault(kind, []).append(_frame(some).with_columns(pl.col(ROW).cast(pl.UInt32) + start))
            start += part.rows
        return cls(
            pl.concat(enterprises, how="diagonal"),
            {kind: pl.concat(some, how="diagonal") for kind, some in records.items()},
        )

    def regions(self) -> list[int | None]:
        """The regions there are; ``None`` is an unknown one."""
        if "region" not in self.enterprises.columns:
            return [None]
        return [None if code is None else int(code) for code in self.enterprises["region"].unique()]


def _is_wanted(column: str, wanted: Mapping[str, set[str]]) -> bool:
    return column.partition(".")[0] in wanted and not column.endswith(".source")


def _frame(table: pa.Table) -> pl.DataFrame:
    return cast(pl.DataFrame, pl.from_arrow(table))


def _decide_parts(
    rules: Mapping[str, Rule],
    folder: Path,
    on: date,
    dictionary: Dictionary,
    use: Callable[[Sequence[Part], pl.DataFrame], T],
    together: int,
    by_place: bool = True,
) -> Iterator[T]:
    """What ``use`` makes of the answers to some parts ``together``, while others are worked on at the same time.

    Rows are sorted by region, so that most parts lie wholly outside the places that most rules are for: such a part is
    not asked these rules, and its answers lack them.
    """
    population = Population.open(folder, dictionary)
    wanted = _wanted(rules, dictionary)
    places = {name: list(_places_demanded(rule)) for name, rule in rules.items()}

    def decide(parts: Sequence[Part]) -> T:
        data = _Data.read(population, parts, wanted)
        regions = data.regions()
        possible = {name: rule for name, rule in rules.items() if not by_place or _is_possible(places[name], regions)}
        return use(parts, _decide(possible, data, on, dictionary))

    blocks = [population.parts[start : start + together] for start in range(0, len(population.parts), together)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(decide, blocks)


_AT_ONCE = 2
"""How many blocks are worked on at a time: while one is read and planned, Polars' threads have the other."""


def _wanted(rules: Mapping[str, Rule], dictionary: Dictionary) -> dict[str, set[str]]:
    """The facts that rules are about, and the record kinds with their fields."""
    wanted: dict[str, set[str]] = {"region": set(), "registered_on": set()}
    for rule in rules.values():
        for condition in conditions(rule):
            formula = dictionary.facts[condition.fact].formula
            wanted |= {name: set() for name in (formula.inputs if formula else [condition.fact])}
        for asked in record_conditions(rule):
            wanted.setdefault(asked.kind, set()).update(condition.fact for condition in conditions(asked.where))
    return wanted


def _places_demanded(rule: Rule) -> Iterator[list[tuple[int, int]]]:
    """Where an enterprise must be, or may be for all one knows, as intervals of places; each of them must be met."""
    match rule:
        case All(parts):
            for part in parts:
                yield from _places_demanded(part)
        case Condition("region", Operator.WITHIN, codes):
            inside, above = _places(_REGION, (str(code) for code in codes))
            yield [*inside, *above]


def _is_possible(demands: Iterable[list[tuple[int, int]]], places: Sequence[int | None]) -> bool:
    """Whether a rule that demands this is not no for everybody in these places."""
    return all(
        any(place is None or any(low <= place <= high for low, high in demand) for place in places)
        for demand in demands
    )


class _Sheet:
    """A table and the columns to be added to it: each once, and after those that it is computed from."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._names: dict[Plain, str] = {}
        self._depths: dict[str, int] = {}
        self._stages: list[dict[str, pl.Expr]] = []

    def column(self, name: str, dtype: type[pl.DataType] = pl.String) -> pl.Expr:
        """A column of the table; null throughout where it lacks it."""
        return pl.col(name) if name in self._frame.columns else pl.lit(None, dtype)

    def columns(self) -> list[str]:
        return self._frame.columns

    def texts(self, name: str) -> list[str]:
        """All texts that a column has."""
        return sorted(self._frame[name].unique().drop_nulls().cast(pl.String)) if name in self._frame.columns else []

    def keep(self, key: Plain, make: Callable[[], pl.Expr]) -> pl.Expr:
        """The column with this key, which ``make`` says how to compute when it is asked for first."""
        if key not in self._names:
            expression = make()
            depth = max((self._depths.get(name, 0) for name in expression.meta.root_names()), default=0)
            if depth == len(self._stages):
                self._stages.append({})
            name = self._names[key] = f"#{len(self._depths)}"
            self._stages[depth][name], self._depths[name] = expression, depth + 1
        return pl.col(self._names[key])

    def computed(self, given: Iterable[pl.Series] = ()) -> pl.LazyFrame:
        """The table with all columns that were asked for, which may be computed from some that are ``given``."""
        start = self._frame.hstack(list(given)).lazy()
        return reduce(lambda so_far, stage: so_far.with_columns(**stage), self._stages, start)


# -------------------------------------------------------------------- rules


class _Book:
    """Translates rules into expressions over ``computed``."""

    def __init__(self, data: _Data, on: date, dictionary: Dictionary) -> None:
        self._data, self._on, self._dictionary = data, on, dictionary
        self._sheet = _Sheet(data.enterprises)
        self._records = {kind: _Sheet(frame) for kind, frame in data.records.items()}
        self._any_records: dict[AnyRecord, pl.Expr] = {}
        self._asked: dict[str, dict[str, pl.Expr]] = {kind: {} for kind in data.records}

    def rule(self, rule: Rule) -> pl.Expr:
        """The answer to a rule."""
        return _tree(_plain(rule, self._on.year), self._leaf)

    def computed(self) -> pl.LazyFrame:
        """The enterprises with all columns that the rules so far are computed from."""
        met = [column for kind, asked in self._asked.items() if asked for column in self._met(kind, asked)]
        return self._sheet.computed(met)

    def _met(self, kind: str, asked: Mapping[str, pl.Expr]) -> Iterator[pl.Series]:
        """Whether enough records of a kind meet what is asked: no where there are none, unknown where one can't tell.

        Most enterprises have no records, which scattering takes advantage of; a join would go through all rows.
        """
        by_row = self._records[kind].computed().group_by(ROW).agg(**asked).collect(optimizations=_OPTIMIZATIONS)
        none = ~self._data.enterprises[kind]
        for name in asked:
            yield none.clone().scatter(by_row[ROW], by_row[name]).alias(name)

    def _leaf(self, rule: Condition | AnyRecord) -> pl.Expr:
        match rule:
            case Condition():
                return self._sheet.keep(rule, lambda: self._condition(rule))
            case AnyRecord():
                if rule not in self._any_records:
                    self._any_records[rule] = self._any_record(rule)
                return self._any_records[rule]

    def _any_record(self, rule: AnyRecord) -> pl.Expr:
        kind = rule.kind
        if kind not in self._records:
            return ~self._sheet.column(kind, pl.Boolean)
        where = _tree(rule.where, lambda leaf: self._field(kind, leaf))
        meets = self._records[kind].keep(("where", rule.where), lambda: where)
        name = f"{kind}?{len(self._asked[kind])}"
        self._asked[kind][name] = _enough(rule.at_least, meets.sum(), meets.null_count())
        return pl.col(name)

    def _field(self, kind: str, leaf: Condition | AnyRecord) -> pl.Expr:
        assert isinstance(leaf, Condition)
        sheet, field = self._records[kind], self._dictionary.records[kind].fields[leaf.fact]
        return sheet.keep(leaf, lambda: _test(leaf, field, sheet, field.name))

    def _condition(self, condition: Condition) -> pl.Expr:
        fact, year = self._dictionary.facts[condition.fact], cast(int, condition.year)
        if condition.operator is Operator.FIRST_REACHES:
            return self._first_reaches(fact, year, cast("Sequence[int]", condition.operands))
        if condition.operator is Operator.GREW_BY:
            return _test_ratio(replace(condition, operator=Operator.AT_LEAST), *self._growth(fact, year))
        if fact.formula is None:
            return _test(condition, fact, self._sheet, _name(fact, year))
        inputs = [self._dictionary.facts[name] for name in fact.formula.inputs]
        match fact.formula.name:
            case "years_since":
                return _test_number(condition, self._years_since(inputs[0]))
            case "growth_of":
                return _test_ratio(condition, *self._growth(inputs[0], year))
            case "share":
                return _test_ratio(condition, self._wide(inputs[0], year), self._positive(inputs[1], year))
            case "size_class":
                return _test_possible(condition, self._possible_sizes(*inputs))
            case "above_scale":
                return _test_possible(condition, self._possibly_above_scale(*inputs))
            case other:
                raise NotImplementedError(f"the formula {other}")

    def _figures(self, fact: Fact, year: int) -> pl.Expr:
        return self._sheet.column(_name(fact, year), pl.Int64)

    # ----------------------------------------------------------- derived facts

    def _years_since(self, start: Fact) -> pl.Expr:
        def years() -> pl.Expr:
            began = self._sheet.column(start.name, pl.Date)
            day = began.dt.month().cast(pl.Int32) * 100 + began.dt.day()
            short = (day > self._on.month * 100 + self._on.day).cast(pl.Int32)
            return (self._on.year - began.dt.year() - short).clip(lower_bound=0)

        return self._sheet.keep((start.name, "years since"), years)

    def _growth(self, fact: Fact, year: int) -> tuple[pl.Expr, pl.Expr]:
        more = self._sheet.keep(
            (_name(fact, year), "more"), lambda: self._wide(fact, year) - self._wide(fact, year - 1)
        )
        return more, self._positive(fact, year - 1)

    def _wide(self, fact: Fact, year: int) -> pl.Expr:
        """A figure with room to be multiplied."""
        return self._sheet.keep((_name(fact, year), "wide"), lambda: self._figures(fact, year).cast(pl.Int128))

    def _positive(self, fact: Fact, year: int) -> pl.Expr:
        """A figure to divide by; unknown where it is zero or less, since nothing can be said over such a base."""
        wide = self._wide(fact, year)
        return self._sheet.keep((_name(fact, year), "positive"), lambda: pl.when(wide > 0).then(wide))

    def _maybe_of(self, fact: Fact, codes: Iterable[str]) -> pl.Expr:
        """Whether an enterprise is of one of these industries as far as one knows; never null."""
        places = self._sheet.keep((fact.name, "place"), lambda: _place_of_industry(self._sheet.column(fact.name)))
        inside, above = _places(_INDUSTRY, codes)
        return (_among(places, inside) | _among(places, above)).fill_null(True)

    def _possible_sizes(self, industry: Fact, employees: Fact, revenue: Fact, assets: Fact) -> dict[Value, pl.Expr]:
        """For each class whether it is possible. In each category an enterprise may be of, it is of the highest class
        whose floors all its indicators reach; unknown figures may reach anything.
        """
        last = self._on.year - 1
        inputs = {"employees": employees, "revenue": revenue, "assets": assets}
        figures = {name: self._figures(fact, last) for name, fact in inputs.items()}
        possible: dict[Size, list[pl.Expr]] = {size: [] for size in Size}
        for category, codes in CATEGORIES.items():
            member = self._sheet.keep((industry.name, category), partial(self._maybe_of, industry, codes))
            if category is None:
                possible[Size.UNCLASSED].append(member)
                continue
            reached = [
                self._sheet.keep((category, floors), partial(_all_reach, figures, floors))
                for floors in _floors(category)
            ]
            may = [pl.lit(True), *(one.fill_null(True) for one in reached)]
            may_not = [*((~one).fill_null(True) for one in reached), pl.lit(True)]
            for size, reaches, misses in zip(_ASCENDING, may, may_not, strict=True):
                possible[size].append(member & reaches & misses)
        return {size.value: self._sheet.keep(("size", size), partial(_any_of, some)) for size, some in possible.items()}

    def _possibly_above_scale(self, industry: Fact, revenue: Fact) -> dict[Value, pl.Expr]:
        """Whether it may be above scale, and whether it may not. Some industries go by more than revenue."""
        figures = self._figures(revenue, self._on.year - 1)
        above, below = [], []
        for floor, groups in _groups_by_floor().items():
            member = self._maybe_of(industry, groups)
            match floor:
                case "by qualification":
                    above.append(member)
                    below.append(member)
                case "never":
                    below.append(member)
                case int():
                    above.append(member & (figures >= floor).fill_null(True))
                    below.append(member & (figures < floor).fill_null(True))
        return {
            answer: self._sheet.keep(("above scale", answer), partial(_any_of, some))
            for answer, some in ((True, above), (False, below))
        }

    # ------------------------------------------------------------- 首次突破

    def _first_reaches(self, fact: Fact, year: int, thresholds: Sequence[int]) -> pl.Expr:
        """The year's figure is at a threshold or above, and every earlier year, all of them known, was below.

        No, where the year is known to be below, be it only because the highest figure of a time that it is part of is;
        and where any earlier year had reached it. All else hangs on whether the history is complete.
        """
        name = fact.name
        ceiling = self._sheet.keep((name, year, "ceiling"), lambda: self._ceiling(fact, year))
        earlier = self._sheet.keep((name, year, "earlier"), lambda: self._highest_earlier(fact, year))
        complete = self._sheet.keep((name, year, "complete"), lambda: self._complete(fact, year))
        ruled_out = [(ceiling < threshold) | (earlier >= threshold) for threshold in thresholds]
        return _any_of(~no & complete for no in ruled_out)

    def _before(self, fact: Fact, applies: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
        """The highest figure of all years before ``before_year``, where that year fits."""
        year = self._sheet.column(f"{fact.name}.before_year", pl.Int16)
        return pl.when(applies(year)).then(self._sheet.column(f"{fact.name}.before", pl.Int64))

    def _ceiling(self, fact: Fact, year: int) -> pl.Expr:
        """What the year's figure is at most; as good as infinite where that is not known, so that it is never null."""
        return pl.coalesce(self._figures(fact, year), self._before(fact, lambda first: first > year), _INFINITE)

    def _highest_earlier(self, fact: Fact, year: int) -> pl.Expr:
        """The highest known figure of the years before; never null."""
        listed = [pl.col(f"{fact.name}.{past}") for past in self._listed(fact) if past < year]
        return pl.max_horizontal(*listed, self._before(fact, lambda first: first <= year)).fill_null(-_INFINITE)

    def _complete(self, fact: Fact, year: int) -> pl.Expr:
        """True where the year and all years before it are known, null where not.

        They are known from ``before`` on; or else from the first one listed, if the enterprise was not registered
        before it, nor after it had figures, which would then be a predecessor's.
        """
        name = fact.name
        figures = {past: pl.col(f"{name}.{past}") for past in self._listed(fact) if past <= year}
        earlier = {past: column for past, column in figures.items() if past < year}
        known = [pl.when(column.is_not_null()).then(pl.lit(past, pl.Int32)) for past, column in earlier.items()]
        busy = [pl.when(column > 0).then(pl.lit(past, pl.Int32)) for past, column in figures.items()]
        first = self._sheet.keep((name, year, "first"), lambda: pl.min_horizontal(*known, pl.lit(year, pl.Int32)))
        began = self._sheet.keep((name, year, "began"), lambda: pl.min_horizontal(*busy, pl.lit(year, pl.Int32)))
        registered = self._sheet.keep("registered", self._sheet.column("registered_on", pl.Date).dt.year)
        told = self._before(fact, lambda first: first <= year).is_not_null()
        before_year = self._sheet.column(f"{name}.before_year", pl.Int16).cast(pl.Int32)
        by_register = pl.when(registered.is_between(first, began)).then(first)
        start = self._sheet.keep((name, year, "start"), lambda: pl.when(told).then(before_year).otherwise(by_register))
        since = [(column.is_not_null() & (start <= past)).cast(pl.Int32) for past, column in earlier.items()]
        gapless = pl.sum_horizontal(pl.lit(0, pl.Int32), *since) == year - start
        return pl.when(gapless & self._figures(fact, year).is_not_null()).then(True)

    def _listed(self, fact: Fact) -> list[int]:
        """The years of which there are figures at all."""
        parts = [column.split(".") for column in self._sheet.columns()]
        return sorted(int(part[1]) for part in parts if part[0] == fact.name and len(part) == 2 and part[1].isdigit())


_INFINITE = 2**63 - 1
_ASCENDING = (Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE)


def _name(fact: Fact, year: int | None) -> str:
    return f"{fact.name}.{year}" if fact.yearly else fact.name


def _floors(category: str) -> list[tuple[tuple[str, int], ...]]:
    """What a firm of a category needs in each indicator, to be small, medium and large: persons, or 分."""
    indicators = [row for row in rows("sizes") if row["category"] == category]
    units = {"employees": 1, "revenue": FEN_PER_WAN, "assets": FEN_PER_WAN}
    return [
        tuple((row["indicator"], int(row[size]) * units[row["indicator"]]) for row in indicators)
        for size in ("small", "medium", "large")
    ]


def _all_reach(figures: Mapping[str, pl.Expr], floors: Iterable[tuple[str, int]]) -> pl.Expr:
    return reduce(and_, [figures[indicator] >= floor for indicator, floor in floors])


# ------------------------------------------------------- Kleene's connectives


def _plain(rule: Rule, today_year: int) -> Rule:
    """The same question without where it stands in the paper, and of a year that does not depend on today."""
    match rule:
        case Condition():
            return replace(rule, cite=None, year=resolve_year(rule.year, today_year))
        case All(parts) | Any(parts) | Some(_, parts):
            return replace(rule, parts=tuple(_plain(part, today_year) for part in parts))
        case Not(part):
            return Not(_plain(part, today_year))
        case AnyRecord():
            return replace(rule, where=_plain(rule.where, today_year))


def _tree(rule: Rule, leaf: Callable[[Condition | AnyRecord], pl.Expr]) -> pl.Expr:
    match rule:
        case Condition() | AnyRecord():
            return leaf(rule)
        case All(parts):
            return reduce(and_, [_tree(part, leaf) for part in parts])
        case Any(parts):
            return reduce(or_, [_tree(part, leaf) for part in parts])
        case Not(part):
            return ~_tree(part, leaf)
        case Some(count, parts):
            answers = [_tree(part, leaf) for part in parts]
            true = pl.sum_horizontal(answer.fill_null(False).cast(pl.UInt32) for answer in answers)
            unknown = pl.sum_horizontal(answer.is_null().cast(pl.UInt32) for answer in answers)
            return _enough(count, true, unknown)


def _any_of(answers: Iterable[pl.Expr]) -> pl.Expr:
    some = list(answers)
    return reduce(or_, some) if some else pl.lit(False)


def _enough(count: int, true: pl.Expr, unknown: pl.Expr) -> pl.Expr:
    """Whether so many are true: no, where even the unknown ones could not make up for those that are not."""
    return pl.when(true >= count).then(True).when(true + unknown < count).then(False)


# -------------------------------------------------------------------- tests


def _test(condition: Condition, fact: Fact, sheet: _Sheet, name: str) -> pl.Expr:
    """A condition on a declared fact, which stands in the column ``name`` of a sheet."""
    cells = sheet.column(name)
    match fact.kind:
        case Kind.FLAG:
            flags = cells.cast(pl.Boolean)
            return flags if condition.operands[0] is True else ~flags
        case Kind.MONEY | Kind.COUNT:
            return _test_number(condition, cells.cast(pl.Int64))
        case Kind.DATE:
            return _test_number(condition, cells.cast(pl.Date))
        case Kind.ENUM:
            options = sheet.keep((name, "option"), lambda: cells.cast(pl.Enum(fact.values)).to_physical())
            return _any_of(options == fact.values.index(str(wanted)) for wanted in condition.operands)
        case Kind.REGION:
            return _test_within(condition, sheet.keep((name, "place"), lambda: _place_of_region(cells)), _REGION)
        case Kind.INDUSTRY:
            return _test_within(condition, sheet.keep((name, "place"), lambda: _place_of_industry(cells)), _INDUSTRY)
        case Kind.SET:
            return _test_set(condition, fact, sheet, name)
        case Kind.RATIO:
            above = sheet.keep((name, "above"), lambda: _looked_up(sheet, name, lambda text: Fraction(text).numerator))
            below = sheet.keep(
                (name, "below"), lambda: _looked_up(sheet, name, lambda text: Fraction(text).denominator)
            )
            return _test_ratio(condition, above.cast(pl.Int128), below.cast(pl.Int128))
        case Kind.TEXT:
            raise TypeError(f"a text takes no condition: {condition}")


def _test_number(condition: Condition, values: pl.Expr) -> pl.Expr:
    """A condition on numbers or days."""
    return _compare(condition.operator, condition.operands, lambda operand: (values, pl.lit(operand)))


def _test_ratio(condition: Condition, above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """A condition on the fractions ``above`` over ``below``, which is above zero: exact, as nothing is divided."""

    def crosswise(operand: Plain) -> tuple[pl.Expr, pl.Expr]:
        wanted = Fraction(operand)
        return above * pl.lit(wanted.denominator, pl.Int128), below * pl.lit(wanted.numerator, pl.Int128)

    return _compare(condition.operator, condition.operands, crosswise)


def _compare(
    operator: Operator, operands: Sequence[Value], sides: Callable[[Value], tuple[pl.Expr, pl.Expr]]
) -> pl.Expr:
    pairs = [sides(operand) for operand in operands]
    values, wanted = pairs[0]
    match operator:
        case Operator.IS | Operator.IN:
            return _any_of(one == other for one, other in pairs)
        case Operator.AT_LEAST | Operator.SINCE:
            return values >= wanted
        case Operator.AT_MOST | Operator.UNTIL:
            return values <= wanted
        case Operator.MORE_THAN:
            return values > wanted
        case Operator.LESS_THAN | Operator.BEFORE:
            return values < wanted
        case Operator.BETWEEN:
            return (values >= wanted) & (pairs[1][0] <= pairs[1][1])
        case _:
            raise TypeError(f"{operator} compares no numbers")


def _test_possible(condition: Condition, possible: Mapping[Value, pl.Expr]) -> pl.Expr:
    """A condition on what is perhaps only known to be one of several: settled when all of them agree."""
    wanted = _any_of(one for value, one in possible.items() if value in condition.operands)
    others = _any_of(one for value, one in possible.items() if value not in condition.operands)
    return pl.when(wanted != others).then(wanted)


def _test_set(condition: Condition, fact: Fact, sheet: _Sheet, name: str) -> pl.Expr:
    """Whether a set has one of some options; its bits may need several words."""
    found = []
    for start in range(0, len(fact.values), _WORD):
        word = fact.values[start : start + _WORD]
        if wanted := _mask(word, condition.operands):
            bits = sheet.keep((name, start), partial(_looked_up, sheet, name, partial(_mask_of_text, word)))
            found.append((bits & wanted) != 0)
    return _any_of(found)


_WORD = 62


def _mask(options: Sequence[str], chosen: Iterable[Value]) -> int:
    some = set(chosen)
    return sum(1 << bit for bit, option in enumerate(options) if option in some)


def _mask_of_text(options: Sequence[str], text: str) -> int:
    return _mask(options, text.split(SEPARATOR))


def _looked_up(sheet: _Sheet, name: str, value: Callable[[str], int]) -> pl.Expr:
    """For each text of a column a value."""
    if not (texts := sheet.texts(name)):
        return pl.lit(None, pl.Int64)
    numbers = sheet.column(name).cast(pl.Enum(texts)).to_physical()
    return numbers.replace_strict(range(len(texts)), [value(text) for text in texts], return_dtype=pl.Int64)


# -------------------------------------------------------------------- codes


@dataclass(frozen=True)
class _Tree:
    """Codes as numbers: ``inside`` is the interval of a code and all that it contains, ``above`` what contains it."""

    inside: Callable[[str], tuple[int, int]]
    above: Callable[[str], list[int]]


def _test_within(condition: Condition, places: pl.Expr, tree: _Tree) -> pl.Expr:
    inside, above = _places(tree, (str(code) for code in condition.operands))
    found = _among(places, inside)
    return found | (_among(places, above) & pl.lit(None, pl.Boolean)) if above else found


def _places(tree: _Tree, codes: Iterable[str]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """What lies in one of ``codes``, and what contains one of them, as intervals."""
    some = list(codes)
    return _merged(tree.inside(code) for code in some), _merged((one, one) for code in some for one in tree.above(code))


def _merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _among(places: pl.Expr, intervals: Iterable[tuple[int, int]]) -> pl.Expr:
    return _any_of(places == low if low == high else places.is_between(low, high) for low, high in intervals)


def _place_of_region(codes: pl.Expr) -> pl.Expr:
    return codes.cast(pl.String).cast(pl.Int32)


def _inside_region(code: str) -> tuple[int, int]:
    return int(code), int(code) + (9999 if code.endswith("0000") else 99 if code.endswith("00") else 0)


def _above_region(code: str) -> list[int]:
    return [int(one) for one in {code[:2] + "0000", code[:4] + "00"} - {code}]


def _place_of_industry(codes: pl.Expr) -> pl.Expr:
    return codes.cast(pl.Enum(list(_industry_tree()))).to_physical()


def _inside_industry(code: str) -> tuple[int, int]:
    return _industry_tree()[code], _last_inside()[code]


def _above_industry(code: str) -> list[int]:
    return [_industry_tree()[one] for one in _lineage(code) if one != code]


_REGION = _Tree(_inside_region, _above_region)
_INDUSTRY = _Tree(_inside_industry, _above_industry)


@cache
def _industry_tree() -> dict[str, int]:
    """Every code there can be with its place, what a code contains following it. A group has up to ten classes."""
    listed = [row["code"] for row in rows("industries")]
    classes = [f"{code}{digit}" for code in listed if len(code) == 3 for digit in range(10)]
    return {code: place for place, code in enumerate(sorted([*listed, *classes], key=_lineage))}


@cache
def _last_inside() -> dict[str, int]:
    """The last place of what lies in each code."""
    return {code: place for other, place in _industry_tree().items() for code in _lineage(other)}


@cache
def _lineage(code: str) -> tuple[str, ...]:
    """The codes that contain a code, from the section down to itself."""
    if code.isalpha():
        return (code,)
    return (_sections()[code[:2]], *(code[:length] for length in range(2, len(code) + 1)))


@cache
def _sections() -> dict[str, str]:
    return {row["code"]: row["section"] for row in rows("industries")}


@cache
def _groups_by_floor() -> dict[int | str, list[str]]:
    """The groups of industries by what puts an enterprise above scale: a revenue in 分, or something else."""
    found: dict[int | str, list[str]] = {}
    for group in (row["code"] for row in rows("industries") if len(row["code"]) == 3):
        lineage = set(_lineage(group))
        floors: list[int | str] = [floor for floor, codes in FLOORS if lineage & set(codes)]
        floor = "by qualification" if lineage & set(BY_QUALIFICATION) else (*floors, "never")[0]
        found.setdefault(floor, []).append(group)
    return found
