"""Subscriptions are kept as they were chosen; what changes them is in the audit log, without any address."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from enterprises.audit import AuditRow
from enterprises.database import reading, writing
from enterprises.sealing import CannotOpen, Seal, new_key
from enterprises.source_text import BadText
from policies.items import Category
from recommender.messages.addresses import check_address, mask, open_addresses, seal_addresses
from recommender.messages.schedule import Frequency, Quiet, Schedule
from recommender.messages.subscribers import (
    end_topic,
    resume_topic,
    revoke_links,
    save,
    subscription_of,
    subscriptions_to,
)
from recommender.messages.subscription import SERVICE, Channel, Subscription, Topic, describe
from recommender.messages.tables import SubscriptionRow
from recommender.messages.unsubscribing import BadLink, read_token, token
from tests.recommender.messages.made_up import CODE, CODES, DAY, NOW, OTHER, PERSON

SEAL = Seal((new_key(),))
LATER = DAY + timedelta(days=40)
ALL_CHANNELS = "dingtalk,email,feishu,inbox,sms,wecom"

schedules = st.builds(Schedule, st.sampled_from(Frequency), st.integers(0, 6), st.integers(1, 31))
days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
hours = st.none() | st.integers(0, 23)
quiets = st.builds(Quiet, st.booleans(), st.frozensets(days, max_size=5), st.none() | days, hours, hours)
subscriptions = st.builds(
    Subscription,
    account=st.just(PERSON),
    credit_code=st.just(CODE),
    topics=st.frozensets(st.sampled_from(Topic)),
    categories=st.frozensets(st.sampled_from(Category)),
    regions=st.lists(st.sampled_from(["610100", "610800", "610602"]), unique=True).map(tuple),
    schedule=schedules,
    quiet=quiets,
    channels=st.frozensets(st.sampled_from(Channel)),
    plain=st.booleans(),
)


def kept(engine: Engine, wanted: Subscription, on: date = DAY) -> Subscription:
    with writing(engine) as session:
        return save(session, wanted, on, NOW, wanted.account)


def standing(engine: Engine, account: str = PERSON, code: str = CODE) -> Subscription:
    with reading(engine) as session:
        return subscription_of(session, account, code)


def noted(engine: Engine) -> Sequence[tuple[str, dict[str, object]]]:
    with reading(engine) as session:
        return [(row.action, json.loads(row.detail)) for row in session.exec(select(AuditRow))]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(subscriptions, min_size=1, max_size=3))
def test_what_was_chosen_comes_back(engine: Engine, chosen: list[Subscription]) -> None:
    for wanted in chosen:
        result = kept(engine, wanted)
        assert standing(engine) == result
        assert replace(result, since=wanted.since, done=None) == wanted


def test_nobody_is_subscribed_to_anything_but_their_own_affairs(engine: Engine) -> None:
    assert standing(engine).topics == SERVICE == {Topic.GRANTS, Topic.APPEALS}
    assert standing(engine).channels == {Channel.INBOX}
    with reading(engine) as session:
        assert subscriptions_to(session, CODES) == {}


def test_each_account_has_its_own_for_each_enterprise(engine: Engine) -> None:
    mine = Subscription(PERSON, CODE, frozenset({Topic.NEW}))
    kept(engine, mine)
    assert standing(engine, OTHER).topics == SERVICE
    assert standing(engine, PERSON, CODES[1]).topics == SERVICE
    with reading(engine) as session:
        assert set(subscriptions_to(session, [CODE, CODES[1]])) == {(PERSON, CODE)}


def test_a_new_schedule_begins_on_the_day_on_which_it_is_chosen(engine: Engine) -> None:
    first = kept(engine, Subscription(PERSON, CODE, frozenset({Topic.NEW})))
    assert first.since == DAY
    assert kept(engine, replace(first, plain=True), LATER).since == DAY
    assert kept(engine, replace(first, schedule=Schedule(Frequency.DAILY)), LATER).since == LATER


def test_who_asks_for_something_after_service_messages_alone_begins_then(engine: Engine) -> None:
    kept(engine, Subscription(PERSON, CODE, SERVICE))
    assert kept(engine, Subscription(PERSON, CODE, SERVICE | {Topic.NEAR}), LATER).since == LATER


def test_a_topic_is_ended_once_and_resumed(engine: Engine) -> None:
    with writing(engine) as session:
        assert end_topic(session, PERSON, CODE, Topic.GRANTS, NOW, "link")
        assert not end_topic(session, PERSON, CODE, Topic.GRANTS, NOW, "link")
        assert subscription_of(session, PERSON, CODE).topics == {Topic.APPEALS}
        assert resume_topic(session, PERSON, CODE, Topic.GRANTS, NOW, "link", on=DAY)
        assert not resume_topic(session, PERSON, CODE, Topic.GRANTS, NOW, "link", on=DAY)
    assert standing(engine).topics == SERVICE
    assert [action for action, _ in noted(engine)] == ["subscription.ended", "subscription.changed"]


def test_what_changes_nothing_is_not_noted_and_nothing_personal_ever_is(engine: Engine) -> None:
    sealed = seal_addresses({Channel.EMAIL: "wang@example.com"}, SEAL)
    wanted = Subscription(PERSON, CODE, frozenset({Topic.NEW}), channels=frozenset(Channel), addresses=sealed)
    kept(engine, wanted)
    kept(engine, wanted)
    kept(engine, replace(wanted, topics=frozenset()))
    assert noted(engine) == [
        (
            "subscription.changed",
            {"account": PERSON, "channels": ALL_CHANNELS, "frequency": "weekly", "topics": "new"},
        ),
        (
            "subscription.ended",
            {"account": PERSON, "channels": ALL_CHANNELS, "frequency": "weekly", "topics": ""},
        ),
    ]
    with reading(engine) as session:
        assert "example.com" not in session.exec(select(SubscriptionRow)).one().model_dump_json()


# ------------------------------------------------------------------- addresses


def test_addresses_can_only_be_read_with_the_key() -> None:
    sealed = seal_addresses({Channel.SMS: "13812345678"}, SEAL)
    assert open_addresses(sealed, SEAL) == {Channel.SMS: "13812345678"}
    with pytest.raises(CannotOpen):
        open_addresses(sealed, Seal((new_key(),)))
    assert seal_addresses({}, SEAL) == ""
    assert open_addresses("", SEAL) == {}


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("wang@example.com", "wa***@example.com"),
        ("a@example.com", "***@example.com"),
        ("ab@example.com", "a***@example.com"),
        ("13812345678", "13*******78"),
        ("ab", "**"),
        ("abcd", "a**d"),
    ],
)
def test_a_masked_address_never_shows_all_of_it(address: str, masked: str) -> None:
    assert mask(address) == masked


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (Channel.EMAIL, "wang"),
        (Channel.EMAIL, "wang@example"),
        (Channel.EMAIL, "a@b.com\nBcc: c@d.com"),
        (Channel.EMAIL, f"{'a' * 65}@example.com"),
        (Channel.SMS, "1381234567"),
        (Channel.SMS, "138123456789"),
        (Channel.SMS, "23812345678"),
        (Channel.WECOM, "王"),
        (Channel.WECOM, ""),
    ],
)
def test_what_is_no_address_is_refused(channel: Channel, text: str) -> None:
    with pytest.raises(BadText, match="请写"):
        check_address(channel, text)


def test_addresses_are_kept_without_blanks_around_them() -> None:
    assert check_address(Channel.EMAIL, " wang.xm@mail.example.com ") == "wang.xm@mail.example.com"
    assert check_address(Channel.SMS, "13812345678\n") == "13812345678"


# ----------------------------------------------------------------------- links


@given(st.sampled_from(Topic), st.text(alphabet="0123456789abcdef", max_size=16))
def test_a_link_says_what_it_is_for_and_shows_nothing(topic: Topic, salt: str) -> None:
    subscription = Subscription(PERSON, CODE, salt=salt)
    link = token(subscription, topic, SEAL)
    assert CODE not in link
    assert PERSON not in link
    asked = read_token(link, SEAL)
    assert (asked.account, asked.credit_code, asked.topic) == (PERSON, CODE, topic)
    assert asked.fits(subscription)
    assert not asked.fits(replace(subscription, salt=salt + "0"))


@given(st.text(max_size=200))
def test_a_made_up_link_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        read_token(text, SEAL)


@pytest.mark.parametrize("content", ["{}", "[]", "null", '["unsubscribe/1"]', '["other","a","b","new",""]', "王小明"])
def test_what_was_sealed_for_something_else_is_no_link(content: str) -> None:
    with pytest.raises(BadLink):
        read_token(SEAL.close(content), SEAL)


def test_revoking_links_makes_those_before_useless_and_changes_nothing_else(engine: Engine) -> None:
    before = kept(engine, Subscription(PERSON, CODE, frozenset({Topic.NEW})))
    with writing(engine) as session:
        revoke_links(session, PERSON, CODE, NOW, PERSON)
    after = standing(engine)
    assert not read_token(token(before, Topic.NEW, SEAL), SEAL).fits(after)
    assert read_token(token(after, Topic.NEW, SEAL), SEAL).fits(after)
    assert replace(after, salt="") == before


# ----------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("subscription", "words"),
    [
        (Subscription(PERSON, CODE), ("免申即享的确认和到期、诉求的答复，有了当天通过站内消息告诉您。",)),
        (Subscription(PERSON, CODE, frozenset()), ("目前什么都不会告诉您。",)),
        (
            Subscription(
                PERSON,
                CODE,
                frozenset({Topic.NEW, Topic.DEADLINES}),
                frozenset({Category.MONEY}),
                ("610800",),
                quiet=Quiet(weekends=True, until=date(2024, 10, 7), first_hour=22, last_hour=8),
                plain=True,
            ),
            (
                "每周一，通过站内消息，告诉您：新增的可享事项、可享事项的截止提醒（只限奖补资金），"
                "还有陕西省榆林市的新政策。",
                "周末、2024年10月7日及以前不打扰，顺延到之后第一个可以打扰的日子。",
                "每天 22 点到次日 8 点之间不发会响铃的消息。",
                "每项用平常的话多解释一句。",
            ),
        ),
    ],
)
def test_a_subscription_in_words(subscription: Subscription, words: tuple[str, ...]) -> None:
    assert describe(subscription) == words


def test_a_channel_that_is_not_offered_is_not_spoken_of() -> None:
    wanted = Subscription(PERSON, CODE, channels=frozenset({Channel.INBOX, Channel.SMS}))
    assert "短信" in describe(wanted)[0]
    assert "短信" not in describe(wanted, (Channel.INBOX,))[0]
