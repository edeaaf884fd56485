"""A campaign that is being sent: what of it stays as it is until it has ended.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from enterprises.dictionary import Dictionary
from policies.items import Item
from policies.tables import load_item
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.content import Content


@dataclass(frozen=True)
class Running:
    """A campaign that is being sent, as far as it does not change meanwhile."""

    id: int
    content: Content
    items: Mapping[int, Item]
    as_of: date
    snapshot: int

    @classmethod
    def load(cls, session: Session, campaign_id: int, dictionary: Dictionary) -> Running:
        """Raises ``LookupError``."""
        campaign = load_campaign(session, campaign_id)
        assert campaign.planned is not None
        items = {
            number: load_item(session, each.item_id, each.version, dictionary)
            for number, each in enumerate(campaign.content.items, start=1)
        }
        return cls(campaign_id, campaign.content, items, campaign.planned.as_of, campaign.planned.revision)
