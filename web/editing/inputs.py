"""Inputs of the editor, by what they are for: choices by name, texts as people write amounts, days and shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from enterprises import industries, regions
from enterprises.dictionary import Dictionary, Fact, Kind
from web.checkup.form_layout import Choice, Choices, Field


def select(name: str, label: str, groups: tuple[Choices, ...], typed: str, hint: str = "") -> Field:
    """A choice of one."""
    return Field(name, label, "select", hint, (typed,), groups=groups)


def line(name: str, label: str, typed: str, hint: str = "", widget: str = "text") -> Field:
    """A text; ``widget``: ``text``, ``long``, ``lines``, ``date`` or ``industry``."""
    if widget == "date" and typed and _DAY.fullmatch(typed) is None:
        widget = "text"  # a browser would show nothing of it, and send nothing
    return Field(name, label, widget, hint, (typed,))


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def listed(pairs: Iterable[tuple[str, str]], heading: str = "") -> tuple[Choices, ...]:
    """Choices by value and label."""
    return (Choices(heading, tuple(Choice(value, label) for value, label in pairs)),)


def options_of(fact: Fact) -> tuple[Choices, ...]:
    """The options of a fact, under their headings."""
    return tuple(
        choices
        for heading, values in fact.groups or (("", fact.values),)
        for choices in listed(zip(values, values, strict=True), heading)
    )


def facts_of(dictionary: Dictionary, record: str | None, kinds: Sequence[Kind]) -> tuple[Choices, ...]:
    """The facts, or the fields of a kind of records, of these kinds, to compute with."""
    names = dictionary.records[record].fields if record else dictionary.facts
    return listed((name, fact.label) for name, fact in names.items() if fact.kind in kinds)


@cache
def places() -> tuple[Choices, ...]:
    """Shaanxi, its cities each with their counties, then the other provinces."""
    shaanxi = regions.region("610000")
    cities = (
        Choices(city.name, (Choice(city.code, f"{city.name}（全市）"), *map(_place, regions.children(city.code))))
        for city in regions.children(shaanxi.code)
    )
    others = (each for each in regions.regions() if each.level == "province" and each != shaanxi)
    return (
        Choices("全省", (Choice(shaanxi.code, "陕西省（全省）"),)),
        *cities,
        Choices("陕西省外", tuple(map(_place, others))),
    )


def _place(region: regions.Region) -> Choice:
    return Choice(region.code, region.name)


@cache
def trades() -> tuple[str, ...]:
    """Every industry as ``13 农副食品加工业``."""
    return tuple(f"{each.code} {each.name}" for each in industries.industries())


def hint_of(fact: Fact) -> str:
    """How a value of a fact is written."""
    match fact.kind:
        case Kind.MONEY:
            return "写数字和单位，例如 800万元、10亿元"
        case Kind.COUNT:
            return f"写整数，单位：{fact.unit}" if fact.unit else "写整数"
        case Kind.RATIO:
            return "写百分数，例如 10%"
        case Kind.INDUSTRY:
            return "写行业的名称或代码，从列表里选，例如 C 制造业"
        case _:
            return ""
