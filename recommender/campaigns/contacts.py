"""The cap of campaigns that may tell an enterprise something in a week: numbered places, of which there are so many.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import delete, exists
from sqlmodel import Session, col, select

from recommender.campaigns.rows import add_rows
from recommender.campaigns.states import DeliveryState
from recommender.campaigns.tables import ContactRow, DeliveryRow


def take_places(session: Session, campaign_id: int, credit_codes: Collection[str], week: date, cap: int) -> set[str]:
    """Of these enterprises those that the campaign may tell something in the week, a place being theirs from now on.

    Who has a place keeps it. Of two workers who take the last one at once, the second is told that there is none, or,
    where there are others, finds one when it asks again. The caller commits.
    """
    wanted = sorted(credit_codes)
    held: dict[str, dict[int, int]] = {}
    for code, place, owner in _places(session, wanted, week):
        held.setdefault(code, {})[place] = owner
    fresh = [
        {"credit_code": code, "week": week, "number": number, "campaign_id": campaign_id}
        for code in wanted
        if campaign_id not in held.get(code, {}).values() and (number := _free(held.get(code, {}), cap)) is not None
    ]
    if fresh:
        add_rows(session, ContactRow, fresh)
    # What counts is what stands there now.
    return {code for code, _, owner in _places(session, wanted, week) if owner == campaign_id}


def give_up_places(session: Session, campaign_id: int, credit_codes: Collection[str], week: date) -> None:
    """Free the places of enterprises that the campaign does not tell anything after all. The caller commits."""
    if not credit_codes:
        return
    told = exists().where(
        col(DeliveryRow.campaign_id) == campaign_id,
        col(DeliveryRow.credit_code) == col(ContactRow.credit_code),
        col(DeliveryRow.state).in_([DeliveryState.SENT.value, DeliveryState.LEASED.value]),
    )
    session.connection().execute(
        delete(ContactRow).where(
            col(ContactRow.campaign_id) == campaign_id,
            col(ContactRow.credit_code).in_(credit_codes),
            col(ContactRow.week) == week,
            ~told,
        )
    )


def _places(session: Session, credit_codes: Collection[str], week: date) -> list[tuple[str, int, int]]:
    wanted = select(ContactRow.credit_code, ContactRow.number, ContactRow.campaign_id).where(
        col(ContactRow.credit_code).in_(credit_codes), ContactRow.week == week
    )
    return [(code, number, owner) for code, number, owner in session.exec(wanted)]


def _free(taken: Collection[int], cap: int) -> int | None:
    """The first place that is free. Places beyond the cap count, too: another campaign may have a larger one."""
    if len(taken) >= cap:
        return None
    return next(number for number in range(1, cap + 1) if number not in taken)
