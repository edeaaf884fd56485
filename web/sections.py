"""The sections of an enterprise's own pages, as its navigation lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request, url_for

from web.pages import visitor

SECTIONS = (
    ("own_check.show", "政策体检"),
    ("grants.show_list", "免申即享"),
    ("inbox.show_list", "消息"),
    ("subscriptions.show", "订阅"),
    ("appeals.show_list", "诉求"),
    ("shares.show_list", "企业码"),
    ("members.show", "成员"),
)
"""Endpoint and label; the last is for owners."""

OWNERS_ONLY = frozenset({"members"})


@dataclass(frozen=True)
class Section:
    """A section of an enterprise's pages: where it is, and whether the visitor is there."""

    label: str
    address: str
    current: bool


def sections(credit_code: str) -> Iterator[Section]:
    """What the visitor may open of an enterprise."""
    for endpoint, label in SECTIONS:
        blueprint = endpoint.partition(".")[0]
        if blueprint in OWNERS_ONLY and not visitor().owns(credit_code):
            continue
        if endpoint in current_app.view_functions:
            yield Section(label, url_for(endpoint, credit_code=credit_code), request.blueprint == blueprint)
