"""Posts: what officials do, where and for which department, and by whose word.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.deeds import Deed
from web.accounts.tables import PostRow
from web.accounts.visitor import Duty, Post


def posts_of(session: Session, account_id: str) -> tuple[Post, ...]:
    """The posts that an account has now."""
    standing = (
        select(PostRow)
        .where(PostRow.account_id == account_id, col(PostRow.ended_at).is_(None))
        .order_by(col(PostRow.id))
    )
    return tuple(Post(Duty(row.duty), row.region, row.department) for row in session.exec(standing))


def appoint(session: Session, account_id: str, post: Post, granted_by: str, moment: datetime) -> bool:
    """Give an account a post; whether that is new. The caller commits."""
    if post in posts_of(session, account_id):
        return False
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
    """End a post of an account; whether it had it. The caller commits."""
    row = session.exec(
        select(PostRow).where(
            PostRow.account_id == account_id,
            PostRow.duty == post.duty.value,
            PostRow.region == post.region,
            PostRow.department == post.department,
            col(PostRow.ended_at).is_(None),
        )
    ).one_or_none()
    if row is None:
        return False
    row.ended_by, row.ended_at = ended_by, moment
    session.flush()
    _note(session, Deed.POST_ENDED, ended_by, account_id, post, moment)
    return True


def _note(session: Session, deed: Deed, actor: str, account_id: str, post: Post, moment: datetime) -> None:
    detail = {"duty": post.duty.value, "region": post.region, "department": post.department}
    note(session, actor=actor, action=deed, about=account_id, moment=moment, detail=detail)
