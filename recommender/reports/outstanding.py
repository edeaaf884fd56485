"""应兑未兑: who is eligible for a support without application and has not got it, as things stand now.

Who is eligible comes from the newest matching, what has happened since from the grants. An enterprise that declined, or
whose grant was withdrawn for a reason or recovered, is due nothing.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from enterprises.tables import EnterpriseRow
from recommender.grants.states import State
from recommender.grants.tables import GrantRow
from recommender.reports.gathering import newest_matching
from recommender.reports.implementation import Covers
from recommender.reports.subjects import Subject, subjects
from recommender.reports.tables import EntitledRow


class Why(StrEnum):
    """What stands between the enterprise and its money."""

    NOT_LISTED = "not_listed"
    UNDER_CHECK = "under_check"
    ASKED = "asked"
    LAPSED = "lapsed"
    READY = "ready"
    PAYING = "paying"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Why.NOT_LISTED: "还没有列为候选",
    Why.UNDER_CHECK: "核对或公示中",
    Why.ASKED: "等企业确认",
    Why.LAPSED: "企业逾期没有确认",
    Why.READY: "已确认，没有送银行",
    Why.PAYING: "银行付款中",
    Why.RETURNED: "银行退回，没有重付",
}

_WHY = {
    **dict.fromkeys((State.CANDIDATE, State.CHECKED, State.NOTICED), Why.UNDER_CHECK),
    **{State.OFFERED: Why.ASKED, State.LAPSED: Why.LAPSED, State.ACCEPTED: Why.READY},
    **{State.PAYING: Why.PAYING, State.RETURNED: Why.RETURNED},
}
"""Of a grant in any other state nothing is outstanding."""


@dataclass(frozen=True, slots=True)
class Due:
    """An enterprise that is due a grant. Amounts in 分: of the grant where there is one, else by the item's formula;
    ``None``: others set it, or nothing bounds it."""

    subject: Subject
    credit_code: str
    name: str | None
    region: str
    why: Why
    grant_id: str | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Who is due what, as of the day of the matching."""

    on: date
    made_up: bool
    dues: tuple[Due, ...]

    @property
    def by_department(self) -> tuple[tuple[str, str, Mapping[Why, int]], ...]:
        """By department and item how many, and why. An item of several departments is with the first, which leads."""
        counts: dict[tuple[str, str], dict[Why, int]] = defaultdict(lambda: dict.fromkeys(Why, 0))
        for due in self.dues:
            counts[lead(due.subject), due.subject.title][due.why] += 1
        return tuple((department, title, counts[department, title]) for department, title in sorted(counts))


def lead(subject: Subject) -> str:
    """The department that leads in an item."""
    return subject.departments[0] if subject.departments else ""


def outstanding(session: Session, covers: Covers = lambda _region, _departments: True) -> Outstanding | None:
    """Who is due what, as far as it may be shown, by item and credit code; ``None`` where nobody was matched yet."""
    matching = newest_matching(session)
    if matching is None or matching.id is None:
        return None
    known = subjects(session)
    dues = tuple(
        due
        for due in _dues(session, matching.id, known)
        if covers(due.region[:6] or due.subject.region, due.subject.departments)
    )
    return Outstanding(matching.as_of, matching.made_up, dues)


def _dues(session: Session, matching_id: int, known: Mapping[str, Subject]) -> Iterator[Due]:
    rows = session.execute(
        select(
            *(col(EntitledRow.item_id), col(EntitledRow.credit_code), col(EntitledRow.region)),
            *(col(EntitledRow.amount_low), col(EntitledRow.amount_high), col(EnterpriseRow.name)),
            *(col(GrantRow.id), col(GrantRow.state), col(GrantRow.amount)),
        )
        .select_from(EntitledRow)
        .outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == col(EntitledRow.credit_code))
        .outerjoin(
            GrantRow,
            (col(GrantRow.item_id) == col(EntitledRow.item_id))
            & (col(GrantRow.credit_code) == col(EntitledRow.credit_code)),
        )
        .where(col(EntitledRow.matching_id) == matching_id)
        .order_by(col(EntitledRow.item_id), col(EntitledRow.credit_code), col(GrantRow.created_at), col(GrantRow.id))
    )
    for (item_id, _), some in groupby(rows, itemgetter(0, 1)):
        due = _due(known[item_id], list(some))
        if due is not None:
            yield due


def _due(subject: Subject, rows: Sequence[Any]) -> Due | None:
    """What is left of an enterprise and an item by the last of its grants; nothing where that one is settled."""
    _, credit_code, region, low, high, name, grant_id, state, amount = rows[-1]
    why = Why.NOT_LISTED if state is None else _WHY.get(State(state))
    if why is None:
        return None
    low, high = (low, high) if grant_id is None else (amount, amount)
    return Due(subject, credit_code, name, region, why, grant_id, low, high)


def least(dues: Iterable[Due]) -> int:
    """What they come to at least, in 分; what others set is not in it."""
    return sum(due.low or 0 for due in dues)
