"""Planning: every push that is due is written once, whatever breaks off, and an estimate says what will be."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from enterprises.database import reading, writing
from enterprises.readings import EnterpriseOn
from enterprises.tiers import Tier
from policies.items import Item
from recommender.campaigns import planning
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.content import Content, Kind, Selection
from recommender.campaigns.deeds import save, send_back
from recommender.campaigns.estimates import estimate
from recommender.campaigns.matches import Reached
from recommender.campaigns.near import near_miss
from recommender.campaigns.rows import add_rows
from recommender.campaigns.states import State, TooMany
from recommender.campaigns.tables import CampaignRow, DeliveryRow, PushRow
from recommender.evaluation import decide
from recommender.match import Verdict
from recommender.ranking.tables import FeedbackRow
from tests.recommender.campaigns.made_up import CODES, DAY, DICTIONARY, FIRM, ITEMS, LARGE, MAKER, NOW, Office, profile


def due(content: Content, items: tuple[Item, ...] = ITEMS) -> set[tuple[str, str, str]]:
    """Whom a campaign reaches, one by one and rule by rule."""
    chosen = content.selection
    found = set()
    for number, code in enumerate(CODES):
        subject = EnterpriseOn(profile(number), DAY, DICTIONARY)
        if decide(chosen.rule(content.region), subject) is not True or (chosen.codes and code not in chosen.codes):
            continue
        for item in items:
            verdict = Verdict.of(decide(item.rule, subject))
            kind = Kind.NEAR if near_miss(item, profile(number), DAY, DICTIONARY) else None
            if verdict is not Verdict.INELIGIBLE:
                kind = Kind(verdict.value)
            if kind in chosen.kinds and any(each.item_id == item.id for each in content.items):
                found.add((code, item.id, kind.value))
    return found


def planned(engine: Engine, campaign_id: int) -> set[tuple[str, str, str]]:
    with reading(engine) as session:
        items = load_campaign(session, campaign_id).content.items
        rows = session.exec(select(PushRow).where(PushRow.campaign_id == campaign_id)).all()
        return {(row.credit_code, items[row.item - 1].item_id, row.kind) for row in rows}


SELECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "kinds": st.frozensets(st.sampled_from(Kind), min_size=1).map(lambda kinds: tuple(sorted(kinds))),
        "regions": st.lists(st.sampled_from(["610602", "610603", "610600"]), max_size=2, unique=True).map(tuple),
        "industries": st.sampled_from([(), ("C",), ("F",), ("30", "51")]),
        "entity_kinds": st.sampled_from([(), ("企业",), ("个体工商户",)]),
        "codes": st.lists(st.sampled_from(CODES), max_size=6, unique=True).map(tuple),
    },
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SELECTIONS)
def test_an_estimate_counts_exactly_those_who_are_due(office: Office, selection: dict[str, Any]) -> None:
    content = office.content(**selection)
    with reading(office.engine) as session:
        found = estimate(session, office.snapshot(), content, DAY)
    rows = due(content)
    assert found.pushes == len(rows)
    assert found.enterprises == len({code for code, _, _ in rows}) == sum(each.enterprises for each in found.by_region)
    assert found.pushes == sum(each.pushes for each in found.by_region)
    for item in found.by_item:
        for kind in Kind:
            assert getattr(item, kind.value) == sum(row[1:] == (item.item_id, kind.value) for row in rows)
    prices = {FIRM: 5, MAKER: 1, LARGE: 3}
    worth = sum(prices[item] * 1_000_000 for _, item, kind in rows if kind == "eligible")
    assert found.low == found.high == worth == sum(each.low for each in found.by_region)
    assert len(found.samples) == min(10, found.enterprises)
    for sample in found.samples:
        assert {(sample.credit_code, each.item_id, each.kind.value) for each in sample.pushes} <= rows
        assert sample.name


def test_what_is_planned_is_what_is_due_with_ids_that_cannot_be_guessed(office: Office) -> None:
    content = office.content(kinds=tuple(Kind))
    campaign_id = office.started(content)
    assert office.worker().step()
    assert planned(office.engine, campaign_id) == due(content)
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
        ids = {row.credit_code: row.id for row in session.exec(select(DeliveryRow))}
    assert campaign.state is State.RUNNING
    assert campaign.planned is not None and campaign.estimate is not None
    assert campaign.planned.pushes == campaign.estimate.pushes == len(due(content))
    assert campaign.planned.deliveries == len(ids) == len({code for code, _, _ in due(content)})
    other = office.started(office.content(only_new=False))
    office.worker().step()
    with reading(office.engine) as session:
        others = session.exec(select(DeliveryRow.id).where(DeliveryRow.campaign_id == other)).all()
    assert set(others).isdisjoint(ids.values())


class Killed(BaseException):
    """What stands for a kill: nothing of ours catches it."""


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("recommender.campaigns.estimates.CHUNK", 5)
    yield


@pytest.mark.parametrize("before_commit", [True, False])
def test_planning_that_is_killed_goes_on_behind_what_was_written(
    office: Office, small_chunks: None, monkeypatch: pytest.MonkeyPatch, before_commit: bool
) -> None:
    content = office.content()
    campaign_id = office.started(content)
    written = planning._Writer.write
    left = iter(range(3 if before_commit else 1))

    def killed_while_adding(*given: object) -> None:
        add_rows(*given)  # type: ignore[arg-type]
        if next(left, None) is None:
            raise Killed

    def killed_after_writing(self: planning._Writer, chunk: Reached, part: int) -> bool:
        done = written(self, chunk, part)
        if next(left, None) is None:
            raise Killed
        return done

    with monkeypatch.context() as patched:
        if before_commit:
            patched.setattr(planning, "add_rows", killed_while_adding)
        else:
            patched.setattr(planning._Writer, "write", killed_after_writing)
        with pytest.raises(Killed):
            office.worker("first").step()
    some = planned(office.engine, campaign_id)
    assert some and some < due(content)
    assert not office.worker("second").step(), "it is still the first one's"
    office.clock.pass_(minutes=3)
    assert office.worker("second").step()
    assert planned(office.engine, campaign_id) == due(content)
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
    assert campaign.planned is not None
    assert campaign.planned.pushes == len(due(content))


def test_who_lost_the_campaign_writes_nothing_more(office: Office, small_chunks: None) -> None:
    campaign_id = office.started(office.content())
    first = planning.Planner(
        office.engine, DICTIONARY, office.folder, "first", office.clock, lambda: DAY, office.worker().lease
    )
    with writing(office.engine) as session:
        assert first._take(session) == campaign_id
    office.clock.pass_(minutes=3)
    office.worker("second").step()
    before = planned(office.engine, campaign_id)
    first._plan(campaign_id)
    assert planned(office.engine, campaign_id) == before


def test_a_push_cannot_be_there_twice(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    office.worker().step()
    with pytest.raises(IntegrityError), writing(office.engine) as session:
        row = session.exec(select(PushRow).where(PushRow.campaign_id == campaign_id).limit(1)).one()
        session.add(PushRow(campaign_id=campaign_id, credit_code=row.credit_code, item=row.item, kind="eligible"))
        session.expunge(row)
        session.flush()


def test_who_was_told_before_is_told_no_more_unless_it_is_asked_for(office: Office) -> None:
    first = office.started(office.content(FIRM))
    office.worker().run_dry()
    again = office.content(FIRM, MAKER)
    with reading(office.engine) as session:
        found = estimate(session, office.snapshot(), again, DAY)
        everybody = replace(again, selection=replace(again.selection, only_new=False))
        all_again = estimate(session, office.snapshot(), everybody, DAY)
    assert {each.item_id: each.eligible for each in found.by_item} == {
        FIRM: 0,
        MAKER: sum(item == MAKER for _, item, _ in due(again)),
    }
    assert all_again.pushes == len(due(again))
    second = office.started(again)
    office.worker().run_dry()
    assert planned(office.engine, second) == {row for row in due(again) if row[1] == MAKER}
    assert planned(office.engine, first).isdisjoint(planned(office.engine, second))


def test_who_is_about_to_be_told_counts_and_who_never_will_be_does_not(office: Office) -> None:
    first = office.started(office.content(FIRM))
    office.worker().step()
    with reading(office.engine) as session:
        assert estimate(session, office.snapshot(), office.content(FIRM), DAY).pushes == 0
    from recommender.campaigns.deeds import cancel

    with writing(office.engine) as session:
        cancel(session, first, "写错了", office.by("maker"))
    with reading(office.engine) as session:
        assert estimate(session, office.snapshot(), office.content(FIRM), DAY).pushes == len(due(office.content(FIRM)))


def test_who_has_applied_is_left_out(office: Office) -> None:
    with writing(office.engine) as session:
        session.add(
            FeedbackRow(
                event_id="e1",
                credit_code=CODES[0],
                item_id=FIRM,
                item_version=1,
                event="applied",
                received_at=NOW,
                origin="test",
            )
        )
    try:
        content = office.content(FIRM)
        campaign_id = office.started(content)
        office.worker().step()
        assert planned(office.engine, campaign_id) == {row for row in due(content) if row[0] != CODES[0]}
    finally:
        with writing(office.engine) as session:
            for row in session.exec(select(FeedbackRow)):
                session.delete(row)


def test_what_was_planned_of_a_campaign_that_is_sent_back_is_planned_anew(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    stopped = office.worker("stopped")
    stopped.stop()
    stopped.step()
    with writing(office.engine) as session:
        send_back(session, campaign_id, "换事项", office.by("maker"))
        revision = load_campaign(session, campaign_id).revision
        save(session, campaign_id, revision, office.content(MAKER), office.by("maker"))
    from recommender.campaigns.deeds import approve, start, submit

    with writing(office.engine) as session:
        content = load_campaign(session, campaign_id).content
        submit(session, campaign_id, estimate(session, office.snapshot(), content, DAY), office.by("maker"))
        approve(session, campaign_id, office.by("approver"))
        start(session, campaign_id, office.by("maker"))
    office.worker().step()
    assert planned(office.engine, campaign_id) == due(office.content(MAKER))


def test_what_is_not_what_was_approved_is_sent_back(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    with writing(office.engine) as session:
        row = session.get_one(CampaignRow, campaign_id)
        row.content = replace(office.content(FIRM), region="610000").to_text()
    office.worker().step()
    with reading(office.engine) as session:
        campaign = load_campaign(session, campaign_id)
    assert campaign.state is State.DRAFT
    assert "与批准的不一致" in str(campaign.reason)


def test_too_many_to_look_at_one_by_one_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.campaigns.matches.MOST_ALONE", 3)
    content = replace(office.content(), selection=Selection(frozenset({Kind.ELIGIBLE}), tiers=(Tier.FIVE_ABOVE,)))
    with reading(office.engine) as session, pytest.raises(TooMany, match="请缩小地区"):
        estimate(session, office.snapshot(), content, DAY)


def test_tiers_are_asked_of_each(office: Office) -> None:
    content = replace(office.content(), selection=Selection(frozenset({Kind.ELIGIBLE}), tiers=(Tier.FIVE_ABOVE,)))
    from enterprises.tiers import standings

    belongs = {
        code
        for number, code in enumerate(CODES)
        if any(
            one.tier is Tier.FIVE_ABOVE and one.answer is True for one in standings(profile(number), DAY, DICTIONARY)
        )
    }
    with reading(office.engine) as session:
        found = estimate(session, office.snapshot(), content, DAY)
    wanted = {row for row in due(office.content()) if row[0] in belongs}
    assert found.pushes == len(wanted)
    assert belongs


def test_rows_are_in_the_order_of_codes_and_items(office: Office) -> None:
    campaign_id = office.started(office.content())
    office.worker().step()
    with reading(office.engine) as session:
        rows = session.exec(
            select(PushRow)
            .where(PushRow.campaign_id == campaign_id)
            .order_by(col(PushRow.credit_code), col(PushRow.item))
        ).all()
    amounts = {1: 5_000_000, 2: 1_000_000, 3: 3_000_000}
    assert all(row.amount_low == row.amount_high == amounts[row.item] for row in rows)
