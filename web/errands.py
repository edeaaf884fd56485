"""Sending a process of its own on an errand of the console, so that no page waits and the server stays small.

``python -m web.errands <name> <attempt>`` does one that was begun (``enterprises.errands``). What the errands are,
stands in ``ERRANDS``.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from web.folders import files_folder, snapshots_folder
from web.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from enterprises.errands import Progress

SNAPSHOT = "snapshot"
SIMULATION = "simulation-"
"""Before a simulation's id."""

MATCHING = "matching-"
"""Before the day, as 2024-06-30, that all items are matched on."""

CORRECTION = "correction-"
"""Before a correction's id."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """What errands work on: the database, and the folder of officials' files."""

    engine: Engine
    files: Path


Doing = Callable[[Place, str, "Progress"], "Callable[[Session], object]"]
"""Does an errand of a name, and gives back what stores the result."""


def send(settings: Settings, name: str, attempt: int) -> None:
    """Have an errand that was begun done; what becomes of it stands in its row."""
    Thread(target=_watch, args=(settings, name, attempt), name=f"errand {name}", daemon=True).start()


def _watch(settings: Settings, name: str, attempt: int) -> None:
    environment = {**os.environ, "HUIQI_FILES": str(settings.files)}
    if settings.database_url is not None:
        environment["DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-m", "web.errands", name, str(attempt)]
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 -- our own program
    if ended.returncode:
        _log.error("errand %s ended with %s", name, ended.returncode)


def do(url: str | None, files: Path, name: str, attempt: int) -> None:
    """Do an errand that was begun; ``url`` as ``enterprises.database.connect`` takes it. Raises what it does."""
    from enterprises.calendar import system_clock
    from enterprises.database import connect
    from enterprises.errands import perform

    engine = connect(url)
    try:
        place = Place(engine, files)
        perform(engine, name, attempt, lambda progress: doing(name)(place, name, progress), system_clock)
    finally:
        engine.dispose()


def doing(name: str) -> Doing:
    """What is to be done. Raises ``LookupError``."""
    return next(do for beginning, do in ERRANDS.items() if name.startswith(beginning))


# ----------------------------------------------------------- what there is to do


def _refresh_snapshot(place: Place, _name: str, progress: Progress) -> Callable[[Session], object]:
    from enterprises.dictionary import bundled
    from enterprises.errands import Failed
    from enterprises.snapshots import refresh

    try:
        made = refresh(place.engine, snapshots_folder(place.files), bundled(), progress)
    except OSError as error:
        raise Failed(f"快照写不进文件夹（{error.strerror}）。请联系系统管理员检查磁盘和权限") from None
    if made is None:
        raise Failed("数据库里还没有企业，没有可以做快照的。请先导入企业数据")
    return lambda _session: None


def _simulate(place: Place, name: str, progress: Progress) -> Callable[[Session], object]:
    import zlib

    from enterprises.calendar import system_clock
    from enterprises.dictionary import bundled
    from recommender.simulation.kept import store_result
    from recommender.simulation.making import make
    from web.printed.simulation_page import simulation_page

    simulation_id = name.removeprefix(SIMULATION)
    made = make(place.engine, simulation_id, snapshots_folder(place.files), bundled(), progress)
    printed = zlib.compress(simulation_page(made.simulation, made.curves, ("city", "county", "section")).encode(), 6)
    return lambda session: store_result(session, simulation_id, made.text, printed, system_clock())


def _match(place: Place, name: str, progress: Progress) -> Callable[[Session], object]:
    from datetime import date

    from enterprises.calendar import system_clock
    from enterprises.database import reading
    from enterprises.dictionary import bundled
    from enterprises.errands import Failed
    from enterprises.population import DamagedPopulation
    from enterprises.snapshots import newest
    from policies.tables import load_library
    from recommender.reports.matching import match_all, store_matching

    with reading(place.engine) as session:
        items = load_library(session, bundled()).published
    try:
        snapshot = newest(snapshots_folder(place.files), bundled())
        if snapshot is None:
            raise Failed("还没有企业库快照，请先生成快照")
        on = date.fromisoformat(name.removeprefix(MATCHING))
        matching = match_all(snapshot, items, on, bundled(), progress)
    except DamagedPopulation as error:
        raise Failed(str(error)) from None
    return lambda session: store_matching(session, matching, system_clock())


def _correct(place: Place, name: str, progress: Progress) -> Callable[[Session], object]:
    from enterprises.calendar import system_clock
    from enterprises.dictionary import bundled
    from recommender.corrections.corrections import store
    from recommender.corrections.making import make

    correction_id = name.removeprefix(CORRECTION)
    found = make(place.engine, correction_id, snapshots_folder(place.files), bundled(), progress)
    return lambda session: store(session, correction_id, found, system_clock())


ERRANDS: Mapping[str, Doing] = {
    SNAPSHOT: _refresh_snapshot,
    SIMULATION: _simulate,
    MATCHING: _match,
    CORRECTION: _correct,
}
"""By how their names begin."""

if __name__ == "__main__":
    do(None, files_folder(), sys.argv[1], int(sys.argv[2]))
