"""Imports in the database: which file has been imported by which mapping, and how far one that was cut off had come.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Engine, UniqueConstraint
from sqlmodel import Field, Session

from enterprises.database import Row, UtcDateTime, reading


class State(StrEnum):
    """How far an import is."""

    RUNNING = "running"
    DONE = "done"


class ImportRow(Row, table=True):
    """One file by one mapping, each by its digest. The first ``rows_done`` rows of the file are in the database.

    ``received_on``: the day that it was begun on, in Asia/Shanghai, which all its statements bear. ``added``,
    ``unchanged`` and ``changed`` count statements that were new, statements that said nothing new, and profiles that
    changed, so far.
    """

    __tablename__ = "imports"
    __table_args__ = (UniqueConstraint("file_digest", "mapping_digest"),)

    id: int | None = Field(default=None, primary_key=True)
    file_digest: str = Field(max_length=64)
    mapping_digest: str = Field(max_length=64)
    name: str
    received_on: date
    state: str
    rows_done: int
    added: int
    unchanged: int
    changed: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that reads the same however often it reads, whatever others write meanwhile."""
    with reading(engine) as session:
        if engine.dialect.name == "postgresql":  # SQLite does so by itself
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
