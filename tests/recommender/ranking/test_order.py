"""The order of an enterprise's matches: repeatable, explained, and never a reason to hide or to grant."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from enterprises.amounts import FEN_PER_WAN
from enterprises.profiles import Profile
from enterprises.samples import SAMPLE_DAY, samples
from policies.items import Category, Delivery, WindowState
from policies.library import bundled_library
from recommender.explanation import Explanation, explain
from recommender.explanation_json import to_text
from recommender.match import Match, Verdict
from recommender.ranking.features import Feature
from recommender.ranking.order import Ranked, Ranker
from recommender.ranking.take_up import Cell, Count, TakeUp
from recommender.ranking.wording import explain_position
from tests.recommender.ranking.made_up import ON, made_up_match, with_values

EVERYONE = pytest.mark.parametrize("profile", samples(), ids=lambda profile: profile.name)
RANKER = Ranker()


def explained(profile: Profile, on: date = SAMPLE_DAY) -> Explanation:
    return explain(bundled_library(), profile, on)


def ranked(*matches: Match, dismissed: tuple[str, ...] = ()) -> tuple[Ranked, ...]:
    return RANKER.offers(replace(explained(samples()[0], ON), matches=matches), dismissed)


def ids(some: tuple[Ranked, ...]) -> list[str]:
    return [one.item.id for one in some]


@EVERYONE
def test_ranking_moves_nothing_from_one_group_to_another(profile: Profile) -> None:
    explanation = explained(profile)
    order = RANKER.order(explanation)
    for name in ("eligible", "undetermined", "close"):
        group: tuple[Ranked, ...] = getattr(order, name)
        assert set(ids(group)) == {match.item.id for match in getattr(explanation, name)}
        assert [one.position for one in group] == list(range(1, len(group) + 1))
        assert [one.score for one in group] == sorted((one.score for one in group), reverse=True)


@EVERYONE
def test_offers_are_all_that_may_be_had_and_nothing_else(profile: Profile) -> None:
    explanation = explained(profile)
    offers = (*explanation.eligible, *explanation.undetermined)
    assert {one.item.id for one in RANKER.offers(explanation)} == {match.item.id for match in offers}


@EVERYONE
def test_the_order_does_not_depend_on_how_the_matches_come(profile: Profile) -> None:
    explanation = explained(profile)
    shuffled = list(explanation.matches)
    random.Random(7).shuffle(shuffled)
    again = replace(explanation, matches=tuple(shuffled))
    assert ids(RANKER.offers(explanation)) == ids(RANKER.offers(again))


def test_the_stored_explanation_knows_nothing_of_the_ranking() -> None:
    explanation = explained(samples()[0])
    before = to_text(explanation)
    Ranker(with_values(amount=0.0, ease=9.0)).order(explanation)
    assert to_text(explanation) == before


def test_equals_stand_by_the_id_of_their_items() -> None:
    assert ids(ranked(*(made_up_match(id=name) for name in ("d.3", "d.1", "d.2")))) == ["d.1", "d.2", "d.3"]


def test_what_is_not_offered_is_never_among_offers() -> None:
    ineligible = made_up_match(id="d.1", verdict=Verdict.INELIGIBLE)
    over = replace(made_up_match(id="d.2", low=10**12, high=None), window=WindowState.EXPIRED)
    gone = replace(made_up_match(id="d.3", low=10**12, high=None), barred=True)
    assert ids(ranked(ineligible, over, gone, made_up_match(id="d.4"))) == ["d.4"]


def test_what_is_not_for_me_comes_last_and_is_still_there() -> None:
    rich, poor = made_up_match(id="d.1", low=10**9, high=10**9), made_up_match(id="d.2")
    assert ids(ranked(rich, poor)) == ["d.1", "d.2"]
    last = ranked(rich, poor, dismissed=("d.1",))
    assert ids(last) == ["d.2", "d.1"]
    assert "不适合我" in explain_position(last[1])


def test_an_order_says_all_that_it_rests_on() -> None:
    assert RANKER.basis.code == "stated-1"
    assert RANKER.basis.text == "初始权重第 1 版，未用语义模型"
    cell = Cell("35", "610600", "中型")
    counted = Ranker(take_up=TakeUp({("d.1", cell): Count(9, 3)}, until=120))
    assert counted.basis.code == "stated-1 feedback:120"
    assert "反馈截至第 120 条" in counted.basis.text


def test_what_like_enterprises_took_up_moves_an_item_up() -> None:
    profile = samples()[0]
    order = RANKER.offers(explained(profile))
    last = order[-1].item.id
    cell = Cell("35", "610600", "小型")
    taken = Ranker(with_values(take_up=100.0), take_up=TakeUp({(last, cell): Count(500, 499)}, 1))
    assert taken.offers(explained(profile))[0].item.id == last


# ------------------------------------------------------------------ wording


@EVERYONE
def test_every_place_can_be_explained(profile: Profile) -> None:
    order = RANKER.order(explained(profile))
    for group in (order.eligible, order.undetermined, order.close):
        for one in group:
            said = explain_position(one)
            assert said == "只有这一项" if len(group) == 1 else said.startswith(f"排在第 {one.position}：")
            assert not said.endswith("：")
            assert "None" not in said


def test_the_reasons_are_those_that_set_it_apart_the_strongest_first() -> None:
    wan = FEN_PER_WAN
    soon = made_up_match(
        id="d.1",
        low=100 * wan,
        high=100 * wan,
        delivery=Delivery.NO_APPLICATION,
        closes=ON + timedelta(days=12),
    )
    service = made_up_match(id="d.2", priced=False, category=Category.SERVICE, delivery=Delivery.SERVICE)
    first, second = ranked(service, soon)
    assert explain_position(first) == "排在第 1：金额较大（100万元）、属于奖补资金、还有 12 天截止"
    assert explain_position(second) == "排在第 2：没有写明金额、属于服务，不是资金、没有载明截止日"
    assert first.lifts[Feature.AMOUNT] > first.lifts[Feature.KIND] > first.lifts[Feature.DEADLINE] > 0


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "今天是最后一天"), (1, "还有 1 天截止"), (90, "还有 90 天截止"), (91, "“截止临近”比平均高 0.06 分")],
)
def test_a_deadline_is_told_in_days_while_it_is_near(days: int, words: str) -> None:
    near = made_up_match(id="d.1", closes=ON + timedelta(days))
    far = made_up_match(id="d.2")
    assert words in explain_position(ranked(near, far)[0])


@pytest.mark.parametrize(("days", "words"), [(0, "政策有效期的最后一天"), (30, "政策还有 30 天到期")])
def test_the_end_of_a_policy_is_no_date_to_apply_by(days: int, words: str) -> None:
    near = made_up_match(id="d.1", closes=ON + timedelta(days))
    document = replace(near.item.document, validity=near.item.window)
    near = replace(near, item=replace(near.item, document=document))
    assert words in explain_position(ranked(near, made_up_match(id="d.2"))[0])


def test_how_certain_it_is_is_told_as_it_is() -> None:
    sure, typed = made_up_match(id="d.1"), made_up_match(id="d.2", unconfirmed=True)
    one, two = (made_up_match(id=f"d.{3 + number}", verdict=Verdict.UNDETERMINED, missing=number) for number in (1, 3))
    said = [explain_position(each) for each in ranked(sure, typed, one, two)]
    assert said[0] == "排在第 1：符合条件且依据已核实"
    assert said[1] == "排在第 2：依据企业填报，还没有核实"
    assert said[2] == "排在第 3：只差 1 项信息"
    assert said[3] == "排在第 4：还差 3 项信息"


def test_small_differences_are_told_as_they_are() -> None:
    """Lifts too small to be a reason still decide the order: by id stand only equals."""
    wan = FEN_PER_WAN
    first, second = ranked(*(made_up_match(id=f"d.{low}", low=low * wan, high=low * wan) for low in (100, 108)))
    assert (first.item.id, first.score > second.score) == ("d.108", True)
    assert explain_position(first) == "排在第 1：“金额”比平均高 0.01 分"
    assert explain_position(second) == "排在第 2：“金额”比平均低 0.01 分"
    equals = ranked(made_up_match(id="d.1"), made_up_match(id="d.2"))
    assert explain_position(equals[0]) == "排在第 1：各项都与平均相当，同分的按编号排列"


def test_who_is_alone_is_not_compared() -> None:
    (alone,) = ranked(made_up_match())
    assert explain_position(alone) == "只有这一项"
