"""The sections of an enterprise's own pages, as its navigation lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for

from web.pages import stored, visitor

SECTIONS = (
    ("own_check.show", "政策体检", ("own_check", "own_items")),
    ("grants.show_list", "免申即享", ("grants", "grant_decisions")),
    ("inbox.show_list", "消息", ("inbox",)),
    ("subscriptions.show", "订阅", ("subscriptions",)),
    ("appeals.show_list", "诉求", ("appeals", "appeal_forms")),
    ("shares.show_list", "企业码", ("shares",)),
    ("members.show", "成员", ("members",)),
)
"""Where each begins, its label, and the groups of pages that belong to it."""

OWNERS_ONLY = "members.show"
INBOX = "inbox.show_list"


@dataclass(frozen=True)
class Section:
    """A section of an enterprise's pages: where it is, whether the visitor is there, and how much there is unread."""

    label: str
    address: str
    current: bool
    unread: int = 0


def sections(credit_code: str) -> Iterator[Section]:
    """What the visitor may open of an enterprise."""
    for endpoint, label, groups in SECTIONS:
        if endpoint == OWNERS_ONLY and not visitor().owns(credit_code):
            continue
        unread = _unread(credit_code) if endpoint == INBOX else 0
        yield Section(label, url_for(endpoint, credit_code=credit_code), request.blueprint in groups, unread)


def _unread(credit_code: str) -> int:
    from recommender.messages.inbox import unread

    account = visitor().account
    if account is None:
        return 0
    with stored().reading() as database:
        return unread(database, credit_code, account)
