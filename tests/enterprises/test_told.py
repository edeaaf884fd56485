"""What an enterprise tells besides what is stored: what a better source says stands, the rest counts as told."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import Source, bundled
from enterprises.profiles import EMPTY, Observation, Profile, Record, Series
from enterprises.statements import RANKS, Statement, merge
from enterprises.told import declared, together

ON, BEFORE = date(2024, 6, 30), date(2024, 1, 1)
sources = st.sampled_from(list(Source))


def employees(number: int, source: Source = Source.DECLARED, day: date | None = BEFORE) -> Profile:
    return replace(EMPTY, facts={"employees": Observation(number, source, day)})


@pytest.mark.parametrize("source", list(Source))
def test_only_a_better_source_stands_against_what_is_told(source: Source) -> None:
    found = together(employees(40, source), employees(50), ON)
    better = RANKS[source] > RANKS[Source.DECLARED]
    assert found.profile.facts["employees"].value == (40 if better else 50)
    assert bool(found.refused) is better
    if better:
        assert found.refused[0].told.value == 50
        assert found.refused[0].stands == Observation(40, source, BEFORE)
    else:
        assert found.profile.facts["employees"] == Observation(50, Source.DECLARED, ON)


@given(st.sampled_from([source for source in Source if source is not Source.INFERRED]), st.integers(0, 3))
def test_saying_what_is_known_changes_nothing(source: Source, number: int) -> None:
    stored = employees(number, source)
    assert together(stored, employees(number), ON) == together(stored, EMPTY, ON)
    assert together(stored, EMPTY, ON).profile == stored


def test_who_says_what_was_only_inferred_has_said_it() -> None:
    found = together(employees(40, Source.INFERRED), employees(40), ON)
    assert found.profile.facts["employees"] == Observation(40, Source.DECLARED, ON)
    assert not found.refused


def test_a_record_that_is_told_keeps_no_guess() -> None:
    title, level = Observation("绿色工厂", Source.REGISTER, BEFORE), Observation("省级", Source.INFERRED, BEFORE)
    stored = replace(EMPTY, records={"recognition": (Record("recognition", {"title": title, "level": level}),)})
    typed = {"title": Observation("绿色工厂"), "level": Observation("省级")}
    told = replace(EMPTY, records={"recognition": (Record("recognition", typed),)})
    ((said,),) = declared(told, stored, ON).records.values()
    assert said.fields == {"title": title, "level": Observation("省级", Source.DECLARED, ON)}


values = st.builds(Observation, st.integers(0, 3), sources, st.sampled_from([None, BEFORE]))
profiles = st.builds(
    lambda facts, years: replace(
        EMPTY, credit_code="91610602766305271X", facts=facts, series={"revenue": Series(years)} if years else {}
    ),
    st.dictionaries(st.sampled_from(["employees", "total_assets"]), values),
    st.dictionaries(st.sampled_from([2021, 2022, 2023]), values),
)


@given(profiles, profiles)
def test_facts_and_years_come_out_as_if_they_had_been_saved(stored: Profile, told: Profile) -> None:
    said = declared(told, stored, ON)
    before = Statement(stored, Source.REGISTER, BEFORE, "before", 1)
    saved = merge([before, Statement(said, Source.DECLARED, ON, "told", 2)], bundled()).profile
    shown = together(stored, told, ON).profile
    assert values_of(shown) == values_of(saved)


def values_of(profile: Profile) -> dict[str, object]:
    years = {f"{name}.{year}": seen.value for name, one in profile.series.items() for year, seen in one.years.items()}
    return {**{name: seen.value for name, seen in profile.facts.items()}, **years}


def project(investment: int | None, source: Source = Source.REGISTER, kind: str = "技术改造") -> Record:
    fields = {"kind": Observation(kind, source, BEFORE)}
    if investment is not None:
        fields["fixed_asset_investment"] = Observation(investment, source, BEFORE)
    return Record("project", fields)


def with_projects(*records: Record) -> Profile:
    return replace(EMPTY, records={"project": records})


def test_a_figure_is_added_to_a_registered_project() -> None:
    found = together(with_projects(project(None)), with_projects(project(100, Source.DECLARED)), ON)
    (one,) = found.profile.records["project"]
    assert one.fields["kind"].source is Source.REGISTER
    assert one.fields["fixed_asset_investment"] == Observation(100, Source.DECLARED, ON)
    assert not found.refused


def test_a_registered_project_stays_and_another_is_added() -> None:
    stored = with_projects(project(100))
    assert together(stored, with_projects(), ON).profile == stored
    both = together(stored, with_projects(project(100), project(200, Source.DECLARED)), ON).profile.records["project"]
    assert both[0] == stored.records["project"][0]
    assert both[1].fields["fixed_asset_investment"].value == 200
    changed = together(stored, with_projects(project(300, Source.DECLARED)), ON)
    assert changed.profile == stored
    assert [(one.record, one.number, one.name) for one in changed.refused] == [("project", 0, "fixed_asset_investment")]


def test_a_declared_project_can_be_taken_back() -> None:
    stored = with_projects(project(100, Source.DECLARED))
    assert together(stored, with_projects(), ON).profile.records["project"] == ()


def test_a_record_that_was_changed_is_declared_as_a_whole() -> None:
    """Else a figure that a register knows of one project would stand for another."""
    stored = with_projects(project(100))
    more = Record("project", {**project(100).fields, "name": Observation("一号线")})
    (kept,) = declared(with_projects(more), stored, ON).records["project"]
    assert kept.fields["fixed_asset_investment"].source is Source.REGISTER
    assert kept.fields["name"] == Observation("一号线", Source.DECLARED, ON)
    (other,) = declared(with_projects(project(100, kind="新建")), stored, ON).records["project"]
    assert {seen.source for seen in other.fields.values()} == {Source.DECLARED}


def test_the_highest_of_earlier_years_is_told_or_stands() -> None:
    told = replace(EMPTY, series={"revenue": Series({}, Observation(5), 2021)})
    assert together(EMPTY, told, ON).profile.series["revenue"].before == Observation(5, Source.DECLARED, ON)
    stored = replace(EMPTY, series={"revenue": Series({}, Observation(9, Source.TAX, BEFORE), 2020)})
    found = together(stored, told, ON)
    assert found.profile == stored
    assert found.refused[0].year == "before_2021"
