"""Explanations in the database, kept byte for byte as they were given, so that anyone can check them again later.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import Text
from sqlmodel import Field, Session

from enterprises.database import Row, UtcDateTime


class ExplanationRow(Row, table=True):
    """One explanation. It refers to no other table: it says by itself all that it was made from."""

    __tablename__ = "explanations"

    id: str = Field(primary_key=True, max_length=32)
    credit_code: str | None = Field(default=None, max_length=18, index=True)
    as_of: date
    engine_version: str
    content: str = Field(sa_type=Text)
    sha256: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DamagedExplanation(RuntimeError):
    """A stored explanation whose text is no longer the one that was stored."""


def store_explanation(
    session: Session,
    text: str,
    *,
    as_of: date,
    engine_version: str,
    created_at: datetime,
    credit_code: str | None = None,
) -> str:
    """Store the JSON ``text`` of an explanation and give its new id, which cannot be guessed. The caller commits.

    ``as_of`` is the day that the answer is for, in Asia/Shanghai; ``created_at`` is aware; ``credit_code`` says whom it
    is about, ``None`` where nobody in particular.
    """
    explanation_id = uuid4().hex
    session.add(
        ExplanationRow(
            id=explanation_id,
            credit_code=credit_code,
            as_of=as_of,
            engine_version=engine_version,
            content=text,
            sha256=_sha256(text),
            created_at=created_at,
        )
    )
    session.flush()
    return explanation_id


def load_explanation(session: Session, explanation_id: str) -> str:
    """The text of an explanation, the same bytes. Raises ``LookupError``; ``DamagedExplanation`` if it was altered."""
    row = session.get(ExplanationRow, explanation_id)
    if row is None:
        raise LookupError(f"there is no explanation {explanation_id}")
    if _sha256(row.content) != row.sha256:
        raise DamagedExplanation(f"结果 {explanation_id} 与保存时不一致")
    return row.content


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class SimilarRulingRow(Row, table=True):
    """What a person said of two items that look alike. Rows are only added; the last on the same versions counts."""

    __tablename__ = "similar_rulings"

    id: int | None = Field(default=None, primary_key=True)
    first: str = Field(max_length=120)
    second: str = Field(max_length=120)
    first_digest: str = Field(max_length=64)
    second_digest: str = Field(max_length=64)
    verdict: str
    kind: str | None = Field(default=None)
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)
    note: str = Field(sa_type=Text)
