"""What enterprises were paid, or will be by lines of batches that are open: what the next payment stands beside.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from enterprises.dictionary import Dictionary
from policies.items import Item
from policies.tables import load_item
from recommender.grants.tables import GrantRow
from recommender.payments.stacking import Paid
from recommender.payments.tables import BatchRow, LedgerRow, LineRow

Before = Mapping[str, Sequence[Paid]]
"""Earlier payments by credit code."""


def paid_before(
    session: Session, credit_codes: Collection[str], *, without: Collection[str] = ()
) -> dict[str, list[Paid]]:
    """What these enterprises were paid and will be, by credit code; but for the grants ``without``."""
    found: dict[str, list[Paid]] = {}
    for code, grant_id, *paid in [*_ledger(session, credit_codes), *_under_way(session, credit_codes)]:
        if grant_id not in without:
            found.setdefault(code, []).append(Paid(*paid))
    return found


def items_paid(session: Session, before: Before, dictionary: Dictionary) -> dict[str, Item]:
    """The items of earlier payments by their ids, each in the last version by which one was paid."""
    wanted = sorted({paid.item_id for some in before.values() for paid in some})
    versions = (
        select(col(GrantRow.item_id), func.max(GrantRow.item_version))
        .where(col(GrantRow.item_id).in_(wanted))
        .group_by(col(GrantRow.item_id))
        .order_by(col(GrantRow.item_id))
    )
    return {
        name: load_item(session, name, number, dictionary) for name, number in session.connection().execute(versions)
    }


def _ledger(session: Session, credit_codes: Collection[str]) -> Sequence[Sequence[Any]]:
    """A payment has one day, on which it was paid; of what came back nothing is left."""
    days = (
        select(col(LedgerRow.grant_id), col(LedgerRow.day))
        .where(col(LedgerRow.credit_code).in_(credit_codes), col(LedgerRow.kind) == "paid")
        .subquery()
    )
    key = (col(LedgerRow.credit_code), col(LedgerRow.grant_id), col(LedgerRow.item_id))
    wanted = (
        select(*key, func.sum(LedgerRow.change), days.c.day)
        .join(days, days.c.grant_id == col(LedgerRow.grant_id))
        .where(col(LedgerRow.credit_code).in_(credit_codes))
        .group_by(*key, days.c.day)
        .having(func.sum(LedgerRow.change) > 0)
        .order_by(col(LedgerRow.grant_id))
    )
    return [(code, grant_id, item, int(amount), day) for code, grant_id, item, amount, day in _rows(session, wanted)]


def _under_way(session: Session, credit_codes: Collection[str]) -> Sequence[Sequence[Any]]:
    wanted = (
        select(
            *(col(LineRow.credit_code), col(LineRow.grant_id), col(GrantRow.item_id)),
            *(col(LineRow.amount), col(BatchRow.made_on)),
        )
        .join(GrantRow, col(GrantRow.id) == col(LineRow.grant_id))
        .join(BatchRow, col(BatchRow.id) == col(LineRow.batch_id))
        .where(col(LineRow.credit_code).in_(credit_codes), col(LineRow.state) == "open")
        .order_by(col(LineRow.reference))
    )
    return _rows(session, wanted)


def _rows(session: Session, wanted: Any) -> Sequence[Sequence[Any]]:
    return session.connection().execute(wanted).all()
