"""Memberships: who is owner or clerk of which enterprise, and by whose word.

The provider says so, anew at each sign-in, or an owner has invited somebody. The two stand beside each other: when the
provider ceases to say so, what came of an invitation stays.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.deeds import Deed
from enterprises.sealing import CannotOpen, Seal
from web.accounts.tables import AccountRow, MembershipRow
from web.accounts.visitor import Role

PROVIDER = "provider"
"""Whose word a membership is, or whose word ended it, where that is the provider."""


@dataclass(frozen=True)
class Member:
    """Somebody who is owner or clerk of an enterprise. ``number``: of the membership that counts.

    ``certified``: the provider says that they are its owner; only the provider can end that. ``name`` is ``None`` where
    it cannot be opened.
    """

    number: int
    account: str
    name: str | None
    role: Role
    since: datetime
    by_provider: bool

    @property
    def certified(self) -> bool:
        return self.by_provider and self.role is Role.OWNER


class Ending(Enum):
    """What became of the wish to end a membership."""

    ENDED = auto()
    NO_MEMBER = auto()
    LAST_OWNER = auto()
    CERTIFIED = auto()


def roles_of(session: Session, account_id: str) -> Mapping[str, Role]:
    """What an account is now, by credit code; of two words, the higher role."""
    standing = session.exec(
        select(MembershipRow.credit_code, MembershipRow.role)
        .where(MembershipRow.account_id == account_id, col(MembershipRow.ended_at).is_(None))
        .order_by(col(MembershipRow.id))
    )
    roles: dict[str, Role] = {}
    for credit_code, role in standing:
        roles[credit_code] = Role(role).higher(roles.get(credit_code))
    return roles


def bind(session: Session, account_id: str, credit_code: str, role: Role, granted_by: str, moment: datetime) -> bool:
    """Make an account owner or clerk of an enterprise; whether that is new. The caller commits.

    What stood by the provider's word, or by that of people, gives way to the new word of the same.
    """
    before = [
        row
        for row in _standing(session, account_id)
        if row.credit_code == credit_code and (row.granted_by == PROVIDER) == (granted_by == PROVIDER)
    ]
    if any(row.role == role for row in before):
        return False
    _end(session, before, granted_by, moment)
    row = MembershipRow(
        account_id=account_id, credit_code=credit_code, role=role.value, granted_by=granted_by, began_at=moment
    )
    session.add(row)
    session.flush()
    return True


def renew(session: Session, account_id: str, said: Mapping[str, Role], moment: datetime) -> None:
    """Take over what the provider says now, and end what it no longer says. The caller commits.

    A clerk whom an owner took out, or who left, stays out until somebody invites them, whatever the provider goes on
    saying; an owner by the provider's word cannot be shut out.
    """
    gone = [row for row in _standing(session, account_id) if row.granted_by == PROVIDER and row.credit_code not in said]
    _end(session, gone, PROVIDER, moment)
    for row in gone:
        _note(session, Deed.MEMBERSHIP_ENDED, PROVIDER, account_id, row.credit_code, Role(row.role), moment)
    for credit_code, role in said.items():
        if role is Role.CLERK and _was_taken_out(session, account_id, credit_code):
            continue
        if bind(session, account_id, credit_code, role, PROVIDER, moment):
            _note(session, Deed.MEMBERSHIP_GRANTED, PROVIDER, account_id, credit_code, role, moment)


def members(session: Session, credit_code: str, seal: Seal) -> tuple[Member, ...]:
    """Who is owner or clerk of an enterprise now, owners first, then by how long."""
    counting: dict[str, Member] = {}
    for row, account in _standing_of(session, credit_code):
        member = Member(
            row.id or 0, account.id, _name(account, seal), Role(row.role), row.began_at, row.granted_by == PROVIDER
        )
        other = counting.get(account.id)
        if other is None or (member.role is Role.OWNER, member.certified) > (other.role is Role.OWNER, other.certified):
            counting[account.id] = member
    return tuple(sorted(counting.values(), key=lambda member: (member.role is Role.CLERK, member.since, member.number)))


def ever_members(session: Session, credit_code: str) -> frozenset[str]:
    """The accounts that are, or once were, owner or clerk of an enterprise."""
    wanted = select(MembershipRow.account_id).where(MembershipRow.credit_code == credit_code).distinct()
    return frozenset(session.exec(wanted))


def member_of(session: Session, credit_code: str, number: int) -> str | None:
    """The account whose membership of an enterprise has this number; ``None`` where there is none, or no longer."""
    row = session.get(MembershipRow, number)
    return row.account_id if row and row.credit_code == credit_code and row.ended_at is None else None


def end(session: Session, account_id: str, credit_code: str, ended_by: str, moment: datetime) -> Ending:
    """End what an account is to an enterprise, by the wish of ``ended_by``: an owner, or that account itself.

    Never the last owner who may sign in, nor an owner by the provider's word. The caller commits.
    """
    standing = _standing_of(session, credit_code, locked=True)
    theirs = [row for row, account in standing if account.id == account_id]
    if not theirs:
        return Ending.NO_MEMBER
    if any(row.granted_by == PROVIDER and row.role == Role.OWNER for row in theirs):
        return Ending.CERTIFIED
    owners = {account.id for row, account in standing if row.role == Role.OWNER and not account.disabled}
    if owners == {account_id}:
        return Ending.LAST_OWNER
    _end(session, theirs, ended_by, moment)
    for row in theirs:
        _note(session, Deed.MEMBERSHIP_ENDED, ended_by, account_id, credit_code, Role(row.role), moment)
    return Ending.ENDED


def _standing(session: Session, account_id: str) -> list[MembershipRow]:
    wanted = select(MembershipRow).where(MembershipRow.account_id == account_id, col(MembershipRow.ended_at).is_(None))
    return list(session.exec(wanted.order_by(col(MembershipRow.id))))


def _standing_of(session: Session, credit_code: str, locked: bool = False) -> list[tuple[MembershipRow, AccountRow]]:
    """The memberships of an enterprise; locked, two owners cannot take each other out at once."""
    wanted = (
        select(MembershipRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == col(MembershipRow.account_id))
        .where(MembershipRow.credit_code == credit_code, col(MembershipRow.ended_at).is_(None))
        .order_by(col(MembershipRow.id))
    )
    if locked:
        wanted = wanted.with_for_update(of=MembershipRow)
    return [(row, account) for row, account in session.exec(wanted)]


def _end(session: Session, rows: Sequence[MembershipRow], ended_by: str, moment: datetime) -> None:
    for row in rows:
        row.ended_at, row.ended_by = moment, ended_by
    session.flush()


def _was_taken_out(session: Session, account_id: str, credit_code: str) -> bool:
    """Whether people, not the provider, ended the last membership by the provider's word."""
    wanted = (
        select(MembershipRow)
        .where(MembershipRow.account_id == account_id, MembershipRow.credit_code == credit_code)
        .where(MembershipRow.granted_by == PROVIDER)
        .order_by(col(MembershipRow.id).desc())
    )
    last = session.exec(wanted).first()
    return last is not None and last.ended_at is not None and last.ended_by != PROVIDER


def _name(account: AccountRow, seal: Seal) -> str | None:
    try:
        return seal.open(account.name)
    except CannotOpen:
        return None


def _note(
    session: Session, action: Deed, actor: str, account_id: str, credit_code: str, role: Role, moment: datetime
) -> None:
    detail = {"account": account_id, "role": role.value}
    note(session, actor=actor, action=action, about=credit_code, moment=moment, detail=detail)
