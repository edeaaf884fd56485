"""An editor at work: the content as it is now, what is looked at, and what one press of a button does to both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem, from_plain
from web.editing import about, examples, giving, moves, rules, stackings, telling, texts
from web.editing.benefits import BENEFIT
from web.editing.conditions import Sent, text
from web.editing.outcomes import outcome_of
from web.editing.places import NoSuchPlace, Plain, above, find, has, join, put
from web.editing.shapes import CONDITION, NOT, RECORD, WHO, record_at, shape_of

PARTS: Mapping[str, str] = {
    "who": "谁可以享受",
    "benefit": "可以得到什么",
    "examples": "样例",
    "texts": "名称和办理",
    "document": "政策文件",
    "whole": "检查和全文",
}
"""The parts of the editor, and what they are called."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "who": (WHO,),
    "benefit": (BENEFIT, stackings.STACKING),
    "examples": (examples.EXAMPLES,),
    "document": ("/document",),
}
"""Where what each part shows is; the texts are the rest of the item."""


class NoContent(ValueError):
    """What was sent is nothing that one of our pages sends."""


@dataclass(frozen=True)
class Editing:
    """``opened``: the row whose inputs are shown; ``picking``: the group that something is picked for; ``choosing``:
    the condition that is to be about another fact; ``taking``: the example whose outcome is wanted.

    ``focus``: where to go on; ``mistake``: why a press did nothing.
    """

    content: Plain
    part: str = "who"
    opened: str = ""
    picking: str = ""
    choosing: str = ""
    search: str = ""
    taking: str = ""
    focus: str = ""
    mistake: str = ""


def part_of(place: str) -> str:
    """The part of the editor that shows a place."""
    for part, places in PLACES.items():
        if any(f"{place}/".startswith(f"{each}/") for each in places):
            return part
    return "texts"


def received(sent: Sent, dictionary: Dictionary) -> Editing:
    """What a page sent, with what was typed in it. Raises ``NoContent``."""
    try:
        content = from_plain(json.loads(text(sent, "content")), "").plain()
    except (json.JSONDecodeError, RecursionError, Problem):
        raise NoContent from None
    if not isinstance(content, dict) or not all(isinstance(content.get(part), dict) for part in ("item", "document")):
        raise NoContent
    part = text(sent, "part")
    return Editing(
        content=_with_typed(content, sent, dictionary),
        part=part if part in PARTS else "who",
        opened=text(sent, "opened"),
        picking=text(sent, "picking"),
        choosing=text(sent, "choosing"),
        search=text(sent, "search"),
        taking=text(sent, "taking"),
    )


def _with_typed(content: Plain, sent: Sent, dictionary: Dictionary) -> Plain:
    content = texts.typed(content, sent)
    if has(content, WHO):
        rule = find(content, WHO)
        now = rules.typed(rule, WHO, sent, dictionary)
        content = content if now is rule else put(content, WHO, now)
    content = giving.typed(content, BENEFIT, sent)
    content = stackings.typed(content, sent)
    return telling.typed(content, sent)


def act(editing: Editing, press: str, sent: Sent, dictionary: Dictionary) -> Editing:
    """What a press of a button does: ``<verb>|<place>|<what>``. One that leads nowhere does nothing."""
    verb, _, rest = press.partition("|")
    place, _, what = rest.rpartition("|")
    what = text(sent, f"{place}:more") if verb == "tell" else what
    try:
        if verb in _VIEWS:
            return _VIEWS[verb](editing, place, what)
        if verb == "take":
            return _take(editing, place, bool(text(sent, "sure")), dictionary)
        return _change(editing, verb, place, what, dictionary)
    except NoSuchPlace:
        return editing  # a page may be older than what it shows


def _change(editing: Editing, verb: str, place: str, what: str, dictionary: Dictionary) -> Editing:
    content = editing.content
    if verb in moves.MOVES and f"{place}/".startswith(f"{WHO}/"):
        content, at = moves.MOVES[verb](content, place, what, dictionary)
        return _looking_at(
            replace(editing, content=content), at, added=verb in ("add", "choose"), dictionary=dictionary
        )
    if verb in telling.MOVES and f"{place}/".startswith(f"{examples.EXAMPLES}/"):
        content, at = telling.MOVES[verb](content, place, what, dictionary)
        opened = at if verb != "remove-example" else _still_open(editing.opened, place)
        return replace(editing, content=content, opened=opened, taking="", focus=at if verb == "add-example" else "")
    if verb in _PLAIN_MOVES and place.startswith(_PLAIN_MOVES[verb][0]):
        return replace(editing, content=_PLAIN_MOVES[verb][1](content, place, what))
    return editing


def _looking_at(editing: Editing, place: str, *, added: bool, dictionary: Dictionary) -> Editing:
    """The row at a place in view; a new condition opened, a new group ready for its first part."""
    shape = shape_of(find(editing.content, place), place, dictionary, record_at(editing.content, place))
    view = replace(editing, opened="", picking="", choosing="", search="", focus=place)
    if not added:
        return view
    if shape.name == CONDITION:
        return replace(view, opened=place)
    inner = shape.parts[0] if shape.name in (NOT, RECORD) else place
    return replace(view, picking=inner, focus="pick")


def _still_open(opened: str, removed: str) -> str:
    """The example that is open, unless it, or one before it, has gone."""
    return opened if opened and above(opened) != above(removed) else ""


def _take(editing: Editing, place: str, sure: bool, dictionary: Dictionary) -> Editing:
    """Expect of an example what comes out now, once somebody has said that this is what the paper says."""
    if not sure:
        return replace(editing, taking=place, mistake="请先对照文件，勾选“已经对照过”，再填入。")
    result = outcome_of(editing.content, place, dictionary)
    if result is None:
        return replace(editing, taking="", mistake="这个样例现在算不出来，不能填入。")
    window = find(editing.content, join(place, "expect")) if has(editing.content, join(place, "expect")) else None
    kept = {"window": window["window"]} if isinstance(window, dict) and "window" in window else {}
    return replace(
        editing, content=put(editing.content, join(place, "expect"), {**result, **kept}), taking="", focus=place
    )


def _open(editing: Editing, place: str, _what: str) -> Editing:
    while place and not has(editing.content, place):
        place = above(place)
    part = part_of(place)
    if part == "examples":
        place = "/".join(place.split("/")[:4])
    return replace(editing, part=part, opened=place, picking="", choosing="", taking="", focus=place)


def _close(editing: Editing, place: str, _what: str) -> Editing:
    return replace(editing, opened="", picking="", choosing="", search="", taking="", focus=place)


def _pick(editing: Editing, place: str, _what: str) -> Editing:
    same = editing.picking == place
    return replace(editing, opened="", picking=place, choosing="", search=editing.search if same else "", focus="pick")


def _choose(editing: Editing, place: str, _what: str) -> Editing:
    same = editing.choosing == place
    return replace(
        editing, opened=place, picking="", choosing=place, search=editing.search if same else "", focus="pick"
    )


def _part(editing: Editing, place: str, what: str) -> Editing:
    if what not in PARTS:
        return editing
    return replace(editing, part=what, opened="", picking="", choosing="", search="", taking="", focus=place)


def _ask_taking(editing: Editing, place: str, _what: str) -> Editing:
    return replace(editing, opened=place, taking=place, focus="taking")


_VIEWS: Mapping[str, Callable[[Editing, str, str], Editing]] = {
    **{"open": _open, "close": _close, "pick": _pick, "pick-other": _choose, "part": _part, "ask-taking": _ask_taking},
}
_PLAIN_MOVES: Mapping[str, tuple[str, Callable[[Plain, str, str], Plain]]] = {
    **{verb: (BENEFIT, move) for verb, move in giving.MOVES.items()},
    "add-statement": (stackings.STACKING, stackings.add),
    "remove-statement": (stackings.STACKING, stackings.remove),
    "leave-out": (about.LEFT_OUT, about.leave_out),
    "keep-in": (about.LEFT_OUT, about.keep_in),
}
