"""Carrying out what was decided about a round, grant by grant, in portions: as often as it is called, each grant once.

Deciding is one row; what follows are many grants. Each portion is a transaction: what broke off goes on with the rest.
Whoever is no longer due what the list says is left out, with the reason in the list.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, func, select

from enterprises.sealing import CannotOpen, Seal
from policies.items import Item
from recommender.grants.account import Account, open_account
from recommender.grants.deeds import By, perform
from recommender.grants.entitlement import Entitlement, NotEntitled
from recommender.grants.grants import Grant, load_grant
from recommender.grants.noting import How, Notes, lock
from recommender.grants.offers import AlreadyGranted, Cut, nominate, offer_due
from recommender.grants.states import Deed, State
from recommender.grants.tables import GrantEventRow, GrantRow
from recommender.payments.judging import check_place, due_of, load_current, stated_of
from recommender.payments.round_states import RoundState
from recommender.payments.rounds import Round, load_round
from recommender.payments.standings import STANDING_OF, Standing
from recommender.payments.tables import CandidateRow, RoundRow, StatedRow


@dataclass(frozen=True, slots=True)
class Carried:
    """How many grants were carried on, how many are left to be, and how many were left out now since they are no
    longer due what the list says."""

    done: int
    left: int
    blocked: int


def carry_on(session: Session, round_id: str, by: By, seal: Seal, most: int = 100) -> Carried:
    """Carry out what was decided, for at most so many grants; nothing where nothing is left. The caller commits.

    Raises ``NoSuchRound``, and ``Refused`` where the item has another version by now.
    """
    session.exec(select(RoundRow.id).where(RoundRow.id == round_id).with_for_update()).all()
    round_, notes = load_round(session, round_id, seal), Notes()
    wanted = _wanted(round_)
    if wanted is None:
        return Carried(0, 0, 0)
    rows = session.exec(wanted.order_by(CandidateRow.grant_id, CandidateRow.credit_code).limit(most)).all()
    lock(session, (row.grant_id for row in rows if row.grant_id is not None))
    work = _Work(session, round_, by, seal, How(note=notes))
    outcomes = [work.carry(row) for row in rows]
    notes.write(session)
    session.flush()
    return Carried(outcomes.count(True), left_of(session, round_), outcomes.count(False))


def left_of(session: Session, round_: Round) -> int:
    """How many grants have not come where the round is."""
    wanted = _wanted(round_)
    return 0 if wanted is None else int(session.exec(select(func.count()).select_from(wanted.subquery())).one())


def _wanted(round_: Round) -> Any:
    """The rows whose grants have not come where the round is; ``None``: there are none at this stage."""
    here = select(CandidateRow).where(CandidateRow.round_id == round_.id)
    due = here.where(CandidateRow.standing == Standing.DUE.value)
    if round_.state is RoundState.CHECKED:
        return due.where(col(CandidateRow.grant_id).is_(None))
    before = _BEFORE.get(round_.state)
    if before is None:
        return None
    asked = (
        select(GrantEventRow.grant_id)
        .where(GrantEventRow.grant_id == GrantRow.id, GrantEventRow.deed == Deed.OFFER.value)
        .exists()
    )
    some = here if round_.state is RoundState.CANCELLED else due
    states = [state.value for state in before]
    return some.join(GrantRow, col(GrantRow.id) == col(CandidateRow.grant_id)).where(
        col(GrantRow.state).in_(states), ~asked
    )


_BEFORE = {
    RoundState.NOTICED: (State.CHECKED,),
    RoundState.ASKED: (State.CHECKED, State.NOTICED),
    RoundState.CANCELLED: (State.CANDIDATE, State.CHECKED, State.NOTICED),
}
"""The grants that a round in a state carries on, by their own states."""


@dataclass(frozen=True)
class _Work:
    session: Session
    round: Round
    by: By
    seal: Seal
    how: How

    def carry(self, row: CandidateRow) -> bool:
        """Whether the row's grant has come on; else why not stands in the row."""
        try:
            match self.round.state:
                case RoundState.CHECKED:
                    self._nominate(row)
                case RoundState.NOTICED:
                    self._perform(row, Deed.NOTICE)
                case RoundState.ASKED:
                    self._offer(row)
                case _:
                    self._perform(row, Deed.WITHDRAW, "批次已取消")
        except NotEntitled as refusal:
            row.standing, row.words = STANDING_OF[refusal.why].value, f"核对之后：{refusal}"
            return False
        except AlreadyGranted as refusal:
            row.standing, row.words = Standing.GRANTED.value, str(refusal)
            return False
        return True

    def _nominate(self, row: CandidateRow) -> None:
        due, round_ = self._due(row), self.round
        if due.amount != row.due:
            raise NotEntitled("算出的金额与名单上的不同了")
        checker = replace(self.by, actor=str(round_.checked_by))
        cut = Cut(row.amount, round_.plan.rule.value) if row.amount < row.due else None
        account = last_account(self.session, row.credit_code, self.seal)
        grant = nominate(self.session, due, round_.occasion, checker, self.seal, account, cut=cut, note=self.how.note)
        perform(self.session, grant.id, Deed.CHECK, checker, self.seal, how=self.how)
        row.grant_id = grant.id

    def _offer(self, row: CandidateRow) -> None:
        grant, plan = self._grant(row), self.round.plan
        assert self.round.confirm_by is not None
        due = self._due(row, grant.id)
        offer_due(self.session, grant, due, self.round.confirm_by, self.by, self.seal, plan.consent, how=self.how)

    def _perform(self, row: CandidateRow, deed: Deed, reason: str = "") -> None:
        perform(self.session, self._grant(row).id, deed, self.by, self.seal, reason, how=self.how)

    def _grant(self, row: CandidateRow) -> Grant:
        return load_grant(self.session, str(row.grant_id), self.seal)

    def _due(self, row: CandidateRow, grant_id: str = "") -> Entitlement:
        """What the enterprise is due today, by what is known and paid today, beside the grant itself."""
        said = self.session.get(StatedRow, (self.round.id, row.credit_code))
        due = due_of(
            self.session, self._item, row.credit_code, stated_of(said), self.round.plan, self.by.on, without=grant_id
        )
        check_place(due.proof.profile, self.round.region)
        return due

    @cached_property
    def _item(self) -> Item:
        return load_current(self.session, self.round.item_id, self.round.item_version)


def last_account(session: Session, credit_code: str, seal: Seal) -> Account | None:
    """Where an enterprise was last paid to by us, as far as it can be opened; it is asked before it is used again."""
    wanted = (
        select(GrantRow.account)
        .where(
            GrantRow.credit_code == credit_code, GrantRow.state == State.PAID.value, col(GrantRow.account).is_not(None)
        )
        .order_by(col(GrantRow.paid_on).desc(), GrantRow.id)
        .limit(1)
    )
    sealed = session.exec(wanted).one_or_none()
    try:
        return None if sealed is None else open_account(sealed, seal)
    except CannotOpen:
        return None
