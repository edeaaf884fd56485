"""Explanations that are kept in the database, each only while it can be computed again from the versions kept there.

Importing this module loads SQLModel and Alembic: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version

from sqlalchemy import Engine
from sqlmodel import Session

from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import Dictionary
from policies.tables import load_item
from recommender.explanation import Explanation
from recommender.explanation_json import recompute, to_text
from recommender.tables import load_explanation, store_explanation


class NotRepeated(RuntimeError):
    """An explanation that does not come out the same when it is computed again."""


def keep(url: str | None, explanation: Explanation, moment: datetime) -> str:
    """Store an explanation and give its new id. ``moment`` is aware; ``url`` as ``connect`` takes it.

    Raises ``StorageError``, and ``Irreproducible`` where the database lacks an item version that it was made from.
    """
    text, dictionary = to_text(explanation), explanation.library.dictionary
    with _ready(url) as engine, writing(engine) as session:
        _repeat(session, text, dictionary, "结果")
        return store_explanation(
            session,
            text,
            as_of=explanation.on,
            engine_version=version("huiqi"),
            created_at=moment,
            credit_code=explanation.profile.credit_code,
        )


def check_again(url: str | None, explanation_id: str, dictionary: Dictionary) -> None:
    """Compute a stored explanation again, from the item versions that are stored.

    Raises ``StorageError``, ``LookupError`` where there is none of that id, ``DamagedExplanation``, ``Irreproducible``
    and ``NotRepeated``.
    """
    with _ready(url) as engine, reading(engine) as session:
        text = load_explanation(session, explanation_id)
        _repeat(session, text, dictionary, f"结果 {explanation_id}")


def _repeat(session: Session, text: str, dictionary: Dictionary, name: str) -> None:
    if recompute(text, partial(load_item, session, dictionary=dictionary), dictionary, name) != text:
        raise NotRepeated("复算的结果与存下的不同")


@contextmanager
def _ready(url: str | None) -> Iterator[Engine]:
    engine = connect(url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()
