"""What the pages read from the database: the policy library, kept in memory while it is current, and the samples."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.samples import CODE_PREFIX, samples
from web.commands import Failure

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from enterprises.tables import EnterpriseName
    from policies.library import Library
    from recommender.ranking.order import Ranker
    from web.rankers import KeptRanker

CHECK_EVERY = 3.0
"""Seconds after which the database is asked again whether the library has changed."""


class Stored(Protocol):
    """The library and the sample enterprises, wherever they are kept."""

    def library(self) -> Library | None:
        """The library as it is now; ``None`` where none has been stored."""

    def look_again(self) -> None:
        """Let the library be as it is now from the next question on: this process has just changed it."""

    def samples(self) -> tuple[EnterpriseName, ...]:
        """The made-up enterprises."""

    def sample(self, credit_code: str) -> Profile | None:
        """One of the made-up enterprises; ``None`` for any other."""

    def ranker(self) -> Ranker:
        """What orders the matches of an enterprise."""

    def reading(self) -> AbstractContextManager[Session]:
        """A session of the database in which nothing is written."""

    def writing(self) -> AbstractContextManager[Session]:
        """A session in one transaction: all of it is kept, or, after an error, none."""


class Database:
    """What is stored in the database at ``url``. The engine is made at the first use, since loading it takes time."""

    def __init__(self, url: str | None, dictionary: Dictionary, seconds: Callable[[], float] = time.monotonic) -> None:
        self._url, self._dictionary, self._seconds = url, dictionary, seconds
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._state: object = None
        self._checked_at = -CHECK_EVERY

    def library(self) -> Library | None:
        """The library as it is now, or was a few seconds ago; ``None`` where none has been stored."""
        with self._lock:
            if self._seconds() - self._checked_at >= CHECK_EVERY:
                self._refresh()
                self._checked_at = self._seconds()
            return self._library

    def look_again(self) -> None:
        """Ask the database at the next question, however soon it comes."""
        with self._lock:
            self._checked_at = -math.inf

    def samples(self) -> tuple[EnterpriseName, ...]:
        """The sample enterprises, by organisation code; no other is ever listed, whatever the database holds."""
        from enterprises.database import reading
        from enterprises.tables import list_enterprises

        codes = [str(profile.credit_code) for profile in samples()]
        with reading(self._engine) as session:
            return tuple(sorted(list_enterprises(session, codes), key=lambda each: each.credit_code[8:]))

    def sample(self, credit_code: str) -> Profile | None:
        """One of the made-up enterprises; ``None`` for any other, be it stored or not."""
        from enterprises.database import reading
        from enterprises.tables import load_profile

        if not is_sample(credit_code):
            return None
        with reading(self._engine) as session:
            return load_profile(session, credit_code, self._dictionary)

    def ranker(self) -> Ranker:
        """By the weights in use, or those of a few seconds ago."""
        return self._ranker.current()

    def reading(self) -> AbstractContextManager[Session]:
        """A session in which nothing is written."""
        from enterprises.database import reading

        return reading(self._engine)

    def writing(self) -> AbstractContextManager[Session]:
        """A session in one transaction."""
        from enterprises.database import writing

        return writing(self._engine)

    def close(self) -> None:
        """Let go of the connections."""
        if "_engine" in vars(self):
            self._engine.dispose()

    def _refresh(self) -> None:
        from sqlalchemy import inspect

        from enterprises.database import reading
        from policies.tables import ItemVersionRow, load_library

        if not inspect(self._engine).has_table(ItemVersionRow.__tablename__):
            self._library = self._state = None
            return
        with reading(self._engine) as session:
            state = _state(session)
            if state == self._state:
                return
            library = load_library(session, self._dictionary)
        self._library, self._state = (library if library.documents else None), state

    @cached_property
    def _ranker(self) -> KeptRanker:
        from web.rankers import KeptRanker

        return KeptRanker(lambda: self._engine, self._seconds)

    @cached_property
    def _engine(self) -> Engine:
        from enterprises.database import connect

        return connect(self._url)


@contextmanager
def migrated_database(url: str | None) -> Iterator[Engine]:
    """The database for a command, at the newest schema; ``url`` as ``connect`` takes it.

    Raises ``Failure`` where the database cannot be used.
    """
    from sqlalchemy.exc import DBAPIError

    from enterprises.database import StorageError, connect, migrate

    try:
        engine = connect(url)
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()
    except StorageError as error:
        raise Failure(str(error)) from None
    except DBAPIError as error:
        raise Failure(f"数据库出错：{error.orig}") from None


@contextmanager
def reading_database(url: str | None) -> Iterator[Session]:
    """A session in which a command reads; as ``migrated_database``."""
    from enterprises.database import reading

    with migrated_database(url) as engine, reading(engine) as session:
        yield session


@contextmanager
def writing_database(url: str | None) -> Iterator[Session]:
    """A session in which a command writes: all of it, or nothing; as ``migrated_database``."""
    from enterprises.database import writing

    with migrated_database(url) as engine, writing(engine) as session:
        yield session


def is_sample(credit_code: str) -> bool:
    """Whether a credit code is one of those that only made-up enterprises bear."""
    return credit_code[8:].startswith(CODE_PREFIX)


def _state(session: Session) -> object:
    """What differs whenever the library does: versions are only ever added, items retired, documents changed."""
    from sqlalchemy import func
    from sqlmodel import col, select

    from policies.tables import DocumentRow, ItemRow, ItemVersionRow

    versions = session.exec(select(func.count()).select_from(ItemVersionRow)).one()
    retired = session.exec(select(ItemRow.id).where(col(ItemRow.retired)).order_by(ItemRow.id)).all()
    documents = session.exec(select(DocumentRow.id, DocumentRow.content, DocumentRow.retired).order_by(DocumentRow.id))
    return versions, tuple(retired), tuple((each[0], hash(each[1]), each[2]) for each in documents)
