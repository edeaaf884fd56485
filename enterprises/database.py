"""The database: where it is, its sessions, and bringing its schema up to date.

SQLite (WAL, foreign keys enforced) by default, PostgreSQL through psycopg 3 in production. Importing this module loads
SQLAlchemy and SQLModel, which takes a good part of a second: import it inside the functions that need it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

DEFAULT_URL = "sqlite:///var/huiqi.db"
"""Where the data is kept when neither an argument nor ``DATABASE_URL`` says; relative to the working directory."""

_PATIENCE = 10
"""Seconds to wait for a lock of SQLite, or for a PostgreSQL server to answer."""

_MIGRATION_LOCK = 0x68756971  # "huiq": any number that no other program takes on the same database
_MODE = "huiqi_mode"
_BEGINNINGS = {"read": "BEGIN", "write": "BEGIN IMMEDIATE", "schema": "BEGIN IMMEDIATE"}


class StorageError(RuntimeError):
    """The database cannot be used; the message says in Chinese why, and holds no password."""


class Row(SQLModel):
    """What every table class inherits. Classes with ``table=True`` do not validate what they are given."""

    # Constraints have names on both databases, so that a later migration can name what it changes.
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept and given back in UTC; SQLite keeps no time zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("moments are stored aware, not naive")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def connect(url: str | None = None) -> Engine:
    """The engine of the database at ``url``, else at ``DATABASE_URL``, else of ``DEFAULT_URL``; nothing is opened yet.

    Understands ``sqlite:///path``, ``postgresql://…`` and ``postgres://…``; the folder of an SQLite file is made where
    there is none. Errors name no values: they are logged, and values may be anybody's affairs. Raises ``StorageError``.
    The caller disposes of the engine.
    """
    address = _read_url(url or os.environ.get("DATABASE_URL") or DEFAULT_URL)
    if address.get_backend_name() == "postgresql":
        address = address.update_query_dict({"connect_timeout": str(_PATIENCE), **address.query})
        return create_engine(address, pool_pre_ping=True, hide_parameters=True)
    _make_folder(address)
    engine = create_engine(address, connect_args={"timeout": _PATIENCE}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", _enforce_foreign_keys)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_url(address: str) -> URL:
    form = "请写成 sqlite:///文件路径 或 postgresql://用户:密码@主机/库名"
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise StorageError(f"数据库地址（DATABASE_URL）写错了。{form}") from None
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise StorageError(f"不支持数据库“{url.drivername}”。{form}")
    if url.host or not url.database or url.database.startswith((":memory:", "file:")):
        raise StorageError(f"SQLite 的地址里没有文件路径。{form}")
    return url


def _make_folder(address: URL) -> None:
    folder = Path(address.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"不能建立数据库文件所在的文件夹“{folder}”：{error.strerror}") from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions leave out changes of schema and begin late; we begin ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").close()


def _enforce_foreign_keys(connection: Any, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once when another has written meanwhile, however patient
    # it is; one that takes the write lock at its beginning waits for its turn.
    mode = connection.get_execution_options().get(_MODE, "read")
    if mode == "schema":
        # Tables are rebuilt by migrations: with keys enforced, dropping the old one would delete what refers to it.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql(_BEGINNINGS[mode])


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session in which nothing is written; whatever was is rolled back."""
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one transaction: all of it is kept, or, after an error, none."""
    with Session(engine.execution_options(**{_MODE: "write"})) as session, session.begin():
        yield session


@contextmanager
def changing_schema(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction for migrations, one process at a time. Raises ``StorageError``."""
    with _opened(engine) as connection, connection.begin():
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        yield connection
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise StorageError(f"升级后有 {len(broken)} 行引用了不存在的数据，升级已全部撤销")


@contextmanager
def _opened(engine: Engine) -> Iterator[Connection]:
    try:
        connection = engine.connect().execution_options(**{_MODE: "schema"})
    except DBAPIError as error:
        raise StorageError(f"连不上数据库 {engine.url.render_as_string()}：{error.orig}") from None
    with connection:
        yield connection


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to date (or up to ``revision``), all or nothing. Raises ``StorageError``."""
    from alembic import command
    from alembic.util import CommandError

    with changing_schema(engine) as connection:
        try:
            command.upgrade(alembic_config(connection), revision)
        except CommandError as error:
            raise StorageError(f"数据库的结构不能升级，它可能来自更新的版本：{error}") from None


def alembic_config(connection: Connection) -> Any:
    """What Alembic's commands need to work through ``connection``, with the migrations of the installed package."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "migrations:.")  # found by importlib.resources, wherever it is installed
    return config
