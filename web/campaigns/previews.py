"""Previews: whom a campaign would reach, what it may cost, and how its messages read to ten enterprises.

The estimate that was looked at is kept in a file until the campaign is submitted, and then with the campaign: the
second person sees the same figures and the same messages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from enterprises.whole_files import write_whole
from policies.items import Item
from policies.library import Library
from recommender.campaigns.content import Content, Kind
from recommender.campaigns.reckoning import Estimate
from recommender.messages.templates import Addressed, Rendered, Told, render
from web.accounts.visitor import Duty
from web.campaigns import choices, scope
from web.charts import Bar, Bars, bars
from web.pages import stored

FOLDER = "campaign-previews"

HIDDEN_NAME = "（名称不在您的查看范围）"

MOST_BARS = 20
"""So many bars are drawn; the table has all rows."""


def key_of(content: Content, revision: int, on: date) -> str:
    """What a preview is of: what the campaign says, of which state of the enterprises, on which day."""
    return hashlib.sha256(f"{content.digest} {revision} {on.isoformat()}".encode()).hexdigest()


def keep(files: Path, campaign_id: int, key: str, estimate: Estimate) -> None:
    """Keep the preview of a campaign; there is only ever the last one. Raises ``OSError``."""
    text = json.dumps({"key": key, "estimate": estimate.to_text()}, ensure_ascii=False)
    path = _path(files, campaign_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def kept(files: Path, campaign_id: int, key: str) -> Estimate | None:
    """The preview of exactly this; ``None`` where nobody asked for it."""
    try:
        plain = json.loads(_path(files, campaign_id).read_text(encoding="utf-8"))
        return Estimate.of_text(plain["estimate"]) if plain["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError):
        return None  # what cannot be read is computed again


def _path(files: Path, campaign_id: int) -> Path:
    return files / FOLDER / f"{campaign_id}.json"


def pinned_items(content: Content, library: Library) -> tuple[Item, ...] | None:
    """The item versions of a campaign; ``None`` where one of them is no longer what is published."""
    now = {item.id: item for item in library.published}
    found = tuple(now[each.item_id] for each in content.items if each.item_id in now)
    same = [(item.id, item.version, item.digest) for item in found]
    return found if same == [(each.item_id, each.version, each.digest) for each in content.items] else None


@dataclass(frozen=True, slots=True)
class OfItem:
    """What an item comes to, with its title and the version that is pushed."""

    item_id: str
    title: str
    version: int
    eligible: int
    undetermined: int
    near: int
    low: int
    high: int
    unbounded: int


@dataclass(frozen=True, slots=True)
class OfRegion:
    """What a region comes to, with its name."""

    name: str
    enterprises: int
    pushes: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """What one enterprise would read."""

    name: str
    region: str
    kinds: tuple[str, ...]
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Preview:
    """An estimate in words and charts; its figures are those of ``recommender.campaigns.reckoning``."""

    estimate: Estimate
    items: tuple[OfItem, ...]
    regions: tuple[OfRegion, ...]
    charts: tuple[Bars, ...]
    samples: tuple[SampleMessage, ...]


def show(content: Content, library: Library, estimate: Estimate, duty: Duty) -> Preview:
    """A preview for a visitor with this duty, who reads the names of enterprises in their own regions alone."""
    versions = {each.item_id: each.version for each in content.items}
    items = tuple(
        OfItem(
            each.item_id,
            _title(each.item_id, library),
            versions[each.item_id],
            each.eligible,
            each.undetermined,
            each.near,
            each.low,
            each.high,
            each.unbounded,
        )
        for each in estimate.by_item
    )
    regions = tuple(
        OfRegion(choices.region_name(each.code), each.enterprises, each.pushes, each.low, each.high)
        for each in estimate.by_region
    )
    return Preview(
        estimate,
        items,
        regions,
        tuple(_charts(items, regions)),
        tuple(_samples(content, library, estimate, duty)),
    )


def _title(item_id: str, library: Library) -> str:
    item = library.items.get(item_id)
    return item.title if item else item_id


def _charts(items: tuple[OfItem, ...], regions: tuple[OfRegion, ...]) -> Iterator[Bars]:
    reach = sorted(((each.eligible + each.undetermined + each.near, each.title) for each in items), reverse=True)
    yield _bars("每个事项告诉多少家企业", [(title, count) for count, title in reach], "事项")
    most = sorted(((each.enterprises, each.name) for each in regions), reverse=True)
    yield _bars("每个地区告诉多少家企业", [(name, count) for count, name in most], "地区")


def _bars(title: str, rows: list[tuple[str, int]], head: str) -> Bars:
    shown = [Bar(label, count, f"{count:,} 家") for label, count in rows[:MOST_BARS]]
    note = f"只画最多的 {MOST_BARS} 个，全部见下面的表。" if len(rows) > MOST_BARS else ""
    return bars(title, shown, note, (head, "企业"))


def _samples(content: Content, library: Library, estimate: Estimate, duty: Duty) -> Iterator[SampleMessage]:
    missing = _missing(content, library, estimate)
    for sample in estimate.samples:
        shown = scope.may_name(sample.region, content.department, duty)
        name = (sample.name or "") if shown else HIDDEN_NAME
        told = tuple(
            told_of(
                library.items[push.item_id], push.kind, push.low, push.high, missing(sample.credit_code, push.item_id)
            )
            for push in sample.pushes
            if push.item_id in library.items
        )
        yield SampleMessage(
            name=name or sample.credit_code,
            region=choices.region_name(sample.region),
            kinds=tuple(dict.fromkeys(push.kind.label for push in sample.pushes)),
            rendered=render(content.template, Addressed(name, told)),
        )


def _missing(content: Content, library: Library, estimate: Estimate) -> Callable[[str, str], str]:
    """What is said to be missing, by credit code and item, as it will be when the message is sent."""
    from enterprises.tables import load_profile
    from recommender.campaigns.judging import Judge, Judged

    judge = Judge(content.selection.rule(content.region), content.selection.kinds, estimate.on, library.dictionary)
    found: dict[tuple[str, str], str] = {}
    if content.selection.kinds <= {Kind.ELIGIBLE}:
        return lambda _code, _item: ""
    with stored().reading() as database:
        for sample in estimate.samples:
            profile = load_profile(database, sample.credit_code, library.dictionary)
            for push in sample.pushes:
                if profile is None or push.item_id not in library.items:
                    continue
                judged = judge.again(profile, library.items[push.item_id])
                found[sample.credit_code, push.item_id] = judged.missing if isinstance(judged, Judged) else ""
    return lambda code, item: found.get((code, item), "")


def told_of(item: Item, kind: Kind, low: int | None, high: int | None, missing: str) -> Told:
    """An item as a message tells of it. Amounts in 分."""
    return Told(
        title=item.title,
        document=item.document.title,
        departments=item.departments,
        delivery=item.delivery.label,
        closes=item.window.closes,
        verdict=kind.verdict,
        amount_low=low,
        amount_high=high,
        missing=missing,
    )
