"""Making a comparison that was asked for: from the stored versions and the snapshot that it names.

Importing this module loads numpy and pyarrow: it is for a process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from enterprises.database import reading
from enterprises.dictionary import Dictionary
from enterprises.errands import Failed, Progress
from enterprises.population import DamagedPopulation
from enterprises.snapshots import of_revision
from policies.tables import load_item
from recommender.corrections.comparing import compare
from recommender.corrections.corrections import load_correction
from recommender.corrections.judged import Misjudged


def make(
    engine: Engine, correction_id: str, snapshots: Path, dictionary: Dictionary, done: Progress
) -> Sequence[Misjudged]:
    """Everybody who was misjudged. Raises ``Failed``, and ``LookupError`` where nobody asked for it."""
    with reading(engine) as session:
        asked = load_correction(session, correction_id)
        if asked is None:
            raise LookupError(correction_id)
        before = load_item(session, asked.item_id, asked.old_version, dictionary)
        after = load_item(session, asked.item_id, asked.new_version, dictionary)
    try:
        population = of_revision(snapshots, asked.revision, dictionary).population
        return list(compare(before, after, population, asked.on, dictionary, done))
    except OverflowError:
        raise Failed("金额大得无法精确计算，请核对事项的数字和企业库里的数据") from None
    except (DamagedPopulation, FileNotFoundError):
        raise Failed("比较用的企业库快照已经不在了。请用现在的快照重新比较") from None
