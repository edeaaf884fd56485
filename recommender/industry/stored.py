"""Inferring the industries of enterprises in the database: those with a scope of whom no better source says it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine, select
from sqlmodel import col

from enterprises.database import reading, writing
from enterprises.dictionary import Dictionary
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile
from enterprises.tables import EnterpriseRow, record
from recommender.industry.classifier import Classifier
from recommender.industry.inference import SCOPE, infer_industry

BATCH = 1000
"""How many enterprises with a scope are looked at before what was inferred of them is written, in one transaction."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """What came of it: enterprises with a scope, inferred statements, new ones, profiles that changed."""

    with_scope: int = 0
    inferred: int = 0
    added: int = 0
    changed: int = 0


def infer_all(
    engine: Engine,
    classifier: Classifier,
    dictionary: Dictionary,
    on: date,
    watch: Callable[[int], object] = lambda _more: None,
) -> Inferred:
    """Infer what can be, a batch at a time in the order of the credit codes, in bounded memory.

    May be broken off at any time and run again: what was said before by the same model of the same scope is not said
    twice. ``watch`` is told how many more enterprises have been looked at.
    """
    total = Inferred()
    for batch in _batches(engine, dictionary):
        statements = [each for each in (infer_industry(one, classifier, on) for one in batch) if each is not None]
        total = replace(total, with_scope=total.with_scope + len(batch), inferred=total.inferred + len(statements))
        if statements:
            with writing(engine) as session:
                recorded = record(session, statements, dictionary)
            total = replace(
                total,
                added=total.added + recorded.added,
                changed=total.changed + len(recorded.changed_enterprises),
            )
        watch(len(batch))
    return total


def _batches(engine: Engine, dictionary: Dictionary) -> Iterator[list[Profile]]:
    """The profiles that hold a scope. Each batch is read by itself, so that nothing stays open while it is written."""
    texts = ProfileText(dictionary)
    wanted = (
        select(col(EnterpriseRow.credit_code), col(EnterpriseRow.profile))
        .where(col(EnterpriseRow.profile).contains(f'"{SCOPE}"', autoescape=True))
        .order_by(col(EnterpriseRow.credit_code))
        .limit(BATCH)
    )
    after = ""
    while True:
        with reading(engine) as session:
            rows = session.connection().execute(wanted.where(col(EnterpriseRow.credit_code) > after)).all()
        if not rows:
            return
        yield [texts.read(row.credit_code, row.profile) for row in rows]
        after = rows[-1].credit_code
