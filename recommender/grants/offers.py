"""Making a grant of what an enterprise is due, and asking the enterprise: both only on proof.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from enterprises.calendar import format_day
from enterprises.sealing import Seal
from policies.tables import ItemVersionRow
from recommender.explanation import Explanation
from recommender.explanation_json import to_text
from recommender.grants.account import Account, close_account
from recommender.grants.deeds import By, add_event, perform
from recommender.grants.entitlement import Entitlement, NotEntitled, Stated, entitlement
from recommender.grants.grants import Grant, load_grant
from recommender.grants.noting import How, Note, note_deed
from recommender.grants.states import Consent, Deed, Refused, State
from recommender.grants.tables import GrantRow
from recommender.tables import store_explanation

ONCE = "once"
"""The occasion of what an enterprise can have once and never again."""

LONGEST_OCCASION = 32


class AlreadyGranted(Refused):
    """There is a grant of this item to this enterprise for this occasion already, whatever became of it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a budget that runs short leaves of an amount, in 分, and by which rule."""

    amount: int
    rule: str


def nominate(
    session: Session,
    due: Entitlement,
    occasion: str,
    by: By,
    seal: Seal,
    account: Account | None = None,
    *,
    cut: Cut | None = None,
    note: Note = note_deed,
) -> Grant:
    """Make a grant, as yet a candidate, with the explanation that proves it. The caller commits.

    ``occasion``: what makes it one payment, such as the year; ``account``: where it is to be paid to, if that is known.
    ``cut``: what the budget leaves of it; ``note``: how it comes into the log.
    Raises ``AlreadyGranted``, ``Refused`` for an occasion without words and ``NotEntitled`` where the database has
    another version of the item.
    """
    credit_code, occasion = str(due.proof.profile.credit_code), occasion.strip()
    if not 0 < len(occasion) <= LONGEST_OCCASION:
        raise Refused(f"请写明是哪一次（例如年度），最多 {LONGEST_OCCASION} 个字")
    if due.proof.on != by.on:
        raise NotEntitled("判断结果不是当天的")
    if cut is not None and not 0 < cut.amount <= due.amount:
        raise Refused("按预算发放的金额要大于零，也不能超过应得的金额")
    _check_version(session, due)
    try:
        with session.begin_nested():
            row = _row(due, occasion, _store_proof(session, due, by), by, seal, account, cut)
            session.add(row)
    except IntegrityError:
        raise AlreadyGranted(f"“{due.item.title}”（{occasion}）已经有过一笔，不能重复发放") from None
    add_event(session, row.id, 1, Deed.NOMINATE, None, State.CANDIDATE, by, None)
    note(session, Deed.NOMINATE, by, credit_code, row.id, due.item.id)
    return load_grant(session, row.id, seal)


def offer(
    session: Session,
    grant_id: str,
    explanation: Explanation,
    confirm_by: date,
    by: By,
    seal: Seal,
    consent: Consent = Consent.EXPLICIT,
) -> Grant:
    """Ask the enterprise whether it wants what has been checked. The caller commits.

    ``explanation`` is the enterprise's of that day: what it was nominated for must still hold, to the same amount.
    ``confirm_by``: the last day for its answer. Raises ``NoSuchGrant``, ``NotEntitled``, ``NotNow`` and ``Refused``.
    """
    grant = load_grant(session, grant_id, seal)
    if explanation.profile.credit_code != grant.credit_code or explanation.on != by.on:
        raise NotEntitled("判断结果不是这家企业当天的")
    stated = None if grant.office is None else Stated(grant.due, grant.steps, grant.office)
    due = entitlement(explanation, grant.item_id, stated)
    return offer_due(session, grant, due, confirm_by, by, seal, consent)


def offer_due(
    session: Session,
    grant: Grant,
    due: Entitlement,
    confirm_by: date,
    by: By,
    seal: Seal,
    consent: Consent = Consent.EXPLICIT,
    *,
    how: How | None = None,
) -> Grant:
    """Ask the enterprise, where what it is due on that day is what it was nominated for. As ``offer``."""
    if confirm_by < by.on:
        raise Refused(f"确认的最后一天 {format_day(confirm_by)} 已经过了")
    if (due.item.version, due.amount) != (grant.item_version, grant.due):
        raise NotEntitled("列为候选之后，事项有了新的版本，或者算出的金额变了。请撤回这一笔")
    changes = {"confirm_by": confirm_by, "consent": consent.value}
    return perform(session, grant.id, Deed.OFFER, by, seal, changes=changes, how=how)


def find_grant(session: Session, item_id: str, credit_code: str, occasion: str) -> str | None:
    """The id of the one grant of an item to an enterprise for an occasion, if there is one."""
    return session.exec(
        select(GrantRow.id).where(
            GrantRow.item_id == item_id, GrantRow.credit_code == credit_code, GrantRow.occasion == occasion
        )
    ).one_or_none()


def _store_proof(session: Session, due: Entitlement, by: By) -> str:
    return store_explanation(
        session,
        to_text(due.proof),
        as_of=due.proof.on,
        engine_version=version("huiqi"),
        created_at=by.moment,
        credit_code=due.proof.profile.credit_code,
    )


def _row(
    due: Entitlement,
    occasion: str,
    explanation_id: str,
    by: By,
    seal: Seal,
    account: Account | None,
    cut: Cut | None,
) -> GrantRow:
    return GrantRow(
        id=uuid4().hex,
        item_id=due.item.id,
        item_version=due.item.version,
        credit_code=str(due.proof.profile.credit_code),
        occasion=occasion,
        amount=due.amount if cut is None else cut.amount,
        due=due.amount,
        budget_rule=None if cut is None else cut.rule,
        steps=json.dumps(due.steps, ensure_ascii=False),
        office=due.office,
        explanation_id=explanation_id,
        state=State.CANDIDATE.value,
        consent=Consent.EXPLICIT.value,
        account=None if account is None else close_account(account, seal),
        account_tail=None if account is None else account.tail,
        events=1,
        created_at=by.moment,
    )


def _check_version(session: Session, due: Entitlement) -> None:
    stored = session.get(ItemVersionRow, (due.item.id, due.item.version))
    if stored is None or stored.digest != due.item.digest:
        raise NotEntitled(f"数据库里没有事项“{due.item.id}”的这一版，请先运行 huiqi setup")
