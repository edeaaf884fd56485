"""Whose an item or a draft is, and whether the visitor may handle it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import abort

from policies.items import Item
from recommender.publishing.content import Scope
from recommender.publishing.states import By, NoSuchDraft
from web.accounts.visitor import Duty
from web.pages import settings, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.publishing.drafts import Draft

READERS = (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)
"""Who sees the library, each what their posts cover."""

WATCHERS = (Duty.EDITOR, Duty.REVIEWER, Duty.AUDITOR)
"""Who sees drafts."""


def scope_of_item(item: Item) -> Scope:
    """Whose a published item is."""
    return Scope(item.document.region, item.departments)


def may(scopes: Iterable[Scope], *duties: Duty) -> bool:
    """Whether the visitor has one of the duties for every one of the scopes; for none at all, nobody has."""
    each = tuple(scopes)
    return bool(each) and any(
        all(visitor().may(duty, scope.region, scope.departments) for scope in each) for duty in duties
    )


def draft_for(session: Session, draft_id: str, *duties: Duty) -> Draft:
    """A draft that the visitor may handle with one of the duties; 404 where it is not there, 403 where they may not.

    Whoever began a draft sees it while it does not say yet whose it is.
    """
    from recommender.publishing.drafts import load_draft

    try:
        draft = load_draft(session, draft_id)
    except NoSuchDraft:
        abort(404)
    if not covers(draft, *duties):
        abort(403)
    return draft


def covers(draft: Draft, *duties: Duty) -> bool:
    """Whether the visitor may handle a draft with one of the duties."""
    known = tuple(scope for scope in draft.scopes if scope.region is not None)
    if not known:
        return draft.made_by == visitor().account and any(visitor().posts_of(duty) for duty in duties)
    return may(known, *duties)


def by() -> By:
    """The visitor, now."""
    account = visitor().account
    assert account is not None  # the guard has seen to it
    return By(account, settings().now(), settings().day())
