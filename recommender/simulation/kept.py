"""Simulations that were made and kept: of which content, over which snapshot, and what came of it.

A simulation's id is the digest of what it is made from, so that asking for the same again finds the same. Its result is
text (``recommender.simulation.as_json``) and is written once. Reading one needs no numpy.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from policies.items import Item, canonical_json
from policies.library import Library
from recommender.simulation.tables import SimulationRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be simulated: an item, as it stands in a draft or in the library, over a snapshot, as of a day.

    ``before``: the published version that it would replace; ``library``: whose items it is set beside.
    """

    item: Item
    before: Item | None
    library: Library
    on: date
    revision: int
    population_digest: str
    rows: int
    made_up: bool
    draft_id: str | None = None

    @property
    def id(self) -> str:
        """What differs whenever the answer may."""
        published = sorted(f"{item.id} {item.digest}" for item in self.library.published)
        said = [
            *(self.item.digest, self.before.digest if self.before else "", self.on.isoformat()),
            *(self.population_digest, *published),
        ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Kept:
    """A simulation as it is listed. ``made_at`` is ``None`` as long as there is no result."""

    id: str
    item_id: str
    item_version: int
    item_digest: str
    title: str
    region: str
    departments: tuple[str, ...]
    draft_id: str | None
    before_version: int | None
    on: date
    revision: int
    rows: int
    made_up: bool
    asked_by: str
    asked_at: datetime
    made_at: datetime | None


def ask(session: Session, wanted: Wanted, by: str, moment: datetime) -> str:
    """Note that a simulation is wanted, unless it was before; its id. The caller commits."""
    if session.get(SimulationRow, wanted.id) is not None:
        return wanted.id
    item = wanted.item
    row = SimulationRow(
        id=wanted.id,
        item_id=item.id,
        item_version=item.version,
        item_digest=item.digest,
        title=item.title,
        region=item.document.region,
        departments=canonical_json(list(item.departments)),
        draft_id=wanted.draft_id,
        content=_json(item.source),
        document=_json(item.document.source),
        before_version=wanted.before.version if wanted.before else None,
        as_of=wanted.on,
        revision=wanted.revision,
        population_digest=wanted.population_digest,
        rows=wanted.rows,
        made_up=wanted.made_up,
        asked_by=by,
        asked_at=moment,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        pass  # somebody else asked for the same at the same moment
    return wanted.id


def store_result(session: Session, simulation_id: str, result: str, printed: bytes, moment: datetime) -> None:
    """Keep what came of a simulation; a result that is there already stays. The caller commits."""
    row = session.get_one(SimulationRow, simulation_id)
    if row.made_at is None:
        row.result, row.printed, row.made_at = result, printed, moment
        session.add(row)


def simulation(session: Session, simulation_id: str) -> Kept | None:
    """One simulation."""
    row = session.exec(_listed().where(SimulationRow.id == simulation_id)).one_or_none()
    return None if row is None else _kept(row)


def simulations(session: Session, most: int) -> tuple[Kept, ...]:
    """The last ones that were asked for, the newest first."""
    wanted = _listed().order_by(col(SimulationRow.asked_at).desc(), SimulationRow.id).limit(most)
    return tuple(_kept(row) for row in session.exec(wanted))


def result_of(session: Session, simulation_id: str) -> Mapping[str, Any]:
    """What came of a simulation, as ``recommender.simulation.as_json`` says. Raises ``LookupError``."""
    text = session.exec(select(SimulationRow.result).where(SimulationRow.id == simulation_id)).one_or_none()
    if text is None:
        raise LookupError(simulation_id)
    found: Mapping[str, Any] = json.loads(text)
    return found


def printed_of(session: Session, simulation_id: str) -> bytes:
    """The page for printing, compressed by zlib. Raises ``LookupError``."""
    page = session.exec(select(SimulationRow.printed).where(SimulationRow.id == simulation_id)).one_or_none()
    if page is None:
        raise LookupError(simulation_id)
    return page


def _listed() -> SelectOfScalar[SimulationRow]:
    """Without what is long."""
    long = (SimulationRow.content, SimulationRow.document, SimulationRow.result, SimulationRow.printed)
    return select(SimulationRow).options(*(defer(column) for column in long))  # type: ignore[arg-type]


def _kept(row: SimulationRow) -> Kept:
    return Kept(
        id=row.id,
        item_id=row.item_id,
        item_version=row.item_version,
        item_digest=row.item_digest,
        title=row.title,
        region=row.region,
        departments=tuple(json.loads(row.departments)),
        draft_id=row.draft_id,
        before_version=row.before_version,
        on=row.as_of,
        revision=row.revision,
        rows=row.rows,
        made_up=row.made_up,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        made_at=row.made_at,
    )


def _json(plain: Mapping[str, Any]) -> str:
    # In the file's own order: tiers and brackets must be read back in theirs.
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
