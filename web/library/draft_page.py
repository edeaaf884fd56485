"""The page of a draft: where it stands, what it means, what stands against it, and what the visitor may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template, request, url_for

from enterprises.calendar import format_moment
from enterprises.source_text import Problem, Problems
from policies.exchange.yaml_text import to_yaml
from policies.items import Item
from recommender.publishing.content import read
from recommender.publishing.states import Deed, Kind, State
from web.accounts.visitor import Duty
from web.library.access import WATCHERS, covers, draft_for
from web.library.shown import run_examples, sentences_of, side_by_side
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.publishing.drafts import Draft

DONE = {
    "begun": "草稿已经建好，可以开始编辑。",
    "saved": "已经保存。",
    "renewed": "期间发布的内容已经并入，请再看一遍。",
    "submitted": "已经提交审核。要由另一位有审核职责的人员办理。",
    "taken-back": "已经拿回来，可以再改。",
    "accepted": "审核通过。看过仿真结果以后就可以发布。",
    "sent-back": "已经退回，起草人会看到原因。",
    "published": "已经发布，企业马上就能看到。",
    "withdrawn": "已经撤回。",
    "retired": "已经停用，不再向企业推荐；原来的版本都还在。",
}

STEPS = {State.DRAFT: "起草", State.SUBMITTED: "提交审核", State.REVIEWED: "审核通过", State.PUBLISHED: "发布"}
ENDING = {State.SUBMITTED: "提出停用", State.PUBLISHED: "另一人确认停用"}


@dataclass(frozen=True)
class Line:
    """A line of a draft's history."""

    when: str
    who: str
    what: str
    note: str


def draft_page(
    draft_id: str, mistakes: Sequence[str] = (), typed: dict[str, str] | None = None, status: int = 200
) -> tuple[str, int]:
    """The page as it is now, with what went wrong just before and what was typed then."""
    from recommender.publishing.blocks import blocks, faults
    from recommender.publishing.drafts import is_outdated
    from recommender.publishing.events import hands

    dictionary, account = library().dictionary, visitor().account
    with stored().reading() as database:
        draft = draft_for(database, draft_id, *WATCHERS)
        now = _published(database, draft)
        item = read(draft.content, dictionary)
        against = blocks(database, draft, dictionary, account) if draft.state.is_open else ()
        wrong = tuple(faults(database, draft, item, dictionary)) if draft.kind is Kind.VERSION else ()
        had_a_hand = account in hands(database, draft_id)
        outdated = draft.state.is_open and is_outdated(database, draft)
        lines = _history(database, draft_id)
        along = _along(database, draft, item) if draft.state.is_open else ()
    page = render_template(
        "office_draft.html",
        address=address,
        draft=draft,
        steps=STEPS if draft.kind is Kind.VERSION else ENDING,
        item=item if isinstance(item, Item) else None,
        problems=item.problems if isinstance(item, Problems) else (),
        sentences=sentences_of(item, dictionary) if isinstance(item, Item) else None,
        examples=run_examples(item, dictionary) if isinstance(item, Item) else (),
        beside=side_by_side(now, item, dictionary) if isinstance(item, Item) and draft.kind is Kind.VERSION else (),
        published=now,
        yaml={"事项": to_yaml(draft.item), "文件": to_yaml(draft.document)},
        against=against,
        along=along,
        wrong=wrong,
        outdated=outdated,
        had_a_hand=had_a_hand,
        may_edit=covers(draft, Duty.EDITOR),
        may_review=covers(draft, Duty.REVIEWER),
        editor=address("editor.show", draft_id=draft.id),
        simulation=address("simulations.show_all", draft=draft.id),
        lines=lines,
        done=DONE.get(request.args.get("done", ""), ""),
        mistakes=mistakes,
        typed=typed or {},
    )
    return page, status


def revision_in(form: Mapping[str, str]) -> int:
    """The revision of a draft that a form was made for; -1, which none has, where it does not say."""
    typed = form.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def address(endpoint: str, **values: Any) -> str:
    """Where another part of the console is; empty where this installation does not have it."""
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, **values)


def _along(session: Session, draft: Draft, item: Item | Problems) -> tuple[Item, ...]:
    """The other items of a document that the draft changes: each gets a new version with it."""
    from recommender.publishing.siblings import siblings_under

    if isinstance(item, Problems) or draft.document == draft.base_document:
        return ()
    found = siblings_under(session, item, library().dictionary)
    return tuple(each for _, each in found if isinstance(each, Item))


def _published(session: Session, draft: Draft) -> Item | None:
    """The version that the draft began from, which is what it is compared with."""
    from policies.tables import load_item

    if not draft.base_version:
        return None
    try:
        return load_item(session, draft.item_id, draft.base_version, library().dictionary)
    except (LookupError, Problem):
        return None


def _history(session: Session, draft_id: str) -> tuple[Line, ...]:
    from recommender.publishing.events import history, saves_together
    from web.accounts.people import names_of

    events = tuple(saves_together(history(session, draft_id)))
    names = names_of(session, {event.account for event, _ in events}, settings().seal)
    return tuple(
        Line(
            format_moment(event.moment),
            names.get(event.account) or "（姓名打不开）",
            event.deed.label + (f"（{times} 次）" if event.deed is Deed.SAVE and times > 1 else ""),
            event.note or "",
        )
        for event, times in events
    )
