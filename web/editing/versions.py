"""Two contents side by side: in which fields they differ, for somebody who was not the only one to change a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.exchange.yaml_text import to_yaml
from web.editing.places import Plain
from web.editing.words import FIELDS


@dataclass(frozen=True)
class Differing:
    """A field that is not the same in both."""

    part: str
    name: str
    mine: str
    theirs: str


def differing(mine: Plain, theirs: Plain) -> tuple[Differing, ...]:
    """The fields of the item and of the document in which two contents differ."""
    return tuple(_differing(mine, theirs))


def _differing(mine: Plain, theirs: Plain) -> Iterator[Differing]:
    for part, title in (("item", "事项"), ("document", "政策文件")):
        one, other = mine.get(part) or {}, theirs.get(part) or {}
        for name in dict.fromkeys((*other, *one)):
            if name not in one or name not in other or one[name] != other[name]:
                yield Differing(title, FIELDS.get(name, name), _show(one, name), _show(other, name))


def _show(plain: dict[str, Plain], name: str) -> str:
    if name not in plain or plain[name] is None:
        return ""
    return plain[name] if isinstance(plain[name], str) else to_yaml(plain[name]).rstrip()
