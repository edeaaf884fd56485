"""The snapshot (企业库快照) of the database that officials' work rests on: simulations, campaigns, lists of candidates.

A folder holds one population for each revision of the database that was asked for, the newest of which counts. Making
one takes minutes for millions of enterprises, so it is made beside the old one and counts once it is whole; older ones
stay for what still works on them.

Importing this module loads pyarrow: import it where it is used.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from enterprises.database import reading
from enterprises.dictionary import Dictionary
from enterprises.population import MANIFEST, Population, PopulationWriter, table_of
from enterprises.profiles import Profile
from enterprises.samples import CODE_PREFIX
from enterprises.tables import EnterpriseRow, last_revision, stream_profiles

KEPT = 3
"""So many snapshots are kept, the newest ones."""

_BATCH = 1000
_NAME = "revision-"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A population and the revision of the database that it shows; what has changed since has a later one."""

    population: Population
    revision: int


def newest(folder: Path, dictionary: Dictionary) -> Snapshot | None:
    """The snapshot that counts; ``None`` where there is none yet. Raises ``DamagedPopulation``."""
    found = max(_revisions(folder), default=None)
    return None if found is None else of_revision(folder, found, dictionary)


def of_revision(folder: Path, revision: int, dictionary: Dictionary) -> Snapshot:
    """One certain snapshot, as long as it is kept. Raises ``DamagedPopulation``."""
    return Snapshot(Population.open(_place(folder, revision), dictionary), revision)


def refresh(
    engine: Engine, folder: Path, dictionary: Dictionary, done: Callable[[int], object] = lambda _rows: None
) -> Snapshot | None:
    """The snapshot of the database as it is now, made anew where anything has changed.

    ``None`` where no enterprise is stored. ``done`` is told how many more are written. Raises ``OSError`` where the
    folder cannot be written.
    """
    with reading(engine) as session:
        revision = last_revision(session)
        if revision == 0:
            return None
        if revision not in _revisions(folder):
            _write(session, folder, revision, dictionary, done)
    for old in sorted(_revisions(folder))[:-KEPT]:
        shutil.rmtree(_place(folder, old))
    return of_revision(folder, revision, dictionary)


def _write(
    session: Session, folder: Path, revision: int, dictionary: Dictionary, done: Callable[[int], object]
) -> None:
    """Beside where it will be, so that what broke off, or what another process writes, is never taken for whole."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{uuid4().hex}"
    try:
        with PopulationWriter(draft, made_up=_made_up(session)) as writer:
            for batch in _batches(stream_profiles(session, dictionary)):
                writer.write(table_of(batch, dictionary))
                done(len(batch))
        try:
            draft.rename(_place(folder, revision))
        except OSError:
            if revision not in _revisions(folder):  # else another process was first
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _made_up(session: Session) -> bool:
    """Whether all enterprises that are stored are made up."""
    of_samples = func.substr(col(EnterpriseRow.credit_code), 9, len(CODE_PREFIX)) == CODE_PREFIX
    return session.exec(select(EnterpriseRow.credit_code).where(~of_samples).limit(1)).first() is None


def _place(folder: Path, revision: int) -> Path:
    return folder / f"{_NAME}{revision}"


def _revisions(folder: Path) -> set[int]:
    found = (path.parent.name.removeprefix(_NAME) for path in folder.glob(f"{_NAME}*/{MANIFEST}"))
    return {int(name) for name in found if name.isdecimal()}


def _batches(profiles: Iterable[Profile]) -> Iterator[list[Profile]]:
    left = iter(profiles)
    while batch := list(islice(left, _BATCH)):
        yield batch
