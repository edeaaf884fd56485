"""The keys of names in the database: one row a key, in the order of the keys, and nothing else.

They are written in the transaction that stores or changes a name, so that they are never behind it. That each is found
by its enterprise too would take as much again: keys of an old name are computed again to be taken out, and what finds
by keys compares with the name that stands.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from sqlalchemy import Connection, LargeBinary, bindparam, delete
from sqlmodel import Field, col

from enterprises.database import Row
from enterprises.names.keys import keys

Pair: TypeAlias = tuple[bytes, int]

_AT_ONCE = 400
"""So many rows in one statement: twice as many values are below the limit of every SQLite."""


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
    _delete(database, gone)
    _insert(database, sorted(new))  # in the order of the table, so that neighbours are written together


def _delete(database: Connection, pairs: Sequence[Pair]) -> None:
    if pairs:
        its_key = delete(NameKeyRow).where(
            col(NameKeyRow.key) == bindparam("gone_key"), col(NameKeyRow.enterprise_id) == bindparam("gone_id")
        )
        database.execute(its_key, [{"gone_key": key, "gone_id": number} for key, number in pairs])


def _insert(database: Connection, pairs: Sequence[Pair]) -> None:
    """In the words of each driver: there are so many rows that a mapping for each would take longer than storing it."""
    if database.dialect.name == "postgresql":
        if pairs:
            database.exec_driver_sql(_FROM_ARRAYS, tuple(map(list, zip(*pairs, strict=True))))
        return
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        rows = ", ".join(["(?, ?)"] * len(some))
        database.exec_driver_sql(_FROM_VALUES.format(rows), tuple(chain.from_iterable(some)))


_FROM_VALUES = "INSERT INTO enterprise_names (key, enterprise_id) VALUES {} ON CONFLICT DO NOTHING"
_FROM_ARRAYS = (
    "INSERT INTO enterprise_names (key, enterprise_id) "
    "SELECT * FROM unnest(%s::bytea[], %s::integer[]) ON CONFLICT DO NOTHING"
)
