"""What a clerk does to the tree of a rule: add, wrap, move, remove its parts. Each gives the content and where to look.

A move that leads nowhere changes nothing: a page may be older than what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from enterprises.dictionary import Dictionary
from policies.rule_text import COMBINERS, fitting_operators
from web.editing import conditions
from web.editing.conditions import Written
from web.editing.facts import first_operator
from web.editing.places import NoSuchPlace, Plain, above, find, has, insert, join, last, put, take
from web.editing.shapes import EMPTY, GROUP, NOT, NOTHING, RECORD, WHO, Shape, record_at, shape_of

Moved = tuple[Plain, str]
"""The content, and the place to look at next."""

Move = Callable[[Plain, str, str, Dictionary], Moved]
"""Content, place, what it is about (a fact, a word), dictionary."""

_MOST_PARTS = 60
_DEEPEST = 24  # steps of a place: beyond it a page could hardly be read, and files are refused at forty


def add(content: Plain, place: str, what: str, dictionary: Dictionary) -> Moved:
    """One more part: a condition on a fact, records of a kind (``record:…``), or a group (``all``, ``any``, …)."""
    now = _shape(content, place, dictionary)
    new = _new(what, dictionary, record_at(content, place))
    if new is None or len(now.parts) >= _MOST_PARTS or place.count("/") > _DEEPEST:
        return content, place
    if now.name == GROUP:
        held = _list_of(place, now)
        return insert(content, held, len(now.parts), new), join(held, len(now.parts))
    parts = [new] if now.name == EMPTY else [find(content, place), new]
    joint = "any" if last(place) == "not" else "all"  # 不得 this, nor that
    return put(content, place, {joint: parts}), join(place, joint, len(parts) - 1)


def _new(what: str, dictionary: Dictionary, record: str | None) -> Plain:
    if what in ("all", "any"):
        return {what: []}
    if what == "some":
        return {"some": {"at_least": "1", "of": []}}
    if what == "not":
        return {"not": dict(NOTHING)}
    kind = what.removeprefix("record:")
    if kind != what:
        return {"any_record": {"of": kind, "where": {"all": []}}} if kind in dictionary.records and not record else None
    fact = conditions.fact_of(what, dictionary, record) if what not in COMBINERS else None
    return conditions.write(Written(what, first_operator(fact).value)) if fact and fitting_operators(fact) else None


def choose(content: Plain, place: str, what: str, dictionary: Dictionary) -> Moved:
    """The same condition on another fact; what was asked of the one before is kept where it fits."""
    record = record_at(content, place)
    was, fact = conditions.read(find(content, place)), conditions.fact_of(what, dictionary, record)
    if was is None or fact is None or not fitting_operators(fact):
        return content, place
    before = conditions.fact_of(was.fact, dictionary, record)
    if before is not None and before.kind is fact.kind and was.operator in list(fitting_operators(fact)):
        new = Written(what, was.operator, was.values, was.year if fact.yearly else "", was.clause, was.page)
    else:
        new = Written(what, first_operator(fact).value, clause=was.clause, page=was.page)
    return put(content, place, conditions.write(new)), place


def remove(content: Plain, place: str, _what: str, dictionary: Dictionary) -> Moved:
    """Without this part, and without the 不得 that was about it."""
    holder = above(place)
    if isinstance(find(content, holder), list):
        number = int(last(place))
        content = take(content, place)
        left = len(find(content, holder))
        return content, join(holder, min(number, left - 1)) if left else _group_of(holder)
    if place != WHO and last(place) == "not":
        return remove(content, holder, "", dictionary)
    find(content, place)
    return put(content, place, dict(NOTHING)), place


def up(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> Moved:
    """One place further up in its group."""
    return _swap(content, place, -1)


def down(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> Moved:
    """One place further down in its group."""
    return _swap(content, place, 1)


def _swap(content: Plain, place: str, by: int) -> Moved:
    part, held = find(content, place), find(content, above(place))
    if not isinstance(held, list) or not 0 <= int(last(place)) + by < len(held):
        return content, place
    number = int(last(place)) + by
    return insert(take(content, place), above(place), number, part), join(above(place), number)


def out(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> Moved:
    """Out of its group, behind it; a group that it leaves empty goes."""
    part, holder = find(content, place), above(place)
    group = _group_of(holder)
    if not isinstance(find(content, holder), list) or not isinstance(find(content, above(group)), list):
        return content, place
    number = int(last(group))
    content = take(content, place)
    content = insert(content, above(group), number + 1, part)
    if find(content, holder):
        return content, join(above(group), number + 1)
    return take(content, group), group


def into(content: Plain, place: str, _what: str, dictionary: Dictionary) -> Moved:
    """Into the group that stands before it."""
    part = find(content, place)
    if not isinstance(find(content, above(place)), list) or int(last(place)) == 0:
        return content, place
    before = join(above(place), int(last(place)) - 1)
    group = _shape(content, before, dictionary)
    if group.name != GROUP or len(group.parts) >= _MOST_PARTS:
        return content, place
    held = _list_of(before, group)
    return insert(take(content, place), held, len(group.parts), part), join(held, len(group.parts))


def wrap(content: Plain, place: str, what: str, _dictionary: Dictionary) -> Moved:
    """This part as the first of a new group (``all``, ``any``, ``some``), or denied (``not``)."""
    part = find(content, place)
    new: Mapping[str, tuple[Plain, str]] = {
        "all": ({"all": [part]}, join(place, "all", 0)),
        "any": ({"any": [part]}, join(place, "any", 0)),
        "some": ({"some": {"at_least": "1", "of": [part]}}, join(place, "some", "of", 0)),
        "not": ({"not": part}, join(place, "not")),
    }
    if what not in new or place.count("/") > _DEEPEST:
        return content, place
    return put(content, place, new[what][0]), place


def unwrap(content: Plain, place: str, _what: str, dictionary: Dictionary) -> Moved:
    """Its parts in the place of a group, or of a denial."""
    now = _shape(content, place, dictionary)
    if now.name not in (GROUP, NOT):
        return content, place
    parts = [find(content, part) for part in now.parts]
    if len(parts) == 1:
        return put(content, place, parts[0]), place
    if not isinstance(find(content, above(place)), list) or not parts:
        return content, place
    number, held = int(last(place)), find(content, above(place))
    return put(content, above(place), [*held[:number], *parts, *held[number + 1 :]]), place


def _shape(content: Plain, place: str, dictionary: Dictionary) -> Shape:
    plain = find(content, place) if has(content, place) else None
    return shape_of(plain, place, dictionary, record_at(content, place))


def _list_of(place: str, group: Shape) -> str:
    return join(place, group.joint, "of") if group.joint == "some" else join(place, group.joint)


def _group_of(held: str) -> str:
    """The group whose list of parts this is."""
    return above(above(held)) if last(held) == "of" else above(held)


MOVES: Mapping[str, Move] = {
    **{"add": add, "choose": choose, "remove": remove, "up": up, "down": down},
    **{"out": out, "into": into, "wrap": wrap, "unwrap": unwrap},
}


def possible(content: Plain, place: str, dictionary: Dictionary) -> tuple[str, ...]:
    """The moves that would change something here."""
    try:
        asked = [name for name in ("up", "down", "out", "into", "unwrap") if _changes(content, place, name, dictionary)]
    except NoSuchPlace:
        return ()
    return (
        tuple(asked)
        if _shape(content, place, dictionary).name != RECORD
        else tuple(name for name in asked if name != "unwrap")
    )


def _changes(content: Plain, place: str, move: str, dictionary: Dictionary) -> bool:
    return MOVES[move](content, place, "", dictionary)[0] is not content
