"""Accounts: the persons that providers have told us of.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.deeds import Deed
from enterprises.sealing import CannotOpen, Seal
from web.accounts.memberships import roles_of
from web.accounts.sessions import end_sessions
from web.accounts.tables import AccountRow
from web.accounts.visitor import Role

UNREADABLE = "（姓名打不开）"
"""In the place of a name that was sealed with a key which is not among ours."""

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True)
class Account:
    """An account in a list: its name in the clear, and what it is to which enterprise."""

    id: str
    name: str
    issuer: str
    signed_in_at: datetime
    disabled: bool
    roles: dict[str, Role]


def account_of(session: Session, issuer: str, subject: str, name: str, seal: Seal, moment: datetime) -> AccountRow:
    """The account of a person as a provider knows them, made at the first sign-in, and locked until the caller commits.

    Two first sign-ins at once make one account.
    """
    new = {"issuer": issuer, "subject": subject, "name": "", "created_at": moment, "signed_in_at": moment}
    connection = session.connection()
    insert = _INSERTS[connection.dialect.name](AccountRow).values(id=uuid4().hex, disabled=False, **new)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["issuer", "subject"]))
    wanted = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject).with_for_update()
    account = session.exec(wanted).one()
    account.name, account.signed_in_at = seal.close(name), moment
    session.flush()
    return account


def list_accounts(session: Session, seal: Seal) -> tuple[Account, ...]:
    """All accounts, those who signed in last first."""
    rows = session.exec(select(AccountRow).order_by(col(AccountRow.signed_in_at).desc(), col(AccountRow.id))).all()
    return tuple(
        Account(
            row.id, _opened(row.name, seal), row.issuer, row.signed_in_at, row.disabled, dict(roles_of(session, row.id))
        )
        for row in rows
    )


def names_of(session: Session, accounts: Iterable[str], seal: Seal) -> dict[str, str]:
    """The names of these accounts, in the clear; what is no account is left out."""
    wanted = select(AccountRow.id, AccountRow.name).where(col(AccountRow.id).in_(set(accounts)))
    return {account: _opened(name, seal) for account, name in session.exec(wanted)}


def disable(session: Session, account_id: str, disabled: bool, actor: str, moment: datetime) -> bool:
    """Shut an account out, with all its sessions, or let it in again. Raises ``LookupError``. The caller commits.

    Returns whether that changed anything.
    """
    account = _find(session, account_id)
    if account.disabled == disabled:
        return False
    account.disabled = disabled
    if disabled:
        end_sessions(session, account_id, moment)
    action = Deed.ACCOUNT_DISABLED if disabled else Deed.ACCOUNT_ENABLED
    note(session, actor=actor, action=action, about=account_id, moment=moment)
    return True


def sign_out(session: Session, account_id: str, actor: str, moment: datetime) -> None:
    """End all sessions of an account. Raises ``LookupError``. The caller commits."""
    _find(session, account_id)
    end_sessions(session, account_id, moment)
    note(session, actor=actor, action=Deed.SIGNED_OUT_EVERYWHERE, about=account_id, moment=moment)


def masked(name: str) -> str:
    """A name as it is shown where it need not be known: 王**."""
    return name if name == UNREADABLE else f"{name[:1]}**"


def _find(session: Session, account_id: str) -> AccountRow:
    account = session.get(AccountRow, account_id, with_for_update=True)
    if account is None:
        raise LookupError(account_id)
    return account


def _opened(sealed: str, seal: Seal) -> str:
    try:
        return seal.open(sealed)
    except CannotOpen:
        return UNREADABLE
