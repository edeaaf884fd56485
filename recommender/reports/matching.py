"""Whom the items of the library reach: a pass over the snapshot, kept as counts by item and county, and, of items
without application, as a list.

Importing this module loads numpy and pyarrow: it is for a process of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.errands import Progress
from enterprises.population import Part, Population
from enterprises.snapshots import Snapshot
from policies.items import Delivery, Item
from recommender.batch import Offers, each_part, matches
from recommender.columnar.decision import decide
from recommender.columnar.frame import Frame
from recommender.reports.tables import EntitledRow, MatchingCountRow, MatchingRow

KEPT = 3
"""So many matchings are kept, the newest ones."""

WORKERS = 2
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Entitled:
    """An enterprise that is eligible for an item without application; amounts in 分, ``None``: others set them, or
    nothing bounds them."""

    item_id: str
    credit_code: str
    region: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Matching:
    """By item and region how many are eligible and undetermined; and who is entitled without applying."""

    on: date
    snapshot: Snapshot
    counts: Counter[tuple[str, str, bool]]
    entitled: Sequence[Entitled]


def match_all(
    snapshot: Snapshot, items: Sequence[Item], on: date, dictionary: Dictionary, done: Progress = lambda _: None
) -> Matching:
    """Look at every enterprise for the items that are open on the day. Raises ``DamagedPopulation``."""
    offers = Offers.of(items, on, dictionary)
    unasked = Offers.of((item for item in items if item.delivery is Delivery.NO_APPLICATION), on, dictionary)

    def look_at(part: Part) -> tuple[Counter[tuple[str, str, bool]], list[Entitled]]:
        frame = Frame.of_part(snapshot.population, part, offers.facts | {"credit_code", "region"})
        found = _counts(offers, frame), list(_entitled(unasked, frame))
        done(part.rows)
        return found

    counts: Counter[tuple[str, str, bool]] = Counter()
    entitled: list[Entitled] = []
    for some, listed in each_part(look_at, snapshot.population.parts, WORKERS):
        counts += some
        entitled += listed
    return Matching(on, snapshot, counts, entitled)


def _counts(offers: Offers, frame: Frame) -> Counter[tuple[str, str, bool]]:
    """By item, region, and whether they are eligible or only may be."""
    decision = decide(offers.program, frame, keep=True)
    places, regions = _regions(frame)
    found: Counter[tuple[str, str, bool]] = Counter()
    for number, offer in enumerate(offers.offers):
        if not decision.counts[number].any():
            continue
        rows, eligible = decision.rows_of(number)
        for sure in (True, False):
            many = np.bincount(places[rows[eligible == sure]], minlength=len(regions))
            found.update({(offer.id, regions[place], sure): int(many[place]) for place in np.flatnonzero(many)})
    return found


def _entitled(unasked: Offers, frame: Frame) -> Iterator[Entitled]:
    places, regions = _regions(frame)
    codes = frame.texts("credit_code").to_pylist()
    by_code = {code: regions[place] for code, place in zip(codes, places.tolist(), strict=True)}
    for table, _ in matches(unasked, frame, undetermined=False):
        for row in table.to_pylist():
            code = row["enterprise"]
            yield Entitled(row["item"], code, by_code[code], row["amount_low"], row["amount_high"])


def _regions(frame: Frame) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[str]]:
    """By row the place of its region in the list; the empty one stands for those of whom it is not known."""
    codes = frame.codes("region")
    if codes is None:
        return np.zeros(frame.rows, np.int64), [""]
    return codes.indices.astype(np.int64) + 1, ["", *(str(cell) for cell in codes.cells)]


def store_matching(session: Session, matching: Matching, moment: datetime) -> int:
    """Keep a matching, and only so many older ones; its number. The caller commits."""
    population: Population = matching.snapshot.population
    row = MatchingRow(
        as_of=matching.on,
        revision=matching.snapshot.revision,
        population_digest=population.digest,
        rows=population.rows,
        made_up=population.made_up,
        made_at=moment,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    cells = dict.fromkeys((item, region) for item, region, _ in matching.counts)
    _add(
        session,
        MatchingCountRow,
        (
            {
                "matching_id": row.id,
                "item_id": item,
                "region": region,
                "eligible": matching.counts[item, region, True],
                "undetermined": matching.counts[item, region, False],
            }
            for item, region in cells
        ),
    )
    _add(
        session,
        EntitledRow,
        (
            {
                "matching_id": row.id,
                "item_id": each.item_id,
                "credit_code": each.credit_code,
                "region": each.region,
                "amount_low": each.low,
                "amount_high": each.high,
            }
            for each in matching.entitled
        ),
    )
    _forget_old(session)
    return row.id


def _add(session: Session, table: type[MatchingCountRow | EntitledRow], rows: Iterator[dict[str, object]]) -> None:
    while some := [row for row, _ in zip(rows, range(_CHUNK), strict=False)]:
        session.execute(insert(table), some)


def _forget_old(session: Session) -> None:
    newest = session.exec(select(MatchingRow.id).order_by(col(MatchingRow.id).desc()).offset(KEPT)).all()
    for table, column in (
        (MatchingCountRow, MatchingCountRow.matching_id),
        (EntitledRow, EntitledRow.matching_id),
        (MatchingRow, MatchingRow.id),
    ):
        session.execute(delete(table).where(col(column).in_(newest)))
