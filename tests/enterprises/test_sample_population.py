"""The sample population: plainly made up, valid throughout, the same by seed, and calibrated to the figures it says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises import credit_code, industries, regions, scale
from enterprises.dictionary import Dictionary, Kind, Source, Value, bundled
from enterprises.population import PART_ROWS, Population, profiles_of, schema
from enterprises.profiles import Observation, Profile, Series, read_profile, write_profile
from enterprises.sample_population import YEARS, TooLarge, figures, statements, tables, write
from enterprises.sample_population.figures import STRATA, apportion, quotas
from enterprises.sample_population.identity import CAPACITY, credit_codes
from enterprises.sample_population.known import load
from enterprises.sample_population.places import placed
from enterprises.samples import CODE_PREFIX, NAME_PREFIX, ORIGIN, SAMPLE_DAY, samples
from enterprises.source_text import from_plain
from web.stored import is_sample

SIZE = 53_000  # a hundredth of the province
YANAN = "6106"


@cache
def population() -> pa.Table:
    return pa.concat_tables(tables(SIZE, 1, bundled())).combine_chunks()


@cache
def some_profiles() -> tuple[Profile, ...]:
    """Every eleventh enterprise, and everyone above scale, who have the most to tell."""
    table = population()
    wanted = [row for row, above in enumerate(table["five_above"].to_pylist()) if above or row % 11 == 0]
    return tuple(profiles_of(table.take(wanted), bundled()))


def revenues(profile: Profile) -> dict[int, int]:
    series = profile.series.get("revenue", Series({}))
    return {year: int(str(seen.value)) for year, seen in series.years.items()}


def observations(profile: Profile) -> list[Observation]:
    series = [seen for one in profile.series.values() for seen in (*one.years.values(), one.before) if seen is not None]
    fields = [seen for records in profile.records.values() for record in records for seen in record.fields.values()]
    return [*profile.facts.values(), *series, *fields]


def known(profile: Profile) -> list[tuple[Value, Source]]:
    return [(seen.value, seen.source) for seen in observations(profile)]


def record_values(profile: Profile) -> list[Value]:
    return [seen.value for records in profile.records.values() for one in records for seen in one.fields.values()]


def texts(table: pa.Table, column: str) -> list[str | None]:
    found: list[str | None] = table[column].cast(pa.string()).to_pylist()
    return found


# -------------------------------------------------------------------- made up


def test_everyone_is_plainly_made_up() -> None:
    for profile in some_profiles():
        assert profile.name is not None
        assert profile.credit_code is not None
        assert profile.name.startswith(NAME_PREFIX)
        assert is_sample(profile.credit_code)


def test_the_manifest_says_that_all_are_made_up(tmp_path: Path) -> None:
    write(tmp_path, 10, 1, bundled())
    assert Population.open(tmp_path).made_up


def test_credit_codes_are_valid_and_unique() -> None:
    codes = population()["credit_code"].to_pylist()
    assert len({*codes, *(profile.credit_code for profile in samples())}) == SIZE + len(samples())
    for code in codes:
        assert credit_code.check(code)[8:].startswith(CODE_PREFIX)


def test_the_codes_of_one_place_are_used_up_before_one_comes_again() -> None:
    codes = credit_codes(np.full(CAPACITY, "92"), np.full(CAPACITY, "610113"), np.arange(CAPACITY))
    assert pc.count_distinct(codes).as_py() == CAPACITY
    assert not pc.any(pc.match_substring(codes, CODE_PREFIX + "00")).as_py()  # those are for the samples by hand


def test_more_than_there_are_codes_for_are_refused() -> None:
    with pytest.raises(TooLarge, match=r"示例企业太多：6101.. 的示例统一社会信用代码只够 922560 家，请减小数量"):
        next(placed(20_000_000, 1))
    with pytest.raises(ValueError, match="at least one"):
        next(placed(0, 1))


# ------------------------------------------------------------------ valid rows


def test_the_tables_have_all_columns_of_the_dictionary() -> None:
    years = {fact.name: YEARS for fact in bundled().facts.values() if fact.yearly and fact.formula is None}
    assert population().schema.equals(schema(bundled(), years))


def test_something_is_known_of_every_fact_and_field() -> None:
    """Else a condition on it would never be true or false of anybody; of texts there are no conditions."""
    table = population()
    texts = {fact.name for fact in bundled().facts.values() if fact.kind is Kind.TEXT}
    for name in table.column_names:
        assert name.partition(".")[0] in texts or table[name].null_count < SIZE, name


def test_every_field_of_a_record_is_known_of_some() -> None:
    drawn = {kind.name: {name for record in kind.records for name in record.fields} for kind in load(bundled()).kinds}
    assert drawn == {kind.name: set(kind.fields) for kind in bundled().records.values()}


def test_every_row_is_a_valid_profile() -> None:
    for profile in some_profiles():
        plain = write_profile(profile, bundled())
        assert read_profile(from_plain(plain, str(profile.credit_code)), bundled()) == profile


def test_a_value_has_a_source_the_dictionary_allows_and_nothing_else_has_one() -> None:
    table, dictionary = population(), bundled()
    for name in (name for name in table.column_names if name.endswith(".source")):
        value = table[name.removesuffix(".source")]
        assert value.is_null().equals(table[name].is_null()), name
        allowed = {source.value for source in dictionary.facts[name.partition(".")[0]].sources}
        assert set(texts(table, name)) - {None} <= allowed, name
    for profile in some_profiles():
        for kind, records in profile.records.items():
            sources = {seen.source for record in records for seen in record.fields.values()}
            assert sources <= set(dictionary.records[kind].sources), kind


def test_rows_are_sorted_by_region_then_industry() -> None:
    keys = list(
        zip(texts(population(), "region"), (code or "" for code in texts(population(), "industry")), strict=True)
    )
    assert all(one <= other for one, other in pairwise(keys))


# ----------------------------------------------------------------- consistency


def test_nothing_happened_before_the_registration_or_after_the_day() -> None:
    for profile in some_profiles():
        registered = profile.facts["registered_on"].value
        assert isinstance(registered, date)
        assert date(1949, 10, 1) <= registered <= SAMPLE_DAY
        for series in profile.series.values():
            assert all(registered.year <= year for year in series.years), profile
            assert series.before_year is None or registered.year < series.before_year, profile
        days = [value for value in record_values(profile) if isinstance(value, date)]
        assert all(registered <= day <= SAMPLE_DAY for day in days), profile


def test_what_is_said_of_all_earlier_years_is_said_of_those_before_the_first_that_is_known() -> None:
    said = [one for profile in some_profiles() for one in profile.series.values() if one.before is not None]
    assert said
    assert all(one.before_year == min(one.years) for one in said)


def test_those_above_scale_reach_its_floor_and_most_others_do_not() -> None:
    """``five_above`` must be as the standard says, where that goes by revenue."""
    reached: Counter[tuple[bool, ...]] = Counter()
    for profile in some_profiles():
        if "five_above" not in profile.facts or YEARS[-1] not in revenues(profile):
            continue
        industry = profile.facts.get("industry")
        answers = scale.possibly_above_scale(str(industry.value) if industry else None, revenues(profile)[YEARS[-1]])
        if len(answers) == 1:
            reached[bool(profile.facts["five_above"].value), *answers] += 1
    assert reached[True, False] == 0
    assert reached[True, True] > 100
    assert 0 < reached[False, True] < 0.05 * reached[False, False]


def test_only_those_above_scale_or_near_it_have_such_a_standing() -> None:
    standings = Counter(
        (bool(profile.facts["five_above"].value), profile.facts["five_above_status"].value)
        for profile in some_profiles()
        if "five_above_status" in profile.facts
    )
    assert {status for above, status in standings if above} == {"在库", "新入库"}
    assert {status for above, status in standings if not above} <= {"准“五上”", "退库", "未入库"}


def test_those_who_are_gone_tell_no_figures_of_late() -> None:
    gone = [profile for profile in some_profiles() if profile.facts["operating_status"].value in ("注销", "吊销未注销")]
    assert gone
    for profile in gone:
        assert not {2022, 2023} & revenues(profile).keys()
        assert not {"employees", "total_assets"} & profile.facts.keys()


def test_research_is_never_dearer_than_what_was_earned() -> None:
    both = [
        (int(str(profile.series["rd_expense"].years[year].value)), revenue)
        for profile in some_profiles()
        for year, revenue in revenues(profile).items()
        if "rd_expense" in profile.series and year in profile.series["rd_expense"].years
    ]
    assert both
    assert all(spent <= earned for spent, earned in both)
    assert any(spent == 0 < earned for spent, earned in both)
    assert any(spent > 0 for spent, _ in both)


def test_lists_are_unknown_of_some_known_to_be_empty_of_others() -> None:
    table = population()
    lengths = pc.list_value_length(table["recognition"])
    assert table["recognition"].null_count > 0
    assert {0, 1, 2} <= set(lengths.to_pylist())
    assert table["qualification"].null_count == 0  # its register is complete
    assert not [
        profile for profile in some_profiles() if profile.records.get("recognition") and not is_enterprise(profile)
    ]


def is_enterprise(profile: Profile) -> bool:
    return profile.facts["entity_kind"].value == "企业"


def test_revenue_grows_over_the_years_within_reason() -> None:
    ratios = sorted(
        series[2023] / series[2022]
        for series in map(revenues, some_profiles())
        if series.get(2022, 0) > 0 and 2023 in series and 2021 in series
    )
    assert 0.95 < ratios[len(ratios) // 2] < 1.25
    assert 0.2 < ratios[0] < 0.8
    assert 1.3 < ratios[-1] < 20


def test_larger_ones_have_more_people_and_assets() -> None:
    for column in ("employees", "total_assets"):
        table = population().filter(pc.is_valid(population()[column]))
        table = table.filter(pc.is_valid(table["revenue.2023"]))
        pairs = sorted(zip(table["revenue.2023"].to_pylist(), table[column].to_pylist(), strict=True))
        tenth = len(pairs) // 10
        assert median([value for _, value in pairs[-tenth:]]) > 5 * median([value for _, value in pairs[:tenth]])


# ----------------------------------------------------------------- calibration


def test_a_hundredth_has_a_hundredth_of_yanan() -> None:
    assert counts_of_yanan(population()) == (2320, 520, 15)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(5_300_000, (232_000, 52_000, 1525)), (530_000, (23_200, 5200, 153)), (53_000, (2320, 520, 15))],
)
def test_the_quotas_of_yanan_are_those_of_its_plan(size: int, expected: tuple[int, int, int]) -> None:
    """延安市大力服务民营经济高质量发展三年行动方案 (29 April 2023): the figures of 2022, exact at full size."""
    here = [counts for code, counts in quotas(size).items() if code.startswith(YANAN)]
    private = [number for number, one in enumerate(STRATA) if (one.kind, one.ownership) == ("企业", "民营")]
    above = [number for number in private if STRATA[number].five_above]
    assert (
        sum(map(sum, here)),
        sum(counts[number] for counts in here for number in private),
        sum(counts[number] for counts in here for number in above),
    ) == expected


@pytest.mark.soak
def test_at_full_size_everything_fits(tmp_path: Path) -> None:
    write(tmp_path, figures.PROVINCE_ENTITIES, 1, bundled())
    opened = Population.open(tmp_path)
    assert opened.rows == figures.PROVINCE_ENTITIES
    columns = ("credit_code", "region", "entity_kind", "ownership", "five_above", "zones", "recognition")
    codes: set[int] = set()
    yanan, in_gaoxin, titles = [0, 0, 0], 0, Counter[str]()
    for part in opened.parts:
        table = opened.read(part, columns)
        codes.update(map(hash, table["credit_code"].to_pylist()))
        yanan = [sum(pair) for pair in zip(yanan, counts_of_yanan(table), strict=True)]
        around = pc.is_in(table["region"].cast(pa.string()), pa.array(["610113", "610116"]))
        in_gaoxin += (
            pc.sum(pc.equal(table.filter(around)["zones"].cast(pa.string()), "高新技术产业开发区")).as_py() or 0
        )
        found = pc.struct_field(pc.list_flatten(table["recognition"]), "title").cast(pa.string())
        titles.update(found.to_pylist())
    assert len(codes) == opened.rows  # hashes of 64 bits: none of 5.3 million meets another
    assert yanan == [232_000, 52_000, 1525]
    assert in_gaoxin == pytest.approx(190_000, rel=0.01)
    assert titles["科技型中小企业"] == pytest.approx(20_000, rel=0.05)
    assert titles["高新技术企业"] == pytest.approx(16_000, rel=0.05)


def counts_of_yanan(table: pa.Table) -> tuple[int, int, int]:
    """Its entities, its private enterprises, and those of them above scale."""
    here = table.filter(pc.starts_with(table["region"].cast(pa.string()), YANAN))
    kind, owner = (here[name].cast(pa.string()) for name in ("entity_kind", "ownership"))
    private = here.filter(pc.and_(pc.equal(kind, "企业"), pc.fill_null(pc.equal(owner, "民营"), fill_value=False)))
    return here.num_rows, private.num_rows, pc.sum(private["five_above"]).as_py() or 0


def test_the_figures_of_the_cities_add_up_to_the_province() -> None:
    assert sum(city.entities for city in figures.cities()) == figures.PROVINCE_ENTITIES


def test_the_places_are_all_counties_of_shaanxi_their_cities_and_the_province() -> None:
    table = {region.code for region in regions.regions() if region.code.startswith("61")}
    assert [place.code for place in figures.places()] == sorted(table)


def test_the_trades_are_of_groups_that_there_are() -> None:
    assert {len(group.code) for group in figures.groups()} == {3}
    assert all(group.company and group.shop and all((*group.company, *group.shop)) for group in figures.groups())


def test_every_group_has_one_floor() -> None:
    for group, floor in zip(figures.groups(), figures.floors(), strict=True):
        expected = scale.possible_floors(group.code)
        assert len(expected) == 1
        assert floor in expected


def test_most_are_individual_businesses_and_codes_are_sometimes_coarse() -> None:
    kinds = Counter(texts(population(), "entity_kind"))
    assert kinds["个体工商户"] > kinds["企业"] > kinds["农民专业合作社"] > kinds["家庭农场"] > kinds["其他"] > 0
    levels = Counter(code and industries.industry(code).level for code in texts(population(), "industry"))
    assert levels["group"] > 5 * levels["division"] > 10 * levels["section"] > 0
    assert levels[None] > 0
    assert any(str(code).endswith("00") for code in texts(population(), "region"))


# ------------------------------------------------------------------ apportioning


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_shares_add_up_and_are_within_one_of_exact(total: int, weights: list[int]) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    assert all(abs(share * whole - total * weight) < whole for share, weight in zip(shares, weights, strict=True))


@settings(max_examples=30)
@given(st.integers(1, 200_000))
def test_quotas_of_any_size_add_up(size: int) -> None:
    counts = quotas(size)
    assert list(counts) == [place.code for place in figures.places()]
    assert sum(map(sum, counts.values())) == size
    assert min(map(min, counts.values())) >= 0


# -------------------------------------------------------------- files, any size


def test_the_same_size_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write(tmp_path / name, 500, seed, bundled())
    digests = {name: Population.open(tmp_path / name).digest for name in ("one", "same", "other")}
    assert digests["one"] == digests["same"] != digests["other"]


@pytest.mark.parametrize("size", [1, 2, 117, 3000])
def test_small_ones_have_the_size_that_was_asked_for(size: int, tmp_path: Path) -> None:
    seen: list[int] = []
    write(tmp_path, size, 1, bundled(), seen.append)
    opened = Population.open(tmp_path)
    assert opened.rows == sum(seen) == size == len(list(opened.profiles()))


@pytest.mark.parametrize("size", [PART_ROWS - 1, PART_ROWS, PART_ROWS + 1])
def test_parts_are_full_but_for_the_last(size: int, tmp_path: Path) -> None:
    write(tmp_path, size, 1, bundled())
    parts = Population.open(tmp_path).parts
    assert [part.rows for part in parts] == [min(size, PART_ROWS)] + [1] * (size > PART_ROWS)


def test_an_existing_population_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, 5, 1, bundled())
    before = Population.open(tmp_path).digest
    with pytest.raises(FileExistsError, match="已有企业库快照"):
        write(tmp_path, 6, 1, bundled())
    assert Population.open(tmp_path).digest == before


def test_the_dictionary_must_have_what_is_drawn() -> None:
    lacking = Dictionary({name: fact for name, fact in bundled().facts.items() if name != "matters"}, bundled().records)
    with pytest.raises(KeyError, match="matters"):
        list(tables(10, 1, lacking))


# ----------------------------------------------------------------- statements


def test_statements_are_the_population_with_the_days_of_its_sources() -> None:
    said = list(statements(300, 1, bundled()))
    rows = [profile for table in tables(300, 1, bundled()) for profile in profiles_of(table, bundled())]
    assert [(one.profile.credit_code, known(one.profile)) for one in said] == [
        (row.credit_code, known(row)) for row in rows
    ]
    for one in said:
        assert (one.source, one.origin, one.received_on) == (Source.REGISTER, ORIGIN, SAMPLE_DAY)
        for seen in observations(one.profile):
            assert seen.observed_on is not None
            assert date(2024, 1, 1) <= seen.observed_on <= SAMPLE_DAY
        plain = write_profile(one.profile, bundled())
        assert read_profile(from_plain(plain, "示例"), bundled()) == one.profile
