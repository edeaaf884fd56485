"""From a draft to a published version: submitted by who wrote it, reviewed and published by who did not.

Each returns or leaves the draft as it is then; the caller commits. Each raises ``NoSuchDraft``, ``NotNow`` in no state
for it, ``Stale`` where the draft was changed since ``revision``, and what its own text says. Importing this module
loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlmodel import Session

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problems
from policies.items import Item
from policies.publication import publish_item, retire_item
from policies.tables import wait_for_others
from recommender.publishing.blocks import blocks, faults
from recommender.publishing.content import Scope, read
from recommender.publishing.drafts import Draft, load_draft
from recommender.publishing.events import change
from recommender.publishing.siblings import siblings_under
from recommender.publishing.states import Blocked, By, Deed


def submit(session: Session, dictionary: Dictionary, draft_id: str, revision: int, by: By) -> Draft:
    """Hand a draft in for review. Raises ``Blocked`` where it has mistakes, fails its examples, or is outdated."""
    draft = load_draft(session, draft_id)
    _refuse(faults(session, draft, read(draft.content, dictionary), dictionary))
    change(session, draft_id, Deed.SUBMIT, by, revision)
    return load_draft(session, draft_id)


def take_back(session: Session, draft_id: str, by: By) -> Draft:
    """Open a draft for changes again, before it is published."""
    change(session, draft_id, Deed.TAKE_BACK, by, None, values={"reviewed_by": None})
    return load_draft(session, draft_id)


def accept(session: Session, dictionary: Dictionary, draft_id: str, revision: int, by: By) -> Draft:
    """Find a draft right. Raises ``SamePerson`` for whoever had a hand in it, and ``Blocked`` as ``submit`` does."""
    draft = load_draft(session, draft_id)
    _refuse(faults(session, draft, read(draft.content, dictionary), dictionary))
    change(session, draft_id, Deed.ACCEPT, by, revision, values={"reviewed_by": by.account})
    return load_draft(session, draft_id)


def send_back(session: Session, draft_id: str, reason: str, by: By) -> Draft:
    """Have a draft changed. Raises ``NoReason``."""
    change(session, draft_id, Deed.SEND_BACK, by, None, reason=reason, values={"reviewed_by": None})
    return load_draft(session, draft_id)


def publish(
    session: Session,
    dictionary: Dictionary,
    draft_id: str,
    revision: int,
    by: By,
    may: Callable[[Scope], bool] = lambda _scope: True,
) -> Item:
    """Publish what was reviewed, on the day of ``by``; the version that came of it.

    Where the document has changed, its other items get a new version with it, so that ``by`` must publish for these,
    too: ``may`` says whether for a place and departments. Raises ``SamePerson`` for whoever had a hand in the draft,
    and ``Blocked`` with all that stands against it.
    """
    wait_for_others(session)
    draft = load_draft(session, draft_id)
    change(session, draft_id, Deed.PUBLISH, by, revision, values={"published_version": draft.version})
    item = read(draft.content, dictionary)
    against = blocks(session, draft, dictionary, by.account)
    if against or isinstance(item, Problems):
        raise Blocked(against)
    siblings = [each for _, each in siblings_under(session, item, dictionary) if isinstance(each, Item)]
    _refuse(
        f"文件改动以后，同一文件的事项“{each.title}”也要发布新的版本，它不在您的职责范围里。请由管这些事项的审核人发布"
        for each in siblings
        if not may(Scope(each.document.region, each.departments))
    )
    publish_item(session, item, by.on)
    for sibling in siblings:
        publish_item(session, sibling, by.on)
    return item


def withdraw(session: Session, draft_id: str, reason: str, by: By) -> Draft:
    """Give a draft up, or the proposal to end an item. Raises ``NoReason``."""
    change(session, draft_id, Deed.WITHDRAW, by, None, reason=reason)
    return load_draft(session, draft_id)


def confirm_retirement(session: Session, draft_id: str, by: By) -> Draft:
    """End the item, on the day of ``by``. Raises ``SamePerson`` for whoever proposed it."""
    wait_for_others(session)
    change(session, draft_id, Deed.RETIRE, by, None)
    draft = load_draft(session, draft_id)
    retire_item(session, draft.item_id, by.on)
    return draft


def _refuse(against: Iterable[str]) -> None:
    sentences = tuple(against)
    if sentences:
        raise Blocked(sentences)
