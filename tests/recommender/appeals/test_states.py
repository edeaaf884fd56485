"""What may happen to an appeal: every side, deed and state, and nothing that the table does not say."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.appeals.states import (
    MOST_REOPENINGS,
    MOVES,
    Deed,
    Grade,
    Kind,
    NotPossible,
    Side,
    State,
    after,
    possible,
)

ALLOWED = {
    ("enterprise", "begin", None): "submitted",
    ("office", "accept", "submitted"): "accepted",
    ("office", "assign", "accepted"): "assigned",
    ("office", "assign", "assigned"): "assigned",
    ("office", "answer", "assigned"): "answered",
    ("office", "reopen", "answered"): "accepted",
    ("office", "reopen", "rated"): "accepted",
    ("enterprise", "rate", "answered"): "rated",
    ("enterprise", "reopen", "answered"): "accepted",
    ("enterprise", "reopen", "rated"): "accepted",
    ("enterprise", "withdraw", "submitted"): "withdrawn",
    ("enterprise", "withdraw", "accepted"): "withdrawn",
    ("enterprise", "withdraw", "assigned"): "withdrawn",
}
BAD = (Grade.DISSATISFIED, Grade.VERY_DISSATISFIED)


@pytest.mark.parametrize(("side", "deed", "state"), list(product(Side, Deed, [None, *State])))
def test_only_what_is_listed_is_possible(side: Side, deed: Deed, state: State | None) -> None:
    expected = ALLOWED.get((side, deed, state))
    if expected is None:
        with pytest.raises(NotPossible, match=deed.label):
            after(side, deed, state, 0, Grade.DISSATISFIED)
    else:
        assert after(side, deed, state, 0, Grade.DISSATISFIED) == expected


def test_each_move_is_declared_once_and_every_state_is_reached() -> None:
    assert len({(move.side, move.deed, move.before) for move in MOVES}) == len(MOVES)
    assert {move.after for move in MOVES} == set(State)


@pytest.mark.parametrize("grade", list(Grade))
def test_only_a_bad_grade_allows_the_enterprise_to_reopen(grade: Grade) -> None:
    assert grade.is_bad is (grade in BAD)
    assert (Deed.REOPEN in possible(Side.ENTERPRISE, State.RATED, 0, grade)) is grade.is_bad
    assert Deed.REOPEN in possible(Side.OFFICE, State.RATED, 0, grade)


@pytest.mark.parametrize(("reopenings", "allowed"), [(0, True), (MOST_REOPENINGS - 1, True), (MOST_REOPENINGS, False)])
def test_the_limit_of_reopenings(reopenings: int, allowed: bool) -> None:
    assert (Deed.REOPEN in possible(Side.ENTERPRISE, State.ANSWERED, reopenings)) is allowed
    assert Deed.REOPEN in possible(Side.OFFICE, State.ANSWERED, reopenings)


@given(st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(Deed), st.sampled_from(Grade)), max_size=40))
def test_whatever_is_tried_an_appeal_is_answered_between_two_reopenings(tried: list[tuple[Side, Deed, Grade]]) -> None:
    state, reopenings, grade = after(Side.ENTERPRISE, Deed.BEGIN, None), 0, None
    done: list[Deed] = []
    for side, deed, given_grade in tried:
        try:
            state = after(side, deed, state, reopenings, grade)
        except NotPossible:
            continue
        done.append(deed)
        if deed is Deed.RATE:
            grade = given_grade
        if deed is Deed.REOPEN:
            grade = None
            reopenings += side is Side.ENTERPRISE
    assert reopenings <= MOST_REOPENINGS
    assert Deed.BEGIN not in done
    assert done.count(Deed.WITHDRAW) <= 1
    if Deed.WITHDRAW in done:
        assert done[-1] is Deed.WITHDRAW
    turns = [deed for deed in done if deed in (Deed.ANSWER, Deed.REOPEN)]
    assert all(one is not other for one, other in pairwise(turns))
    assert state.is_open is (not done or done[-1] not in (Deed.ANSWER, Deed.RATE, Deed.WITHDRAW))


def test_everything_has_a_chinese_name_of_its_own() -> None:
    for names in (State, Deed, Grade, Kind, Side):
        labels = [each.label for each in names]
        assert len(set(labels)) == len(labels)
        assert all(label.isascii() is False for label in labels)
