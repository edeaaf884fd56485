"""What a deed with a grant means for the ledger: whatever way it was done, money that moved is booked with it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from enterprises.sealing import Seal
from enterprises.tables import EnterpriseRow
from policies.tables import ItemVersionRow
from recommender.grants.grants import Grant
from recommender.grants.states import Deed, Refused
from recommender.payments.ledger import About, LedgerKind, add, net
from recommender.payments.tables import CandidateRow, LineRow, RecoveryRow, RoundRow

if TYPE_CHECKING:
    from recommender.grants.deeds import By

_BY_THE_BANK = (Deed.PAY, Deed.SETTLE, Deed.RETURN)
_UNKNOWN = ""


def check_within(session: Session, grant_id: str, deed: Deed, within: str | None) -> None:
    """What stands in a payment batch goes to the bank and comes from it by its line alone, and what is being
    recovered is so by its demand. Raises ``Refused``."""
    if deed in _BY_THE_BANK:
        line = select(LineRow.reference).where(LineRow.grant_id == grant_id, LineRow.state == "open")
        standing = session.exec(line).one_or_none()
        if standing is not None and standing != within:
            raise Refused(f"这一笔在付款批次里（付款编号 {standing}），请在批次里办理")
    if deed is Deed.RECOVER:
        open_states = col(RecoveryRow.state).in_(("proposed", "demanded"))
        demand = select(RecoveryRow.id).where(RecoveryRow.grant_id == grant_id, open_states)
        standing = session.exec(demand).one_or_none()
        if standing is not None and standing != within:
            raise Refused("这一笔正在追回，请在追回里登记到账")


def book_deed(session: Session, grant: Grant, deed: Deed, by: By, seal: Seal) -> None:
    """Book what a deed changes in what has been paid; most change nothing. ``grant``: as it is after the deed."""
    if deed not in (Deed.SETTLE, Deed.RETURN, Deed.RECOVER):
        return
    about, event = about_grant(session, grant), grant.history[-1]
    reason = seal.close(event.note) if event.note else None
    match deed:
        case Deed.SETTLE:
            assert grant.paid_on is not None
            add(session, LedgerKind.PAID, about, grant.amount, grant.paid_on, by, reason)
        case Deed.RETURN:
            add(session, LedgerKind.RETURNED, about, grant.amount, by.on, by, reason)
        case _:
            left = net(session, grant.id)
            if left > 0:
                add(session, LedgerKind.RECOVERED, about, left, by.on, by, reason)


def about_grant(session: Session, grant: Grant) -> About:
    """Under what a grant is added up: the enterprise's region, and the department of its round, else of its item."""
    region = session.exec(select(EnterpriseRow.region).where(EnterpriseRow.credit_code == grant.credit_code))
    return About(
        grant.id, grant.item_id, grant.credit_code, region.one_or_none() or _UNKNOWN, department_of(session, grant)
    )


def department_of(session: Session, grant: Grant) -> str:
    """The department that has a grant paid: that of its round, else the first that its item names."""
    of_round = (
        select(RoundRow.department)
        .join(CandidateRow, col(CandidateRow.round_id) == col(RoundRow.id))
        .where(CandidateRow.grant_id == grant.id)
    )
    found = session.exec(of_round).one_or_none()
    if found is not None:
        return found
    row = session.get(ItemVersionRow, (grant.item_id, grant.item_version))
    departments = [] if row is None else json.loads(row.content).get("departments", [])
    return str(departments[0]) if departments else _UNKNOWN
