"""Cards: what a visitor is shown of a match."""

from datetime import date

import pytest

from enterprises.dictionary import bundled
from enterprises.profiles import read_profile
from enterprises.source_text import from_plain
from policies.library import bundled_library
from recommender.explanation import explain
from web.checkup.cards import Card, cards

RENOVATION = "yanan-2023-private-economy.15"


def card(item: str, **facts: object) -> Card:
    plain = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34", **facts}
    profile = read_profile(from_plain({"facts": plain}, "test"), bundled())
    explanation = explain(bundled_library(), profile, date(2024, 6, 30))
    (found,) = (each for each in cards(explanation.eligible, explanation) if each.item.id == item)
    return found


@pytest.mark.parametrize(
    ("received", "words"),
    [([], None), ([{"item": RENOVATION, "object": "一号线", "amount": "80万元"}], "已领取")],
    ids=["nothing received", "this project was paid"],
)
def test_a_card_says_why_its_money_is_not_counted(received: list[dict[str, str]], words: str | None) -> None:
    project = {"name": "一号线", "kind": "技术改造", "fixed_asset_investment": "800万元"}
    not_counted = card(RENOVATION, project=[project], received=received).not_counted
    assert bool(not_counted) is (words is not None)
    assert words is None or words in not_counted[0]


def test_an_amount_that_is_no_public_money_says_so() -> None:
    site = {"location": "610113", "role": "施工", "quality_award": "省级", "quality_premium_agreed": "是"}
    paid_by_the_client = card(
        "xian-2023-construction-market.4a",
        region="610113",
        industry="47",
        construction_project=[site | {"settlement_price": "8600万元"}],
    )
    assert paid_by_the_client.gives == "86万元以上"
    assert paid_by_the_client.not_counted == ("合计只算奖补资金和税费减免，这一项不是",)
