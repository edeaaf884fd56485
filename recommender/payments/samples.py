"""A made-up round for made-up enterprises, so that officials see one: its list is made and waits to be submitted.

It needs no snapshot: its list is that of the stated amounts.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlmodel import Session, select

from enterprises.calendar import SHANGHAI
from enterprises.samples import ORIGIN, SAMPLE_DAY, samples
from enterprises.sealing import Seal
from policies.library import Library
from recommender.grants.deeds import By
from recommender.grants.samples import CERAMICS, PACKAGING, RETENTION
from recommender.payments.listing import list_stated
from recommender.payments.plans import Plan
from recommender.payments.round_deeds import make_round, set_stated
from recommender.payments.stated import StatedLine, StatedList
from recommender.payments.tables import RoundRow

OCCASION, REGION = "2024年度（示例）", "610200"
_DEPARTMENT = "铜川市人力资源和社会保障局"
_OFFICE = "铜川市失业保险经办机构（示例）"
_PREMIUMS = {CERAMICS: 75_500_00, PACKAGING: 26_320_00}
_PLAN = Plan(notice_days=5, consent_days=15, budget=200_000_00)


def store_sample_round(session: Session, library: Library, seal: Seal) -> bool:
    """Store the round where the library has its item; whether there is one then. Again changes nothing."""
    if RETENTION not in library.items:
        return False
    there = select(RoundRow.id).where(RoundRow.item_id == RETENTION, RoundRow.occasion == OCCASION)
    if session.exec(there).first() is None:
        _store(session, library, seal)
    return True


def _store(session: Session, library: Library, seal: Seal) -> None:
    by = By(ORIGIN, datetime.combine(SAMPLE_DAY, time(9), SHANGHAI), SAMPLE_DAY)
    made = make_round(session, library.items[RETENTION], OCCASION, REGION, _DEPARTMENT, _PLAN, by, seal)
    set_stated(session, made.id, made.revision, _stated(), by, seal)
    list_stated(session, made.id, by, seal)


def _stated() -> StatedList:
    """Two of the city that are due, and one that is not."""
    others = {str(profile.credit_code): 30_000_00 for profile in samples() if str(profile.credit_code)[2:6] == "6102"}
    premiums = {**_PREMIUMS, **dict(sorted((code, each) for code, each in others.items() if code not in _PREMIUMS)[:1])}
    lines = (
        StatedLine(
            code, place, premium * 60 // 100, (f"保险费 {premium // 100:,} 元 × 60%",), _OFFICE, date(2024, 6, 1)
        )
        for place, (code, premium) in enumerate(premiums.items(), start=1)
    )
    return StatedList(tuple(lines), "0" * 64)
