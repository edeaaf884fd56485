"""What is wrong with a content, each mistake at its place, and the item that it says.

Reading a file stops at its first mistake. Here each one that is found is noted, what it is about is put right in a
copy, and the copy is read again: so all are found, and what is in order can be run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from enterprises.dictionary import Dictionary, Kind
from enterprises.profiles import read_facts
from enterprises.source_text import Entry, Problem, from_plain
from policies.items import DOCUMENT_FIELDS, ITEM_FIELDS, Item, read_document, read_item
from web.editing.places import NoSuchPlace, Plain, above, find, has, join, last, place_of, put, take
from web.editing.shapes import WHO, record_at
from web.editing.words import in_words, name_of

T = TypeVar("T")

_MOST = 60
"""Mistakes that are looked for, at most."""


@dataclass(frozen=True)
class Trouble:
    """A mistake: where it is, what is called so there, what is wrong and what to do about it."""

    place: str
    name: str
    message: str


@dataclass(frozen=True)
class Checked:
    """``item``: what the content says, with what is wrong put right in some way; ``None`` where too much of it is."""

    troubles: tuple[Trouble, ...]
    item: Item | None

    @property
    def at(self) -> Mapping[str, tuple[str, ...]]:
        """The messages by their places."""
        found: dict[str, tuple[str, ...]] = {}
        for trouble in self.troubles:
            found[trouble.place] = (*found.get(trouble.place, ()), trouble.message)
        return found

    def below(self, *places: str) -> tuple[Trouble, ...]:
        """What is wrong at these places and below."""
        return tuple(
            each for each in self.troubles if any(f"{each.place}/".startswith(f"{place}/") for place in places)
        )


def check(content: Plain, dictionary: Dictionary) -> Checked:
    """Everything that is wrong with a content."""
    mending = _Mending(content, dictionary)
    document = mending.read("/document", read_document, DOCUMENT_FIELDS)
    if document is None:
        return Checked(tuple(mending.troubles), None)
    mending.first_page = str(document.first_page)
    item = mending.read("/item", lambda entry: read_item(entry, document, dictionary), ITEM_FIELDS)
    mending.troubles += _examples(content, dictionary)
    return Checked(tuple(dict.fromkeys(mending.troubles)), item)


def _examples(content: Plain, dictionary: Dictionary) -> Iterator[Trouble]:
    """What is wrong with what examples give: nobody reads that before they are run."""
    examples = find(content, "/item/examples") if has(content, "/item/examples") else []
    for number, example in enumerate(examples if isinstance(examples, list) else []):
        given = example.get("given") if isinstance(example, dict) else None
        place = join("/item/examples", number, "given")
        if isinstance(given, dict):
            try:
                read_facts(from_plain(given, ""), dictionary)
            except Problem as problem:
                at = place_of(given, place, problem.field)
                yield Trouble(at, name_of(at, content, dictionary), in_words(problem))


@dataclass
class _Mending:
    content: Plain
    dictionary: Dictionary
    troubles: list[Trouble] = field(default_factory=list)
    first_page: str = "1"

    def read(self, part: str, reader: Callable[[Entry], T], required: tuple[str, ...]) -> T | None:
        """What ``reader`` makes of a part, once everything that is wrong with it has been noted and put right."""
        self._fill(part, required)
        mended = set[str]()
        for _ in range(_MOST):
            plain = find(self.content, part)
            try:
                return reader(from_plain(plain, part))
            except Problem as problem:
                place = place_of(plain, part, problem.field)
                if place not in mended and not any(place.startswith(f"{each}/") for each in mended):
                    self.troubles.append(self._trouble(place, problem))
                if not self._mend(place, part, mended):
                    return None
        return None

    def _trouble(self, place: str, problem: Problem) -> Trouble:
        return Trouble(place, name_of(place, self.content, self.dictionary), in_words(problem))

    def _fill(self, part: str, required: tuple[str, ...]) -> None:
        """What has not been said at all."""
        plain = self.content.get(part[1:])
        self.content = {**self.content, part[1:]: plain if isinstance(plain, dict) else {}}
        for name in required:
            place = join(part, name)
            value = self.content[part[1:]].get(name)
            if value not in (None, "", [], {}):
                continue
            if name not in _NOT_ASKED:
                about = _MISSING.get(place, "还没有填")
                self.troubles.append(Trouble(place, name_of(place, self.content, self.dictionary), about))
            self.content = put(self.content, place, self._stand_in(place))

    def _mend(self, place: str, part: str, mended: set[str]) -> bool:
        """Put something right in the place of the smallest part that may be put right; whether there was one."""
        while place in mended or not self._may_be_replaced(place):
            if place in (part, ""):
                return False
            place = above(place)
        mended.add(place)
        self.content = self._replaced(place)
        return True

    def _may_be_replaced(self, place: str) -> bool:
        path = place.split("/")
        if place.startswith(f"{WHO}/"):
            holder = find(self.content, above(place)) if has(self.content, above(place)) else None
            return isinstance(holder, list) or last(place) in ("not", "where")
        if place.startswith(("/item/stacking/", "/item/examples/")):
            return len(path) == 4
        return len(path) == 3

    def _replaced(self, place: str) -> Plain:
        if place == WHO or place.startswith(f"{WHO}/"):
            return put(self.content, place, _certain(self.dictionary, record_at(self.content, place)))
        if place.startswith("/item/stacking/"):
            return put(self.content, place, {"operator": "sum", "object": "enterprise", "reach": "all"})
        if place.startswith("/item/examples/"):
            return put(self.content, place, _example("eligible"))
        held = find(self.content, place) if has(self.content, place) else None
        if place == "/item/examples" and isinstance(held, list):
            return put(self.content, place, [*held, *_STAND_INS[place]])  # those that there are can still be run
        if last(place) in (DOCUMENT_FIELDS if place.startswith("/document/") else ITEM_FIELDS):
            return put(self.content, place, self._stand_in(place))
        try:
            return take(self.content, place)
        except NoSuchPlace:
            return self.content

    def _stand_in(self, place: str) -> Plain:
        """Something that can be read in the place of what cannot."""
        if place == WHO:
            return _certain(self.dictionary, None)
        return self.first_page if place == "/item/page" else _STAND_INS.get(place, _UNSAID)


def _certain(dictionary: Dictionary, record: str | None) -> Plain:
    """A condition that can be read: what it says is of no matter, since nothing with it is run."""
    names = dictionary.records[record].fields if record else dictionary.facts
    for name, fact in names.items():
        if fact.kind is Kind.FLAG:
            return {name: {"is": "是"}}
        if fact.kind is Kind.ENUM:
            return {name: {"is": fact.values[0]}}
    return {}


def _example(verdict: str) -> dict[str, Plain]:
    return {"given": {}, "on": "2024-01-01", "expect": {"verdict": verdict}}


_UNSAID = "（还没有填）"
"""What stands for a text."""


_STAND_INS: Mapping[str, Plain] = {
    **{"/document/issuers": [_UNSAID], "/document/level": "province", "/document/region": "610000"},
    **{
        "/document/published_on": "2000-01-01",
        "/document/effective_from": "2000-01-01",
        "/document/pages": ["1", "99999"],
    },
    **{"/item/version": "1", "/item/status": "draft", "/item/category": "money", "/item/delivery": "service"},
    **{"/item/departments": [_UNSAID], "/item/benefit": {"service": _UNSAID}},
    "/item/examples": [_example(verdict) for verdict in ("eligible", "ineligible", "undetermined")],
}
_NOT_ASKED = ("id", "version", "status")
"""What a draft has without being told."""

_MISSING: Mapping[str, str] = {
    "/item/who": "还没有条件。请加第一个条件",
    "/item/benefit": "还没有写给什么",
    "/item/departments": "至少写一个主管部门",
    "/item/examples": "还没有样例。至少要有符合、不符合、待补充各一个",
    "/document/issuers": "至少写一个发文机关",
}
