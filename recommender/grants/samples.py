"""Made-up grants for made-up enterprises, one in each situation that an owner meets, as of ``SAMPLE_DAY``.

The items are those of the library that need no application. Both leave their amount to the rules of the insurance
(稳岗返还: a share of the premiums of the year before; 扩岗补助: a sum for each person hired), so an office states it.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlmodel import Session

from enterprises.calendar import SHANGHAI
from enterprises.profiles import Profile
from enterprises.samples import ORIGIN, samples
from enterprises.sealing import Seal
from policies.library import Library
from recommender.explanation import explain
from recommender.grants.account import Account
from recommender.grants.deeds import By, perform, settle
from recommender.grants.entitlement import Stated, entitlement
from recommender.grants.offers import find_grant, nominate, offer
from recommender.grants.states import Deed

CERAMICS, PACKAGING = "91610204MAHQ001670", "91610203MAHQ001912"
RETENTION, HIRING = "tongchuan-2023-fangguanfu.17f", "tongchuan-2023-fangguanfu.17g"

_OFFICE = "铜川市失业保险经办机构（示例）"
_ACCOUNTS = {
    CERAMICS: Account("示例·耀州陶瓷进出口有限公司", "示例银行铜川耀州支行", "02610204000016706"),
    PACKAGING: Account("示例·印台区纸箱包装有限公司", "示例银行铜川印台支行", "02610203000019128"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A grant and what has been done with it, by day. ``confirm_by``: as ``Grant``."""

    credit_code: str
    item: str
    occasion: str
    amount: int
    steps: tuple[str, ...]
    confirm_by: date
    done: tuple[tuple[Deed, date], ...]


def _done(deeds: tuple[Deed, ...], *days: str) -> tuple[tuple[Deed, date], ...]:
    """Deeds, each on a day of 2024."""
    return tuple((deed, date.fromisoformat(f"2024-{day}")) for deed, day in zip(deeds, days, strict=True))


def _hired(people: int) -> tuple[int, tuple[str, ...]]:
    amount = people * 1500_00
    return amount, (f"新招用并参保的毕业生 {people} 人", f"{people} 人 × 每人 1,500 元 = {people * 1500:,} 元")


def _offered(*days: str) -> tuple[tuple[Deed, date], ...]:
    return _done((Deed.NOMINATE, Deed.CHECK, Deed.OFFER), *days)


SAMPLES = (
    Sample(
        *(CERAMICS, RETENTION, "2023年度", 43_200_00),
        ("2023 年度实际缴纳失业保险费 72,000 元", "中小微企业返还 60%：72,000 元 × 60% = 43,200 元"),
        date(2024, 7, 15),
        _offered("06-20", "06-21", "06-24"),
    ),
    Sample(
        *(PACKAGING, HIRING, "2024年5月", *_hired(3)),
        date(2024, 7, 2),
        _offered("06-11", "06-13", "06-17"),
    ),
    Sample(
        *(PACKAGING, HIRING, "2024年4月", *_hired(2)),
        date(2024, 6, 21),
        (*_offered("05-20", "05-22", "05-24"), *_done((Deed.ACCEPT, Deed.PAY), "05-27", "06-27")),
    ),
    Sample(
        *(PACKAGING, RETENTION, "2023年度", 14_904_00),
        ("2023 年度实际缴纳失业保险费 24,840 元", "中小微企业返还 60%：24,840 元 × 60% = 14,904 元"),
        date(2024, 6, 7),
        (
            *_done((Deed.NOMINATE, Deed.CHECK, Deed.NOTICE, Deed.OFFER), "05-09", "05-10", "05-13", "05-20"),
            *_done((Deed.ACCEPT, Deed.PAY, Deed.SETTLE), "05-21", "06-03", "06-06"),
        ),
    ),
    Sample(
        *(PACKAGING, HIRING, "2024年3月", *_hired(1)),
        date(2024, 5, 31),
        (*_offered("05-09", "05-10", "05-13"), (Deed.LAPSE, date(2024, 6, 1))),
    ),
)
"""Fifteen days left; two days left; under way; paid; lapsed."""


def store_samples(session: Session, library: Library, seal: Seal) -> int:
    """Store those whose item the library has; how many there are then. Again changes nothing. The caller commits."""
    known = {str(profile.credit_code): profile for profile in samples()}
    wanted = [sample for sample in SAMPLES if sample.item in library.items]
    for sample in wanted:
        if find_grant(session, sample.item, sample.credit_code, sample.occasion) is None:
            _store(session, sample, known[sample.credit_code], library, seal)
    return len(wanted)


def _store(session: Session, sample: Sample, profile: Profile, library: Library, seal: Seal) -> None:
    item, stated = library.items[sample.item], Stated(sample.amount, sample.steps, _OFFICE)
    alone = Library({item.document.id: item.document}, {item.id: item}, library.dictionary)
    grant_id = ""
    for deed, day in sample.done:
        by = By(ORIGIN, datetime.combine(day, time(10), SHANGHAI), day)
        match deed:
            case Deed.NOMINATE:
                due = entitlement(explain(alone, profile, day), item.id, stated)
                account = _ACCOUNTS[sample.credit_code]
                grant_id = nominate(session, due, sample.occasion, by, seal, account).id
            case Deed.OFFER:
                offer(session, grant_id, explain(alone, profile, day), sample.confirm_by, by, seal)
            case Deed.SETTLE:
                settle(session, grant_id, day, by, seal)
            case _:
                perform(session, grant_id, deed, by, seal)
