"""Proofs of addresses: a code is sent to an address that an account gave, and who types it in can read it there.

Nothing but such a code is sent to an address before. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import uuid4

from sqlalchemy import func, text, update
from sqlmodel import Session, col, select

from enterprises.audit import note
from enterprises.sealing import CannotOpen, Seal
from recommender.channels.tables import AddressCodeRow, ProvenAddressRow
from recommender.messages.subscription import Channel

LIFE = timedelta(minutes=15)
"""How long a code can be used."""

MOST_ATTEMPTS = 5
"""How often one code may be tried."""

MOST_CODES = 10
"""Codes that may be sent for one account, and for one enterprise, in ``SPAN``."""

SPAN = timedelta(hours=24)

PAUSE = timedelta(seconds=60)
"""Between two codes for the same account."""

CODE_SENT, PROVED = "address.code-sent", "address.proved"
"""What is noted in the audit log."""

_WRITERS = 0x68756982
"""The lock of those who make codes on PostgreSQL: any number that no other program takes."""


class TooMany(ValueError):
    """Too many codes were sent; the message says so in Chinese."""


class Proof(Enum):
    """What became of a code that was typed."""

    PROVED = auto()
    WRONG = auto()
    SPENT = auto()

    @property
    def message(self) -> str:
        """What to say, in Chinese; empty where it worked."""
        return {"PROVED": "", "WRONG": "验证码不对，请核对后再填", "SPENT": "验证码已经失效，请重新发送"}[self.name]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that is to be sent; it is kept nowhere."""

    id: str
    address: str = field(repr=False)
    digits: str = field(repr=False)


def begin(
    session: Session, account: str, credit_code: str, channel: Channel, address: str, seal: Seal, moment: datetime
) -> Code:
    """A new code for an address; codes for it before can no longer be used. The caller commits. Raises ``TooMany``."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
    _refuse_too_many(session, account, credit_code, moment)
    _spend(session, account, credit_code, channel, moment)
    code = Code(uuid4().hex, address, f"{secrets.randbelow(1_000_000):06}")
    session.add(
        AddressCodeRow(
            id=code.id,
            account_id=account,
            credit_code=credit_code,
            channel=channel.value,
            address=seal.close(address),
            digest=_digest(code.id, code.digits),
            made_at=moment,
            until=moment + LIFE,
        )
    )
    session.flush()
    detail = {"account": account, "channel": channel.value}
    note(session, actor=account, action=CODE_SENT, about=credit_code, moment=moment, detail=detail)
    return code


def prove(
    session: Session, account: str, credit_code: str, channel: Channel, typed: str, seal: Seal, moment: datetime
) -> Proof:
    """Try the last code. The caller commits, whatever comes of it: each attempt counts."""
    row = _standing(session, account, credit_code, channel, moment)
    if row is None or not _count_attempt(session, row):
        return Proof.SPENT
    if not hmac.compare_digest(row.digest, _digest(row.id, typed.strip())):
        return Proof.WRONG
    _spend(session, account, credit_code, channel, moment)
    session.merge(
        ProvenAddressRow(
            account_id=account,
            credit_code=credit_code,
            channel=channel.value,
            address=row.address,
            proved_at=moment,
        )
    )
    session.flush()
    detail = {"account": account, "channel": channel.value}
    note(session, actor=account, action=PROVED, about=credit_code, moment=moment, detail=detail)
    return Proof.PROVED


def proven(session: Session, account: str, credit_code: str, seal: Seal) -> Mapping[Channel, str]:
    """The addresses that an account proved for an enterprise."""
    rows = session.exec(
        select(ProvenAddressRow).where(
            ProvenAddressRow.account_id == account, ProvenAddressRow.credit_code == credit_code
        )
    )
    return {Channel(row.channel): opened for row in rows if (opened := _open(row, seal))}


def proven_of(
    session: Session, credit_codes: Collection[str], channel: Channel, seal: Seal
) -> Mapping[tuple[str, str], str]:
    """The addresses of one channel that accounts proved for some enterprises, by account and credit code."""
    rows = session.exec(
        select(ProvenAddressRow).where(
            col(ProvenAddressRow.credit_code).in_(credit_codes), ProvenAddressRow.channel == channel.value
        )
    )
    return {(row.account_id, row.credit_code): opened for row in rows if (opened := _open(row, seal))}


def waiting(session: Session, account: str, credit_code: str, channel: Channel, seal: Seal, moment: datetime) -> str:
    """The address to which a code was sent that can still be used; empty where there is none."""
    row = _standing(session, account, credit_code, channel, moment)
    return seal.open(row.address) if row is not None else ""


def _standing(
    session: Session, account: str, credit_code: str, channel: Channel, moment: datetime
) -> AddressCodeRow | None:
    """The code that can still be used, if there is one."""
    return session.exec(
        select(AddressCodeRow)
        .where(AddressCodeRow.account_id == account, AddressCodeRow.credit_code == credit_code)
        .where(AddressCodeRow.channel == channel.value, col(AddressCodeRow.used_at).is_(None))
        .where(col(AddressCodeRow.until) >= moment, AddressCodeRow.attempts < MOST_ATTEMPTS)
    ).one_or_none()


def _count_attempt(session: Session, row: AddressCodeRow) -> bool:
    """Take one attempt, unless others took the last one meanwhile."""
    taken = session.connection().execute(
        update(AddressCodeRow)
        .where(col(AddressCodeRow.id) == row.id, col(AddressCodeRow.used_at).is_(None))
        .where(col(AddressCodeRow.attempts) < MOST_ATTEMPTS)
        .values(attempts=col(AddressCodeRow.attempts) + 1)
    )
    return taken.rowcount == 1


def _spend(session: Session, account: str, credit_code: str, channel: Channel, moment: datetime) -> None:
    session.connection().execute(
        update(AddressCodeRow)
        .where(col(AddressCodeRow.account_id) == account, col(AddressCodeRow.credit_code) == credit_code)
        .where(col(AddressCodeRow.channel) == channel.value, col(AddressCodeRow.used_at).is_(None))
        .values(used_at=moment)
    )


def _refuse_too_many(session: Session, account: str, credit_code: str, moment: datetime) -> None:
    made = col(AddressCodeRow.made_at)
    for who in (AddressCodeRow.account_id == account, AddressCodeRow.credit_code == credit_code):
        if session.exec(select(func.count()).where(who, made > moment - SPAN)).one() >= MOST_CODES:
            raise TooMany(f"24 小时内已经发了 {MOST_CODES} 次验证码，请明天再试")
    if session.exec(select(func.count()).where(AddressCodeRow.account_id == account, made > moment - PAUSE)).one():
        raise TooMany("刚刚发过一次验证码，请一分钟后再发")


def _digest(code_id: str, digits: str) -> str:
    """Slow on purpose: there are only a million codes."""
    salt = code_id.encode()
    return hashlib.scrypt(digits[:20].encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def _open(row: ProvenAddressRow, seal: Seal) -> str | None:
    try:
        return seal.open(row.address)
    except CannotOpen:
        return None
