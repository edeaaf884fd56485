"""The inbox as a channel, receipts, and the kept calendar, on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlmodel import select

from enterprises.audit import AuditRow
from enterprises.database import reading, writing
from recommender.campaigns.tables import CampaignItemRow, CampaignRow, DeliveryRow, PushRow
from recommender.channels.gathering import gather
from recommender.channels.inbox import Inbox
from recommender.channels.letters import Letter, Sent, Temporary
from recommender.channels.quiet import Calendar, Named, Special
from recommender.channels.quiet_days import ChangedMeanwhile, load, load_calendar, save
from recommender.channels.receipts import Kind, counts, note_receipt, receipts_of
from recommender.channels.tables import ReceiptRow
from recommender.messages.inbox import mark_read, unread
from recommender.messages.tables import MessageRow
from recommender.ranking.tables import FeedbackRow
from tests.recommender.channels.made_up import NOW, letter
from tests.recommender.messages.made_up import CODE, CODES, OTHER, PERSON, inbox, made_up_library, store

ITEM = "made-up-2024.1"


def told(engine: Engine, *numbers: int, code: str = CODE) -> Inbox:
    channel = Inbox(engine, lambda: NOW)
    sent = channel.send([bare(number, code) for number in numbers])
    assert all(isinstance(each, Sent) for each in sent)
    return channel


def bare(number: int, code: str = CODE) -> Letter:
    return replace(letter(number, credit_code=code), pushed=())


def test_a_letter_lies_in_the_inbox_once_however_often_it_is_sent(engine: Engine) -> None:
    told(engine, 1, 2)
    told(engine, 2, 1, 2)
    lying = inbox(engine)
    assert len(lying) == 2
    assert {each.title for each in lying} == {"有一项新的可享政策"}
    assert {each.path for each in lying} == {"/items/made-up-2024.0"}
    assert lying[0].to_all
    with reading(engine) as session:
        assert unread(session, CODE, PERSON) == 0  # nobody asked for this topic: it calls for nobody
        assert [each.kind for each in receipts_of(session, letter(1).id)] == [Kind.DELIVERED]


def test_a_letter_on_one_item_leads_to_it(engine: Engine, tmp_path: Path) -> None:
    store(engine, made_up_library(tmp_path, [10]))
    one = letter(5)
    told_of = replace(one, pushed=(replace(one.pushed[0], item_id=ITEM),))
    Inbox(engine, lambda: NOW).send([told_of])
    assert inbox(engine)[0].item == (ITEM, 1)


def test_where_nothing_can_be_written_nothing_is(engine: Engine) -> None:
    unknown = letter(6)  # its item is not stored
    outcomes = Inbox(engine, lambda: NOW).send([bare(7), unknown])
    assert all(isinstance(each, Temporary) for each in outcomes)
    assert inbox(engine) == ()


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil"])
def test_a_path_that_leads_elsewhere_is_a_mistake(path: str) -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(ValueError, match="not a path"):
        Inbox(engine, lambda: NOW).send([replace(bare(1), path=path)])


def test_the_first_receipt_counts(engine: Engine) -> None:
    later = NOW + timedelta(hours=1)
    with writing(engine) as session:
        assert note_receipt(session, "a", Kind.OPENED, NOW, "portal")
        assert not note_receipt(session, "a", Kind.OPENED, later, "inbox")
        assert note_receipt(session, "a", Kind.FOLLOWED, later, "portal", "7-x-1")
        assert note_receipt(session, "a", Kind.FOLLOWED, later, "portal", "7-x-2")
        assert note_receipt(session, "b", Kind.OPENED, later, "portal")
    with reading(engine) as session:
        first = receipts_of(session, "a")[0]
        assert (first.kind, first.source, first.moment) == (Kind.OPENED, "portal", NOW)
        everything = select(ReceiptRow.letter)
        assert counts(session, everything) == {
            Kind.DELIVERED: 0,
            Kind.OPENED: 2,
            Kind.FOLLOWED: 1,  # one letter, two pushes
            Kind.APPLIED: 0,
        }
        assert counts(session, everything.where(ReceiptRow.letter == "b"))[Kind.FOLLOWED] == 0


def campaign_of(engine: Engine, *codes: str) -> None:
    """A campaign that told these enterprises of an item, each by a letter with the number of its place."""
    with writing(engine) as session:
        session.add(
            CampaignRow(
                id=7,
                title="推送",
                region="610600",
                department="",
                content="{}",
                state="running",
                revision=1,
                secret="x",
                made_by="a",
                made_at=NOW,
                changed_by="a",
                changed_at=NOW,
            )
        )
        session.flush()
        session.add(CampaignItemRow(campaign_id=7, number=1, item_id=ITEM, version=1, digest="d"))
        session.flush()
        for number, code in enumerate(codes):
            key: dict[str, Any] = {"campaign_id": 7, "credit_code": code}
            session.add(
                DeliveryRow(id=letter(number).id, channel="inbox", state="sent", due_at=NOW, sent_at=NOW, **key)
            )
            session.add(PushRow(item=1, kind="eligible", **key))


def heard(engine: Engine, code: str, event: str, days: int, number: int) -> None:
    with writing(engine) as session:
        moment = NOW + timedelta(days=days)
        row: dict[str, Any] = {"credit_code": code, "item_id": ITEM, "item_version": 1, "event": event, "origin": "x"}
        session.add(FeedbackRow(event_id=str(number), received_at=moment, **row))


def test_what_is_known_already_is_gathered_once(engine: Engine, tmp_path: Path) -> None:
    store(engine, made_up_library(tmp_path, [10]))
    campaign_of(engine, CODES[0], CODES[1], CODES[2])
    for number in range(3):
        told(engine, number, code=CODES[number])
    heard(engine, CODES[0], "opened", 1, 1)
    heard(engine, CODES[0], "opened", 2, 2)
    heard(engine, CODES[0], "applied", 3, 3)
    heard(engine, CODES[1], "opened", -1, 4)  # before it was told
    heard(engine, CODES[2], "seen", 1, 5)
    with writing(engine) as session:
        (message,) = session.exec(select(MessageRow.id).where(MessageRow.credit_code == CODES[1]))
        mark_read(session, CODES[1], PERSON, message, NOW + timedelta(hours=2))
        mark_read(session, CODES[1], OTHER, message, NOW + timedelta(hours=1))
    with writing(engine) as session:
        assert gather(session) == 3
    with writing(engine) as session:
        assert gather(session) == 0
        assert gather(session, 7) == 0
    with reading(engine) as session:
        first = [(each.kind, each.push, each.moment) for each in receipts_of(session, letter(0).id)]
        push = f"7-{CODES[0]}-1"
        assert first == [
            (Kind.DELIVERED, "", NOW),
            (Kind.FOLLOWED, push, NOW + timedelta(days=1)),
            (Kind.APPLIED, push, NOW + timedelta(days=3)),
        ]
        second = receipts_of(session, letter(1).id)
        assert [(each.kind, each.moment) for each in second][1:] == [(Kind.OPENED, NOW + timedelta(hours=1))]
        assert [each.kind for each in receipts_of(session, letter(2).id)] == [Kind.DELIVERED]


DAYS = {date(2024, 10, 1): Named(Special.HOLIDAY, "国庆节"), date(2024, 9, 29): Named(Special.WORKING)}


def test_the_calendar_is_kept_and_nobody_overwrites_another_s_change(engine: Engine) -> None:
    with reading(engine) as session:
        assert load_calendar(session) == Calendar()
        assert load(session).revision == 0
    changed = Calendar(first_hour=20, last_hour=9, weekends=False, weekly_cap=3)
    with writing(engine) as session:
        save(session, 0, changed, DAYS, "somebody", NOW)
    with reading(engine) as session:
        kept = load(session)
    assert (kept.days, kept.revision, kept.changed_by) == (DAYS, 1, "somebody")
    assert kept.calendar == replace(changed, special={day: named.kind for day, named in DAYS.items()})
    with pytest.raises(ChangedMeanwhile), writing(engine) as session:
        save(session, 0, Calendar(), {}, "other", NOW)
    with writing(engine) as session:
        save(session, 1, Calendar(), {}, "other", NOW)
    with reading(engine) as session:
        assert load_calendar(session) == Calendar()
        assert len(session.exec(select(AuditRow).where(AuditRow.action == "quiet-days.changed")).all()) == 2
