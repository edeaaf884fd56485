"""The ranker of this installation: the weights in use, what like enterprises took up, and the encoder.

What belongs to the database is imported when it is asked, the encoder loaded when something is ranked at first.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from recommender.ranking.order import Ranker
from recommender.ranking.relevance import Relevance
from recommender.ranking.take_up import NOBODY
from recommender.ranking.weights import StrangeWeights, Weights, stated

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

WEIGHTS_EVERY = 3.0
"""Seconds after which the database is asked again which weights are in use."""

TAKE_UP_EVERY = 600.0
"""Seconds after which take-up is counted again: it goes through all feedback, and changes slowly."""

DEFAULT_FILE = "var/huiqi.db"
"""The file of the default database: ``enterprises.database.DEFAULT_URL``, which takes long to load."""

_SQLITE = "sqlite:///"

_log = logging.getLogger(__name__)


@cache
def relevance() -> Relevance | None:
    """By the encoder of this installation, loaded once; ``None``, and a warning, where it cannot be used.

    An order without it is still an order, and says that it did without.
    """
    from recommender.encoder.encoder import BadModel, load_encoder

    try:
        return Relevance(load_encoder())
    except BadModel as error:
        _log.warning("排序没有用语义模型：%s", error)
        return None


def stated_ranker() -> Ranker:
    """By the weights that ship with the program, where no database is asked."""
    return Ranker(stated().weights, relevance())


def stored_ranker(session: Session) -> Ranker:
    """By what the database of ``session`` says now. Raises ``StrangeWeights``."""
    from recommender.ranking.tables import load_take_up
    from recommender.ranking.versions import active_weights

    return Ranker(active_weights(session), relevance(), load_take_up(session))


def configured_ranker(url: str | None) -> Ranker:
    """By the database at ``url``, by default the usual one, where there is one; else by the stated weights.

    For commands that do without a database: none is made or changed, and one that cannot be used only gives a warning.
    """
    address = (url or "").strip()
    # SQLite would make a file that is not there; and without a database nothing is loaded that opens one.
    if address.startswith(_SQLITE) or not address:
        path = address.removeprefix(_SQLITE).partition("?")[0] if address else DEFAULT_FILE
        if not os.path.isfile(path):  # noqa: PTH113 -- unlike Path.is_file, it says no to a name that is too long
            return stated_ranker()
    from sqlalchemy.exc import DBAPIError

    from enterprises.database import StorageError, connect

    try:
        engine = connect(address or None)
        try:
            return KeptRanker(lambda: engine).current()
        finally:
            engine.dispose()
    except (StorageError, DBAPIError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        _log.warning("数据库里的排序版本读不出来，改用初始权重：%s", said)
        return stated_ranker()


class KeptRanker:
    """The ranker by the database that ``engine`` gives, asked again only after some seconds. For many threads."""

    def __init__(self, engine: Callable[[], Engine], seconds: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._seconds = engine, seconds
        self._lock = threading.Lock()
        self._weights, self._weighed_at = stated().weights, -WEIGHTS_EVERY
        self._take_up, self._counted_at = NOBODY, -TAKE_UP_EVERY

    def current(self) -> Ranker:
        """The ranker as it is now, or was shortly ago."""
        with self._lock:
            now = self._seconds()
            if now - self._weighed_at >= WEIGHTS_EVERY:
                self._refresh(now)
            weights, take_up = self._weights, self._take_up
        return Ranker(weights, relevance(), take_up)

    def _refresh(self, now: float) -> None:
        from sqlalchemy import inspect

        from enterprises.database import reading
        from recommender.ranking.tables import load_take_up
        from recommender.ranking.versions import RankingActivationRow

        if inspect(self._engine()).has_table(RankingActivationRow.__tablename__):
            with reading(self._engine()) as session:
                self._weights = _usable_weights(session)
                if now - self._counted_at >= TAKE_UP_EVERY:
                    self._take_up, self._counted_at = load_take_up(session), now
        self._weighed_at = now


def _usable_weights(session: Session) -> Weights:
    """The weights in use; the stated ones, and an error in the log, where those are damaged: pages go on."""
    from recommender.ranking.versions import active_weights

    try:
        return active_weights(session)
    except StrangeWeights as error:
        _log.error("改用初始权重：%s", error)
        return stated().weights
