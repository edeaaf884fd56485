"""Sending: each letter once, at the right time, not too much, and only what is still so; failures are told apart."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select, update

from enterprises.database import reading, writing
from policies.tables import ItemRow, store_library
from recommender.campaigns import queue
from recommender.campaigns.campaigns import load_campaign, progress
from recommender.campaigns.contacts import give_up_places, take_places
from recommender.campaigns.content import Kind, Pace
from recommender.campaigns.deeds import By, cancel, pause, resume, retry, start
from recommender.campaigns.moments import MOST_ATTEMPTS
from recommender.campaigns.pushes import by_item
from recommender.campaigns.refusals import allow, refuse
from recommender.campaigns.states import DeliveryState, Refused, State
from recommender.campaigns.tables import CampaignRow, ContactRow, DeliveryRow, PushRow
from recommender.campaigns.worker import GATHERED_EVERY
from recommender.channels.letters import Letter, NoAddress, Outcome, Permanent, Sent, Temporary
from recommender.channels.quiet import Calendar as QuietCalendar
from recommender.channels.quiet import Special
from recommender.messages.schedule import Quiet
from recommender.messages.subscribers import save
from recommender.messages.subscription import Subscription
from tests.recommender.campaigns.made_up import (
    CODES,
    DAY,
    FIRM,
    LARGE,
    MAKER,
    NOW,
    OPEN_PACE,
    Office,
    Wire,
    delivery_states,
    item,
    library,
    profile,
    store,
)
from tests.recommender.campaigns.test_planning import due


def states(office: Office, campaign_id: int) -> dict[str, list[str]]:
    with reading(office.engine) as session:
        return delivery_states(session, campaign_id)


def state_of(office: Office, campaign_id: int) -> State:
    with reading(office.engine) as session:
        return load_campaign(session, campaign_id).state


def reasons(office: Office, campaign_id: int) -> set[str | None]:
    with reading(office.engine) as session:
        return set(session.exec(select(DeliveryRow.reason).where(DeliveryRow.campaign_id == campaign_id)))


def told(office: Office) -> set[tuple[str, str]]:
    return {(letter.credit_code, each.item_id) for letter in office.wire.letters for each in letter.pushed}


FIRMS = {code for number, code in enumerate(CODES) if number % 2 == 0}


# ------------------------------------------------------------------ the usual way


def test_everybody_who_is_due_is_told_of_everything_once_in_one_letter(office: Office) -> None:
    content = office.content(kinds=tuple(Kind))
    campaign_id = office.started(content)
    office.worker().run_dry()
    rows = due(content)
    assert told(office) == {(code, item_id) for code, item_id, _ in rows}
    assert sorted(office.wire.codes) == sorted({code for code, _, _ in rows})
    assert state_of(office, campaign_id) is State.FINISHED
    with reading(office.engine) as session:
        assert all(each.sent == each.planned and not each.left_out for each in by_item(session, campaign_id))
        sent = session.exec(select(DeliveryRow)).all()
    assert {row.id for row in sent} == {letter.id for letter in office.wire.letters}
    kinds = {
        (letter.credit_code, each.item_id): each.verdict for letter in office.wire.letters for each in letter.pushed
    }
    assert kinds == {(code, item_id): Kind(kind).verdict.value for code, item_id, kind in rows}
    lines = "\n".join(line for letter in office.wire.letters for line in letter.lines)
    assert "还不确定是否符合：" in lines and "营业收入" in lines, "what is missing, and what is lacking, is said"
    assert not office.worker().step(), "there is nothing left to do"


def test_nothing_is_sent_before_its_time_and_then_by_itself(office: Office) -> None:
    later = NOW + timedelta(hours=5)
    campaign_id = office.approved(office.content(FIRM, pace=replace(OPEN_PACE, not_before=later)))
    office.worker().run_dry()
    assert not office.wire.letters
    office.clock.at = later
    office.worker().run_dry()
    assert set(office.wire.codes) == FIRMS
    assert state_of(office, campaign_id) is State.FINISHED


def test_without_a_schedule_somebody_has_to_start_it(office: Office) -> None:
    campaign_id = office.approved(office.content(FIRM))
    office.clock.pass_(days=30)
    assert not office.worker().step()
    with writing(office.engine) as session:
        start(session, campaign_id, office.by("maker"))
    office.worker().run_dry()
    assert office.wire.letters


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize("killed", ["before it is sent", "after it is sent"])
def test_what_a_killed_worker_held_is_sent_by_another_under_the_same_ids(office: Office, killed: str) -> None:
    campaign_id = office.started(office.content(FIRM))

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    first = Wire(before=die) if killed == "before it is sent" else Wire()
    worker = office.worker("first", channels={"wire": first}, batch=5)
    worker.step()
    if killed == "after it is sent":
        worker._settle = lambda *_: die()  # type: ignore[method-assign]
    with pytest.raises(Killed):
        worker.step()
    second = office.worker("second")
    second.run_dry()
    assert len(states(office, campaign_id)["leased"]) == 5, "they may still be alive"
    office.clock.pass_(minutes=3)
    second.run_dry()
    arrived = [letter.id for letter in (*first.letters, *office.wire.letters)]
    assert len(set(arrived)) == len(FIRMS)
    assert len(arrived) == len(FIRMS) + (5 if killed == "after it is sent" else 0)
    assert states(office, campaign_id).keys() == {"sent"}


def test_who_was_only_slow_does_not_undo_what_became_of_it(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    slow = office.worker("slow", channels={"wire": Wire(before=lambda: office.clock.pass_(minutes=5))})
    slow.step()
    slow.step()
    office.worker("second").run_dry()
    assert states(office, campaign_id).keys() == {"sent"}
    assert not office.wire.letters, "what was sent late was sent all the same"


def test_temporary_failures_wait_longer_each_time_and_are_given_up_in_the_end(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM, codes=(CODES[0],)))
    office.wire.answer = lambda _: Temporary("对方忙")
    waits, worker = [], office.worker()
    worker.run_dry()
    while "due" in states(office, campaign_id):
        with reading(office.engine) as session:
            row = session.exec(select(DeliveryRow)).one()
        assert row.reason == "对方忙"
        waits.append((row.due_at - office.clock()).total_seconds())
        office.clock.at = row.due_at - timedelta(seconds=1)
        worker.run_dry()
        assert "due" in states(office, campaign_id), "it is not tried again before its time"
        office.clock.at = row.due_at
        worker.run_dry()
    assert len(waits) == MOST_ATTEMPTS - 1
    assert all(15 * 2**number <= wait <= 30 * 2**number for number, wait in enumerate(waits))
    assert reasons(office, campaign_id) == {f"对方忙（试了 {MOST_ATTEMPTS} 次）"}
    assert state_of(office, campaign_id) is State.FINISHED


def test_the_other_side_may_ask_for_more_patience(office: Office) -> None:
    office.started(office.content(FIRM, codes=(CODES[0],)))
    office.wire.answer = lambda _: Temporary("请等一小时", after=3600)
    office.worker().run_dry()
    with reading(office.engine) as session:
        assert session.exec(select(DeliveryRow.due_at)).one() == NOW + timedelta(hours=1)


def test_permanent_failures_are_not_tried_again_but_can_be_by_hand(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    office.wire.answer = lambda letter: Permanent("地址不存在") if letter.credit_code == CODES[0] else Sent(letter.id)
    office.worker().run_dry()
    assert states(office, campaign_id)["dead"] == [CODES[0]]
    assert state_of(office, campaign_id) is State.FINISHED
    office.clock.pass_(days=1)
    assert not office.worker().step()
    office.wire.answer = lambda letter: Sent(letter.id)
    with writing(office.engine) as session:
        assert retry(session, campaign_id, office.by("maker")) == 1
    assert state_of(office, campaign_id) is State.RUNNING
    office.worker().run_dry()
    assert sorted(office.wire.codes) == sorted(FIRMS)
    assert state_of(office, campaign_id) is State.FINISHED
    with pytest.raises(Refused, match="没有可以重试"), writing(office.engine) as session:
        retry(session, campaign_id, office.by("maker"))
    assert state_of(office, campaign_id) is State.FINISHED


def test_who_gave_no_address_is_skipped(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    office.wire.answer = lambda _: NoAddress("没有人留下邮箱")
    office.worker().run_dry()
    assert states(office, campaign_id).keys() == {"skipped"}
    with reading(office.engine) as session:
        assert not session.exec(select(ContactRow)).all(), "nobody was told anything this week"


def break_(_: Letter) -> Outcome:
    raise RuntimeError("broken")


@pytest.mark.parametrize("channels", [{}, {"wire": Wire(answer=break_)}], ids=["absent", "broken"])
def test_a_channel_that_is_not_there_or_breaks_loses_nothing(
    office: Office, channels: dict[str, Wire], caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = office.started(office.content(FIRM))
    office.worker("w", channels=channels).run_dry()
    assert set(states(office, campaign_id)["due"]) == FIRMS
    office.clock.pass_(minutes=1)
    office.worker().run_dry()
    assert set(states(office, campaign_id)["sent"]) == FIRMS


def test_what_breaks_every_worker_is_set_aside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_TAKEN", 3)
    campaign_id = office.started(office.content(FIRM, codes=(CODES[0],)))
    office.worker().step()
    for _ in range(3):
        with writing(office.engine) as session:
            assert queue.claim(session, "dying", office.clock(), timedelta(minutes=2), 10) is not None
        office.clock.pass_(minutes=3)
        with writing(office.engine) as session:
            queue.reconcile(session, office.clock())
    assert states(office, campaign_id) == {"dead": [CODES[0]]}


# ------------------------------------------------------------------ pausing, cancelling, stopping


def test_pausing_and_cancelling_count_from_the_next_batch_on(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    worker = office.worker(batch=4)
    worker.step()
    worker.step()
    with writing(office.engine) as session:
        pause(session, campaign_id, office.by("maker"))
    worker.run_dry()
    assert len(office.wire.letters) == 4
    with writing(office.engine) as session:
        resume(session, campaign_id, office.by("maker"))
    worker.step()
    assert len(office.wire.letters) == 8
    with writing(office.engine) as session:
        cancel(session, campaign_id, "写错了", office.by("maker"))
    office.clock.pass_(days=1)
    worker.run_dry()
    assert len(office.wire.letters) == 8
    assert state_of(office, campaign_id) is State.CANCELLED


def test_what_was_taken_when_it_was_paused_is_not_sent(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM))
    worker = office.worker()
    worker.step()
    with writing(office.engine) as session:
        batch = queue.claim(session, "w", office.clock(), timedelta(minutes=2), 100)
        assert batch is not None
        pause(session, campaign_id, office.by("maker"))
    worker._send(batch)
    assert not office.wire.letters
    assert set(states(office, campaign_id)["due"]) == FIRMS


def test_a_worker_that_is_told_to_stop_gives_back_what_it_holds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.campaigns.worker.SLICE", 3)
    campaign_id = office.started(office.content(FIRM))
    worker = office.worker()
    worker.step()
    office.wire.before = worker.stop
    worker.step()
    assert len(office.wire.letters) == 3
    assert len(states(office, campaign_id)["due"]) == len(FIRMS) - 3
    assert "leased" not in states(office, campaign_id)


# ------------------------------------------------------------------ the last moment


@pytest.fixture
def as_it_was(office: Office) -> Iterator[None]:
    """The library and the enterprises are put back afterwards."""
    yield
    with writing(office.engine) as session:
        session.connection().execute(update(ItemRow).values(retired=False, retired_on=None))
    store(office.engine, map(profile, range(3)))


def planned_for(office: Office, *items: str, **selection: Any) -> int:
    campaign_id = office.started(office.content(*items, **selection))
    office.worker().step()
    return campaign_id


@pytest.mark.usefixtures("as_it_was")
def test_an_item_that_is_retired_is_left_out_and_the_others_are_told(office: Office) -> None:
    campaign_id = planned_for(office, FIRM, LARGE)
    with writing(office.engine) as session:
        session.connection().execute(update(ItemRow).where(col(ItemRow.id) == FIRM).values(retired=True))
    office.worker().run_dry()
    assert {item_id for _, item_id in told(office)} == {LARGE}
    with reading(office.engine) as session:
        found = {each.item_id: each for each in by_item(session, campaign_id)}
        why = set(session.exec(select(PushRow.reason).where(col(PushRow.reason).is_not(None))))
    assert found[FIRM].left_out == found[FIRM].planned and found[FIRM].sent == 0
    assert found[LARGE].sent == found[LARGE].planned
    assert why == {"事项已经下架"}
    nothing_left = FIRMS - {code for code, _ in told(office)}
    assert set(states(office, campaign_id)["skipped"]) == nothing_left
    assert "事项已经下架" in reasons(office, campaign_id)


def test_after_the_last_day_nothing_is_told_and_on_it_everything(office: Office) -> None:
    campaign_id = planned_for(office, FIRM, codes=CODES[:2])
    office.day = date(2025, 1, 1)
    office.worker().run_dry()
    assert not office.wire.letters
    assert reasons(office, campaign_id) == {"事项已经过期"}
    campaign_id = planned_for_day(office, date(2024, 12, 31))
    office.worker().run_dry()
    assert office.wire.codes == [CODES[0]]


def planned_for_day(office: Office, day: date) -> int:
    office.day = day
    return planned_for(office, FIRM, codes=CODES[:2], only_new=False)


@pytest.mark.usefixtures("as_it_was")
def test_who_has_changed_is_judged_again_and_who_has_not_is_not(office: Office) -> None:
    campaign_id = planned_for(office, FIRM, MAKER)
    store(office.engine, [profile(0, entity_kind="个体工商户")])
    store(office.engine, [profile(2, operating_status="注销")])
    office.worker().run_dry()
    assert (CODES[0], FIRM) not in told(office) and (CODES[0], MAKER) in told(office)
    assert CODES[2] not in office.wire.codes
    assert CODES[4] in office.wire.codes
    assert "企业已经注销或吊销" in reasons(office, campaign_id)


@pytest.mark.usefixtures("as_it_was")
def test_who_has_moved_away_is_not_told(office: Office) -> None:
    planned_for(office, FIRM, regions=("610602",))
    store(office.engine, [profile(0, region="610603")])
    office.worker().run_dry()
    assert CODES[0] not in office.wire.codes


def test_another_version_of_an_item_is_not_told_in_the_place_of_the_pinned_one(office: Office) -> None:
    campaign_id = planned_for(office, MAKER, codes=(CODES[0],))
    newer = item(2, [{"industry": {"within": ["C"]}}], {"fixed": "9万元"}, version=2)
    with writing(office.engine) as session:
        store_library(session, library(*library().items.values(), newer), DAY)
    try:
        office.worker().run_dry()
        assert not office.wire.letters
        assert reasons(office, campaign_id) == {"事项已有新的版本"}
    finally:
        back_to_the_first_version(office)


def back_to_the_first_version(office: Office) -> None:
    from policies.tables import ItemVersionRow

    with writing(office.engine) as session:
        session.delete(session.get_one(ItemVersionRow, (MAKER, 2)))


def test_who_wants_no_campaigns_is_not_told_until_it_does(office: Office) -> None:
    campaign_id = planned_for(office, FIRM)
    with writing(office.engine) as session:
        assert refuse(session, CODES[0], "owner", NOW)
        assert not refuse(session, CODES[0], "owner", NOW)
    office.worker().run_dry()
    assert states(office, campaign_id)["skipped"] == [CODES[0]]
    with writing(office.engine) as session:
        assert allow(session, CODES[0], "owner", NOW)
    planned_for(office, FIRM)
    office.worker().run_dry()
    assert office.wire.codes.count(CODES[0]) == 1


def test_an_enterprise_that_is_not_stored_any_more_is_not_told(office: Office) -> None:
    campaign_id = planned_for(office, FIRM)
    with writing(office.engine) as session:
        row = session.exec(select(DeliveryRow).limit(1)).one()
        session.add(
            DeliveryRow(
                id="f" * 32,
                campaign_id=campaign_id,
                credit_code="91610602MAHQ99990X",
                channel="wire",
                state=DeliveryState.DUE.value,
                due_at=row.due_at,
            )
        )
    office.worker().run_dry()
    assert states(office, campaign_id)["skipped"] == ["91610602MAHQ99990X"]


# ------------------------------------------------------------------ not now, and not too much


def test_on_quiet_days_nothing_is_sent_and_then_everything(office: Office) -> None:
    quiet = Quiet(weekends=True)
    campaign_id = office.started(office.content(FIRM, pace=Pace(quiet=quiet)))
    office.clock.at = datetime(2024, 6, 29, 2, tzinfo=UTC)
    office.worker().run_dry()
    assert set(states(office, campaign_id)["held"]) == FIRMS
    assert reasons(office, campaign_id) == {"免打扰时间，2024年7月1日 00:00之后再发"}
    office.clock.at = datetime(2024, 6, 30, 15, 59, tzinfo=UTC)
    office.worker().run_dry()
    assert not office.wire.letters
    office.clock.at = datetime(2024, 6, 30, 16, 0, tzinfo=UTC)
    office.worker().run_dry()
    assert set(office.wire.codes) == FIRMS


def test_a_calendar_on_which_no_moment_is_free_breaks_no_worker(office: Office) -> None:
    office.calendar = QuietCalendar({DAY + timedelta(days=number): Special.QUIET for number in range(380)})
    campaign_id = office.started(office.content(FIRM))
    office.worker().run_dry()
    assert set(states(office, campaign_id)["skipped"]) == FIRMS
    assert reasons(office, campaign_id) == {"免打扰时间：一年之内都不能发送"}


def test_an_enterprise_s_own_quiet_time_counts_for_what_rings(office: Office) -> None:
    with writing(office.engine) as session:
        wanted = Subscription("a" * 32, CODES[0], quiet=Quiet(first_hour=9, last_hour=12))
        save(session, wanted, DAY, NOW, "test")
    silent = office.started(office.content(FIRM, codes=CODES[:4]))
    office.worker().run_dry()
    assert CODES[0] in office.wire.codes
    office.wire.rings = True
    ringing = office.started(office.content(FIRM, codes=CODES[:4], only_new=False))
    office.worker().run_dry()
    assert states(office, ringing)["held"] == [CODES[0]]
    assert states(office, silent).keys() == {"sent"}
    office.clock.pass_(hours=2)
    office.worker().run_dry()
    assert states(office, ringing).keys() == {"sent"}


def test_a_week_holds_so_many_campaigns_and_no_more(office: Office) -> None:
    ids = [office.started(office.content(FIRM, only_new=False)) for _ in range(4)]
    office.worker().run_dry()
    assert len(office.wire.letters) == 2 * len(FIRMS)
    held = [campaign_id for campaign_id in ids if "held" in states(office, campaign_id)]
    assert held == ids[2:]
    assert "这家企业本周已有 2 次推送，2024年7月1日 00:00之后再发" in reasons(office, ids[2])
    office.clock.at = datetime(2024, 6, 30, 16, tzinfo=UTC)
    office.worker().run_dry()
    assert len(office.wire.letters) == 4 * len(FIRMS)


def test_several_channels_of_one_campaign_count_once(office: Office) -> None:
    other = Wire("other")
    content = replace(office.content(FIRM, pace=replace(OPEN_PACE, weekly_cap=1)), channels=("wire", "other"))
    office.started(content)
    office.worker(channels={"wire": office.wire, "other": other}).run_dry()
    assert set(office.wire.codes) == set(other.codes) == FIRMS
    assert {letter.id for letter in office.wire.letters}.isdisjoint(letter.id for letter in other.letters)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 5), st.frozensets(st.integers(0, 3), min_size=1), st.booleans()), max_size=12),
)
def test_places_never_exceed_the_cap(office: Office, cap: int, asked: list[tuple[int, frozenset[int], bool]]) -> None:
    """Whatever campaigns ask for whatever enterprises, and give up again."""
    week, model = date(2024, 6, 24), dict[str, set[int]]()
    with writing(office.engine) as session:
        ids = [_bare_campaign(session) for _ in range(6)]
        for number, whom, giving_up in asked:
            codes = [CODES[each] for each in whom]
            if giving_up:
                give_up_places(session, ids[number], codes, week)
                for code in codes:
                    model.get(code, set()).discard(ids[number])
                continue
            may = take_places(session, ids[number], codes, week, cap)
            for code in codes:
                taken = model.setdefault(code, set())
                if ids[number] in taken or len(taken) < cap:
                    taken.add(ids[number])
                assert (code in may) == (ids[number] in taken)
        assert max(map(len, model.values()), default=0) <= cap
        session.rollback()


def test_a_smaller_cap_counts_what_campaigns_with_a_larger_one_took(office: Office) -> None:
    week = date(2024, 6, 24)
    with writing(office.engine) as session:
        first, second, third = (_bare_campaign(session) for _ in range(3))
        assert take_places(session, first, CODES[:1], week, 3) and take_places(session, second, CODES[:1], week, 3)
        give_up_places(session, first, CODES[:1], week)
        assert not take_places(session, third, CODES[:1], week, 1), "one campaign has told it something already"
        session.rollback()


def _bare_campaign(session: Session) -> int:
    row = CampaignRow(
        title="",
        region="",
        department="",
        content="",
        state="draft",
        revision=1,
        secret="",
        made_by="",
        made_at=NOW,
        changed_by="",
        changed_at=NOW,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


# ------------------------------------------------------------------ several at once


@pytest.mark.parametrize("first", ["the earlier one", "the later one"])
def test_of_two_campaigns_that_were_planned_side_by_side_one_tells_each_enterprise(
    office: Office, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Neither could see the list of the other when it made its own."""
    monkeypatch.setattr("recommender.campaigns.estimates.LeftOut.among", lambda *_given: set())
    ids = [office.started(office.content(FIRM)) for _ in range(2)]
    for _ in ids:
        office.worker().step()
    monkeypatch.undo()
    if first == "the later one":
        with writing(office.engine) as session:
            pause(session, ids[0], office.by("maker"))
        office.worker().run_dry()
        with writing(office.engine) as session:
            resume(session, ids[0], office.by("maker"))
    office.worker().run_dry()
    assert sorted(office.wire.codes) == sorted(FIRMS)
    assert states(office, ids[0]).keys() == {"sent"} and states(office, ids[1]).keys() == {"skipped"}
    assert reasons(office, ids[1]) == {"另一次推送已经告诉企业，或者正要告诉"}


def together(*work: Callable[[], object]) -> None:
    """Do all of it at the same moment; what goes wrong in one goes wrong here."""
    troubles: list[BaseException] = []
    begin = threading.Barrier(len(work))

    def one(what: Callable[[], object]) -> None:
        begin.wait()
        try:
            what()
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=one, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


def test_workers_side_by_side_send_everything_once_and_keep_the_cap(office: Office) -> None:
    ids = [office.started(office.content(FIRM, only_new=False)) for _ in range(4)]
    for _ in ids:
        office.worker().step()
    wires = [Wire() for _ in range(4)]
    workers = [
        office.worker(f"w{number}", channels={"wire": wire}, batch=3, chance=Random(number))
        for number, wire in enumerate(wires)
    ]
    together(*(worker.run_dry for worker in workers))
    letters = [letter for wire in wires for letter in wire.letters]
    assert len({letter.id for letter in letters}) == len(letters) == 2 * len(FIRMS)
    with reading(office.engine) as session:
        most = session.exec(select(func.count()).select_from(ContactRow).group_by(col(ContactRow.credit_code)))
        assert set(most) == {2}
        left = [progress(session, campaign_id).by_state for campaign_id in ids]
    assert sum(each[DeliveryState.SENT] for each in left) == len(letters)
    assert sum(each[DeliveryState.HELD] for each in left) == 2 * len(FIRMS)


def test_of_two_who_finish_and_retry_at_once_nothing_is_left_behind(office: Office) -> None:
    campaign_id = office.started(office.content(FIRM, codes=(CODES[0],)))
    office.wire.answer = lambda _: Permanent("地址不存在")
    worker = office.worker()
    worker.step()
    worker.step()
    office.wire.answer = lambda letter: Sent(letter.id)

    def finish() -> None:
        with writing(office.engine) as session:
            queue.reconcile(session, office.clock())

    def again() -> None:
        while True:
            try:
                with writing(office.engine) as session:
                    retry(session, campaign_id, By("maker", office.clock()))
            except Refused:  # it was finished at this very moment
                continue
            return

    together(finish, again)
    office.worker().run_dry()
    assert office.wire.codes == [CODES[0]]
    assert state_of(office, campaign_id) is State.FINISHED


def test_receipts_are_gathered_now_and_then(office: Office) -> None:
    asked: list[datetime] = []
    worker = office.worker(gather=lambda _session: asked.append(office.clock()))
    worker.run_dry()
    worker.run_dry()
    assert len(asked) == 1
    office.clock.at += GATHERED_EVERY - timedelta(seconds=1)
    worker.run_dry()
    assert len(asked) == 1
    office.clock.at += timedelta(seconds=1)
    worker.run_dry()
    assert len(asked) == 2
