"""Sending the form of an appeal. It may carry files, so it has more room than other forms, and its own ways of saying
what went wrong: whatever it is, what was typed is shown again.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug import Response
from werkzeug.exceptions import RequestEntityTooLarge

from enterprises.profiles import Profile
from recommender.appeals.files import MOST_BYTES, MOST_FILES
from recommender.appeals.states import Kind
from recommender.explanation import explain
from web.appeals.closed import holidays
from web.appeals.form import FIELDS, MEGABYTE, Form, Mistake, form_page, read_files, subject_of
from web.appeals.uploads import is_over_length, make_room, words_of_refused
from web.pages import library, settings, stored, stored_profile, visitor

pages = Blueprint("appeal_forms", __name__, url_prefix="/mine/<credit_code>/appeals")

BAD_REQUEST, TOO_LARGE, UNPROCESSABLE = 400, 413, 422


@pages.url_value_preprocessor
def _let_files_in(_endpoint: str | None, _values: dict[str, str] | None) -> None:
    # Before anything looks at the form, the check against forgery too.
    make_room(MOST_FILES, MOST_BYTES)


@pages.post("/new")
def send(credit_code: str) -> Response | tuple[str, int]:
    """The appeal that begins, or the form again where something in it is wrong."""
    from recommender.appeals.desk import LONGEST_TEXT, Incomplete, checked
    from recommender.appeals.submission import NewAppeal, TooMany
    from recommender.appeals.submission import begin as begin_appeal

    form = Form.sent(request.form)
    about = subject_of(credit_code, form)
    if form.item and about is None:
        form, gone = Form(kind=form.kind, text=form.text, mark=form.mark), "这个事项刚刚下架，可以作为一般诉求提交"
        return form_page(credit_code, form, None, [Mistake(gone)], UNPROCESSABLE)
    mistakes = []
    if about is not None and form.shown != about.digest:
        mistakes.append(Mistake("政策或贵企业的资料刚刚有更新。请再看一遍下面的判断，再提交", "about", "判断"))
    if form.kind not in list(Kind):
        mistakes.append(Mistake("请选一类", "kind", "哪一类问题"))
    try:
        checked(form.words, "text", LONGEST_TEXT, "请写明理由")
    except Incomplete as error:
        mistakes.append(Mistake(str(error), error.field, "说明"))
    files, bad = read_files()
    if mistakes or bad:
        return form_page(credit_code, form, about, [*mistakes, *bad], UNPROCESSABLE)
    account = visitor().account
    assert account is not None  # the guard has seen to it
    profile = stored_profile(credit_code)
    known = about is not None and profile != Profile(credit_code=credit_code)
    shown = explain(library(), profile, settings().day()) if known else None
    new = NewAppeal(credit_code, account, form.mark, Kind(form.kind), form.text, about, shown, files)
    try:
        with stored().writing() as database:
            closed = holidays(database)
            appeal_id = begin_appeal(database, settings().seal, new, settings().now(), closed).id
    except TooMany as error:
        return form_page(credit_code, form, about, [Mistake(str(error))], UNPROCESSABLE)
    return redirect(url_for("appeals.show", credit_code=credit_code, appeal_id=appeal_id, done="begun"), 303)


@pages.errorhandler(RequestEntityTooLarge)
def ask_for_less(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """The form again, with what was typed where only the files were too much."""
    if not is_over_length():
        wrong = Mistake("写的内容太多，没有收下。按浏览器的“后退”可以找回，请写得简短些", "text", "说明")
        return _again(Form.sent({}), wrong, TOO_LARGE)
    limits = f"最多 {MOST_FILES} 个，每个不超过 {MOST_BYTES // MEGABYTE} MB"
    wrong = Mistake(f"附件合起来太大，没有收下。{limits}，请压缩或少选几个", "files", "附件")
    return _again(Form.sent(words_of_refused(FIELDS)), wrong, TOO_LARGE)


@pages.errorhandler(CSRFError)
def ask_again(_error: CSRFError) -> tuple[str, int]:
    """The form again with what was typed, unsent: it did not prove that it came from one of our pages."""
    stale = "请再提交一次。页面打开太久或服务重启过，需要重新确认，写的内容都还在"
    return _again(Form.sent(request.form), Mistake(stale), BAD_REQUEST)


def _again(form: Form, mistake: Mistake, status: int) -> tuple[str, int]:
    credit_code = str((request.view_args or {})["credit_code"])
    return form_page(credit_code, form, subject_of(credit_code, form), [mistake], status)
