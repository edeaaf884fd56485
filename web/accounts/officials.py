"""Officials: everybody who has posts now.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from enterprises.sealing import Seal
from web.accounts.people import names_of
from web.accounts.tables import AccountRow, PostRow
from web.accounts.visitor import Duty, Post


@dataclass(frozen=True)
class Held:
    """A post that somebody has, by whose word and since when; ``number`` names it."""

    number: int
    post: Post
    granted_by: str
    granted_at: datetime


@dataclass(frozen=True)
class Official:
    """Somebody with posts; ``disabled``: who may not sign in any more."""

    account: str
    name: str
    disabled: bool
    held: tuple[Held, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        return tuple(each.post for each in self.held)


def officials(session: Session, seal: Seal) -> tuple[Official, ...]:
    """Everybody with posts, whoever has had one longest first."""
    wanted = (
        select(PostRow, AccountRow.disabled)
        .join(AccountRow, col(AccountRow.id) == col(PostRow.account_id))
        .where(col(PostRow.ended_at).is_(None))
        .order_by(col(PostRow.id))
    )
    held: dict[str, list[Held]] = {}
    disabled: dict[str, bool] = {}
    for row, shut_out in session.exec(wanted):
        post = Post(Duty(row.duty), row.region, row.department)
        held.setdefault(row.account_id, []).append(Held(row.id or 0, post, row.granted_by, row.granted_at))
        disabled[row.account_id] = shut_out
    names = names_of(session, held, seal)
    return tuple(Official(account, names[account], disabled[account], tuple(each)) for account, each in held.items())
