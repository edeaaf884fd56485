"""The page on which a member chooses what to be told of, and the way out by a link without signing in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow
from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import BadText
from recommender.messages.schedule import Quiet
from recommender.messages.subscribers import subscription_of
from recommender.messages.subscription import SERVICE, Channel, Subscription, Topic
from recommender.messages.tables import SubscriptionRow
from recommender.messages.unsubscribing import token
from tests.web.signing_in import signed_in
from web.accounts.visitor import Role
from web.app import create_app
from web.pages.subscriptions import CHANNELS
from web.pages.unsubscribe import mask_name
from web.settings import Settings
from web.setup import setup
from web.stored import Database
from web.subscription_form import MOST_DAYS, read_days, write_form

CODE, OTHER = (str(profile.credit_code) for profile in samples()[:2])
PAGE = f"/mine/{CODE}/subscriptions"
CHOSEN = {"topics": ["new", "grants"], "frequency": "weekly", "weekday": "0", "month_day": "1"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('subscriptions') / 'huiqi.db'}"
    setup(url, sample=True)
    return url


@pytest.fixture
def app(url: str) -> Iterator[Flask]:
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def client(app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    """Of a clerk whom no other test knows."""
    return signed_in(app, {CODE: Role.CLERK}, subject=request.node.name)


def soup(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def csrf(client: FlaskClient, page: str = PAGE) -> str:
    return str(soup(client.get(page)).select_one("[name=csrf_token]")["value"])  # type: ignore[index]


def save(client: FlaskClient, **typed: str | list[str]) -> TestResponse:
    return client.post(PAGE, data={"csrf_token": csrf(client), **CHOSEN, **typed})


def standing(app: Flask, client: FlaskClient) -> Subscription:
    stored: Database = app.extensions["huiqi"]
    with stored.reading() as database:
        return subscription_of(database, account_of(app, client), CODE)


def account_of(app: Flask, client: FlaskClient) -> str:
    from web.pages import SESSION, visitor

    with client.session_transaction() as session:
        secret = session[SESSION]
    with app.test_request_context():
        from flask import session as current

        current[SESSION] = secret
        account = visitor().account
    assert account is not None
    return account


# -------------------------------------------------------------------- the page


def test_the_page_begins_with_what_stands_and_promises_no_channel_that_is_not_there(client: FlaskClient) -> None:
    page = soup(client.get(PAGE))
    text = page.get_text()
    assert "免申即享的确认和到期、诉求的答复，有了当天通过站内消息告诉您。" in text
    assert "目前只有站内消息，不发邮件、短信或其他消息" in text
    assert {tick["value"] for tick in page.select("[name=topics][checked]")} == {"grants", "appeals"}
    assert not page.select("[name=channels], [name^='address.'], [name=first_hour]")


def test_what_is_saved_is_said_in_words(app: Flask, client: FlaskClient) -> None:
    answer = save(
        client, weekends="1", days="2024-10-01 至 2024-10-07", until="2024-07-15", regions="榆林市", plain="1"
    )
    assert answer.status_code == 303
    page = soup(client.get(answer.headers["Location"]))
    said = page.select_one("[role=status]")
    assert said is not None
    assert "每周一，通过站内消息，告诉您：新增的可享事项，还有陕西省榆林市的新政策。" in said.text
    assert "周末、您列出的 7 天、2024年7月15日及以前不打扰" in said.text
    kept = standing(app, client)
    assert kept.topics == {Topic.NEW, Topic.GRANTS}
    assert kept.since == SAMPLE_DAY
    assert kept.regions == ("610800",)
    assert page.select_one("#days").text.strip() == "2024-10-01 至 2024-10-07"  # type: ignore[union-attr]
    assert page.select_one("#until")["value"] == "2024-07-15"  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("frequency", "hourly"),
        ("weekday", "7"),
        ("month_day", "0"),
        ("month_day", "32"),
        ("days", "明天"),
        ("days", "2023-02-29"),
        ("days", "2024-10-07 至 2024-10-01"),
        ("days", "2024-01-01 至 2024-12-31"),
        ("until", "2024-06-29"),
        ("until", "2025-07-02"),
        ("until", "下周"),
        ("regions", "火星"),
        ("regions", "<i>火"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_lost_or_saved(
    app: Flask, client: FlaskClient, field: str, typed: str
) -> None:
    answer = save(client, **{"plain": "1", field: typed})
    page = soup(answer)
    assert answer.status_code == 422
    link = page.select_one(f"#mistakes a[href='#{field}']")
    assert link is not None
    assert page.select_one(f"#{field}[aria-invalid=true]") is not None
    assert page.select_one(f"#{field}-mistake") is not None
    assert page.select_one("[name=topics][value=new][checked]") is not None
    assert page.select_one("[name=plain][checked]") is not None
    assert "<i>" not in answer.text
    assert standing(app, client).topics == SERVICE


@pytest.mark.parametrize("until", ["2024-06-30", "2025-07-01"])
def test_the_first_and_the_last_day_of_silence_are_allowed(app: Flask, client: FlaskClient, until: str) -> None:
    assert save(client, until=until).status_code == 303
    assert standing(app, client).quiet.until == date.fromisoformat(until)


def test_channels_are_offered_only_where_the_installation_has_them(app: Flask, client: FlaskClient) -> None:
    save(client, channels=["email", "sms"], **{"address.email": "wang@example.com"})
    assert standing(app, client).channels == {Channel.INBOX}
    app.extensions[CHANNELS] = (Channel.INBOX, Channel.EMAIL)
    answer = save(client, channels=["email", "sms"])
    assert "要通过电子邮件收，请填写邮箱地址" in answer.text
    assert "短信" not in answer.text
    answer = save(client, channels="email", **{"address.email": "wang.xm@example.com", "first_hour": "22"})
    assert "开始和结束两个钟点要一起选" in answer.text
    answer = save(
        client, channels="email", **{"address.email": "wang.xm@example.com", "first_hour": "22", "last_hour": "8"}
    )
    page = client.get(answer.headers["Location"])
    assert "每周一，通过站内消息、电子邮件，告诉您" in page.text
    assert "wa***@example.com" in page.text
    assert "wang.xm@example.com" not in page.text
    kept = standing(app, client)
    assert (kept.quiet.first_hour, kept.quiet.last_hour) == (22, 8)
    with app.extensions["huiqi"].reading() as database:
        assert all("example.com" not in row.addresses for row in database.exec(select(SubscriptionRow)))
    save(client, channels="email", first_hour="22", last_hour="8", plain="1")  # the address stays where none is typed
    assert standing(app, client) == replace(kept, plain=True)
    save(client)
    assert standing(app, client).addresses == ""


def test_another_enterprise_s_subscriptions_are_closed(client: FlaskClient, app: Flask) -> None:
    assert client.get(f"/mine/{OTHER}/subscriptions").status_code == 403
    assert client.post(f"/mine/{OTHER}/subscriptions", data={"csrf_token": csrf(client)}).status_code == 403
    assert app.test_client().get(PAGE).status_code == 303


def test_without_the_token_against_forgery_nothing_is_saved(app: Flask, client: FlaskClient) -> None:
    assert client.post(PAGE, data=CHOSEN).status_code == 400
    assert standing(app, client).topics == SERVICE


@given(st.frozensets(st.dates(date(2024, 6, 30), date(2024, 12, 31)), max_size=MOST_DAYS))
def test_quiet_days_are_read_as_they_are_written(days: frozenset[date]) -> None:
    written = write_form(Subscription("a", CODE, quiet=Quiet(days=days)), date(2024, 6, 30))["days"]
    assert read_days(written) == tuple(sorted(days))


@pytest.mark.parametrize(
    "text", ["2024-10-01至2024-10-03", "2024-10-01 到 2024-10-03", "2024-10-01,2024-10-02、2024年10月3日"]
)
def test_days_may_be_written_in_several_ways(text: str) -> None:
    assert read_days(text) == tuple(date(2024, 10, day) for day in (1, 2, 3))


def test_there_may_be_so_many_quiet_days_and_no_more() -> None:
    first = date(2024, 1, 1)
    most = [str(first + timedelta(days=2 * number)) for number in range(MOST_DAYS)]
    assert len(read_days("\n".join(most))) == MOST_DAYS
    with pytest.raises(BadText, match="最多 120 天"):
        read_days("\n".join([*most, "2030-01-01"]))


# ------------------------------------------------------------------ the way out


def link(app: Flask, client: FlaskClient, topic: Topic = Topic.GRANTS) -> str:
    subscription = standing(app, client)
    return f"/unsubscribe/{token(subscription, topic, app.extensions['huiqi_settings'].seal)}"


def test_the_last_days_of_the_calendar_are_days_too() -> None:
    assert read_days("9999-12-30 至 9999-12-31") == (date(9999, 12, 30), date(9999, 12, 31))
    with pytest.raises(BadText):
        read_days("9999-12-31 至 9999-12-30")


def test_a_get_never_unsubscribes_and_shows_no_more_than_the_masked_name(app: Flask, client: FlaskClient) -> None:
    address, stranger = link(app, client), app.test_client()
    for _ in range(3):
        assert stranger.get(address).status_code == 200
        assert stranger.head(address).status_code == 200
    page = soup(stranger.get(address))
    name = str(samples()[0].name)
    assert name not in page.text
    assert CODE not in str(page)
    assert mask_name(name) in page.text
    assert len(page.select("main form button")) == 1
    assert standing(app, client).topics == SERVICE


def test_one_button_ends_it_and_another_takes_it_up_again(app: Flask, client: FlaskClient) -> None:
    address, stranger = link(app, client), app.test_client()
    answer = stranger.post(address, data={"csrf_token": csrf(stranger, address)}, follow_redirects=True)
    assert "已经退订" in answer.text
    assert standing(app, client).topics == {Topic.APPEALS}
    answer = stranger.post(f"{address}/resume", data={"csrf_token": csrf(stranger, address)}, follow_redirects=True)
    assert answer.status_code == 200
    assert standing(app, client).topics == SERVICE
    with app.extensions["huiqi"].reading() as database:
        rows = [row for row in database.exec(select(AuditRow)) if account_of(app, client) in row.detail]
    assert [(row.actor, row.action) for row in rows] == [
        ("unsubscribe-link", "subscription.ended"),
        ("unsubscribe-link", "subscription.changed"),
    ]


def test_a_mail_program_ends_it_with_one_click(app: Flask, client: FlaskClient) -> None:
    answer = app.test_client().post(link(app, client), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert standing(app, client).topics == {Topic.APPEALS}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"List-Unsubscribe": "Two-Clicks"},
        {"List-Unsubscribe": ["One-Click", "One-Click"]},
        {"List-Unsubscribe": "One-Click", "more": "1"},
        {"list-unsubscribe": "One-Click"},
        {"csrf_token": "made up"},
    ],
)
def test_any_other_body_needs_the_token_against_forgery(
    app: Flask, client: FlaskClient, body: dict[str, str | list[str]]
) -> None:
    assert app.test_client().post(link(app, client), data=body).status_code == 400
    assert standing(app, client).topics == SERVICE


def test_one_click_does_not_resume(app: Flask, client: FlaskClient) -> None:
    one_click = {"List-Unsubscribe": "One-Click"}
    address, stranger = link(app, client), app.test_client()
    stranger.post(address, data=one_click)
    assert stranger.post(f"{address}/resume", data=one_click).status_code == 400
    assert standing(app, client).topics == {Topic.APPEALS}


def test_links_that_were_revoked_or_made_up_do_nothing_and_say_so(app: Flask, client: FlaskClient) -> None:
    address, stranger = link(app, client), app.test_client()
    assert client.post(f"{PAGE}/links", data={"csrf_token": csrf(client)}).status_code == 303
    for wrong in (address, address[:-2], "/unsubscribe/x", "/unsubscribe/" + "A" * 5000):
        page = stranger.get(wrong)
        assert page.status_code == 404
        assert "这个退订链接用不了" in page.text
        assert stranger.post(wrong, data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert standing(app, client).topics == SERVICE
    assert stranger.get(link(app, client)).status_code == 200


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("示例·宝塔区机械制造有限公司", "示例***公司"),
        ("甲公司", "甲***"),
        ("延安甲公司", "延***"),
        ("延安市甲公司", "延安***公司"),
    ],
)
def test_a_masked_name_is_known_to_those_who_know_it(name: str, masked: str) -> None:
    assert mask_name(name) == masked
    assert not re.search(re.escape(name), masked)
