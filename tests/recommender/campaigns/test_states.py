"""The ways of a campaign, and who may go them: any order of deeds leads only where the table says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.campaigns.states import TRANSITIONS, Deed, NotNow, State, follow, possible


def test_every_state_can_be_reached_and_every_deed_has_a_name() -> None:
    reached = {State.DRAFT}
    while more := {follow(deed, state) for state in reached for deed in possible(state)} - reached:
        reached |= more
    assert reached == set(State)
    assert len({deed.label for deed in Deed}) == len(Deed)
    assert TRANSITIONS.keys() == set(Deed)


@given(st.lists(st.sampled_from([deed for deed in Deed if deed is not Deed.CREATE]), max_size=40))
def test_nothing_runs_that_was_not_approved_since_it_was_last_changed(deeds: list[Deed]) -> None:
    state, approved = State.DRAFT, False
    for deed in deeds:
        try:
            state = follow(deed, state)
        except NotNow as refusal:
            assert refusal.state is state
            assert deed not in possible(state)
            continue
        if deed is Deed.APPROVE:
            approved = True
        elif deed in (Deed.SAVE, Deed.SEND_BACK):
            approved = False
        if state in (State.APPROVED, State.PLANNING, State.RUNNING, State.PAUSED, State.FINISHED):
            assert approved


@pytest.mark.parametrize("state", [State.CANCELLED])
def test_what_is_cancelled_stays_so(state: State) -> None:
    assert not possible(state)


def test_only_dead_letters_lead_out_of_what_is_finished() -> None:
    assert possible(State.FINISHED) == {Deed.REOPEN}
