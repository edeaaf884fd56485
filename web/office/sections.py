"""The sections of the officials' console, as its navigation lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for

from web.accounts.visitor import Duty
from web.pages import visitor

SECTIONS: tuple[tuple[str, str, tuple[str, ...], tuple[Duty, ...]], ...] = ()
"""Where each begins, its label, the groups of pages (blueprints) that belong to it, and the duties that it is for."""


@dataclass(frozen=True)
class Section:
    """A section of the console: where it is, and whether the visitor is there."""

    label: str
    address: str
    current: bool


def office_sections() -> Iterator[Section]:
    """What the visitor may open."""
    for endpoint, label, groups, duties in SECTIONS:
        if visitor().posts_of(*duties):
            yield Section(label, url_for(endpoint), request.blueprint in groups)
