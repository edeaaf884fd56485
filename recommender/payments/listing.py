"""Who goes into the list of a round, and as what: by the exact explanation of what is known of each now.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from sqlalchemy import update
from sqlmodel import Session, col, select

from enterprises.profiles import Profile
from enterprises.sealing import Seal
from policies.items import Item
from recommender.explanation_json import to_text
from recommender.grants.deeds import By
from recommender.grants.entitlement import NotEntitled
from recommender.grants.states import State
from recommender.grants.tables import GrantRow
from recommender.payments.advancing import advance
from recommender.payments.due import Payer
from recommender.payments.judging import (
    check_place,
    load_current,
    may_lie_in,
    payer_of,
    profiles_of_codes,
    region_of,
    stated_of,
)
from recommender.payments.paid import Before, paid_before
from recommender.payments.round_states import RoundDeed
from recommender.payments.rounds import Round, load_round
from recommender.payments.standings import STANDING_OF, Standing
from recommender.payments.tables import CandidateRow, RoundRow, StatedRow
from recommender.tables import store_explanation


def list_stated(session: Session, round_id: str, by: By, seal: Seal) -> Round:
    """List those of the stated amounts alone, without looking for others: no snapshot is needed."""
    round_ = load_round(session, round_id, seal)
    stated = stated_rows(session, round_id)
    item = load_current(session, round_.item_id, round_.item_version)
    judge(session, round_, item, dict.fromkeys(stated, 0), stated, by)
    day = update(RoundRow).where(col(RoundRow.id) == round_id).values(judged_on=by.on)
    session.connection().execute(day)
    return advance(session, round_id, RoundDeed.LIST, by, seal)


def judge(
    session: Session,
    round_: Round,
    item: Item,
    rows: Mapping[str, int],
    stated: Mapping[str, StatedRow],
    by: By,
) -> None:
    """Decide about some enterprises, by credit code with their rows, and write it down."""
    codes = list(rows)
    before = paid_before(session, codes)
    payer = payer_of(session, item, before, round_.plan)
    granted = _granted(session, round_, codes)
    profiles = profiles_of_codes(session, codes)
    for code, row in rows.items():
        said = stated.get(code)
        found = CandidateRow(
            round_id=round_.id,
            credit_code=code,
            position=row + 1 if said is None else said.position,
            region="",
            standing=Standing.REFUSED.value,
            words="",
            day=None if said is None else said.day,
        )
        profile = profiles.get(code)
        if profile is not None:
            found.region = region_of(profile)
        if code in granted:
            found.standing, found.words = Standing.GRANTED.value, granted[code]
        elif profile is None:
            found.words = "企业库里没有这家企业"
        elif not may_lie_in(found.region, round_.region):
            found.words = "不在这个批次的地区"
        else:
            _decide(session, found, payer, profile, said, before, round_.region, by)
        if found.standing != Standing.REFUSED.value or said is not None:
            session.add(found)
    session.flush()


def _decide(
    session: Session,
    found: CandidateRow,
    payer: Payer,
    profile: Profile,
    said: StatedRow | None,
    before: Before,
    region: str,
    by: By,
) -> None:
    try:
        due = payer.due(profile, by.on, stated_of(said), before.get(found.credit_code, ()))
        check_place(profile, region)
    except NotEntitled as refusal:
        found.standing, found.words = STANDING_OF[refusal.why].value, str(refusal)
        return
    found.standing, found.due, found.amount = Standing.DUE.value, due.amount, due.amount
    found.words = "；".join(due.steps)
    found.explanation_id = store_explanation(
        session,
        to_text(due.proof),
        as_of=due.proof.on,
        engine_version=version("huiqi"),
        created_at=by.moment,
        credit_code=found.credit_code,
    )


def _granted(session: Session, round_: Round, codes: Sequence[str]) -> dict[str, str]:
    """Who has a grant of the item for the occasion already, and what became of it."""
    wanted = select(GrantRow.credit_code, GrantRow.state).where(
        GrantRow.item_id == round_.item_id,
        GrantRow.occasion == round_.occasion,
        col(GrantRow.credit_code).in_(codes),
    )
    return {code: f"这一次（{round_.occasion}）已有一笔：{State(state).label}" for code, state in session.exec(wanted)}


def stated_rows(session: Session, round_id: str) -> dict[str, StatedRow]:
    """A round's list of stated amounts, by credit code."""
    rows = session.exec(select(StatedRow).where(StatedRow.round_id == round_id).order_by(col(StatedRow.position)))
    return {row.credit_code: row for row in rows}
