"""What deciding about an enterprise of a round takes: the item as it stands, what is known, and what was paid before.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select as select_
from sqlmodel import Session, col, select

from enterprises.amounts import format_money
from enterprises.dictionary import bundled
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile
from enterprises.regions import SHAANXI, is_region_code, nested
from enterprises.sealing import Seal
from enterprises.tables import EnterpriseRow
from policies.benefits import SetElsewhere, formulas
from policies.items import Item, Status
from policies.tables import ItemRow, ItemVersionRow, load_item
from recommender.grants.entitlement import Entitlement, NotEntitled, Stated
from recommender.grants.grants import Grant
from recommender.grants.states import Refused, Why
from recommender.payments.due import Payer
from recommender.payments.paid import Before, items_paid, paid_before
from recommender.payments.plans import Plan
from recommender.payments.rounds import load_round, round_of
from recommender.payments.tables import StatedRow
from recommender.tables import ExplanationRow


def load_current(session: Session, item_id: str, item_version: int) -> Item:
    """A version of an item, as long as it counts. Raises ``Refused`` where the library has another one now, or none."""
    newest = (
        select(ItemVersionRow.version, ItemVersionRow.status)
        .join(ItemRow)
        .where(ItemVersionRow.item_id == item_id, ~col(ItemRow.retired))
        .where(col(ItemVersionRow.status).in_((Status.PUBLISHED.value, Status.RETIRED.value)))
        .order_by(col(ItemVersionRow.version).desc())
        .limit(1)
    )
    if session.exec(newest).one_or_none() != (item_version, Status.PUBLISHED.value):
        raise Refused("批次拟定之后，这个事项有了新的版本，或者已经下架。请按现在的版本重新拟定")
    return load_item(session, item_id, item_version, bundled())


def is_stated(item: Item) -> bool:
    """Whether the amount is set by a rule that the item only refers to."""
    return any(isinstance(part, SetElsewhere) for part in formulas(item.benefit))


def may_lie_in(region: str | None, wanted: str) -> bool:
    """Whether something may lie in a region; where that is not known, it may."""
    return not region or not is_region_code(region) or nested(region, wanted) is not False


def check_place(profile: Profile, region: str) -> None:
    """Refuse whoever is not known to lie in a region, or only by its own word. Raises ``NotEntitled``."""
    seen = region_of(profile)
    here = nested(seen, region) if is_region_code(seen) else None
    if here is False:
        raise NotEntitled("不在这个批次的地区")
    if here is None:
        raise NotEntitled("还缺：所在地区。现有的信息说不清企业在不在这个批次的地区", Why.UNDETERMINED)
    if not profile.facts["region"].source.grants_money:
        raise NotEntitled("所在地区是企业自己填报的，要先由登记、税务或统计的数据核实", Why.UNCONFIRMED)


def belongs_to(region: str, wanted: str) -> bool:
    """Whether money for an enterprise of a region is a matter of the region ``wanted``. An enterprise of which no place
    is known is for who works for the whole province."""
    return nested(region if is_region_code(region) else SHAANXI, wanted) is True


def payer_of(session: Session, item: Item, before: Before, plan: Plan) -> Payer:
    """What a plan pays of an item, beside what was paid before."""
    return Payer.of(item, bundled(), items_paid(session, before, bundled()), plan)


def due_of(
    session: Session,
    item: Item,
    credit_code: str,
    stated: Stated | None,
    plan: Plan,
    on: date,
    *,
    without: str = "",
) -> Entitlement:
    """What an enterprise is due of an item on a day, by what is known and paid now; the grant ``without`` left out.

    Raises ``NotEntitled``.
    """
    before = paid_before(session, [credit_code], without={without})
    profile = profiles_of_codes(session, [credit_code]).get(credit_code)
    if profile is None:
        raise NotEntitled("企业库里没有这家企业了")
    return payer_of(session, item, before, plan).due(profile, on, stated, before.get(credit_code, ()))


def still_due(session: Session, grant: Grant, seal: Seal, on: date | None = None) -> Entitlement:
    """What the enterprise of a grant is due by what is known and paid now, on a day or on that of its nomination.

    Raises ``NotEntitled`` where it is nothing, or another amount than the grant was made for.
    """
    explanation = session.get(ExplanationRow, grant.explanation_id)
    assert explanation is not None
    round_id, plan, said = round_of(session, grant.id), Plan(), None
    if round_id is not None:
        plan = load_round(session, round_id, seal).plan
        said = session.get(StatedRow, (round_id, grant.credit_code))
    stated = stated_of(said)
    if stated is None and grant.office is not None:
        stated = Stated(grant.due, grant.steps, grant.office)
    item = load_item(session, grant.item_id, grant.item_version, bundled())
    due = due_of(session, item, grant.credit_code, stated, plan, on or explanation.as_of, without=grant.id)
    if due.amount != grant.due:
        raise NotEntitled(
            f"列为候选之后，算出的金额变了：原来 {format_money(grant.due)}，现在 {format_money(due.amount)}"
        )
    return due


def stated_of(row: StatedRow | None) -> Stated | None:
    """The amount that an office stated."""
    return None if row is None else Stated(row.amount, tuple(json.loads(row.steps)), row.office)


def profiles_of_codes(session: Session, codes: Sequence[str]) -> dict[str, Profile]:
    """What is known of enterprises now, by credit code; those that are not stored are left out."""
    texts = ProfileText(bundled())
    wanted = select_(col(EnterpriseRow.credit_code), col(EnterpriseRow.profile)).where(
        col(EnterpriseRow.credit_code).in_(codes)
    )
    return {code: texts.read(code, text) for code, text in session.connection().execute(wanted)}


def region_of(profile: Profile) -> str:
    """The region of an enterprise; empty where it is not known."""
    seen = profile.facts.get("region")
    return "" if seen is None else str(seen.value)
