"""What an explanation comes to, as charts."""

from __future__ import annotations

from collections import Counter

from enterprises.amounts import format_money
from policies.items import Category
from recommender.combination import Combination
from recommender.explanation import Explanation
from web.charts import Bar, Bars, bars


def amounts_by_kind(explanation: Explanation) -> Bars | None:
    """What can be had by what is known now, by kind of support: the parts of the certain total. ``None``: nothing."""
    sums = _by_category(explanation.certain)
    if not sums:
        return None
    rows = [
        Bar(category.label, sums[category], format_money(sums[category])) for category in Category if sums[category]
    ]
    return bars("按目前信息可以享受的金额，按类别", rows, heads=("类别", "金额"))


def _by_category(combination: Combination) -> Counter[Category]:
    sums: Counter[Category] = Counter()
    for kept in combination.kept:
        sums[kept.claim.item.category] += kept.amount
    return sums
