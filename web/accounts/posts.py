"""Posts: what officials do, where and for which department, and by whose word.

An administrator says so, or whoever works the installation, or the provider, anew at each sign-in. Whom a person has
dismissed, the provider cannot bring back.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import text
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.deeds import Deed
from web.accounts.memberships import PROVIDER
from web.accounts.tables import AccountRow, PostRow
from web.accounts.visitor import Duty, Post, Visitor

_WRITERS = 0x68756F66
"""The lock under which posts are ended on PostgreSQL: one after the other, so that somebody always remains."""


class Ending(Enum):
    """What became of the wish to end a post."""

    ENDED = auto()
    GONE = auto()
    NOT_YOURS = auto()
    LAST_ADMINISTRATOR = auto()


def posts_of(session: Session, account_id: str) -> tuple[Post, ...]:
    """The posts that an account has now."""
    return tuple(_post(row) for row in _standing(session, account_id))


def governs(session: Session, account_id: str, post: Post) -> bool:
    """Whether an account is, now, an administrator of where a post is."""
    departments = [post.department] if post.department else []
    return Visitor(account_id, posts=posts_of(session, account_id)).may(Duty.ADMINISTRATOR, post.region, departments)


def appoint(session: Session, account_id: str, post: Post, granted_by: str, moment: datetime) -> bool:
    """Give an account a post; whether that is new. The caller commits.

    What stood by the provider's word, and is now said by a person, stays when the provider ceases to say so.
    """
    standing = next((row for row in _standing(session, account_id) if _post(row) == post), None)
    if standing is not None and (standing.granted_by != PROVIDER or granted_by == PROVIDER):
        return False
    if standing is not None:
        standing.granted_by, standing.granted_at = granted_by, moment
    else:
        session.add(
            PostRow(
                account_id=account_id,
                duty=post.duty.value,
                region=post.region,
                department=post.department,
                granted_by=granted_by,
                granted_at=moment,
            )
        )
    session.flush()
    _note(session, Deed.POST_GRANTED, granted_by, account_id, post, moment)
    return True


def dismiss(session: Session, account_id: str, post: Post, ended_by: str, moment: datetime) -> bool:
    """End a post of an account, whoever remains; whether it had it. The caller commits."""
    row = next((row for row in _standing(session, account_id) if _post(row) == post), None)
    if row is None:
        return False
    _end(session, row, ended_by, moment)
    return True


def end_post(session: Session, number: int, administrator: str, moment: datetime) -> Ending:
    """An administrator ends a post within their own scope. The caller commits.

    Who would leave a place without an administrator cannot end that post of their own: somebody else does, after
    somebody else has been appointed.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
    row = session.get(PostRow, number, with_for_update=True)
    if row is None or row.ended_at is not None:
        return Ending.GONE
    post = _post(row)
    if not governs(session, administrator, post):
        return Ending.NOT_YOURS
    if row.account_id == administrator and post.duty is Duty.ADMINISTRATOR and not _another(session, row):
        return Ending.LAST_ADMINISTRATOR
    _end(session, row, administrator, moment)
    return Ending.ENDED


def renew(session: Session, account_id: str, said: Collection[Post], moment: datetime) -> None:
    """Take over the posts that the provider says now, and end those it no longer says. The caller commits."""
    for row in _standing(session, account_id):
        if row.granted_by == PROVIDER and _post(row) not in said:
            _end(session, row, PROVIDER, moment)
    for post in said:
        if not _was_dismissed(session, account_id, post):
            appoint(session, account_id, post, PROVIDER, moment)


def _another(session: Session, row: PostRow) -> bool:
    """Whether somebody else who can sign in governs where this post of an administrator is."""
    wanted = (
        select(PostRow.account_id)
        .join(AccountRow, col(AccountRow.id) == col(PostRow.account_id))
        .where(PostRow.duty == Duty.ADMINISTRATOR.value, PostRow.account_id != row.account_id)
        .where(col(PostRow.ended_at).is_(None), col(AccountRow.disabled).is_(False))
    )
    return any(governs(session, account, _post(row)) for account in session.exec(wanted).all())


def _was_dismissed(session: Session, account_id: str, post: Post) -> bool:
    """Whether the last word on this post of an account is that a person has ended it."""
    wanted = (
        select(PostRow.ended_by)
        .where(PostRow.account_id == account_id, PostRow.duty == post.duty.value)
        .where(PostRow.region == post.region, PostRow.department == post.department)
        .order_by(col(PostRow.id).desc())
    )
    return session.exec(wanted).first() not in (None, PROVIDER)


def _standing(session: Session, account_id: str) -> tuple[PostRow, ...]:
    wanted = select(PostRow).where(PostRow.account_id == account_id, col(PostRow.ended_at).is_(None))
    return tuple(session.exec(wanted.order_by(col(PostRow.id))))


def _end(session: Session, row: PostRow, ended_by: str, moment: datetime) -> None:
    row.ended_by, row.ended_at = ended_by, moment
    session.flush()
    _note(session, Deed.POST_ENDED, ended_by, row.account_id, _post(row), moment)


def _post(row: PostRow) -> Post:
    return Post(Duty(row.duty), row.region, row.department)


def _note(session: Session, deed: Deed, actor: str, account_id: str, post: Post, moment: datetime) -> None:
    note(session, actor=actor, action=deed, about=account_id, moment=moment, detail=detail_of_post(post))


def detail_of_post(post: Post) -> Mapping[str, str]:
    """What the log of deeds says of a post."""
    return {"duty": post.duty.value, "region": post.region, "department": post.department}
