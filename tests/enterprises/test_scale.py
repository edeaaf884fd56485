import pytest

from enterprises.industries import industries
from enterprises.scale import BY_QUALIFICATION, FLOORS, possible_floors, possibly_above_scale


@pytest.mark.parametrize(("floor", "industry"), [(floor, code) for floor, codes in FLOORS for code in codes])
def test_the_floor_itself_is_above_scale(floor: int, industry: str) -> None:
    if len(possible_floors(industry)) == 1:
        found = [possibly_above_scale(industry, revenue) for revenue in (floor - 1, floor, floor + 1)]
        assert found == [{False}, {True}, {True}]
    assert possibly_above_scale(industry, None) == {True, False}


@pytest.mark.parametrize("industry", BY_QUALIFICATION)
def test_by_qualification_it_stays_open(industry: str) -> None:
    for revenue in (None, 0, 10**15):
        assert possibly_above_scale(industry, revenue) == {True, False}


def test_what_is_never_counted() -> None:
    assert possibly_above_scale("A", 10**15) == {False}
    assert possibly_above_scale("J", None) == {False}


def test_a_coarse_industry_leaves_open_what_its_groups_leave_open() -> None:
    """Wholesale needs 2000万元, retail 500万元; trade, the section of both, is open in between."""
    wan = 10**6
    answers = [possibly_above_scale("F", revenue * wan) for revenue in (499, 500, 1999, 2000)]
    assert answers == [{False}, {True, False}, {True, False}, {True}]


def test_every_industry_has_an_answer() -> None:
    for industry in industries():
        assert possible_floors(industry.code)
        assert possibly_above_scale(industry.code, 0)
