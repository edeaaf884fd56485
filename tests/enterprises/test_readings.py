"""Readings of derived facts: known as soon as only one answer is left, and honest of what would leave only one."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn, FactRef, Reading
from enterprises.source_text import from_plain
from tests import strategies

DICTIONARY = bundled()
ON = date(2024, 6, 30)
DERIVED = sorted(name for name, fact in DICTIONARY.facts.items() if fact.formula is not None)


def reading(name: str, on: date = ON, **facts: Any) -> Reading:
    profile = read_facts(from_plain(facts, "x"), DICTIONARY)
    year = on.year - 1 if DICTIONARY.facts[name].yearly else None
    return EnterpriseOn(profile, on, DICTIONARY).read(name, year)


@pytest.mark.parametrize(
    ("name", "facts", "value"),
    [
        ("years_registered", {"registered_on": "2020-07-01"}, 3),
        ("years_registered", {"registered_on": "2020-06-30"}, 4),
        ("revenue_growth", {"revenue": {"2022": "3元", "2023": "4元"}}, Fraction(1, 3)),
        ("revenue_growth", {"revenue": {"2022": "4元", "2023": "3元"}}, Fraction(-1, 4)),
        ("rd_intensity", {"revenue": {"2023": "30元"}, "rd_expense": {"2023": "1元"}}, Fraction(1, 30)),
        ("size", {"industry": "1311", "employees": "19"}, "微型"),
        ("above_scale", {"industry": "1311", "revenue": {"2023": "2000万元"}}, True),
        ("above_scale", {"industry": "0111"}, False),
    ],
)
def test_known(name: str, facts: dict[str, Any], value: object) -> None:
    found = reading(name, **facts)
    assert found.known
    assert found.value == value
    assert found.missing == ()


@pytest.mark.parametrize(
    ("name", "facts", "missing"),
    [
        ("years_registered", {}, (FactRef("registered_on"),)),
        ("revenue_growth", {"revenue": {"2023": "4元"}}, (FactRef("revenue", 2022),)),
        ("rd_intensity", {"rd_expense": {"2023": "4元"}}, (FactRef("revenue", 2023),)),
        ("revenue_growth", {"revenue": {"2022": "0元", "2023": "4元"}}, ()),
        ("size", {"industry": "1311", "employees": "500"}, (FactRef("revenue", 2023),)),
        ("above_scale", {"industry": "1311"}, (FactRef("revenue", 2023),)),
        ("above_scale", {"industry": "F", "revenue": {"2023": "600万元"}}, (FactRef("industry"),)),
        ("above_scale", {"industry": "4710", "revenue": {"2023": "600万元"}}, ()),
    ],
)
def test_unknown(name: str, facts: dict[str, Any], missing: tuple[FactRef, ...]) -> None:
    found = reading(name, **facts)
    assert not found.known
    assert found.missing == missing


@given(st.data(), st.sampled_from(DERIVED), strategies.days)
def test_learning_only_ever_narrows_a_reading(data: st.DataObject, name: str, on: date) -> None:
    formula = DICTIONARY.facts[name].formula
    assert formula is not None
    complete = data.draw(strategies.complete_profiles(DICTIONARY, set(formula.inputs), set()))
    partial = data.draw(strategies.partial(complete, DICTIONARY))
    year = on.year - 1 if DICTIONARY.facts[name].yearly else None
    final, known = (EnterpriseOn(profile, on, DICTIONARY).read(name, year) for profile in (complete, partial))
    assert known.options is None or (final.options is not None and final.options <= known.options)


def test_nothing_known_has_no_value() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        _ = reading("region").value
