"""Simulations in the database, with who looked at them.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field

from enterprises.database import Row, UtcDateTime


class SimulationRow(Row, table=True):
    """A simulation that was asked for, and, once ``made_at`` is known, what came of it.

    ``content`` and ``document``: the item and its document as plain JSON. ``before_version``: the published version
    that it is compared with. ``revision``, ``population_digest``, ``rows``: the snapshot. ``printed``: the page for
    printing, compressed. ``departments``: a JSON list.
    """

    __tablename__ = "simulations"
    __table_args__ = (
        Index("ix_simulations_item_digest", "item_digest"),
        Index("ix_simulations_asked_at", "asked_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    item_id: str
    item_version: int
    item_digest: str = Field(max_length=64)
    title: str = Field(sa_type=Text)
    region: str = Field(max_length=6)
    departments: str = Field(sa_type=Text)
    draft_id: str | None = Field(default=None, max_length=64)
    content: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)
    before_version: int | None = None
    as_of: date
    revision: int
    population_digest: str = Field(max_length=64)
    rows: int
    made_up: bool
    asked_by: str = Field(max_length=64)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    result: str | None = Field(default=None, sa_type=Text)
    printed: bytes | None = Field(default=None, sa_type=LargeBinary)
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SimulationLookRow(Row, table=True):
    """Somebody looked at a simulation's result; ``judgement``: what they think of it, sealed."""

    __tablename__ = "simulation_looks"

    simulation_id: str = Field(primary_key=True, foreign_key="simulations.id", max_length=32)
    number: int = Field(primary_key=True)
    account: str = Field(max_length=64)
    moment: datetime = Field(sa_type=UtcDateTime)
    judgement: str = Field(sa_type=Text)
