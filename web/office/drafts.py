"""Drafts: what is being written, reviewed and published, and the deeds that lead from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from enterprises.calendar import format_moment
from policies.items import Item
from recommender.publishing.content import Scope
from recommender.publishing.states import OPEN, Blocked, Kind, Refused, Stale, State
from web.accounts.visitor import Duty
from web.library.access import WATCHERS, by, covers, draft_for, may
from web.library.draft_page import address, draft_page, revision_in
from web.office.waiting import Waiting
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session


pages = Blueprint("drafts", __name__, url_prefix="/office/drafts")
deeds = Blueprint("draft_deeds", __name__, url_prefix="/office/drafts")
reviews = Blueprint("draft_reviews", __name__, url_prefix="/office/drafts")

CONFLICT, UNPROCESSABLE = 409, 422


@pages.get("")
def show() -> str:
    """The drafts that the visitor's posts cover, by default those that are open."""
    from recommender.publishing.drafts import list_drafts
    from web.accounts.people import names_of

    asked = request.args.get("state", "")
    states = (State(asked),) if asked in list(State) else tuple(OPEN)
    with stored().reading() as database:
        drafts = [draft for draft in list_drafts(database, states=states) if covers(draft, *WATCHERS)]
        names = names_of(database, {draft.changed_by for draft in drafts}, settings().seal)
    return render_template(
        "office_drafts.html",
        address=address,
        moment=format_moment,
        drafts=drafts,
        names=names,
        asked=asked if asked in list(State) else "",
        states=list(State),
        may_edit=bool(visitor().posts_of(Duty.EDITOR)),
    )


@pages.get("/<draft_id>")
def draft(draft_id: str) -> tuple[str, int]:
    """Everything about one draft."""
    return draft_page(draft_id)


@deeds.post("/<draft_id>/submit")
def submit(draft_id: str) -> Response | tuple[str, int]:
    """Hand a draft in for review."""
    from recommender.publishing.deeds import submit as submit_draft

    return _do(
        draft_id,
        Duty.EDITOR,
        lambda session: submit_draft(session, library().dictionary, draft_id, _revision(), by()),
        "submitted",
    )


@deeds.post("/<draft_id>/take-back")
def take_back(draft_id: str) -> Response | tuple[str, int]:
    """Open a draft for changes again."""
    from recommender.publishing.deeds import take_back as take

    return _do(draft_id, Duty.EDITOR, lambda session: take(session, draft_id, by()), "taken-back")


@deeds.post("/<draft_id>/renew")
def renew(draft_id: str) -> Response | tuple[str, int]:
    """Take over what was published meanwhile."""
    from recommender.publishing.drafts import renew as renew_draft

    return _do(draft_id, Duty.EDITOR, lambda session: renew_draft(session, draft_id, _revision(), by()), "renewed")


@deeds.post("/<draft_id>/withdraw")
def withdraw(draft_id: str) -> Response | tuple[str, int]:
    """Give a draft up."""
    return _withdraw(draft_id, Duty.EDITOR)


@reviews.post("/<draft_id>/decline")
def decline(draft_id: str) -> Response | tuple[str, int]:
    """Decline to end an item, or give a draft up as a reviewer."""
    return _withdraw(draft_id, Duty.REVIEWER)


def _withdraw(draft_id: str, duty: Duty) -> Response | tuple[str, int]:
    from recommender.publishing.deeds import withdraw as withdraw_draft

    return _do(draft_id, duty, lambda session: withdraw_draft(session, draft_id, _reason(), by()), "withdrawn")


@reviews.post("/<draft_id>/accept")
def accept(draft_id: str) -> Response | tuple[str, int]:
    """Find a draft right."""
    from recommender.publishing.deeds import accept as accept_draft

    return _do(
        draft_id,
        Duty.REVIEWER,
        lambda session: accept_draft(session, library().dictionary, draft_id, _revision(), by()),
        "accepted",
    )


@reviews.post("/<draft_id>/send-back")
def send_back(draft_id: str) -> Response | tuple[str, int]:
    """Have a draft changed, for a reason."""
    from recommender.publishing.deeds import send_back as send

    return _do(draft_id, Duty.REVIEWER, lambda session: send(session, draft_id, _reason(), by()), "sent-back")


@reviews.post("/<draft_id>/publish")
def publish(draft_id: str) -> Response | tuple[str, int]:
    """Publish what was reviewed."""
    from recommender.publishing.deeds import publish as publish_draft

    def covered(scope: Scope) -> bool:
        return may([scope], Duty.REVIEWER)

    def do(session: Session) -> Item:
        return publish_draft(session, library().dictionary, draft_id, _revision(), by(), covered)

    return _do(draft_id, Duty.REVIEWER, do, "published")


@reviews.post("/<draft_id>/retire")
def retire(draft_id: str) -> Response | tuple[str, int]:
    """End an item that somebody else proposed to end."""
    from recommender.publishing.deeds import confirm_retirement

    return _do(draft_id, Duty.REVIEWER, lambda session: confirm_retirement(session, draft_id, by()), "retired")


def _do(draft_id: str, duty: Duty, deed: Callable[[Session], object], done: str) -> Response | tuple[str, int]:
    """Do something with a draft that the visitor may handle; what was refused is said on its page."""
    try:
        with stored().writing() as database:
            draft_for(database, draft_id, duty)
            deed(database)
    except Blocked as refusal:
        return draft_page(draft_id, refusal.sentences, _typed(), UNPROCESSABLE)
    except Refused as refusal:
        status = CONFLICT if isinstance(refusal, Stale) else UNPROCESSABLE
        return draft_page(draft_id, [str(refusal)], _typed(), status)
    stored().look_again()  # whoever publishes looks at it next
    return redirect(url_for("drafts.draft", draft_id=draft_id, done=done), 303)


def _revision() -> int:
    """Which revision the visitor has looked at."""
    return revision_in(request.form)


def _reason() -> str:
    return request.form.get("reason", "")


def _typed() -> dict[str, str]:
    return {"reason": _reason()}


def waiting() -> Iterator[Waiting]:
    """Drafts to be gone on with, and those that somebody else has to judge."""
    from recommender.publishing.drafts import list_drafts

    with stored().reading() as database:
        drafts = list_drafts(database, states=OPEN)

    def count(duty: Duty, kind: Kind, *states: State) -> int:
        return sum(each.kind is kind and each.state in states and covers(each, duty) for each in drafts)

    def where(state: State) -> str:
        return url_for("drafts.show", state=state.value)

    mine = sum(each.state is State.DRAFT and each.changed_by == visitor().account for each in drafts)
    yield Waiting(Duty.EDITOR, mine, "份自己的草稿还没提交", where(State.DRAFT))
    yield Waiting(
        Duty.REVIEWER, count(Duty.REVIEWER, Kind.VERSION, State.SUBMITTED), "份草稿待审核", where(State.SUBMITTED)
    )
    yield Waiting(
        Duty.REVIEWER, count(Duty.REVIEWER, Kind.VERSION, State.REVIEWED), "份已审核，待发布", where(State.REVIEWED)
    )
    yield Waiting(
        Duty.REVIEWER,
        count(Duty.REVIEWER, Kind.RETIREMENT, State.SUBMITTED),
        "个事项待确认停用",
        where(State.SUBMITTED),
    )
