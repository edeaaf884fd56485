"""Beginning a draft of a new item, and writing a draft as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from enterprises.source_text import Problem, read_yaml
from policies.exchange.yaml_text import to_yaml
from policies.items import Document
from recommender.publishing.content import DOCUMENT, ITEM, scope_of
from recommender.publishing.states import Kind, Refused, Stale, Taken
from web.accounts.visitor import Duty
from web.library.access import by, draft_for, may
from web.library.draft_page import address, revision_in
from web.pages import library, stored, visitor

if TYPE_CHECKING:
    from recommender.publishing.drafts import Draft

pages = Blueprint("draft_files", __name__, url_prefix="/office/drafts")

CONFLICT, UNPROCESSABLE = 409, 422

_FIELDS = ("document", "document_id", "number", "title")

OUT_OF_REACH = "这样改以后，这个事项的地区或部门就不在您的职责范围里了。请核对文件的 region 和事项的 departments"


@pages.get("/new")
def new() -> tuple[str, int]:
    """The form for a new item: under which document, and how it is called."""
    return _new_page(dict.fromkeys(_FIELDS, ""), {})


@pages.post("/new")
def begin() -> Response | tuple[str, int]:
    """The draft that begins, or the form again."""
    from recommender.publishing.drafts import begin_new

    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    mistakes = {}
    if not typed["number"]:
        mistakes["number"] = "请写事项在文件里的编号，例如 15 或 15a"
    if not typed["title"]:
        mistakes["title"] = "请写事项的名称"
    if not typed["document"] and not typed["document_id"]:
        mistakes["document_id"] = "请选一份文件，或者写新文件的编号"
    if typed["document"] and typed["document"] not in {document.id for document in _documents()}:
        mistakes["document"] = "请选列表里的文件"
    if mistakes:
        return _new_page(typed, mistakes, UNPROCESSABLE)
    document_id = typed["document"] or typed["document_id"]
    item = {"id": f"{document_id}.{typed['number']}", "title": typed["title"]}
    try:
        with stored().writing() as database:
            draft = begin_new(database, item, {"id": document_id}, by())
    except (Refused, Problem) as refusal:
        name = "document_id" if "文件编号" in str(refusal) else "number"
        return _new_page(typed, {name: str(refusal)}, CONFLICT if isinstance(refusal, Taken) else UNPROCESSABLE)
    where = address("editor.show", draft_id=draft.id) or url_for("draft_files.text", draft_id=draft.id)
    return redirect(where, 303)


def _new_page(typed: Mapping[str, str], mistakes: Mapping[str, str], status: int = 200) -> tuple[str, int]:
    page = render_template(
        "office_draft_new.html", typed=typed, mistakes=mistakes, documents=_documents(), address=address
    )
    return page, status


def _documents() -> list[Document]:
    """The documents of the places that the visitor edits for."""
    posts = visitor().posts_of(Duty.EDITOR)
    return [
        document
        for document in library().documents.values()
        if any(post.covers(document.region, (post.department,)) for post in posts)
    ]


@pages.get("/<draft_id>/yaml")
def text(draft_id: str) -> tuple[str, int]:
    """A draft as YAML, to be changed."""
    draft = _draft(draft_id)
    return _text_page(draft, {"item": to_yaml(draft.item), "document": to_yaml(draft.document)}, [])


@pages.post("/<draft_id>/yaml")
def save_text(draft_id: str) -> Response | tuple[str, int]:
    """Keep what was written, mistakes in what it says and all; what is no YAML is shown again."""
    from recommender.publishing.drafts import save

    draft = _draft(draft_id)
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in ("item", "document")}
    try:
        content: dict[str, Any] = {
            "item": read_yaml(typed["item"], ITEM).plain(),
            "document": read_yaml(typed["document"], DOCUMENT).plain(),
        }
    except Problem as problem:
        return _text_page(draft, typed, [str(problem)], UNPROCESSABLE)
    scope = scope_of(content)
    if scope is not None and not may([scope], Duty.EDITOR):
        return _text_page(draft, typed, [OUT_OF_REACH], UNPROCESSABLE)
    try:
        with stored().writing() as database:
            draft_for(database, draft_id, Duty.EDITOR)
            save(database, draft_id, revision_in(request.form), content, by())
    except Stale as refusal:
        return _text_page(_draft(draft_id), typed, [str(refusal)], CONFLICT, theirs=True)
    except (Refused, Problem) as refusal:
        return _text_page(draft, typed, [str(refusal)], UNPROCESSABLE)
    return redirect(url_for("drafts.draft", draft_id=draft_id, done="saved"), 303)


def _draft(draft_id: str) -> Draft:
    with stored().reading() as database:
        draft = draft_for(database, draft_id, Duty.EDITOR)
    if draft.kind is not Kind.VERSION:
        abort(404)
    return draft


def _text_page(
    draft: Draft, typed: Mapping[str, str], mistakes: list[str], status: int = 200, *, theirs: bool = False
) -> tuple[str, int]:
    """``theirs``: what somebody else saved meanwhile stands beside what was typed."""
    page = render_template(
        "office_draft_text.html",
        draft=draft,
        typed=typed,
        mistakes=mistakes,
        theirs={"事项": to_yaml(draft.item), "文件": to_yaml(draft.document)} if theirs else {},
        address=address,
    )
    return page, status
