"""应兑未兑: who should have got money and has not, and what it waits for, by item, department and region.

Functions that read the database import its tables where they need them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from recommender.grants.states import Consent, State

if TYPE_CHECKING:
    from sqlmodel import Session

    from enterprises.population import Population
    from policies.items import Item


class Why(StrEnum):
    """What money waits for. The last three are for the enterprise to mend, the others for offices."""

    NOT_COMPARED = "not-compared"
    NOT_NOMINATED = "not-nominated"
    CHECK = "check"
    BUDGET = "budget"
    CHANGED = "changed"
    NOTICE = "notice"
    PAYMENT = "payment"
    BANK = "bank"
    CONSENT = "consent"
    ACCOUNT = "account"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Why.NOT_COMPARED: "符合条件，还没有列入任何批次",
    Why.NOT_NOMINATED: "已列入名单，还没有提交核对",
    Why.CHECK: "等部门核对",
    Why.BUDGET: "预算不足",
    Why.CHANGED: "核对后情况有变，等部门处理",
    Why.NOTICE: "公示中",
    Why.PAYMENT: "等付款",
    Why.BANK: "已送银行",
    Why.CONSENT: "等企业确认",
    Why.ACCOUNT: "缺收款账户",
    Why.RETURNED: "银行退回，等更换账户",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One payment that has not arrived, in 分."""

    item_id: str
    department: str
    region: str
    credit_code: str
    why: Why
    amount: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """How many wait for the same, and what it comes to in 分."""

    item_id: str
    department: str
    region: str
    why: Why
    count: int
    amount: int


def outstanding(
    session: Session, on: date, *, region: str | None = None, department: str | None = None
) -> tuple[Outstanding, ...]:
    """What is outstanding on a day, added up; of a region with all that lies in it, of a department."""
    counts: Counter[tuple[str, str, str, Why]] = Counter()
    amounts: Counter[tuple[str, str, str, Why]] = Counter()
    for one in waiting(session, on, region=region, department=department):
        key = (one.item_id, one.department, one.region, one.why)
        counts[key] += 1
        amounts[key] += one.amount
    order = list(Why)
    keys = sorted(counts, key=lambda key: (*key[:3], order.index(key[3])))
    return tuple(Outstanding(*key, counts[key], amounts[key]) for key in keys)


def waiting(
    session: Session, on: date, *, region: str | None = None, department: str | None = None
) -> Iterator[Waiting]:
    """Everything that is outstanding on a day, one by one."""
    from recommender.payments.judging import may_lie_in

    for one in (*_listed(session), *_granted(session, on)):
        here = region is None or may_lie_in(one.region, region)
        if here and (department is None or one.department == department):
            yield one


def _listed(session: Session) -> Iterator[Waiting]:
    """Who is due in a list that has made no grant of it, or was left out for want of money."""
    from sqlalchemy import select
    from sqlmodel import col

    from recommender.payments.round_states import RoundState
    from recommender.payments.standings import Standing
    from recommender.payments.tables import CandidateRow, RoundRow

    standing = col(CandidateRow.standing)
    wanted = (
        select(
            *(col(RoundRow.item_id), col(RoundRow.department), col(CandidateRow.region)),
            *(col(CandidateRow.credit_code), standing, col(CandidateRow.due), col(RoundRow.state)),
        )
        .join(RoundRow, col(RoundRow.id) == col(CandidateRow.round_id))
        .where(col(CandidateRow.grant_id).is_(None), col(RoundRow.state) != RoundState.CANCELLED.value)
        .where(standing.in_((Standing.DUE.value, Standing.SHORT.value)))
        .order_by(col(RoundRow.made_at), col(CandidateRow.credit_code))
    )
    early = (RoundState.DRAFT.value, RoundState.LISTED.value)
    for item_id, department, region, code, stands, due, state in session.execute(wanted):
        why = Why.BUDGET if stands == Standing.SHORT else Why.NOT_NOMINATED if state in early else Why.CHECK
        yield Waiting(item_id, department, region, code, why, due)


def _granted(session: Session, on: date) -> Iterator[Waiting]:
    """Grants that are neither paid nor over."""
    from sqlalchemy import select
    from sqlmodel import col

    from enterprises.tables import EnterpriseRow
    from recommender.grants.tables import GrantRow
    from recommender.payments.bookings import department_of
    from recommender.payments.standings import Standing
    from recommender.payments.tables import CandidateRow, RoundRow

    open_states = [state.value for state in (*_WAITING, State.OFFERED, State.ACCEPTED)]
    wanted = (
        select(GrantRow, col(EnterpriseRow.region), col(RoundRow.department), col(CandidateRow.standing))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.credit_code) == col(GrantRow.credit_code))
        .outerjoin(CandidateRow, col(CandidateRow.grant_id) == col(GrantRow.id))
        .outerjoin(RoundRow, col(RoundRow.id) == col(CandidateRow.round_id))
        .where(col(GrantRow.state).in_(open_states))
        .order_by(col(GrantRow.created_at), col(GrantRow.id))
    )
    for grant, region, department, standing in session.execute(wanted):
        changed = standing not in (None, Standing.DUE.value)
        why = _why(grant.state, grant.consent, grant.confirm_by, grant.account is not None, on)
        if why is None:
            continue
        office = department if department is not None else department_of(session, grant)
        blocked = changed and why in (Why.CHECK, Why.NOTICE)
        yield Waiting(
            *(grant.item_id, office, region or "", grant.credit_code, Why.CHANGED if blocked else why, grant.amount)
        )


_WAITING = {
    State.CANDIDATE: Why.CHECK,
    State.CHECKED: Why.CHECK,
    State.NOTICED: Why.NOTICE,
    State.PAYING: Why.BANK,
    State.RETURNED: Why.RETURNED,
}


def _why(state: str, consent: str, confirm_by: date | None, has_account: bool, on: date) -> Why | None:
    """What a grant waits for on a day; ``None`` where it is over by then."""
    now = State(state)
    if now is State.OFFERED and confirm_by is not None and confirm_by < on:
        if consent == Consent.EXPLICIT:
            return None
        now = State.ACCEPTED
    if now is State.OFFERED:
        return Why.CONSENT
    if now is State.ACCEPTED:
        return Why.PAYMENT if has_account else Why.ACCOUNT
    return _WAITING[now]


def not_compared(session: Session, population: Population, items: Sequence[Item], on: date) -> Iterator[Outstanding]:
    """Who is eligible by a snapshot for what needs no application and is in no round and has no grant of it, ever.

    By item and region; amounts at their least, 0 where another rule sets them. What an enterprise typed makes it
    eligible here too: only a round looks at what facts are from. Loads numpy and pyarrow.
    """
    import numpy as np

    from enterprises.dictionary import bundled
    from policies.items import Delivery
    from recommender.batch import Offers, find, frame_of

    offers = Offers.of([item for item in items if item.delivery is Delivery.NO_APPLICATION], on, bundled())
    by_id = {item.id: item for item in items}
    known = {offer.id: _known(session, offer.id) for offer in offers.offers}
    counts: Counter[tuple[str, str]] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    for part in population.parts if offers.offers else ():
        table = population.read(part, ["credit_code", "region"])
        for offer, found in zip(
            offers.offers, find(offers, frame_of(population, part, offers), undetermined=False), strict=True
        ):
            here = table.take(np.asarray(found.rows))
            regions: Iterable[str | None] = (
                here.column("region").to_pylist() if "region" in here.column_names else [None] * here.num_rows
            )
            lows = np.where(found.worth.priced, found.worth.low, 0).tolist()
            for code, region, low in zip(here.column("credit_code").to_pylist(), regions, lows, strict=True):
                if code not in known[offer.id]:
                    counts[offer.id, region or ""] += 1
                    amounts[offer.id, region or ""] += low
    for (item_id, region), count in sorted(counts.items()):
        department = next(iter(by_id[item_id].departments), "")
        yield Outstanding(item_id, department, region, Why.NOT_COMPARED, count, amounts[item_id, region])


def _known(session: Session, item_id: str) -> frozenset[str]:
    """Who has a grant of an item, or stands in a round of it."""
    from sqlmodel import col, select

    from recommender.grants.tables import GrantRow
    from recommender.payments.tables import CandidateRow, RoundRow

    granted = session.exec(select(GrantRow.credit_code).where(GrantRow.item_id == item_id))
    listed = session.exec(
        select(CandidateRow.credit_code)
        .join(RoundRow, col(RoundRow.id) == col(CandidateRow.round_id))
        .where(RoundRow.item_id == item_id, RoundRow.state != "cancelled")
    )
    return frozenset((*granted, *listed))
