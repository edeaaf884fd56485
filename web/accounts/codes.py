"""Codes that one person makes and tells another, and how often somebody may try: of invitations and of appointments.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from enterprises.audit import note
from enterprises.deeds import Deed
from web.accounts.failures import WINDOW, forget_failures, note_failure, of_account
from web.accounts.tables import AccountRow

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
"""What codes are written in: without characters that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V)."""

LENGTH = 10

MOST_WRONG = 5
"""After so many wrong codes within ``failures.WINDOW``, an account can try none for as long."""

_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")


@dataclass(frozen=True)
class Wrong:
    """What a wrong code leads to: ``left`` more may be tried, or none before ``until``."""

    left: int
    until: datetime | None = None


def new_code() -> str:
    """A code that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """The code that somebody typed, in whatever case and with whatever dashes; ``None`` where it cannot be one."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    return code if _CODE.fullmatch(code) else None


def show_code(code: str) -> str:
    """A code as it is read out: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def digest(code: str, purpose: str) -> str:
    """What is kept of a code. Made slow to compute: it is short enough to be found from a fast digest by trying."""
    salt = f"huiqi {purpose}".encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def note_wrong(session: Session, account: AccountRow, moment: datetime) -> Wrong:
    """Count a wrong code of an account, whose row is locked; one too many keeps it from trying. The caller commits."""
    who = of_account(account.id)
    wrong = note_failure(session, who, moment)
    if wrong < MOST_WRONG:
        return Wrong(MOST_WRONG - wrong)
    account.locked_until = moment + WINDOW
    forget_failures(session, who)
    note(session, actor=account.id, action=Deed.ACCOUNT_LOCKED, about=account.id, moment=moment)
    return Wrong(0, account.locked_until)
