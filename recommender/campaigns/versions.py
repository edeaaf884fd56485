"""The item versions of a campaign: pinned when it is made, so that nothing else is ever told.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import insert
from sqlmodel import Session, col, select

from policies.items import Status
from policies.tables import ItemRow, ItemVersionRow
from recommender.campaigns.content import Pinned
from recommender.campaigns.states import NotReady
from recommender.campaigns.tables import CampaignItemRow


def keep_items(session: Session, campaign_id: int, items: Collection[Pinned]) -> None:
    """Pin item versions to a campaign that has none. The caller commits."""
    rows = [
        {
            "campaign_id": campaign_id,
            "number": number,
            "item_id": each.item_id,
            "version": each.version,
            "digest": each.digest,
        }
        for number, each in enumerate(items, start=1)
    ]
    if rows:
        session.connection().execute(insert(CampaignItemRow), rows)


def check_stored(session: Session, items: Collection[Pinned]) -> None:
    """Raises ``NotReady`` unless each of these versions is stored, as it is here, and no item comes twice."""
    if len({each.item_id for each in items}) < len(items):
        raise NotReady({"items": "有的事项选了两次"})
    wanted = select(ItemVersionRow.item_id, ItemVersionRow.version, ItemVersionRow.digest).where(
        col(ItemVersionRow.item_id).in_([each.item_id for each in items])
    )
    stored = {Pinned(*row) for row in session.exec(wanted)}
    if missing := [each.item_id for each in items if each not in stored]:
        raise NotReady({"items": f"政策库里没有这些事项的这个版本：{'、'.join(missing)}"})


def outdated_in(session: Session, items: Collection[Pinned]) -> list[str]:
    """The items of which these are not the versions that are published now."""
    now = current_versions(session, [each.item_id for each in items])
    return [each.item_id for each in items if now.get(each.item_id) != each.version]


def current_versions(session: Session, item_ids: Collection[str]) -> Mapping[str, int]:
    """The versions of these items that are published now; those that are not, are left out."""
    settled = (
        select(ItemVersionRow.item_id, ItemVersionRow.version, ItemVersionRow.status)
        .join(ItemRow, col(ItemRow.id) == col(ItemVersionRow.item_id))
        .where(
            col(ItemVersionRow.item_id).in_(item_ids),
            ~col(ItemRow.retired),
            col(ItemVersionRow.status).in_([Status.PUBLISHED.value, Status.RETIRED.value]),
        )
        .order_by(col(ItemVersionRow.version))
    )
    newest = {item_id: (version, status) for item_id, version, status in session.exec(settled)}
    return {item_id: version for item_id, (version, status) in newest.items() if status == Status.PUBLISHED}
