"""The letter of a delivery: the campaign's template with what this enterprise is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from policies.items import Item
from recommender.campaigns.content import Content
from recommender.campaigns.judging import Judged
from recommender.campaigns.pushes import push_id
from recommender.channels.letters import Letter, Pushed
from recommender.messages.templates import Addressed, Told, render

if TYPE_CHECKING:
    from recommender.campaigns.queue import Leased

KIND = "campaign"


class Sending(Protocol):
    """The campaign whose letter it is."""

    @property
    def id(self) -> int: ...
    @property
    def content(self) -> Content: ...
    @property
    def items(self) -> Mapping[int, Item]: ...


def write_letter(
    campaign: Sending, delivery: Leased, name: str | None, said: Mapping[int, Judged], moment: datetime
) -> Letter:
    """The letter to an enterprise of this name that tells of ``said``, by number of item; not empty."""
    numbers, code = sorted(said), delivery.credit_code
    told = tuple(_told(campaign.items[number], said[number]) for number in numbers)
    text = render(campaign.content.template, Addressed(name or "", told))
    only = f"/items/{campaign.items[numbers[0]].id}" if len(numbers) == 1 else ""
    return Letter(
        id=delivery.id,
        kind=KIND,
        campaign=str(campaign.id),
        credit_code=code,
        title=text.title,
        lines=text.lines,
        path=f"/mine/{code}{only}",
        pushed=tuple(
            Pushed(
                push_id(campaign.id, code, number),
                campaign.items[number].id,
                campaign.items[number].version,
                campaign.items[number].title,
                said[number].kind.verdict.value,
                said[number].low,
                said[number].high,
            )
            for number in numbers
        ),
        written_at=moment,
    )


def _told(item: Item, judged: Judged) -> Told:
    return Told(
        title=item.title,
        document=item.document.title,
        departments=item.departments,
        delivery=item.delivery.label,
        closes=item.window.closes,
        verdict=judged.kind.verdict,
        amount_low=judged.low,
        amount_high=judged.high,
        missing=judged.missing,
    )
