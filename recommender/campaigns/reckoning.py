"""What a campaign comes to before it is sent: how many enterprises, by item and region, and what that is worth.

Counts are of pushes: a row an enterprise and item. Money in 分; of what nothing bounds, ``high`` holds the least that
it can be, and ``unbounded`` says how many pushes that are. Only what is told as eligible is added up as money.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from recommender.campaigns.content import Kind


@dataclass(frozen=True, slots=True)
class OfItem:
    """What one item comes to."""

    item_id: str
    eligible: int = 0
    undetermined: int = 0
    near: int = 0
    low: int = 0
    high: int = 0
    unbounded: int = 0

    @property
    def pushes(self) -> int:
        return self.eligible + self.undetermined + self.near


@dataclass(frozen=True, slots=True)
class OfRegion:
    """What one region comes to; ``code`` as the enterprises have it, empty where it is not known."""

    code: str
    enterprises: int
    pushes: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """One push of a sample. Amounts as in ``recommender.runs``."""

    item_id: str
    kind: Kind
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the enterprises that would be told, and of what."""

    credit_code: str
    name: str | None
    region: str
    pushes: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a campaign would come to on a day, by the enterprises of a revision of the database."""

    on: date
    revision: int
    content_digest: str
    enterprises: int
    pushes: int
    deliveries: int
    low: int
    high: int
    unbounded: int
    by_item: tuple[OfItem, ...]
    by_region: tuple[OfRegion, ...]
    samples: tuple[Sample, ...]

    def to_text(self) -> str:
        """As JSON, to be kept with the campaign."""
        plain = asdict(self) | {"on": self.on.isoformat()}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Estimate:
        """What ``to_text`` wrote."""
        plain = json.loads(text)
        return cls(
            **plain
            | {
                "on": date.fromisoformat(plain["on"]),
                "by_item": tuple(OfItem(**each) for each in plain["by_item"]),
                "by_region": tuple(OfRegion(**each) for each in plain["by_region"]),
                "samples": tuple(map(_sample, plain["samples"])),
            }
        )


def _sample(plain: Mapping[str, Any]) -> Sample:
    pushes = tuple(Sampled(each["item_id"], Kind(each["kind"]), each["low"], each["high"]) for each in plain["pushes"])
    return Sample(plain["credit_code"], plain["name"], plain["region"], pushes)


def joined(items: Iterable[OfItem]) -> OfItem:
    """What several parts of one item come to."""
    some = list(items)
    numbers = [each.name for each in fields(OfItem) if each.name != "item_id"]
    return OfItem(some[0].item_id, **{name: sum(getattr(each, name) for each in some) for name in numbers})
