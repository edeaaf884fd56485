"""Deeds: each once, with its line in the history and in the log; two people; what was changed is approved anew."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from enterprises.audit import AuditRow, verify
from enterprises.database import reading, writing
from enterprises.deeds import say
from recommender.campaigns.campaigns import list_campaigns, load_campaign
from recommender.campaigns.content import Pinned, Selection
from recommender.campaigns.deeds import (
    LONGEST_REASON,
    approve,
    cancel,
    create,
    pause,
    resume,
    save,
    send_back,
    start,
    submit,
)
from recommender.campaigns.estimates import estimate
from recommender.campaigns.pushes import push_id, read_push_id
from recommender.campaigns.states import (
    Changed,
    NoReason,
    NoSuchCampaign,
    NotNow,
    NotReady,
    OwnWork,
    Refused,
    State,
)
from tests.recommender.campaigns.made_up import DAY, FIRM, MAKER, Office
from tests.recommender.campaigns.test_worker import together


def draft(office: Office, *items: str) -> int:
    with writing(office.engine) as session:
        return create(session, office.content(*items), office.by("maker"))


def submitted(office: Office, by: str = "maker") -> int:
    campaign_id = draft(office)
    with writing(office.engine) as session:
        content = load_campaign(session, campaign_id).content
        submit(session, campaign_id, estimate(session, office.snapshot(), content, DAY), office.by(by))
    return campaign_id


def test_the_whole_way_is_in_the_history_and_in_the_log(office: Office) -> None:
    with reading(office.engine) as session:
        before = verify(session).rows
    campaign_id = office.started()
    office.worker().step()
    with writing(office.engine) as session:
        pause(session, campaign_id, office.by("maker"))
        resume(session, campaign_id, office.by("maker"))
        cancel(session, campaign_id, "  政策有变 ", office.by("chief"))
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
        noted = select(AuditRow).where(AuditRow.about == f"campaign:{campaign_id}", AuditRow.number > before)
        logged = session.exec(noted.order_by(col(AuditRow.number))).all()
        assert verify(session).wrong is None
    assert campaign.reason == "政策有变"
    assert [event.after for event in campaign.history] == [
        *(State.DRAFT, State.SUBMITTED, State.APPROVED, State.PLANNING, State.RUNNING),
        *(State.PAUSED, State.RUNNING, State.CANCELLED),
    ]
    assert [row.action for row in logged] == [f"campaign.{event.deed.value}" for event in campaign.history]
    assert [row.actor for row in logged] == [event.actor for event in campaign.history]
    assert all(say(row.action) != row.action for row in logged)


@pytest.mark.parametrize("role", ["made", "changed", "submitted"])
def test_whoever_had_a_hand_in_it_may_not_approve_it(office: Office, role: str) -> None:
    campaign_id = draft(office)
    with writing(office.engine) as session:
        content = load_campaign(session, campaign_id).content
        save(session, campaign_id, 1, content, office.by("changer"))
        submit(session, campaign_id, estimate(session, office.snapshot(), content, DAY), office.by("submitter"))
    actor = {"made": "maker", "changed": "changer", "submitted": "submitter"}[role]
    with pytest.raises(OwnWork), writing(office.engine) as session:
        approve(session, campaign_id, office.by(actor))
    with writing(office.engine) as session:
        assert approve(session, campaign_id, office.by("somebody else")).approved_by == "somebody else"


@pytest.mark.parametrize("already_approved", [False, True])
def test_a_change_makes_a_draft_of_it_and_voids_the_approval(office: Office, already_approved: bool) -> None:
    campaign_id = submitted(office)
    with writing(office.engine) as session:
        if already_approved:
            approve(session, campaign_id, office.by("approver"))
        revision = load_campaign(session, campaign_id).revision
        changed = save(session, campaign_id, revision, office.content(MAKER), office.by("maker"))
        assert (changed.state, changed.approved_by, changed.approved_digest) == (State.DRAFT, None, None)
        assert changed.estimate is None and changed.submitted_by is None
    with pytest.raises(NotNow, match="草稿"), writing(office.engine) as session:
        start(session, campaign_id, office.by("maker"))


def test_a_reason_that_no_database_keeps_is_refused(office: Office) -> None:
    campaign_id = draft(office)
    with pytest.raises(Refused, match="控制字符"), writing(office.engine) as session:
        cancel(session, campaign_id, "不要了\x00", office.by("maker"))
    with writing(office.engine) as session:
        assert cancel(session, campaign_id, "第一行\r\n第二行", office.by("maker")).state is State.CANCELLED


def test_of_two_who_save_at_once_the_second_sees_that_it_was_changed(office: Office) -> None:
    campaign_id = draft(office)
    with writing(office.engine) as session:
        save(session, campaign_id, 1, office.content(FIRM), office.by("one"))
    with pytest.raises(Changed), writing(office.engine) as session:
        save(session, campaign_id, 1, office.content(MAKER), office.by("two"))
    with reading(office.engine) as session:
        assert [each.item_id for each in load_campaign(session, campaign_id).content.items] == [FIRM]


def test_of_two_who_approve_at_the_same_moment_one_does(office: Office) -> None:
    campaign_id, refusals = submitted(office), []

    def one(actor: str) -> None:
        try:
            with writing(office.engine) as session:
                approve(session, campaign_id, office.by(actor))
        except Refused as refusal:
            refusals.append(refusal)

    together(lambda: one("a"), lambda: one("b"))
    assert len(refusals) == 1
    with reading(office.engine) as session:
        assert [event.after for event in load_campaign(session, campaign_id).history].count(State.APPROVED) == 1


def test_what_is_not_in_order_is_not_submitted(office: Office) -> None:
    content = replace(office.content(), title="", selection=Selection(kinds=frozenset()))
    with writing(office.engine) as session:
        campaign_id = create(session, content, office.by("maker"))
        reckoned = estimate(session, office.snapshot(), content, DAY)
    with pytest.raises(NotReady) as caught, writing(office.engine) as session:
        submit(session, campaign_id, reckoned, office.by("maker"))
    assert caught.value.mistakes.keys() == {"title", "kinds"}


@pytest.mark.parametrize("items", [(Pinned("d-2024.1", 7, "x"),), (Pinned("none", 1, "x"),)], ids=["version", "item"])
def test_an_item_version_that_is_not_stored_cannot_be_pinned(office: Office, items: tuple[Pinned, ...]) -> None:
    with pytest.raises(NotReady, match="政策库里没有"), writing(office.engine) as session:
        create(session, replace(office.content(), items=items), office.by("maker"))


def test_reasons_are_given_where_they_are_due_and_are_not_endless(office: Office) -> None:
    campaign_id = submitted(office)
    for reason, refusal in (("", NoReason), (" ", NoReason), ("长" * (LONGEST_REASON + 1), Refused)):
        with pytest.raises(refusal), writing(office.engine) as session:
            send_back(session, campaign_id, reason, office.by("approver"))
    with writing(office.engine) as session:
        assert send_back(session, campaign_id, "长" * LONGEST_REASON, office.by("approver")).state is State.DRAFT


def test_there_is_no_campaign_without_a_row(office: Office) -> None:
    with pytest.raises(NoSuchCampaign), reading(office.engine) as session:
        load_campaign(session, 10**9)


def test_lists_have_those_in_the_states_that_are_asked_for(office: Office) -> None:
    first, second = draft(office), submitted(office)
    with reading(office.engine) as session:
        assert {each.id for each in list_campaigns(session)} == {first, second}
        assert [each.id for each in list_campaigns(session, [State.SUBMITTED])] == [second]


def test_the_id_of_a_push_says_what_it_is() -> None:
    assert read_push_id(push_id(12, "91610602MAHQ70000C", 3)) == (12, "91610602MAHQ70000C", 3)
