"""What like enterprises took up: smoothed, and never of so few that it would tell on them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import read_profile
from enterprises.readings import EnterpriseOn
from enterprises.source_text import from_plain
from recommender.ranking.take_up import LEAST, NEUTRAL, NOBODY, Cell, Count, TakeUp, cell_of

FINE = Cell("34", "610600", "小型")


def subject(**facts: object) -> EnterpriseOn:
    return EnterpriseOn(read_profile(from_plain({"facts": facts}, "test"), bundled()), date(2024, 6, 30), bundled())


SIZE = {"employees": 50, "revenue": {2023: "800万元"}}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"industry": "3411", "region": "610602", **SIZE}, FINE),
        ({"industry": "34", "region": "610600", **SIZE}, FINE),
        ({"industry": "34", "region": "610000", **SIZE}, FINE.coarse),
        ({"industry": "34", **SIZE}, FINE.coarse),
        ({"industry": "34", "region": "610602"}, FINE.coarse),
        ({"industry": "C", "region": "610602", **SIZE}, None),
        ({"region": "610602", **SIZE}, None),
    ],
    ids=["class and county", "division and city", "province only", "no region", "no size", "section only", "nothing"],
)
def test_enterprises_are_alike_in_division_city_and_size(facts: dict[str, object], expected: Cell | None) -> None:
    assert cell_of(subject(**facts)) == expected


@pytest.mark.parametrize("shown", [LEAST - 1, LEAST, LEAST + 1])
def test_a_group_of_fewer_than_five_is_not_used(shown: int) -> None:
    take_up = TakeUp({("d.1", FINE): Count(shown, shown)}, 9)
    assert (take_up.rate("d.1", FINE) == NEUTRAL) is (shown < LEAST)


@pytest.mark.parametrize("shown", [LEAST, LEAST + 1, LEAST + 2])
def test_the_enterprise_itself_is_not_one_of_the_five(shown: int) -> None:
    take_up = TakeUp({("d.1", FINE): Count(shown, 1)}, 9)
    rate = take_up.rate("d.1", FINE, own=Count(1, 1))
    assert rate == (NEUTRAL if shown - 1 < LEAST else 1 / (shown - 1 + 10))  # nobody else took it up


def test_a_small_group_is_read_in_its_whole_division() -> None:
    counts = {("d.1", FINE): Count(LEAST - 1, 4), ("d.1", FINE.coarse): Count(90, 39)}
    assert TakeUp(counts, 9).rate("d.1", FINE) == 40 / 100
    assert TakeUp(counts, 9).rate("d.2", FINE) == NEUTRAL
    assert TakeUp(counts, 9).rate("d.1", None) == NEUTRAL
    assert NOBODY.rate("d.1", FINE) == NEUTRAL


@given(st.integers(0, 1000), st.data())
def test_more_takers_never_count_less_and_few_count_little(shown: int, data: st.DataObject) -> None:
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, shown), st.integers(0, shown))))
    low, high = (TakeUp({("d.1", FINE): Count(shown, takers)}).rate("d.1", FINE) for takers in (fewer, more))
    assert 0 < low <= high < 1
    if shown <= LEAST:
        assert high < 0.5
