"""How deeds with grants come into the audit log, one by one or many at once, and having grants to oneself.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from enterprises.audit import note
from recommender.grants.states import Deed
from recommender.grants.tables import GrantRow

if TYPE_CHECKING:
    from recommender.grants.deeds import By

Note = Callable[[Session, Deed, "By", str, str, str], None]
"""How a deed comes into the audit log: by whom, about which enterprise, with which grant of which item."""


def note_deed(session: Session, deed: Deed, by: By, credit_code: str, grant_id: str, item_id: str) -> None:
    """Write a deed down in the audit log, at once."""
    note(
        session,
        actor=by.actor,
        action=f"grant.{deed.value}",
        about=credit_code,
        moment=by.moment,
        detail={"grant": grant_id, "item": item_id},
    )


@dataclass(frozen=True, slots=True)
class How:
    """``within``: the payment line or the recovery by which a deed is done: what stands in one goes on by it alone.
    ``note``: how it comes into the log."""

    within: str | None = None
    note: Note = note_deed


class Notes:
    """Deeds that come into the log at the end of a transaction.

    The log has one writer at a time. Whoever changes many grants and wrote each of them down at once would keep the
    log from somebody who holds one of the next grants, and both would wait for ever.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Deed, By, str, str, str]] = []

    def __call__(self, _session: Session, deed: Deed, by: By, credit_code: str, grant_id: str, item_id: str) -> None:
        self._kept.append((deed, by, credit_code, grant_id, item_id))

    def write(self, session: Session) -> None:
        """Write down all of them, in their order."""
        for kept in self._kept:
            note_deed(session, *kept)
        self._kept.clear()


def lock(session: Session, grant_ids: Iterable[str]) -> None:
    """Have these grants to oneself until the end of the transaction; always in one order, so that nobody is locked out
    by somebody whom he locks out."""
    wanted = sorted(set(grant_ids))
    for start in range(0, len(wanted), 500):
        some = col(GrantRow.id).in_(wanted[start : start + 500])
        session.exec(select(GrantRow.id).where(some).order_by(GrantRow.id).with_for_update()).all()
