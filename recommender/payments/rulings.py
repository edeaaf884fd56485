"""What an office rules about a single grant: an objection in the public notice, and asking again after reopening.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from sqlmodel import Session

from enterprises.sealing import Seal
from recommender.grants.deeds import By, perform
from recommender.grants.grants import Grant, load_grant
from recommender.grants.offers import offer_due
from recommender.grants.states import Consent, Deed, NoReason, NotNow, Refused, State
from recommender.payments.judging import load_current, still_due
from recommender.payments.periods import Free, last_day, weekends
from recommender.payments.plans import Plan
from recommender.payments.rounds import load_round, round_of


def uphold(session: Session, grant_id: str, reason: str, by: By, seal: Seal) -> Grant:
    """Find an objection in the public notice right: the grant ends, the others go on. Raises ``Refused``."""
    grant = load_grant(session, grant_id, seal)
    if not reason.strip():
        raise NoReason("请写明异议是什么、怎样查实的")
    if grant.state is not State.NOTICED:
        raise Refused(f"这一笔现在是“{grant.state.label}”，不在公示")
    return perform(session, grant_id, Deed.WITHDRAW, by, seal, f"公示有异议：{reason.strip()}")


def ask_again(session: Session, grant_id: str, by: By, seal: Seal, free: Free = weekends) -> Grant:
    """Ask the enterprise of a grant that was taken up again, within the days of its round's plan.

    Raises ``NotNow``, ``NotEntitled`` where the grant is no longer due, and ``Refused``.
    """
    grant = load_grant(session, grant_id, seal)
    if grant.state is not State.CHECKED or grant.last(Deed.REOPEN) is None:
        raise NotNow(Deed.OFFER, grant.state)
    load_current(session, grant.item_id, grant.item_version)
    round_id = round_of(session, grant_id)
    plan = Plan() if round_id is None else load_round(session, round_id, seal).plan
    due = still_due(session, grant, seal, by.on)
    # Silence counted before; whoever said no is not taken to agree when asked again.
    consent = Consent.EXPLICIT if grant.last(Deed.DECLINE) else plan.consent
    until = last_day(by.on, plan.consent_days, working=False, free=free)
    return offer_due(session, grant, due, until, by, seal, consent)
