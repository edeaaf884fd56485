"""Examples as a form has changed them, and what a clerk does to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from enterprises.dictionary import Dictionary, Fact, Kind
from web.editing.conditions import Sent, clean, text, value_of
from web.editing.examples import EXAMPLES, NO_LIMIT, amount_of
from web.editing.places import NoSuchPlace, Plain, above, find, has, insert, join, put, take

_MOST = 60
_MOST_RECORDS = 20

NONE = ".none"
"""What the name of a tick ends with that says: none of these."""

ASKED = ".asked"
"""What the name of an unseen input ends with that says that options were shown."""

_TRADE = Fact("industry", "行业", Kind.INDUSTRY)


def typed(content: Plain, sent: Sent) -> Plain:
    """The content with what a form says of examples, beside its plain inputs."""
    for name in sent:
        place, _, how = name.removesuffix(ASKED).rpartition(":")
        if not place.startswith(f"{EXAMPLES}/"):
            continue
        try:
            content = _typed(content, place, how, name, sent)
        except NoSuchPlace:
            continue
    return content


def _typed(content: Plain, place: str, how: str, name: str, sent: Sent) -> Plain:
    match how:
        case "set" if name.endswith(ASKED):
            return _ticked(content, place, sent)
        case "year":
            return _year(content, place, text(sent, name))
        case "industry":
            return _optional(content, place, value_of(text(sent, name), _TRADE, _was(content, place)))
        case "low":
            return _amount(content, place, text(sent, name), text(sent, f"{place}:high"))
    return content


def _was(content: Plain, place: str) -> tuple[str, ...]:
    plain = find(content, place) if has(content, place) else None
    return (plain,) if isinstance(plain, str) else ()


def _optional(content: Plain, place: str, now: str) -> Plain:
    if (now,) == _was(content, place) or (not now and not _was(content, place)):
        return content
    return put(content, place, now) if now else take(content, place)


def _ticked(content: Plain, place: str, sent: Sent) -> Plain:
    """Options, by what was ticked: some, none of them, or nothing known."""
    was = find(content, place) if has(content, place) else None
    ticked = [clean(each) for each in sent.get(f"{place}:set", ())]
    if not ticked and f"{place}:set{NONE}" in sent:
        return content if was == [] else put(content, place, [])
    before = [each for each in was if isinstance(each, str)] if isinstance(was, list) else []
    if set(before) == set(ticked) and (ticked or was != []):
        return content
    order = [each for each in before if each in ticked]
    return (
        put(content, place, [*order, *(each for each in ticked if each not in order)])
        if ticked
        else take(content, place)
    )


def _year(content: Plain, place: str, now: str) -> Plain:
    if not now and not has(content, place):
        return content
    if not isinstance(find(content, above(place)) if has(content, above(place)) else None, dict):
        content = put(content, above(place), {})
    return _optional(content, place, now)


def _amount(content: Plain, expect: str, low: str, high: str) -> Plain:
    at = join(expect, "amount")
    if (low, high) == amount_of(content, at):
        return content
    if not low and not high:
        return take(content, at) if has(content, at) else content
    return put(content, at, [low, None if high == NO_LIMIT else high] if high else low)


def add(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """One more example: a copy of the one at ``place`` that is to come out in another way, or an empty one."""
    held = find(content, EXAMPLES) if has(content, EXAMPLES) else None
    if not isinstance(held, list):
        content, held = put(content, EXAMPLES, []), []
    if len(held) >= _MOST:
        return content, place
    like = find(content, place) if place.startswith(f"{EXAMPLES}/") else {"given": {}, "on": _last_day(held)}
    like = like if isinstance(like, dict) else {}
    new = {"given": like.get("given", {}), "on": like.get("on", ""), "expect": {"verdict": ""}}
    return insert(content, EXAMPLES, len(held), new), join(EXAMPLES, len(held))


def _last_day(examples: list[Plain]) -> str:
    days = [each.get("on") for each in examples if isinstance(each, dict)]
    return next((day for day in reversed(days) if isinstance(day, str)), "")


def remove(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """Without an example."""
    return (take(content, place), "") if above(place) == EXAMPLES else (content, place)


def drop_record(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """Without one of the records; without any, nobody knows whether there are some."""
    if not isinstance(find(content, above(place)), list):
        return content, place
    content = take(content, place)
    return (content if find(content, above(place)) else take(content, above(place))), _example_of(place)


def tell(content: Plain, place: str, what: str, dictionary: Dictionary) -> tuple[Plain, str]:
    """Room for one more fact, or kind of records, of which nothing is known yet."""
    at = join(place, "given", what)
    known = what in dictionary.facts or what in dictionary.records
    if known and not has(content, at):
        content = put(content, at, [{}] if what in dictionary.records else None)
    return content, place


def add_record(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """One more record of a kind."""
    held = find(content, place) if has(content, place) else None
    records = held if isinstance(held, list) else []
    return (put(content, place, [*records, {}]) if len(records) < _MOST_RECORDS else content), _example_of(place)


def no_records(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """The enterprise has none of this kind."""
    return put(content, place, []), _example_of(place)


def forget_records(content: Plain, place: str, _what: str, _dictionary: Dictionary) -> tuple[Plain, str]:
    """Nobody knows whether it has any."""
    return (take(content, place) if has(content, place) else content), _example_of(place)


def _example_of(place: str) -> str:
    return "/".join(place.split("/")[:4])


MOVES: Mapping[str, Callable[[Plain, str, str, Dictionary], tuple[Plain, str]]] = {
    **{"add-example": add, "remove-example": remove, "tell": tell},
    **{
        "add-record": add_record,
        "drop-record": drop_record,
        "no-records": no_records,
        "forget-records": forget_records,
    },
}
