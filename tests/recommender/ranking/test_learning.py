"""Learning from made-up enterprises whose true weights are known."""

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from recommender.ranking.features import Feature
from recommender.ranking.held_out import by_weights, can_tell, is_held_out, mean_at_random, mean_ndcg
from recommender.ranking.learning import (
    LEAST_ENTERPRISES,
    LEAST_JUDGED,
    LEAST_SPREAD,
    MOST_TIMES,
    CannotLearn,
    check_enough,
    learn,
)
from recommender.ranking.lists import Judged, JudgedList, Lists
from recommender.ranking.training import learn_and_check, remarks
from recommender.ranking.weights import Weights, stated
from tests.recommender.ranking.made_up import made_up_lists, with_values, without

# What enterprises want here is far from what was stated: what is relevant and what others took up, not the kind.
TRUE = with_values(kind=0.2, amount=1.0, certainty=0.6, ease=2.0, deadline=0.3, relevance=3.0, take_up=2.0)
FEEDBACK = made_up_lists(TRUE, 150)
OTHERS = made_up_lists(TRUE, 150, seed=1)
START = stated().weights


def ndcg(weights: Weights, lists: tuple[JudgedList, ...] = OTHERS) -> float:
    return mean_ndcg([one for one in lists if can_tell(one)], by_weights(weights))


def test_learning_recovers_the_order_that_enterprises_want() -> None:
    learned = learn(FEEDBACK, START, "learned-1").weights
    assert ndcg(START) < ndcg(learned) - 0.1
    assert ndcg(learned) > ndcg(TRUE) - 0.02
    assert mean_at_random([one for one in OTHERS if can_tell(one)]) < ndcg(START)
    assert max(Feature, key=lambda one: learned.values[one]) is Feature.RELEVANCE


def test_weights_add_up_to_what_they_did_and_none_is_negative() -> None:
    learned = learn(FEEDBACK, START, "learned-1").weights
    assert sum(learned.values.values()) == pytest.approx(sum(START.values.values()), abs=0.001)
    assert min(learned.values.values()) >= 0


def test_the_same_feedback_gives_the_same_weights() -> None:
    assert learn(FEEDBACK, START, "learned-1") == learn(FEEDBACK, START, "learned-1")


def test_looked_at_less_is_not_wanted_less() -> None:
    """What the true weights want stood low in the lists: without the correction it is underrated."""
    blind = tuple(replace(one, judged=tuple(replace(each, position=None) for each in one.judged)) for one in FEEDBACK)
    fair, biased = (learn(some, START, "learned-1").weights for some in (FEEDBACK, blind))
    assert fair.values[Feature.KIND] < biased.values[Feature.KIND]
    assert ndcg(fair) >= ndcg(biased) - 0.002


def test_what_never_differed_keeps_its_share() -> None:
    alike = {Feature.RELEVANCE: 0.0, Feature.TAKE_UP: 0.1}
    learned = learn(tuple(without(FEEDBACK, alike)), START, "learned-1")
    assert set(learned.kept) == set(alike)
    assert all(learned.weights.values[one] == START.values[one] for one in alike)


def changed(lists: tuple[JudgedList, ...], change: Callable[[Judged], Judged]) -> tuple[JudgedList, ...]:
    return tuple(replace(one, judged=tuple(map(change, one.judged))) for one in lists)


def telling(feature: Feature, size: float) -> tuple[JudgedList, ...]:
    """The feedback, everything wanted alike, where a feature tells without fail what was wanted, but by ``size``."""

    def change(each: Judged) -> Judged:
        wanted = each.grade > 0
        return replace(each, grade=2 * wanted, features={**each.features, feature: size * wanted})

    return changed(FEEDBACK, change)


@pytest.mark.parametrize("size", [1e-6, LEAST_SPREAD * 0.99, LEAST_SPREAD * 1.01, 0.1])
def test_what_hardly_differs_destroys_nothing(size: float) -> None:
    learned = learn(telling(Feature.DEADLINE, size), START, "learned-1")
    assert learned.kept == ((Feature.DEADLINE,) if size < LEAST_SPREAD else ())
    assert min(learned.weights.values.values()) > 0.1
    if learned.kept:
        assert learned.weights.values[Feature.DEADLINE] == START.values[Feature.DEADLINE]
        assert ndcg(learned.weights) > ndcg(START)


@pytest.mark.parametrize("feature", [Feature.EASE, Feature.DEADLINE, Feature.TAKE_UP])
def test_no_weight_is_learnt_far_from_the_stated_one(feature: Feature) -> None:
    learned = learn(telling(feature, LEAST_SPREAD * 1.01), START, "learned-1").weights
    assert learned.values[feature] == pytest.approx(MOST_TIMES * START.values[feature])
    assert all(learned.values[one] <= MOST_TIMES * START.values[one] + 1e-4 for one in Feature)
    assert sum(learned.values.values()) == pytest.approx(sum(START.values.values()), abs=0.001)


def test_a_version_that_knows_but_one_feature_is_refused() -> None:
    def change(each: Judged) -> Judged:
        wanted = float(each.grade > 0)
        others = {one: (1 - wanted) * value for one, value in each.features.items()}
        return replace(each, features={**others, Feature.AMOUNT: wanted})

    with pytest.raises(CannotLearn, match="几乎只看“金额”"):
        learn(changed(FEEDBACK, change), START, "learned-1")


def turned(lists: tuple[JudgedList, ...], feature: Feature) -> tuple[JudgedList, ...]:
    """The same feedback with a feature turned round: the more of it, the less it was wanted."""
    return tuple(
        replace(
            one,
            judged=tuple(
                replace(each, features={**each.features, feature: 1 - each.features[feature]}) for each in one.judged
            ),
        )
        for one in lists
    )


@pytest.mark.parametrize("feature", [Feature.AMOUNT, Feature.CERTAINTY])
def test_where_more_money_comes_out_as_worse_it_keeps_its_stated_weight(feature: Feature) -> None:
    learned = learn(turned(FEEDBACK, feature), START, "learned-1")
    assert (learned.doubted, learned.dropped, learned.kept) == ((feature,), (), ())
    assert learned.weights.values[feature] == START.values[feature]
    assert sum(learned.weights.values.values()) == pytest.approx(sum(START.values.values()), abs=0.001)


def test_money_that_is_mostly_uncertain_does_not_make_certainty_a_reason_against() -> None:
    """Whoever wants money, and of that what is certain, mostly takes what is uncertain (Simpson's paradox)."""
    chance = random.Random(0)

    def one_list(number: int) -> JudgedList:
        judged = []
        for item in range(12):
            money = chance.random() < 0.5
            certainty = 1.0 if chance.random() < (0.2 if money else 0.95) else 0.3
            features = {**dict.fromkeys(Feature, 0.0), Feature.KIND: float(money), Feature.CERTAINTY: certainty}
            wanted = chance.random() < (0.3 + 0.5 * (certainty == 1) if money else 0.05)
            judged.append(Judged(f"d.{item:02}", features, 3 if wanted else 0))
        return JudgedList(f"e{number}", tuple(judged))

    lists = tuple(map(one_list, range(100)))
    graded = {
        grade: [each.features[Feature.CERTAINTY] for one in lists for each in one.judged if each.grade == grade]
        for grade in (0, 3)
    }
    assert sum(graded[3]) / len(graded[3]) < sum(graded[0]) / len(graded[0])
    learned = learn(lists, START, "learned-1")
    assert not learned.doubted
    assert learned.weights.values[Feature.CERTAINTY] > 0


def test_another_feature_that_comes_out_negative_counts_for_nothing() -> None:
    learned = learn(turned(FEEDBACK, Feature.EASE), START, "learned-1")
    assert learned.dropped == (Feature.EASE,)
    assert learned.weights.values[Feature.EASE] == 0


def test_nothing_is_compared_between_enterprises() -> None:
    single = tuple(replace(one, judged=one.judged[:1]) for one in FEEDBACK)
    with pytest.raises(CannotLearn, match="比不出来"):
        learn(single, START, "learned-1")


# ------------------------------------------------------------------ enough


def listed(enterprises: int, judged: int, grades: tuple[int, ...] = (0, 2)) -> tuple[JudgedList, ...]:
    """So many lists, with so many judged items in all."""
    some = made_up_lists(TRUE, enterprises)
    each, more = divmod(judged, enterprises)
    return tuple(
        replace(
            one,
            judged=tuple(
                replace(item, grade=grades[place % len(grades)])
                for place, item in enumerate(one.judged[: each + (number < more)])
            ),
        )
        for number, one in enumerate(some)
    )


def test_enough_is_enough() -> None:
    check_enough(listed(LEAST_ENTERPRISES, LEAST_JUDGED))
    check_enough(listed(LEAST_ENTERPRISES + 1, LEAST_JUDGED + 1))


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ((), ["现有 0 对", "现有 0 家", "没有一条点开", "没有一条只看到"]),
        (listed(LEAST_ENTERPRISES, LEAST_JUDGED - 1), [f"现有 {LEAST_JUDGED - 1} 对"]),
        (listed(LEAST_ENTERPRISES - 1, LEAST_JUDGED), [f"现有 {LEAST_ENTERPRISES - 1} 家"]),
        (listed(LEAST_ENTERPRISES, LEAST_JUDGED, (0, -1)), ["没有一条点开"]),
        (listed(LEAST_ENTERPRISES, LEAST_JUDGED, (2, 3)), ["没有一条只看到"]),
    ],
    ids=["nothing", "one pair short", "one enterprise short", "nothing wanted", "everything wanted"],
)
def test_what_is_lacking_is_named(lists: tuple[JudgedList, ...], words: list[str]) -> None:
    with pytest.raises(CannotLearn) as raised:
        check_enough(lists)
    assert str(raised.value).count("；") == len(words) - 1
    assert all(word in str(raised.value) for word in words)


def test_a_version_is_checked_on_enterprises_that_it_never_saw() -> None:
    weights, figures = learn_and_check(Lists(FEEDBACK, {}, 9), START, "learned-1")
    known = [one for one in FEEDBACK if not is_held_out(one.enterprise)]
    assert weights == learn(known, START, "learned-1").weights
    assert 0 < figures["held_out"] <= len(FEEDBACK) - len(known)
    found = figures["ndcg"]
    assert found["random"] < found["stated"] == found["current"] < found["new"]
    assert figures["against"] == "stated-1"


def test_what_could_not_be_learnt_is_said() -> None:
    _, figures = learn_and_check(Lists(turned(FEEDBACK, Feature.AMOUNT), {}, 9), START, "learned-1")
    (said,) = remarks(figures)
    assert said.startswith("“金额”：按这些反馈越高反而越不受欢迎")
    assert "仍用初始权重" in said
    assert len(remarks({"kept": ["ease"], "doubted": [], "dropped": ["kind", "take_up"]})) == 2
    assert remarks({}) == ()


def test_too_few_are_held_out_to_check_with() -> None:
    few = [one for one in FEEDBACK if not is_held_out(one.enterprise)]
    with pytest.raises(CannotLearn, match="不能检验"):
        learn_and_check(Lists(tuple(few), {}, 9), START, "learned-1")


def test_ranking_does_without_the_library_that_learns() -> None:
    program = (
        "import sys\n"
        "from enterprises.samples import SAMPLE_DAY, samples\n"
        "from policies.library import bundled_library\n"
        "from recommender.explanation import explain\n"
        "from recommender.ranking import learning\n"
        "from recommender.ranking.order import Ranker\n"
        "Ranker().order(explain(bundled_library(), samples()[0], SAMPLE_DAY))\n"
        "print([name for name in ('sklearn', 'numpy', 'torch', 'scipy', 'sqlmodel') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
