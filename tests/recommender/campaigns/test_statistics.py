"""What became of campaigns: counted in the database as by hand, sums that add up, shares that stay within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from enterprises.database import Row
from enterprises.tables import EnterpriseRow
from recommender.campaigns.pushes import push_id
from recommender.campaigns.states import OPEN, DeliveryState
from recommender.campaigns.statistics import OfOne, Statistics, by_campaign, statistics, total
from recommender.campaigns.tables import CampaignItemRow, DeliveryRow, PushRow
from recommender.campaigns.tallies import Tally
from recommender.channels.receipts import Kind
from recommender.channels.tables import ReceiptRow

NOW = datetime(2023, 10, 9, 4, 0, tzinfo=UTC)
REGIONS = {"A": "610602", "B": "610602", "C": "610603", "D": None}
"""Enterprises by a letter, and where they are; the last one is not stored."""
ITEMS = ("item.1", "item.2")
CHANNELS = ("inbox", "sms")


@dataclass(frozen=True)
class Delivery:
    campaign: int
    enterprise: str
    channel: str
    state: DeliveryState
    receipts: tuple[tuple[Kind, int], ...]
    """Kind, and the number of the item; 0: of the letter as a whole."""

    @property
    def id(self) -> str:
        return f"{self.campaign}{self.enterprise}{self.channel}"


@dataclass(frozen=True)
class World:
    deliveries: tuple[Delivery, ...]
    left_out: frozenset[tuple[int, str, int]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found = []
    for campaign in (1, 2):
        channels = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True))
        for enterprise in draw(st.lists(st.sampled_from(sorted(REGIONS)), unique=True)):
            for channel in channels:
                state = draw(st.sampled_from(DeliveryState))
                came = draw(st.sets(st.tuples(st.sampled_from(Kind), st.sampled_from((0, 1, 2))), max_size=4))
                found.append(Delivery(campaign, enterprise, channel, state, tuple(sorted(came))))
    pushes = st.tuples(st.sampled_from((1, 2)), st.sampled_from(sorted(REGIONS)), st.sampled_from((1, 2)))
    return World(tuple(found), draw(st.frozensets(pushes, max_size=3)))


def pushes_of(world: World) -> list[tuple[int, str, int]]:
    """Each enterprise of a campaign is told of both items."""
    pairs = dict.fromkeys((each.campaign, each.enterprise) for each in world.deliveries)
    return [(campaign, enterprise, item) for campaign, enterprise in pairs for item in (1, 2)]


def store(session: Session, world: World) -> None:
    def add(table: str, **values: object) -> None:
        names = ", ".join(values)
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES (:{', :'.join(values)})"), values)

    moment = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    for code, region in REGIONS.items():
        if region:
            add(
                "enterprises",
                id=ord(code),
                credit_code=code,
                region=region,
                industry="",
                profile="",
                revision=1,
                statements=0,
                speaking="",
            )
    for campaign in (1, 2):
        for number, name in enumerate(ITEMS, 1):
            add("campaign_items", campaign_id=campaign, number=number, item_id=name, version=1, digest="")
    for push in pushes_of(world):
        reason = "已过期" if push in world.left_out else None
        add("pushes", campaign_id=push[0], credit_code=push[1], item=push[2], kind="eligible", reason=reason)
    for each in world.deliveries:
        owner = "w" if each.state is DeliveryState.LEASED else None
        add(
            "deliveries",
            id=each.id,
            campaign_id=each.campaign,
            credit_code=each.enterprise,
            channel=each.channel,
            state=each.state.value,
            due_at=moment,
            attempts=0,
            taken=0,
            lease_owner=owner,
            sent_at=moment,
        )
        for kind, item in each.receipts:
            of_push = push_id(each.campaign, each.enterprise, item) if item else ""
            add("receipts", letter=each.id, push=of_push, kind=kind.value, source="test", moment=moment)


_NEEDED: tuple[type[Row], ...] = (EnterpriseRow, CampaignItemRow, PushRow, DeliveryRow, ReceiptRow)
TABLES = [Row.metadata.tables[str(table.__tablename__)] for table in _NEEDED]
ENGINE = create_engine("sqlite://", poolclass=StaticPool)
Row.metadata.create_all(ENGINE, tables=TABLES)


def counted(world: World) -> Statistics:
    """What the database counts; it forgets everything again. Its rows need not belong to campaigns that are whole."""
    with ENGINE.connect() as connection, Session(connection) as session:
        store(session, world)
        found = statistics(session, (1, 2))
        assert by_campaign(session, (1, 2)) == {int(row.key): row.tally for row in found.by_campaign}
        return found


def by_hand(flags: Iterator[tuple[str, Tally]]) -> tuple[OfOne, ...]:
    found: dict[str, Tally] = {}
    for key, tally in flags:
        found[key] = found.get(key, Tally()) + tally
    return tuple(OfOne(key, found[key]) for key in sorted(found))


def of_deliveries(some: list[Delivery]) -> Tally:
    """The tally of what these messages are to one enterprise; of one message, its own."""
    kinds = [{kind for kind, _ in each.receipts} for each in some]
    delivered = [bool(each & {Kind.DELIVERED, Kind.OPENED, Kind.FOLLOWED}) for each in kinds]
    sent = any(each.state is DeliveryState.SENT or come for each, come in zip(some, delivered, strict=True))
    waiting = not sent and any(each.state in OPEN for each in some)
    failed = not sent and not waiting and any(each.state is DeliveryState.DEAD for each in some)
    return Tally(
        planned=1,
        sent=sent,
        waiting=waiting,
        failed=failed,
        skipped=not (sent or waiting or failed),
        delivered=any(delivered),
        opened=any(each & {Kind.OPENED, Kind.FOLLOWED} for each in kinds),
        followed=any(Kind.FOLLOWED in each for each in kinds),
        applied=any(Kind.APPLIED in each and come for each, come in zip(kinds, delivered, strict=True)),
    )


def enterprises_of(world: World) -> Iterator[tuple[int, str, Tally]]:
    for campaign, enterprise in dict.fromkeys((each.campaign, each.enterprise) for each in world.deliveries):
        some = [each for each in world.deliveries if (each.campaign, each.enterprise) == (campaign, enterprise)]
        yield campaign, enterprise, of_deliveries(some)


def of_push(world: World, campaign: int, enterprise: str, item: int, of_enterprise: Tally) -> Tally:
    if (campaign, enterprise, item) in world.left_out:
        return Tally(planned=1, skipped=1)
    came = {
        kind
        for each in world.deliveries
        if (each.campaign, each.enterprise) == (campaign, enterprise)
        for kind, number in each.receipts
        if number == item
    }
    delivered = bool(of_enterprise.delivered)
    return replace(
        of_enterprise, followed=delivered and Kind.FOLLOWED in came, applied=delivered and Kind.APPLIED in came
    )


@settings(max_examples=60)
@given(world=worlds())
def test_the_database_counts_as_one_would_by_hand(world: World) -> None:
    found = counted(world)
    enterprises = {(campaign, code): tally for campaign, code, tally in enterprises_of(world)}
    assert found.by_campaign == by_hand((str(campaign), tally) for (campaign, _), tally in enterprises.items())
    assert found.by_region == by_hand((REGIONS[code] or "", tally) for (_, code), tally in enterprises.items())
    assert found.by_channel == by_hand((each.channel, of_deliveries([each])) for each in world.deliveries)
    assert found.by_item == by_hand(
        (ITEMS[item - 1], of_push(world, campaign, code, item, enterprises[campaign, code]))
        for campaign, code, item in pushes_of(world)
    )


@settings(max_examples=60)
@given(world=worlds())
def test_figures_add_up_and_shares_stay_within_bounds(world: World) -> None:
    found = counted(world)
    assert total(found.by_region) == found.enterprises == total(found.by_campaign)
    assert found.messages.planned == len(world.deliveries)
    assert found.pushes.planned == len(pushes_of(world))
    for row in (*found.by_campaign, *found.by_region, *found.by_channel, *found.by_item):
        one = row.tally
        assert one.planned == one.sent + one.waiting + one.skipped + one.failed
        assert one.planned >= one.sent >= one.delivered >= one.applied >= 0
        assert one.delivered >= one.opened >= one.followed
        for rate in (one.reach, one.opening, one.following, one.uptake):
            assert rate is None or 0 <= rate <= 1


def test_rates_are_exact_and_nothing_is_shared_by_nothing() -> None:
    tally = Tally(planned=3, sent=3, delivered=2, opened=1, followed=1, applied=2)
    assert (tally.reach, tally.opening) == (Fraction(2, 3), Fraction(1, 2))
    assert (tally.following, tally.uptake) == (Fraction(1, 2), Fraction(1))
    assert Tally().reach is None
    assert Tally(planned=1).reach == 0
    assert Tally(planned=1).opening is None


def test_a_campaign_that_is_not_planned_has_no_figures() -> None:
    assert counted(World((), frozenset())) == Statistics((), (), (), ())


@pytest.mark.parametrize("state", [*OPEN, DeliveryState.DEAD, DeliveryState.SKIPPED], ids=str)
def test_what_came_back_was_sent_whatever_the_state(state: DeliveryState) -> None:
    world = World((Delivery(1, "A", "inbox", state, ((Kind.FOLLOWED, 2),)),), frozenset())
    found = counted(world)
    assert found.enterprises == Tally(planned=1, sent=1, delivered=1, opened=1, followed=1)
    assert [row.tally.followed for row in found.by_item] == [0, 1]


def test_both_databases_count_alike(database_url: str) -> None:
    world = World(
        (
            Delivery(1, "A", "inbox", DeliveryState.SENT, ((Kind.DELIVERED, 0), (Kind.FOLLOWED, 1), (Kind.APPLIED, 1))),
            Delivery(1, "A", "sms", DeliveryState.DEAD, ()),
            Delivery(1, "D", "inbox", DeliveryState.HELD, ()),
            Delivery(2, "C", "inbox", DeliveryState.SENT, ()),
        ),
        frozenset({(1, "A", 2)}),
    )
    engine = create_engine(database_url)
    Row.metadata.create_all(engine)
    try:
        with Session(engine) as session:
            if engine.dialect.name == "postgresql":
                session.execute(text("SET session_replication_role = replica"))  # references are not what is tested
            store(session, world)
            assert statistics(session, (1, 2)) == counted(world)
    finally:
        engine.dispose()
