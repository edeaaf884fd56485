"""A small library in a database, and people who draft and review."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from enterprises.audit import AuditRow
from enterprises.database import Row, writing
from enterprises.dictionary import bundled
from policies.library import Library, bundled_library
from policies.tables import DocumentRow, ItemRow, ItemVersionRow, store_library
from recommender.publishing.states import By
from recommender.publishing.tables import DraftEventRow, DraftRow, ItemTagRow

DICTIONARY = bundled()
MOMENT = datetime(2024, 6, 30, 2, tzinfo=UTC)
DAY = date(2024, 6, 30)
DOCUMENT = "yanan-2023-private-economy"
ITEM = f"{DOCUMENT}.15"
OTHER = f"{DOCUMENT}.9"

EDITOR, SECOND_EDITOR, REVIEWER, SECOND_REVIEWER = (By(name, MOMENT, DAY) for name in ("甲", "乙", "丙", "丁"))


def small_library(*names: str) -> Library:
    """The bundled document of Yan'an with these of its items."""
    whole = bundled_library()
    names = names or tuple(sorted(name for name in whole.items if name.startswith(f"{DOCUMENT}."))[:3])
    return replace(
        whole,
        documents={DOCUMENT: whole.documents[DOCUMENT]},
        items={name: whole.items[name] for name in names},
    )


def prepare(engine: Engine) -> None:
    """Make the tables that drafts take (``tests/test_storage.py`` holds migrations equal to them), with the library."""
    tables = (DraftRow, DraftEventRow, ItemTagRow, AuditRow, DocumentRow, ItemRow, ItemVersionRow)
    Row.metadata.create_all(engine, [Row.metadata.tables[str(table.__tablename__)] for table in tables])
    with writing(engine) as session:
        store_library(session, small_library(), DAY)
