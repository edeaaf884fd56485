"""What the database keeps of accounts: the tables. What is done with them stands in the modules beside this one.

Secrets that prove something (of a session, an invitation, a code of the local provider) are kept as digests only, so
that who reads the database can do nothing with them.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime

_STANDING = text("ended_at IS NULL")


class AccountRow(Row, table=True):
    """A person as a provider knows them: ``issuer`` and ``subject`` together never change. ``name`` is sealed.

    ``locked_until``: until when invitation codes are not taken from the account, after too many wrong ones.
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: str = Field(primary_key=True, max_length=32)
    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    signed_in_at: datetime = Field(sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled: bool = False


class MembershipRow(Row, table=True):
    """What an account is to an enterprise, by whose word and since when; ``ended_at`` is ``None`` while it is.

    ``granted_by`` and ``ended_by``: an account, or ``memberships.PROVIDER``. The provider's word and an invitation may
    stand beside each other; the higher role counts.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        Index("ix_memberships_account_id", "account_id"),
        Index("ix_memberships_credit_code", "credit_code"),
        Index(
            "uq_memberships_standing",
            "account_id",
            "credit_code",
            "granted_by",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    credit_code: str = Field(max_length=18)
    role: str
    granted_by: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class SessionRow(Row, table=True):
    """A session of an account in one browser; ``digest`` of the secret that the browser's cookie holds."""

    __tablename__ = "sessions"

    digest: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", index=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PostRow(Row, table=True):
    """A post of an official, by whose word and since when; ``ended_at`` is ``None`` while they have it.

    ``region``: a code; ``department``: empty for all. ``granted_by`` and ``ended_by``: an account, or who else did.
    """

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_account_id", "account_id"),
        Index(
            "uq_posts_standing",
            "account_id",
            "duty",
            "region",
            "department",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: str = Field(foreign_key="accounts.id", max_length=32)
    duty: str = Field(max_length=16)
    region: str = Field(max_length=6)
    department: str = Field(default="", max_length=60)
    granted_by: str = Field(max_length=64)
    granted_at: datetime = Field(sa_type=UtcDateTime)
    ended_by: str | None = Field(default=None, max_length=64)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AppointmentRow(Row, table=True):
    """A post that waits for somebody to take it up; ``digest`` of the code. It works once, up to ``until``.

    ``made_by``: an account, or who else did.
    """

    __tablename__ = "appointments"
    __table_args__ = (UniqueConstraint("digest"),)

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=64)
    duty: str = Field(max_length=16)
    region: str = Field(max_length=6)
    department: str = Field(default="", max_length=60)
    made_by: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    used_by: str | None = Field(default=None, foreign_key="accounts.id", max_length=32)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InvitationRow(Row, table=True):
    """An invitation to be owner or clerk of an enterprise; ``digest`` of its code. It works once, up to ``until``."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("digest"),)

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=64)
    credit_code: str = Field(max_length=18, index=True)
    role: str
    made_by: str = Field(foreign_key="accounts.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    used_by: str | None = Field(default=None, foreign_key="accounts.id")
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FailureRow(Row, table=True):
    """Something that failed and may be a guess, by whom; only kept as long as it counts (``failures.WINDOW``)."""

    __tablename__ = "failures"

    id: int | None = Field(default=None, primary_key=True)
    who: str = Field(max_length=80, index=True)
    moment: datetime = Field(sa_type=UtcDateTime, index=True)


class AuthorizationCodeRow(Row, table=True):
    """A code that the local provider has given out and nobody has redeemed; only in a sample set-up."""

    __tablename__ = "authorization_codes"

    digest: str = Field(primary_key=True, max_length=64)
    content: str = Field(sa_type=Text)
    until: datetime = Field(sa_type=UtcDateTime)
