"""Making a database ready: its schema, the bundled policy library and, on request, made-up enterprises.

Importing this module is cheap; calling it loads SQLModel and Alembic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from enterprises.sealing import Seal
    from enterprises.statements import Statement
    from policies.library import Library

POPULATION = 3000
"""How many enterprises of the sample population ``huiqi setup --sample`` loads beside the samples written by hand."""

_SEED = 1
_BATCH = 1000
"""How many enterprises are stored in one transaction."""


def setup(
    url: str | None,
    sample: bool,
    folder: Path | None = None,
    population: int = 0,
    seal: Seal | None = None,
    snapshots: Path | None = None,
) -> str:
    """Make the database at ``url`` ready (see ``connect`` for ``None``) and say in Chinese what was done.

    ``sample``: with the sample enterprises and their grants. ``folder``: where the library is, by default the one that
    ships with the package. ``population``: so many enterprises of the sample population as well. ``seal``: what closes
    the accounts of the sample grants, by default the keys of this installation. ``snapshots``: where a snapshot of the
    enterprises is made, so that officials can begin at once. Doing it again changes nothing. The library and the
    samples are stored together or not at all. Raises ``StorageError``, ``Problems`` for mistakes in the
    library, ``VersionConflict`` where it contradicts what is stored, and ``BadKeys``.
    """
    from enterprises.calendar import today
    from enterprises.database import connect, migrate, writing
    from enterprises.dictionary import bundled
    from enterprises.samples import SAMPLE_DAY, statements
    from enterprises.tables import record
    from policies.library import FOLDER, load_library
    from policies.tables import store_library

    library, said = load_library(folder or FOLDER, bundled()), statements() if sample else ()
    engine = connect(url)
    try:
        migrate(engine)
        with writing(engine) as session:
            done = store_library(session, library, SAMPLE_DAY if sample else today())
            record(session, said, bundled())
            grants = _store_grants(session, library, seal) if sample else 0
        if population and not _is_loaded(engine, len(said) + population):
            _load(engine, population)
        if snapshots is not None:
            _take_snapshot(engine, snapshots)
    finally:
        engine.dispose()
    report = (
        f"政策库：{done.documents} 份文件，{done.items} 个事项"
        f"（新增 {done.added}，更新 {done.updated}，未变 {done.unchanged}，下架 {done.retired}）"
    )
    report += f"，另有 {done.kept} 个由单位自己维护，没有动" if done.kept else ""
    report += f"；示例企业 {len(said)} 家，免申即享 {grants} 笔" if sample else ""
    return report + (f"；示例企业库 {population:,} 家，都是虚构的" if population else "")


def _store_grants(session: Session, library: Library, seal: Seal | None) -> int:
    from enterprises.sealing import Seal, keys_of
    from recommender.grants.samples import store_samples
    from recommender.payments.samples import store_sample_round

    closing = Seal(keys_of()) if seal is None else seal
    stored = store_samples(session, library, closing)
    store_sample_round(session, library, closing)
    return stored


def _take_snapshot(engine: Engine, folder: Path) -> None:
    from enterprises.dictionary import bundled
    from enterprises.snapshots import refresh

    refresh(engine, folder, bundled())


def _is_loaded(engine: Engine, wanted: int) -> bool:
    """Whether so many made-up enterprises are stored. A load that was broken off left fewer: it stores in order."""
    from sqlmodel import col, func, select

    from enterprises.database import reading
    from enterprises.samples import CODE_PREFIX
    from enterprises.tables import EnterpriseRow

    made_up = func.substr(col(EnterpriseRow.credit_code), 9, len(CODE_PREFIX)) == CODE_PREFIX
    some = select(EnterpriseRow.id).where(made_up).limit(wanted).subquery()
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(some)).one() == wanted


def _load(engine: Engine, population: int) -> None:
    """Store so many enterprises of the sample population; what is there already stays as it is."""
    from enterprises.database import writing
    from enterprises.dictionary import bundled
    from enterprises.sample_population import statements
    from enterprises.tables import record

    said = statements(population, _SEED, bundled())
    while batch := _next(said):
        with writing(engine) as session:
            record(session, batch, bundled())


def _next(said: Iterator[Statement]) -> list[Statement]:
    return list(islice(said, _BATCH))
