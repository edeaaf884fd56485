"""What the forms of a campaign offer to choose from, with what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enterprises.industries import industries
from enterprises.regions import children, region
from enterprises.tiers import Tier
from policies.items import Document, Item
from recommender.campaigns.content import ENTITY_KINDS, SIZES


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. ``hint`` says what it means, empty where it speaks for itself."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The items of a document."""

    document: Document
    items: tuple[Item, ...]


def by_document(items: Iterable[Item]) -> tuple[Group, ...]:
    """Items under their documents, in the library's order."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.document.id, []).append(item)
    return tuple(Group(some[0].document, tuple(some)) for some in found.values())


def matching(items: Iterable[Item], text: str) -> list[Item]:
    """Items whose title, document, number or departments hold every one of the words; all where there are none."""
    words = text.split()

    def said(item: Item) -> str:
        return " ".join((item.title, item.document.title, item.document.number or "", *item.departments, item.id))

    return [item for item in items if all(word in said(item) for word in words)]


def regions_in(code: str) -> tuple[Option, ...]:
    """The parts of a region."""
    return tuple(Option(each.code, each.name) for each in children(code))


def sections() -> tuple[Option, ...]:
    """The sections of the national classification of industries."""
    return tuple(Option(each.code, each.name) for each in industries() if each.level == "section")


def sizes() -> tuple[Option, ...]:
    """The four sizes."""
    return tuple(Option(each, each) for each in SIZES)


def entity_kinds() -> tuple[Option, ...]:
    """What an enterprise can be."""
    return tuple(Option(each, each) for each in ENTITY_KINDS)


def tiers() -> tuple[Option, ...]:
    """The lists of cultivation."""
    return tuple(Option(each.value, each.value, each.definition) for each in Tier)


def region_name(code: str) -> str:
    """A region as a row of a table names it; an empty code is that of nobody knows where."""
    return region(code).name if code else "地区不详"


def labels(options: Sequence[Option], chosen: Iterable[str]) -> str:
    """What was chosen, in words."""
    names = {option.value: option.label for option in options}
    return "、".join(names.get(each, each) for each in chosen)
