"""What a support may be had together with, as forms: a statement each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.library import Library
from policies.stacking import Reach, StackingObject, StackingOperator
from web.checkup.form_layout import Choice, Choices, Field
from web.editing.conditions import Sent, clean, text
from web.editing.inputs import line, listed, select
from web.editing.places import Plain, find, has, insert, join, put, take
from web.editing.texts import shown

STACKING = "/item/stacking"

_MOST = 20


@dataclass(frozen=True)
class Statement:
    """One statement: its inputs, and what is wrong with it."""

    place: str
    inputs: tuple[Field, ...]
    troubles: tuple[str, ...]


def statements(content: Plain, library: Library, troubles: Mapping[str, tuple[str, ...]]) -> tuple[Statement, ...]:
    """The forms of all statements."""
    held = find(content, STACKING) if has(content, STACKING) else []
    places = [join(STACKING, number) for number in range(len(held))] if isinstance(held, list) else []
    return tuple(
        Statement(
            place,
            tuple(_inputs(content, place, library)),
            tuple(each for wrong, some in troubles.items() if f"{wrong}/".startswith(f"{place}/") for each in some),
        )
        for place in places
    )


def _inputs(content: Plain, place: str, library: Library) -> Iterator[Field]:
    def chosen(name: str) -> str:
        return shown(content, join(place, name))

    yield select(
        f"{place}/operator:text",
        "怎么算",
        listed((each.value, each.label) for each in StackingOperator),
        chosen("operator"),
    )
    yield select(
        f"{place}/object:text",
        "对什么而言",
        listed((each.value, each.label) for each in StackingObject),
        chosen("object"),
    )
    listed_items = _listed(content, place)
    reach = Reach.ITEMS.value if listed_items is not None else chosen("reach")
    yield select(f"{place}:reach", "与哪些支持", listed((each.value, each.label) for each in Reach), reach)
    for number, item in enumerate((*listed_items, "") if listed_items is not None else ()):
        yield select(f"{place}:item", f"所列事项 {number + 1}", titles(library), item)
    if chosen("operator") == StackingOperator.ONCE or chosen("every"):
        pairs = [("ever", "终身只一次"), *((f"{years}年", f"{years} 年内只一次") for years in range(1, 11))]
        yield select(f"{place}/every:option", "多久一次", listed(pairs), chosen("every"))
    yield select(
        f"{place}/alike:option",
        "限不限同类型",
        listed([("", "不限"), (chosen("alike") or "是", "只限同类型的支持")]),
        chosen("alike"),
    )
    yield line(f"{place}/note:option", "文件的原话（可以不填）", chosen("note"))


def _listed(content: Plain, place: str) -> list[str] | None:
    at = join(place, "items")
    items = find(content, at) if has(content, at) else None
    return [each for each in items if isinstance(each, str)] if isinstance(items, list) else None


def titles(library: Library) -> tuple[Choices, ...]:
    """Every item, under its document."""
    return tuple(
        Choices(
            document.title,
            tuple(Choice(item.id, item.title) for item in library.items.values() if item.document.id == document.id),
        )
        for document in library.documents.values()
    )


def typed(content: Plain, sent: Sent) -> Plain:
    """The content with what forms say of the reach of statements, beside their plain inputs."""
    held = find(content, STACKING) if has(content, STACKING) else []
    for number in range(len(held) if isinstance(held, list) else 0):
        content = _typed(content, join(STACKING, number), sent)
    return content


def _typed(content: Plain, place: str, sent: Sent) -> Plain:
    statement = find(content, place)
    if f"{place}:reach" not in sent or not isinstance(statement, dict):
        return content
    was = _listed(content, place)
    reach = text(sent, f"{place}:reach")
    if reach != Reach.ITEMS:
        before = Reach.ITEMS.value if was is not None else shown(content, join(place, "reach"))
        rest = {name: value for name, value in statement.items() if name not in ("items", "reach")}
        return content if reach == before else put(content, place, {**rest, "reach": reach})
    now = [each for each in map(clean, sent.get(f"{place}:item", ())) if each]
    if was is not None and now == [each for each in was if each]:
        return content
    rest = {name: value for name, value in statement.items() if name not in ("items", "reach")}
    return put(content, place, {**rest, "items": now})


def add(content: Plain, _place: str, _what: str) -> Plain:
    """One more statement."""
    held = find(content, STACKING) if has(content, STACKING) else None
    new = {"operator": "", "object": StackingObject.ENTERPRISE.value, "reach": ""}
    if not isinstance(held, list):
        return put(content, STACKING, [new])
    return insert(content, STACKING, len(held), new) if len(held) < _MOST else content


def remove(content: Plain, place: str, _what: str) -> Plain:
    """Without a statement."""
    return take(content, place) if place.startswith(f"{STACKING}/") else content
