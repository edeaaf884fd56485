"""The webhook to a portal, over real connections on this machine."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from recommender.channels import webhook
from recommender.channels.allowed import Allowed
from recommender.channels.letters import Permanent, Sent, Temporary
from recommender.channels.public_hosts import is_public
from recommender.channels.webhook import LONGEST_WAIT, Portal, WebhookSettings, payload, sign, understand
from tests.channels.portal import OTHER_SECRET, SECRET, Answer, receiving
from tests.recommender.channels.made_up import NOW, letter

HERE = Allowed(recipients=frozenset({"127.0.0.1"}))


@contextmanager
def to(url: str, *secrets: str, allowed: Allowed = HERE, private: bool = True) -> Iterator[Portal]:
    portal = Portal(
        WebhookSettings(url, secrets or (SECRET,), "https://site", private), allowed, lambda: datetime.now(UTC)
    )
    yield portal
    portal.close()


def test_a_letter_arrives_signed_with_all_that_it_says() -> None:
    with receiving() as receiver, to(receiver.url) as portal:
        assert portal.send([letter()]) == [Sent(letter().id)]
    (arrived,) = receiver.requests
    assert arrived.id == letter().id
    assert arrived.content["type"] == "campaign.letter"
    data = arrived.content["data"]
    assert data["credit_code"] == letter().credit_code
    assert data["title"] == "有一项新的可享政策"
    assert data["url"] == "https://site/items/made-up-2024.0"
    (item,) = data["items"]
    assert (item["item"], item["version"], item["amount_low"], item["amount_high"]) == (
        "made-up-2024.0",
        1,
        500_000_000,
        None,
    )


def test_who_gets_a_letter_twice_can_tell() -> None:
    with receiving() as receiver, to(receiver.url) as portal:
        portal.send([letter()])
        portal.send([letter()])
    assert len(receiver.requests) == 2
    assert len(receiver.taken) == 1


def test_many_letters_come_in_order_over_few_connections() -> None:
    letters = [letter(number) for number in range(50)]
    with receiving() as receiver, to(receiver.url) as portal:
        outcomes = portal.send(letters)
        portal.send(letters)
    assert outcomes == [Sent(each.id) for each in letters]
    assert set(receiver.taken) == {each.id for each in letters}
    assert receiver.connections <= webhook.AT_ONCE


def test_while_a_secret_is_changed_either_side_of_the_change_understands() -> None:
    for known in ((SECRET,), (OTHER_SECRET,)):
        with receiving(*known) as receiver, to(receiver.url, SECRET, OTHER_SECRET) as portal:
            assert isinstance(portal.send([letter()])[0], Sent)
        assert receiver.forged == 0


def test_a_portal_with_another_secret_takes_nothing() -> None:
    with receiving(OTHER_SECRET) as receiver, to(receiver.url) as portal:
        assert isinstance(portal.send([letter()])[0], Permanent)
    assert (receiver.forged, receiver.requests) == (1, [])


def test_what_was_altered_on_its_way_shows() -> None:
    body = json.dumps(payload(letter()))
    headers = sign("id", body, datetime.now(UTC), [SECRET])
    Webhook(SECRET).verify(body, headers)
    for changed, with_ in ((body.replace("7", "8"), headers), (body, {**headers, "webhook-id": "other"})):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, with_)


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    shanghai = NOW.astimezone(datetime.now(UTC).astimezone().tzinfo) + timedelta(0)
    assert sign("id", "{}", NOW, [SECRET]) == sign("id", "{}", shanghai, [SECRET])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Sent),
        (202, Sent),
        (299, Sent),
        (301, Permanent),
        (307, Permanent),
        (400, Permanent),
        (404, Permanent),
        (408, Temporary),
        (409, Temporary),
        (410, Permanent),
        (422, Permanent),
        (425, Temporary),
        (429, Temporary),
        (500, Temporary),
        (503, Temporary),
        (599, Temporary),
    ],
)
def test_what_an_answer_means(status: int, kind: type) -> None:
    assert isinstance(understand("id", status, None, NOW), kind)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        (str(LONGEST_WAIT - 1), LONGEST_WAIT - 1),
        (str(LONGEST_WAIT), LONGEST_WAIT),
        (str(LONGEST_WAIT + 1), LONGEST_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("Fri, 28 Jun 2024 02:31:00 GMT", 61),
        ("Fri, 28 Jun 2024 02:00:00 GMT", 0),
        ("soon", None),
        ("Fri, 28 Jun 2024 02:31:00 +99999999999999999999", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_a_portal_wants_to_be_left_alone(header: str | None, seconds: int | None) -> None:
    said = understand("id", 429, header, NOW)
    assert isinstance(said, Temporary)
    assert said.after == seconds


@given(st.text(max_size=60))
def test_no_header_breaks_anything(header: str) -> None:
    said = understand("id", 503, header, NOW)
    assert isinstance(said, Temporary)
    assert said.after is None or 0 <= said.after <= LONGEST_WAIT


def test_a_failure_of_one_letter_leaves_the_others() -> None:
    with receiving() as receiver, to(receiver.url) as portal:
        receiver.usual = Answer(500)
        receiver.answers.extend([Answer(204)] * 2)
        outcomes = portal.send([letter(number) for number in range(4)])
    assert sorted(type(each).__name__ for each in outcomes) == ["Sent", "Sent", "Temporary", "Temporary"]


def test_redirects_are_not_followed() -> None:
    with receiving() as elsewhere, receiving() as receiver, to(receiver.url) as portal:
        receiver.usual = Answer(307, (("Location", elsewhere.url),))
        assert isinstance(portal.send([letter()])[0], Permanent)
    assert elsewhere.requests == []


def test_who_does_not_answer_in_time_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "READ", 0.1)
    with receiving() as receiver, to(receiver.url) as portal:
        receiver.usual = Answer(wait=0.5)
        assert isinstance(portal.send([letter()])[0], Temporary)


def test_nobody_there() -> None:
    with receiving() as receiver:
        url = receiver.url
    with to(url) as portal:
        assert isinstance(portal.send([letter()])[0], Temporary)


def test_a_long_or_slow_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 0.1)
    with receiving() as receiver, to(receiver.url) as portal:
        receiver.answers.extend([Answer(200, body=b"x" * 5_000_000), Answer(200, body=b"x" * 1000, drip=0.01)])
        began = time.monotonic()
        assert [type(each) for each in portal.send([letter(0), letter(1)])] == [Sent, Sent]
        assert time.monotonic() - began < 3
        assert portal.send([letter(2)]) == [Sent(letter(2).id)]


def test_private_hosts_are_refused_unless_they_are_meant() -> None:
    with receiving() as receiver, to(receiver.url, private=False) as portal:
        (refused,) = portal.send([letter()])
        assert isinstance(refused, Permanent)
        assert "HUIQI_WEBHOOK_PRIVATE" in str(refused)
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "allowed", [Allowed(), Allowed(recipients=frozenset({"other.example.cn"}))], ids=["none", "other"]
)
def test_outside_production_only_listed_hosts_are_reached(allowed: Allowed) -> None:
    with receiving() as receiver, to(receiver.url, allowed=allowed) as portal:
        outcomes = portal.send([letter(0), letter(1)])
    assert all(isinstance(each, Permanent) for each in outcomes)
    assert "HUIQI_ALLOWED_RECIPIENTS" in str(outcomes[0])
    assert receiver.connections == 0


def test_in_production_the_list_does_not_count() -> None:
    with receiving() as receiver, to(receiver.url, allowed=Allowed(production=True)) as portal:
        assert isinstance(portal.send([letter()])[0], Sent)


def test_secrets_are_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as receiver, to(receiver.url) as portal:
        receiver.usual = Answer(500)
        outcomes = portal.send([letter()])
        shown = f"{portal!r} {portal._settings!r} {outcomes!r} {caplog.text}"
    assert SECRET not in shown
    assert SECRET.removeprefix("whsec_") not in shown


def test_what_is_too_late_is_left_for_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MOST_TIME", -1)
    with receiving() as receiver, to(receiver.url) as portal:
        assert isinstance(portal.send([replace(letter())])[0], Temporary)
    assert receiver.requests == []
