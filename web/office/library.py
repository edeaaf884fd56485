"""The policy library for officials: the list, what ends soon, what is missing, and everything about one item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from enterprises.calendar import format_moment
from policies.gaps import Kind, gaps
from policies.items import Item
from recommender.publishing.content import Scope, scope_of
from recommender.publishing.states import Refused, Taken
from web.accounts.visitor import Duty
from web.library.access import READERS, WATCHERS, by, covers, may, scope_of_item
from web.library.draft_page import address
from web.library.rows import asked_for, choices, rows, wanted
from web.library.shown import run_examples, sentences_of, side_by_side
from web.pages import library, settings, stored, visitor
from web.payments.scope import payable_items

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

pages = Blueprint("library_desk", __name__, url_prefix="/office/library")
deeds = Blueprint("library_deeds", __name__, url_prefix="/office/library")

CONFLICT, UNPROCESSABLE = 409, 422

DONE = {"tagged": "标签已经改好。"}


@pages.get("")
def show() -> str:
    """The items that the visitor's posts cover, narrowed by what the address asks for."""
    asked, on, found = asked_for(request.args), settings().day(), rows()
    return render_template(
        "office_library.html",
        address=address,
        asked=asked,
        on=on,
        rows=wanted(found, asked, on),
        total=sum(not row.retired for row in found),
        choices=choices(found, library()),
        ends={days: len(wanted(found, asked_for({"days": days}), on)) for days in ("30", "90")},
        may_edit=bool(visitor().posts_of(Duty.EDITOR)),
    )


@pages.get("/gaps")
def show_gaps() -> str:
    """What the items leave open, item by item, what weighs most first."""
    asked, on, found = asked_for(request.args), settings().day(), rows()
    listed = [row for row in wanted(found, asked, on) if row.gaps]
    counts = {kind: sum(kind in {gap.kind for gap in row.gaps} for row in found) for kind in Kind}
    return render_template("office_gaps.html", address=address, asked=asked, rows=listed, counts=counts)


@dataclass(frozen=True)
class Version:
    """A stored version of an item; ``item`` is ``None`` where the dictionary no longer knows what it names."""

    number: int
    stored_on: date | None
    item: Item | None


@pages.get("/items/<item_id>")
def item(item_id: str) -> str:
    """Everything about one item: what it says, its examples run now, its versions and its drafts."""
    return _item_page(item_id)[0]


def _item_page(
    item_id: str, mistake: str = "", typed: dict[str, str] | None = None, status: int = 200
) -> tuple[str, int]:
    from recommender.publishing.drafts import list_drafts, open_draft
    from recommender.publishing.tags import tags_of

    dictionary, on = library().dictionary, settings().day()
    with stored().reading() as database:
        versions, retired, scope = _versions(database, item_id)
        tags = tags_of(database).get(item_id, ())
        drafts = [draft for draft in list_drafts(database, item_id=item_id, limit=50) if covers(draft, *WATCHERS)]
        pending = open_draft(database, item_id)
    readable = [version for version in versions if version.item is not None]
    now = readable[-1].item if readable else None
    left, right = _chosen(readable)
    page = render_template(
        "office_item.html",
        address=address,
        moment=format_moment,
        item_id=item_id,
        item=now,
        on=on,
        retired=retired,
        versions=versions,
        readable=readable,
        left=left,
        right=right,
        beside=side_by_side(left.item if left else None, right.item, dictionary) if right and right.item else (),
        sentences=sentences_of(now, dictionary) if now else None,
        examples=run_examples(now, dictionary) if now else (),
        gaps=gaps(now, dictionary) if now and not retired else (),
        tags=tags,
        drafts=drafts,
        pending=pending,
        onwards=tuple(_onwards(now)) if now and not retired else (),
        may_edit=may([scope], Duty.EDITOR),
        done=DONE.get(request.args.get("done", ""), ""),
        mistake=mistake,
        typed=typed or {},
    )
    return page, status


@dataclass(frozen=True)
class Onwards:
    """What can be done next with an item, and where."""

    label: str
    address: str


def _onwards(item: Item) -> Iterator[Onwards]:
    if may([scope_of_item(item)], Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER):
        yield Onwards("仿真：影响多少企业、要多少钱", url_for("simulations.show_all", item=item.id))
    if visitor().posts_of(Duty.OPERATOR):
        yield Onwards("推送给企业", url_for("campaigns.begin"))
        if any(offer.item.id == item.id for offer in payable_items()):
            yield Onwards("拟定免申即享批次", url_for("round_plans.ask_new", item_id=item.id))


def _versions(session: Session, item_id: str) -> tuple[list[Version], bool, Scope]:
    """The versions of an item that the visitor's posts cover, the oldest first; whether it was ended; whose it is."""
    from json import loads

    from sqlmodel import col, select

    from enterprises.source_text import Problem
    from policies.tables import ItemRow, ItemVersionRow, load_item

    row = session.get(ItemRow, item_id)
    stored_versions = session.exec(
        select(ItemVersionRow).where(ItemVersionRow.item_id == item_id).order_by(col(ItemVersionRow.version))
    ).all()
    if row is None or not stored_versions:
        abort(404)
    last = stored_versions[-1]
    scope = scope_of({"item": loads(last.content), "document": loads(last.document)}) or Scope(None, ())
    if not may([scope], *READERS):
        abort(403)
    found = []
    for each in stored_versions:
        try:
            loaded = load_item(session, item_id, each.version, library().dictionary)
        except Problem:
            loaded = None
        found.append(Version(each.version, each.stored_on, loaded))
    return found, row.retired, scope


def _chosen(versions: list[Version]) -> tuple[Version | None, Version | None]:
    """The two versions that the address asks for, by default the last two; the older one is ``None`` where one is."""
    by_number = {str(version.number): version for version in versions}
    right = by_number.get(request.args.get("after", ""), versions[-1] if versions else None)
    earlier = [version for version in versions if right is not None and version.number < right.number]
    left = by_number.get(request.args.get("before", ""), earlier[-1] if earlier else None)
    return (None, right) if left is right else (left, right)


@deeds.post("/items/<item_id>/tags")
def change_tags(item_id: str) -> Response | tuple[str, int]:
    """Put a tag on an item (``add``), or take one off (``remove``)."""
    from recommender.publishing.tags import tag, untag

    typed = request.form.get("add", "")
    try:
        with stored().writing() as database:
            _editable(database, item_id)
            if "remove" in request.form:
                untag(database, item_id, request.form["remove"], by())
            else:
                tag(database, item_id, typed, by())
    except Refused as refusal:
        return _item_page(item_id, str(refusal), {"add": typed}, UNPROCESSABLE)
    return redirect(url_for("library_desk.item", item_id=item_id, done="tagged"), 303)


@deeds.post("/items/<item_id>/draft")
def begin(item_id: str) -> Response:
    """A draft of the next version of an item; the one that is open, where there is one."""
    from recommender.publishing.drafts import begin as begin_draft

    try:
        with stored().writing() as database:
            _editable(database, item_id)
            draft_id: str | None = begin_draft(database, item_id, by()).id
    except Taken as taken:
        draft_id = taken.draft_id
    where = url_for("drafts.draft", draft_id=draft_id) if draft_id else url_for("drafts.show")
    return redirect(where, 303)


@deeds.post("/items/<item_id>/retirement")
def propose_retirement(item_id: str) -> Response | tuple[str, int]:
    """Propose to end an item, for a reason; somebody else confirms it."""
    from recommender.publishing.drafts import propose_retirement as propose

    reason = request.form.get("reason", "")
    try:
        with stored().writing() as database:
            _editable(database, item_id)
            draft = propose(database, item_id, reason, by())
    except Refused as refusal:
        status = CONFLICT if isinstance(refusal, Taken) else UNPROCESSABLE
        return _item_page(item_id, str(refusal), {"reason": reason}, status)
    return redirect(url_for("drafts.draft", draft_id=draft.id), 303)


def _editable(session: Session, item_id: str) -> None:
    """Let the request pass where the visitor may edit the item."""
    _, _, scope = _versions(session, item_id)
    if not may([scope], Duty.EDITOR):
        abort(403)
