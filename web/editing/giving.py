"""Benefits as a form has changed them, and what a clerk does to them: another way of giving, one part more or less."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest

from policies.rules import Operator
from web.editing.benefits import kind_of
from web.editing.conditions import Sent, clean, text
from web.editing.places import NoSuchPlace, Plain, above, find, has, insert, join, last, put, take
from web.editing.ways import KEPT, KINDS, SKELETONS, bound_of, table_of, tier_operator

_MOST_PARTS = 20
_DEEPEST = 20


def typed(content: Plain, place: str, sent: Sent) -> Plain:
    """The content with what a form says of the benefit at a place, beside its plain inputs."""
    if f"{place}:kind" not in sent:
        return content
    if not has(content, place):
        return turn(content, place, text(sent, f"{place}:kind"))
    content = _each(content, place, sent)
    kind = kind_of(find(content, place))
    content = _STEPS[kind](content, place, sent) if kind in _STEPS else content
    for part in _inner(content, place, kind):
        content = typed(content, part, sent)
    return turn(content, place, text(sent, f"{place}:kind", kind))


def _inner(content: Plain, place: str, kind: str) -> Iterable[str]:
    plain = find(content, place)
    if kind in ("all", "highest_of") and isinstance(plain[kind], list):
        return [join(place, kind, number) for number in range(len(plain[kind]))]
    values = table_of(content, place, "cases", "values")
    return [join(place, "cases", "values", name) for name, worth in values.items() if isinstance(worth, dict)]


def turn(content: Plain, place: str, kind: str) -> Plain:
    """Another way of giving, with as much of what was written as it has room for."""
    was = find(content, place) if has(content, place) else None
    before = kind_of(was)
    if kind == before or kind not in KINDS:
        return content
    new = dict(SKELETONS.get(kind, {kind: ""}))
    if isinstance(was, dict):
        if kind in _TEXTS and before in _TEXTS:
            new[kind] = was[before]
        room = {name for name, takers in KEPT.items() if kind in takers}
        new |= {name: was[name] for name in room if name in was and not (new.get(name))}
        new |= {"for_each": was["for_each"]} if "for_each" in was else {}
    if kind in ("all", "highest_of") and was is not None and before:
        inner = {name: value for name, value in was.items() if name != "for_each"}
        new[kind] = was[before] if before in ("all", "highest_of") else [inner, {"fixed": ""}]
    return put(content, place, new)


_TEXTS = ("service", "right", "priority", "faster", "waived", "set_elsewhere")


def _each(content: Plain, place: str, sent: Sent) -> Plain:
    kind = text(sent, f"{place}:each", "?")
    plain = find(content, place)
    if kind == "?" or not isinstance(plain, dict) or kind == (plain.get("for_each") or ""):
        return content
    rest = {name: value for name, value in plain.items() if name != "for_each"}
    return put(content, place, {**({"for_each": kind} if kind else {}), **rest})


def _bound(content: Plain, place: str, sent: Sent) -> Plain:
    now = text(sent, f"{place}:bound", bound_of(content, place))
    if now == bound_of(content, place):
        return content
    rest = {name: value for name, value in find(content, place).items() if name not in ("at_most", "at_least")}
    return put(content, place, {**rest, **({now: "true"} if now in ("at_most", "at_least") else {})})


def _tiers(content: Plain, place: str, sent: Sent) -> Plain:
    at, was = join(place, "tiers"), tier_operator(content, place)
    if not isinstance(find(content, at), dict):
        return content
    table = table_of(content, place, "tiers", was)
    steps = _rows(table, place, sent, "threshold", "amount")
    now = text(sent, f"{place}:operator", was)
    now = now if now in list(Operator) else was
    if (steps, now) == (table, was) or not now:
        return content
    body = {name: value for name, value in find(content, at).items() if name != was}
    return put(content, at, {**body, now: steps})


def _brackets(content: Plain, place: str, sent: Sent) -> Plain:
    at = join(place, "brackets")
    if not isinstance(find(content, at), dict):
        return content
    table = table_of(content, place, "brackets", "rates")
    rows = _rows(table, place, sent, "upper", "share")
    return content if rows == table else put(content, join(at, "rates"), rows)


def _rows(table: dict[str, Plain], place: str, sent: Sent, left: str, right: str) -> dict[str, Plain]:
    """A table as it was typed. Names that were typed twice are kept apart by blanks: reading says that they are two."""
    if f"{place}:{left}" not in sent:
        return table
    pairs = zip_longest(sent[f"{place}:{left}"], sent.get(f"{place}:{right}", ()), fillvalue="")
    rows: dict[str, Plain] = {}
    for name, amount in ((clean(one), clean(other)) for one, other in pairs):
        if name or amount:
            rows[_apart(name, rows)] = amount
    shown = [(name.strip(), amount) for name, amount in table.items() if name.strip() or amount]
    return table if [(name.strip(), amount) for name, amount in rows.items()] == shown else rows or {"": ""}


def _apart(name: str, taken: Mapping[str, Plain]) -> str:
    return _apart(f"{name} ", taken) if name in taken else name


def _years(content: Plain, place: str, sent: Sent) -> Plain:
    was = find(content, join(place, "years"))
    if f"{place}:payment" not in sent or not isinstance(was, list):
        return content
    now = [clean(each) for each in sent[f"{place}:payment"]]
    kept = [each for each in now if each]
    return content if kept == [each for each in was if each] else put(content, join(place, "years"), kept or [""])


def _cases(content: Plain, place: str, sent: Sent) -> Plain:
    at = join(place, "cases", "values")
    values = table_of(content, place, "cases", "values")
    if f"{place}:case" not in sent or not has(content, at):
        return content
    now = dict(values)
    for name, worth in zip(sent[f"{place}:case"], sent.get(f"{place}:worth", ()), strict=False):
        amount = clean(worth)
        if isinstance(now.get(name), dict):
            continue
        if amount:
            now[name] = amount
        elif now.get(name):
            del now[name]
    return content if now == values else put(content, at, now)


_STEPS: Mapping[str, Callable[[Plain, str, Sent], Plain]] = {
    **{"rate": _bound, "tiers": _tiers, "brackets": _brackets, "years": _years, "cases": _cases},
}


def add_part(content: Plain, place: str, _what: str) -> Plain:
    """One more of several benefits."""
    kind = kind_of(find(content, place))
    parts = find(content, join(place, kind)) if kind in ("all", "highest_of") else None
    if not isinstance(parts, list) or len(parts) >= _MOST_PARTS or place.count("/") > _DEEPEST:
        return content
    return insert(content, join(place, kind), len(parts), {"fixed": ""})


def remove_part(content: Plain, place: str, _what: str) -> Plain:
    """Without one of several benefits; what is left alone stands by itself. Of a class, it becomes an amount again."""
    holder = find(content, above(place))
    if last(above(place)) == "values":
        return put(content, place, "")
    if not isinstance(holder, list):
        return content
    content, group = take(content, place), above(above(place))
    left = find(content, above(place))
    if len(left) != 1:
        return content
    each = {name: value for name, value in find(content, group).items() if name == "for_each"}
    return put(content, group, {**each, **left[0]} if isinstance(left[0], dict) else left[0])


def open_case(content: Plain, place: str, _what: str) -> Plain:
    """What a class of enterprises gets, as a benefit of its own instead of an amount."""
    worth = find(content, place) if has(content, place) else ""
    if last(above(place)) != "values" or isinstance(worth, dict) or place.count("/") > _DEEPEST:
        return content
    try:
        return put(content, place, {"fixed": worth or ""})
    except NoSuchPlace:
        return content


MOVES: Mapping[str, Callable[[Plain, str, str], Plain]] = {
    **{"turn": turn, "add-part": add_part, "remove-part": remove_part, "open-case": open_case},
}
