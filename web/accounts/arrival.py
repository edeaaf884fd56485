"""What happens when a provider has proved who somebody is: account, memberships, posts and session, all or nothing.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from enterprises.audit import note
from enterprises.deeds import Deed
from enterprises.sealing import Seal
from web.accounts import memberships, posts
from web.accounts.claims import Person
from web.accounts.people import account_of
from web.accounts.sessions import begin_session, end_session


class Disabled(Exception):
    """The account may not sign in any more."""


def arrive(session: Session, issuer: str, person: Person, seal: Seal, moment: datetime, before: str | None) -> str:
    """Sign a person in; the secret of the new session. ``before``: that of the session which the browser had.

    Raises ``Disabled``; the caller commits, or, after the error, rolls back.
    """
    account = account_of(session, issuer, person.subject, person.name, seal, moment)
    if account.disabled:
        raise Disabled
    memberships.renew(session, account.id, person.roles, moment)
    posts.renew(session, account.id, person.posts, moment)
    if before is not None:
        end_session(session, before, moment)
    note(session, actor=account.id, action=Deed.SIGNED_IN, about=account.id, moment=moment)
    return begin_session(session, account.id, moment)
