"""Making a simulation that was asked for: from the stored content and the snapshot that it names.

Importing this module loads numpy and pyarrow: it is for a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from enterprises.database import reading
from enterprises.dictionary import Dictionary
from enterprises.errands import Failed, Progress
from enterprises.population import DamagedPopulation, Population
from enterprises.snapshots import of_revision
from enterprises.source_text import Problem, from_plain
from policies.items import Item, read_document, read_item
from policies.library import Library
from policies.tables import load_item, load_library
from recommender.simulation.as_json import to_plain
from recommender.simulation.curves import Curve
from recommender.simulation.levers import levers
from recommender.simulation.reach import Simulation, simulate
from recommender.simulation.settling import Missing, missing_facts
from recommender.simulation.tables import SimulationRow


@dataclass(frozen=True)
class Made:
    """A simulation with the curves of all its levers, and what is missing of the undetermined."""

    simulation: Simulation
    curves: tuple[Curve, ...]
    missing: Sequence[Missing]

    @property
    def text(self) -> str:
        """As ``recommender.simulation.as_json`` has it, with ``missing``: a list of ``name``, ``label``,
        ``enterprises`` and ``alone``."""
        plain = to_plain(self.simulation, self.curves) | {"missing": [asdict(each) for each in self.missing]}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def make(engine: Engine, simulation_id: str, snapshots: Path, dictionary: Dictionary, done: Progress) -> Made:
    """Look at every enterprise. Raises ``Failed``, and ``LookupError`` where nobody asked for it."""
    with reading(engine) as session:
        row = session.get(SimulationRow, simulation_id)
        if row is None:
            raise LookupError(simulation_id)
        item = _item(row, dictionary)
        library = load_library(session, dictionary)
        before = None if row.before_version is None else load_item(session, row.item_id, row.before_version, dictionary)
        on, revision, digest = row.as_of, row.revision, row.population_digest
    population = _population(snapshots, revision, digest, dictionary)
    try:
        return _look_at(population, item, before, library, on, done)
    except OverflowError:
        raise Failed("金额或比例大得无法精确计算，请核对事项的数字和企业库里的数据") from None
    except DamagedPopulation as error:
        raise Failed(str(error)) from None


def _look_at(
    population: Population, item: Item, before: Item | None, library: Library, on: date, done: Progress
) -> Made:
    dictionary = library.dictionary
    found = simulate(population, item, on, library=library, before=before, levers=levers(item, dictionary), done=done)
    curves = tuple(found.warm.curve(lever) for lever in found.warm.levers)
    return Made(found, curves, missing_facts(population, item, on, dictionary))


def _item(row: SimulationRow, dictionary: Dictionary) -> Item:
    place = f"{row.item_id}（第 {row.item_version} 版）"
    try:
        document = read_document(from_plain(json.loads(row.document), place))
        return read_item(from_plain(json.loads(row.content), place), document, dictionary)
    except Problem as problem:
        raise Failed(f"事项的内容读不出来：{problem}") from None


def _population(snapshots: Path, revision: int, digest: str, dictionary: Dictionary) -> Population:
    try:
        found = of_revision(snapshots, revision, dictionary).population
    except DamagedPopulation:
        raise Failed("仿真要用的企业库快照已经换了新的，请按新的快照重新开始") from None
    if found.digest != digest:
        raise Failed("仿真要用的企业库快照已经换了新的，请按新的快照重新开始")
    return found
