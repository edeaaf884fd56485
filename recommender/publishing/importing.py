"""What an imported file says, as drafts: never as published versions. All of it, or nothing.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from enterprises.source_text import Problem, Problems
from policies.exchange.written import Written
from policies.publication import newest_version
from recommender.publishing.bases import Base, base_now
from recommender.publishing.content import Scope, scope_of
from recommender.publishing.drafts import Draft, begin, begin_new, open_drafts, save
from recommender.publishing.states import By, Refused

_NOT_CONTENT = ("version", "status")
"""What publishing sets, so that no file changes it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The drafts that came of a file, and how many of its items say what they say already."""

    drafts: tuple[Draft, ...]
    unchanged: int


def import_written(
    session: Session, written: Sequence[Written], by: By, may: Callable[[Scope], bool] = lambda _scope: True
) -> Imported:
    """Make a draft of every item that says something else than now, itself or by its document. The caller commits.

    Where a document alone has changed, the draft of its first item carries it. ``may``: whether the importer edits for
    this place and these departments. Raises ``Problems`` for what cannot become a draft, before any is made.
    """
    bases = [(each, base_now(session, each.id, str(each.document["id"]))) for each in written]
    wanted = list(_wanted(bases))
    found = [problem for each, base in wanted if (problem := _problem(session, each, base, may))]
    if found:
        raise Problems(found)
    drafts = tuple(_draft(session, each, base, by) for each, base in wanted)
    return Imported(drafts, len(written) - len(drafts))


def _wanted(bases: Sequence[tuple[Written, Base]]) -> Iterator[tuple[Written, Base]]:
    changed = [(each, base) for each, base in bases if _content(each.item) != _content(base.item or {})]
    yield from changed
    seen = {str(each.document["id"]) for each, _ in changed}
    for each, base in bases:
        document_id = str(each.document["id"])
        if document_id not in seen and dict(each.document) != base.document:
            seen.add(document_id)
            yield each, base


def _content(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _NOT_CONTENT}


def _problem(session: Session, written: Written, base: Base, may: Callable[[Scope], bool]) -> Problem | None:
    """Why an item cannot become a draft."""
    version = str(written.item.get("version", ""))
    if version.isdecimal() and int(version) < base.version:
        message = f"文件里是第 {version} 版，库里已经是第 {base.version} 版"
        return Problem(written.place, None, "version", message, "请重新导出，在新的文件上改")
    if written.id in open_drafts(session):
        message, remedy = f"事项“{written.id}”已经有一份没办完的草稿", "请先办完或撤回那份草稿，再导入"
        return Problem(written.place, None, "id", message, remedy)
    here = {"item": base.item or written.item, "document": base.document or written.document}
    there = {"item": written.item, "document": written.document}
    if not all(scope is not None and may(scope) for scope in map(scope_of, (here, there))):
        message = f"事项“{written.id}”的地区或部门不在您的职责范围里"
        return Problem(written.place, None, "departments", message, "请从文件里删去它，或请相应的编辑人员导入")
    return None


def _draft(session: Session, written: Written, base: Base, by: By) -> Draft:
    if newest_version(session, written.id):
        draft = begin(session, written.id, by)
    else:
        draft = begin_new(session, written.item, written.document, by)
    content = {"item": written.item, "document": written.document}
    try:
        return save(session, draft.id, draft.revision, content, by)
    except Refused as refusal:
        raise Problems([Problem(written.place, None, "", str(refusal), "请改好再导入")]) from None
