"""The keys of names in the database: one row a key, in the order of the keys, and nothing else.

They are written in the transaction that stores or changes a name, so that they are never behind it. That each is found
by its enterprise too would take as much again: keys of an old name are computed again to be taken out, and what finds
by keys compares with the name that stands.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection, LargeBinary
from sqlmodel import Field

from enterprises.database import Row
from enterprises.names.keys import keys

Pair: TypeAlias = tuple[bytes, int]


class NameKeyRow(Row, table=True):
    """A key (``enterprises.names.keys``) of the name that an enterprise has now."""

    __tablename__ = "enterprise_names"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 -- as SQLAlchemy declares it

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    enterprise_id: int = Field(
        primary_key=True, foreign_key="enterprises.id", ondelete="CASCADE", sa_column_kwargs={"autoincrement": False}
    )


@dataclass(frozen=True, slots=True)
class Renamed:
    """An enterprise by its number, and its names before and now; ``None`` where it had or has none."""

    enterprise_id: int
    before: str | None
    now: str | None


def keep_keys(database: Connection, renamed: Iterable[Renamed]) -> None:
    """Bring the keys in line with names that are new or have changed, in the transaction in which they do."""
    gone: list[Pair] = []
    new: list[Pair] = []
    for each in renamed:
        now = keys(each.now) if each.now else frozenset()
        if each.before:
            before = keys(each.before)
            gone += ((key, each.enterprise_id) for key in before - now)
            now -= before
        new += [(key, each.enterprise_id) for key in now]
    # In their order, so that neighbours are written together.
    _run(database, _DELETE, sorted(gone))
    _run(database, _INSERT, sorted(new))


_DELETE = {
    "sqlite": "DELETE FROM enterprise_names WHERE key = ? AND enterprise_id = ?",
    "postgresql": "DELETE FROM enterprise_names USING unnest(%s::bytea[], %s::integer[]) AS gone(key, id) "
    "WHERE enterprise_names.key = gone.key AND enterprise_id = gone.id",
}
_INSERT = {
    "sqlite": "INSERT INTO enterprise_names (key, enterprise_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "postgresql": "INSERT INTO enterprise_names (key, enterprise_id) SELECT * FROM unnest(%s::bytea[], %s::integer[]) "
    "ON CONFLICT DO NOTHING",
}
"""In the words of each driver: there are so many rows that a mapping for each would take longer than storing it."""


def _run(database: Connection, statements: dict[str, str], pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    if database.dialect.name == "sqlite":
        database.exec_driver_sql(statements["sqlite"], list(pairs))
    else:
        database.exec_driver_sql(statements["postgresql"], tuple(map(list, zip(*pairs, strict=True))))
