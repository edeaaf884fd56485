"""The inbox of an enterprise's member: what was told, newest first.

To open a message changes nothing, since a GET never does: mail programs, previews and browsers that fetch ahead would
otherwise read on somebody's behalf. That it was read is said by a button under it, or for all messages at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from policies.items import Status
from recommender.messages.subscription import Topic
from recommender.messages.unsubscribing import token
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.messages.inbox import Letter

pages = Blueprint("inbox", __name__, url_prefix="/mine/<credit_code>/inbox")

WHERE_TO = {
    Topic.GRANTS: ("grants.show_list", "去“免申即享”确认"),
    Topic.APPEALS: ("appeals.show_list", "去“诉求”查看"),
}
"""Where a message of a kind is followed up; all others at the enterprise's result."""

RESULT = ("own_check.show", "打开政策体检")


@dataclass(frozen=True)
class Passage:
    """A line of a message that stands alone, or, as a heading, over ``points``."""

    text: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """An item that a message tells of, in the version that it was told of; ``address``: where it can be opened."""

    title: str
    version: int
    address: str | None


@pages.get("")
def show_list(credit_code: str) -> str:
    """Messages, newest first; of one kind, or those in the archive, where that is asked for."""
    from recommender.messages.inbox import DIGEST, PAGE, kind_label, letters, unread

    kinds = [DIGEST, *(topic.value for topic in Topic)]
    kind, archived = request.args.get("kind", ""), request.args.get("archived") == "1"
    if kind and kind not in kinds:
        abort(404)
    after = request.args.get("after") or None
    with stored().reading() as database:
        try:
            found = letters(
                database, credit_code, _account(), kind=kind or None, archived=archived, after=after, limit=PAGE + 1
            )
        except LookupError:
            abort(404)
        count = unread(database, credit_code, _account())
    return render_template(
        "inbox.html",
        credit_code=credit_code,
        letters=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        after=after,
        kind=kind,
        kinds=[(each, kind_label(each)) for each in kinds],
        archived=archived,
        unread=count,
        done=request.args.get("done", ""),
        undo=request.args.get("of", ""),
    )


@pages.get("/<message_id>")
def show(credit_code: str, message_id: str) -> str:
    """One message, with what it is about and the way out."""
    from recommender.campaigns.responses import items_of
    from recommender.messages.inbox import told_by
    from recommender.messages.subscribers import subscription_of

    with stored().reading() as database:
        letter = _letter(database, credit_code, message_id)
        told, pushed = told_by(database, letter.id), items_of(database, letter.id)
        subscription = subscription_of(database, _account(), credit_code)
    topics = dict.fromkeys(Topic(row.topic) for row in told) or dict.fromkeys(t for t in Topic if t == letter.kind)
    pairs = dict.fromkeys((row.item_id, row.item_version) for row in told if row.item_id)
    for pair in (*pushed, *([letter.item] if letter.item else [])):
        pairs.setdefault(pair)
    return render_template(
        "message.html",
        credit_code=credit_code,
        letter=letter,
        passages=_passages(letter.lines),
        about=[_about(*pair, credit_code if pair in pushed else None) for pair in pairs],
        next_step=_next_step(credit_code, letter, list(topics)),
        pushed=bool(pushed),
        owns=visitor().owns(credit_code),
        ways_out=[
            (topic.label, url_for("unsubscribe.show", token=token(subscription, topic, settings().seal)))
            for topic in topics
            if topic in subscription.topics
        ],
    )


@pages.post("/read-all")
def read_all(credit_code: str) -> Response:
    """All messages that there are have been read."""
    from recommender.campaigns.responses import note_read
    from recommender.messages.inbox import mark_all_read

    with stored().writing() as database:
        mark_all_read(database, credit_code, _account(), settings().now())
        note_read(database, credit_code, settings().now())
    return _back(credit_code, "all-read")


@pages.post("/<message_id>/read")
def read(credit_code: str, message_id: str) -> Response:
    """A message has been read."""
    from recommender.campaigns.responses import note_read
    from recommender.messages.inbox import mark_read

    with stored().writing() as database:
        letter = _letter(database, credit_code, message_id)
        mark_read(database, credit_code, _account(), letter.id, settings().now())
        note_read(database, credit_code, settings().now())
    return _back(credit_code, "read")


@pages.post("/<message_id>/archive")
def put_away(credit_code: str, message_id: str) -> Response:
    """A message goes to the archive."""
    return _archive(credit_code, message_id, back=False)


@pages.post("/<message_id>/restore")
def take_back(credit_code: str, message_id: str) -> Response:
    """A message comes back from the archive."""
    return _archive(credit_code, message_id, back=True)


def _archive(credit_code: str, message_id: str, back: bool) -> Response:
    from recommender.campaigns.responses import note_read
    from recommender.messages.inbox import archive

    with stored().writing() as database:
        letter = _letter(database, credit_code, message_id)
        archive(database, credit_code, _account(), letter.id, settings().now(), back=back)
        note_read(database, credit_code, settings().now())
    return _back(credit_code, "restored") if back else _back(credit_code, "archived", of=message_id)


def _letter(database: Session, credit_code: str, message_id: str) -> Letter:
    from recommender.messages.inbox import letter

    try:
        return letter(database, credit_code, _account(), message_id)
    except LookupError:
        abort(404)


def _account() -> str:
    """The visitor's; the guard has seen to it that there is one."""
    account = visitor().account
    assert account is not None
    return account


def _back(credit_code: str, done: str, of: str | None = None) -> Response:
    return redirect(url_for("inbox.show_list", credit_code=credit_code, done=done, of=of), 303)


def _passages(lines: Sequence[str]) -> list[Passage]:
    from recommender.messages.layout import BULLET

    found: list[Passage] = []
    for line in lines:
        if line.startswith(BULLET) and found:
            last = found[-1]
            found[-1] = replace(last, points=(*last.points, line.removeprefix(BULLET)))
        else:
            found.append(Passage(line))
    return found


def _about(item_id: str, version: int, pushed_to: str | None) -> About:
    """An item that was pushed to an enterprise leads to its page for that enterprise, where it says what it did."""
    item = library().items.get(item_id)
    if item is None:
        return About("一个已经下架的事项", version, None)
    if pushed_to is None or item.status is not Status.PUBLISHED:
        return About(item.title, version, url_for("items.show", item_id=item_id))
    return About(item.title, version, url_for("own_items.show", credit_code=pushed_to, item_id=item_id))


def _next_step(credit_code: str, letter: Letter, topics: list[Topic]) -> tuple[str, str] | None:
    """Where to go on, and what the link says; ``None`` where there is no such page."""
    if letter.path is not None:
        return letter.path, "去看看"
    endpoint, label = WHERE_TO.get(topics[0], RESULT) if len(topics) == 1 else RESULT
    try:
        return url_for(endpoint, credit_code=credit_code), label
    except BuildError:
        return None
