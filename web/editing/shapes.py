"""What a part of a rule is, whatever state it is in, and where its own parts are."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.dictionary import Dictionary
from web.editing import conditions
from web.editing.places import Plain, join, steps

WHO = "/item/who"

GROUP, NOT, RECORD, CONDITION, EMPTY, ODD = "group", "not", "record", "condition", "empty", "odd"

NOTHING: dict[str, Plain] = {}
"""A rule of which nothing has been written yet."""


@dataclass(frozen=True)
class Shape:
    """``name``: one of the words above; ``joint``: of a group, ``all``, ``any`` or ``some``; ``number``: how many of
    it are asked for, as it was typed; ``parts``: where its parts are; ``kind``: of records, which."""

    name: str
    parts: tuple[str, ...] = ()
    joint: str = ""
    number: str = ""
    kind: str = ""

    @property
    def holds_list(self) -> bool:
        return self.name == GROUP


def shape_of(plain: Plain, place: str, dictionary: Dictionary, record: str | None) -> Shape:
    """The shape of a part of a rule. ``record``: it is inside records of this kind. Anything else is ``ODD``."""
    if plain is None or plain in ("", NOTHING):
        return Shape(EMPTY)
    if isinstance(plain, dict) and len(plain) == 1:
        ((name, body),) = plain.items()
        if name in ("all", "any") and isinstance(body, list):
            return Shape(GROUP, _numbered(join(place, name), body), name)
        if name == "some" and _is_some(body):
            return Shape(GROUP, _numbered(join(place, name, "of"), body["of"]), name, body.get("at_least", ""))
        if name == "not":
            return Shape(NOT, (join(place, name),))
        if name == "any_record" and record is None and _is_record(body, dictionary):
            return Shape(RECORD, (join(place, name, "where"),), "", body.get("at_least", ""), body["of"])
    written = conditions.read(plain)
    known = written is not None and conditions.fact_of(written.fact, dictionary, record) is not None
    return Shape(CONDITION if known else ODD)


def _numbered(place: str, parts: list[Plain]) -> tuple[str, ...]:
    return tuple(join(place, number) for number in range(len(parts)))


def _is_some(body: Plain) -> bool:
    told = isinstance(body, dict) and set(body) <= {"of", "at_least"} and isinstance(body.get("of"), list)
    return told and isinstance(body.get("at_least", ""), str)


def _is_record(body: Plain, dictionary: Dictionary) -> bool:
    told = isinstance(body, dict) and {"of", "where"} <= set(body) <= {"of", "where", "at_least"}
    return told and body["of"] in dictionary.records and isinstance(body.get("at_least", ""), str)


def record_at(content: Plain, place: str) -> str | None:
    """The kind of records whose fields the names at a place are; ``None`` for the enterprise's own facts."""
    kind: str | None = None
    for step in steps(place):
        if step == "where" and isinstance(content, dict) and isinstance(content.get("of"), str):
            kind = content["of"]
        if isinstance(content, dict):
            content = content.get(step)
        else:
            number = int(step) if isinstance(content, list) and step.isascii() and step.isdigit() else -1
            content = content[number] if isinstance(content, list) and 0 <= number < len(content) else None
    return kind
