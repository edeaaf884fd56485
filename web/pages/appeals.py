"""Appeals (诉求) of an enterprise: the list, the form, and one with its history, its answer and its rating.

The form is sent to ``web.pages.appeal_forms``.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from werkzeug import Response

from enterprises.calendar import format_moment, today
from recommender.appeals.states import Deed, Grade, NotPossible, Side, possible
from web.appeals.closed import holidays
from web.appeals.form import Form, form_page, new_form, subject_of
from web.appeals.words import say_event, say_size, standing
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.appeals.tables import AppealRow

pages = Blueprint("appeals", __name__, url_prefix="/mine/<credit_code>/appeals")

PAGE = 20
"""Appeals in one list."""

CONFLICT, UNPROCESSABLE = 409, 422

CAGE = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What an attachment may do where a browser shows it in spite of all: nothing."""


@pages.get("")
def show_list(credit_code: str) -> str:
    """The appeals of the enterprise, the newest first."""
    from recommender.appeals.history import answered_unread, appeals_of, count_of, open_count

    typed = request.args.get("page", "1")
    page = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
    if page < 1:
        abort(404)
    with stored().reading() as database:
        rows = appeals_of(database, credit_code, PAGE, (page - 1) * PAGE)
        count = count_of(database, credit_code)
        opened, unread = open_count(database, credit_code), answered_unread(database, credit_code)
        closed = holidays(database)
    if not rows and page > 1:
        abort(404)
    return render_template(
        "appeals.html",
        credit_code=credit_code,
        appeals=[(row, standing(row, library(), today(settings().now), closed)) for row in rows],
        opened=opened,
        unread=unread,
        moment=format_moment,
        page=page,
        last=-(-count // PAGE),
    )


@pages.get("/new")
def begin(credit_code: str) -> str | tuple[str, int]:
    """The empty form: about a condition of an item, an item, or nothing in particular."""
    asked = Form(request.args.get("item", ""), request.args.get("condition", ""))
    about = subject_of(credit_code, asked)
    if asked.item and about is None:
        abort(404)
    return form_page(credit_code, new_form(asked.item, asked.condition, about), about)


@pages.get("/<appeal_id>")
def show(credit_code: str, appeal_id: str) -> str:
    """One appeal with its history, and what can be done with it now."""
    return _case_page(credit_code, appeal_id)


@pages.post("/<appeal_id>/rate")
def rate(credit_code: str, appeal_id: str) -> Response | tuple[str, int]:
    """Rate the answer (好差评)."""
    typed = request.form.get("grade", "")
    grade = Grade(int(typed)) if typed in {str(grade.value) for grade in Grade} else None
    return _do(credit_code, appeal_id, Deed.RATE, grade)


@pages.post("/<appeal_id>/reopen")
def reopen(credit_code: str, appeal_id: str) -> Response | tuple[str, int]:
    """Ask for it to be dealt with again."""
    return _do(credit_code, appeal_id, Deed.REOPEN)


@pages.post("/<appeal_id>/withdraw")
def withdraw(credit_code: str, appeal_id: str) -> Response | tuple[str, int]:
    """Take it back."""
    return _do(credit_code, appeal_id, Deed.WITHDRAW)


@pages.post("/<appeal_id>/read")
def read(credit_code: str, appeal_id: str) -> Response:
    """The answer was looked at."""
    from recommender.appeals.desk import mark_read

    with stored().writing() as database:
        mark_read(database, _find(database, credit_code, appeal_id))
    return _to(credit_code, appeal_id, "read")


@pages.get("/<appeal_id>/files/<int:number>")
def download(credit_code: str, appeal_id: str, number: int) -> Response:
    """An attachment, to be saved; no browser is to show it as a page of ours."""
    from recommender.appeals.history import load_file

    with stored().reading() as database:
        found = load_file(database, settings().seal, _find(database, credit_code, appeal_id), number)
    if found is None:
        abort(404)
    file, content = found
    response = send_file(BytesIO(content), file.media_type, as_attachment=True, download_name=file.name, etag=False)
    response.headers["Content-Security-Policy"] = CAGE
    return response


def _do(credit_code: str, appeal_id: str, deed: Deed, grade: Grade | None = None) -> Response | tuple[str, int]:
    """Do a deed of the enterprise, and show what became of it."""
    from recommender.appeals.desk import Act, Incomplete, act

    text = request.form.get("text", "")
    wanted = Act(Side.ENTERPRISE, deed, _account(), settings().now(), text=text, grade=grade)
    try:
        with stored().writing() as database:
            act(database, settings().seal, _find(database, credit_code, appeal_id), wanted, holidays(database))
    except Incomplete as error:
        wrong = (deed, error.field, str(error))
        return _case_page(credit_code, appeal_id, wrong=wrong, text=text, grade=grade), UNPROCESSABLE
    except NotPossible as error:
        return _case_page(credit_code, appeal_id, refused=str(error), text=text), CONFLICT
    return _to(credit_code, appeal_id, deed.value)


def _case_page(
    credit_code: str,
    appeal_id: str,
    wrong: tuple[Deed, str, str] | None = None,
    refused: str = "",
    text: str = "",
    grade: Grade | None = None,
) -> str:
    from recommender.appeals import desk, history

    with stored().reading() as database:
        row = _find(database, credit_code, appeal_id)
        case = history.read(database, settings().seal, row)
        closed = holidays(database)
    deeds = list(possible(Side.ENTERPRISE, case.state, row.reopenings, case.grade))
    return render_template(
        "appeal.html",
        credit_code=credit_code,
        case=case,
        row=row,
        standing=standing(row, library(), today(settings().now), closed),
        deeds=[deed.value for deed in deeds],
        grades=list(Grade),
        wrong=wrong,
        refused=refused,
        text=text,
        grade=grade,
        longest=desk.LONGEST_REASON,
        done=request.args.get("done", ""),
        say_event=say_event,
        moment=format_moment,
        say_size=say_size,
    )


def _find(database: Session, credit_code: str, appeal_id: str) -> AppealRow:
    from recommender.appeals.history import find

    row = find(database, credit_code, appeal_id)
    if row is None:
        abort(404)
    return row


def _account() -> str:
    account = visitor().account
    assert account is not None  # the guard has seen to it
    return account


def _to(credit_code: str, appeal_id: str, done: str) -> Response:
    return redirect(url_for("appeals.show", credit_code=credit_code, appeal_id=appeal_id, done=done), 303)
