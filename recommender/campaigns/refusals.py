"""Enterprises that want no messages of campaigns. What an enterprise must hear (grants, appeals) is no campaign.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from enterprises.audit import note
from recommender.campaigns.rows import add_rows
from recommender.campaigns.tables import RefusalRow


def refuse(session: Session, credit_code: str, account: str, moment: datetime) -> bool:
    """Tell an enterprise of no further campaign; whether that is new. The caller commits."""
    if refused(session, [credit_code]):
        return False
    add_rows(session, RefusalRow, [{"credit_code": credit_code, "account_id": account, "since": moment}])
    note(session, actor=account, action="campaign.refused", about=credit_code, moment=moment)
    return True


def allow(session: Session, credit_code: str, account: str, moment: datetime) -> bool:
    """Tell an enterprise of campaigns again; whether that is new. The caller commits."""
    gone = delete(RefusalRow).where(col(RefusalRow.credit_code) == credit_code)
    if not session.connection().execute(gone).rowcount:
        return False
    note(session, actor=account, action="campaign.allowed", about=credit_code, moment=moment)
    return True


def refused(session: Session, credit_codes: Collection[str]) -> set[str]:
    """Which of these enterprises want none."""
    wanted = select(RefusalRow.credit_code).where(col(RefusalRow.credit_code).in_(credit_codes))
    return set(session.exec(wanted))
