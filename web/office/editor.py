"""The editor of a draft: rule, benefit, examples and texts, for officials who know neither files nor code.

A page carries the whole content along; every press of a button is sent with it and answered with the page again.
Nothing is stored before somebody saves it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug import Response

from enterprises.source_text import Problem
from policies.benefit_wording import say_benefit
from policies.exchange.yaml_text import to_yaml
from policies.items import Item
from policies.rules import All, wanted_records
from policies.wording import say
from recommender.publishing.content import scope_of
from recommender.publishing.states import Kind, Refused, Stale, State
from web.accounts.visitor import Duty
from web.editing import about, benefits, examples, facts, inputs, rules, stackings, ways
from web.editing.checking import Checked, check
from web.editing.editing import PARTS, PLACES, Editing, NoContent, act, part_of, received
from web.editing.outcomes import outcomes
from web.editing.places import Plain
from web.editing.shapes import WHO, record_at
from web.editing.versions import differing
from web.library.access import by, draft_for, may
from web.pages import library, stored

if TYPE_CHECKING:
    from recommender.publishing.drafts import Draft

pages = Blueprint("editor", __name__, url_prefix="/office/drafts")

CONFLICT, UNPROCESSABLE = 409, 422

Page = Response | str | tuple[str, int]


@pages.get("/<draft_id>/edit")
def show(draft_id: str) -> Page:
    """The editor with what is stored of a draft."""
    draft = _draft(draft_id)
    if not _may_be_edited(draft):
        return redirect(url_for("drafts.draft", draft_id=draft_id), 303)
    part = request.args.get("part", "who")
    editing = Editing(draft.content, part if part in PARTS else "who", opened=request.args.get("at", ""))
    return _page(editing, draft, done=request.args.get("done") == "saved")


@pages.post("/<draft_id>/edit")
def change(draft_id: str) -> Page:
    """One press of a button: the page again with what it did, or off it once all is saved."""
    draft = _draft(draft_id)
    sent = {name: tuple(values) for name, values in request.form.lists()}
    try:
        editing = received(sent, library().dictionary)
    except NoContent:
        abort(400)
    press = sent.get("op", ("",))[-1]
    if press in ("save", "overwrite"):
        return _save(editing, draft, overwrite=press == "overwrite")
    return _page(act(editing, press, sent, library().dictionary), draft, revision=_revision())


def _draft(draft_id: str) -> Draft:
    with stored().reading() as database:
        return draft_for(database, draft_id, Duty.EDITOR)


def _may_be_edited(draft: Draft) -> bool:
    return draft.state is State.DRAFT and draft.kind is Kind.VERSION


def _revision() -> int:
    """Which revision of the draft the page began with; none that is, where the form does not say."""
    typed = request.form.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def _save(editing: Editing, draft: Draft, overwrite: bool) -> Page:
    """Store what the page says. ``overwrite``: over the revision that the page has just shown beside it."""
    from recommender.publishing.drafts import save

    scope = scope_of(editing.content)
    if scope is not None and not may([scope], Duty.EDITOR):
        elsewhere = "您的岗位不管这个地区或这些部门，不能这样保存。请核对“政策文件”的地区和“名称和办理”的主管部门。"
        return _page(replace(editing, mistake=elsewhere), draft, status=UNPROCESSABLE, revision=_revision())
    try:
        with stored().writing() as database:
            save(database, draft.id, _revision(), editing.content, by())
    except Stale:
        return _conflict(editing, draft)
    except Problem as problem:
        wrong = replace(editing, mistake=f"{problem.message}。{problem.remedy}")
        return _page(wrong, draft, status=UNPROCESSABLE, revision=_revision())
    except Refused as refusal:
        wrong = replace(editing, mistake=str(refusal))
        return _page(wrong, draft, status=UNPROCESSABLE, revision=_revision())
    address = url_for("editor.show", draft_id=draft.id, part=editing.part, at=editing.opened or None, done="saved")
    return redirect(address, 303)


def _conflict(editing: Editing, draft: Draft) -> Page:
    """What somebody else has saved meanwhile, beside what was typed here."""
    now = _draft(draft.id)
    if not _may_be_edited(now):
        wrong = f"这份草稿现在是“{now.state.label}”，不能再改。您填的内容还在本页，可以复制下来。"
        return _page(replace(editing, part="whole", mistake=wrong), now, status=CONFLICT, revision=_revision())
    page = render_template(
        "edit_conflict.html",
        draft=now,
        editing=editing,
        content=_carried(editing),
        differing=differing(editing.content, now.content),
    )
    return page, CONFLICT


@dataclass(frozen=True)
class Part:
    """A part of the editor, and how many mistakes it has."""

    name: str
    label: str
    wrong: int


def _page(
    editing: Editing, draft: Draft, *, status: int = 200, revision: int | None = None, done: bool = False
) -> Page:
    loaded = library()
    checked = check(editing.content, loaded.dictionary)
    ran = outcomes(editing.content, checked, loaded.dictionary)
    page = render_template(
        "edit.html",
        draft=draft,
        editing=editing,
        content=_carried(editing),
        revision=draft.revision if revision is None else revision,
        changed=editing.content != draft.content,
        done=done,
        parts=[Part(name, label, _wrong(name, checked)) for name, label in PARTS.items()],
        part_of=part_of,
        checked=checked,
        ran=ran,
        meaning=_meaning(checked),
        benefit_lines=_benefit_lines(checked),
        **_SHOWN[editing.part](editing, checked),
    )
    return (page, status) if status != 200 else page


def _carried(editing: Editing) -> str:
    return json.dumps(editing.content, ensure_ascii=False, separators=(",", ":"))


def _wrong(part: str, checked: Checked) -> int:
    """The mistakes of a part; the whole has none of its own."""
    return sum(part_of(each.place) == part for each in checked.troubles) if part != "whole" else 0


def _meaning(checked: Checked) -> list[str]:
    """What the rule demands, a sentence each; nothing while it cannot be read."""
    item = None if checked.below(WHO) else checked.item
    if item is None:
        return []
    parts = item.rule.parts if isinstance(item.rule, All) else (item.rule,)
    return [say(part, library().dictionary) for part in parts]


def _benefit_lines(checked: Checked) -> list[str]:
    item = None if checked.below(*PLACES["benefit"], WHO) else checked.item
    return say_benefit(item.benefit, library().dictionary) if item is not None else []


def _who(editing: Editing, checked: Checked) -> dict[str, object]:
    dictionary = library().dictionary
    looked_for = editing.picking or editing.choosing
    record = record_at(editing.content, looked_for) if looked_for else None
    return {
        "root": rules.rows(editing.content, WHO, dictionary, editing.opened, checked.at),
        "headings": facts.headings(dictionary, record, editing.search) if looked_for else (),
        "in_record": record is not None,
        "joints": rules.JOINTS,
        "trades": inputs.trades(),
    }


def _benefit(editing: Editing, checked: Checked) -> dict[str, object]:
    loaded = library()
    item: Item | None = checked.item
    asked = tuple(each.kind for each in wanted_records(item.rule)) if item is not None else ()
    scope = ways.Scope(loaded.dictionary, asked)
    return {
        "gift": benefits.gift(editing.content, benefits.BENEFIT, scope, checked.at),
        "kinds": ways.KINDS,
        "statements": stackings.statements(editing.content, loaded, checked.at),
    }


def _examples(editing: Editing, checked: Checked) -> dict[str, object]:
    dictionary, place = library().dictionary, editing.opened
    shown = None
    if place.startswith(f"{examples.EXAMPLES}/"):
        needed = examples.wanted(checked.item, editing.content, place, dictionary)
        shown = examples.form(editing.content, place, needed, dictionary)
    return {"form": shown, "trades": inputs.trades()}


def _texts(editing: Editing, _checked: Checked) -> dict[str, object]:
    return {"groups": about.of_item(editing.content)}


def _document(editing: Editing, _checked: Checked) -> dict[str, object]:
    return {"groups": about.of_document(editing.content), "left_out": about.left_out(editing.content)}


def _whole(editing: Editing, _checked: Checked) -> dict[str, object]:
    plain: dict[str, Plain] = editing.content
    return {"item_yaml": to_yaml(plain["item"]), "document_yaml": to_yaml(plain["document"])}


_SHOWN = {
    **{"who": _who, "benefit": _benefit, "examples": _examples},
    **{"texts": _texts, "document": _document, "whole": _whole},
}
"""What the pages of the parts show."""
