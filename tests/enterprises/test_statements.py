"""Several sources, one profile: who wins, what contradicts, and that nothing depends on the order of telling."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import complete
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Record, Series, exceeding_years, read_facts
from enterprises.source_text import from_plain
from enterprises.statements import NAME, RANKS, Claim, Merged, Statement, as_of, claims, merge

DICTIONARY = bundled()
CODE = complete("91610602MAHQ90000")
JANUARY, MARCH, MAY, JUNE = date(2024, 1, 15), date(2024, 3, 20), date(2024, 5, 31), date(2024, 6, 30)


def said(source: Source, received_on: date = JUNE, seen: date | None = None, **plain: Any) -> Statement:
    """What a source said, with all values seen on the same day."""
    known = read_facts(from_plain(plain, "x"), DICTIONARY)

    def by(one: Observation) -> Observation:
        return Observation(one.value, source, seen)

    whole = Profile(
        CODE,
        None,
        {name: by(one) for name, one in known.facts.items()},
        {
            name: Series(
                {year: by(one) for year, one in series.years.items()},
                by(series.before) if series.before else None,
                series.before_year,
            )
            for name, series in known.series.items()
        },
        {
            kind: tuple(Record(kind, {name: by(one) for name, one in record.fields.items()}) for record in listed)
            for kind, listed in known.records.items()
        },
    )
    return Statement(whole, source, received_on, "测试")


def merged(*statements: Statement) -> Merged:
    return merge(statements, DICTIONARY)


def profile(*statements: Statement) -> Profile:
    return merged(*statements).profile


def beside(result: Merged) -> list[Claim]:
    """What does not stand, with what stands in its place."""
    lost = [claim for choice in result.choices for claim in choice.others]
    return lost + [claim for conflict in result.conflicts for claim in conflict.others]


# ---------------------------------------------------------------- any statements

DAYS = st.sampled_from([JANUARY, MARCH, MAY])


@st.composite
def told(draw: st.DrawFn) -> Statement:
    """A statement on a few facts with few values, so that several of them meet."""
    facts = {
        name: draw(observations(st.sampled_from(values))) for name, values in _VALUES.items() if draw(st.booleans())
    }
    series = {name: draw(series_of()) for name in ("revenue", "rd_expense") if draw(st.booleans())}
    records = {
        kind: tuple(draw(st.lists(records_of(kind), max_size=2)))
        for kind in ("project", "violation")
        if draw(st.integers(0, 2)) == 0
    }
    name = draw(st.none() | st.sampled_from(["甲公司", "乙公司"]))
    whole = Profile(
        CODE, name, facts, {one: some for one, some in series.items() if some.years or some.before}, records
    )
    return Statement(whole, draw(st.sampled_from(Source)), draw(DAYS), draw(st.sampled_from(["甲", "乙"])))


_VALUES: dict[str, list[Any]] = {
    "region": ["610000", "610600", "610602", "610100"],
    "industry": ["C", "13", "131", "51"],
    "employees": [0, 10, 11],
    "zones": [frozenset(), frozenset(["秦创原"]), frozenset(["秦创原", "县域园区"])],
    "five_above": [False, True],
}


def observations(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Observation]:
    return st.builds(Observation, values, st.sampled_from(Source), st.none() | DAYS)


@st.composite
def series_of(draw: st.DrawFn) -> Series:
    figures = observations(st.integers(0, 3))
    years = draw(st.dictionaries(st.integers(2019, 2023), figures, max_size=3))
    earlier = draw(st.none() | figures)
    series = Series(years) if earlier is None else Series(years, earlier, draw(st.integers(2019, 2024)))
    above = exceeding_years(series)
    return replace(series, years={year: seen for year, seen in years.items() if year not in above})


@st.composite
def records_of(draw: st.DrawFn, kind: str) -> Record:
    if kind == "violation":
        return Record(kind, {"minor": draw(observations(st.booleans()))})
    return Record(kind, {"kind": draw(observations(st.sampled_from(["新建", "扩建"])))})


several = st.lists(told(), min_size=1, max_size=6)


def numbered(statements: Sequence[Statement]) -> list[Statement]:
    return [replace(each, number=number) for number, each in enumerate(statements, start=1)]


@given(told())
def test_one_statement_is_its_profile(statement: Statement) -> None:
    alone = merged(statement)
    assert alone.profile == statement.profile
    assert alone.speaking == ((statement,) if [*claims(statement)] else ())
    assert alone.conflicts == ()


@given(several, st.booleans(), st.randoms())
def test_the_order_in_which_statements_are_given_is_nothing(
    statements: list[Statement], with_numbers: bool, chance: Any
) -> None:
    statements = numbered(statements) if with_numbers else statements
    shuffled = chance.sample(statements, len(statements))
    one, other = merge(statements, DICTIONARY), merge(shuffled, DICTIONARY)
    assert (one.profile, one.choices, one.conflicts) == (other.profile, other.choices, other.conflicts)


@given(several)
def test_saying_it_again_and_merging_what_was_merged_change_nothing(statements: list[Statement]) -> None:
    once = merge(statements, DICTIONARY)
    assert merge([*statements, *statements], DICTIONARY).profile == once.profile
    # The lists and the name of a merged profile may be of several sources; they are all in one statement's word.
    again = Statement(once.profile, statements[0].source, JUNE, "合并")
    assert merge([again], DICTIONARY).profile == once.profile


@given(several, several)
def test_those_that_no_longer_speak_are_not_needed_whatever_is_said_later(
    statements: list[Statement], later: list[Statement]
) -> None:
    everything = numbered([*statements, *later])
    first, rest = everything[: len(statements)], everything[len(statements) :]
    speaking = merge(first, DICTIONARY).speaking
    one, other = merge(everything, DICTIONARY), merge([*speaking, *rest], DICTIONARY)
    assert (one.profile, one.choices, one.conflicts) == (other.profile, other.choices, other.conflicts)
    assert one.speaking == other.speaking


@given(several)
def test_what_stands_was_said_and_outranks_what_does_not(statements: list[Statement]) -> None:
    result = merge(statements, DICTIONARY)
    everything = [claim for each in statements for claim in claims(each)]
    for choice in result.choices:
        assert choice.winner in everything
        assert all(other in everything for other in choice.others)
        assert all(RANKS[choice.winner.source] >= RANKS[other.source] for other in choice.others)
        assert choice.reason
    for conflict in result.conflicts:
        assert conflict.winner in [each for choice in result.choices for each in (choice.winner, *choice.others)]
        assert all(RANKS[conflict.winner.source] >= RANKS[other.source] for other in conflict.others)
        assert Source.INFERRED not in {conflict.winner.source, *(other.source for other in conflict.others)}
    # All that is known is what the winners say, and nothing else.
    stated = Statement(result.profile, Source.DECLARED, JUNE, "合并")
    known = {(claim.fact, claim.period): claim.value for claim in claims(stated)}
    assert known == {(choice.fact, choice.period): choice.winner.value for choice in result.choices}


@given(several)
def test_every_fact_that_anybody_spoke_of_is_known_or_in_conflict(statements: list[Statement]) -> None:
    result = merge(statements, DICTIONARY)
    spoken = {(claim.fact, claim.period) for each in statements for claim in claims(each)}
    known = {(choice.fact, choice.period) for choice in result.choices}
    explained = {(other.fact, other.period) for other in beside(result)}
    for fact, period in spoken - known - explained:
        sources = [claim.source for each in statements for claim in claims(each) if claim.period == period]
        assert "_" in period or Source.INFERRED in sources, (fact, period)


@given(several)
def test_no_year_is_above_the_highest_of_the_time_it_is_part_of(statements: list[Statement]) -> None:
    for series in merge(statements, DICTIONARY).profile.series.values():
        assert exceeding_years(series) == ()
        assert series.years or series.before


@given(several, DAYS)
def test_what_came_later_is_not_known_on_a_day(statements: list[Statement], day: date) -> None:
    known = as_of(statements, day)
    assert all(each.received_on <= day for each in known)
    assert set(map(id, known)) == {id(each) for each in statements if each.received_on <= day}
    later = [replace(each, received_on=JUNE) for each in statements]
    assert as_of([*known, *later], day) == known


@given(several)
def test_a_conflict_is_listed_exactly_where_others_do_not_agree(statements: list[Statement]) -> None:
    """Written again in the plainest way, for facts without years."""
    result = merge(statements, DICTIONARY)
    found = {(each.fact, each.period) for each in result.conflicts}
    for choice in result.choices:
        if choice.fact in ("employees", "zones", "five_above"):
            spoken = [one.value for one in (choice.winner, *choice.others) if one.source is not Source.INFERRED]
            assert ((choice.fact, "") in found) == any(value != choice.winner.value for value in spoken)


# ------------------------------------------------------------------- the rules


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Source.REGISTER, Source.TAX),
        (Source.REGISTER, Source.STATISTICS),
        (Source.TAX, Source.DECLARED),
        (Source.STATISTICS, Source.DECLARED),
        (Source.DECLARED, Source.INFERRED),
    ],
)
def test_the_rank_decides_before_the_day(better: Source, worse: Source) -> None:
    result = merged(said(better, JANUARY, None, employees="10"), said(worse, JUNE, JUNE, employees="11"))
    assert result.profile.facts["employees"].value == 10
    assert result.choices[0].reason == f"“{better.label}”比“{worse.label}”可靠"


@pytest.mark.parametrize("later", [Source.TAX, Source.STATISTICS])
def test_tax_and_statistics_have_one_rank_and_the_later_day_decides(later: Source) -> None:
    earlier = Source.STATISTICS if later is Source.TAX else Source.TAX
    result = merged(said(earlier, JUNE, MARCH, employees="10"), said(later, JANUARY, MAY, employees="11"))
    assert result.profile.facts["employees"] == Observation(11, later, MAY)
    assert result.choices[0].reason == "观察于 2024年5月31日，晚于 2024年3月20日"


def test_a_value_without_a_day_is_older_than_any_with_one() -> None:
    result = merged(said(Source.TAX, JUNE, None, employees="10"), said(Source.STATISTICS, MARCH, MARCH, employees="11"))
    assert result.profile.facts["employees"].value == 11
    assert result.choices[0].reason == "观察于 2024年3月20日，另一个没有写观察日期"


def test_on_the_same_day_what_was_received_later_stands() -> None:
    first, second = said(Source.TAX, MARCH, None, employees="10"), said(Source.STATISTICS, MAY, None, employees="11")
    result = merged(second, first)
    assert result.profile.facts["employees"].value == 11
    assert result.choices[0].reason == "2024年5月31日收到，晚于 2024年3月20日"
    corrected = [replace(first, number=1), replace(second, number=2, received_on=MARCH)]
    assert merged(*corrected).choices[0].reason == "同一天里收到得更晚"


def test_what_one_source_corrects_is_no_conflict_and_the_correction_stands() -> None:
    wrong, right = said(Source.DECLARED, MARCH, MARCH, employees="100"), said(Source.DECLARED, MAY, MAY, employees="10")
    result = merged(wrong, right)
    assert (result.profile.facts["employees"].value, result.conflicts) == (10, ())
    assert result.choices[0].reason == "只有这一个来源"
    assert result.speaking == (right,)


def test_a_correction_on_the_same_day_stands_by_its_number_also_back_to_the_first_word() -> None:
    words = numbered([said(Source.DECLARED, MAY, MAY, employees=count) for count in ("10", "11", "10")])
    assert profile(*words).facts["employees"].value == 10
    assert profile(*words[:2]).facts["employees"].value == 11


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ({"region": "610600"}, {"region": "610602"}, True),
        ({"region": "610602"}, {"region": "610600"}, True),
        ({"region": "610602"}, {"region": "610603"}, False),
        ({"industry": "C"}, {"industry": "1311"}, True),
        ({"industry": "13"}, {"industry": "14"}, False),
        ({"employees": "10"}, {"employees": "10"}, True),
        ({"employees": "10"}, {"employees": "11"}, False),
        ({"zones": []}, {"zones": ["秦创原"]}, False),
        ({"violation": []}, {"violation": []}, True),
        ({"violation": []}, {"violation": [{"minor": "是"}]}, False),
        ({"violation": [{"minor": "是"}, {}]}, {"violation": [{}, {"minor": "是"}]}, True),
    ],
)
def test_a_coarser_code_is_no_conflict_and_another_value_is(
    one: dict[str, Any], other: dict[str, Any], agree: bool
) -> None:
    result = merged(said(Source.REGISTER, **one), said(Source.DECLARED, JUNE, MAY, **other))
    assert profile(said(Source.REGISTER, **one)) == result.profile
    assert (result.conflicts == ()) is agree


def test_a_conflict_holds_every_source_that_differs_and_not_those_that_agree_nor_guesses() -> None:
    result = merged(
        said(Source.REGISTER, employees="10"),
        said(Source.TAX, employees="11"),
        said(Source.STATISTICS, employees="10"),
        said(Source.DECLARED, employees="12"),
        said(Source.INFERRED, employees="13"),
    )
    (conflict,) = result.conflicts
    assert (conflict.fact, conflict.period, conflict.winner.value) == ("employees", "", 10)
    assert [other.source for other in conflict.others] == [Source.TAX, Source.DECLARED]
    assert [other.value for other in result.choices[0].others if other.source is Source.INFERRED] == [13]


def test_names_that_differ_are_a_conflict_unless_only_by_the_width_of_characters() -> None:
    def named(name: str, source: Source) -> Statement:
        return Statement(Profile(CODE, name), source, JUNE, "测试")

    wide, other = named("甲（延安）公司", Source.REGISTER), named("甲(延安)公司", Source.DECLARED)
    assert (profile(wide, other).name, merged(wide, other).conflicts) == ("甲（延安）公司", ())
    (conflict,) = merged(wide, named("乙公司", Source.DECLARED)).conflicts
    assert conflict.fact == NAME


def test_a_list_of_records_is_taken_whole_from_the_best_source() -> None:
    register = said(Source.REGISTER, JANUARY, JANUARY, project=[{"kind": "新建"}])
    declared = said(Source.DECLARED, JUNE, JUNE, project=[{"kind": "扩建"}, {"kind": "新建"}], violation=[])
    found = profile(register, declared).records
    assert found == {"project": register.profile.records["project"], "violation": ()}


def test_an_empty_list_said_later_by_the_same_source_replaces_the_one_before() -> None:
    before = said(Source.DECLARED, MARCH, MARCH, violation=[{"minor": "是"}])
    assert profile(before, said(Source.DECLARED, MAY, violation=[])).records == {"violation": ()}
    # It speaks of the day of its other values, so that a file that came late does not undo what is newer.
    late = said(Source.DECLARED, JUNE, JANUARY, violation=[], employees="1")
    assert profile(before, late).records == before.profile.records


# ---------------------------------------------------- all earlier years, of several sources


def test_years_of_one_source_fill_what_another_leaves_open() -> None:
    old = said(Source.TAX, MARCH, MARCH, revenue={"before_2021": "5元", "2021": "3元", "2022": "4元"})
    new = said(Source.TAX, MAY, MAY, revenue={"before_2022": "5元", "2022": "6元", "2023": "7元"})
    series = profile(old, new).series["revenue"]
    assert {year: seen.value for year, seen in series.years.items()} == {2021: 300, 2022: 600, 2023: 700}
    assert (series.before, series.before_year) == (Observation(500, Source.TAX, MAY), 2022)
    assert merged(old, new).conflicts == ()


@pytest.mark.parametrize(("source", "stands"), [(Source.DECLARED, "before_2022"), (Source.REGISTER, "2021")])
def test_the_weaker_of_a_year_and_a_highest_that_it_exceeds_is_dropped_and_shown(source: Source, stands: str) -> None:
    highest = said(Source.TAX, revenue={"before_2022": "5元", "2023": "9元"})
    year = said(source, revenue={"2021": "6元", "2022": "8元"})
    result = merged(highest, year)
    series = result.profile.series["revenue"]
    known = {str(each) for each in series.years} | ({f"before_{series.before_year}"} if series.before else set())
    assert known == {stands, "2022", "2023"}
    (conflict,) = result.conflicts
    assert {conflict.period, conflict.winner.period} == {"2021", "before_2022"}
    assert conflict.winner.period == stands


@pytest.mark.parametrize(("figure", "conflicts"), [("5元", 0), ("5.01元", 1)])
def test_a_year_may_reach_the_highest_and_no_more(figure: str, conflicts: int) -> None:
    result = merged(said(Source.TAX, revenue={"before_2022": "5元"}), said(Source.DECLARED, revenue={"2021": figure}))
    assert len(result.conflicts) == conflicts
    assert len(result.profile.series["revenue"].years) == 1 - conflicts


def test_a_year_that_a_dropped_highest_contradicts_stays() -> None:
    """The register's year refutes what was declared of all years, which then contradicts nothing else."""
    declared = said(Source.DECLARED, revenue={"before_2023": "5元"})
    result = merged(
        declared, said(Source.REGISTER, revenue={"2021": "9元"}), said(Source.INFERRED, revenue={"2020": "8元"})
    )
    assert sorted(result.profile.series["revenue"].years) == [2020, 2021]
    assert result.profile.series["revenue"].before is None


@pytest.mark.parametrize(("shorter", "longer", "conflicts"), [("5元", "5元", 0), ("5元", "6元", 0), ("6元", "5元", 1)])
def test_the_highest_of_a_longer_time_is_no_lower(shorter: str, longer: str, conflicts: int) -> None:
    register = said(Source.REGISTER, revenue={"before_2020": shorter})
    declared = said(Source.DECLARED, revenue={"before_2022": longer})
    result = merged(register, declared)
    assert result.profile == register.profile
    assert len(result.conflicts) == conflicts
    assert [claim.period for claim in beside(result)] == ["before_2022"]


# --------------------------------------------------------------------- refusals


def test_statements_on_nobody_or_on_several_are_not_merged() -> None:
    other = replace(said(Source.TAX), profile=Profile(complete("91610602MAHQ90001")))
    for some in ((), (said(Source.TAX), other)):
        with pytest.raises(ValueError, match="one enterprise"):
            merge(some, DICTIONARY)


def test_an_empty_statement_says_nothing_and_is_no_longer_needed() -> None:
    nothing = said(Source.REGISTER)
    assert merged(nothing) == Merged(Profile(CODE), (), (), ())
    something = said(Source.DECLARED, employees="1")
    assert merged(nothing, something).speaking == (something,)
