"""Doing something with a round: one guarded change of its row, one event, one line in the audit log, or nothing at all.

What a decision means for each grant is carried out afterwards, in portions (``recommender.payments.carrying``). The
caller commits. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from enterprises.calendar import format_day
from enterprises.imports.cells import alike
from enterprises.sealing import Seal
from policies.items import Category, Delivery, Item
from recommender.grants.deeds import By
from recommender.grants.offers import LONGEST_OCCASION
from recommender.grants.states import Refused
from recommender.grants.tables import GrantRow
from recommender.payments.advancing import advance, write_down
from recommender.payments.budget import Claim, NoDay, share
from recommender.payments.carrying import left_of
from recommender.payments.judging import load_current
from recommender.payments.periods import Free, last_day, weekends
from recommender.payments.plans import Plan, check_plan, write_plan
from recommender.payments.round_states import (
    RoundDeed,
    RoundState,
    SamePerson,
)
from recommender.payments.rounds import Round, load_round
from recommender.payments.standings import Standing
from recommender.payments.stated import StatedList
from recommender.payments.tables import CandidateRow, RoundRow, StatedRow


class BadPlan(Refused):
    """A plan that cannot be carried out; ``mistakes`` by field, in Chinese."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__("；".join(mistakes.values()))
        self.mistakes = mistakes


def make_round(
    session: Session, item: Item, occasion: str, region: str, department: str, plan: Plan, by: By, seal: Seal
) -> Round:
    """Make a round of an item version, as yet a draft. Raises ``BadPlan`` and ``Refused``."""
    occasion = occasion.strip()
    if item.delivery is not Delivery.NO_APPLICATION or item.category is not Category.MONEY:
        raise Refused(f"“{item.title}”不是免申即享的资金事项")
    if not 0 < len(occasion) <= LONGEST_OCCASION:
        raise BadPlan({"occasion": f"请写明是哪一次（例如 2024年度），最多 {LONGEST_OCCASION} 个字"})
    if not department.strip():
        raise BadPlan({"department": "请写明由哪个部门办理"})
    _check(plan)
    _check_occasion(session, item.id, occasion)
    row = RoundRow(
        id=uuid4().hex,
        item_id=item.id,
        item_version=item.version,
        occasion=occasion,
        region=region,
        department=department.strip(),
        state=RoundState.DRAFT.value,
        revision=1,
        plan=write_plan(plan),
        made_by=by.actor,
        made_at=by.moment,
        changed_by=by.actor,
    )
    session.add(row)
    session.flush()
    write_down(session, row.id, RoundDeed.MAKE, None, RoundState.DRAFT, by, None)
    return load_round(session, row.id, seal)


def change_plan(session: Session, round_id: str, revision: int, plan: Plan, by: By, seal: Seal) -> Round:
    """Have a draft go on otherwise. Raises ``BadPlan``, ``RoundChanged`` and ``RoundNotNow``."""
    _check(plan)
    return advance(session, round_id, RoundDeed.CHANGE, by, seal, revision, changes={"plan": write_plan(plan)})


def set_stated(session: Session, round_id: str, revision: int, stated: StatedList, by: By, seal: Seal) -> Round:
    """Take a list of stated amounts in the place of the one before. Raises ``RoundChanged`` and ``RoundNotNow``."""
    changes = {"stated_digest": stated.digest, "stated_count": stated.count, "stated_total": stated.total}
    done = advance(session, round_id, RoundDeed.STATE, by, seal, revision, changes=changes)
    session.connection().execute(delete(StatedRow).where(col(StatedRow.round_id) == round_id))
    rows = [
        {
            "round_id": round_id,
            "credit_code": line.credit_code,
            "position": line.position,
            "amount": line.amount,
            "steps": json.dumps(line.steps, ensure_ascii=False),
            "office": line.office,
            "day": line.day,
        }
        for line in stated.lines
    ]
    session.connection().execute(insert(StatedRow), rows)
    forget_list(session, round_id)
    return done


def start_again(session: Session, round_id: str, revision: int, by: By, seal: Seal) -> Round:
    """Throw the list of candidates away, to change the plan or compare anew."""
    done = advance(session, round_id, RoundDeed.AGAIN, by, seal, revision)
    forget_list(session, round_id)
    return load_round(session, done.id, seal)


def strike(session: Session, round_id: str, credit_code: str, reason: str, by: By, seal: Seal) -> Round:
    """Take an enterprise off the list, with a reason. Raises ``Refused``, ``NoReason`` and ``RoundNotNow``."""
    done = advance(session, round_id, RoundDeed.STRIKE, by, seal, reason=reason)
    _restand(session, round_id, credit_code, Standing.DUE, Standing.STRUCK, f"经办剔除：{reason.strip()}")
    return done


def restore(session: Session, round_id: str, credit_code: str, by: By, seal: Seal) -> Round:
    """Put an enterprise back on the list that was taken off it."""
    done = advance(session, round_id, RoundDeed.RESTORE, by, seal)
    _restand(session, round_id, credit_code, Standing.STRUCK, Standing.DUE, "")
    return done


def submit(session: Session, round_id: str, revision: int, by: By, seal: Seal) -> Round:
    """Share out the budget and have the list checked by somebody else. Raises ``Refused`` where nobody is due."""
    done = advance(session, round_id, RoundDeed.SUBMIT, by, seal, revision)
    wanted = select(CandidateRow).where(CandidateRow.round_id == round_id, CandidateRow.standing == Standing.DUE.value)
    rows = session.exec(wanted).all()
    if not rows:
        raise Refused("名单里没有可以发放的企业")
    try:
        claims = (Claim(row.credit_code, row.due, row.position, row.day) for row in rows)
        shares = share(claims, done.plan.budget, done.plan.rule)
    except NoDay as error:
        raise Refused(str(error)) from None
    for row in rows:
        row.amount = shares[row.credit_code]
        if row.amount == 0:
            row.standing, row.words = Standing.SHORT.value, f"预算已经用完（{done.plan.rule.label}）"
    session.flush()
    if all(amount == 0 for amount in shares.values()):
        raise Refused("预算连一家也不够发放，请核对预算")
    return done


def send_back(session: Session, round_id: str, revision: int, reason: str, by: By, seal: Seal) -> Round:
    """Have the list mended. The shares of the budget are computed again when it comes back."""
    done = advance(session, round_id, RoundDeed.SEND_BACK, by, seal, revision, reason)
    here = col(CandidateRow.round_id) == round_id
    short = col(CandidateRow.standing) == Standing.SHORT.value
    run = session.connection().execute
    run(update(CandidateRow).where(here, short).values(standing=Standing.DUE.value, words=""))
    run(
        update(CandidateRow)
        .where(here, col(CandidateRow.standing) == Standing.DUE.value)
        .values(amount=CandidateRow.due)
    )
    return done


def check(session: Session, round_id: str, revision: int, by: By, seal: Seal) -> Round:
    """Find the list right. For another account than those who made or changed it. Raises ``SamePerson``."""
    round_ = load_round(session, round_id, seal)
    if by.actor in round_.authors:
        raise SamePerson("这个批次是您拟定、修改或提交的，要由另一个人核对")
    load_current(session, round_.item_id, round_.item_version)
    due = col(CandidateRow.standing) == Standing.DUE.value
    total = session.exec(select(func.sum(CandidateRow.amount)).where(CandidateRow.round_id == round_id, due)).one() or 0
    if round_.plan.budget is not None and total > round_.plan.budget:
        raise Refused("名单的合计超过了预算，请退回重新提交")
    return advance(session, round_id, RoundDeed.CHECK, by, seal, revision, changes={"checked_by": by.actor})


def publish(session: Session, round_id: str, revision: int, by: By, seal: Seal, free: Free = weekends) -> Round:
    """Begin the public notice on the day of ``by``; its last day is computed. ``free``: days on which nobody works."""
    round_ = load_round(session, round_id, seal)
    load_current(session, round_.item_id, round_.item_version)
    _check_carried(session, round_)
    plan = round_.plan
    until = last_day(by.on, plan.notice_days, working=plan.notice_working, free=free)
    changes = {"notice_from": by.on, "notice_until": until}
    return advance(session, round_id, RoundDeed.NOTICE, by, seal, revision, changes=changes)


def ask(session: Session, round_id: str, revision: int, by: By, seal: Seal, free: Free = weekends) -> Round:
    """Ask the enterprises, once the notice is over. Raises ``Refused`` before that."""
    round_ = load_round(session, round_id, seal)
    load_current(session, round_.item_id, round_.item_version)
    _check_carried(session, round_)
    if round_.state is RoundState.NOTICED and round_.notice_until is not None and by.on <= round_.notice_until:
        raise Refused(f"公示到{format_day(round_.notice_until)}为止（当天也算），还没有满")
    until = last_day(by.on, round_.plan.consent_days, working=False, free=free)
    return advance(session, round_id, RoundDeed.ASK, by, seal, revision, changes={"confirm_by": until})


def close(session: Session, round_id: str, revision: int, by: By, seal: Seal) -> Round:
    """Say that nothing more is done by this round; the grants that it made go on."""
    _check_carried(session, load_round(session, round_id, seal))
    return advance(session, round_id, RoundDeed.CLOSE, by, seal, revision)


def cancel(session: Session, round_id: str, revision: int, reason: str, by: By, seal: Seal) -> Round:
    """Give a round up before any enterprise is asked; grants that it has made are withdrawn as it is carried out."""
    return advance(session, round_id, RoundDeed.CANCEL, by, seal, revision, reason)


def forget_list(session: Session, round_id: str) -> None:
    """A draft without a list of candidates."""
    run = session.connection().execute
    run(delete(CandidateRow).where(col(CandidateRow.round_id) == round_id))
    fresh = {"snapshot": None, "position": 0, "rows": None, "judged_on": None}
    run(update(RoundRow).where(col(RoundRow.id) == round_id).values(**fresh))


def _restand(session: Session, round_id: str, credit_code: str, before: Standing, after: Standing, words: str) -> None:
    here = (col(CandidateRow.round_id) == round_id, col(CandidateRow.credit_code) == credit_code)
    changed = session.connection().execute(
        update(CandidateRow)
        .where(*here, col(CandidateRow.standing) == before.value)
        .values(standing=after.value, words=words)
    )
    if changed.rowcount != 1:
        raise Refused(f"名单里没有这家企业，或者它现在不是“{before.label}”")


def _check_carried(session: Session, round_: Round) -> None:
    """What was decided before comes first, for every grant: nobody is asked who was not in the public notice."""
    left = left_of(session, round_)
    if left:
        raise Refused(f"上一步还有 {left} 笔没有落实，请先继续办理")


def _check_occasion(session: Session, item_id: str, occasion: str) -> None:
    """One occasion has one spelling: another one would be another payment."""
    for table in (RoundRow, GrantRow):
        used = session.exec(select(table.occasion).where(table.item_id == item_id).distinct()).all()
        for other in used:
            if other != occasion and alike(other) == alike(occasion):
                raise BadPlan({"occasion": f"这个事项已经有“{other}”这一次，请写得一模一样，否则会当成另一次"})


def _check(plan: Plan) -> None:
    mistakes = check_plan(plan)
    if mistakes:
        raise BadPlan(mistakes)
