"""The library out as YAML and Excel, and back in again as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.exceptions import RequestEntityTooLarge

from enterprises.source_text import Problem, Problems
from policies.exchange.archive import write_archive
from policies.exchange.written import MOST_BYTES, too_large
from policies.items import Item
from recommender.publishing.states import Refused
from web.accounts.visitor import Duty
from web.appeals.uploads import make_room, sent_files
from web.library.access import READERS, by, may, scope_of_item
from web.library.draft_page import address
from web.library.reading import read_upload
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from recommender.publishing.importing import Imported

pages = Blueprint("library_files", __name__, url_prefix="/office/library/files")
imports = Blueprint("library_imports", __name__, url_prefix="/office/library/import")

TOO_LARGE, UNPROCESSABLE = 413, 422
MOST_SHOWN = 100
"""Mistakes of one file that are listed."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@imports.url_value_preprocessor
def _let_files_in(_endpoint: str | None, _values: dict[str, str] | None) -> None:
    # Before anything looks at the form, the check against forgery too.
    make_room(1, MOST_BYTES)


@pages.get("")
def show() -> tuple[str, int]:
    """What can be had, and the form for what comes back."""
    return _page()


@pages.get("/library.zip")
def archive() -> Response:
    """All items that the visitor's posts cover, as YAML files."""
    return _file(write_archive(_items(), library().documents), "application/zip", "zip")


@pages.get("/library.xlsx")
def workbook() -> Response:
    """The same as a workbook."""
    from policies.exchange.workbook_out import write_workbook

    loaded = library()
    return _file(write_workbook(_items(), loaded.documents, loaded.dictionary), _XLSX, "xlsx")


@pages.get("/<item_id>.zip")
def item_yaml(item_id: str) -> Response:
    """One item with its document, as YAML files."""
    found = [item for item in _items() if item.id == item_id]
    if not found:
        abort(404)
    return _file(write_archive(found, library().documents), "application/zip", "zip", item_id)


@imports.post("")
def bring_in() -> Response | tuple[str, int]:
    """Drafts of everything that a file says differently, or what is wrong with the file."""
    from recommender.publishing.importing import import_written

    files = sent_files("file")
    if not files:
        return _page(["请选一个文件：.zip、.yaml 或 .xlsx"], status=UNPROCESSABLE)
    name = (files[0].filename or "").replace("\\", "/").rpartition("/")[2][:100]
    data = files[0].stream.read(MOST_BYTES + 1)
    try:
        written = read_upload(data, name, library())
        with stored().writing() as database:
            done = import_written(database, written, by(), lambda scope: may([scope], Duty.EDITOR))
    except (Problems, Problem, Refused) as wrong:
        return _page(_said(wrong), status=UNPROCESSABLE)
    return redirect(_where(done), 303)


def _where(done: Imported) -> str:
    if len(done.drafts) == 1:
        return url_for("drafts.draft", draft_id=done.drafts[0].id, done="begun")
    return url_for("library_files.show", drafts=len(done.drafts))


def _said(wrong: Problems | Problem | Refused) -> list[str]:
    if isinstance(wrong, Problems):
        more = len(wrong.problems) - MOST_SHOWN
        return [*map(str, wrong.problems[:MOST_SHOWN]), *([f"还有 {more} 处有误，改好上面的再看"] if more > 0 else [])]
    return [str(wrong)]


@imports.errorhandler(RequestEntityTooLarge)
def ask_for_less(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """The page again: the file was not taken."""
    return _page([str(too_large("这个文件"))], status=TOO_LARGE)


def _items() -> list[Item]:
    return [item for item in library().published if may([scope_of_item(item)], *READERS)]


def _page(mistakes: Sequence[str] = (), status: int = 200) -> tuple[str, int]:
    drafts = request.args.get("drafts", "")
    page = render_template(
        "office_library_files.html",
        mistakes=mistakes,
        drafts=int(drafts) if drafts.isdecimal() and len(drafts) < 6 else None,
        count=len(_items()),
        most=MOST_BYTES // 2**20,
        may_edit=bool(visitor().posts_of(Duty.EDITOR)),
        address=address,
    )
    return page, status


def _file(data: bytes, kind: str, ending: str, name: str = "") -> Response:
    day = settings().day().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="{name or "library"}-{day}.{ending}"'}
    return Response(data, mimetype=kind, headers=headers)
