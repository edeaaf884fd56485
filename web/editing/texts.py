"""Plain inputs of any place: what they are called, and how what was typed in them is written into the content.

``<place>:text`` stays where it is empty (somebody has still to say it), ``<place>:option`` goes, ``<place>:lines`` is a
list of texts, a line each, ``<place>:pair`` one of two, and ``<place>:region`` brings its level of government along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from enterprises import regions
from web.editing.conditions import Sent, clean
from web.editing.places import NoSuchPlace, Plain, above, find, has, join, put, take

ROOTS = ("/item/", "/document/")
"""Below what a form may write."""

OUT_OF_REACH = ("/item/id", "/item/version", "/item/status", "/document/id")
"""What no form writes: the identity of things is not for typing."""


def shown(content: Plain, place: str, how: str = "text") -> str:
    """What the input of a place shows; empty where it holds nothing, or nothing that such an input could show."""
    try:
        plain = find(content, place)
    except NoSuchPlace:
        return ""
    if how in ("lines", "pair"):
        lines = plain if isinstance(plain, list) else [plain] if isinstance(plain, str) else []
        return "\n".join(line for line in lines if isinstance(line, str))
    return plain if isinstance(plain, str) else ""


def typed(content: Plain, sent: Sent) -> Plain:
    """The content with what was typed into plain inputs."""
    for name in sent:
        place, _, how = name.rpartition(":")
        if how in _WRITERS and place.startswith(ROOTS) and not place.startswith(OUT_OF_REACH):
            content = _typed(content, place, how, "\n".join(map(clean, sent[name])))
    return content


def _typed(content: Plain, place: str, how: str, text: str) -> Plain:
    if _as_typed(shown(content, place, how), how) == _as_typed(text, how):
        return content
    try:
        return _WRITERS[how](content, place, text)
    except NoSuchPlace:
        return content


def _as_typed(text: str, how: str) -> str:
    """A text as it comes back from an input where nobody changes it."""
    if how == "lines":
        return "\n".join(_lines(text))
    return "\n".join(map(clean, text.split("\n"))).rstrip("\n") if how == "pair" else clean(text)


def _lines(text: str) -> list[str]:
    return [stripped for line in text.split("\n") if (stripped := line.strip())]


def _option(content: Plain, place: str, text: str) -> Plain:
    if not text:
        return take(content, place)
    holder = find(content, above(place)) if has(content, above(place)) else None
    return put(content if holder is not None else put(content, above(place), {}), place, text)


def _pair(content: Plain, place: str, text: str) -> Plain:
    return put(content, place, [*map(str.strip, text.split("\n")), ""][:2])


def _region(content: Plain, place: str, code: str) -> Plain:
    """A document's region, and with it the level of who issued it."""
    content = put(content, place, code)
    return (
        put(content, join(above(place), "level"), regions.region(code).level)
        if regions.is_region_code(code)
        else content
    )


_WRITERS: Mapping[str, Callable[[Plain, str, str], Plain]] = {
    "text": put,
    "option": _option,
    "pair": _pair,
    "region": _region,
    "lines": lambda content, place, text: put(content, place, _lines(text)),
}
