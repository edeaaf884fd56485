"""The rules once more, as Polars expressions, written apart from the evaluators: all of them give the same answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import polars_rules
from bench.rules import ON, make_profiles, make_rules
from enterprises import industries, regions
from enterprises.amounts import FEN_PER_WAN
from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind, Value, bundled
from enterprises.population import PopulationWriter, table_of
from enterprises.profiles import EMPTY, Observation, Profile, Record, Series
from enterprises.readings import EnterpriseOn
from enterprises.size import Size
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, RelativeYear, Rule, Some
from recommender.columnar.decision import decide as decide_frame
from recommender.columnar.frame import Frame
from recommender.columnar.program import Program
from recommender.evaluation import decide
from recommender.logic import Truth
from tests import strategies

DICTIONARY = bundled()
DAY = date(2024, 6, 30)

Answers = list[dict[str, Truth]]
"""For each profile the answer to each rule."""

Evaluator = Callable[[Mapping[str, Rule], Sequence[Profile], date, Dictionary], Answers]


def one_by_one(rules: Mapping[str, Rule], profiles: Sequence[Profile], on: date, dictionary: Dictionary) -> Answers:
    subjects = [EnterpriseOn(profile, on, dictionary) for profile in profiles]
    return [{name: decide(rule, subject) for name, rule in rules.items()} for subject in subjects]


def by_polars(rules: Mapping[str, Rule], profiles: Sequence[Profile], on: date, dictionary: Dictionary) -> Answers:
    return polars_rules.answers(rules, table_of(profiles, dictionary), on, dictionary).to_dicts()


def by_columns(rules: Mapping[str, Rule], profiles: Sequence[Profile], on: date, dictionary: Dictionary) -> Answers:
    """The columnar evaluator's answers."""
    frame = Frame.of(table_of(profiles, dictionary))
    decision = decide_frame(Program(list(rules.values()), on, dictionary), frame, keep=True)
    answers: Answers = [dict.fromkeys(rules, False) for _ in profiles]
    for number, name in enumerate(rules):
        for row, eligible in zip(*decision.rows_of(number), strict=True):
            answers[row][name] = True if eligible else None
    return answers


EVALUATORS: list[Evaluator] = [by_polars, by_columns]
"""What has to answer as ``one_by_one`` does."""


def check(
    rules: Mapping[str, Rule], profiles: Sequence[Profile], on: date = DAY, dictionary: Dictionary = DICTIONARY
) -> Answers:
    """What the rules' answers are, by all evaluators."""
    expected = one_by_one(rules, profiles, on, dictionary)
    for evaluator in EVALUATORS:
        assert evaluator(rules, profiles, on, dictionary) == expected
    return expected


def firm(**facts: Value) -> Profile:
    return Profile(facts={name: Observation(value) for name, value in facts.items()})


def with_revenue(profile: Profile, years: Mapping[int, int], before: tuple[int, int] | None = None) -> Profile:
    """``before``: the highest figure of all years before a year, and that year."""
    figures = {year: Observation(figure) for year, figure in years.items()}
    series = Series(figures, Observation(before[0]), before[1]) if before else Series(figures)
    return replace(profile, series={**profile.series, "revenue": series})


# ------------------------------------------------------------------------------------------------------ any rule at all


@st.composite
def questions(draw: st.DrawFn, dictionary: Dictionary) -> tuple[dict[str, Rule], list[Profile]]:
    """A few rules, and a few profiles that know all, part or nothing of what the rules ask."""
    rules = draw(st.lists(strategies.rules(dictionary), min_size=1, max_size=6))
    named = [strategies.names_of(rule, dictionary) for rule in rules]
    facts = {name for names, _ in named for name in names}
    kinds = {name for _, names in named for name in names}
    complete = draw(st.lists(strategies.complete_profiles(dictionary, facts, kinds), min_size=1, max_size=3))
    partial = [draw(strategies.partial(profile, dictionary)) for profile in complete for _ in range(2)]
    return {str(number): rule for number, rule in enumerate(rules)}, [*complete, *partial, EMPTY]


@settings(max_examples=60)
@given(questions(DICTIONARY), strategies.days)
def test_every_evaluator_gives_the_same_answers(question: tuple[dict[str, Rule], list[Profile]], on: date) -> None:
    check(*question, on)


_INPUTS = ("industry", "employees", "revenue", "total_assets")

ODD = Dictionary(
    {
        **{
            name: DICTIONARY.facts[name]
            for name in ("registered_on", "industry", "employees", "revenue", "total_assets")
        },
        "size": DICTIONARY.facts["size"],
        "above_scale": DICTIONARY.facts["above_scale"],
        "recovered": Fact("recovered", "回收率", Kind.RATIO, question="回收率是多少？"),
        "staff": Fact("staff", "各年人数", Kind.COUNT, yearly=True, unit="人", question="各年有多少人？"),
    },
    {
        "plant": RecordKind(
            "plant",
            "厂房",
            "project",
            "有哪些厂房？",
            {
                "industry": Fact("industry", "行业", Kind.INDUSTRY, question="做什么？"),
                "yield": Fact("yield", "成品率", Kind.RATIO, question="成品率是多少？"),
                "tags": Fact("tags", "标签", Kind.SET, values=("甲", "乙", "甲乙"), question="有哪些标签？"),
                "opened_on": Fact("opened_on", "投产日期", Kind.DATE, question="哪天投产？"),
            },
        )
    },
)
"""Kinds of facts that the bundled dictionary has no facts of."""


@settings(max_examples=30)
@given(questions(ODD), strategies.days)
def test_they_agree_on_kinds_of_facts_that_nobody_has_yet(
    question: tuple[dict[str, Rule], list[Profile]], on: date
) -> None:
    check(*question, on, ODD)


def test_they_agree_on_the_rules_and_enterprises_that_are_measured() -> None:
    check(make_rules(DICTIONARY, 400), make_profiles(DICTIONARY, 40), ON)


# ---------------------------------------------------------------------------------------------------- the odd cases


@pytest.mark.parametrize("fact", ["region", "industry"])
def test_they_agree_on_every_code_within_every_other(fact: str) -> None:
    codes = {
        "region": [region.code for region in regions.regions()] + ["440305", "440300"],
        "industry": [each.code for each in industries.industries() if each.level != "group" or each.code[0] == "7"]
        + ["7010", "7019", "1311"],
    }[fact]
    rules: dict[str, Rule] = {code: Condition(fact, Operator.WITHIN, (code,)) for code in codes}
    pairs = zip(codes, codes[7:], strict=False)
    rules |= {f"{one} or {other}": Condition(fact, Operator.WITHIN, (one, other)) for one, other in pairs}
    check(rules, [*(firm(**{fact: code}) for code in codes), EMPTY])


def test_they_agree_on_the_size_and_scale_of_every_industry() -> None:
    by_group = ("59", "70")
    listed = [each.code for each in industries.industries() if each.level != "group" or each.code[:2] in by_group]
    codes: list[str | None] = [*listed, "5910", "7040", "1311", None]
    rules: dict[str, Rule] = {size: Condition("size", Operator.IS, (size.value,)) for size in Size}
    rules |= {"several": Condition("size", Operator.IN, ("小型", "微型"))}
    rules |= {f"above {flag}": Condition("above_scale", Operator.IS, (flag,)) for flag in (True, False)}
    limit = 2000 * FEN_PER_WAN
    figures = [(None, None), (300, None), (299, limit - 1), (9, limit), (None, limit + 1), (1000, 40000 * FEN_PER_WAN)]
    profiles = [
        with_revenue(
            firm(**{"industry": code} if code else {}, **{"employees": people} if people else {}),
            {2023: revenue} if revenue else {},
        )
        for code in codes
        for people, revenue in figures
    ]
    check(rules, profiles)


def test_a_history_is_complete_or_it_says_nothing() -> None:
    last, million = RelativeYear.LAST, 10**8
    rules: dict[str, Rule] = {
        "one": Condition("revenue", Operator.FIRST_REACHES, (million,), last),
        "two": Condition("revenue", Operator.FIRST_REACHES, (million, 3 * million), last),
        "older": Condition("revenue", Operator.FIRST_REACHES, (million,), 2021),
    }
    since = firm(registered_on=date(2021, 3, 1))
    reached = {2021: 0, 2022: million - 1, 2023: million}
    profiles = {
        "from the start": with_revenue(since, reached),
        "a gap": with_revenue(since, {2021: 0, 2023: million}),
        "registered, nobody knows when": with_revenue(EMPTY, reached),
        "registered before the first year": with_revenue(firm(registered_on=date(2020, 12, 31)), reached),
        "a predecessor": with_revenue(firm(registered_on=date(2023, 1, 1)), reached),
        "before was below": with_revenue(EMPTY, reached, (million - 1, 2021)),
        "before was not": with_revenue(EMPTY, reached, (million, 2021)),
        "before, and a gap": with_revenue(EMPTY, {2022: 1, 2023: million}, (5, 2021)),
        "the year itself is before": with_revenue(EMPTY, {}, (million - 1, 2024)),
        "the year itself is, and may have reached": with_revenue(EMPTY, {}, (million, 2024)),
        "a listed year is before too": with_revenue(EMPTY, {2019: 7, 2023: million}, (9, 2023)),
    }
    found = check(rules, list(profiles.values()))
    ones = dict(zip(profiles, (answer["one"] for answer in found), strict=True))
    assert [name for name, answer in ones.items() if answer is True] == [
        "from the start",
        "before was below",
        "a listed year is before too",
    ]
    assert [name for name, answer in ones.items() if answer is False] == ["before was not", "the year itself is before"]


def test_figures_are_compared_exactly_however_large_they_are() -> None:
    large = 2**63 - 1
    third = Fraction(1, 3)
    rules: dict[str, Rule] = {
        "grew": Condition("revenue", Operator.GREW_BY, (third,), RelativeYear.LAST),
        "growth": Condition("revenue_growth", Operator.IS, (third,), RelativeYear.LAST),
        "share": Condition("rd_intensity", Operator.BETWEEN, (third, Fraction(large, large - 1)), RelativeYear.LAST),
    }
    base = (large // 4) * 3
    profiles = [
        replace(
            with_revenue(EMPTY, {2022: base, 2023: base + base // 3 + more}),
            series={
                "revenue": Series({2022: Observation(base), 2023: Observation(base + base // 3 + more)}),
                "rd_expense": Series({2023: Observation((base + base // 3) // 3 + more)}),
            },
        )
        for more in (-1, 0, 1)
    ]
    found = check(rules, profiles)
    assert [answer["grew"] for answer in found] == [False, True, True]
    assert [answer["growth"] for answer in found] == [False, True, False]


@pytest.mark.parametrize(
    "on", [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2023, 2, 28), date(2023, 3, 1)]
)
def test_a_year_is_full_on_its_anniversary(on: date) -> None:
    rules: dict[str, Rule] = {
        str(years): Condition("years_registered", Operator.AT_LEAST, (years,)) for years in (0, 1, 3, 4)
    }
    began = [date(2020, 2, day) for day in (28, 29)] + [date(2020, 3, 1), date(2023, 2, 28), date(2025, 1, 1)]
    check(rules, [*(firm(registered_on=day) for day in began), EMPTY], on)


@pytest.mark.parametrize("base", [0, -1, None])
def test_over_nothing_there_is_no_growth(base: int | None) -> None:
    rule = Condition("revenue", Operator.GREW_BY, (Fraction(-5),), RelativeYear.LAST)
    years = {2023: 5} if base is None else {2022: base, 2023: 5}
    assert check({"grew": rule}, [with_revenue(EMPTY, years)]) == [{"grew": None}]


def test_a_set_may_have_more_options_than_a_word_has_bits() -> None:
    options = tuple(f"选项{number}" for number in range(200))
    dictionary = Dictionary({"many": Fact("many", "很多", Kind.SET, values=options, question="有哪些？")}, {})
    rules: dict[str, Rule] = {option: Condition("many", Operator.HAS, (option,)) for option in options}
    rules["ends"] = Condition("many", Operator.HAS_ANY, (options[0], options[-1]))
    sets = [frozenset(options[start::step]) for start, step in ((0, 3), (61, 1), (62, 62), (199, 1))]
    check(rules, [*(firm(many=chosen) for chosen in sets), firm(many=frozenset()), EMPTY], dictionary=dictionary)


def test_yearly_facts_need_not_be_figures() -> None:
    facts = {
        "listed": Fact("listed", "上市", Kind.FLAG, yearly=True, question="那年上市吗？"),
        "seat": Fact("seat", "住所", Kind.REGION, yearly=True, question="那年在哪里？"),
        "held": Fact("held", "持有", Kind.SET, yearly=True, values=("甲", "乙"), question="那年有什么？"),
        "quota": Fact("quota", "配额", Kind.RATIO, yearly=True, question="那年的配额？"),
    }
    values: dict[str, Value] = {"listed": True, "seat": "610602", "held": frozenset({"甲"}), "quota": Fraction(-1, 3)}
    operators = {"listed": Operator.IS, "seat": Operator.WITHIN, "held": Operator.HAS, "quota": Operator.AT_MOST}
    operands: dict[str, Value] = {"listed": True, "seat": "610600", "held": "甲", "quota": Fraction(-1, 3)}
    rules: dict[str, Rule] = {
        f"{name} {year}": Condition(name, operators[name], (operands[name],), year)
        for name in facts
        for year in (RelativeYear.LAST, RelativeYear.THIS, 2020)
    }
    known = Profile(series={name: Series({2023: Observation(value)}) for name, value in values.items()})
    found = check(rules, [known, EMPTY], dictionary=Dictionary(facts, {}))
    assert {name for name, answer in found[0].items() if answer} == {f"{name} last" for name in facts}


def test_records_are_counted_by_those_who_have_them() -> None:
    new = Condition("kind", Operator.IS, ("新建",))
    rules: dict[str, Rule] = {
        f"{count}": AnyRecord("project", Any((new, Not(Condition("key_list", Operator.IS, (True,))))), count)
        for count in (1, 2, 3)
    }
    rules |= {"none": Not(rules["1"]), "two of three": Some(2, tuple(rules.values()))}
    yes, no, open_ = (
        Record("project", {"kind": Observation("新建")}),
        Record("project", {"kind": Observation("扩建"), "key_list": Observation(True)}),
        Record("project", {}),
    )
    lists = [(), (yes,), (no,), (open_,), (yes, yes, no), (yes, open_), (open_, open_, no), (no,) * 9 + (yes,) * 3]
    found = check(rules, [EMPTY, *(Profile(records={"project": records}) for records in lists)])
    assert [answer["2"] for answer in found] == [None, False, False, False, False, True, None, None, True]


def test_without_enterprises_there_are_no_answers() -> None:
    assert check(make_rules(DICTIONARY, 20), []) == []


# ------------------------------------------------------------------------------------------------- a whole population


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Profile]]:
    """A population of several parts, the first of which knows nothing of anybody."""
    some = sorted(make_profiles(DICTIONARY, 60), key=lambda profile: str(profile.facts.get("region")))
    profiles = [replace(one, credit_code=f"{number:018}") for number, one in enumerate([EMPTY] * 10 + some)]
    folder = tmp_path_factory.mktemp("population")
    with PopulationWriter(folder, made_up=True, part_rows=10) as writer:
        writer.write(table_of(profiles, DICTIONARY))
    return folder, profiles


RULES = make_rules(DICTIONARY, 150)


def test_a_population_is_counted_as_its_enterprises_are(population: tuple[Path, list[Profile]]) -> None:
    folder, profiles = population
    found = one_by_one(RULES, profiles, ON, DICTIONARY)
    expected = {
        name: (sum(answer[name] is True for answer in found), sum(answer[name] is None for answer in found))
        for name in RULES
    }
    assert polars_rules.counts(RULES, folder, ON, DICTIONARY) == expected
    assert any(true for true, _ in expected.values())


@pytest.mark.parametrize("undetermined", [True, False])
def test_its_matches_are_written_with_the_verdict(
    population: tuple[Path, list[Profile]], tmp_path: Path, undetermined: bool
) -> None:
    folder, profiles = population
    words = {True: "eligible", None: "undetermined"}
    found = one_by_one(RULES, profiles, ON, DICTIONARY)
    expected = [
        (str(profile.credit_code), name, words[answer])
        for profile, given in zip(profiles, found, strict=True)
        for name, answer in given.items()
        if answer or (answer is None and undetermined)
    ]
    number = polars_rules.matches(RULES, folder, ON, DICTIONARY, tmp_path / "matches", undetermined=undetermined)
    written = pl.read_parquet(tmp_path / "matches" / "*.parquet").cast(pl.String)
    assert written.columns == ["credit_code", "item", "verdict"]
    assert sorted(written.rows()) == sorted(expected)
    assert number == len(expected)


def test_where_no_rule_can_be_met_nothing_is_written(population: tuple[Path, list[Profile]], tmp_path: Path) -> None:
    folder, profiles = population
    elsewhere = Condition("region", Operator.WITHIN, ("440000",))
    written = polars_rules.matches({"elsewhere": elsewhere}, folder, ON, DICTIONARY, tmp_path)
    assert written == sum("region" not in profile.facts for profile in profiles)


def test_a_rule_for_another_place_is_not_asked_but_counted(population: tuple[Path, list[Profile]]) -> None:
    folder, profiles = population
    elsewhere = Condition("region", Operator.WITHIN, ("440000",))
    rules: dict[str, Rule] = {"elsewhere": All((elsewhere,)), "not there": Not(elsewhere)}
    nowhere = sum("region" not in profile.facts for profile in profiles)
    assert polars_rules.counts(rules, folder, ON, DICTIONARY) == {
        "elsewhere": (0, nowhere),
        "not there": (len(profiles) - nowhere, nowhere),
    }
