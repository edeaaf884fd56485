"""What a campaign is: which items, to whom, in which words, by which channels, and when. This is what gets approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any as Plain

from enterprises import credit_code, industries, regions
from enterprises.tiers import Tier
from policies.library import Library
from policies.rules import All, Condition, Operator, Rule
from recommender.match import Verdict
from recommender.messages.schedule import Quiet
from recommender.messages.template_mistakes import check as check_template
from recommender.messages.templates import USUAL, Template

SIZES = ("大型", "中型", "小型", "微型")
ENTITY_KINDS = ("企业", "个体工商户", "农民专业合作社", "家庭农场", "社会组织", "事业单位", "其他")
MOST_ITEMS = 100
MOST_CODES = 20_000
LONGEST_TITLE = 80
"""Characters of a campaign's title."""
MOST_A_WEEK = 7


class Kind(StrEnum):
    """Who is told of an item: those who are eligible, those who may be, those who nearly are."""

    ELIGIBLE = "eligible"
    UNDETERMINED = "undetermined"
    NEAR = "near"

    @property
    def label(self) -> str:
        return {"eligible": "符合", "undetermined": "待补充", "near": "差一点就符合"}[self]

    @property
    def verdict(self) -> Verdict:
        return Verdict.INELIGIBLE if self is Kind.NEAR else Verdict(self.value)


KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Pinned:
    """An item version. ``digest``: of its content, so that it is this one and no other that gets approved."""

    item_id: str
    version: int
    digest: str


def pin(library: Library, item_ids: Sequence[str]) -> tuple[Pinned, ...]:
    """The versions that are published now. Raises ``LookupError`` for what is not."""
    found = {item.id: item for item in library.published}
    return tuple(Pinned(each, found[each].version, found[each].digest) for each in dict.fromkeys(item_ids))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which enterprises. Empty means all. ``regions``, ``industries``: codes, with all that lies in them.

    ``codes``: only these credit codes, such as those of a cultivation list. ``only_new``: not who was told of the item
    by an earlier campaign, or is about to be. ``leave_out_done``: not who has applied for the item or been granted it.
    """

    kinds: frozenset[Kind] = frozenset({Kind.ELIGIBLE})
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    entity_kinds: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    codes: tuple[str, ...] = ()
    only_new: bool = True
    leave_out_done: bool = True

    def rule(self, region: str) -> Rule:
        """What is asked of the facts of an enterprise, which must be known to lie in ``region``."""
        parts = [Condition("region", Operator.WITHIN, (region,))]
        if self.regions:
            parts.append(Condition("region", Operator.WITHIN, self.regions))
        if self.industries:
            parts.append(Condition("industry", Operator.WITHIN, self.industries))
        if self.sizes:
            parts.append(Condition("size", Operator.IN, self.sizes))
        if self.entity_kinds:
            parts.append(Condition("entity_kind", Operator.IN, self.entity_kinds))
        return All(tuple(parts))


USUAL_QUIET = Quiet(weekends=True, first_hour=18, last_hour=9)


@dataclass(frozen=True, slots=True)
class Pace:
    """When, and how much. ``quiet``: days on which nothing is sent, and hours at which nothing that rings is.

    ``weekly_cap``: so many campaigns at most may tell an enterprise anything in a calendar week (Monday to Sunday),
    this one included; one campaign counts once, by however many channels. ``not_before``: it starts by itself then;
    ``None``: when somebody starts it.
    """

    quiet: Quiet = USUAL_QUIET
    weekly_cap: int = 2
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All that is approved. ``region``, ``department``: whose campaign it is (empty: of no one department)."""

    title: str
    region: str
    department: str = ""
    items: tuple[Pinned, ...] = ()
    selection: Selection = field(default_factory=Selection)
    template: Template = USUAL
    channels: tuple[str, ...] = ("inbox",)
    pace: Pace = field(default_factory=Pace)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of all of it."""
        return hashlib.sha256(self.to_text().encode()).hexdigest()

    def to_text(self) -> str:
        """Canonical JSON."""
        return json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Content:
        """What ``to_text`` wrote."""
        return _content(json.loads(text))


def _plain(content: Content) -> dict[str, Plain]:
    selection, pace = content.selection, content.pace
    return {
        "title": content.title,
        "region": content.region,
        "department": content.department,
        "items": [[each.item_id, each.version, each.digest] for each in content.items],
        "selection": asdict(selection) | {"kinds": sorted(selection.kinds)},
        "template": json.loads(content.template.to_text()),
        "channels": list(content.channels),
        "pace": {
            "weekends": pace.quiet.weekends,
            "days": sorted(day.isoformat() for day in pace.quiet.days),
            "until": None if pace.quiet.until is None else pace.quiet.until.isoformat(),
            "hours": [pace.quiet.first_hour, pace.quiet.last_hour],
            "weekly_cap": pace.weekly_cap,
            "not_before": None if pace.not_before is None else pace.not_before.isoformat(),
        },
    }


def _content(plain: Mapping[str, Plain]) -> Content:
    chosen, pace = plain["selection"], plain["pace"]
    return Content(
        title=plain["title"],
        region=plain["region"],
        department=plain["department"],
        items=tuple(Pinned(*each) for each in plain["items"]),
        selection=Selection(
            kinds=frozenset(map(Kind, chosen["kinds"])),
            tiers=tuple(map(Tier, chosen["tiers"])),
            only_new=chosen["only_new"],
            leave_out_done=chosen["leave_out_done"],
            **{name: tuple(chosen[name]) for name in ("regions", "industries", "sizes", "entity_kinds", "codes")},
        ),
        template=Template(**plain["template"]),
        channels=tuple(plain["channels"]),
        pace=Pace(
            quiet=Quiet(
                pace["weekends"],
                frozenset(map(date.fromisoformat, pace["days"])),
                None if pace["until"] is None else date.fromisoformat(pace["until"]),
                *pace["hours"],
            ),
            weekly_cap=pace["weekly_cap"],
            not_before=None if pace["not_before"] is None else datetime.fromisoformat(pace["not_before"]),
        ),
    )


def check(content: Content) -> Mapping[str, str]:
    """What keeps a campaign from being submitted, by field, in Chinese; empty where it is in order."""
    return dict(_mistakes(content))


def _mistakes(content: Content) -> Iterator[tuple[str, str]]:
    chosen = content.selection
    if not content.title.strip():
        yield "title", "请写名称"
    if len(content.title) > LONGEST_TITLE:
        yield "title", f"名称太长了，最多 {LONGEST_TITLE} 个字"
    if not content.items:
        yield "items", "请至少选一个事项"
    if len(content.items) > MOST_ITEMS:
        yield "items", f"选了 {len(content.items)} 个事项，一次最多 {MOST_ITEMS} 个"
    if not chosen.kinds:
        yield "kinds", "请选告诉哪些企业：符合的、待补充的，还是差一点的"
    yield from _mistakes_of_places(content)
    wrong = [code for code in chosen.codes if not _is_credit_code(code)]
    if wrong:
        yield "codes", f"有 {len(wrong)} 个统一社会信用代码不对，例如“{wrong[0]}”"
    if len(chosen.codes) > MOST_CODES:
        yield "codes", f"名单里有 {len(chosen.codes):,} 家，一次最多 {MOST_CODES:,} 家"
    if not content.channels or len(set(content.channels)) < len(content.channels):
        yield "channels", "请选发送通道，每种一次"
    if not 1 <= content.pace.weekly_cap <= MOST_A_WEEK:
        yield "weekly_cap", f"每家企业每周的次数请写 1 到 {MOST_A_WEEK}"
    mistakes = check_template(content.template, certain=chosen.kinds <= {Kind.ELIGIBLE})
    for mistake in reversed(mistakes):  # of several in one part the first one is said
        yield f"template.{mistake.part.value}", str(mistake)


def _mistakes_of_places(content: Content) -> Iterator[tuple[str, str]]:
    if not regions.is_region_code(content.region):
        yield "region", f"“{content.region}”不是行政区划代码"
        return
    for code in content.selection.regions:
        if not regions.is_region_code(code):
            yield "regions", f"“{code}”不是行政区划代码"
        elif regions.nested(code, content.region) is not True:
            yield "regions", f"{regions.full_name(code)}不在{regions.full_name(content.region)}之内"
    for code in content.selection.industries:
        if not industries.is_industry_code(code):
            yield "industries", f"“{code}”不是行业代码"
    if not set(content.selection.sizes) <= set(SIZES):
        yield "sizes", f"企业规模请从{'、'.join(SIZES)}里选"
    if not set(content.selection.entity_kinds) <= set(ENTITY_KINDS):
        yield "entity_kinds", f"主体类型请从{'、'.join(ENTITY_KINDS)}里选"


def _is_credit_code(text: str) -> bool:
    try:
        return credit_code.check(text) == text
    except ValueError:
        return False
