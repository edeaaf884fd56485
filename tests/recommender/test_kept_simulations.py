"""Kept simulations and who looked at them, on both databases; and which missing facts settle most."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY
from enterprises.sealing import Seal, new_key
from policies.library import bundled_library
from policies.rules import All, Any, Condition, Not, Operator, Rule
from recommender.evaluation import decide
from recommender.match import GONE, bars_the_gone
from recommender.simulation.kept import Wanted, ask, result_of, simulation, simulations, store_result
from recommender.simulation.looks import LONGEST, Refused, judgements, look, looked_at
from recommender.simulation.settling import missing_facts
from tests.made_up_item import made_up_item

DICTIONARY = bundled()
LIBRARY = bundled_library()
ITEM = next(iter(LIBRARY.items.values()))
WANTED = Wanted(ITEM, None, LIBRARY, SAMPLE_DAY, 7, "d" * 64, 3, made_up=True)
NOW = datetime(2024, 6, 30, 4, tzinfo=UTC)
SEAL = Seal([new_key()])


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = connect(database_url)
    migrate(made)
    yield made
    made.dispose()


def test_asking_again_finds_the_same_and_anything_else_another(engine: Engine) -> None:
    others = [
        replace(WANTED, on=SAMPLE_DAY - timedelta(days=1)),
        replace(WANTED, population_digest="e" * 64),
        replace(WANTED, before=list(LIBRARY.items.values())[1]),
        replace(WANTED, item=list(LIBRARY.items.values())[1]),
    ]
    with writing(engine) as session:
        first = ask(session, WANTED, "one", NOW)
        assert ask(session, WANTED, "two", NOW + timedelta(hours=1)) == first
        assert len({first, *(ask(session, other, "one", NOW) for other in others)}) == 5
        kept = simulation(session, first)
        assert kept is not None
        assert (kept.asked_by, kept.revision, kept.departments) == ("one", 7, ITEM.departments)
        assert len(simulations(session, 10)) == 5


def test_a_result_is_written_once(engine: Engine) -> None:
    with writing(engine) as session:
        name = ask(session, WANTED, "one", NOW)
        with pytest.raises(LookupError):
            result_of(session, name)
        store_result(session, name, '{"a": 1}', b"page", NOW)
        store_result(session, name, '{"a": 2}', b"other", NOW)
        assert result_of(session, name) == {"a": 1}


def test_looks_are_only_of_results_and_the_newest_counts(engine: Engine) -> None:
    with writing(engine) as session:
        name = ask(session, WANTED, "one", NOW)
        with pytest.raises(Refused, match="还没有结果"):
            look(session, name, "one", "好", SEAL, NOW)
        with pytest.raises(LookupError):
            look(session, "0" * 32, "one", "好", SEAL, NOW)
        store_result(session, name, "{}", b"", NOW)
        assert looked_at(session, ITEM.digest) is None
        for number, who in enumerate(("one", "two", "one")):
            look(session, name, who, f"意见{number}", SEAL, NOW + timedelta(minutes=number))
    with reading(engine) as session:
        newest = looked_at(session, ITEM.digest)
        assert newest is not None
        assert (newest.by, newest.moment, newest.revision) == ("one", NOW + timedelta(minutes=2), 7)
        two = looked_at(session, ITEM.digest, by="two")
        assert two is not None
        assert two.moment == NOW + timedelta(minutes=1)
        assert [each.text for each in judgements(session, name, SEAL)] == ["意见0", "意见1", "意见2"]
        assert [each.text for each in judgements(session, name, Seal([new_key()]))] == [None] * 3


@pytest.mark.parametrize("text", ["", "  \n", "好" * (LONGEST + 1)], ids=["empty", "blank", "too long"])
def test_a_judgement_says_something_within_bounds(engine: Engine, text: str) -> None:
    with writing(engine) as session:
        name = ask(session, WANTED, "one", NOW)
        store_result(session, name, "{}", b"", NOW)
        with pytest.raises(Refused):
            look(session, name, "one", text, SEAL, NOW)
        look(session, name, "one", "好" * LONGEST, SEAL, NOW)


# ------------------------------------------------------------------ what is missing

_LEAVES = (
    Condition("ownership", Operator.IS, ("民营",)),
    Condition("employees", Operator.AT_LEAST, (10,)),
    Condition("registered_on", Operator.SINCE, (SAMPLE_DAY - timedelta(days=365),)),
)


def _rules() -> st.SearchStrategy[Rule]:
    leaves: st.SearchStrategy[Rule] = st.sampled_from(_LEAVES)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts)))
            | st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts)))
            | inner.map(Not)
        ),
        max_leaves=5,
    )


@st.composite
def _profiles(draw: st.DrawFn) -> Profile:
    known = {
        "ownership": draw(st.sampled_from([None, "民营", "国有"])),
        "employees": draw(st.sampled_from([None, 9, 10])),
        "registered_on": draw(st.sampled_from([None, SAMPLE_DAY, SAMPLE_DAY - timedelta(days=1000)])),
        "operating_status": draw(st.sampled_from([None, None, "注销"])),
    }
    return Profile(facts={name: Observation(value) for name, value in known.items() if value is not None}, name="示例")


@given(_rules(), st.lists(_profiles(), min_size=1, max_size=12))
def test_what_is_missing_is_counted_as_one_by_one(rule: Rule, profiles: Sequence[Profile]) -> None:
    item = replace(made_up_item(rule, "{fixed: 1万元}", DICTIONARY))
    with tempfile.TemporaryDirectory() as folder:
        with PopulationWriter(Path(folder), made_up=True, part_rows=5) as writer:
            writer.write(table_of(list(profiles), DICTIONARY))
        found = missing_facts(Population.open(Path(folder), DICTIONARY), item, SAMPLE_DAY, DICTIONARY, workers=1)
    wanted: dict[str, list[int]] = {}
    for profile in profiles:
        subject = EnterpriseOn(profile, SAMPLE_DAY, DICTIONARY)
        if decide(rule, subject) is not None or (bars_the_gone(rule) and decide(GONE, subject) is True):
            continue
        asked = [leaf for leaf in _LEAVES if _within(leaf, rule)]
        unknown = [leaf.fact for leaf in asked if decide(leaf, subject) is None]
        for fact in unknown:
            counts = wanted.setdefault(fact, [0, 0])
            counts[0] += 1
            counts[1] += unknown == [fact]
    assert {each.name: [each.enterprises, each.alone] for each in found} == wanted
    assert [each.alone for each in found] == sorted((each.alone for each in found), reverse=True)


def _within(leaf: Condition, rule: Rule) -> bool:
    match rule:
        case All(parts) | Any(parts):
            return any(_within(leaf, part) for part in parts)
        case Not(part):
            return _within(leaf, part)
        case _:
            return rule == leaf
