"""The appeals desk: what enterprises dispute or ask, by when it is due, and everything that an office does about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from werkzeug import Response

from enterprises.calendar import format_moment, today
from recommender.appeals.states import OPEN, Deed, Grade, NotPossible, Side, State, possible
from web.accounts.visitor import Duty
from web.appeals.access import DUTIES, case_for, departments_of, handles
from web.appeals.closed import holidays
from web.appeals.corrected import drafts_of, suggestion
from web.appeals.words import say_event, say_size, standing
from web.office.waiting import Waiting
from web.pages import library, settings, stored, visitor
from web.pages.appeals import CAGE

if TYPE_CHECKING:
    from recommender.appeals.worklist import Filter

pages = Blueprint("appeals_desk", __name__, url_prefix="/office/appeals")

CONFLICT, UNPROCESSABLE = 409, 422

DEEDS = (Deed.ACCEPT, Deed.ASSIGN, Deed.ANSWER, Deed.REOPEN)
"""What an office does."""

FIELDS = ("text", "note", "department")

CHOICES = {
    "open": "待办理",
    "late": "已超期",
    "answered": "已答复",
    "bad": "评价不满意",
    "all": "全部",
}
"""Which appeals the list shows."""


@dataclass(frozen=True)
class Typed:
    """What was typed for a deed, and what is wrong with it: the field and the message."""

    deed: Deed | None = None
    values: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, str] | None = None
    refused: str = ""


NOTHING = Typed()


@pages.get("")
def show_list() -> str:
    """The appeals that the visitor handles, what is due first."""
    from recommender.appeals.worklist import MOST, worklist

    chosen = request.args.get("show", "open")
    if chosen not in CHOICES:
        abort(404)
    day = today(settings().now)
    with stored().reading() as database:
        found = list(worklist(database, _filter(chosen)))
        closed = holidays(database)
    shown = [(case, standing(case.row, library(), day, closed)) for case in found if handles(case)]
    return render_template(
        "office_appeals.html",
        appeals=shown,
        late=sum(each.late for _, each in shown),
        cut=len(found) == MOST,
        chosen=chosen,
        choices=CHOICES,
        moment=format_moment,
        grade=Grade,
    )


@pages.get("/<appeal_id>")
def show(appeal_id: str) -> str:
    """One appeal with all that belongs to it, and what can be done with it now."""
    return _page(appeal_id)


@pages.post("/<appeal_id>/accept")
def accept(appeal_id: str) -> Response | tuple[str, int]:
    """Accept it: from then on the days count by which it has to be answered."""
    return _do(appeal_id, Deed.ACCEPT)


@pages.post("/<appeal_id>/assign")
def assign(appeal_id: str) -> Response | tuple[str, int]:
    """Give it to a department, or to another one."""
    return _do(appeal_id, Deed.ASSIGN)


@pages.post("/<appeal_id>/answer")
def answer(appeal_id: str) -> Response | tuple[str, int]:
    """Answer the enterprise."""
    return _do(appeal_id, Deed.ANSWER)


@pages.post("/<appeal_id>/reopen")
def reopen(appeal_id: str) -> Response | tuple[str, int]:
    """Deal with it once more."""
    return _do(appeal_id, Deed.REOPEN)


def _do(appeal_id: str, deed: Deed) -> Response | tuple[str, int]:
    """Do a deed of the office, and show what became of it."""
    from recommender.appeals import desk

    values = {name: request.form.get(name, "") for name in FIELDS}
    account = visitor().account or ""
    said = (values["text"], values["note"], values["department"])
    wanted = desk.Act(Side.OFFICE, deed, account, settings().now(), *said)
    try:
        with stored().writing() as database:
            case = case_for(database, appeal_id)
            desk.act(database, settings().seal, case.row, wanted, holidays(database))
    except desk.Incomplete as error:
        return _page(appeal_id, Typed(deed, values, wrong=(error.field, str(error)))), UNPROCESSABLE
    except NotPossible as error:
        return _page(appeal_id, Typed(deed, values, refused=str(error))), CONFLICT
    if not _still_handled(appeal_id):  # it was given to a department that is not the visitor's
        return redirect(url_for("appeals_desk.show_list", done="passed-on"), 303)
    return redirect(url_for("appeals_desk.show", appeal_id=appeal_id, done=deed.value), 303)


@pages.get("/<appeal_id>/files/<int:number>")
def download(appeal_id: str, number: int) -> Response:
    """An attachment, to be saved; no browser is to show it as a page of ours."""
    from recommender.appeals.history import load_file

    with stored().reading() as database:
        found = load_file(database, settings().seal, case_for(database, appeal_id).row, number)
    if found is None:
        abort(404)
    file, content = found
    response = send_file(BytesIO(content), file.media_type, as_attachment=True, download_name=file.name, etag=False)
    response.headers["Content-Security-Policy"] = CAGE
    return response


def waiting() -> Iterator[Waiting]:
    """Appeals to be accepted and to be answered, and those that are late."""
    from recommender.appeals.worklist import Filter, worklist

    day = today(settings().now)
    with stored().reading() as database:
        found = list(worklist(database, Filter()))
        closed = holidays(database)
    for duty in DUTIES:
        mine = [case for case in found if handles(case, duty)]
        late = sum(standing(case.row, None, day, closed).late for case in mine)
        yield Waiting(duty, late, "件诉求已经超期", url_for("appeals_desk.show_list", show="late"))
        yield Waiting(duty, len(mine) - late, "件诉求待办理", url_for("appeals_desk.show_list"))


def _filter(chosen: str) -> Filter:
    from recommender.appeals.worklist import Filter

    match chosen:
        case "open":
            return Filter(OPEN)
        case "late":
            return Filter(OPEN, late_on=today(settings().now))
        case "answered":
            return Filter((State.ANSWERED, State.RATED))
        case "bad":
            return Filter((State.RATED,), bad=True)
        case _:
            return Filter(tuple(State))


def _page(appeal_id: str, typed: Typed = NOTHING) -> str:
    from recommender.appeals import desk, history
    from recommender.appeals.worklist import count_others
    from web.accounts.people import names_of

    with stored().reading() as database:
        case = case_for(database, appeal_id)
        read = history.read(database, settings().seal, case.row)
        names = names_of(database, {event.actor for event in read.events}, settings().seal)
        closed = holidays(database)
        drafts = drafts_of(database, case)
        others = count_others(database, case.row)
        prefilled = suggestion(database, case, drafts)
    deeds = [deed for deed in possible(Side.OFFICE, read.state, case.row.reopenings, read.grade) if deed in DEEDS]
    return render_template(
        "office_appeal.html",
        case=read,
        row=case.row,
        enterprise=case.name or "没有登记名称的企业",
        standing=standing(case.row, library(), today(settings().now), closed),
        deeds=[deed.value for deed in deeds],
        departments=_departments(departments_of(case)),
        names=names,
        drafts=drafts,
        may_draft=_may_draft(case.row.item_id),
        drafting=any(draft.state.is_open for draft in drafts),
        others=others,
        prefilled=prefilled,
        typed=typed,
        longest=desk,
        done=request.args.get("done", ""),
        say_event=say_event,
        moment=format_moment,
        say_size=say_size,
    )


def _departments(first: tuple[str, ...]) -> list[str]:
    """Departments to choose from: those of the item, then all that the library names."""
    named = {name for item in library().published for name in item.departments}
    return [*first, *sorted(named - set(first))]


def _may_draft(item_id: str | None) -> bool:
    """Whether the visitor may begin a corrected version of an item."""
    item = library().items.get(item_id) if item_id else None
    return item is not None and visitor().may(Duty.EDITOR, item.document.region, item.departments)


def _still_handled(appeal_id: str) -> bool:
    from recommender.appeals.worklist import find_case

    with stored().reading() as database:
        case = find_case(database, appeal_id)
        return case is not None and handles(case)
