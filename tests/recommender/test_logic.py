from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.logic import Truth, at_least, either, every, negate

ALL: tuple[Truth, ...] = (True, False, None)
TRUTHS = st.lists(st.sampled_from(ALL), max_size=6)


def completions(truths: list[Truth]) -> list[list[bool]]:
    """Every way in which the unknown ones may turn out."""
    return [list(way) for way in product(*([truth] if truth is not None else [True, False] for truth in truths))]


@pytest.mark.parametrize("one", ALL)
def test_double_negation(one: Truth) -> None:
    assert negate(negate(one)) is one
    assert negate(None) is None


@given(TRUTHS)
def test_de_morgan(truths: list[Truth]) -> None:
    assert negate(every(truths)) is either(negate(truth) for truth in truths)
    assert negate(either(truths)) is every(negate(truth) for truth in truths)


@given(TRUTHS, st.integers(1, 6))
def test_de_morgan_for_so_many(truths: list[Truth], count: int) -> None:
    """Not at least ``count`` true: more than all but ``count`` are false."""
    enough_false = at_least(len(truths) - count + 1, (negate(truth) for truth in truths))
    assert negate(at_least(count, truths)) is enough_false


@pytest.mark.parametrize("three", list(product(ALL, repeat=3)))
def test_order_and_grouping_do_not_matter(three: tuple[Truth, Truth, Truth]) -> None:
    for combine in (every, either):
        assert len({combine(order) for order in permutations(three)}) == 1
        first, second, third = three
        assert combine([combine([first, second]), third]) is combine(three)


@pytest.mark.parametrize(("one", "other"), list(product(ALL, repeat=2)))
def test_each_distributes_over_the_other_and_absorbs_it(one: Truth, other: Truth) -> None:
    for third in ALL:
        assert every([one, either([other, third])]) is either([every([one, other]), every([one, third])])
        assert either([one, every([other, third])]) is every([either([one, other]), either([one, third])])
    assert every([one, either([one, other])]) is one
    assert either([one, every([one, other])]) is one


@given(TRUTHS)
def test_at_least_one_is_or_and_at_least_all_is_and(truths: list[Truth]) -> None:
    assert at_least(1, truths) is either(truths)
    assert at_least(len(truths), truths) is every(truths)
    assert at_least(len(truths) + 1, truths) is False


@given(TRUTHS, st.integers(0, 6))
def test_asking_for_more_never_makes_it_truer(truths: list[Truth], count: int) -> None:
    rank = {False: 0, None: 1, True: 2}
    assert rank[at_least(count + 1, truths)] <= rank[at_least(count, truths)]


@given(TRUTHS, st.integers(0, 7))
def test_an_answer_is_what_all_completions_agree_on(truths: list[Truth], count: int) -> None:
    """Monotone in what is known, and never more cautious than need be."""
    ways = completions(truths)
    for answer, classical in (
        (every(truths), [all(way) for way in ways]),
        (either(truths), [any(way) for way in ways]),
        (at_least(count, truths), [sum(way) >= count for way in ways]),
    ):
        assert answer is (classical[0] if len(set(classical)) == 1 else None)


def test_nothing_to_ask() -> None:
    assert every([]) is True
    assert either([]) is False
    assert at_least(0, []) is True


def test_they_stop_as_soon_as_it_is_settled() -> None:
    def beyond(first: Truth) -> list[Truth]:
        asked: list[Truth] = []

        def truths() -> object:
            for truth in (first, None):
                asked.append(truth)
                yield truth

        (every if first is False else either)(truths())  # type: ignore[arg-type]
        return asked

    assert beyond(False) == [False]
    assert beyond(True) == [True]
