"""Places in plain content, as JSON Pointers (RFC 6901): ``/item/who/all/0``. Contents are only ever copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Plain = Any
"""Texts, ``None``, lists and mappings: what YAML says when every scalar stays text."""


class NoSuchPlace(LookupError):
    """The content has no such place (any more)."""


def join(place: str, *steps: str | int) -> str:
    """The place that lies so many steps below ``place``."""
    return place + "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def steps(place: str) -> list[str]:
    """The names and numbers that lead to a place."""
    return [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]


def above(place: str) -> str:
    """The place that holds this one."""
    return place.rpartition("/")[0]


def last(place: str) -> str:
    """The name or number of a place in what holds it."""
    return steps(place)[-1] if "/" in place else ""


def find(content: Plain, place: str) -> Plain:
    """What stands at a place. Raises ``NoSuchPlace``."""
    for step in steps(place):
        content = _below(content, step)
    return content


def has(content: Plain, place: str) -> bool:
    """Whether there is such a place."""
    try:
        find(content, place)
    except NoSuchPlace:
        return False
    return True


def put(content: Plain, place: str, new: Plain) -> Plain:
    """The content with ``new`` at a place; a name that a mapping lacks is added. Raises ``NoSuchPlace``."""
    return _changed(content, steps(place), lambda _: new)


def take(content: Plain, place: str) -> Plain:
    """The content without what stands at a place. Raises ``NoSuchPlace``."""

    def without(holder: Plain) -> Plain:
        step = last(place)
        _below(holder, step)
        if isinstance(holder, dict):
            return {name: value for name, value in holder.items() if name != step}
        return [value for number, value in enumerate(holder) if number != int(step)]

    return _changed(content, steps(above(place)), without)


def insert(content: Plain, place: str, number: int, new: Plain) -> Plain:
    """The content with ``new`` in the list at a place, before its element ``number``. Raises ``NoSuchPlace``."""
    held = find(content, place)
    if not isinstance(held, list):
        raise NoSuchPlace(place)
    return put(content, place, [*held[:number], new, *held[number:]])


def walk(content: Plain, place: str = "", written: str = "") -> Iterator[tuple[str, str]]:
    """Every place from ``place`` down, whose content is ``content``, with the path that problems call it by."""
    yield place, written
    if isinstance(content, dict):
        for name, value in content.items():
            yield from walk(value, join(place, name), f"{written}.{name}" if written else name)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from walk(value, join(place, number), f"{written}[{number}]")


def place_of(content: Plain, start: str, path: str) -> str:
    """The place below ``start``, whose content is ``content``, that a problem's path means; ``start`` where none is."""
    return next((place for place, written in walk(content, start) if written == path), start)


def _below(holder: Plain, step: str) -> Plain:
    if isinstance(holder, dict) and step in holder:
        return holder[step]
    if isinstance(holder, list) and step.isascii() and step.isdigit() and int(step) < len(holder):
        return holder[int(step)]
    raise NoSuchPlace(step)


def _changed(content: Plain, path: list[str], change: Callable[[Plain], Plain]) -> Plain:
    if not path:
        return change(content)
    step, *rest = path
    if isinstance(content, dict) and (step in content or not rest):
        return {**content, step: _changed(content.get(step), rest, change)}
    below = _below(content, step)
    return [_changed(below, rest, change) if str(number) == step else each for number, each in enumerate(content)]
