"""The table of states: every state, every deed, every way, and what can never happen."""

import pytest

from recommender.grants.states import TRANSITIONS, Deed, NotNow, Party, State, follow

EXPECTED = {
    State.CANDIDATE: {Deed.CHECK: State.CHECKED, Deed.WITHDRAW: State.WITHDRAWN},
    State.CHECKED: {Deed.NOTICE: State.NOTICED, Deed.OFFER: State.OFFERED, Deed.WITHDRAW: State.WITHDRAWN},
    State.NOTICED: {Deed.OFFER: State.OFFERED, Deed.WITHDRAW: State.WITHDRAWN},
    State.OFFERED: {
        Deed.ACCEPT: State.ACCEPTED,
        Deed.DEEM: State.ACCEPTED,
        Deed.DECLINE: State.DECLINED,
        Deed.LAPSE: State.LAPSED,
        Deed.REPORT_ACCOUNT: State.OFFERED,
        Deed.CHANGE_ACCOUNT: State.OFFERED,
        Deed.WITHDRAW: State.WITHDRAWN,
    },
    State.ACCEPTED: {
        Deed.REPORT_ACCOUNT: State.ACCEPTED,
        Deed.CHANGE_ACCOUNT: State.ACCEPTED,
        Deed.PAY: State.PAYING,
        Deed.WITHDRAW: State.WITHDRAWN,
    },
    State.PAYING: {Deed.SETTLE: State.PAID, Deed.RETURN: State.RETURNED},
    State.RETURNED: {
        Deed.REPORT_ACCOUNT: State.RETURNED,
        Deed.CHANGE_ACCOUNT: State.RETURNED,
        Deed.PAY: State.PAYING,
        Deed.WITHDRAW: State.WITHDRAWN,
    },
    State.PAID: {Deed.RECOVER: State.RECOVERED},
    State.DECLINED: {Deed.REOPEN: State.CHECKED},
    State.LAPSED: {Deed.REOPEN: State.CHECKED},
    State.WITHDRAWN: {},
    State.RECOVERED: {},
}
"""What can be done in each state, and what it leads to; anything else cannot."""


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("deed", Deed)
def test_every_deed_in_every_state(state: State, deed: Deed) -> None:
    expected = EXPECTED[state].get(deed)
    if expected is not None:
        assert follow(deed, state) is expected
        return
    with pytest.raises(NotNow) as caught:
        follow(deed, state)
    assert caught.value.state is state
    assert state.label in str(caught.value)
    assert deed.label in str(caught.value)


def test_every_deed_has_its_way_and_every_state_is_reached() -> None:
    assert set(TRANSITIONS) == set(Deed)
    assert {way.after for way in TRANSITIONS.values()} - {None} == set(State)


def test_nothing_that_is_paid_can_be_paid_again() -> None:
    reached, todo = set[State](), [State.PAID]
    while todo:
        state = todo.pop()
        for after in EXPECTED[state].values():
            if after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == {State.RECOVERED}


def test_only_the_enterprise_answers_and_only_an_office_pays() -> None:
    assert {deed for deed, way in TRANSITIONS.items() if way.by is Party.ENTERPRISE} == {
        *(Deed.ACCEPT, Deed.DECLINE, Deed.REPORT_ACCOUNT, Deed.CHANGE_ACCOUNT)
    }
    assert {deed for deed, way in TRANSITIONS.items() if way.by is Party.CALENDAR} == {Deed.DEEM, Deed.LAPSE}


def test_whatever_takes_money_away_needs_a_reason() -> None:
    assert all(TRANSITIONS[deed].needs_reason for deed in (Deed.WITHDRAW, Deed.RECOVER, Deed.RETURN, Deed.DECLINE))


def test_all_have_a_label_in_chinese_and_states_each_its_own() -> None:
    for word in (*State, *Deed, *Party):
        assert not word.label.isascii()
    assert len({state.label for state in State}) == len(State)
