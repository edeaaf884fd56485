"""Comparing (数据比对): who is due a round's item, and who may be but lacks something.

The columnar batch over a snapshot says whom to look at; what is decided, is decided by the exact explanation of each on
what the database says of it now. It goes on in portions, each in a transaction with its place in the snapshot: memory
is bounded, what broke off goes on, and what is done is not done again.

Importing this module loads numpy and pyarrow: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy import update
from sqlmodel import Session, col, select

from enterprises.dictionary import bundled
from enterprises.population import DamagedPopulation, Population
from enterprises.sealing import Seal
from enterprises.snapshots import Snapshot, newest, of_revision
from policies.items import Item
from recommender.batch import Offers, find, frame_of
from recommender.grants.deeds import By
from recommender.grants.states import Refused
from recommender.payments.advancing import advance
from recommender.payments.judging import is_stated, load_current, may_lie_in
from recommender.payments.listing import judge, stated_rows
from recommender.payments.round_deeds import forget_list
from recommender.payments.round_states import RoundDeed, RoundNotNow, RoundState
from recommender.payments.rounds import Round, load_round
from recommender.payments.tables import CandidateRow, RoundRow, StatedRow

_CHUNK = 200
"""So many enterprises are read at a time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a comparison has come, in rows of the snapshot; ``done``: the list is complete."""

    position: int
    rows: int
    done: bool


class NoSnapshot(Refused):
    """There is no snapshot to compare over."""

    def __init__(self) -> None:
        super().__init__("还没有企业库快照，请先生成快照")


def compare(session: Session, round_id: str, folder: Path, by: By, seal: Seal, most: int = 500) -> Progress:
    """Look at the next enterprises, about ``most``; when all have been, the round is listed. The caller commits.

    ``folder``: of the snapshots. Begins anew where the day has changed or the snapshot is gone, since all are judged on
    one day. Raises ``NoSnapshot``, ``RoundNotNow``, and ``Refused`` where the item is not open on the day.
    """
    session.exec(select(RoundRow.id).where(RoundRow.id == round_id).with_for_update()).all()
    round_ = load_round(session, round_id, seal)
    if round_.state is not RoundState.DRAFT:
        raise RoundNotNow(RoundDeed.LIST, round_.state)
    item = load_current(session, round_.item_id, round_.item_version)
    _check_item(round_, item, by)
    round_, snapshot = _begun(session, round_, folder, by)
    stated = stated_rows(session, round_id)
    offers = Offers.of((item,), by.on, bundled())
    place, left = round_.position, most
    for part_rows, end in _wanted(snapshot.population, offers, round_.region, place):
        some = part_rows[:left]
        for start in range(0, len(some), _CHUNK):
            judge(session, round_, item, dict(some[start : start + _CHUNK]), stated, by)
        left -= len(some)
        place = end if len(some) == len(part_rows) else some[-1][1] + 1
        if left <= 0:
            break
    rows = snapshot.population.rows
    if place >= rows:
        for codes in _chunks(_unseen(session, round_id, stated)):
            judge(session, round_, item, dict.fromkeys(codes, rows), stated, by)
    session.connection().execute(update(RoundRow).where(col(RoundRow.id) == round_id).values(position=place))
    if place >= rows:
        advance(session, round_id, RoundDeed.LIST, by, seal)
    return Progress(place, rows, place >= rows)


def _check_item(round_: Round, item: Item, by: By) -> None:
    if not item.window.state(by.on).is_open:
        raise Refused(f"“{item.title}”在 {by.on.isoformat()} 不在有效期内")
    if is_stated(item) and round_.stated_digest is None:
        raise Refused(f"“{item.title}”的金额由别的规定确定，请先载入核定金额清单")
    if not is_stated(item) and round_.stated_digest is not None:
        raise Refused(f"“{item.title}”的金额由政策的公式算出，不能用核定金额清单")


def _begun(session: Session, round_: Round, folder: Path, by: By) -> tuple[Round, Snapshot]:
    """The round with its snapshot: the one that it was begun over, if it is still there and still that day."""
    if round_.snapshot is not None and round_.judged_on == by.on:
        try:
            return round_, of_revision(folder, round_.snapshot, bundled())
        except DamagedPopulation:
            pass
    snapshot = newest(folder, bundled())
    if snapshot is None:
        raise NoSnapshot
    forget_list(session, round_.id)
    fresh = {"snapshot": snapshot.revision, "rows": snapshot.population.rows, "judged_on": by.on}
    session.connection().execute(update(RoundRow).where(col(RoundRow.id) == round_.id).values(**fresh))
    return replace(round_, snapshot=snapshot.revision, rows=snapshot.population.rows, position=0), snapshot


def _wanted(
    population: Population, offers: Offers, region: str, place: int
) -> Iterator[tuple[list[tuple[str, int]], int]]:
    """Of each part from ``place`` on whoever is or may be eligible in the region, with their rows; and its end."""
    for part in population.parts:
        end = part.start + part.rows
        if end <= place:
            continue
        (found,) = find(offers, frame_of(population, part, offers), undetermined=True)
        rows = np.sort(found.rows[found.rows >= place - part.start])
        table = population.read(part, ["credit_code", "region"]).take(rows)
        regions = table.column("region").to_pylist() if "region" in table.column_names else [None] * len(rows)
        codes = zip(table.column("credit_code").to_pylist(), rows.tolist(), regions, strict=True)
        yield [(code, part.start + row) for code, row, seen in codes if may_lie_in(seen, region)], end


def _unseen(session: Session, round_id: str, stated: Mapping[str, StatedRow]) -> list[str]:
    """Who is in the list of stated amounts and was not among those who are or may be eligible."""
    seen = set(session.exec(select(CandidateRow.credit_code).where(CandidateRow.round_id == round_id)))
    return [code for code in stated if code not in seen]


def _chunks(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), _CHUNK):
        yield codes[start : start + _CHUNK]
