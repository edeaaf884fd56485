"""The inbox as a member meets it: unread by word and weight, opened without a change, read by a button."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from enterprises.dictionary import bundled
from enterprises.samples import SAMPLE_DAY, samples
from recommender.messages.inbox import DIGEST, PAGE, Message, post, unread
from recommender.messages.subscription import Topic
from recommender.messages.tables import ToldRow
from tests.web.signing_in import signed_in
from tests.web.test_subscriptions import account_of
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CODE, OTHER = (str(profile.credit_code) for profile in samples()[:2])
INBOX = f"/mine/{CODE}/inbox"
ITEM = "yanan-2023-private-economy.15"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('inbox') / 'huiqi.db'}"
    setup(url, sample=True)
    return url


@pytest.fixture
def app(url: str) -> Iterator[Flask]:
    stored = Database(url, bundled())
    yield create_app(Settings(url, sample=True, posts="1000 per minute"), stored)
    stored.close()


@pytest.fixture
def client(app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    return signed_in(app, {CODE: Role.CLERK}, subject=request.node.name)


def soup(response: TestResponse) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


def send(
    app: Flask,
    client: FlaskClient,
    title: str,
    *,
    kind: str = Topic.NEW.value,
    lines: tuple[str, ...] = ("一行",),
    topics: tuple[Topic, ...] = (),
    minutes: int = 0,
) -> str:
    """A message to the visitor of ``client`` that tells ``topics`` of an item."""
    account = account_of(app, client)
    moment = app.extensions["huiqi_settings"].now() + timedelta(minutes=minutes)
    message = Message(CODE, account, kind, (title,), title, lines, SAMPLE_DAY)
    with app.extensions["huiqi"].writing() as database:
        written = post(database, message, moment)
        assert written is not None
        for topic in topics:
            database.add(
                ToldRow(
                    message_id=written,
                    account_id=account,
                    credit_code=CODE,
                    topic=topic.value,
                    item_id=ITEM,
                    item_version=1,
                    occasion=title,
                )
            )
    return written


def count(app: Flask, client: FlaskClient) -> int:
    with app.extensions["huiqi"].reading() as database:
        return unread(database, CODE, account_of(app, client))


def press(client: FlaskClient, action: str, page: str = INBOX) -> TestResponse:
    """Press the button of the form that leads to ``action``, which has to be on the page."""
    form = soup(client.get(page)).select_one(f"form[action='{action}']")
    assert form is not None
    hidden = {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}
    return client.post(action, data=hidden, follow_redirects=True)


def shown(page: BeautifulSoup) -> list[str]:
    return [link.text for link in page.select("#letters a")]


def test_an_empty_inbox_says_what_will_come_and_how_to_hear_more(client: FlaskClient) -> None:
    page = soup(client.get(INBOX))
    assert "还没有消息" in page.text
    assert page.select_one(f".empty a[href='/mine/{CODE}/subscriptions']") is not None


def test_messages_come_newest_first_and_unread_ones_say_so(app: Flask, client: FlaskClient) -> None:
    send(app, client, "旧的")
    new = send(app, client, "新的", minutes=1)
    page = soup(client.get(INBOX))
    assert shown(page) == ["新的", "旧的"]
    assert [each.text for each in page.select("#letters .tag")] == ["未读", "未读"]
    assert len(page.select("#letters strong a")) == 2
    assert "2 条未读" in page.text
    press(client, f"{INBOX}/{new}/read", f"{INBOX}/{new}")
    page = soup(client.get(INBOX))
    assert len(page.select("#letters strong a")) == 1
    assert "1 条未读" in page.text


def test_to_open_a_message_changes_nothing_and_the_button_does(app: Flask, client: FlaskClient) -> None:
    message = send(app, client, "一条", lines=("一行", "二行"))
    page = soup(client.get(f"{INBOX}/{message}"))
    assert [line.text for line in page.select("#body p")] == ["一行", "二行"]
    assert count(app, client) == 1
    answer = soup(press(client, f"{INBOX}/{message}/read", f"{INBOX}/{message}"))
    assert "已标为已读" in answer.text
    assert count(app, client) == 0
    assert soup(client.get(f"{INBOX}/{message}")).select_one(f"form[action='{INBOX}/{message}/read']") is None


def test_all_are_marked_as_read_at_once(app: Flask, client: FlaskClient) -> None:
    for number in range(3):
        send(app, client, f"第 {number} 条")
    answer = soup(press(client, f"{INBOX}/read-all"))
    assert "没有未读的消息" in answer.text
    assert count(app, client) == 0


def test_the_archive_can_be_looked_at_and_undone(app: Flask, client: FlaskClient) -> None:
    message = send(app, client, "一条")
    answer = soup(press(client, f"{INBOX}/{message}/archive", f"{INBOX}/{message}"))
    assert "已存档" in answer.text
    assert shown(answer) == []
    assert shown(soup(client.get(f"{INBOX}?archived=1"))) == ["一条"]
    back = press(client, f"{INBOX}/{message}/restore", f"{INBOX}?done=archived&of={message}")
    assert shown(soup(back)) == ["一条"]


def test_a_kind_is_found_within_digests_too(app: Flask, client: FlaskClient) -> None:
    send(app, client, "答复", kind=Topic.APPEALS.value)
    send(app, client, "综合", kind=DIGEST, topics=(Topic.NEW, Topic.NEAR), minutes=1)
    assert shown(soup(client.get(f"{INBOX}?kind=appeals"))) == ["答复"]
    assert shown(soup(client.get(f"{INBOX}?kind=near"))) == ["综合"]
    assert shown(soup(client.get(f"{INBOX}?kind=digest"))) == ["综合"]
    assert shown(soup(client.get(f"{INBOX}?kind=grants"))) == []
    assert client.get(f"{INBOX}?kind=nothing").status_code == 404


@pytest.mark.parametrize(("number", "pages"), [(PAGE - 1, 1), (PAGE, 1), (PAGE + 1, 2), (2 * PAGE, 2)])
def test_pages_hold_so_many_and_lead_on(app: Flask, client: FlaskClient, number: int, pages: int) -> None:
    for each in range(number):
        send(app, client, f"{each}", minutes=each)
    seen, address, count_ = [], INBOX, 0
    while address:
        page = soup(client.get(address))
        seen += shown(page)
        count_ += 1
        further = page.select_one("nav[aria-label=翻页] a")
        address = str(further["href"]) if further else ""
    assert seen == [str(each) for each in reversed(range(number))]
    assert count_ == pages


def test_a_message_names_its_items_and_offers_a_way_out_for_each_topic(app: Flask, client: FlaskClient) -> None:
    message = send(app, client, "综合", kind=DIGEST, topics=(Topic.GRANTS, Topic.APPEALS, Topic.NEW))
    page = soup(client.get(f"{INBOX}/{message}"))
    assert page.select_one(f"a[href='/items/{ITEM}']") is not None
    ways = page.select("footer a[href^='/unsubscribe/']")
    # Of what the visitor never asked for there is nothing to leave.
    assert [way.text for way in ways] == ["退订“免申即享的确认和到期”", "退订“诉求的答复”"]
    assert client.get(str(ways[0]["href"])).status_code == 200


def test_what_a_message_says_is_text_and_never_markup(app: Flask, client: FlaskClient) -> None:
    evil = "<script>alert(1)</script>"
    message = send(app, client, evil, lines=(evil, "<a href='https://evil.example'>点这里</a>"))
    for address in (INBOX, f"{INBOX}/{message}"):
        page = soup(client.get(address))
        assert not any("alert" in script.text for script in page.select("script"))
        assert page.select_one("a[href*=evil]") is None


def test_a_message_of_somebody_else_is_not_found(app: Flask, client: FlaskClient) -> None:
    message = send(app, client, "一条")
    colleague = signed_in(app, {CODE: Role.OWNER, OTHER: Role.OWNER}, subject="colleague")
    token = BeautifulSoup(colleague.get(f"/mine/{CODE}/subscriptions").text, "html.parser").select_one(
        "[name=csrf_token]"
    )
    assert token is not None
    for code in (CODE, OTHER):
        assert colleague.get(f"/mine/{code}/inbox/{message}").status_code == 404
        assert colleague.get(f"/mine/{code}/inbox?after={message}").status_code == 404
        for deed in ("read", "archive", "restore"):
            sent = colleague.post(f"/mine/{code}/inbox/{message}/{deed}", data={"csrf_token": token["value"]})
            assert sent.status_code == 404
    assert client.get(f"/mine/{OTHER}/inbox").status_code == 403
    assert app.test_client().get(INBOX).status_code == 303
    assert count(app, client) == 1


def test_without_the_token_against_forgery_nothing_is_marked(app: Flask, client: FlaskClient) -> None:
    message = send(app, client, "一条")
    for action in (f"{message}/read", f"{message}/archive", "read-all"):
        assert client.post(f"{INBOX}/{action}").status_code == 400
    assert count(app, client) == 1
