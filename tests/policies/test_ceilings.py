"""What a benefit can pay at most for one claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import parse_money
from enterprises.dictionary import bundled
from enterprises.source_text import read_yaml
from policies.benefit_text import read_benefit
from policies.benefits import Fixed, ForEach, HighestOf, SetElsewhere, Sum, Support, Unpriced
from policies.ceilings import Ceiling, ceiling_of
from policies.library import bundled_library
from policies.rules import Condition, Operator

ANYBODY = Condition("entity_kind", Operator.IS, ("企业",))


@pytest.mark.parametrize(
    ("written", "most"),
    [
        ("fixed: 20万元", "20万元"),
        ("{rate: 10%, of: revenue, year: last, cap: 100万元}", "100万元"),
        ("{rate: 10%, of: revenue, year: last}", None),
        ("years: [10万元, 5万元]", "15万元"),
        ("range: [1万元, 3万元]", "3万元"),
    ],
)
def test_the_paper_s_own_limit(written: str, most: str | None) -> None:
    benefit = read_benefit(read_yaml(written, "test"), bundled(), ANYBODY)
    assert ceiling_of(benefit) == Ceiling(None if most is None else parse_money(most), each=False)


def test_what_has_no_price_has_no_ceiling() -> None:
    assert ceiling_of(SetElsewhere("奖励金额")) is None
    assert ceiling_of(Support(Unpriced.SERVICE, "帮办")) is None


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=5))
def test_parts_add_up_or_compete(amounts: list[int]) -> None:
    parts = tuple(Fixed(amount) for amount in amounts)
    assert ceiling_of(Sum(parts)) == Ceiling(sum(amounts), each=False)
    assert ceiling_of(HighestOf(parts)) == Ceiling(max(amounts), each=False)
    assert ceiling_of(ForEach("project", Sum(parts))) == Ceiling(sum(amounts), each=True)


def test_the_library_s_best_known_limits() -> None:
    items = bundled_library().items
    assert ceiling_of(items["yanan-2023-private-economy.15"].benefit) == Ceiling(parse_money("100万元"), each=True)
    assert ceiling_of(items["yanan-2023-private-economy.33"].benefit) == Ceiling(parse_money("100万元"), each=False)
    assert ceiling_of(items["yanan-2023-private-economy.31"].benefit) is None
